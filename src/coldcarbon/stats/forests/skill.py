"""How well learners predict, overall and within groups, with intervals by the unit of replication."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.forests.learners import Comparison, group_training_means
from coldcarbon.stats.uncertainty.by_cluster import effective_clusters
from coldcarbon.stats.uncertainty.interval import check_options, limits
from coldcarbon.stats.uncertainty.resampling import draw_units, resampled_totals

__all__ = ["r2_interval", "skill_intervals"]

Floats = NDArray[np.float64]


def skill_intervals(
    comparison: Comparison,
    groups: ArrayLike,
    clusters: ArrayLike,
    *,
    n_resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.DataFrame:
    """Scores over all test rows with cluster bootstrap intervals, and paired differences from the rival.

    Parameters
    ----------
    comparison : Comparison
        From `compare_learners`.
    groups : array_like, shape (n,)
        A group of each row of the data, such as its layer.
    clusters : array_like, shape (n,)
        The unit that a new study would draw anew, such as the reference.
    n_resamples, seed, confidence
        As in `coldcarbon.stats.uncertainty.cluster_bootstrap`.

    Returns
    -------
    pandas.DataFrame
        Index learner and score; columns estimate, low, high, difference (from the rival), difference_low,
        difference_high. Scores: ``r2`` (about the mean of all test rows) and ``rmse``; ``r2_within``, the mean over
        groups of ``r2: GROUP``, and ``rmse: GROUP``. R2 of a group is what is gained on the mean of its training rows.
        ``r2_about_means`` is the same with the squares of all groups added up first, so that groups count as much as
        they vary; it orders learners as ``r2`` and ``rmse`` do.

    Raises
    ------
    ValueError
        If groups or clusters are missing, or a fold has no training row of a group.

    Notes
    -----
    Whole clusters are drawn with replacement; all learners and scores meet the same draws. All scores follow from sums
    over clusters, so the resamples are one matrix product. Limits are expanded percentiles (Hesterberg 2015,
    doi:10.1080/00031305.2015.1089789) with the effective number of clusters. Predictions are held as they are, so the
    limits say how much the score hangs on the clusters that were tested, not on those that the learners were shown;
    `Comparison.differences` has the latter in it.
    """
    folds = comparison.folds
    codes, labels = pd.factorize(np.asarray(groups, dtype=object), sort=True)
    units, names = pd.factorize(np.asarray(clusters, dtype=object))
    if len(codes) != folds.n_rows or len(units) != folds.n_rows or min(codes.min(), units.min()) < 0:
        raise ValueError(f"groups and clusters must be given for each of {folds.n_rows} rows")
    frame = comparison.predictions
    rows = frame["row"].to_numpy()
    observed = frame["observed"].to_numpy(float)
    y = np.full(folds.n_rows, np.nan)
    y[rows] = observed
    if np.isnan(y).any():
        raise ValueError("some rows are never tested, so the means of training rows cannot be told")
    base = np.concatenate(group_training_means(y, np.asarray(codes, np.intp), folds))
    if np.isnan(base).any():
        raise ValueError("in some fold a group has no training row")
    learners = list(comparison.pooled.index)
    n_groups, n_learners = len(labels), len(learners)
    place = units[rows] * n_groups + codes[rows]

    def by_cluster(values: Floats) -> Floats:
        summed = np.bincount(place, weights=values, minlength=len(names) * n_groups).astype(float)
        return summed.reshape(len(names), n_groups)

    columns = [np.ones(len(rows)), observed, observed**2, (observed - base) ** 2]
    columns += [(frame[name].to_numpy(float) - observed) ** 2 for name in learners]
    sums = np.stack([by_cluster(values) for values in columns], axis=1).reshape(len(names), -1)
    rival = learners.index(comparison.rival)

    def statistic(totals: Floats) -> Floats:
        """Scores and differences of each row of totals, shape (m, 2 * learners * scores)."""
        total = totals.reshape(len(totals), 4 + n_learners, n_groups)
        n, first, second, about = (total[:, k, :] for k in range(4))
        squares = total[:, 4:, :]
        whole = n.sum(axis=1)
        spread = second.sum(axis=1) - first.sum(axis=1) ** 2 / whole
        with np.errstate(invalid="ignore", divide="ignore"):
            per_group = 1 - squares / about[:, None, :]
            root = np.sqrt(squares / n[:, None, :])
        pooled = 1 - squares.sum(axis=2) / spread[:, None]
        error = np.sqrt(squares.sum(axis=2) / whole[:, None])
        within = per_group.mean(axis=2)
        weighted = 1 - squares.sum(axis=2) / about.sum(axis=1)[:, None]
        scores = np.concatenate([np.stack([pooled, error, within, weighted], axis=2), per_group, root], axis=2)
        return np.stack([scores, scores - scores[:, rival : rival + 1]], axis=1).reshape(len(totals), -1)

    check_options(n_resamples, confidence)
    rng = np.random.default_rng(seed)
    totals = resampled_totals(sums, lambda size: draw_units(len(names), size, rng), n_resamples)
    estimate = statistic(sums.sum(axis=0)[None])[0]
    low, high = limits(statistic(totals), confidence, n_pieces=effective_clusters(units))
    kinds = ["r2", "rmse", "r2_within", "r2_about_means"]
    kinds += [*(f"r2: {g}" for g in labels), *(f"rmse: {g}" for g in labels)]
    index = pd.MultiIndex.from_product([learners, kinds], names=["learner", "score"])
    parts = [part.reshape(2, -1) for part in (estimate, low, high)]
    data = {"estimate": parts[0][0], "low": parts[1][0], "high": parts[2][0]}
    data |= {"difference": parts[0][1], "difference_low": parts[1][1], "difference_high": parts[2][1]}
    return pd.DataFrame(data, index=index)


def r2_interval(
    observed: ArrayLike,
    predicted: ArrayLike,
    clusters: ArrayLike,
    *,
    n_resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> pd.Series:
    """R2 of given predictions, such as those out of bag, with a cluster bootstrap interval.

    Parameters
    ----------
    observed, predicted : array_like, shape (n,)
        Response and what was predicted.
    clusters : array_like, shape (n,)
        The unit that a new study would draw anew.
    n_resamples, seed, confidence
        As in `coldcarbon.stats.uncertainty.cluster_bootstrap`.

    Returns
    -------
    pandas.Series
        estimate, low, high. R2 is one minus the squared error over the squared spread about the mean of the rows, not
        a squared correlation.

    Raises
    ------
    ValueError
        If lengths differ, something is not finite, a cluster is missing, or the response is constant.

    Notes
    -----
    Predictions are held, as in `skill_intervals`.
    """
    y, guess = np.asarray(observed, float), np.asarray(predicted, float)
    units, names = pd.factorize(np.asarray(clusters, dtype=object))
    if not y.shape == guess.shape == units.shape or y.ndim != 1 or (len(units) and units.min() < 0):
        raise ValueError("observed, predicted and clusters must be given for each row")
    if not (np.isfinite(y).all() and np.isfinite(guess).all()) or len(y) == 0 or np.ptp(y) == 0:
        raise ValueError("observed and predicted must be finite, and observed must vary")
    check_options(n_resamples, confidence)
    centred = y - y.mean()
    columns = [np.ones(len(y)), centred, centred**2, (y - guess) ** 2]
    sums = np.stack([np.bincount(units, weights=values).astype(float) for values in columns], axis=1)

    def statistic(totals: Floats) -> Floats:
        n, first, second, squares = totals.T
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(1 - squares / (second - first**2 / n))[:, None]

    rng = np.random.default_rng(seed)
    totals = resampled_totals(sums, lambda size: draw_units(len(names), size, rng), n_resamples)
    low, high = limits(statistic(totals), confidence, n_pieces=effective_clusters(units))
    return pd.Series({"estimate": statistic(sums.sum(axis=0)[None])[0, 0], "low": low[0], "high": high[0]})
