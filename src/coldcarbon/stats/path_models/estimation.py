"""Fit a path model by maximum likelihood."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.stats.path_models import notices
from coldcarbon.stats.path_models.conventions import Convention, convention_of
from coldcarbon.stats.path_models.fitted_model import PathModelFit
from coldcarbon.stats.path_models.graph import is_recursive, spectral_radius
from coldcarbon.stats.path_models.identification import require_identified
from coldcarbon.stats.path_models.likelihood import Likelihood, State
from coldcarbon.stats.path_models.minimisation import Minimum, minimise
from coldcarbon.stats.path_models.moments import SINGULAR, SampleMoments, from_covariance, from_rows, singular_sets
from coldcarbon.stats.path_models.notices import tell
from coldcarbon.stats.path_models.specification import Specification, specify
from coldcarbon.stats.path_models.starts import equationwise, has_closed_form, plain

__all__ = ["fit"]

Floats = NDArray[np.float64]
RANDOM_STARTS = 5
SHORT = 40  # Newton steps of a further start: what needs more wanders off to infinity
SAME = 1e-7  # difference of F below which two minima fit equally well
MEANS_ABSENT = "the model has intercepts: with a covariance matrix give the means too"


def fit(
    model: str,
    data: pd.DataFrame | None = None,
    *,
    convention: str | Convention = "lavaan",
    covariance: pd.DataFrame | None = None,
    n: int | None = None,
    means: Mapping[str, float] | pd.Series | None = None,
    covariance_divisor: Literal["n", "n-1"] = "n-1",
    mean_structure: bool = False,
    residual_covariances: bool = True,
    information: Literal["expected", "observed"] = "expected",
    max_iterations: int = 200,
) -> PathModelFit:
    r"""Fit a path or structural equation model by maximum likelihood.

    Parameters
    ----------
    model : str
        Such as ``"NEE ~ GPP + TER\nGPP ~ a*temperature"``; see `coldcarbon.stats.path_models.syntax` for what can be
        written and `coldcarbon.stats.path_models.specification` for what is added (as lavaan's ``sem`` adds it).
    data : pandas.DataFrame, shape (n, columns)
        Rows are what is replicated. Gaps are refused, never dropped.
    convention : {"lavaan", "amos"} or Convention
        What is counted and divided by what; see `coldcarbon.stats.path_models.conventions`. The model itself is the
        same: AMOS draws no covariances between residuals of outcomes by itself (``residual_covariances=False``), and
        covariances between latent and observed exogenous variables, which AMOS does draw, must be written (``f ~~ x``).
    covariance, n, means, covariance_divisor
        In place of ``data``: covariance matrix named in rows and columns, rows it came from, means where the model
        has intercepts, and the divisor it was computed with.
    mean_structure : bool
        Model means too, each observed variable with an intercept; set by any ``~ 1`` in the model.
    residual_covariances : bool
        Whether residuals of outcomes that cause nothing covary, as in lavaan and semopy.
    information : {"expected", "observed"}
        Behind the standard errors.
    max_iterations : int
        Newton steps per start.

    Returns
    -------
    PathModelFit
        ``converged`` is checked: gradient negligible and Hessian positive definite.

    Raises
    ------
    KeyError
        If the data lack variables.
    TypeError
        If data are no table with named columns.
    ValueError
        For a model or data that cannot be fitted; `IdentificationError` names parameters that cannot be told apart.

    Warns
    -----
    PathModelWarning
        One of its kinds: singular input, inadmissible estimates, fewer rows than parameters, no convergence, loops
        that do not settle. The texts stand in ``warnings`` of the result too.

    Notes
    -----
    Discrepancy, derivatives: `coldcarbon.stats.path_models.likelihood`. Observed recursive models with independent
    residuals start at their solution, least squares per equation; others take about five Newton steps. Models with
    loops are begun from several points; among equal minima the one whose loop settles is taken. A fit costs
    O(p t^2 + t^3) per step for p observed variables and t parameters: about a millisecond for p = 10, t = 30.
    """
    rule = convention_of(convention)
    if information not in ("expected", "observed"):
        raise ValueError(f"information must be 'expected' or 'observed', not {information!r}")
    spec = specify(model, rule.fixed_exogenous, mean_structure, residual_covariances)
    require_identified(spec)
    moments = _moments(spec, data, covariance, n, means, covariance_divisor, rule)
    told: list[str] = []
    _tell_of_design(spec, moments, told)
    likelihood = Likelihood(spec, moments)
    sets = singular_sets(moments)
    if sets:
        texts = "; ".join(", ".join(names) for names in sets)
        reason = "fewer rows than variables" if moments.n <= len(moments.names) else "one follows from the others"
        tell(
            told,
            f"the sample covariance matrix is singular ({reason}): {texts}. Chi-square and the measures built on it "
            "do not exist",
            notices.SingularInputWarning,
        )
        if has_closed_form(spec):
            return _singular_fit(model, rule, likelihood, told)
    best, others = _search(likelihood, max_iterations)
    if best is None:
        raise ValueError(
            "no start gives a positive definite covariance matrix"
            + (f": drop one variable of each of these sets: {texts}" if sets else "; give starts, start(0.5)*x")
        )
    if sets and not best.converged:
        raise ValueError(f"the likelihood has no maximum with singular input: drop one of {texts}")
    scale = float(moments.n if rule.multiplier == "n" else moments.n - 1)
    if best.converged:
        half = 0.5 * best.hessian if information == "observed" else _information(likelihood, best.state)
        errors = _inverse(half, likelihood, told) / scale
    else:
        tell(
            told,
            f"no minimum after {best.iterations} steps: a further step would lower F by {best.decrement / 2:.1e}, most "
            f"of all by {', '.join(_unsettled(likelihood, best.state))}; estimates are where it stopped, standard "
            "errors are not given",
            notices.ConvergenceWarning,
        )
        errors = np.full((spec.n_free, spec.n_free), np.nan)
    entries = errors if spec.spread is None else spec.spread @ errors @ spec.spread.T
    _tell_of_estimates(likelihood, best.state, told)
    alternatives = _tell_of_loops(likelihood, best, others, told)
    return PathModelFit(
        model=model,
        convention=rule,
        specification=spec,
        likelihood=likelihood,
        state=best.state,
        entry_covariance=entries,
        converged=best.converged,
        iterations=best.iterations,
        gradient_norm=float(np.sqrt(max(best.decrement, 0.0))),
        information=information,
        warnings=tuple(told),
        alternatives=alternatives,
    )


def _moments(
    spec: Specification,
    data: pd.DataFrame | None,
    covariance: pd.DataFrame | None,
    n: int | None,
    means: Mapping[str, float] | pd.Series | None,
    covariance_divisor: Literal["n", "n-1"],
    rule: Convention,
) -> SampleMoments:
    if (data is None) == (covariance is None):
        raise ValueError("give either data (rows) or covariance with n")
    if covariance is not None:
        if spec.mean_structure and means is None:
            raise ValueError(MEANS_ABSENT)
        return from_covariance(covariance, n, means, spec.observed, rule.divisor, covariance_divisor)
    if n is not None or means is not None:
        raise ValueError("n and means belong to a covariance matrix; data have their own")
    assert data is not None  # noqa: S101  (for the type checker: one of the two is given)
    if not isinstance(data, pd.DataFrame):
        raise TypeError(f"data must be a pandas.DataFrame with named columns, not {type(data).__name__}")
    latent = [name for name in spec.latent if name in data.columns]
    if latent:
        raise ValueError(f"{', '.join(map(repr, latent))} is a column and a latent variable of the model: rename one")
    return from_rows(data, spec.observed, rule.divisor)


def _information(likelihood: Likelihood, state: State) -> Floats:
    found = likelihood.information(state)
    spread = likelihood.specification.spread
    return found if spread is None else spread.T @ found @ spread


def _inverse(matrix: Floats, likelihood: Likelihood, told: list[str]) -> Floats:
    """Inverse of the information, NaN where the data cannot tell parameters apart."""
    scale = np.sqrt(np.maximum(np.diag(matrix), 1e-300))
    inner = matrix / np.outer(scale, scale)
    try:
        lower = np.linalg.cholesky(inner)
        regular = np.diag(lower).min() > 1e-6
    except np.linalg.LinAlgError:
        regular = False
    if regular:
        return np.linalg.inv(inner) / np.outer(scale, scale)
    spec = likelihood.specification
    _, vectors = np.linalg.eigh(inner)
    weak = vectors[:, 0] / scale
    moves = np.abs(weak if spec.spread is None else spec.spread @ weak)
    names = [e.text for e, m in zip(spec.entries, moves, strict=True) if m > 1e-3 * moves.max()]
    tell(
        told,
        f"at these estimates the data cannot tell apart {', '.join(names)}: no standard errors",
        notices.ConvergenceWarning,
        stacklevel=4,
    )
    return np.full(matrix.shape, np.nan)


def _unsettled(likelihood: Likelihood, state: State) -> list[str]:
    """Parameters in which the discrepancy is steepest, in units of their own curvature."""
    bend = np.abs(np.diag(likelihood.hessian(state)))
    slope = np.abs(likelihood.gradient(state)) / np.sqrt(np.maximum(bend, 1e-300))
    entries = likelihood.specification.entries
    return [entry.text for entry, size in zip(entries, slope, strict=True) if size >= 0.5 * slope.max()]


def _search(likelihood: Likelihood, max_iterations: int) -> tuple[Minimum | None, list[Minimum]]:
    """The lowest minimum found, and all of them."""
    spec = likelihood.specification
    pattern = spec.base_a != 0
    pattern[spec.a_rows, spec.a_columns] = True
    has_loop = not is_recursive(pattern)
    first = minimise(likelihood, equationwise(likelihood), max_iterations)
    if first is not None and first.converged and not has_loop:
        return first, [first]
    found = [] if first is None else [first]
    generator = np.random.default_rng(7)
    for number in range(RANDOM_STARTS):
        start = plain(likelihood, None if number == 0 else generator)
        again = minimise(likelihood, start, min(max_iterations, SHORT))
        if again is not None:
            found.append(again)
        if again is not None and again.converged and not has_loop:
            break
    if not found:
        return None, []
    converged = [m for m in found if m.converged] or found
    lowest = min(m.state.value for m in converged)
    equal = [m for m in converged if m.state.value < lowest + SAME]
    return min(equal, key=lambda m: spectral_radius(m.state.a)), converged


def _tell_of_design(spec: Specification, moments: SampleMoments, told: list[str]) -> None:
    if spec.randomised and spec.fixed_exogenous:
        tell(
            told,
            f"variances, covariances or means of {', '.join(spec.randomised)} stand in the model: they are estimated, "
            "not taken from the sample, and covary with other exogenous variables only where the model says so",
            notices.RandomExogenousWarning,
            stacklevel=4,
        )
    if moments.n < spec.n_free:
        tell(
            told,
            f"{moments.n} rows for {spec.n_free} free parameters of a model of {', '.join(spec.observed)}: chi-square "
            "and standard errors hold for large samples only",
            notices.FewRowsWarning,
            stacklevel=4,
        )


def _tell_of_estimates(likelihood: Likelihood, state: State, told: list[str]) -> None:
    """Warn of negative variances and of latent covariance matrices that are none."""
    spec = likelihood.specification
    names = spec.variables
    own = np.diag(state.s)
    negative = [name for name, value in zip(names, own, strict=True) if value < 0]
    if negative:
        tell(
            told,
            f"negative (residual) variance of {', '.join(negative)}: the estimates are inadmissible (Heywood case)",
            notices.HeywoodWarning,
            stacklevel=4,
        )
    beyond = [
        f"{names[i]} ~~ {names[j]}"
        for i, j in zip(spec.s_rows, spec.s_columns, strict=True)
        if i != j and own[i] > 0 and own[j] > 0 and state.s[i, j] ** 2 > own[i] * own[j] * (1 + 1e-9)
    ]
    if beyond:
        tell(told, f"correlation beyond one: {', '.join(beyond)}", notices.HeywoodWarning, stacklevel=4)
    elif not negative and spec.latent and np.linalg.eigvalsh(state.s)[0] < -1e-8 * own.max():
        tell(
            told, "the (residual) covariance matrix is not positive semi-definite", notices.HeywoodWarning, stacklevel=4
        )


def _tell_of_loops(
    likelihood: Likelihood, best: Minimum, others: list[Minimum], told: list[str]
) -> tuple[tuple[float, float], ...]:
    radius = spectral_radius(best.state.a)
    spec = likelihood.specification
    pattern = spec.base_a != 0
    pattern[spec.a_rows, spec.a_columns] = True
    if is_recursive(pattern):
        return ()
    if radius >= 1.0:
        tell(
            told,
            f"the loop does not settle: the spectral radius of the direct effects is {radius:.3f}, not below 1, and "
            "total and indirect effects have no meaning as sums over rounds",
            notices.LoopWarning,
            stacklevel=4,
        )
    distinct: list[Minimum] = [best]
    for other in others:
        if all(not np.allclose(other.phi, seen.phi, rtol=1e-4, atol=1e-6) for seen in distinct):
            distinct.append(other)
    equal = [m for m in distinct[1:] if m.state.value < best.state.value + SAME]
    if equal:
        tell(
            told,
            f"{len(equal) + 1} sets of estimates fit equally well (spectral radii "
            f"{', '.join(f'{spectral_radius(m.state.a):.3f}' for m in [best, *equal])}): the one whose loop settles "
            "best is given, and nothing in the data prefers it",
            notices.LoopWarning,
            stacklevel=4,
        )
    return tuple((m.state.value - best.state.value, spectral_radius(m.state.a)) for m in distinct[1:])


def _singular_fit(model: str, rule: Convention, likelihood: Likelihood, told: list[str]) -> PathModelFit:
    """Least squares per equation where variables determine each other: estimates exist, the likelihood does not."""
    spec, moments = likelihood.specification, likelihood.moments
    covariance = moments.covariance
    scale = float(moments.n if rule.multiplier == "n" else moments.n - 1)
    theta = equationwise(likelihood)
    for row in set(spec.a_rows):
        columns = spec.a_columns[spec.a_rows == row]
        if _is_singular(covariance[np.ix_(columns, columns)]):
            names = ", ".join(spec.variables[c] for c in columns)
            raise ValueError(f"{spec.variables[row]} ~ {names}: the predictors determine each other; drop one of them")
    state = likelihood.bare_state(theta)
    rounding = 1e-13 * np.diag(covariance)
    theta = theta.copy()
    own = {e.row: e.index for e in spec.entries if e.matrix == "S" and e.row == e.column}
    for place, index in own.items():
        if theta[index] < rounding[place]:
            theta[index] = 0.0
    state = likelihood.bare_state(theta)
    errors = _equationwise_errors(spec, state, scale)
    return PathModelFit(
        model=model,
        convention=rule,
        specification=spec,
        likelihood=likelihood,
        state=state,
        entry_covariance=errors,
        converged=True,
        iterations=0,
        gradient_norm=0.0,
        information="expected",
        warnings=tuple(told),
    )


def _is_singular(block: Floats) -> bool:
    scale = np.sqrt(np.diag(block))
    return bool(np.linalg.eigvalsh(block / np.outer(scale, scale))[0] < SINGULAR)


def _equationwise_errors(spec: Specification, state: State, scale: float) -> Floats:
    """Sampling covariance of least squares per equation and of (co)variances, from expected information.

    As everywhere the predictors' covariances are the implied ones, not those of the sample.
    """
    found = np.zeros((spec.n_entries, spec.n_entries))
    entries = spec.entries
    for row in {e.row for e in entries if e.matrix != "S"}:
        slopes = [e for e in entries if e.matrix == "A" and e.row == row]
        constants = [e for e in entries if e.matrix == "m" and e.row == row]
        columns = [e.column for e in slopes]
        block = state.covariance[np.ix_(columns, columns)]
        if constants:
            centre = state.means[columns]
            block = np.block([[block + np.outer(centre, centre), centre[:, None]], [centre[None, :], np.ones((1, 1))]])
        places = [e.index for e in slopes + constants]
        found[np.ix_(places, places)] = state.s[row, row] * np.linalg.inv(block) / scale
    covariances = [e for e in entries if e.matrix == "S"]
    s = state.s
    for first in covariances:
        for second in covariances:
            found[first.index, second.index] = (
                s[first.row, second.row] * s[first.column, second.column]
                + s[first.row, second.column] * s[first.column, second.row]
            ) / scale
    return found
