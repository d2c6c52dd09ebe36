"""From formula and data to a system of equations in well-scaled columns.

Fixed columns are turned to orthogonal ones (QR), the response is replaced by its least-squares residuals over their
root mean square, and the columns of each random term are turned to orthogonal ones of unit mean square. The optimum
does not depend on any of this, and its digits no longer depend on units and origins (a year as 2003, say).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import linalg

from coldcarbon.stats.mixed.criterion import Criterion, Point
from coldcarbon.stats.mixed.crossed import Crossed
from coldcarbon.stats.mixed.dense import Dense
from coldcarbon.stats.mixed.factors import Factor, Floats, System
from coldcarbon.stats.mixed.formula import Bar, Side, grouping, parse, read_side
from coldcarbon.stats.mixed.grouped import Grouped

__all__ = ["Model", "Term", "build"]

DENSE_UP_TO = 160  # random coefficients in all up to which dense matrices are the fastest
RANK = 1e-9  # relative size below which an orthogonal column is rounding


@dataclass(frozen=True)
class Term:
    """One random term.

    Attributes
    ----------
    bar : Bar
        As written.
    side : Side
        Its columns.
    columns : numpy.ndarray, shape (n, q)
        Their values.
    turn : numpy.ndarray, shape (q, q)
        Upper triangular; columns = orthogonal columns @ turn.
    factor : int
        Number of its grouping factor.
    place : slice
        Its columns among those of the factor.
    """

    bar: Bar
    side: Side
    columns: Floats = field(repr=False)
    turn: Floats = field(repr=False)
    factor: int
    place: slice


@dataclass(frozen=True)
class Model:
    """Everything about a model that does not depend on theta."""

    formula: str
    response_name: str
    fixed: Side
    terms: tuple[Term, ...]
    groups: tuple[str, ...]
    codes: tuple[NDArray[np.intp], ...] = field(repr=False)
    labels: tuple[pd.Index, ...] = field(repr=False)
    response: Floats = field(repr=False)
    columns: Floats = field(repr=False)
    turn: Floats = field(repr=False)
    least_squares: Floats = field(repr=False)
    scale: float
    index: pd.Index = field(repr=False)
    system: System = field(repr=False)
    patterns: tuple[NDArray[np.bool_], ...] = field(repr=False)
    frame: pd.DataFrame = field(repr=False)  # columns the fixed effects read

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.response)

    @property
    def right(self) -> Floats:
        """Fixed columns and response as the system holds them, shape (n, p + 1)."""
        residuals = (self.response - self.columns @ self.least_squares) / self.scale
        solved = linalg.solve_triangular(self.turn, self.columns.T, trans=1).T if self.p else self.columns
        return np.column_stack([solved, residuals])

    def with_intercept_alone(self, number: int) -> tuple[System, list[NDArray[np.bool_]]]:
        """System and patterns of the model whose term of this number is an intercept and nothing else."""
        target = self.terms[number]
        factors, patterns = [], []
        for factor, (codes, labels) in enumerate(zip(self.codes, self.labels, strict=True)):
            pieces, blocks = [], []
            for term in self.terms:
                if term.factor != factor:
                    continue
                columns = term.columns @ np.linalg.inv(term.turn)
                pieces.append(np.ones((self.n, 1)) if term is target else columns)
                blocks.append(np.tri(pieces[-1].shape[1], dtype=bool))
            factors.append(Factor(codes, len(labels), np.concatenate(pieces, axis=1)))
            patterns.append(np.asarray(linalg.block_diag(*blocks), dtype=bool))
        return system_of(factors, self.right), patterns

    @property
    def p(self) -> int:
        """Fixed effects."""
        return int(self.columns.shape[1])

    def criterion(self, reml: bool) -> Criterion:
        """The deviance in scaled columns."""
        return Criterion(self.system, self.patterns, self.n, self.p, reml)

    def deviance(self, point: Point, reml: bool) -> float:
        """Deviance (-2 log likelihood) in the units of the data at a point of the REML or ML criterion."""
        degrees = self.n - self.p if reml else self.n
        value = point.state.log_determinant + degrees * (1.0 + np.log(2.0 * np.pi * point.squares / degrees))
        value += 2.0 * degrees * np.log(self.scale)
        if reml:
            value += 2.0 * float(np.log(np.diag(point.triangle)).sum() + np.log(np.abs(np.diag(self.turn))).sum())
        return float(value)

    def coefficients(self, point: Point) -> Floats:
        """Fixed effects in the units of the data."""
        solved = linalg.solve_triangular(self.turn, point.estimates, check_finite=False) if self.p else point.estimates
        return np.asarray(self.least_squares + self.scale * solved)

    def unturn(self, thin: Floats) -> Floats:
        """Turn^-1 thin, for covariances of fixed effects in the units of the data."""
        return np.asarray(linalg.solve_triangular(self.turn, thin, check_finite=False)) if self.p else thin

    def root(self, term: Term, roots: Sequence[Floats]) -> Floats:
        """Lower triangular root of a term's relative covariance, diagonal not negative, as lme4 writes theta."""
        inner = roots[term.factor][term.place, term.place]
        return lower_root(np.asarray(linalg.solve_triangular(term.turn, inner, check_finite=False)))


def lower_root(root: Floats) -> Floats:
    """Lower triangular L with a diagonal that is not negative and L L' = root root'."""
    triangle = np.asarray(np.linalg.qr(root.T, mode="r")).T
    signs = np.where(np.diag(triangle) < 0, -1.0, 1.0)
    return np.asarray(np.tril(triangle * signs) + 0.0)


def _orthogonal(columns: Floats, names: Sequence[str], where: str) -> tuple[Floats, Floats]:
    """Orthogonal columns of unit mean square and the upper triangle that gives the columns back."""
    rows, width = columns.shape
    if width == 0:
        return columns, np.zeros((0, 0))
    norms = np.sqrt((columns**2).sum(axis=0))
    empty = [name for name, norm in zip(names, norms, strict=True) if norm == 0.0]
    if empty:
        raise ValueError(f"{', '.join(map(repr, empty))} is zero in every row of {where}: leave it out")
    basis, triangle = np.linalg.qr(columns / norms)
    loose = np.abs(np.diag(triangle)) < RANK if width <= rows else np.ones(width, dtype=bool)
    if loose.any():
        bound = [name for name, dependent in zip(names, loose, strict=True) if dependent]
        raise ValueError(
            f"{', '.join(map(repr, bound))} in {where} is constant or a sum of multiples of the columns before it "
            f"({', '.join(map(str, names))}): leave one of them out"
        )
    root = np.sqrt(rows)
    return basis * root, triangle * norms / root


def build(formula: str, data: pd.DataFrame) -> Model:
    """Read formula and data, refuse what cannot be fitted, and sum the rows.

    Parameters
    ----------
    formula : str
        As lme4 writes it.
    data : pandas.DataFrame, shape (n, columns)
        One row per observation.

    Returns
    -------
    Model
        Ready to be minimised.

    Raises
    ------
    KeyError
        If columns are absent.
    ValueError
        If values are missing, columns are constant or collinear, a group has one level or as many as rows, or a term
        has as many coefficients as there are rows.
    """
    response_text, fixed_text, bars = parse(formula)
    if not data.columns.is_unique:
        repeated = list(data.columns[data.columns.duplicated()].unique())
        raise ValueError(f"columns {repeated} stand more than once in the data: give each a name of its own")
    if len(set(bars)) < len(bars):
        raise ValueError(f"a random term stands twice in {formula!r}")
    n = len(data)
    if n < 3:
        raise ValueError(f"{n} rows are too few for a mixed model")
    _, response = read_side(f"0 + {response_text}", data)
    if response.shape[1] != 1:
        raise ValueError(f"response {response_text!r} must be one column of numbers")
    y = np.ascontiguousarray(response[:, 0])
    if np.ptp(y) == 0.0:
        raise ValueError(f"{response_text!r} is constant: nothing can be estimated from it")
    fixed, columns = read_side(fixed_text, data)
    _refuse_constant(fixed, columns)
    if columns.shape[1] >= n:
        raise ValueError(f"{columns.shape[1]} fixed effects need more than {n} rows")
    orthogonal, turn = _orthogonal(columns, fixed.names, "the fixed effects")
    projected = orthogonal.T @ y / n
    residuals = y - orthogonal @ projected
    residuals -= orthogonal @ (orthogonal.T @ residuals / n)
    least_squares = linalg.solve_triangular(turn, projected) if len(turn) else projected
    scale = float(np.sqrt(np.mean(residuals**2)))
    if scale <= 1e-12 * float(np.sqrt(np.mean(y**2))):
        raise ValueError(f"the fixed effects give {response_text!r} exactly: no variance is left to share out")
    terms, groups, codes, labels, factors, patterns = _random_terms(bars, data)
    right = np.column_stack([orthogonal, residuals / scale])
    return Model(
        formula=formula,
        response_name=response_text,
        fixed=fixed,
        terms=tuple(terms),
        groups=tuple(groups),
        codes=tuple(codes),
        labels=tuple(labels),
        response=y,
        columns=columns,
        turn=turn,
        least_squares=least_squares,
        scale=scale,
        index=data.index,
        system=system_of(factors, right),
        patterns=tuple(patterns),
        frame=data[list(fixed.variables)],
    )


def _refuse_constant(side: Side, columns: Floats) -> None:
    flat = [name for name, spread in zip(side.names, np.ptp(columns, axis=0), strict=True) if spread == 0.0]
    wrong = [name for name in flat if name != "Intercept"]
    if wrong and "Intercept" in side.names:
        raise ValueError(f"{', '.join(map(repr, wrong))} is constant: nothing can be estimated from it")


def system_of(factors: Sequence[Factor], right: Floats, kind: str = "") -> System:
    """The system that is fastest for these factors, or the one of a kind ("grouped", "dense", "crossed")."""
    if not kind:
        small = sum(factor.size for factor in factors) <= DENSE_UP_TO
        kind = "grouped" if len(factors) == 1 else "dense" if small else "crossed"
    if kind == "grouped":
        return Grouped(factors[0], right)
    return Dense(factors, right) if kind == "dense" else Crossed(factors, right)


def _random_terms(
    bars: Sequence[Bar], data: pd.DataFrame
) -> tuple[list[Term], list[str], list[NDArray[np.intp]], list[pd.Index], list[Factor], list[NDArray[np.bool_]]]:
    n = len(data)
    groups = list(dict.fromkeys(bar.group_name for bar in bars))
    codes, labels = [], []
    for name in groups:
        group = next(bar.group for bar in bars if bar.group_name == name)
        code, label = grouping(group, data)
        if len(label) < 2:
            raise ValueError(f"group {name!r} has {len(label)} level; at least 2 are needed")
        if len(label) >= n:
            raise ValueError(
                f"group {name!r} has as many levels ({len(label)}) as there are rows: its variance cannot be told "
                "from that of the residuals"
            )
        codes.append(code)
        labels.append(label)
    for first, second in [(i, j) for i in range(len(groups)) for j in range(i)]:
        same = len(labels[first]) == len(labels[second]) == len(np.unique(codes[first] * n + codes[second]))
        if same:
            raise ValueError(f"groups {groups[second]!r} and {groups[first]!r} part the rows alike: leave one out")
    pieces: list[list[Floats]] = [[] for _ in groups]
    widths: list[list[int]] = [[0] for _ in groups]
    held: list[set[str]] = [set() for _ in groups]
    terms = []
    for bar in bars:
        factor = groups.index(bar.group_name)
        side, columns = read_side(bar.left, data)
        twice = held[factor] & set(side.names)
        if twice:
            raise ValueError(
                f"{sorted(twice)} varies twice over {bar.group_name!r}: write (0 + x | group) or (x || group)"
            )
        held[factor] |= set(side.names)
        if not side.names:
            raise ValueError(f"{bar} has no columns")
        size = columns.shape[1] * len(labels[factor])
        if size >= n:
            raise ValueError(
                f"{bar} has {size} random coefficients for {n} rows: its variances cannot be told from that of the "
                "residuals"
            )
        orthogonal, turn = _orthogonal(columns, side.names, str(bar))
        pieces[factor].append(orthogonal)
        start = widths[factor][-1]
        widths[factor].append(start + columns.shape[1])
        terms.append(Term(bar, side, columns, turn, factor, slice(start, start + columns.shape[1])))
    factors = [
        Factor(code, len(label), np.ascontiguousarray(np.concatenate(piece, axis=1)))
        for code, label, piece in zip(codes, labels, pieces, strict=True)
    ]
    patterns = []
    for ends in widths:
        pattern = np.zeros((ends[-1], ends[-1]), dtype=bool)
        for start, stop in pairwise(ends):
            pattern[start:stop, start:stop] = np.tri(stop - start, dtype=bool)
        patterns.append(pattern)
    return terms, groups, codes, labels, factors, patterns
