"""Many sets of tower-years at once, on given temperatures: a planted sensitivity for studies of coverage.

`coldcarbon.simulate.liu2022_towers` makes one data set with months, partitionings and flags; this makes thousands of
seasonal uptakes at the towers, years and temperatures that one has, and nothing else. The defaults are round numbers of
the usual order, chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["TowerPanel", "tower_panel"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TowerPanel:
    """Seasonal uptake of simulated towers.

    Attributes
    ----------
    uptake : numpy.ndarray, shape (n, replicates)
        g C m-2 d-1, mean of the season; uptake is positive.
    gamma : float
        Planted mean sensitivity within towers, g C m-2 d-1 K-1.
    tower_gammas : numpy.ndarray, shape (towers, replicates)
        Sensitivity of each tower.
    """

    uptake: Floats
    gamma: float
    tower_gammas: Floats


def tower_panel(
    site: ArrayLike,
    year: ArrayLike,
    temperature: ArrayLike,
    *,
    gamma: float,
    gamma_sd: float = 0.05,
    between_gamma: float = 0.1,
    site_sd: float = 1.0,
    residual_sd: float = 0.5,
    ar1: float = 0.15,
    year_sd: float = 0.0,
    replicates: int = 400,
    seed: int = 0,
) -> TowerPanel:
    r"""Simulate the seasonal uptake of towers at given temperatures.

    Parameters
    ----------
    site, year : array_like, shape (n,)
        Tower and calendar year of each row, each pair once.
    temperature : array_like, shape (n,)
        degrees Celsius, none missing.
    gamma, gamma_sd : float
        Mean and standard deviation over towers of the sensitivity within a tower, g C m-2 d-1 K-1.
    between_gamma : float
        How the towers' mean uptake goes with their mean temperature, g C m-2 d-1 K-1: what pooling mixes in.
    site_sd : float
        Standard deviation of the towers' levels beyond that, g C m-2 d-1.
    residual_sd, ar1 : float
        Of what is left in a tower from year to year, and its correlation over one year.
    year_sd : float
        Standard deviation of what all towers share in a year.
    replicates, seed : int
        How many data sets; the same seed gives the same.

    Returns
    -------
    TowerPanel

    Raises
    ------
    ValueError
        For missing temperatures, a tower-year that is there twice, lengths that differ, negative spreads or a memory
        outside -1 to 1.

    Notes
    -----
    :math:`y_{it} = a_i + \beta (\bar T_i - \bar T) + \gamma_i (T_{it} - \bar T_i) + u_t + e_{it}`, with
    :math:`e_{it}` an AR(1) over calendar years (gaps count) and all terms normal.
    """
    warm = np.asarray(temperature, float)
    years = np.asarray(year)
    if not len(warm) == len(years) == len(np.asarray(site)):
        raise ValueError("site, year and temperature must have the same length")
    if not np.isfinite(warm).all():
        raise ValueError("temperatures are missing or infinite: leave these rows out first")
    if min(gamma_sd, site_sd, residual_sd, year_sd) < 0 or not -1 < ar1 < 1:
        raise ValueError("a standard deviation is not negative, and a correlation lies between -1 and 1")
    codes, names = pd.factorize(np.asarray(site))
    if pd.DataFrame({"site": codes, "year": years}).duplicated().any():
        raise ValueError("a tower-year is there twice")
    rng = np.random.default_rng(seed)
    level = np.bincount(codes, weights=warm) / np.bincount(codes)
    own = gamma + rng.normal(0, gamma_sd, (len(names), replicates))
    offset = between_gamma * (level - level.mean())[:, None] + rng.normal(0, site_sd, (len(names), replicates))
    shared, when = np.unique(years, return_inverse=True)
    error = rng.normal(0, 1, (len(warm), replicates))
    order = np.lexsort((years, codes))
    for before, row in pairwise(order):
        if codes[before] == codes[row]:
            memory = np.sign(ar1) ** (years[row] - years[before]) * abs(ar1) ** (years[row] - years[before])
            error[row] = memory * error[before] + np.sqrt(1 - memory**2) * error[row]
    uptake = (
        offset[codes]
        + own[codes] * (warm - level[codes])[:, None]
        + rng.normal(0, year_sd, (len(shared), replicates))[when]
        + residual_sd * error
    )
    return TowerPanel(uptake=uptake, gamma=float(gamma), tower_gammas=own)
