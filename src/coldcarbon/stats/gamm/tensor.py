"""Tensor products of one-covariate bases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from coldcarbon.stats.gamm.basis import Basis, Floats, SumToZero

__all__ = ["Margin", "TensorProduct", "row_products"]


@dataclass(frozen=True)
class Margin:
    """One covariate's part of a tensor product.

    Attributes
    ----------
    basis : Basis
        Of one covariate.
    constraint : SumToZero or None
        Taken for pure interactions.
    to_values : ndarray, shape (p, p), or None
        From values at even points to coefficients; None where coefficients are values already.
    penalty : ndarray, shape (p, p)
        Of the coefficients of the margin as used, largest eigenvalue 1.
    rank : int
        Of the penalty.
    """

    basis: Basis
    constraint: SumToZero | None
    to_values: Floats | None
    penalty: Floats
    rank: int

    @classmethod
    def of(cls, basis: Basis, column: Floats, *, centred: bool) -> Margin:
        """Margin of a basis, in values at even points unless it is so already (Wood 2006, Biometrics 62: 1025).

        Parameters
        ----------
        basis : Basis
            Of the one covariate.
        column : ndarray, shape (n,)
            The covariate.
        centred : bool
            Whether the margin sums to zero over the data.

        Returns
        -------
        Margin
        """
        penalty, constraint = basis.penalty, None
        if centred:
            constraint = SumToZero.of(basis.evaluate([column]).mean(axis=0))
            penalty = constraint.penalty(penalty)
        raw = cls(basis, constraint, None, penalty, basis.rank)
        to_values: Floats | None = None
        if not basis.keep_values:
            even = raw.columns(np.linspace(column.min(), column.max(), len(penalty)))
            size = np.linalg.svd(even, compute_uv=False)
            if size[-1] > size[0] * np.finfo(float).eps ** 0.66:
                to_values = np.asarray(np.linalg.inv(even), float)
                penalty = to_values.T @ penalty @ to_values
        penalty = (penalty + penalty.T) / 2
        return cls(basis, constraint, to_values, penalty / np.linalg.eigvalsh(penalty)[-1], basis.rank)

    def columns(self, column: Floats) -> Floats:
        """The margin at values of its covariate.

        Parameters
        ----------
        column : ndarray, shape (n,)
            The covariate.

        Returns
        -------
        ndarray, shape (n, p)
        """
        values = self.basis.evaluate([column])
        if self.constraint is not None:
            values = self.constraint.columns(values)
        return values if self.to_values is None else values @ self.to_values


@dataclass(frozen=True)
class TensorProduct:
    """Smooth of several covariates with their own units: products of margins, one penalty for each.

    The penalty of margin j is its own, applied along the coefficients of all others (Wood 2006). These matrices
    commute, so log determinants follow from the eigenvalues of the margins.
    """

    margins: tuple[Margin, ...]

    def evaluate(self, columns: Sequence[Floats]) -> Floats:
        """Products of the margins, the last margin's index running fastest.

        Parameters
        ----------
        columns : sequence of ndarray, each shape (n,)
            The covariates.

        Returns
        -------
        ndarray, shape (n, p)
        """
        parts = [margin.columns(column) for margin, column in zip(self.margins, columns, strict=True)]
        return row_products(parts)

    def penalties(self) -> list[Floats]:
        """One penalty per margin.

        Returns
        -------
        list of ndarray, each shape (p, p)
        """
        sizes = [len(margin.penalty) for margin in self.margins]
        found = []
        for j, margin in enumerate(self.margins):
            left, right = np.eye(int(np.prod(sizes[:j]))), np.eye(int(np.prod(sizes[j + 1 :])))
            found.append(np.kron(np.kron(left, margin.penalty), right))
        return found

    def eigenvalues(self) -> Floats:
        """Eigenvalues of all penalties in their common basis.

        Returns
        -------
        ndarray, shape (margins, p)
            Zeros where a margin does not penalise.
        """
        marginal = []
        for margin in self.margins:
            values = np.linalg.eigvalsh(margin.penalty)
            values[: len(values) - margin.rank] = 0
            marginal.append(values)
        grids = np.meshgrid(*marginal, indexing="ij")
        return np.array([grid.ravel() for grid in grids])


def row_products(parts: Sequence[Floats]) -> Floats:
    """Row-wise Kronecker product.

    Parameters
    ----------
    parts : sequence of ndarray, shapes (n, p1), (n, p2) ...
        Margins.

    Returns
    -------
    ndarray, shape (n, p1 p2 ...)
    """
    out = parts[0]
    for part in parts[1:]:
        out = (out[:, :, None] * part[:, None, :]).reshape(len(out), -1)
    return out
