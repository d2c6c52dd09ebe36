"""Drawing of units and P values by simulation, as all rooms do them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_units", "resampled_totals", "simulated_p", "unit_shuffles"]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

WEIGHTS_AT_ONCE = 2_000_000  # numbers held by one step of resampling (16 MB)


def draw_units(n_units: int, n_resamples: int, rng: np.random.Generator) -> Integers:
    """Units of bootstrap resamples: as many as there are, with replacement.

    Parameters
    ----------
    n_units : int
        Units of replication: rows, or whole clusters.
    n_resamples : int
        Resamples.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    numpy.ndarray, shape (n_resamples, n_units)
        Numbers of units, from 0.
    """
    return rng.integers(0, n_units, size=(n_resamples, n_units))


def resampled_totals(sums: Floats, draw: Callable[[int], Integers], n_resamples: int) -> Floats:
    """Totals of resamples of units whose sums are known.

    A total needs of a unit its sum only, so all resamples are one product with how often each unit is drawn.

    Parameters
    ----------
    sums : numpy.ndarray, shape (units, k)
        Sums of each unit.
    draw : callable
        ``draw(size)`` gives the units of ``size`` resamples, shape (size, drawn).
    n_resamples : int
        Resamples. Memory is bounded, whatever their number.

    Returns
    -------
    numpy.ndarray, shape (n_resamples, k)
        In the unit of the sums.
    """
    n_units = len(sums)
    totals = np.empty((n_resamples, sums.shape[1]))
    step = max(1, WEIGHTS_AT_ONCE // n_units)
    for first in range(0, n_resamples, step):
        size = min(step, n_resamples - first)
        drawn = draw(size) + np.arange(size)[:, None] * n_units
        weights = np.bincount(drawn.ravel(), minlength=size * n_units).reshape(size, n_units).astype(float)
        totals[first : first + size] = weights @ sums
    return totals


def unit_shuffles(groups: NDArray[np.integer], n_draws: int, rng: np.random.Generator) -> Integers:
    """Rows in order of their group, and in random order within it.

    For rows sorted by group these are orders in which nothing leaves its group.

    Parameters
    ----------
    groups : numpy.ndarray of int, shape (n,)
        Group of each row; one number for all shuffles freely.
    n_draws : int
        Orders.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    numpy.ndarray of int, shape (n_draws, n)
        Numbers of rows.
    """
    return np.argsort(groups + rng.random((n_draws, len(groups))), axis=1)


def simulated_p(as_large: Any, n_draws: int) -> Any:
    """P of a test by simulation, ``(1 + as large) / (1 + draws)``: never zero.

    Parameters
    ----------
    as_large : int or numpy.ndarray of int
        Draws at least as large as what was observed.
    n_draws : int
        Draws.

    Returns
    -------
    float or numpy.ndarray
        Phipson and Smyth 2010, doi:10.2202/1544-6115.1585.
    """
    return (1 + as_large) / (1 + n_draws)
