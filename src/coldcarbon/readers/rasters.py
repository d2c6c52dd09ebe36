"""Maps of a share of the ground that a user brings: tree cover, permafrost extent (NetCDF or GeoTIFF).

No such file is in the catalogue. Two that the study of the north used, and what they need before `read`:

- AVHRR tree cover (VCF5KYR, doi:10.5067/MEaSUREs/VCF/VCF5KYR.001): a GeoTIFF a year, 0.05 degree, percent, three
  bands, of which the first is tree cover (``gdal_translate -b 1``). 1994 and 2000 are not in it. Water is *zero*, as is
  treeless land: a map of land has to tell them apart.
- Permafrost extent of ESA CCI: NetCDF, a file a year, ``PFR`` on time x y x x in percent, 1 km, y and x in metres of a
  polar projection: bring it to degrees (``gdalwarp -t_srs EPSG:4326 -tr 0.05 0.05 -r average``).

`read` gives percent whatever the file holds; `cell_means` takes a fine map to the cells of a coarse one.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Final, Literal

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coldcarbon.readers import ReaderError, geotiff
from coldcarbon.readers.gridded import cell_edges, field, refuse_cut_netcdf, refuse_texts, regular_axis, with_axes

__all__ = ["cell_means", "read"]

Floats = NDArray[np.float64]
Units = Literal["percent", "fraction"]

_AXES: Final[dict[str, tuple[str, ...]]] = {
    "latitude": ("latitude", "lat", "y"),
    "longitude": ("longitude", "lon", "x"),
}
_UNITS: Final[dict[str, Units]] = {
    "%": "percent",
    "percent": "percent",
    "percentage": "percent",
    "1": "fraction",
    "fraction": "fraction",
}
_LIMIT: Final[dict[Units, float]] = {"percent": 100.0, "fraction": 1.0}
_REMEDY: Final = "Compare the file with the original"


def read(
    path: str | Path, variable: str | None = None, *, units: Units | None = None, missing: Sequence[float] = ()
) -> xr.DataArray:
    """Read a map of a share of the ground in percent.

    Parameters
    ----------
    path : str or pathlib.Path
        GeoTIFF of one band (``.tif``, ``.tiff``), or NetCDF with axes latitude, lat or y and longitude, lon or x, in
        degrees. Of further dimensions one may be there (years, ``time``): the mean over it is taken, of the values
        that are there.
    variable : str, optional
        Variable of a NetCDF file; needed if it has several on latitude and longitude.
    units : {"percent", "fraction"}, optional
        By default what the attribute ``units`` says; without one, what the largest value says: up to 1 a fraction, up
        to 100 percent.
    missing : sequence of float
        Numbers that stand for no value, such as 255, besides NaN and the file's own fill value.

    Returns
    -------
    xarray.DataArray, dims (latitude, longitude)
        Percent, NaN where there is none; latitude rising, longitude rising from -180.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks the variable or an axis, is not in degrees, holds no value, values that are
        no share, or values of another order of magnitude than its unit.
    ValueError
        For an unknown unit.
    """
    if units is not None and units not in _LIMIT:
        raise ValueError(f"units must be 'percent' or 'fraction', not {units!r}")
    file = Path(path)
    if file.suffix.lower() in (".tif", ".tiff"):
        remedy = "Give one band in degrees (gdal_translate -b 1, gdalwarp -t_srs EPSG:4326)"
        band, latitude, longitude = geotiff.read_band(file, kinds=tuple(geotiff.KINDS), remedy=remedy)
        values, name, told = _without(band, missing), file.stem, ""
    else:
        values, latitude, longitude, name, told = _netcdf(file, variable, missing)
    if not np.isfinite(values).any():
        raise ReaderError(file, "no value at all", _REMEDY, column=name)
    unit = _unit(file, name, values, units or told)
    longitude = np.where(longitude > 180, longitude - 360, longitude)
    north, east = np.argsort(latitude), np.argsort(longitude)
    percent = values[np.ix_(north, east)] * np.float32(100 / _LIMIT[unit])
    described = field(percent, units="%", long_name=name, source=file.name)
    return with_axes(file, {name: described}, latitude[north], longitude[east])[name]


def _without(values: NDArray[np.float32], missing: Sequence[float]) -> NDArray[np.float32]:
    return np.where(np.isin(values, np.asarray(missing, dtype=np.float32)), np.float32(np.nan), values)


def _netcdf(
    path: Path, variable: str | None, missing: Sequence[float]
) -> tuple[NDArray[np.float32], Floats, Floats, str, str]:
    """Values by row and column, centres, name and unit of a variable."""
    refuse_cut_netcdf(path, _REMEDY)
    try:
        opened = xr.open_dataset(path)
    except (OSError, ValueError, RuntimeError, KeyError) as error:  # truncated and foreign files give any of these
        raise ReaderError(path, f"not a NetCDF file that can be read ({error})", _REMEDY) from error
    with opened as dataset:
        found = [name for name in dataset.data_vars if dataset[name].ndim >= 2]
        if variable is None and len(found) != 1:
            names = ", ".join(map(str, found)) or "none"
            raise ReaderError(path, f"several variables or none ({names})", "Name one with variable=")
        name: Hashable = found[0] if variable is None else variable
        if name not in dataset.data_vars:
            names = ", ".join(map(str, dataset.data_vars))
            raise ReaderError(path, f"no variable {name!r} (found {names})", "Name one of them")
        data = dataset[name]
        axes = {target: _axis(path, data, target) for target in _AXES}
        refuse_texts(path, data if data.name == name else data.rename(name), _REMEDY)
        further = [dim for dim in data.dims if dim not in axes.values()]
        if len(further) > 1:
            raise ReaderError(
                path, f"dimensions {', '.join(map(str, data.dims))}", "Choose one level", column=str(name)
            )
        data = data.transpose(*further, axes["latitude"], axes["longitude"])
        total, count = np.zeros(data.shape[-2:]), np.zeros(data.shape[-2:])
        for index in range(data.shape[0] if further else 1):  # one map at a time: many years of a fine map are large
            one = _without(np.asarray(data[index] if further else data, dtype=np.float32), missing)
            total += np.nan_to_num(one)
            count += np.isfinite(one)
        with np.errstate(invalid="ignore"):
            mean = (total / count).astype(np.float32)
        latitude, longitude = (data[axis].to_numpy().astype(float) for axis in axes.values())
        return mean, latitude, longitude, str(name), str(data.attrs.get("units", ""))


def _axis(path: Path, data: xr.DataArray, target: str) -> Hashable:
    """Name of an axis, which has to be in degrees."""
    known = [name for name in _AXES[target] if name in data.dims and name in data.coords]
    if not known:
        problem = f"no axis of {target} (dimensions {', '.join(map(str, data.dims))})"
        raise ReaderError(path, problem, f"Rename it to {target}", column=str(data.name))
    centres = data[known[0]].to_numpy()
    if not np.issubdtype(centres.dtype, np.number) or not np.isfinite(centres).all() or not centres.size:
        raise ReaderError(path, "its centres are no numbers", _REMEDY, column=str(known[0]))
    if np.abs(centres).max() > (90 if target == "latitude" else 360) + 1e-6:
        problem = f"centres from {centres.min():g} to {centres.max():g} are no degrees"
        raise ReaderError(
            path, problem, "Bring it to latitude and longitude (gdalwarp -t_srs EPSG:4326)", column=known[0]
        )
    return known[0]


def _unit(path: Path, name: str, values: NDArray[np.float32], told: str) -> Units:
    """Percent or fraction, which what is told and the largest value have to agree on."""
    least, largest = float(np.nanmin(values)), float(np.nanmax(values))
    if least < 0 or largest > 100 * (1 + 1e-6):
        problem = f"values from {least:g} to {largest:g} are no share"
        raise ReaderError(path, problem, "Give the numbers that stand for none with missing=", column=name)
    seems: Units = "fraction" if largest <= 1 + 1e-6 else "percent"
    if told.strip() and told.strip().lower() not in _UNITS:
        known = ", ".join(_UNITS)
        raise ReaderError(path, f"the unit is {told!r}, not one of {known}", f"Give units={seems!r}", column=name)
    stated = _UNITS.get(told.strip().lower(), seems)
    if stated != seems:
        problem = f"the unit is {told!r}, and the largest value {largest:g}"
        raise ReaderError(path, problem, f"Give units={seems!r} if that is what it holds", column=name)
    return stated


def cell_means(
    raster: xr.DataArray, latitude: ArrayLike | None = None, longitude: ArrayLike | None = None
) -> xr.DataArray:
    """Means of a map over the cells of a coarser grid, weighted by area.

    Parameters
    ----------
    raster : xarray.DataArray, dims (latitude, longitude)
        As `read` gives it.
    latitude, longitude : array_like, optional
        Rising centres of the cells in degrees; by default cells of one degree over the globe.

    Returns
    -------
    xarray.DataArray, dims (latitude, longitude)
        Mean of the part of a cell that has values; NaN where none has.

    Notes
    -----
    A fine cell counts by the area it shares with the coarse one. Cost: rows x fine cells (0.05 to 1 degree: a second or
    two); take a map of 1 km to 0.05 degree with other tools first.
    """
    rows = regular_axis(-89.5, 89.5, 1.0) if latitude is None else np.asarray(latitude, dtype=float)
    columns = regular_axis(-179.5, 179.5, 1.0) if longitude is None else np.asarray(longitude, dtype=float)
    fine = raster.transpose("latitude", "longitude").sortby(["latitude", "longitude"])
    sines = [np.sin(np.radians(cell_edges(axis, limit=90.0))) for axis in (fine["latitude"], rows)]
    across = [cell_edges(axis) for axis in (fine["longitude"], columns)]
    north = _shared(sines[0], sines[1])
    east = sum(_shared(across[0] + turn, across[1]) for turn in (-360.0, 0.0, 360.0))  # cells may cross 180 degrees
    values = fine.to_numpy()
    total = north.T @ np.nan_to_num(values) @ east
    area = north.T @ np.isfinite(values).astype(np.float32) @ east
    whole = np.outer(np.diff(sines[1]), np.diff(across[1]))
    means = np.where(area > 1e-9 * whole, total / np.where(area > 0, area, 1.0), np.nan)
    units, label, source = (str(raster.attrs.get(key, "")) for key in ("units", "long_name", "source"))
    described = field(means, units=units, long_name=label, source=source)
    name = str(raster.name or "mean")
    return with_axes(Path(source or name), {name: described}, rows, columns)[name]


def _shared(fine: Floats, coarse: Floats) -> Floats:
    """What each fine interval shares with each coarse one, shape (fine, coarse)."""
    return np.maximum(
        np.minimum(fine[1:, None], coarse[None, 1:]) - np.maximum(fine[:-1, None], coarse[None, :-1]), 0.0
    )
