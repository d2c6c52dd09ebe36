"""All pairwise comparisons of groups, with the letters that summarise them.

Groups that share a letter do not differ at the chosen level. Which test stands behind the letters decides them, so it
is always named: Tukey (equal variances), Games-Howell (unequal variances), Dunn (ranks), each of which takes rows as
independent, and "cluster", which does not. `equal_means_test` asks first whether the groups differ at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from coldcarbon.stats import studentized_range
from coldcarbon.stats.adjustment import Adjustment, adjust_p_values
from coldcarbon.stats.uncertainty import effective_clusters
from coldcarbon.stats.uncertainty.resampling import simulated_p

__all__ = [
    "Adjustment",
    "Comparison",
    "EqualMeans",
    "adjust_p_values",
    "compact_letters",
    "compare_groups",
    "equal_means_test",
]

Method = Literal["tukey", "games-howell", "dunn", "cluster"]
_BLOCK = 1_000_000  # cells of clusters and groups held at once (8 MB)


@dataclass(frozen=True)
class Comparison:
    """Result of `compare_groups`.

    Attributes
    ----------
    pairs : pandas.DataFrame
        One row per pair: group_1, group_2, difference (group_1 minus group_2; of mean ranks for Dunn), low, high
        (simultaneous limits; missing for Dunn), statistic, p, p_adjusted.
    groups : pandas.DataFrame
        By group in order of falling centre: mean, median, n_rows, n_clusters, letters ("" if left out).
    method : str
        The test in words, for a caption.
    alpha : float
        Level of the letters and of the limits (1 - alpha).
    """

    pairs: pd.DataFrame
    groups: pd.DataFrame
    method: str
    alpha: float

    @property
    def letters(self) -> pd.Series:
        """Letters by group, "a" for the group with the highest centre."""
        return self.groups["letters"]


def compact_letters(p_values: pd.DataFrame, alpha: float = 0.05) -> pd.Series:
    """Compact letter display from a symmetric table of adjusted P values.

    Parameters
    ----------
    p_values : pandas.DataFrame, shape (groups, groups)
        Symmetric, same labels on both axes, in the order in which letters are to be given. A group whose P values
        are all missing gets no letter.
    alpha : float
        Pairs with P of at least this share a letter.

    Returns
    -------
    pandas.Series
        Letters without blanks, by group.

    Raises
    ------
    ValueError
        If the labels of the axes differ, the table is not symmetric, or single P values are missing.
    """
    if not p_values.index.equals(p_values.columns):
        raise ValueError("rows and columns must carry the same groups in the same order")
    table = p_values.to_numpy(float, copy=True)
    np.fill_diagonal(table, np.nan)
    left_out = np.isnan(table).all(axis=1)
    inner = table[~left_out][:, ~left_out]
    off_diagonal = ~np.eye(len(inner), dtype=bool)
    if np.isnan(inner[off_diagonal]).any() or not np.array_equal(inner, inner.T, equal_nan=True):
        raise ValueError("P values must be symmetric and complete for every group that has any")
    letters = pd.Series("", index=p_values.index, name="letters", dtype=object)
    if len(inner):
        import scikit_posthocs  # a second to load

        np.fill_diagonal(inner, 1.0)
        display = scikit_posthocs.compact_letter_display(inner, alpha=alpha, names=list(range(len(inner))))
        letters[~left_out] = display.str.replace(" ", "").to_numpy()
    return letters


def _tukey(samples: list[NDArray[np.float64]], alpha: float, equal_variance: bool) -> pd.DataFrame:
    groups = len(samples)
    i, j = np.triu_indices(groups, 1)
    mean = np.array([s.mean() for s in samples])
    variance = np.array([s.var(ddof=1) for s in samples])
    size = np.array([len(s) for s in samples], float)
    if equal_variance:
        variance = np.full_like(variance, (variance * (size - 1)).sum() / (size - 1).sum())
    of_mean = variance / size
    error = np.sqrt((of_mean[i] + of_mean[j]) / 2)
    difference = mean[i] - mean[j]
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = difference / error
        # Welch's degrees of freedom, for each pair its own
        welch = (of_mean[i] + of_mean[j]) ** 2 / (of_mean[i] ** 2 / (size[i] - 1) + of_mean[j] ** 2 / (size[j] - 1))
    if not (error > 0).all():
        raise ValueError("groups without any spread cannot be compared by a studentised range")
    if equal_variance:
        freedom = float((size - 1).sum())
        p = studentized_range.survival(np.abs(statistic), groups, freedom)
        critical = np.full(len(i), studentized_range.quantile(alpha, groups, freedom))
    else:
        p = np.array(
            [studentized_range.survival(abs(q), groups, f).item() for q, f in zip(statistic, welch, strict=True)]
        )
        critical = np.array([studentized_range.quantile(alpha, groups, f) for f in welch])
    return pd.DataFrame(
        {
            "difference": difference,
            "low": difference - critical * error,
            "high": difference + critical * error,
            "statistic": statistic,
            "p": np.nan,  # the studentised range has no P value before adjustment
            "p_adjusted": p,
        }
    )


def _dunn(samples: list[NDArray[np.float64]], adjust: Adjustment) -> pd.DataFrame:
    import scikit_posthocs

    i, j = np.triu_indices(len(samples), 1)
    p = scikit_posthocs.posthoc_dunn(samples).to_numpy()[i, j]
    ranks = stats.rankdata(np.concatenate(samples))
    means = np.array([part.mean() for part in np.split(ranks, np.cumsum([len(s) for s in samples])[:-1])])
    difference = means[i] - means[j]
    return pd.DataFrame(
        {
            "difference": difference,
            "low": np.nan,
            "high": np.nan,
            "statistic": np.sign(difference) * stats.norm.isf(p / 2),
            "p": p,
            "p_adjusted": adjust_p_values(p, adjust),
        }
    )


def _cluster(
    samples: list[NDArray[np.float64]],
    labels: list[NDArray[np.intp]],
    alpha: float,
    adjust: Adjustment,
) -> pd.DataFrame:
    """Pairwise contrasts of cell means from one regression, each mean with its own number of clusters."""
    import statsmodels.api as sm

    cell = np.repeat(np.arange(len(samples)), [len(s) for s in samples])
    fit = sm.OLS(np.concatenate(samples), np.eye(len(samples))[cell]).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(np.concatenate(labels))[0], "use_correction": False}
    )
    # the small-sample factor belongs to a mean, not to the regression: a group with few clusters needs more of it
    effective = np.array([effective_clusters(part) for part in labels])
    scale = np.sqrt(effective / (effective - 1))
    covariance = np.asarray(fit.cov_params()) * np.outer(scale, scale)
    i, j = np.triu_indices(len(samples), 1)
    variance = np.diag(covariance)
    error = np.sqrt(variance[i] + variance[j] - 2 * covariance[i, j])
    difference = np.asarray(fit.params)[i] - np.asarray(fit.params)[j]
    # Satterthwaite's degrees of freedom with clusters in the place of rows
    freedom = (variance[i] + variance[j]) ** 2 / (
        variance[i] ** 2 / (effective[i] - 1) + variance[j] ** 2 / (effective[j] - 1)
    )
    margin = error * stats.t.isf(alpha / 2 / len(i), freedom)
    p = 2 * stats.t.sf(np.abs(difference) / error, freedom)
    return pd.DataFrame(
        {
            "difference": difference,
            "low": difference - margin,
            "high": difference + margin,
            "statistic": difference / error,
            "p": p,
            "p_adjusted": adjust_p_values(p, adjust),
        }
    )


_DESCRIPTION = {
    "tukey": "Tukey's honestly significant difference (rows independent, equal variances)",
    "games-howell": "Games-Howell test (rows independent, unequal variances)",
    "dunn": "Dunn's rank test, {adjust} adjustment (rows independent)",
    "cluster": "cluster-robust pairwise contrasts, {adjust} adjustment (clusters independent)",
}


def compare_groups(
    values: ArrayLike,
    groups: ArrayLike,
    *,
    method: Method = "tukey",
    clusters: ArrayLike | None = None,
    adjust: Adjustment = "holm",
    alpha: float = 0.05,
    minimum_clusters: int = 3,
) -> Comparison:
    """Compare all pairs of groups and give compact letters.

    Parameters
    ----------
    values : array_like, shape (n,)
        One value per row; rows with a missing value or group are left out.
    groups : array_like, shape (n,)
        Group of each row.
    method : {"tukey", "games-howell", "dunn", "cluster"}
        - "tukey": Tukey-Kramer from the studentised range, common variance (as `scipy.stats.tukey_hsd`);
        - "games-howell": the same with a variance per group and Welch's degrees of freedom;
        - "dunn": Dunn's test on ranks, two-sided, ties corrected (`scikit_posthocs.posthoc_dunn`);
        - "cluster": differences of group means with the cluster-robust covariance of statsmodels; small-sample factor
          and Satterthwaite's degrees of freedom from `coldcarbon.stats.uncertainty.effective_clusters` of each group.
    clusters : array_like, shape (n,), optional
        Unit of replication of each row; needed by "cluster", counted by the others.
    adjust : {"holm", "bonferroni", "fdr_bh", "fdr_by", "none"}
        Adjustment of P for "dunn" and "cluster"; the other two have it built in.
    alpha : float
        Level of the letters. Limits are simultaneous at 1 - alpha: by the studentised range, or by Bonferroni for
        "cluster" (a little wider than what Holm decides).
    minimum_clusters : int
        "cluster" leaves out a group with fewer clusters (a single cluster would have a standard error of zero). It
        stays in ``groups`` with empty letters.

    Returns
    -------
    Comparison
        Pairs and letters.

    Raises
    ------
    ValueError
        If lengths differ, fewer than two groups can be compared, a group has one row, labels of clusters are missing,
        or an option is unknown.

    Notes
    -----
    Letters agree with R's ``multcompView``; Dunn's P with R's ``dunn.test`` for "bonferroni". Its "bh" differs from
    "fdr_bh" where it does not keep adjusted P values in the order of the raw ones.
    """
    if method not in _DESCRIPTION:
        raise ValueError(f"method must be one of {', '.join(_DESCRIPTION)}; not {method!r}")
    if method == "cluster" and clusters is None:
        raise ValueError("method 'cluster' needs the cluster of each row")
    if minimum_clusters < 2:
        raise ValueError("minimum_clusters must be at least 2")
    frame = pd.DataFrame({"value": np.asarray(values, float), "group": np.asarray(groups, dtype=object)})
    if clusters is not None:
        frame["cluster"] = pd.factorize(np.asarray(clusters, dtype=object))[0]
    else:
        frame["cluster"] = np.arange(len(frame))
    frame = frame.dropna(subset=["value", "group"])
    if (frame["cluster"] < 0).any():
        raise ValueError(f"{int((frame['cluster'] < 0).sum())} rows have no cluster label")
    by_group = frame.groupby("group", sort=True)
    of_group = by_group["value"]
    summary = pd.DataFrame(
        {
            "mean": of_group.mean(),
            "median": of_group.median(),
            "n_rows": of_group.size(),
            "n_clusters": by_group["cluster"].nunique(),
        }
    )
    summary = summary.sort_values("median" if method == "dunn" else "mean", ascending=False, kind="stable")
    enough = summary["n_clusters"] >= minimum_clusters if method == "cluster" else summary["n_rows"] >= 2
    if method != "cluster" and not enough.all():
        raise ValueError(f"groups with a single row cannot be compared: {', '.join(map(str, summary.index[~enough]))}")
    names = list(summary.index[enough])
    if len(names) < 2:
        raise ValueError("fewer than two groups can be compared")
    samples = [by_group.get_group(name)["value"].to_numpy() for name in names]
    if method == "cluster":
        labels = [by_group.get_group(name)["cluster"].to_numpy() for name in names]
        pairs = _cluster(samples, labels, alpha, adjust)
    elif method == "dunn":
        pairs = _dunn(samples, adjust)
    else:
        pairs = _tukey(samples, alpha, equal_variance=method == "tukey")
    i, j = np.triu_indices(len(names), 1)
    pairs.insert(0, "group_1", [names[k] for k in i])
    pairs.insert(1, "group_2", [names[k] for k in j])
    place = np.flatnonzero(enough)
    square = np.full((len(summary), len(summary)), np.nan)
    square[place[i], place[j]] = square[place[j], place[i]] = pairs["p_adjusted"]
    table = pd.DataFrame(square, index=summary.index, columns=summary.index)
    summary["letters"] = compact_letters(table, alpha)
    return Comparison(
        pairs,
        summary,
        _DESCRIPTION[method].format(adjust=adjust.replace("fdr_bh", "BH").replace("fdr_by", "BY")),
        alpha,
    )


@dataclass(frozen=True)
class EqualMeans:
    """Result of `equal_means_test`: the Wald statistic, its P value, and what stands behind them."""

    statistic: float
    p: float
    n_groups: int
    n_rows: int
    n_clusters: int
    n_resamples: int


def _wald(
    sums: NDArray[np.float64], counts: NDArray[np.float64], contrasts: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Cluster-robust Wald statistic that group means are equal, from the sums of cells (draws, clusters, groups)."""
    size = counts.sum(axis=0)
    means = sums.sum(axis=1) / size
    scores = ((sums - counts * means[:, None, :]) / size) @ contrasts.T
    covariance = np.swapaxes(scores, 1, 2) @ scores
    difference = means @ contrasts.T
    return np.asarray(np.einsum("bi,bi->b", difference, np.linalg.solve(covariance, difference[..., None])[..., 0]))


def equal_means_test(
    values: ArrayLike,
    groups: ArrayLike,
    clusters: ArrayLike,
    *,
    n_resamples: int = 999,
    seed: int | np.random.Generator = 0,
) -> EqualMeans:
    """Test that all groups have one mean, with whole clusters as the unit: restricted wild cluster bootstrap.

    Parameters
    ----------
    values : array_like, shape (n,)
        One value per row; rows with a missing value or group are left out.
    groups : array_like, shape (n,)
        Group of each row.
    clusters : array_like, shape (n,)
        Unit of replication of each row; a cluster may have rows in several groups.
    n_resamples : int
        Draws, at least 99; the smallest P is 1 / (n_resamples + 1).
    seed : int or numpy.random.Generator
        The same seed gives the same P.

    Returns
    -------
    EqualMeans
        Statistic and P value of one test: all means equal against not all equal.

    Raises
    ------
    ValueError
        If lengths differ, fewer than two groups are left, a group has fewer than three clusters, labels of clusters are
        missing, or there are too few draws.

    Notes
    -----
    The statistic is the cluster-robust Wald statistic of the group means. Its chi-square distribution holds for many
    clusters in every group and rejects far too often for few. Here its distribution is made under the hypothesis: the
    residuals from one common mean keep their place, and a coin for each cluster turns the signs of all of its rows
    (Rademacher weights; Cameron, Gelbach and Miller 2008, doi:10.1162/rest.90.3.414). With a group of very few clusters
    the test is cautious rather than too bold.
    """
    if n_resamples < 99:
        raise ValueError("fewer than 99 draws give no usable P value")
    frame = pd.DataFrame({"value": np.asarray(values, float), "group": np.asarray(groups, dtype=object)})
    frame["cluster"] = pd.factorize(np.asarray(clusters, dtype=object))[0]
    frame = frame.dropna(subset=["value", "group"])
    if (frame["cluster"] < 0).any():
        raise ValueError(f"{int((frame['cluster'] < 0).sum())} rows have no cluster label")
    group, names = pd.factorize(frame["group"])
    cluster, labels = pd.factorize(frame["cluster"])
    n_groups, n_clusters = len(names), len(labels)
    if n_groups < 2:
        raise ValueError("fewer than two groups can be compared")
    sums, counts = np.zeros((n_clusters, n_groups)), np.zeros((n_clusters, n_groups))
    np.add.at(sums, (cluster, group), frame["value"].to_numpy() - frame["value"].mean())
    np.add.at(counts, (cluster, group), 1.0)
    if ((counts > 0).sum(axis=0) < 3).any():
        raise ValueError("a group has fewer than three clusters: leave it out")
    contrasts = np.column_stack([np.ones(n_groups - 1), -np.eye(n_groups - 1)])
    observed = _wald(sums[None], counts, contrasts)[0]
    rng = np.random.default_rng(seed)
    signs = rng.choice(np.array([-1.0, 1.0]), size=(n_resamples, n_clusters))
    step = max(1, _BLOCK // counts.size)
    drawn = [_wald(part[:, :, None] * sums, counts, contrasts) for part in _blocks(signs, step)]
    # a hair of slack: a draw that turns all signs alike is the observed table itself
    as_large = int((np.concatenate(drawn) >= observed * (1 - 1e-9)).sum())
    return EqualMeans(
        statistic=float(observed),
        p=simulated_p(as_large, n_resamples),
        n_groups=n_groups,
        n_rows=len(frame),
        n_clusters=n_clusters,
        n_resamples=n_resamples,
    )


def _blocks(rows: NDArray[np.float64], step: int) -> list[NDArray[np.float64]]:
    return [rows[first : first + step] for first in range(0, len(rows), step)]
