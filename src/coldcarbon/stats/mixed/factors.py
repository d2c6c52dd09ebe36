"""Grouping factors as the algebra sees them, and small dense helpers shared by the three systems."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Direction", "Factor", "State", "System", "inverse_and_log_determinant", "sums_by_level"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Factor:
    """One grouping factor with every column that varies over its levels.

    Attributes
    ----------
    codes : numpy.ndarray of int, shape (n,)
        Level of each row, every level 0 .. n_levels - 1 taken at least once.
    n_levels : int
        Number of levels.
    columns : numpy.ndarray, shape (n, q)
        Columns whose coefficients vary over the levels.
    """

    codes: NDArray[np.intp]
    n_levels: int
    columns: Floats

    @property
    def width(self) -> int:
        """Coefficients per level."""
        return int(self.columns.shape[1])

    @property
    def size(self) -> int:
        """Coefficients in all."""
        return self.n_levels * self.width


@dataclass(frozen=True)
class Direction:
    """A derivative of the relative covariance: of one factor, the same for each of its levels."""

    factor: int
    matrix: Floats


class State(Protocol):
    """What the criterion needs of V = I + Z D Z' at one D, in terms of S = Z' V^-1 Z (q, q).

    Attributes
    ----------
    log_determinant : float
        log |V|.
    cross : numpy.ndarray, shape (p + 1, p + 1)
        [X y]' V^-1 [X y].
    right : numpy.ndarray, shape (q, p + 1)
        Z' V^-1 [X y], levels of a factor after each other.
    traces : list of numpy.ndarray
        For each factor the sum of the diagonal blocks of S.
    """

    log_determinant: float
    cross: Floats
    right: Floats
    traces: list[Floats]

    def apply(self, vectors: Floats) -> Floats:
        """S times vectors (q, m)."""

    def trace_products(self, directions: Sequence[Direction], half: Floats | None) -> Floats | None:
        """tr(Q D_k Q D_l) with Q = S - half half', or None where that would cost too much."""

    def conditional(self) -> list[Floats]:
        """For each factor the diagonal blocks of (D^-1 + Z' Z)^-1, shape (levels, width, width)."""


class System(Protocol):
    """Rows summed once; `at` then costs nothing that grows with their number."""

    slices: list[slice]

    def at(self, roots: Sequence[Floats]) -> Any:
        """State at D = root root' for each factor."""


def slices_of(factors: Sequence[Factor]) -> list[slice]:
    """Where each factor's coefficients stand."""
    ends = np.cumsum([0, *(factor.size for factor in factors)])
    return [slice(int(start), int(end)) for start, end in pairwise(ends)]


def sums_by_level(factor: Factor, values: Floats) -> Floats:
    """Sum of columns * values over the rows of each level.

    Parameters
    ----------
    factor : Factor
        Codes and columns.
    values : numpy.ndarray, shape (n, m)
        What the columns are multiplied with.

    Returns
    -------
    numpy.ndarray, shape (levels, width, m)
        The sums.
    """
    order = np.argsort(factor.codes, kind="stable")
    starts = np.searchsorted(factor.codes[order], np.arange(factor.n_levels))
    products = factor.columns[order, :, None] * values[order, None, :]
    return np.asarray(np.add.reduceat(products, starts, axis=0))


def inverse_and_log_determinant(matrices: Floats) -> tuple[Floats, float]:
    """Inverses of a stack of small matrices and the sum of their log determinants.

    Closed forms for q = 1 and 2, which hold nearly all models and cost a tenth of LAPACK called level by level.

    Parameters
    ----------
    matrices : numpy.ndarray, shape (levels, q, q)
        With positive determinants.

    Returns
    -------
    inverses : numpy.ndarray, shape (levels, q, q)
        Of each.
    log_determinant : float
        Of all together.
    """
    width = matrices.shape[-1]
    if width == 1:
        return 1.0 / matrices, float(np.log(matrices).sum())
    if width == 2:
        a, b, c, d = matrices[:, 0, 0], matrices[:, 0, 1], matrices[:, 1, 0], matrices[:, 1, 1]
        determinant = a * d - b * c
        inverse = np.empty_like(matrices)
        inverse[:, 0, 0], inverse[:, 0, 1] = d / determinant, -b / determinant
        inverse[:, 1, 0], inverse[:, 1, 1] = -c / determinant, a / determinant
        return inverse, float(np.log(determinant).sum())
    return np.asarray(np.linalg.inv(matrices), dtype=float), float(np.linalg.slogdet(matrices)[1].sum())
