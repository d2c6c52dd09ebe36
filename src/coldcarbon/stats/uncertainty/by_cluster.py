"""Intervals for rows that come in clusters: cluster bootstrap, cluster-robust t, and rows for comparison.

The unit of replication is what would be drawn anew if the study were repeated. Rows that share a source (one
publication, one site) share its methods and its soil, so a new draw brings a new source with all of its rows: the
cluster bootstrap draws whole clusters with replacement and never splits one. Treating rows as the unit is the same
computation with every row its own cluster; it is offered for comparison, and its intervals are too short where
rows of a cluster are alike.

All intervals work on one column (n,) or on many columns (n, k) at once; with many columns every resample draws
the same clusters for all of them, so differences between columns may be taken afterwards.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from coldcarbon.stats.uncertainty.interval import (
    Floats,
    Interval,
    check_options,
    limits,
    mean_resamples,
)
from coldcarbon.stats.uncertainty.resampling import draw_units

__all__ = [
    "cluster_bootstrap",
    "cluster_robust_interval",
    "effective_clusters",
    "intraclass_correlation",
    "row_interval",
]

Method = Literal["percentile", "bca"]


def effective_clusters(clusters: ArrayLike) -> float:
    """Count clusters as if all had the same size: ``(sum of sizes)**2 / (sum of squared sizes)``.

    Parameters
    ----------
    clusters : array_like, shape (n,)
        Label of the cluster of each row, none missing.

    Returns
    -------
    float
        From 1 (one cluster holds nearly all rows) to the number of clusters (all of one size). A mean over rows
        rests on about so many independent pieces (Kish 1965; for regressions Carter, Schnepel and Steigerwald 2017,
        doi:10.1162/REST_a_00639).
    """
    sizes = np.unique(np.asarray(clusters), return_counts=True)[1].astype(float)
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def intraclass_correlation(values: ArrayLike, clusters: ArrayLike) -> float:
    """How alike rows of one cluster are: the share of the variance that lies between clusters.

    Parameters
    ----------
    values : array_like, shape (n,)
        Rows with a missing value are left out.
    clusters : array_like, shape (n,)
        Label of the cluster of each row, none missing.

    Returns
    -------
    float
        One-way analysis-of-variance estimate for clusters of unequal sizes (Donner 1986, doi:10.2307/1403259):
        0 for rows that are independent, 1 for rows that are equal within clusters. It may fall a little below 0.

    Raises
    ------
    ValueError
        For fewer than two clusters, no cluster with two rows, values that do not vary, or as `cluster_bootstrap`.
    """
    table, codes, n_clusters, single = _prepare(values, clusters)
    if not single:
        raise ValueError("the intra-class correlation is that of one column")
    column = table[:, 0]
    sizes = np.bincount(codes).astype(float)
    if len(column) == n_clusters:
        raise ValueError("no cluster has two rows: nothing says how alike they are")
    means = np.bincount(codes, weights=column) / sizes
    within = ((column - means[codes]) ** 2).sum() / (len(column) - n_clusters)
    between = (sizes * (means - column.mean()) ** 2).sum() / (n_clusters - 1)
    typical_size = (len(column) - (sizes**2).sum() / len(column)) / (n_clusters - 1)
    total = between + (typical_size - 1) * within
    if total == 0:
        raise ValueError("all values are equal")
    return float((between - within) / total)


def _prepare(values: ArrayLike, clusters: ArrayLike) -> tuple[Floats, NDArray[np.intp], int, bool]:
    """Values as (n, k), cluster codes 0 ... G-1, G, and whether the input had one column."""
    table = np.asarray(values, float)
    single = table.ndim == 1
    table = table[:, None] if single else table
    if table.ndim != 2:
        raise ValueError(f"values must have one or two dimensions, not {table.ndim}")
    if np.isinf(table).any():
        rows = np.flatnonzero(np.isinf(table).any(axis=1))
        raise ValueError(f"values are infinite in {len(rows)} rows, the first of them row {rows[0]}")
    labels = pd.Series(np.asarray(clusters))
    if len(labels) != len(table):
        raise ValueError(f"{len(table)} rows of values but {len(labels)} cluster labels")
    if labels.isna().any():
        raise ValueError(f"{int(labels.isna().sum())} rows have no cluster label: give each its own or leave it out")
    present = (~np.isnan(table)).any(axis=1)
    codes, names = pd.factorize(labels[present])
    if len(names) < 2:
        raise ValueError("an interval needs at least two clusters with values")
    return table[present], np.asarray(codes, np.intp), len(names), single


def _mean_resamples(
    table: Floats, codes: NDArray[np.intp], n_clusters: int, n_resamples: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Resampled means (n_resamples, k) and leave-one-cluster-out means (n_clusters, k).

    A mean needs of a cluster its sum and its count only; how often each cluster is drawn is multinomial, so all
    resamples are one matrix product.
    """
    present = ~np.isnan(table)
    sums = np.zeros((n_clusters, table.shape[1]))
    counts = np.zeros_like(sums)
    np.add.at(sums, codes, np.where(present, table, 0.0))
    np.add.at(counts, codes, present)

    def draw(size: int) -> NDArray[np.intp]:
        return draw_units(n_clusters, size, rng)

    resamples = mean_resamples(sums, counts, draw, n_resamples)
    with np.errstate(invalid="ignore", divide="ignore"):
        jackknife = (sums.sum(axis=0) - sums) / (counts.sum(axis=0) - counts)
    return resamples, jackknife


def _general_resamples(
    table: Floats,
    codes: NDArray[np.intp],
    n_clusters: int,
    n_resamples: int,
    rng: np.random.Generator,
    statistic: Callable[[Floats], ArrayLike],
    jackknife: bool,
) -> tuple[Floats, Floats]:
    """Resample whole clusters row by row for any statistic of an (m, k) table."""
    rows = [np.flatnonzero(codes == code) for code in range(n_clusters)]
    resamples = np.stack(
        [
            np.atleast_1d(statistic(table[np.concatenate([rows[code] for code in draw])]))
            for draw in draw_units(n_clusters, n_resamples, rng)
        ]
    )
    if not jackknife:
        return resamples, np.empty((0, resamples.shape[1]))
    left_out = np.stack([np.atleast_1d(statistic(table[codes != code])) for code in range(n_clusters)])
    return resamples, left_out


def cluster_bootstrap(
    values: ArrayLike,
    clusters: ArrayLike,
    *,
    statistic: Literal["mean"] | Callable[[Floats], ArrayLike] = "mean",
    n_resamples: int = 5000,
    seed: int | np.random.Generator = 0,
    confidence: float = 0.95,
    method: Method = "percentile",
    unit: str = "cluster",
) -> Interval:
    """Bootstrap interval that draws whole clusters with replacement.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        Missing values (NaN) are left out column by column.
    clusters : array_like, shape (n,)
        Label of the cluster (unit of replication) of each row.
    statistic : "mean" or callable
        "mean": mean over rows (a cluster weighs as many rows as it has), all resamples at once by a matrix
        product. A callable gets a resampled table, always of shape (m, k), and returns k numbers; it is called
        once per resample. Use ``lambda x: np.nanquantile(x, 0.025, axis=0)`` and the like.
    n_resamples : int
        Resamples, at least 100.
    seed : int or numpy.random.Generator
        The same seed gives the same interval.
    confidence : float
        Such as 0.95.
    method : {"percentile", "bca"}
        Percentile interval, or bias-corrected and accelerated with the jackknife over clusters (Efron 1987,
        doi:10.1080/01621459.1987.10478410).
    unit : str
        What a cluster is, for tables and captions.

    Returns
    -------
    Interval
        In the unit of the values.

    Raises
    ------
    ValueError
        For fewer than two clusters, infinite values, rows without a label, lengths that differ, or an option out of
        range.

    Notes
    -----
    With few clusters (below about 20) percentile intervals are too short; `cluster_robust_interval` with its t
    quantile is then the better one, and neither helps below about 5. See Field and Welsh (2007),
    doi:10.1111/j.1467-9868.2007.00593.x.
    """
    check_options(n_resamples, confidence)
    if method not in ("percentile", "bca"):
        raise ValueError(f"method must be 'percentile' or 'bca', not {method!r}")
    table, codes, n_clusters, single = _prepare(values, clusters)
    rng = np.random.default_rng(seed)
    if callable(statistic):
        estimate = np.atleast_1d(np.asarray(statistic(table), float))
        resamples, jackknife = _general_resamples(
            table, codes, n_clusters, n_resamples, rng, statistic, jackknife=method == "bca"
        )
    elif statistic == "mean":
        estimate = np.nanmean(table, axis=0)
        resamples, jackknife = _mean_resamples(table, codes, n_clusters, n_resamples, rng)
    else:
        raise ValueError(f"statistic must be 'mean' or a callable, not {statistic!r}")
    low, high = limits(resamples, confidence, estimate=estimate, jackknife=jackknife if method == "bca" else None)
    scalar = single and estimate.size == 1
    return Interval(
        estimate=float(estimate[0]) if scalar else estimate,
        low=float(low[0]) if scalar else low,
        high=float(high[0]) if scalar else high,
        n_rows=len(table),
        n_clusters=n_clusters,
        n_effective_clusters=effective_clusters(codes),
        unit=unit,
        method=f"bootstrap, {method}",
        confidence=confidence,
        n_resamples=n_resamples,
    )


def row_interval(
    values: ArrayLike,
    *,
    statistic: Literal["mean"] | Callable[[Floats], ArrayLike] = "mean",
    n_resamples: int = 5000,
    seed: int | np.random.Generator = 0,
    confidence: float = 0.95,
    method: Method = "percentile",
) -> Interval:
    """Bootstrap interval with the row as the unit: right only if rows are independent.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        As in `cluster_bootstrap`, which is called with every row its own cluster.
    statistic, n_resamples, seed, confidence, method
        As in `cluster_bootstrap`.

    Returns
    -------
    Interval
        With ``unit`` "row".
    """
    return cluster_bootstrap(
        values,
        np.arange(len(np.asarray(values))),
        statistic=statistic,
        n_resamples=n_resamples,
        seed=seed,
        confidence=confidence,
        method=method,
        unit="row",
    )


def cluster_robust_interval(
    values: ArrayLike, clusters: ArrayLike, *, confidence: float = 0.95, unit: str = "cluster"
) -> Interval:
    """Mean with the cluster-robust (sandwich) standard error and a t quantile.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        Missing values are left out column by column.
    clusters : array_like, shape (n,)
        Label of the cluster of each row.
    confidence : float
        Such as 0.95.
    unit : str
        What a cluster is.

    Returns
    -------
    Interval
        In the unit of the values; ``n_clusters`` counts clusters with any value.

    Raises
    ------
    ValueError
        As `cluster_bootstrap`; also when a column has values in fewer than two clusters.

    Notes
    -----
    A regression on a constant in statsmodels with ``cov_type="cluster"``; an independent check of
    `cluster_bootstrap`, and the better one for few or unequal clusters. The usual small-sample factor G / (G - 1) and
    G - 1 degrees of freedom are used with `effective_clusters` in the place of G: the same when all clusters have one
    size, wider when a few clusters hold most rows, where the usual one covers too little.
    """
    import statsmodels.api as sm  # half a second that the bootstrap does not need

    check_options(100, confidence)
    table, codes, n_clusters, single = _prepare(values, clusters)
    rows = []
    for column in table.T:
        present = ~np.isnan(column)
        groups = pd.factorize(codes[present])[0]
        if groups.max(initial=-1) < 1:
            raise ValueError("a column has values in fewer than two clusters")
        fit = sm.OLS(column[present], np.ones(present.sum())).fit(
            cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}
        )
        effective = effective_clusters(groups)
        error = float(fit.bse[0]) * np.sqrt(effective / (effective - 1))
        margin = special.stdtrit(effective - 1, (1 + confidence) / 2) * error
        rows.append([fit.params[0], fit.params[0] - margin, fit.params[0] + margin])
    estimate, low, high = np.array(rows, float).T
    return Interval(
        estimate=float(estimate[0]) if single else estimate,
        low=float(low[0]) if single else low,
        high=float(high[0]) if single else high,
        n_rows=len(table),
        n_clusters=n_clusters,
        n_effective_clusters=effective_clusters(codes),
        unit=unit,
        method="cluster-robust t",
        confidence=confidence,
    )
