"""What a chapter sees of a data set: the tables its readers return, their columns, units and meaning.

The readers themselves are rooms below this one; the two tables here say what they return, and a test compares.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources

from coldcarbon.catalogue import registry


@dataclass(frozen=True)
class Column:
    """One column of a table, or one variable of a grid.

    Attributes
    ----------
    name : str
        As the reader returns it.
    unit : str
        As the reader states it; "" for names, flags and whatever it states none for.
    missing : str
        How the file marks a missing value (NaN or NA once read); "" where none is missing.
    meaning : str
        In a few words.
    """

    name: str
    unit: str
    missing: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """What one reader returns.

    Attributes
    ----------
    reader : str
        Module and function of `coldcarbon.readers`, after a comma the part of its result; "" where nothing reads it.
    size : str
        Rows, or the cells of a grid along each axis.
    row : str
        What a row or a grid is.
    columns : tuple of Column
        In the order of the result; empty where it has none.
    """

    reader: str
    size: str
    row: str
    columns: tuple[Column, ...]


def described(name: str) -> tuple[Table, ...]:
    """Describe what a chapter sees of a data set.

    Parameters
    ----------
    name : str
        Name of the data set.

    Returns
    -------
    tuple of Table
        Empty for an archive, of which nothing is promised.

    Raises
    ------
    UnknownDatasetError
        If the catalogue does not list it.
    """
    return _tables().get(registry.get(name).name, ())


@cache
def _tables() -> dict[str, tuple[Table, ...]]:
    columns: dict[tuple[str, str], list[Column]] = {}
    for row in _rows("columns.csv"):
        column = Column(row["column"], row["unit"], row["missing"], row["meaning"])
        columns.setdefault((row["dataset"], row["table"]), []).append(column)
    found: dict[str, tuple[Table, ...]] = {}
    for row in _rows("tables.csv"):
        key = row["dataset"], row["table"]
        table = Table(row["table"], row["size"], row["row"], tuple(columns.pop(key, ())))
        found[row["dataset"]] = (*found.get(row["dataset"], ()), table)
    if columns:
        raise ValueError(f"columns.csv describes tables that tables.csv does not list: {sorted(columns)}")
    return found


def _rows(table: str) -> Iterator[dict[str, str]]:
    text = resources.files("coldcarbon.catalogue").joinpath(table).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines())
