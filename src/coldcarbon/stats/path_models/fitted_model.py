"""The result of a fit: what was estimated, how well, and everything that follows from it, computed when asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from coldcarbon.stats.path_models.conventions import Convention
from coldcarbon.stats.path_models.effects import (
    Explained,
    effects_with_slopes,
    explained,
    parameter_values,
    standardized_slopes,
)
from coldcarbon.stats.path_models.expressions import evaluate, gradient
from coldcarbon.stats.path_models.graph import is_recursive, simple_paths, spectral_radius
from coldcarbon.stats.path_models.indices import FitIndices, fit_indices
from coldcarbon.stats.path_models.likelihood import Likelihood, State
from coldcarbon.stats.path_models.specification import Parameter, Specification

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coldcarbon.stats.path_models.bootstrap import Bootstrap

__all__ = ["PathModelFit", "with_tests"]

Floats = NDArray[np.float64]
ROUNDING = 1e-12  # a standard error below this share of its estimate is zero


def with_tests(estimate: Floats, error: Floats, confidence: float) -> dict[str, Floats]:
    """Columns estimate, standard_error, z, p_value, low, high of a table.

    Parameters
    ----------
    estimate, error : ndarray, shape (k,)
        Estimates and standard errors; z and P are NaN where the error is zero.
    confidence : float
        Of the limits.

    Returns
    -------
    dict of str to ndarray
        Normal theory.
    """
    error = np.where(error <= ROUNDING * np.abs(estimate), 0.0, error)
    with np.errstate(invalid="ignore", divide="ignore"):
        z = np.where(error > 0, estimate / error, np.nan)
    margin = ndtri(0.5 + confidence / 2.0) * error
    return {
        "estimate": estimate,
        "standard_error": error,
        "z": z,
        "p_value": 2.0 * ndtr(-np.abs(z)),
        "low": estimate - margin,
        "high": estimate + margin,
    }


@dataclass(frozen=True, eq=False)
class PathModelFit:
    """A fitted path or structural equation model; made by `fit`.

    The unit of replication is the row of the data. ``entry_covariance`` is the sampling covariance of the free
    entries (t, t), ``gradient_norm`` the largest entry of the gradient in units of its standard error,
    ``warnings`` what was warned of, ``alternatives`` other minima of the discrepancy (their F less ours, spectral
    radius) where loops made several starts necessary.
    """

    model: str
    convention: Convention
    specification: Specification = field(repr=False)
    likelihood: Likelihood = field(repr=False)
    state: State = field(repr=False)
    entry_covariance: Floats = field(repr=False)
    converged: bool
    iterations: int
    gradient_norm: float
    information: str
    warnings: tuple[str, ...]
    alternatives: tuple[tuple[float, float], ...] = field(default=(), repr=False)

    @property
    def n(self) -> int:
        """Rows."""
        return self.likelihood.moments.n

    @cached_property
    def indices(self) -> FitIndices:
        """All measures of fit."""
        return fit_indices(self.likelihood, self.state, self.convention)

    @property
    def degrees_of_freedom(self) -> int:
        """Sample moments less free parameters."""
        return self.specification.degrees_of_freedom

    @property
    def chi_square(self) -> float:
        """Likelihood-ratio statistic against the saturated model."""
        return self.indices.chi_square

    @property
    def p_value(self) -> float:
        """Of chi-square; NaN for a saturated model."""
        return self.indices.p_value

    @cached_property
    def _means(self) -> Floats:
        return self.likelihood.matrices(self.state.theta)[2]

    @property
    def is_recursive(self) -> bool:
        """Whether nothing causes itself."""
        return is_recursive(self.pattern)

    @cached_property
    def pattern(self) -> NDArray[np.bool_]:
        """True at (i, j) where an arrow goes from variable j to i, shape (v, v)."""
        pattern = self.specification.base_a != 0
        pattern[self.specification.a_rows, self.specification.a_columns] = True
        return pattern

    @cached_property
    def spectral_radius(self) -> float:
        """Largest absolute eigenvalue of the direct effects; from 1 on a loop does not settle. 0 without loops."""
        return 0.0 if self.is_recursive else spectral_radius(self.state.a)

    def _errors(self, slopes: Floats) -> Floats:
        """Standard errors of quantities with derivatives (..., t)."""
        variance = np.einsum("...i,ij,...j->...", slopes, self.entry_covariance, slopes)
        with np.errstate(invalid="ignore"):
            return np.sqrt(np.maximum(variance, 0.0))

    def _names(self, parameters: tuple[Parameter, ...]) -> dict[str, list[Any]]:
        return {
            "left": [p.left for p in parameters],
            "operator": [p.operator for p in parameters],
            "right": [p.right for p in parameters],
            "label": [p.label for p in parameters],
            "kind": [p.kind for p in parameters],
        }

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Estimates in the units of the data: `table` with its defaults."""
        return self.table()

    @cached_property
    def standardized(self) -> pd.DataFrame:
        """Standardized estimates (std.all): `table` with its defaults."""
        return self.table(standardized=True)

    def table(self, *, standardized: bool = False, confidence: float = 0.95) -> pd.DataFrame:
        """Estimates of all parameters and defined quantities.

        Parameters
        ----------
        standardized : bool
            In implied standard deviations of all variables.
        confidence : float
            Of the limits (normal theory).

        Returns
        -------
        pandas.DataFrame
            Columns left, operator (~, =~, ~~, ~1, :=), right, label, kind (free, fixed, sample, defined), estimate,
            standard_error, z, p_value, low, high. Fixed and sample values have standard error 0; standardized ones
            may vary though their plain value is fixed.
        """
        spec, state = self.specification, self.state
        values = parameter_values(
            spec.parameters, state.a, state.s, self._means, state.covariance, standardized=standardized
        )
        if standardized:
            slopes = standardized_slopes(self.likelihood, state)
            errors = self._errors(slopes)
        else:
            index = np.array([p.index for p in spec.parameters])
            slopes = np.zeros((len(index), spec.n_entries))
            slopes[np.flatnonzero(index >= 0), index[index >= 0]] = 1.0
            spread = np.sqrt(np.maximum(np.diag(self.entry_covariance), 0.0))
            errors = np.where(index >= 0, spread[index], 0.0)
        names = self._names(spec.parameters)
        if spec.defined:
            names_defined, more_values, more_slopes = self._defined(values, slopes)
            for key in names:
                names[key] = names[key] + names_defined[key]
            values = np.concatenate([values, more_values])
            errors = np.concatenate([errors, self._errors(more_slopes)])
        return pd.DataFrame({**names, **with_tests(values, errors, confidence)})

    def _defined(self, values: Floats, slopes: Floats) -> tuple[dict[str, list[str]], Floats, Floats]:
        """Defined parameters from (standardized) values of labels and their derivatives."""
        spec = self.specification
        place = {p.label: n for n, p in reversed(list(enumerate(spec.parameters))) if p.label}
        known = {label: float(values[n]) for label, n in place.items()}
        bends = {label: slopes[n] for label, n in place.items()}
        for name, expression in spec.defined:
            known[name] = evaluate(expression, {key: complex(value) for key, value in known.items()}).real
            slope = gradient(expression, {key: value for key, value in known.items() if key != name})
            bends[name] = sum((part * bends[label] for label, part in slope.items()), np.zeros(spec.n_entries))
        names = [name for name, _ in spec.defined]
        columns = {
            "left": names,
            "operator": [":="] * len(names),
            "right": [expression for _, expression in spec.defined],
            "label": names,
            "kind": ["defined"] * len(names),
        }
        return columns, np.array([known[n] for n in names]), np.array([bends[n] for n in names])

    def r_squared(self, kind: Explained = "residual") -> pd.Series:
        """Explained share of the variance of each variable that has a cause.

        Parameters
        ----------
        kind : {"residual", "correlation", "reduced form"}
            Conventions that differ in loops; see `coldcarbon.stats.path_models.effects.explained`.

        Returns
        -------
        pandas.Series
            Indexed by variable.
        """
        state, spec = self.state, self.specification
        shares = pd.Series(explained(spec, state.a, state.s, state.covariance, kind), index=list(spec.variables))
        return shares[list(spec.endogenous)].rename("r_squared")

    def effects(
        self,
        *,
        standardized: bool = True,
        confidence: float = 0.95,
        interval: Literal["delta", "bootstrap"] = "delta",
        n_resamples: int = 2000,
        seed: int | np.random.Generator = 0,
        clusters: ArrayLike | None = None,
    ) -> pd.DataFrame:
        """Direct, indirect and total effects of every cause on every variable it reaches.

        Parameters
        ----------
        standardized : bool
            In implied standard deviations.
        confidence : float
            Of the limits.
        interval : {"delta", "bootstrap"}
            Normal theory with exact derivatives, or percentiles of refits to resampled rows or clusters.
        n_resamples, seed, clusters
            As in `bootstrap`.

        Returns
        -------
        pandas.DataFrame
            Columns source, target, effect ("direct", "indirect", "total"), estimate, standard_error, z, p_value,
            low, high. With a bootstrap, errors and limits are those of the resamples, without z, and P is twice the
            smaller share of resamples beyond zero.
        """
        if interval == "bootstrap":
            resampled = self.bootstrap(n_resamples=n_resamples, seed=seed, clusters=clusters)
            return resampled.effects(standardized=standardized, confidence=confidence)
        if interval != "delta":
            raise ValueError(f"interval must be 'delta' or 'bootstrap', not {interval!r}")
        values, slopes = effects_with_slopes(self.likelihood, self.state, standardized)
        index = self.effect_index()
        estimate = np.array([getattr(values, e)[t, s] for s, t, e in index])
        error = self._errors(
            np.array([getattr(slopes, e)[t, s] for s, t, e in index]).reshape(len(index), self.specification.n_entries)
        )
        names = self.specification.variables
        return pd.DataFrame(
            {
                "source": [names[s] for s, _, _ in index],
                "target": [names[t] for _, t, _ in index],
                "effect": [e for _, _, e in index],
                **with_tests(estimate, error, confidence),
            }
        )

    def effect_index(self) -> list[tuple[int, int, str]]:
        """Places of source and target, and kind, of each row of `effects`: pairs that arrows connect."""
        pattern = self.pattern
        reach = pattern.copy()
        for middle in range(len(pattern)):
            reach |= reach[:, [middle]] & reach[[middle], :]
        onward = (reach.astype(int) @ pattern.astype(int)) > 0  # reached by two arrows or more
        found = []
        for target, source in np.argwhere(reach):
            if pattern[target, source]:
                found.append((int(source), int(target), "direct"))
            if onward[target, source]:
                found.append((int(source), int(target), "indirect"))
            found.append((int(source), int(target), "total"))
        return found

    def indirect_paths(
        self, source: str, target: str, *, standardized: bool = True, confidence: float = 0.95
    ) -> pd.DataFrame:
        """Product of coefficients along each path of at least two arrows that passes no variable twice.

        Parameters
        ----------
        source, target : str
            Variables.
        standardized : bool
            In implied standard deviations.
        confidence : float
            Of the limits (delta method).

        Returns
        -------
        pandas.DataFrame
            Columns path, estimate, standard_error, z, p_value, low, high. Without loops they add up to the indirect
            effect.
        """
        names = list(self.specification.variables)
        unknown = [name for name in (source, target) if name not in names]
        if unknown:
            raise KeyError(f"the model has no variable {', '.join(map(repr, unknown))}")
        values, slopes = effects_with_slopes(self.likelihood, self.state, standardized)
        texts, products, bends = [], [], []
        for path in simple_paths(self.pattern, names.index(source), names.index(target)):
            if len(path) < 3:
                continue
            steps = list(zip(path[1:], path[:-1], strict=True))
            parts = np.array([values.direct[step] for step in steps])
            bends.append(sum(np.prod(np.delete(parts, n)) * slopes.direct[step] for n, step in enumerate(steps)))
            products.append(parts.prod())
            texts.append(" -> ".join(names[place] for place in path))
        error = self._errors(np.array(bends).reshape(len(texts), self.specification.n_entries))
        return pd.DataFrame({"path": texts, **with_tests(np.array(products), error, confidence)})

    def bootstrap(
        self,
        *,
        n_resamples: int = 2000,
        seed: int | np.random.Generator = 0,
        clusters: ArrayLike | None = None,
    ) -> Bootstrap:
        """Refit to rows, or whole clusters, drawn with replacement.

        Parameters
        ----------
        n_resamples : int
            At least 100.
        seed : int or numpy.random.Generator
            The same seed gives the same resamples.
        clusters : array_like, shape (n,), optional
            What is drawn as a whole, such as sites; rows without it.

        Returns
        -------
        Bootstrap
            With tables of estimates, standardized estimates, effects and explained variance.
        """
        from coldcarbon.stats.path_models.bootstrap import resample

        return resample(self, n_resamples=n_resamples, seed=seed, clusters=clusters)

    def implied_covariance(self) -> pd.DataFrame:
        """Covariances that the model implies, latent variables included, shape (v, v)."""
        names = list(self.specification.variables)
        return pd.DataFrame(self.state.covariance, index=names, columns=names)

    def residuals(self, *, standardized: bool = True) -> pd.DataFrame:
        """Sample less implied covariances of observed variables.

        Parameters
        ----------
        standardized : bool
            Divided by sample standard deviations, as SRMR does.

        Returns
        -------
        pandas.DataFrame, shape (p, p)
            Large entries show what the model misses.
        """
        p, names = self.likelihood.p, list(self.specification.observed)
        sample = self.likelihood.moments.covariance
        found = sample - self.state.covariance[:p, :p]
        if standardized:
            scale = np.sqrt(np.diag(sample))
            found = found / np.outer(scale, scale)
        return pd.DataFrame(found, index=names, columns=names)

    def modification_indices(self) -> pd.DataFrame:
        """What chi-square would lose, about, if a parameter that is fixed were free: `modification.score_tests`."""
        from coldcarbon.stats.path_models.modification import score_tests

        return score_tests(self)

    def summary(self) -> pd.DataFrame:
        """Regressions, loadings, covariances and defined parameters: estimate, standard error, z, P, standardized."""
        table = self.estimates.copy()
        table["standardized"] = self.standardized["estimate"]
        shown = table["kind"].isin(["free", "fixed", "defined"])
        columns = ["left", "operator", "right", "label", "estimate", "standard_error", "z", "p_value", "standardized"]
        return table.loc[shown, columns].reset_index(drop=True)

    def plot(self, ax: Axes | None = None, **options: Any) -> Axes:
        """Path diagram: `diagram.draw`.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure without it.
        **options
            As in `coldcarbon.stats.path_models.diagram.draw`.

        Returns
        -------
        matplotlib.axes.Axes
            With the diagram.
        """
        from coldcarbon.stats.path_models.diagram import draw

        return draw(self, ax, **options)
