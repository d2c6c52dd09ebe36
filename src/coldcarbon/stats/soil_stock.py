"""Carbon that a layer of soil holds per area, and what stands in where bulk density was not measured."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["PEDOTRANSFER", "bulk_density", "carbon_density", "exponential_mean"]

Floats = NDArray[np.float64]
CARBON_TO_MATTER: Final = 1.724
"""Organic matter per organic carbon (van Bemmelen)."""
PEDOTRANSFER: Final = ("adams", "grassland")
STEEPEST: Final = 10.0
STEPS: Final = 80


def carbon_density(
    carbon_g_per_kg: ArrayLike,
    bulk_density_g_per_cm3: ArrayLike,
    thickness_cm: ArrayLike,
    coarse_percent: ArrayLike = 0.0,
) -> Floats:
    """Organic carbon of a layer per area.

    1 g kg-1 times 1 g cm-3 times 1 cm is 0.01 kg m-2; stones, in per cent of the volume, hold none.

    Parameters
    ----------
    carbon_g_per_kg : array_like
        Organic carbon of the fine earth.
    bulk_density_g_per_cm3 : array_like
        Of the fine earth.
    thickness_cm : array_like
        Thickness.
    coarse_percent : array_like
        Share of the volume that is coarse fragments, 0 to 100.

    Returns
    -------
    numpy.ndarray
        kg C m-2: ``carbon * density * thickness * (1 - coarse / 100) / 100``.

    Raises
    ------
    ValueError
        For a negative or missing number, and coarse fragments beyond 100 %.
    """
    named = {
        "carbon": carbon_g_per_kg,
        "bulk density": bulk_density_g_per_cm3,
        "thickness": thickness_cm,
        "coarse fragments": coarse_percent,
    }
    carbon, density, thickness, coarse = (np.asarray(value, dtype=float) for value in named.values())
    for name, value in zip(named, (carbon, density, thickness, coarse), strict=True):
        if not (value >= 0).all():
            raise ValueError(f"{name} is missing or negative")
    if not (coarse <= 100).all():
        raise ValueError("coarse fragments are more than 100 % of the volume")
    return np.asarray(carbon * density * thickness * (1 - coarse / 100) / 100)


def bulk_density(carbon_percent: ArrayLike, method: Literal["adams", "grassland"] = "adams") -> Floats:
    r"""Bulk density from organic carbon.

    Parameters
    ----------
    carbon_percent : array_like
        Organic carbon, % of weight.
    method : {"adams", "grassland"}
        ``adams``: :math:`100 / (M/0.244 + (100 - M)/1.64)` with M the organic matter in % (Adams 1973, J. Soil Sci. 24,
        10-17; constants as in Guo & Gifford 2002, Global Change Biol. 8, 345-360). ``grassland``:
        :math:`1.3861\, e^{-0.0704\, C}`, fitted at 437 grassland sites of Xinjiang
        (doi:10.19336/j.cnki.trtb.2020101203; R2 of 0.35).

    Returns
    -------
    numpy.ndarray
        g cm-3.

    Raises
    ------
    ValueError
        For carbon outside 0 to 58 % and an unknown method.
    """
    carbon = np.asarray(carbon_percent, dtype=float)
    if not ((carbon >= 0) & (carbon <= 100 / CARBON_TO_MATTER)).all():
        raise ValueError("organic carbon is missing or not within 0 to 58 % of weight")
    if method == "adams":
        matter = CARBON_TO_MATTER * carbon
        return np.asarray(100 / (matter / 0.244 + (100 - matter) / 1.64))
    if method == "grassland":
        return np.asarray(1.3861 * np.exp(-0.0704 * carbon))
    raise ValueError(f"no method {method!r}; there are {', '.join(PEDOTRANSFER)}")


def exponential_mean(
    upper: tuple[float, float],
    lower: tuple[float, float],
    upper_mean: ArrayLike,
    lower_mean: ArrayLike,
    interval: tuple[float, float],
) -> Floats:
    """Mean over an interval of the exponential curve with two given layer means.

    Parameters
    ----------
    upper, lower, interval : tuple of float
        Top and bottom of the two layers and of the interval asked for, in the same unit.
    upper_mean, lower_mean : array_like, shape (n,)
        Means of the layers, positive.
    interval : tuple of float
        Top and bottom.

    Returns
    -------
    numpy.ndarray, shape (n,)

    Raises
    ------
    ValueError
        For means that are not positive, and a lower layer that does not lie below the upper one.
    """
    a, b = np.broadcast_arrays(np.asarray(upper_mean, dtype=float), np.asarray(lower_mean, dtype=float))
    if not ((a > 0) & (b > 0)).all():
        raise ValueError("an exponential curve needs means that are above 0")
    if not upper[0] < upper[1] <= lower[0] < lower[1]:
        raise ValueError(f"layer {lower} does not lie below layer {upper}")
    target = np.log(a / b)
    low, high = np.full(a.shape, -STEEPEST), np.full(a.shape, STEEPEST)
    scale = lower[1] - upper[0]
    for _ in range(STEPS):  # the ratio of the means grows with the decay
        middle = (low + high) / 2
        steeper = _log_mean(middle / scale, *upper) - _log_mean(middle / scale, *lower) < target
        low, high = np.where(steeper, middle, low), np.where(steeper, high, middle)
    decay = (low + high) / 2 / scale
    return np.asarray(a * np.exp(_log_mean(decay, *interval) - _log_mean(decay, *upper)))


def _log_mean(decay: Floats, top: float, bottom: float) -> Floats:
    """Logarithm of the mean of exp(-decay z) over an interval; no decay gives 0."""
    x = np.asarray(decay) * (bottom - top)
    small = np.abs(x) < 1e-8
    safe = np.where(small, 1.0, x)
    return np.asarray(-decay * top + np.where(small, -x / 2, np.log(-np.expm1(-safe) / safe)))
