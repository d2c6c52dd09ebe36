"""Standardized estimates, direct, indirect and total effects, explained variance, each with derivatives.

Total effects are (I - A)^-1 - I, indirect ones the total less the direct (Bollen 1987, doi:10.2307/271028), in loops
too. Standardized values use the implied standard deviations of all variables (lavaan's std.all); a residual
covariance becomes a correlation of residuals. Standard errors by the delta method (Sobel 1982) with exact derivatives.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.path_models.likelihood import Likelihood, State
from coldcarbon.stats.path_models.specification import Parameter, Specification

__all__ = ["Effects", "effect_values", "effects_with_slopes", "explained", "parameter_values", "standardized_slopes"]

Floats = NDArray[np.float64]
Explained = Literal["residual", "correlation", "reduced form"]


@dataclass(frozen=True)
class Effects:
    """Effects of columns on rows, shape (..., v, v)."""

    direct: Floats
    indirect: Floats
    total: Floats


def _deviations(covariance: Floats) -> Floats:
    variances = np.diagonal(covariance, axis1=-2, axis2=-1)
    return np.sqrt(np.where(variances > 0, variances, np.nan))


def parameter_values(
    parameters: Iterable[Parameter], a: Floats, s: Floats, means: Floats, covariance: Floats, standardized: bool
) -> Floats:
    """Values of parameters, plain or standardized, for one fit or a stack of fits.

    Parameters
    ----------
    parameters : iterable of Parameter, length k
        Rows of a table of estimates.
    a, s, covariance : ndarray, shape (..., v, v)
        Direct effects, (residual) covariances, implied covariances.
    means : ndarray, shape (..., v)
        Intercepts m.
    standardized : bool
        In standard deviations.

    Returns
    -------
    ndarray, shape (..., k)
        NaN where a variance is negative.
    """
    deviations = _deviations(covariance)
    own = _deviations(s) if standardized else deviations
    found = []
    for p in parameters:
        if p.matrix == "A":
            value = a[..., p.row, p.column]
            scale = deviations[..., p.column] / deviations[..., p.row]
        elif p.matrix == "m":
            value, scale = means[..., p.row], 1.0 / deviations[..., p.row]
        elif p.row == p.column:
            value, scale = s[..., p.row, p.row], deviations[..., p.row] ** -2
        else:
            value, scale = s[..., p.row, p.column], 1.0 / (own[..., p.row] * own[..., p.column])
        found.append(value * scale if standardized else value)
    return np.stack(found, axis=-1)


def _deviation_slopes(likelihood: Likelihood, state: State) -> tuple[Floats, Floats]:
    """Implied standard deviations (v,) and their relative derivatives (v, t)."""
    slopes = likelihood.covariance_slopes(state)
    variances = np.diag(state.covariance)
    deviations = _deviations(state.covariance)
    return deviations, np.einsum("iit->it", slopes) / (2.0 * variances[:, None])


def standardized_slopes(likelihood: Likelihood, state: State) -> Floats:
    """Derivatives of all standardized parameters in the free entries.

    Parameters
    ----------
    likelihood : Likelihood
        Of the model.
    state : State
        At the estimates.

    Returns
    -------
    ndarray, shape (parameters, t)
        In the order of the specification's parameters.
    """
    spec = likelihood.specification
    deviations, relative = _deviation_slopes(likelihood, state)
    values = parameter_values(
        spec.parameters, state.a, state.s, likelihood.matrices(state.theta)[2], state.covariance, standardized=True
    )
    found = np.zeros((len(spec.parameters), spec.n_entries))
    variance_index = {p.row: p.index for p in spec.parameters if p.matrix == "S" and p.row == p.column}
    for n, p in enumerate(spec.parameters):
        if p.matrix == "A":
            found[n] = values[n] * (relative[p.column] - relative[p.row])
            scale = deviations[p.column] / deviations[p.row]
        elif p.matrix == "m":
            found[n] = -values[n] * relative[p.row]
            scale = 1.0 / deviations[p.row]
        elif p.row == p.column:
            found[n] = -2.0 * values[n] * relative[p.row]
            scale = deviations[p.row] ** -2
        else:
            own = state.s[p.row, p.row], state.s[p.column, p.column]
            scale = 1.0 / np.sqrt(own[0] * own[1]) if min(own) > 0 else np.nan
            for place, variance in zip((p.row, p.column), own, strict=True):
                if variance_index.get(place, -1) >= 0:
                    found[n, variance_index[place]] -= 0.5 * values[n] / variance
        if p.index >= 0:
            found[n, p.index] += scale
    return found


def effect_values(a: Floats, covariance: Floats, standardized: bool) -> Effects:
    """Effects of one fit or a stack of fits.

    Parameters
    ----------
    a : ndarray, shape (..., v, v)
        Direct effects.
    covariance : ndarray, shape (..., v, v)
        Implied covariances.
    standardized : bool
        In standard deviations.

    Returns
    -------
    Effects
        Of columns on rows.
    """
    identity = np.eye(a.shape[-1])
    total = np.linalg.inv(identity - a) - identity
    indirect = total - a
    if not standardized:
        return Effects(a, indirect, total)
    deviations = _deviations(covariance)
    scale = deviations[..., None, :] / deviations[..., :, None]
    return Effects(a * scale, indirect * scale, total * scale)


def effects_with_slopes(likelihood: Likelihood, state: State, standardized: bool) -> tuple[Effects, Effects]:
    """Effects and their derivatives in the free entries.

    Parameters
    ----------
    likelihood : Likelihood
        Of the model.
    state : State
        At the estimates.
    standardized : bool
        In standard deviations.

    Returns
    -------
    values : Effects
        Shape (v, v).
    slopes : Effects
        Shape (v, v, t).
    """
    spec = likelihood.specification
    direct_slopes = np.zeros((*state.a.shape, spec.n_entries))
    direct_slopes[spec.a_rows, spec.a_columns, np.arange(len(spec.a_rows))] = 1.0
    total_slopes = likelihood.effect_slopes(state)
    values = effect_values(state.a, state.covariance, standardized)
    if not standardized:
        return values, Effects(direct_slopes, total_slopes - direct_slopes, total_slopes)
    deviations, relative = _deviation_slopes(likelihood, state)
    scale = (deviations[None, :] / deviations[:, None])[:, :, None]
    bend = relative[None, :, :] - relative[:, None, :]
    direct = direct_slopes * scale + values.direct[:, :, None] * bend
    total = total_slopes * scale + values.total[:, :, None] * bend
    return values, Effects(direct, total - direct, total)


def explained(spec: Specification, a: Floats, s: Floats, covariance: Floats, kind: Explained = "residual") -> Floats:
    """Share of each variable's variance that the model explains.

    Parameters
    ----------
    spec : Specification
        Of the model.
    a, s, covariance : ndarray, shape (..., v, v)
        Direct effects, residual covariances, implied covariances.
    kind : {"residual", "correlation", "reduced form"}
        "residual": 1 - residual variance / variance (lavaan, AMOS). In loops residuals correlate with predictors and
        this can be negative; then "correlation": squared correlation of a variable with its own predicted part
        (Bentler and Raykov 2000, doi:10.1037/0021-9010.85.1.125), or "reduced form": what exogenous variables
        explain through all paths (Joreskog 1999). All three agree in recursive models without residual covariances
        for variables caused by exogenous ones only; the first two in all recursive models without them.

    Returns
    -------
    ndarray, shape (..., v)
        NaN for variables without cause or with negative variance.
    """
    places = {name: place for place, name in enumerate(spec.variables)}
    endogenous = np.array([places[name] for name in spec.endogenous], np.intp)
    variances = np.diagonal(covariance, axis1=-2, axis2=-1)
    found = np.full(variances.shape, np.nan)
    if kind == "residual":
        shares = 1.0 - np.diagonal(s, axis1=-2, axis2=-1) / variances
    elif kind == "correlation":
        predicted = a @ covariance
        cross = np.diagonal(predicted, axis1=-2, axis2=-1)
        spread = np.diagonal(predicted @ np.swapaxes(a, -1, -2), axis1=-2, axis2=-1)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = cross**2 / (variances * spread)
    elif kind == "reduced form":
        disturbances = s.copy()
        causeless = np.setdiff1d(np.arange(s.shape[-1]), endogenous)
        disturbances[..., causeless, :] = 0.0
        disturbances[..., :, causeless] = 0.0
        b = np.linalg.inv(np.eye(a.shape[-1]) - a)
        through = b @ disturbances @ np.swapaxes(b, -1, -2)
        shares = 1.0 - np.diagonal(through, axis1=-2, axis2=-1) / variances
    else:
        raise ValueError(f"kind must be 'residual', 'correlation' or 'reduced form', not {kind!r}")
    found[..., endogenous] = np.where(variances > 0, shares, np.nan)[..., endogenous]
    return found
