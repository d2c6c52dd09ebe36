"""A plateau of closed functions on the cells of the real one, errors that neighbours share, and a quick posterior.

Climate follows the gradient along which `coldcarbon.simulate.zhao2022.transect` lays its sites: warm and wet in the
east, dry in the west. It is no climatology.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coldcarbon.readers import plateau_boundary, plateau_cells
from coldcarbon.readers.gridded import EARTH_RADIUS_KM, regular_axis
from coldcarbon.readers.koppen import CLASSES, fields_of

__all__ = ["OUTLINE", "cells", "shared_errors", "weighted_draws"]

Floats = NDArray[np.float64]
SEED: Final = 2022
OUTLINE: Final = shapely.box(76.0, 28.6, 103.4, 38.6).buffer(0.8)
"""Planted outline: a rectangle with round corners, degrees east and north."""
WARMEST_OF_TUNDRA: Final = 10.0  # degC
DRIEST: Final = 90.0  # mm, below which the planted class is desert


def cells(seed: int = SEED) -> xr.Dataset:
    """Twin of `coldcarbon.readers.plateau_cells.read`.

    Parameters
    ----------
    seed : int
        The same seed gives the same cells.

    Returns
    -------
    xarray.Dataset, dims (month 12, latitude 31 ascending, longitude 64)
        As there, all cells of the outline filled; ``attrs["simulated"]``. Rain rises eastwards with waves of a
        thousand kilometres, temperature falls northwards; classes are ET, Dwc and BWk by the rules of the climate.
    """
    rng = np.random.default_rng(seed)
    latitude = regular_axis(*plateau_cells.LATITUDES, plateau_cells.CELL_DEGREES)
    longitude = regular_axis(*plateau_cells.LONGITUDES, plateau_cells.CELL_DEGREES)
    north, east = np.meshgrid(latitude, longitude, indexing="ij")
    shift = rng.uniform(0, 2 * np.pi, 4)
    rain = np.clip(120 + 19 * (east - 80) + 60 * np.sin(0.6 * north + shift[0]) * np.cos(0.5 * east), 30, None)
    mean = -0.4 - 0.35 * (north - 33) + 1.2 * np.sin(0.7 * east + shift[1]) * np.cos(0.9 * north + shift[2])
    angle = 2 * np.pi * (np.arange(1, 13) - 7)[:, None, None] / 12
    temperature = mean + (11.2 + 0.15 * (north - 33)) * np.cos(angle) - 0.6 * np.cos(2 * angle)
    shape = np.exp(2.0 * np.cos(angle - np.pi / 24)) + 0.02
    precipitation = rain * shape / shape.sum(axis=0)
    sand = 65 + 12 * np.sin(0.4 * east + 0.3 * north + shift[3])
    clay = 0.16 * (100 - sand)
    warmest = np.max(temperature, axis=0)
    names = np.where(rain < DRIEST, "BWk", np.where(warmest < WARMEST_OF_TUNDRA, "ET", "Dwc"))
    codes = np.vectorize(CLASSES.index, otypes=[np.float32])(names) + 1
    axes = {"latitude": latitude, "longitude": longitude}
    made = plateau_cells.fields_of(
        latitude,
        longitude,
        temperature=temperature,
        precipitation=precipitation,
        texture=np.array([sand, 100 - sand - clay, clay]),
        soil_share=np.full(north.shape, 0.95),
        climate_class=xr.DataArray(fields_of(codes, "Simulated")["climate_class"], coords=axes),
        within=plateau_boundary.cell_shares(OUTLINE, latitude, longitude).to_numpy(),
    )
    return made.assign_attrs(simulated=True)


def shared_errors(
    seed: int, latitude: ArrayLike, longitude: ArrayLike, *, replicates: int = 1, length_km: float = 300.0
) -> Floats:
    """Draw normal errors that neighbours share, such as what a model misses over a whole valley.

    Parameters
    ----------
    seed : int
        The same seed gives the same errors.
    latitude, longitude : array_like, shape (n,)
        Degrees north and east.
    replicates : int
        Independent fields.
    length_km : float
        Distance at which the correlation has fallen to a third (1/e).

    Returns
    -------
    numpy.ndarray, shape (replicates, n)
        Mean 0 and variance 1 at every place.

    Raises
    ------
    ValueError
        If the length is not above 0, or the coordinates are not as long as each other.
    """
    north, east = (np.radians(np.asarray(x, dtype=float)) for x in (latitude, longitude))
    if north.ndim != 1 or north.shape != east.shape:
        raise ValueError(f"latitude and longitude have shapes {north.shape} and {east.shape}")
    if not length_km > 0:
        raise ValueError(f"length_km is {length_km}; a distance above 0 is needed")
    half = np.sin((north[:, None] - north) / 2) ** 2
    half += np.cos(north)[:, None] * np.cos(north) * np.sin((east[:, None] - east) / 2) ** 2
    distance = 2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1)))
    # a trace of noise of its own keeps places that coincide from making the matrix singular
    root = np.linalg.cholesky(np.exp(-distance / length_km) * (1 - 1e-9) + 1e-9 * np.eye(len(north)))
    return np.asarray(np.random.default_rng(seed).standard_normal((replicates, len(north))) @ root.T)


def weighted_draws(
    measured: ArrayLike,
    simulated: ArrayLike,
    random: np.random.Generator,
    size: int,
    *,
    relative_error: float = 0.3,
    leave_out: int | None = None,
) -> NDArray[np.int64]:
    """Draw from the posterior of sets whose results are known, without running the model again.

    Sets drawn from the prior are drawn again with weights: the likelihood of what was measured, with normal errors in
    proportion to what is simulated.

    Parameters
    ----------
    measured : array_like, shape (n,)
        Measurements.
    simulated : array_like, shape (sets, n)
        What each set makes of them; sets with a number that is not above zero, or not finite, get no weight.
    random : numpy.random.Generator
        Source of the draws.
    size : int
        How many.
    relative_error : float
        Standard deviation of a measurement over what is simulated.
    leave_out : int, optional
        A set that must not be found, such as the planted one.

    Returns
    -------
    numpy.ndarray of int, shape (size,)
        Rows of ``simulated``.

    Raises
    ------
    ValueError
        If the shapes do not fit, or no set has any weight.
    """
    seen, said = np.asarray(measured, dtype=float), np.asarray(simulated, dtype=float)
    if said.ndim != 2 or seen.shape != said.shape[1:]:
        raise ValueError(f"measured {seen.shape} and simulated {said.shape} do not fit")
    usable = (np.isfinite(said) & (said > 0)).all(axis=1)
    if leave_out is not None:
        usable[leave_out] = False
    if not usable.any():
        raise ValueError("no set has a positive and finite result everywhere")
    there = said[usable]
    logs = -(((seen - there) / (relative_error * there)) ** 2 / 2 + np.log(there)).sum(axis=1)
    weights = np.exp(logs - logs.max())
    return np.asarray(random.choice(np.flatnonzero(usable), size, p=weights / weights.sum()))
