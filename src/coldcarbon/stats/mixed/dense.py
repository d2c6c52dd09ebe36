"""Several grouping factors with few levels in all: dense matrices, exact second derivatives."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy import linalg, sparse

from coldcarbon.stats.mixed.factors import Direction, Factor, Floats, slices_of

__all__ = ["Dense", "indicator"]

_SMALL = 300_000  # cells of a dense Z that are made at once


class Dense:
    """Z'Z (q, q) and Z'[X y] as dense matrices; cost of a state q^3."""

    def __init__(self, factors: Sequence[Factor], right: Floats) -> None:
        self.slices = slices_of(factors)
        self.shapes = [(factor.n_levels, factor.width) for factor in factors]
        size = self.slices[-1].stop
        joined = sparse.hstack([indicator(factor) for factor in factors], format="csr")
        if len(right) * size <= _SMALL:
            full = joined.toarray()
            self.inner = full.T @ full
            self.right = full.T @ right
        else:
            self.inner = (joined.T @ joined).toarray()
            self.right = joined.T @ right
        self.total = right.T @ right

    def at(self, roots: Sequence[Floats]) -> DenseState:
        """State at D = root root' for each factor."""
        return DenseState(self, [root @ root.T for root in roots])


def indicator(factor: Factor) -> sparse.csr_array:
    """Z of a factor.

    Parameters
    ----------
    factor : Factor
        Codes and columns.

    Returns
    -------
    scipy.sparse.csr_array, shape (n, levels * width)
        Each row holds the columns of that row at its level.
    """
    rows, width = factor.columns.shape
    places = (factor.codes[:, None] * width + np.arange(width)).ravel()
    starts = np.arange(0, rows * width + 1, width)
    return sparse.csr_array((factor.columns.ravel(), places, starts), shape=(rows, factor.size))


class DenseState:
    """See `coldcarbon.stats.mixed.factors.State`."""

    def __init__(self, system: Dense, covariances: Sequence[Floats]) -> None:
        self.slices, self.shapes, self.covariances = system.slices, system.shapes, covariances
        size = len(system.inner)
        pushed = self._by_covariance(system.inner)  # Z'Z D
        pushed[np.diag_indices(size)] += 1.0
        factorised, pivots = linalg.lu_factor(pushed, overwrite_a=True, check_finite=False)
        self._factorised = (factorised, pivots)
        self.log_determinant = float(np.log(np.abs(np.diag(factorised))).sum())
        solved = linalg.lu_solve(
            (factorised, pivots), np.concatenate([system.inner, system.right], axis=1), check_finite=False
        )
        self.inner = 0.5 * (solved[:, :size] + solved[:, :size].T)
        self.right = solved[:, size:]
        self.cross = system.total - self._by_covariance(system.right.T) @ self.right
        self.traces = [
            np.einsum("lalb->ab", self.inner[place, place].reshape(*shape, *shape))
            for place, shape in zip(self.slices, self.shapes, strict=True)
        ]

    def _by_covariance(self, matrix: Floats) -> Floats:
        """Matrix (m, q) times D."""
        result = np.empty(matrix.shape)
        for place, (levels, width), covariance in zip(self.slices, self.shapes, self.covariances, strict=True):
            if width == 1:
                result[:, place] = matrix[:, place] * covariance[0, 0]
            else:
                part = matrix[:, place].reshape(-1, levels, width) @ covariance
                result[:, place] = part.reshape(-1, levels * width)
        return result

    def apply(self, vectors: Floats) -> Floats:
        """S times vectors (q, m)."""
        return np.asarray(self.inner @ vectors)

    def trace_products(self, directions: Sequence[Direction], half: Floats | None) -> Floats:
        """tr(Q D_k Q D_l) with Q = S - half half'."""
        inner = self.inner if half is None else self.inner - half @ half.T
        size, count = len(inner), len(directions)
        turned = np.zeros((count, size, size))  # Q D_k
        for number, direction in enumerate(directions):
            place, (levels, width) = self.slices[direction.factor], self.shapes[direction.factor]
            part = inner[:, place].reshape(size, levels, width) @ direction.matrix
            turned[number, :, place] = part.reshape(size, levels * width)
        flipped = np.ascontiguousarray(np.swapaxes(turned, 1, 2))
        return np.asarray(turned.reshape(count, -1) @ flipped.reshape(count, -1).T)

    def conditional(self) -> list[Floats]:
        """Diagonal blocks of (D^-1 + Z' Z)^-1."""
        size = len(self.inner)
        inverse = linalg.lu_solve(self._factorised, np.eye(size), check_finite=False)
        result = []
        for place, shape, covariance in zip(self.slices, self.shapes, self.covariances, strict=True):
            blocks = np.einsum("lalb->lab", inverse[place, place].reshape(*shape, *shape))
            result.append(covariance @ blocks)
        return result
