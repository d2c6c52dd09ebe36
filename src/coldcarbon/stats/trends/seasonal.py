"""Seasonal Mann-Kendall test: trends within each season, summed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc, ndtr

from coldcarbon.stats.trends.ranks import _average_ranks, _score_and_variance, _slopes
from coldcarbon.stats.trends.series import Panel

__all__ = ["SeasonalMannKendall", "seasonal_mann_kendall"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class SeasonalMannKendall:
    """Result of `seasonal_mann_kendall`.

    Attributes
    ----------
    s, variance, z, p : float
        Summed score, its variance and the two-sided P; ``variance`` holds the covariances if ``correlated``.
    slope : float
        Median of the slopes of all pairs within seasons, per year.
    heterogeneity, heterogeneity_p : float
        Chi-square of seasons with different trends (seasons - 1 degrees of freedom), van Belle and Hughes (1984).
    n : int
        Values used.
    correlated : bool
        Whether covariances between seasons were counted.
    seasons : pandas.DataFrame
        By season: n, s, variance, z, p, tau_b.
    """

    s: float
    variance: float
    z: float
    p: float
    slope: float
    heterogeneity: float
    heterogeneity_p: float
    n: int
    correlated: bool
    seasons: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """One row: the summed test.

        Returns
        -------
        pandas.DataFrame
            Columns as the attributes, without the table by season.
        """
        row = {key: value for key, value in self.__dict__.items() if key != "seasons"}
        return pd.DataFrame([row])


def seasonal_mann_kendall(
    values: ArrayLike, years: ArrayLike, seasons: ArrayLike, *, correlated: bool = False
) -> SeasonalMannKendall:
    """Seasonal Mann-Kendall test and seasonal Sen slope of one series.

    Parameters
    ----------
    values : array_like, shape (n,)
        NaN is a gap.
    years : array_like, shape (n,)
        Year of each value (a number).
    seasons : array_like, shape (n,)
        Season or month of each value (any label). One value per year and season.
    correlated : bool
        Count the covariances between seasons (Hirsch and Slack 1984, doi:10.1029/WR020i006p00727, after Dietz and
        Killeen): for series whose months are alike within a year. Needs ten years or so.

    Returns
    -------
    SeasonalMannKendall
        Hirsch, Slack and Smith (1982), doi:10.1029/WR018i001p00107; with continuity correction (pymannkendall has none
        where seasons are correlated).

    Raises
    ------
    ValueError
        For lengths that differ, infinite values, a year and season given twice, or fewer than two seasons or three
        years.
    """
    table = pd.DataFrame({"value": np.asarray(values, float), "year": np.asarray(years, float), "season": seasons})
    if np.isinf(table["value"]).any():
        raise ValueError("a value is infinite: mark it as missing (NaN) or correct it")
    if table[["year", "season"]].isna().any().any():
        raise ValueError("a year or season is missing: drop these rows first")
    if table.duplicated(["year", "season"]).any():
        twice = table[table.duplicated(["year", "season"])].iloc[0]
        raise ValueError(f"year {twice['year']:g}, season {twice['season']} is given twice: average first")
    wide = table.pivot_table(index="year", columns="season", values="value", dropna=False).sort_index()
    if wide.shape[1] < 2 or wide.shape[0] < 3:
        raise ValueError(f"{wide.shape[1]} seasons and {wide.shape[0]} years; at least 2 and 3 are needed")
    rows = np.ascontiguousarray(wide.to_numpy().T)
    axis = wide.index.to_numpy(float)
    present = np.isfinite(rows)
    if (present.sum(axis=1) < 2).any():
        few = wide.columns[present.sum(axis=1) < 2]
        raise ValueError(f"season {few[0]} has fewer than two values: leave it out")
    data = Panel(rows, axis, present, present.sum(axis=1), False, "year", None)
    score, variance, _, tau_b = _score_and_variance(data)
    n = data.counts.astype(float)
    variance = np.where(data.counts == 2, np.abs(score), variance)  # the formula gives 1, and 0 for a tie
    total = float(score.sum())
    summed = float(variance.sum())
    if correlated:
        summed += _covariances(data)
        if summed <= 0:
            raise ValueError("the summed variance is not positive: too few years for covariances between seasons")
    moved = np.sign(total) * max(abs(total) - 1, 0)
    z = moved / np.sqrt(summed) if summed > 0 else np.nan
    slopes = _slopes(data.values, data.times).ravel()
    with np.errstate(invalid="ignore", divide="ignore"):
        by_season = np.sign(score) * np.maximum(np.abs(score) - 1, 0) / np.sqrt(variance)
        plain = score / np.sqrt(variance)
    used = np.isfinite(plain)
    heterogeneity = float((plain[used] ** 2).sum() - used.sum() * plain[used].mean() ** 2)
    return SeasonalMannKendall(
        s=total,
        variance=summed,
        z=float(z),
        p=float(2 * ndtr(-abs(z))),
        slope=float(np.nanmedian(slopes)),
        heterogeneity=heterogeneity,
        heterogeneity_p=float(chdtrc(used.sum() - 1, heterogeneity)),
        n=int(n.sum()),
        correlated=correlated,
        seasons=pd.DataFrame(
            {
                "n": data.counts,
                "s": score,
                "variance": variance,
                "z": by_season,
                "p": 2 * ndtr(-np.abs(by_season)),
                "tau_b": tau_b,
            },
            index=wide.columns,
        ),
    )


def _covariances(data: Panel) -> float:
    """Sum of the covariances of the scores of all pairs of seasons, gaps as Hirsch and Slack (1984) treat them.

    ``cov_gh = (K_gh + 4 sum_j R_jg R_jh - n (n_g + 1) (n_h + 1)) / 3``, with R the ranks within a season, a gap having
    the middle one, and K_gh the sum of signs of products of differences.
    """
    n_years = data.values.shape[1]
    middle = (data.counts[:, None] + 1) / 2
    ranks = np.where(data.present, _average_ranks(data.values), middle)
    filled = np.where(data.present, data.values, np.nan)
    signs = np.nan_to_num(np.sign(filled[:, None, :] - filled[:, :, None]))
    upper = np.triu(np.ones((n_years, n_years), bool), 1)
    flat = signs[:, upper]
    concordance = flat @ flat.T
    size = data.counts + 1.0
    covariance = (concordance + 4 * ranks @ ranks.T - n_years * np.outer(size, size)) / 3
    return float(covariance.sum() - np.trace(covariance))
