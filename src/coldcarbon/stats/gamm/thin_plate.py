"""Thin plate regression splines by truncated eigendecomposition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import comb, factorial, gamma, pi

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from coldcarbon.stats.gamm.basis import Basis, Floats
from coldcarbon.stats.gamm.r_sample import r_sample

__all__ = ["ThinPlate"]

DEFAULT_PENALISED = {1: 8, 2: 27, 3: 100}  # added to the dimension of the null space
MOST_POINTS = 2000  # above this many distinct points the basis is built on a random subset
ROUNDING = 1e-11  # below which a product with a polynomial is zero
DENSE_UP_TO = 50  # distinct points up to which a full eigendecomposition is the faster one


@dataclass(frozen=True)
class ThinPlate(Basis):
    """Optimal low-rank approximation of a thin plate spline (Wood 2003, J. R. Statist. Soc. B 65: 95-114).

    The matrix E of radial basis functions at the distinct points is replaced by its k largest eigenvalues in absolute
    value, and the coefficients are confined to those orthogonal to the polynomials T that are not penalised.
    Columns are scaled to a mean square of 1 over the data. Cost: O(u^2 k) for u distinct points.
    """

    points: Floats
    centre: Floats
    weights: Floats
    scaling: Floats
    order: int

    @classmethod
    def build(
        cls, columns: Sequence[Floats], k: int | None, order: int | None, knots: Sequence[float] | None
    ) -> ThinPlate:
        """Basis at the distinct points of the data.

        Parameters
        ----------
        columns : sequence of d arrays, each shape (n,)
            The covariates, taken as they are: the smooth is isotropic, so their units must be comparable.
        k : int, optional
            Number of coefficients; 10 for one covariate, 30 for two.
        order : int, optional
            Order m of the penalised derivatives; the smallest with 2 m > d + 1 unless given.
        knots : sequence of float, optional
            Refused: the basis has none.

        Returns
        -------
        ThinPlate
            Penalty rank k - C(m + d - 1, d).
        """
        return cls.with_values(columns, k, order, knots)[0]

    @classmethod
    def with_values(
        cls, columns: Sequence[Floats], k: int | None, order: int | None, knots: Sequence[float] | None
    ) -> tuple[ThinPlate, Floats]:
        """Basis and its columns at the data, which fall out of the decomposition.

        Parameters
        ----------
        columns, k, order, knots
            See `build`.

        Returns
        -------
        basis : ThinPlate
        values : ndarray, shape (n, k)
        """
        if knots is not None:
            raise ValueError("a thin plate spline has no knots; use bs='cr' or 'cc'")
        d = len(columns)
        m = (d + 1) // 2 + 1 if order is None else order
        if 2 * m <= d:
            raise ValueError(f"m={m}: twice the order must exceed the number of covariates, {d}")
        null = comb(m + d - 1, d)
        size = null + DEFAULT_PENALISED.get(d, 100) if k is None else k
        if size <= null:
            raise ValueError(f"k={size}: a thin plate spline of {d} covariates and order {m} needs at least {null + 1}")
        table = np.column_stack(columns)
        centre = table.mean(axis=0)
        table = table - centre
        if d == 1:
            points, back = np.unique(table[:, 0], return_inverse=True)
            points = points[:, None]
        else:
            points, back = _distinct_rows(table)
        sampled = len(points) > MOST_POINTS
        if sampled:
            if d > 1:  # mgcv orders points of several covariates as text before it draws
                points = points[sorted(range(len(points)), key=lambda i: ":".join(f"{x:.15g}" for x in points[i]))]
            points = points[np.sort(r_sample(len(points), MOST_POINTS, seed=1))]
        if len(points) < size:
            raise ValueError(f"{len(points)} distinct points cannot carry a basis of {size}: lower k")
        radial = _radial(points, points, m)
        values, vectors = _largest(radial, size)
        powers = _powers(points, m)
        across = vectors.T @ powers
        across[np.abs(across) < ROUNDING * np.abs(across).max(axis=0)] = 0  # odd functions on even grids
        # Rows in reverse and back: the reflections of Wood's QT factorisation, which decide the coordinates.
        full, _ = linalg.qr(across[::-1])
        inside = full[::-1, null:][:, ::-1]
        weights = vectors @ inside
        penalty = np.zeros((size, size))
        penalty[: size - null, : size - null] = inside.T @ (values[:, None] * inside)
        raw = cls(
            penalty=penalty,
            rank=size - null,
            keep_values=False,
            points=points,
            centre=centre,
            weights=weights,
            scaling=np.ones(size),
            order=m,
        )
        if sampled:
            at_data = raw.evaluate(columns)
        else:
            at_data = np.hstack([vectors @ (values[:, None] * inside), powers])[back.ravel()]
        scaling = 1 / np.sqrt((at_data**2).mean(axis=0))
        basis = cls(
            penalty=penalty * np.outer(scaling, scaling),
            rank=size - null,
            keep_values=False,
            points=points,
            centre=centre,
            weights=weights,
            scaling=scaling,
            order=m,
        )
        return basis, at_data * scaling

    def evaluate(self, columns: Sequence[Floats]) -> Floats:
        """Basis at new values, see `Basis.evaluate`."""
        table = np.column_stack(columns) - self.centre
        radial = _radial(table, self.points, self.order) @ self.weights
        return np.hstack([radial, _powers(table, self.order)]) * self.scaling


def _radial(at: Floats, points: Floats, m: int) -> Floats:
    """Radial functions eta_md of the distances (Wood 2017, section 5.5.1)."""
    d = at.shape[1]
    if d == 1:
        distance = np.abs(at - points.T)
        return gamma(0.5 - m) / (2 ** (2 * m) * pi**0.5 * factorial(m - 1)) * distance ** (2 * m - 1)
    squared = np.zeros((len(at), len(points)))
    for one, other in zip(at.T, points.T, strict=True):
        squared += (one[:, None] - other) ** 2
    if d % 2:
        constant = gamma(d / 2 - m) / (2 ** (2 * m) * pi ** (d / 2) * factorial(m - 1))
        return constant * squared ** (m - d / 2)
    constant = (-1) ** (m + 1 + d // 2) / (2 ** (2 * m - 1) * pi ** (d / 2) * factorial(m - 1) * factorial(m - d // 2))
    safe = np.where(squared > 0, squared, 1)
    return constant / 2 * squared ** (m - d // 2) * np.log(safe)


def _distinct_rows(table: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """Rows without repeats, sorted, and where each row stands among them."""
    order = np.lexsort(table.T[::-1])
    ordered = table[order]
    new = np.append(True, (ordered[1:] != ordered[:-1]).any(axis=1))
    back = np.empty(len(table), dtype=np.intp)
    back[order] = np.cumsum(new) - 1
    return ordered[new], back


def _powers(points: Floats, m: int) -> Floats:
    """Polynomials of total degree below m, the first covariate's powers before the second's."""
    d = points.shape[1]
    degrees = [powers[::-1] for powers in product(range(m), repeat=d) if sum(powers) < m]
    columns = [np.prod(points**powers, axis=1) for powers in degrees]
    return np.column_stack(columns)


def _largest(matrix: Floats, k: int) -> tuple[Floats, Floats]:
    """The k eigenvalues of largest absolute value in descending order, with vectors."""
    if len(matrix) <= DENSE_UP_TO or len(matrix) < 3 * k:
        values, vectors = np.linalg.eigh(matrix)
    else:
        from scipy.sparse.linalg import eigsh

        start = np.ones(len(matrix)) + np.arange(len(matrix)) / len(matrix)
        values, vectors = eigsh(matrix, k=k, which="LM", v0=start, tol=0)
    chosen = np.argsort(-np.abs(values))[:k]
    chosen = chosen[np.argsort(-values[chosen])]
    vectors = vectors[:, chosen]
    return values[chosen], vectors * np.where(vectors[0] < 0, -1.0, 1.0)
