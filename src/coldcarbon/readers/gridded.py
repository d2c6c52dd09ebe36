"""What gridded fields have in common: axes, attributes in the manner of CF, areas of cells.

Every reader of a grid gives dimensions ``latitude`` and ``longitude`` that hold cell centres, longitudes from -180 to
180 ascending, missing values as NaN, and variables with ``units``, ``long_name`` and ``source``.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coldcarbon import catalogue
from coldcarbon.catalogue import DataMissingError
from coldcarbon.readers import ReaderError

__all__ = [
    "EARTH_RADIUS_KM",
    "cell_areas_km2",
    "cell_edges",
    "codes_to_names",
    "covers_the_globe",
    "field",
    "indices_on_axis",
    "on_request",
    "refuse_cut_netcdf",
    "refuse_texts",
    "regular_axis",
    "with_axes",
]

EARTH_RADIUS_KM: Final = 6371.0088
"""Mean radius of the Earth (IUGG), in km."""

Floats = NDArray[np.float64]

_AXES: Final[dict[str, dict[str, str]]] = {
    "latitude": {"standard_name": "latitude", "long_name": "latitude of the cell centre", "units": "degrees_north"},
    "longitude": {"standard_name": "longitude", "long_name": "longitude of the cell centre", "units": "degrees_east"},
}


def regular_axis(first: float, last: float, step: float) -> Floats:
    """Centres of equal cells, free of accumulated rounding.

    Parameters
    ----------
    first, last : float
        First and last centre, in degrees.
    step : float
        Width of a cell in degrees, positive.

    Returns
    -------
    numpy.ndarray, shape (n,)
        Descending if ``last`` lies below ``first``.
    """
    return np.linspace(first, last, round(abs(last - first) / step) + 1)


def indices_on_axis(path: Path, values: ArrayLike, axis: Floats, *, column: str, remedy: str) -> NDArray[np.int64]:
    """Find the places on a regular axis that a table of cells names.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    values : array_like, shape (n,)
        Coordinates of cell centres in degrees.
    axis : numpy.ndarray, shape (m,)
        Ascending centres of equal cells.
    column, remedy : str
        Name of the column and what to do, for messages.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Indices into ``axis``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If a value is missing, lies outside the axis or between its centres; the row is counted from 1.
    """
    numbers = np.asarray(values, dtype=float)
    step = (axis[-1] - axis[0]) / (len(axis) - 1)
    place = (np.where(np.isfinite(numbers), numbers, axis[0] - 9 * step) - axis[0]) / step
    nearest = np.rint(place)
    wrong = ~(np.abs(place - nearest) < 1e-3) | (nearest < 0) | (nearest >= len(axis))
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        problem = f"{numbers[row]:g} is not the centre of a cell ({axis[0]:g} to {axis[-1]:g} by {step:g} degrees)"
        raise ReaderError(path, problem, remedy, row=row + 1, column=column)
    return nearest.astype(np.int64)


def field(
    values: ArrayLike,
    *,
    units: str,
    long_name: str,
    source: str,
    leading: tuple[str, ...] = (),
    **attributes: Any,
) -> xr.Variable:
    """A variable on latitude and longitude with its attributes.

    Parameters
    ----------
    values : array_like, shape (..., n_latitude, n_longitude)
        Values, missing as NaN.
    units, long_name, source : str
        Units in the manner of CF, what it is, where it comes from.
    leading : tuple of str
        Names of the dimensions before latitude.
    **attributes
        Further attributes.

    Returns
    -------
    xarray.Variable
    """
    described = {"units": units, "long_name": long_name, "source": source, **attributes}
    return xr.Variable((*leading, "latitude", "longitude"), values, described)


def with_axes(
    path: Path, variables: Mapping[str, xr.Variable], latitude: ArrayLike, longitude: ArrayLike, **attributes: Any
) -> xr.Dataset:
    """Put fields onto their axes, which are checked first.

    Parameters
    ----------
    path : pathlib.Path
        The file, for messages.
    variables : mapping of str to xarray.Variable
        Fields, for example from `field`.
    latitude, longitude : array_like
        Cell centres in degrees; latitude may rise or fall, longitude rises from -180 to 180.
    **attributes
        Attributes of the data set; ``latitude_order`` is added.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    coldcarbon.readers.ReaderError
        If an axis is not monotonic or leaves the globe.
    """
    axes = {"latitude": np.asarray(latitude, dtype=float), "longitude": np.asarray(longitude, dtype=float)}
    remedy = "Compare the file with the original; longitudes are to run from -180 to 180"
    for name, centres in axes.items():
        steps = np.diff(centres)
        rises = bool((steps > 0).all())
        if len(centres) < 2 or not (rises or (name == "latitude" and bool((steps < 0).all()))):
            order = "strictly rising" if name == "longitude" else "strictly rising or falling"
            raise ReaderError(path, f"the centres are not {order}", remedy, column=name)
        limit = 90.0 if name == "latitude" else 180.0
        if np.abs(centres).max() > limit + 1e-6:
            problem = f"centres from {centres.min():g} to {centres.max():g} leave -{limit:g} to {limit:g} degrees"
            raise ReaderError(path, problem, remedy, column=name)
    coordinates = {name: xr.Variable((name,), centres, _AXES[name]) for name, centres in axes.items()}
    order = "ascending" if axes["latitude"][0] < axes["latitude"][-1] else "descending"
    return xr.Dataset(
        dict(variables), coords=coordinates, attrs={"Conventions": "CF-1.8", "latitude_order": order, **attributes}
    )


def cell_edges(centres: ArrayLike, *, limit: float | None = None) -> Floats:
    """Edges halfway between centres, to a billionth of a degree; the outermost as far beyond the last centres.

    Parameters
    ----------
    centres : array_like, shape (n,)
        Rising or falling centres in degrees.
    limit : float, optional
        Edges are kept within -limit to limit (90 for latitudes).

    Returns
    -------
    numpy.ndarray, shape (n + 1,)
        In the order of the centres.
    """
    middle = np.asarray(centres, dtype=float)
    between = (middle[1:] + middle[:-1]) / 2
    edges = np.concatenate([[2 * middle[0] - between[0]], between, [2 * middle[-1] - between[-1]]])
    edges = np.round(
        edges, 9
    )  # coordinates are often rounded onto an edge: 61.8 must not fall beside 61.800000000000004
    return edges if limit is None else np.clip(edges, -limit, limit)


def covers_the_globe(longitude: ArrayLike) -> bool:
    """Tell whether cells go round the Earth, so that the last one touches the first.

    Parameters
    ----------
    longitude : array_like, shape (n,)
        Rising cell centres in degrees.

    Returns
    -------
    bool
    """
    edges = cell_edges(longitude)
    return bool(edges[-1] - edges[0] > 360 - 0.01 * (edges[1] - edges[0]))


def cell_areas_km2(dataset: xr.Dataset | xr.DataArray) -> xr.DataArray:
    """Areas of the cells on a sphere: R^2 times the width in radians times the difference of the sines of its edges.

    Parameters
    ----------
    dataset : xarray.Dataset or xarray.DataArray
        Anything with latitude and longitude of cell centres.

    Returns
    -------
    xarray.DataArray, dims (latitude, longitude)
        Areas in km2; they sum to that of the sphere (5.1007e8 km2) on a global grid. Weights for means over the
        globe.
    """
    sines = np.sin(np.radians(cell_edges(dataset["latitude"], limit=90.0)))
    widths = np.radians(np.diff(cell_edges(dataset["longitude"])))
    areas = EARTH_RADIUS_KM**2 * np.abs(np.diff(sines))[:, None] * widths
    axes = {name: dataset[name] for name in ("latitude", "longitude")}
    described = {"units": "km2", "long_name": "area of the cell on a sphere"}
    return xr.DataArray(areas, coords=axes, dims=("latitude", "longitude"), name="cell_area", attrs=described)


def codes_to_names(codes: ArrayLike, attributes: Mapping[Hashable, Any]) -> NDArray[np.object_]:
    """Names of classes that a field holds as CF flags.

    Parameters
    ----------
    codes : array_like
        Values of the field, NaN where there is no class.
    attributes : mapping
        Its attributes ``flag_values`` and ``flag_meanings``.

    Returns
    -------
    numpy.ndarray of object
        Names, None where there is none; shape of ``codes``.

    Raises
    ------
    ValueError
        If a code is not listed.
    """
    numbers = np.asarray(codes, dtype=float)
    values = np.asarray(attributes["flag_values"], dtype=float)
    meanings = np.asarray(str(attributes["flag_meanings"]).split(), dtype=object)
    names = np.full(numbers.shape, None, dtype=object)
    for value, meaning in zip(values, meanings, strict=True):
        names[numbers == value] = meaning
    unknown = np.unique(numbers[~np.isnan(numbers) & ~np.isin(numbers, values)])
    if len(unknown):
        raise ValueError(f"code {unknown[0]:g} is none of the flag_values {', '.join(f'{v:g}' for v in values)}")
    return names


def refuse_cut_netcdf(path: Path, remedy: str) -> None:
    """Refuse a NetCDF file of the classic format that ends before its last value, which libraries read as zeros.

    Parameters
    ----------
    path : pathlib.Path
        The file; one of another format, or of none, is left to the library that opens it.
    remedy : str
        For messages.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file is cut off or cannot be read.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(4)
    except OSError as error:
        raise ReaderError(path, f"cannot be read ({error.strerror or error})", remedy) from error
    if start[:3] != b"CDF" or start[3:] not in (b"\x01", b"\x02"):
        return
    from scipy.io import netcdf_file

    try:
        with netcdf_file(path, mmap=False):  # it reads all values, and their number has to be that of the header
            pass
    except Exception as error:  # whatever a parser meets beyond the end
        raise ReaderError(path, f"not a NetCDF file that can be read: cut off ({error})", remedy) from error


def refuse_texts(path: Path, data: xr.DataArray, remedy: str) -> None:
    """Refuse a variable, or an axis of it, that holds no numbers, and one without the values of an axis.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    data : xarray.DataArray
        The variable.
    remedy : str
        For messages.

    Raises
    ------
    coldcarbon.readers.ReaderError
        Names what holds no numbers.
    """
    for dim in data.dims:
        if dim not in data.coords:  # one that is asked for would count from 0
            raise ReaderError(path, "the axis has no values", remedy, column=str(dim))
    for name, part in ((data.name, data), *((dim, data.coords[dim]) for dim in data.dims)):
        if not (np.issubdtype(part.dtype, np.number) or np.issubdtype(part.dtype, np.datetime64)):
            raise ReaderError(path, f"holds {part.dtype}, not numbers", remedy, column=str(name))
        if 0 in part.shape:
            raise ReaderError(path, "holds no values", remedy, column=str(name))


def on_request(name: str) -> dict[str, Path]:
    """Verified files of a data set that is fetched only when asked for.

    Parameters
    ----------
    name : str
        Data set of the catalogue.

    Returns
    -------
    dict of str to pathlib.Path
        By file name.

    Raises
    ------
    coldcarbon.catalogue.DataMissingError
        If it is not here; the message holds the command that fetches it. Nothing is downloaded.
    """
    if not catalogue.present(name):
        raise DataMissingError(
            f"{name} is not on this machine. It is fetched only when asked for: run `coldcarbon data fetch {name}`."
        )
    return catalogue.paths(name)
