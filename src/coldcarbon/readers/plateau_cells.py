"""The Tibetan plateau on cells of half a degree: climate, texture and area for a model that runs on a map.

Five data sets meet here, each with what it lacks:

- temperature (CRU normals 1991-2020): monthly means only, no daily extremes;
- precipitation (itur, fetched on request): monthly totals of a model-based climatology, here means of 2 x 2 cells;
- texture (HWSD, cells of 3 arc-minutes): mean over the cells that have any; ``soil_share`` is how many do. Ice, rock,
  shifting sand and water have none. No stones, no pH;
- climate class (Koeppen-Geiger);
- outline of the plateau: ``area`` is what lies within it.

There is no land cover: forest, scrub, fields, lakes smaller than a soil unit and bare ground are not told from
grassland. What climate can tell is in `climate_classes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import xarray as xr
from shapely.geometry.base import BaseGeometry

from coldcarbon.readers import cru_normals, hwsd, itur, koppen, plateau_boundary
from coldcarbon.readers.gridded import cell_areas_km2, codes_to_names, field, regular_axis

__all__ = ["DATASETS", "LATITUDES", "LONGITUDES", "climate_classes", "fields_of", "of", "read"]

DATASETS: Final = (
    "cru-normals",
    "itur-precipitation",
    "hwsd-topsoil",
    "koppen-geiger",
    "tibetan-plateau-boundary",
)
"""What `read` needs; itur-precipitation comes on request."""
LATITUDES: Final = (25.25, 40.25)
LONGITUDES: Final = (73.25, 104.75)
"""First and last centres."""
CELL_DEGREES: Final = 0.5
_TEXTURE: Final = ("sand", "silt", "clay")


def read() -> xr.Dataset:
    """Read all that is known of the cells.

    Returns
    -------
    xarray.Dataset, dims (month 12, latitude 31 ascending, longitude 64)
        As `of`.

    Raises
    ------
    coldcarbon.catalogue.DataMissingError
        If a data set is not here; itur-precipitation is fetched only on request, the message holds the command.
    coldcarbon.readers.ReaderError
        As the readers of the five.
    """
    rain = itur.read()  # first, since it is the one that may be missing
    sources = {"itur-precipitation": rain, "cru-normals": cru_normals.read(), "koppen-geiger": koppen.read()}
    with hwsd.read(variables=tuple(f"topsoil_{name}" for name in _TEXTURE)) as soil:
        return of(sources | {"hwsd-topsoil": soil}, plateau_boundary.read())


def of(sources: Mapping[str, xr.Dataset], outline: BaseGeometry) -> xr.Dataset:
    """Bring grids of climate and soil onto the plateau's cells.

    Parameters
    ----------
    sources : mapping of str to xarray.Dataset
        By name of the data set, as their readers give them: cells of half a degree, or finer ones that fit into them.
    outline : shapely.Polygon or shapely.MultiPolygon
        Valid.

    Returns
    -------
    xarray.Dataset, dims (month 12, latitude 31 ascending, longitude 64)
        The fields of `fields_of`. A cell without all of them, or outside the outline, is missing in all but ``area``.

    Raises
    ------
    ValueError
        If a grid's cells do not fit into cells of half a degree.
    """
    latitude = regular_axis(*LATITUDES, CELL_DEGREES)
    longitude = regular_axis(*LONGITUDES, CELL_DEGREES)
    temperature = _onto(sources["cru-normals"]["temperature"], latitude, longitude)[0]
    rain = _onto(sources["itur-precipitation"]["precipitation"], latitude, longitude)[0]
    texture, shares = zip(
        *(_onto(sources["hwsd-topsoil"][f"topsoil_{name}"], latitude, longitude) for name in _TEXTURE), strict=True
    )
    classes = sources["koppen-geiger"]["climate_class"].sel(latitude=latitude, longitude=longitude)
    within = plateau_boundary.cell_shares(outline, latitude, longitude).to_numpy()
    return fields_of(
        latitude,
        longitude,
        temperature=temperature,
        precipitation=rain,
        texture=np.array(texture),
        soil_share=np.min(shares, axis=0),
        climate_class=classes,
        within=within,
    )


def fields_of(
    latitude: np.ndarray,
    longitude: np.ndarray,
    *,
    temperature: np.ndarray,
    precipitation: np.ndarray,
    texture: np.ndarray,
    soil_share: np.ndarray,
    climate_class: xr.DataArray,
    within: np.ndarray,
) -> xr.Dataset:
    """Describe the fields, and make cells that lack one missing.

    Parameters
    ----------
    latitude, longitude : numpy.ndarray, shapes (m,) and (n,)
        Cell centres.
    temperature, precipitation : numpy.ndarray, shape (12, m, n)
        degC and mm month-1.
    texture : numpy.ndarray, shape (3, m, n)
        Sand, silt and clay in any unit: they are made to sum to one.
    soil_share, within : numpy.ndarray, shape (m, n)
        Share of the cell with mineral soil, and within the outline.
    climate_class : xarray.DataArray, dims (latitude, longitude)
        Codes with ``flag_values`` and ``flag_meanings``.

    Returns
    -------
    xarray.Dataset
        ``temperature`` (degC) and ``precipitation`` (mm month-1) by month; ``sand``, ``silt``, ``clay`` (1, summing to
        one); ``annual_precipitation`` (mm year-1) and ``mean_annual_temperature`` (degC); ``climate_class``;
        ``soil_share`` (1) and ``area`` (km2, of the cell within the outline).
    """
    total = texture.sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = texture / total
    codes = climate_class.to_numpy()
    here = np.isfinite(temperature).all(axis=0) & np.isfinite(precipitation).all(axis=0)
    here &= np.isfinite(parts).all(axis=0) & np.isfinite(codes) & (within > 0)
    source = "Cells of the plateau"

    def described(values: np.ndarray, units: str, name: str, *leading: str) -> xr.Variable:
        return field(np.where(here, values, np.nan), units=units, long_name=name, source=source, leading=leading)

    fields = {
        "temperature": described(temperature, "degC", "monthly mean air temperature", "month"),
        "precipitation": described(precipitation, "mm month-1", "mean monthly precipitation", "month"),
        **{n: described(v, "1", f"{n} of the topsoil", *()) for n, v in zip(_TEXTURE, parts, strict=True)},
        "mean_annual_temperature": described(temperature.mean(axis=0), "degC", "mean of the months"),
        "annual_precipitation": described(precipitation.sum(axis=0), "mm year-1", "sum of the months"),
        "soil_share": described(soil_share, "1", "share of the cell with mineral soil"),
        "climate_class": xr.Variable(("latitude", "longitude"), np.where(here, codes, np.nan), climate_class.attrs),
    }
    axes = {"month": np.arange(1, 13), "latitude": latitude, "longitude": longitude}
    cells = xr.Dataset(fields, coords=axes)
    cells["area"] = (cell_areas_km2(cells) * within).assign_attrs(units="km2", long_name="area within the outline")
    return cells


def climate_classes(cells: xr.Dataset) -> xr.DataArray:
    """Names of the climate classes.

    Parameters
    ----------
    cells : xarray.Dataset
        As `read` gives it.

    Returns
    -------
    xarray.DataArray of str, dims (latitude, longitude)
        "" where the cell is missing.
    """
    codes = cells["climate_class"]
    names = codes_to_names(codes, codes.attrs)
    return codes.copy(data=np.where(np.isfinite(codes), names, "").astype(str)).drop_attrs()


def _onto(fine: xr.DataArray, latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of the fine cells that have a value, shape (..., m, n), and their share."""
    step = abs(float(fine["longitude"][1] - fine["longitude"][0]))
    factor = round(CELL_DEGREES / step)
    if factor < 1 or abs(factor * step - CELL_DEGREES) > 1e-6:
        raise ValueError(f"cells of {step:g} degrees do not fit into cells of {CELL_DEGREES:g} degrees")
    half = CELL_DEGREES / 2
    ordered = fine.sortby("latitude")
    box = {
        name: slice(axis[0] - half, axis[-1] + half)
        for name, axis in (("latitude", latitude), ("longitude", longitude))
    }
    part = ordered.sel(box)
    whole = part.shape[-2:] == (factor * len(latitude), factor * len(longitude))
    if not whole or any(
        np.abs(part[name].to_numpy().reshape(-1, factor).mean(axis=1) - axis).max() > 1e-6
        for name, axis in (("latitude", latitude), ("longitude", longitude))
    ):
        raise ValueError(f"cells of {step:g} degrees do not fit into cells of {CELL_DEGREES:g} degrees")
    values = part.to_numpy().astype(np.float64)
    blocks = values.reshape(*values.shape[:-2], len(latitude), factor, len(longitude), factor)
    there = np.isfinite(blocks)
    count = there.sum(axis=(-3, -1))
    total = np.where(there, blocks, 0).sum(axis=(-3, -1))
    mean = np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0)
    return mean, count / factor**2
