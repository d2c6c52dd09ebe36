"""Penalties as functions of their parameters, with first and second derivatives."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from coldcarbon.stats.gamm.basis import Floats

__all__ = ["ASIDE", "Covariance", "Operator", "Penalty", "Ridge", "State", "Tensor"]


ASIDE = -1  # in place of a first coefficient


@dataclass(frozen=True)
class Operator:
    """A symmetric matrix that acts on some coefficients.

    Attributes
    ----------
    start : int
        First coefficient of the dense part, `ASIDE` for the group set aside.
    size : int
        Number of coefficients (of levels, for the group set aside).
    factor : float
        Of the identity, used where ``matrix`` is empty.
    matrix : ndarray
        Shape (size, size); shape (m, m) where it acts alike on every level of a group.
    levels : int
        Number of levels of that group, 0 where ``matrix`` is a plain one.
    """

    start: int
    size: int
    factor: float = 1.0
    matrix: Floats = field(default_factory=lambda: np.empty((0, 0)))
    levels: int = 0

    @property
    def aside(self) -> bool:
        """Whether it acts on the group set aside."""
        return self.start == ASIDE

    @property
    def plain(self) -> bool:
        """Whether it is a multiple of the identity."""
        return self.matrix.size == 0

    @property
    def here(self) -> slice:
        """Its coefficients in the dense part."""
        return slice(self.start, self.start + self.size)

    def dense(self) -> Floats:
        """The matrix, written out.

        Returns
        -------
        ndarray, shape (size, size)
        """
        if self.plain:
            return np.asarray(self.factor * np.eye(self.size), float)
        return np.asarray(np.kron(self.matrix, np.eye(self.levels)), float) if self.levels else self.matrix

    def times_right(self, left: Floats) -> Floats:
        """``left @ matrix``.

        Parameters
        ----------
        left : ndarray, shape (r, size)
            Rows.

        Returns
        -------
        ndarray, shape (r, size)
        """
        if self.plain:
            return self.factor * left
        if not self.levels:
            return left @ self.matrix
        found = np.zeros_like(left)
        q = self.levels
        for a, b in zip(*np.nonzero(self.matrix), strict=True):
            found[:, b * q : (b + 1) * q] += self.matrix[a, b] * left[:, a * q : (a + 1) * q]
        return found


@dataclass(frozen=True)
class State:
    """A penalty at given parameters.

    Attributes
    ----------
    total : Operator
        The penalty.
    first : list of Operator
        Derivatives by each parameter.
    second : dict of (int, int) to Operator
        Second derivatives that are not zero, i >= j.
    log_determinant : float
        Of the penalty on its range, up to a constant.
    gradient : ndarray, shape (parameters,)
        Of the log determinant.
    hessian : ndarray, shape (parameters, parameters)
        Of the log determinant.
    """

    total: Operator
    first: list[Operator]
    second: dict[tuple[int, int], Operator]
    log_determinant: float
    gradient: Floats
    hessian: Floats


@dataclass(frozen=True)
class Ridge:
    """exp(parameter) times the identity: a smooth in its own coordinates, or independent random effects.

    Attributes
    ----------
    parameter : int
        Index of its parameter.
    start : int
        First coefficient, `ASIDE` in the group set aside.
    rank : int
        Number of coefficients it acts on.
    column : int
        Column of the group set aside.
    """

    parameter: int
    start: int
    rank: int
    column: int = 0
    n_parameters: int = 1

    def at(self, values: Floats, width: int) -> State:
        """The penalty at parameters.

        Parameters
        ----------
        values : ndarray, shape (1,)
            Log of the smoothing parameter.
        width : int
            Columns of the group set aside.

        Returns
        -------
        State
        """
        factor = float(np.exp(values[0]))
        if self.start == ASIDE:
            matrix = np.zeros((width, width))
            matrix[self.column, self.column] = factor
            operator = Operator(ASIDE, self.rank, matrix=matrix)
        else:
            operator = Operator(self.start, self.rank, factor)
        return State(
            operator,
            [operator],
            {(0, 0): operator},
            self.rank * float(values[0]),
            np.array([float(self.rank)]),
            np.zeros((1, 1)),
        )


@dataclass(frozen=True)
class Tensor:
    """Several penalties on the same coefficients that have common eigenvectors before the constraint.

    A constraint changes the determinant by a factor that does not depend on the parameters, so that the eigenvalues
    before it serve: log|S| = sum_i log(sum_j exp(parameter_j) d_ij), exact at any ratio of the parameters.
    """

    parameter: int
    start: int
    rank: int
    matrices: tuple[Floats, ...]
    eigenvalues: Floats

    @property
    def n_parameters(self) -> int:
        """One per margin."""
        return len(self.matrices)

    @cached_property
    def constant(self) -> float:
        """What the constraint adds to the log determinant."""
        inner = sum(matrix[: self.rank, : self.rank] for matrix in self.matrices)
        return float(np.linalg.slogdet(inner)[1] - np.log(self.eigenvalues.sum(axis=0)).sum())

    def at(self, values: Floats, width: int) -> State:  # noqa: ARG002
        """The penalty at parameters, see `Ridge.at`.

        Parameters
        ----------
        values : ndarray, shape (margins,)
            Logs of the smoothing parameters.
        width : int
            Not used: no smooth is ever set aside.

        Returns
        -------
        State
        """
        factors = np.exp(values)
        size = len(self.matrices[0])
        first = [Operator(self.start, size, matrix=f * m) for f, m in zip(factors, self.matrices, strict=True)]
        total = Operator(self.start, size, matrix=np.einsum("j,jab->ab", factors, np.array(self.matrices)))
        weighted = factors[:, None] * self.eigenvalues
        sums = weighted.sum(axis=0)
        share = weighted / sums
        gradient = share.sum(axis=1)
        return State(
            total,
            first,
            {(j, j): operator for j, operator in enumerate(first)},
            float(np.log(sums).sum()) + self.constant,
            gradient,
            np.diag(gradient) - share @ share.T,
        )


@dataclass(frozen=True)
class Covariance:
    """Free precision matrix of m correlated random effects of a group.

    P = sum_a exp(t_a) u_a u_a', u_a being 1 at a, free before it and 0 after it: a free t and u for every positive
    definite matrix, log|P| = sum t, and a finite u where the covariance becomes singular.
    """

    parameter: int
    start: int
    levels: int
    columns: int
    column: int = 0

    @property
    def n_parameters(self) -> int:
        """Half of m (m + 1)."""
        return self.columns * (self.columns + 1) // 2

    @property
    def rank(self) -> int:
        """Number of coefficients."""
        return self.levels * self.columns

    def precision(self, values: Floats) -> Floats:
        """P.

        Parameters
        ----------
        values : ndarray, shape (m (m + 1) / 2,)
            t, then u row by row.

        Returns
        -------
        ndarray, shape (m, m)
        """
        rows = self._rows(values)
        return np.asarray((rows.T * np.exp(values[: self.columns])) @ rows)

    def _rows(self, values: Floats) -> Floats:
        rows = np.eye(self.columns)
        rows[np.tril_indices(self.columns, -1)] = values[self.columns :]
        return rows

    def at(self, values: Floats, width: int) -> State:
        """The penalty at parameters, see `Ridge.at`.

        Parameters
        ----------
        values : ndarray, shape (m (m + 1) / 2,)
            t, then u row by row.
        width : int
            Columns of the group set aside.

        Returns
        -------
        State
        """
        m = self.columns
        rows, scale = self._rows(values), np.exp(values[:m])
        unit = np.eye(m)
        where = list(zip(*np.tril_indices(m, -1), strict=True))
        by_t = [scale[a] * np.outer(rows[a], rows[a]) for a in range(m)]
        by_u = [scale[a] * (np.outer(unit[b], rows[a]) + np.outer(rows[a], unit[b])) for a, b in where]
        first = [*by_t, *by_u]
        second = {(a, a): by_t[a] for a in range(m)}
        for i, (a, b) in enumerate(where):
            second[m + i, int(a)] = by_u[i]
            for j, (c, d) in enumerate(where[: i + 1]):
                if a == c:
                    second[m + i, m + j] = scale[a] * (np.outer(unit[b], unit[d]) + np.outer(unit[d], unit[b]))
        gradient = np.zeros(self.n_parameters)
        gradient[:m] = self.levels
        return State(
            self._operator(np.asarray(sum(by_t)), width),
            [self._operator(matrix, width) for matrix in first],
            {key: self._operator(matrix, width) for key, matrix in second.items()},
            self.levels * float(values[:m].sum()),
            gradient,
            np.zeros((self.n_parameters, self.n_parameters)),
        )

    def _operator(self, matrix: Floats, width: int) -> Operator:
        if self.start != ASIDE:
            return Operator(self.start, self.rank, matrix=matrix, levels=self.levels)
        wide = np.zeros((width, width))
        here = slice(self.column, self.column + self.columns)
        wide[here, here] = matrix
        return Operator(ASIDE, self.levels, matrix=wide)


Penalty = Ridge | Tensor | Covariance
