"""Random forests for regression with R's settings, their out-of-bag answers and their two kinds of spread."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.forests.design import Design, Factors, as_frame, learn_design, response
from coldcarbon.stats.forests.grow import draw_counts, grow_trees, in_threads, tree_values, without_closed_nodes

__all__ = ["Forest", "Mtry", "random_forest"]

Floats = NDArray[np.float64]
Mtry = Literal["third", "sqrt"] | int
MINIMUM_ROWS = 4
GRID = 2.0**-30
_ROWS = 65_536  # predicted at once: few enough to bound memory, so many that each tree is fetched from memory seldom
_VALUES = 8_000_000  # predictions of single trees held at once by a thread (64 MB)


@dataclass(frozen=True)
class Forest:
    """A regression forest as `random_forest` gives it.

    Attributes
    ----------
    design : Design
        Names of variables and columns, and how new rows become numbers.
    trees : tuple
        Trees of scikit-learn (``sklearn.tree._tree.Tree``) on the standardised response.
    counts : numpy.ndarray of uint16, shape (trees, n)
        How often each tree drew each row; 0 is out of bag.
    oob_predictions : numpy.ndarray, shape (n,)
        Mean of the trees that did not see the row; missing where all did.
    oob_mse : float
        Mean squared error of those, in squared units of the response.
    oob_r2 : float
        ``1 - oob_mse / variance`` with the variance over n, as R's ``randomForest`` gives it.
    oob_r2_sample_variance : float
        The same with the variance over n - 1, as R's ``ranger`` gives it.
    settings : dict
        mtry, minimum_node_size, sample_fraction, replace, maximum_depth, seed.
    n_rows, n_clusters : int
        Rows, and units drawn for each tree (rows without ``clusters``).
    """

    design: Design
    trees: tuple[Any, ...] = field(repr=False)
    counts: NDArray[np.uint16] = field(repr=False)
    oob_predictions: Floats = field(repr=False)
    oob_mse: float
    oob_r2: float
    oob_r2_sample_variance: float
    settings: Mapping[str, Any]
    n_rows: int
    n_clusters: int
    predictors: NDArray[np.float32] = field(repr=False)
    response: Floats = field(repr=False)
    centre: float
    scale: float
    multiplicity: NDArray[np.intp] | None = field(default=None, repr=False)

    @property
    def n_trees(self) -> int:
        """Number of trees."""
        return len(self.trees)

    def compact(self) -> Forest:
        """The same forest without the nodes that growing left below its leaves: half the memory, the same answers.

        Worth it before a map is predicted or a forest is sent to other machines; it takes a tenth of the time of
        growing, which smaller tasks would not get back.

        Returns
        -------
        Forest
            All its answers are those of this one.
        """
        return replace(self, trees=tuple(without_closed_nodes(tree) for tree in self.trees))

    def _by_row(self, rows: NDArray[np.float32]) -> Floats:
        """What each tree predicts, of shape (rows, trees)."""
        values = np.empty((len(rows), self.n_trees))
        for t, tree in enumerate(self.trees):
            values[:, t] = tree_values(tree)[tree.apply(rows)]
        values *= self.scale
        values += self.centre
        return values

    def predict(self, data: pd.DataFrame | ArrayLike, *, n_jobs: int = 1) -> Floats:
        """Mean of all trees.

        Parameters
        ----------
        data : pandas.DataFrame or array_like, shape (m, variables)
            New rows with all predictors.
        n_jobs : int
            Threads.

        Returns
        -------
        numpy.ndarray, shape (m,)
            In units of the response.

        Notes
        -----
        Some 20,000 rows a second on one core for 500 trees grown on 4,000 rows, and several times that where
        neighbouring rows are alike, as on a map. Beside the rows themselves, memory does not grow with them.
        """
        table = self.design.standardised(data)
        total = np.zeros(len(table))

        def add(part: slice) -> None:
            for tree in self.trees:
                total[part] += tree_values(tree)[tree.apply(table[part])]

        in_threads(add, _parts(len(table), n_jobs, _ROWS), n_jobs)
        return self.centre + self.scale * total / self.n_trees

    def predict_trees(self, data: pd.DataFrame | ArrayLike, *, n_jobs: int = 1) -> Floats:
        """What each tree predicts.

        Parameters
        ----------
        data : pandas.DataFrame or array_like, shape (m, variables)
            New rows.
        n_jobs : int
            Threads.

        Returns
        -------
        numpy.ndarray, shape (m, trees)
            In units of the response.
        """
        table = self.design.standardised(data)
        values = np.empty((len(table), self.n_trees))

        def fill(part: slice) -> None:
            values[part] = self._by_row(table[part])

        in_threads(fill, _parts(len(table), n_jobs, _VALUES // self.n_trees), n_jobs)
        return values

    def tree_spread(self, data: pd.DataFrame | ArrayLike, *, level: float = 0.95, n_jobs: int = 1) -> pd.DataFrame:
        """Spread of the trees: not an interval for new observations.

        Quantiles of the trees' predictions are often printed as the uncertainty of a map. They hold how much trees
        differ, and neither the noise of a new observation (that is `prediction_interval`) nor, since the trees share
        their data, the error of the forest's mean. With many trees they do not shrink.

        Parameters
        ----------
        data : pandas.DataFrame or array_like, shape (m, variables)
            New rows.
        level : float
            Share of the trees between low and high.
        n_jobs : int
            Threads.

        Returns
        -------
        pandas.DataFrame
            prediction, low, high, standard_deviation (between trees) for each row.
        """
        _check_level(level)
        table = self.design.standardised(data)
        answers = np.zeros((4, len(table)))

        def fill(part: slice) -> None:
            values = self._by_row(table[part])
            answers[0, part] = values.mean(axis=1)
            if self.n_trees > 1:
                answers[3, part] = values.std(axis=1, ddof=1)
            answers[1:3, part] = np.quantile(values, [(1 - level) / 2, (1 + level) / 2], axis=1, overwrite_input=True)

        in_threads(fill, _parts(len(table), n_jobs, _VALUES // self.n_trees), n_jobs)
        names = ("prediction", "low", "high", "standard_deviation")
        return pd.DataFrame(dict(zip(names, answers, strict=True)), index=as_frame(data).index)

    def predict_quantiles(
        self, data: pd.DataFrame | ArrayLike, quantiles: Sequence[float], *, n_jobs: int = 1
    ) -> pd.DataFrame:
        """Quantiles of the response for new rows: a quantile regression forest.

        Each training row, drawn by the tree or not, is weighted by how often it shares a leaf with the new row (one
        over the size of the leaf, averaged over trees); the quantile is that of the responses with these weights
        (Meinshausen 2006, Journal of Machine Learning Research 7, 983, equations 4-6). ``ranger(quantreg = TRUE)``
        keeps one random row per leaf instead of all, which adds noise. Cost grows with new rows times (trees plus
        training rows).

        Parameters
        ----------
        data : pandas.DataFrame or array_like, shape (m, variables)
            New rows.
        quantiles : sequence of float
            Between 0 and 1.
        n_jobs : int
            Threads.

        Returns
        -------
        pandas.DataFrame
            One column per quantile, named by it.
        """
        from coldcarbon.stats.forests.quantiles import leaf_quantiles

        values = leaf_quantiles(self, self.design.standardised(data), quantiles, n_jobs=n_jobs)
        return pd.DataFrame(values, columns=list(quantiles), index=as_frame(data).index)

    def oob_quantiles(self, quantiles: Sequence[float], *, n_jobs: int = 1) -> pd.DataFrame:
        """Quantiles of the response for the training rows, each from the others and the trees that did not see it.

        Parameters
        ----------
        quantiles : sequence of float
            Between 0 and 1.
        n_jobs : int
            Threads.

        Returns
        -------
        pandas.DataFrame
            One column per quantile; missing where all trees saw the row.
        """
        from coldcarbon.stats.forests.quantiles import leaf_quantiles

        values = leaf_quantiles(self, self.predictors, quantiles, out_of_bag=self.counts == 0, n_jobs=n_jobs)
        return pd.DataFrame(values, columns=list(quantiles))

    def prediction_interval(
        self, data: pd.DataFrame | ArrayLike, *, level: float = 0.95, n_jobs: int = 1
    ) -> pd.DataFrame:
        """Interval for a new observation, from the quantile forest.

        Parameters
        ----------
        data : pandas.DataFrame or array_like, shape (m, variables)
            New rows.
        level : float
            Such as 0.95. How often such intervals held training rows out of bag: `oob_coverage`.
        n_jobs : int
            Threads.

        Returns
        -------
        pandas.DataFrame
            prediction (mean of trees), low, high.
        """
        _check_level(level)
        limits = self.predict_quantiles(data, [(1 - level) / 2, (1 + level) / 2], n_jobs=n_jobs)
        limits.columns = pd.Index(["low", "high"])
        limits.insert(0, "prediction", self.predict(data, n_jobs=n_jobs))
        return limits

    def oob_coverage(self, level: float = 0.95) -> float:
        """Share of the training rows within their out-of-bag prediction interval.

        Parameters
        ----------
        level : float
            Of the interval.

        Returns
        -------
        float
            Near ``level`` if intervals can be trusted and rows are independent.
        """
        _check_level(level)
        limits = self.oob_quantiles([(1 - level) / 2, (1 + level) / 2]).to_numpy()
        known = np.isfinite(limits[:, 0])
        inside = (limits[known, 0] <= self.response[known]) & (self.response[known] <= limits[known, 1])
        return float(inside.mean())

    def impurity_importance(self) -> pd.DataFrame:
        """Fall of the residual sum of squares by the splits of each variable, averaged over trees.

        R's ``IncNodePurity`` (``randomForest``) and ``importance = "impurity"`` (``ranger``). It favours variables with
        many values and is computed on rows the trees have seen: prefer `permutation_importance`.

        Returns
        -------
        pandas.DataFrame
            By variable: importance (squared units of the response times rows), share (sums to 1).
        """
        by_column = np.mean(
            [tree.compute_feature_importances(normalize=False) * root(tree) for tree in self.trees], axis=0
        )
        values = [by_column[list(self.design.members[name])].sum() for name in self.design.variables]
        importance = pd.Series(values, index=list(self.design.variables)) * self.scale**2
        total = importance.sum()
        return pd.DataFrame({"importance": importance, "share": importance / total if total > 0 else 0.0})

    def summary(self) -> pd.DataFrame:
        """Size, settings and out-of-bag error.

        Returns
        -------
        pandas.DataFrame
            One row per quantity.
        """
        rows: dict[str, Any] = {
            "rows": self.n_rows,
            "units drawn": self.n_clusters,
            "variables": len(self.design.variables),
            "columns": len(self.design.columns),
            "trees": self.n_trees,
            **{name.replace("_", " "): value for name, value in self.settings.items()},
            "out-of-bag mean squared error": self.oob_mse,
            "out-of-bag R2": self.oob_r2,
        }
        return pd.DataFrame({"value": pd.Series(rows, dtype=object)})


def root(tree: Any) -> float:
    """Weight of the root: rows drawn."""
    return float(tree.weighted_n_node_samples[0])


def _parts(n: int, n_jobs: int, most: int) -> list[slice]:
    """Rows in parts of about the same size: at least one for each thread, none larger than ``most``."""
    number = max(-(-n // max(most, 1)), min(n_jobs, n))
    edges = [n * part // number for part in range(number + 1)] if number > 0 else []
    return [slice(low, high) for low, high in pairwise(edges)]


def _check_level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, not {level}")


def mtry_of(mtry: Mtry, p: int) -> int:
    """Columns tried at each split.

    Parameters
    ----------
    mtry : {"third", "sqrt"} or int
        "third": R's ``randomForest``, "sqrt": R's ``ranger``; both rounded down, at least 1.
    p : int
        Columns.

    Returns
    -------
    int
        From 1 to p.
    """
    if mtry == "third":
        return max(p // 3, 1)
    if mtry == "sqrt":
        return max(int(np.sqrt(p)), 1)
    if mtry not in range(1, p + 1):
        raise ValueError(f"mtry must be 'third', 'sqrt' or from 1 to the {p} columns, not {mtry!r}")
    return int(mtry)


def random_forest(
    X: pd.DataFrame | ArrayLike,  # noqa: N803 (the customary name)
    y: ArrayLike,
    *,
    n_trees: int = 500,
    mtry: Mtry = "third",
    minimum_node_size: int = 5,
    maximum_depth: int | None = None,
    sample_fraction: float = 1.0,
    replace: bool = True,
    clusters: ArrayLike | None = None,
    factors: Factors = "dummies",
    seed: int = 0,
    n_jobs: int = 1,
) -> Forest:
    """Grow a regression forest with the settings of R's ``randomForest`` and ``ranger``.

    Parameters
    ----------
    X : pandas.DataFrame or array_like, shape (n, variables)
        Predictors: numbers, and factors as text or categories. None missing.
    y : array_like, shape (n,)
        Numbers to be predicted.
    n_trees : int
        Both R packages grow 500.
    mtry : {"third", "sqrt"} or int
        Columns tried at each split. "third", a third of them, is the default of ``randomForest``; "sqrt" that of
        ``ranger``, which is why the two differ out of the box (mean squared error 9.9 and 10.4 for Boston's houses).
    minimum_node_size : int
        A node of at most so many rows, counted as often as drawn, is not split (``nodesize``, ``min.node.size``).
    maximum_depth : int, optional
        Of any leaf.
    sample_fraction : float
        Share of the rows (or clusters) drawn for each tree; with ``replace=False`` below 1, ``ranger`` takes 0.632.
    replace : bool
        Draw with replacement.
    clusters : array_like, shape (n,), optional
        Unit of replication of each row. Whole clusters are drawn, so that out-of-bag answers speak of new clusters;
        where rows of one cluster are alike, out-of-bag answers by rows are too good.
    factors : {"dummies", "codes"}
        A 0/1 column for each level, or the place of the level in sorted order (``ranger``'s default).
    seed : int
        All chance comes from it; the number of threads does not matter.
    n_jobs : int
        Threads.

    Returns
    -------
    Forest
        Predictions, intervals, out-of-bag error; importances through `permutation_importance`.

    Raises
    ------
    ValueError
        If values are missing, names repeat, a predictor or the response is constant, rows are fewer than four, or a
        setting is out of range.

    Notes
    -----
    Trees are scikit-learn's, closed where R closes them (see `grow`); node counts agree with ``randomForest``. Two
    differences remain: a split is sought until one of the drawn columns can split the node, where R gives up after
    ``mtry`` columns (visible with many constant columns in small nodes, as dummies are), and factors are never split by
    subsets of levels. Cost grows as trees times mtry times n log(n)**2; memory as trees times n.

    References
    ----------
    Breiman 2001, Machine Learning 45, 5.
    """
    design, table = learn_design(X, factors)
    y = response(y, len(table))
    constant = [
        name for name in design.variables if all(np.ptp(table[:, column]) == 0 for column in design.members[name])
    ]
    if constant:
        raise ValueError(f"{', '.join(map(repr, constant))} is constant: nothing can be split by it, leave it out")
    if len(y) < MINIMUM_ROWS:
        raise ValueError(f"{len(y)} rows are too few for a forest")
    if np.ptp(y) == 0:
        raise ValueError("the response is constant: there is nothing to predict")
    if n_trees < 1:
        raise ValueError(f"n_trees must be at least 1, not {n_trees}")
    if minimum_node_size < 1:
        raise ValueError(f"minimum_node_size must be at least 1, not {minimum_node_size}")
    if not 0 < sample_fraction <= 1:
        raise ValueError(f"sample_fraction must lie above 0 and be at most 1, not {sample_fraction}")
    if not replace and sample_fraction == 1:
        raise ValueError("without replacement and with sample_fraction 1 no row is out of bag: R's ranger takes 0.632")
    codes = None if clusters is None else cluster_codes(clusters, len(y))
    forest = grow_forest(
        design,
        np.ascontiguousarray((table - design.centre) / design.scale, np.float32),
        y,
        settings={
            "mtry": mtry_of(mtry, len(design.columns)),
            "minimum_node_size": minimum_node_size,
            "maximum_depth": maximum_depth,
            "sample_fraction": sample_fraction,
            "replace": replace,
            "seed": seed,
        },
        n_trees=n_trees,
        clusters=codes,
        n_jobs=n_jobs,
    )
    missing = int(np.isnan(forest.oob_predictions).sum())
    if missing:
        warnings.warn(
            f"{missing} of {len(y)} rows were drawn by all {n_trees} trees and have no out-of-bag prediction: "
            "grow more trees",
            stacklevel=2,
        )
    return forest


def cluster_codes(clusters: ArrayLike, n: int) -> NDArray[np.intp]:
    """Codes 0, 1, ... of clusters in order of appearance.

    Parameters
    ----------
    clusters : array_like, shape (n,)
        Labels, none missing, at least three different.
    n : int
        Rows.

    Returns
    -------
    numpy.ndarray of int, shape (n,)
        Codes.
    """
    codes, names = pd.factorize(np.asarray(clusters, dtype=object))
    if len(codes) != n:
        raise ValueError(f"{n} rows but {len(codes)} cluster labels")
    if (codes < 0).any():
        raise ValueError(f"{int((codes < 0).sum())} rows have no cluster label: give each its own or leave it out")
    if len(names) < 3:
        raise ValueError(f"{len(names)} clusters are too few: at least three are needed")
    return np.asarray(codes, np.intp)


def grow_forest(
    design: Design,
    predictors: NDArray[np.float32],
    y: Floats,
    *,
    settings: Mapping[str, Any],
    n_trees: int,
    clusters: NDArray[np.intp] | None = None,
    multiplicity: NDArray[np.intp] | None = None,
    n_jobs: int = 1,
) -> Forest:
    """Grow a forest on prepared numbers; `random_forest` checks its input before.

    Parameters
    ----------
    design : Design
        Names.
    predictors : numpy.ndarray of float32, shape (n, columns)
        Standardised.
    y : numpy.ndarray, shape (n,)
        Response.
    settings : mapping
        As in `Forest`.
    n_trees : int
        Trees.
    clusters : numpy.ndarray of int, optional
        Units drawn together.
    multiplicity : numpy.ndarray of int, optional
        How often each row stands in the data.
    n_jobs : int
        Threads.

    Returns
    -------
    Forest
        With out-of-bag predictions.
    """
    rng = np.random.default_rng(settings["seed"])
    seeds_rng, counts_rng = rng.spawn(2)
    seeds = seeds_rng.integers(0, np.iinfo(np.int32).max, n_trees)
    counts = draw_counts(
        len(y),
        n_trees,
        counts_rng,
        replace=settings["replace"],
        sample_fraction=settings["sample_fraction"],
        clusters=clusters,
        multiplicity=multiplicity,
    )
    weights = np.ones(len(y)) if multiplicity is None else multiplicity.astype(float)
    centre = float(np.average(y, weights=weights))
    scale = float(np.sqrt(np.average((y - centre) ** 2, weights=weights))) or 1.0
    # On this grid sums are exact whatever their order, so that two splits into the same rows tie exactly, and rounding
    # (of a shift, of another unit) does not decide between them; it moves predictions by 1e-9 standard deviations.
    standardised = np.round((y - centre) / scale / GRID) * GRID
    trees = grow_trees(
        predictors,
        standardised,
        counts,
        seeds.tolist(),
        mtry=settings["mtry"],
        minimum_node_size=settings["minimum_node_size"],
        maximum_depth=settings["maximum_depth"],
        n_jobs=n_jobs,
    )
    out = counts == 0

    def oob_of(t: int) -> Floats:
        return tree_values(trees[t])[trees[t].apply(predictors[out[t]])]

    total = np.zeros(len(y))
    for t, values in enumerate(in_threads(oob_of, range(n_trees), n_jobs)):
        total[out[t]] += values
    times = out.sum(axis=0)
    with np.errstate(invalid="ignore"):
        oob = centre + scale * np.where(times > 0, total / np.maximum(times, 1), np.nan)
    known = (times > 0) & (weights > 0)
    mse = float(np.average((y[known] - oob[known]) ** 2, weights=weights[known])) if known.any() else np.nan
    n = int(weights.sum())
    return Forest(
        design=design,
        trees=tuple(trees),
        counts=counts,
        oob_predictions=oob,
        oob_mse=mse,
        oob_r2=1 - mse / scale**2,
        oob_r2_sample_variance=1 - mse / (scale**2 * n / (n - 1)),
        settings=dict(settings),
        n_rows=len(y),
        n_clusters=len(y) if clusters is None else int(clusters.max()) + 1,
        predictors=predictors,
        response=y,
        centre=centre,
        scale=scale,
        multiplicity=multiplicity,
    )
