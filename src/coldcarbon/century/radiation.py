"""What latitude and temperature give before any state is known: radiation, day length, potential evapotranspiration.

Sources: CENTURY 4.5 monthly subroutines shwave, pevap and surftemp, and DayCent 4.5 Surftemp.f.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["day_length", "potential_evapotranspiration", "radiation"]

Array = NDArray[np.float64]
MIDDLE_OF_MONTH = np.array([16, 46, 75, 106, 136, 167, 197, 228, 259, 289, 320, 350])
FIRST_OF_MONTH = np.array([1, 32, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335])
TILT = 0.401426  # radians, as in shwave


def _sun(latitude_degrees: ArrayLike, day: ArrayLike) -> tuple[Array, Array, Array]:
    """Latitude, declination and half day length, all in radians."""
    latitude = np.deg2rad(np.asarray(latitude_degrees, dtype=float))
    declination = TILT * np.sin(2 * np.pi * (np.asarray(day) - 77) / 365)
    x = -np.tan(latitude) * np.tan(declination)
    return latitude, declination, np.arctan2(np.sqrt(np.maximum(1 - x**2, 0)), x)


def radiation(latitude_degrees: ArrayLike) -> Array:
    """Shortwave radiation outside the atmosphere in each month (shwave).

    ``917 (H sin(phi) sin(delta) + cos(phi) cos(delta) sin(H))`` with latitude ``phi``, declination ``delta`` at mid
    month and half day length ``H``.

    Parameters
    ----------
    latitude_degrees : array_like, shape (n,)
        Latitude, north positive.

    Returns
    -------
    numpy.ndarray, shape (n, 12)
        Langley d-1, never negative.
    """
    latitude, declination, half = _sun(np.asarray(latitude_degrees, dtype=float)[..., None], MIDDLE_OF_MONTH)
    both = half * np.sin(latitude) * np.sin(declination) + np.cos(latitude) * np.cos(declination) * np.sin(half)
    return np.maximum(917 * both, 0)


def day_length(latitude_degrees: ArrayLike) -> Array:
    """Hours of daylight on the first day of each month.

    Parameters
    ----------
    latitude_degrees : array_like, shape (n,)
        Latitude, north positive.

    Returns
    -------
    numpy.ndarray, shape (n, 12)
        Hours.
    """
    _, _, half = _sun(np.asarray(latitude_degrees, dtype=float)[..., None], FIRST_OF_MONTH)
    return 24 / np.pi * half


def potential_evapotranspiration(
    minimum_celsius: ArrayLike, maximum_celsius: ArrayLike, langley_per_day: ArrayLike, fwloss: float = 0.8
) -> Array:
    """Potential evapotranspiration of a month of 30 days (pevap).

    The code's comment says FAO Penman-Monteith; the formula is that of Hargreaves:
    ``fwloss max(0.5, 3 x 0.0023 (T + 17.8) sqrt(Tmax - Tmin) R / 54)``.

    Parameters
    ----------
    minimum_celsius, maximum_celsius : array_like
        Monthly means of daily extremes.
    langley_per_day : array_like
        Radiation outside the atmosphere.
    fwloss : float
        Share of it that counts, FWLOSS(4).

    Returns
    -------
    numpy.ndarray
        cm month-1.
    """
    low, high = np.asarray(minimum_celsius, dtype=float), np.asarray(maximum_celsius, dtype=float)
    mean = (low + high) / 2
    height = 3 * 0.0023 * (mean + 17.8) * np.sqrt(high - low) * np.asarray(langley_per_day) / 54
    return fwloss * np.maximum(0.5, height)
