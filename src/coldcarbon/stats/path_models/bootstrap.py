"""Refits to resampled rows or clusters.

A fit needs of a resample its moments only, and those are sums over units (rows, or whole clusters) times how often
each was drawn: all moments of all resamples are one matrix product. Where least squares per equation is maximum
likelihood all refits are solved at once; else each is a few Newton steps from the estimate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr, ndtri

from coldcarbon.stats.path_models.effects import Explained, effect_values, explained, parameter_values
from coldcarbon.stats.path_models.expressions import evaluate
from coldcarbon.stats.path_models.likelihood import Likelihood
from coldcarbon.stats.path_models.minimisation import minimise
from coldcarbon.stats.path_models.moments import SINGULAR, SampleMoments
from coldcarbon.stats.path_models.notices import ConvergenceWarning, tell
from coldcarbon.stats.path_models.starts import has_closed_form

if TYPE_CHECKING:
    from coldcarbon.stats.path_models.fitted_model import PathModelFit
from coldcarbon.stats.uncertainty.resampling import draw_units, resampled_totals

__all__ = ["Bootstrap", "resample"]

Floats = NDArray[np.float64]
Method = Literal["percentile", "bias-corrected"]
MANY_FAILED = 0.05


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """Matrices of all refits that converged, shape (refits, v, v) and (refits, v), and tables made of them.

    ``unit`` says what was drawn ("row" or "cluster"), ``n_failed`` how many refits did not converge and are left out.
    """

    fit: PathModelFit = field(repr=False)
    a: Floats = field(repr=False)
    s: Floats = field(repr=False)
    intercepts: Floats = field(repr=False)
    n_resamples: int
    n_failed: int
    n_units: int
    unit: str
    warnings: tuple[str, ...]

    @property
    def _covariance(self) -> Floats:
        b = np.linalg.inv(np.eye(self.a.shape[-1]) - self.a)
        return b @ self.s @ np.swapaxes(b, -1, -2)

    def _limits(self, values: Floats, estimate: Floats, confidence: float, method: Method) -> dict[str, Floats]:
        if not 0 < confidence < 1:
            raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
        if method not in ("percentile", "bias-corrected"):
            raise ValueError(f"method must be 'percentile' or 'bias-corrected', not {method!r}")
        tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
        constant = values.std(axis=0) <= 1e-12 * np.abs(estimate)
        below = (values < estimate).mean(axis=0) + 0.5 * (values == estimate).mean(axis=0)
        if method == "bias-corrected":
            shift = ndtri(np.clip(below, 0.5 / len(values), 1 - 0.5 / len(values)))
            levels = ndtr(2.0 * shift + ndtri(tails)[:, None])
            limits = np.array(
                [np.quantile(column, level) for column, level in zip(values.T, levels.T, strict=True)]
            ).reshape(-1, 2)
        else:
            limits = np.quantile(values, tails, axis=0).T
        beyond = np.minimum((values <= 0).mean(axis=0), (values >= 0).mean(axis=0))
        return {
            "estimate": estimate,
            "standard_error": np.where(constant, 0.0, values.std(axis=0, ddof=1)),
            "p_value": np.where(constant, np.nan, np.minimum(2.0 * np.maximum(beyond, 1.0 / len(values)), 1.0)),
            "low": np.where(constant, estimate, limits[:, 0]),
            "high": np.where(constant, estimate, limits[:, 1]),
        }

    def table(
        self, *, standardized: bool = False, confidence: float = 0.95, method: Method = "percentile"
    ) -> pd.DataFrame:
        """Estimates and defined quantities with bootstrap errors and limits.

        Parameters
        ----------
        standardized : bool
            In implied standard deviations of each refit.
        confidence : float
            Of the limits.
        method : {"percentile", "bias-corrected"}
            Percentiles, or Efron's (1987) bias-corrected ones, as AMOS gives them.

        Returns
        -------
        pandas.DataFrame
            Columns left, operator, right, label, kind, estimate, standard_error, p_value, low, high.
        """
        spec = self.fit.specification
        plain = self.fit.table(standardized=standardized)
        values = parameter_values(spec.parameters, self.a, self.s, self.intercepts, self._covariance, standardized)
        if spec.defined:
            values = np.concatenate([values, self._defined(values)], axis=1)
        limits = self._limits(values, plain["estimate"].to_numpy(), confidence, method)
        return pd.DataFrame({**{c: plain[c] for c in ("left", "operator", "right", "label", "kind")}, **limits})

    def _defined(self, values: Floats) -> Floats:
        spec = self.fit.specification
        place = {p.label: n for n, p in reversed(list(enumerate(spec.parameters))) if p.label}
        found = np.empty((len(values), len(spec.defined)))
        for row, of_row in enumerate(values):
            known: dict[str, complex] = {label: complex(of_row[n]) for label, n in place.items()}
            for column, (name, expression) in enumerate(spec.defined):
                known[name] = evaluate(expression, known)
                found[row, column] = known[name].real
        return found

    def effects(
        self, *, standardized: bool = True, confidence: float = 0.95, method: Method = "percentile"
    ) -> pd.DataFrame:
        """Direct, indirect and total effects with bootstrap errors and limits.

        Parameters
        ----------
        standardized, confidence, method
            As in `table`.

        Returns
        -------
        pandas.DataFrame
            Columns source, target, effect, estimate, standard_error, p_value, low, high.
        """
        index, names = self.fit.effect_index(), self.fit.specification.variables
        found = effect_values(self.a, self._covariance, standardized)
        ours = effect_values(self.fit.state.a, self.fit.state.covariance, standardized)
        columns = [getattr(found, e)[:, t, s] for s, t, e in index]
        values = np.array(columns).reshape(len(index), len(self.a)).T
        estimate = np.array([getattr(ours, e)[t, s] for s, t, e in index])
        return pd.DataFrame(
            {
                "source": [names[s] for s, _, _ in index],
                "target": [names[t] for _, t, _ in index],
                "effect": [e for _, _, e in index],
                **self._limits(values, estimate, confidence, method),
            }
        )

    def r_squared(
        self, kind: Explained = "residual", *, confidence: float = 0.95, method: Method = "percentile"
    ) -> pd.DataFrame:
        """Explained variance with bootstrap errors and limits.

        Parameters
        ----------
        kind : {"residual", "correlation", "reduced form"}
            As in the fit's ``r_squared``.
        confidence, method
            As in `table`.

        Returns
        -------
        pandas.DataFrame
            Indexed by variable: estimate, standard_error, low, high.
        """
        spec, ours = self.fit.specification, self.fit.r_squared(kind)
        places = [spec.variables.index(name) for name in ours.index]
        values = explained(spec, self.a, self.s, self._covariance, kind)[:, places]
        limits = self._limits(values, ours.to_numpy(), confidence, method)
        del limits["p_value"]
        return pd.DataFrame(limits, index=ours.index)


def _moment_stack(
    rows: Floats, codes: NDArray[np.intp], n_units: int, n_resamples: int, generator: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Rows (R,), means (R, p) and covariances with divisor n (R, p, p) of all resamples."""
    p = rows.shape[1]
    centre = rows.mean(axis=0)
    centred = rows - centre
    pieces = np.concatenate(
        [np.ones((len(rows), 1)), centred, (centred[:, :, None] * centred[:, None, :]).reshape(len(rows), -1)], axis=1
    )
    sums = np.zeros((n_units, pieces.shape[1]))
    np.add.at(sums, codes, pieces)
    totals = resampled_totals(sums, lambda size: draw_units(n_units, size, generator), n_resamples)
    n = totals[:, 0]
    means = totals[:, 1 : p + 1] / n[:, None]
    second = totals[:, p + 1 :].reshape(-1, p, p) / n[:, None, None]
    return n, means + centre, second - means[:, :, None] * means[:, None, :]


def _closed_forms(likelihood: Likelihood, means: Floats, covariances: Floats) -> tuple[Floats, Floats, Floats]:
    """A, S and m of all resamples by least squares per equation."""
    spec = likelihood.specification
    a = np.broadcast_to(spec.base_a, covariances.shape).copy()
    for row in dict.fromkeys(spec.a_rows.tolist()):
        columns = spec.a_columns[spec.a_rows == row]
        offset = covariances[:, row] - np.einsum("bk,bkj->bj", a[:, row], covariances)
        block = covariances[:, columns[:, None], columns]
        a[:, row, columns] = np.linalg.solve(block, offset[:, columns][..., None])[..., 0]
    rest = likelihood.identity - a
    residual = rest @ covariances @ np.swapaxes(rest, -1, -2)
    s = np.broadcast_to(spec.base_s, covariances.shape).copy()
    s[:, spec.s_rows, spec.s_columns] = residual[:, spec.s_rows, spec.s_columns]
    s[:, spec.s_columns, spec.s_rows] = residual[:, spec.s_rows, spec.s_columns]
    m = np.broadcast_to(spec.base_m, means.shape).copy()
    x = spec.exogenous_places
    if spec.fixed_exogenous and len(x):
        s[:, x[:, None], x] = covariances[:, x[:, None], x]
    if spec.mean_structure:
        level = np.einsum("bij,bj->bi", rest, means)
        m[:, spec.m_rows] = level[:, spec.m_rows]
        if spec.fixed_exogenous:
            m[:, x] = means[:, x]
    return a, s, m


def _units(fit: PathModelFit, clusters: ArrayLike | None) -> tuple[NDArray[np.intp], int, str]:
    if clusters is None:
        return np.arange(fit.n), fit.n, "row"
    labels = pd.Series(np.asarray(clusters))
    if len(labels) != fit.n:
        raise ValueError(f"{fit.n} rows of data but {len(labels)} cluster labels")
    if labels.isna().any():
        raise ValueError(f"{int(labels.isna().sum())} rows have no cluster label")
    codes, names = pd.factorize(labels)
    if len(names) < 2:
        raise ValueError("a bootstrap needs at least two clusters")
    return np.asarray(codes, np.intp), len(names), "cluster"


def resample(
    fit: PathModelFit,
    *,
    n_resamples: int = 2000,
    seed: int | np.random.Generator = 0,
    clusters: ArrayLike | None = None,
) -> Bootstrap:
    """Refit a model to rows or clusters drawn with replacement.

    Parameters
    ----------
    fit : PathModelFit
        Made from rows.
    n_resamples : int
        At least 100.
    seed : int or numpy.random.Generator
        The same seed gives the same resamples.
    clusters : array_like, shape (n,), optional
        Label of each row's cluster.

    Returns
    -------
    Bootstrap
        Refits that did not converge are counted and left out; more than 5 % of them bring a warning.

    Raises
    ------
    ValueError
        For a fit to a covariance matrix, labels that do not fit, or no refit that converged.
    """
    rows = fit.likelihood.moments.rows
    if rows is None:
        raise ValueError("the fit was made from a covariance matrix: a bootstrap needs the rows")
    if n_resamples < 100:
        raise ValueError("fewer than 100 resamples give no usable tails")
    codes, n_units, unit = _units(fit, clusters)
    spec = fit.specification
    told: list[str] = []
    ns, means, covariances = _moment_stack(rows, codes, n_units, n_resamples, np.random.default_rng(seed))
    if fit.convention.divisor == "n-1":
        covariances *= (ns / (ns - 1.0))[:, None, None]
    regular: Any = np.ones(n_resamples, bool)
    if has_closed_form(spec):
        scale = np.sqrt(np.diagonal(covariances, axis1=1, axis2=2))
        regular = (scale > 0).all(axis=1)
        safe = np.where(scale > 0, scale, 1.0)
        for row in set(spec.a_rows.tolist()):
            columns = spec.a_columns[spec.a_rows == row]
            block = covariances[:, columns[:, None], columns] / (safe[:, columns, None] * safe[:, None, columns])
            regular &= np.linalg.eigvalsh(block)[:, 0] > SINGULAR
        if not regular.any():
            raise ValueError("predictors determine each other in every resample: use fewer predictors or more rows")
        a, s, m = _closed_forms(fit.likelihood, means[regular], covariances[regular])
    else:
        refits = []
        for number in range(n_resamples):
            moments = SampleMoments(spec.observed, int(ns[number]), covariances[number], means[number], None)
            again = Likelihood(spec, moments)
            minimum = minimise(again, fit.state.theta, max_iterations=50)
            regular[number] = minimum is not None and minimum.converged
            if minimum is not None and minimum.converged:
                refits.append(again.matrices(minimum.state.theta))
        if not refits:
            raise ValueError("no resample could be fitted")
        a, s, m = (np.stack(part) for part in zip(*refits, strict=True))
    failed = int(n_resamples - regular.sum())
    if len(a) < 2:
        raise ValueError("no resample could be fitted")
    if failed > MANY_FAILED * n_resamples:
        tell(
            told,
            f"{failed} of {n_resamples} resamples could not be fitted and are left out: limits are too narrow",
            ConvergenceWarning,
            stacklevel=4,
        )
    return Bootstrap(fit, a, s, m, n_resamples, failed, n_units, unit, tuple(told))
