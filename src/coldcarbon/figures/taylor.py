"""The Taylor diagram: three statistics of a model in one point (Taylor 2001, doi:10.1029/2000JD900719).

The distance of a point from the origin is the standard deviation of the model, the angle to the horizontal the arc
cosine of its correlation with the observations. By the law of cosines its distance from the point of the observations
on the horizontal axis is then the centred root mean square difference. That holds only where one unit is as long
across as upwards, so the axes are plain and square, and the arcs are drawn on them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

__all__ = ["taylor_axes", "taylor_position"]

CORRELATIONS = (0.2, 0.4, 0.6, 0.8, 0.9, 0.95, 0.99)


def taylor_position(sd: ArrayLike, correlation: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where models stand.

    Parameters
    ----------
    sd : array_like
        Standard deviation of each model, not negative.
    correlation : array_like
        With the observations, from -1 to 1.

    Returns
    -------
    x, y : numpy.ndarray
        Both in the unit of the standard deviation.

    Raises
    ------
    ValueError
        For a negative standard deviation, or a correlation beyond one or missing.
    """
    length, cosine = np.asarray(sd, dtype=np.float64), np.asarray(correlation, dtype=np.float64)
    if not (length >= 0).all():
        raise ValueError(f"a standard deviation is {length[~(length >= 0)].flat[0]}")
    wrong = ~(np.abs(cosine) <= 1 + 1e-12)
    if wrong.any():
        raise ValueError(f"a correlation is {cosine[wrong].flat[0]}; a model that does not vary has no place here")
    cosine = np.clip(cosine, -1, 1)
    return length * cosine, length * np.sqrt(1 - cosine**2)


def taylor_axes(
    ax: Axes, reference_sd: float, *, unit: str = "", largest: float | None = None, negative: bool = False
) -> None:
    """Prepare axes: arcs of standard deviation, rays of correlation, circles of centred difference, observations.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Plain axes; their scale is made equal.
    reference_sd : float
        Standard deviation of the observations.
    unit : str
        Of the quantity, for the axis label.
    largest : float, optional
        Standard deviation at the outer arc; 1.6 times that of the observations unless given.
    negative : bool
        Whether correlations below zero are shown, on the left.

    Raises
    ------
    ValueError
        If a standard deviation is not positive.
    """
    outer = 1.6 * reference_sd if largest is None else largest
    if not (reference_sd > 0 and outer > 0):
        raise ValueError(f"standard deviations must be positive, got {reference_sd} and {outer}")
    angles = np.linspace(0, np.pi if negative else np.pi / 2, 181)
    left = -outer if negative else 0.0
    thin: dict[str, Any] = {"lw": 0.6, "color": "0.7", "zorder": 0}
    for radius in (0.5 * reference_sd, 1.5 * reference_sd):
        if radius < outer:
            ax.plot(radius * np.cos(angles), radius * np.sin(angles), **thin)
    ax.plot(outer * np.cos(angles), outer * np.sin(angles), lw=1, color="0.3", zorder=0)
    ax.plot(reference_sd * np.cos(angles), reference_sd * np.sin(angles), lw=1, ls="--", color="0.3", zorder=0)
    rays = [*(-r for r in CORRELATIONS if negative), 0.0, *CORRELATIONS]
    for r in rays:
        x, y = taylor_position(outer, r)
        ax.plot([0, float(x)], [0, float(y)], **thin)
        ax.annotate(
            f"{r:g}", (float(x), float(y)), xytext=(3 * r, 4 - 2 * abs(r)), textcoords="offset points", fontsize=8,
            ha="left" if r > 0 else "right" if r < 0 else "center", va="bottom" if abs(r) < 0.9 else "center",
        )  # fmt: skip
    circle = np.linspace(0, np.pi, 361)
    for radius in (0.5 * reference_sd, reference_sd, 1.5 * reference_sd):
        x, y = reference_sd + radius * np.cos(circle), radius * np.sin(circle)
        inside = (x**2 + y**2 <= outer**2) & (x >= left)
        ax.plot(np.where(inside, x, np.nan), np.where(inside, y, np.nan), lw=0.8, ls=":", color="#0072B2", zorder=0)
    ax.plot([reference_sd], [0], marker="*", ms=13, color="black", clip_on=False, zorder=4)
    ax.set(xlim=(left * 1.08, outer * 1.12), ylim=(0, outer * 1.1), aspect="equal")
    ax.grid(False)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    label = "Standard deviation" + (f" ({unit})" if unit else "")
    ax.set_xlabel(label)
    ax.set_ylabel(label)
