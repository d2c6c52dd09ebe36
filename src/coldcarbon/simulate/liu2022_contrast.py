"""Vegetation models beside inversions, many ensembles at once, as seasonal sums by year with planted trends.

The models have the design of `coldcarbon.simulate.liu2022_models`, the inversions that of
`coldcarbon.simulate.liu2022_inversions`; here both see weather that is partly the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.simulate import liu2022_inversions, liu2022_models
from coldcarbon.simulate.liu2022_seasons import SEASONS
from coldcarbon.simulate.memory import with_memory

__all__ = ["SEASONS", "ContrastPanel", "contrast_panel"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ContrastPanel:
    """Seasonal sums of simulated ensembles, uptake positive.

    Attributes
    ----------
    models : numpy.ndarray, shape (replicates, years, models, seasons)
        TgC per season.
    systems : numpy.ndarray, shape (replicates, years, systems, seasons)
        The same of inversions, versions of one system averaged.
    years : numpy.ndarray, shape (years,)
        Calendar years.
    trends : numpy.ndarray, shape (2, seasons)
        Planted mean trend of models and of systems, TgC per season and year.
    common : numpy.ndarray, shape (replicates, years, 2, seasons)
        Anomalies that all models share, and that all systems share, TgC per season.
    """

    models: Floats
    systems: Floats
    years: NDArray[np.int64]
    trends: Floats
    common: Floats


def contrast_panel(
    seed: int = 0,
    *,
    replicates: int = 400,
    years: ArrayLike = tuple(range(2000, 2017)),
    n_models: int = 13,
    south: float = 30,
    shared: float = 0.4,
    ar1: float = 0.3,
) -> ContrastPanel:
    """Simulate ensembles of models and of inversions over the same years.

    Parameters
    ----------
    seed : int
        The same seed gives the same panel.
    replicates : int
        Pairs of ensembles.
    years : array_like of int
        Years that all members have.
    n_models : int
        Vegetation models; the systems are those of `liu2022_inversions.COVERAGE`.
    south : float
        Southern edge of the inversions' band in whole degrees north; models have the planted values of the north.
    shared : float
        Correlation between the anomalies that models share and those that systems share, -1 to 1.
    ar1 : float
        Correlation of anomalies from one year to the next; -1 < ar1 < 1.

    Returns
    -------
    ContrastPanel

    Raises
    ------
    ValueError
        Without replicates, for fewer than two models, or a correlation outside its range.
    """
    if replicates < 1:
        raise ValueError(f"at least one replicate is needed, not {replicates}")
    if n_models < 2:
        raise ValueError(f"an ensemble needs two models, not {n_models}")
    if not -1 <= shared <= 1:
        raise ValueError(f"shared must lie between -1 and 1, not {shared:g}")
    if not -1 < ar1 < 1:
        raise ValueError(f"ar1 must lie between -1 and 1, not {ar1:g}")
    time = np.asarray(years, dtype=np.int64)
    rng = np.random.default_rng(seed)
    families = [family for family, _, _ in liu2022_inversions.COVERAGE.values()]
    sizes = np.array([families.count(name) for name in dict.fromkeys(families)])
    kept = liu2022_inversions.FAMILY_SHARE
    # of the unit variance that a file adds, this much is left in the mean of its siblings
    left = np.sqrt(kept + (1 - kept) / sizes)[:, None]

    unit = liu2022_inversions.true_trends(south, 90, dict.fromkeys(SEASONS, 1.0))["sum_Tg_per_year2"]
    per_rate = unit[list(SEASONS)].to_numpy()  # TgC of a season for a rate of 1 PgC yr-1
    truth = liu2022_models.trendy(models=["LPJ"], first_year=1960).attrs["truth"]

    def planted(values: dict[str, float], scale: float | Floats) -> Floats:
        return np.array([values[season] for season in SEASONS]) * scale

    trends = np.array([planted(liu2022_models.SEASON_TRENDS, 1000.0), planted(liu2022_inversions.TRENDS, per_rate)])
    spread = np.array([planted(truth["common_sd"], 1000.0), planted(liu2022_inversions.ANOMALY_SD, per_rate)])
    slope_sd = np.array([planted(truth["model_trend_sd"], 1000.0), liu2022_inversions.SLOPE_SD * per_rate])
    own_share = (truth["own_share"], liu2022_inversions.OWN_SD)

    def remembering(*shape: int) -> Floats:
        return with_memory(rng.normal(size=shape), ar1, axis=1)

    seen = remembering(replicates, len(time), 2, len(SEASONS))
    seen[:, :, 0] = shared * seen[:, :, 1] + np.sqrt(1 - shared**2) * seen[:, :, 0]
    common = spread * seen
    centred = (time - time.mean())[:, None, None]
    ensembles = []
    for place, size in enumerate((np.ones((n_models, 1)), left)):
        members = len(size)
        slopes = trends[place] + slope_sd[place] * size * rng.normal(size=(replicates, members, len(SEASONS)))
        own = own_share[place] * spread[place] * size * remembering(replicates, len(time), members, len(SEASONS))
        ensembles.append(slopes[:, None] * centred + common[:, :, [place]] + own)
    return ContrastPanel(models=ensembles[0], systems=ensembles[1], years=time, trends=trends, common=common)
