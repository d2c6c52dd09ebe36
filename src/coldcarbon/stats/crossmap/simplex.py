"""Simplex projection and S-map: prediction from the neighbours of a state, leaving that state out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.crossmap.embedding import Neighbours, embed, shift
from coldcarbon.stats.crossmap.series import Detrend, Series, read_series

__all__ = ["Embedding", "Simplex", "choose_embedding", "s_map", "simplex", "skill"]

Floats = NDArray[np.float64]


def skill(predicted: Floats, observed: Floats) -> Floats:
    """Pearson correlation along the second-last axis, rows with a missing prediction left out.

    Parameters
    ----------
    predicted, observed : ndarray, shapes (..., m, k), broadcast
        m points, k series.

    Returns
    -------
    ndarray, shape (..., k)
        NaN for fewer than three predictions; 0 for a constant prediction.
    """
    good = np.isfinite(predicted) & np.isfinite(observed)
    whole = bool(good.all())
    count = predicted.shape[-2] if whole else good.sum(axis=-2, keepdims=True)
    if not whole:
        predicted, observed = np.where(good, predicted, 0.0), np.where(good, observed, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        a = predicted - predicted.sum(axis=-2, keepdims=True) / count
        b = observed - observed.sum(axis=-2, keepdims=True) / count
        if not whole:
            a, b = a * good, b * good
        product = (a * b).sum(axis=-2)
        spread = np.sqrt((a * a).sum(axis=-2) * (b * b).sum(axis=-2))
        rho = np.where(spread > 0, product / spread, 0.0)
    enough = count >= 3 if whole else np.squeeze(count, axis=-2) >= 3
    return np.where(enough, rho, np.nan)


@dataclass(frozen=True)
class Simplex:
    """Result of `simplex`.

    Attributes
    ----------
    rho, mae, rmse : float
        Correlation, mean absolute and root mean squared error of the predictions (unit of the target).
    n : int
        Predictions.
    predictions : pandas.DataFrame
        By row of the data that the prediction was made from: observed, predicted.
    dimension, tau, horizon : int
        E, tau and Tp.
    """

    rho: float
    mae: float
    rmse: float
    n: int
    predictions: pd.DataFrame
    dimension: int
    tau: int
    horizon: int


@dataclass(frozen=True)
class Points:
    """States of an embedding with the neighbours of each, and the rows they stand for."""

    neighbours: Neighbours
    rows: NDArray[np.intp]


def check_embedding(dimension: int, tau: int) -> None:
    """Refuse E below 1 and tau 0."""
    if dimension < 1 or int(dimension) != dimension:
        raise ValueError(f"E must be a whole number of 1 or more, not {dimension}")
    if tau == 0 or int(tau) != tau:
        raise ValueError(f"tau must be a whole number other than 0 (negative looks back), not {tau}")


def states(
    series: Series, library: str, targets: Iterable[Floats], dimension: int, tau: int, exclusion_radius: int
) -> Points:
    """States of a column that have all targets."""
    check_embedding(dimension, tau)
    if exclusion_radius < 0:
        raise ValueError(f"the exclusion radius must not be negative, but is {exclusion_radius}")
    vectors = embed(series[library], dimension, tau, series.segments)
    usable = np.isfinite(vectors).all(axis=1)
    for target in targets:
        usable &= np.isfinite(target)
    rows = np.flatnonzero(usable)
    if len(rows) < dimension + 3:
        raise ValueError(
            f"{len(rows)} states of dimension {dimension} without gaps; at least {dimension + 3} are needed: "
            "take a smaller E or longer series"
        )
    return Points(Neighbours.of(vectors[rows], rows, exclusion_radius, series.segments), rows)


def _errors(observed: Floats, predicted: Floats) -> tuple[float, float, float, int]:
    good = np.isfinite(predicted)
    rest = predicted[good] - observed[good]
    rho = float(skill(predicted[:, None], observed[:, None])[0])
    return rho, float(np.abs(rest).mean()), float(np.sqrt((rest**2).mean())), int(good.sum())


def simplex(
    data: pd.DataFrame | Mapping[str, ArrayLike],
    column: str,
    target: str | None = None,
    *,
    E: int,  # noqa: N803
    tau: int = -1,
    Tp: int = 1,  # noqa: N803
    exclusion_radius: int = 0,
    segments: str | ArrayLike | None = None,
    detrend: Detrend = "none",
    phases: str | ArrayLike | int | None = None,
) -> Simplex:
    """Simplex projection (Sugihara and May 1990), each state predicted from all others.

    ``y_hat = sum_j w_j y_j / sum_j w_j`` over the E + 1 nearest states j, ``w_j = exp(-d_j / d_1)``. Predictions equal
    rEDM's and pyEDM's to 1e-12; with a negative Tp pyEDM's simplex leaves out some states more at the start.

    Parameters
    ----------
    data : pandas.DataFrame or mapping of columns
        Rows in time order, equally spaced; NaN is a gap.
    column : str
        Whose past states are the neighbours.
    target : str, optional
        What is predicted; the column itself by default.
    E, tau, Tp : int
        Dimension; lag (negative looks back); steps ahead.
    exclusion_radius : int
        States so many rows or fewer away are no neighbours; 0 leaves out the state itself only.
    segments : str or array_like, optional
        Replicates: a column name or labels. No state crosses from one into another.
    detrend, phases
        As in `coldcarbon.stats.crossmap.detrend`.

    Returns
    -------
    Simplex
        With all predictions.

    Raises
    ------
    KeyError, ValueError
        For absent, constant or infinite columns, bad E or tau, too few states.
    """
    name = target or column
    series = read_series(data, [column, name], segments=segments, phases=phases, method=detrend)
    ahead = shift(series[name], Tp, series.segments)
    points = states(series, column, [ahead], E, tau, exclusion_radius)
    neighbours, weights = points.neighbours.nearest(E + 1)
    observed = ahead[points.rows]
    predicted = (weights[:, 0] * observed[neighbours[:, 0]]).sum(axis=0)
    rho, mae, rmse, n = _errors(observed, predicted)
    table = pd.DataFrame({"observed": observed, "predicted": predicted}, index=pd.Index(points.rows, name="row"))
    return Simplex(rho, mae, rmse, n, table, E, tau, Tp)


@dataclass(frozen=True)
class Embedding:
    """Result of `choose_embedding`.

    Attributes
    ----------
    best : int
        Dimension of the highest correlation on held-out states (the smallest within ``tolerance`` of it).
    table : pandas.DataFrame
        By E: rho, mae, rmse, n.
    held_out : str
        As given.
    """

    best: int
    table: pd.DataFrame
    held_out: str


def choose_embedding(
    data: pd.DataFrame | Mapping[str, ArrayLike],
    column: str,
    *,
    dimensions: Iterable[int] = range(1, 9),
    tau: int = -1,
    Tp: int = 1,  # noqa: N803
    held_out: Literal["one", "later half", "segment"] = "one",
    exclusion_radius: int = 0,
    segments: str | ArrayLike | None = None,
    detrend: Detrend = "none",
    phases: str | ArrayLike | int | None = None,
    tolerance: float = 0.0,
) -> Embedding:
    """Embedding dimension by simplex prediction of held-out states of the series itself.

    Parameters
    ----------
    data, column, tau, Tp, exclusion_radius, segments, detrend, phases
        As in `simplex`.
    dimensions : iterable of int
        E to try.
    held_out : str
        "one": each state from all others (rEDM's and pyEDM's ``EmbedDimension`` with one range for library and
        prediction); "later half": the later half of the states from the earlier; "segment": each replicate from the
        others.
    tolerance : float
        The smallest E within so much of the highest rho is taken.

    Returns
    -------
    Embedding
        Errors in the unit of the column.

    Raises
    ------
    KeyError, ValueError
        As `simplex`, or for "segment" with one replicate.
    """
    series = read_series(data, [column], segments=segments, phases=phases, method=detrend)
    ahead = shift(series[column], Tp, series.segments)
    rows = []
    for dimension in dimensions:
        points = states(series, column, [ahead], dimension, tau, exclusion_radius)
        observed = ahead[points.rows]
        m = len(observed)
        predicted = np.full(m, np.nan)
        if held_out == "one":
            groups: list[tuple[NDArray[np.intp], NDArray[np.intp] | None]] = [(np.arange(m), None)]
        elif held_out == "later half":
            groups = [(np.arange(m // 2, m), np.arange(m // 2))]
        elif held_out == "segment":
            codes = series.segments[points.rows]
            if codes[0] == codes[-1]:
                raise ValueError("there is one segment: nothing can be held out by segment")
            groups = [(np.flatnonzero(codes == c), np.flatnonzero(codes != c)) for c in np.unique(codes)]
        else:
            raise ValueError(f"held_out must be 'one', 'later half' or 'segment', not {held_out!r}")
        for asked, library in groups:
            if library is not None and len(library) < dimension + 2:
                raise ValueError(f"{len(library)} states are left as library for E {dimension}: too few")
            neighbours, weights = points.neighbours.nearest(dimension + 1, None if library is None else library[None])
            predicted[asked] = (weights[:, 0] * observed[neighbours[:, 0]]).sum(axis=0)[asked]
        rows.append((dimension, *_errors(observed, predicted)))
    table = pd.DataFrame(rows, columns=["E", "rho", "mae", "rmse", "n"]).set_index("E")
    good = table["rho"] >= table["rho"].max() - tolerance
    return Embedding(int(table.index[good].min()), table, held_out)


def s_map(
    data: pd.DataFrame | Mapping[str, ArrayLike],
    column: str,
    target: str | None = None,
    *,
    E: int,  # noqa: N803
    thetas: Iterable[float] = (0.0, 0.1, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0),
    tau: int = -1,
    Tp: int = 1,  # noqa: N803
    exclusion_radius: int = 0,
    detrend: Detrend = "none",
    phases: str | ArrayLike | int | None = None,
) -> pd.DataFrame:
    """S-map skill by theta: whether a state-dependent map predicts better than one linear map (Sugihara 1994).

    Computed by pyEDM, one process.

    Parameters
    ----------
    data, column, target, E, tau, Tp, exclusion_radius, detrend, phases
        As in `simplex`; one series without gaps.
    thetas : iterable of float
        0 is a linear autoregression; a skill that rises with theta speaks for nonlinear dynamics.

    Returns
    -------
    pandas.DataFrame
        By theta: rho, mae, rmse, n; ``attrs["coefficients"]`` holds, for the theta of the highest rho, the local
        coefficients by row (pyEDM's columns).

    Raises
    ------
    KeyError, ValueError
        As `simplex`, or for gaps.
    """
    import pyEDM  # type: ignore[import-untyped]

    name = target or column
    series = read_series(data, [column, name], phases=phases, method=detrend)
    check_embedding(E, tau)
    table = pd.DataFrame(series.columns)
    if detrend == "difference":
        table = table.iloc[1:].reset_index(drop=True)
    if table.isna().any().any():
        gap = table.columns[table.isna().any()][0]
        raise ValueError(f"column {gap!r} has gaps: the S-map takes one series without")
    frame = pd.concat([pd.Series(np.arange(1, len(table) + 1), name="row"), table], axis=1)
    span = f"1 {len(table)}"
    rows: list[tuple[float, float, float, float, int]] = []
    coefficients: dict[float, pd.DataFrame] = {}
    for theta in thetas:
        answer = pyEDM.SMap(
            dataFrame=frame,
            columns=column,
            target=name,
            lib=span,
            pred=span,
            E=E,
            Tp=Tp,
            tau=tau,
            theta=float(theta),
            exclusionRadius=exclusion_radius,
        )
        both = answer["predictions"][["Observations", "Predictions"]].dropna().to_numpy(float)
        rows.append((float(theta), *_errors(both[:, 0], both[:, 1])))
        coefficients[float(theta)] = answer["coefficients"]
    result = pd.DataFrame(rows, columns=["theta", "rho", "mae", "rmse", "n"]).set_index("theta")
    result.attrs["coefficients"] = coefficients[rows[int(np.nanargmax(result["rho"].to_numpy()))][0]]
    return result
