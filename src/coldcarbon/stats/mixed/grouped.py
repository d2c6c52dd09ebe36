"""One grouping factor: V is block diagonal, and everything is a closed form level by level."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from coldcarbon.stats.mixed.factors import (
    Direction,
    Factor,
    Floats,
    inverse_and_log_determinant,
    slices_of,
    sums_by_level,
)

__all__ = ["Grouped"]


class Grouped:
    """Sums of one factor's rows, level by level.

    With A = Z_g' Z_g and B = Z_g' [X y] of a level, Z_g' V^-1 = (I + A D)^-1 Z_g' (Woodbury, pushed through), so that
    S_g = (I + A D)^-1 A, and log |V| is the sum of log |I + A D|. Nothing is divided by D, which may be singular.
    Cost of a state: levels x width^2 x (width + p).
    """

    def __init__(self, factor: Factor, right: Floats) -> None:
        self.slices = slices_of([factor])
        sums = sums_by_level(factor, np.concatenate([factor.columns, right], axis=1))
        self.inner = sums[:, :, : factor.width]
        self.right = sums[:, :, factor.width :]
        self.total = right.T @ right

    def at(self, roots: Sequence[Floats]) -> GroupedState:
        """State at D = root root'."""
        return GroupedState(self, roots[0] @ roots[0].T)


class GroupedState:
    """See `coldcarbon.stats.mixed.factors.State`."""

    def __init__(self, system: Grouped, covariance: Floats) -> None:
        levels, width, columns = system.right.shape
        self.covariance = covariance
        pushed, self.log_determinant = inverse_and_log_determinant(np.eye(width) + system.inner @ covariance)
        self.pushed = pushed
        self.inner = pushed @ system.inner
        self.blocks = pushed @ system.right
        flat = self.blocks.reshape(levels * width, columns)
        self.right = flat
        spread = (covariance @ self.blocks).reshape(levels * width, columns)
        self.cross = system.total - system.right.reshape(levels * width, columns).T @ spread
        self.traces = [self.inner.sum(axis=0)]

    def apply(self, vectors: Floats) -> Floats:
        """S times vectors (q, m)."""
        levels, width, _ = self.inner.shape
        return np.asarray((self.inner @ vectors.reshape(levels, width, -1)).reshape(levels * width, -1))

    def trace_products(self, directions: Sequence[Direction], half: Floats | None) -> Floats:
        """tr(Q D_k Q D_l) with Q = S - half half'."""
        levels, width, _ = self.inner.shape
        matrices = np.stack([direction.matrix for direction in directions])
        count = len(matrices)
        turned = self.inner[None] @ matrices[:, None]  # S D_k, shape (k, levels, width, width)
        result = turned.reshape(count, -1) @ np.swapaxes(turned, 2, 3).reshape(count, -1).T
        if half is None:
            return np.asarray(result)
        thin = half.reshape(levels, width, -1)
        spread = matrices[:, None] @ thin[None]  # D_k half, shape (k, levels, width, p)
        through = self.inner[None] @ spread
        result = result - 2.0 * spread.reshape(count, -1) @ through.reshape(count, -1).T
        rows = levels * width
        inner = thin.reshape(rows, -1).T @ spread.reshape(count, rows, -1)  # half' D_k half, shape (k, p, p)
        return np.asarray(result + inner.reshape(count, -1) @ np.swapaxes(inner, 1, 2).reshape(count, -1).T)

    def conditional(self) -> list[Floats]:
        """Diagonal blocks of (D^-1 + Z' Z)^-1."""
        return [self.covariance @ self.pushed]
