"""Tail of a weighted sum of chi-squared variables."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, optimize, special

from coldcarbon.stats.gamm.basis import Floats

__all__ = ["tail"]

IMHOF_BELOW = (
    1e-7  # probability below which the absolute error of the integral counts, so that the saddle point is used
)


def tail(value: float, weights: ArrayLike, degrees: ArrayLike | None = None) -> float:
    """P(sum of weight times chi-squared > value).

    Parameters
    ----------
    value : float
        Where the tail begins.
    weights : array_like, shape (m,)
        Not all zero; negative ones make ratios, such as an F statistic.
    degrees : array_like, shape (m,), optional
        Degrees of freedom of each variable, 1 unless given.

    Returns
    -------
    float
        Between 0 and 1; absolute error about 1e-9, relative error of a few percent below 1e-7.

    Notes
    -----
    Inversion of the characteristic function (Imhof 1961, Biometrika 48: 419-426); far out the saddle point
    approximation of Lugannani and Rice (Kuonen 1999, Biometrika 86: 929-935).
    """
    w = np.asarray(weights, float)
    d = np.ones_like(w) if degrees is None else np.asarray(degrees, float)
    largest = np.abs(w).max(initial=0.0)
    if largest == 0:
        return float(value < 0)
    keep = np.abs(w) > 1e-12 * largest
    w, d, x = w[keep] / largest, d[keep], value / largest
    if (w > 0).all() and x <= 0:
        return 1.0
    if (w < 0).all() and x >= 0:
        return 0.0
    if len(w) == 1:
        return float(special.chdtrc(d[0], x / w[0]) if w[0] > 0 else special.chdtr(d[0], x / w[0]))
    far = _saddle_point(x, w, d)
    if far < IMHOF_BELOW:
        return far
    found = _imhof(x, w, d)
    return far if found < IMHOF_BELOW else min(found, 1.0)


def _imhof(x: float, w: Floats, d: Floats) -> float:
    def integrand(u: float) -> float:
        angle = float((d * np.arctan(w * u)).sum() / 2 - x * u / 2)
        size = float(np.exp((d * np.log1p((w * u) ** 2)).sum() / 4))
        return np.sin(angle) / (u * size)

    # beyond the last point the integrand is below 1e-12
    reach = optimize.brentq(lambda t: (d * np.log1p((w * np.exp(t)) ** 2)).sum() / 4 + t - 28, -40, 60)
    last = float(np.exp(reach))
    wave = 4 * np.pi / (abs(x) + float((d * np.abs(w)).sum()))
    points = [0.0]
    step = wave
    while points[-1] < last and len(points) < 400:
        points.append(min(points[-1] + step, last))
        step *= 1.3
    total = sum(
        integrate.quad(integrand, low, high, limit=60, epsabs=1e-12, epsrel=1e-10)[0] for low, high in pairwise(points)
    )
    return float(np.clip(0.5 + total / np.pi, 0, 1))


def _saddle_point(x: float, w: Floats, d: Floats) -> float:
    low = 0.5 / w[w < 0].min() if (w < 0).any() else -np.inf
    high = 0.5 / w[w > 0].max() if (w > 0).any() else np.inf

    def slope(s: float) -> float:
        return float((d * w / (1 - 2 * s * w)).sum() - x)

    left = low * (1 - 1e-12) if np.isfinite(low) else -1.0
    right = high * (1 - 1e-12) if np.isfinite(high) else 1.0
    while not np.isfinite(low) and slope(left) > 0:
        left *= 2
    while not np.isfinite(high) and slope(right) < 0:
        right *= 2
    s = float(optimize.brentq(slope, left, right, xtol=1e-15, rtol=1e-14))
    if abs(s) < 1e-7:
        return 0.5
    cumulant = float(-(d * np.log1p(-2 * s * w)).sum() / 2)
    curvature = float((2 * d * w**2 / (1 - 2 * s * w) ** 2).sum())
    signed = np.sign(s) * np.sqrt(max(2 * (s * x - cumulant), 0.0))
    if signed == 0:
        return 0.5
    lifted = s * np.sqrt(curvature)
    # tail of the normal in logarithms: it may be far below the smallest difference from 1
    shift = signed + np.log(lifted / signed) / signed
    return float(special.ndtr(-shift))
