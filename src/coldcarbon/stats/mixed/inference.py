"""Standard errors, Satterthwaite degrees of freedom, and uncertainty of variance components by the delta method.

The variance of a contrast l'b is f(theta, s) = s^2 l' A^-1 l. Its own uncertainty comes from the Hessian H of the
deviance in (theta, s), with covariance 2 H^-1, and gives df = 2 f^2 / (g' 2 H^-1 g), g the gradient of f
(Satterthwaite 1946; Fai & Cornelius 1996; Kuznetsova et al. 2017, doi 10.18637/jss.v082.i13). Where lmerTest takes H
and g by numerical differences, they are exact here, or H by differences of an exact gradient.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from coldcarbon.stats.mixed.criterion import Criterion
from coldcarbon.stats.mixed.factors import Floats
from coldcarbon.stats.mixed.model import Model, Term
from coldcarbon.stats.mixed.optimise import SINGULAR, Minimum

__all__ = ["FTest", "Uncertainty", "f_test", "satterthwaite", "t_quantile", "two_sided_p", "uncertainty"]

FLAT = 1e-7  # eigenvalue of the scaled Hessian below which a direction says nothing and is left out


@dataclass(frozen=True)
class Uncertainty:
    """Covariances in the units of the data.

    Attributes
    ----------
    covariance : numpy.ndarray, shape (p, p)
        Of the fixed effects.
    changes : numpy.ndarray, shape (k + 1, p, p)
        Its derivatives by theta (scaled) and residual SD (scaled).
    parameters : numpy.ndarray, shape (k + 1, k + 1)
        Covariance of theta and the residual SD (both scaled).
    """

    covariance: Floats
    changes: Floats
    parameters: Floats


def uncertainty(model: Model, criterion: Criterion, minimum: Minimum) -> Uncertainty:
    """Covariance of fixed effects, its derivatives, and covariance of the variance parameters.

    Parameters
    ----------
    model : Model
        The model.
    criterion : Criterion
        Its deviance.
    minimum : Minimum
        Where that is lowest.

    Returns
    -------
    Uncertainty
        In the units of the data.
    """
    point = minimum.point
    sides = linalg.solve_triangular(point.triangle, np.eye(model.p), lower=True, trans=1, check_finite=False)
    sides = model.unturn(sides) * model.scale
    covariance = point.variance * sides @ sides.T
    changes = np.empty((len(point.theta) + 1, model.p, model.p))
    for number, direction in enumerate(point.directions):
        thin = point.half[point.slices[direction.factor]].reshape(-1, len(direction.matrix), model.p)
        spread = np.tensordot(thin, direction.matrix @ thin, axes=([0, 1], [0, 1]))
        changes[number] = point.variance * sides @ spread @ sides.T
    changes[-1] = 2.0 / np.sqrt(point.variance) * covariance
    joint = criterion.joint_hessian(point, minimum.hessian)
    scale = np.sqrt(np.maximum(np.abs(np.diag(joint)), 1e-300))
    values, vectors = np.linalg.eigh(joint / np.outer(scale, scale))
    kept = values > FLAT
    half = vectors[:, kept] / np.sqrt(values[kept]) / scale[:, None]
    return Uncertainty(covariance, changes, 2.0 * half @ half.T)


def satterthwaite(found: Uncertainty, contrasts: Floats) -> tuple[Floats, Floats]:
    """Standard error and degrees of freedom of each contrast, one per row of contrasts (m, p).

    Parameters
    ----------
    found : Uncertainty
        Of a fit.
    contrasts : numpy.ndarray, shape (m, p)
        Weights of the fixed effects.

    Returns
    -------
    standard_error, df : numpy.ndarray, shape (m,)
        Both positive.
    """
    variance = np.einsum("mi,ij,mj->m", contrasts, found.covariance, contrasts, optimize=True)
    gradient = np.stack([((contrasts @ change) * contrasts).sum(axis=1) for change in found.changes], axis=1)
    spread = ((gradient @ found.parameters) * gradient).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt(variance), 2.0 * variance**2 / spread


@dataclass(frozen=True)
class FTest:
    """F test of several contrasts at once."""

    statistic: float
    df: int
    df_denominator: float
    p: float


def f_test(found: Uncertainty, estimates: Floats, contrasts: Floats) -> FTest:
    """F test that all contrasts are zero.

    The contrasts are turned to uncorrelated ones; their t-type degrees of freedom nu_m give
    E = sum of nu_m / (nu_m - 2) over those above 2, and the denominator 2 E / (E - q) (Fai & Cornelius 1996, as in
    lmerTest).

    Parameters
    ----------
    found : Uncertainty
        Of a fit.
    estimates : numpy.ndarray, shape (p,)
        Fixed effects.
    contrasts : numpy.ndarray, shape (m, p)
        Their rows may depend on each other; the rank counts.

    Returns
    -------
    FTest
        Statistic, degrees of freedom, P.
    """
    values, vectors = np.linalg.eigh(contrasts @ found.covariance @ contrasts.T)
    kept = values > 1e-10 * values.max()
    turned = vectors[:, kept].T @ contrasts
    errors, degrees = satterthwaite(found, turned)
    statistic = float(np.mean((turned @ estimates / errors) ** 2))
    count = int(kept.sum())
    if np.ptp(degrees) < 1e-8 * degrees.max() or count == 1:
        denominator = float(degrees.mean())
    elif np.any(degrees <= 2.0):
        denominator = 2.0
    else:
        expected = float(np.sum(degrees / (degrees - 2.0)))
        denominator = 2.0 * expected / (expected - count)
    return FTest(statistic, count, denominator, float(special.fdtrc(count, denominator, statistic)))


def two_sided_p(t: Floats, df: Floats) -> Floats:
    """Two-sided P of a t statistic.

    Parameters
    ----------
    t, df : numpy.ndarray
        Statistic and degrees of freedom.

    Returns
    -------
    numpy.ndarray
        P, 0-1.
    """
    return np.asarray(2.0 * special.stdtr(df, -np.abs(t)))


def t_quantile(level: float, df: Floats) -> Floats:
    """Quantile of t for a two-sided interval.

    Parameters
    ----------
    level : float
        Coverage, 0-1.
    df : numpy.ndarray
        Degrees of freedom.

    Returns
    -------
    numpy.ndarray
        Half width in standard errors.
    """
    return np.asarray(special.stdtrit(df, 0.5 + level / 2.0))


@dataclass(frozen=True)
class Component:
    """One row of the table of variance components, in the units of the data.

    `first` is a column, `second` another one for a covariance and "" for a variance; `scale` is "log" for a standard
    deviation and "atanh" for a correlation; `spread` is the delta-method standard error on that scale.
    """

    group: str
    first: str
    second: str
    variance: float
    value: float  # standard deviation or correlation
    spread: float
    term: int
    row: int
    column: int


def components(model: Model, minimum: Minimum, found: Uncertainty) -> list[Component]:
    """Standard deviations and correlations of every term, then the residual SD, with delta-method errors.

    Parameters
    ----------
    model : Model
        The model.
    minimum : Minimum
        Its optimum.
    found : Uncertainty
        Covariance of its variance parameters.

    Returns
    -------
    list of Component
        In the order of lme4's VarCorr: variances of a term, its covariances, at the end the residual.
    """
    point = minimum.point
    residual = np.sqrt(point.variance)
    result = []
    for number, term in enumerate(model.terms):
        covariance, changes = _covariance_of(model, term, minimum)
        names = term.side.names
        deviations = np.sqrt(np.diag(covariance))
        width = len(names)
        on_edge = is_singular(term, minimum)
        for row in range(width):
            gradient = np.append(changes[:, row, row], 0.0) / max(2.0 * covariance[row, row], 1e-300)
            gradient[-1] = 1.0 / residual
            value = float(deviations[row] * residual * model.scale)
            spread = np.nan if deviations[row] == 0.0 or on_edge else _spread(gradient, found)
            result.append(Component(term.bar.group_name, names[row], "", value**2, value, spread, number, row, row))
        for column in range(width):
            for row in range(column + 1, width):
                product = deviations[row] * deviations[column]
                shared = float(covariance[row, column] * point.variance * model.scale**2)
                value, spread = np.nan, np.nan
                if product > 0.0:
                    value = float(np.clip(covariance[row, column] / product, -1.0, 1.0))
                if product > 0.0 and not on_edge:
                    slope = changes[:, row, column] / product - value / 2.0 * (
                        changes[:, row, row] / covariance[row, row]
                        + changes[:, column, column] / covariance[column, column]
                    )
                    spread = _spread(np.append(slope, 0.0) / (1.0 - value**2), found)
                result.append(
                    Component(
                        term.bar.group_name, names[column], names[row], shared, value, spread, number, row, column
                    )
                )
    value = float(residual * model.scale)
    gradient = np.zeros(len(point.theta) + 1)
    gradient[-1] = 1.0 / residual
    result.append(Component("Residual", "", "", value**2, value, _spread(gradient, found), -1, 0, 0))
    return result


def _spread(gradient: Floats, found: Uncertainty) -> float:
    return float(np.sqrt(max(float(gradient @ found.parameters @ gradient), 0.0)))


def _covariance_of(model: Model, term: Term, minimum: Minimum) -> tuple[Floats, Floats]:
    """Relative covariance of a term in the units of its columns, and its derivatives by theta."""
    point = minimum.point
    root = model.root(term, point.roots)
    inverse = linalg.solve_triangular(term.turn, np.eye(len(term.turn)), check_finite=False)
    changes = np.zeros((len(point.theta), *root.shape))
    for number, direction in enumerate(point.directions):
        if direction.factor == term.factor:
            changes[number] = inverse @ direction.matrix[term.place, term.place] @ inverse.T
    return root @ root.T, changes


def is_singular(term: Term, minimum: Minimum) -> bool:
    """Whether the covariance of a term has lost rank: a root below 1e-4 of the residual SD, columns at unit size.

    Parameters
    ----------
    term : Term
        One random term.
    minimum : Minimum
        The optimum.

    Returns
    -------
    bool
        True on the boundary.
    """
    root = minimum.point.roots[term.factor][term.place, term.place]
    return bool(np.linalg.svd(root, compute_uv=False)[-1] < SINGULAR)
