"""Consistency checks that need only the numbers a paper prints.

A printed number is a range: everything that rounds to it. `Interval` carries such ranges through sums, products and
ratios, so that a check says what the printed numbers allow, not only what they give when taken at face value. The other
functions turn one kind of printed summary into another: quantiles into a mean, two shares into a depth curve, an
estimate and its standard error into a P value.

Interval arithmetic takes every operand as free within its range. An operand used twice (as ``a`` in ``a / (a + b)``)
makes the result wider than it need be; `share` is the exact form for that case.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

from coldcarbon.published import Published
from coldcarbon.stats.depth_distribution import d95_from

__all__ = [
    "Interval",
    "LogisticCurve",
    "exponential_cumulative_share",
    "grim_consistent",
    "logistic_from_shares",
    "lognormal_mean_from_quantiles",
    "maximum_entropy_density",
    "mixed_exponentials_share",
    "nearest_share",
    "p_value_from_r_squared",
    "p_value_from_standard_error",
    "product_coefficient_of_variation",
    "rounding_interval",
    "share",
    "uncertainty_interval",
]

Floats = NDArray[np.float64]

EDGE = 1e-9  # a number on the edge of a rounding range belongs to it, whatever binary fractions say


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`, both included.

    Adds, subtracts, multiplies and divides with other intervals and with plain numbers, and unpacks as a pair.

    Attributes
    ----------
    low, high : float
        Ends, finite, ``low <= high``; a plain number has both ends the same.

    Raises
    ------
    ValueError
        If an end is not finite or the ends are exchanged.

    Examples
    --------
    >>> Interval(1.0, 2.0) + Interval(10.0, 20.0)
    Interval(low=11.0, high=22.0)
    >>> 1 / Interval(2.0, 4.0)
    Interval(low=0.25, high=0.5)
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.low) and math.isfinite(self.high)):
            raise ValueError(f"the ends of an interval must be finite, got {self.low} and {self.high}")
        if self.low > self.high:
            raise ValueError(f"the lower end {self.low} lies above the upper end {self.high}")

    def __iter__(self) -> Iterator[float]:
        return iter((self.low, self.high))

    def __add__(self, other: Interval | float) -> Interval:
        right = _as_interval(other)
        return Interval(self.low + right.low, self.high + right.high)

    def __neg__(self) -> Interval:
        return Interval(-self.high, -self.low)

    def __sub__(self, other: Interval | float) -> Interval:
        return self + -_as_interval(other)

    def __mul__(self, other: Interval | float) -> Interval:
        products = [left * right for left in self for right in _as_interval(other)]
        return Interval(min(products), max(products))

    def __truediv__(self, other: Interval | float) -> Interval:
        right = _as_interval(other)
        if right.low <= 0 <= right.high:
            raise ZeroDivisionError(f"the divisor {right.low} to {right.high} may be zero")
        return self * Interval(1 / right.high, 1 / right.low)

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: float) -> Interval:
        return _as_interval(other) - self

    def __rtruediv__(self, other: float) -> Interval:
        return _as_interval(other) / self

    @property
    def middle(self) -> float:
        """Half-way between the ends."""
        return (self.low + self.high) / 2


def _as_interval(number: Interval | float) -> Interval:
    return number if isinstance(number, Interval) else Interval(float(number), float(number))


def rounding_interval(number: Published) -> Interval:
    """Everything that rounds to a printed number: half its last digit both ways.

    The half digit is that of `coldcarbon.published.Published.half_last_digit`, as in the verdicts of
    `coldcarbon.claims.tolerance_of`.

    Parameters
    ----------
    number : Published
        Printed with ``eq`` or ``approx``.

    Returns
    -------
    Interval
        In the unit of `number`.

    Raises
    ------
    ValueError
        For "more than" and "less than": a bound has no rounding range.
    """
    if number.comparison in ("lt", "gt"):
        raise ValueError(f"{number.id} is printed as a bound; it has no rounding range, use its value")
    half = number.half_last_digit
    return Interval(number.value - half, number.value + half)


def share(part: Interval | float, rest: Interval | float) -> Interval:
    """Share of a part in the sum of a part and the rest.

    Parameters
    ----------
    part, rest : Interval or float
        Neither may be negative.

    Returns
    -------
    Interval
        Between 0 and 1.

    Raises
    ------
    ValueError
        If an end is negative or the sum may be zero.

    Examples
    --------
    >>> share(Interval(1, 2), Interval(2, 3))
    Interval(low=0.25, high=0.5)
    """
    one, other = _as_interval(part), _as_interval(rest)
    if one.low < 0 or other.low < 0 or one.low + other.low <= 0:
        raise ValueError(f"a share needs amounts of at least zero and a positive sum, got {one} and {other}")
    return Interval(one.low / (one.low + other.high), one.high / (one.high + other.low))


def lognormal_mean_from_quantiles(low: ArrayLike, high: ArrayLike, level: float = 0.95) -> Floats:
    """Mean of the log-normal distribution that has two given central quantiles.

    Parameters
    ----------
    low, high : array_like
        Quantiles that leave ``(1 - level) / 2`` below and above, positive, ``low < high``; any unit.
    level : float
        Share between them, 0 to 1.

    Returns
    -------
    numpy.ndarray
        Means, in the same unit.

    Raises
    ------
    ValueError
        If a quantile is not positive, a pair is exchanged, or the level is not between 0 and 1.

    Examples
    --------
    >>> quantiles = np.exp(stats.norm.ppf([0.025, 0.975], loc=1.0, scale=0.5))
    >>> bool(np.isclose(lognormal_mean_from_quantiles(*quantiles), np.exp(1.0 + 0.5**2 / 2)))
    True
    """
    lower, upper = np.asarray(low, float), np.asarray(high, float)
    if not 0 < level < 1:
        raise ValueError(f"the level must lie between 0 and 1, got {level}")
    if not np.all((lower > 0) & (lower < upper)):
        raise ValueError("quantiles of a log-normal must be positive and in rising order")
    scale = np.log(upper / lower) / (2 * special.ndtri((1 + level) / 2))
    return np.asarray(np.sqrt(lower * upper) * np.exp(scale**2 / 2))


class LogisticCurve(NamedTuple):
    """Shape and depths of a logistic depth curve; see `coldcarbon.stats.depth_distribution`."""

    c: Floats
    d50: Floats
    d95: Floats


def logistic_from_shares(
    share_a: ArrayLike, depth_a: ArrayLike, share_b: ArrayLike, depth_b: ArrayLike
) -> LogisticCurve:
    """Logistic depth curve through two cumulative shares.

    The curve has two free numbers, so two shares fix it: ``logit(share) = -c log(D / d50)``, with logit the log odds.

    Parameters
    ----------
    share_a, share_b : array_like
        Shares of the whole above the two depths, 0 to 1.
    depth_a, depth_b : array_like
        Depths, positive and in the same unit; the shares must rise with depth.

    Returns
    -------
    LogisticCurve
        ``c`` (negative, no unit), ``d50`` and ``d95`` in the unit of the depths.

    Raises
    ------
    ValueError
        If a share is not between 0 and 1, a depth is not positive, or the shares do not rise with depth.

    Examples
    --------
    >>> curve = logistic_from_shares(0.50, 10.0, 0.95, 100.0)
    >>> round(float(curve.d50), 6), round(float(curve.d95), 6)
    (10.0, 100.0)
    """
    shares, depths = np.stack(_broadcast(share_a, share_b)), np.stack(_broadcast(depth_a, depth_b))
    if not np.all((shares > 0) & (shares < 1)):
        raise ValueError("shares must lie between 0 and 1, both excluded")
    if not np.all(depths > 0):
        raise ValueError("depths must be positive")
    if not np.all((shares[1] - shares[0]) * (depths[1] - depths[0]) > 0):
        raise ValueError("the cumulative share must rise with depth")
    odds = special.logit(shares)
    c = -(odds[1] - odds[0]) / np.log(depths[1] / depths[0])
    d50 = depths[0] * np.exp(odds[0] / c)
    return LogisticCurve(np.asarray(c), np.asarray(d50), d95_from(d50, c))


def _broadcast(*values: ArrayLike) -> list[Floats]:
    return [np.asarray(one, float) for one in np.broadcast_arrays(*values)]


def exponential_cumulative_share(depth: ArrayLike, share_above: ArrayLike, known_depth: ArrayLike) -> Floats:
    """Share above a depth when the amount per unit of depth falls exponentially.

    Parameters
    ----------
    depth : array_like
        Depths asked for, at least 0.
    share_above : array_like
        Share of the whole above `known_depth`, 0 to 1.
    known_depth : array_like
        Positive, in the unit of `depth`.

    Returns
    -------
    numpy.ndarray
        ``1 - (1 - share_above) ** (depth / known_depth)``.

    Raises
    ------
    ValueError
        If the share is not between 0 and 1 or a depth is out of range.

    Examples
    --------
    >>> float(exponential_cumulative_share(40, 0.5, 20))
    0.75
    """
    below = 1 - np.asarray(share_above, float)
    depths, known = np.asarray(depth, float), np.asarray(known_depth, float)
    if not np.all((below > 0) & (below < 1)):
        raise ValueError("the share must lie between 0 and 1, both excluded")
    if not (np.all(depths >= 0) and np.all(known > 0)):
        raise ValueError("depths must not be negative, and the known depth must be positive")
    return np.asarray(1 - below ** (depths / known))


def mixed_exponentials_share(depth: float, share_above: Interval | float, known_depth: float) -> Interval:
    """Mean share above a depth when each of many places has an exponential profile of its own.

    A mean of exponentials is no exponential. With ``q`` the share below `known_depth` and ``k`` the ratio of the
    depths, the mean share above `depth` is ``1 - mean(q**k)``. The curve of ``q**k`` bends, so by Jensen's inequality
    and because ``q`` lies between 0 and 1, ``mean(q**k)`` lies between ``mean(q)**k``, where all places are alike, and
    ``mean(q)``, where each has everything above both depths or everything below.

    Parameters
    ----------
    depth : float
        Depth asked for, positive.
    share_above : Interval or float
        Mean over places of the share above `known_depth`, 0 to 1.
    known_depth : float
        Positive, in the unit of `depth`.

    Returns
    -------
    Interval
        All mean shares above `depth` that some spread of the places gives.

    Raises
    ------
    ValueError
        If the share is not between 0 and 1 or a depth is not positive.

    Examples
    --------
    >>> mixed_exponentials_share(40, 0.5, 20)
    Interval(low=0.5, high=0.75)
    """
    if not depth > 0:
        raise ValueError(f"the depth must be positive, got {depth}")
    mean = _as_interval(share_above)
    alike = exponential_cumulative_share(depth, list(mean), known_depth)
    return Interval(float(min(mean.low, alike[0])), float(max(mean.high, alike[1])))


def product_coefficient_of_variation(first: ArrayLike, second: ArrayLike) -> Floats:
    """Coefficient of variation of the product of two independent quantities, exactly.

    The usual ``sqrt(a**2 + b**2)`` leaves out the last term of ``a**2 + b**2 + a**2 b**2`` (Goodman 1960,
    doi:10.1080/01621459.1960.10483369). It holds place by place: a mean of such coefficients over places is not the
    coefficient of the means.

    Parameters
    ----------
    first, second : array_like
        Coefficients of variation (standard deviation over mean), not negative, as ratios.

    Returns
    -------
    numpy.ndarray
        As a ratio.

    Raises
    ------
    ValueError
        If one is negative.

    Examples
    --------
    >>> round(float(product_coefficient_of_variation(0.3, 0.4)), 4), float(np.hypot(0.3, 0.4))
    (0.5142, 0.5)
    """
    a, b = np.square(np.asarray(first, float)), np.square(np.asarray(second, float))
    if np.any(np.asarray(first, float) < 0) or np.any(np.asarray(second, float) < 0):
        raise ValueError("a coefficient of variation must not be negative")
    return np.asarray(np.sqrt(a + b + a * b))


def p_value_from_standard_error(
    estimate: ArrayLike, standard_error: ArrayLike, degrees_of_freedom: ArrayLike = np.inf
) -> Floats:
    """Two-sided P value of an estimate against zero, from its printed standard error.

    Parameters
    ----------
    estimate : array_like
        Estimates.
    standard_error : array_like
        Positive, in the unit of the estimate.
    degrees_of_freedom : array_like
        Positive; infinity gives the normal distribution.

    Returns
    -------
    numpy.ndarray
        P values.

    Raises
    ------
    ValueError
        If a standard error or the degrees of freedom are not positive.

    Examples
    --------
    >>> round(float(p_value_from_standard_error(2.042, 1.0, 30)), 3)
    0.05
    """
    errors, freedom = np.asarray(standard_error, float), np.asarray(degrees_of_freedom, float)
    if not np.all(errors > 0):
        raise ValueError("standard errors must be positive")
    if not np.all(freedom > 0):
        raise ValueError("degrees of freedom must be positive")
    return np.asarray(2 * stats.t.sf(np.abs(np.asarray(estimate, float)) / errors, freedom))


def grim_consistent(mean: ArrayLike, n: ArrayLike, decimals: ArrayLike, step: float = 1.0) -> NDArray[np.bool_]:
    """Whether a printed mean can arise from n whole-numbered values (the GRIM test).

    A mean of n values that come in steps is itself a multiple of ``step / n``; a printed mean that no such multiple
    rounds to cannot be one (Brown and Heathers 2017, doi:10.1177/1948550616673876). It says nothing about quantities
    measured on a continuous scale.

    Parameters
    ----------
    mean : array_like
        Printed means.
    n : array_like
        Number of values behind each, at least 1.
    decimals : array_like
        Printed decimals, trailing zeros counted.
    step : float
        Step of one value: 1 for counts, 100 for a percentage of n, ``1 / items`` for a mean of several items.

    Returns
    -------
    numpy.ndarray of bool
        False: no such mean exists.

    Raises
    ------
    ValueError
        If n is below 1, the decimals are negative or the step is not positive.

    Examples
    --------
    >>> bool(grim_consistent(5.19, 28, 2)), bool(grim_consistent(5.18, 28, 2))
    (False, True)
    """
    means, sizes, digits = _broadcast(mean, n, decimals)
    if np.any(sizes < 1) or np.any(digits < 0) or not step > 0:
        raise ValueError("needs n of at least 1, decimals of at least 0 and a positive step")
    nearest = nearest_share(means, sizes, step)
    half = 0.5 * 10.0**-digits
    return np.asarray(np.abs(nearest - means) <= half + EDGE)


def uncertainty_interval(number: Published) -> Interval:
    """Everything that rounds to a printed uncertainty, the number after a plus-minus sign.

    Parameters
    ----------
    number : Published
        Printed with an uncertainty.

    Returns
    -------
    Interval
        In the unit of `number`; never below zero.

    Raises
    ------
    ValueError
        If no uncertainty is printed.
    """
    if number.uncertainty is None:
        raise ValueError(f"{number.id} is printed without an uncertainty")
    half = 0.5 * 10.0**-number.uncertainty_decimals
    return Interval(max(number.uncertainty - half, 0.0), number.uncertainty + half)


def maximum_entropy_density(positions: ArrayLike, mean: ArrayLike, standard_deviation: ArrayLike) -> Floats:
    """Density on the unit interval that says no more than a mean and a standard deviation.

    Among all densities between 0 and 1 with these two moments, ``exp(a x + b x**2)`` up to a constant has the largest
    entropy (Jaynes 1957, doi:10.1103/PhysRev.106.620): a normal distribution cut off at the bounds or, when the spread
    exceeds that of the uniform distribution, one turned upside down. It stands in for a posterior within the bounds of
    its prior of which only mean and spread are printed. ``a`` and ``b`` come from Newton's method on the convex dual;
    the cost grows with the number of densities times that of the quadrature points (200).

    Parameters
    ----------
    positions : array_like, shape (n,)
        Where to evaluate, 0 to 1.
    mean, standard_deviation : array_like, shape (m,) or scalar
        Of each density, as shares of the interval.

    Returns
    -------
    numpy.ndarray, shape (m, n)
        Densities; each integrates to one.

    Raises
    ------
    ValueError
        If a position or mean lies outside the interval, or a standard deviation is below 0.01 or larger than the
        interval allows.

    Examples
    --------
    >>> bool(np.allclose(maximum_entropy_density([0.1, 0.9], 0.5, 12**-0.5), 1))
    True
    """
    at = np.asarray(positions, float)
    centre, spread = (np.atleast_1d(x) for x in _broadcast(mean, standard_deviation))
    if not np.all((at >= 0) & (at <= 1)):
        raise ValueError("positions must lie between 0 and 1")
    if not np.all((centre > 0) & (centre < 1) & (spread > 0)):
        raise ValueError("means must lie between 0 and 1 and standard deviations must be positive")
    if np.any(spread**2 >= centre * (1 - centre)):
        raise ValueError("no distribution between 0 and 1 with this mean has so large a standard deviation")
    if np.any(spread < 0.01):
        raise ValueError("below a standard deviation of 0.01 the bounds hardly matter; use a normal distribution")
    nodes, weights = np.polynomial.legendre.leggauss(200)
    powers = _centred_powers((nodes + 1) / 2)
    shifted = centre - 0.5
    target = np.stack([shifted, shifted**2 + spread**2], axis=1)
    # A normal distribution without bounds is where the search starts.
    tilt = np.stack([shifted / spread**2, -0.5 / spread**2], axis=1)
    tilt[spread**2 > 1 / 12] = 0.0
    for _ in range(200):
        share_of_node = special.softmax(tilt @ powers + np.log(weights), axis=1)
        moments = share_of_node @ powers.T
        gap = moments - target
        if np.max(np.abs(gap)) < 1e-12:
            break
        second = np.einsum("mk,ik,jk->mij", share_of_node, powers, powers)
        curvature = second - moments[:, :, None] * moments[:, None, :]
        if np.min(np.linalg.det(curvature)) <= 1e-18:  # all mass on the two bounds
            raise _no_density(centre, spread, gap)
        step = np.linalg.solve(curvature, gap[:, :, None])[:, :, 0]
        # Far from the solution a full step overshoots: its length in the local metric says by how much to shorten it.
        decrement = np.sqrt(np.maximum(np.sum(step * gap, axis=1), 0))[:, None]
        tilt = tilt - step / np.where(decrement > 0.25, 1 + decrement, 1.0)
    else:
        raise _no_density(centre, spread, gap)
    log_total = special.logsumexp(tilt @ powers + np.log(weights / 2), axis=1)
    return np.asarray(np.exp(tilt @ _centred_powers(at) - log_total[:, None]))


def _no_density(centre: Floats, spread: Floats, gap: Floats) -> ValueError:
    worst = int(np.argmax(np.abs(gap).max(axis=1)))
    return ValueError(
        f"no density found for mean {centre[worst]} and standard deviation {spread[worst]}, which is close to the"
        " largest that the interval allows"
    )


def _centred_powers(positions: Floats) -> Floats:
    centred = positions - 0.5
    return np.stack([centred, centred**2])


def p_value_from_r_squared(r_squared: ArrayLike, n: ArrayLike, predictors: ArrayLike = 1) -> Floats:
    """P value of a regression from its printed R² and the number of independent rows.

    ``F = (R²/p) / ((1 - R²)/(n - p - 1))`` with ``p`` and ``n - p - 1`` degrees of freedom; for one predictor the same
    as the t test of its slope.

    Parameters
    ----------
    r_squared : array_like
        Coefficients of determination, not adjusted, at least 0 and below 1.
    n : array_like
        Independent rows behind each, more than `predictors` plus one.
    predictors : array_like
        Predictors besides the intercept, at least 1.

    Returns
    -------
    numpy.ndarray
        P values.

    Raises
    ------
    ValueError
        If an R² is out of range or too few rows are left.

    Examples
    --------
    >>> round(float(p_value_from_r_squared(0.18, 22)), 3)
    0.049
    """
    shares, rows, slopes = _broadcast(r_squared, n, predictors)
    if not np.all((shares >= 0) & (shares < 1)):
        raise ValueError("R² must be at least 0 and below 1")
    if not np.all(slopes >= 1) or not np.all(rows > slopes + 1):
        raise ValueError("needs at least one predictor, and more rows than predictors plus one")
    left = rows - slopes - 1
    return np.asarray(stats.f.sf(shares / slopes * left / (1 - shares), slopes, left))


def nearest_share(share: ArrayLike, n: ArrayLike, step: float = 100.0) -> Floats:
    """Share of n whole things that lies nearest to a printed one; see `grim_consistent`.

    Parameters
    ----------
    share : array_like
        Printed shares.
    n : array_like
        Number of things behind each, at least 1.
    step : float
        What all n together make: 100 for a share in per cent, 1 for a ratio.

    Returns
    -------
    numpy.ndarray
        In the unit of `share`.

    Raises
    ------
    ValueError
        If n is below 1 or the step is not positive.

    Examples
    --------
    >>> round(float(nearest_share(56.9, 162)), 2)
    56.79
    """
    shares, sizes = _broadcast(share, n)
    if np.any(sizes < 1) or not step > 0:
        raise ValueError("needs n of at least 1 and a positive step")
    unit = step / sizes
    return np.asarray(np.round(shares / unit) * unit)
