"""The smallest trend that a series of a given length and noise would show."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import nctdtr, ndtri, stdtrit

__all__ = ["DetectableTrend", "detectable_trend", "slope_standard_error"]

Floats = NDArray[np.float64]
Number = float | Floats


@dataclass(frozen=True)
class DetectableTrend:
    """Result of `detectable_trend`: numbers, or arrays of the broadcast shape.

    Attributes
    ----------
    slope : float or ndarray
        Smallest absolute slope found with `power`, unit of the values per unit of time.
    standard_error : float or ndarray
        Of the slope at that length and noise.
    n, sd, r1 : float or ndarray
        As given.
    power, alpha : float
        As given.
    method : str
        In words.
    """

    slope: Number
    standard_error: Number
    n: Number
    sd: Number
    r1: Number
    power: float
    alpha: float
    method: str

    def per_decade(self) -> Number:
        """The slope per ten units of time.

        Returns
        -------
        float or ndarray
            Unit of the values per decade if a step is a year.
        """
        return self.slope * 10

    def summary(self) -> pd.DataFrame:
        """One row per combination.

        Returns
        -------
        pandas.DataFrame
            n, sd, r1, slope, standard_error, power, alpha.
        """
        keys = ("n", "sd", "r1", "slope", "standard_error")
        frame = pd.DataFrame({key: np.atleast_1d(getattr(self, key)).ravel() for key in keys})
        return frame.assign(power=self.power, alpha=self.alpha)


def slope_standard_error(n: ArrayLike, sd: ArrayLike, r1: ArrayLike = 0.0, *, step: float = 1.0) -> Floats:
    """Standard error of a least-squares slope over n equal steps with AR(1) errors.

    Parameters
    ----------
    n : array_like of int
        Values in the series.
    sd : array_like
        Standard deviation of the errors (of the AR(1) process, not of its innovations).
    r1 : array_like
        Lag-1 autocorrelation of the errors, between -1 and 1.
    step : float
        Units of time between values.

    Returns
    -------
    ndarray, broadcast shape
        Exact: ``sd sqrt(t' R t) / t't`` with t centred and ``R_ij = r1 ** |i - j|``.
    """
    lengths, spread, r = np.broadcast_arrays(np.asarray(n), np.asarray(sd, float), np.asarray(r1, float))
    result = np.empty(lengths.shape)
    for place in np.ndindex(lengths.shape):
        size = int(lengths[place])
        t = (np.arange(size) - (size - 1) / 2) * step
        lagged = np.correlate(t, t, "full")[size - 1 :]
        weights = np.where(np.arange(size) == 0, 1.0, 2.0) * r[place] ** np.arange(size)
        result[place] = spread[place] * np.sqrt(lagged @ weights) / lagged[0]
    return result


def detectable_trend(
    n: ArrayLike,
    sd: ArrayLike,
    r1: ArrayLike = 0.0,
    *,
    power: float = 0.8,
    alpha: float = 0.05,
    step: float = 1.0,
    method: str = "exact",
) -> DetectableTrend:
    """Smallest slope that a two-sided test at ``alpha`` finds with probability ``power``.

    Parameters
    ----------
    n : array_like of int
        Values in the series, at least 3; equally spaced.
    sd : array_like
        Standard deviation about the trend, unit of the values.
    r1 : array_like
        Lag-1 autocorrelation of the errors.
    power, alpha : float
        Between 0 and 1.
    step : float
        Units of time between values.
    method : str
        - "exact": the exact standard error of a least-squares slope and the non-central t with n - 2 degrees of
          freedom; with r1 above 0 ``n (1 - r1) / (1 + r1) - 2``, at least 1, as a test that allows for autocorrelation
          has them (``linear_trend(errors="effective-n")``).
        - "weatherhead": ``(z_(1 - alpha/2) + z_power) sd sqrt(12 step) / T**1.5 sqrt((1 + r1) / (1 - r1))`` with
          ``T = n step``, the large-sample formula of Weatherhead et al. (1998, doi:10.1029/98JD00995; theirs is for
          monthly steps and years, where ``12 step`` is 1).

    Returns
    -------
    DetectableTrend
        Shapes broadcast.

    Raises
    ------
    ValueError
        For fewer than 3 values, a negative sd, or r1, power or alpha out of range.

    Notes
    -----
    The Mann-Kendall test needs nearly the same slope with normal errors (its efficiency is 0.98) and a smaller one with
    heavy tails. Cost grows with combinations x n**2.
    """
    lengths, spread, r = np.broadcast_arrays(np.asarray(n), np.asarray(sd, float), np.asarray(r1, float))
    if (lengths < 3).any() or (lengths != np.rint(lengths)).any():
        raise ValueError("n must be whole and at least 3")
    if not (spread >= 0).all() or not (np.abs(r) < 1).all():
        raise ValueError("sd must not be negative and r1 must lie between -1 and 1")
    if not 0 < alpha < power < 1:
        raise ValueError(f"0 < alpha < power < 1 is needed, not alpha {alpha} and power {power}")
    if method == "weatherhead":
        span = lengths * step
        error = spread * np.sqrt(12 * step) / span**1.5 * np.sqrt((1 + r) / (1 - r))
        multiple = np.full(lengths.shape, ndtri(1 - alpha / 2) + ndtri(power))
    elif method == "exact":
        error = slope_standard_error(lengths, spread, r, step=step)
        effective = lengths * (1 - r) / (1 + r)
        freedom = np.where(r > 0, np.maximum(effective - 2, 1.0), lengths - 2.0)
        multiple = _noncentrality(freedom, power, alpha)
    else:
        raise ValueError(f"method must be 'exact' or 'weatherhead', not {method!r}")
    scalar = lengths.ndim == 0

    def give(column: NDArray) -> Number:
        return float(column) if scalar else np.array(column, float)

    return DetectableTrend(
        slope=give(multiple * error),
        standard_error=give(error),
        n=give(lengths),
        sd=give(spread),
        r1=give(r),
        power=power,
        alpha=alpha,
        method="exact standard error, non-central t" if method == "exact" else "Weatherhead et al. (1998)",
    )


def _noncentrality(freedom: Floats, power: float, alpha: float) -> Floats:
    """Slope over standard error at which a two-sided t test has that power, by bisection."""
    critical = stdtrit(freedom, 1 - alpha / 2)
    low, high = np.zeros_like(critical), np.full_like(critical, 1.0)

    def found(multiple: Floats) -> Floats:
        return 1 - nctdtr(freedom, multiple, critical) + nctdtr(freedom, multiple, -critical)

    while (found(high) < power).any():
        high = np.where(found(high) < power, 2 * high, high)
    for _ in range(60):
        middle = (low + high) / 2
        above = found(middle) >= power
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    return (low + high) / 2
