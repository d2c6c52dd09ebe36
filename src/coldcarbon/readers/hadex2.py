"""Annual precipitation from stations, 1951-2010, 3.75 x 2.5 degrees (HadEX2, doi:10.1002/jgrd.50150).

The field is the index PRCPTOT, the sum over wet days (1 mm or more): a little less than all precipitation.
Cells are large and centred on multiples of 3.75 degrees east and 2.5 degrees north (the outermost on the poles and on
180 degrees west); -99.9 is missing. Stations are few: only 1,316 of 7,008 cells have any year, 618 all sixty, and the
Amazon, most of Africa and the Arctic have none. A mountain and the valley beside it share one value.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.gridded import field, refuse_cut_netcdf, refuse_texts, with_axes

__all__ = ["LONG_NAME", "SOURCE", "read"]

DATASET: Final = "hadex2-precipitation"
SOURCE: Final = "HadEX2 PRCPTOT 1951-2010 (doi:10.1002/jgrd.50150)"
LONG_NAME: Final = "mean annual precipitation on wet days (1 mm or more)"
_VARIABLE: Final = "PRCPTOT"
_WETTEST: Final = 20_000.0  # mm in a year, above any record
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"


def read(
    path: str | Path | None = None, *, first_year: int = 1951, last_year: int = 2010, minimum_years: int = 30
) -> xr.Dataset:
    """Read mean annual precipitation.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The NetCDF file; by default the verified copy of the catalogue's "hadex2-precipitation".
    first_year, last_year : int
        Years to average over, both included.
    minimum_years : int
        Cells with fewer years of data among these are missing.

    Returns
    -------
    xarray.Dataset, dims (latitude 73 ascending, longitude 96)
        ``annual_precipitation`` in mm year-1 and ``years_with_data``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks the variable, has other dimensions or units, or holds an amount that cannot
        be; names file, variable and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    ValueError
        If the file has none of the years, or the minimum is not among 1 to the number of years asked for.
    """
    if not 1 <= minimum_years <= last_year - first_year + 1:
        raise ValueError(f"minimum_years is {minimum_years}, of the years {first_year} to {last_year}")
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    precipitation = _precipitation(file)
    years = precipitation["time"].dt.year
    wanted = (years >= first_year) & (years <= last_year)
    if not bool(wanted.any()):
        there = f"{int(years.min())} to {int(years.max())}"
        raise ValueError(f"{file} has the years {there}, none of {first_year} to {last_year}")
    chosen = precipitation.to_numpy()[wanted.to_numpy()].astype(np.float64)
    count = np.isfinite(chosen).sum(axis=0)
    mean = np.where(count >= minimum_years, np.nansum(chosen, axis=0) / np.maximum(count, 1), np.nan)
    period: dict[str, Any] = {"first_year": first_year, "last_year": last_year, "minimum_years": minimum_years}
    fields = {
        "annual_precipitation": field(mean, units="mm year-1", long_name=LONG_NAME, source=SOURCE, **period),
        "years_with_data": field(count, units="1", long_name="number of years with data", source=SOURCE, **period),
    }
    return with_axes(file, fields, precipitation["lat"], precipitation["lon"], title=SOURCE)


def _precipitation(path: Path) -> xr.DataArray:
    refuse_cut_netcdf(path, _REMEDY)
    try:
        with xr.open_dataset(path, engine="netcdf4") as stored:
            if _VARIABLE not in stored.data_vars:
                found = ", ".join(map(str, stored.data_vars)) or "none"
                raise ReaderError(path, f"the variable is missing (found {found})", _REMEDY, column=_VARIABLE)
            data = stored[_VARIABLE].load()
    except ReaderError:
        raise
    except (OSError, ValueError, RuntimeError) as error:
        raise ReaderError(path, f"not a NetCDF file that can be read ({error})", _REMEDY) from error
    if data.dims != ("time", "lat", "lon"):
        problem = f"its dimensions are {data.dims}, not ('time', 'lat', 'lon')"
        raise ReaderError(path, problem, _REMEDY, column=_VARIABLE)
    refuse_texts(path, data, _REMEDY)
    if data.attrs.get("units") != "mm":
        raise ReaderError(path, f"its units are {data.attrs.get('units')!r}, not 'mm'", _REMEDY, column=_VARIABLE)
    if not np.issubdtype(data["time"].dtype, np.datetime64):
        raise ReaderError(path, f"its time holds {data['time'].dtype}, not dates", _REMEDY, column="time")
    years = data["time"].dt.year.to_numpy()
    if len(np.unique(years)) < len(years):
        raise ReaderError(path, "a year stands there twice", _REMEDY, column="time")
    values = data.to_numpy()
    wrong = (values < 0) | (values > _WETTEST)
    if wrong.any():
        t, i, j = (int(x) for x in np.argwhere(wrong)[0])
        place = f"{years[t]} at {float(data['lat'][i]):g}, {float(data['lon'][j]):g}"
        problem = f"{values[t, i, j]:g} mm in {place} is no annual precipitation (missing is -99.9)"
        raise ReaderError(path, problem, _REMEDY, column=_VARIABLE)
    return data
