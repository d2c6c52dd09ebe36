"""Tail of a weighted sum of chi-squared variables."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from coldcarbon.stats.gamm.basis import Floats

__all__ = ["tail"]

POINTS = 801  # of the trapezoid rule, which converges exponentially here
SMALLEST = 40.0  # minus the logarithm of what is left out of the integral
BEND = 0.25  # of the contour, at one width of the saddle


def tail(value: float, weights: ArrayLike, degrees: ArrayLike | None = None) -> float:
    """P(sum of weight times chi-squared > value).

    Parameters
    ----------
    value : float
        Where the tail begins.
    weights : array_like, shape (m,)
        Negative ones make ratios, such as an F statistic; if all are zero the sum is zero.
    degrees : array_like, shape (m,), optional
        Degrees of freedom of each variable, 1 unless given.

    Returns
    -------
    float
        Between 0 and 1, with a relative error of about 1e-8 as far out as numbers reach.

    Notes
    -----
    With K(s) = -1/2 sum d log(1 - 2 w s), the tail is the integral of exp(K(s) - s x) / (2 pi i s) along any line
    from below to above that passes the real axis between 0 and the first branch point 1 / (2 max w). Taken through the
    saddle point and, where no weight is negative, bent around the branch cut, the integrand neither oscillates nor
    decays slowly (Rice 1980, SIAM J. Sci. Stat. Comput. 1: 438-448; Imhof 1961 integrates along the imaginary axis).
    """
    w = np.asarray(weights, float)
    d = np.ones_like(w) if degrees is None else np.asarray(degrees, float)
    largest = np.abs(w).max(initial=0.0)
    if largest == 0:
        return float(value < 0)
    keep = np.abs(w) > 1e-13 * largest
    w, d, x = w[keep] / largest, d[keep], value / largest
    if (w > 0).all() and x <= 0:
        return 1.0
    if (w < 0).all():
        return 0.0 if x >= 0 else 1 - tail(-x, -w, d)
    if len(w) == 1:
        return float(special.chdtrc(d[0], x / w[0]))
    return _along_saddle(x, w, d)


def _along_saddle(x: float, w: Floats, d: Floats) -> float:
    high = 0.5 / w.max()
    spread = np.sqrt(2 * (d * w**2).sum())

    def slope(s: float) -> float:
        """Derivative of K(s) - s x - log(s)."""
        return float((d * w / (1 - 2 * s * w)).sum() - x - 1 / s)

    least = 1e-3 * min(high, 1 / spread)
    centre = least
    if slope(least) < 0:
        centre = float(optimize.brentq(slope, least, high * (1 - 1e-14), xtol=1e-300, rtol=1e-13))
    width = 1 / np.sqrt(float((2 * d * w**2 / (1 - 2 * centre * w) ** 2).sum()) + 1 / centre**2)
    bend = BEND / width if (w > 0).all() else 0.0
    # how far until the integrand is exp(-SMALLEST): by the exponential where bent, else by its power
    power = d.sum() / 2
    reach = np.exp(min(SMALLEST / power, 200.0)) / np.abs(w[d > 0]).min() + width
    if bend:
        reach = min(reach, np.sqrt(SMALLEST / (bend * x)))
    v, step = np.linspace(0, np.arcsinh(max(reach / width, 10.0)), POINTS, retstep=True)
    t = width * np.sinh(v)
    s = centre + 1j * t + bend * t**2
    along = (1j + 2 * bend * t) * width * np.cosh(v)
    log_size = -0.5 * (d * np.log1p(-2 * np.outer(s, w))).sum(axis=1) - s * x
    top = log_size[0].real
    integrand = (np.exp(log_size - top) * along / s).imag  # the lower half is the complex conjugate
    total = step * (integrand.sum() - (integrand[0] + integrand[-1]) / 2) / np.pi
    with np.errstate(under="ignore"):
        return float(np.clip(total * np.exp(top), 0, 1))
