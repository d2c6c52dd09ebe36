"""Formulas as lme4 reads them: "y ~ x * g + (x | site) + (1 | plot/tree)".

The fixed side and the left of each bar are formulaic's (treatment contrasts, `*`, `:`, `I(x**2)`, `log(x)`,
`scale(x)`, `poly(x, 2)`, `C(g, contr.sum)`); the bars are read here. A plain sum of numeric columns is taken from the
data frame at once, without formulaic.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.stats.inputs import complete_columns
from coldcarbon.stats.mixed.factors import Floats

__all__ = ["Bar", "Side", "grouping", "parse", "read_side"]

_NAME = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True)
class Bar:
    """One random term: the columns on the left of the bar, the grouping columns on its right."""

    left: str
    group: tuple[str, ...]

    @property
    def group_name(self) -> str:
        """The grouping factor, for example "cask:batch"."""
        return ":".join(self.group)

    def __str__(self) -> str:
        return f"({self.left} | {self.group_name})"


@dataclass(frozen=True)
class Side:
    """Columns of one side of a formula, able to make them again for new rows.

    Attributes
    ----------
    names : tuple of str
        Column names; the intercept is "Intercept".
    terms : dict of str to list of int
        Columns of each term, the intercept left out.
    variables : tuple of str
        Columns of the data it reads.
    levels : dict of str to frozenset
        Values met in columns that are not numbers.
    """

    text: str
    names: tuple[str, ...]
    terms: dict[str, list[int]]
    variables: tuple[str, ...]
    levels: dict[str, frozenset[Any]] = field(repr=False)
    specification: Any = field(repr=False, default=None)

    def matrix(self, data: pd.DataFrame) -> Floats:
        """The columns for other rows, shape (n, columns).

        Raises
        ------
        ValueError
            If a level was not met when the model was fitted.
        """
        chosen = _checked(data, self.variables)
        for name, known in self.levels.items():
            strange = [value for value in chosen[name].unique() if value not in known]
            if strange:
                raise ValueError(f"column {name!r} holds {strange[:5]}, which the fit has not seen")
        if self.specification is None:
            return _plain_columns(self.names, chosen, len(data))
        made = self.specification.get_model_matrix(chosen)
        return np.asarray(made, dtype=float)


def parse(formula: str) -> tuple[str, str, list[Bar]]:
    """Response, fixed side and random terms of a formula.

    Parameters
    ----------
    formula : str
        For example "y ~ x + (x | g)".

    Returns
    -------
    response : str
        Left of the tilde.
    fixed : str
        Right of the tilde without the random terms, "1" if nothing is left.
    bars : list of Bar
        Random terms, with "/" and "||" written out.

    Raises
    ------
    ValueError
        If the formula has no response, no random term, or a bar that cannot be read.
    """
    if formula.count("~") != 1:
        raise ValueError(f"{formula!r} needs one ~ between response and predictors")
    response, right = (part.strip() for part in formula.split("~"))
    if not response:
        raise ValueError(f"{formula!r} names no response on the left of ~")
    right = right.replace("^", "**")
    fixed, bars, start, depth = [], [], 0, 0
    position = 0
    while position < len(right):
        if right[position] == "(":
            before = right[start:position].rstrip()
            end = _closing(right, position, formula)
            inside = right[position + 1 : end]
            if depth == 0 and (not before or before[-1] in "+-~") and _bar_in(inside):
                if before.endswith("-"):
                    raise ValueError(f"random term ({inside}) cannot be subtracted")
                fixed.append(before.removesuffix("+"))
                bars.extend(_read_bar(inside))
                start = end + 1
            position = end
        position += 1
    fixed.append(right[start:])
    joined = " + ".join(part for piece in fixed if (part := piece.strip().removeprefix("+").strip()))
    if "|" in joined:
        raise ValueError(f"a random term needs parentheses of its own: (1 | group), in {formula!r}")
    if not bars:
        raise ValueError(f"{formula!r} has no random term such as (1 | group); a linear model needs none of this")
    if re.search(r"\boffset\s*\(", joined):
        raise ValueError("offset() is not read: subtract the offset from the response first")
    return response, joined or "1", bars


def _closing(text: str, start: int, formula: str) -> int:
    depth = 0
    for position in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[position], 0)
        if depth == 0:
            return position
    raise ValueError(f"a parenthesis is not closed in {formula!r}")


def _bar_in(text: str) -> bool:
    depth = 0
    for character in text:
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "|" and depth == 0:
            return True
    return False


def _read_bar(inside: str) -> list[Bar]:
    match = re.fullmatch(r"([^|]*)(\|\|?)([^|]*)", inside)
    if match is None:
        raise ValueError(f"({inside}) has more than one bar")
    left, bar, right = (part.strip() for part in match.groups())
    if not left or not right:
        raise ValueError(f"({inside}) needs columns on the left and a group on the right, as in (1 | group)")
    groups = _read_groups(right, inside)
    lefts = [left] if bar == "|" else _apart(left)
    return [Bar(one, group) for group in groups for one in lefts]


def _read_groups(text: str, inside: str) -> list[tuple[str, ...]]:
    if "/" in text and not re.search(r"[()+*-]", text):
        parts = [tuple(name.strip() for name in part.split(":")) for part in text.split("/")]
        groups = [sum(reversed(parts[: number + 1]), ()) for number in range(len(parts))]  # b:a, as lme4 names it
    else:
        groups = [tuple(name.strip() for name in text.split(":"))]
    for group in groups:
        for name in group:
            if not re.fullmatch(r"[^\W\d][\w.]*|`[^`]+`", name):
                raise ValueError(f"group {text!r} of ({inside}) must be a column, a:b or a/b")
    return [tuple(name.strip("`") for name in group) for group in groups]


def _apart(left: str) -> list[str]:
    """Uncorrelated terms of "x || g", each with an intercept of its own only where it is the intercept."""
    plain = _plain_terms(left)
    if plain is not None:
        intercept, names = plain
    else:
        terms = [str(term) for term in formulaic().Formula(left)]
        intercept, names = "1" in terms, [term for term in terms if term != "1"]
    return (["1"] if intercept else []) + [f"0 + {name}" for name in names]


def _plain_terms(text: str) -> tuple[bool, list[str]] | None:
    """Intercept and names of a plain sum, None if it is more than that."""
    intercept, names = True, []
    for sign, word in re.findall(r"(^|[+-])\s*([^+-]*)", text.strip()):
        term = word.strip()
        if term in ("0", "1"):
            intercept = (term == "1") != (sign == "-")
        elif sign == "-" or not _NAME.fullmatch(term):
            return None
        elif term not in names:
            names.append(term)
    return intercept, names


def _plain_columns(names: Sequence[str], data: pd.DataFrame, rows: int) -> Floats:
    columns = [np.ones(rows) if name == "Intercept" else data[name].to_numpy(dtype=float) for name in names]
    return np.column_stack(columns) if columns else np.empty((rows, 0))


def read_side(text: str, data: pd.DataFrame) -> tuple[Side, Floats]:
    """One side of a formula, and its columns.

    Parameters
    ----------
    text : str
        For example "x * g" or "0 + x"; an intercept is understood.
    data : pandas.DataFrame, shape (n, columns)
        Rows.

    Returns
    -------
    side : Side
        Names, terms and what is needed for other rows.
    matrix : numpy.ndarray, shape (n, p)
        The columns.

    Raises
    ------
    KeyError
        If a column is absent.
    ValueError
        If values are missing, a factor has one level, or an expression gives what is not a number.
    """
    plain = _plain_terms(text)
    if plain is not None and all(name in data.columns and _is_number(data[name]) for name in plain[1]):
        intercept, names = plain
        chosen = _checked(data, names)
        full = ("Intercept", *names) if intercept else tuple(names)
        terms = {name: [full.index(name)] for name in names}
        side = Side(text, full, terms, tuple(names), {})
        return side, _plain_columns(full, chosen, len(data))
    return _by_formulaic(text, data)


def _checked(data: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """The named columns without a missing value; `complete_columns` words the refusal."""
    for name in names:
        if name not in data.columns:
            break
        column = data[name]
        if column.dtype.kind in "iub":
            continue
        good = np.isfinite(column.to_numpy()).all() if column.dtype.kind == "f" else not column.isna().any()
        if not good:
            break
    else:
        return data
    return complete_columns(data, names)


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column))


def formulaic() -> Any:
    """The library of that name, which takes half a second to import and is not needed for plain sums of numbers."""
    import formulaic as library

    return library


def _by_formulaic(text: str, data: pd.DataFrame) -> tuple[Side, Floats]:
    library = formulaic()
    failed: type[Exception] = library.errors.FormulaicError

    text = re.sub(r"\bfactor\(", "C(", text)
    try:
        parsed = library.Formula(text)
        variables = tuple(sorted({*map(str, parsed.required_variables), *_names_within(parsed, data)}))
    except failed as error:
        raise ValueError(f"{text!r} cannot be read as a formula: {error}") from error
    chosen = _checked(data, variables)[list(variables)]
    levels = {}
    for name in variables:
        if not _is_number(chosen[name]):
            levels[name] = frozenset(chosen[name].unique())
            if len(levels[name]) < 2:
                raise ValueError(f"{name!r} is constant: nothing can be estimated from it")
            if isinstance(chosen[name].dtype, pd.CategoricalDtype):
                chosen = chosen.assign(**{name: chosen[name].cat.remove_unused_categories()})
    try:
        made = parsed.get_model_matrix(chosen)
    except failed as error:
        raise ValueError(f"{text!r} cannot be computed from the data: {error}") from error
    matrix = np.asarray(made, dtype=float)
    names = tuple(str(name) for name in made.columns)
    bad = [name for name, good in zip(names, np.isfinite(matrix).all(axis=0), strict=True) if not good]
    if bad:
        raise ValueError(f"{', '.join(map(repr, bad))} is missing or infinite in some rows: look at its argument")
    specification = made.model_spec
    terms = {
        str(term): list(range(place.start, place.stop))
        for term, place in specification.term_slices.items()
        if str(term) != "1"
    }
    return Side(text, names, terms, variables, levels, specification), matrix


def _names_within(parsed: Iterable[Any], data: pd.DataFrame) -> set[str]:
    """Columns named within calls; formulaic lists those of its own transforms only after it has computed them."""
    expressions = {str(factor.expr) for term in parsed for factor in term.factors}
    words = {word for expression in expressions for word in _NAME.findall(expression)}
    return words & set(data.columns)


def grouping(group: tuple[str, ...], data: pd.DataFrame) -> tuple[NDArray[np.intp], pd.Index]:
    """Codes and labels of a grouping factor; labels of a:b are written "a:b".

    Parameters
    ----------
    group : tuple of str
        Columns whose combinations are the levels.
    data : pandas.DataFrame
        Rows.

    Returns
    -------
    codes : numpy.ndarray of int, shape (n,)
        Level of each row.
    labels : pandas.Index
        Levels met, sorted.
    """
    chosen = _checked(data, group)
    parts = []
    for name in group:
        column = chosen[name]
        text = column.dtype == "str"  # strings are sorted faster as plain objects
        codes, labels = pd.factorize(column.to_numpy(object) if text else column, sort=True)
        parts.append((codes, pd.Index(labels)))
    if len(parts) == 1:
        return parts[0][0].astype(np.intp), parts[0][1]
    joined = np.zeros(len(chosen), dtype=np.intp)
    for codes, labels in parts:
        joined = joined * len(labels) + codes
    met, codes = np.unique(joined, return_inverse=True)
    words = [""] * len(met)
    rest = met
    for _, labels in reversed(parts):
        rest, here = np.divmod(rest, len(labels))
        words = [
            f"{labels[number]}:{word}" if word else f"{labels[number]}"
            for number, word in zip(here, words, strict=True)
        ]
    return codes.astype(np.intp), pd.Index(words)
