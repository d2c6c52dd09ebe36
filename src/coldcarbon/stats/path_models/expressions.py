"""Arithmetic on labelled parameters: values of ``:=`` and their exact derivatives, linear constraints of ``==``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

__all__ = ["evaluate", "gradient", "linear_form", "names_in"]

Floats = NDArray[np.float64]
STEP = 1e-30  # of the complex-step derivative, which has no cancellation
DOT = "__dot__"  # labels may hold dots, Python's names may not
DOTTED = re.compile(r"(?<![\w.])[^\W\d]\w*(?:\.\w+)+")

FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "exp": np.exp,
    "log": np.log,
    "sqrt": np.sqrt,
    "sin": np.sin,
    "cos": np.cos,
    "tanh": np.tanh,
    "abs": lambda x: x if x.real >= 0 else -x,
}


@lru_cache(maxsize=256)
def _tree(text: str) -> ast.expr:
    plain = DOTTED.sub(lambda name: name[0].replace(".", DOT), text.replace("^", "**").strip())
    try:
        return ast.parse(plain, mode="eval").body
    except SyntaxError:
        raise ValueError(f"{text!r} is no arithmetic expression") from None


def names_in(text: str) -> frozenset[str]:
    """Labels an expression uses.

    Parameters
    ----------
    text : str
        Such as ``a*b + log(c)``.

    Returns
    -------
    frozenset of str
        Without the names of functions.
    """
    called = {node.func.id for node in ast.walk(_tree(text)) if isinstance(node, ast.Call) and hasattr(node.func, "id")}
    found = {node.id for node in ast.walk(_tree(text)) if isinstance(node, ast.Name)} - called
    return frozenset(name.replace(DOT, ".") for name in found)


def _value(node: ast.expr, values: Mapping[str, complex], text: str) -> complex:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return complex(node.value)
    if isinstance(node, ast.Name):
        name = node.id.replace(DOT, ".")
        if name not in values:
            raise ValueError(f"{name!r} in {text!r} is no label of the model; there are {', '.join(values) or 'none'}")
        return values[name]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        operand = _value(node.operand, values, text)
        return -operand if isinstance(node.op, ast.USub) else operand
    if isinstance(node, ast.BinOp):
        a, b = _value(node.left, values, text), _value(node.right, values, text)
        match node.op:
            case ast.Add():
                return a + b
            case ast.Sub():
                return a - b
            case ast.Mult():
                return a * b
            case ast.Div():
                return a / b
            case ast.Pow():
                return a ** (int(b.real) if b == int(b.real) else b)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        if len(node.args) != 1:
            raise ValueError(f"{node.func.id} in {text!r} takes one number")
        return complex(FUNCTIONS[node.func.id](_value(node.args[0], values, text)))
    raise ValueError(f"{ast.unparse(node)!r} in {text!r} cannot be computed: use + - * / ^ and {', '.join(FUNCTIONS)}")


def evaluate(text: str, values: Mapping[str, complex]) -> complex:
    """Value of an expression.

    Parameters
    ----------
    text : str
        Such as ``a*b``; ``^`` and ``**`` are powers.
    values : mapping of str to complex
        Value of each label.

    Returns
    -------
    complex
        Real for real values.

    Raises
    ------
    ValueError
        For unknown labels or operations.
    """
    return _value(_tree(text), values, text)


def gradient(text: str, values: Mapping[str, float]) -> dict[str, float]:
    """Derivative of an expression in each of its labels, exact to rounding (complex step, Squire and Trapp 1998).

    Parameters
    ----------
    text : str
        As in `evaluate`.
    values : mapping of str to float
        Value of each label.

    Returns
    -------
    dict of str to float
        One entry per label used.
    """
    numbers: dict[str, complex] = {name: complex(value) for name, value in values.items()}
    slopes = {}
    for name in names_in(text):
        shifted = {**numbers, name: numbers[name] + 1j * STEP} if name in numbers else numbers
        slopes[name] = evaluate(text, shifted).imag / STEP
    return slopes


def linear_form(left: str, right: str, labels: tuple[str, ...]) -> tuple[Floats, float]:
    """Coefficients and constant of ``left - right``, a linear form in the labels.

    Parameters
    ----------
    left, right : str
        The two sides of a constraint.
    labels : tuple of str, length k
        Labels of the model.

    Returns
    -------
    coefficients : ndarray, shape (k,)
        So that the constraint reads ``coefficients @ values + constant = 0``.
    constant : float
        See above.

    Raises
    ------
    ValueError
        If it is not linear.
    """
    text = f"({left}) - ({right})"
    points = np.random.default_rng(0).uniform(0.5, 1.5, (3, len(labels)))
    slopes = []
    for point in points:
        values = dict(zip(labels, point.tolist(), strict=True))
        found = gradient(text, values)
        slopes.append([found.get(name, 0.0) for name in labels])
    if not np.allclose(slopes[0], slopes[1:], rtol=1e-10, atol=1e-12):
        raise ValueError(f"the constraint {left} == {right} is not linear, and only linear ones are offered")
    coefficients = np.array(slopes[0])
    constant = evaluate(text, dict(zip(labels, points[0].tolist(), strict=True))).real - float(coefficients @ points[0])
    return coefficients, constant
