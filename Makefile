# `make book` and `make test` need Python 3.11-3.13 and a package index, nothing else.
# Each target is one verb of the command `coldcarbon`, so that a machine without make has the same.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/coldcarbon
# Where PYTHONDONTWRITEBYTECODE is set, every kernel would otherwise parse all packages anew.
export UV_COMPILE_BYTECODE := 1
# The certificates that pip and the browser trust, where an institution has its own.
export UV_SYSTEM_CERTS := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help book test lint chapter bundle notebooks lock ledger check links soak bench pdf teach clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# The installer comes from the lock too, with its hash, and then installs the rest: ten times faster than pip. It does not
# read pip's own settings; where only those know the package index, pip takes over.
.venv/.installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Python %d.%d found; 3.11, 3.12 or 3.13 is needed: make PYTHON=python3.12 ..." % v)'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	awk '/^uv==/ {on = 1} on {print} on && !/\\$$/ {exit}' requirements.lock > .venv/installer.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .venv/installer.txt
	$(BIN)/uv pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock || \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps --editable .
	touch $@

book: .venv/.installed ## fetch the data, run the notebooks, build the pages
	@$(RUN) book

test: .venv/.installed ## style, types, notebooks and tests
	@$(RUN) test

lint: .venv/.installed ## notebooks and prose: typed numbers, style, the parts of a chapter
	@$(RUN) lint

chapter: .venv/.installed ## execute one chapter: make chapter C=xiao2023/root-profiles
	@$(RUN) run $(C)

bundle: .venv/.installed ## pack one chapter into a zip: make bundle C=xiao2023/root-profiles
	@$(RUN) bundle $(C)

notebooks: .venv/.installed ## write the .ipynb pair of each text notebook
	@$(RUN) notebooks

lock: .venv/.installed ## write requirements.lock and all that follows from it and pyproject.toml
	@$(RUN) lock

ledger: .venv/.installed ## record the verdicts of a run on real data: make ledger REASON='...'
	@$(RUN) ledger

check: .venv/.installed ## test the built book
	@$(RUN) check

links: .venv/.installed ## ask every link to another host
	@$(RUN) links

soak: .venv/.installed ## the long tests
	@$(RUN) soak

bench: .venv/.installed ## the benchmarks, as ratios to a peer
	@$(RUN) bench

pdf: .venv/.installed ## print the built pages to one PDF (needs Chromium)
	@$(RUN) pdf

teach: .venv/.installed ## notebooks for students and teachers, slides, plans, questions, from the last build
	@$(RUN) teach

clean: .venv/.installed ## delete what a build writes
	@$(RUN) clean
