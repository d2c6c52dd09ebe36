"""Stepwise selection of linear predictors by AIC, for one response or for many at once.

Selection looks at the response, and the P values of the terms it keeps do not know this. `stepwise_selection` gives
both, for as many simulated responses as one likes, so that the false alarms can be counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr

__all__ = ["Selection", "stepwise_selection"]

Floats = NDArray[np.float64]
MOST_PREDICTORS = 12  # all subsets are fitted beforehand: 4,096 of them
COLLINEAR = 1e-10


@dataclass(frozen=True)
class Selection:
    """What stepwise selection kept; arrays of shape (p,) and scalars for one response, (p, k) and (k,) for k.

    Attributes
    ----------
    names : tuple of str
        Predictors, in the order given.
    kept : numpy.ndarray of bool
        Which stand in the model where the search ended.
    estimates : numpy.ndarray
        Coefficients in the units of response over predictor; missing where a predictor was not kept.
    p_values : numpy.ndarray
        Two-sided, by t in the final model as if it had been fixed beforehand; missing likewise.
    aic, aic_null : float or numpy.ndarray
        Of the final model and of the intercept alone, without constants: n log(RSS / n) + 2 (terms + 1).
    """

    names: tuple[str, ...]
    kept: NDArray[np.bool_]
    estimates: Floats
    p_values: Floats
    aic: float | Floats
    aic_null: float | Floats

    def summary(self) -> pd.DataFrame:
        """By predictor: kept (share of the responses), and for one response estimate and p."""
        table = pd.DataFrame({"kept": np.atleast_2d(self.kept.T).mean(axis=0)}, index=list(self.names))
        if self.kept.ndim == 1:
            table["estimate"], table["p"] = self.estimates, self.p_values
        return table


def stepwise_selection(
    predictors: ArrayLike | pd.DataFrame, responses: ArrayLike, names: Sequence[str] | None = None
) -> Selection:
    """Select predictors by AIC, adding or dropping one at a time from the intercept alone.

    Parameters
    ----------
    predictors : array_like, shape (n, p)
        At most 12 columns, none constant or a sum of multiples of others.
    responses : array_like, shape (n,) or (n, k)
        Each column is selected for on its own. Rows are the units of replication.
    names : sequence of str, optional
        Of the predictors; the columns of a frame by default, else x1, x2 ...

    Returns
    -------
    Selection

    Raises
    ------
    ValueError
        For missing values, lengths that differ, too many predictors or too few rows, or collinear predictors.

    Notes
    -----
    As ``step`` in R with ``direction="both"`` from ``y ~ 1``: at each step the model of smallest AIC among those with
    one term more or one term less, until none is smaller. All 2**p models are fitted beforehand by least squares,
    which costs 2**p n p k, and the search then looks them up.
    """
    x, y = np.asarray(predictors, float), np.asarray(responses, float)
    if x.ndim != 2 or y.ndim not in (1, 2) or len(x) != len(y):
        raise ValueError(f"predictors and responses need one row per observation, not {x.shape} and {y.shape}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("values are missing or infinite: leave these rows out first")
    n, p = x.shape
    if not 1 <= p <= MOST_PREDICTORS or n < p + 3:
        raise ValueError(f"{p} predictors and {n} rows; at most {MOST_PREDICTORS} and three rows more than predictors")
    if names is None:
        names = [str(name) for name in getattr(predictors, "columns", [f"x{i + 1}" for i in range(p)])]
    single, y = y.ndim == 1, y[:, None] if y.ndim == 1 else y
    centred, response = x - x.mean(axis=0), y - y.mean(axis=0)
    scale = np.sqrt((centred**2).sum(axis=0))
    if (scale == 0).any() or np.linalg.svd(centred / scale, compute_uv=False)[-1] < COLLINEAR**0.5:
        raise ValueError("a predictor is constant, or a sum of multiples of others: leave one of them out")
    z = centred / scale
    products, crossed = z.T @ z, z.T @ response
    total = (response**2).sum(axis=0)
    members = ((np.arange(2**p)[:, None] >> np.arange(p)) & 1).astype(bool)
    squares = np.empty((2**p, y.shape[1]))
    for model, chosen in enumerate(members):
        part = crossed[chosen]
        squares[model] = total - (part * np.linalg.solve(products[np.ix_(chosen, chosen)], part)).sum(axis=0)
    if (squares <= COLLINEAR * total).any():
        raise ValueError("the predictors reproduce a response without error")
    aic = n * np.log(squares / n) + 2 * (members.sum(axis=1) + 1)[:, None]
    ended = _search(aic, p)
    kept = members[ended]
    estimates, p_values = np.full((2, len(ended), p), np.nan)
    for model in np.unique(ended):
        chosen, of = members[model], np.flatnonzero(ended == model)
        if not chosen.any():
            continue
        inverse = np.linalg.inv(products[np.ix_(chosen, chosen)])
        found = inverse @ crossed[chosen][:, of]
        df = n - chosen.sum() - 1
        error = np.sqrt(np.diag(inverse)[:, None] * squares[model, of] / df)
        estimates[np.ix_(of, chosen)] = (found / scale[chosen, None]).T
        p_values[np.ix_(of, chosen)] = (2 * stdtr(df, -np.abs(found / error))).T
    columns = np.arange(y.shape[1])
    best, null = aic[ended, columns], aic[0]
    labels = tuple(str(name) for name in names)
    if single:
        return Selection(labels, kept[0], estimates[0], p_values[0], float(best[0]), float(null[0]))
    return Selection(labels, kept.T, estimates.T, p_values.T, best, null)


def _search(aic: Floats, p: int) -> NDArray[np.intp]:
    """Number of the model at which each column's search ends; bit i of a number stands for predictor i."""
    columns = np.arange(aic.shape[1])
    here = np.zeros(aic.shape[1], np.intp)
    while True:
        neighbours = here ^ (1 << np.arange(p))[:, None]
        values = aic[neighbours, columns]
        step = values.argmin(axis=0)
        better = values[step, columns] < aic[here, columns] - 1e-9
        if not better.any():
            return here
        here = np.where(better, neighbours[step, columns], here)
