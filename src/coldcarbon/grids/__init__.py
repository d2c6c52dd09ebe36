"""Grids that are computed, written and summed up chunk by chunk, on this machine or on many."""

from coldcarbon.grids.areas import (
    area_km2,
    area_weighted_mean,
    area_weighted_quantiles,
    area_weighted_total,
    by_class,
    by_latitude_band,
    cell_areas_like,
)
from coldcarbon.grids.compute import compute_to_zarr, map_to_zarr
from coldcarbon.grids.errors import ChunksFailedError, StoreBusyError, StoreMismatchError
from coldcarbon.grids.units import petagrams_per_square_kilometre

__all__ = [
    "ChunksFailedError",
    "StoreBusyError",
    "StoreMismatchError",
    "area_km2",
    "area_weighted_mean",
    "area_weighted_quantiles",
    "area_weighted_total",
    "by_class",
    "by_latitude_band",
    "cell_areas_like",
    "compute_to_zarr",
    "map_to_zarr",
    "petagrams_per_square_kilometre",
]
