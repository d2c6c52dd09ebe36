"""Monthly precipitation of the world, 0.25 degree (maps of Recommendation ITU-R P.837-7), fetched on request.

Fourteen NumPy archives of the package itur, one array each: ``v7_mt_month01`` to ``12`` (mean total of the month in mm)
and latitudes and longitudes of the grid, 722 x 1442. The outermost rows and columns (90.125 degrees, 180.125 degrees)
repeat their neighbours, for interpolation; they are left out here, so that 720 x 1440 cells cover the globe once. There
are values everywhere, oceans included.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coldcarbon.readers import ReaderError
from coldcarbon.readers.gridded import field, on_request, with_axes

__all__ = ["SOURCE", "fields_of", "read"]

DATASET: Final = "itur-precipitation"
SOURCE: Final = "ITU-R P.837-7 monthly precipitation (package itur)"
_MONTH: Final = "v7_mt_month{:02d}.npz"
_AXES: Final = {"latitude": "v7_lat_mt.npz", "longitude": "v7_lon_mt.npz"}
_WETTEST: Final = 10_000.0  # mm in a month, above any record
_REMEDY: Final = f"Fetch the files again (coldcarbon data fetch {DATASET}) or compare them with the originals"

Floats = NDArray[np.float64]


def read(path: str | Path | None = None) -> xr.Dataset:
    """Read the precipitation climatology.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        Folder of the fourteen files; by default the verified copies of the catalogue's "itur-precipitation".

    Returns
    -------
    xarray.Dataset, dims (month 12, latitude 720 ascending, longitude 1440)
        The fields of `fields_of`; 54 MB.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If a file is missing or cannot be read, is of another shape, or holds an amount that cannot be.
    coldcarbon.catalogue.DataMissingError
        With no ``path``, if the data set has not been fetched; the message holds the command.
    """
    names = [*_AXES.values(), *(_MONTH.format(month) for month in range(1, 13))]
    found = on_request(DATASET) if path is None else {name: Path(path) / name for name in names}
    latitude = _axis(found[_AXES["latitude"]], along=0)
    longitude = _axis(found[_AXES["longitude"]], along=1)
    shape = (len(latitude), len(longitude))
    for name, axis, limit in (("latitude", latitude, 90.0), ("longitude", longitude, 180.0)):
        if not (len(axis) > 3 and axis[0] < -limit < axis[1] and axis[-2] < limit < axis[-1]):
            problem = f"the {name}s run from {axis[0]:g} to {axis[-1]:g}, not one row beyond the globe on each side"
            raise ReaderError(found[_AXES[name]], problem, _REMEDY)
    monthly = np.empty((12, shape[0] - 2, shape[1] - 2), dtype=np.float32)
    for month in range(1, 13):
        file = found[_MONTH.format(month)]
        values = _array(file)
        if values.shape != shape:
            raise ReaderError(file, f"its shape is {values.shape}, that of the grid {shape}", _REMEDY)
        wrong = ~((values >= 0) & (values <= _WETTEST))
        if wrong.any():
            i, j = (int(x) for x in np.argwhere(wrong)[0])
            problem = f"{values[i, j]:g} mm at {latitude[i]:g}, {longitude[j]:g} is no precipitation of a month"
            raise ReaderError(file, problem, _REMEDY)
        monthly[month - 1] = values[1:-1, 1:-1]
    return with_axes(
        found[_AXES["latitude"]], fields_of(monthly, SOURCE), latitude[1:-1], longitude[1:-1], title=SOURCE
    ).assign_coords(month=xr.Variable(("month",), np.arange(1, 13), {"long_name": "month of the year"}))


def fields_of(monthly: np.ndarray, source: str) -> dict[str, xr.Variable]:
    """The fields that follow from monthly totals.

    Parameters
    ----------
    monthly : numpy.ndarray, shape (12, n_latitude, n_longitude)
        Monthly precipitation in mm.
    source : str
        Where it comes from.

    Returns
    -------
    dict of str to xarray.Variable
        ``precipitation`` (by month, mm month-1), ``annual_precipitation`` (mm year-1) and
        ``precipitation_seasonality``, the standard deviation (n - 1) of the months over their mean, in % (BIO15 without
        its added 1 mm); NaN where it never rains.
    """
    mean = monthly.mean(axis=0, dtype=np.float64)
    deviation = monthly.std(axis=0, ddof=1, dtype=np.float64)
    seasonality = np.divide(100 * deviation, mean, out=np.full_like(mean, np.nan), where=mean > 0)
    return {
        "precipitation": field(
            monthly.astype(np.float32, copy=False),
            units="mm month-1",
            long_name="mean monthly precipitation",
            source=source,
            leading=("month",),
        ),
        "annual_precipitation": field(
            (12 * mean).astype(np.float32), units="mm year-1", long_name="mean annual precipitation", source=source
        ),
        "precipitation_seasonality": field(
            seasonality.astype(np.float32),
            units="%",
            long_name="coefficient of variation of the monthly precipitation",
            source=source,
        ),
    }


def _array(path: Path) -> Floats:
    try:
        with np.load(path, allow_pickle=False) as archive:
            if len(archive.files) != 1:
                raise ReaderError(path, f"it holds {len(archive.files)} arrays, not one", _REMEDY)
            values = archive[archive.files[0]]
    except ReaderError:
        raise
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        raise ReaderError(path, f"not a NumPy archive that can be read ({error})", _REMEDY) from error
    if values.ndim != 2 or not np.issubdtype(values.dtype, np.number):
        raise ReaderError(path, f"its array has shape {values.shape} and holds {values.dtype}", _REMEDY)
    return values.astype(np.float64, copy=False)


def _axis(path: Path, *, along: int) -> Floats:
    """Centres from a grid of coordinates, which must be the same in every row or column."""
    grid = _array(path)
    centres = grid[:, 0] if along == 0 else grid[0, :]
    spread = grid - (centres[:, None] if along == 0 else centres[None, :])
    if np.abs(spread).max() > 1e-6:
        raise ReaderError(path, "its rows and columns are not those of a regular grid", _REMEDY)
    return centres
