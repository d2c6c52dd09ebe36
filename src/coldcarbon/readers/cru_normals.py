"""Monthly mean temperature of the land, normals 1991-2020, 0.5 degree (CRU TS 4.06).

The file is a table in parquet, one row per month and cell: ``Month``, ``Latitude``, ``Longitude`` (cell centres) and
``NormalTemperature``, 67,420 land cells without Antarctica. It names no unit; the values are degrees Celsius. It has
neither daily extremes nor precipitation, so "warmest month" is a monthly mean, not the BIO5 of bioclimatic tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.gridded import field, indices_on_axis, regular_axis, with_axes
from coldcarbon.readers.text_tables import number_columns

__all__ = ["SOURCE", "fields_of", "read"]

DATASET: Final = "cru-normals"
SOURCE: Final = "CRU TS 4.06, normals 1991-2020"
_COLUMNS: Final = ("Month", "Latitude", "Longitude", "NormalTemperature")
_LOWEST: Final = -90.0
_HIGHEST: Final = 60.0
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"


def read(path: str | Path | None = None) -> xr.Dataset:
    """Read the temperature normals.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The parquet file; by default the verified copy of the catalogue's "cru-normals".

    Returns
    -------
    xarray.Dataset, dims (month 12, latitude 360 ascending, longitude 720)
        The fields of `fields_of`, in degC, NaN off the land; 18 MB.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks a column, holds a cell that is not one, twice, or without all its months,
        or a temperature that is missing or cannot be in degC; names file, row (counted from 1), column and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    table = _table(file)
    latitude, longitude = regular_axis(-89.75, 89.75, 0.5), regular_axis(-179.75, 179.75, 0.5)
    month = indices_on_axis(file, table["Month"], regular_axis(1, 12, 1), column="Month", remedy=_REMEDY)
    row = indices_on_axis(file, table["Latitude"], latitude, column="Latitude", remedy=_REMEDY)
    column = indices_on_axis(file, table["Longitude"], longitude, column="Longitude", remedy=_REMEDY)
    values = table["NormalTemperature"].to_numpy(dtype=np.float64)
    wrong = ~((values >= _LOWEST) & (values <= _HIGHEST))
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        kelvin = " (kelvin?)" if values[first] > 150 else ""
        problem = f"{values[first]:g}{kelvin} is no temperature in degC between {_LOWEST:g} and {_HIGHEST:g}"
        raise ReaderError(file, problem, _REMEDY, row=first + 1, column="NormalTemperature")
    cell = (month * len(latitude) + row) * len(longitude) + column
    repeated = pd.Series(cell).duplicated()
    if repeated.any():
        first = int(np.flatnonzero(repeated)[0])
        raise ReaderError(file, "this month of this cell stands there before", _REMEDY, row=first + 1)
    monthly = np.full((12, len(latitude), len(longitude)), np.nan, dtype=np.float32)
    monthly[month, row, column] = values
    months = np.isfinite(monthly).sum(axis=0)
    partial = np.argwhere((months > 0) & (months < 12))
    if len(partial):
        i, j = (int(x) for x in partial[0])
        place = f"the cell at {latitude[i]:g}, {longitude[j]:g}"
        raise ReaderError(file, f"{place} has {months[i, j]} of 12 months", _REMEDY, column="Month")
    return with_axes(file, fields_of(monthly, SOURCE), latitude, longitude, title=SOURCE).assign_coords(
        month=xr.Variable(("month",), np.arange(1, 13), {"long_name": "month of the year"})
    )


def fields_of(monthly: np.ndarray, source: str) -> dict[str, xr.Variable]:
    """The fields that follow from monthly means, without weights for the lengths of months.

    Parameters
    ----------
    monthly : numpy.ndarray, shape (12, n_latitude, n_longitude)
        Monthly mean temperature in degC.
    source : str
        Where it comes from.

    Returns
    -------
    dict of str to xarray.Variable
        ``temperature`` (by month), ``mean_annual_temperature``, ``temperature_seasonality`` (standard deviation of
        the twelve means, n - 1; BIO4 is 100 times this), ``warmest_month_temperature``, ``coldest_month_temperature``;
        float32, in degC.
    """
    annual = {
        "mean_annual_temperature": (monthly.mean(axis=0), "mean of the twelve monthly mean air temperatures"),
        "temperature_seasonality": (
            monthly.std(axis=0, ddof=1),
            "standard deviation of the twelve monthly mean air temperatures",
        ),
        "warmest_month_temperature": (monthly.max(axis=0), "mean air temperature of the warmest month"),
        "coldest_month_temperature": (monthly.min(axis=0), "mean air temperature of the coldest month"),
    }
    first = field(
        monthly.astype(np.float32, copy=False),
        units="degC",
        long_name="monthly mean air temperature",
        source=source,
        leading=("month",),
    )
    return {"temperature": first} | {
        name: field(values.astype(np.float32, copy=False), units="degC", long_name=text, source=source)
        for name, (values, text) in annual.items()
    }


def _table(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:  # pyarrow's errors are of these kinds
        raise ReaderError(path, f"not a parquet table that can be read ({error})", _REMEDY) from error
    number_columns(path, table, _COLUMNS, remedy=_REMEDY)
    if table.empty:
        raise ReaderError(path, "the table has no rows", _REMEDY)
    return table
