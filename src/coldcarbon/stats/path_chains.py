r"""All mediation chains x -> m -> y among many candidates at once.

A chain has three observed variables, two arrows and one degree of freedom: it says that x reaches y through m alone.
Its maximum likelihood fit has a closed form in correlations, so that the thousands of chains that a search among
candidates looks at need no iteration. One chain is fitted as well, with all that belongs to it, by
`coldcarbon.stats.path_models`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

__all__ = ["USUAL", "ChainFits", "Limits", "chain_fits"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """What a chain must pass: level of both arrows, least P of the chi-square, largest RMSEA, least CFI."""

    level: float = 0.05
    least_p: float = 0.05
    largest_rmsea: float = 0.08
    least_cfi: float = 0.95


USUAL = Limits()
"""The limits that textbooks of path models name."""


@dataclass(frozen=True)
class ChainFits:
    """Fits of all chains; every array has the shape (..., candidates x, candidates m), NaN on the diagonal.

    Attributes
    ----------
    first, second : ndarray
        Standardized arrows x -> m and m -> y.
    first_p, second_p : ndarray
        Their two-sided P values (z, the normal theory of maximum likelihood).
    chi_square, p_value : ndarray
        Of the missing arrow x -> y, one degree of freedom.
    rmsea, cfi : ndarray
        Root mean square error of approximation and comparative fit index.
    n : int
        Rows.
    """

    first: Floats
    second: Floats
    first_p: Floats
    second_p: Floats
    chi_square: Floats
    p_value: Floats
    rmsea: Floats
    cfi: Floats
    n: int

    @property
    def indirect(self) -> Floats:
        """Standardized effect of x on y, the product of both arrows."""
        return self.first * self.second

    def accepted(self, limits: Limits = USUAL) -> NDArray[np.bool_]:
        """Chains with two significant arrows that fit within the limits."""
        arrows = (self.first_p < limits.level) & (self.second_p < limits.level)
        fit = (self.p_value > limits.least_p) & (self.rmsea <= limits.largest_rmsea) & (self.cfi >= limits.least_cfi)
        return np.asarray(arrows & fit)


def chain_fits(candidates: ArrayLike, outcome: ArrayLike) -> ChainFits:
    r"""Fit every chain from one candidate through another to the outcome, in AMOS's convention.

    With r the correlations, the arrows are :math:`r_{xm}` and :math:`r_{my}`, the discrepancy is
    :math:`F = -\log(1 - r_{xy \cdot m}^2)` with the partial correlation, that of the model without any arrow
    :math:`F_0 = -\log |R|` with three degrees of freedom, and :math:`\chi^2 = (n - 1) F` (Bollen 1989, chapter 4). The
    cost grows with rows times the square of candidates; measured on correlations, not on rows, after that.

    Parameters
    ----------
    candidates : array_like, shape (..., n, k)
        Columns that may stand for x or m; leading dimensions are replicates.
    outcome : array_like, shape (..., n)
        The column y.

    Returns
    -------
    ChainFits

    Raises
    ------
    ValueError
        If shapes do not fit, there are fewer than two candidates or five rows, a value is missing, or a column is
        constant or a multiple of another.
    """
    x, y = np.asarray(candidates, dtype=float), np.asarray(outcome, dtype=float)
    if x.ndim < 2 or y.shape != x.shape[:-1]:
        raise ValueError(f"candidates (..., n, k) and outcome (..., n) do not fit: {x.shape} and {y.shape}")
    n, k = x.shape[-2:]
    if k < 2 or n < 5:
        raise ValueError(f"needs at least 2 candidates and 5 rows, not {k} and {n}")
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        raise ValueError("a value is missing or infinite; fill it or leave its row out first")
    joined = np.concatenate([x, y[..., None]], axis=-1)
    centred = joined - joined.mean(axis=-2, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=-2, keepdims=True))
    if (length <= 1e-12 * np.abs(joined).max(initial=1.0)).any():
        raise ValueError("a column is constant: leave it out")
    unit = centred / length
    r = np.clip(np.swapaxes(unit, -1, -2) @ unit, -1.0, 1.0)
    _refuse_copies(r)
    among, with_outcome = r[..., :k, :k], r[..., :k, k]
    first = np.where(np.eye(k, dtype=bool), np.nan, among)
    second = np.broadcast_to(with_outcome[..., None, :], first.shape)
    direct = np.broadcast_to(with_outcome[..., :, None], first.shape)
    free_first, free_second = 1 - first**2, 1 - second**2
    partial = (direct - first * second) / np.sqrt(free_first * free_second)
    missing = np.minimum(partial**2, 1.0)
    with np.errstate(divide="ignore"):
        chi_square = -(n - 1) * np.log1p(-missing)
        none = -(n - 1) * (np.log(free_first) + np.log(free_second)) + chi_square
    excess, excess_none = np.maximum(chi_square - 1, 0), np.maximum(none - 3, 0)
    largest = np.maximum(excess, excess_none)
    # No excess at all: the model fits perfectly, as programs report it.
    cfi = 1 - np.divide(excess, largest, out=np.zeros_like(largest), where=largest > 0)
    return ChainFits(
        first=first,
        second=np.where(np.isnan(first), np.nan, second),
        first_p=_p_of_arrow(first, n),
        second_p=np.where(np.isnan(first), np.nan, _p_of_arrow(second, n)),
        chi_square=chi_square,
        p_value=stats.chi2.sf(chi_square, 1),
        rmsea=np.sqrt(excess / (n - 1)),
        cfi=np.where(np.isnan(first), np.nan, cfi),
        n=n,
    )


def _refuse_copies(r: Floats) -> None:
    size = r.shape[-1]
    same = np.abs(r).reshape(-1, size, size).max(axis=0) > 1 - 1e-12
    pairs = np.argwhere(np.triu(same, 1))
    if len(pairs):
        first, second = (f"candidate {place}" if place < size - 1 else "the outcome" for place in pairs[0])
        raise ValueError(f"{first} and {second} are the same but for their units: leave one out")


def _p_of_arrow(r: Floats, n: int) -> Floats:
    with np.errstate(divide="ignore"):
        return np.asarray(2 * stats.norm.sf(np.abs(r) * np.sqrt((n - 1) / (1 - r**2))))
