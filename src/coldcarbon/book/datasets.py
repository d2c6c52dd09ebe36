"""The data catalogue as a page: an overview, then one entry per data set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from docutils import nodes

from coldcarbon import catalogue
from coldcarbon.book.tables import Cell, plain_table

__all__ = ["data_catalogue"]


def data_catalogue(declared: Mapping[str, Sequence[str]]) -> list[nodes.Node]:
    """Draw the catalogue.

    Parameters
    ----------
    declared : mapping of str to sequence of str
        For each page of a chapter the data sets it declares.
    """
    users: dict[str, list[str]] = {}
    for page, names in declared.items():
        for name in names:
            users.setdefault(name, []).append(page.removeprefix("notebooks/"))
    head = ["Data set", "What it is", "Licence and citation", "Chapters", "Here"]
    rows: list[list[Cell]] = []
    for name, dataset in sorted(catalogue.datasets().items()):
        here = "yes" if catalogue.present(name) else "no" if dataset.default else "on request"
        cite = f"; doi {dataset.doi}" if dataset.doi else ""
        chapters = ", ".join(users.get(name, [])) or "–"
        rows.append([name, f"{dataset.description} ({dataset.kind})", dataset.licence + cite, chapters, here])
    return [plain_table(head, rows, classes=["datasets"])]
