"""Where to begin: loadings by instruments, then every equation by least squares.

For observed recursive models with independent residuals the start is the maximum-likelihood estimate itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.path_models.graph import is_recursive
from coldcarbon.stats.path_models.likelihood import Likelihood
from coldcarbon.stats.path_models.specification import Parameter, Specification

__all__ = ["equationwise", "has_closed_form", "plain"]

Floats = NDArray[np.float64]
LEAST_OWN = 0.05  # share of a variance that a start leaves to the residual where latent variables make it a guess


def has_closed_form(specification: Specification) -> bool:
    """Whether least squares, equation by equation, is maximum likelihood.

    Parameters
    ----------
    specification : Specification
        Of the model.

    Returns
    -------
    bool
        True for observed variables, no loop, no constraint, residuals independent of each other and of predictors.
    """
    spec = specification
    if spec.latent or spec.spread is not None:
        return False
    exogenous = set(spec.exogenous)
    for p in spec.parameters:
        if p.matrix != "S" or (p.left in exogenous and p.right in exogenous):
            continue
        fits = p.kind == "free" if p.row == p.column else (p.kind == "fixed" and p.value == 0.0)
        if not fits:
            return False
    return is_recursive(_pattern(spec))


def _pattern(spec: Specification) -> NDArray[np.bool_]:
    pattern = spec.base_a != 0
    pattern[spec.a_rows, spec.a_columns] = True
    return pattern


def _loadings(spec: Specification, name: str) -> list[Parameter]:
    return [p for p in spec.parameters if p.operator == "=~" and p.left == name]


def _extend(covariance: Floats, a: Floats, spec: Specification, known: list[int], place: int) -> bool:
    """Put one latent variable's loadings into ``a`` and its covariances into ``covariance``; False if too early."""
    loadings = _loadings(spec, spec.variables[place])
    rows = [p.row for p in loadings]
    if not set(rows) <= set(known):
        return False
    fixed = [p for p in loadings if p.kind == "fixed" and p.value != 0]
    marker = (fixed[0] if fixed else loadings[0]).row
    marker_loading = fixed[0].value if fixed else 1.0
    own = np.sqrt(np.diag(covariance)[rows])
    weights = np.empty(len(rows))
    for n, row in enumerate(rows):
        others = [other for other in rows if other not in (row, marker)]
        if row == marker:
            weights[n] = 1.0
        elif others:
            instruments = np.linalg.lstsq(covariance[np.ix_(others, others)], covariance[others, marker], rcond=None)[0]
            below = instruments @ covariance[others, marker]
            weights[n] = instruments @ covariance[others, row] / below if below > 0 else np.nan
        else:
            weights[n] = np.nan
        if not np.isfinite(weights[n]) or abs(weights[n]) > 10 * own[n] / own[rows.index(marker)]:
            sign = 1.0 if covariance[row, marker] >= 0 else -1.0
            weights[n] = sign * own[n] / own[rows.index(marker)]
    weights = weights * marker_loading
    weights = np.array([p.value if p.kind == "fixed" else w for p, w in zip(loadings, weights, strict=True)])
    rest = [n for n, row in enumerate(rows) if row != marker and weights[n] != 0]
    variance = covariance[marker, marker] / marker_loading**2
    if rest:
        guesses = [covariance[marker, rows[n]] / (marker_loading * weights[n]) for n in rest]
        variance = float(np.clip(np.median(guesses), 0.1 * variance, 0.95 * variance))
    scale = 1.0
    set_variance = [p for p in spec.parameters if p.matrix == "S" and p.row == p.column == place]
    if set_variance and set_variance[0].kind == "fixed" and set_variance[0].value > 0 and not fixed:
        scale = float(np.sqrt(set_variance[0].value / variance))
        variance = set_variance[0].value
        weights = weights / scale
    mixing = weights / (weights @ weights)
    covariance[place, known] = covariance[known, place] = mixing @ covariance[np.ix_(rows, known)]
    covariance[place, rows] = covariance[rows, place] = weights * variance
    covariance[place, place] = variance
    a[rows, place] = weights
    return True


def _approximate(likelihood: Likelihood) -> tuple[Floats, Floats]:
    """Covariances of all variables, latent ones guessed from their indicators, and A with the loadings."""
    spec, p = likelihood.specification, likelihood.p
    size = len(spec.variables)
    covariance, a = np.zeros((size, size)), spec.base_a.copy()
    covariance[:p, :p] = likelihood.moments.covariance
    known, waiting = list(range(p)), list(range(p, size))
    while waiting:
        done = [place for place in waiting if _extend(covariance, a, spec, known, place)]
        if not done:
            for place in waiting:
                covariance[place, place] = 1.0
            break
        # those found together still lack covariances with each other
        for place in done:
            rows = [q.row for q in _loadings(spec, spec.variables[place])]
            weights = a[rows, place]
            for other in done:
                if other != place:
                    value = weights @ covariance[rows, other] / (weights @ weights)
                    limit = 0.9 * np.sqrt(covariance[place, place] * covariance[other, other])
                    covariance[place, other] = covariance[other, place] = np.clip(value, -limit, limit)
            known.append(place)
        waiting = [place for place in waiting if place not in done]
    return covariance, a


def equationwise(likelihood: Likelihood) -> Floats:
    """Free entries by least squares, equation by equation.

    Parameters
    ----------
    likelihood : Likelihood
        Of the model at its sample moments.

    Returns
    -------
    ndarray, shape (t,)
        A start, or the estimate where `has_closed_form`.
    """
    spec = likelihood.specification
    covariance, a = _approximate(likelihood) if spec.latent else (likelihood.moments.covariance, spec.base_a.copy())
    for row in dict.fromkeys(p.row for p in spec.parameters if p.operator == "~" and p.kind == "free"):
        columns = [p.column for p in spec.parameters if p.operator == "~" and p.kind == "free" and p.row == row]
        offset = covariance[row] - a[row] @ covariance
        block = covariance[np.ix_(columns, columns)]
        try:
            a[row, columns] = np.linalg.solve(block, offset[columns])
        except np.linalg.LinAlgError:
            a[row, columns] = np.linalg.lstsq(block, offset[columns], rcond=None)[0]
    rest = likelihood.identity - a
    residual = rest @ covariance @ rest.T
    if spec.latent:
        own = np.diag(covariance)
        np.fill_diagonal(residual, np.clip(np.diag(residual), LEAST_OWN * own, None))
        scale = np.sqrt(np.diag(residual))
        limit = 0.8 * np.outer(scale, scale)
        off = np.clip(residual, -limit, limit)
        np.fill_diagonal(off, np.diag(residual))
        residual = off
    means = np.zeros(len(a))
    if spec.mean_structure:
        means[: likelihood.p] = likelihood.moments.means
        means = rest @ means
    return _with_given(
        spec,
        np.concatenate([a[spec.a_rows, spec.a_columns], residual[spec.s_rows, spec.s_columns], means[spec.m_rows]]),
    )


def plain(likelihood: Likelihood, generator: np.random.Generator | None = None) -> Floats:
    """Free entries that assume nothing: no regressions, equal loadings, half of each variance; or so at random.

    Parameters
    ----------
    likelihood : Likelihood
        Of the model at its sample moments.
    generator : numpy.random.Generator, optional
        With it regressions and loadings are drawn.

    Returns
    -------
    ndarray, shape (t,)
        A start.
    """
    spec = likelihood.specification
    covariance, a = _approximate(likelihood) if spec.latent else (likelihood.moments.covariance, spec.base_a)
    own = np.sqrt(np.diag(covariance))
    found = []
    for p in spec.entries:
        if p.matrix == "A":
            ratio = own[p.row] / own[p.column]
            draw = 0.0 if generator is None else generator.normal(0.0, 0.5)
            found.append((a[p.row, p.column] if p.operator == "=~" else 0.0) + draw * ratio)
        elif p.matrix == "S":
            exogenous = p.left in spec.exogenous and p.right in spec.exogenous
            full = covariance[p.row, p.column]
            found.append(full if exogenous else (0.5 * full if p.row == p.column else 0.0))
        else:
            found.append(likelihood.moments.means[p.row] if p.row < likelihood.p else 0.0)
    return _with_given(spec, np.array(found))


def _with_given(spec: Specification, theta: Floats) -> Floats:
    for p in spec.entries:
        if np.isfinite(p.start):
            theta[p.index] = p.start
    return theta
