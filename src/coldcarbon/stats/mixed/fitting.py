"""Fit a linear mixed model, and compare fits."""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
import pandas as pd
from scipy import special

from coldcarbon.stats.mixed.inference import is_singular
from coldcarbon.stats.mixed.model import Model, build
from coldcarbon.stats.mixed.optimise import minimise
from coldcarbon.stats.mixed.results import Method, MixedFit, boundary_p

__all__ = ["ConvergenceWarning", "fit", "fit_model", "likelihood_ratio_test"]


class ConvergenceWarning(UserWarning):
    """The optimum of a fit was not reached."""


def fit(formula: str, data: pd.DataFrame, method: Method = "REML") -> MixedFit:
    """Fit a linear mixed model.

    Parameters
    ----------
    formula : str
        As lme4 writes it: "y ~ x * treatment + (x | site)", "(1 | plot/tree)" nested, "(1 | a) + (1 | b)" crossed,
        "(0 + x | g)", "(x || g)" uncorrelated. Expressions as in formulaic: log(x), I(x**2), scale(x), poly(x, 2),
        C(g, contr.sum). Text and categorical columns are factors, the first level the reference; truth values are
        numbers 0 and 1.
    data : pandas.DataFrame, shape (n, columns)
        One row per observation.
    method : {"REML", "ML"}
        Restricted or full likelihood.

    Returns
    -------
    MixedFit
        Estimates, tests and predictions.

    Raises
    ------
    KeyError
        If a column is absent.
    ValueError
        If values are missing, columns constant or collinear (named), a group has one level or as many as rows, or
        a term as many coefficients as rows.

    Warns
    -----
    ConvergenceWarning
        If no minimum of the deviance was reached; `MixedFit.converged` is False then. A fit on the boundary is not
        warned of: it is named in `MixedFit.singular`.

    Notes
    -----
    Minimises the profiled deviance of Bates et al. (2015, doi 10.18637/jss.v067.i01) by Newton steps with exact
    derivatives; see `coldcarbon.stats.mixed.criterion`. Rows are summed once; a step then costs, with q columns per
    level, levels x q^3 for one grouping factor or nested ones, and m^3 for crossed ones with m coefficients outside
    the largest factor.
    """
    if method not in ("REML", "ML"):
        raise ValueError(f"method {method!r} is neither 'REML' nor 'ML'")
    return fit_model(build(formula, data), method)


def fit_model(model: Model, method: Method) -> MixedFit:
    """Fit a model that was read already.

    Parameters
    ----------
    model : Model
        From `coldcarbon.stats.mixed.model.build`.
    method : {"REML", "ML"}
        Restricted or full likelihood.

    Returns
    -------
    MixedFit
        As `fit`.
    """
    criterion = model.criterion(method == "REML")
    try:
        minimum = minimise(criterion)
    except (FloatingPointError, np.linalg.LinAlgError) as error:
        raise ValueError(f"{model.formula!r} leaves no residual variance: {error}") from error
    point = minimum.point
    if np.abs(point.theta).max() > 1e5:
        raise ValueError(f"{model.formula!r} leaves no residual variance: the random effects give the response exactly")
    if not minimum.converged:
        warnings.warn(
            f"{model.formula!r} has not converged after {minimum.steps} steps: the deviance would fall by another "
            f"{minimum.decrement:.1e}, smallest scaled curvature {minimum.smallest_curvature:.1e}",
            ConvergenceWarning,
            stacklevel=3,
        )
    deviance = model.deviance(point, method == "REML")
    theta = []
    for term in model.terms:
        root = model.root(term, point.roots)
        theta.append(root.T[np.triu_indices(len(root))])
    n_parameters = model.p + len(point.theta) + 1
    return MixedFit(
        formula=model.formula,
        method=method,
        n_rows=model.n,
        n_levels={name: len(labels) for name, labels in zip(model.groups, model.labels, strict=True)},
        n_parameters=n_parameters,
        sigma=float(np.sqrt(point.variance) * model.scale),
        theta=np.concatenate(theta),
        log_likelihood=-0.5 * deviance,
        deviance=deviance,
        aic=deviance + 2.0 * n_parameters,
        bic=deviance + float(np.log(model.n)) * n_parameters,
        converged=minimum.converged,
        gradient_norm=minimum.gradient_norm,
        smallest_curvature=minimum.smallest_curvature,
        singular=tuple(str(term.bar) for term in model.terms if is_singular(term, minimum)),
        model=model,
        criterion=criterion,
        minimum=minimum,
    )


def likelihood_ratio_test(
    *fits: MixedFit, likelihood: Literal["ML", "REML"] = "ML", boundary: bool = False
) -> pd.DataFrame:
    """Likelihood-ratio tests of nested models, each against the one before it.

    Parameters
    ----------
    *fits : MixedFit
        Two or more fits to the same rows, in any order; they are sorted by their number of parameters.
    likelihood : {"ML", "REML"}
        "ML" refits REML fits by ML, as R's anova does. "REML" compares restricted likelihoods, which is only
        allowed between models with the same fixed effects.
    boundary : bool, default False
        Take P from the mixture of chi-square with df and df - 1 in equal parts, for pairs that differ by one more
        variance (zero under the null hypothesis, at the edge of what it can be) and its covariances (Self & Liang
        1987; Stram & Lee 1994). The plain P is about twice too large there.

    Returns
    -------
    pandas.DataFrame
        By formula: n_parameters, aic, bic, log_likelihood, deviance, statistic, df, p.

    Raises
    ------
    ValueError
        If rows or responses differ, or models are not nested.
    """
    if len(fits) < 2:
        raise ValueError("two fits at least are needed for a comparison")
    ordered = [one.refit(likelihood) for one in sorted(fits, key=lambda one: one.n_parameters)]
    rows: list[tuple[float, ...]] = []
    for number, large in enumerate(ordered):
        numbers = (large.n_parameters, large.aic, large.bic, large.log_likelihood, large.deviance)
        if number == 0:
            rows.append((*numbers, np.nan, np.nan, np.nan))
            continue
        small = ordered[number - 1]
        _require_nested(small, large, likelihood, boundary)
        statistic = max(small.deviance - large.deviance, 0.0)
        df = large.n_parameters - small.n_parameters
        p = boundary_p(statistic, df) if boundary else float(special.chdtrc(df, statistic))
        rows.append((*numbers, statistic, df, p))
    columns = ["n_parameters", "aic", "bic", "log_likelihood", "deviance", "statistic", "df", "p"]
    return pd.DataFrame(rows, columns=columns, index=[one.formula for one in ordered])


def _require_nested(small: MixedFit, large: MixedFit, likelihood: str, boundary: bool) -> None:
    one, other = small.model, large.model
    if one.n != other.n or not np.array_equal(one.response, other.response):
        raise ValueError(f"{one.formula!r} and {other.formula!r} were fitted to different rows or responses")
    if small.n_parameters == large.n_parameters:
        raise ValueError(f"{one.formula!r} and {other.formula!r} have equally many parameters: compare their AIC")
    within, *_ = np.linalg.lstsq(other.columns, one.columns, rcond=None)
    outside = one.columns - other.columns @ within
    if np.abs(outside).max(initial=0.0) > 1e-7 * np.abs(one.columns).max(initial=1.0):
        raise ValueError(f"the fixed effects of {one.formula!r} are not within those of {other.formula!r}")
    same_fixed = one.p == other.p
    if likelihood == "REML" and not same_fixed:
        raise ValueError("restricted likelihoods of different fixed effects cannot be compared: use likelihood='ML'")
    if boundary and not same_fixed:
        raise ValueError("boundary=True is for models that differ in their random terms alone")
    held: dict[str, set[str]] = {}
    for term in other.terms:
        held.setdefault(term.bar.group_name, set()).update(term.side.names)
    for term in one.terms:
        if not set(term.side.names) <= held.get(term.bar.group_name, set()):
            raise ValueError(f"random term {term.bar} of {one.formula!r} is not within {other.formula!r}")
