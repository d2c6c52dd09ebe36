"""From a formula and data to columns, penalties and groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from coldcarbon.stats.gamm.basis import Basis, Floats, SumToZero, scale_of_penalty
from coldcarbon.stats.gamm.cubic import CubicSpline, CyclicSpline, PSpline
from coldcarbon.stats.gamm.formula import Formula, LinearTerm, RandomTerm, SmoothTerm
from coldcarbon.stats.gamm.table import Codes, Table
from coldcarbon.stats.gamm.tensor import Margin, TensorProduct
from coldcarbon.stats.gamm.thin_plate import ThinPlate

__all__ = ["Design", "Parametric", "Random", "Smooth"]

BUILDERS: dict[str, Any] = {"tp": ThinPlate, "cr": CubicSpline, "cc": CyclicSpline, "ps": PSpline}
TENSOR_K = 5
Knots = Mapping[str, Sequence[float]]


@dataclass(frozen=True)
class Parametric:
    """Columns without penalty: intercept, covariates, factors in treatment contrasts.

    Attributes
    ----------
    intercept : bool
        Whether the first column is 1.
    terms : tuple of LinearTerm
        As in the formula.
    levels : dict of str to tuple
        Levels of each factor, the first being the reference.
    names : tuple of str
        Of the columns, as R writes them.
    """

    intercept: bool
    terms: tuple[LinearTerm, ...]
    levels: dict[str, tuple[Any, ...]]
    names: tuple[str, ...]

    @classmethod
    def of(cls, formula: Formula, data: Table) -> Parametric:
        """Read the linear terms of a formula.

        Parameters
        ----------
        formula : Formula
            Read.
        data : Table
            Of the fit.

        Returns
        -------
        Parametric
        """
        terms = tuple(term for term in formula.terms if isinstance(term, LinearTerm))
        singles = {term.parts[0] for term in terms if len(term.parts) == 1}
        levels: dict[str, tuple[Any, ...]] = {}
        for term in terms:
            for part in term.parts:
                if data.is_factor(part):
                    levels[part] = data.levels((part,))[1]
                _require_varying(part, data)
                if len(term.parts) > 1 and part not in singles:
                    raise ValueError(f"{term.label} needs {part} as a term of its own: write {'*'.join(term.parts)}")
        names = ["(Intercept)"] if formula.intercept else []
        full = _full_factor(formula.intercept, terms, levels)
        for term in terms:
            labels = [""]
            for part in term.parts:
                shown = [part]
                if part in levels:
                    kept = levels[part] if term.label == full else levels[part][1:]
                    shown = [f"{part}{level}" for level in kept]
                labels = [f"{one}:{other}" if one else other for other in shown for one in labels]
            names += labels
        return cls(formula.intercept, terms, levels, tuple(names))

    def columns(self, data: Table) -> Floats:
        """Columns at new values.

        Parameters
        ----------
        data : Table
            Holds the variables of the linear terms.

        Returns
        -------
        ndarray, shape (n, names)

        Raises
        ------
        ValueError
            If a factor has a level the fit has not seen.
        """
        found = [np.ones((len(data), 1))] if self.intercept else []
        full = _full_factor(self.intercept, self.terms, self.levels)
        parts: dict[str, Floats] = {}
        for term in self.terms:
            block = np.ones((len(data), 1))
            for part in term.parts:
                whole = term.label == full
                key = f"{part} whole" if whole else part
                if key not in parts:
                    parts[key] = self._part(part, data, whole=whole)
                block = (parts[key][:, :, None] * block[:, None, :]).reshape(len(data), -1)
            found.append(block)
        return np.hstack(found) if found else np.empty((len(data), 0))

    def _part(self, part: str, data: Table, *, whole: bool) -> Floats:
        if part not in self.levels:
            return data.numbers(part)[:, None]
        codes = data.codes((part,), self.levels[part])
        if (codes < 0).any():
            own, names = data.levels((part,))
            new = sorted({str(names[code]) for code in own[codes < 0]})
            raise ValueError(f"{part!r} has levels the fit has not seen: {', '.join(new)}")
        return np.eye(len(self.levels[part]))[codes][:, 0 if whole else 1 :]


def _full_factor(intercept: bool, terms: tuple[LinearTerm, ...], levels: Mapping[str, object]) -> str | None:
    """The factor that keeps all its levels because there is no intercept."""
    if intercept:
        return None
    return next((term.label for term in terms if term.label in levels), None)


def _require_varying(name: str, data: Table) -> None:
    if data.is_factor(name):
        constant = len(data.levels((name,))[1]) < 2
    else:
        column = data.numbers(name)
        constant = bool(column.min() == column.max())
    if constant:
        raise ValueError(f"{name!r} is constant: nothing can be estimated from it")


@dataclass(frozen=True)
class Smooth:
    """A smooth with its basis, its constraint and its penalties.

    Attributes
    ----------
    label : str
        ``s(x)``; with the level of a factor, ``s(x):treatmentB``.
    term : SmoothTerm
        As in the formula.
    level : object
        Level of the factor ``by`` it belongs to, None without.
    basis : Basis or TensorProduct
        Before the constraint.
    constraint : SumToZero or None
        None where the smooth is identifiable without.
    penalties : tuple of ndarray, each shape (p, p)
        After the constraint, divided by ``scales``.
    scales : tuple of float
        See `scale_of_penalty`.
    rank : int
        Of the sum of the penalties.
    eigenvalues : ndarray, shape (penalties, rank), or None
        Of the penalties of a tensor product in their common basis.
    """

    label: str
    term: SmoothTerm
    level: Any
    basis: Basis | TensorProduct
    constraint: SumToZero | None
    penalties: tuple[Floats, ...]
    scales: tuple[float, ...]
    rank: int
    eigenvalues: Floats | None

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return len(self.penalties[0])

    def columns(self, data: Table) -> Floats:
        """Columns at new values.

        Parameters
        ----------
        data : Table
            Holds the covariates and the variable ``by``.

        Returns
        -------
        ndarray, shape (n, size)
        """
        covariates = [_numeric(name, data) for name in self.term.covariates]
        values = self._at(covariates)
        if self.term.by is not None:
            if self.level is None:
                return values * data.numbers(self.term.by)[:, None]
            return values * (data.codes((self.term.by,), (self.level,)) == 0)[:, None]
        return values

    def _at(self, covariates: list[Floats]) -> Floats:
        # years and months repeat: the basis is computed once per distinct value
        if len(covariates) == 1 and len(covariates[0]) > 50:
            distinct, back = np.unique(covariates[0], return_inverse=True)
            if 2 * len(distinct) <= len(back):
                return self._constrained([distinct])[back]
        return self._constrained(covariates)

    def _constrained(self, covariates: list[Floats]) -> Floats:
        values = self.basis.evaluate(covariates)
        return values if self.constraint is None else self.constraint.columns(values)


def _numeric(name: str, data: Table) -> Floats:
    if data.is_factor(name):
        raise ValueError(f"{name!r} is not numeric: a smooth needs numbers; use re({name}) or {name} as a factor")
    return data.numbers(name)


def _smooths(term: SmoothTerm, data: Table, knots: Knots) -> list[tuple[Smooth, Floats]]:
    covariates = [_numeric(name, data) for name in term.covariates]
    for name in term.covariates:
        _require_varying(name, data)
    try:
        basis, values = _basis(term, covariates, knots)
    except ValueError as error:
        raise ValueError(f"{term.label}: {error}") from None
    factor = term.by is not None and data.is_factor(term.by)
    by = None if term.by is None or factor else data.numbers(term.by)
    free = term.kind == "ti" or (by is not None and bool(by.min() < by.max()))
    if isinstance(basis, TensorProduct):
        raw = basis.penalties()
        table = basis.eigenvalues()
    else:
        raw, table, rank = [basis.penalty], None, basis.rank
    scales = tuple(scale_of_penalty(values, penalty) for penalty in raw)
    constraint = None if free else SumToZero.of(values.mean(axis=0))
    if constraint is not None:
        values = constraint.columns(values)
        raw = [constraint.penalty(penalty) for penalty in raw]
    penalties = tuple((p + p.T) / (2 * scale) for p, scale in zip(raw, scales, strict=True))
    if table is not None:
        table = (table / np.array(scales)[:, None])[:, table.any(axis=0)]
        rank = table.shape[1]
    if term.by is not None and factor:
        codes, levels = data.levels((term.by,))
        return [
            (
                Smooth(f"{term.label}{level}", term, level, basis, constraint, penalties, scales, rank, table),
                values * (codes == number)[:, None],
            )
            for number, level in enumerate(levels)
        ]
    if by is not None:
        values = values * by[:, None]
    return [(Smooth(term.label, term, None, basis, constraint, penalties, scales, rank, table), values)]


def _basis(term: SmoothTerm, covariates: list[Floats], knots: Knots) -> tuple[Basis | TensorProduct, Floats]:
    """Basis of a term, and its columns at the data before the constraint."""
    if term.kind == "s":
        at = knots.get(term.covariates[0]) if len(covariates) == 1 else None
        if term.bases[0] == "tp":
            return ThinPlate.with_values(covariates, term.k[0], term.order, at)
        built: Basis = BUILDERS[term.bases[0]].build(covariates, term.k[0], term.order, at)
        distinct, back = np.unique(covariates[0], return_inverse=True)
        return built, built.evaluate([distinct])[back]
    margins = []
    for name, column, kind, k in zip(term.covariates, covariates, term.bases, term.k, strict=True):
        one = BUILDERS[kind].build([column], TENSOR_K if k is None else k, term.order, knots.get(name))
        margins.append(Margin.of(one, column, centred=term.kind == "ti"))
    product = TensorProduct(tuple(margins))
    return product, product.evaluate(covariates)


@dataclass(frozen=True)
class Random:
    """Random effects of one group.

    Attributes
    ----------
    term : RandomTerm
        As in the formula.
    levels : tuple
        Of the group, sorted.
    largest : ndarray, shape (columns,)
        Largest absolute value of each column: mgcv's penalties are scaled by its square.
    """

    term: RandomTerm
    levels: tuple[Any, ...]
    largest: Floats

    @property
    def size(self) -> int:
        """Number of coefficients."""
        return len(self.levels) * len(self.term.columns)

    def codes(self, data: Table) -> Codes:
        """Number of the level of each row, -1 for levels the fit has not seen.

        Parameters
        ----------
        data : Table
            Holds the group.

        Returns
        -------
        ndarray of int, shape (n,)
        """
        return data.codes(self.term.group, self.levels)

    def values(self, data: Table) -> Floats:
        """What the effects multiply.

        Parameters
        ----------
        data : Table
            Holds the columns.

        Returns
        -------
        ndarray, shape (n, columns)
        """
        found = [np.ones(len(data)) if name == "1" else _numeric(name, data) for name in self.term.columns]
        return np.column_stack(found)


@dataclass(frozen=True)
class Design:
    """Everything a fit needs.

    Attributes
    ----------
    formula : Formula
        Read.
    response : ndarray, shape (n,)
        In its own unit.
    parametric : Parametric
        Columns without penalty.
    smooths : tuple of Smooth
        In the order of the formula.
    randoms : tuple of Random
        In the order of the formula.
    dense : ndarray, shape (n, p)
        Columns of the parametric part and of all smooths.
    codes : tuple of ndarray of int, each shape (n,)
        Level of each row, per random term.
    values : tuple of ndarray, each shape (n, columns)
        What the random effects multiply, per random term.
    ranges : dict of str to (float, float)
        Smallest and largest value of each numeric column.
    """

    formula: Formula
    response: Floats
    parametric: Parametric
    smooths: tuple[Smooth, ...]
    randoms: tuple[Random, ...]
    dense: Floats
    codes: tuple[Codes, ...]
    values: tuple[Floats, ...]
    ranges: dict[str, tuple[float, float]]

    @classmethod
    def of(cls, text: str, data: pd.DataFrame, knots: Knots | None = None) -> Design:
        """Read a formula against data.

        Parameters
        ----------
        text : str
            The formula.
        data : pandas.DataFrame, shape (n, columns)
            Complete in the columns the formula names.
        knots : mapping of str to sequence of float, optional
            Knots by covariate.

        Returns
        -------
        Design

        Raises
        ------
        KeyError
            If a column is absent.
        ValueError
            If values are missing, a column is constant, a group has one level, or a basis does not fit.
        """
        formula = Formula.read(text)
        if data.columns.has_duplicates:
            raise ValueError("column names stand twice in the data: rename them")
        frame = Table(data, formula.columns)
        if len(frame) < 3:
            raise ValueError(f"{len(frame)} rows are too few")
        response = frame.numbers(formula.response)
        _require_varying(formula.response, frame)
        parametric = Parametric.of(formula, frame)
        knots = {} if knots is None else knots
        unknown = sorted(set(knots) - {c for t in formula.terms if isinstance(t, SmoothTerm) for c in t.covariates})
        if unknown:
            raise ValueError(f"knots are given for {', '.join(unknown)}, of which there is no smooth")
        built = [
            pair for term in formula.terms if isinstance(term, SmoothTerm) for pair in _smooths(term, frame, knots)
        ]
        randoms, codes, values = [], [], []
        for term in formula.terms:
            if not isinstance(term, RandomTerm):
                continue
            own, levels = frame.levels(term.group)
            if len(levels) < 2:
                raise ValueError(f"group {':'.join(term.group)!r} has 1 level; at least 2 are needed")
            if len(levels) == len(frame) and "1" in term.columns:
                raise ValueError(f"{term.label}: every row is a group of its own, so its variance is the residual's")
            random = Random(term, levels, np.ones(len(term.columns)))
            columns = random.values(frame)
            still = [n for n, c in zip(term.columns, columns.T, strict=True) if n != "1" and c.min() == c.max()]
            if still:
                raise ValueError(f"{term.label}: {still[0]!r} is constant: write re({':'.join(term.group)})")
            randoms.append(Random(term, levels, np.abs(columns).max(axis=0)))
            codes.append(own)
            values.append(columns)
        dense = np.hstack([parametric.columns(frame), *(matrix for _, matrix in built)])
        smooths = tuple(smooth for smooth, _ in built)
        return cls(
            formula,
            response,
            parametric,
            smooths,
            tuple(randoms),
            dense,
            tuple(codes),
            tuple(values),
            {name: (float(column.min()), float(column.max())) for name, column in frame.numeric_columns.items()},
        )
