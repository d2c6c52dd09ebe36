"""Newton's method on a criterion, with what tells a minimum from a place where steps merely ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.gamm.basis import Floats
from coldcarbon.stats.gamm.criterion import Evaluation, Method, evaluate
from coldcarbon.stats.gamm.penalty import ASIDE, Covariance, Tensor
from coldcarbon.stats.gamm.system import System

__all__ = ["Optimum", "before_infinity", "minimise", "start_values"]

LONGEST_STEP = 5.0
FARTHEST = 30.0  # from the start, in log smoothing parameter: beyond is infinity
FARTHEST_TENSOR = 17.0  # likewise, where penalties share coefficients and rounding of one would drown the other
DECREASE = 1e-14  # expected decrease of the criterion at which steps end
GRADIENT = 1e-5  # largest gradient that counts as zero, in units of log likelihood
FLAT = 1e-8  # gradient and curvature below which a parameter has gone to infinity
BALANCED = 2  # first steps, taken as in Fellner and Schall's algorithm, which is good far from the minimum
SECOND_LOOK = np.array([-6.0, -4.0, -2.0, 0.0, 2.0, 4.0])  # beside the start, where a parameter went to infinity
SECOND_SLACK = 3.0  # by which the criterion may be higher there and still be followed down
SLOPE = 5e-5  # of the criterion at which a parameter on its way to infinity is looked at
MOST_ITERATIONS = 200


@dataclass(frozen=True)
class Optimum:
    """Where Newton's method ended.

    Attributes
    ----------
    parameters : ndarray, shape (parameters,)
        Of the penalties.
    evaluation : Evaluation
        There.
    at_infinity : ndarray of bool, shape (parameters,)
        Parameters along which the criterion has become flat: straight lines, variances of zero.
    converged : bool
        Whether the gradient is zero and the Hessian of the other parameters is positive definite.
    iterations : int
        Evaluations with derivatives.
    reason : str
        Why it is not converged, else empty.
    """

    parameters: Floats
    evaluation: Evaluation
    at_infinity: NDArray[np.bool_]
    converged: bool
    iterations: int
    reason: str


def start_values(system: System) -> Floats:
    """Smoothing parameters at which data and penalty weigh about the same.

    Parameters
    ----------
    system : System
        Cross-products.

    Returns
    -------
    ndarray, shape (parameters,)
    """
    values: list[float] = []
    diagonal = np.diag(system.gram)
    for penalty in system.penalties:
        if isinstance(penalty, Tensor):
            mean = diagonal[penalty.start : penalty.start + penalty.rank].mean()
            values += [float(np.log(mean * penalty.rank / np.trace(matrix))) for matrix in penalty.matrices]
            continue
        columns, levels = 1, penalty.rank
        if isinstance(penalty, Covariance):
            columns, levels = penalty.columns, penalty.levels
        for a in range(columns):
            if penalty.start == ASIDE:
                here = system.blocks[:, penalty.column + a, penalty.column + a]
            else:
                here = diagonal[penalty.start + a * levels : penalty.start + (a + 1) * levels]
            values.append(float(np.log(here.mean())))
        values += [0.0] * (penalty.n_parameters - columns)
    return np.array(values)


def minimise(system: System, method: Method, start: Floats | None = None) -> Optimum:
    """Minimise a criterion over the parameters of the penalties.

    Parameters
    ----------
    system : System
        Cross-products.
    method : {"REML", "ML", "GCV"}
        Criterion.
    start : ndarray, shape (parameters,), optional
        Where to begin.

    Returns
    -------
    Optimum

    Notes
    -----
    Steps use absolute eigenvalues of the Hessian, so that they go downhill where it is not convex, are halved until
    the criterion falls, and are lengthened where a parameter decays exponentially towards infinity.
    """
    begin = start_values(system) if start is None else np.array(start, float)
    best = _descend(system, method, begin, balanced=BALANCED)
    for i in np.flatnonzero(best.at_infinity):
        # the criterion may have a second minimum at a finite value, which Newton's steps have passed by
        tries = np.tile(best.parameters, (len(SECOND_LOOK), 1))
        tries[:, i] = begin[i] + SECOND_LOOK
        values = [_value(system, method, tried) for tried in tries]
        if min(values) < best.evaluation.value + SECOND_SLACK:
            other = _descend(system, method, tries[int(np.argmin(values))], balanced=0)
            if other.evaluation.value < best.evaluation.value - 1e-9:
                best = other
    return best


def before_infinity(system: System, method: Method, optimum: Optimum) -> Floats:
    """Parameters of an optimum, those at infinity drawn back to where the criterion still has a slope.

    Parameters
    ----------
    system : System
        Cross-products.
    method : {"REML", "ML", "GCV"}
        Criterion.
    optimum : Optimum
        Of `minimise`.

    Returns
    -------
    ndarray, shape (parameters,)
        Derivatives by a parameter at infinity are zero over zero; their ratio has a limit, which is reached there.
    """
    parameters = optimum.parameters.copy()
    if not optimum.at_infinity.any():
        return parameters
    low = start_values(system)
    waiting = optimum.at_infinity & (parameters > low)
    for _ in range(30):
        parameters[waiting] = np.maximum(parameters[waiting] - 2, low[waiting])
        slope = np.abs(evaluate(system, parameters, method).gradient)
        reached = waiting & (slope > SLOPE)
        # the slope decays like exp(-parameter)
        parameters[reached] += np.log(slope[reached] / SLOPE)
        waiting &= ~reached & (parameters > low)
        if not waiting.any():
            break
    return parameters


def _value(system: System, method: Method, parameters: Floats) -> float:
    try:
        return evaluate(system, parameters, method, derivatives=False).value
    except np.linalg.LinAlgError:
        return np.inf


def _descend(system: System, method: Method, begin: Floats, *, balanced: int) -> Optimum:
    """Newton's method from one start."""
    parameters = begin
    logs = np.ones(len(parameters), bool)
    for penalty in system.penalties:
        if isinstance(penalty, Covariance):
            logs[penalty.parameter + penalty.columns : penalty.parameter + penalty.n_parameters] = False
    reach = np.full(len(parameters), FARTHEST)
    for penalty in system.penalties:
        if isinstance(penalty, Tensor):
            reach[penalty.parameter : penalty.parameter + penalty.n_parameters] = FARTHEST_TENSOR
    middle = start_values(system)
    low, high = middle - reach, middle + reach
    low[~logs], high[~logs] = -np.inf, np.inf
    current = evaluate(system, parameters, method)
    iterations = 1
    infinite = np.zeros(len(parameters), bool)
    while len(parameters) and iterations < MOST_ITERATIONS:
        gradient, hessian = current.gradient, current.hessian
        curvature = np.diag(hessian)
        infinite = logs & (np.abs(gradient) < FLAT) & (np.abs(curvature) < 10 * FLAT)
        infinite |= ((parameters >= high) & (gradient < 0)) | ((parameters <= low) & (gradient > 0))
        active = ~infinite
        if not active.any():
            break
        values, vectors = np.linalg.eigh(hessian[np.ix_(active, active)])
        floor = max(np.abs(values).max() * 1e-10, 1e-12)
        inner = vectors.T @ gradient[active]
        step = np.zeros(len(parameters))
        step[active] = -vectors @ (inner / np.maximum(np.abs(values), floor))
        expected = float(-(gradient @ step)) / 2
        if expected < DECREASE * max(1.0, 1e-3 * abs(current.value)) and values[0] > -1e-7:
            break
        if iterations <= balanced and len(current.balance):
            usable = active & logs & np.isfinite(current.balance)
            step[usable] = current.balance[usable]
            step[~logs] = 0
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = curvature / np.abs(gradient)
            tail = active & logs & (np.abs(gradient) < 0.05) & (ratio > 0.3) & (ratio < 3)
            leap = -np.sign(gradient) * np.log(np.abs(gradient) / (FLAT / 10))
        step[tail] = leap[tail]
        largest = np.abs(step[logs]).max() if logs.any() else 0.0
        limit = LONGEST_STEP if not tail.any() else 20.0
        step *= min(1.0, limit / largest) if largest > 0 else 1.0
        parameters, current, moved = _halved(system, method, parameters, current, step, low, high)
        iterations += 1
        if not moved:
            break
    return _checked(current, parameters, infinite, iterations)


def _halved(
    system: System, method: Method, parameters: Floats, current: Evaluation, step: Floats, low: Floats, high: Floats
) -> tuple[Floats, Evaluation, bool]:
    """The longest of the step and its halves at which the criterion is no larger."""
    slack = 1e-11 * (1 + abs(current.value))
    for halving in range(40):
        tried = np.clip(parameters + step / 2**halving, low, high)
        try:
            # the first is likely to be taken, so its derivatives are computed at once
            found = evaluate(system, tried, method, derivatives=halving == 0)
        except np.linalg.LinAlgError:
            continue
        if found.value <= current.value + slack:
            if halving:
                found = evaluate(system, tried, method)
            return tried, found, True
    return parameters, current, False


def _checked(current: Evaluation, parameters: Floats, infinite: NDArray[np.bool_], iterations: int) -> Optimum:
    reason = ""
    active = ~infinite
    if active.any():
        gradient = current.gradient[active]
        hessian = current.hessian[np.ix_(active, active)]
        values, vectors = np.linalg.eigh(hessian)
        # where the criterion is flat beside a variance of zero, nothing is left to find
        along = np.abs(vectors.T @ gradient)
        if np.abs(gradient).max() > GRADIENT * (1 + np.sqrt(np.abs(np.diag(hessian)).max())):
            reason = f"the gradient is {np.abs(gradient).max():.2g} after {iterations} iterations"
        elif (values < -1e-6).any():
            reason = f"the criterion curves downwards ({values.min():.2g}): a saddle, not a minimum"
        elif ((values < 1e-7) & (along > GRADIENT)).any():
            reason = "the criterion is flat but still falling"
    return Optimum(parameters, current, infinite, not reason, iterations, reason)
