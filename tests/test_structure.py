"""The house keeps its order: who imports whom, what is described, what is tested, what no file may hold."""

import ast
import csv
import hashlib
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import grimp
import pytest

from coldcarbon.book.project import find_project

ROOT = find_project(Path(__file__)).root
SOURCE = ROOT / "src" / "coldcarbon"

# A room imports only rooms above it. Rooms of one line do not know each other.
ROOMS: tuple[tuple[str, ...], ...] = (
    ("whole_files",),
    ("catalogue",),
    ("published",),
    ("readers",),
    ("stats",),
    ("century", "assimilation", "grids"),
    ("simulate",),
    ("forensics",),
    ("claims",),
    ("figures",),
    ("chapter",),
    ("teaching",),
    ("book",),
    ("cli_data",),
    ("cli",),
)
RANK = {room: rank for rank, rooms in enumerate(ROOMS) for room in rooms}
# Rooms that a notebook imports: their functions are described with parameters and results.
FOR_NOTEBOOKS = (
    "published",
    "readers",
    "stats",
    "century",
    "assimilation",
    "grids",
    "simulate",
    "forensics",
    "figures",
    "teaching",
)

# Modules without a test file of their own name, with the test that covers them and why it is there.
TESTED_ELSEWHERE = {
    "book/lint/cells.py": ("tests/book/test_lint.py", "a part of the linter"),
    "book/lint/literals.py": ("tests/book/test_lint.py", "a part of the linter"),
    "book/lint/prose.py": ("tests/book/test_lint.py", "a part of the linter"),
    "book/lint/pages.py": ("tests/book/test_lint.py", "the linter itself"),
    "book/render.py": ("tests/book/test_extension.py", "it runs within Sphinx"),
    "book/stamp.py": ("tests/built", "the stamp is read on the built pages"),
    "book/state.py": ("tests/book/test_extension.py", "a record that the extension fills"),
    "book/teaching/overview.py": (
        "tests/book/teaching/test_goals_and_plans.py",
        "another test file has the name test_overview.py",
    ),
    "book/lint/typed_numbers.py": ("tests/book/test_lint.py", "a part of the linter"),
    "catalogue/errors.py": ("tests/catalogue", "holds messages only; each is raised in a test there"),
    "catalogue/files.py": ("tests/catalogue/test_fetching.py", "one of the three sources that fetching joins"),
    "catalogue/network.py": ("tests/catalogue/test_fetching.py", "downloads are tested against a local server"),
    "catalogue/progress.py": ("tests/catalogue/test_fetching.py", "draws while files are fetched"),
    "catalogue/settings.py": ("tests/catalogue/test_states.py", "the environment variables decide the state"),
    "catalogue/storage.py": ("tests/catalogue/test_fetching.py", "files are put and checked as they are fetched"),
    "century/constants.py": ("tests/century/test_kernel.py", "both named sets are run there"),
    "century/decay.py": ("tests/century/test_equations.py", "scalars and the matrix of organic matter"),
    "century/diagram.py": ("tests/century/test_century_diagram.py", "another test file has the name test_diagram.py"),
    "century/inputs.py": (
        "tests/century/test_century_inputs.py",
        "the file of tests of the inputs of the statistics has its name",
    ),
    "century/packing.py": ("tests/century/test_kernel.py", "what it packs drives the kernel there"),
    "century/plants.py": ("tests/century/test_equations.py", "curves there, the rest against the kernel"),
    "century/prepared.py": ("tests/century/test_equations.py", "the split of litter; soil and climate drive the runs"),
    "century/radiation.py": ("tests/century/test_equations.py", "radiation, day length, evapotranspiration"),
    "century/reference.py": ("tests/century/test_spin_up.py", "the readable model, its balances and its steady state"),
    "century/state.py": ("tests/century/test_spin_up.py", "pools as the balances add them up"),
    "century/water.py": ("tests/century/test_spin_up.py", "the balance of water"),
    "claims/row.py": ("tests/claims/test_ledger.py", "a row is tested as the ledger holds it"),
    "cli_data.py": ("tests/test_cli.py", "one group of verbs of the command line"),
    "simulate/covariates.py": (
        "tests/simulate/test_simulated_covariates.py",
        "the file of tests of the reader of the same name has its name",
    ),
    "figures/topology.py": ("tests/figures/test_maps.py", "reads the outlines that the maps there draw"),
    "grids/errors.py": ("tests/grids/test_compute.py", "holds errors only; each is raised in a test there"),
    "stats/crossmap/cross_mapping.py": ("tests/stats/test_crossmap.py", "a part of the room of cross mapping"),
    "stats/crossmap/embedding.py": ("tests/stats/test_crossmap.py", "a part of the room of cross mapping"),
    "stats/crossmap/series.py": ("tests/stats/test_crossmap.py", "a part of the room of cross mapping"),
    "stats/crossmap/simplex.py": ("tests/stats/test_crossmap.py", "a part of the room of cross mapping"),
    "stats/crossmap/surrogates.py": ("tests/stats/test_crossmap.py", "a part of the room of cross mapping"),
    "stats/mixed/criterion.py": ("tests/stats/mixed/test_mixed_algebra.py", "a part of the room of mixed models"),
    "stats/mixed/crossed.py": ("tests/stats/mixed/test_mixed_algebra.py", "a part of the room of mixed models"),
    "stats/mixed/dense.py": ("tests/stats/mixed/test_mixed_algebra.py", "a part of the room of mixed models"),
    "stats/mixed/factors.py": ("tests/stats/mixed/test_mixed_algebra.py", "a part of the room of mixed models"),
    "stats/mixed/fitting.py": ("tests/stats/mixed/test_mixed_fit.py", "a part of the room of mixed models"),
    "stats/mixed/formula.py": ("tests/stats/mixed/test_mixed_formula.py", "a part of the room of mixed models"),
    "stats/mixed/grouped.py": ("tests/stats/mixed/test_mixed_algebra.py", "a part of the room of mixed models"),
    "stats/mixed/hypotheses.py": ("tests/stats/mixed/test_mixed_results.py", "a part of the room of mixed models"),
    "stats/mixed/inference.py": ("tests/stats/mixed/test_mixed_results.py", "a part of the room of mixed models"),
    "stats/mixed/model.py": ("tests/stats/mixed/test_mixed_fit.py", "a part of the room of mixed models"),
    "stats/mixed/optimise.py": ("tests/stats/mixed/test_mixed_algebra.py", "a part of the room of mixed models"),
    "stats/mixed/plots.py": ("tests/stats/mixed/test_mixed_results.py", "a part of the room of mixed models"),
    "stats/mixed/profile.py": ("tests/stats/mixed/test_mixed_results.py", "a part of the room of mixed models"),
    "stats/mixed/results.py": ("tests/stats/mixed/test_mixed_results.py", "a part of the room of mixed models"),
    "stats/trends/breaks.py": ("tests/stats/test_trends.py", "a part of the room of trends"),
    "stats/trends/detectable.py": ("tests/stats/test_trends.py", "a part of the room of trends"),
    "stats/trends/least_squares.py": ("tests/stats/test_trends.py", "a part of the room of trends"),
    "stats/trends/ranks.py": ("tests/stats/test_trends.py", "a part of the room of trends"),
    "stats/trends/result.py": ("tests/stats/test_trends.py", "a part of the room of trends"),
    "stats/trends/seasonal.py": ("tests/stats/test_trends.py", "a part of the room of trends"),
    "stats/trends/series.py": ("tests/stats/test_trends.py", "a part of the room of trends"),
    "stats/forests/design.py": ("tests/stats/test_forests.py", "how predictors become numbers"),
    "stats/forests/folds.py": ("tests/stats/test_forests.py", "folds are dealt there"),
    "stats/forests/forest.py": ("tests/stats/test_forests.py", "the forest itself"),
    "stats/forests/grow.py": ("tests/stats/test_forests.py", "the trees of the forest"),
    "stats/forests/importance.py": ("tests/stats/test_forests.py", "importances of the forest"),
    "stats/forests/learners.py": ("tests/stats/test_forests.py", "compared on the folds there"),
    "stats/forests/quantiles.py": ("tests/stats/test_forests.py", "quantiles of the forest"),
    "teaching/units.py": (
        "tests/teaching/test_answer_units.py",
        "the file of tests of the units of grids has its name",
    ),
    "stats/multivariate/collinearity.py": ("tests/stats/test_multivariate.py", "inflation and elimination"),
    "stats/multivariate/correlation.py": ("tests/stats/test_multivariate.py", "plain, partial and semi-partial"),
    "stats/multivariate/factors.py": ("tests/stats/test_multivariate.py", "components and multiple factors"),
    "stats/multivariate/partitioning.py": ("tests/stats/test_multivariate.py", "shares of R2"),
}


def module_files() -> list[str]:
    """Modules that hold code of their own, as paths within the package."""
    files = (path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py"))
    return sorted(file for file in files if not file.endswith("__init__.py"))


def public(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.ClassDef]:
    """Functions and classes a module offers: those of __all__, or without underscore where it has none."""
    listed: set[str] | None = None
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "__all__":
            listed = {name.value for name in ast.walk(node.value) if isinstance(name, ast.Constant)}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            offered = not node.name.startswith("_") if listed is None else node.name in listed
            if offered:
                yield node


@cache
def tracked() -> tuple[Path, ...]:
    """Files that git tracks and that are here."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    return tuple(path for name in done.stdout.split("\0") if name and (path := ROOT / name).is_file())


def test_every_module_has_its_room() -> None:
    rooms = {path.stem for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert sorted(rooms - set(RANK) - {"__init__"}) == []


def test_a_room_imports_only_rooms_above_it() -> None:
    graph = grimp.build_graph("coldcarbon", cache_dir=None)
    wrong = []
    for module in sorted(graph.modules):
        for imported in sorted(graph.find_modules_directly_imported_by(module)):
            lower, upper = (name.split(".")[1:2] for name in (module, imported))
            if lower and upper and lower != upper and RANK[upper[0]] >= RANK[lower[0]]:
                wrong.append(f"{module} imports {imported}")
            if upper and not lower:
                wrong.append(f"the package itself imports {imported}")
    assert wrong == []


@pytest.mark.parametrize(
    ("room", "unknown"),
    [
        ("stats", tuple(RANK)),
        ("readers", ("stats",)),
        ("published", ("catalogue",)),
        ("forensics", ("catalogue", "readers", "simulate")),
    ],
)
def test_rooms_that_know_nothing_of_others(room: str, unknown: tuple[str, ...]) -> None:
    graph = grimp.build_graph("coldcarbon", cache_dir=None)
    here = f"coldcarbon.{room}"
    inside = {here, *graph.find_descendants(here)}
    reached = set().union(*(graph.find_upstream_modules(module) for module in inside)) - inside
    assert sorted(name for name in reached if name.partition(".")[2].partition(".")[0] in unknown) == []


@pytest.mark.parametrize("file", [file.relative_to(SOURCE).as_posix() for file in sorted(SOURCE.rglob("*.py"))])
def test_what_a_module_offers_is_described(file: str) -> None:
    tree = ast.parse((SOURCE / file).read_text(encoding="utf-8"))
    wrong = []
    for node in public(tree):
        text = ast.get_docstring(node) or ""
        if not text:
            wrong.append(f"{node.name} has no docstring")
        if isinstance(node, ast.ClassDef) or file.split("/")[0].removesuffix(".py") not in FOR_NOTEBOOKS:
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        if arguments and not re.search(r"^Parameters\n-+$", text, re.MULTILINE):
            wrong.append(f"{node.name} does not describe its parameters")
        gives = node.returns is not None and ast.unparse(node.returns) != "None"
        if arguments and gives and not re.search(r"^(Returns|Yields)\n-+$", text, re.MULTILINE):
            wrong.append(f"{node.name} does not describe its result")
    assert wrong == []


@pytest.mark.parametrize("file", module_files())
def test_every_module_has_a_test(file: str) -> None:
    mirror = ROOT / "tests" / Path(file).parent / f"test_{Path(file).name}"
    if file in TESTED_ELSEWHERE:
        place, reason = TESTED_ELSEWHERE[file]
        found = [ROOT / place] if place.endswith(".py") else list((ROOT / place).glob("test_*.py"))
        assert reason
        assert found, f"{place} holds no test"
        assert all(path.is_file() for path in found), f"{place} is not there"
        assert not mirror.exists(), f"{file} has a test of its own; take it out of the table"
    else:
        assert mirror.is_file(), f"write {mirror.relative_to(ROOT).as_posix()}"


def test_the_table_of_tests_names_modules_that_exist() -> None:
    assert sorted(set(TESTED_ELSEWHERE) - set(module_files())) == []


def test_no_tracked_file_is_source_data() -> None:
    pinned: dict[str, str] = {}
    for table in ("registry.csv", "packages.csv"):
        with (SOURCE / "catalogue" / table).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                for column in ("sha256", "member_sha256", "artifact_sha256"):
                    if row.get(column):
                        pinned[row[column]] = f"{row['dataset']} ({table})"
    assert len(pinned) > 10
    copies = {path.relative_to(ROOT).as_posix(): pinned.get(digest_of(path)) for path in tracked()}
    assert {file: dataset for file, dataset in copies.items() if dataset} == {}


def digest_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


# Written in pieces, so that this file does not find itself.
UNWANTED = {
    "a package registry": r"\b(?:test\.)?" + "pypi" + r"\.org|" + "python" + r"hosted\.org|registry\." + "npmjs",
    "a conda or R registry": r"\b(?:conda\.)?" + "anaconda" + r"\.org|cran\.r-" + "project",
    "a path of one machine": r"(?<![\w.~])/(?:"
    + "|".join(("ro" + "ot", "ho" + "me", "Us" + "ers", "wo" + "rk"))
    + ")/",
    # addresses of the reserved domains are made up
    "an e-mail address": (
        r"(?<![/\w.+-])[A-Za-z0-9][\w.+-]*@(?!example\.|[\w.-]*\.example\b)"
        r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b"
    ),
}


@pytest.mark.parametrize("what", UNWANTED)
def test_no_tracked_text_names(what: str) -> None:
    pattern = re.compile(UNWANTED[what])
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for match in pattern.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            found.append(f"{path.relative_to(ROOT).as_posix()}, line {line}: {match.group()}")
    assert found == []


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a package registry", "https://py" + "pi.org/simple"),
        ("a path of one machine", "see /ho" + "me/someone/x"),
        ("an e-mail address", "write to someone" + "@university.edu"),
    ],
)
def test_the_patterns_find_what_they_are_for(what: str, text: str) -> None:
    assert re.search(UNWANTED[what], text)
    assert not re.search(UNWANTED[what], "a/home/x, someone at university, pip install x@1.2, a@b.example")


def test_nothing_built_or_downloaded_is_tracked() -> None:
    names = [path.relative_to(ROOT).as_posix() for path in tracked()]
    assert [name for name in names if name.startswith("book/_build/") or ".ipynb_checkpoints" in name] == []
    large = {
        name: size for name, path in zip(names, tracked(), strict=True) if (size := path.stat().st_size) > 2_000_000
    }
    assert large == {}


def test_no_two_test_files_share_a_name() -> None:
    """Without packages pytest imports test files by name alone, and stops at the second."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py")]
    assert sorted({name for name in names if names.count(name) > 1}) == []
