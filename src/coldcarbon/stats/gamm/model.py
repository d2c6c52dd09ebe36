"""Fit of a Gaussian additive mixed model and what can be asked of it."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import special

from coldcarbon.stats.gamm.basis import Floats
from coldcarbon.stats.gamm.criterion import Factor, Method, evaluate, states
from coldcarbon.stats.gamm.design import Design, Random, Smooth
from coldcarbon.stats.gamm.formula import RandomTerm, expressions, variables
from coldcarbon.stats.gamm.inference import corrected_degrees, full_penalties, random_effect_test, smooth_test
from coldcarbon.stats.gamm.newton import Optimum, before_infinity, minimise, start_values
from coldcarbon.stats.gamm.posterior import Posterior
from coldcarbon.stats.gamm.system import Placed, System
from coldcarbon.stats.gamm.table import SEPARATOR, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["AdditiveModel", "ConvergenceWarning", "fit"]

METHODS = ("REML", "ML", "GCV")
EXACT = 1e-10  # share of the sum of squares below which the response is reproduced
COLLINEAR = 1e-10  # share of a column beside all others below which it is one of them


class ConvergenceWarning(UserWarning):
    """Smoothing parameters or variances are not at a minimum of the criterion."""


def fit(
    formula: str, data: pd.DataFrame, method: Method = "REML", *, knots: Mapping[str, Sequence[float]] | None = None
) -> AdditiveModel:
    """Fit a Gaussian additive (mixed) model.

    Parameters
    ----------
    formula : str
        Such as ``"eta ~ s(year, k=10) + te(t, m) + re(site) + re(year, by=site) + treatment"``, see Notes.
    data : pandas.DataFrame, shape (n, columns)
        Rows are the units of the residual variance; units of replication above them belong into ``re()``.
    method : {"REML", "ML", "GCV"}
        How smoothing parameters and variances are found. REML unless models with different fixed terms are compared
        by likelihood (ML). GCV undersmooths now and then (Wood 2011) and knows no groups set aside, so it is slow
        with many levels.
    knots : mapping of str to sequence of float, optional
        Knots by covariate; two for the ends of a cyclic spline: ``{"month": (0.5, 12.5)}``.

    Returns
    -------
    AdditiveModel

    Raises
    ------
    KeyError
        If a column is absent.
    ValueError
        If values are missing, a covariate is constant, a group has one level, a basis is larger than the data carry,
        or terms cannot be told apart; the message says which.

    Warns
    -----
    ConvergenceWarning
        If the gradient is not zero or the criterion not convex where the iterations ended.

    Notes
    -----
    Terms, in the words of mgcv (Wood 2017):

    =============================== =================================================================================
    ``s(x, k=10)``                  thin plate regression spline; ``bs="cr"``, ``"cc"``, ``"ps"`` other bases, ``m``
                                    order of the penalty, ``by=z`` times z or one smooth per level of a factor
    ``s(x, z)``                     isotropic thin plate spline of two covariates (k=30)
    ``te(x, z, k=c(5, 7))``         tensor product of splines (``bs="cr"`` and k=5 each); ``ti`` without main effects
    ``x``, ``treatment``, ``a*b``   linear terms; factors by treatment contrasts, the first level being the reference
    ``re(g)``                       random intercepts; ``re(a:b)`` for combinations (``s(g, bs="re")`` in mgcv)
    ``re(x, by=g)``                 random slopes; ``re(1 + x, by=g)`` both, independent of each other
    ``re(1 + x, by=g,``             with their correlation, ``(1 + x | g)`` in lme4 and gamm4
    ``correlated=True)``
    =============================== =================================================================================

    Bases, constraints and scaling of penalties are mgcv's, so that coefficients and smoothing parameters compare.
    The cost is one pass over the rows, O(n p^2) for p columns of smooths, then Newton steps on cross-products that do
    not depend on n: O(p^3 + q m p^2) with q levels of m effects in the largest group and p other coefficients.
    """
    if method not in METHODS:
        raise ValueError(f"method must be one of {', '.join(METHODS)}, not {method!r}")
    design = Design.of(formula, data, knots)
    system = System.of(design, aside=method != "GCV")
    if system.n <= system.n_unpenalised:
        raise ValueError(f"{system.n_unpenalised} coefficients without penalty for {system.n} rows: lower k")
    try:
        if Factor(system, states(system, start_values(system))).smallest_pivot < COLLINEAR:
            raise np.linalg.LinAlgError("collinear")
        optimum = minimise(system, method)
    except np.linalg.LinAlgError:
        raise ValueError(_why_singular(design, system)) from None
    model = AdditiveModel(formula, method, design, system, optimum)
    if model.deviance < EXACT * system.squares:
        raise ValueError(f"nothing is left of the response: {formula!r} reproduces it without error")
    if not optimum.converged:
        warnings.warn(f"{formula!r} has not converged: {optimum.reason}", ConvergenceWarning, stacklevel=2)
    return model


def _why_singular(design: Design, system: System) -> str:
    """What the data cannot tell apart."""
    fixed = design.dense
    rank = np.linalg.matrix_rank(fixed / np.maximum(np.sqrt((fixed**2).sum(axis=0)), 1e-300))
    if rank < min(fixed.shape):
        labels = [smooth.label for smooth in design.smooths]
        return (
            f"terms overlap and cannot be told apart ({', '.join([*design.parametric.names, *labels])}): drop the "
            "linear term beside its smooth, or write s(x) + s(z) + ti(x, z) for main effects and interaction"
        )
    return f"nothing is left of the response after {system.n_unpenalised} coefficients, or the terms are collinear"


@dataclass(frozen=True)
class AdditiveModel:
    """A fitted Gaussian additive mixed model.

    Attributes
    ----------
    formula : str
        As given.
    method : {"REML", "ML", "GCV"}
        Criterion.
    design : Design
        Columns, groups and bases.
    system : System
        Cross-products.
    optimum : Optimum
        Where the criterion is smallest.
    """

    formula: str
    method: Method
    design: Design
    system: System
    optimum: Optimum

    def __repr__(self) -> str:
        state = "" if self.converged else ", NOT CONVERGED"
        return f"<AdditiveModel {self.formula}: {self.n} rows, {self.edf_total:.2f} edf, {self.method}{state}>"

    # ---- the fit -------------------------------------------------------------------------------------------------

    @property
    def n(self) -> int:
        """Rows."""
        return self.system.n

    @property
    def converged(self) -> bool:
        """Whether gradient and curvature of the criterion say that it is at a minimum."""
        return self.optimum.converged

    @cached_property
    def posterior(self) -> Posterior:
        """Coefficients and covariance."""
        return Posterior(self.system, self.optimum.evaluation, self.optimum.parameters)

    @cached_property
    def _names(self) -> list[str]:
        names = list(self.design.parametric.names)
        for placed in self.system.placed:
            term = placed.term
            if isinstance(term, Smooth):
                names += [f"{term.label}.{i + 1}" for i in range(term.size)]
            else:
                for column in term.term.columns:
                    lead = f"{term.term.label}." if column == "1" else f"{term.term.label}.{column}."
                    names += [lead + str(level).replace(SEPARATOR, ":") for level in term.levels]
        return names

    @cached_property
    def coefficients(self) -> pd.Series:
        """Parametric part, smooths, random effects, by name."""
        return pd.Series(self.posterior.coefficients, index=self._names, name="estimate")

    @cached_property
    def fitted(self) -> Floats:
        """Fitted values with random effects, shape (n,), in the unit of the response."""
        return self.fitted_without_random_effects + self._random_part(self.n, self.design.codes, self.design.values)

    @cached_property
    def fitted_without_random_effects(self) -> Floats:
        """Fitted values of linear terms and smooths alone, shape (n,)."""
        return np.asarray(self.design.dense @ self.posterior.coefficients[: self.posterior.n_fixed])

    @cached_property
    def residuals(self) -> Floats:
        """Response less `fitted`."""
        return self.design.response - self.fitted

    @cached_property
    def deviance(self) -> float:
        """Residual sum of squares."""
        return float(self.residuals @ self.residuals)

    @cached_property
    def _traces(self) -> tuple[Floats, Floats]:
        """tr(H^-1 S_i) and tr(H^-1 S_i H^-1 S_j) of the parts of the penalty."""
        found = self.optimum.evaluation
        if self.method == "ML":
            found = evaluate(self.system, self.optimum.parameters, "REML")
        if not len(found.traces):
            return np.empty(0), np.empty((0, 0))
        chosen = self.posterior.log_parameters
        return found.traces[chosen], found.pairs[np.ix_(chosen, chosen)]

    @cached_property
    def edf(self) -> pd.Series:
        """Effective degrees of freedom of each smooth and random term."""
        traces, owner = self._traces[0], self.posterior.owner()
        return pd.Series(
            [p.stop - p.start - traces[owner == j].sum() for j, p in enumerate(self.system.placed)],
            index=self._labels,
            name="edf",
            dtype=float,
        )

    @cached_property
    def _reference_degrees(self) -> Floats:
        """tr(2 F - F F) of each term, F = H^-1 X'X: mgcv's edf1."""
        pairs, owner = self._traces[1], self.posterior.owner()
        return np.array([p.stop - p.start - pairs[owner == j].sum() for j, p in enumerate(self.system.placed)])

    @property
    def _labels(self) -> list[str]:
        return [p.term.label if isinstance(p.term, Smooth) else p.term.term.label for p in self.system.placed]

    @cached_property
    def edf_total(self) -> float:
        """Effective degrees of freedom of all terms, linear ones included."""
        return float(self.edf.sum()) + self.system.n_parametric

    @cached_property
    def edf_corrected(self) -> float:
        """Total that knows smoothing parameters were estimated (mgcv's edf2); equals `edf_total` for GCV.

        Time and memory grow with the cube and the square of the number of all coefficients.
        """
        if self.method == "GCV":
            return self.edf_total
        most = self.system.n_parametric + float(self._reference_degrees.sum())
        parameters = before_infinity(self.system, self.method, self.optimum)
        there = Posterior(self.system, evaluate(self.system, parameters, self.method), parameters)
        return min(self.edf_total + corrected_degrees(there, self.scale), most)

    @cached_property
    def scale(self) -> float:
        """Residual variance: deviance over n less `edf_total`."""
        return self.deviance / (self.n - self.edf_total)

    @cached_property
    def smoothing_parameters(self) -> pd.Series:
        """By term, in mgcv's scaling; those of correlated random effects are left out."""
        found: dict[str, float] = {}
        penalties = iter(self.system.penalties)
        parameters = np.exp(self.optimum.parameters)
        for placed, label in zip(self.system.placed, self._labels, strict=True):
            term = placed.term
            if isinstance(term, Smooth):
                penalty = next(penalties)
                for j in range(penalty.n_parameters):
                    name = label if penalty.n_parameters == 1 else f"{label}{j + 1}"
                    found[name] = parameters[penalty.parameter + j]
            elif term.term.correlated:
                next(penalties)
            else:
                for a, column in enumerate(term.term.columns):
                    value = parameters[next(penalties).parameter] * placed.scaling[a] ** 2 / term.largest[a] ** 2
                    found[label if len(term.term.columns) == 1 else f"{label}.{column}"] = value
        return pd.Series(found, name="smoothing_parameter", dtype=float)

    # ---- covariance and bands ------------------------------------------------------------------------------------

    def covariance(self, kind: Literal["bayesian", "frequentist"] = "bayesian") -> pd.DataFrame:
        """Covariance of all coefficients.

        Parameters
        ----------
        kind : {"bayesian", "frequentist"}
            Posterior covariance (mgcv's Vp), whose intervals cover on average over a smooth (Nychka 1988; Marra & Wood
            2012), or the sampling covariance (Ve), which leaves the bias of penalties out.

        Returns
        -------
        pandas.DataFrame, shape (p, p)
            In the unit of the coefficients squared; memory grows with the square of p.
        """
        inverse = self.posterior.inverse
        if kind == "bayesian":
            matrix = inverse * self.scale
        elif kind == "frequentist":
            matrix = inverse @ self.posterior.gram @ inverse * self.scale
        else:
            raise ValueError(f"kind must be 'bayesian' or 'frequentist', not {kind!r}")
        return pd.DataFrame(matrix, index=self._names, columns=self._names)

    def variance_components(self) -> pd.DataFrame:
        """Standard deviations of random effects and residual.

        Returns
        -------
        pandas.DataFrame
            Columns term, group, column, with (the other column of a correlation), standard_deviation, variance,
            correlation, levels; in the unit of the response over that of the column.
        """
        rows: list[dict[str, Any]] = []
        for placed, relative in zip(self.system.randoms, self.posterior.level_covariance, strict=True):
            term, matrix = placed.term.term, relative * self.scale_of_likelihood
            deviation = np.sqrt(np.diag(matrix))
            group = ":".join(term.group)
            for a, column in enumerate(term.columns):
                rows.append(_component(term.label, group, column, "", deviation[a], np.nan, len(placed.term.levels)))
            if term.correlated:
                for a, column in enumerate(term.columns):
                    for b in range(a + 1, len(term.columns)):
                        both = matrix[a, b] / (deviation[a] * deviation[b])
                        rows.append(_component(term.label, group, column, term.columns[b], np.nan, both, 0))
        rows.append(_component("residual", "", "", "", np.sqrt(self.scale_of_likelihood), np.nan, self.n))
        return pd.DataFrame(rows)

    @property
    def scale_of_likelihood(self) -> float:
        """Residual variance that maximises the likelihood; differs from `scale` only for ML."""
        return self.scale if self.method == "GCV" else self.optimum.evaluation.scale

    # ---- how well ------------------------------------------------------------------------------------------------

    @cached_property
    def deviance_explained(self) -> float:
        """Share of the sum of squares about the mean, random effects included."""
        y = self.design.response
        return 1 - self.deviance / float(((y - y.mean()) ** 2).sum())

    def adjusted_r_squared(self, *, random_effects: bool = True) -> float:
        """Adjusted R2 in the two ways in print.

        Parameters
        ----------
        random_effects : bool
            True: random effects count as explanation, as mgcv has it for ``bs="re"``. False: only linear terms and
            smooths do, as gamm4 reports it. One and the same model may have 0.71 and 0.08.

        Returns
        -------
        float
            1 less the ratio of the residual variance, over n less edf, to the variance of the response.
        """
        y = self.design.response
        fitted, degrees = self.fitted, self.edf_total
        if not random_effects:
            fitted = self.fitted_without_random_effects
            degrees -= sum(
                edf for edf, p in zip(self.edf, self.system.placed, strict=True) if isinstance(p.term, Random)
            )
        return float(1 - np.var(y - fitted) * (self.n - 1) / (np.var(y) * (self.n - degrees)))

    @cached_property
    def criterion(self) -> float:
        """Minus the log restricted likelihood (REML), minus the log likelihood (ML), or GCV, as mgcv prints them."""
        value = self.optimum.evaluation.value
        return float(np.exp(2 * value / self.n)) if self.method == "GCV" else value

    def log_likelihood(self, kind: Literal["conditional", "marginal"] = "conditional") -> tuple[float, float]:
        """Log likelihood and its degrees of freedom.

        Parameters
        ----------
        kind : {"conditional", "marginal"}
            Given the random effects and smooths at their predictions (mgcv's ``logLik``; degrees of freedom are
            `edf_corrected` + 1), or with them integrated out (gamm4's ``$mer``, restricted for REML; degrees of
            freedom are coefficients without penalty, variances and covariances).

        Returns
        -------
        value, degrees : float

        Raises
        ------
        ValueError
            For "marginal" after GCV, which has no likelihood.
        """
        if kind == "conditional":
            return -self.n / 2 * (np.log(2 * np.pi * self.deviance / self.n) + 1), self.edf_corrected + 1
        if kind != "marginal":
            raise ValueError(f"kind must be 'conditional' or 'marginal', not {kind!r}")
        if self.method == "GCV":
            raise ValueError("a fit by GCV has no marginal likelihood: fit by REML or ML")
        return -self.optimum.evaluation.value, self.system.n_unpenalised + len(self.optimum.parameters) + 1.0

    def aic(self, kind: Literal["conditional", "marginal"] = "conditional") -> float:
        """Akaike's criterion, see `log_likelihood`.

        Parameters
        ----------
        kind : {"conditional", "marginal"}
            As mgcv or as gamm4 has it; the two answer different questions and must not be compared with each other.

        Returns
        -------
        float
        """
        value, degrees = self.log_likelihood(kind)
        return 2 * (degrees - value)

    def bic(self, kind: Literal["conditional", "marginal"] = "conditional") -> float:
        """Schwarz's criterion, see `aic`.

        Parameters
        ----------
        kind : {"conditional", "marginal"}
            See `log_likelihood`.

        Returns
        -------
        float
        """
        value, degrees = self.log_likelihood(kind)
        return np.log(self.n) * degrees - 2 * value

    # ---- tests ---------------------------------------------------------------------------------------------------

    def summary(self) -> pd.DataFrame:
        """Smooths and random effects with approximate tests.

        Returns
        -------
        pandas.DataFrame, indexed by term
            edf, reference_df, f, p. Smooths by Wood (2013a); random effects, and smooths that are penalised
            altogether, such as cyclic ones, by Wood (2013b). P are conditional on smoothing parameters and a little
            too small for terms that are close to significance by their smoothing parameter alone.
        """
        degrees = self.n - self.edf_total
        rows = []
        for j, placed in enumerate(self.system.placed):
            if isinstance(placed.term, Smooth) and placed.term.rank < placed.term.size:
                here = slice(placed.start, placed.stop)
                reference = float(self._reference_degrees[j])
                statistic, p = smooth_test(
                    self._root(placed),
                    self.posterior.coefficients[here],
                    self.posterior.fixed_inverse[here, here] * self.scale,
                    reference,
                    degrees,
                )
            else:
                reference = float(placed.stop - placed.start)
                information, penalty = self._information(placed)
                effects = self.posterior.coefficients[placed.start : placed.stop]
                total, p = random_effect_test(information, penalty, effects, self.scale, degrees)
                statistic = total / reference
            rows.append({"edf": self.edf.iloc[j], "reference_df": reference, "f": statistic, "p": p})
        return pd.DataFrame(rows, index=pd.Index(self._labels, name="term"), columns=["edf", "reference_df", "f", "p"])

    def _root(self, placed: Placed[Smooth]) -> Floats:
        columns = self.design.dense[:, placed.start : placed.stop]
        return np.asarray(np.linalg.qr(columns, mode="r"), float)

    @cached_property
    def _penalty(self) -> Floats:
        return full_penalties(self.posterior)[0]

    def _information(self, placed: Placed[Smooth] | Placed[Random]) -> tuple[Floats, Floats]:
        """What the data say of a term's coefficients beside all other terms, and their penalty."""
        here = slice(placed.start, placed.stop)
        penalty, gram = self._penalty, self.posterior.gram
        own = penalty[here, here]
        if own.max() < 1e6 * np.diag(gram[here, here]).mean():
            information = np.linalg.inv(self.posterior.inverse[here, here]) - own
        else:  # a variance of zero: the difference would be lost in rounding
            others = np.r_[0 : placed.start, placed.stop : self.posterior.size]
            hessian = gram[np.ix_(others, others)] + penalty[np.ix_(others, others)]
            across = gram[others, here]
            information = gram[here, here] - across.T @ np.linalg.solve(hessian, across)
        return (information + information.T) / 2, own

    def linear_terms(self) -> pd.DataFrame:
        """Coefficients without penalty, with t tests.

        Returns
        -------
        pandas.DataFrame, indexed by name
            estimate, standard_error (Bayesian covariance), t, p with n less `edf_total` degrees of freedom.
        """
        k = self.system.n_parametric
        estimate = self.posterior.coefficients[:k]
        error = np.sqrt(np.diag(self.posterior.fixed_inverse)[:k] * self.scale)
        t = estimate / error
        p = 2 * special.stdtr(self.n - self.edf_total, -np.abs(t))
        return pd.DataFrame(
            {"estimate": estimate, "standard_error": error, "t": t, "p": p},
            index=pd.Index(self.design.parametric.names, name="term"),
        )

    # ---- prediction ----------------------------------------------------------------------------------------------

    def predict(
        self, data: pd.DataFrame | None = None, *, random_effects: bool = True, confidence: float = 0.95
    ) -> pd.DataFrame:
        """Predicted means with standard errors and confidence limits.

        Parameters
        ----------
        data : pandas.DataFrame, shape (m, columns), optional
            New values, those of the fit unless given. Groups may be absent without random effects.
        random_effects : bool
            Whether the prediction is for the groups named, or for an average group. A level the fit has not seen is
            predicted as an average group, and the variance between levels is added to its standard error.
        confidence : float
            Of the limits, normal quantiles.

        Returns
        -------
        pandas.DataFrame, shape (m, 4)
            fit, standard_error (Bayesian covariance), low, high; of the mean, not of new observations.

        Raises
        ------
        ValueError
            If values are missing or a fixed factor has a new level.
        """
        if not 0 < confidence < 1:
            raise ValueError(f"confidence lies between 0 and 1, not {confidence}")
        if data is None:
            columns = self.design.dense
            index: pd.Index = pd.RangeIndex(self.n)
            codes, values = self.design.codes, self.design.values
        else:
            frame = Table(data, self._needed(random_effects=random_effects))
            index = frame.index
            columns = np.hstack(
                [self.design.parametric.columns(frame), *(s.columns(frame) for s in self.design.smooths)]
            )
            codes = tuple(r.codes(frame) for r in self.design.randoms) if random_effects else ()
            values = tuple(r.values(frame) for r in self.design.randoms) if random_effects else ()
        middle = columns @ self.posterior.coefficients[: self.posterior.n_fixed]
        if random_effects:
            middle = middle + self._random_part(len(columns), codes, values)
        else:
            codes, values = (), ()
        error = np.sqrt(self.posterior.variance(columns, codes, values) * self.scale)
        return _banded(middle, error, confidence, index)

    def _needed(self, *, random_effects: bool) -> list[str]:
        return [
            name
            for term in self.design.formula.terms
            if random_effects or not isinstance(term, RandomTerm)
            for expression in expressions(term)
            for name in variables(expression)
        ]

    def _random_part(self, rows: int, codes: Sequence[Any], values: Sequence[Floats]) -> Floats:
        total = np.zeros(rows)
        for placed, code, value in zip(self.system.randoms, codes, values, strict=True):
            effects = self.posterior.coefficients[placed.start : placed.stop].reshape(value.shape[1], -1)
            known = code >= 0
            total[known] += np.einsum("ia,ai->i", value[known], effects[:, code[known]])
        return total

    def random_effects(self) -> dict[str, pd.DataFrame]:
        """Predicted random effects (BLUP).

        Returns
        -------
        dict of str to pandas.DataFrame
            By term; index are the levels, columns what the effects multiply, "1" being the intercept.
        """
        found = {}
        for placed in self.system.placed:
            term = placed.term
            if isinstance(term, Random):
                effects = self.posterior.coefficients[placed.start : placed.stop].reshape(len(term.term.columns), -1)
                levels = [level.replace(SEPARATOR, ":") if isinstance(level, str) else level for level in term.levels]
                index = pd.Index(levels, name=":".join(term.term.group))
                found[term.term.label] = pd.DataFrame(effects.T, index=index, columns=list(term.term.columns))
        return found

    def partial_effect(
        self, term: str, data: pd.DataFrame | None = None, *, points: int = 100, confidence: float = 0.95
    ) -> pd.DataFrame:
        """A smooth by itself, which sums to zero over the data.

        Parameters
        ----------
        term : str
            Label, such as ``"s(year)"`` or ``"te(t,m)"``.
        data : pandas.DataFrame, optional
            Where; a regular grid over the range of the covariates unless given.
        points : int
            Of the grid, along one covariate (its square root per covariate of a surface is not taken: 40 each).
        confidence : float
            Of the limits.

        Returns
        -------
        pandas.DataFrame
            The covariates, fit, standard_error, low, high, in the unit of the response. Limits cover the curve on
            average over its range, not everywhere at once.

        Raises
        ------
        KeyError
            If there is no such smooth.
        """
        placed = self._placed(term)
        smooth = placed.term
        if data is None:
            data = self._grid(smooth, points)
        here = slice(placed.start, placed.stop)
        columns = smooth.columns(Table(data, self._variables(smooth)))
        covariance = self.posterior.fixed_inverse[here, here] * self.scale
        error = np.sqrt(np.maximum(np.einsum("ij,ij->i", columns @ covariance, columns), 0))
        banded = _banded(columns @ self.posterior.coefficients[here], error, confidence, data.index)
        return pd.concat([data[self._variables(smooth)], banded], axis=1)

    def _placed(self, term: str) -> Placed[Smooth]:
        wanted = term.replace(" ", "")
        for placed in self.system.smooths:
            if placed.term.label.replace(" ", "") == wanted:
                return placed
        known = ", ".join(p.term.label for p in self.system.smooths)
        raise KeyError(f"no smooth {term!r}; there are {known or 'none'}")

    @staticmethod
    def _variables(smooth: Smooth) -> list[str]:
        return list(dict.fromkeys(name for e in expressions(smooth.term) for name in variables(e)))

    def _grid(self, smooth: Smooth, points: int) -> pd.DataFrame:
        names = self._variables(smooth)
        by = smooth.term.by
        ranges = self.design.ranges
        axes = [name for name in names if name != by]
        count = points if len(axes) == 1 else min(points, 40)
        mesh = np.meshgrid(*(np.linspace(*ranges[name], count) for name in axes), indexing="ij")
        grid = pd.DataFrame({name: values.ravel() for name, values in zip(axes, mesh, strict=True)})
        if by is not None:
            grid[by] = 1.0 if smooth.level is None else smooth.level
        return grid

    def plot(self, term: str | None = None, ax: Axes | None = None, *, confidence: float = 0.95) -> Axes | list[Axes]:
        """Draw smooths with their bands.

        Parameters
        ----------
        term : str, optional
            Label of one smooth; all of them, side by side, unless given.
        ax : matplotlib.axes.Axes, optional
            Where to draw one smooth.
        confidence : float
            Of the bands.

        Returns
        -------
        matplotlib.axes.Axes, or a list of them
        """
        from coldcarbon.stats.gamm.drawing import draw

        return draw(self, term, ax, confidence)


def _component(
    term: str, group: str, column: str, other: str, deviation: float, correlation: float, levels: int
) -> dict[str, Any]:
    return {
        "term": term,
        "group": group,
        "column": column,
        "with": other,
        "standard_deviation": deviation,
        "variance": deviation**2,
        "correlation": correlation,
        "levels": levels,
    }


def _banded(middle: Floats, error: Floats, confidence: float, index: pd.Index) -> pd.DataFrame:
    margin = special.ndtri((1 + confidence) / 2) * error
    return pd.DataFrame(
        {"fit": middle, "standard_error": error, "low": middle - margin, "high": middle + margin}, index=index
    )
