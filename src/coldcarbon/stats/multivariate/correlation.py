"""Correlations of all pairs: plain, partial and semi-partial, with P values, intervals and what survives adjustment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from coldcarbon.stats.adjustment import Adjustment, adjust_p_values
from coldcarbon.stats.multivariate.collinearity import numeric_columns, refuse_dependent

__all__ = ["Correlations", "correlation_matrix", "partial_correlation", "semi_partial_correlation"]

Floats = NDArray[np.float64]
Method = Literal["pearson", "spearman"]
Reference = Literal["t", "normal"]


@dataclass(frozen=True)
class Correlations:
    """Correlations of all pairs of columns.

    Attributes
    ----------
    estimate, statistic, p, low, high : pandas.DataFrame, shape (columns, columns)
        Diagonals hold 1 (estimate and limits), missing (statistic) and 0 (p, as R's packages print).
    n, n_given : int
        Rows, and variables held constant for each pair.
    description : str
        What was computed, for a caption.
    alpha : float
        Level of `counts`.
    symmetric : bool
        False for semi-partial correlations, where the column has the others taken out and the row has not.
    """

    estimate: pd.DataFrame
    statistic: pd.DataFrame = field(repr=False)
    p: pd.DataFrame = field(repr=False)
    low: pd.DataFrame = field(repr=False)
    high: pd.DataFrame = field(repr=False)
    n: int
    n_given: int
    description: str
    alpha: float = 0.05
    symmetric: bool = True

    def _pairs(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        k = len(self.estimate)
        i, j = np.triu_indices(k, 1) if self.symmetric else np.nonzero(~np.eye(k, dtype=bool))
        return np.asarray(i, np.intp), np.asarray(j, np.intp)

    def summary(self, adjust: Adjustment = "fdr_bh") -> pd.DataFrame:
        """One row per pair.

        Parameters
        ----------
        adjust : {"fdr_bh", "fdr_by", "holm", "bonferroni", "none"}
            How P values are adjusted for the number of pairs.

        Returns
        -------
        pandas.DataFrame
            first, second, estimate, low, high, statistic, p, p_adjusted; smallest P first.
        """
        i, j = self._pairs()
        names = self.estimate.columns
        table = pd.DataFrame({"first": names[i], "second": names[j]})
        for column in ("estimate", "low", "high", "statistic", "p"):
            table[column] = getattr(self, column).to_numpy()[i, j]
        table["p_adjusted"] = adjust_p_values(table["p"].to_numpy(), adjust)
        return table.sort_values("p", kind="stable", ignore_index=True)

    def counts(self) -> pd.Series:
        """How many pairs stay below the level, before and after adjustment for their number.

        Returns
        -------
        pandas.Series
            pairs, expected_by_chance (level times pairs), raw, fdr_bh, fdr_by, holm, bonferroni.
        """
        p = self.p.to_numpy()[self._pairs()]
        methods: tuple[Adjustment, ...] = ("fdr_bh", "fdr_by", "holm", "bonferroni")
        found: dict[str, float] = {name: int((adjust_p_values(p, name) < self.alpha).sum()) for name in methods}
        plain: dict[str, float] = {
            "pairs": p.size,
            "expected_by_chance": self.alpha * p.size,
            "raw": int((p < self.alpha).sum()),
        }
        return pd.Series({**plain, **found}, dtype=float)

    def plot(self, ax: Any = None) -> Any:
        """Matrix of estimates, those below the level after Benjamini and Hochberg marked.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib.axes.Axes
            The axes drawn on.
        """
        import matplotlib.pyplot as plt

        axes = plt.subplots()[1] if ax is None else ax
        k = len(self.estimate)
        image = axes.imshow(self.estimate, cmap="RdBu_r", vmin=-1, vmax=1)
        axes.figure.colorbar(image, ax=axes, label="Correlation")
        i, j = self._pairs()
        adjusted = adjust_p_values(self.p.to_numpy()[i, j], "fdr_bh")
        for row, column, value in zip(i, j, adjusted, strict=True):
            if value < self.alpha:
                axes.text(column, row, "*", ha="center", va="center")
        axes.set_xticks(np.arange(k), self.estimate.columns, rotation=90)
        axes.set_yticks(np.arange(k), self.estimate.index)
        return axes


def _check(method: str, reference: str, confidence: float) -> None:
    if method not in ("pearson", "spearman"):
        raise ValueError(f"method must be 'pearson' or 'spearman', not {method!r}")
    if reference not in ("t", "normal"):
        raise ValueError(f"reference must be 't' or 'normal', not {reference!r}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")


def _unit_columns(table: Floats, method: Method) -> Floats:
    """Columns, or their ranks, centred and of length one."""
    values = pd.DataFrame(table).rank().to_numpy() if method == "spearman" else table - table.mean(axis=0)
    values = values - values.mean(axis=0)
    return np.asarray(values / np.linalg.norm(values, axis=0))


def _p_values(estimate: Floats, freedom: int, reference: Reference) -> tuple[Floats, Floats]:
    off = ~np.eye(len(estimate), dtype=bool)
    statistic = np.full_like(estimate, np.nan)
    p = np.zeros_like(estimate)
    r = np.clip(estimate[off], -1, 1)
    with np.errstate(divide="ignore"):
        statistic[off] = r * np.sqrt(freedom / (1 - r**2))
    tail = -np.abs(statistic[off])
    p[off] = 2 * (special.stdtr(freedom, tail) if reference == "t" else special.ndtr(tail))
    return statistic, p


def _fisher_limits(estimate: Floats, n: int, n_given: int, method: Method, confidence: float) -> tuple[Floats, Floats]:
    """Limits from Fisher's z; for ranks with Bonett and Wright's variance."""
    room = n - n_given - 3
    low, high = np.ones_like(estimate), np.ones_like(estimate)
    off = ~np.eye(len(estimate), dtype=bool)
    if room <= 0:
        low[off], high[off] = -1.0, 1.0
        return low, high
    r = np.clip(estimate[off], -1, 1)
    error = np.sqrt((1 + r**2 / 2 if method == "spearman" else 1.0) / room)
    with np.errstate(divide="ignore"):
        z = np.arctanh(r)
    reach = special.ndtri((1 + confidence) / 2) * error
    low[off], high[off] = np.tanh(z - reach), np.tanh(z + reach)
    return low, high


def _result(
    names: Sequence[str],
    estimate: Floats,
    statistic: Floats,
    p: Floats,
    limits: tuple[Floats, Floats],
    **rest: Any,
) -> Correlations:
    def frame(values: Floats) -> pd.DataFrame:
        return pd.DataFrame(values, index=list(names), columns=list(names))

    return Correlations(
        estimate=frame(estimate),
        statistic=frame(statistic),
        p=frame(p),
        low=frame(limits[0]),
        high=frame(limits[1]),
        **rest,
    )


def correlation_matrix(
    data: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    method: Method = "pearson",
    confidence: float = 0.95,
    alpha: float = 0.05,
) -> Correlations:
    """Correlations of all pairs, with P values and how many of them survive adjustment.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Numbers, none missing.
    columns : sequence of str, optional
        Which; all if left out.
    method : {"pearson", "spearman"}
        Of values or of ranks (ties get their mean rank).
    confidence : float
        Of the limits (Fisher's z; for ranks with the variance ``(1 + r**2 / 2) / (n - 3)`` of Bonett and Wright 2000,
        Psychometrika 65, 23).
    alpha : float
        Level of `Correlations.counts`.

    Returns
    -------
    Correlations
        P from t with n - 2 degrees of freedom for both methods, as ``Hmisc::rcorr``; R's ``cor.test`` gives exact P for
        ranks of small samples without ties.

    Raises
    ------
    ValueError
        If values are missing, a column is constant or holds text, or rows are fewer than four.
    """
    _check(method, "t", confidence)
    frame = numeric_columns(data, columns)
    n = len(frame)
    if n < 4:
        raise ValueError(f"{n} rows are too few: at least four are needed")
    unit = _unit_columns(frame.to_numpy(), method)
    estimate = np.clip(unit.T @ unit, -1, 1)
    np.fill_diagonal(estimate, 1.0)
    statistic, p = _p_values(estimate, n - 2, "t")
    return _result(
        list(frame.columns),
        estimate,
        statistic,
        p,
        _fisher_limits(estimate, n, 0, method, confidence),
        n=n,
        n_given=0,
        description=f"{method} correlation of {n} rows, P from t with {n - 2} degrees of freedom",
        alpha=alpha,
    )


def _conditioned(
    data: pd.DataFrame, columns: Sequence[str] | None, given: Sequence[str] | None, method: Method
) -> tuple[list[str], Floats, int, int]:
    """Names, unit columns of those correlated (what is given taken out), rows, variables given beforehand."""
    every = list(map(str, data.columns)) if columns is None else list(columns)
    held = list(given or [])
    names = [name for name in every if name not in held] if columns is None else every
    both = [name for name in names if name in held]
    if both:
        raise ValueError(f"{', '.join(map(repr, both))} cannot be correlated and given at once")
    frame = numeric_columns(data, [*names, *held])
    n = len(frame)
    k = len(names) + len(held)
    if n < k + 1:
        raise ValueError(f"{n} rows are too few for {k} columns: at least {k + 1} are needed")
    unit = _unit_columns(frame.to_numpy(), method)
    refuse_dependent(unit, list(frame.columns))
    own = unit[:, : len(names)]
    if held:
        base = np.linalg.qr(unit[:, len(names) :])[0]
        own = own - base @ (base.T @ own)
        own = own - base @ (base.T @ own)  # once more, against rounding
        own = own / np.linalg.norm(own, axis=0)
    return names, own, n, len(held)


def _precision(unit: Floats) -> Floats:
    inverse = np.linalg.inv(np.linalg.qr(unit, mode="r"))
    return np.asarray(inverse @ inverse.T)


def partial_correlation(
    data: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    given: Sequence[str] | None = None,
    method: Method = "pearson",
    reference: Reference = "t",
    confidence: float = 0.95,
    alpha: float = 0.05,
) -> Correlations:
    """Correlation of each pair with other variables held constant.

    Without ``given``, all other columns are held constant for each pair: ``-P[i, j] / sqrt(P[i, i] P[j, j])`` with P
    the inverse of the correlation matrix (Whittaker 1990). With ``given``, exactly these are held constant for all
    pairs, so that ``columns=["y", "x"], given=["z"]`` is the partial correlation of y and x given z.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Numbers, none missing.
    columns : sequence of str, optional
        Correlated with each other; all (but ``given``) if left out.
    given : sequence of str, optional
        Held constant.
    method : {"pearson", "spearman"}
        Of values, or of ranks (the ranks are regressed, as all packages do).
    reference : {"t", "normal"}
        ``r sqrt(f / (1 - r**2))`` with f = n - 2 - (variables held constant) is held against t with f degrees of
        freedom, which is exact for normal data and what ``pingouin`` does, or against the normal distribution, which
        makes P too small in small samples. R's ``ppcor`` 1.1 is met with either: the answers recorded with our tests
        are normal, other copies of its source say t.
    confidence : float
        Of the limits: Fisher's z with variance ``1 / (n - k - 3)`` for k variables held constant (for ranks times
        ``1 + r**2 / 2``).
    alpha : float
        Level of `Correlations.counts`.

    Returns
    -------
    Correlations
        Symmetric.

    Raises
    ------
    ValueError
        If values are missing, columns are constant, hold text or depend linearly on each other (these are named), or
        rows are too few.
    """
    _check(method, reference, confidence)
    names, unit, n, n_held = _conditioned(data, columns, given, method)
    if given:
        estimate, n_given = np.clip(unit.T @ unit, -1, 1), n_held
    else:
        precision = _precision(unit)
        size = np.sqrt(np.diag(precision))
        estimate, n_given = np.clip(-precision / np.outer(size, size), -1, 1), len(names) - 2
    np.fill_diagonal(estimate, 1.0)
    freedom = n - 2 - n_given
    if freedom < 1:
        raise ValueError(f"{n} rows leave no degrees of freedom with {n_given} variables held constant")
    statistic, p = _p_values(estimate, freedom, reference)
    held = ", ".join(given) if given else "all other columns"
    against = f"t with {freedom} degrees of freedom" if reference == "t" else "the normal distribution"
    return _result(
        names,
        estimate,
        statistic,
        p,
        _fisher_limits(estimate, n, n_given, method, confidence),
        n=n,
        n_given=n_given,
        description=f"partial {method} correlation of {n} rows given {held}, P from {against}",
        alpha=alpha,
    )


def semi_partial_correlation(
    data: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    method: Method = "pearson",
    reference: Reference = "t",
    confidence: float = 0.95,
    alpha: float = 0.05,
) -> Correlations:
    """Correlation of each column as it is with each other column from which the rest has been taken out.

    Row i, column j holds the correlation of i with what j does not share with the remaining columns. Its square is what
    j adds to the R2 of a regression of i on the remaining columns.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Numbers, none missing.
    columns : sequence of str, optional
        Which; all if left out.
    method : {"pearson", "spearman"}
        Of values or ranks.
    reference : {"t", "normal"}
        As in `partial_correlation`.
    confidence : float
        Of the limits, from the large-sample variance of Aloe and Becker (2012, Journal of Educational and Behavioral
        Statistics 37, 278): ``(A**2 - 2 A + B + 1 - B**2) / n`` with A and B the R2 with and without j.
    alpha : float
        Level of `Correlations.counts`.

    Returns
    -------
    Correlations
        Not symmetric. P is in the convention of ``ppcor::spcor``, which puts the semi-partial correlation where the
        partial one belongs and is therefore too large; the exact test of whether j adds anything is that of
        `partial_correlation`.

    Raises
    ------
    ValueError
        As `partial_correlation`.
    """
    _check(method, reference, confidence)
    names, unit, n, _ = _conditioned(data, columns, None, method)
    precision = _precision(unit)
    diagonal = np.diag(precision)
    size = np.sqrt(diagonal)
    partial = -precision / np.outer(size, size)
    # with j also taken out of i: variance of i given all, and given all but j
    unexplained = 1 / diagonal[:, None]
    without = 1 / (diagonal[:, None] - precision**2 / diagonal[None, :] + np.eye(len(names)))
    estimate = np.clip(partial * np.sqrt(without), -1, 1)
    np.fill_diagonal(estimate, 1.0)
    freedom = n - len(names)
    statistic, p = _p_values(estimate, freedom, reference)
    full, reduced = 1 - unexplained, 1 - without
    variance = np.maximum(full**2 - 2 * full + reduced + 1 - reduced**2, 0) / n
    reach = special.ndtri((1 + confidence) / 2) * np.sqrt(variance)
    low, high = np.maximum(estimate - reach, -1), np.minimum(estimate + reach, 1)
    np.fill_diagonal(low, 1.0)
    np.fill_diagonal(high, 1.0)
    return _result(
        names,
        estimate,
        statistic,
        p,
        (low, high),
        n=n,
        n_given=len(names) - 2,
        description=f"semi-partial {method} correlation of {n} rows, the rest taken out of the column",
        alpha=alpha,
        symmetric=False,
    )
