"""Annual means of air and of ground-surface temperature at 52 weather stations of the plateau (Luo et al. 2018).

Two files of one shape, ``MAAT_QTP.csv`` (air) and ``MAGST_QTP.csv`` (ground surface): years 1951-2010 down, stations
across, degrees Celsius, ``NA`` missing. They have no coordinates. What is odd in them, and what happens here (every
value is kept):

- the first year of many series is far from the second (Yutian: by 12 degrees), as if the sum over part of a year had
  been divided by all its days; ``air_first_year`` and ``ground_first_year`` mark first years, which are best left out;
- stations begin between 1951 and 1980, so that the mean over stations changes its members until then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import numbers, rows_of, text_of

__all__ = ["COLUMNS", "UNITS", "read"]

DATASET: Final = "qtp-stations"
AIR: Final = "MAAT_QTP.csv"
GROUND: Final = "MAGST_QTP.csv"
_REMEDY: Final = f"Fetch the files again (coldcarbon data fetch {DATASET}) or compare them with the original"
_LIMITS: Final = (-30.0, 40.0)  # degrees Celsius, annual means
COLUMNS: Final = (
    *("station", "year", "air_temperature_degrees_celsius", "ground_temperature_degrees_celsius"),
    *("air_first_year", "ground_first_year"),
)
UNITS: Final[dict[str, str]] = {
    "air_temperature_degrees_celsius": "degrees Celsius, annual mean",
    "ground_temperature_degrees_celsius": "degrees Celsius, annual mean of the ground surface",
}


def _table(path: Path) -> pd.DataFrame:
    rows = rows_of(path, text_of(path, remedy=_REMEDY), remedy=_REMEDY)
    stations = rows.header[1:]
    if not stations or "" in stations:
        raise ReaderError(path, "has no stations, or one without a name", _REMEDY, row=rows.header_line)
    texts = pd.Series([row[0] for row in rows.rows], dtype="str")
    years = pd.to_numeric(texts.where(texts.str.fullmatch("[0-9]{4}")), errors="coerce")
    wrong = years.isna() | (years.diff().fillna(1) != 1)
    if wrong.any():
        i = int(wrong.to_numpy().argmax())
        problem = f"{texts.iloc[i]!r} is not the year after the one before"
        raise ReaderError(path, problem, _REMEDY, row=int(rows.lines[i]), column="year")
    columns = {
        name: numbers(path, cells, *_LIMITS, remedy=_REMEDY, lines=rows.lines, missing=("NA",))
        for name, cells in rows.columns(stations).items()
    }
    return pd.DataFrame(columns).set_index(pd.Index(years.astype(int), name="year"))


def _long(table: pd.DataFrame, name: str, first: str) -> pd.DataFrame:
    long = table.reset_index().melt(id_vars="year", var_name="station", value_name=name)
    starts = {str(station): values.first_valid_index() for station, values in table.items()}
    long[first] = long["year"] == long["station"].map(starts)
    return long


def read(air: str | Path | None = None, ground: str | Path | None = None) -> pd.DataFrame:
    """Read both files.

    Parameters
    ----------
    air, ground : str or pathlib.Path, optional
        By default the verified copies of the catalogue's "qtp-stations".

    Returns
    -------
    pandas.DataFrame
        One row per station and year, columns `COLUMNS`; years without a value of either kind are left out.
        ``attrs["units"]``, ``attrs["source"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If a file cannot be read, holds what is no temperature, jumps in its years, or has other stations than the
        other file.
    coldcarbon.catalogue.DataError
        With no path, if the data set is missing or does not verify.
    """
    files = [Path(catalogue.path(DATASET, n)) if p is None else Path(p) for p, n in ((air, AIR), (ground, GROUND))]
    tables = [_table(file) for file in files]
    if list(tables[0].columns) != list(tables[1].columns):
        apart = sorted(set(tables[0].columns) ^ set(tables[1].columns)) or "another order"
        raise ReaderError(files[1], f"its stations are not those of {files[0].name}: {apart}", _REMEDY, row=1)
    names = COLUMNS[2], COLUMNS[3]
    both = [_long(table, *columns) for table, columns in zip(tables, zip(names, COLUMNS[4:], strict=True), strict=True)]
    frame = both[0].merge(both[1], on=["station", "year"], how="outer")
    for name in COLUMNS[4:]:
        frame[name] = frame[name].astype("boolean").fillna(False).astype(bool)
    frame = frame.dropna(subset=list(names), how="all").sort_values(["station", "year"], ignore_index=True)
    frame = frame[list(COLUMNS)]
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "Luo et al. 2018, doi:10.5194/gmd-11-2475-2018 (GPL-2.0-or-later)"
    return frame
