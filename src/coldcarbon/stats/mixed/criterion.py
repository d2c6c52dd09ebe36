"""The profiled deviance of a linear mixed model, its gradient and its Hessian in the relative covariance factor.

y = X b + Z u + e with e ~ N(0, s^2 I), u ~ N(0, s^2 D) and D = L L' of one small block per level, L lower triangular
with elements theta (Bates et al. 2015, doi 10.18637/jss.v067.i01, equations 32-42). With V = I + Z D Z',
A = X' V^-1 X, r^2 = y' P y, P = V^-1 - V^-1 X A^-1 X' V^-1 and nu = n - p (REML) or n (ML),

    f(theta) = log |V| [+ log |A|] + nu (1 + log(2 pi r^2 / nu)).

With V_k = Z D_k Z' and Q = Z' P Z the derivatives are
(Lindstrom & Bates 1988, doi 10.1080/01621459.1988.10478693)

    d log|V| + d log|A|  = tr(Q D_k),   second: -tr(Q D_k Q D_l) + tr(Q D_kl)
    d r^2                = -s' D_k s,   second: 2 s' D_k Q D_l s - s' D_kl s,    s = Z' P y.

Where tr(Q D_k Q D_l) is out of reach (many crossed levels) the Newton steps put its expectation
nu s' D_k Q D_l s / r^2 in its place (average information, Gilmour et al. 1995, doi 10.2307/2533274), and the Hessian
that is reported comes from central differences of the exact gradient.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import linalg

from coldcarbon.stats.mixed.factors import Direction, Floats, State, System

__all__ = ["Criterion", "Point"]


@dataclass(frozen=True)
class Element:
    """Where an element of theta stands: factor, row and column of its root."""

    factor: int
    row: int
    column: int


@dataclass
class Point:
    """The criterion at one theta."""

    theta: Floats
    roots: list[Floats]
    state: State
    value: float
    estimates: Floats
    triangle: Floats  # Cholesky factor of A = X' V^-1 X, lower
    squares: float  # r^2
    degrees: int  # nu
    scores: Floats  # s = Z' P y
    half: Floats  # Z' V^-1 X A^(-1/2)'
    inner: list[Floats]  # for each factor the gradient of f in D
    elements: list[Element]
    reml: bool
    slices: list[slice]

    @property
    def variance(self) -> float:
        """Residual variance."""
        return self.squares / self.degrees

    @cached_property
    def directions(self) -> list[Direction]:
        """Derivatives of D by theta."""
        result = []
        for element in self.elements:
            root = self.roots[element.factor]
            matrix = np.zeros(root.shape)
            matrix[element.row] = root[:, element.column]
            result.append(Direction(element.factor, matrix + matrix.T))
        return result

    @cached_property
    def gradient(self) -> Floats:
        """Gradient of f."""
        turned = [2.0 * inner @ root for inner, root in zip(self.inner, self.roots, strict=True)]
        return np.array([turned[place.factor][place.row, place.column] for place in self.elements])

    @cached_property
    def moved(self) -> Floats:
        """D_k s, shape (q, k)."""
        result = np.zeros((len(self.scores), len(self.elements)))
        for number, direction in enumerate(self.directions):
            place = self.slices[direction.factor]
            width = len(direction.matrix)
            result[place, number] = (self.scores[place].reshape(-1, width) @ direction.matrix).ravel()
        return result

    @cached_property
    def descents(self) -> Floats:
        """Derivatives of -r^2, s' D_k s."""
        return self.moved.T @ self.scores

    @cached_property
    def curvature(self) -> tuple[Floats, bool]:
        """Hessian of f, and whether it is exact."""
        through = self.half.T @ self.moved
        quadratic = self.moved.T @ self.state.apply(self.moved) - through.T @ through
        ratio = self.degrees / self.squares
        products = self.state.trace_products(self.directions, self.half if self.reml else None)
        exact = products is not None
        if products is None:
            products = ratio * quadratic
        result = 2.0 * ratio * quadratic - products - ratio / self.squares * np.outer(self.descents, self.descents)
        for row, first in enumerate(self.elements):
            for column, second in enumerate(self.elements):
                if first.factor == second.factor and first.column == second.column:
                    result[row, column] += 2.0 * self.inner[first.factor][first.row, second.row]
        return result, exact


class Criterion:
    """Deviance of a system as a function of theta.

    Parameters
    ----------
    system : System
        Sums of the rows, with the fixed-effect columns and the response as right-hand sides.
    patterns : sequence of numpy.ndarray of bool
        For each factor which elements of its root are free (lower triangular, block by block).
    n : int
        Rows.
    p : int
        Fixed effects.
    reml : bool
        Restricted likelihood.
    """

    def __init__(self, system: System, patterns: Sequence[np.ndarray], n: int, p: int, reml: bool) -> None:
        self.system, self.n, self.p, self.reml = system, n, p, reml
        self.shapes = [pattern.shape for pattern in patterns]
        # by columns, as lme4 orders theta
        self.elements = [
            Element(number, int(row), int(column))
            for number, pattern in enumerate(patterns)
            for column in range(pattern.shape[1])
            for row in np.flatnonzero(pattern[:, column])
        ]
        self.diagonal = np.array([element.row == element.column for element in self.elements])
        self.evaluations = 0

    @property
    def start(self) -> Floats:
        """Roots of one on the diagonal, as lme4 starts."""
        return self.diagonal.astype(float)

    def roots(self, theta: Floats) -> list[Floats]:
        """Roots of theta."""
        result = [np.zeros(shape) for shape in self.shapes]
        for value, element in zip(theta, self.elements, strict=True):
            result[element.factor][element.row, element.column] = value
        return result

    def theta(self, roots: Sequence[Floats]) -> Floats:
        """Theta of roots."""
        return np.array([roots[place.factor][place.row, place.column] for place in self.elements])

    def __call__(self, theta: Floats) -> Point:
        """The point at theta."""
        return self.at_roots(self.roots(theta), theta)

    def at_roots(self, roots: list[Floats], theta: Floats | None = None) -> Point:
        """The point at any square roots of D, triangular or not."""
        self.evaluations += 1
        state = self.system.at(roots)
        p, degrees = self.p, self.n - self.p if self.reml else self.n
        cross = state.cross
        triangle = np.linalg.cholesky(cross[:p, :p]) if p else np.zeros((0, 0))
        rotated = linalg.solve_triangular(triangle, cross[:p, p], lower=True, check_finite=False)
        squares = float(cross[p, p] - rotated @ rotated)
        if squares <= 0.0:
            raise FloatingPointError("the residual variance is zero")
        estimates = linalg.solve_triangular(triangle, rotated, lower=True, trans=1, check_finite=False)
        scores = state.right[:, p] - state.right[:, :p] @ estimates
        half = linalg.solve_triangular(triangle, state.right[:, :p].T, lower=True, check_finite=False).T
        value = state.log_determinant + degrees * (1.0 + np.log(2.0 * np.pi * squares / degrees))
        if self.reml:
            value += 2.0 * float(np.log(np.diag(triangle)).sum())
        inner = []
        for place, trace in zip(self.system.slices, state.traces, strict=True):
            width = len(trace)
            score = scores[place].reshape(-1, width)
            term = trace - (degrees / squares) * (score.T @ score)
            if self.reml:
                thin = half[place].reshape(-1, width, p)
                term = term - np.tensordot(thin, thin, axes=([0, 2], [0, 2]))
            inner.append(term)
        return Point(
            theta=self.theta(roots) if theta is None else theta,
            roots=roots,
            state=state,
            value=float(value),
            estimates=estimates,
            triangle=triangle,
            squares=squares,
            degrees=degrees,
            scores=scores,
            half=half,
            inner=inner,
            elements=self.elements,
            reml=self.reml,
            slices=self.system.slices,
        )

    def hessian(self, point: Point, step: float = 1e-4) -> Floats:
        """Hessian of f at a point: exact, or by central differences of the exact gradient."""
        curvature, exact = point.curvature
        if exact:
            return curvature
        count = len(point.theta)
        result = np.empty((count, count))
        for number in range(count):
            shift = np.zeros(count)
            shift[number] = step * max(1.0, abs(point.theta[number]))
            ahead, behind = self(point.theta + shift), self(point.theta - shift)
            result[number] = (ahead.gradient - behind.gradient) / (2.0 * shift[number])
        return 0.5 * (result + result.T)

    def joint_hessian(self, point: Point, hessian: Floats) -> Floats:
        """Hessian of the deviance in (theta, s), s not profiled out, from that of f at the same point."""
        count = len(point.theta)
        result = np.empty((count + 1, count + 1))
        variance = point.variance
        result[:count, :count] = hessian + point.degrees / point.squares**2 * np.outer(point.descents, point.descents)
        result[:count, count] = result[count, :count] = 2.0 * point.descents / variance**1.5
        result[count, count] = 4.0 * point.degrees / variance
        return result
