"""Whether chains converged, and how many independent draws they are worth."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["gelman_rubin", "performance", "summary"]

Array = NDArray[np.float64]


def _checked(draws: ArrayLike, chains: int) -> Array:
    values = np.asarray(draws, dtype=np.float64)
    if values.ndim != 3 or values.shape[0] < chains or values.shape[1] < 4:
        raise ValueError(
            f"draws have shape {values.shape}; diagnostics need (chains, steps, parameters) with at least "
            f"{chains} chains and 4 steps"
        )
    if not np.isfinite(values).all():
        chain, step, parameter = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
        raise ValueError(f"draw {step + 1} of chain {chain + 1}, parameter {parameter + 1}, is not finite")
    return values


def gelman_rubin(draws: ArrayLike, corrected: bool = False) -> Array:
    """Potential scale reduction: how much narrower the pooled chains might still get.

    ``sqrt(V / W)`` with W the mean variance within chains, ``V = (n - 1) / n W + B / n + B / (m n)`` and B / n the
    variance between the means of m chains (Gelman and Rubin 1992, doi:10.1214/ss/1177011136). It misses chains that
    differ in width, and slow drift that all share; `summary` has the better statistic.

    Parameters
    ----------
    draws : array_like, shape (chains, n, d)
        After burn-in.
    corrected : bool
        Multiply by ``sqrt((df + 3) / (df + 1))`` for the uncertain variance, as coda does (Brooks and Gelman 1998).

    Returns
    -------
    numpy.ndarray, shape (d,)
        One when all is well; infinite where chains do not move and differ, NaN where all stand on one value.

    Raises
    ------
    ValueError
        For fewer than two chains, four steps, or a number that is not finite.
    """
    values = _checked(draws, 2)
    m, n = values.shape[:2]
    means, variances = values.mean(axis=1), values.var(axis=1, ddof=1)
    within, between = variances.mean(axis=0), n * means.var(axis=0, ddof=1)
    pooled = (n - 1) / n * within + (1 + 1 / m) * between / n
    with np.errstate(invalid="ignore", divide="ignore"):
        if not corrected:
            return np.asarray(np.sqrt(pooled / within))
        grand = means.mean(axis=0)
        spread = variances.var(axis=0, ddof=1) / m
        with_square = ((variances - within) * (means**2 - (means**2).mean(axis=0))).sum(axis=0) / (m - 1)
        with_mean = ((variances - within) * (means - grand)).sum(axis=0) / (m - 1)
        error = (
            ((n - 1) / n) ** 2 * spread
            + ((m + 1) / (m * n)) ** 2 * 2 / (m - 1) * between**2
            + 2 * (m + 1) * (n - 1) / (m * n**2) * n / m * (with_square - 2 * grand * with_mean)
        )
        freedom = 2 * pooled**2 / error
        # coda: the share between chains carries the correction of their number, (m + 1) / m
        shrink = (n - 1) / n + (m + 1) / m / n * between / within
        return np.asarray(np.sqrt((freedom + 3) / (freedom + 1) * shrink))


def summary(draws: ArrayLike, names: Sequence[str], prior_sd: ArrayLike | None = None) -> pd.DataFrame:
    """Mean, SD and convergence of each parameter.

    Rank-normalised split R-hat and effective sizes (Vehtari et al. 2021, doi:10.1214/20-BA1221) come from ArviZ. Below
    1.01 and above 400 are what that paper asks for.

    Parameters
    ----------
    draws : array_like, shape (chains, n, d)
        After burn-in, repeats included.
    names : sequence of str, length d
        Parameters.
    prior_sd : array_like, shape (d,), optional
        Adds the ratio of posterior to prior SD.

    Returns
    -------
    pandas.DataFrame
        Indexed by parameter: mean, sd, sd_ratio, gelman_rubin (NaN for one chain), rank_rhat, ess_bulk, ess_tail.

    Raises
    ------
    ValueError
        As `gelman_rubin`, and for names that do not match.
    """
    from arviz_stats.base import array_stats

    values = _checked(draws, 1)
    if len(names) != values.shape[2]:
        raise ValueError(f"{len(names)} names for {values.shape[2]} parameters")
    axes = {"chain_axis": 0, "draw_axis": 1}
    columns = {"mean": values.mean(axis=(0, 1)), "sd": values.std(axis=(0, 1), ddof=1)}
    if prior_sd is not None:
        columns["sd_ratio"] = columns["sd"] / np.asarray(prior_sd)
    columns["gelman_rubin"] = gelman_rubin(values) if len(values) > 1 else np.full(len(names), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):  # a parameter that never moved has no answer: NaN
        columns["rank_rhat"] = np.asarray(array_stats.rhat(values, **axes, method="rank"))
        columns["ess_bulk"] = np.asarray(array_stats.ess(values, **axes, method="bulk"))
        columns["ess_tail"] = np.asarray(array_stats.ess(values, **axes, method="tail", prob=(0.05, 0.95)))
    return pd.DataFrame(columns, index=pd.Index(list(names), name="parameter"))


def performance(draws: ArrayLike, score: ArrayLike, names: Sequence[str], bins: int = 10) -> pd.DataFrame:
    """How a measure of fit goes with each parameter over draws (Eq. 11 of zhao2022), and with more than a line.

    Parameters
    ----------
    draws : array_like, shape (n, d)
        Parameter sets.
    score : array_like, shape (n,)
        Such as the RMSE of each.
    names : sequence of str, length d
        Parameters.
    bins : int
        Groups of equal size for the correlation ratio.

    Returns
    -------
    pandas.DataFrame
        Indexed by parameter: ``pearson``, ``spearman``, and ``explained``, the share of the score's variance between
        groups of the parameter less what chance alone gives: it sees a valley, where the others are zero.

    Raises
    ------
    ValueError
        For lengths that do not match, or numbers that are not finite.
    """
    from scipy import stats

    values, result = np.asarray(draws, dtype=np.float64), np.asarray(score, dtype=np.float64)
    if values.ndim != 2 or values.shape != (result.size, len(names)):
        raise ValueError(f"draws of shape {values.shape} for {result.size} scores and {len(names)} parameters")
    if not (np.isfinite(values).all() and np.isfinite(result).all()):
        raise ValueError("draws and scores must be finite")
    rows = []
    for column in values.T:
        if not np.ptp(column):
            rows.append((np.nan, np.nan, np.nan))
            continue
        edges = np.quantile(column, np.linspace(0, 1, bins + 1)[1:-1])
        group = np.searchsorted(edges, column)
        means = np.bincount(group, result, bins) / np.maximum(np.bincount(group, minlength=bins), 1)
        within = ((result - means[group]) ** 2).sum() / (result.size - len(np.unique(group)))
        explained = max(1 - within / result.var(ddof=1), 0.0)
        rows.append((np.corrcoef(column, result)[0, 1], stats.spearmanr(column, result).statistic, explained))
    return pd.DataFrame(rows, columns=["pearson", "spearman", "explained"], index=pd.Index(names, name="parameter"))
