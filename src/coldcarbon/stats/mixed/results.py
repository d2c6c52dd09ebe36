"""What a fit gives: tables, tests, predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from scipy import linalg, special

from coldcarbon.stats.mixed import inference
from coldcarbon.stats.mixed.criterion import Criterion
from coldcarbon.stats.mixed.factors import Floats
from coldcarbon.stats.mixed.formula import grouping
from coldcarbon.stats.mixed.model import Model
from coldcarbon.stats.mixed.optimise import Minimum, minimise
from coldcarbon.stats.mixed.profile import profile_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["Explained", "MixedFit"]

Method = Literal["REML", "ML"]


@dataclass(frozen=True)
class Explained:
    """Shares of variance explained.

    Attributes
    ----------
    marginal : float
        R2 of the fixed effects (Nakagawa & Schielzeth 2013, doi 10.1111/j.2041-210x.2012.00261.x).
    conditional : float
        R2 of fixed and random effects.
    intraclass_correlation : float
        Random variance over random and residual variance (adjusted for the fixed effects).
    intraclass_correlation_unadjusted : float
        Random variance over the whole, fixed effects included.
    variance_fixed, variance_random, variance_residual : float
        What they are made of; variance_random is the mean over rows of z' D z, so that random slopes count at the
        values they meet (Johnson 2014, doi 10.1111/2041-210X.12225).
    """

    marginal: float
    conditional: float
    intraclass_correlation: float
    intraclass_correlation_unadjusted: float
    variance_fixed: float
    variance_random: float
    variance_residual: float


@dataclass(frozen=True)
class MixedFit:
    """A fitted linear mixed model.

    Attributes
    ----------
    formula : str
        As given.
    method : {"REML", "ML"}
        Likelihood that was maximised.
    n_rows : int
        Rows.
    n_levels : dict of str to int
        Levels of each grouping factor: the units of replication behind its variances.
    n_parameters : int
        Fixed effects, variance parameters and the residual variance: what AIC counts.
    sigma : float
        Residual standard deviation.
    theta : numpy.ndarray
        Elements of the relative covariance factors as lme4 orders them, diagonals not negative.
    log_likelihood : float
        Restricted for REML, as R's logLik gives it.
    deviance : float
        -2 log likelihood; for REML what lme4 calls the REML criterion.
    aic, bic : float
        From that likelihood with n_parameters and log(n_rows), as R's AIC and BIC; of REML fits only comparable
        between models with the same fixed effects. `information` has them by ML too.
    converged : bool
        Checked: the next Newton step promises less than 1e-6 of deviance, and no direction curves downward.
    gradient_norm : float
        Largest element of the scaled gradient at the end.
    smallest_curvature : float
        Smallest eigenvalue of the Hessian of the deviance scaled to a unit diagonal.
    singular : tuple of str
        Terms on the boundary: a variance of zero, or correlations of one. Empty for a regular fit.
    """

    formula: str
    method: Method
    n_rows: int
    n_levels: Mapping[str, int]
    n_parameters: int
    sigma: float
    theta: Floats
    log_likelihood: float
    deviance: float
    aic: float
    bic: float
    converged: bool
    gradient_norm: float
    smallest_curvature: float
    singular: tuple[str, ...]
    model: Model = field(repr=False)
    criterion: Criterion = field(repr=False)
    minimum: Minimum = field(repr=False)

    @cached_property
    def _found(self) -> inference.Uncertainty:
        return inference.uncertainty(self.model, self.criterion, self.minimum)

    @cached_property
    def _estimates(self) -> Floats:
        return self.model.coefficients(self.minimum.point)

    @cached_property
    def coefficients(self) -> pd.Series:
        """Fixed effects."""
        return pd.Series(self._estimates, index=list(self.model.fixed.names), name="estimate")

    @cached_property
    def covariance(self) -> pd.DataFrame:
        """Covariance of the fixed effects, shape (p, p)."""
        names = list(self.model.fixed.names)
        return pd.DataFrame(self._found.covariance, index=names, columns=names)

    def summary(self, level: float = 0.95) -> pd.DataFrame:
        """Fixed effects.

        Parameters
        ----------
        level : float, default 0.95
            Coverage of the intervals.

        Returns
        -------
        pandas.DataFrame
            By column: estimate, standard_error, df (Satterthwaite), t, p (two-sided), low, high.
        """
        return self.contrast(np.eye(self.model.p), names=self.model.fixed.names, level=level)

    def contrast(
        self, weights: Floats, names: Sequence[str] | None = None, level: float = 0.95, against: float = 0.0
    ) -> pd.DataFrame:
        """Test weighted sums of the fixed effects by t with Satterthwaite's degrees of freedom.

        Parameters
        ----------
        weights : array_like, shape (m, p) or (p,)
            One contrast per row, columns as in `coefficients`.
        names : sequence of str, optional
            Row names.
        level : float, default 0.95
            Coverage of the intervals.
        against : float, default 0
            Value under the null hypothesis.

        Returns
        -------
        pandas.DataFrame
            estimate, standard_error, df, t, p, low, high.
        """
        matrix = np.atleast_2d(np.asarray(weights, dtype=float))
        if matrix.shape[1] != self.model.p:
            raise ValueError(f"contrasts need {self.model.p} weights, not {matrix.shape[1]}: {self.model.fixed.names}")
        estimate = matrix @ self._estimates
        error, df = inference.satterthwaite(self._found, matrix)
        with np.errstate(divide="ignore", invalid="ignore"):
            t = (estimate - against) / error
        reach = inference.t_quantile(level, df) * error
        columns = {
            "estimate": estimate,
            "standard_error": error,
            "df": df,
            "t": t,
            "p": inference.two_sided_p(t, df),
            "low": estimate - reach,
            "high": estimate + reach,
        }
        return pd.DataFrame(columns, index=None if names is None else list(names))

    def anova(self) -> pd.DataFrame:
        """Type III F tests of the terms with Satterthwaite's degrees of freedom, as lmerTest's `anova` gives them.

        The hypothesis of a term is that its coefficients are zero when every factor without contrasts of its own is
        coded to sum to zero; a factor is thus averaged over in the tests of the others, and a number is taken at zero.

        Returns
        -------
        pandas.DataFrame
            By term: F, df, df_denominator, p.
        """
        from coldcarbon.stats.mixed.hypotheses import type_three

        rows = {
            term: inference.f_test(self._found, self._estimates, weights)
            for term, weights in type_three(self.model).items()
        }
        table = {name: (test.statistic, test.df, test.df_denominator, test.p) for name, test in rows.items()}
        return pd.DataFrame.from_dict(table, orient="index", columns=["F", "df", "df_denominator", "p"])

    def f_test(self, weights: Floats) -> inference.FTest:
        """F test that several weighted sums of fixed effects are all zero.

        Parameters
        ----------
        weights : array_like, shape (m, p)
            One contrast per row.

        Returns
        -------
        FTest
            statistic, df, df_denominator, p.
        """
        return inference.f_test(self._found, self._estimates, np.atleast_2d(np.asarray(weights, dtype=float)))

    @cached_property
    def _components(self) -> list[inference.Component]:
        return inference.components(self.model, self.minimum, self._found)

    @property
    def variance_components(self) -> pd.DataFrame:
        """Variances, covariances, standard deviations, correlations, with 95 % delta-method intervals."""
        return self.variance_intervals()

    def variance_intervals(self, level: float = 0.95, method: Literal["delta", "profile"] = "delta") -> pd.DataFrame:
        """Variance components with intervals.

        Parameters
        ----------
        level : float, default 0.95
            Coverage.
        method : {"delta", "profile"}
            "delta": normal on the log of a standard deviation and the inverse hyperbolic tangent of a correlation,
            with the curvature of the deviance; missing for terms on the boundary. "profile": by the profile of the
            deviance of this fit, slower, fit for few groups and for the boundary (limits of 0 and +-1 occur; the
            quantile is that of chi-square with one degree of freedom, too wide there if anything). lme4's `confint`
            profiles the ML deviance even of REML fits: refit by ML for those limits.

        Returns
        -------
        pandas.DataFrame
            group, column, with_column ("" for a variance), variance (or covariance), value (standard deviation or
            correlation), low, high (limits of value).
        """
        if method not in ("delta", "profile"):
            raise ValueError(f"method {method!r} is neither 'delta' nor 'profile'")
        rows = []
        quantile = float(special.ndtri(0.5 + level / 2.0))
        for part in self._components:
            if method == "profile":
                low, high = profile_interval(self.model, self.criterion, self.minimum, part, level)
            elif part.second:
                middle = np.arctanh(part.value) if abs(part.value) < 1.0 else np.nan
                low, high = np.tanh(middle - quantile * part.spread), np.tanh(middle + quantile * part.spread)
            else:
                low, high = part.value * np.exp(np.array([-1.0, 1.0]) * quantile * part.spread)
            rows.append((part.group, part.first, part.second, part.variance, part.value, low, high))
        columns = ["group", "column", "with_column", "variance", "value", "low", "high"]
        return pd.DataFrame(rows, columns=columns)

    def covariance_of(self, group: str) -> pd.DataFrame:
        """Covariance of the random effects of a grouping factor, zero between its uncorrelated terms.

        Parameters
        ----------
        group : str
            Name of the grouping factor.

        Returns
        -------
        pandas.DataFrame, shape (q, q)
            In the squared units of response over column.
        """
        number = self._number(group)
        terms = [term for term in self.model.terms if term.factor == number]
        names = [name for term in terms for name in term.side.names]
        blocks = [root @ root.T for term in terms for root in [self.model.root(term, self.minimum.point.roots)]]
        return pd.DataFrame(linalg.block_diag(*blocks) * self.sigma**2, index=names, columns=names)

    def _number(self, group: str) -> int:
        if group not in self.model.groups:
            raise KeyError(f"no group {group!r}; the groups are {', '.join(self.model.groups)}")
        return self.model.groups.index(group)

    @cached_property
    def explained(self) -> Explained:
        """Marginal and conditional R2, and the intraclass correlations."""
        fixed = float(np.var(self.model.columns @ self._estimates, ddof=1))
        random = 0.0
        for term in self.model.terms:
            turned = term.turn @ self.model.root(term, self.minimum.point.roots)
            random += float((turned**2).sum()) * self.sigma**2
        residual = self.sigma**2
        total = fixed + random + residual
        return Explained(
            marginal=fixed / total,
            conditional=(fixed + random) / total,
            intraclass_correlation=random / (random + residual),
            intraclass_correlation_unadjusted=random / total,
            variance_fixed=fixed,
            variance_random=random,
            variance_residual=residual,
        )

    @cached_property
    def _effects(self) -> list[Floats]:
        """Predicted random effects of each factor in scaled columns, shape (levels, width)."""
        point = self.minimum.point
        result = []
        for place, root in zip(point.slices, point.roots, strict=True):
            scores = point.scores[place].reshape(-1, len(root))
            result.append(scores @ (root @ root.T) * self.model.scale)
        return result

    def random_effects(self, group: str, standard_deviations: bool = False) -> pd.DataFrame:
        """Conditional modes (best linear unbiased predictions) of a grouping factor.

        Parameters
        ----------
        group : str
            Name of the grouping factor, "a:b" for a combination.
        standard_deviations : bool, default False
            Add for each column its conditional standard deviation given the fixed effects and the variances, as
            lme4's ``ranef(condVar = TRUE)``, named "column (sd)".

        Returns
        -------
        pandas.DataFrame
            One row per level, one column per varying coefficient.
        """
        number = self._number(group)
        result = {}
        blocks = self._conditional[number] if standard_deviations else None
        for term in self.model.terms:
            if term.factor != number:
                continue
            inverse = linalg.solve_triangular(term.turn, np.eye(len(term.turn)), check_finite=False)
            values = self._effects[number][:, term.place] @ inverse.T
            for column, name in enumerate(term.side.names):
                result[name] = values[:, column]
            if blocks is not None:
                own = inverse @ blocks[:, term.place, term.place] @ inverse.T
                spread = np.sqrt(np.maximum(np.diagonal(own, axis1=1, axis2=2), 0.0)) * self.sigma
                for column, name in enumerate(term.side.names):
                    result[f"{name} (sd)"] = spread[:, column]
        return pd.DataFrame(result, index=self.model.labels[number].rename(group))

    @cached_property
    def _conditional(self) -> list[Floats]:
        return self.minimum.point.state.conditional()

    def predict(
        self,
        data: pd.DataFrame | None = None,
        random_effects: bool | Sequence[str] = True,
        new_levels: Literal["error", "population"] = "error",
    ) -> pd.Series:
        """Predicted response.

        Parameters
        ----------
        data : pandas.DataFrame, optional
            Rows; those of the fit by default.
        random_effects : bool or sequence of str, default True
            All, none (population), or those of the named groups.
        new_levels : {"error", "population"}
            What a level that the fit has not seen means: refused, or random effects of zero.

        Returns
        -------
        pandas.Series
            With the index of the rows.
        """
        if new_levels not in ("error", "population"):
            raise ValueError(f"new_levels {new_levels!r} is neither 'error' nor 'population'")
        columns = self.model.columns if data is None else self.model.fixed.matrix(data)
        values = columns @ self._estimates
        wanted = list(self.model.groups) if random_effects is True else list(random_effects or [])
        for name in wanted:
            number = self._number(name)
            effects = self.random_effects(name)
            codes = self.model.codes[number] if data is None else self._codes(number, data, new_levels)
            for term in self.model.terms:
                if term.factor == number:
                    varying = term.columns if data is None else term.side.matrix(data)
                    table = np.vstack([effects[list(term.side.names)].to_numpy(), np.zeros(len(term.side.names))])
                    values = values + (varying * table[codes]).sum(axis=1)
        index = self.model.index if data is None else data.index
        return pd.Series(values, index=index, name=self.model.response_name)

    def _codes(self, number: int, data: pd.DataFrame, new_levels: str) -> Any:
        bar = next(term.bar for term in self.model.terms if term.factor == number)
        own, labels = grouping(bar.group, data)
        found = self.model.labels[number].get_indexer(labels)
        if new_levels == "error" and (found < 0).any():
            strange = list(labels[found < 0][:5])
            raise ValueError(
                f"group {bar.group_name!r} holds {strange}, which the fit has not seen; "
                "new_levels='population' predicts them without random effects"
            )
        return found[own]

    def predict_population(self, data: pd.DataFrame | None = None, level: float = 0.95) -> pd.DataFrame:
        """Mean response of the population with its interval (fixed effects only; Satterthwaite's t row by row).

        Parameters
        ----------
        data : pandas.DataFrame, optional
            Rows; those of the fit by default.
        level : float, default 0.95
            Coverage.

        Returns
        -------
        pandas.DataFrame
            estimate, standard_error, df, low, high.
        """
        columns = self.model.columns if data is None else self.model.fixed.matrix(data)
        table = self.contrast(columns, level=level)[["estimate", "standard_error", "df", "low", "high"]]
        table.index = self.model.index if data is None else data.index
        return table

    @property
    def fitted(self) -> pd.Series:
        """Fitted values, random effects included."""
        return self.predict()

    @property
    def residuals(self) -> pd.Series:
        """Response minus fitted values."""
        return pd.Series(self.model.response - self.fitted.to_numpy(), index=self.model.index, name="residual")

    def refit(self, method: Method) -> MixedFit:
        """The same model by the other likelihood.

        Parameters
        ----------
        method : {"REML", "ML"}
            Likelihood.

        Returns
        -------
        MixedFit
            This fit itself if it has that method already.
        """
        from coldcarbon.stats.mixed.fitting import fit_model

        return self if method == self.method else fit_model(self.model, method)

    def information(self) -> pd.DataFrame:
        """Log likelihood, deviance, AIC and BIC in the conventions R users meet.

        Returns
        -------
        pandas.DataFrame
            Rows "REML" (R's logLik, AIC, BIC of an lmer fit), "ML" (of its refit by ML, as R's anova takes it) and
            "ML at the REML estimates" (logLik(fit, REML = FALSE)).
        """
        restricted, full = self.refit("REML"), self.refit("ML")
        point = full.criterion(restricted.minimum.point.theta)
        # the residual variance that is best by ML at the theta of REML, as lme4 takes it
        between = self.model.deviance(point, reml=False)
        rows = {"REML": restricted.deviance, "ML": full.deviance, "ML at the REML estimates": between}
        table = pd.DataFrame({"log_likelihood": {name: -0.5 * value for name, value in rows.items()}})
        table["deviance"] = pd.Series(rows)
        table["aic"] = table["deviance"] + 2.0 * self.n_parameters
        table["bic"] = table["deviance"] + np.log(self.n_rows) * self.n_parameters
        return table

    def random_terms_test(self) -> pd.DataFrame:
        """Likelihood-ratio tests of leaving out each random term, on this fit's own likelihood, as lmerTest's `ranova`.

        A term with an intercept and slopes, or of a factor, is reduced to its intercept; any other is left out.

        Returns
        -------
        pandas.DataFrame
            By term: n_parameters, log_likelihood, statistic, df, p (chi-square, conservative) and p_boundary: half
            each of chi-square with df and df - 1, the limit when one variance is zero under the null hypothesis
            (Self & Liang 1987, doi 10.1080/01621459.1987.10478472; Stram & Lee 1994, doi 10.2307/2533455).
        """
        rows = {}
        for number, term in enumerate(self.model.terms):
            names = term.side.names
            system, patterns = self.model.system, [pattern.copy() for pattern in self.model.patterns]
            first = len(names) > 1 and names[0] == "Intercept"
            keep = first or (len(names) > 1 and _holds_constant(term.columns))
            if keep and not first:
                system, patterns = self.model.with_intercept_alone(number)
            else:
                patterns[term.factor][term.place.start + keep : term.place.stop] = False
            reduced = Criterion(system, patterns, self.model.n, self.model.p, self.method == "REML")
            point = minimise(reduced).point if reduced.elements else reduced(np.zeros(0))
            deviance = self.model.deviance(point, self.method == "REML")
            df = len(self.theta) - len(reduced.elements)
            statistic = max(deviance - self.deviance, 0.0)
            label = f"{', '.join(names[first:])} in {term.bar}" if keep else str(term.bar)
            rows[label] = (
                self.n_parameters - df,
                -0.5 * deviance,
                statistic,
                df,
                float(special.chdtrc(df, statistic)),
                boundary_p(statistic, df),
            )
        columns = ["n_parameters", "log_likelihood", "statistic", "df", "p", "p_boundary"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)

    def plot(
        self,
        kind: Literal["caterpillar", "residuals", "quantiles"] = "caterpillar",
        group: str | None = None,
        column: str | None = None,
        ax: Axes | None = None,
    ) -> Axes:
        """Random effects with their spread, or residuals.

        Parameters
        ----------
        kind : {"caterpillar", "residuals", "quantiles"}
            Random effects in order with 1.96 conditional standard deviations; residuals against fitted values;
            residuals against normal quantiles.
        group, column : str, optional
            Of the random effects; the first by default.
        ax : matplotlib.axes.Axes, optional
            Where to draw.

        Returns
        -------
        matplotlib.axes.Axes
            What was drawn on.
        """
        from coldcarbon.stats.mixed.plots import draw

        return draw(self, kind, group, column, ax)


def _holds_constant(columns: Floats) -> bool:
    """Whether a sum of multiples of the columns is constant, as that of a factor's indicators is."""
    ones = np.ones(len(columns))
    weights, *_ = np.linalg.lstsq(columns, ones, rcond=None)
    return bool(np.abs(columns @ weights - ones).max() < 1e-8)


def boundary_p(statistic: float, df: int) -> float:
    """P of a likelihood ratio when one of its df parameters is a variance at zero: equal parts of df and df - 1.

    Parameters
    ----------
    statistic : float
        Fall of the deviance.
    df : int
        Parameters more.

    Returns
    -------
    float
        P, 0-1.
    """
    lower = float(special.chdtrc(df - 1, statistic)) if df > 1 else float(statistic <= 0.0)
    return 0.5 * float(special.chdtrc(df, statistic)) + 0.5 * lower
