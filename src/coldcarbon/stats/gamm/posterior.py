"""Coefficients and their covariance in the coordinates of the formula."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from coldcarbon.stats.gamm.basis import Floats
from coldcarbon.stats.gamm.criterion import Evaluation
from coldcarbon.stats.gamm.design import Random
from coldcarbon.stats.gamm.penalty import Covariance, Ridge, Tensor
from coldcarbon.stats.gamm.system import System

__all__ = ["Posterior"]

CHUNK = 4096  # rows predicted at a time


@dataclass(frozen=True)
class Posterior:
    """H^-1 = (X'X + S)^-1 and what follows from it, computed when asked for.

    Attributes
    ----------
    system : System
        Cross-products.
    evaluation : Evaluation
        The criterion where it is smallest.
    parameters : ndarray, shape (parameters,)
        Of the penalties.
    """

    system: System
    evaluation: Evaluation
    parameters: Floats

    @property
    def n_fixed(self) -> int:
        """Coefficients of the parametric part and the smooths."""
        return self.system.n_parametric + sum(len(transform) for transform in self.system.transforms)

    @property
    def size(self) -> int:
        """All coefficients."""
        return self.n_fixed + int(self.system.gram_full.shape[0])

    @cached_property
    def fixed_transform(self) -> Floats:
        """From internal to own coordinates of parametric part and smooths, shape (n_fixed, n_fixed)."""
        root = self.system.parametric_root
        own = np.linalg.inv(root) if len(root) else root
        return np.asarray(linalg.block_diag(*([own] if len(own) else []), *self.system.transforms))

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Where each internal coefficient stands among all."""
        found = [np.arange(self.n_fixed)]
        found += [
            np.arange(placed.start, placed.stop)
            for j, placed in enumerate(self.system.randoms)
            if j not in self.system.order_aside
        ]
        if self.system.order_aside:
            q = len(self.system.blocks)
            aside = [
                np.arange(self.system.randoms[j].start, self.system.randoms[j].stop).reshape(-1, q)
                for j in self.system.order_aside
            ]
            found.append(np.vstack(aside).T.ravel())
        return np.concatenate(found)

    @cached_property
    def random_scaling(self) -> Floats:
        """What internal random effects are divided by, in their own order."""
        sizes = [
            np.repeat(placed.scaling, (placed.stop - placed.start) // len(placed.scaling))
            for placed in self.system.randoms
        ]
        return np.concatenate(sizes) if sizes else np.empty(0)

    @cached_property
    def coefficients(self) -> Floats:
        """Parametric part, smooths, random effects; shape (size,)."""
        inner = np.concatenate([self.evaluation.dense, self.evaluation.aside.ravel()])
        k = self.system.n_parametric
        inner[:k] += self.system.projection
        return self._own(inner[:, None])[:, 0]

    @cached_property
    def slopes(self) -> Floats:
        """Derivatives of the coefficients by the parameters, shape (size, parameters)."""
        return self._own(self.evaluation.slopes.T)

    def _own(self, inner: Floats) -> Floats:
        """Internal coefficients, in columns, in their own coordinates."""
        found = np.empty((self.size, inner.shape[1]))
        found[self.order] = inner
        found[: self.n_fixed] = self.fixed_transform @ found[: self.n_fixed]
        found[self.n_fixed :] /= self.random_scaling[:, None]
        return found

    @cached_property
    def dense_inverse(self) -> Floats:
        """H^-1 of the dense part, internal coordinates."""
        return self.evaluation.factor.inverse()

    @cached_property
    def fixed_inverse(self) -> Floats:
        """H^-1 of parametric part and smooths, shape (n_fixed, n_fixed)."""
        f, own = self.n_fixed, self.fixed_transform
        return own @ self.dense_inverse[:f, :f] @ own.T

    @cached_property
    def inverse(self) -> Floats:
        """H^-1 of all coefficients, shape (size, size): memory grows with the square of the levels."""
        dense, factor = self.dense_inverse, self.evaluation.factor
        q, m = self.system.right_aside.shape
        if q:
            reduced = factor.reduced.reshape(q * m, -1)
            across = -(reduced @ dense)
            corner = -(across @ reduced.T)
            for level in range(q):
                here = slice(level * m, (level + 1) * m)
                corner[here, here] += factor.block_inverse[level]
            inner = np.block([[dense, across.T], [across, corner]])
        else:
            inner = dense
        half = self._own(inner)
        return self._own(np.ascontiguousarray(half.T))

    @cached_property
    def gram(self) -> Floats:
        """X'X of all coefficients, shape (size, size)."""
        dense = self.system.gram
        q, m = self.system.right_aside.shape
        p = len(dense)
        inner = np.zeros((p + q * m, p + q * m))
        inner[:p, :p] = dense
        if q:
            inner[p:, :p] = self.system.cross.reshape(q * m, p)
            inner[:p, p:] = inner[p:, :p].T
            for level in range(q):
                here = slice(p + level * m, p + (level + 1) * m)
                inner[here, here] = self.system.blocks[level]
        found = np.empty_like(inner)
        found[np.ix_(self.order, self.order)] = inner
        back = np.eye(self.size)
        f = self.n_fixed
        back[:f, :f] = np.linalg.inv(self.fixed_transform) if f else back[:f, :f]
        back[np.arange(f, self.size), np.arange(f, self.size)] = self.random_scaling
        return back.T @ found @ back

    @cached_property
    def level_covariance(self) -> list[Floats]:
        """Covariance of the effects of a group over the residual variance, per random term, shape (m, m)."""
        found = []
        penalties = iter(self.system.penalties[len(self.system.transforms) :])
        for placed in self.system.randoms:
            if placed.term.term.correlated:
                penalty = next(penalties)
                if not isinstance(penalty, Covariance):
                    raise TypeError(f"{placed.term.term.label} has no covariance")
                here = slice(penalty.parameter, penalty.parameter + penalty.n_parameters)
                inner = np.linalg.inv(penalty.precision(self.parameters[here]))
            else:
                ridges = [next(penalties) for _ in placed.scaling]
                inner = np.diag([np.exp(-self.parameters[ridge.parameter]) for ridge in ridges])
            found.append(inner / np.outer(placed.scaling, placed.scaling))
        return found

    def variance(self, fixed: Floats, codes: Sequence[NDArray[np.intp]], values: Sequence[Floats]) -> Floats:
        """Variance of linear combinations over the residual variance.

        Parameters
        ----------
        fixed : ndarray, shape (n, n_fixed)
            Columns of parametric part and smooths.
        codes : sequence of ndarray of int, each shape (n,)
            Levels of each random term, -1 for new ones; empty to leave random effects out.
        values : sequence of ndarray, each shape (n, columns)
            What the effects multiply.

        Returns
        -------
        ndarray, shape (n,)
            A new level adds the variance between levels.
        """
        if not codes:
            return np.einsum("ij,ij->i", fixed @ self.fixed_inverse, fixed)
        found = np.empty(len(fixed))
        factor, p = self.evaluation.factor, len(self.system.gram)
        aside = self.system.order_aside
        for first in range(0, len(fixed), CHUNK):
            rows = slice(first, first + CHUNK)
            count = len(fixed[rows])
            inner = np.zeros((count, p))
            inner[:, : self.n_fixed] = fixed[rows] @ self.fixed_transform
            start = self.n_fixed
            extra = np.zeros(count)
            beside: list[Floats] = []
            levels = np.full(count, -1)
            for j, placed in enumerate(self.system.randoms):
                code, value = codes[j][rows], values[j][rows] / placed.scaling
                known = np.flatnonzero(code >= 0)
                new = code < 0
                if new.any():
                    extra[new] += np.einsum(
                        "ia,ab,ib->i", values[j][rows][new], self.level_covariance[j], values[j][rows][new]
                    )
                    value = np.where(new[:, None], 0.0, value)
                if j in aside:
                    beside.append(value)
                    levels = code
                    continue
                q = len(placed.term.levels)
                for a in range(value.shape[1]):
                    inner[known, start + a * q + code[known]] += value[known, a]
                start += placed.stop - placed.start
            if aside:
                across = np.hstack(beside)
                at = np.maximum(levels, 0)
                inner -= np.einsum("ia,iap->ip", across, factor.reduced[at])
                extra += np.einsum("ia,iab,ib->i", across, factor.block_inverse[at], across)
            found[rows] = np.einsum("ij,ij->i", inner @ self.dense_inverse, inner) + extra
        return found

    @cached_property
    def log_parameters(self) -> NDArray[np.intp]:
        """Parameters whose derivatives add up to the penalty: logs of smoothing parameters and precisions."""
        found: list[int] = []
        for penalty in self.system.penalties:
            count = penalty.columns if isinstance(penalty, Covariance) else penalty.n_parameters
            found += range(penalty.parameter, penalty.parameter + count)
        return np.array(found, dtype=np.intp)

    def owner(self) -> NDArray[np.intp]:
        """Number of the placed term that each of `log_parameters` belongs to.

        Returns
        -------
        ndarray of int
        """
        found: list[int] = []
        penalties = iter(self.system.penalties)
        for number, placed in enumerate(self.system.placed):
            count = 1
            if isinstance(placed.term, Random) and not placed.term.term.correlated:
                count = len(placed.scaling)
            for _ in range(count):
                penalty = next(penalties)
                if isinstance(penalty, Covariance):
                    found += [number] * penalty.columns
                elif isinstance(penalty, Ridge | Tensor):
                    found += [number] * penalty.n_parameters
        return np.array(found, dtype=np.intp)
