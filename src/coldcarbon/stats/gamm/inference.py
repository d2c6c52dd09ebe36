"""Tests of smooths and random effects, and degrees of freedom that know smoothing parameters were estimated."""

from __future__ import annotations

import numpy as np
from scipy import linalg

from coldcarbon.stats.gamm.basis import Floats
from coldcarbon.stats.gamm.chi_squared_sum import tail
from coldcarbon.stats.gamm.criterion import states
from coldcarbon.stats.gamm.penalty import Operator
from coldcarbon.stats.gamm.posterior import Posterior

__all__ = ["corrected_degrees", "random_effect_test", "smooth_test"]

LARGEST_PARAMETER = 18.0  # beyond which a Cholesky factor in the formula's coordinates loses its other entries
PRIOR_PRECISION = 0.1  # of the log smoothing parameters, in the second part of the correction


def smooth_test(
    root: Floats, coefficients: Floats, covariance: Floats, rank: float, residual_degrees: float
) -> tuple[float, float]:
    """Test that a smooth is zero.

    Parameters
    ----------
    root : ndarray, shape (r, p)
        R of the QR decomposition of the smooth's columns at the data.
    coefficients : ndarray, shape (p,)
        Of the smooth.
    covariance : ndarray, shape (p, p)
        Bayesian covariance of the coefficients.
    rank : float
        Effective degrees of freedom of the test, in general no whole number.
    residual_degrees : float
        Of the residual variance.

    Returns
    -------
    statistic, p : float
        F (the quadratic form over its rank) and approximate P.

    Notes
    -----
    f'V^- f with a pseudo-inverse of fractional rank; its null distribution is a sum of chi-squared variables
    (Wood 2013a, Biometrika 100: 221-228). P is the mean over the two signs the fractional part may take, the statistic
    is the one mgcv prints.
    """
    rank = min(rank, float(min(root.shape)))
    values, vectors = np.linalg.eigh(root @ covariance @ root.T)
    values, vectors = values[::-1], vectors[:, ::-1]
    vectors = vectors * np.where(vectors[0] < 0, -1.0, 1.0)  # mgcv's choice between the two statistics
    positive = int((values > values[0] * np.finfo(float).eps ** 0.9).sum())
    rank = min(rank, float(positive))
    scores = (vectors.T @ (root @ coefficients))[:positive] / np.sqrt(values[:positive])
    whole = int(np.floor(rank))
    part = rank - whole
    if part < 1e-9 and whole:
        statistic = float((scores[:whole] ** 2).sum())
        return statistic / rank, _against_scale([statistic], np.ones(whole), residual_degrees)
    if whole == 0:
        statistic = float(scores[0] ** 2)
        return statistic / max(rank, 1.0), _against_scale([statistic], np.ones(1), residual_degrees)
    if whole == positive:
        whole -= 1
        part += 1.0
    base = float((scores[: whole - 1] ** 2).sum())
    one, other = scores[whole - 1], scores[whole]
    cross = np.sqrt(part * (1 - part) / 2)
    statistics = [base + one**2 + part * other**2 + sign * 2 * cross * one * other for sign in (1, -1)]
    spread = np.sqrt(1 - part**2)
    weights = np.concatenate([np.ones(whole - 1), [(part + 1 + spread) / 2, (part + 1 - spread) / 2]])
    return float(statistics[0]) / rank, _against_scale(statistics, weights, residual_degrees)


def _against_scale(statistics: list[float], weights: Floats, residual_degrees: float) -> float:
    """Mean P of statistics that are weighted sums of chi-squared over an estimated variance."""
    distinct, counts = np.unique(np.round(weights, 12), return_counts=True)
    found = [
        tail(0.0, np.append(distinct, -statistic / residual_degrees), np.append(counts, residual_degrees))
        for statistic in statistics
    ]
    return float(np.mean(found))


def random_effect_test(
    information: Floats, penalty: Floats, effects: Floats, scale: float, residual_degrees: float
) -> tuple[float, float]:
    """Test that the variance of random effects is zero.

    Parameters
    ----------
    information : ndarray, shape (q, q)
        C = Z'PZ, what the data say of the effects beside all other terms (other random effects at their variances).
    penalty : ndarray, shape (q, q)
        S of the effects.
    effects : ndarray, shape (q,)
        Their predictions, (C + S)^-1 Z'P y.
    scale : float
        Residual variance.
    residual_degrees : float
        Of the residual variance.

    Returns
    -------
    statistic, p : float
        b'C b over the residual variance, and P.

    Notes
    -----
    Without the effects b has covariance (C + S)^-1 C (C + S)^-1, so the statistic is a weighted sum of chi-squared
    variables (Wood 2013b, Biometrika 100: 1005-1010). No likelihood-ratio test at the edge of the parameter space is
    needed, and no fit without the term.
    """
    values, vectors = np.linalg.eigh(information)
    half = vectors * np.sqrt(np.maximum(values, 0))  # C^(1/2)
    statistic = float(((half.T @ effects) ** 2).sum()) / scale
    inner = half.T @ np.linalg.solve(information + penalty, half)
    weights = np.linalg.eigvalsh(inner) ** 2
    weights = weights[weights > weights.max() * 1e-10]
    p = tail(0.0, np.append(weights, -statistic / residual_degrees), np.append(np.ones_like(weights), residual_degrees))
    return statistic, p


def corrected_degrees(posterior: Posterior, scale: float) -> float:
    """What estimating the smoothing parameters adds to the effective degrees of freedom.

    Parameters
    ----------
    posterior : Posterior
        Of a fit by REML or ML.
    scale : float
        Residual variance.

    Returns
    -------
    float
        tr{(V' + V'') X'X} / scale.

    Notes
    -----
    Wood, Pya & Saefken (2016), J. Am. Stat. Assoc. 111: 1548-1563, section 4: V' carries the uncertainty of the log
    smoothing parameters through db/drho, V'' through the Cholesky factor of the posterior covariance.
    """
    joint = posterior.evaluation.joint_hessian
    count = len(joint) - 1
    if count == 0:
        return 0.0
    values, vectors = np.linalg.eigh(joint)
    clipped = np.maximum(values, 0)
    root = np.where(clipped > 0, 1 / np.sqrt(np.where(clipped > 0, clipped, 1)), 0)[:, None] * vectors.T
    first = root[:, :count] @ posterior.slopes.T
    gram = posterior.gram
    total = float(np.vdot(first @ gram, first)) / scale
    root = (1 / np.sqrt(clipped + PRIOR_PRECISION))[:, None] * vectors.T
    covariance = root[:, :count].T @ root[:, :count]
    return total + _from_factor(posterior, gram, covariance)


def _from_factor(posterior: Posterior, gram: Floats, covariance: Floats) -> float:
    """tr(V'' X'X) / scale, with V^-1 = R'R and V'' from derivatives of R^-1."""
    penalty, derivatives = full_penalties(posterior, most=LARGEST_PARAMETER)
    hessian = gram + penalty
    upper = linalg.cholesky(hessian, lower=False, check_finite=False)
    inverse = linalg.solve_triangular(upper, np.eye(len(upper)), check_finite=False)
    moved = []
    for matrix in derivatives:
        inner = inverse.T @ matrix @ inverse
        half = np.triu(inner, 1) + np.diag(np.diag(inner)) / 2  # dR = half R
        moved.append(-inverse @ half)  # d(R^-1)
    total = 0.0
    for i, one in enumerate(moved):
        with_gram = gram @ one
        for j, other in enumerate(moved):
            total += covariance[i, j] * float(np.vdot(with_gram, other))
    return total


def full_penalties(posterior: Posterior, *, most: float = np.inf) -> tuple[Floats, list[Floats]]:
    """The penalty and its derivatives on all coefficients, in their own coordinates.

    Parameters
    ----------
    posterior : Posterior
        Of a fit.
    most : float
        Largest log parameter used; where one is larger, the coefficients it acts on are zero for all purposes.

    Returns
    -------
    total : ndarray, shape (size, size)
    derivatives : list of ndarray, each shape (size, size)
    """
    system = posterior.system
    p, (q, m) = len(system.gram), system.right_aside.shape
    f = posterior.n_fixed
    back = np.linalg.inv(posterior.fixed_transform) if f else np.empty((0, 0))
    total = np.zeros((posterior.size, posterior.size))
    derivatives = []

    def own(operator: Operator) -> Floats:
        inner = np.zeros((posterior.size, posterior.size))
        if operator.aside:
            here = slice(p, p + q * m)
            inner[here, here] = np.kron(np.eye(q), operator.matrix)
        else:
            inner[operator.here, operator.here] = operator.dense()
        found = np.empty_like(inner)
        found[np.ix_(posterior.order, posterior.order)] = inner
        found[:f] = back.T @ found[:f]
        found[:, :f] = found[:, :f] @ back
        found[f:] *= posterior.random_scaling[:, None]
        found[:, f:] *= posterior.random_scaling
        return found

    for state in states(system, np.minimum(posterior.parameters, most)):
        total += own(state.total)
        derivatives += [own(operator) for operator in state.first]
    return total, derivatives
