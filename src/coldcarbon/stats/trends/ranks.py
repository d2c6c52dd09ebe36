"""Mann-Kendall test and Sen slope, for one series or many, with gaps, ties and any dates.

Cost grows with series x n (n - 1) / 2, the pairs of values of a series. Pairs are held in blocks of 16 MB; above 2,500
values order statistics of the slopes are found without holding them all (10,000 values: a few seconds).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from coldcarbon.stats.trends.result import Trend
from coldcarbon.stats.trends.series import BLOCK, Panel, autocorrelation, panel

__all__ = ["MannKendall", "mann_kendall", "prewhiten", "sen_slope"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Number = float | Floats
Variant = Literal["original", "hamed-rao", "yue-wang", "prewhitened", "trend-free-prewhitened"]
Limits = Literal["nearest", "interpolated", "nearest-inner"]

VARIANTS = {
    "original": "Mann-Kendall",
    "hamed-rao": "Mann-Kendall, variance corrected after Hamed and Rao",
    "yue-wang": "Mann-Kendall, variance corrected after Yue and Wang",
    "prewhitened": "Mann-Kendall after prewhitening",
    "trend-free-prewhitened": "Mann-Kendall after trend-free prewhitening",
}
LONG = 2_500  # values above which the slopes of a series are not all held at once
SAMPLED_PAIRS = 200_000


@dataclass(frozen=True)
class MannKendall:
    """Result of `mann_kendall`: numbers for one series, arrays of shape (series,) for many.

    Attributes
    ----------
    s, variance : float or ndarray
        Kendall's score and its variance under no trend, corrected as the variant says.
    z, p : float or ndarray
        Two-sided P.
    tau_b : float or ndarray
        S over the pairs untied in value and in time: what R reports (``Kendall``, ``trend``, ``cor``).
    tau_a : float or ndarray
        S over all pairs n (n - 1) / 2: what pymannkendall reports.
    n : int or ndarray
        Values used; after prewhitening those left.
    variance_factor : float or ndarray
        Corrected over uncorrected variance. At or below 0 there is no P (NaN, with a warning).
    autocorrelation : float or ndarray
        Lag-1 autocorrelation that the variant used; NaN for "original".
    variant : str
        As given.
    method : str
        In words, for a caption.
    names : tuple of str or None
        Of the series.
    """

    s: Number
    variance: Number
    z: Number
    p: Number
    tau_b: Number
    tau_a: Number
    n: Any
    variance_factor: Number
    autocorrelation: Number
    variant: str
    method: str
    names: tuple[str, ...] | None = None

    def summary(self) -> pd.DataFrame:
        """One row per series.

        Returns
        -------
        pandas.DataFrame
            Columns as the attributes.
        """
        skipped = {"variant", "method", "names"}
        columns = {
            item.name: np.atleast_1d(getattr(self, item.name)) for item in fields(self) if item.name not in skipped
        }
        frame = pd.DataFrame(columns)
        if self.names is not None:
            frame.index = pd.Index(self.names, name="series")
        frame.attrs["method"] = self.method
        return frame


@lru_cache(maxsize=8)
def _kept_pairs(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    return np.triu_indices(n, 1)


def _pairs(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Pairs of places, the earlier first; kept for short series."""
    return _kept_pairs(n) if n <= 500 else np.triu_indices(n, 1)


def _tie_sums(sorted_rows: Floats) -> Floats:
    """Sums over ties, (3, series): t(t-1)(2t+5), t(t-1)(t-2), t(t-1); rows sorted, NaN last (never tied)."""
    n_series, n = sorted_rows.shape
    with np.errstate(invalid="ignore"):
        equal = sorted_rows[:, 1:] == sorted_rows[:, :-1]
    sums = np.zeros((3, n_series))
    tied = np.flatnonzero(equal.any(axis=1))
    if len(tied):
        new = np.ones((len(tied), n), bool)
        new[:, 1:] = ~equal[tied]
        starts = np.flatnonzero(new.ravel())
        t = np.diff(np.append(starts, new.size)).astype(float)
        owner = starts // n
        for row, term in enumerate((t * (t - 1) * (2 * t + 5), t * (t - 1) * (t - 2), t * (t - 1))):
            sums[row, tied] = np.bincount(owner, weights=term, minlength=len(tied))
    return sums


def _score(values: Floats, times: Floats) -> Floats:
    """Kendall's S per series: pairs that rise minus pairs that fall."""
    n_series, n = values.shape
    distinct = len(times) < 2 or (np.diff(times) > 0).all()
    total = np.zeros(n_series)
    if n_series * n * (n - 1) // 2 <= 100_000:
        first, second = _pairs(n)
        signs = np.sign(values[:, second] - values[:, first])
        if not distinct:
            signs = signs * (times[second] > times[first])
        return np.nansum(signs, axis=1)
    columns = np.ascontiguousarray(values.T)
    for i in range(n - 1):
        later = columns[i + 1 :] if distinct else columns[i + 1 :][times[i + 1 :] > times[i]]
        total += np.count_nonzero(later > columns[i], axis=0)
        total -= np.count_nonzero(later < columns[i], axis=0)
    return total


def _score_and_variance(data: Panel) -> tuple[Floats, Floats, Floats, Floats]:
    """S, its variance with ties in values and in times (Kendall 1975), tau-a and tau-b."""
    with np.errstate(invalid="ignore"):
        score = np.concatenate([_score(data.values[part], data.times) for part in data.blocks(8 * len(data.times))])
    n = data.counts.astype(float)
    value_ties = _tie_sums(np.sort(data.values, axis=1))
    if (np.diff(data.times) > 0).all():
        time_ties = np.zeros_like(value_ties)
    else:
        time_ties = _tie_sums(np.sort(np.where(data.present, data.times, np.nan), axis=1))
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = (n * (n - 1) * (2 * n + 5) - value_ties[0] - time_ties[0]) / 18
        if time_ties.any():
            variance += value_ties[1] * time_ties[1] / (9 * n * (n - 1) * (n - 2))
            variance += value_ties[2] * time_ties[2] / (2 * n * (n - 1))
        pairs = n * (n - 1) / 2
        tau_a = score / pairs
        tau_b = score / np.sqrt((pairs - value_ties[2] / 2) * (pairs - time_ties[2] / 2))
    return score, np.where(n >= 3, variance, np.nan), tau_a, tau_b


def _slopes(values: Floats, times: Floats) -> Floats:
    """Slopes of all pairs, sorted, NaN last: (series, pairs)."""
    n = len(times)
    first, second = _pairs(n)
    apart = times[second] - times[first]
    if (apart <= 0).any():
        keep = apart > 0
        first, second, apart = first[keep], second[keep], apart[keep]
    slopes = np.take(values, second, axis=1)
    slopes -= np.take(values, first, axis=1)
    slopes /= apart
    slopes.sort(axis=1)
    return slopes


def _wanted_ranks(count: Ints, half_widths: Floats, limits: str) -> tuple[Floats, Floats]:
    """Ranks, from 1, of the lower and upper limit among so many slopes; NaN if unknown or outside."""
    with np.errstate(invalid="ignore"):
        lower, upper = (count - half_widths) / 2, (count + half_widths) / 2 + 1
        if limits == "nearest-inner":
            upper = upper - 1
        if limits != "interpolated":
            lower, upper = np.rint(lower), np.rint(upper)
        return np.where(lower >= 1, lower, np.nan), np.where(upper <= count, upper, np.nan)


def _at_rank(slopes: Floats, ranks: Floats) -> Floats:
    """Sorted slopes at ranks (from 1, per row), between two of them for a fraction."""
    known = np.isfinite(ranks)
    inside = np.where(known, ranks, 1.0)
    below = np.floor(inside).astype(np.int64)
    share = inside - below
    here = np.arange(len(slopes))
    above = np.minimum(below + (share > 0), slopes.shape[1])
    with np.errstate(invalid="ignore"):
        return np.where(known, slopes[here, below - 1] * (1 - share) + slopes[here, above - 1] * share, np.nan)


def _slope_blocks(values: Floats, times: Floats) -> Iterator[Floats]:
    """Slopes of all pairs of one series, a block of first values at a time."""
    step = max(1, BLOCK // len(values))
    for first in range(0, len(values) - 1, step):
        early = slice(first, min(first + step, len(values) - 1))
        apart = times[first + 1 :] - times[early, None]
        later = np.arange(first + 1, len(values)) > np.arange(early.start, early.stop)[:, None]
        later &= apart > 0
        yield ((values[first + 1 :] - values[early, None])[later]) / apart[later]


def _select(values: Floats, times: Floats, ranks: Floats) -> Floats:
    """Exact order statistics of the slopes of a long series without holding them all.

    A random sample of pairs brackets each rank; one pass counts the slopes below the bracket and keeps those inside.
    A rank that falls outside its bracket is bracketed more widely.
    """
    n = len(values)
    total = sum(int((times[i + 1 :] > times[i]).sum()) for i in range(n - 1))
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, n, (2, SAMPLED_PAIRS))
    apart = times[second] != times[first]
    first, second = first[apart], second[apart]
    sample = np.sort((values[second] - values[first]) / (times[second] - times[first]))
    result = np.full(len(ranks), np.nan)
    margin = 5.0
    waiting = [i for i in range(len(ranks)) if np.isfinite(ranks[i])]
    while waiting:
        bounds = []
        for i in waiting:
            level = ranks[i] / total
            spread = margin * np.sqrt(max(level * (1 - level), 1 / len(sample)) * len(sample))
            low, high = int(level * len(sample) - spread) - 1, int(level * len(sample) + spread) + 1
            bounds.append(
                (
                    sample[low] if low >= 0 else -np.inf,
                    sample[high] if high < len(sample) else np.inf,
                )
            )
        below = np.zeros(len(waiting), np.int64)
        kept: list[list[Floats]] = [[] for _ in waiting]
        for slopes in _slope_blocks(values, times):
            for place, (low_bound, high_bound) in enumerate(bounds):
                under = slopes < low_bound
                below[place] += np.count_nonzero(under)
                kept[place].append(slopes[~under & (slopes <= high_bound)])
        again = []
        for place, i in enumerate(waiting):
            inside = np.sort(np.concatenate(kept[place]))
            own = ranks[i] - below[place]
            if own >= 1 and np.ceil(own) <= len(inside):
                result[i] = _at_rank(inside[None], np.array([own]))[0]
            else:
                again.append(i)
        waiting, margin = again, margin * 4
    return result


def _sen(data: Panel, half_widths: Floats | None, limits: str) -> tuple[Floats, Floats, Floats, Ints]:
    """Median slope, its limits and the pairs used; ``half_widths`` is z sqrt(var S) per series."""
    n = len(data.times)
    slope = np.full(len(data.values), np.nan)
    low, high = slope.copy(), slope.copy()
    used = np.zeros(len(slope), np.int64)
    half = np.full(len(slope), np.nan) if half_widths is None else half_widths
    if n > LONG:
        for i in range(len(slope)):
            here = data.present[i]
            values, times = data.values[i][here], data.times[here]
            repeats = np.unique(times, return_counts=True)[1]
            used[i] = len(values) * (len(values) - 1) // 2 - (repeats * (repeats - 1) // 2).sum()
            if used[i] > 0:
                ends = _wanted_ranks(used[i : i + 1], half[i : i + 1], limits)
                slope[i], low[i], high[i] = _select(
                    values, times, np.array([(used[i] + 1) / 2, ends[0][0], ends[1][0]])
                )
        return slope, low, high, used
    for part in data.blocks(n * (n - 1) // 2):
        slopes = _slopes(data.values[part], data.times)
        complete = data.counts[part].min() == n
        count = np.full(len(slopes), slopes.shape[1]) if complete else np.isfinite(slopes).sum(axis=1)
        used[part] = count
        slope[part] = _at_rank(slopes, np.where(count > 0, (count + 1) / 2, np.nan))
        if half_widths is not None:
            lower, upper = _wanted_ranks(count, half[part], limits)
            low[part], high[part] = _at_rank(slopes, lower), _at_rank(slopes, upper)
    return slope, low, high, used


def _average_ranks(values: Floats) -> Floats:
    """Ranks from 1 within each row, ties averaged; NaN stays."""
    n_series, n = values.shape
    order = np.argsort(values, axis=1, kind="stable")
    ordered = np.take_along_axis(values, order, axis=1)
    new = np.ones((n_series, n), bool)
    with np.errstate(invalid="ignore"):
        new[:, 1:] = ordered[:, 1:] != ordered[:, :-1]
    starts = np.flatnonzero(new.ravel())
    sizes = np.diff(np.append(starts, new.size))
    mean = starts % n + (sizes + 1) / 2
    ranks = np.empty_like(ordered)
    np.put_along_axis(ranks, order, np.repeat(mean, sizes).reshape(n_series, n), axis=1)
    return np.where(np.isfinite(values), ranks, np.nan)


def _residuals(data: Panel) -> tuple[Panel, Floats, Floats]:
    """The series on its grid, its Sen slope, and the series without that slope."""
    grid = data.on_grid()
    slope = _sen(grid, None, "nearest")[0]
    return grid, slope, grid.values - slope[:, None] * (grid.times - grid.times[0])


def _variance_factor(data: Panel, variant: str, lags: int | None, alpha: float) -> tuple[Floats, Floats]:
    grid, _, rest = _residuals(data)
    n = data.counts.astype(float)
    most = grid.values.shape[1] - 1 if lags is None else min(lags, grid.values.shape[1] - 1)
    correlation = autocorrelation(_average_ranks(rest) if variant == "hamed-rao" else rest, most)
    lag = np.arange(1, most + 1)
    left = n[:, None] - lag
    rest_of = correlation[:, 1:]
    with np.errstate(invalid="ignore"):
        if variant == "hamed-rao":
            bound = ndtri(1 - alpha / 2) / np.sqrt(n)
            kept = np.where(np.abs(rest_of) > bound[:, None], rest_of, 0.0)
            weight = np.where(left > 0, left * (left - 1) * (left - 2), 0.0)
            total = np.nansum(weight * kept, axis=1)
            factor = 1 + 2 * total / (n * (n - 1) * (n - 2))
        else:
            factor = 1 + 2 * np.nansum(np.maximum(left, 0) / n[:, None] * rest_of, axis=1)
    return factor, correlation[:, 1]


def _prewhitened(data: Panel, trend_free: bool) -> tuple[Panel, Floats]:
    if trend_free:
        grid, slope, rest = _residuals(data)
    else:
        grid = data.on_grid()
        slope, rest = np.zeros(len(grid.values)), grid.values
    r = autocorrelation(rest, 1)[:, 1]
    trend = slope[:, None] * (grid.times[1:] - grid.times[0])
    white = rest[:, 1:] - r[:, None] * rest[:, :-1] + trend
    present = np.isfinite(white)
    return (
        Panel(white, grid.times[1:], present, present.sum(axis=1), data.single, data.time_unit, data.names),
        r,
    )


def prewhiten(values: ArrayLike, times: ArrayLike | None = None, *, trend_free: bool = True) -> tuple[Floats, Floats]:
    """The series with its lag-1 autocorrelation taken out, and the times that are left.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, series)
        NaN is a gap; the value after a gap is lost as the first one is.
    times : array_like, shape (n,), optional
        Equally spaced but for gaps.
    trend_free : bool
        Take r1 from the series without its Sen slope and put the slope back afterwards (Yue, Pilon, Phinney and
        Cavadias 2002, doi:10.1002/hyp.1095).

    Returns
    -------
    values, times : ndarray, shapes (n - 1,) or (n - 1, series), and (n - 1,)
        On the full grid of times.
    """
    white, _ = _prewhitened(panel(values, times, at_least=4), trend_free)
    return (white.values[0] if white.single else white.values.T), white.times


@lru_cache(maxsize=64)
def _exact_distribution(n: int) -> Floats:
    """Probability of S = -n(n-1)/2, ..., +n(n-1)/2 in steps of 2, all orders being equally likely."""
    chance = np.ones(1)
    for size in range(2, n + 1):
        chance = np.convolve(chance, np.full(size, 1 / size))
    return np.cumsum(chance)


def _exact_p(score: Floats, counts: Ints) -> Floats:
    p = np.full(len(score), np.nan)
    for n in np.unique(counts[counts >= 3]):
        cumulative = _exact_distribution(int(n))
        mine = counts == n
        place = np.rint((n * (n - 1) / 2 - np.abs(score[mine])) / 2).astype(int)
        p[mine] = np.minimum(1.0, 2 * cumulative[place])
    return p


def _check_variant(variant: str, lags: int | None) -> None:
    if variant not in VARIANTS:
        raise ValueError(f"variant must be one of {', '.join(map(repr, VARIANTS))}, not {variant!r}")
    if lags is not None and lags < 1:
        raise ValueError(f"lags must be 1 or more, not {lags}")


def _test(
    data: Panel, variant: str, lags: int | None, alpha: float = 0.05, continuity: bool = True, exact: bool = False
) -> MannKendall:
    factor, r = np.ones(len(data.values)), np.full(len(data.values), np.nan)
    if variant in ("hamed-rao", "yue-wang"):
        factor, r = _variance_factor(data, variant, lags, alpha)
    elif variant != "original":
        data, r = _prewhitened(data, variant.startswith("trend-free"))
    score, variance, tau_a, tau_b = _score_and_variance(data)
    variance = variance * factor
    without = int((factor <= 0).sum())
    if without:
        warnings.warn(
            f"{VARIANTS[variant]}: the corrected variance is not positive in {without} of {len(factor)} series, "
            "which have no P; use fewer lags",
            stacklevel=3,
        )
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = np.sign(score) * np.maximum(np.abs(score) - continuity, 0)
        z = moved / np.sqrt(np.where(variance > 0, variance, np.nan))
    p = 2 * ndtr(-np.abs(z))
    method = VARIANTS[variant]
    if exact:
        if variant != "original" or data.counts.max() > 200:
            raise ValueError("the exact P is that of the original test with at most 200 values")
        full = data.counts.astype(float)
        tied = np.abs(variance - full * (full - 1) * (2 * full + 5) / 18) > 1e-9 * np.abs(variance)
        if tied.any():
            raise ValueError("the exact P needs values and times without ties; use exact=False")
        p = _exact_p(score, data.counts)
        method += ", exact P"
    give = data.give
    return MannKendall(
        s=give(score),
        variance=give(variance),
        z=give(z),
        p=give(p),
        tau_b=give(tau_b),
        tau_a=give(tau_a),
        n=give(data.counts),
        variance_factor=give(factor),
        autocorrelation=give(r),
        variant=variant,
        method=method,
        names=data.names,
    )


def mann_kendall(
    values: ArrayLike,
    times: ArrayLike | None = None,
    *,
    variant: Variant = "original",
    lags: int | None = None,
    alpha: float = 0.05,
    continuity: bool = True,
    exact: bool = False,
    time_unit: str = "year",
) -> MannKendall:
    """Mann-Kendall test of a monotonic trend.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, series)
        One column per series; NaN is a gap.
    times : array_like, shape (n,), optional
        Only their order counts for "original", and times may repeat (ties in time); the other variants need equal
        steps, with gaps. See `panel`.
    variant : str
        - "original": Mann (1945), Kendall (1975); variance with ties in values and in times.
        - "hamed-rao": variance times ``1 + 2 / (n (n-1) (n-2)) sum_k (n-k) (n-k-1) (n-k-2) r_k`` over the lags whose
          autocorrelation of the ranks of the detrended series is significant at ``alpha`` (Hamed and Rao 1998,
          doi:10.1016/S0022-1694(97)00125-X).
        - "yue-wang": variance times ``1 + 2 sum_k (1 - k/n) r_k`` of the detrended series (Yue and Wang 2004,
          doi:10.1023/B:WARM.0000043140.61082.60). All lags by default, as pymannkendall; the authors used lag 1.
        - "prewhitened", "trend-free-prewhitened": the test on `prewhiten`'s series.
        Detrending is by the Sen slope.
    lags : int, optional
        Largest lag of the two corrections; all by default.
    alpha : float
        Level of "hamed-rao" for a lag to count.
    continuity : bool
        Move S by 1 towards 0 (pymannkendall, R's ``Kendall`` and ``trend``); R's ``cor.test`` does not by default.
    exact : bool
        P from the exact distribution of S (n up to 200, no ties, "original" only); R's ``cor.test`` below 50 values.
    time_unit : str
        Unit of numeric times.

    Returns
    -------
    MannKendall
        Two-sided.

    Raises
    ------
    ValueError
        As `panel`; for an unknown variant, ties with ``exact``, or unequal steps where lags are counted.

    Warns
    -----
    UserWarning
        If a corrected variance is not positive: no P for that series.

    Notes
    -----
    Equal to pymannkendall for series without gaps (its Tau is tau-a). Where there are gaps it closes them before it
    counts lags; here lags stay what they are in time, and only pairs with both values count.

    With 30 values, lag-1 autocorrelation 0.5 and no trend, a test at 5 % finds a trend in so many of 100 series:
    original 23, hamed-rao 22 (18 with ``lags=1``), yue-wang 50 with all lags and 12 with ``lags=1``, prewhitened 5,
    trend-free-prewhitened 27. Without autocorrelation "yue-wang" with all lags finds one in 45, since the
    autocorrelations of a detrended series sum to about -1/2 whatever they are: use ``lags=1``. Prewhitening also
    removes a part of a true trend.
    """
    _check_variant(variant, lags)
    data = panel(values, times, time_unit=time_unit, at_least=3 if variant == "original" else 5)
    return _test(data, variant, lags, alpha, continuity, exact)


def sen_slope(
    values: ArrayLike,
    times: ArrayLike | None = None,
    *,
    confidence: float = 0.95,
    limits: Limits = "nearest",
    intercept: Literal["median-residual", "conover"] = "median-residual",
    variant: Variant = "original",
    lags: int | None = None,
    time_unit: str = "year",
) -> Trend:
    """Sen slope, the median of the slopes of all pairs of values, with its interval and the Mann-Kendall P.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, series)
        One column per series; NaN is a gap.
    times : array_like, shape (n,), optional
        Numbers or dates (then decimal years), any order and spacing; pairs of one time are left out.
    confidence : float
        Of the interval.
    limits : str
        The slopes of rank ``(N - C) / 2`` and ``(N + C) / 2 + 1`` among the N slopes, ``C = z sqrt(var S)`` (Sen 1968,
        doi:10.1080/01621459.1968.10480934; Gilbert 1987, section 16.5). "nearest": the nearest rank (R:
        ``trend::sens.slope``); "interpolated": between ranks (Gilbert); "nearest-inner": upper rank ``(N + C) / 2`` (R:
        ``zyp::confint.zyp``). Missing (NaN) if a rank lies outside the N slopes: too few values.
    intercept : str
        "median-residual": median of ``y - slope * t`` (R: ``zyp``); "conover": ``median(y) - slope * median(t)``
        (pymannkendall). At time 0.
    variant, lags
        As in `mann_kendall`: decides P and, for the two corrections of the variance, the interval.
    time_unit : str
        Unit of numeric times.

    Returns
    -------
    Trend
        ``statistic`` is z of Mann-Kendall; ``details``: pairs, tau_b.

    Raises
    ------
    ValueError
        As `panel` and `mann_kendall`.
    """
    if limits not in ("nearest", "interpolated", "nearest-inner"):
        raise ValueError(f"limits must be 'nearest', 'interpolated' or 'nearest-inner', not {limits!r}")
    if intercept not in ("median-residual", "conover"):
        raise ValueError(f"intercept must be 'median-residual' or 'conover', not {intercept!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    _check_variant(variant, lags)
    data = panel(values, times, time_unit=time_unit, at_least=3 if variant == "original" else 5)
    test = _test(data, variant, lags)
    variance = _score_and_variance(data)[1] if "prewhitened" in variant else np.atleast_1d(test.variance)
    with np.errstate(invalid="ignore"):
        half = ndtri((1 + confidence) / 2) * np.sqrt(np.where(variance > 0, variance, np.nan))
    slope, low, high, pairs = _sen(data, half, limits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a series without values has no median: NaN
        if intercept == "conover":
            middle = np.nanmedian(np.where(data.present, data.times, np.nan), axis=1)
            start = np.nanmedian(data.values, axis=1) - slope * middle
        else:
            middle_of = np.median if data.complete else np.nanmedian
            start = middle_of(data.values - slope[:, None] * data.times, axis=1)
    give = data.give
    missing = np.full(len(slope), np.nan)
    return Trend(
        slope=give(slope),
        standard_error=give(missing),
        low=give(low),
        high=give(high),
        statistic=test.z,
        p=test.p,
        intercept=give(start),
        n=give(data.counts),
        n_effective=give(data.counts / np.atleast_1d(test.variance_factor)),
        autocorrelation=test.autocorrelation,
        degrees_of_freedom=give(np.full(len(slope), np.inf)),
        converged=give(np.ones(len(slope), bool)),
        method=f"Sen slope, {test.method} test",
        confidence=confidence,
        time_unit=data.time_unit,
        names=data.names,
        details={"pairs": give(pairs), "tau_b": test.tau_b},
        times=data.times,
        values=data.values,
    )
