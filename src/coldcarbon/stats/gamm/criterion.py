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

__all__ = ["Evaluation", "Factor", "Method", "evaluate", "states"]

Method = Literal["REML", "ML", "GCV"]
EXACT = 1e-13  # share of the sum of squares below which the rest is rounding


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
    balance : ndarray, shape (parameters,)
        Logs of the factors of a Fellner-Schall step, empty if derivatives were not asked for.
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
    balance: Floats


class Factor:
    """Cholesky factor of X'X + S with one group eliminated."""

    def __init__(self, system: System, found: list[State]) -> None:
        self.system = system
        matrix = system.gram.copy()
        q, m = system.right_aside.shape
        together = np.zeros((m, m))
        for state in found:
            total = state.total
            if total.aside:
                together += total.matrix
            elif total.plain:
                diagonal = np.arange(total.start, total.start + total.size)
                matrix[diagonal, diagonal] += total.factor
            else:
                matrix[total.here, total.here] += total.dense()
        self.log_determinant = 0.0
        if q:
            blocks = system.blocks + together
            if m == 1:
                self.block_inverse: Floats = 1 / blocks
                self.log_determinant += float(np.log(blocks).sum())
            else:
                self.block_inverse = np.asarray(np.linalg.inv(blocks), float)
                self.log_determinant += float(np.linalg.slogdet(blocks)[1].sum())
            self.reduced = np.matmul(self.block_inverse, system.cross)  # D^-1 B'
            p = len(matrix)
            matrix -= system.cross.reshape(-1, p).T @ self.reduced.reshape(-1, p)
        else:
            self.block_inverse, self.reduced = system.blocks, system.cross
        sizes = np.diag(matrix).copy()
        if not (sizes > 0).all():
            raise np.linalg.LinAlgError("not positive definite")
        self.scaling = 1 / np.sqrt(sizes)
        self.root, info = lapack.dpotrf(matrix * self.scaling * self.scaling[:, None], lower=1)
        if info:
            raise np.linalg.LinAlgError("not positive definite")
        self.matrix = matrix
        self.log_determinant += float(2 * np.log(np.diag(self.root)).sum() - 2 * np.log(self.scaling).sum())

    @property
    def smallest_pivot(self) -> float:
        """Share of the least determined coefficient's column that no other coefficient explains."""
        return float((np.diag(self.root) ** 2).min(initial=1.0))

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


def _apply(operator: Operator, dense: Floats, aside: Floats) -> Floats:
    """What an operator makes of internal coefficients, in its part only."""
    if operator.aside:
        return aside @ operator.matrix
    return operator.times_right(dense[None, operator.here])[0]


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
    if deviance <= EXACT * system.squares:
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
        return Evaluation(value, empty, empty, dense, aside, deviance, scale, factor, *[empty] * 5)
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
        if operator.aside:
            pushed_aside[:, :, i] = _apply(operator, dense, aside)
        else:
            pushed_dense[operator.here, i] = _apply(operator, dense, aside)
    flat = np.vstack([pushed_dense, pushed_aside.reshape(q * m, count)])
    solved_dense, solved_aside = factor.solve(pushed_dense, pushed_aside)
    solved = np.vstack([solved_dense, solved_aside.reshape(q * m, count)])
    coefficients = np.concatenate([dense, aside.ravel()])
    gradient_d = flat.T @ coefficients
    hessian_d = -2 * flat.T @ solved
    for (i, j), operator in second.items():
        whole = aside if operator.aside else dense[operator.here]
        extra = float((_apply(operator, dense, aside) * whole).sum())
        hessian_d[i, j] += extra
        if i != j:
            hessian_d[j, i] += extra

    traces, pairs, of_second = _traces(system, factor, inverse, first, second)
    with np.errstate(divide="ignore", invalid="ignore"):
        balance = np.log(scale * (gradient_s - traces) / gradient_d)
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
    return Evaluation(
        value, gradient, hessian, dense, aside, deviance, scale, factor, -solved.T, joint, traces, pairs, balance
    )


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
    in_dense = [i for i, operator in enumerate(first) if not operator.aside]
    in_aside = [i for i, operator in enumerate(first) if operator.aside]
    inner = {i: first[i] for i in in_dense}
    spans = {i: op.here for i, op in inner.items()}
    plain = {i: op.plain for i, op in inner.items()}
    half = {i: inverse[:, spans[i]] if plain[i] else op.times_right(inverse[:, spans[i]]) for i, op in inner.items()}
    factors = {i: op.factor if plain[i] else 1.0 for i, op in inner.items()}
    for a, i in enumerate(in_dense):
        traces[i] = factors[i] * np.trace(half[i][spans[i]])
        for j in in_dense[: a + 1]:
            value = factors[i] * factors[j] * np.vdot(half[i][spans[j]], half[j][spans[i]].T)
            pairs[i, j] = pairs[j, i] = value
    of_second: dict[tuple[int, int], float] = {}
    if in_aside:
        matrices = np.array([first[i].matrix for i in in_aside])
        spread = (factor.reduced.reshape(q * m, p) @ inverse).reshape(q, m, p)
        extra = np.matmul(spread, factor.reduced.transpose(0, 2, 1))
        level = factor.block_inverse + extra  # H^-1 of each level
        level_sum = level.sum(axis=0)
        traces[in_aside] = np.einsum("iab,ab->i", matrices, level_sum)
        # sum over levels of (level x level - extra x extra), the parts of H^-1 within levels beside the dense part
        flat, flat_extra = level.reshape(q, m * m), extra.reshape(q, m * m)
        products = (flat.T @ flat - flat_extra.T @ flat_extra).reshape(m, m, m, m)
        within = np.einsum("ibc,jda,abcd->ij", matrices, matrices, products, optimize=True)
        columns = [np.ascontiguousarray(factor.reduced[:, a]) for a in range(m)]
        used = zip(*np.nonzero(matrices.any(axis=0)), strict=True)
        by_column = {(a, b): inverse @ (columns[a].T @ columns[b]) for a, b in used}
        wide = {
            i: sum(matrix[a, b] * by_column[a, b] for a, b in zip(*np.nonzero(matrix), strict=True))
            for i, matrix in zip(in_aside, matrices, strict=True)
        }
        for a, i in enumerate(in_aside):
            for c, j in enumerate(in_aside[: a + 1]):
                pairs[i, j] = pairs[j, i] = within[a, c] + np.vdot(wide[i], wide[j].T)
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
        if operator.aside:
            of_second[key] = float(np.vdot(level_sum, operator.matrix))
        else:
            here = operator.here
            of_second[key] = float(np.trace(operator.times_right(inverse[here, here])))
    return traces, pairs, of_second


def _gcv(system: System, found: list[State], factor: Factor, dense: Floats, *, derivatives: bool) -> Evaluation:
    """Half n times log GCV, with its derivatives (Wood 2008, J. R. Statist. Soc. B 70: 495-518)."""
    n, p = system.n, len(dense)
    inverse = factor.inverse()
    total = np.zeros((p, p))
    for state in found:
        here = state.total.here
        total[here, here] += state.total.dense()
    deviance = system.squares - float(system.right @ dense)
    penalty = total @ dense
    residual = deviance - float(dense @ penalty)
    influence = np.eye(p) - inverse @ total  # H^-1 X'X
    edf = float(np.trace(influence))
    left = n - edf
    empty = np.empty(0)
    if left <= 0 or residual <= EXACT * system.squares:
        raise np.linalg.LinAlgError("nothing is left of the response")
    value = n / 2 * (np.log(n * residual) - 2 * np.log(left))
    scale = residual / left
    if not derivatives:
        return Evaluation(value, empty, empty, dense, system.right_aside, deviance, scale, factor, *[empty] * 5)
    first = [operator for state in found for operator in state.first]
    count = len(first)
    second: dict[tuple[int, int], Operator] = {}
    start = 0
    for state in found:
        second |= {(start + i, start + j): operator for (i, j), operator in state.second.items()}
        start += len(state.first)

    def wide(operator: Operator) -> Floats:
        matrix = np.zeros((p, p))
        matrix[operator.here, operator.here] = operator.dense()
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
        value,
        gradient,
        hessian,
        dense,
        system.right_aside,
        deviance,
        scale,
        factor,
        slopes,
        empty,
        traces,
        pairs,
        empty,
    )
