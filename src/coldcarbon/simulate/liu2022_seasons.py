"""Many ensembles of inversions at once, as seasonal sums by year: planted trends for studies of coverage.

`coldcarbon.simulate.liu2022_inversions` makes one data set with months and latitudes; this makes thousands of seasonal
series with the same planted trends, anomalies, siblings and biases, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.simulate import liu2022_inversions as design
from coldcarbon.simulate.memory import with_memory

__all__ = ["SEASONS", "SeasonPanel", "season_panel"]

Floats = NDArray[np.float64]

SEASONS: Final = ("EGS", "LGS", "winter")
"""Along the last axis of a panel."""


@dataclass(frozen=True)
class SeasonPanel:
    """Seasonal sums of simulated ensembles.

    Attributes
    ----------
    values : numpy.ndarray, shape (replicates, years, systems, seasons)
        TgC per season, uptake positive.
    years : numpy.ndarray, shape (years,)
        Calendar years.
    families : tuple of str
        Family of each system; versions of one system share a name.
    shared_trends : numpy.ndarray, shape (seasons,)
        Trend planted for all systems, TgC per season and year.
    system_trends : numpy.ndarray, shape (replicates, systems, seasons)
        Trend of each system: the shared one and what the system adds.
    """

    values: Floats
    years: NDArray[np.int64]
    families: tuple[str, ...]
    shared_trends: Floats
    system_trends: Floats

    def system_mean(self, of: ArrayLike) -> Floats:
        """Mean over systems, versions of one system counting once.

        Parameters
        ----------
        of : array_like, shape (..., systems, seasons)
            `values` or `system_trends`.

        Returns
        -------
        numpy.ndarray, shape (..., seasons)
        """
        _, place, size = np.unique(self.families, return_inverse=True, return_counts=True)
        weights = 1 / size[place] / len(size)
        return np.einsum("s,...sk->...k", weights, np.asarray(of, float))


def season_panel(
    seed: int = 0,
    *,
    replicates: int = 400,
    years: ArrayLike = tuple(range(2000, 2017)),
    south: float = 50,
    north: float = 90,
    coverage: Mapping[str, tuple[str, str, str]] | None = None,
    trends: Mapping[str, float] | None = None,
    ar1: float = 0.3,
    slope_sd: float = design.SLOPE_SD,
) -> SeasonPanel:
    """Simulate many ensembles of seasonal sums.

    Parameters
    ----------
    seed : int
        The same seed gives the same panel.
    replicates : int
        Ensembles.
    years : array_like of int
        Years that all systems have.
    south, north : float
        Edges of the band in whole degrees north.
    coverage : mapping of str to (family, first month, last month), optional
        The systems and their families, by default `liu2022_inversions.COVERAGE`; the months are not used.
    trends : mapping of str to float, optional
        Trend of the northern uptake rate by season, PgC yr-1 per year; by default `liu2022_inversions.TRENDS`.
    ar1 : float
        Correlation of a season's anomalies from one year to the next; -1 < ar1 < 1.
    slope_sd : float
        Spread of trends between systems, PgC yr-1 per year; siblings share 70 % of its variance.

    Returns
    -------
    SeasonPanel

    Raises
    ------
    ValueError
        For fewer than one replicate or system, or an ``ar1`` outside -1 to 1.
    """
    if replicates < 1:
        raise ValueError(f"at least one replicate is needed, not {replicates}")
    if not -1 < ar1 < 1:
        raise ValueError(f"ar1 must lie between -1 and 1, not {ar1:g}")
    members = dict(design.COVERAGE if coverage is None else coverage)
    if not members:
        raise ValueError("an ensemble needs at least one member")
    families = tuple(family for family, _, _ in members.values())
    names = list(dict.fromkeys(families))
    place = np.array([names.index(family) for family in families])
    time = np.asarray(years, dtype=np.int64)
    # TgC of a season for a rate of 1 PgC yr-1 of the whole north, by season
    unit = design.true_trends(south, north, dict.fromkeys(SEASONS, 1.0))["sum_Tg_per_year2"]
    per_rate = unit[list(SEASONS)].to_numpy()
    planted = dict(design.TRENDS if trends is None else trends)
    shared = np.array([planted[season] for season in SEASONS])
    rng = np.random.default_rng(seed)

    def between(*shape: int) -> Floats:
        """What systems add, of unit variance, siblings alike: (replicates, systems, ...)."""
        of_family = rng.normal(size=(replicates, len(names), *shape))[:, place]
        alone = rng.normal(size=(replicates, len(members), *shape))
        return np.sqrt(design.FAMILY_SHARE) * of_family + np.sqrt(1 - design.FAMILY_SHARE) * alone

    slope = shared + slope_sd * between(len(SEASONS))
    common = with_memory(rng.normal(size=(replicates, 1, len(time), len(SEASONS))), ar1, axis=-2)
    own = with_memory(between(len(time), len(SEASONS)), ar1, axis=-2)
    spread = np.array([design.ANOMALY_SD[season] for season in SEASONS])
    bias = design.BIAS_SD * between(len(SEASONS))
    centred = (time - time.mean())[:, None]
    rates = slope[:, :, None] * centred + bias[:, :, None] + spread * (common + design.OWN_SD * own)
    return SeasonPanel(
        values=np.swapaxes(rates, 1, 2) * per_rate,
        years=time,
        families=families,
        shared_trends=shared * per_rate,
        system_trends=slope * per_rate,
    )
