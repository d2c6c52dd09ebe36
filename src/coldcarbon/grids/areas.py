"""Means and totals over the globe, by latitude and by class, with the true areas of cells.

All of them stay Dask arrays until they are computed, chunk by chunk; call ``.compute()`` on the answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import numpy as np
import xarray as xr

from coldcarbon.grids.chunks import checked_axis
from coldcarbon.grids.schema import GRID
from coldcarbon.grids.units import petagrams_per_square_kilometre
from coldcarbon.readers.gridded import EARTH_RADIUS_KM, cell_edges

__all__ = [
    "area_km2",
    "area_weighted_mean",
    "area_weighted_quantiles",
    "area_weighted_total",
    "by_class",
    "by_latitude_band",
    "cell_areas_like",
]

Field = TypeVar("Field", xr.DataArray, xr.Dataset)
Statistic = Literal["mean", "total", "area"]


def cell_areas_like(data: xr.DataArray | xr.Dataset) -> xr.DataArray:
    """Areas of the cells on a sphere, in the chunks of the data.

    The same numbers as `coldcarbon.readers.gridded.cell_areas_km2`, without holding a grid larger than a chunk where
    the data are on Dask arrays.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset
        With latitude and longitude of cell centres.

    Returns
    -------
    xarray.DataArray, dims (latitude, longitude)
        In km2.

    Raises
    ------
    ValueError
        If latitude or longitude is missing, of a single cell or out of order.
    """
    _check_grid(data)
    sines = np.sin(np.radians(cell_edges(data["latitude"], limit=90.0)))
    widths = np.radians(np.diff(cell_edges(data["longitude"])))
    strips = xr.DataArray(EARTH_RADIUS_KM**2 * np.abs(np.diff(sines)), [("latitude", data["latitude"].to_numpy())])
    wide = xr.DataArray(widths, [("longitude", data["longitude"].to_numpy())])
    chunks = data.chunksizes
    if "latitude" in chunks:
        strips = strips.chunk(latitude=chunks["latitude"])
    if "longitude" in chunks:
        wide = wide.chunk(longitude=chunks["longitude"])
    areas = (strips * wide).rename("cell_area")
    return areas.assign_attrs(units="km2", long_name="area of the cell on a sphere")


def area_km2(data: xr.DataArray) -> xr.DataArray:
    """Area of the cells that hold a value.

    Parameters
    ----------
    data : xarray.DataArray
        On latitude and longitude.

    Returns
    -------
    xarray.DataArray
        In km2, over the dimensions beside the grid.
    """
    areas = cell_areas_like(data).where(data.notnull(), 0.0)
    return areas.sum(GRID).assign_attrs(units="km2", long_name="area of the cells with a value")


def area_weighted_mean(data: Field) -> Field:
    """Mean over the grid, each cell weighted by its area; cells without a value do not count.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset
        On latitude and longitude.

    Returns
    -------
    xarray.DataArray or xarray.Dataset
        Over the dimensions beside the grid, in the units of the data; missing where no cell has a value.
    """
    return data.weighted(cell_areas_like(data)).mean(GRID, keep_attrs=True)  # type: ignore[return-value, unused-ignore]


def area_weighted_total(data: Field) -> Field:
    """Total over the grid in petagrams, from mass per area.

    Parameters
    ----------
    data : xarray.DataArray or xarray.Dataset
        On latitude and longitude, with units such as ``Mg ha-1 yr-1``; cells without a value add nothing.

    Returns
    -------
    xarray.DataArray or xarray.Dataset
        Over the dimensions beside the grid, with units such as ``Pg yr-1``; missing where no cell has a value.

    Raises
    ------
    ValueError
        If the units of a variable are no mass per area.
    """
    if isinstance(data, xr.Dataset):
        return data.map(area_weighted_total)
    factor, units = petagrams_per_square_kilometre(_units(data))
    total = factor * (data * cell_areas_like(data)).sum(GRID, min_count=1)
    return _described(total, data, units=units)


def by_latitude_band(data: xr.DataArray, width_degrees: float = 1.0, statistic: Statistic = "mean") -> xr.DataArray:
    """Means, totals or areas of bands of latitude.

    Parameters
    ----------
    data : xarray.DataArray
        On latitude and longitude.
    width_degrees : float
        Of a band; bands run from -90 and must divide 180 degrees.
    statistic : {"mean", "total", "area"}
        As `area_weighted_mean`, `area_weighted_total` or `area_km2`.

    Returns
    -------
    xarray.DataArray, dims (..., latitude_band)
        ``latitude_band`` holds the middle of each band that contains a cell centre, in degrees north, rising. A row of
        cells belongs to the band in which its centre lies (the northern one, on a border): where cells are not much
        smaller than a band, or straddle its border, bands have unequal area, as ``statistic="area"`` shows.
    """
    _check_grid(data)
    number = 180 / width_degrees if width_degrees > 0 else 0.0
    if not number >= 1 or abs(number - round(number)) > 1e-9:
        raise ValueError(f"width_degrees must be positive and divide 180, not {width_degrees}")
    # rounded, so that a centre on a border is not put south of it by the last digit
    places = np.floor(np.round((data["latitude"].to_numpy() + 90) / width_degrees, 9)).astype(int)
    places = np.minimum(places, round(number) - 1)
    bands = np.unique(places)
    member = xr.DataArray(
        (places[:, None] == bands).astype(float),
        [
            ("latitude", data["latitude"].to_numpy()),
            (
                "latitude_band",
                (bands + 0.5) * width_degrees - 90,
                {"units": "degrees_north", "long_name": "middle of the band of latitude"},
            ),
        ],
    )
    areas = cell_areas_like(data)
    # rows first: what is left has one number for each latitude
    area = xr.dot(areas.where(data.notnull(), 0.0).sum("longitude"), member, dim="latitude")
    if statistic == "area":
        return area.assign_attrs(units="km2", long_name="area of the cells with a value")
    held = xr.dot((data * areas).sum("longitude"), member, dim="latitude").where(area > 0)
    return _finished(data, held, area, statistic)


def by_class(
    data: xr.DataArray, classes: xr.DataArray, statistic: Statistic = "mean", *, codes: Sequence[float] | None = None
) -> xr.DataArray:
    """Means, totals or areas of classes of cells, such as biomes.

    Parameters
    ----------
    data : xarray.DataArray
        On latitude and longitude.
    classes : xarray.DataArray, dims (latitude, longitude)
        Code of each cell on the same grid, missing where it belongs to no class.
    statistic : {"mean", "total", "area"}
        As `area_weighted_mean`, `area_weighted_total` or `area_km2`.
    codes : sequence of float, optional
        Classes wanted; by default the ``flag_values`` in the attributes of ``classes``.

    Returns
    -------
    xarray.DataArray, dims (class, ...)
        ``class`` holds names where the attribute ``flag_meanings`` gives them, else codes. A class without cells has a
        missing mean and total, and no area.

    Raises
    ------
    ValueError
        If grids differ, or codes are neither given nor in the attributes.
    """
    wanted, labels = _classes(data, classes, codes)
    areas = cell_areas_like(data)
    known = data.notnull()
    weights = [areas.where((classes == code) & known, 0.0) for code in wanted]
    axis = xr.DataArray(labels, dims="class", name="class")
    area = xr.concat([weight.sum(GRID) for weight in weights], dim=axis)
    if statistic == "area":
        return area.assign_attrs(units="km2", long_name="area of the cells with a value")
    held = xr.concat([(data.fillna(0.0) * weight).sum(GRID) for weight in weights], dim=axis).where(area > 0)
    return _finished(data, held, area, statistic)


def area_weighted_quantiles(
    data: xr.DataArray,
    quantiles: Sequence[float],
    classes: xr.DataArray | None = None,
    *,
    codes: Sequence[float] | None = None,
) -> xr.DataArray:
    """Quantiles over the grid or by class: the smallest value below which cells of that share of the area lie.

    Unlike means and totals, quantiles cannot be put together from chunks: values and areas of all cells with a value,
    or of those of one class at a time, are held in memory (16 bytes a cell, some three times that while they are
    sorted).

    Parameters
    ----------
    data : xarray.DataArray, dims (latitude, longitude)
        Without further dimensions.
    quantiles : sequence of float
        From 0 to 1.
    classes, codes
        As `by_class`; all cells together if left out.

    Returns
    -------
    xarray.DataArray, dims (class, quantile) or (quantile,)
        In the units of the data, computed; missing where no cell has a value.
    """
    levels = np.asarray(quantiles, dtype=float)
    if levels.ndim != 1 or not levels.size or not ((levels >= 0) & (levels <= 1)).all():
        raise ValueError(f"quantiles must be a sequence of numbers from 0 to 1, not {quantiles!r}")
    _check_grid(data)
    if set(data.dims) != set(GRID):
        raise ValueError(f"quantiles are of one field at a time: choose one along {set(data.dims) - set(GRID)} first")
    areas = cell_areas_like(data)
    coordinates = {"quantile": ("quantile", levels)}
    if classes is None:
        values = _quantiles_of(data, areas, data.notnull(), levels)
        return xr.DataArray(values, coordinates, ("quantile",), data.name, data.attrs)
    wanted, labels = _classes(data, classes, codes)
    rows = [_quantiles_of(data, areas, data.notnull() & (classes == code), levels) for code in wanted]
    return xr.DataArray(np.array(rows), {"class": labels, **coordinates}, ("class", "quantile"), data.name, data.attrs)


def _quantiles_of(data: xr.DataArray, areas: xr.DataArray, wanted: xr.DataArray, levels: Any) -> Any:
    import dask

    fields = xr.broadcast(data, areas, wanted)
    if any(field.chunks is not None for field in fields):
        # only the wanted cells of each chunk are kept
        import dask.array

        flat = [dask.array.asarray(field.transpose(*GRID).data).ravel() for field in fields]
        values, weights = dask.compute(flat[0][flat[2]], flat[1][flat[2]])
    else:
        numbers = [field.transpose(*GRID).to_numpy().ravel() for field in fields]
        values, weights = numbers[0][numbers[2]], numbers[1][numbers[2]]
    if not values.size:
        return np.full(levels.size, np.nan)
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    # a hair below, so that rounding does not push a level that is just reached to the next cell
    places = np.searchsorted(reached, levels * reached[-1] * (1 - 1e-12))
    return values[order][np.minimum(places, values.size - 1)]


def _finished(data: xr.DataArray, held: xr.DataArray, area: xr.DataArray, statistic: str) -> xr.DataArray:
    """Mean or total from sums of value times area."""
    if statistic == "mean":
        return _described(held / area, data)
    if statistic != "total":
        raise ValueError(f"statistic must be 'mean', 'total' or 'area', not {statistic!r}")
    factor, units = petagrams_per_square_kilometre(_units(data))
    return _described(factor * held, data, units=units)


def _classes(data: xr.DataArray, classes: xr.DataArray, codes: Sequence[float] | None) -> tuple[list[float], list[Any]]:
    _check_grid(data)
    if set(classes.dims) != set(GRID):
        raise ValueError(f"classes must lie on latitude and longitude alone, not on {classes.dims}")
    for name in GRID:
        if not np.array_equal(classes[name].to_numpy(), data[name].to_numpy()):
            raise ValueError(f"classes lie on another {name} than the data: bring them onto one grid first")
    if codes is None and "flag_values" not in classes.attrs:
        raise ValueError("which classes? Give codes, or attributes flag_values (and flag_meanings) to the classes")
    flags = [float(value) for value in np.atleast_1d(classes.attrs.get("flag_values", []))]
    wanted = [float(code) for code in codes] if codes is not None else flags
    if len(set(wanted)) < len(wanted) or not wanted:
        raise ValueError(f"codes must be given once each, at least one: {wanted}")
    names = dict(zip(flags, str(classes.attrs.get("flag_meanings", "")).split(), strict=False))
    if all(code in names for code in wanted):
        return wanted, [names[code] for code in wanted]
    return wanted, list(wanted)


def _check_grid(data: xr.DataArray | xr.Dataset) -> None:
    lacking = [name for name in GRID if name not in data.dims or name not in data.coords]
    if lacking:
        dimensions = ", ".join(map(str, data.dims)) or "none"
        raise ValueError(f"the data lack {' and '.join(lacking)} with coordinates; their dimensions are {dimensions}")
    for name in GRID:
        checked_axis(name, data[name])
        if data.sizes[name] < 2:
            raise ValueError(f"one cell of {name} has no known width: at least two are needed")


def _units(data: xr.DataArray) -> str:
    if "units" not in data.attrs:
        raise ValueError(f"{data.name!r} has no attribute units: a total needs a mass per area such as 'Mg ha-1 yr-1'")
    return str(data.attrs["units"])


def _described(result: xr.DataArray, data: xr.DataArray, **attributes: str) -> xr.DataArray:
    """Name and attributes of the data, not those that arithmetic carried along from the areas."""
    named = result.rename(data.name)
    named.attrs = {**data.attrs, **attributes}
    return named
