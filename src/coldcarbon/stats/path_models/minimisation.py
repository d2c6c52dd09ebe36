"""Minimisation by Newton steps with the exact Hessian; Fisher scoring where it is not positive definite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.path_models.likelihood import Likelihood, State

__all__ = ["Minimum", "minimise"]

Floats = NDArray[np.float64]
NEAR = 1e-9  # twice the expected fall of F below which full steps are taken: rounding would fool a line search
DONE = 1e-22


@dataclass(frozen=True)
class Minimum:
    """Where a minimisation ended.

    ``decrement`` is g' H^-1 g, twice the fall of F that a further Newton step would bring; ``converged`` says that
    it is negligible and the Hessian positive definite, both checked at the end.
    """

    phi: Floats
    state: State
    hessian: Floats
    decrement: float
    converged: bool
    iterations: int


def _reduced(likelihood: Likelihood, vector: Floats) -> Floats:
    spread = likelihood.specification.spread
    if spread is None:
        return vector
    return spread.T @ vector if vector.ndim == 1 else spread.T @ vector @ spread


def _positive(matrix: Floats) -> bool:
    """Whether a symmetric matrix is positive definite beyond rounding, whatever the units of its rows."""
    diagonal = np.diag(matrix)
    if not (diagonal > 0).all():
        return False
    scale = np.sqrt(diagonal)
    try:
        lower = np.linalg.cholesky(matrix / np.outer(scale, scale))
    except np.linalg.LinAlgError:
        return False
    return bool(np.diag(lower).min() > 1e-7)


def _scaled_solve(matrix: Floats, vector: Floats, ridge: float = 0.0) -> Floats:
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    inner = matrix / np.outer(scale, scale)
    if ridge:
        inner = inner + ridge * np.eye(len(inner))
    return np.linalg.solve(inner, vector / scale) / scale


def minimise(likelihood: Likelihood, start: Floats, max_iterations: int = 200) -> Minimum | None:
    """Minimise the discrepancy.

    Parameters
    ----------
    likelihood : Likelihood
        Of the model at its sample moments.
    start : ndarray, shape (t,)
        Free entries.
    max_iterations : int
        Newton steps; about five are usual.

    Returns
    -------
    Minimum or None
        None if Sigma is not positive definite at the start.
    """
    spec = likelihood.specification
    phi = spec.reduce(start)
    state = likelihood.state(spec.expand(phi))
    if state is None:
        return None
    polished = 0
    for iteration in range(max_iterations + 1):
        slope = _reduced(likelihood, likelihood.gradient(state))
        hessian = _reduced(likelihood, likelihood.hessian(state))
        regular = _positive(hessian)
        step = -_scaled_solve(hessian, slope) if regular else _scoring_step(likelihood, state, slope)
        decrement = float(-slope @ step)
        if regular and (decrement < DONE or (decrement < NEAR and polished >= 3)):
            return Minimum(phi, state, hessian, decrement, True, iteration)
        if iteration == max_iterations:
            break
        if regular and decrement < NEAR:
            polished += 1
            following = likelihood.state(spec.expand(phi + step))
            if following is None:
                return Minimum(phi, state, hessian, decrement, True, iteration)
            phi, state = phi + step, following
            continue
        moved = _line_search(likelihood, phi, state, slope, step)
        if moved is None and regular:
            moved = _line_search(likelihood, phi, state, slope, _scoring_step(likelihood, state, slope))
        if moved is None:
            break
        phi, state = moved
    return Minimum(phi, state, hessian, decrement, False, iteration)


def _scoring_step(likelihood: Likelihood, state: State, slope: Floats) -> Floats:
    return -_scaled_solve(2.0 * _reduced(likelihood, likelihood.information(state)), slope, ridge=1e-8)


def _line_search(
    likelihood: Likelihood, phi: Floats, state: State, slope: Floats, step: Floats
) -> tuple[Floats, State] | None:
    """The first of the steps 1, 1/2, 1/4 ... that lowers F as its slope promises (Armijo)."""
    fall = float(slope @ step)
    if not fall < 0:
        return None
    length = 1.0
    for _ in range(20):
        point = phi + length * step
        found = likelihood.state(likelihood.specification.expand(point))
        if found is not None and found.value <= state.value + 1e-4 * length * fall:
            return point, found
        length *= 0.5
    return None
