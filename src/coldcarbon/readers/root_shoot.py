"""Ratios of root to shoot mass by place: Ma and others 2021 (doi:10.1038/s41559-021-01485-1), and with climate joined.

`read_ma2021` reads the table of Ma and others: coordinates, ratio, and one of three vegetations. `read_climate` reads a
second compilation that took most of its rows from the first, added forests, and joined climate and soil at the
coordinates. Both files hold **root over shoot**; `eta` is shoot over root, its inverse. Neither file names a study, a
species, a year or the area behind a ratio.

What is odd in them, and what happens here (every row is kept, in the order of the file; `left_out` says why a row is of
no use, and ``attrs["left_out"]`` counts the reasons):

- many rows repeat one measurement, up to four times: as computed (9.895953757) and as rounded by an earlier compiler
  (9.9); with coordinates of a few more or fewer digits; and some long numbers stand at several places of one region,
  which cannot have measured the same nine digits. `measurement_numbers` puts them together;
- ratios of zero, in shrubs whose roots cannot be nothing: they mean missing;
- one ratio is "0. 239", and no number;
- an aridity of zero and a root-zone water capacity of zero mean missing, and become so (``attrs["zeros"]``);
- the growing-season temperature is far too warm on the south and west of the Tibetan plateau, 28 degrees Celsius at
  4,500 m. `plateau_rows` marks what cannot be alpine (`ALPINE_LIMIT_DEGREES_CELSIUS`); smaller errors stay.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree
from shapely import MultiPolygon, Polygon

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError, plateau_boundary
from coldcarbon.readers.text_tables import numbers, refuse_repeated, rows_of, text_of

__all__ = [
    "ALPINE_LIMIT_DEGREES_CELSIUS",
    "CLIMATE",
    "CLIMATE_COLUMNS",
    "COLUMNS",
    "UNITS",
    "flag_rows",
    "measurement_numbers",
    "plateau_rows",
    "read_climate",
    "read_ma2021",
]

MA_2021: Final = "root-shoot-ma2021"
CLIMATE_SET: Final = "root-shoot-climate"
_MA_FILE: Final = "Compiled_root_shoot_ratio_table_of_forest_shrubland_and_grassland.csv"
_CLIMATE_FILE: Final = "Rootshoot_source.csv"

ALPINE_LIMIT_DEGREES_CELSIUS: Final = 15.0
"""A growing season warmer than this is not alpine: trees end where its mean falls to six or seven degrees (Koerner and
Paulsen 2004, doi:10.1111/j.1365-2699.2003.01043.x), and 15 leaves room for dry valleys of the plateau."""

SAME_PLACE_DEGREES: Final = 0.011
"""Coordinates of one place differ by their rounding to two decimals."""

SAME_REGION_DEGREES: Final = 1.0
SAME_REGION_DIGITS: Final = 4
"""Ratios with so many digits that are equal within a region are one number, not two measurements."""

VEGETATIONS: Final = ("forest", "shrub", "grass")
ZERO: Final = "ratio of zero, which means missing"
NO_NUMBER: Final = "ratio is no number"
TOO_WARM: Final = "growing season too warm to be alpine"

COLUMNS: Final = (
    "row_in_file",
    "latitude_degrees_north",
    "longitude_degrees_east",
    "vegetation",
    "root_shoot_ratio",
    "ratio_as_written",
    "eta",
    "left_out",
)

CLIMATE: Final[dict[str, tuple[str, float, float]]] = {
    "Tg": ("growing_season_temperature_degrees_celsius", -30.0, 50.0),
    "AI": ("aridity_pet_per_precipitation", 0.0, 1000.0),
    "smlim": ("moisture_factor", 0.0, 1.0),
    "GPP": ("gpp_g_C_per_m2_per_day", 0.0, 30.0),
    "rzwc": ("root_zone_water_capacity_mm", 0.0, 10_000.0),
    "Sand": ("sand_percent", 0.0, 100.0),
    "pH": ("soil_ph", 1.0, 14.0),
}
"""Columns of the second file with their name here and what is possible."""

_LARGEST_RATIO: Final = 500.0  # four times the largest of the files; in percent some are larger
_SPLIT_NUMBER: Final = r"\d+\. \d+"  # "0. 239": kept as no number

_ZERO_IS_MISSING: Final = ("AI", "rzwc")
CLIMATE_COLUMNS: Final = (*COLUMNS, *(name for name, _, _ in CLIMATE.values()), "source", "detail_source")

UNITS: Final[dict[str, str]] = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "root_shoot_ratio": "1 (mass of roots per mass of shoots)",
    "eta": "1 (aboveground per belowground mass)",
    "growing_season_temperature_degrees_celsius": "degrees Celsius",
    "aridity_pet_per_precipitation": "1 (potential evapotranspiration per precipitation)",
    "moisture_factor": "1 (1 is no limitation by soil moisture, 0 full limitation)",
    "gpp_g_C_per_m2_per_day": "g C m-2 d-1",
    "root_zone_water_capacity_mm": "mm",
    "sand_percent": "% of weight",
}


def _table(path: Path, wanted: list[str], dataset: str) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Every field as text, and the line of each row."""
    rows = rows_of(path, text_of(path, remedy=_remedy(dataset)), remedy=_remedy(dataset))
    if rows.header[0] == "":  # the numbers that R gives to rows
        number = pd.Series([row[0] for row in rows.rows])
        what = "the number of an earlier row"
        refuse_repeated(path, number.duplicated(), what, remedy=_remedy(dataset), lines=rows.lines, column="")
    return rows.columns(wanted), rows.lines


def _remedy(dataset: str) -> str:
    return f"Fetch the file again (coldcarbon data fetch {dataset}) or compare it with the original"


def _number(
    path: Path, column: pd.Series, lowest: float, highest: float, dataset: str, lines: NDArray[np.int64]
) -> pd.Series:
    return numbers(path, column, lowest, highest, remedy=_remedy(dataset), lines=lines, missing=("NA", ""))


def _ratios(
    path: Path, table: pd.DataFrame, names: Mapping[str, str], dataset: str, lines: NDArray[np.int64]
) -> pd.DataFrame:
    """The columns that both files have."""
    remedy = _remedy(dataset)
    place = {
        key: numbers(path, table[names[key]], -limit, limit, remedy=remedy, lines=lines)
        for key, limit in (("north", 90), ("east", 180))
    }
    unknown = ~table[names["vegetation"]].isin(VEGETATIONS)
    if unknown.any():
        row = int(np.flatnonzero(unknown)[0])
        problem = f"{table[names['vegetation']].iloc[row]!r} is none of {', '.join(VEGETATIONS)}"
        raise ReaderError(path, problem, remedy, row=int(lines[row]), column=names["vegetation"])
    written = table[names["ratio"]]
    no_number = tuple(written[written.str.fullmatch(_SPLIT_NUMBER)])
    ratios = numbers(path, written, 0, _LARGEST_RATIO, remedy=remedy, lines=lines, missing=("NA", "", *no_number))
    frame = pd.DataFrame(
        {
            "row_in_file": lines,
            "latitude_degrees_north": place["north"],
            "longitude_degrees_east": place["east"],
            "vegetation": table[names["vegetation"]],
            "root_shoot_ratio": ratios,
            "ratio_as_written": written,
        }
    )
    return flag_rows(frame)


def flag_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `eta` and `left_out` to a frame that has everything else.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
        With `root_shoot_ratio`, missing where what was written is no number.

    Returns
    -------
    pandas.DataFrame
        With `eta` (missing where the row is left out) and `left_out` (empty for rows of use) behind the ratio, and
        ``attrs["left_out"]``, the number of rows by reason.
    """
    flagged = frame.drop(columns=["eta", "left_out"], errors="ignore")
    ratio = flagged["root_shoot_ratio"]
    reason = np.select([ratio.isna(), ratio == 0], [NO_NUMBER, ZERO], "")
    flagged.insert(6, "eta", 1 / ratio.where(reason == ""))
    flagged.insert(7, "left_out", reason)
    flagged.attrs["left_out"] = _reasons(flagged)
    return flagged


def _reasons(frame: pd.DataFrame) -> dict[str, int]:
    counts = frame.loc[frame["left_out"] != "", "left_out"].value_counts()
    return {str(reason): int(count) for reason, count in counts.items()}


def read_ma2021(path: str | Path | None = None) -> pd.DataFrame:
    """Read the ratios of Ma and others (2021).

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The CSV file; by default the verified copy of the catalogue's "root-shoot-ma2021".

    Returns
    -------
    pandas.DataFrame
        One row per row of the file in its order, columns `COLUMNS`, ``attrs`` units, source and left_out.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks a column, or holds a place outside the globe, an unknown vegetation or a
        negative ratio; names file, row, column and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(MA_2021, _MA_FILE)) if path is None else Path(path)
    names = {"north": "latitude", "east": "longitude", "ratio": "ratio", "vegetation": "vegetationType"}
    table, lines = _table(file, list(names.values()), MA_2021)
    frame = _ratios(file, table, names, MA_2021, lines)
    frame.attrs["units"] = {name: unit for name, unit in UNITS.items() if name in COLUMNS}
    frame.attrs["source"] = "Ma and others 2021 (doi:10.1038/s41559-021-01485-1)"
    return frame


def read_climate(path: str | Path | None = None) -> pd.DataFrame:
    """Read the ratios with climate and soil joined.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The CSV file; by default the verified copy of the catalogue's "root-shoot-climate".

    Returns
    -------
    pandas.DataFrame
        One row per row of the file in its order, columns `CLIMATE_COLUMNS`, ``attrs`` units, source, left_out, and
        zeros: by column how many zeros became missing.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `read_ma2021`, and if a climate or soil is no number or cannot be.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(CLIMATE_SET, _CLIMATE_FILE)) if path is None else Path(path)
    names = {"north": "Latitude", "east": "Longitude", "ratio": "ratio", "vegetation": "Vegetation.type"}
    table, lines = _table(file, [*names.values(), *CLIMATE, "source", "detail_source"], CLIMATE_SET)
    frame = _ratios(file, table, names, CLIMATE_SET, lines)
    zeros = {}
    for source, (name, lowest, highest) in CLIMATE.items():
        values = _number(file, table[source], lowest, highest, CLIMATE_SET, lines)
        if source in _ZERO_IS_MISSING:
            zeros[name] = int((values == 0).sum())
            values = values.mask(values == 0)
        frame[name] = values
    frame["source"], frame["detail_source"] = table["source"], table["detail_source"]
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "Root:shoot ratios with climate (repository Ruijije/Rootshoot-ratio)"
    frame.attrs["zeros"] = zeros
    return frame


def plateau_rows(
    frame: pd.DataFrame, vegetation: str = "grass", outline: Polygon | MultiPolygon | None = None
) -> pd.DataFrame:
    """Rows of a vegetation on the Tibetan plateau, with what cannot be alpine marked.

    Parameters
    ----------
    frame : pandas.DataFrame
        Of `read_ma2021` or `read_climate`.
    vegetation : {"grass", "shrub", "forest"}
        Which rows.
    outline : shapely.Polygon or shapely.MultiPolygon, optional
        Of the plateau, as `plateau_boundary.read` gives it, which is read if there is none.

    Returns
    -------
    pandas.DataFrame
        With a new index, `measurement` (see `measurement_numbers`, missing where the ratio is of no use) and, if there
        is a temperature, `left_out` filled for growing seasons above `ALPINE_LIMIT_DEGREES_CELSIUS`. `eta` stays:
        it is the temperature that is wrong. ``attrs["left_out"]`` counts anew.
    """
    within = plateau_boundary.inside(frame["latitude_degrees_north"], frame["longitude_degrees_east"], outline)
    rows = frame[within & (frame["vegetation"] == vegetation).to_numpy()].reset_index(drop=True)
    rows.attrs = dict(frame.attrs)
    known = rows["eta"].notna()
    rows["measurement"] = pd.Series(measurement_numbers(rows[known]), index=rows.index[known], dtype="Int64")
    warmth = CLIMATE["Tg"][0]
    if warmth in rows:
        too_warm = (rows[warmth] > ALPINE_LIMIT_DEGREES_CELSIUS) & (rows["left_out"] == "")
        rows["left_out"] = rows["left_out"].mask(too_warm, TOO_WARM)
    rows.attrs["left_out"] = _reasons(rows)
    return rows


def _digits(written: pd.Series) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Decimals and significant digits of numbers as written."""
    text = written.astype(str).str.lower().str.replace(r"e.*$", "", regex=True)
    decimals = text.str.partition(".")[2].str.len()
    significant = text.str.replace(".", "", regex=False).str.lstrip("-0").str.len()
    return np.asarray(decimals, np.int64), np.asarray(significant, np.int64)


def measurement_numbers(frame: pd.DataFrame) -> NDArray[np.int64]:
    """Number the measurements behind rows, some of which repeat one.

    Parameters
    ----------
    frame : pandas.DataFrame, shape (n, columns)
        Rows with coordinates, vegetation, `root_shoot_ratio` above zero and `ratio_as_written`.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        The same number for rows of one measurement, from 0 in the order in which they first appear.

    Raises
    ------
    ValueError
        If a ratio is missing or not above zero.

    Notes
    -----
    Two rows of one vegetation are taken for one measurement if their ratios are equal after rounding to the fewer
    decimals of the two (at least one decimal: a table writes 5.0 as 5), and either their places differ by no more than
    the rounding of coordinates (`SAME_PLACE_DEGREES`), or both ratios have at least `SAME_REGION_DIGITS` digits and lie
    within `SAME_REGION_DEGREES`. Chains are followed. Two plots of one place that happen to share a ratio with one
    decimal are put together too: distinct measurements are counted rather too few than too many.
    """
    ratio = frame["root_shoot_ratio"].to_numpy(float)
    if not (np.isfinite(ratio) & (ratio > 0)).all():
        raise ValueError("a ratio is missing or not above zero: leave these rows out first")
    if not len(frame):
        return np.zeros(0, np.int64)
    decimals, significant = _digits(frame["ratio_as_written"])
    place = frame[["latitude_degrees_north", "longitude_degrees_east"]].to_numpy(float)
    kind = pd.factorize(frame["vegetation"])[0]
    # a rounding of a number above 0.05 to one decimal moves its logarithm by less than 0.7
    scaled = np.column_stack([place / SAME_REGION_DEGREES, np.log(ratio) / 0.7, 2.0 * kind])
    one, other = cKDTree(scaled).query_pairs(1.0 + 1e-9, p=np.inf, output_type="ndarray").T
    coarser = np.maximum(np.minimum(decimals[one], decimals[other]), 1)
    alike = np.abs(ratio[one] - ratio[other]) <= 0.5 * 10.0**-coarser * (1 + 1e-6)
    apart = np.abs(place[one] - place[other]).max(axis=1)
    long = np.minimum(significant[one], significant[other]) >= SAME_REGION_DIGITS
    same = alike & ((apart <= SAME_PLACE_DEGREES) | long) & (kind[one] == kind[other])
    links = coo_array((np.ones(same.sum()), (one[same], other[same])), shape=(len(frame), len(frame)))
    labels = connected_components(links, directed=False)[1]
    return pd.factorize(labels)[0].astype(np.int64)
