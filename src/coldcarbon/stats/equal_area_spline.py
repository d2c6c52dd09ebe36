r"""Equal-area quadratic spline: a smooth curve over depth through the means of soil layers.

A layer's number is a mean over its thickness, not the value at its middle. The spline (Bishop, McBratney & Laslett
1999, Geoderma 91, 27-45; smoothing as in Malone et al. 2009, Geoderma 154, 138-152) is quadratic within layers, linear
in gaps between them, continuous with its slope, and level at both ends. It minimises

.. math:: \frac1n \sum_i (y_i - \bar f_i)^2 + \lambda \int f'(z)^2 dz,

with :math:`\bar f_i` the mean of the curve over layer *i*. The area under the curve within a layer is exactly the
fitted mean times the thickness; with little smoothing the fitted means are the measured ones. Smoothing keeps the
*plain* sum of the layers' means; the mass of layers of unequal thickness it moves a little.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["EqualAreaSpline", "equal_area_spline", "interval_weights"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EqualAreaSpline:
    """A fitted curve, of one profile or of many with the same layers.

    Attributes
    ----------
    top, bottom : numpy.ndarray, shape (n,)
        Depths of the layers, downwards.
    values, fitted : numpy.ndarray, shape (..., n)
        Measured means, and means of the curve.
    smoothing : float
        Weight of the roughness, in units of depth.
    knots : numpy.ndarray, shape (m + 1,)
        Where pieces of the curve meet.
    coefficients : numpy.ndarray, shape (3, m, ...)
        Of each piece, highest power first, from its upper knot.
    """

    top: Floats
    bottom: Floats
    values: Floats
    fitted: Floats
    smoothing: float
    knots: Floats = field(repr=False)
    coefficients: Floats = field(repr=False)

    def __call__(self, depth: ArrayLike) -> Floats:
        """The curve at depths, shape (..., k); NaN above the first layer and below the last."""
        from scipy.interpolate import PPoly

        at = np.asarray(depth, dtype=float)
        curve = PPoly(self.coefficients, self.knots, extrapolate=False)(at.ravel())
        return np.moveaxis(curve, 0, -1).reshape(self.values.shape[:-1] + at.shape)

    def mean(self, top: float, bottom: float, outside: Literal["refuse", "constant"] = "refuse") -> Floats:
        """Mean of the curve between two depths, exact.

        Parameters
        ----------
        top, bottom : float
            Depths, top above bottom.
        outside : {"refuse", "constant"}
            What holds beyond the layers: nothing, or the value at the end (there the curve is level anyway).

        Returns
        -------
        numpy.ndarray, shape (...)

        Raises
        ------
        ValueError
            If the interval is none, or reaches beyond the layers and that was not allowed.
        """
        from scipy.interpolate import PPoly

        if not top < bottom:
            raise ValueError(f"an interval from {top:g} to {bottom:g} has no thickness")
        first, last = float(self.knots[0]), float(self.knots[-1])
        if outside == "refuse" and (top < first or bottom > last):
            raise ValueError(
                f"the layers reach from {first:g} to {last:g}, not from {top:g} to {bottom:g}; "
                "pass outside='constant' to hold the end's value there"
            )
        curve = PPoly(self.coefficients, self.knots)
        inside = np.clip([top, bottom], first, last)
        total = curve.integrate(*inside)
        total = total + curve(first) * max(min(first, bottom) - top, 0.0)
        total = total + curve(last) * max(bottom - max(last, top), 0.0)
        return np.asarray(total / (bottom - top), dtype=float)

    def roughness(self) -> Floats:
        """Integral of the squared slope over the profile, shape (...)."""
        quadratic, slope, _ = self.coefficients
        h = np.diff(self.knots).reshape((-1,) + (1,) * (self.values.ndim - 1))
        pieces = slope**2 * h + 2 * slope * quadratic * h**2 + 4 / 3 * quadratic**2 * h**3
        return np.asarray(pieces.sum(axis=0), dtype=float)


def equal_area_spline(top: ArrayLike, bottom: ArrayLike, values: ArrayLike, smoothing: float = 0.1) -> EqualAreaSpline:
    """Fit the spline.

    Parameters
    ----------
    top, bottom : array_like, shape (n,)
        Depths of the layers, downwards, without overlap; gaps are allowed.
    values : array_like, shape (..., n)
        Mean of each layer; further axes are further profiles.
    smoothing : float
        The factor lambda above, in the unit of depth; 0.1 (of cm) is usual, 0 keeps every mean.

    Returns
    -------
    EqualAreaSpline

    Raises
    ------
    ValueError
        For layers without thickness, out of order or overlapping, values that are missing or of another length,
        and negative smoothing.
    """
    u, v, y = (np.array(x, dtype=float) for x in (top, bottom, values))
    if u.ndim != 1 or u.shape != v.shape or not u.size:
        raise ValueError(f"top and bottom must be lists of the same length, not of shapes {u.shape} and {v.shape}")
    if y.ndim == 0 or y.shape[-1] != u.size:
        raise ValueError(f"values of shape {y.shape} for {u.size} layers: the last axis must be the layers")
    if not (np.isfinite(u).all() and np.isfinite(v).all() and np.isfinite(y).all()):
        raise ValueError("a depth or a value is missing or infinite; leave out that layer")
    thin = ~(v > u)
    if thin.any():
        i = int(np.argmax(thin))
        raise ValueError(f"layer {i + 1} ({u[i]:g} to {v[i]:g}) has no thickness")
    overlap = u[1:] < v[:-1]
    if overlap.any():
        i = int(np.argmax(overlap))
        raise ValueError(f"layer {i + 2} begins at {u[i + 1]:g}, above the end of the one before ({v[i]:g})")
    if not (np.isfinite(smoothing) and smoothing >= 0):
        raise ValueError(f"smoothing {smoothing} is not a number from 0 on")
    n, thickness, gap = u.size, v - u, u[1:] - v[:-1]
    fitted, between = y, np.zeros((*y.shape[:-1], 0))
    if n > 1:
        difference = np.diff(np.eye(n), axis=0)
        stiffness = np.diag(2 * (thickness[:-1] + thickness[1:]) + 6 * gap)
        stiffness += np.diag(thickness[1:-1], 1) + np.diag(thickness[1:-1], -1)
        slopes = 6 * np.linalg.solve(stiffness, difference)
        smoother = np.linalg.inv(np.eye(n) + n * smoothing * difference.T @ slopes)
        fitted = y @ smoother.T
        between = fitted @ slopes.T
    level = np.zeros((*y.shape[:-1], 1))
    above, below = np.concatenate([level, between], axis=-1), np.concatenate([between, level], axis=-1)
    quadratic = (below - above) / (2 * thickness)
    start = fitted - above * thickness / 2 - quadratic * thickness**2 / 3
    knots, pieces = [u[0]], []
    for i in range(n):
        pieces.append((quadratic[..., i], above[..., i], start[..., i]))
        knots.append(v[i])
        if i < n - 1 and gap[i] > 0:
            end = start[..., i] + above[..., i] * thickness[i] + quadratic[..., i] * thickness[i] ** 2
            pieces.append((np.zeros_like(end), between[..., i], end))
            knots.append(u[i + 1])
    coefficients = np.moveaxis(np.array(pieces), 0, 1)
    return EqualAreaSpline(u, v, y, fitted, float(smoothing), np.array(knots), coefficients)


def interval_weights(
    top: ArrayLike, bottom: ArrayLike, interval: tuple[float, float], smoothing: float = 0.1
) -> Floats:
    """What each layer weighs in the spline's mean over an interval: the spline is linear in the measured means.

    Parameters
    ----------
    top, bottom : array_like, shape (n,)
        Depths of the layers.
    interval : tuple of float
        Upper and lower depth of the mean.
    smoothing : float
        As in `equal_area_spline`.

    Returns
    -------
    numpy.ndarray, shape (n,)
        They sum to one; some may be negative.

    Raises
    ------
    ValueError
        As `equal_area_spline` and `EqualAreaSpline.mean`.
    """
    layers = np.atleast_1d(np.asarray(top, dtype=float)).size
    return equal_area_spline(top, bottom, np.eye(layers), smoothing).mean(*interval)
