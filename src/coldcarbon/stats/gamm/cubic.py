"""Cubic regression splines (plain and cyclic) and P-splines of one covariate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.gamm.basis import Basis, Floats

__all__ = ["CubicSpline", "CyclicSpline", "PSpline"]

EDGE = 0.001  # share of the range by which the inner knots of a P-spline stand beyond the data


def _quantile_knots(values: Floats, count: int) -> Floats:
    distinct = np.unique(values)
    if len(distinct) < count:
        raise ValueError(f"{len(distinct)} distinct values cannot carry a basis of {count}: lower k")
    return np.quantile(distinct, np.linspace(0, 1, count))


def _given_knots(knots: Sequence[float] | None, count: int) -> Floats | None:
    if knots is None:
        return None
    given = np.sort(np.asarray(knots, float))
    if len(given) != count:
        raise ValueError(f"{count} knots are needed for this k, {len(given)} were given")
    if (np.diff(given) <= 0).any():
        raise ValueError("knots must differ from each other")
    return given


def _second_only(order: int | None) -> None:
    if order not in (None, 2):
        raise ValueError(f"m={order}: cubic splines penalise the second derivative; use bs='tp' or 'ps' for others")


@dataclass(frozen=True)
class CubicSpline(Basis):
    """Natural cubic spline whose coefficients are its values at the knots (Wood 2017, section 5.3.1).

    Outside the knots it goes on as a straight line.
    """

    knots: Floats
    second: Floats

    @classmethod
    def build(
        cls, columns: Sequence[Floats], k: int | None, order: int | None, knots: Sequence[float] | None
    ) -> CubicSpline:
        """Knots at quantiles of the distinct values unless all are given.

        Parameters
        ----------
        columns : sequence of one array, shape (n,)
            The covariate.
        k : int, optional
            Number of knots and of coefficients, 10 unless given, at least 3.
        order : int, optional
            2, the derivative that is penalised.
        knots : sequence of float, optional
            All k knots.

        Returns
        -------
        CubicSpline
            Penalty rank k - 2.
        """
        (x,) = columns
        _second_only(order)
        size = 10 if k is None else k
        if size < 3:
            raise ValueError(f"k={size}: a cubic spline needs at least 3")
        at = _given_knots(knots, size)
        at = _quantile_knots(x, size) if at is None else at
        h = np.diff(at)
        left = np.zeros((size - 2, size))
        band = np.zeros((size - 2, size - 2))
        for i in range(size - 2):
            left[i, i], left[i, i + 2] = 1 / h[i], 1 / h[i + 1]
            left[i, i + 1] = -1 / h[i] - 1 / h[i + 1]
            band[i, i] = (h[i] + h[i + 1]) / 3
            if i < size - 3:
                band[i, i + 1] = band[i + 1, i] = h[i + 1] / 6
        inner = np.linalg.solve(band, left)
        second = np.vstack([np.zeros(size), inner, np.zeros(size)])
        penalty = left.T @ inner
        return cls(penalty=(penalty + penalty.T) / 2, rank=size - 2, keep_values=True, knots=at, second=second)

    def evaluate(self, columns: Sequence[Floats]) -> Floats:
        """Basis at new values, see `Basis.evaluate`."""
        (x,) = columns
        low, high = self.knots[0], self.knots[-1]
        inside = np.clip(x, low, high)
        values = _piecewise(inside, self.knots, self.second, np.arange(len(self.knots)))
        for end, first, last, rows in ((low, 0, 1, x < low), (high, -2, -1, x > high)):
            if rows.any():
                step = self.knots[last] - self.knots[first]
                slope = np.zeros(len(self.knots))
                slope[last], slope[first] = 1 / step, -1 / step
                # the second derivative is zero at the outer knot
                slope += step / 6 * (self.second[first] if first else -self.second[last])
                values[rows] += np.outer(x[rows] - end, slope)
        return values


@dataclass(frozen=True)
class CyclicSpline(Basis):
    """Cubic spline whose value and first two derivatives agree at both ends (Wood 2017, section 5.3.2)."""

    knots: Floats
    second: Floats

    @classmethod
    def build(
        cls, columns: Sequence[Floats], k: int | None, order: int | None, knots: Sequence[float] | None
    ) -> CyclicSpline:
        """Knots at quantiles of the distinct values; two given knots are the ends of the cycle.

        Parameters
        ----------
        columns : sequence of one array, shape (n,)
            The covariate.
        k : int, optional
            Number of knots, 10 unless given, at least 4; there are k - 1 coefficients.
        order : int, optional
            2, the derivative that is penalised.
        knots : sequence of float, optional
            All k knots, or the two ends, such as (0.5, 12.5) for months.

        Returns
        -------
        CyclicSpline
            Penalty rank k - 2.
        """
        (x,) = columns
        _second_only(order)
        size = 10 if k is None else k
        if size < 4:
            raise ValueError(f"k={size}: a cyclic spline needs at least 4")
        if knots is not None and len(knots) == 2:
            low, high = sorted(float(end) for end in knots)
            if x.min() < low or x.max() > high:
                raise ValueError(
                    f"the covariate runs from {x.min():g} to {x.max():g}, beyond the ends {low:g}, {high:g}"
                )
            at = _quantile_knots(np.append(x, [low, high]), size)
        else:
            given = _given_knots(knots, size)
            at = _quantile_knots(x, size) if given is None else given
        h = np.diff(at)
        count = size - 1
        left = np.zeros((count, count))
        band = np.zeros((count, count))
        for i in range(count):
            before, after = (i - 1) % count, (i + 1) % count
            band[i, i] += (h[before] + h[i]) / 3
            band[i, before] += h[before] / 6
            band[i, after] += h[i] / 6
            left[i, i] -= 1 / h[before] + 1 / h[i]
            left[i, before] += 1 / h[before]
            left[i, after] += 1 / h[i]
        second = np.asarray(np.linalg.solve(band, left), float)
        penalty = left.T @ second
        return cls(penalty=(penalty + penalty.T) / 2, rank=count - 1, keep_values=True, knots=at, second=second)

    def evaluate(self, columns: Sequence[Floats]) -> Floats:
        """Basis at new values, wrapped into the cycle; see `Basis.evaluate`."""
        (x,) = columns
        low, high = self.knots[0], self.knots[-1]
        wrapped = np.where((x < low) | (x > high), low + np.mod(x - low, high - low), x)
        count = len(self.knots) - 1
        return _piecewise(wrapped, self.knots, self.second, np.append(np.arange(count), 0))


def _piecewise(x: Floats, knots: Floats, second: Floats, owner: NDArray[np.intp]) -> Floats:
    """Cubic pieces from values and second derivatives at the knots; knot j has the coefficient owner[j]."""
    piece = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
    h = (knots[1:] - knots[:-1])[piece]
    below = (knots[piece + 1] - x) / h
    above = (x - knots[piece]) / h
    values = ((below**3 - below) * h**2 / 6)[:, None] * second[owner[piece]]
    values += ((above**3 - above) * h**2 / 6)[:, None] * second[owner[piece + 1]]
    rows = np.arange(len(x))
    values[rows, owner[piece]] += below
    values[rows, owner[piece + 1]] += above
    return values


@dataclass(frozen=True)
class PSpline(Basis):
    """Cubic B-splines on even knots with a difference penalty (Eilers & Marx 1996).

    Outside the knots it goes on as a straight line.
    """

    knots: Floats

    @classmethod
    def build(
        cls, columns: Sequence[Floats], k: int | None, order: int | None, knots: Sequence[float] | None
    ) -> PSpline:
        """Even knots over the range of the covariate, or over the two ends given.

        Parameters
        ----------
        columns : sequence of one array, shape (n,)
            The covariate.
        k : int, optional
            Number of coefficients, 10 unless given, at least 5.
        order : int, optional
            Order of the differences that are penalised, 2 unless given.
        knots : sequence of float, optional
            The two ends, or all k + 4 knots.

        Returns
        -------
        PSpline
            Penalty rank k - order.
        """
        (x,) = columns
        size = 10 if k is None else k
        if size < 5:
            raise ValueError(f"k={size}: a P-spline of cubic pieces needs at least 5")
        differences = 2 if order is None else order
        if not 1 <= differences < size:
            raise ValueError(f"m={differences}: the order of differences lies between 1 and k - 1")
        at = None if knots is None or len(knots) == 2 else _given_knots(knots, size + 4)
        if at is None:
            low, high = (x.min(), x.max()) if knots is None else sorted(float(end) for end in knots)
            spread = high - low
            low, high = low - EDGE * spread, high + EDGE * spread
            step = (high - low) / (size - 3)
            at = np.linspace(low - 3 * step, high + 3 * step, size + 4)
        difference = np.diff(np.eye(size), n=differences, axis=0)
        return cls(penalty=difference.T @ difference, rank=size - differences, keep_values=False, knots=at)

    def evaluate(self, columns: Sequence[Floats]) -> Floats:
        """Basis at new values, see `Basis.evaluate`."""
        from scipy.interpolate import BSpline

        (x,) = columns
        low, high = self.knots[3], self.knots[-4]
        inside = np.clip(x, low, high)
        values: Floats = BSpline.design_matrix(inside, self.knots, 3).toarray()
        for end, rows in ((low, x < low), (high, x > high)):
            if rows.any():
                slope = BSpline(self.knots, np.eye(len(self.knots) - 4), 3).derivative()(end)
                values[rows] += np.outer(x[rows] - end, slope)
        return values
