"""Newton steps on the profiled deviance, kept going downhill, with a check at the end that it is a minimum."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from coldcarbon.stats.mixed.criterion import Criterion, Point
from coldcarbon.stats.mixed.factors import Floats

__all__ = ["Minimum", "minimise"]

STEPS = 200
TIGHT = 1e-12  # fall of the deviance still expected from a Newton step
ENOUGH = 1e-6  # the same, for the fit to be called converged
NEGATIVE = -1e-5  # scaled curvature below which a point is a saddle
SINGULAR = 1e-4  # root in units of the residual SD below which it is on the boundary, as in lme4


@dataclass(frozen=True)
class Minimum:
    """Where the steps ended, and what was found there.

    Attributes
    ----------
    point : Point
        The criterion there.
    hessian : numpy.ndarray
        Hessian of the profiled deviance.
    decrement : float
        Fall of the deviance that one more Newton step would promise.
    gradient_norm : float
        Largest absolute element of the gradient, in units of deviance for a step of one scaled theta.
    smallest_curvature : float
        Smallest eigenvalue of the Hessian scaled to a unit diagonal.
    steps : int
        Newton steps taken.
    converged : bool
        Whether decrement and curvature are those of a minimum.
    """

    point: Point
    hessian: Floats
    decrement: float
    gradient_norm: float
    smallest_curvature: float
    steps: int
    converged: bool


def _scaled(hessian: Floats) -> tuple[Floats, Floats, Floats]:
    """Scale, eigenvalues and eigenvectors of a Hessian brought to a unit diagonal."""
    diagonal = np.abs(np.diag(hessian))
    scale = np.sqrt(np.maximum(diagonal, 1e-8 * max(float(diagonal.max(initial=0.0)), 1e-300)))
    values, vectors = np.linalg.eigh(hessian / np.outer(scale, scale))
    return scale, values, vectors


def _newton_step(point: Point, hessian: Floats) -> tuple[Floats, float]:
    """Downhill Newton step, and the fall of the deviance it promises."""
    scale, values, vectors = _scaled(hessian)
    turned = vectors.T @ (point.gradient / scale)
    bent = np.maximum(np.abs(values), 1e-6)
    return -(vectors @ (turned / bent)) / scale, float(0.5 * np.sum(turned**2 / bent))


def _descend(criterion: Criterion, theta: Floats) -> tuple[Point, int]:
    point = criterion(theta)
    for number in range(STEPS):
        step, decrement = _newton_step(point, point.curvature[0])
        if decrement < TIGHT:
            return point, number
        limit = 2.0 * max(1.0, float(np.linalg.norm(point.theta)))
        length = float(np.linalg.norm(step))
        if length > limit:
            step *= limit / length
        slope = float(point.gradient @ step)
        noise = 1e-13 * (abs(point.value) + criterion.n)
        fraction = 1.0
        while True:
            try:
                ahead = criterion(point.theta + fraction * step)
            except (FloatingPointError, np.linalg.LinAlgError):
                ahead = None
            if ahead is not None and ahead.value <= point.value + 1e-4 * fraction * slope + noise:
                break
            fraction *= 0.4
            if fraction < 1e-8:
                return point, number
        if decrement < 1e-9 and np.abs(ahead.gradient).max() >= np.abs(point.gradient).max():
            return point, number  # rounding
        point = ahead
    return point, STEPS


def minimise(criterion: Criterion, start: Floats | None = None) -> Minimum:
    """Minimise the profiled deviance and say whether a minimum was reached.

    Newton steps from `start`; at a saddle a step along the negative curvature; a fit that ends on the boundary is
    started again from smaller and larger roots and the lowest is kept. Theta is free of bounds meanwhile: f depends on
    D = L L' alone, so that a boundary is an ordinary stationary point, and signs are turned at the end.

    Parameters
    ----------
    criterion : Criterion
        What is minimised.
    start : numpy.ndarray, optional
        First theta.

    Returns
    -------
    Minimum
        The end, checked.
    """
    best = _settle(criterion, criterion.start if start is None else start)
    if start is None and np.any(np.abs(best.point.theta[criterion.diagonal]) < SINGULAR):
        for factor in (0.2, 4.0):
            again = _settle(criterion, factor * criterion.start)
            if again.point.value < best.point.value - 1e-6:
                best = again
    return best


def _settle(criterion: Criterion, theta: Floats) -> Minimum:
    steps = 0
    for _ in range(5):
        point, taken = _descend(criterion, theta)
        steps += taken
        hessian = criterion.hessian(point)
        scale, values, vectors = _scaled(hessian)
        if values[0] >= NEGATIVE:
            break
        direction = vectors[:, 0] / scale
        direction /= np.linalg.norm(direction)
        trials = [criterion(point.theta + size * direction) for size in (-0.5, -0.1, 0.1, 0.5)]
        lowest = min(trials, key=lambda trial: trial.value)
        if lowest.value >= point.value:
            break
        theta = lowest.theta
    if not point.curvature[1]:  # the steps used an approximate Hessian: one more with the one found
        step, decrement = _newton_step(point, hessian)
        if TIGHT < decrement < 1e-3:
            ahead = criterion(point.theta + step)
            if np.abs(ahead.gradient).max() < np.abs(point.gradient).max():
                point = ahead
    _, decrement = _newton_step(point, hessian)
    return Minimum(
        point=point,
        hessian=hessian,
        decrement=decrement,
        gradient_norm=float(np.abs(point.gradient / scale).max(initial=0.0)),
        smallest_curvature=float(values[0]),
        steps=steps,
        converged=bool(decrement < ENOUGH and values[0] >= NEGATIVE),
    )
