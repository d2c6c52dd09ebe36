"""REML, ML and GCV of a penalised Gaussian fit, with exact gradient and Hessian in the penalties' parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import linalg
from scipy.linalg import lapack

from coldcarbon.stats.gamm.basis import Floats
from coldcarbon.stats.gamm.penalty import Operator, State
from coldcarbon.stats.gamm.system import System

__all__ = ["Evaluation", "Method", "evaluate", "states"]

Method = Literal["REML", "ML", "GCV"]


@dataclass(frozen=True)
class Evaluation:
    """A criterion at given parameters.

    Attributes
    ----------
    value : float
        Minus the log (restricted) likelihood with the scale at its maximum; for GCV, n / 2 times the log of GCV.
    gradient, hessian : ndarray
        By the parameters, with the scale at its maximum; empty if they were not asked for.
    dense : ndarray, shape (p,)
        Internal coefficients of the dense part.
    aside : ndarray, shape (q, m)
        Internal coefficients of the group set aside.
    penalised_deviance : float
        Residual sum of squares plus penalty.
    scale : float
        Residual variance that maximises the criterion.
    factor : Factor
        Of the normal equations.
    slopes : ndarray, shape (parameters, p + q m)
        Derivatives of the internal coefficients by the parameters.
    joint_hessian : ndarray, shape (parameters + 1, parameters + 1)
        Of the likelihood by the parameters and log scale, empty for GCV.
    traces : ndarray, shape (parameters,)
        tr(H^-1 dS) by parameter, H = X'X + S; for ML without the unpenalised coordinates, as everywhere in it.
    pairs : ndarray, shape (parameters, parameters)
        tr(H^-1 dS_i H^-1 dS_j), likewise.
    """

    value: float
    gradient: Floats
    hessian: Floats
    dense: Floats
    aside: Floats
    penalised_deviance: float
    scale: float
    factor: Factor
    slopes: Floats
    joint_hessian: Floats
    traces: Floats
    pairs: Floats


class Factor:
    """Cholesky factor of X'X + S with one group eliminated."""

    def __init__(self, system: System, found: list[State]) -> None:
        self.system = system
        matrix = system.gram.copy()
        q, m = system.right_aside.shape
        together = np.zeros((m, m))
        for state in found:
            total = state.total
            if total.start is None:
                assert total.matrix is not None
                together += total.matrix
            elif total.matrix is None:
                here = np.arange(total.start, total.start + total.size)
                matrix[here, here] += total.factor
            else:
                here = slice(total.start, total.start + total.size)
                matrix[here, here] += total.dense()
        self.log_determinant = 0.0
        if q:
            blocks = system.blocks + together
            if m == 1:
                self.block_inverse = 1 / blocks
                self.log_determinant += float(np.log(blocks).sum())
            else:
                self.block_inverse = np.linalg.inv(blocks)
                self.log_determinant += float(np.linalg.slogdet(blocks)[1].sum())
            self.reduced = np.matmul(self.block_inverse, system.cross)  # D^-1 B'
            p = len(matrix)
            matrix -= system.cross.reshape(-1, p).T @ self.reduced.reshape(-1, p)
        else:
            self.block_inverse, self.reduced = system.blocks, system.cross
        diagonal = np.diag(matrix).copy()
        if not (diagonal > 0).all():
            raise np.linalg.LinAlgError("not positive definite")
        self.scaling = 1 / np.sqrt(diagonal)
        self.root, info = lapack.dpotrf(matrix * self.scaling * self.scaling[:, None], lower=1)
        if info:
            raise np.linalg.LinAlgError("not positive definite")
        self.matrix = matrix
        self.log_determinant += float(2 * np.log(np.diag(self.root)).sum() - 2 * np.log(self.scaling).sum())

    def solve(self, dense: Floats, aside: Floats) -> tuple[Floats, Floats]:
        """H^-1 times columns: ``dense`` (p, r) and ``aside`` (q, m, r)."""
        q, m = aside.shape[:2]
        right = dense
        if q:
            right = dense - self.reduced.reshape(q * m, -1).T @ aside.reshape(q * m, -1)
        inner, _ = lapack.dpotrs(self.root, np.asfortranarray(self.scaling[:, None] * right), lower=1)
        solved = self.scaling[:, None] * inner
        if not q:
            return solved, aside
        return solved, np.matmul(self.block_inverse, aside) - (self.reduced.reshape(q * m, -1) @ solved).reshape(
            q, m, -1
        )

    def inverse(self) -> Floats:
        """The dense part of H^-1, shape (p, p)."""
        found, _ = lapack.dpotri(self.root, lower=1)
        found = np.tril(found) + np.tril(found, -1).T
        return np.asarray(found * self.scaling * self.scaling[:, None])

    def penalised_inverse(self) -> tuple[Floats, float]:
        """Inverse of H without the unpenalised coordinates (zeros there), and the log determinant it has less."""
        keep = np.flatnonzero(~self.system.unpenalised)
        found = np.zeros_like(self.matrix)
        part = self.matrix[np.ix_(keep, keep)]
        scaling = 1 / np.sqrt(np.diag(part))
        root = linalg.cholesky(part * scaling * scaling[:, None], lower=True)
        inverse, _ = lapack.dpotri(root, lower=1)
        inverse = np.tril(inverse) + np.tril(inverse, -1).T
        found[np.ix_(keep, keep)] = inverse * scaling * scaling[:, None]
        whole = 2 * np.log(np.diag(self.root)).sum() - 2 * np.log(self.scaling).sum()
        return found, float(whole - 2 * np.log(np.diag(root)).sum() + 2 * np.log(scaling).sum())


def states(system: System, parameters: Floats) -> list[State]:
    """All penalties at parameters.

    Parameters
    ----------
    system : System
        Holds them.
    parameters : ndarray, shape (parameters,)
        All of them.

    Returns
    -------
    list of State
    """
    width = system.right_aside.shape[1]
    return [
        penalty.at(parameters[penalty.parameter : penalty.parameter + penalty.n_parameters], width)
        for penalty in system.penalties
    ]


def _apply(operator: Operator, dense: Floats, aside: Floats) -> tuple[Floats | None, Floats | None]:
    """What an operator makes of internal coefficients, in its part only."""
    if operator.start is None:
        assert operator.matrix is not None
        return None, aside @ operator.matrix
    part = dense[operator.start : operator.start + operator.size]
    return operator.times_right(part[None])[0], None


def evaluate(system: System, parameters: Floats, method: Method, *, derivatives: bool = True) -> Evaluation:
    """A criterion and its derivatives.

    Parameters
    ----------
    system : System
        Cross-products.
    parameters : ndarray, shape (parameters,)
        Of the penalties.
    method : {"REML", "ML", "GCV"}
        Criterion; for GCV no group may be set aside.
    derivatives : bool
        Whether to compute gradient and Hessian.

    Returns
    -------
    Evaluation

    Raises
    ------
    numpy.linalg.LinAlgError
        If the normal equations are singular.

    Notes
    -----
    With H = X'X + S, D the penalised deviance and M unpenalised coefficients, minus the restricted log likelihood is
    D / (2 s) + (n - M) / 2 log(2 pi s) + log|H| / 2 - log|S| / 2 (Wood 2011, J. R. Statist. Soc. B 73: 3-36), here
    with s = D / (n - M). Derivatives follow from db = -H^-1 dS b and d log|H| = tr(H^-1 dS).
    """
    found = states(system, parameters)
    factor = Factor(system, found)
    q, m = system.right_aside.shape
    dense, aside = factor.solve(system.right[:, None], system.right_aside[:, :, None])
    dense, aside = dense[:, 0], aside[:, :, 0]
    deviance = system.squares - float(system.right @ dense) - float((system.right_aside * aside).sum())
    if method == "GCV":
        return _gcv(system, found, factor, dense, derivatives=derivatives)
    degrees = system.n - (system.n_unpenalised if method == "REML" else 0)
    if deviance <= 0:
        raise np.linalg.LinAlgError("nothing is left of the response")
    scale = deviance / degrees
    log_h = factor.log_determinant + system.log_scale
    log_s = sum(state.log_determinant for state in found)
    inverse = None
    if method == "ML":
        inverse, less = factor.penalised_inverse()
        log_h = factor.log_determinant - less
    value = degrees / 2 * (1 + np.log(2 * np.pi * scale)) + (log_h - log_s) / 2
    empty = np.empty(0)
    if not derivatives:
        return Evaluation(value, empty, empty, dense, aside, deviance, scale, factor, *[empty] * 4)
    if inverse is None:
        inverse = factor.inverse()

    first = [operator for state in found for operator in state.first]
    count, p = len(first), len(dense)
    gradient_s = np.concatenate([state.gradient for state in found]) if found else np.empty(0)
    second: dict[tuple[int, int], Operator] = {}
    hessian_s = np.zeros((count, count))
    start = 0
    for state in found:
        here = slice(start, start + len(state.first))
        hessian_s[here, here] = state.hessian
        second |= {(start + i, start + j): operator for (i, j), operator in state.second.items()}
        start += len(state.first)

    # d D and d b
    pushed_dense, pushed_aside = np.zeros((p, count)), np.zeros((q, m, count))
    for i, operator in enumerate(first):
        in_dense, in_aside = _apply(operator, dense, aside)
        if in_dense is not None:
            pushed_dense[operator.start : operator.start + operator.size, i] = in_dense  # type: ignore[operator]
        else:
            pushed_aside[:, :, i] = in_aside
    flat = np.vstack([pushed_dense, pushed_aside.reshape(q * m, count)])
    solved_dense, solved_aside = factor.solve(pushed_dense, pushed_aside)
    solved = np.vstack([solved_dense, solved_aside.reshape(q * m, count)])
    coefficients = np.concatenate([dense, aside.ravel()])
    gradient_d = flat.T @ coefficients
    hessian_d = -2 * flat.T @ solved
    for (i, j), operator in second.items():
        in_dense, in_aside = _apply(operator, dense, aside)
        if in_dense is not None:
            assert operator.start is not None
            extra = float(in_dense @ dense[operator.start : operator.start + operator.size])
        else:
            assert in_aside is not None
            extra = float((in_aside * aside).sum())
        hessian_d[i, j] += extra
        if i != j:
            hessian_d[j, i] += extra

    traces, pairs, of_second = _traces(system, factor, inverse, first, second)
    hessian_h = -pairs
    for (i, j), value_second in of_second.items():
        hessian_h[i, j] += value_second
        if i != j:
            hessian_h[j, i] += value_second
    likelihood = (hessian_h - hessian_s) / 2
    gradient = gradient_d / (2 * scale) + (traces - gradient_s) / 2
    joint = np.empty((count + 1, count + 1))
    joint[:count, :count] = hessian_d / (2 * scale) + likelihood
    joint[:count, count] = joint[count, :count] = -gradient_d / (2 * scale)
    joint[count, count] = degrees / 2
    hessian = joint[:count, :count] - np.outer(gradient_d, gradient_d) / (2 * scale * deviance)
    return Evaluation(value, gradient, hessian, dense, aside, deviance, scale, factor, -solved.T, joint, traces, pairs)


def _traces(
    system: System,
    factor: Factor,
    inverse: Floats,
    first: list[Operator],
    second: dict[tuple[int, int], Operator],
) -> tuple[Floats, Floats, dict[tuple[int, int], float]]:
    """tr(H^-1 S_i), tr(H^-1 S_i H^-1 S_j) and tr(H^-1 S_ij), without any matrix of all levels squared."""
    q, m = system.right_aside.shape
    p, count = len(inverse), len(first)
    traces, pairs = np.zeros(count), np.zeros((count, count))
    in_dense = [i for i, operator in enumerate(first) if operator.start is not None]
    in_aside = [i for i, operator in enumerate(first) if operator.start is None]
    inner = {i: first[i] for i in in_dense}
    spans = {i: slice(op.start, op.start + op.size) for i, op in inner.items()}  # type: ignore[operator]
    plain = {i: op.matrix is None for i, op in inner.items()}
    half = {i: inverse[:, spans[i]] if plain[i] else op.times_right(inverse[:, spans[i]]) for i, op in inner.items()}
    factors = {i: op.factor if plain[i] else 1.0 for i, op in inner.items()}
    for a, i in enumerate(in_dense):
        traces[i] = factors[i] * np.trace(half[i][spans[i]])
        for j in in_dense[: a + 1]:
            value = factors[i] * factors[j] * np.vdot(half[i][spans[j]], half[j][spans[i]].T)
            pairs[i, j] = pairs[j, i] = value
    of_second: dict[tuple[int, int], float] = {}
    wide: dict[int, Floats] = {}
    if in_aside:
        reduced = factor.reduced.reshape(q * m, p)
        spread = (reduced @ inverse).reshape(q, m, p)
        # H^-1 of each level, shape (q, m, m)
        extra = np.matmul(spread, factor.reduced.transpose(0, 2, 1))
        blocks = factor.block_inverse
        level = blocks + extra
        level_sum = level.sum(axis=0)
        for i in in_aside:
            matrix = first[i].matrix
            assert matrix is not None
            traces[i] = np.vdot(level_sum, matrix)
            used = np.flatnonzero(matrix.any(axis=0))
            mixed = np.einsum("ab,qbp->qap", matrix[np.ix_(used, used)], factor.reduced[:, used])
            gathered = factor.reduced[:, used].reshape(-1, p).T @ mixed.reshape(-1, p)
            wide[i] = inverse @ gathered
        for a, i in enumerate(in_aside):
            left = np.matmul(blocks, first[i].matrix)  # type: ignore[arg-type]
            right = np.matmul(extra, first[i].matrix)  # type: ignore[arg-type]
            for j in in_aside[: a + 1]:
                by_blocks = np.matmul(blocks, first[j].matrix)  # type: ignore[arg-type]
                by_extra = np.matmul(extra, first[j].matrix)  # type: ignore[arg-type]
                value = (
                    np.vdot(left, by_blocks.transpose(0, 2, 1))
                    + np.vdot(left, by_extra.transpose(0, 2, 1))
                    + np.vdot(right, by_blocks.transpose(0, 2, 1))
                    + np.vdot(wide[i], wide[j].T)
                )
                pairs[i, j] = pairs[j, i] = value
        for j in in_aside:
            both = wide[j] @ inverse
            for i in in_dense:
                operator, here = inner[i], spans[i]
                if plain[i]:
                    value = operator.factor * np.trace(both[here, here])
                else:
                    value = np.trace(operator.times_right(both[here, here]))
                pairs[i, j] = pairs[j, i] = value
    for key, operator in second.items():
        if operator.start is None:
            assert operator.matrix is not None
            of_second[key] = float(np.vdot(level_sum, operator.matrix))
        else:
            here = slice(operator.start, operator.start + operator.size)
            of_second[key] = float(np.trace(operator.times_right(inverse[here, here])))
    return traces, pairs, of_second


def _gcv(system: System, found: list[State], factor: Factor, dense: Floats, *, derivatives: bool) -> Evaluation:
    """n / 2 log GCV, with derivatives of residual sum of squares and effective degrees of freedom (Wood 2008)."""
    n, p = system.n, len(dense)
    inverse = factor.inverse()
    total = np.zeros((p, p))
    for state in found:
        assert state.total.start is not None
        here = slice(state.total.start, state.total.start + state.total.size)
        total[here, here] += state.total.dense()
    deviance = system.squares - float(system.right @ dense)
    penalty = total @ dense
    residual = deviance - float(dense @ penalty)
    influence = np.eye(p) - inverse @ total  # H^-1 X'X
    edf = float(np.trace(influence))
    left = n - edf
    empty = np.empty(0)
    if left <= 0 or residual <= 0:
        raise np.linalg.LinAlgError("nothing is left of the response")
    value = n / 2 * (np.log(n * residual) - 2 * np.log(left))
    scale = residual / left
    if not derivatives:
        return Evaluation(value, empty, empty, dense, system.right_aside, deviance, scale, factor, *[empty] * 4)
    first = [operator for state in found for operator in state.first]
    count = len(first)
    second: dict[tuple[int, int], Operator] = {}
    start = 0
    for state in found:
        second |= {(start + i, start + j): operator for (i, j), operator in state.second.items()}
        start += len(state.first)

    def wide(operator: Operator) -> Floats:
        matrix = np.zeros((p, p))
        assert operator.start is not None
        here = slice(operator.start, operator.start + operator.size)
        matrix[here, here] = operator.dense()
        return matrix

    matrices = [wide(operator) for operator in first]
    scaled = [inverse @ matrix for matrix in matrices]  # H^-1 S_i
    traces = np.array([np.trace(matrix) for matrix in scaled])
    pairs = np.array([[np.vdot(one, other.T) for other in scaled] for one in scaled]).reshape(count, count)
    with_influence = [matrix @ influence for matrix in scaled]
    slopes = np.array([-matrix @ dense for matrix in scaled]).reshape(count, p)
    gradient_r = -2 * slopes @ penalty
    gradient_e = -np.array([np.trace(matrix) for matrix in with_influence])
    hessian_r, hessian_e = np.zeros((count, count)), np.zeros((count, count))
    solved_penalty = inverse @ penalty
    for i in range(count):
        for j in range(i + 1):
            value_e = np.vdot(scaled[j], with_influence[i].T) + np.vdot(scaled[i], with_influence[j].T)
            value_r = 2 * slopes[i] @ (system.gram @ slopes[j])
            bent = matrices[i] @ slopes[j] + matrices[j] @ slopes[i]
            if (i, j) in second:
                matrix = wide(second[i, j])
                bent = bent + matrix @ dense
                value_e -= np.trace(inverse @ matrix @ influence)
            value_r += 2 * float(solved_penalty @ bent)
            hessian_r[i, j] = hessian_r[j, i] = value_r
            hessian_e[i, j] = hessian_e[j, i] = value_e
    gradient = n / 2 * (gradient_r / residual + 2 * gradient_e / left)
    hessian = (
        n
        / 2
        * (
            hessian_r / residual
            - np.outer(gradient_r, gradient_r) / residual**2
            + 2 * hessian_e / left
            + 2 * np.outer(gradient_e, gradient_e) / left**2
        )
    )
    return Evaluation(
        value, gradient, hessian, dense, system.right_aside, deviance, scale, factor, slopes, empty, traces, pairs
    )
