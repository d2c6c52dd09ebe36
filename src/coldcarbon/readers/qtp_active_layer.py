"""Daily soil temperature at twelve permafrost sites of the Qinghai-Tibetan plateau (Zhao et al. 2021).

``Active layer of ground temperature.xlsx`` has a sheet per site with ``Year``, ``Month``, ``Day`` and a column per
depth (``10cmGT``, in one sheet ``50 cm``), degrees Celsius; ``Site_Location_Info_Structured.csv`` has places and
vegetation. What is odd in them, and what happens here:

- sheets are named by boreholes, places by stations; `SHEETS` joins the two after the place file, which writes
  ``QT09 (XDT)`` and ``Ch04 (LDH)``, and after the sheets' own names (``TSHAL``: Tianshuihai, active layer);
- Liangdaohe has no row for any day of 2004, Ch06 none from January to August 2018: days without a row stay absent;
- AYKAL has columns without a name and without a number, which are left out;
- at Liangdaohe most of 2005 (264 days, the whole growing season) is at all four depths, digit by digit, 2006 again. One
  of the two must be a copy and nothing says which; ``repeated`` marks both (runs of seven days or more in which every
  depth of a site has the value of the same day a year before or after).

Sensors hang at 10 to 315 cm, mostly not at 30 cm: `at_depth` interpolates, and never beyond the sensors.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import numbers, refuse_repeated, rows_of, text_of

__all__ = ["COLUMNS", "SHEETS", "UNITS", "Winter", "at_depth", "read", "season_means"]

DATASET: Final = "qtp-active-layer"
WORKBOOK: Final = "Active layer of ground temperature.xlsx"
PLACES: Final = "Site_Location_Info_Structured.csv"
_REMEDY: Final = f"Fetch the files again (coldcarbon data fetch {DATASET}) or compare them with the original"

SHEETS: Final[dict[str, tuple[str, str]]] = {
    "QT09": ("Xidatan", "QT09 (XDT)"),
    "Ch06": ("Ch06", "Ch06"),
    "QT08": ("QT08", "QT08"),
    "QT01": ("QT01", "QT01"),
    "QT03": ("QT03", "QT03"),
    "Ch01": ("Ch01", "Ch01"),
    "QT05": ("QT05", "QT05"),
    "Ch04": ("Liangdaohe", "Ch04 (LDH)"),
    "ZNHAL": ("ZNH", "ZNH"),
    "AYKAL": ("AYK", "AYK"),
    "TSHAL": ("Tianshuihai", "TSH"),
    "QT04": ("QT04", "QT04 (TGL)"),
}
"""Sheet of the workbook: name of the site here, name in the file of places."""

COLUMNS: Final = (
    *("site", "sheet", "vegetation", "latitude_degrees_north", "longitude_degrees_east"),
    *("date", "depth_cm", "soil_temperature_degrees_celsius", "repeated"),
)
UNITS: Final[dict[str, str]] = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "depth_cm": "cm",
    "soil_temperature_degrees_celsius": "degrees Celsius",
}
Winter = Literal["ends", "starts", "calendar"]
_DEPTH: Final = re.compile(r"^\s*(\d+)\s*cm(GT)?\s*$")
_LIMITS: Final = (-50.0, 50.0)  # degrees Celsius
_PLACE_COLUMNS: Final = ("Site Name", "Latitude (°N)", "Longitude (°E)", "Vegetation")
_LATITUDES: Final = (25.0, 41.0)  # of the plateau, in degrees
_LONGITUDES: Final = (70.0, 106.0)
_REPEATED_DAYS: Final = 7
_LONG_SEASON, _SHORT_SEASON = "non_growing", "growing"


def _places(path: Path) -> dict[str, tuple[float, float, str]]:
    rows = rows_of(path, text_of(path, remedy=_REMEDY), remedy=_REMEDY)
    table = rows.columns(_PLACE_COLUMNS)
    name, north, east, vegetation = (table[column] for column in _PLACE_COLUMNS)
    refuse_repeated(
        path, name.duplicated(), "the site of an earlier row", remedy=_REMEDY, lines=rows.lines, column=str(name.name)
    )
    latitude = numbers(path, north, *_LATITUDES, remedy=_REMEDY, lines=rows.lines)
    longitude = numbers(path, east, *_LONGITUDES, remedy=_REMEDY, lines=rows.lines)
    return dict(zip(name, zip(latitude, longitude, vegetation, strict=True), strict=True))


def _repeated(dates: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Days in runs of seven or more that equal, at every depth, the same days of the year before or after."""
    days = pd.DatetimeIndex(dates)
    year_before = days - pd.DateOffset(years=1)
    before = pd.DataFrame(values, index=days).reindex(year_before).to_numpy()
    same = ((values == before) | (np.isnan(values) & np.isnan(before))).all(axis=1) & np.isfinite(values).any(axis=1)
    same &= ~((days.month == 2) & (days.day == 29))  # has no day a year before
    run = np.cumsum(~same)
    later = same & (np.bincount(run, weights=same)[run] >= _REPEATED_DAYS)
    earlier = days.isin(year_before[later])
    return np.asarray(later | earlier)


def _sheet(path: Path, sheet: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    header = list(rows[0]) if rows else []
    if [str(name).strip() for name in header[:3]] != ["Year", "Month", "Day"]:
        problem = f"sheet {sheet!r} begins with {header[:3]}, not with Year, Month, Day"
        raise ReaderError(path, problem, _REMEDY, row=1)
    depths: dict[int, int] = {}
    for place, name in enumerate(header[3:], 3):
        if name is None:
            if any(len(row) > place and row[place] is not None for row in rows[1:]):
                raise ReaderError(path, f"sheet {sheet!r} has numbers without a depth", _REMEDY, row=1)
            continue
        match = _DEPTH.match(str(name))
        if match is None:
            raise ReaderError(path, f"sheet {sheet!r}: {name!r} is no depth such as 10cmGT", _REMEDY, row=1)
        if int(match[1]) in depths.values():
            problem = f"sheet {sheet!r} has this depth twice"
            raise ReaderError(path, problem, _REMEDY, row=1, column=str(name))
        depths[place] = int(match[1])
    filled = [(line, row) for line, row in enumerate(rows[1:], 2) if any(cell is not None for cell in row)]
    lines, body = [line for line, _ in filled], [row for _, row in filled]
    if not body or not depths:
        raise ReaderError(path, f"sheet {sheet!r} holds no temperatures", _REMEDY)
    stamps = pd.DataFrame([row[:3] for row in body], columns=["year", "month", "day"])
    whole = stamps.map(lambda cell: isinstance(cell, int | float) and cell == int(cell)).all(axis=1)
    dates = pd.to_datetime(stamps.where(whole).apply(pd.to_numeric, errors="coerce"), errors="coerce")
    wrong = dates.isna() | (dates.diff() <= pd.Timedelta(0))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        problem = f"sheet {sheet!r}: {body[i][:3]} is no date after the one before"
        raise ReaderError(path, problem, _REMEDY, row=lines[i], column="Day")
    depths = dict(sorted(depths.items(), key=lambda item: item[1]))  # whatever the order of the columns
    values = np.full((len(body), len(depths)), np.nan)
    for k, place in enumerate(depths):
        cells = pd.Series(
            [row[place] if len(row) > place else None for row in body], dtype=object, name=str(header[place])
        )
        values[:, k] = numbers(
            path, cells, *_LIMITS, remedy=_REMEDY, lines=lines, missing=None, within=f"sheet {sheet!r}"
        )
    return pd.DataFrame(
        {
            "date": np.repeat(dates.to_numpy(), len(depths)),
            "depth_cm": np.tile(list(depths.values()), len(body)).astype(float),
            "soil_temperature_degrees_celsius": values.ravel(),
            "repeated": np.repeat(_repeated(dates.to_numpy(), values), len(depths)),
        }
    )


def read(
    path: str | Path | None = None, places: str | Path | None = None, *, sheets: Sequence[str] | None = None
) -> pd.DataFrame:
    """Read daily soil temperatures.

    Parameters
    ----------
    path, places : str or pathlib.Path, optional
        The workbook and the file of places; by default the verified copies of the catalogue's "qtp-active-layer". With
        only ``path`` the places are looked for beside it.
    sheets : sequence of str, optional
        Sheets to read, of `SHEETS`; all of them unless given.

    Returns
    -------
    pandas.DataFrame
        One row per site, day and depth, columns `COLUMNS`; a temperature that is absent is NaN.
        ``attrs["units"]``, ``attrs["source"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If a file cannot be read, lacks a sheet, a place or a column, or holds what is no date or no temperature.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    ValueError
        If ``sheets`` names one that this reader does not know.
    """
    import openpyxl  # type: ignore[import-untyped]

    wanted = list(SHEETS if sheets is None else sheets)
    unknown = [name for name in wanted if name not in SHEETS]
    if unknown or not wanted:
        raise ValueError(f"sheets are {', '.join(SHEETS)}, not {unknown}")
    file = Path(catalogue.path(DATASET, WORKBOOK)) if path is None else Path(path)
    if places is not None:
        beside = Path(places)
    else:
        beside = Path(catalogue.path(DATASET, PLACES)) if path is None else file.with_name(PLACES)
    known = _places(beside)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, openpyxl.utils.exceptions.InvalidFileException) as error:
        raise ReaderError(file, f"is no workbook ({error})", _REMEDY) from error
    parts = []
    try:
        for sheet in wanted:
            site, place = SHEETS[sheet]
            if sheet not in book.sheetnames:
                raise ReaderError(file, f"has no sheet {sheet!r}", _REMEDY)
            if place not in known:
                raise ReaderError(beside, f"has no site {place!r}", _REMEDY)
            part = _sheet(file, sheet, list(book[sheet].iter_rows(values_only=True)))
            latitude, longitude, vegetation = known[place]
            named = {"site": site, "sheet": sheet, "vegetation": vegetation}
            parts.append(part.assign(**named, latitude_degrees_north=latitude, longitude_degrees_east=longitude))
    finally:
        book.close()
    frame = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "Zhao et al. 2021, doi:10.5194/essd-13-4207-2021 (CC BY 4.0)"
    return frame


def at_depth(frame: pd.DataFrame, depth_cm: float) -> pd.DataFrame:
    """Daily temperature at one depth, linear between the nearest sensors above and below.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `read` gives it.
    depth_cm : float
        Depth in cm.

    Returns
    -------
    pandas.DataFrame
        Index ``date`` (every day from the first to the last), one column per site, degrees Celsius. NaN on days without
        a row, where a sensor of the two is missing, or where the depth lies outside the sensors of a site.
    """
    columns = {}
    for site, rows in frame.groupby("site", sort=False):
        wide = rows.pivot_table(
            index="date", columns="depth_cm", values="soil_temperature_degrees_celsius", dropna=False
        )
        depths = wide.columns.to_numpy(float)
        above, below = np.flatnonzero(depths <= depth_cm), np.flatnonzero(depths >= depth_cm)
        if not len(above) or not len(below):
            columns[site] = pd.Series(np.nan, index=wide.index)
            continue
        upper, lower = above[-1], below[0]
        share = 0.0 if upper == lower else (depth_cm - depths[upper]) / (depths[lower] - depths[upper])
        columns[site] = wide.iloc[:, upper] * (1 - share) + wide.iloc[:, lower] * share
    daily = pd.DataFrame(columns).rename_axis(index="date")
    return daily.reindex(pd.date_range(daily.index.min(), daily.index.max(), name="date"))


def season_means(daily: pd.DataFrame, *, winter: Winter = "ends", least_share: float = 0.95) -> pd.DataFrame:
    """Means of the growing season (May to September) and of the rest of the year.

    Parameters
    ----------
    daily : pandas.DataFrame
        Index of dates, one column per site, as `at_depth` gives it.
    winter : {"ends", "starts", "calendar"}
        The year that October to April counts for: that in which it ends, so that it comes before the growing season;
        that in which it starts; or January to April and October to December of one calendar year, which are not one
        winter.
    least_share : float
        Of the days of a season that must be there.

    Returns
    -------
    pandas.DataFrame
        Columns ``site``, ``season`` ("growing" or "non_growing"), ``year``, ``mean`` in the unit of ``daily``,
        ``days``; seasons with too few days are left out.

    Raises
    ------
    ValueError
        For an unknown reading of the winter or a share outside 0 to 1.
    """
    if winter not in ("ends", "starts", "calendar"):
        raise ValueError(f"winter is 'ends', 'starts' or 'calendar', not {winter!r}")
    if not 0 < least_share <= 1:
        raise ValueError(f"least_share lies between 0 and 1, not {least_share}")
    dates = pd.DatetimeIndex(daily.index)
    growing = (dates.month >= 5) & (dates.month <= 9)
    year = dates.year.to_numpy()
    if winter == "ends":
        year = year + (dates.month >= 10)
    elif winter == "starts":
        year = year - (dates.month <= 4)
    season = np.where(growing, _SHORT_SEASON, _LONG_SEASON)
    long = daily.assign(season=season, year=year).melt(id_vars=["season", "year"], var_name="site", value_name="value")
    table = long.groupby(["site", "season", "year"], as_index=False)["value"].agg(mean="mean", days="count")
    table["year"] = table["year"].astype(int)
    length = np.where(table["season"] == _SHORT_SEASON, 153, 212)  # 29 February is one day more, at most
    kept = table[table["days"] >= least_share * length]
    kept = kept.sort_values(["site", "season", "year"], ignore_index=True)
    return kept[["site", "season", "year", "mean", "days"]]
