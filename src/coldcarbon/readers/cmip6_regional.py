"""Yearly production, respiration and temperature of 14 Earth system models, summed over two regions.

One file per model, experiment, variable and region (``CMIP6_MODEL_TABLE_EXPERIMENT_MEMBER_VARIABLE_REGION_YEARS.txt``):
year and value, no header, no unit, no area. `read` joins them into one table.

What was verified (the tests repeat it on the files):

- **complete**: every model has npp and rh of both regions and tas of East Asia, each for ``historical`` (1850-2014),
  ``ssp126`` and ``ssp370`` (2015-2100), without a gap;
- **unit** of npp and rh: the sums are 1.6 to 11 in both regions, the order of regional production in PgC yr-1; tas lies
  between 274 and 286, so it is kelvin and turned into degC here;
- **region** "Permafrost" is the northern permafrost region of the source, not the Tibetan plateau; "East_Asia" holds
  the plateau and much more. Neither has an area in the files, so nothing per square metre can be had from them;
- **member** r1i1p1f1, or r1i1p1f2 where a model has no f1.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import fields_of, numbers

__all__ = ["EXPERIMENTS", "REGIONS", "read", "read_file"]

DATASET: Final = "cmip6-regional"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
EXPERIMENTS: Final[dict[str, tuple[int, int]]] = {
    "historical": (1850, 2014),
    "ssp126": (2015, 2100),
    "ssp370": (2015, 2100),
}
"""First and last year of each experiment."""
REGIONS: Final[dict[str, str]] = {"East_Asia": "East Asia", "Permafrost": "northern permafrost"}
"""Regions by their names in the files, and as they are called here."""
_COLUMNS: Final[dict[str, str]] = {
    "npp": "npp_PgC_per_year",
    "rh": "rh_PgC_per_year",
    "tas": "air_temperature_degrees_celsius",
}
_LIMITS: Final[dict[str, tuple[float, float]]] = {"npp": (0.5, 20.0), "rh": (0.5, 20.0), "tas": (250.0, 310.0)}
_ZERO_CELSIUS: Final = 273.15
_NAME: Final = re.compile(
    r"CMIP6_(?P<model>[\w-]+?)_[AL]mon_(?P<experiment>historical|ssp126|ssp370)_(?P<member>r\d+i\d+p\d+f\d+)"
    r"_(?P<variable>npp|rh|tas)_(?P<region>East_Asia|Permafrost)_\d{4}-\d{4}\.txt"
)


def read_file(path: str | Path) -> pd.DataFrame:
    """Read one file.

    Parameters
    ----------
    path : str or pathlib.Path
        A file with its original name, which says what is in it.

    Returns
    -------
    pandas.DataFrame
        Columns model, experiment, region, year and one of ``npp_PgC_per_year``, ``rh_PgC_per_year`` and
        ``air_temperature_degrees_celsius``; one row per year.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the name is not of the archive's form, the file cannot be read, a row is not a year and a number, years are
        missing, repeated or out of order, or values have the order of magnitude of another unit; names file, row,
        column and remedy.
    """
    file = Path(path)
    name = _NAME.fullmatch(file.name)
    if name is None:
        raise ReaderError(
            file, "the name is not CMIP6_MODEL_TABLE_EXPERIMENT_MEMBER_VARIABLE_REGION_YEARS.txt", _REMEDY
        )
    fields = fields_of(file, ("year", "value"), remedy=_REMEDY)
    years = numbers(file, fields["year"], 0, 9999, remedy=_REMEDY).to_numpy()
    values = numbers(file, fields["value"], -1e9, 1e9, remedy=_REMEDY).to_numpy()
    first, last = EXPERIMENTS[name["experiment"]]
    _check_years(file, years, first, last)
    low, high = _LIMITS[name["variable"]]
    wrong = np.flatnonzero((values < low) | (values > high))
    if len(wrong):
        problem = f"{values[wrong[0]]:g} lies outside {low:g} to {high:g}, where {name['variable']} of a region lies"
        remedy = "Bring npp and rh to PgC yr-1 of the whole region, tas to kelvin"
        raise ReaderError(file, problem, remedy, row=int(wrong[0]) + 1, column=name["variable"])
    if name["variable"] == "tas":
        values = values - _ZERO_CELSIUS
    return pd.DataFrame(
        {
            "model": name["model"],
            "experiment": name["experiment"],
            "region": REGIONS[name["region"]],
            "year": years.astype(int),
            _COLUMNS[name["variable"]]: values,
        }
    )


def _check_years(file: Path, years: NDArray[np.float64], first: int, last: int) -> None:
    expected = np.arange(first, last + 1)
    for row, (year, wanted) in enumerate(zip(years, expected, strict=False), 1):
        if year != wanted:
            raise ReaderError(file, f"year {year:g} stands where {wanted} belongs", _REMEDY, row=row, column="year")
    if len(years) != len(expected):
        problem = f"{len(years)} years, not the {len(expected)} from {first} to {last}"
        raise ReaderError(file, problem, _REMEDY, row=len(years), column="year")


def read(folder: str | Path | None = None) -> pd.DataFrame:
    """Read all models, experiments and regions together.

    Parameters
    ----------
    folder : str or pathlib.Path, optional
        Folder with the files; by default the verified copies of the catalogue's "cmip6-regional".

    Returns
    -------
    pandas.DataFrame
        Columns model, experiment, region, year, ``npp_PgC_per_year``, ``rh_PgC_per_year`` and
        ``air_temperature_degrees_celsius`` (East Asia only, else NaN); rows in this order. ``attrs["units"]`` and
        ``attrs["source"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `read_file`; also if there is no file, or a model lacks one of its files.
    coldcarbon.catalogue.DataError
        If the data set is wanted from the catalogue and absent or damaged.
    """
    paths = _catalogued() if folder is None else sorted(Path(folder).glob("CMIP6_*.txt"))
    if not paths:
        raise ReaderError(Path(folder or "."), "no file CMIP6_*.txt", _REMEDY)
    keys = ["model", "experiment", "region", "year"]
    parts: dict[str, list[pd.DataFrame]] = {}
    for path in paths:
        frame = read_file(path)
        parts.setdefault(str(frame.columns[-1]), []).append(frame)
    columns = [pd.concat(frames).set_index(keys) for frames in parts.values()]
    for column in columns:
        if column.index.has_duplicates:
            twice = column.index[column.index.duplicated()][0]
            raise ReaderError(paths[0].parent, f"two files of {' '.join(map(str, twice[:3]))}", "Keep one of them")
    table = pd.concat(columns, axis=1).reindex(columns=list(_COLUMNS.values())).sort_index().reset_index()
    lacking = table[table[["npp_PgC_per_year", "rh_PgC_per_year"]].isna().any(axis=1)]
    if len(lacking):
        where = " ".join(map(str, lacking.iloc[0][keys[:3]]))
        raise ReaderError(paths[0].parent, f"npp or rh of {where} is missing", _REMEDY)
    table.attrs["units"] = {
        "npp_PgC_per_year": "PgC yr-1 of the region",
        "rh_PgC_per_year": "PgC yr-1 of the region",
        "air_temperature_degrees_celsius": "degC",
    }
    table.attrs["source"] = catalogue.datasets()[DATASET].description
    return table


def _catalogued() -> list[Path]:
    return [catalogue.path(DATASET, file.name) for file in catalogue.datasets()[DATASET].files]
