"""Gridded covariates with planted fields: closed functions of latitude and longitude, no noise.

Each function is the twin of a reader: same fields, units, dimensions and order of latitude. The truth at any point is
known (`truth`), so that extraction at points can be checked, and a chapter without data has covariates that vary, are
not all functions of one another, and have the usual size. They are no climatology.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coldcarbon.readers import covariates as covariates_reader
from coldcarbon.readers import cru_normals as cru_reader
from coldcarbon.readers import hadex2 as hadex2_reader
from coldcarbon.readers import hwsd as hwsd_reader
from coldcarbon.readers import itur as itur_reader
from coldcarbon.readers import koppen as koppen_reader
from coldcarbon.readers import ndvi as ndvi_reader
from coldcarbon.readers.gridded import field, regular_axis, with_axes

__all__ = ["FIELDS", "OCEAN", "cru_normals", "grids", "hadex2", "hwsd", "is_land", "itur", "koppen", "ndvi", "truth"]

Floats = NDArray[np.float64]

OCEAN: Final = ((-40.0, -20.0), (165.0, 180.0))
"""Longitudes, in degrees east, of the planted oceans, from pole to pole."""
SOURCE: Final = "Simulated"
_ORIGIN: Final = Path("simulated")
_SD_OF_A_WAVE: Final = float(np.sqrt(6 / 11))  # of twelve values of a cosine around the year, n - 1

# Upper bound of |latitude|, class where cos(2 longitude) is 0 or more, class elsewhere
_CLASS_BANDS: Final = (
    (12.0, "Af", "Am"),
    (22.0, "Aw", "Aw"),
    (33.0, "BSh", "BWh"),
    (42.0, "Cfa", "Csa"),
    (50.0, "Cfb", "BSk"),
    (57.0, "Dfb", "Dwb"),
    (68.0, "Dfc", "Dwc"),
    (82.0, "ET", "ET"),
    (90.0, "EF", "EF"),
)


def _annual_temperature(north: Floats, east: Floats) -> Floats:
    return 28 - 45 * np.sin(north) ** 2 + 4 * np.cos(3 * east)


def _temperature_amplitude(north: Floats, east: Floats) -> Floats:
    return np.abs(24 * np.sin(north)) * (1 + 0.3 * np.sin(2 * east))


def _annual_precipitation(north: Floats, east: Floats) -> Floats:
    return 500 + 1400 * np.cos(north) ** 4 + 400 * np.sin(4 * east + 2 * north)


def _rain_contrast(north: Floats, east: Floats) -> Floats:
    """Amplitude of the months over their mean, below 1."""
    return 0.5 + 0.3 * np.cos(2 * east) * np.cos(north)


def _sand(north: Floats, east: Floats) -> Floats:
    return 45 + 20 * np.sin(2 * east + 3 * north)


def _clay(north: Floats, east: Floats) -> Floats:
    return 22 + 10 * np.cos(3 * east - north)


def _greatest_ndvi(north: Floats, east: Floats) -> Floats:
    return 0.35 + 0.4 * np.cos(north) ** 2 + 0.15 * np.sin(4 * east + 2 * north + 1)


FIELDS: Final = {
    "mean_annual_temperature": _annual_temperature,
    "temperature_seasonality": lambda north, east: _SD_OF_A_WAVE * _temperature_amplitude(north, east),
    "warmest_month_temperature": lambda north, east: (
        _annual_temperature(north, east) + _temperature_amplitude(north, east)
    ),
    "coldest_month_temperature": lambda north, east: (
        _annual_temperature(north, east) - _temperature_amplitude(north, east)
    ),
    "topsoil_organic_carbon": lambda north, east: 1.5 + 1.5 * np.sin(north) ** 2 + np.sin(5 * east),
    "topsoil_sand": _sand,
    "topsoil_silt": lambda north, east: 100 - _sand(north, east) - _clay(north, east),
    "topsoil_clay": _clay,
    "annual_precipitation": _annual_precipitation,
    "precipitation_seasonality": lambda north, east: 100 * _SD_OF_A_WAVE * _rain_contrast(north, east),
    "maximum_ndvi": _greatest_ndvi,
    "minimum_ndvi": lambda north, east: _greatest_ndvi(north, east) * (0.55 + 0.35 * np.sin(3 * east - 2 * north)),
}
"""The planted fields, functions of latitude and longitude in radians; months follow a cosine around their mean."""


def truth(name: str, latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.float64] | NDArray[np.object_]:
    """The planted value at points, whatever the grid.

    Parameters
    ----------
    name : str
        A key of `FIELDS`, or "climate_class".
    latitude, longitude : array_like
        Degrees north and east, shapes that broadcast.

    Returns
    -------
    numpy.ndarray
        Values in the units of the reader's field, or names of classes.

    Raises
    ------
    KeyError
        If there is no such field.
    """
    north, east = np.broadcast_arrays(np.asarray(latitude, dtype=float), np.asarray(longitude, dtype=float))
    if name == "climate_class":
        eastern = np.cos(2 * np.radians(east)) >= 0
        choices = [np.where(eastern, first, second) for _, first, second in _CLASS_BANDS]
        return np.select([np.abs(north) <= bound for bound, _, _ in _CLASS_BANDS], choices, default="").astype(object)
    if name not in FIELDS:
        raise KeyError(f"no planted field {name!r}; there are climate_class, {', '.join(FIELDS)}")
    return np.asarray(FIELDS[name](np.radians(north), np.radians(east)))


def is_land(longitude: ArrayLike) -> NDArray[np.bool_]:
    """Tell where the planted land is.

    Parameters
    ----------
    longitude : array_like
        Degrees east, -180 to 180.

    Returns
    -------
    numpy.ndarray of bool
    """
    east = np.asarray(longitude, dtype=float)
    return ~np.logical_or.reduce([(east > west) & (east < end) for west, end in OCEAN])


def grids(names: Sequence[str] = covariates_reader.DEFAULT, *, ocean: bool = False) -> dict[str, xr.Dataset]:
    """Twin of `coldcarbon.readers.covariates.read`.

    Parameters
    ----------
    names : sequence of str
        Data sets of the catalogue; by default the four that are fetched by default.
    ocean : bool
        As in `cru_normals`.

    Returns
    -------
    dict of str to xarray.Dataset

    Raises
    ------
    ValueError
        For a name that is no grid of covariates.
    """
    twins: dict[str, Callable[..., xr.Dataset]] = {
        "cru-normals": cru_normals,
        "hwsd-topsoil": hwsd,
        "koppen-geiger": koppen,
        "hadex2-precipitation": hadex2,
        "itur-precipitation": itur,
        "ndvi-extremes": ndvi,
    }
    unknown = [name for name in names if name not in twins]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no grid of covariates; there are {', '.join(twins)}")
    return {name: twins[name](ocean=ocean) for name in names}


def cru_normals(*, step_degrees: float = 0.5, ocean: bool = False) -> xr.Dataset:
    """Twin of `coldcarbon.readers.cru_normals.read`.

    Parameters
    ----------
    step_degrees : float
        Width of the cells; it must divide 180.
    ocean : bool
        Leave out the cells of `OCEAN`; by default there is land everywhere.

    Returns
    -------
    xarray.Dataset, dims (month, latitude ascending, longitude)
        The month of the greatest warmth is July in the north, January in the south.
    """
    latitude, longitude = _axes(step_degrees)
    north, east = np.meshgrid(np.radians(latitude), np.radians(longitude), indexing="ij")
    amplitude = _temperature_amplitude(north, east)
    monthly = _annual_temperature(north, east) - _wave(north) * amplitude
    fields = cru_reader.fields_of(_masked(monthly, longitude, ocean), SOURCE)
    return _dataset(fields, latitude, longitude, monthly=True)


def hwsd(*, step_degrees: float = 0.5, ocean: bool = False) -> xr.Dataset:
    """Twin of `coldcarbon.readers.hwsd.read`, on coarser cells than the 3 arc-minutes there.

    Parameters
    ----------
    step_degrees, ocean
        As in `cru_normals`.

    Returns
    -------
    xarray.Dataset, dims (latitude ascending, longitude)
        Sand, silt and clay sum to 100 %.
    """
    return _plain(hwsd_reader.LONG_NAMES, "%", *_axes(step_degrees), ocean)


def koppen(*, step_degrees: float = 0.5, ocean: bool = False, drop_ice: bool = False) -> xr.Dataset:
    """Twin of `coldcarbon.readers.koppen.read`: bands of latitude, split by longitude.

    Parameters
    ----------
    step_degrees, ocean
        As in `cru_normals`.
    drop_ice : bool
        Make cells of the class EF missing.

    Returns
    -------
    xarray.Dataset, dims (latitude ascending, longitude)
    """
    latitude, longitude = _axes(step_degrees)
    names = truth("climate_class", latitude[:, None], longitude)
    code = {name: number for number, name in enumerate(koppen_reader.CLASSES, 1)}
    codes = np.vectorize(code.__getitem__, otypes=[np.float32])(names)
    if drop_ice:
        codes[names == koppen_reader.ICE] = np.nan
    return _dataset(koppen_reader.fields_of(_masked(codes, longitude, ocean), SOURCE), latitude, longitude)


def hadex2(*, ocean: bool = False) -> xr.Dataset:
    """Twin of `coldcarbon.readers.hadex2.read`, on its grid of 3.75 x 2.5 degrees.

    Parameters
    ----------
    ocean
        As in `cru_normals`.

    Returns
    -------
    xarray.Dataset, dims (latitude ascending, longitude)
        Sixty years of data wherever there is land.
    """
    latitude, longitude = regular_axis(-90, 90, 2.5), regular_axis(-180, 176.25, 3.75)
    period: dict[str, Any] = {"first_year": 1951, "last_year": 2010, "minimum_years": 30}
    dataset = _plain({"annual_precipitation": hadex2_reader.LONG_NAME}, "mm year-1", latitude, longitude, ocean)
    dataset["annual_precipitation"].attrs.update(period)
    dataset["annual_precipitation"] = dataset["annual_precipitation"].astype(np.float64)
    years = np.where(np.isfinite(dataset["annual_precipitation"]), 60, 0)
    dataset["years_with_data"] = field(years, units="1", long_name="number of years with data", source=SOURCE, **period)
    return dataset


def itur(*, step_degrees: float = 0.5, ocean: bool = False) -> xr.Dataset:
    """Twin of `coldcarbon.readers.itur.read`, on coarser cells than the 0.25 degree there.

    Parameters
    ----------
    step_degrees, ocean
        As in `cru_normals`.

    Returns
    -------
    xarray.Dataset, dims (month, latitude ascending, longitude)
        Rain is greatest in July in the north, in January in the south.
    """
    latitude, longitude = _axes(step_degrees)
    north, east = np.meshgrid(np.radians(latitude), np.radians(longitude), indexing="ij")
    mean = _annual_precipitation(north, east) / 12
    monthly = mean * (1 - _wave(north) * _rain_contrast(north, east))
    fields = itur_reader.fields_of(_masked(monthly, longitude, ocean), SOURCE)
    return _dataset(fields, latitude, longitude, monthly=True)


def ndvi(*, step_degrees: float = 0.5, ocean: bool = False) -> xr.Dataset:
    """Twin of `coldcarbon.readers.ndvi.read`, on coarser cells than the 0.05 degree there.

    Parameters
    ----------
    step_degrees, ocean
        As in `cru_normals`.

    Returns
    -------
    xarray.Dataset, dims (latitude descending, longitude)
    """
    latitude, longitude = _axes(step_degrees)
    return _plain(ndvi_reader.LONG_NAMES, "1", latitude[::-1], longitude, ocean)


def _axes(step: float) -> tuple[Floats, Floats]:
    if not (step > 0 and abs(180 / step - round(180 / step)) < 1e-9 and step <= 90):
        raise ValueError(f"step_degrees is {step}; it must divide 180 into at least two")
    half = step / 2
    return regular_axis(-90 + half, 90 - half, step), regular_axis(-180 + half, 180 - half, step)


def _wave(north: Floats) -> Floats:
    """Cosine around the year, shape (12, ...): 1 in the winter month, January in the north and July in the south."""
    months = np.arange(12).reshape(12, *[1] * north.ndim)
    return np.cos(2 * np.pi * months / 12) * np.where(north < 0, -1, 1)


def _masked(values: np.ndarray, longitude: Floats, ocean: bool) -> np.ndarray:
    return np.where(is_land(longitude), values, np.nan).astype(np.float32) if ocean else values.astype(np.float32)


def _plain(names: dict[str, str], units: str, latitude: Floats, longitude: Floats, ocean: bool) -> xr.Dataset:
    fields = {
        name: field(
            _masked(truth(name, latitude[:, None], longitude), longitude, ocean),
            units=units,
            long_name=text,
            source=SOURCE,
        )
        for name, text in names.items()
    }
    return _dataset(fields, latitude, longitude)


def _dataset(
    fields: dict[str, xr.Variable], latitude: Floats, longitude: Floats, *, monthly: bool = False
) -> xr.Dataset:
    dataset = with_axes(_ORIGIN, fields, latitude, longitude, title=SOURCE, simulated=True)
    if monthly:
        month = xr.Variable(("month",), np.arange(1, 13), {"long_name": "month of the year"})
        return dataset.assign_coords(month=month)
    return dataset
