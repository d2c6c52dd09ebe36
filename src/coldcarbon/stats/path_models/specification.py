"""From a model's text to its matrices: which parameters exist, which are free, which come from the sample.

The model is kept in the reticular action form of McArdle and McDonald (1984, doi:10.1111/j.2044-8317.1984.tb00802.x):
all variables, observed first, stand in one vector v = A v + u with cov(u) = S and mean(u) = m, so that

    cov(v) = B S B',  mean(v) = B m,  B = (I - A)^-1.

What a text leaves unsaid is filled in as lavaan's `sem` does it (Rosseel 2012, doi:10.18637/jss.v048.i02):
every variable has a free (residual) variance; the first indicator of a latent variable has loading 1; the only
indicator of a latent variable has no residual; exogenous latent variables covary; outcomes that cause nothing have
covarying residuals; observed exogenous variables covary freely among themselves and with no latent variable.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.path_models.expressions import linear_form, names_in
from coldcarbon.stats.path_models.syntax import Term, parse

__all__ = ["Parameter", "Specification", "specify"]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True)
class Parameter:
    """One entry of A, S or m.

    ``kind`` is "free", "fixed" (at ``value``) or "sample" (a moment of exogenous variables taken as it is);
    ``index`` counts free entries: those of A, then of S, then of m.
    """

    left: str
    operator: str
    right: str
    label: str
    kind: str
    value: float
    start: float
    matrix: str
    row: int
    column: int
    implied: bool
    index: int = -1

    @property
    def text(self) -> str:
        """As a reader would write it."""
        return f"{self.left} ~ 1" if self.operator == "~1" else f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True, eq=False)
class Specification:
    """A model with everything said; made by `specify`.

    ``theta`` denotes the free entries (length t); they are ``offset + spread @ phi`` with the free parameters ``phi``
    (length q, what is counted); ``spread`` is None where every entry is a parameter of its own.
    """

    text: str
    observed: tuple[str, ...]
    latent: tuple[str, ...]
    exogenous: tuple[str, ...]
    endogenous: tuple[str, ...]
    fixed_exogenous: bool
    mean_structure: bool
    randomised: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    defined: tuple[tuple[str, str], ...]
    a_rows: Integers
    a_columns: Integers
    s_rows: Integers
    s_columns: Integers
    m_rows: Integers
    base_a: Floats
    base_s: Floats
    base_m: Floats
    offset: Floats
    spread: Floats | None
    labels: dict[str, Parameter] = field(repr=False)

    @property
    def variables(self) -> tuple[str, ...]:
        """Observed, then latent."""
        return self.observed + self.latent

    @property
    def n_observed(self) -> int:
        """Number of observed variables."""
        return len(self.observed)

    @property
    def n_entries(self) -> int:
        """Number of free entries."""
        return len(self.offset)

    @property
    def n_free(self) -> int:
        """Number of free parameters."""
        return self.n_entries if self.spread is None else self.spread.shape[1]

    @property
    def exogenous_places(self) -> Integers:
        """Where the observed exogenous variables stand."""
        return np.array([self.observed.index(name) for name in self.exogenous], np.intp)

    @property
    def entries(self) -> tuple[Parameter, ...]:
        """Free entries in their order."""
        return tuple(sorted((p for p in self.parameters if p.kind == "free"), key=lambda p: p.index))

    @property
    def n_moments(self) -> int:
        """Sample moments that the model is held against: fixed exogenous ones do not count."""
        p, k = self.n_observed, len(self.exogenous) if self.fixed_exogenous else 0
        means = (p - k) if self.mean_structure else 0
        return p * (p + 1) // 2 - k * (k + 1) // 2 + means

    @property
    def degrees_of_freedom(self) -> int:
        """Moments less free parameters."""
        return self.n_moments - self.n_free

    def expand(self, phi: Floats) -> Floats:
        """Free entries from free parameters."""
        return phi if self.spread is None else self.offset + self.spread @ phi

    def reduce(self, theta: Floats) -> Floats:
        """Free parameters nearest to free entries."""
        if self.spread is None:
            return theta
        return np.asarray(np.linalg.lstsq(self.spread, theta - self.offset, rcond=None)[0], float)


class _Roles:
    """What each variable is in a model."""

    def __init__(self, terms: tuple[Term, ...]) -> None:
        self.latent = tuple(dict.fromkeys(t.left for t in terms if t.operator == "=~"))
        mentioned = dict.fromkeys(name for t in terms for name in (t.left, t.right) if name)
        self.observed = tuple(name for name in mentioned if name not in self.latent)
        self.indicators = [t.right for t in terms if t.operator == "=~"]
        dependent = dict.fromkeys(t.left for t in terms if t.operator == "~")
        predictors = dict.fromkeys(t.right for t in terms if t.operator == "~")
        self.endogenous = tuple(name for name in mentioned if name in dependent or name in self.indicators)
        self.outcomes = [n for n in dependent if n not in predictors and n not in self.indicators]
        named = {n for t in terms if t.operator in ("~~", "~1") for n in (t.left, t.right)}
        pure = [n for n in predictors if n in self.observed and n not in self.endogenous]
        self.exogenous = tuple(name for name in pure if name not in named)
        self.randomised = tuple(name for name in pure if name in named)
        self.exogenous_latent = [name for name in self.latent if name not in self.endogenous]


def _first_loadings_fixed(terms: tuple[Term, ...]) -> list[Term]:
    """Terms with the scale of each latent variable set by its first indicator unless the text sets that loading."""
    seen: set[str] = set()
    found = []
    for term in terms:
        if term.operator == "=~" and term.left not in seen:
            seen.add(term.left)
            if term.value is None and not term.free:
                term = Term(term.left, term.operator, term.right, term.label, 1.0)
        found.append(term)
    return found


def _implied(roles: _Roles, terms: list[Term], residual_covariances: bool, mean_structure: bool) -> list[Term]:
    """Terms that the text leaves unsaid, observed exogenous variables aside."""
    said = {frozenset((t.left, t.right)) for t in terms if t.operator == "~~"}
    loadings: dict[str, list[str]] = {name: [] for name in roles.latent}
    for term in terms:
        if term.operator == "=~":
            loadings[term.left].append(term.right)
    alone = {of[0] for of in loadings.values() if len(of) == 1 and roles.indicators.count(of[0]) == 1}
    found = [
        Term(name, "~~", name, value=0.0 if name in alone else None)
        for name in roles.observed + roles.latent
        if name not in roles.exogenous and frozenset((name,)) not in said
    ]
    pairs = list(combinations(roles.exogenous_latent, 2))
    if residual_covariances:
        ordered = [n for n in roles.latent if n in roles.outcomes] + [n for n in roles.outcomes if n in roles.observed]
        pairs += combinations(ordered, 2)
    found += [Term(a, "~~", b) for a, b in pairs if frozenset((a, b)) not in said]
    if mean_structure:
        with_intercept = {t.left for t in terms if t.operator == "~1"}
        found += [Term(n, "~1", "") for n in roles.observed if n not in with_intercept and n not in roles.exogenous] + [
            Term(n, "~1", "", value=0.0) for n in roles.latent if n not in with_intercept
        ]
    return found


def _entry(term: Term, places: dict[str, int], implied: bool, kind: str = "") -> Parameter:
    left = places[term.left]
    right = places[term.right] if term.right else -1
    match term.operator:
        case "=~":
            matrix, row, column = "A", right, left
        case "~":
            matrix, row, column = "A", left, right
        case "~~":
            matrix, row, column = "S", left, right
        case _:
            matrix, row, column = "m", left, -1
    return Parameter(
        term.left,
        term.operator,
        term.right,
        term.label,
        kind or ("free" if term.value is None else "fixed"),
        np.nan if term.value is None else term.value,
        np.nan if term.start is None else term.start,
        matrix,
        row,
        column,
        implied,
    )


def _with_fixed_labels(parameters: list[Parameter]) -> list[Parameter]:
    """Where one parameter of a label is fixed, all of that label are."""
    values: dict[str, float] = {}
    for p in parameters:
        if p.label and p.kind == "fixed" and values.setdefault(p.label, p.value) != p.value:
            raise ValueError(f"label {p.label!r} is fixed at {values[p.label]} and at {p.value}")
    return [
        Parameter(**{**p.__dict__, "kind": "fixed", "value": values[p.label]}) if p.label in values else p
        for p in parameters
    ]


def _numbered(parameters: list[Parameter]) -> list[Parameter]:
    free = sorted((p for p in parameters if p.kind == "free"), key=lambda p: "ASm".index(p.matrix))
    index = {id(p): place for place, p in enumerate(free)}
    return [Parameter(**{**p.__dict__, "index": index.get(id(p), -1)}) for p in parameters]


def _reduction(
    entries: list[Parameter], labels: dict[str, Parameter], constraints: tuple[tuple[str, str], ...]
) -> tuple[Floats, Floats | None]:
    """``offset`` and ``spread`` so that entries with one label are equal and linear constraints hold."""
    groups: dict[str | int, int] = {}
    column = [groups.setdefault(p.label or p.index, len(groups)) for p in entries]
    if len(groups) == len(entries) and not constraints:
        return np.zeros(len(entries)), None
    equal = np.zeros((len(entries), len(groups)))
    equal[np.arange(len(entries)), column] = 1.0
    if not constraints:
        return np.zeros(len(entries)), equal
    names = tuple(labels)
    for left, right in constraints:
        unknown = (names_in(left) | names_in(right)) - set(names)
        if unknown:
            raise ValueError(f"{left} == {right}: {', '.join(sorted(unknown))} is no label of the model")
    rows, constants = [], []
    for left, right in constraints:
        coefficients, constant = linear_form(left, right, names)
        row = np.zeros(len(groups))
        for name, coefficient in zip(names, coefficients, strict=True):
            if labels[name].kind == "free":
                row[groups[name]] += coefficient
            else:
                constant += coefficient * labels[name].value
        rows.append(row)
        constants.append(constant)
    matrix, right_side = np.array(rows), -np.array(constants)
    particular = np.linalg.lstsq(matrix, right_side, rcond=None)[0]
    if not np.allclose(matrix @ particular, right_side, atol=1e-10):
        raise ValueError("the constraints contradict each other")
    _, singular, vectors = np.linalg.svd(matrix)
    rank = int((singular > 1e-10 * singular.max(initial=1.0)).sum())
    return equal @ particular, equal @ vectors[rank:].T


@lru_cache(maxsize=128)
def specify(
    text: str,
    fixed_exogenous: bool = True,
    mean_structure: bool = False,
    residual_covariances: bool = True,
) -> Specification:
    """Say everything that a model's text leaves unsaid, and number its parameters.

    Parameters
    ----------
    text : str
        Model as in `parse`.
    fixed_exogenous : bool
        Whether variances, covariances and means of observed exogenous variables are taken from the sample (and not
        counted) or are free parameters.
    mean_structure : bool
        Whether means are modelled; so they are where the text has an intercept.
    residual_covariances : bool
        Whether outcomes that cause nothing get covarying residuals.

    Returns
    -------
    Specification
        Kept for the next call with the same arguments.

    Raises
    ------
    ValueError
        For a model that contradicts itself or has nothing to estimate.
    """
    model = parse(text)
    mean_structure = mean_structure or any(t.operator == "~1" for t in model.terms)
    roles = _Roles(model.terms)
    if not roles.observed:
        raise ValueError("the model has no observed variable")
    places = {name: place for place, name in enumerate(roles.observed + roles.latent)}
    terms = _first_loadings_fixed(model.terms)
    parameters = [_entry(term, places, implied=False) for term in terms]
    parameters += [
        _entry(t, places, implied=True) for t in _implied(roles, terms, residual_covariances, mean_structure)
    ]
    kind = "sample" if fixed_exogenous else "free"
    block = [(a, b) for i, a in enumerate(roles.exogenous) for b in roles.exogenous[i:]]
    parameters += [_entry(Term(a, "~~", b), places, implied=True, kind=kind) for a, b in block]
    if mean_structure:
        parameters += [_entry(Term(n, "~1", ""), places, implied=True, kind=kind) for n in roles.exogenous]
    parameters = _numbered(_with_fixed_labels(parameters))
    labels: dict[str, Parameter] = {}
    for p in parameters:
        if p.label:
            labels.setdefault(p.label, p)
    for name, expression in model.defined:
        if name in labels:
            raise ValueError(f"{name!r} is a label and a defined parameter")
        earlier = {other for other, _ in model.defined[: [n for n, _ in model.defined].index(name)]}
        unknown = names_in(expression) - set(labels) - earlier
        if unknown:
            raise ValueError(f"{name} := {expression}: {', '.join(sorted(unknown))} is no label of the model")
    size = len(places)
    base_a, base_s, base_m = np.zeros((size, size)), np.zeros((size, size)), np.zeros(size)
    for p in parameters:
        if p.kind == "fixed" and p.matrix == "A":
            base_a[p.row, p.column] = p.value
        elif p.kind == "fixed" and p.matrix == "S":
            base_s[p.row, p.column] = base_s[p.column, p.row] = p.value
        elif p.kind == "fixed":
            base_m[p.row] = p.value
    entries = sorted((p for p in parameters if p.kind == "free"), key=lambda p: p.index)
    if not entries:
        raise ValueError("the model has no free parameter")

    def where(matrix: str, axis: str) -> Integers:
        return np.array([getattr(p, axis) for p in entries if p.matrix == matrix], np.intp)

    offset, spread = _reduction(entries, labels, model.constraints)
    return Specification(
        text=text,
        observed=roles.observed,
        latent=roles.latent,
        exogenous=roles.exogenous,
        endogenous=roles.endogenous,
        fixed_exogenous=fixed_exogenous,
        mean_structure=mean_structure,
        randomised=roles.randomised,
        parameters=tuple(parameters),
        defined=model.defined,
        a_rows=where("A", "row"),
        a_columns=where("A", "column"),
        s_rows=where("S", "row"),
        s_columns=where("S", "column"),
        m_rows=where("m", "row"),
        base_a=base_a,
        base_s=base_s,
        base_m=base_m,
        offset=offset,
        spread=spread,
        labels=labels,
    )
