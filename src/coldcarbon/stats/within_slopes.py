"""One slope within groups (group effects absorbed), with errors by cluster that hold up when clusters are few.

Rows of a tower, a lake or a patient are alike. A slope that is fitted through all rows mixes what happens within a
group with how groups differ; centring both variables by group leaves what happens within. Its error then has to be
that of clusters (groups, or groups of groups), of which there may be few, and a few may hold most of the weight:

- "independent": rows about the common slope are independent; the usual error of a regression with group effects;
- "cr1": the usual sandwich by cluster, t with G - 1 degrees of freedom;
- "cr2": the sandwich that is unbiased where rows are independent, t with degrees of freedom by Bell and McCaffrey:
  they count clusters by the weight that they have;
- `wild_cluster_interval`: the wild cluster bootstrap, inverted.

All work on many columns at once, such as the replicates of a simulation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtr, stdtrit

__all__ = ["WithinSlope", "wild_cluster_interval", "within_slope"]

Floats = NDArray[np.float64]
Errors = Literal["independent", "cr1", "cr2"]
Weights = Literal["rademacher", "webb"]

GRID = 81  # slopes at which a bootstrap test is made before it is inverted
REACH = 8.0  # how far the grid goes, in half-widths of the CR2 interval
TINY = 1e-10  # share of the variation of x below which it is none


@dataclass(frozen=True)
class WithinSlope:
    """A slope within groups; arrays of shape (k,) where k columns were given.

    Attributes
    ----------
    slope, standard_error : float or numpy.ndarray
        Unit of y per unit of x. The error is missing for the wild bootstrap, which has none.
    degrees_of_freedom : float or numpy.ndarray
        Of the t distribution; missing for the wild bootstrap.
    low, high : float or numpy.ndarray
        Limits; infinite where a wild bootstrap never rejects.
    p : float or numpy.ndarray
        Two-sided, of no slope.
    cluster_slopes : numpy.ndarray, shape (G,) or (G, k)
        Slope within each cluster; missing where x does not vary in it. The common slope is their weighted mean.
    cluster_weights : numpy.ndarray, shape (G,) or (G, k)
        Weight of each cluster, summing to 1: its share in the variation of x within groups.
    clusters : tuple
        Labels, in the order of the rows.
    n_rows, n_groups, n_clusters : int
        Rows; groups whose effects were absorbed; clusters, the units of replication.
    method : str
        How the error was found.
    confidence : float
        Such as 0.95.
    """

    slope: float | Floats
    standard_error: float | Floats
    degrees_of_freedom: float | Floats
    low: float | Floats
    high: float | Floats
    p: float | Floats
    cluster_slopes: Floats
    cluster_weights: Floats
    clusters: tuple[object, ...]
    n_rows: int
    n_groups: int
    n_clusters: int
    method: str
    confidence: float

    def summary(self) -> pd.DataFrame:
        """One row per column: slope, standard_error, degrees_of_freedom, low, high, p.

        Returns
        -------
        pandas.DataFrame
        """
        names = ("slope", "standard_error", "degrees_of_freedom", "low", "high", "p")
        return pd.DataFrame({name: np.atleast_1d(getattr(self, name)) for name in names})


@dataclass(frozen=True)
class _Centred:
    x: Floats
    y: Floats
    codes: NDArray[np.intp]
    clusters: tuple[object, ...]
    n_groups: int
    single: bool
    variation: Floats  # (G, k) sum of squares of x by cluster
    products: Floats  # (G, k) sum of x times y by cluster

    @property
    def weights(self) -> Floats:
        return np.asarray(self.variation / self.variation.sum(axis=0), float)

    @property
    def slope(self) -> Floats:
        return np.asarray(self.products.sum(axis=0) / self.variation.sum(axis=0), float)

    def scores(self, slope: Floats) -> Floats:
        """Sum of x times the residual by cluster, (G, k)."""
        return np.asarray(self.products - self.variation * slope, float)


def within_slope(
    x: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    errors: Errors = "cr2",
    confidence: float = 0.95,
) -> WithinSlope:
    r"""Slope of y on x with an effect of each group.

    Parameters
    ----------
    x, y : array_like, shape (n,) or (n, k)
        None missing. A single column of one serves all columns of the other.
    groups : array_like, shape (n,)
        Labels of the groups. One label for all rows gives ordinary regression.
    clusters : array_like, shape (n,), optional
        Labels of the units of replication; each holds whole groups. By default the groups.
    errors : {"independent", "cr1", "cr2"}
        See the module.
    confidence : float
        Such as 0.95.

    Returns
    -------
    WithinSlope

    Raises
    ------
    ValueError
        For missing or infinite values, lengths that differ, x that does not vary within groups or varies in one
        cluster only, groups that lie in several clusters, or too few rows.

    Notes
    -----
    With x and y centred by group, cluster g has the variation :math:`S_g = \sum x^2`, its own slope :math:`b_g` and the
    weight :math:`h_g = S_g / \sum S`; the slope is :math:`b = \sum h_g b_g`. For one regressor the general formulas
    (Bell and McCaffrey 2002; with absorbed effects Pustejovsky and Tipton 2018, doi:10.1080/07350015.2016.1247004)
    become

    .. math:: V_{CR2} = \sum_g \frac{h_g^2 (b_g - b)^2}{1 - h_g}, \qquad
        \nu = \Bigl[\sum_g h_g^2 + \sum_{g \ne j} \frac{h_g^2 h_j^2}{(1 - h_g)(1 - h_j)}\Bigr]^{-1},

    and :math:`V_{CR1} = \frac{G}{G - 1} \sum_g h_g^2 (b_g - b)^2` with :math:`G - 1` degrees of freedom. :math:`G`
    counts clusters in which x varies. Cost grows as n k + G k.
    """
    if errors not in get_args(Errors):
        raise ValueError(f"errors must be one of {', '.join(get_args(Errors))}, not {errors!r}")
    _check_confidence(confidence)
    data = _centre(x, y, groups, clusters, several=errors != "independent")
    slope = data.slope
    share = data.weights
    moved = (share > TINY).sum(axis=0)
    if errors == "independent":
        residual = data.y - data.x * slope
        df = np.full(slope.shape, float(len(data.x) - data.n_groups - 1))
        if df[0] < 1:
            raise ValueError(f"{len(data.x)} rows in {data.n_groups} groups leave nothing to estimate an error from")
        variance = (residual**2).sum(axis=0) / df / data.variation.sum(axis=0)
        method = "independent rows"
    else:
        pieces = (data.scores(slope) / data.variation.sum(axis=0)) ** 2
        if errors == "cr1":
            variance = pieces.sum(axis=0) * moved / (moved - 1)
            df = moved - 1.0
            method = "cluster-robust (CR1)"
        else:
            variance = (pieces / (1 - share)).sum(axis=0)
            odds = share**2 / (1 - share)
            square = share**2 / (1 - share) ** 2
            # the double sum over pairs is the square of a sum less the pairs of a cluster with itself
            df = 1 / ((share**2).sum(axis=0) + odds.sum(axis=0) ** 2 - (share**2 * square).sum(axis=0))
            method = "cluster-robust (CR2)"
    error = np.sqrt(variance)
    half = stdtrit(df, (1 + confidence) / 2) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * stdtr(df, -np.abs(slope / error))
    return _result(data, slope, error, df, slope - half, slope + half, p, method, confidence)


def wild_cluster_interval(
    x: ArrayLike,
    y: ArrayLike,
    groups: ArrayLike,
    *,
    clusters: ArrayLike | None = None,
    weights: Weights = "webb",
    n_resamples: int = 999,
    seed: int | np.random.Generator = 0,
    confidence: float = 0.95,
) -> WithinSlope:
    r"""Interval of a slope within groups by the wild cluster bootstrap with the hypothesis imposed, inverted.

    Parameters
    ----------
    x, y, groups, clusters, confidence
        As in `within_slope`.
    weights : {"webb", "rademacher"}
        By what the residuals of a whole cluster are multiplied: six points (Webb 2023, doi:10.1111/caje.12661), or a
        sign; with fewer than about ten clusters signs have too few combinations.
    n_resamples : int
        Resamples, at least 99.
    seed : int or numpy.random.Generator
        The same seed gives the same interval. All columns and all tested slopes share the draws.

    Returns
    -------
    WithinSlope
        ``p`` is that of no slope; limits are the slopes at which p falls to 1 - confidence, interpolated on a grid.

    Raises
    ------
    ValueError
        As `within_slope`; fewer than 99 resamples.

    Notes
    -----
    For a tested slope :math:`b_0` the scores :math:`s_g = S_g (b_g - b_0)` of whole clusters are multiplied by random
    :math:`w_g`; each resample gives :math:`t^* = \Delta / \sqrt{\sum_g (w_g s_g - S_g \Delta)^2}` with
    :math:`\Delta = \sum_g w_g s_g / \sum_g S_g`, held against the t of the data (Cameron, Gelbach and Miller 2008,
    doi:10.1162/rest.90.3.414). Cost grows as resamples x G x k x tested slopes.
    """
    _check_confidence(confidence)
    if weights not in get_args(Weights):
        raise ValueError(f"weights must be one of {', '.join(get_args(Weights))}, not {weights!r}")
    if n_resamples < 99:
        raise ValueError("fewer than 99 resamples give no usable tails")
    data = _centre(x, y, groups, clusters, several=True)
    rng = np.random.default_rng(seed)
    points = np.array([-1.0, 1.0]) if weights == "rademacher" else np.sqrt([0.5, 1.0, 1.5])[:, None] * [-1.0, 1.0]
    drawn = rng.choice(points.ravel(), size=(n_resamples, len(data.clusters)))
    frame = within_slope(x, y, groups, clusters=clusters, errors="cr2", confidence=confidence)
    slope = data.slope
    half = REACH * (np.atleast_1d(frame.high) - slope)
    # finer near the estimate, where limits usually lie
    steps = np.sign(np.linspace(-1, 1, GRID)) * np.linspace(-1, 1, GRID) ** 2
    tested = slope + half * steps[:, None]  # (grid, k)
    p_grid = np.stack([_wild_p(data, one, drawn) for one in tested])
    level = 1 - confidence
    low = _crossing(tested[GRID // 2 :: -1], p_grid[GRID // 2 :: -1], level, -np.inf)
    high = _crossing(tested[GRID // 2 :], p_grid[GRID // 2 :], level, np.inf)
    p = _wild_p(data, np.zeros_like(slope), drawn)
    missing = np.full(slope.shape, np.nan)
    return _result(data, slope, missing, missing, low, high, p, f"wild cluster bootstrap, {weights}", confidence)


def _wild_p(data: _Centred, tested: Floats, drawn: Floats) -> Floats:
    """Share of resamples whose t is at least as large as that of the data, by column."""
    size = data.variation
    total = size.sum(axis=0)
    scores = data.scores(tested)
    step = drawn @ scores / total
    spread = drawn**2 @ scores**2 - 2 * step * (drawn @ (scores * size)) + step**2 * (size**2).sum(axis=0)
    own = data.slope - tested
    own_spread = (data.scores(data.slope) ** 2).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        # squares of t; a resample that is the data itself counts, whatever rounding says
        farther = step**2 * own_spread >= own**2 * np.maximum(spread, 0) * (1 - 1e-9)
    return np.asarray((farther.sum(axis=0) + 1) / (len(drawn) + 1), float)


def _crossing(tested: Floats, p: Floats, level: float, none: float) -> Floats:
    """First place from the estimate outwards at which p falls to the level, interpolated."""
    below = p <= level
    found = below.any(axis=0)
    first = np.maximum(below.argmax(axis=0), 1)
    column = np.arange(tested.shape[1])
    inner, outer = p[first - 1, column], p[first, column]
    share = np.clip((inner - level) / np.where(inner > outer, inner - outer, 1.0), 0, 1)
    place = tested[first - 1, column] + share * (tested[first, column] - tested[first - 1, column])
    return np.where(found, place, none)


def _centre(x: ArrayLike, y: ArrayLike, groups: ArrayLike, clusters: ArrayLike | None, *, several: bool) -> _Centred:
    predictor, response = (np.asarray(values, float) for values in (x, y))
    single = predictor.ndim == 1 and response.ndim == 1
    predictor, response = (v[:, None] if v.ndim == 1 else v for v in (predictor, response))
    if predictor.ndim != 2 or response.ndim != 2 or len(predictor) != len(response):
        raise ValueError(f"x and y must have one row each per observation, not {predictor.shape} and {response.shape}")
    if 1 not in (predictor.shape[1], response.shape[1]) and predictor.shape[1] != response.shape[1]:
        raise ValueError(f"x has {predictor.shape[1]} columns and y {response.shape[1]}")
    for name, values in (("x", predictor), ("y", response)):
        bad = np.flatnonzero(~np.isfinite(values).all(axis=1))
        if bad.size:
            raise ValueError(f"{name} is missing or infinite in {bad.size} rows, the first of them row {bad[0]}")
    group, group_names = _codes(groups, len(predictor), "groups")
    cluster, names = (group, group_names) if clusters is None else _codes(clusters, len(predictor), "clusters")
    within = np.zeros(len(group_names), np.intp)
    within[group] = cluster
    if (within[group] != cluster).any():
        name = group_names[group[np.flatnonzero(within[group] != cluster)[0]]]
        raise ValueError(f"group {name!r} lies in several clusters: a cluster holds whole groups")
    sizes = np.bincount(group).astype(float)[:, None]
    spread = ((predictor - predictor.mean(axis=0)) ** 2).sum(axis=0)
    predictor = predictor - (_sums(predictor, group, len(group_names)) / sizes)[group]
    response = response - (_sums(response, group, len(group_names)) / sizes)[group]
    variation = _sums(predictor**2, cluster, len(names))
    total = variation.sum(axis=0)
    if (total <= TINY * spread).any() or not total.all():
        raise ValueError("x does not vary within any group: there is no slope to estimate")
    if several and (variation >= (1 - TINY) * total).any():
        raise ValueError("x varies in one cluster only: an error by cluster needs at least two")
    products = _sums(predictor * response, cluster, len(names))
    return _Centred(
        predictor,
        response,
        cluster,
        tuple(names),
        len(group_names),
        single,
        np.broadcast_to(variation, products.shape),
        products,
    )


def _sums(values: Floats, codes: NDArray[np.intp], n: int) -> Floats:
    out = np.zeros((n, values.shape[1]))
    np.add.at(out, codes, values)
    return out


def _codes(labels: ArrayLike, n: int, what: str) -> tuple[NDArray[np.intp], list[object]]:
    series = pd.Series(np.asarray(labels))
    if len(series) != n:
        raise ValueError(f"{n} rows but {len(series)} labels of {what}")
    if series.isna().any():
        raise ValueError(f"{int(series.isna().sum())} rows have no label of {what}")
    codes, names = pd.factorize(series)
    return np.asarray(codes, np.intp), list(names)


def _check_confidence(confidence: float) -> None:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence lies between 0 and 1, not {confidence:g}")


def _result(
    data: _Centred,
    slope: Floats,
    error: Floats,
    df: Floats,
    low: Floats,
    high: Floats,
    p: Floats,
    method: str,
    confidence: float,
) -> WithinSlope:
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(data.weights > TINY, data.products / data.variation, np.nan)

    def shaped(values: Floats) -> float | Floats:
        return float(values[0]) if data.single else np.asarray(values, float)

    return WithinSlope(
        slope=shaped(slope),
        standard_error=shaped(error),
        degrees_of_freedom=shaped(np.asarray(df, float)),
        low=shaped(low),
        high=shaped(high),
        p=shaped(p),
        cluster_slopes=own[:, 0] if data.single else own,
        cluster_weights=data.weights[:, 0] if data.single else data.weights,
        clusters=data.clusters,
        n_rows=len(data.x),
        n_groups=data.n_groups,
        n_clusters=int((data.weights > TINY).sum(axis=0).min()),
        method=method,
        confidence=confidence,
    )
