"""Permutation test of two variables, shuffled as the structure of the rows allows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from coldcarbon.stats.uncertainty.interval import Floats
from coldcarbon.stats.uncertainty.shuffles import FreeShuffle, Scheme, Values

if TYPE_CHECKING:
    from matplotlib.axes import Axes
from coldcarbon.stats.uncertainty.resampling import WEIGHTS_AT_ONCE, simulated_p

__all__ = ["PermutationTest", "permutation_test"]

Alternative = Literal["two-sided", "greater", "less"]
Named = Literal["correlation", "rank correlation", "mean difference", "F"]
Statistic = Callable[[Values, Values], ArrayLike]

ROUNDING = 1e-12  # arrangements that give the observed statistic may differ from it by this, relative to its scale


@dataclass(frozen=True)
class PermutationTest:
    """A statistic, where it lies among those of the shuffled data, and what that says.

    ``null`` holds the statistics of the arrangements drawn. ``p_low`` and ``p_high`` bound P for the chance of the
    draw (95 %); they equal ``p_value`` if ``exhaustive``. No test of this kind can give less than
    ``smallest_p_value``.
    """

    statistic: float
    p_value: float
    p_low: float
    p_high: float
    smallest_p_value: float
    null: Floats
    n_permutations: int
    exhaustive: bool
    alternative: str
    scheme: str
    n_rows: int

    def summary(self) -> pd.DataFrame:
        """One row with all but the null distribution, of which it gives mean and 95 % range."""
        low, high = np.quantile(self.null, [0.025, 0.975])
        return pd.DataFrame(
            {
                "statistic": [self.statistic],
                "null_mean": self.null.mean(),
                "null_low": low,
                "null_high": high,
                "p_value": self.p_value,
                "p_low": self.p_low,
                "p_high": self.p_high,
                "smallest_p_value": self.smallest_p_value,
                "n_permutations": self.n_permutations,
                "exhaustive": self.exhaustive,
                "alternative": self.alternative,
                "scheme": self.scheme,
                "n_rows": self.n_rows,
            }
        )

    def plot(self, ax: Axes | None = None) -> Axes:
        """Histogram of the null distribution with the observed statistic as a line."""
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        ax.hist(self.null, bins=40, color="0.75", label=f"{self.scheme}, {self.n_permutations} draws")
        ax.axvline(self.statistic, color="0.1", label=f"observed, P = {self.p_value:.3g}")
        ax.set_xlabel("statistic")
        ax.set_ylabel("draws")
        ax.legend(frameon=False)
        return ax


def permutation_test(
    x: ArrayLike,
    y: ArrayLike,
    *,
    scheme: Scheme | None = None,
    statistic: Named | Statistic = "correlation",
    alternative: Alternative | None = None,
    vectorized: bool = False,
    n_permutations: int = 9999,
    seed: int | np.random.Generator = 0,
) -> PermutationTest:
    """Test whether x and y are related, by shuffling x and leaving y as it is.

    Parameters
    ----------
    x : array_like, shape (n,)
        The variable that is shuffled. Give the one whose structure the scheme keeps.
    y : array_like, shape (n,)
        The other: numbers, or labels for "mean difference" (two of them, the second in order of their names less the
        first) and "F" (one-way analysis of variance).
    scheme : Scheme, optional
        `FreeShuffle` (default), `WithinStrata`, `WholeBlocks`, `CircularShift`, `TorusShift` or
        `SpectralRandomisation`.
    statistic : {"correlation", "rank correlation", "mean difference", "F"} or callable
        A callable gets (x, y) and returns a number.
    alternative : {"two-sided", "greater", "less"}, optional
        "greater" for "F", else "two-sided": twice the smaller of both tails.
    vectorized : bool
        The callable gets all arrangements of x at once, shape (draws, n), and returns one number for each.
    n_permutations : int
        Arrangements to draw, at least 19; a scheme that has no more than that gives all it has.
    seed : int or numpy.random.Generator
        The same seed gives the same result.

    Returns
    -------
    PermutationTest
        With P = (1 + extreme draws) / (1 + draws), never zero (Phipson and Smyth 2010, doi:10.2202/1544-6115.1585).

    Raises
    ------
    ValueError
        For missing or constant values, lengths that differ, labels that do not fit, or options out of range.

    Notes
    -----
    Cost: n numbers per arrangement for the named statistics, all arrangements at once in pieces of 16 MB.
    """
    shuffled, fixed = np.asarray(x), np.asarray(y)
    _check(shuffled, fixed, n_permutations)
    compute: Statistic
    usual: Alternative = "two-sided"
    if isinstance(statistic, str):
        _require_numbers(shuffled)
        compute, usual = _named(statistic, fixed)
    elif callable(statistic):
        compute = statistic if vectorized else _one_by_one(statistic)
    else:
        raise ValueError(f"statistic must be a name or a callable, not {statistic!r}")
    side = alternative or usual
    if side not in ("two-sided", "greater", "less"):
        raise ValueError(f"alternative must be 'two-sided', 'greater' or 'less', not {alternative!r}")

    chosen = FreeShuffle() if scheme is None else scheme
    rng = np.random.default_rng(seed)
    observed = float(np.ravel(np.asarray(compute(shuffled[None], fixed), float))[0])
    parts, exhaustive, drawn = [], False, 0
    step = max(1, WEIGHTS_AT_ONCE // len(shuffled))
    first, exhaustive = chosen.draw(shuffled, n_permutations, rng) if n_permutations <= step else (None, False)
    while drawn < n_permutations:
        if first is None:
            arrangements, _ = chosen.draw(shuffled, min(step, n_permutations - drawn), rng)
        else:
            arrangements, first = first, None
        parts.append(np.ravel(np.asarray(compute(arrangements, fixed), float)))
        drawn += len(arrangements)
        if exhaustive:
            break
    null = np.concatenate(parts)
    if not np.isfinite(observed) or not np.isfinite(null).all():
        raise ValueError("the statistic is not a finite number for every arrangement")
    return _result(observed, null, side, exhaustive, type(chosen).__name__, len(shuffled))


def _result(observed: float, null: Floats, side: str, exhaustive: bool, scheme: str, n_rows: int) -> PermutationTest:
    from scipy import stats

    slack = ROUNDING * max(abs(observed), float(np.abs(null).max()))
    above, below = int((null >= observed - slack).sum()), int((null <= observed + slack).sum())
    hits = {"greater": above, "less": below, "two-sided": min(above, below)}[side]
    tails = 2 if side == "two-sided" else 1
    p_value = min(1.0, tails * simulated_p(hits, len(null)))
    low = high = p_value
    if not exhaustive:
        span = stats.binomtest(hits, len(null)).proportion_ci(0.95, method="exact")
        low, high = min(1.0, tails * float(span.low)), min(1.0, tails * float(span.high))
    return PermutationTest(
        statistic=observed,
        p_value=p_value,
        p_low=low,
        p_high=max(high, p_value),
        smallest_p_value=tails * simulated_p(0, len(null)),
        null=null,
        n_permutations=len(null),
        exhaustive=exhaustive,
        alternative=side,
        scheme=scheme,
        n_rows=n_rows,
    )


def _check(x: Values, y: Values, n_permutations: int) -> None:
    if x.ndim != 1 or y.ndim != 1 or len(x) != len(y):
        raise ValueError(f"x and y must be of one length and one dimension, not {x.shape} and {y.shape}")
    if len(x) < 3:
        raise ValueError("three rows or more are needed")
    for name, values in (("x", x), ("y", y)):
        missing = pd.isna(values) | (np.isinf(values) if values.dtype.kind == "f" else False)
        if missing.any():
            raise ValueError(
                f"{name} is missing or infinite in {missing.sum()} rows, the first of them row {np.argmax(missing)}"
            )
        if (values == values[0]).all():
            raise ValueError(f"{name} is constant: nothing can be related to it")
    if n_permutations < 19:
        raise ValueError("fewer than 19 permutations cannot reach P = 0.05")


def _require_numbers(values: Values) -> None:
    if values.dtype.kind not in "bif" and values.dtype.kind != "u":
        raise ValueError(f"x must hold numbers, not {values.dtype}")


def _one_by_one(statistic: Statistic) -> Callable[[Values, Values], Floats]:
    def all_of_them(x: Values, y: Values) -> Floats:
        return np.array([float(np.asarray(statistic(row, y))) for row in x])

    return all_of_them


def _named(name: str, y: Values) -> tuple[Callable[[Values, Values], Floats], Alternative]:
    if name in ("correlation", "rank correlation"):
        if y.dtype.kind not in "biuf":
            raise ValueError(f"y must hold numbers for {name!r}, not {y.dtype}")
        return (_correlations if name == "correlation" else _rank_correlations), "two-sided"
    if name not in ("mean difference", "F"):
        raise ValueError(
            f"statistic must be 'correlation', 'rank correlation', 'mean difference', 'F' or a callable, not {name!r}"
        )
    labels = np.unique(y)
    if name == "F":
        if len(labels) == len(y):
            raise ValueError("every row of y has a label of its own: F needs groups")
        return _f_ratios, "greater"
    if len(labels) != 2:
        raise ValueError(f"'mean difference' compares two groups; y has {len(labels)} labels")
    return _mean_differences, "two-sided"


def _correlations(x: Values, y: Values) -> Floats:
    first = np.asarray(x, float)
    first = first - first.mean(axis=1, keepdims=True)
    second = np.asarray(y, float)
    second = second - second.mean()
    return (first @ second) / np.sqrt((first**2).sum(axis=1) * (second @ second))


def _rank_correlations(x: Values, y: Values) -> Floats:
    from scipy.stats import rankdata

    return _correlations(rankdata(x, axis=1), rankdata(y))


def _group_means(x: Values, y: Values) -> tuple[Floats, Floats]:
    """Means of each arrangement by group (draws, groups), and group sizes."""
    codes: Any = np.unique(y, return_inverse=True)[1]
    members = np.eye(codes.max() + 1)[codes]
    sizes = members.sum(axis=0)
    return np.asarray(x, float) @ members / sizes, sizes


def _mean_differences(x: Values, y: Values) -> Floats:
    means, _ = _group_means(x, y)
    return np.asarray(means[:, 1] - means[:, 0])


def _f_ratios(x: Values, y: Values) -> Floats:
    means, sizes = _group_means(x, y)
    values = np.asarray(x, float)
    between = ((means - values.mean(axis=1, keepdims=True)) ** 2) @ sizes
    total = ((values - values.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    freedom = (len(sizes) - 1, values.shape[1] - len(sizes))
    return np.asarray((between / freedom[0]) / ((total - between) / freedom[1]))
