"""How well a forest knows a weighted mean of its predictions, such as the mean of a map, from its own trees."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special

from coldcarbon.stats.forests.forest import Forest, cluster_codes

__all__ = ["MeanInterval", "weighted_mean_interval"]


@dataclass(frozen=True)
class MeanInterval:
    """A weighted mean of predictions with its sampling error.

    Attributes
    ----------
    estimate : float
        In units of the response.
    standard_error : float
        Over new samples of the units that the trees drew (rows or clusters), by the infinitesimal jackknife.
    low, high : float
        Limits of the interval, with t on ``n_units - 1`` degrees of freedom.
    tree_standard_deviation : float
        Spread of the same mean between single trees: no error of the forest.
    confidence : float
        Of the interval.
    n_units, n_trees : int
        Rows or clusters, and trees.
    """

    estimate: float
    standard_error: float
    low: float
    high: float
    tree_standard_deviation: float
    confidence: float
    n_units: int
    n_trees: int


def weighted_mean_interval(
    forest: Forest,
    data: pd.DataFrame | ArrayLike,
    weights: ArrayLike | None = None,
    *,
    clusters: ArrayLike | None = None,
    confidence: float = 0.95,
    n_jobs: int = 1,
) -> MeanInterval:
    """Weighted mean of a forest's predictions, and its standard error without growing another forest.

    Each tree has seen another sample, and how its answer moves with how often it drew a unit tells what that unit
    weighs. With N the draws of unit j by tree b and T the answer of the tree, the variance is
    ``sum_j cov_b(N_bj, T_b)**2 - n / B * var_b(T_b)``; the second term takes out the chance of B trees.

    Parameters
    ----------
    forest : Forest
        Grown with replacement and sample_fraction 1.
    data : pandas.DataFrame or array_like, shape (m, variables)
        Rows to average over, such as the cells of a map.
    weights : array_like, shape (m,), optional
        Not negative, such as areas; equal if left out. The result is a mean, whatever their sum.
    clusters : array_like, shape (n,), optional
        As given to `random_forest`, if they were.
    confidence : float
        Of the interval.
    n_jobs : int
        Threads.

    Returns
    -------
    MeanInterval

    Raises
    ------
    ValueError
        If the forest drew otherwise, clusters are not those it drew, weights are negative or all zero, or trees are
        fewer than units or too few to tell the variance from zero.

    Notes
    -----
    The error is that of sampling: what all samples get wrong alike (places without data, a rule that does not hold)
    is not in it. Cost: one prediction by each tree.

    References
    ----------
    Wager, Hastie and Efron 2014, Journal of Machine Learning Research 15, 1625, equations 5 and 7.
    """
    if not forest.settings["replace"] or forest.settings["sample_fraction"] != 1 or forest.multiplicity is not None:
        raise ValueError("the forest must draw as many units as there are, with replacement, from rows given once")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    units = np.arange(forest.n_rows) if clusters is None else cluster_codes(clusters, forest.n_rows)
    _, first = np.unique(units, return_index=True)
    if len(first) != forest.n_clusters or not np.array_equal(forest.counts, forest.counts[:, first[units]]):
        raise ValueError(f"these are not the {forest.n_clusters} units that the trees drew: give its clusters")
    if forest.n_trees < len(first):
        raise ValueError(f"{forest.n_trees} trees are too few for {len(first)} units: grow as many at least")
    values = forest.predict_trees(data, n_jobs=n_jobs)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, float)
    if weight.shape != (len(values),) or not (np.isfinite(weight) & (weight >= 0)).all() or not weight.sum() > 0:
        raise ValueError(f"weights must be {len(values)} numbers of 0 or more, not all 0")
    answers = weight @ values / weight.sum()
    estimate = float(answers.mean())
    drawn = forest.counts[:, first].astype(float)
    covariance = (drawn - drawn.mean(axis=0)).T @ (answers - estimate) / forest.n_trees
    variance = float(covariance @ covariance - len(first) / forest.n_trees * answers.var())
    if not variance > 0:
        raise ValueError(f"{forest.n_trees} trees are too few for {len(first)} units: grow more")
    error = float(np.sqrt(variance))
    reach = float(special.stdtrit(len(first) - 1, (1 + confidence) / 2)) * error
    return MeanInterval(
        estimate=estimate,
        standard_error=error,
        low=estimate - reach,
        high=estimate + reach,
        tree_standard_deviation=float(answers.std(ddof=1)),
        confidence=confidence,
        n_units=len(first),
        n_trees=forest.n_trees,
    )
