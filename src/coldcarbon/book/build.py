"""From a checkout to pages: fetch, execute, render, record."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click

from coldcarbon import __version__, catalogue
from coldcarbon.book.bundle import write_all_bundles
from coldcarbon.book.changes import changes_text
from coldcarbon.book.pdf import pages_in_order
from coldcarbon.book.project import Project
from coldcarbon.book.unchanged import digest_of_inputs, forget, is_unchanged, remember
from coldcarbon.claims import Claim, LedgerError, differences, recorded_rows, update

__all__ = ["absences", "build_book", "changed_verdicts", "changes_against", "ledger_rows", "record_ledger"]


def build_book(project: Project) -> Path:
    """Fetch the default data and build the pages, strictly.

    Returns
    -------
    Path
        The front page.

    Raises
    ------
    click.ClickException
        If the data are damaged, or are wanted and missing, or the build fails.
    """
    try:
        if catalogue.mode() != "simulated":
            for line in absences(catalogue.fetch(say=click.echo)):
                click.echo(line)
        click.echo(f"Data state: {catalogue.state()}")
        inputs = digest_of_inputs(project)
    except catalogue.DataError as error:
        raise click.ClickException(str(error)) from error
    if is_unchanged(project, inputs):
        click.echo("Nothing changed since the last build.")
    else:
        write_all_bundles(project, pages_in_order(project))  # before the pages, which state their size
        forget(project)
        _build_pages(project)
        remember(project, inputs)
    for row, old, new in changed_verdicts(project):
        click.echo(f"verdict differs from results/ledger.json: {row}: {old} -> {new}", err=True)
    return project.html / "index.html"


def _build_pages(project: Project) -> None:
    words = ["build", ".", "--path-output", "book", "-W", "--keep-going", "-n"]
    # The extension and its kernels are those of this environment, activated or not.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", *words]
    done = subprocess.run(command, cwd=project.root, env={**os.environ, "PATH": path}, check=False)
    if done.returncode:
        raise click.ClickException("the book was not built; the messages above name page and cell")


def absences(report: catalogue.FetchReport) -> list[str]:
    """What a fetch could not have, one line per reason."""
    reasons: dict[str, list[str]] = {}
    for name, error in report.failed.items():
        reasons.setdefault(str(error), []).append(name)
    return [f"without {', '.join(names)}: {why}" for why, names in reasons.items()]


def ledger_rows(project: Project) -> list[Claim]:
    """Rows of the last build, or the recorded ones if there was none."""
    if not project.claims.exists():
        return list(recorded_rows(project.ledger).values())
    return [Claim.from_dict(row) for row in json.loads(project.claims.read_text(encoding="utf-8"))]


def changed_verdicts(project: Project) -> list[tuple[str, str, str]]:
    """Verdicts of the last build that are not those recorded.

    Planted truths take the sizes of their studies from the data, so those of a chapter without its data have another
    design and are left out.

    Returns
    -------
    list of (id, recorded verdict, new verdict)
    """
    rows = ledger_rows(project)
    changed = differences(rows, recorded_rows(project.ledger))
    planted = {claim.id: claim.chapter for claim in rows if claim.evidence == "simulated"}
    return [row for row in changed if row[0] not in planted or _has_its_data(project, planted[row[0]])]


def changes_against(project: Project, base: Path) -> str:
    """What the rows of the last build, or else the recorded ones, change in a ledger, as Markdown.

    Raises
    ------
    click.ClickException
        If the file is no ledger.
    """
    try:
        before = recorded_rows(base)
    except (LedgerError, OSError, ValueError, KeyError) as error:
        raise click.ClickException(f"{base} is no ledger: {error}") from error
    lacking = {chapter for chapter in {row.chapter for row in before.values()} if not _has_its_data(project, chapter)}
    kept = {name: row for name, row in before.items() if row.evidence != "simulated" or row.chapter not in lacking}
    rows = [row for row in ledger_rows(project) if row.evidence != "simulated" or row.chapter not in lacking]
    return changes_text(rows, kept)


def _has_its_data(project: Project, chapter: str) -> bool:
    notebook = project.root / "notebooks" / f"{chapter}.md"
    declared = catalogue.declared(notebook) if notebook.is_file() else None
    return declared is None or not declared[1] or catalogue.state(declared[1]) == "real"


def record_ledger(project: Project, reason: str) -> str:
    """Record the last build's rows in the ledger; returns one line that says what changed.

    Raises
    ------
    click.ClickException
        If the build was not on real data, or a verdict changed without a reason.
    """
    try:
        former = len(recorded_rows(project.ledger))
        ledger = update(project.ledger, ledger_rows(project), version=__version__, reason=reason)
    except LedgerError as error:
        raise click.ClickException(str(error)) from error
    return f"{project.ledger.relative_to(project.root)}: {len(ledger['rows'])} rows (were {former})"
