"""Months of towers with a planted error of the model, to see which unit intervals of its scores need.

The model's error of a month has three parts: one of the tower (its soil, its instrument), one of the year (its weather)
and one of the month. All are normal with mean zero, so the scores of the population follow from their variances.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["TowerMonths", "tower_months"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TowerMonths:
    """Replicates of a flux data set and of a model of it.

    Attributes
    ----------
    months : pandas.DataFrame, n rows
        tower, year (both labels) and month (1 to 12), the same in all replicates.
    observed, simulated : numpy.ndarray, shape (replicates, n)
        NEP, g C m-2 month-1.
    truth : dict
        Scores of the population: efficiency, mae and rmse, as in `coldcarbon.stats.model_scores`.
    """

    months: pd.DataFrame
    observed: Floats
    simulated: Floats
    truth: dict[str, float]


def tower_months(
    replicates: int = 250,
    *,
    years: tuple[int, ...] = (2, 3, 3),
    error_sd: float = 15.0,
    tower_share: float = 0.2,
    year_share: float = 0.1,
    amplitude: float = 35.0,
    noise_sd: float = 10.0,
    seed: int = 2022,
) -> TowerMonths:
    """Draw replicates.

    Parameters
    ----------
    replicates : int
        How many data sets.
    years : tuple of int
        Whole years of each tower.
    error_sd : float
        Standard deviation of the model's error, g C m-2 month-1.
    tower_share, year_share : float
        Shares of its variance that belong to towers and to years of a tower; the rest is that of single months.
    amplitude, noise_sd : float
        Seasonal course and irregular part of the observations, g C m-2 month-1.
    seed : int
        The same seed gives the same data sets.

    Returns
    -------
    TowerMonths

    Raises
    ------
    ValueError
        For no replicates, no years, or shares that are negative or sum to more than one.
    """
    if replicates < 1 or not years or min(years) < 1:
        raise ValueError(f"{replicates} replicates of towers with {years} years: there is nothing to draw")
    if min(tower_share, year_share) < 0 or tower_share + year_share > 1:
        raise ValueError(f"shares {tower_share} and {year_share} must not be negative, nor sum to more than one")
    tower = np.repeat(np.arange(len(years)), 12 * np.array(years))
    year = np.repeat(np.arange(sum(years)), 12)
    month = np.tile(np.arange(1, 13), sum(years))
    random = np.random.default_rng(seed)
    n = len(month)
    irregular = random.normal(0, noise_sd, (replicates, n))
    observed = -amplitude * np.cos(2 * np.pi * (month - 1) / 12) + irregular
    parts = [
        np.sqrt(tower_share) * random.standard_normal((replicates, len(years)))[:, tower],
        np.sqrt(year_share) * random.standard_normal((replicates, sum(years)))[:, year],
        np.sqrt(1 - tower_share - year_share) * random.standard_normal((replicates, n)),
    ]
    simulated = observed + error_sd * np.sum(parts, axis=0)
    variance = amplitude**2 / 2 + noise_sd**2
    truth = {
        "efficiency": 1 - error_sd**2 / variance,
        "mae": error_sd * float(np.sqrt(2 / np.pi)),
        "rmse": error_sd,
    }
    labels = {"tower": [f"tower {k + 1}" for k in tower], "year": [f"year {k + 1}" for k in year], "month": month}
    return TowerMonths(pd.DataFrame(labels), observed, simulated, truth)
