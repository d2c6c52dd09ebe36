"""What every reader of a table asks of it, asked once: bytes into text, text into rows, fields into numbers.

Mended without a word, since the result is the same: a byte order mark of UTF-8, line ends of any system, blanks around
fields, columns in another order, columns that nobody asks for.

Refused, with file, row, column and remedy: an empty file, one of zero bytes (UTF-16, a disk that lost it), a web page
in place of the data, another encoding, a last line without an end (cut off), a row with more or fewer fields than the
header, a row or a column that stands there twice, a column that is absent, what is no number, a number that cannot be,
and a code for missing that the file does not use. A file cut off exactly at the end of a row looks like a shorter one:
the hash of the catalogue tells them apart, and so do readers that know which months, years or cells there must be.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd

from coldcarbon.readers import ReaderError

__all__ = ["TextTable", "fields_of", "number_columns", "numbers", "r_tables", "refuse_repeated", "rows_of", "text_of"]

_WEB_PAGE: Final = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|head|\?xml)", re.IGNORECASE)
CODES: Final = (-999.0, -9999.0, -99999.0, -999999.0, 1e20)
"""Numbers that stand for missing somewhere: refused where the file has another mark."""


def text_of(path: Path, *, remedy: str, encoding: str = "utf-8", content: bytes | None = None) -> str:
    """Text of a file, whole and in its encoding.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    remedy : str
        What to do about one that cannot be read, for messages.
    encoding : str
        Its encoding; a byte order mark of UTF-8 is dropped.
    content : bytes, optional
        Its bytes, if they come from elsewhere (an archive).

    Returns
    -------
    str
        Line ends as in the file.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, is empty, no text, a web page, in another encoding, or ends within a line.
    """
    if content is None:
        try:
            content = path.read_bytes()
        except OSError as error:
            raise ReaderError(path, f"cannot be read ({error.strerror or error})", remedy) from error
    if not content.strip():
        raise ReaderError(path, "the file is empty", remedy)
    if b"\x00" in content:
        problem = "not a plain text: it holds zero bytes, as UTF-16 does, or a file that a disk lost"
        raise ReaderError(path, problem, remedy)
    if _WEB_PAGE.match(content):
        raise ReaderError(path, "a web page, perhaps of an error, stands in place of the data", remedy)
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        problem = f"not a plain text in {encoding.upper()} ({error.reason})"
        raise ReaderError(path, problem, remedy, row=row) from error
    if not text.endswith("\n" if "\n" in text else "\r"):
        row = len(text.splitlines())
        raise ReaderError(path, "the last line has no end, so the file was cut off", remedy, row=row)
    return text


@dataclass(frozen=True)
class TextTable:
    """Rows of a table with a header, every field as text without blanks around it.

    Attributes
    ----------
    path : pathlib.Path
        The file.
    remedy : str
        For messages.
    header : list of str
        Names of columns.
    rows : list of list of str
        Fields, as many as names.
    lines : numpy.ndarray of int
        Line of the file on which each row ends.
    header_line : int
        Line of the header.
    """

    path: Path
    remedy: str
    header: list[str]
    rows: list[list[str]]
    lines: np.ndarray
    header_line: int

    def columns(self, names: Iterable[str]) -> pd.DataFrame:
        """Columns by name, as text.

        Parameters
        ----------
        names : iterable of str
            Columns that must be there.

        Returns
        -------
        pandas.DataFrame
            One row per row.

        Raises
        ------
        coldcarbon.readers.ReaderError
            If one is not there.
        """
        wanted = list(names)
        absent = [name for name in wanted if name not in self.header]
        if absent:
            more = " ..." if len(self.header) > 6 else ""
            problem = f"missing: {', '.join(map(repr, absent))} (found {', '.join(self.header[:6])}{more})"
            raise ReaderError(self.path, problem, self.remedy, row=self.header_line)
        places = [self.header.index(name) for name in wanted]
        found = {name: [row[i] for row in self.rows] for name, i in zip(wanted, places, strict=True)}
        return pd.DataFrame(found, dtype="str")


def rows_of(
    path: Path,
    text: str,
    *,
    remedy: str,
    delimiter: str = ",",
    first_line: int = 1,
    blanks: str | None = None,
) -> TextTable:
    """Rows of a text with a header.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    text : str
        Header and rows.
    remedy : str
        For messages.
    delimiter : str
        Between fields.
    first_line : int
        Line of the file that holds the header.
    blanks : str, optional
        What is taken from both ends of a field; by default all that is blank in Unicode.

    Returns
    -------
    TextTable

    Raises
    ------
    coldcarbon.readers.ReaderError
        If a row has other fields than the header, a row or a column stands there twice, or there is no row.
    """
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = first_line - 1
    rows: list[list[str]] = []
    ends: list[int] = []
    header: list[str] = []
    seen: dict[tuple[str, ...], int] = {}
    try:
        header = [name.strip() for name in next(lines)]
        for fields in lines:
            if len(fields) != len(header):
                problem = f"{len(fields)} fields where the header has {len(header)}"
                raise ReaderError(path, problem, remedy, row=lines.line_num + before)
            rows.append([field.strip(blanks) for field in fields])
            ends.append(lines.line_num + before)
            if (key := tuple(rows[-1])) in seen:
                problem = f"the same row as in line {seen[key]}, field by field"
                raise ReaderError(path, problem, remedy, row=ends[-1])
            seen[key] = ends[-1]
    except (csv.Error, StopIteration) as error:
        raise ReaderError(path, f"not a regular table ({error})", remedy, row=lines.line_num + before) from error
    twice = [name for place, name in enumerate(header) if name and name in header[:place]]
    if twice:
        raise ReaderError(path, "this column stands there twice", remedy, row=first_line, column=twice[0])
    if not rows:
        raise ReaderError(path, "the file has a header and no rows", remedy, row=first_line)
    return TextTable(path, remedy, header, rows, np.asarray(ends), first_line)


def fields_of(path: Path, names: Sequence[str], *, remedy: str) -> pd.DataFrame:
    """Columns of a plain text without a header, between blanks.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    names : sequence of str
        What its columns are.
    remedy : str
        For messages.

    Returns
    -------
    pandas.DataFrame
        As text; row i stands on line i + 1.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `text_of`; if a line has another number of fields.
    """
    rows = [line.split() for line in text_of(path, remedy=remedy, encoding="ascii").splitlines()]
    for row, fields in enumerate(rows, 1):
        if len(fields) != len(names):
            problem = f"{len(fields)} fields, not {len(names)} ({', '.join(names)})"
            raise ReaderError(path, problem, remedy, row=row)
    return pd.DataFrame(rows, columns=pd.Index(names), dtype="str")


def numbers(
    path: Path,
    column: pd.Series,
    lowest: float,
    highest: float,
    *,
    remedy: str,
    lines: Sequence[int] | np.ndarray | None = None,
    missing: Collection[str] | None = (),
    within: str = "",
    named: str | None = None,
) -> pd.Series:
    """Numbers of a column, each of which can be.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    column : pandas.Series, shape (n,)
        Texts, or whatever cells hold; its name goes into messages.
    lowest, highest : float
        What is possible.
    remedy : str
        For messages.
    lines : sequence of int, shape (n,), optional
        Row of the file of each; by default counted from 1.
    missing : collection of str, optional
        Texts that stand for missing. None: an empty cell does.
    within : str
        Part of the file (a sheet), for messages.
    named : str, optional
        Name of the column, if not that of the Series.

    Returns
    -------
    pandas.Series of float
        NaN where missing; index of ``column``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If one is no number, outside what is possible, or a code for missing of other files (`CODES`).
    """
    filler = column.isna() if missing is None else column.isin(list(missing))
    values = pd.to_numeric(column.mask(filler), errors="coerce").astype(float)
    if column.dtype == object:  # a cell of a workbook may hold True, which is no 1
        values = values.mask(column.map(lambda cell: isinstance(cell, bool | np.bool_)).astype(bool))
    marks = "" if not missing else f" (missing is {' or '.join(repr(m) if m else 'an empty field' for m in missing)})"
    for wrong, what in (
        ((values.isna() & ~filler) | np.isinf(values), f"is not a number{marks}"),
        (values.isin(CODES), f"is a code for missing that this file does not use{marks}"),
        ((values < lowest) | (values > highest), f"lies outside {lowest:g} to {highest:g}"),
    ):
        if wrong.any():
            i = int(np.flatnonzero(wrong.to_numpy())[0])
            row = i + 1 if lines is None else int(lines[i])
            found = column.iloc[i]
            shown = repr(found.item() if isinstance(found, np.generic) else found)
            start = f"{within}: " if within else ""
            name = str(column.name) if named is None else named
            raise ReaderError(path, f"{start}{shown} {what}", remedy, row=row, column=name)
    return values


def number_columns(path: Path, table: pd.DataFrame, names: Iterable[str], *, remedy: str) -> None:
    """Refuse a table of which a column is absent, stands there twice, or holds something else than numbers.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    table : pandas.DataFrame
        As a library reads it.
    names : iterable of str
        Columns of numbers.
    remedy : str
        For messages.

    Raises
    ------
    coldcarbon.readers.ReaderError
        Names the column, and the row (counted from 1) of the first cell that is no number.
    """
    for name in names:
        count = list(table.columns).count(name)
        if count != 1:
            found = ", ".join(map(str, table.columns[:6]))
            problem = "this column stands there twice" if count else f"missing: {name!r} (found {found})"
            raise ReaderError(path, problem, remedy, column=name)
        column = table[name]
        if not pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column):
            numbers(path, column.astype(object), -np.inf, np.inf, remedy=remedy, missing=None)
            raise ReaderError(path, f"holds {column.dtype}, not numbers", remedy, column=name)


def r_tables() -> Mapping[str | bytes, Callable[[Any, Mapping[str, Any]], Any]]:
    """Constructors of the package rdata that refuse a data frame with a column twice, of which it keeps the last.

    Returns
    -------
    mapping of str to callable
        For ``constructor_dict`` of `rdata.read_rda` and `rdata.read_rds`; raise ValueError.
    """
    from rdata.conversion import DEFAULT_CLASS_MAP  # here: it takes long to import

    def checked(columns: Any, attributes: Mapping[str, Any]) -> Any:
        names = list(attributes["names"])
        twice = [name for place, name in enumerate(names) if name in names[:place]]
        if twice:
            raise ValueError(f"the column {twice[0]!r} stands there twice")
        return DEFAULT_CLASS_MAP["data.frame"](columns, attributes)

    return {**DEFAULT_CLASS_MAP, "data.frame": checked}


def refuse_repeated(
    path: Path,
    repeated: pd.Series | np.ndarray,
    what: str,
    *,
    remedy: str,
    lines: Sequence[int] | np.ndarray,
    column: str,
) -> None:
    """Refuse a table with a row that stands there before.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    repeated : pandas.Series or numpy.ndarray of bool, shape (n,)
        True where a row repeats an earlier one.
    what : str
        What is wrong with it.
    remedy : str
        For messages.
    lines : sequence of int, shape (n,)
        Row of the file of each.
    column : str
        Column by which it is known.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If there is one; names the first.
    """
    first = np.flatnonzero(np.asarray(repeated, dtype=bool))
    if first.size:
        raise ReaderError(path, what, remedy, row=int(lines[first[0]]), column=column)
