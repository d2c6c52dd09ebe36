"""How well a model's output meets observations: scores, what each row adds to them, and Taylor's statistics.

Two scores share the name R2. ``efficiency`` is ``1 - SSE / SST`` (Nash and Sutcliffe 1970,
doi:10.1016/0022-1694(70)90255-6): one for a perfect model, zero for the mean of the observations, below zero for what
is worse than that mean. ``r2`` is the squared correlation: it forgives any bias and any scale, and is never below
`efficiency`.

`score_columns` splits each score into one number per row whose mean is the score (the score plus the row's influence
on it). Any interval for a mean, such as `coldcarbon.stats.uncertainty.cluster_robust_interval`, then gives one for the
score (delete-one and delta methods agree to first order; Efron and Tibshirani 1993, chapter 22), and the difference of
two models' columns one for the difference of their scores. `score_intervals` does so on scales on which a score has no
bound that an interval could cross.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.uncertainty import cluster_robust_interval

__all__ = ["SCORES", "model_scores", "score_columns", "score_gains", "score_intervals", "taylor_statistics"]

Floats = NDArray[np.float64]
SCORES: Final = ("efficiency", "r2", "rmse", "mae", "bias", "slope")


def _pair(observed: ArrayLike, simulated: ArrayLike) -> tuple[Floats, Floats]:
    seen, said = np.asarray(observed, dtype=np.float64), np.asarray(simulated, dtype=np.float64)
    if seen.ndim != 1 or said.shape != seen.shape:
        raise ValueError(f"observed {seen.shape} and simulated {said.shape} must be two rows of the same length")
    if len(seen) < 3:
        raise ValueError(f"{len(seen)} observations are too few for a score; there must be at least 3")
    for name, values in (("observed", seen), ("simulated", said)):
        if not np.isfinite(values).all():
            place = int(np.argmin(np.isfinite(values)))
            raise ValueError(f"{name} is {values[place]} in row {place}")
    if np.ptp(seen) == 0:
        raise ValueError("all observations are equal: nothing is there to be explained")
    return seen, said


def _constant(said: Floats) -> bool:
    """Whether a model says the same everywhere but for rounding: it then has no correlation."""
    return bool(np.ptp(said) <= 1e-12 * max(float(np.abs(said).max()), 1e-300))


def score_columns(observed: ArrayLike, simulated: ArrayLike) -> pd.DataFrame:
    """What each row says of each score; the mean of a column is the score.

    Parameters
    ----------
    observed, simulated : array_like, shape (n,)
        In one unit, at least three rows.

    Returns
    -------
    pandas.DataFrame, shape (n, 6)
        Columns `SCORES`: efficiency and r2 (no unit), rmse, mae and bias (simulated minus observed; in the unit of the
        observations), slope (of simulated on observed). ``r2`` is NaN if the model says the same everywhere.

    Raises
    ------
    ValueError
        For lengths that differ, fewer than three rows, numbers that are not finite, observations that are all equal.
    """
    seen, said = _pair(observed, simulated)
    error = said - seen
    out, back = seen - seen.mean(), said - said.mean()
    spread = float((out**2).mean())
    square, absolute = error**2, np.abs(error)
    efficiency = 1 - float(square.mean()) / spread
    rmse = float(np.sqrt(square.mean()))
    slope = float((out * back).mean()) / spread
    columns = {
        "efficiency": efficiency - (square - (1 - efficiency) * out**2) / spread,
        "rmse": rmse + (square - rmse**2) / (2 * rmse) if rmse > 0 else np.zeros_like(seen),
        "mae": absolute,
        "bias": error,
        "slope": slope + out * (back - slope * out) / spread,
    }
    if _constant(said):
        columns["r2"] = np.full_like(seen, np.nan)
    else:
        a, b = out / out.std(), back / back.std()
        r = float((a * b).mean())
        columns["r2"] = r**2 + 2 * r * (a * b - r * (a**2 + b**2) / 2)
    return pd.DataFrame(columns)[list(SCORES)]


def model_scores(observed: ArrayLike, simulated: ArrayLike) -> pd.Series:
    """Scores of a model.

    Parameters
    ----------
    observed, simulated : array_like, shape (n,)
        As in `score_columns`.

    Returns
    -------
    pandas.Series
        Index `SCORES`.

    Raises
    ------
    ValueError
        As `score_columns`.
    """
    return score_columns(observed, simulated).mean(skipna=False)


def score_intervals(
    observed: ArrayLike, simulated: ArrayLike, clusters: ArrayLike, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Scores of a model with intervals that respect how rows came about.

    Cluster-robust t intervals of the columns of `score_columns`, on the logarithm of ``1 - efficiency`` (the share of
    the squares left), of rmse and of mae, on Fisher's z of the correlation, and as they are for bias and slope.

    Parameters
    ----------
    observed, simulated : array_like, shape (n,)
        As in `score_columns`.
    clusters : array_like, shape (n,)
        What a new study would draw anew: the site or tower of each row. At least two.
    confidence : float
        Such as 0.95.

    Returns
    -------
    pandas.DataFrame
        Index `SCORES`; columns estimate, low, high. NaN for r2 if the model says the same everywhere. A perfect model
        has no interval: both limits are the score.

    Raises
    ------
    ValueError
        As `score_columns` and `coldcarbon.stats.uncertainty.cluster_robust_interval`.
    """
    seen, said = _pair(observed, simulated)
    columns = score_columns(seen, said)
    estimate = columns.mean(skipna=False)
    moved = columns.copy()  # on the scales named above, by the chain rule
    left = 1 - estimate["efficiency"]
    if left > 0:
        moved["efficiency"] = np.log(left) - (columns["efficiency"] - estimate["efficiency"]) / left
        for name in ("rmse", "mae"):
            moved[name] = np.log(estimate[name]) + (columns[name] - estimate[name]) / estimate[name]
    r = np.nan if _constant(said) else float(np.corrcoef(seen, said)[0, 1])
    bounded = 0 < abs(r) < 1 - 1e-12
    if bounded:
        moved["r2"] = np.arctanh(r) + (columns["r2"] - estimate["r2"]) / (2 * r * (1 - r**2))
    kept = [name for name in SCORES if np.isfinite(estimate[name])]
    found = cluster_robust_interval(moved[kept], clusters, confidence=confidence)
    table = pd.DataFrame(np.nan, index=list(SCORES), columns=["low", "high"])
    table.loc[kept] = np.column_stack([found.low, found.high])
    if left > 0:
        table.loc["efficiency"] = 1 - np.exp(table.loc["efficiency"].to_numpy()[::-1])
        table.loc[["rmse", "mae"]] = np.exp(table.loc[["rmse", "mae"]])
    if bounded:
        ends = np.tanh(table.loc["r2"].to_numpy())
        squares = np.sort(ends**2)
        table.loc["r2"] = (0.0 if ends[0] < 0 < ends[1] else squares[0], squares[1])
    table.insert(0, "estimate", estimate)
    return table


def score_gains(
    observed: ArrayLike, simulated: ArrayLike, rival: ArrayLike, clusters: ArrayLike, *, confidence: float = 0.95
) -> pd.DataFrame:
    """By how much the scores of a model lie above a rival's on the same rows.

    Cluster-robust t intervals of the differences of the columns of `score_columns`.

    Parameters
    ----------
    observed, simulated, rival : array_like, shape (n,)
        As in `score_columns`.
    clusters : array_like, shape (n,)
        As in `score_intervals`. A single one gives no interval.
    confidence : float
        Such as 0.95.

    Returns
    -------
    pandas.DataFrame
        Index `SCORES`; columns estimate, low, high. NaN for r2 if one of the two says the same everywhere; limits are
        NaN for a single cluster.

    Raises
    ------
    ValueError
        As `score_columns` and `coldcarbon.stats.uncertainty.cluster_robust_interval`.
    """
    columns = score_columns(observed, simulated) - score_columns(observed, rival)
    table = pd.DataFrame({"estimate": columns.mean(skipna=False), "low": np.nan, "high": np.nan})
    kept = list(table.index[np.isfinite(table["estimate"])])
    if len(np.unique(np.asarray(clusters))) > 1:
        found = cluster_robust_interval(columns[kept], clusters, confidence=confidence)
        table.loc[kept, ["low", "high"]] = np.column_stack([found.low, found.high])
    return table


def taylor_statistics(observed: ArrayLike, simulated: ArrayLike) -> pd.Series:
    """What a Taylor diagram draws (Taylor 2001, doi:10.1029/2000JD900719).

    Standard deviations s (divided by n), correlation R and the centred root mean square difference E obey
    ``E^2 = s_obs^2 + s_sim^2 - 2 s_obs s_sim R``, the law of cosines. The bias is not in them.

    Parameters
    ----------
    observed, simulated : array_like, shape (n,)
        As in `score_columns`.

    Returns
    -------
    pandas.Series
        sd_observed, sd_simulated, correlation (NaN if the model says the same everywhere), centred_rmse, bias.

    Raises
    ------
    ValueError
        As `score_columns`.
    """
    seen, said = _pair(observed, simulated)
    out, back = seen - seen.mean(), said - said.mean()
    flat = _constant(said)
    sd_seen, sd_said = float(out.std()), 0.0 if flat else float(back.std())
    correlation = np.nan if flat else float((out * back).mean()) / (sd_seen * sd_said)
    return pd.Series(
        {
            "sd_observed": sd_seen,
            "sd_simulated": sd_said,
            "correlation": correlation,
            "centred_rmse": float(np.sqrt(((back - out) ** 2).mean())),
            "bias": float((said - seen).mean()),
        }
    )
