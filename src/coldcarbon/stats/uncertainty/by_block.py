"""Intervals for rows that follow each other in time: moving, circular and stationary block bootstrap.

A series that remembers its past holds fewer independent pieces than rows. Drawing blocks of neighbouring rows keeps the
memory within a block: blocks of fixed length that must fit into the series (moving: Künsch 1989,
doi:10.1214/aos/1176347265), that may run over its end to its start (circular: Politis and Romano 1992), or of random,
geometrically distributed length (stationary: Politis and Romano 1994, doi:10.1080/01621459.1994.10476870). Of several
series, such as one per site, blocks are drawn within each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.uncertainty.interval import (
    Floats,
    Integers,
    Interval,
    check_options,
    limits,
    mean_resamples,
)
from coldcarbon.stats.uncertainty.resampling import WEIGHTS_AT_ONCE

__all__ = ["block_bootstrap", "block_rows", "optimal_block_length"]

Kind = Literal["circular", "moving", "stationary"]
Method = Literal["expanded", "percentile"]

SHORTEST_SERIES = 8  # below, no autocorrelation can be told from chance


def optimal_block_length(values: ArrayLike, kind: Kind = "circular") -> float | Floats:
    r"""Block length that estimates the variance of a mean with the smallest mean squared error.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        Series in the order of time, evenly spaced, none missing, at least 8 rows.
    kind : {"circular", "moving", "stationary"}
        For "stationary" the mean length. Moving blocks are of the same length as circular ones.

    Returns
    -------
    float or ndarray, shape (k,)
        In rows, at least 1 and at most ``min(3 * sqrt(n), n / 3)`` rounded up; round it up for use.

    Raises
    ------
    ValueError
        For missing, constant or too few values.

    Notes
    -----
    With autocovariances :math:`R(k)` and the flat-top window :math:`\lambda(t) = \min(1, 2(1 - |t|))`,

    .. math:: b = \left(\frac{2 G^2}{D}\right)^{1/3} n^{1/3},\quad
        G = \sum_{k=-M}^{M} \lambda(k/M) |k| R(k),\quad g = \sum_{k=-M}^{M} \lambda(k/M) R(k),

    :math:`D = 4 g^2 / 3` for circular and :math:`2 g^2` for stationary blocks (Politis and White 2004,
    doi:10.1081/ETC-120028836, with the correction of Patton, Politis and White 2009, doi:10.1080/07474930802459016).
    :math:`M` is twice the first lag from which :math:`K = \max(5, \log_{10} n)` autocorrelations are all within
    :math:`2 \sqrt{\log_{10} n / n}` of zero, as in the authors' own program and in Python's arch; where there is none,
    twice the last lag outside. Cost grows as k n log n.
    """
    _check_kind(kind)
    table, single = _series(values)
    n = len(table)
    if n < SHORTEST_SERIES:
        raise ValueError(f"{n} rows are too few to choose a block length; {SHORTEST_SERIES} are needed, or name one")
    spread = np.ptp(table, axis=0) == 0
    if spread.any():
        raise ValueError(f"column {int(np.argmax(spread))} is constant: its memory cannot be estimated")
    n_quiet = max(5, int(np.log10(n)))
    last = min(int(np.ceil(np.sqrt(n))) + n_quiet, n - 1)
    centred = table - table.mean(axis=0)
    spectrum = np.fft.rfft(centred, n=2 * n, axis=0)
    covariances = np.fft.irfft(np.abs(spectrum) ** 2, n=2 * n, axis=0)[: last + 1] / n
    outside = np.abs(covariances / covariances[0]) >= 2 * np.sqrt(np.log10(n) / n)
    lengths = np.array([_length(r, out, kind, n_quiet, n) for r, out in zip(covariances.T, outside.T, strict=True)])
    return float(lengths[0]) if single else lengths


def _length(covariances: Floats, outside: NDArray[np.bool_], kind: Kind, n_quiet: int, n: int) -> float:
    last = len(covariances) - 1
    quiet = [lag for lag in range(1, last - n_quiet + 1) if not outside[lag : lag + n_quiet].any()]
    first_quiet = quiet[0] if quiet else int(np.flatnonzero(outside)[-1])
    width = min(2 * max(first_quiet, 1), last)
    lags = np.arange(1, width + 1)
    weights = np.minimum(1.0, 2 * (1 - lags / width))
    slope = 2 * float(weights @ (lags * covariances[1 : width + 1]))
    level = float(covariances[0]) + 2 * float(weights @ covariances[1 : width + 1])
    longest = float(np.ceil(min(3 * np.sqrt(n), n / 3)))
    factor = 2.0 if kind == "stationary" else 4 / 3
    if level == 0:
        return longest
    return float(np.clip((2 * slope**2 / (factor * level**2)) ** (1 / 3) * n ** (1 / 3), 1.0, longest))


def block_rows(
    n_rows: int,
    n_resamples: int,
    block_length: float,
    *,
    kind: Kind = "circular",
    groups: ArrayLike | None = None,
    seed: int | np.random.Generator = 0,
) -> Integers:
    """Rows of block resamples, for a computation of your own.

    Parameters
    ----------
    n_rows : int
        Length of the data.
    n_resamples : int
        How many resamples.
    block_length : float
        Rows in a block, at least 1; rounded up for fixed lengths, the mean length of stationary ones.
    kind : {"circular", "moving", "stationary"}
        How blocks are drawn, see the module.
    groups : array_like, shape (n_rows,), optional
        Label of the series of each row; rows of a series stand in the order of time, not necessarily together.
    seed : int or numpy.random.Generator
        The same seed gives the same rows.

    Returns
    -------
    ndarray of int, shape (n_resamples, n_rows)
        ``values[rows[i]]`` is resample i. Each series keeps its length and its place.

    Raises
    ------
    ValueError
        If a block is shorter than a row or longer than a series, or the labels do not fit.
    """
    _check_kind(kind)
    members = _members(n_rows, groups)
    _check_length(block_length, members)
    return _draw_rows(members, n_rows, n_resamples, block_length, kind, np.random.default_rng(seed))


def _draw_rows(
    members: list[Integers], n_rows: int, n_resamples: int, length: float, kind: Kind, rng: np.random.Generator
) -> Integers:
    rows = np.empty((n_resamples, n_rows), np.intp)
    for places in members:
        rows[:, places] = places[_one_series(len(places), n_resamples, length, kind, rng)]
    return rows


def _one_series(n: int, n_resamples: int, length: float, kind: Kind, rng: np.random.Generator) -> Integers:
    steps = np.arange(n)
    if kind == "stationary":
        begins = rng.random((n_resamples, n)) < 1 / length
        begins[:, 0] = True
        begun = np.maximum.accumulate(np.where(begins, steps, 0), axis=1)
        starts = np.take_along_axis(rng.integers(0, n, (n_resamples, n)), begun, axis=1)
        return (starts + steps - begun) % n
    fixed = int(np.ceil(length))
    last_start = n if kind == "circular" else n - fixed + 1
    starts = rng.integers(0, last_start, (n_resamples, -(-n // fixed)))
    return ((starts[:, :, None] + np.arange(fixed)) % n).reshape(n_resamples, -1)[:, :n]


def block_bootstrap(
    values: ArrayLike,
    *,
    block_length: float | Literal["auto"] = "auto",
    kind: Kind = "circular",
    groups: ArrayLike | None = None,
    statistic: Literal["mean"] | Callable[[Floats], ArrayLike] = "mean",
    vectorized: bool = False,
    n_resamples: int = 5000,
    seed: int | np.random.Generator = 0,
    confidence: float = 0.95,
    method: Method = "expanded",
) -> Interval:
    """Bootstrap interval that draws blocks of neighbouring rows with replacement.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, k)
        In the order of time, evenly spaced, none missing. All columns share the rows of a resample.
    block_length : float or "auto"
        Rows in a block; "auto" takes the longest of `optimal_block_length` over columns (with groups: of their mean
        over series, weighted by length).
    kind : {"circular", "moving", "stationary"}
        How blocks are drawn. Moving blocks draw the rows at both ends less often than the others.
    groups : array_like, shape (n,), optional
        Label of the series of each row; blocks are drawn within a series.
    statistic : "mean" or callable
        A callable gets a resample, always of shape (m, k), and returns numbers.
    vectorized : bool
        The callable gets many resamples at once, shape (resamples, m, k), and returns (resamples, numbers) or
        (resamples,).
    n_resamples : int
        Resamples, at least 100.
    seed : int or numpy.random.Generator
        The same seed gives the same interval.
    confidence : float
        Such as 0.95.
    method : {"expanded", "percentile"}
        "expanded" widens the percentile interval for the small number of blocks (Hesterberg 2015,
        doi:10.1080/00031305.2015.1089789).

    Returns
    -------
    Interval
        The unit is a block: ``n_clusters`` blocks make up a resample, ``n_effective_clusters`` is n / length.

    Raises
    ------
    ValueError
        For missing values, fewer than two blocks, labels that do not fit, or an option out of range.

    Notes
    -----
    Any block bootstrap makes the variance of a mean too small, by about the memory divided by the block length: with
    few blocks intervals stay too short, expanded or not. Cost of "mean": n (1 + k) n_resamples.
    """
    check_options(n_resamples, confidence)
    _check_kind(kind)
    if method not in get_args(Method):
        raise ValueError(f"method must be 'expanded' or 'percentile', not {method!r}")
    table, single = _series(values)
    members = _members(len(table), groups)
    length = _automatic(table, members, kind) if block_length == "auto" else float(block_length)
    _check_length(length, members)
    if kind != "stationary":
        length = float(np.ceil(length))
    n_blocks = sum(int(np.ceil(len(places) / length)) for places in members)
    if n_blocks < 2:
        raise ValueError(f"blocks of {length:g} rows leave one block of {len(table)} rows: take shorter ones")
    rng = np.random.default_rng(seed)

    def draw(size: int) -> Integers:
        return _draw_rows(members, len(table), size, length, kind, rng)

    if callable(statistic):
        estimate = np.ravel(np.asarray(statistic(table[None] if vectorized else table), float))
        resamples = _statistic_resamples(table, draw, n_resamples, statistic, vectorized)
    elif statistic == "mean":
        estimate = table.mean(axis=0)
        resamples = mean_resamples(table, np.ones((len(table), 1)), draw, n_resamples)
    else:
        raise ValueError(f"statistic must be 'mean' or a callable, not {statistic!r}")
    n_effective = len(table) / length
    low, high = limits(resamples, confidence, n_pieces=max(n_effective, 2.0) if method == "expanded" else np.inf)
    scalar = single and estimate.size == 1
    return Interval(
        estimate=float(estimate[0]) if scalar else estimate,
        low=float(low[0]) if scalar else low,
        high=float(high[0]) if scalar else high,
        n_rows=len(table),
        n_clusters=n_blocks,
        n_effective_clusters=n_effective,
        unit=f"block of {length:.3g} rows" if kind != "stationary" else f"block of {length:.3g} rows on average",
        method=f"{kind} block bootstrap, {method}",
        confidence=confidence,
        n_resamples=n_resamples,
    )


def _statistic_resamples(
    table: Floats,
    draw: Callable[[int], Integers],
    n_resamples: int,
    statistic: Callable[[Floats], ArrayLike],
    vectorized: bool,
) -> Floats:
    found = []
    step = max(1, WEIGHTS_AT_ONCE // table.size)
    for first in range(0, n_resamples, step):
        rows = draw(min(step, n_resamples - first))
        if vectorized:
            found.append(np.asarray(statistic(table[rows]), float).reshape(len(rows), -1))
        else:
            found.append(np.stack([np.ravel(np.asarray(statistic(table[one]), float)) for one in rows]))
    return np.concatenate(found)


def _automatic(table: Floats, members: list[Integers], kind: Kind) -> float:
    """Longest over columns of the mean length over series; no longer than half the shortest series."""
    lengths = np.array([np.atleast_1d(optimal_block_length(table[places], kind)) for places in members])
    sizes = np.array([len(places) for places in members], float)
    return min(float((sizes @ lengths / sizes.sum()).max()), sizes.min() / 2)


def _series(values: ArrayLike) -> tuple[Floats, bool]:
    table = np.asarray(values, float)
    single = table.ndim == 1
    table = table[:, None] if single else table
    if table.ndim != 2 or table.size == 0:
        raise ValueError(f"values must have one or two dimensions and a row, not the shape {table.shape}")
    bad = np.flatnonzero(~np.isfinite(table).all(axis=1))
    if bad.size:
        raise ValueError(
            f"values are missing or infinite in {bad.size} rows, the first of them row {bad[0]}: a gap has no "
            "neighbours; fill it, or resample clusters instead"
        )
    return table, single


def _members(n_rows: int, groups: ArrayLike | None) -> list[Integers]:
    """Rows of each series."""
    if n_rows < 2:
        raise ValueError("a series needs at least two rows")
    if groups is None:
        return [np.arange(n_rows)]
    labels = pd.Series(np.asarray(groups))
    if len(labels) != n_rows:
        raise ValueError(f"{n_rows} rows of values but {len(labels)} group labels")
    if labels.isna().any():
        raise ValueError(f"{int(labels.isna().sum())} rows have no group label: give each one or leave it out")
    codes, names = pd.factorize(labels)
    return [np.flatnonzero(codes == code) for code in range(len(names))]


def _check_kind(kind: str) -> None:
    if kind not in get_args(Kind):
        raise ValueError(f"kind must be one of {', '.join(map(repr, get_args(Kind)))}, not {kind!r}")


def _check_length(length: float, members: list[Integers]) -> None:
    shortest = min(len(places) for places in members)
    if not 1 <= length <= shortest:
        raise ValueError(f"a block must have 1 to {shortest} rows, the length of the shortest series, not {length:g}")
