"""Production of plants from the soil respiration database SRDB (Jian and others 2021, doi:10.5194/essd-13-255-2021).

The file is ``srdb-data.csv`` of the repository bpbond/srdb: one row per record of soil respiration, and beside it,
where a study gave them, net primary production (NPP) and its parts above and below ground (ANPP, BNPP), in g C m-2 a
year.
`read` turns them into Mg C ha-1 yr-1, here and nowhere else: 1 g m-2 is 0.01 Mg ha-1.

What is odd in it, and what happens here (every row is kept, in the order of the file):

- the text "None" is a value: a plot that nobody manipulated. A reader that takes it for missing loses most of the file.
  Only an empty field is missing;
- the names of authors and contributors are left out; `study_number` says which study a record is from;
- ``Duplicate_record`` holds sometimes the number of a study and sometimes that of a record: kept as text, and flagged,
  together with the quality flag Q13, in `declared_duplicate`;
- production is repeated where respiration has several records. `repeat_in_study` marks a record whose NPP, ANPP and
  BNPP an earlier record of the same study, place and manipulation already gives; `copy_of_record` names an earlier
  record of *another* study with the same numbers from the same place (`DUPLICATE_DEGREES`). Few are declared;
- some production is too large for the rain that fell (`TOO_MUCH_PER_RAIN`): dry mass instead of carbon, standing roots
  instead of growth, or a slip. `dry_mass_suspect` marks them; which of these it is, the file cannot say;
- a few mean annual precipitations are temperatures in the wrong column or lost digits: below `LEAST_RAIN_MM_PER_YEAR`
  they are kept and not used;
- two record numbers were squeezed in between others and have decimals: all are read as decimal numbers;
- production may be negative in one record and BNPP zero in another: kept as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import TextTable, numbers, refuse_repeated, rows_of, text_of

__all__ = ["COLUMNS", "PRODUCTION", "UNITS", "flag_records", "read", "share_below_ground", "usable"]

DATASET: Final = "srdb"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
NOT_MANIPULATED: Final = "None"

MG_PER_HA: Final = 0.01
"""1 g m-2 in Mg ha-1."""

CARBON_PER_DRY_MASS: Final = 0.5
"""The database's own factor, where a study gives biomass and no carbon content (its description of fields)."""

DUPLICATE_DEGREES: Final = 0.5
"""Two records lie at one place if neither latitude nor longitude is farther apart: coordinates of one site differ by a
few tenths of a degree between studies."""

TOO_MUCH_PER_RAIN: Final = 2.0
"""g C m-2 of NPP per mm of rain above which a record is suspect. One mm is one kg of water on a square metre. Plants
fix less than 2 g C per kg of water that evaporates, in gross, as a mean over the land (Xue and others 2015,
doi:10.1890/ES14-00416.1), and about half of this becomes NPP: the ceiling is more than twice what is usual, even if all
rain went through plants."""

LEAST_RAIN_MM_PER_YEAR: Final = 50.0
"""Less rain than this carries no forest or crop: such values are not used to judge a record."""

PRODUCTION: Final[dict[str, str]] = {
    "NPP": "npp_Mg_C_per_ha_per_year",
    "ANPP": "anpp_Mg_C_per_ha_per_year",
    "BNPP": "bnpp_Mg_C_per_ha_per_year",
    "NPP_FR": "fine_root_npp_Mg_C_per_ha_per_year",
    "Rs_annual": "soil_respiration_Mg_C_per_ha_per_year",
}
"""Fluxes: column of the file (g C m-2 yr-1) and of the frame (Mg C ha-1 yr-1)."""

_NUMBERS: Final[dict[str, tuple[str, float, float]]] = {
    "Record_number": ("record_number", 1, 1e6),
    "Study_number": ("study_number", 1, 1e6),
    "Study_midyear": ("study_midyear", 1900, 2100),
    "YearsOfData": ("years_of_data", 0, 200),
    "Latitude": ("latitude_degrees_north", -90, 90),
    "Longitude": ("longitude_degrees_east", -180, 180),
    "Elevation": ("elevation_m", -500, 9000),
    "MAT": ("mat_degrees_celsius", -60, 60),
    "MAP": ("map_mm_per_year", 0, 15000),
    "Study_precip": ("study_precipitation_mm_per_year", 0, 15000),
}
# g C m-2 yr-1; the largest production of land plants is about 5,000, and the file's largest respiration is 40,708
_FLUX_BOUNDS: Final[dict[str, tuple[float, float]]] = {
    "NPP": (-1000, 12000),
    "ANPP": (-1000, 12000),
    "BNPP": (-1000, 12000),
    "NPP_FR": (-1000, 12000),
    "Rs_annual": (-1000, 60000),
}
_MEDIAN_BOUNDS: Final = (10.0, 5000.0)  # of NPP and BNPP in g C m-2 yr-1: outside, the file is in another unit
_ENOUGH_FOR_MEDIAN: Final = 20
_TEXTS: Final[dict[str, str]] = {
    "Country": "country",
    "Region": "region",
    "Site_name": "site_name",
    "Manipulation": "manipulation",
    "Biome": "biome_in_file",
    "Ecosystem_type": "ecosystem_type",
    "Ecosystem_state": "ecosystem_state",
    "Leaf_habit": "leaf_habit",
    "Stage": "stage",
    "Duplicate_record": "declared_duplicate_of",
    "Quality_flag": "quality_flag",
}
_FLAGS: Final = (
    "manipulated",
    "declared_duplicate",
    "repeat_in_study",
    "copy_of_record",
    "rain_mm_per_year",
    "npp_per_rain_g_C_per_kg",
    "dry_mass_suspect",
)

COLUMNS: Final = (
    *(name for name, _, _ in _NUMBERS.values()),
    *_TEXTS.values(),
    *PRODUCTION.values(),
    *_FLAGS,
)

UNITS: Final[dict[str, str]] = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "elevation_m": "m above sea level",
    "mat_degrees_celsius": "degrees Celsius (mean annual air temperature)",
    "map_mm_per_year": "mm yr-1 (mean annual precipitation)",
    "study_precipitation_mm_per_year": "mm yr-1 (precipitation in the year of the study)",
    "rain_mm_per_year": "mm yr-1 (precipitation of the study's year, else the mean annual one)",
    "npp_per_rain_g_C_per_kg": "g C of NPP per kg of rain",
    **dict.fromkeys(PRODUCTION.values(), "Mg C ha-1 yr-1"),
}


def _number(table: TextTable, column: pd.Series, lowest: float, highest: float) -> pd.Series:
    return numbers(table.path, column, lowest, highest, remedy=table.remedy, lines=table.lines, missing=("",))


def _check_magnitude(path: Path, name: str, numbers: pd.Series) -> None:
    """Refuse a column whose typical value says that it is not in g C m-2 yr-1."""
    positive = numbers[numbers > 0]
    if len(positive) < _ENOUGH_FOR_MEDIAN:
        return
    low, high = _MEDIAN_BOUNDS
    if not low <= positive.median() <= high:
        problem = (
            f"the median is {positive.median():.3g}, and in g C m-2 yr-1 it would lie between {low:g} and {high:g}"
        )
        raise ReaderError(path, problem, "Bring the column to g C m-2 yr-1 first", column=name)


def _earliest_alike(records: pd.DataFrame, names: list[str]) -> pd.Series:
    """Record number of the first record that equals a record in these columns (its own if it is the first)."""
    keys = [records[name].where(records[name].notna(), -9999.0) for name in names]
    return records["record_number"].groupby(keys).transform("min")


def _copies(records: pd.DataFrame) -> pd.Series:
    """Record number of the earliest record of another study with the same production at the same place, or NaN."""
    fluxes = [PRODUCTION[name] for name in ("NPP", "ANPP", "BNPP")]
    place = ["latitude_degrees_north", "longitude_degrees_east"]
    copy_of = pd.Series(np.nan, index=records.index)
    # one number alone may agree by chance, two hardly
    known = records[records[fluxes].notna().sum(axis=1) >= 2].dropna(subset=place)
    known = known[known.duplicated(fluxes, keep=False)]
    for _, alike in known.sort_values("record_number").groupby(fluxes, dropna=False):
        if alike["study_number"].nunique() < 2:
            continue
        where = alike[place].to_numpy()
        near = (np.abs(where[:, None] - where[None]) <= DUPLICATE_DEGREES).all(axis=2)
        study = alike["study_number"].to_numpy()
        earlier = np.tril(near & (study[:, None] != study[None]), -1)
        # the study that comes first is the source; its own later records are repeats, not copies of a copy
        source = np.array(
            [
                records.loc[alike.index[np.flatnonzero(row)[0]], "record_number"] if row.any() else np.nan
                for row in earlier
            ]
        )
        first = study == study[0]
        copy_of[alike.index[~first]] = source[~first]
    return copy_of


def flag_records(records: pd.DataFrame) -> pd.DataFrame:
    """Add the flags of `read` to a frame that has everything else.

    Parameters
    ----------
    records : pandas.DataFrame, shape (n, columns)
        Columns of `COLUMNS` without the flags.

    Returns
    -------
    pandas.DataFrame
        With the columns of `COLUMNS`, in their order; no row is dropped.
    """
    flagged = records.copy()
    fluxes = [PRODUCTION[name] for name in ("NPP", "ANPP", "BNPP")]
    flagged["manipulated"] = flagged["manipulation"] != NOT_MANIPULATED
    declared = flagged["declared_duplicate_of"].notna()
    flagged["declared_duplicate"] = declared | flagged["quality_flag"].fillna("").str.contains("Q13")
    measured = flagged[PRODUCTION["BNPP"]].notna()
    same = ["study_number", "latitude_degrees_north", "longitude_degrees_east", *fluxes]
    site = pd.Series(pd.factorize(flagged["manipulation"].fillna("") + "|" + flagged["site_name"].fillna(""))[0])
    first = _earliest_alike(flagged.assign(site=site.to_numpy()), [*same, "site"])
    flagged["repeat_in_study"] = measured & (flagged["record_number"] > first)
    flagged["copy_of_record"] = _copies(flagged[measured]).reindex(flagged.index)
    rain = flagged["study_precipitation_mm_per_year"]
    rain = rain.where(rain >= LEAST_RAIN_MM_PER_YEAR, flagged["map_mm_per_year"])
    flagged["rain_mm_per_year"] = rain.where(rain >= LEAST_RAIN_MM_PER_YEAR)
    parts = flagged[PRODUCTION["ANPP"]].fillna(0) + flagged[PRODUCTION["BNPP"]]
    npp = flagged[PRODUCTION["NPP"]].fillna(parts)
    flagged["npp_per_rain_g_C_per_kg"] = npp / MG_PER_HA / flagged["rain_mm_per_year"]
    flagged["dry_mass_suspect"] = flagged["npp_per_rain_g_C_per_kg"] > TOO_MUCH_PER_RAIN
    return flagged[list(COLUMNS)]


def read(path: str | Path | None = None) -> pd.DataFrame:
    """Read the records of the database that bear on production.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The CSV file; by default the verified copy of the catalogue's "srdb".

    Returns
    -------
    pandas.DataFrame
        One row per record in the order of the file, columns `COLUMNS`, ``attrs["units"]`` and ``attrs["source"]``.
        Fluxes in Mg C ha-1 yr-1. `manipulated`, `declared_duplicate`, `repeat_in_study` and `dry_mass_suspect` are
        flags; `copy_of_record` is a record number or missing. `usable` puts the flags together.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks a column or a field, or holds something that is no number, lies outside the
        globe, or is of another unit's order of magnitude; names file, row, column and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    return _records(rows_of(file, text_of(file, remedy=_REMEDY), remedy=_REMEDY))


def read_with(path: Path, more: Iterable[str]) -> tuple[pd.DataFrame, pd.DataFrame, TextTable]:
    """Read the records and further columns of the same rows as text.

    Parameters
    ----------
    path : pathlib.Path
        The CSV file.
    more : iterable of str
        Names of columns that `read` leaves out.

    Returns
    -------
    records : pandas.DataFrame
        As of `read`.
    texts : pandas.DataFrame
        The further columns, row by row.
    table : TextTable
        Where they come from, for messages.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `read`.
    """
    rows = rows_of(path, text_of(path, remedy=_REMEDY), remedy=_REMEDY)
    return _records(rows), rows.columns(more), rows


def _records(rows: TextTable) -> pd.DataFrame:
    file, ends = rows.path, rows.lines
    table = rows.columns((*_NUMBERS, *_TEXTS, *PRODUCTION))
    columns: dict[str, pd.Series] = {}
    for source, (name, lowest, highest) in _NUMBERS.items():
        columns[name] = _number(rows, table[source], lowest, highest)
    for source in ("Record_number", "Study_number"):
        absent = np.flatnonzero(table[source] == "")
        if absent.size:
            raise ReaderError(file, "a record without this number", _REMEDY, row=int(ends[absent[0]]), column=source)
    columns["study_number"] = columns["study_number"].astype(int)
    repeated = columns["record_number"].duplicated()
    what = "a record of this number occurs twice"
    refuse_repeated(file, repeated, what, remedy=_REMEDY, lines=ends, column="Record_number")
    for source, name in PRODUCTION.items():
        grams = _number(rows, table[source], *_FLUX_BOUNDS[source])
        _check_magnitude(file, source, grams)
        columns[name] = grams * MG_PER_HA
    for source, name in _TEXTS.items():
        columns[name] = table[source].mask(table[source] == "")
    frame = flag_records(pd.DataFrame(columns))
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "SRDB (doi:10.5194/essd-13-255-2021)"
    return frame


def share_below_ground(records: pd.DataFrame) -> pd.Series:
    """Share of NPP that grows below ground, 0 to 1.

    Parameters
    ----------
    records : pandas.DataFrame
        As `read` gives it.

    Returns
    -------
    pandas.Series
        BNPP / NPP where NPP is given, else BNPP / (ANPP + BNPP); missing where neither can be had, where the whole is
        not positive, or where the part exceeds the whole.
    """
    bnpp, anpp, npp = (records[PRODUCTION[name]] for name in ("BNPP", "ANPP", "NPP"))
    whole = npp.fillna(anpp + bnpp)
    share = bnpp / whole.where(whole > 0)
    return share.where((share >= 0) & (share <= 1)).rename("share_below_ground")


def usable(
    records: pd.DataFrame, *, manipulated: bool = False, duplicates: bool = False, suspects: bool = False
) -> pd.DataFrame:
    """Filters of BNPP in the order in which they are applied, as one column of booleans each.

    Parameters
    ----------
    records : pandas.DataFrame
        As `read` gives it.
    manipulated, duplicates, suspects : bool
        True keeps what the filter would take out.

    Returns
    -------
    pandas.DataFrame
        Index of ``records``; True where a record passes the filter of the column: BNPP given, not manipulated, no
        declared duplicate, no copy of another study, no repeat within its study, no suspect of dry mass. A repeat
        or copy counts only if it repeats a record that has passed so far.
    """
    steps = pd.DataFrame(index=records.index)
    steps["BNPP given"] = records[PRODUCTION["BNPP"]].notna()
    steps["not manipulated"] = manipulated | ~records["manipulated"]
    steps["no declared duplicate"] = duplicates | ~records["declared_duplicate"]
    so_far = set(records.loc[steps.all(axis=1), "record_number"])
    steps["no copy of another study"] = duplicates | ~records["copy_of_record"].isin(so_far)
    steps["no repeat in its study"] = duplicates | ~records["repeat_in_study"]
    steps["not suspect of dry mass"] = suspects | ~records["dry_mass_suspect"]
    return steps
