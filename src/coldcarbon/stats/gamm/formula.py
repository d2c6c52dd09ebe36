"""Formulas as mgcv's users write them, read into named terms."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from coldcarbon.stats.gamm.basis import Floats

__all__ = ["Formula", "LinearTerm", "RandomTerm", "SmoothTerm", "evaluate", "expressions", "variables"]

FUNCTIONS: dict[str, Callable[[Floats], Floats]] = {
    "log": np.log,
    "log10": np.log10,
    "log2": np.log2,
    "log1p": np.log1p,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "sin": np.sin,
    "cos": np.cos,
    "I": lambda x: x,
}
BASES = ("tp", "cr", "cc", "ps")
OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
    ast.Pow: np.power,
}
HELP = "write for example 'y ~ s(x, k=10) + te(t, m) + re(site) + re(year, by=site) + treatment'"


@dataclass(frozen=True)
class LinearTerm:
    """A covariate with a coefficient of its own, a factor, or a product of such.

    Attributes
    ----------
    label : str
        As written.
    parts : tuple of str
        Expressions multiplied with each other.
    """

    label: str
    parts: tuple[str, ...]


@dataclass(frozen=True)
class SmoothTerm:
    """A smooth.

    Attributes
    ----------
    label : str
        As mgcv writes it: ``s(x)``, ``te(t,m)``, ``s(x):z``.
    kind : str
        "s", "te" or "ti".
    covariates : tuple of str
        Expressions.
    k : tuple of int or None
        Basis size, one per margin of a tensor product.
    bases : tuple of str
        "tp", "cr", "cc" or "ps", one per margin.
    order : int or None
        Order m of the penalised derivatives or differences.
    by : str or None
        Numeric multiplier or factor with a smooth for each level.
    """

    label: str
    kind: str
    covariates: tuple[str, ...]
    k: tuple[int | None, ...]
    bases: tuple[str, ...]
    order: int | None
    by: str | None


@dataclass(frozen=True)
class RandomTerm:
    """Random effects: normal coefficients that differ by group.

    Attributes
    ----------
    label : str
        As written, without blanks.
    columns : tuple of str
        What the coefficients multiply: "1" or a numeric expression.
    group : tuple of str
        Column of the group; several for groups by their combinations.
    correlated : bool
        Whether the coefficients of a group have a free covariance matrix.
    """

    label: str
    columns: tuple[str, ...]
    group: tuple[str, ...]
    correlated: bool


@dataclass(frozen=True)
class Formula:
    """A model as it was written.

    Attributes
    ----------
    text : str
        Without blanks at the ends.
    response : str
        Expression left of the tilde.
    intercept : bool
        False after ``- 1`` or ``0 +``.
    terms : tuple
        In the order written, linear terms first, as in mgcv.
    columns : tuple of str
        Columns of the data it needs.
    """

    text: str
    response: str
    intercept: bool
    terms: tuple[LinearTerm | SmoothTerm | RandomTerm, ...]
    columns: tuple[str, ...]

    @classmethod
    def read(cls, text: str) -> Formula:
        """Read a formula.

        Parameters
        ----------
        text : str
            Such as ``"eta ~ s(year, k=10) + te(t, m) + re(site) + re(year, by=site)"``.

        Returns
        -------
        Formula

        Raises
        ------
        ValueError
            If it cannot be read, names a term twice or has no response.
        """
        left, tilde, right = text.partition("~")
        if not tilde or not left.strip() or not right.strip():
            raise ValueError(f"{text!r} has no response, or nothing to explain it with: {HELP}")
        response = _name(_parse(left, text))
        intercept, linear, others = True, [], []
        for sign, node in _flatten(_parse(right, text), 1):
            if isinstance(node, ast.Constant) and node.value in (0, 1):
                intercept = (node.value == 1) == (sign > 0)
                continue
            if sign < 0:
                raise ValueError(
                    f"{ast.unparse(node)!r} is taken away in {text!r}: only the intercept can be, by '- 1'"
                )
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in TERMS:
                others.append(TERMS[node.func.id](node))
            else:
                linear += _linear(node)
        terms = (*dict.fromkeys(linear), *others)
        labels = [term.label for term in terms]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"{', '.join(twice)} stands twice in {text!r}: take one away")
        names = list(variables(response))
        for term in terms:
            for expression in expressions(term):
                names += variables(expression)
        return cls(text.strip(), response, intercept, terms, tuple(dict.fromkeys(names)))


def expressions(term: LinearTerm | SmoothTerm | RandomTerm) -> tuple[str, ...]:
    """What a term asks of the data.

    Parameters
    ----------
    term : LinearTerm, SmoothTerm or RandomTerm
        A term.

    Returns
    -------
    tuple of str
        Columns or expressions of columns.
    """
    if isinstance(term, LinearTerm):
        return term.parts
    if isinstance(term, SmoothTerm):
        return (*term.covariates, *((term.by,) if term.by else ()))
    return (*(column for column in term.columns if column != "1"), *term.group)


def _parse(text: str, whole: str) -> ast.expr:
    # R's a:b and x^2 have no reading in Python; the operators that stand in for them are not used otherwise
    source = re.sub(r"\^", "**", text.strip().replace(":", "@"))
    source = re.sub(r"\bTRUE\b", "True", re.sub(r"\bFALSE\b", "False", source))
    try:
        return ast.parse(source, mode="eval").body
    except SyntaxError:
        raise ValueError(f"cannot read {text.strip()!r} in {whole!r}: {HELP}") from None


def _flatten(node: ast.expr, sign: int) -> list[tuple[int, ast.expr]]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
        other = sign if isinstance(node.op, ast.Add) else -sign
        return [*_flatten(node.left, sign), *_flatten(node.right, other)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return _flatten(node.operand, -sign)
    return [(sign, node)]


def _linear(node: ast.expr) -> list[LinearTerm]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        left, right = _linear(node.left), _linear(node.right)
        crossed = [_product(one, other) for one in left for other in right]
        return [*left, *right, *crossed]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
        return [_product(one, other) for one in _linear(node.left) for other in _linear(node.right)]
    name = _name(node)
    return [LinearTerm(name, (name,))]


def _product(one: LinearTerm, other: LinearTerm) -> LinearTerm:
    parts = (*one.parts, *other.parts)
    return LinearTerm(":".join(parts), parts)


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Q" and len(node.args) == 1:
        return _name(node.args[0])
    return ast.unparse(node).replace(" ** ", "^").replace("**", "^")


def _number(node: ast.expr, what: str) -> int:
    value = ast.literal_eval(node) if isinstance(node, ast.Constant | ast.UnaryOp) else None
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"{what} must be a whole number, not {ast.unparse(node)!r}")
    return value


def _several(node: ast.expr) -> list[ast.expr]:
    """Elements of c(5, 7), (5, 7) or [5, 7]; otherwise the node itself."""
    if isinstance(node, ast.Tuple | ast.List):
        return list(node.elts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "c":
        return list(node.args)
    return [node]


def _options(node: ast.Call, allowed: tuple[str, ...]) -> dict[str, ast.expr]:
    found = {}
    for keyword in node.keywords:
        if keyword.arg not in allowed:
            raise ValueError(f"{ast.unparse(node.func)}() does not know {keyword.arg!r}; it takes {', '.join(allowed)}")
        found[keyword.arg] = keyword.value
    return found


def _smooth(node: ast.Call) -> SmoothTerm | RandomTerm:
    kind = ast.unparse(node.func)
    given = _options(node, ("k", "bs", "m", "by"))
    covariates = tuple(_name(argument) for argument in node.args)
    if not covariates:
        raise ValueError(f"{kind}() names no covariate")
    bases = tuple(_name(element) for element in _several(given["bs"])) if "bs" in given else ()
    if kind == "s" and bases == ("re",):
        # as in mgcv: the last is the group, those before multiply it
        *numeric, group = covariates
        if len(numeric) > 1 or "by" in given or "k" in given:
            raise ValueError(f"write re(x, by={group}) for {ast.unparse(node)!r}")
        return RandomTerm(f"s({','.join(covariates)})", tuple(numeric) or ("1",), (group,), False)
    unknown = [basis for basis in bases if basis not in BASES]
    if unknown:
        raise ValueError(f"bs={unknown[0]!r} is not known; take one of {', '.join(BASES)}")
    k: tuple[int | None, ...] = tuple(_number(element, "k") for element in _several(given["k"])) if "k" in given else ()
    margins = 1 if kind == "s" else len(covariates)
    if kind != "s" and margins < 2:
        raise ValueError(f"{kind}() needs at least two covariates; use s({covariates[0]})")
    default = "tp" if kind == "s" else "cr"
    bases = _spread(bases or (default,), margins, "bs", kind)
    k = _spread(k or (None,), margins, "k", kind)
    if len(covariates) > 1 and kind == "s" and bases[0] != "tp":
        raise ValueError(f"bs={bases[0]!r} takes one covariate; use te({', '.join(covariates)})")
    by = _name(given["by"]) if "by" in given else None
    label = f"{kind}({','.join(covariates)})" + (f":{by}" if by else "")
    return SmoothTerm(label, kind, covariates, k, bases, _number(given["m"], "m") if "m" in given else None, by)


def _spread(values: tuple[Any, ...], count: int, what: str, kind: str) -> tuple[Any, ...]:
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise ValueError(f"{kind}() of {count} margins needs one {what} or {count}, not {len(values)}")
    return values


def _random(node: ast.Call) -> RandomTerm:
    given = _options(node, ("by", "correlated"))
    if len(node.args) != 1:
        raise ValueError(f"{ast.unparse(node)!r}: write re(site), re(x, by=site) or re(1 + x, by=site)")
    correlated = "correlated" in given and ast.literal_eval(given["correlated"]) is True
    if "by" not in given:
        if correlated:
            raise ValueError("correlated=True needs columns and a group: re(1 + x, by=site, correlated=True)")
        group = node.args[0]
        columns: tuple[str, ...] = ("1",)
    else:
        group = given["by"]
        columns = tuple(
            "1" if isinstance(part, ast.Constant) and part.value == 1 else _name(part)
            for sign, part in _flatten(node.args[0], 1)
            if not (isinstance(part, ast.Constant) and part.value == 0)
        )
    if len(set(columns)) < len(columns) or not columns:
        raise ValueError(f"{ast.unparse(node)!r} names a column twice, or none")
    if correlated and len(columns) < 2:
        raise ValueError(f"{ast.unparse(node)!r}: one column has nothing to correlate with; add '1 +'")
    names = tuple(part for term in _linear(group) for part in term.parts)
    by = ":".join(names)
    inner = by if columns == ("1",) else f"{'+'.join(columns)},by={by}"
    return RandomTerm(f"re({inner})", columns, names, correlated)


TERMS: dict[str, Callable[[ast.Call], SmoothTerm | RandomTerm]] = {
    "s": _smooth,
    "te": _smooth,
    "ti": _smooth,
    "re": _random,
}


def variables(expression: str) -> tuple[str, ...]:
    """Columns an expression names.

    Parameters
    ----------
    expression : str
        A column, or such as ``log(x)``.

    Returns
    -------
    tuple of str
        In the order they stand.
    """
    try:
        tree = ast.parse(expression.replace("^", "**"), mode="eval").body
    except SyntaxError:
        return (expression,)
    found: list[str] = []
    _collect(tree, found)
    return tuple(dict.fromkeys(found)) or (expression,)


def _collect(node: ast.AST, found: list[str]) -> None:
    if isinstance(node, ast.Name):
        found.append(node.id)
    elif isinstance(node, ast.Attribute):
        found.append(ast.unparse(node))
    elif isinstance(node, ast.Call):
        for argument in node.args:
            _collect(argument, found)
    else:
        for child in ast.iter_child_nodes(node):
            _collect(child, found)


def evaluate(expression: str, columns: Mapping[str, Floats], rows: int) -> Floats:
    """Values of an expression.

    Parameters
    ----------
    expression : str
        Arithmetic and functions of columns, such as ``log(x)`` or ``I(x^2)``.
    columns : mapping of str to ndarray, each shape (n,)
        Columns of numbers.
    rows : int
        n.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    ValueError
        If the expression cannot be read, names a factor, or gives values that are not finite.
    """
    if expression in columns:
        return columns[expression]
    with np.errstate(all="ignore"):
        values = _value(ast.parse(expression.replace("^", "**"), mode="eval").body, columns)
    values = np.broadcast_to(np.asarray(values, float), (rows,))
    if not np.isfinite(values).all():
        raise ValueError(f"{expression!r} is not finite in {int((~np.isfinite(values)).sum())} rows")
    return values


def _value(node: ast.expr, data: Mapping[str, Floats]) -> Any:
    if isinstance(node, ast.Name | ast.Attribute):
        name = ast.unparse(node)
        if name not in data:
            raise ValueError(f"{name!r} is not numeric")
        return data[name]
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return node.value
    if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
        return OPERATIONS[type(node.op)](_value(node.left, data), _value(node.right, data))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_value(node.operand, data)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        if node.func.id in FUNCTIONS:
            return FUNCTIONS[node.func.id](_value(node.args[0], data))
        raise ValueError(f"{node.func.id}() is not known; known are s, te, ti, re, {', '.join(FUNCTIONS)}")
    raise ValueError(f"cannot read {ast.unparse(node)!r}")
