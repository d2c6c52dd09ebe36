"""`coldcarbon data`: list, show, fetch, verify, state."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from tabulate import tabulate

from coldcarbon import catalogue

P = ParamSpec("P")
R = TypeVar("R")

notebooks_option = click.option(
    "--notebooks",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("notebooks"),
    show_default=True,
    help="Folder of the chapters, searched for the data sets they declare; it may be absent.",
)


def _plain_errors(command: Callable[P, R]) -> Callable[P, R]:
    """Show an error of the catalogue as its message, without a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except catalogue.DataError as error:
            raise click.ClickException(str(error)) from error

    return run


@click.group()
def data() -> None:
    """List, fetch and verify the data, and say what state it is in."""


@data.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print all columns as JSON.")
@notebooks_option
@_plain_errors
def list_command(as_json: bool, notebooks: Path) -> None:
    """List every data set: source, kind, size, licence, DOI, where it is used, whether it is here."""
    table = catalogue.table(catalogue.used_in(notebooks))
    if as_json:
        click.echo(json.dumps(table.to_dict(orient="records"), indent=2, ensure_ascii=False))
        return
    rows = [
        {
            "name": row["name"],
            "source": row["source"] + ("" if row["default"] else " (on request)"),
            "kind": row["kind"],
            "size": catalogue.size_text(row["bytes"]),
            "licence": row["licence"] + ("" if row["redistributable"] else " *"),
            "DOI": row["doi"] or "-",
            "where used": ", ".join(row["used_in"]) or "-",
            "present": "yes" if row["present"] else ("no" if row["status"] == "absent" else row["status"]),
        }
        for row in table.to_dict(orient="records")
    ]
    click.echo(tabulate(rows, headers="keys", tablefmt="simple", disable_numparse=True))
    click.echo("* not to be passed on, or check the terms first: see licence_note in --json")


@data.command()
@click.argument("name")
@notebooks_option
@_plain_errors
def show(name: str, notebooks: Path) -> None:
    """Print the entry of one data set: licence, citation, address, files with hashes, columns with units."""
    dataset = catalogue.get(name)
    facts = catalogue.entry(name, catalogue.used_in(notebooks).get(name, []))
    click.echo(f"{name}: {dataset.description}")
    click.echo(tabulate([(f"{label}:", text) for label, text in facts.items()], tablefmt="plain"))
    if dataset.files:
        rows = [(file.name, file.bytes, file.checksum) for file in dataset.files]
        click.echo("\n" + tabulate(rows, headers=["file", "bytes", "checksum"], tablefmt="simple"))
    for table in catalogue.described(name):
        click.echo(f"\n{table.reader or 'no reader'}: {table.size}; {table.row}")
        if table.columns:
            columns = [(c.name, c.unit, c.missing, c.meaning) for c in table.columns]
            head = ["column", "unit", "missing in the file", "meaning"]
            click.echo(tabulate(columns, headers=head, tablefmt="simple", disable_numparse=True))


@data.command()
@click.argument("names", nargs=-1)
@_plain_errors
def fetch(names: tuple[str, ...]) -> None:
    """Fetch the named data sets, or all the book uses unasked, and verify them."""
    report = catalogue.fetch(names or None, say=lambda text: click.echo(text, err=True))
    for name in report.present:
        click.echo(f"{name}: present, verified")
    for name in report.fetched:
        click.echo(f"{name}: fetched, verified")
    for name, tables in report.columns.items():
        click.echo(f"{name}: stored as the archive states it; no reader is promised. Columns found:")
        for file, columns in tables.items():
            click.echo(f"  {file}: {', '.join(columns) if columns is not None else 'no table that can be read here'}")
    if report.failed:
        reasons: dict[str, list[str]] = {}
        for name, error in report.failed.items():
            reasons.setdefault(str(error), []).append(name)
        raise click.ClickException("\n".join(f"{', '.join(who)}: {why}" for why, who in reasons.items()))


@data.command()
@click.argument("names", nargs=-1)
@_plain_errors
def verify(names: tuple[str, ...]) -> None:
    """Read every file on disk again and compare its hash; an altered one is set aside and named."""
    checked = catalogue.verify(names or None)
    counts = checked["status"].value_counts()
    for row in checked[checked["status"].isin(["altered", "unreadable"])].to_dict(orient="records"):
        kept = f" (now {row['kept_as']})" if row["kept_as"] not in {"", row["path"]} else ""
        click.echo(f"{row['status']}: {row['name']}: {row['path']}{kept}", err=True)
    click.echo(f"{counts.get('ok', 0)} files verified")
    missing = sorted(set(checked.loc[checked["status"] == "missing", "name"]))
    if missing:
        click.echo(f"not here, or not wholly: {', '.join(missing)}")
    bad = counts.get("altered", 0) + counts.get("unreadable", 0)
    if bad:
        raise click.ClickException(
            f"{bad} files are not what the registry says. Those of the cache were set aside: run "
            "`coldcarbon data fetch`. Those of the mirror were left: replace them."
        )


@data.command()
@notebooks_option
@_plain_errors
def state(notebooks: Path) -> None:
    """Print the data state over all default data sets, then of each chapter, then what is missing."""
    click.echo(catalogue.state())
    chapters: dict[str, list[str]] = {}
    for name, users in catalogue.used_in(notebooks).items():
        for chapter in users:
            chapters.setdefault(chapter, []).append(name)
    for chapter, names in chapters.items():
        click.echo(f"{chapter}: {catalogue.state(names)}")
    table = catalogue.table()
    missing = table[table["default"] & ~table["present"]]
    if len(missing):
        click.echo(f"missing: {', '.join(missing['name'])}")
