"""The command line: one verb for each thing a reader, teacher or developer does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import click

from coldcarbon import __version__
from coldcarbon.book.project import find_project
from coldcarbon.cli_data import data
from coldcarbon.whole_files import why

__all__ = ["main"]


class _Verbs(click.Group):
    """Verbs that say in a line, not by a traceback, why a file could not be written."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except OSError as error:
            reason = why(error)
            if not reason:
                raise
            named = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(named + reason) from error


@click.group(cls=_Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """Cold Carbon: five papers on plants, soils and CO2 in cold regions, re-run claim by claim."""
    # A kernel runs in its notebook's folder, from where a relative path would lead elsewhere.
    for name in ("COLDCARBON_MIRROR", "COLDCARBON_CACHE"):
        if value := os.environ.get(name, "").strip():
            os.environ[name] = str(Path(value).expanduser().absolute())


main.add_command(data)


@main.command()
def book() -> None:
    """Fetch the data, run the notebooks and build the pages."""
    from coldcarbon.book.build import build_book

    click.echo(f"\nThe book is at {build_book(find_project())}")


@main.command()
@click.argument("chapter", metavar="PAPER/CHAPTER|NOTEBOOK")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder to write to; by default book/_build/run, or executed/ outside a checkout.",
)
def run(chapter: str, output: Path | None) -> None:
    """Execute one chapter; write its executed .ipynb and .html.

    The chapter is named as PAPER/CHAPTER inside a checkout, or anywhere by the path of a notebook (.md or .ipynb).
    """
    from coldcarbon.book.run import run_chapter

    if chapter.endswith((".md", ".ipynb")):
        notebook, default = Path(chapter), Path("executed")
    else:
        project = find_project()
        notebook, default = project.notebook(chapter), project.build / "run" / chapter
    for path in run_chapter(notebook, output or default):
        click.echo(path)


@main.command()
@click.argument("chapter", metavar="PAPER/CHAPTER")
@click.option("--output", type=click.Path(path_type=Path), help="Folder to write to; book/_build/bundles by default.")
def bundle(chapter: str, output: Path | None) -> None:
    """Pack one chapter into a zip that runs in an empty environment."""
    from coldcarbon.book.bundle import write_bundle

    project = find_project()
    click.echo(write_bundle(project, chapter, output or project.build / "bundles"))


@main.command()
@click.argument("paper", required=False)
@click.option("--json", "as_json", is_flag=True, help="All columns, as JSON.")
@click.option(
    "--against",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Say instead, as Markdown, which verdicts differ from this ledger.",
)
def claims(paper: str | None, as_json: bool, against: Path | None) -> None:
    """List the ledger: rows of the last build, or else the recorded ones."""
    from coldcarbon.book.build import changes_against, ledger_rows
    from coldcarbon.published import PAPERS

    if against is not None:
        click.echo(changes_against(find_project(), against), nl=False)
        return

    if paper is not None and paper not in PAPERS:
        raise click.UsageError(f"there is no paper {paper!r}; the papers are {', '.join(PAPERS)}")
    rows = [row for row in ledger_rows(find_project()) if paper in (None, row.paper)]
    if as_json:
        click.echo(json.dumps([row.to_dict() for row in rows], indent=1, ensure_ascii=False))
        return
    for row in rows:
        mark = "" if row.computed == "here" else f" (recorded {row.recorded_on})"
        click.echo(f"{row.verdict:<15} {row.id}{mark}\n{'':<15} {row.statement}\n{'':<15} {row.reason}")
    click.echo(f"{len(rows)} claims")


@main.command()
@click.option("--check", is_flag=True, help="Write nothing; fail if a pair is stale.")
def notebooks(check: bool) -> None:
    """Write the .ipynb pair of each text notebook, and note the addresses of new pages."""
    from coldcarbon.book.pairing import stale_pairs, write_pairs
    from coldcarbon.book.pdf import pages_in_order
    from coldcarbon.book.redirects import write_published

    project = find_project()
    stale = stale_pairs(project) if check else write_pairs(project)
    for path in stale:
        click.echo(f"{'stale' if check else 'written'}: {path.relative_to(project.root)}")
    if not check:
        for page in write_published(project.root, pages_in_order(project)):
            click.echo(f"new page: {page}")
    if check and stale:
        raise click.ClickException("pairs differ from their text; run `make notebooks`")


@main.command()
@click.option("--reason", default=lambda: os.environ.get("REASON", ""), help="Why verdicts changed.")
def ledger(reason: str) -> None:
    """Build on real data; record the verdicts in results/ledger.json and the answers of the exercises."""
    from coldcarbon.book.build import build_book, record_ledger
    from coldcarbon.book.exercises import record_answers
    from coldcarbon.book.readme import write_readme

    project = find_project()
    os.environ["COLDCARBON_DATA"] = "real"
    build_book(project)
    click.echo(record_ledger(project, reason))
    click.echo(record_answers(project))
    write_readme(project)


@main.command()
@click.option("--upgrade", is_flag=True, help="Take the newest versions the ranges allow.")
@click.option("--keep", is_flag=True, help="Keep requirements.lock as it is; needs no network.")
def lock(upgrade: bool, keep: bool) -> None:
    """Write requirements.lock from pyproject.toml, and the environments and metadata that follow from both."""
    from coldcarbon.book.environment import write_generated, write_lock

    project = find_project()
    if not keep:
        write_lock(project, upgrade=upgrade)
    for name in write_generated(project):
        click.echo(f"written: {name}")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def test(arguments: tuple[str, ...]) -> None:
    """Check style, types and notebooks, then run the tests; ARGUMENTS go to pytest."""
    _checks()
    _python("pytest", "-n", "auto", *arguments)


@main.command()
def lint() -> None:
    """Check notebooks and prose: typed numbers, literal results, style, the parts of a chapter."""
    from coldcarbon.book.lint import lint_project

    faults = lint_project(find_project())
    for fault in faults:
        click.echo(fault)
    if faults:
        raise click.ClickException(f"{len(faults)} faults in notebooks and prose")


@main.command()
def check() -> None:
    """Test the built book: verdicts as recorded, no foreign host, alt text, links."""
    _python("pytest", "-m", "built", "tests/built")


@main.command()
def links() -> None:
    """Ask every link to another host; needs the network, and a build."""
    from coldcarbon.book.outside import check_outside

    broken = check_outside(find_project())
    for line in broken:
        click.echo(line)
    if broken:
        raise click.ClickException(f"{len(broken)} links lead nowhere")


@main.command()
def soak() -> None:
    """Run the long tests."""
    # Each test is named as it begins, and says how long it took; Ctrl-C ends the one that runs and what it started.
    _python("pytest", "-m", "soak", "-vv", "-o", "console_output_style=times", "--durations=10")


@main.command()
@click.option("--rooms", default="", metavar="A,B", help="Only these rooms; all by default.")
@click.option("--record", is_flag=True, help="Write benchmarks/results.json and results/crosswalk.json.")
def bench(rooms: str, record: bool) -> None:
    """Time the statistics and compare them with R, where R is installed."""
    words = [*(["--rooms", rooms] if rooms else []), *(["--record"] if record else [])]
    root = find_project().root
    _run([sys.executable, str(root / "benchmarks" / "harness.py"), *words], root)


@main.command()
def pdf() -> None:
    """Print the built pages to one PDF; needs Chromium."""
    from coldcarbon.book.pdf import print_book

    click.echo(print_book(find_project()))


@main.command()
@click.option("--code", is_flag=True, help="Slides show the code of their cells too.")
def teach(code: bool) -> None:
    """Write notebooks for students and teachers, slides, plans and questions; needs a build."""
    from coldcarbon.book.teaching.pack import write_teaching

    project = find_project()
    folder = project.build / "teach"
    written = write_teaching(project, folder, with_code=code)
    click.echo(f"{len(written)} files in {folder}")


@main.command()
def clean() -> None:
    """Delete what a build writes. Downloaded data stay in your cache."""
    shutil.rmtree(find_project().build, ignore_errors=True)


def _checks() -> None:
    """Linters and type checker; the .ipynb pairs carry the notebooks' code to ruff."""
    checks = (["ruff", "check", "."], ["ruff", "format", "--check", "."], ["mypy"], ["coldcarbon.cli", "lint"])
    for words in checks:
        click.echo(f"== {' '.join(words)}")
        _python(*words)


def _python(module: str, *arguments: str) -> None:
    _run([sys.executable, "-m", module, *arguments], find_project().root)


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(command, cwd=folder, check=False)
    if done.returncode:
        sys.exit(done.returncode)


if __name__ == "__main__":
    main()
