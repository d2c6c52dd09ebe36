"""Models as text, as semopy and lavaan write them, read into terms.

``y ~ a*x + z`` regression, ``f =~ x1 + x2`` latent variable and its indicators, ``x ~~ y`` (residual) covariance,
``y ~ 1`` intercept, ``ind := a*b`` defined parameter, ``a == 2*b`` linear constraint. Before a variable and ``*``: a
label (equal labels, equal parameters), a number (fixed), ``NA`` (free), ``start(0.5)``. Statements end at the line or
at ``;``; ``#`` and ``!`` begin comments; a line without operator continues the one before.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

__all__ = ["ModelText", "Term", "parse"]

NAME = re.compile(r"[^\W\d][\w.]*|\.[\w.]+")
OPERATOR = re.compile(r":=|==|=~|~\*~|<~|~~|~|<|>|\|")
CALL = re.compile(r"(start|label|equal)\(\s*(.+?)\s*\)$")
SEMOPY_COMMAND = re.compile(r"\b(DEFINE|START|BOUND|CONSTRAINT|RF|NOTE)\s*\(")
REFUSED = {
    "~*~": "scaling factors of ordered variables",
    "<~": "formative variables",
    "|": "thresholds of ordered variables",
    "<": "inequality constraints",
    ">": "inequality constraints",
}


@dataclass(frozen=True)
class Term:
    """One parameter as written: ``left operator right`` with what stood before the variable.

    ``operator`` is one of ``~``, ``=~``, ``~~`` and ``~1`` (intercept, ``right`` empty).
    """

    left: str
    operator: str
    right: str
    label: str = ""
    value: float | None = None
    start: float | None = None
    free: bool = False

    @property
    def text(self) -> str:
        """As a reader would write it."""
        return f"{self.left} ~ 1" if self.operator == "~1" else f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True)
class ModelText:
    """What a model's text says, nothing added: terms, defined parameters, constraints (left, right)."""

    terms: tuple[Term, ...]
    defined: tuple[tuple[str, str], ...]
    constraints: tuple[tuple[str, str], ...]


def _statements(text: str) -> list[str]:
    """Statements of a model, comments gone, continued lines joined."""
    found: list[str] = []
    for line in re.sub(r"[#!][^\n]*", "", text).replace(";", "\n").splitlines():
        part = line.strip()
        if not part:
            continue
        continues = found and (
            not OPERATOR.search(part) or part[0] in "+*~=" or found[-1].endswith(("+", "*", "~", ":=", "==", ","))
        )
        if continues:
            found[-1] += " " + part
        else:
            found.append(part)
    return found


def _split(text: str, mark: str) -> list[str]:
    """Split at a mark outside parentheses; a sign within a number (1e+3) is none."""
    parts, depth, current = [], 0, ""
    for place, character in enumerate(text):
        depth += {"(": 1, ")": -1}.get(character, 0)
        exponent = mark == "+" and re.search(r"(?:^|[\s*+(])[\d.]+[eE]$", text[:place]) is not None
        if character == mark and depth == 0 and not exponent:
            parts.append(current.strip())
            current = ""
        else:
            current += character
    return [*parts, current.strip()]


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _names(text: str, statement: str) -> list[str]:
    names = [name.strip() for name in re.split(r"[+,]", text)]
    for name in names:
        if not NAME.fullmatch(name):
            raise ValueError(f"{name!r} in {statement!r} is no name of a variable (letters, digits, _ and .)")
    return names


def _modified(term: Term, modifier: str, statement: str) -> Term:
    """The term with one thing that stood before its variable."""
    if modifier == "NA":
        return replace(term, free=True)
    number = _number(modifier)
    if number is not None:
        return replace(term, value=number)
    call = CALL.match(modifier)
    if call:
        inner = call[2].strip("\"'")
        if call[1] != "start":
            return replace(term, label=inner)
        start = _number(inner)
        if start is None:
            raise ValueError(f"start({inner}) in {statement!r} is no number")
        return replace(term, start=start)
    if modifier.startswith("c("):
        raise ValueError(f"{modifier} in {statement!r}: models of several groups are not offered; fit each group")
    if not NAME.fullmatch(modifier):
        raise ValueError(f"{modifier!r} in {statement!r} is neither a label, a number, NA nor start(number)")
    return replace(term, label=modifier)


def _terms(left: str, operator: str, right: str, statement: str) -> list[Term]:
    found: list[Term] = []
    for name in _names(left, statement):
        for piece in _split(right, "+"):
            *modifiers, variable = _split(piece, "*")
            if not variable:
                raise ValueError(f"a variable is missing in {statement!r}")
            intercept = operator == "~" and variable in ("1", "0")
            if variable == "0":
                raise ValueError(f"{statement!r}: write {name} ~ 0*1 for an intercept fixed at zero")
            if not intercept and not NAME.fullmatch(variable):
                raise ValueError(f"{variable!r} in {statement!r} is no name of a variable (letters, digits, _ and .)")
            term = Term(name, "~1" if intercept else operator, "" if intercept else variable)
            for modifier in modifiers:
                term = _modified(term, modifier, statement)
            if term.right == name and operator in ("~", "=~"):
                raise ValueError(f"{statement!r}: a variable cannot cause itself")
            found.append(term)
    return found


def _merged(terms: list[Term]) -> tuple[Term, ...]:
    """Terms without repeats; a variable named again may add what the first left open (``a*x + start(1)*x``)."""
    kept: dict[tuple[str, str, frozenset[str] | str], Term] = {}
    for term in terms:
        pair = frozenset((term.left, term.right)) if term.operator == "~~" else term.right
        key = (term.left if term.operator != "~~" else "", term.operator, pair)
        before = kept.get(key)
        if before is None:
            kept[key] = term
            continue
        adds = (term.label, term.value, term.start, term.free)
        clash = (
            (bool(term.label) and bool(before.label))
            or (term.value is not None and (before.value is not None or before.free))
            or (term.start is not None and before.start is not None)
            or adds == ("", None, None, False)
            or (before.label, before.value, before.start, before.free) == ("", None, None, False)
        )
        if clash:
            raise ValueError(f"{term.text!r} is in the model twice")
        kept[key] = replace(
            before,
            label=term.label or before.label,
            value=before.value if term.value is None else term.value,
            start=before.start if term.start is None else term.start,
            free=term.free or before.free,
        )
    return tuple(kept.values())


@lru_cache(maxsize=128)
def parse(text: str) -> ModelText:
    """Read a model.

    Parameters
    ----------
    text : str
        The model; see the module's description.

    Returns
    -------
    ModelText
        Terms in the order written.

    Raises
    ------
    ValueError
        For anything that cannot be read, quoting the statement.
    """
    command = SEMOPY_COMMAND.search(text)
    if command:
        raise ValueError(f"the command {command[1]} of semopy is not read: write start(0.5)*x, labels and a == b")
    terms: list[Term] = []
    defined: dict[str, str] = {}
    constraints: list[tuple[str, str]] = []
    for statement in _statements(text):
        operator = OPERATOR.search(statement)
        if operator is None:
            raise ValueError(f"no operator (~, =~, ~~, :=) in {statement!r}")
        left, right = statement[: operator.start()].strip(), statement[operator.end() :].strip()
        if not left or not right:
            raise ValueError(f"nothing stands {'before' if not left else 'after'} {operator[0]} in {statement!r}")
        if operator[0] in REFUSED:
            raise ValueError(f"{statement!r}: {REFUSED[operator[0]]} are not offered")
        if operator[0] == ":=":
            if left in defined:
                raise ValueError(f"{left!r} is defined twice")
            defined[_names(left, statement)[0]] = right
        elif operator[0] == "==":
            constraints.append((left, right))
        else:
            terms.extend(_terms(left, operator[0], right, statement))
    if not terms:
        raise ValueError("the model is empty: write regressions such as 'y ~ x'")
    return ModelText(_merged(terms), tuple(defined.items()), tuple(constraints))
