"""Learners around learners: settings chosen on inner folds, and one model for each group."""

from __future__ import annotations

import copy
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.forests.folds import grouped_folds

__all__ = ["PerGroup", "Tuned", "fit_fresh", "fresh"]

Floats = NDArray[np.float64]


def fresh(learner: Any) -> Any:
    """A learner as before any fit, so that folds do not know of each other.

    Parameters
    ----------
    learner : object with fit and predict
        An estimator of scikit-learn is cloned, anything else copied.

    Returns
    -------
    object
        To be fitted.
    """
    if hasattr(learner, "get_params"):
        from sklearn.base import clone  # type: ignore[import-untyped, unused-ignore]

        return clone(learner)
    return copy.deepcopy(learner)


def fit_fresh(learner: Any, X: Floats, y: Floats, units: NDArray[Any]) -> Any:  # noqa: N803
    """Fit a copy of a learner, and tell it which rows belong together if it asks.

    Parameters
    ----------
    learner : object with fit and predict
        With ``wants_units = True`` its ``fit`` takes ``units``.
    X, y
        Training rows.
    units : numpy.ndarray, shape (n,)
        What is left out as one: site, study, block, or the row itself.

    Returns
    -------
    object
        The copy, fitted.
    """
    copied = fresh(learner)
    return copied.fit(X, y, units=units) if getattr(copied, "wants_units", False) else copied.fit(X, y)


def _units_of(units: ArrayLike | None, n: int) -> NDArray[Any]:
    return np.arange(n) if units is None else np.asarray(units)


@dataclass
class Tuned:
    """Of several candidates the one with the smallest error on inner folds, fitted again to all rows.

    Inner folds leave out the same units as the outer ones: a setting chosen on rows whose neighbours were seen is a
    setting for recognising them.

    Attributes
    ----------
    candidates : mapping of name to learner
        Two at least; a setting may be its name.
    n_folds : int
        Inner folds.
    seed : int
        Of the dealing; candidates always meet the same folds.
    chosen : hashable
        After fitting, the name of the best.
    inner_rmse : pandas.Series or None
        After fitting, root mean squared error over all inner test rows by candidate.
    best : object or None
        After fitting, the learner that predicts.
    """

    candidates: Mapping[Hashable, Any]
    n_folds: int = 3
    seed: int = 0
    chosen: Hashable = None
    inner_rmse: pd.Series | None = field(default=None, repr=False)
    best: Any = field(default=None, repr=False)
    wants_units = True

    def fit(self, X: ArrayLike, y: ArrayLike, units: ArrayLike | None = None) -> Tuned:  # noqa: N803
        """Compare the candidates and fit the best.

        Parameters
        ----------
        X : array_like, shape (n, columns)
            Numbers.
        y : array_like, shape (n,)
            Response.
        units : array_like, shape (n,), optional
            What is left out as one; each row by itself if left out.

        Returns
        -------
        Tuned
            Itself.

        Raises
        ------
        ValueError
            If there are fewer than two candidates, or fewer units than inner folds.
        """
        if len(self.candidates) < 2:
            raise ValueError("a choice needs two candidates at least")
        table, values = np.asarray(X, float), np.asarray(y, float)
        together = _units_of(units, len(values))
        folds = grouped_folds(together, self.n_folds, seed=self.seed)
        errors = {}
        for name, candidate in self.candidates.items():
            squares = 0.0
            for train, test in folds:
                fitted = fit_fresh(candidate, table[train], values[train], together[train])
                squares += float(((np.asarray(fitted.predict(table[test])).ravel() - values[test]) ** 2).sum())
            errors[name] = np.sqrt(squares / len(values))
        self.inner_rmse = pd.Series(errors, name="inner_rmse")
        self.chosen = min(errors, key=lambda name: errors[name])
        self.best = fit_fresh(self.candidates[self.chosen], table, values, together)
        return self

    def predict(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Predict with the chosen candidate.

        Parameters
        ----------
        X : array_like, shape (m, columns)
            Numbers.

        Returns
        -------
        numpy.ndarray, shape (m,)
            Predictions.
        """
        if self.best is None:
            raise ValueError("fit before predicting")
        return np.asarray(self.best.predict(np.asarray(X, float)), float).ravel()


@dataclass
class PerGroup:
    """One model for each value of a column, such as a layer of soil; nothing is shared between groups.

    Attributes
    ----------
    learner : object with fit and predict
        Fitted to the other columns of each group's rows.
    column : int
        Position of the column that names the group.
    models : dict or None
        After fitting, by value of the column.
    """

    learner: Any
    column: int = 0
    models: dict[float, Any] | None = field(default=None, repr=False)
    wants_units = True

    def fit(self, X: ArrayLike, y: ArrayLike, units: ArrayLike | None = None) -> PerGroup:  # noqa: N803
        """Fit every group by itself.

        Parameters
        ----------
        X : array_like, shape (n, columns)
            Numbers.
        y : array_like, shape (n,)
            Response.
        units : array_like, shape (n,), optional
            Handed on to a learner that wants them.

        Returns
        -------
        PerGroup
            Itself.
        """
        table, values = np.asarray(X, float), np.asarray(y, float)
        together = _units_of(units, len(values))
        others = np.delete(table, self.column, axis=1)
        self.models = {
            group: fit_fresh(self.learner, others[here], values[here], together[here])
            for group, here in ((g, table[:, self.column] == g) for g in np.unique(table[:, self.column]))
        }
        return self

    def predict(self, X: ArrayLike) -> Floats:  # noqa: N803
        """Predict each row with the model of its group.

        Parameters
        ----------
        X : array_like, shape (m, columns)
            Numbers.

        Returns
        -------
        numpy.ndarray, shape (m,)
            Predictions.

        Raises
        ------
        ValueError
            If a group was not among the training rows.
        """
        if self.models is None:
            raise ValueError("fit before predicting")
        table = np.asarray(X, float)
        groups = table[:, self.column]
        unknown = sorted(set(groups.tolist()) - set(self.models))
        if unknown:
            raise ValueError(f"no training row had {', '.join(f'{g:g}' for g in unknown)} in column {self.column}")
        others = np.delete(table, self.column, axis=1)
        predicted = np.empty(len(table))
        for group in np.unique(groups):
            here = groups == group
            predicted[here] = np.asarray(self.models[group].predict(others[here]), float).ravel()
        return predicted
