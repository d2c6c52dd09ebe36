"""The data catalogue as a page: an overview, then one entry per data set, with its files and columns folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from pathlib import Path

from docutils import nodes
from pybtex.database import parse_file
from sphinx import addnodes

from coldcarbon import catalogue
from coldcarbon.book.citations import BIBLIOGRAPHY, citations_above
from coldcarbon.book.tables import Cell, plain_table

__all__ = ["data_catalogue", "label_of"]

COLUMN_HEAD = ("Column", "Unit", "Missing in the file", "Meaning")
Row = Sequence[str]


def label_of(name: str) -> str:
    """Label of an entry, for ``{ref}`` from any page; its address is ``data.html#NAME``."""
    return f"data-{name}"


def data_catalogue(declared: Mapping[str, Sequence[str]], root: Path) -> list[nodes.Node]:
    """Draw the catalogue.

    Parameters
    ----------
    declared : mapping of str to sequence of str
        For each page of a chapter the data sets it declares.
    root : Path
        The checkout, whose bibliography says how to cite.

    Returns
    -------
    list of docutils nodes
        The table of all, then a section per data set, whose id is its name.
    """
    users: dict[str, list[str]] = {}
    for page, names in declared.items():
        for name in names:
            users.setdefault(name, []).append(page)
    known = sorted(catalogue.datasets())
    return [_overview(known, users), *(_entry(name, users.get(name, []), root) for name in known)]


def _overview(known: Sequence[str], users: Mapping[str, Sequence[str]]) -> nodes.Node:
    rows: list[list[Cell]] = []
    for name in known:
        dataset = catalogue.get(name)
        link = nodes.reference("", name, refid=name, internal=True)
        passed_on = "in bundles" if dataset.bundled else "allowed" if dataset.redistributable else "no"
        here = "yes" if catalogue.present(name) else "no" if dataset.default else "on request"
        size = catalogue.size_text(dataset.bytes)
        rows.append([link, dataset.description, dataset.kind, size, passed_on, here, str(len(users.get(name, [])))])
    head = ["Data set", "What it is", "Kind", "Size", "Passed on", "Here", "Chapters"]
    return plain_table(head, rows, classes=["datasets"], caption=f"The {len(known)} data sets of the catalogue")


def _entry(name: str, pages: Sequence[str], root: Path) -> nodes.section:
    dataset = catalogue.get(name)
    section = nodes.section("", nodes.title("", name), ids=[name], names=[label_of(name)], classes=["dataset"])
    section += nodes.paragraph("", f"{dataset.description}.")
    facts = nodes.field_list()
    for label, text in catalogue.entry(name).items():
        fact = nodes.paragraph("", "", *_fact(dataset, label, text, pages, root))
        facts += nodes.field("", nodes.field_name("", label), nodes.field_body("", fact))
    section += facts
    if dataset.files:
        section += _files(dataset)
    for table in catalogue.described(name):
        if table.columns:
            section += _columns(table)
        else:
            section += nodes.paragraph("", f"What is in it: {table.size}; {table.row}.")
    return section


def _fact(dataset: catalogue.Dataset, label: str, text: str, pages: Sequence[str], root: Path) -> list[nodes.Node]:
    match label:
        case "Chapters" if pages:
            links: list[nodes.Node] = []
            for page in pages:
                links += [_to_chapter(page), nodes.Text(", ")]
            return links[:-1]
        case "Fetch":
            return [nodes.literal("", text)]
        case "Cite" if dataset.doi:
            words = _citations(root).get(dataset.doi.lower())
            link = nodes.reference("", text, refuri=text)
            return [nodes.Text(f"{words}, "), link] if words else [link]
        case "Source" if len(dataset.files) == 1 and text.startswith("https://"):
            return [nodes.reference("", text, refuri=text)]
    return [nodes.Text(text)]


def _to_chapter(page: str) -> nodes.Node:
    name = nodes.inline("", page.removeprefix("notebooks/"))
    return addnodes.pending_xref(
        "", name, refdomain="std", reftype="doc", reftarget=f"/{page}", refexplicit=True, refwarn=True
    )


@cache
def _citations(root: Path) -> Mapping[str, str]:
    """Authors, year and title by DOI, of the works the bibliography has."""
    file = root / BIBLIOGRAPHY
    if not file.is_file():
        return {}
    words = citations_above(root)
    return {
        entry.fields["doi"].lower(): f"{words[key]}, {entry.fields.get('title', '').replace('{', '').replace('}', '')}"
        for key, entry in parse_file(str(file)).entries.items()
        if "doi" in entry.fields
    }


def _files(dataset: catalogue.Dataset) -> nodes.Node:
    rows = [(_link(file.name, file.url), f"{file.bytes:,}", escape(file.sha256)) for file in dataset.files]
    count = f"{len(rows)} files" if len(rows) > 1 else "1 file"
    words = f"{count}, {catalogue.size_text(dataset.bytes)}, with sha256"
    return _fold(words, _table(f"Files of {dataset.name}", ("File", "Bytes", "sha256"), rows, "files"))


def _columns(table: catalogue.Table) -> nodes.Node:
    rows = [
        (f"<code>{escape(column.name)}</code>", *map(escape, (column.unit, column.missing, column.meaning)))
        for column in table.columns
    ]
    what = (
        f"columns; {table.size}, each {table.row}" if "rows" in table.size else f"variables; {table.row}, {table.size}"
    )
    caption = f"What {table.reader} returns"
    return _fold(f"{table.reader}: {len(rows)} {what}", _table(caption, COLUMN_HEAD, rows, "columns"))


def _link(text: str, url: str) -> str:
    return f'<a class="reference external" href="{escape(url)}">{escape(text)}</a>' if url else escape(text)


def _fold(words: str, content: str) -> nodes.Node:
    """A fold of the browser's own: it needs no script, and the keyboard opens it."""
    return nodes.raw(
        "", f'<details class="data-fold"><summary>{escape(words)}</summary>\n{content}</details>\n', format="html"
    )


def _table(caption: str, head: Row, rows: Sequence[Row], kind: str) -> str:
    """A table as HTML, since docutils gives tables neither a caption without number nor headers of rows."""
    lines = [f'<table class="data-table {kind}"><caption>{escape(caption)}</caption>']
    lines.append(f"<thead><tr>{''.join(f'<th scope=col>{name}</th>' for name in head)}</tr></thead><tbody>")
    for first, *others in rows:
        cells = "".join(f"<td>{cell}</td>" for cell in others)
        lines.append(f"<tr><th scope=row>{first}</th>{cells}</tr>")
    return "\n".join([*lines, "</tbody></table>"])
