"""Learners compared on the same folds, beside the simplest of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from coldcarbon.stats.forests.design import Factors, learn_design, response
from coldcarbon.stats.forests.folds import Folds
from coldcarbon.stats.forests.forest import Forest, Mtry, grow_forest, mtry_of
from coldcarbon.stats.forests.tuning import fit_fresh

__all__ = ["Comparison", "ForestLearner", "compare_learners", "cross_validate", "usual_learners"]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
SCORES = ("rmse", "mae", "bias", "r2", "r2_against_training_mean", "r2_within")


@dataclass
class ForestLearner:
    """`random_forest` as something to fit and to predict with.

    Attributes
    ----------
    n_trees, mtry, minimum_node_size, seed, n_jobs
        As in `random_forest`.
    forest : Forest or None
        After fitting.
    """

    n_trees: int = 500
    mtry: Mtry = "third"
    minimum_node_size: int = 5
    seed: int = 0
    n_jobs: int = 1
    forest: Forest | None = field(default=None, repr=False)

    def fit(self, X: ArrayLike, y: ArrayLike) -> ForestLearner:  # noqa: N803
        """Grow the forest; columns constant in these rows are allowed, since folds may leave a level out.

        Parameters
        ----------
        X : array_like, shape (n, columns)
            Numbers.
        y : array_like, shape (n,)
            Response.

        Returns
        -------
        ForestLearner
            Itself.
        """
        design, table = learn_design(X)
        self.forest = grow_forest(
            design,
            np.ascontiguousarray((table - design.centre) / design.scale, np.float32),
            np.asarray(y, float),
            settings={
                "mtry": mtry_of(self.mtry, len(design.columns)),
                "minimum_node_size": self.minimum_node_size,
                "maximum_depth": None,
                "sample_fraction": 1.0,
                "replace": True,
                "seed": self.seed,
            },
            n_trees=self.n_trees,
            n_jobs=self.n_jobs,
        )
        return self

    def predict(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Mean of all trees.

        Parameters
        ----------
        X : array_like, shape (m, columns)
            Numbers.

        Returns
        -------
        numpy.ndarray, shape (m,)
            Predictions.
        """
        if self.forest is None:
            raise ValueError("fit before predicting")
        return self.forest.predict(X)


def usual_learners(seed: int = 0, n_trees: int = 500) -> dict[str, Any]:
    """Learners that papers compare, simplest first, with what each needs around it.

    Parameters
    ----------
    seed : int
        Of forest, boosting and inner folds.
    n_trees : int
        Of the forest.

    Returns
    -------
    dict of str to learner
        "mean"; "linear" (least squares); "lasso" (penalty by five inner folds, predictors standardised); "svm" (radial
        kernel, predictors and response standardised, cost by five inner folds); "gradient boosting" (300 trees of depth
        3, rate 0.05, half of the rows each); "forest" (`random_forest`).
    """
    from sklearn.compose import TransformedTargetRegressor  # type: ignore[import-untyped, unused-ignore]
    from sklearn.dummy import DummyRegressor  # type: ignore[import-untyped, unused-ignore]
    from sklearn.ensemble import GradientBoostingRegressor  # type: ignore[import-untyped, unused-ignore]
    from sklearn.linear_model import LassoCV, LinearRegression  # type: ignore[import-untyped, unused-ignore]
    from sklearn.model_selection import GridSearchCV, KFold  # type: ignore[import-untyped, unused-ignore]
    from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped, unused-ignore]
    from sklearn.preprocessing import StandardScaler  # type: ignore[import-untyped, unused-ignore]
    from sklearn.svm import SVR  # type: ignore[import-untyped, unused-ignore]

    inner = KFold(5, shuffle=True, random_state=seed)
    svm = make_pipeline(
        StandardScaler(), GridSearchCV(SVR(), {"C": [0.1, 1.0, 10.0]}, cv=inner, scoring="neg_mean_squared_error")
    )
    return {
        "mean": DummyRegressor(),
        "linear": LinearRegression(),
        "lasso": make_pipeline(StandardScaler(), LassoCV(cv=inner)),
        "svm": TransformedTargetRegressor(svm, transformer=StandardScaler()),
        "gradient boosting": GradientBoostingRegressor(
            n_estimators=300, learning_rate=0.05, max_depth=3, subsample=0.5, random_state=seed
        ),
        "forest": ForestLearner(n_trees=n_trees, seed=seed),
    }


def _predictions(learner: Any, table: Floats, y: Floats, folds: Folds) -> list[Floats]:
    return [
        np.asarray(fit_fresh(learner, table[train], y[train], folds.units[train]).predict(table[test]), float).ravel()
        for train, test in folds
    ]


def group_training_means(y: Floats, groups: Integers, folds: Folds) -> list[Floats]:
    """Mean of the training rows of a test row's group, fold by fold: the simplest that could be known of it.

    Parameters
    ----------
    y : numpy.ndarray, shape (n,)
        Response.
    groups : numpy.ndarray of int, shape (n,)
        Codes 0, 1, ... of the groups.
    folds : Folds
        Training and test rows.

    Returns
    -------
    list of numpy.ndarray
        One value for each test row of each fold; NaN where the group has no training row.
    """
    size = int(groups.max()) + 1
    means = []
    for train, test in folds:
        count = np.bincount(groups[train], minlength=size).astype(float)
        total = np.bincount(groups[train], weights=y[train], minlength=size)
        with np.errstate(invalid="ignore"):
            means.append((total / count)[groups[test]])
    return means


def _r2_within(error: Floats, about: Floats, groups: Integers) -> float:
    """Mean over groups of 1 minus the ratio of squares; groups that do not vary count for nothing."""
    squares, whole = (np.bincount(groups, weights=part**2) for part in (error, about))
    counted = whole > 0
    return float((1 - squares[counted] / whole[counted]).mean()) if counted.any() else np.nan


def _scores(predicted: list[Floats], y: Floats, folds: Folds, groups: Integers | None = None) -> pd.DataFrame:
    rows = []
    means = None if groups is None else group_training_means(y, groups, folds)
    for k, (values, (train, test)) in enumerate(zip(predicted, folds, strict=True)):
        error = values - y[test]
        squares = float(error @ error)
        about_test = float(((y[test] - y[test].mean()) ** 2).sum())
        about_train = float(((y[test] - y[train].mean()) ** 2).sum())
        row = {
            "rmse": np.sqrt(squares / test.size),
            "mae": np.abs(error).mean(),
            "bias": error.mean(),
            "r2": 1 - squares / about_test if about_test > 0 else np.nan,
            "r2_against_training_mean": 1 - squares / about_train if about_train > 0 else np.nan,
            "n_test": test.size,
        }
        if groups is not None and means is not None:
            row["r2_within"] = _r2_within(error, y[test] - means[k], groups[test])
        rows.append(row)
    return pd.DataFrame(rows, index=pd.RangeIndex(1, len(folds) + 1, name="fold"))


def _plain_numbers(X: pd.DataFrame | ArrayLike) -> bool:  # noqa: N803
    """Whether there is nothing to code and nothing to complain about."""
    if not (isinstance(X, np.ndarray) and X.ndim == 2 and X.dtype.kind == "f" and len(X) > 1 and X.size):
        return False
    return bool(np.isfinite(X).all() and (np.ptp(X, axis=0) > 0).all())


def _prepare(X: pd.DataFrame | ArrayLike, y: ArrayLike, folds: Folds, factors: Factors) -> tuple[Floats, Floats]:  # noqa: N803
    # plain numbers are what a design would give, and simulations come here thousands of times
    table = np.asarray(X, float) if _plain_numbers(X) else learn_design(X, factors)[1]
    values = response(y, len(table))
    if folds.n_rows != len(table):
        raise ValueError(f"folds were made for {folds.n_rows} rows, the data have {len(table)}")
    return table, values


def _group_codes(labels: ArrayLike, n: int) -> Integers:
    codes = np.asarray(pd.factorize(np.asarray(labels, dtype=object), sort=True)[0], np.intp)
    if len(codes) != n or (codes < 0).any():
        raise ValueError(f"within must name a group for each of {n} rows")
    return codes


def cross_validate(
    learner: Any,
    X: pd.DataFrame | ArrayLike,  # noqa: N803
    y: ArrayLike,
    folds: Folds,
    *,
    factors: Factors = "dummies",
) -> pd.DataFrame:
    """Scores of one learner on each fold.

    Parameters
    ----------
    learner : object with fit and predict
        Such as an estimator of scikit-learn, or `ForestLearner`; a fresh copy is fitted to each fold. Whatever learns
        from the data (scaling, choice of a penalty) must be part of it.
    X : pandas.DataFrame or array_like, shape (n, variables)
        Predictors.
    y : array_like, shape (n,)
        Response.
    folds : Folds
        Training and test rows.
    factors : {"dummies", "codes"}
        How factors become numbers.

    Returns
    -------
    pandas.DataFrame
        By fold: rmse, mae, bias (predicted minus observed), r2 (about the mean of the test rows), and
        r2_against_training_mean (what is gained on predicting the mean that could be known), n_test.
    """
    table, values = _prepare(X, y, folds, factors)
    return _scores(_predictions(learner, table, values, folds), values, folds)


@dataclass(frozen=True)
class Comparison:
    """Learners on the same folds.

    Attributes
    ----------
    scores : pandas.DataFrame
        By learner and fold, as `cross_validate` gives them.
    differences : pandas.DataFrame
        By learner (without the rival): difference (of the score, learner minus rival, mean over folds), low, high, p,
        folds_won. Below 0 the learner is better, for rmse and mae; above 0 for r2.
    pooled : pandas.DataFrame
        By learner: rmse, mae, bias, r2 over all predictions of test rows.
    predictions : pandas.DataFrame
        fold, row, observed, and a column for each learner.
    rival : str
        The learner that the others are held against.
    score : str
        What the differences are of.
    folds : Folds
        As given.
    """

    scores: pd.DataFrame
    differences: pd.DataFrame
    pooled: pd.DataFrame
    predictions: pd.DataFrame = field(repr=False)
    rival: str
    score: str
    folds: Folds = field(repr=False)

    def summary(self) -> pd.DataFrame:
        """Means over folds beside the differences from the rival.

        Returns
        -------
        pandas.DataFrame
            By learner, best first: the score (mean), its standard deviation between folds, pooled r2, and the
            difference with its limits and P.
        """
        by = self.scores[self.score].groupby(level="learner", sort=False)
        table = pd.DataFrame({self.score: by.mean(), "between_folds": by.std(), "pooled_r2": self.pooled["r2"]})
        return table.join(self.differences).sort_values(self.score, ascending=not self.score.startswith("r2"))

    def against(self, rival: str, score: str | None = None, confidence: float = 0.95) -> pd.DataFrame:
        """Differences from another rival, or of another score.

        Parameters
        ----------
        rival : str
            A learner of the comparison.
        score : str, optional
            As in `compare_learners`; that of the comparison if left out.
        confidence : float
            Of the limits.

        Returns
        -------
        pandas.DataFrame
            As ``differences``.

        Raises
        ------
        ValueError
            For an unknown learner or score.
        """
        score = self.score if score is None else score
        if rival not in self.pooled.index:
            raise ValueError(f"no learner {rival!r}; there are {', '.join(self.pooled.index)}")
        if score not in self.scores or score == "n_test":
            raise ValueError(f"no score {score!r} in this comparison")
        return _differences(self.scores, rival, score, self.folds, confidence)

    def plot(self, ax: Any = None) -> Any:
        """Score of each learner on each fold, folds joined by lines.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib.axes.Axes
            The axes drawn on.
        """
        import matplotlib.pyplot as plt

        axes = plt.subplots()[1] if ax is None else ax
        names = list(self.pooled.index)
        by_learner = np.array([self.scores.loc[name, self.score].to_numpy(float) for name in names])
        axes.plot(np.arange(len(names)), by_learner, color="0.7", linewidth=0.8)
        axes.plot(np.arange(len(names)), np.nanmean(by_learner, axis=1), "o", color="C0")
        axes.set_xticks(np.arange(len(names)), names)
        axes.set_ylabel(self.score.replace("_", " "))
        return axes


def _differences(scores: pd.DataFrame, rival: str, score: str, folds: Folds, confidence: float) -> pd.DataFrame:
    """Paired differences from the rival over folds, by Nadeau and Bengio."""
    ratio = float(np.mean([len(test) / len(train) for train, test in folds]))
    better = 1.0 if score.startswith("r2") else -1.0
    rows = {}
    for name in scores.index.unique("learner"):
        if name == rival:
            continue
        gap = (scores.loc[name, score] - scores.loc[rival, score]).to_numpy(float)
        gap = gap[np.isfinite(gap)]
        spread = gap.std(ddof=1) * np.sqrt(1 / gap.size + ratio) if gap.size > 1 else np.nan
        reach = special.stdtrit(gap.size - 1, (1 + confidence) / 2) * spread
        with np.errstate(invalid="ignore", divide="ignore"):
            t = abs(gap.mean()) / spread
        rows[name] = {
            "difference": gap.mean(),
            "low": gap.mean() - reach,
            "high": gap.mean() + reach,
            "p": float(2 * special.stdtr(gap.size - 1, -t)),
            "folds_won": int((better * gap > 0).sum()),
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("learner")


def compare_learners(
    learners: Mapping[str, Any],
    X: pd.DataFrame | ArrayLike,  # noqa: N803
    y: ArrayLike,
    folds: Folds,
    *,
    rival: str | None = None,
    score: str = "rmse",
    within: ArrayLike | None = None,
    factors: Factors = "dummies",
    confidence: float = 0.95,
) -> Comparison:
    """Fit every learner to the same folds and give differences from the simplest, fold by fold.

    Parameters
    ----------
    learners : mapping of str to object with fit and predict
        Such as ``usual_learners()``, or a part of it.
    X : pandas.DataFrame or array_like, shape (n, variables)
        Predictors, none missing.
    y : array_like, shape (n,)
        Response.
    folds : Folds
        From `random_folds`, `grouped_folds` or `spatial_folds`.
    rival : str, optional
        Held against; the first of the mapping if left out. "linear" asks whether a flexible learner earns its keep.
    score : {"rmse", "mae", "r2", "r2_against_training_mean", "r2_within"}
        Whose differences are tested.
    within : array_like, shape (n,), optional
        A group of each row, such as its layer, whose mean is easily known. Scores then hold ``r2_within``: by group
        what is gained on the mean of its training rows, averaged over groups. Where groups differ much, r2 is high for
        whoever knows their means; r2_within asks what else is known.
    factors : {"dummies", "codes"}
        How factors become numbers.
    confidence : float
        Of the limits.

    Returns
    -------
    Comparison
        Scores, paired differences, pooled scores and predictions.

    Raises
    ------
    ValueError
        If fewer than two learners are given, the rival is not among them, the folds belong to other data, or a learner
        predicts something that is not finite.

    Notes
    -----
    Folds share most of their training rows, so their scores are not independent: the standard error of a mean
    difference is the root of ``(1 / k + n_test / n_train)`` times the variance of the k differences, with t on k - 1
    degrees of freedom (Nadeau and Bengio 2003, Machine Learning 52, 239). A plain paired t test rejects too often. The
    limits speak of learners trained on so many rows drawn like these; with folds by rows in clustered data they speak
    of rows that do not exist. Cost: the sum of all fits.
    """
    if len(learners) < 2:
        raise ValueError("two learners at least are needed for a comparison")
    names = list(learners)
    rival = names[0] if rival is None else rival
    if rival not in learners:
        raise ValueError(f"no learner {rival!r}; there are {', '.join(names)}")
    if score not in SCORES or score == "bias":
        raise ValueError(f"score must be one of {', '.join(name for name in SCORES if name != 'bias')}, not {score!r}")
    if score == "r2_within" and within is None:
        raise ValueError("r2_within needs the groups: give within")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    table, values = _prepare(X, y, folds, factors)
    groups = None if within is None else _group_codes(within, len(values))
    tested = np.concatenate(folds.test)
    frame = pd.DataFrame(
        {
            "fold": np.repeat(np.arange(1, len(folds) + 1), [len(test) for test in folds.test]),
            "row": tested,
            "observed": values[tested],
        }
    )
    scores, pooled = {}, {}
    about_mean = ((values[tested] - values[tested].mean()) ** 2).sum()
    for name, learner in learners.items():
        predicted = _predictions(learner, table, values, folds)
        joined = np.concatenate(predicted)
        if not np.isfinite(joined).all():
            raise ValueError(f"learner {name!r} predicts values that are not finite")
        scores[name] = _scores(predicted, values, folds, groups)
        frame[name] = joined
        error = joined - values[tested]
        pooled[name] = {
            "rmse": np.sqrt((error**2).mean()),
            "mae": np.abs(error).mean(),
            "bias": error.mean(),
            "r2": 1 - (error**2).sum() / about_mean if about_mean > 0 else np.nan,
        }
    together = pd.concat(scores, names=["learner"])
    return Comparison(
        scores=together,
        differences=_differences(together, rival, score, folds, confidence),
        pooled=pd.DataFrame.from_dict(pooled, orient="index").rename_axis("learner"),
        predictions=frame,
        rival=rival,
        score=score,
        folds=folds,
    )
