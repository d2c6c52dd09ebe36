"""Months of an average year from bioclimatic variables (BIO1 to BIO19), where monthly climate is not at hand.

Bioclimatic tables hold annual means and extreme months and quarters. A seasonal shape that fits them is not observed
climate: its error has to be shown where months were measured. `bioclimatic` gives the variables of known months, so
that the way back can be tested.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["MonthlyClimate", "bioclimatic", "monthly_precipitation", "monthly_temperature"]

Floats = NDArray[np.float64]
MONTHS = np.arange(1, 13)
CONCENTRATIONS = np.linspace(0.0, 8.0, 161)
ONE_HARMONIC = (1 + 2 * np.cos(np.pi / 6)) / 3  # mean of a cosine of one year over the three months of its peak
TWO_HARMONICS = (1 + 2 * np.cos(np.pi / 3)) / 3


@dataclass(frozen=True)
class MonthlyClimate:
    """Twelve months of n sites.

    Attributes
    ----------
    mean_celsius, range_celsius : numpy.ndarray, shape (n, 12)
        Mean temperature and mean daily range.
    """

    mean_celsius: Floats
    range_celsius: Floats

    @property
    def minimum_celsius(self) -> Floats:
        """Mean daily minimum, shape (n, 12)."""
        return self.mean_celsius - self.range_celsius / 2

    @property
    def maximum_celsius(self) -> Floats:
        """Mean daily maximum, shape (n, 12)."""
        return self.mean_celsius + self.range_celsius / 2


def _needed(bio: Mapping[str, ArrayLike], names: tuple[str, ...]) -> list[Floats]:
    absent = [name for name in names if name not in bio]
    if absent:
        raise ValueError(f"missing: {', '.join(absent)}")
    values = [np.atleast_1d(np.asarray(bio[name], dtype=float)) for name in names]
    for name, value in zip(names, values, strict=True):
        if not np.isfinite(value).all():
            raise ValueError(f"{name} of site {int(np.argmax(~np.isfinite(value))) + 1} is missing or infinite")
    return values


def monthly_temperature(
    bio: Mapping[str, ArrayLike], annual_mean: ArrayLike | None = None, warmest_month: float = 7.0
) -> MonthlyClimate:
    r"""Temperature by month from BIO1, 2, 5, 6, 10 and 11.

    The mean is :math:`B_1 + A\cos\theta + C\cos 2\theta` with :math:`\theta` counted from the warmest month; A and C
    follow from the means of the warmest and the coldest quarter (BIO10, BIO11). The daily range is
    :math:`B_2 + D\cos\theta`, D from the maximum of the warmest and the minimum of the coldest month (BIO5, BIO6).

    Parameters
    ----------
    bio : mapping of str to array_like, shape (n,)
        ``bio01``, ``bio02``, ``bio05``, ``bio06``, ``bio10``, ``bio11`` in degrees Celsius.
    annual_mean : array_like, shape (n,), optional
        Reported mean annual temperature; all months are moved by its difference from BIO1.
    warmest_month : float
        When the first harmonic peaks; 7 is mid-July.

    Returns
    -------
    MonthlyClimate

    Raises
    ------
    ValueError
        If a variable is missing, or the warm quarter is colder than the cold one, or the daily range turns negative.
    """
    mean, daily, hottest, coldest, warm, cold = _needed(bio, ("bio01", "bio02", "bio05", "bio06", "bio10", "bio11"))
    if (warm < cold).any():
        raise ValueError(f"site {int(np.argmax(warm < cold)) + 1}: its warmest quarter is colder than its coldest")
    first = (warm - cold) / 2 / ONE_HARMONIC
    second = ((warm + cold) / 2 - mean) / TWO_HARMONICS
    angle = 2 * np.pi * (MONTHS - warmest_month) / 12
    of_range = (hottest - (mean + first + second)) - ((mean - first + second) - coldest)
    course = mean[:, None] + first[:, None] * np.cos(angle) + second[:, None] * np.cos(2 * angle)
    span = daily[:, None] + of_range[:, None] * np.cos(angle)
    if (span < 0).any():
        raise ValueError(f"site {int(np.argwhere(span < 0)[0][0]) + 1}: the daily range becomes negative")
    if annual_mean is not None:
        course = course + (np.asarray(annual_mean, dtype=float) - mean)[:, None]
    return MonthlyClimate(course, span)


def monthly_precipitation(
    bio: Mapping[str, ArrayLike], annual_sum: ArrayLike | None = None, wettest_month: float = 7.25
) -> Floats:
    r"""Precipitation by month from BIO12, 13, 14, 16 and 17.

    Of the annual sum a share :math:`1-w` falls evenly, the rest as :math:`e^{\kappa\cos\theta}` about the wettest
    month; w and :math:`\kappa` fit the shares of the wettest and the driest month and quarter by least squares.

    Parameters
    ----------
    bio : mapping of str to array_like, shape (n,)
        ``bio12``, ``bio13``, ``bio14``, ``bio16``, ``bio17`` in mm.
    annual_sum : array_like, shape (n,), optional
        Reported mean annual precipitation; all months are scaled to it.
    wettest_month : float
        When the peak stands; 7.25 is late July.

    Returns
    -------
    numpy.ndarray, shape (n, 12)
        mm per month, summing to BIO12 or to the reported sum.

    Raises
    ------
    ValueError
        If a variable is missing or the year is dry throughout.
    """
    year, *parts = _needed(bio, ("bio12", "bio13", "bio14", "bio16", "bio17"))
    if not (year > 0).all():
        raise ValueError(f"site {int(np.argmax(~(year > 0))) + 1}: no precipitation in the year")
    aim = np.array(parts) / year  # 4, n
    shape = np.exp(CONCENTRATIONS[:, None] * np.cos(2 * np.pi * (MONTHS - wettest_month) / 12))
    shape /= shape.sum(axis=1, keepdims=True)
    even = np.array([1, 1, 3, 3])[:, None] / 12
    departure = _extremes(shape) - even  # 4, candidates
    share = np.einsum("fk,fn->kn", departure, aim - even)
    share = np.clip(share / np.maximum((departure**2).sum(axis=0), 1e-12)[:, None], 0, 1)
    misfit = ((departure[:, :, None] * share - (aim - even)[:, None, :]) ** 2).sum(axis=0)
    best = misfit.argmin(axis=0)
    weight = share[best, np.arange(len(year))][:, None]
    total = year if annual_sum is None else np.asarray(annual_sum, dtype=float)
    return np.asarray(total[:, None] * (weight * shape[best] + (1 - weight) / 12))


def _extremes(months: Floats) -> Floats:
    """Wettest and driest month, wettest and driest quarter, shape (4, n)."""
    quarters = sum(np.roll(months, -shift, axis=1) for shift in range(3))
    return np.array([months.max(axis=1), months.min(axis=1), np.max(quarters, axis=1), np.min(quarters, axis=1)])


def bioclimatic(
    minimum_celsius: ArrayLike, maximum_celsius: ArrayLike, precipitation_mm: ArrayLike
) -> dict[str, Floats]:
    """Bioclimatic variables of twelve months, those that the two recipes use.

    Parameters
    ----------
    minimum_celsius, maximum_celsius, precipitation_mm : array_like, shape (n, 12)
        Mean daily minimum and maximum, sum of the month.

    Returns
    -------
    dict of str to numpy.ndarray, shape (n,)
        ``bio01``, ``bio02``, ``bio05``, ``bio06``, ``bio10`` to ``bio14``, ``bio16``, ``bio17``.

    Raises
    ------
    ValueError
        If the months are not twelve.
    """
    low, high, rain = (
        np.atleast_2d(np.asarray(x, dtype=float)) for x in (minimum_celsius, maximum_celsius, precipitation_mm)
    )
    if not low.shape == high.shape == rain.shape or low.shape[1] != 12:
        raise ValueError(f"months of shapes {low.shape}, {high.shape}, {rain.shape}; twelve per site are needed")
    mean = (low + high) / 2
    temperature = _extremes(mean) / np.array([1, 1, 3, 3])[:, None]
    wettest, driest, wet_quarter, dry_quarter = _extremes(rain)
    return {
        "bio01": mean.mean(axis=1), "bio02": (high - low).mean(axis=1), "bio05": high.max(axis=1),
        "bio06": low.min(axis=1), "bio10": temperature[2], "bio11": temperature[3], "bio12": rain.sum(axis=1),
        "bio13": wettest, "bio14": driest, "bio16": wet_quarter, "bio17": dry_quarter,
    }  # fmt: skip
