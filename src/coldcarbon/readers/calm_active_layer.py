"""Thaw depth of the Circumpolar Active Layer Monitoring network, 1990-2024 (Streletskiy et al. 2025).

``GTN-P_CALM_1990-2024.tab`` is a PANGAEA table: a description between ``/*`` and ``*/``, then tab-separated rows of
site and year with the thickness of the active layer in cm. What is odd in it, and what happens here (every row is
kept):

- ``>235`` says that the thaw went deeper than the probe or the borehole, ``<66`` that it ended above: the number is a
  bound. ``thaw_depth_cm`` holds it and ``censoring`` says "right" or "left"; nothing may treat it as a depth;
- rows without a value are mostly a note that a site is ``inactive``, dated 2023: ``censoring`` is "missing";
- coordinates have the precision of a minute, and CN2 (Fenghuo Shan) lies some 450 km east of the pass of that name.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import numbers, refuse_repeated, rows_of, text_of

__all__ = ["COLUMNS", "UNITS", "read"]

DATASET: Final = "calm-active-layer"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
_OF_FILE: Final[dict[str, str]] = {
    "Event": "event",
    "Site": "site",
    "Name": "name",
    "Country": "country",
    "Area": "area",
    "Latitude": "latitude_degrees_north",
    "Longitude": "longitude_degrees_east",
    "Date/Time": "year",
    "ALD [cm]": "thaw_depth_cm",
    "Sample comment": "sample_comment",
    "Comment": "comment",
}
COLUMNS: Final = (*list(_OF_FILE.values())[:9], "censoring", *list(_OF_FILE.values())[9:])
UNITS: Final[dict[str, str]] = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "thaw_depth_cm": "cm",
}
_DEPTH: Final = re.compile(r"^([<>]?)\s*(\d+(?:\.\d+)?)$")
_DEEPEST: Final = 5000.0  # cm


def read(path: str | Path | None = None) -> pd.DataFrame:
    """Read thaw depths.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The table; by default the verified copy of the catalogue's "calm-active-layer".

    Returns
    -------
    pandas.DataFrame
        One row per row of the file, columns `COLUMNS`. ``censoring`` is "none", "right" (at least ``thaw_depth_cm``),
        "left" (at most) or "missing". ``attrs["units"]``, ``attrs["source"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, has no end of its description, lacks a column, or holds what is no depth, no year or
        no coordinate, or one site and year twice.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    lines = text_of(file, remedy=_REMEDY).splitlines(keepends=True)
    end = next((row for row, line in enumerate(lines, 1) if line.startswith("*/")), len(lines))
    if not "".join(lines[end:]).strip():
        raise ReaderError(file, "has no table after a description that ends with */", _REMEDY)
    rows = rows_of(file, "".join(lines[end:]), remedy=_REMEDY, delimiter="\t", first_line=end + 1, blanks="")
    table = rows.columns(_OF_FILE)
    depth = table["ALD [cm]"].str.strip()
    parts = depth.str.extract(_DEPTH)
    value = pd.to_numeric(parts[1], errors="coerce")
    wrong = (depth != "") & ~value.between(0, _DEEPEST)
    if wrong.any():
        i = int(wrong.to_numpy().argmax())
        problem = f"{depth.iloc[i]!r} is no depth such as 142 or >235"
        raise ReaderError(file, problem, _REMEDY, row=int(rows.lines[i]), column="ALD [cm]")
    frame = table.rename(columns=_OF_FILE)
    year = table["Date/Time"].str.extract(r"^(\d{4})(?:-\d\d.*)?$")[0].fillna(table["Date/Time"]).rename("Date/Time")
    for name, column, low, high in (
        ("year", year, 1900, 2100),
        ("latitude_degrees_north", table["Latitude"], -90, 90),
        ("longitude_degrees_east", table["Longitude"], -180, 180),
    ):
        frame[name] = numbers(file, column, low, high, remedy=_REMEDY, lines=rows.lines)
    frame["year"] = frame["year"].astype(int)
    frame["thaw_depth_cm"] = value.astype(float)
    signs = parts[0].map({">": "right", "<": "left", "": "none"})
    frame["censoring"] = signs.where(depth != "", "missing")
    for name in ("area", "sample_comment", "comment"):
        frame[name] = frame[name].mask(frame[name] == "")
    twice = frame.duplicated(["event", "year"])
    what = "the same site and year as in an earlier row"
    refuse_repeated(file, twice, what, remedy=_REMEDY, lines=rows.lines, column="Site")
    frame = frame[list(COLUMNS)]
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "GTN-P CALM 1990-2024, doi:10.1594/PANGAEA.972777 (CC BY 4.0)"
    return frame
