"""Root profiles of the world: depths above which 50 % and 95 % of all roots lie (Schenk and Jackson).

The file is ``root_profiles_D50D95.csv`` of ORNL DAAC data set 660 (doi:10.3334/ORNLDAAC/660), 564 profiles from 232
references. What is odd in it, and what happens here:

- latin-1, header names with stray blanks: read so, blanks stripped;
- -999 stands for missing: NaN, ``<NA>`` or missing text;
- some text is cut: vegetation and tree phenology at 20 characters, rainfall season at 14. Endings that can only be
  one word are restored (`VEGETATION`); "non-tropical," is kept as it stands, since what followed is not known;
- the id RE19z occurs three times, for three different profiles: `profile_id` becomes RE19z-1, -2, -3, and `source_id`
  keeps what the file says. No two rows are equal otherwise;
- depths are rounded to cm. A D50 of 0 is a depth below 5 mm rounded down, not a missing value: kept, and flagged in
  `d50_is_zero` and `d50_extrapolated_is_zero`; `depths_cm` says what may stand for it;
- 5 rows lack coordinates, climate and rainfall season, all five the same rows, flagged in `has_coordinates`. Without
  them 559 rows are left, the number of profiles a global map with climate covariates can use; no other single rule
  gives 559 (zero depths: 562 rows; repeated ids: 562; no satellite land cover: 557);
- elevation is text: numbers, numbers with "m", ranges ("300-600"), limits ("<100"), estimates ("~1300"), cut ranges
  ("750-105") and one range that a spreadsheet made a date ("16-Nov"). Only plain numbers, with or without "m", become
  `elevation_m`; the rest is NaN there (a midpoint would be invented), and `elevation_text` keeps everything;
- "measured" D50 and D95 are those of the roots above the sampling depth, "extrapolated" ones those of a logistic curve
  fitted to the profile and followed below it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import numbers, rows_of, text_of

__all__ = [
    "UNITS",
    "VEGETATION",
    "depths_cm",
    "read",
]

DATASET: Final = "schenk-jackson-root-profiles"
MISSING: Final = "-999"
_ENCODING: Final = "latin-1"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"

VEGETATION: Final[dict[str, str]] = {
    "alpine herbaceous": "Alpine herbaceous",
    "Closed shrubland": "Closed shrubland",
    "DBL forest / boreal": "DBL forest / boreal",
    "DBL forest / tempera": "DBL forest / temperate",
    "DBL forest / tropica": "DBL forest / tropical",
    "EBL forest / tempera": "EBL forest / temperate",
    "EBL forest / tropica": "EBL forest / tropical",
    "EBL plantation / tro": "EBL plantation / tropical",
    "ENL forest / boreal": "ENL forest / boreal",
    "ENL forest / tempera": "ENL forest / temperate",
    "ENL plantation / tem": "ENL plantation / temperate",
    "Grassland": "Grassland",
    "Mixed forest / tempe": "Mixed forest / temperate",
    "open shrubland": "Open shrubland",
    "Pasture": "Pasture",
    "Savanna": "Savanna",
    "Tundra": "Tundra",
    "Wooded grassland": "Wooded grassland",
    "Woodland": "Woodland",
    "Xeric forest": "Xeric forest",
}
"""Vegetation as the file has it, cut at 20 characters, and in full (EBL, DBL, ENL: evergreen or deciduous broad-leaved,
evergreen needle-leaved)."""

_RESTORED: Final[dict[str, dict[str, str]]] = {
    "Tree_phenology": {"deciduous during wet": "deciduous during wet season"},
    "Rainfall_season": {"tropical, seas": "tropical, seasonal"},
}

# column of the file -> (column of the frame, lowest, highest value that makes sense)
_NUMBERS: Final[dict[str, tuple[str, float, float]]] = {
    "Latitude": ("latitude_degrees_north", -90.0, 90.0),
    "Longitude": ("longitude_degrees_east", -180.0, 180.0),
    "Totmass": ("total_root_mass_kg_per_m2", 0.0, 500.0),
    "Sampdepth": ("sampling_depth_m", 0.0, 100.0),
    "Depth_org_horizon": ("organic_horizon_cm", 0.0, 1000.0),
    "PET": ("pet_mm_per_year", 0.0, 5000.0),
    "MAP": ("map_mm_per_year", 0.0, 15_000.0),
    "D50": ("d50_m", 0.0, 100.0),
    "D95": ("d95_m", 0.0, 100.0),
    "D50_extrapolated": ("d50_extrapolated_m", 0.0, 100.0),
    "D95_extrapolated": ("d95_extrapolated_m", 0.0, 100.0),
}
_FLAGS: Final[dict[str, tuple[str, str, str]]] = {  # column -> (name, true, false)
    "Schenk_Jackson_2002": ("in_2002_compilation", "YES", "NO"),
    "Sampmax": ("reached_maximum", "yes", "no"),
    "Anthropogenic": ("anthropogenic", "Y", "N"),
    "Wetland": ("wetland", "Y", "N"),
    "Broadleaved_trees": ("broadleaved_trees", "1", "0"),
    "Needleleaved_trees": ("needleleaved_trees", "1", "0"),
    "Shrubs": ("shrubs", "1", "0"),
    "Semi_shrubs": ("semi_shrubs", "1", "0"),
    "Grasses": ("grasses", "1", "0"),
    "Forbs": ("forbs", "1", "0"),
    "Succulents": ("succulents", "1", "0"),
}
_TEXTS: Final[dict[str, str]] = {
    "Reference": "reference",
    "location": "location",
    "MaxDiameter": "maximum_root_diameter",
    "Measurement": "measurement",
    "Texture": "texture",
    "Tree_phenology": "tree_phenology",
    "Rainfall_season": "rainfall_season",
}
_OTHER: Final = ("ID", "Elevation", "Vegetation", "UMD_cover")

COLUMNS: Final = (
    "profile_id",
    "source_id",
    "id_letters",
    "reference",
    "location",
    "latitude_degrees_north",
    "longitude_degrees_east",
    "has_coordinates",
    "elevation_m",
    "elevation_text",
    "vegetation",
    "vegetation_in_file",
    "umd_cover_class",
    "rainfall_season",
    "map_mm_per_year",
    "pet_mm_per_year",
    "anthropogenic",
    "wetland",
    "in_2002_compilation",
    "measurement",
    "maximum_root_diameter",
    "total_root_mass_kg_per_m2",
    "texture",
    "organic_horizon_cm",
    "broadleaved_trees",
    "needleleaved_trees",
    "shrubs",
    "semi_shrubs",
    "grasses",
    "forbs",
    "succulents",
    "tree_phenology",
    "sampling_depth_m",
    "reached_maximum",
    "d50_m",
    "d95_m",
    "d50_extrapolated_m",
    "d95_extrapolated_m",
    "d50_is_zero",
    "d50_extrapolated_is_zero",
)

UNITS: Final[dict[str, str]] = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "elevation_m": "m above sea level",
    "map_mm_per_year": "mm yr-1 (mean annual precipitation)",
    "pet_mm_per_year": "mm yr-1 (potential evapotranspiration)",
    "total_root_mass_kg_per_m2": "kg m-2 (the file names no unit; the values fit this one)",
    "organic_horizon_cm": "cm (the file names no unit; the values fit this one)",
    "sampling_depth_m": "m",
    "d50_m": "m",
    "d95_m": "m",
    "d50_extrapolated_m": "m",
    "d95_extrapolated_m": "m",
}


def _table(path: Path) -> tuple[pd.DataFrame, NDArray[np.int64]]:
    """Every field as text, and the line of each row."""
    text = text_of(path, remedy=_REMEDY, encoding=_ENCODING)
    if not text.isascii():
        try:
            text.encode(_ENCODING).decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:  # every byte string is valid latin-1, so a re-saved file would pass with garbled names
            raise ReaderError(path, "the file has been saved as UTF-8; the original is latin-1", _REMEDY)
    rows = rows_of(path, text, remedy=_REMEDY)
    return rows.columns((*_OTHER, *_NUMBERS, *_FLAGS, *_TEXTS)), rows.lines


def _number(path: Path, column: pd.Series, lines: NDArray[np.int64], lowest: float, highest: float) -> pd.Series:
    return numbers(path, column, lowest, highest, remedy=_REMEDY, lines=lines, missing=(MISSING,))


def _one_of(path: Path, column: pd.Series, lines: NDArray[np.int64], allowed: tuple[str, ...]) -> pd.Series:
    unknown = np.flatnonzero(~column.isin(allowed))
    if unknown.size:
        problem = f"{column.iloc[unknown[0]]!r} is none of {', '.join(map(repr, allowed))}"
        raise ReaderError(path, problem, _REMEDY, row=int(lines[unknown[0]]), column=str(column.name))
    return column


def read(path: str | Path | None = None) -> pd.DataFrame:
    """Read the root profiles.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The CSV file; by default the verified copy of the catalogue's "schenk-jackson-root-profiles".

    Returns
    -------
    pandas.DataFrame
        One row per profile in the order of the file, columns `COLUMNS`, ``attrs["units"]`` and ``attrs["source"]``.
        Depths in m, rounded to cm by the source. `id_letters` are the letters an id begins with, by which the compilers
        grouped the profiles (AC alpine, BF boreal forest, D desert ...).

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, is not latin-1, lacks a column or a field, or holds a number, flag or vegetation
        that is not one; names file, row, column and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    table, lines = _table(file)
    columns: dict[str, pd.Series] = {}
    for source, (name, lowest, highest) in _NUMBERS.items():
        columns[name] = _number(file, table[source], lines, lowest, highest)
    for source, (name, true, false) in _FLAGS.items():
        columns[name] = _one_of(file, table[source], lines, (true, false)) == true
    for source, name in _TEXTS.items():
        text = table[source].str.replace(r"\s+", " ", regex=True).replace(_RESTORED.get(source, {}))
        columns[name] = text.mask(text == MISSING)
    for name in ("d50_m", "d95_m", "d50_extrapolated_m", "d95_extrapolated_m", "sampling_depth_m"):
        absent = np.flatnonzero(columns[name].isna())
        if absent.size:
            source = next(key for key, value in _NUMBERS.items() if value[0] == name)
            row = int(lines[absent[0]])
            raise ReaderError(file, "a profile without this depth", _REMEDY, row=row, column=source)
    columns["vegetation_in_file"] = _one_of(file, table["Vegetation"], lines, tuple(VEGETATION))
    columns["vegetation"] = table["Vegetation"].map(VEGETATION)
    columns["umd_cover_class"] = _number(file, table["UMD_cover"], lines, 1, 14).astype("Int64")
    columns["elevation_text"] = table["Elevation"].mask(table["Elevation"] == MISSING)
    plain = table["Elevation"].str.extract(r"^(\d+(?:\.\d+)?)\s*m?$")[0]
    columns["elevation_m"] = pd.to_numeric(plain).astype(float)
    columns["source_id"] = table["ID"]
    repeat = (table.groupby("ID").cumcount() + 1).astype(str)
    columns["profile_id"] = table["ID"].where(~table["ID"].duplicated(keep=False), table["ID"] + "-" + repeat)
    columns["id_letters"] = table["ID"].str.extract(r"^([A-Za-z]*)")[0]
    columns["has_coordinates"] = columns["latitude_degrees_north"].notna() & columns["longitude_degrees_east"].notna()
    columns["d50_is_zero"] = columns["d50_m"] == 0
    columns["d50_extrapolated_is_zero"] = columns["d50_extrapolated_m"] == 0
    frame = pd.DataFrame(columns)[list(COLUMNS)]
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "ORNL DAAC data set 660 (doi:10.3334/ORNLDAAC/660)"
    return frame


def depths_cm(
    profiles: pd.DataFrame,
    which: Literal["measured", "extrapolated"] = "measured",
    *,
    zero: Literal["half-step", "missing"] = "half-step",
) -> pd.DataFrame:
    """D50 and D95 in cm, with a stated stand-in for depths rounded to zero.

    Parameters
    ----------
    profiles : pandas.DataFrame
        As `read` gives it, shape (n, columns).
    which : {"measured", "extrapolated"}
        Depths of the roots above the sampling depth, or of the curve followed below it.
    zero : {"half-step", "missing"}
        A D50 of 0 becomes 0.25 cm, the middle of what is rounded to it (0 to 0.5 cm), or NaN. No row is dropped.

    Returns
    -------
    pandas.DataFrame, shape (n, 2)
        Columns d50_cm, d95_cm, index of ``profiles``.

    Raises
    ------
    ValueError
        For an unknown choice.
    """
    if which not in ("measured", "extrapolated"):
        raise ValueError(f"which must be 'measured' or 'extrapolated', not {which!r}")
    if zero not in ("half-step", "missing"):
        raise ValueError(f"zero must be 'half-step' or 'missing', not {zero!r}")
    suffix = "_m" if which == "measured" else "_extrapolated_m"
    depths = pd.DataFrame({"d50_cm": profiles["d50" + suffix] * 100, "d95_cm": profiles["d95" + suffix] * 100})
    depths["d50_cm"] = depths["d50_cm"].mask(depths["d50_cm"] == 0, 0.25 if zero == "half-step" else np.nan)
    return depths
