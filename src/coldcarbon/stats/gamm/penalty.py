"""Penalties as functions of their parameters, with first and second derivatives."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from coldcarbon.stats.gamm.basis import Floats

__all__ = ["Covariance", "Operator", "Penalty", "Ridge", "State", "Tensor"]


@dataclass(frozen=True)
class Operator:
    """A symmetric matrix that acts on some coefficients.

    Attributes
    ----------
    start : int or None
        First coefficient of the dense part, None for the group set aside.
    size : int
        Number of coefficients (of levels, for the group set aside).
    factor : float
        Of the identity, used where ``matrix`` is None.
    matrix : ndarray or None
        Shape (size, size); shape (m, m) where it acts alike on every level of a group.
    levels : int
        Number of levels of that group, 0 where ``matrix`` is a plain one.
    """

    start: int | None
    size: int
    factor: float = 1.0
    matrix: Floats | None = None
    levels: int = 0

    def dense(self) -> Floats:
        """The matrix, written out.

        Returns
        -------
        ndarray, shape (size, size)
        """
        if self.matrix is None:
            return self.factor * np.eye(self.size)
        return np.kron(self.matrix, np.eye(self.levels)) if self.levels else self.matrix

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
        if self.matrix is None:
            return self.factor * left
        if not self.levels:
            return left @ self.matrix
        m = len(self.matrix)
        return np.einsum("raq,ab->rbq", left.reshape(len(left), m, self.levels), self.matrix).reshape(left.shape)


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
    start : int or None
        First coefficient, None in the group set aside.
    rank : int
        Number of coefficients it acts on.
    column : int
        Column of the group set aside.
    """

    parameter: int
    start: int | None
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
        if self.start is None:
            matrix = np.zeros((width, width))
            matrix[self.column, self.column] = factor
            operator = Operator(None, self.rank, matrix=matrix)
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

    def at(self, values: Floats, width: int) -> State:
        """The penalty at parameters, see `Ridge.at`.

        Parameters
        ----------
        values : ndarray, shape (margins,)
            Logs of the smoothing parameters.
        width : int
            Not used.

        Returns
        -------
        State
        """
        factors = np.exp(values)
        size = len(self.matrices[0])
        first = [Operator(self.start, size, matrix=f * m) for f, m in zip(factors, self.matrices, strict=True)]
        total = Operator(self.start, size, matrix=sum(operator.matrix for operator in first))
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
    start: int | None
    levels: int
    columns: int
    column: int = 0

    @property
    def n_parameters(self) -> int:
        """m (m + 1) / 2."""
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
        if self.start is not None:
            return Operator(self.start, self.rank, matrix=matrix, levels=self.levels)
        wide = np.zeros((width, width))
        here = slice(self.column, self.column + self.columns)
        wide[here, here] = matrix
        return Operator(None, self.levels, matrix=wide)


Penalty = Ridge | Tensor | Covariance
