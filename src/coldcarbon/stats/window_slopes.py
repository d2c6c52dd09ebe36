"""Slopes in all windows of a series at once, and how many independent answers so many windows hold.

A trend that is fitted again in every stretch of a record is no series of independent tests: two windows share most of
their years. `window_slopes` fits all of them by cumulative sums, `window_correlation` says how alike their slopes are
without any trend, `independent_signs` how many coins that is worth, and `chance_shares` what share of windows rises by
chance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["WindowSlopes", "chance_shares", "independent_signs", "window_correlation", "window_slopes"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class WindowSlopes:
    """Least-squares slopes of all windows of at least some length.

    Attributes
    ----------
    slope : numpy.ndarray, shape (..., windows)
        Unit of the values per unit of time.
    standard_error : numpy.ndarray, shape (..., windows)
        Of a slope if the times of the window were independent; no window is independent of the others.
    first, last : numpy.ndarray, shape (windows,)
        First and last time of a window.
    length : numpy.ndarray of int, shape (windows,)
        Values in a window. Windows are ordered by first time, then by length.
    """

    slope: Floats
    standard_error: Floats
    first: Floats
    last: Floats
    length: Ints


def window_slopes(values: ArrayLike, times: ArrayLike | None = None, *, shortest: int = 10) -> WindowSlopes:
    r"""Fit a line in every window of a series.

    Parameters
    ----------
    values : array_like, shape (..., n)
        Series along the last axis, nothing missing; leading axes are series of their own.
    times : array_like, shape (n,), optional
        Rising in equal steps; 0, 1, 2 ... by default.
    shortest : int
        Fewest values in a window, at least 3.

    Returns
    -------
    WindowSlopes

    Raises
    ------
    ValueError
        For missing values, times that do not rise in equal steps, or a shortest window outside 3 to n.

    Notes
    -----
    With cumulative sums of :math:`y`, :math:`ty` and :math:`y^2`, the sums of any window are differences of two of
    their values, and

    .. math:: b = \frac{\sum t y - \bar t \sum y}{\sum (t - \bar t)^2}, \qquad
              s_b^2 = \frac{S_{yy} - b^2 S_{tt}}{(k - 2) S_{tt}} .

    Series are centred first, so that differences of sums keep their digits. Cost grows as series times windows, not
    times their length.
    """
    table = np.asarray(values, float)
    n = table.shape[-1] if table.ndim else 0
    time = np.arange(n, dtype=float) if times is None else np.asarray(times, float)
    if time.shape != (n,):
        raise ValueError(f"{n} values along the last axis need as many times, not {time.shape}")
    start, stop = _windows(n, shortest)
    if not np.isfinite(table).all():
        raise ValueError("values are missing or infinite: cut the series to times without gaps")
    steps = np.diff(time)
    if not np.allclose(steps, steps[0]) or steps[0] <= 0:
        raise ValueError("times must rise in equal steps")
    centred = table - table.mean(axis=-1, keepdims=True)
    moved = (time - time.mean()) / steps[0]
    length = stop - start
    middle = moved[start] + (length - 1) / 2
    spread = length * (length**2 - 1.0) / 12

    def sums(series: Floats) -> Floats:
        total = np.concatenate([np.zeros((*series.shape[:-1], 1)), np.cumsum(series, axis=-1)], axis=-1)
        return np.asarray(total[..., stop] - total[..., start])

    of_values = sums(centred)
    slope = (sums(moved * centred) - middle * of_values) / spread
    about_mean = sums(centred**2) - of_values**2 / length
    left = np.maximum(about_mean - slope**2 * spread, 0.0)
    error = np.sqrt(left / (length - 2) / spread)
    return WindowSlopes(
        slope=slope / steps[0],
        standard_error=error / steps[0],
        first=time[start],
        last=time[stop - 1],
        length=length,
    )


def window_correlation(n: int, *, shortest: int = 10, r1: float = 0.0) -> Floats:
    r"""Correlation between the slopes of all windows of a series without memory of any but the last value.

    Parameters
    ----------
    n : int
        Values in the series, in equal steps.
    shortest : int
        Fewest values in a window.
    r1 : float
        Correlation of a value with the next one about the trend; it falls off as :math:`r, r^2, r^3`.

    Returns
    -------
    numpy.ndarray, shape (windows, windows)
        In the order of `window_slopes`. A trend moves all slopes alike and does not change it.

    Raises
    ------
    ValueError
        For a shortest window outside 3 to n, or an ``r1`` outside -1 to 1.

    Notes
    -----
    Slopes are :math:`Wy` with fixed weights, so their covariance is :math:`W R W'` with :math:`R_{ij} = r^{|i-j|}`.
    """
    if not -1 < r1 < 1:
        raise ValueError(f"r1 must lie between -1 and 1, not {r1:g}")
    start, stop = _windows(n, shortest)
    place = np.arange(n)
    inside = (place >= start[:, None]) & (place < stop[:, None])
    weights = np.where(inside, place - ((start + stop - 1) / 2)[:, None], 0.0)
    apart = np.abs(np.subtract.outer(place, place))
    covariance = weights @ (float(r1) ** apart) @ weights.T
    size = np.sqrt(np.diag(covariance))
    return np.asarray(covariance / np.outer(size, size))


def independent_signs(correlation: ArrayLike) -> float:
    r"""How many independent coins would make the share of positive signs as variable.

    Parameters
    ----------
    correlation : array_like, shape (m, m)
        Of normal variables with mean zero.

    Returns
    -------
    float
        Between 1, when all signs go together, and m, when none do; more if signs avoid each other.

    Raises
    ------
    ValueError
        If it is no correlation matrix.

    Notes
    -----
    Two normal variables with mean zero have the same sign with probability
    :math:`1/2 + \arcsin(\rho) / \pi` (Sheppard 1899). So the share of positive signs has the variance
    :math:`\sum_{ij} \arcsin(\rho_{ij}) / (2 \pi m^2)`, and :math:`k` coins have :math:`1 / (4k)`.
    """
    table = np.asarray(correlation, float)
    square = table.ndim == 2 and table.shape[0] == table.shape[1] and table.shape[0] > 0
    if not square or not np.allclose(table, table.T) or not np.allclose(np.diag(table), 1):
        raise ValueError("a correlation matrix is square, symmetric and has ones on its diagonal")
    angles = np.arcsin(np.clip(table, -1, 1))
    np.fill_diagonal(angles, np.pi / 2)  # arcsin loses half the digits next to one
    return float(len(table) ** 2 * np.pi / 2 / angles.sum())


def chance_shares(n: int, *, shortest: int = 10, r1: float = 0.0, replicates: int = 2000, seed: int = 0) -> Floats:
    """Simulate what share of windows has a positive slope in series without a trend.

    Parameters
    ----------
    n : int
        Values in a series, in equal steps.
    shortest : int
        Fewest values in a window.
    r1 : float
        Correlation of a value with the next one.
    replicates : int
        Series.
    seed : int
        The same seed gives the same shares.

    Returns
    -------
    numpy.ndarray, shape (replicates,)
        0 to 1, one per series; the distribution is symmetric about one half.

    Raises
    ------
    ValueError
        For a shortest window outside 3 to n, an ``r1`` outside -1 to 1, or no replicate.
    """
    if not -1 < r1 < 1:
        raise ValueError(f"r1 must lie between -1 and 1, not {r1:g}")
    if replicates < 1:
        raise ValueError(f"at least one replicate is needed, not {replicates}")
    _windows(n, shortest)
    place = np.arange(n)
    root = np.linalg.cholesky(float(r1) ** np.abs(np.subtract.outer(place, place)))  # stationary from the first value
    series = np.random.default_rng(seed).standard_normal((replicates, n)) @ root.T
    return np.asarray((window_slopes(series, shortest=shortest).slope > 0).mean(axis=1))


def _windows(n: int, shortest: int) -> tuple[Ints, Ints]:
    """First place and the place after the last, of every window."""
    if not 3 <= shortest <= n:
        raise ValueError(f"a window has 3 to {n} values, not {shortest}")
    start, stop = np.meshgrid(np.arange(n), np.arange(1, n + 1), indexing="ij")
    long = stop - start >= shortest
    return start[long], stop[long]
