"""What all results of one run have in common: variables, dimensions, types and the coordinates beside the grid."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import xarray as xr

from coldcarbon.grids.chunks import Chunk, Floats

__all__ = ["check_schema", "checked_result", "schema_of", "template_like"]

GRID = ("latitude", "longitude")
AXIS_ATTRIBUTES = {
    "latitude": {"standard_name": "latitude", "units": "degrees_north"},
    "longitude": {"standard_name": "longitude", "units": "degrees_east"},
}


def checked_result(result: Any, chunk: Chunk, latitude: Floats, longitude: Floats) -> xr.Dataset:
    """The result of one chunk with latitude and longitude last, refused where it does not fit the chunk.

    Parameters
    ----------
    result : xarray.Dataset
        What the function gave.
    chunk : Chunk
        The chunk it was asked for.
    latitude, longitude : numpy.ndarray
        Cell centres of the chunk.

    Returns
    -------
    xarray.Dataset
        With the axes of the chunk.

    Raises
    ------
    TypeError
        If it is no Dataset.
    ValueError
        If a variable lacks latitude or longitude, has another size or no numbers, or lies on other coordinates.
    """
    where = f"the result for {chunk.name}"
    if not isinstance(result, xr.Dataset):
        hint = "; DataArray.to_dataset(name=...) makes one" if isinstance(result, xr.DataArray) else ""
        raise TypeError(f"{where} is a {type(result).__name__}, not an xarray.Dataset{hint}")
    if not result.data_vars:
        raise ValueError(f"{where} holds no variable")
    for name, variable in result.data_vars.items():
        lacking = [dimension for dimension in GRID if dimension not in variable.dims]
        if lacking:
            raise ValueError(
                f"{where}: {name!r} has dimensions {variable.dims} and lacks {' and '.join(lacking)}: every variable "
                "lies on the grid, what does not is a coordinate or an attribute"
            )
        if variable.dtype.kind not in "fiub":
            raise ValueError(f"{where}: {name!r} holds {variable.dtype}, not numbers: give classes as codes")
    for dimension, axis in zip(GRID, (latitude, longitude), strict=True):
        if result.sizes[dimension] != len(axis):
            raise ValueError(f"{where} has {result.sizes[dimension]} cells of {dimension}, the chunk has {len(axis)}")
        if dimension in result.coords and not np.array_equal(result[dimension].to_numpy(), axis):
            raise ValueError(f"{where} lies on other cells of {dimension} than the chunk; is it turned round?")
    for name, coordinate in result.coords.items():
        if name not in GRID and set(coordinate.dims) & set(GRID):
            raise ValueError(f"{where}: coordinate {name!r} changes over the grid: give it as a variable")
    attributes = {dimension: result[dimension].attrs for dimension in GRID if dimension in result.coords}
    placed = result.assign_coords(
        {
            dimension: (dimension, axis, attributes.get(dimension) or AXIS_ATTRIBUTES[dimension])
            for dimension, axis in zip(GRID, (latitude, longitude), strict=True)
        }
    )
    return placed.transpose(..., *GRID)


def schema_of(result: xr.Dataset) -> dict[str, Any]:
    """What has to be the same in all chunks.

    Parameters
    ----------
    result : xarray.Dataset
        Of one chunk, from `checked_result`.

    Returns
    -------
    dict
        ``variables``: dimensions, sizes of those beside the grid and type of each; ``coordinates``: digest of each
        coordinate beside the grid. Fit for JSON.
    """
    return {
        "variables": {
            str(name): {
                "dims": [str(dimension) for dimension in variable.dims],
                "sizes": [int(size) for size in variable.shape[:-2]],
                "dtype": str(variable.dtype),
            }
            for name, variable in result.data_vars.items()
        },
        "coordinates": {
            str(name): _digest(coordinate) for name, coordinate in result.coords.items() if name not in GRID
        },
    }


def check_schema(found: Mapping[str, Any], expected: Mapping[str, Any], chunk: Chunk) -> None:
    """Refuse a result that differs from those before it.

    Parameters
    ----------
    found, expected : mapping
        From `schema_of`.
    chunk : Chunk
        Where it was found.

    Raises
    ------
    ValueError
        Naming the variable or coordinate and the difference.
    """
    for kind in ("variables", "coordinates"):
        ours, theirs = found[kind], expected[kind]
        if set(ours) != set(theirs):
            raise ValueError(
                f"the result for {chunk.name} has the {kind} {', '.join(sorted(ours)) or 'none'}, "
                f"other chunks have {', '.join(sorted(theirs)) or 'none'}"
            )
        for name, one in ours.items():
            if one != theirs[name]:
                detail = "other values" if kind == "coordinates" else f"{one}, there {theirs[name]}"
                raise ValueError(
                    f"the result for {chunk.name}: {kind[:-1]} {name!r} differs from other chunks: {detail}"
                )


def template_like(
    result: xr.Dataset, latitude: Floats, longitude: Floats, chunk: tuple[int, int]
) -> tuple[xr.Dataset, dict[str, dict[str, Any]]]:
    """A whole grid of nothing, and how its variables are to be encoded; no memory is taken.

    Parameters
    ----------
    result : xarray.Dataset
        Of one chunk, from `checked_result`; its attributes and further coordinates are kept.
    latitude, longitude : numpy.ndarray
        Cell centres of the whole grid.
    chunk : (int, int)
        Latitudes and longitudes of a chunk; further dimensions are not cut.

    Returns
    -------
    template : xarray.Dataset
        On Dask arrays.
    encoding : dict
        For ``to_zarr``.
    """
    import dask.array

    # text of one fixed width has no place in the specification of Zarr, text of any length has
    beside = {
        name: coordinate.astype(object) if coordinate.dtype.kind == "U" else coordinate
        for name, coordinate in result.coords.items()
        if name not in GRID
    }
    axes = {
        dimension: xr.Variable((dimension,), axis, result[dimension].attrs)
        for dimension, axis in zip(GRID, (latitude, longitude), strict=True)
    }
    variables, encoding = {}, {}
    for name, variable in result.data_vars.items():
        sizes = variable.shape[:-2]
        chunks = (*sizes, min(chunk[0], len(latitude)), min(chunk[1], len(longitude)))
        blank = dask.array.zeros((*sizes, len(latitude), len(longitude)), dtype=variable.dtype, chunks=chunks)
        variables[name] = xr.Variable(variable.dims, blank, variable.attrs)
        encoding[str(name)] = {"chunks": chunks}
        if variable.dtype.kind == "f":
            # what has not been computed reads as missing, not as zero
            encoding[str(name)]["fill_value"] = variable.dtype.type(np.nan)
    return xr.Dataset(variables, {**axes, **beside}, result.attrs), encoding


def _digest(coordinate: xr.DataArray) -> str:
    values = coordinate.to_numpy()
    text = repr(values.tolist()) + str(coordinate.dims)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
