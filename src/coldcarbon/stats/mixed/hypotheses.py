"""Hypotheses of the terms of a model (type III), as weights of its fixed effects."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from coldcarbon.stats.mixed.factors import Floats
from coldcarbon.stats.mixed.formula import formulaic
from coldcarbon.stats.mixed.model import Model

__all__ = ["type_three"]


def type_three(model: Model) -> dict[str, Floats]:
    """Weights (m, p) per term whose products with the fixed effects are zero under its type III hypothesis.

    The same columns are made once more with factors coded to sum to zero, X_sum = X B; then b_sum = B^-1 b, and the
    rows of B^-1 that belong to a term are its weights. Nothing changes for a model without factors.

    Parameters
    ----------
    model : Model
        The model.

    Returns
    -------
    dict of str to numpy.ndarray
        By term, the intercept left out.
    """
    side = model.fixed
    identity = np.eye(model.p)
    if side.specification is None or (not side.levels and "C(" not in side.text):
        return {term: identity[columns] for term, columns in side.terms.items()}
    data = model.frame
    formula = formulaic().Formula
    terms = list(formula(side.text))
    words = [":".join(_summed(str(factor.expr), data) for factor in term.factors) for term in terms]
    intercept = "1" if "1" in words else "0"
    made = formula(" + ".join([intercept, *(word for word in words if word != "1")])).get_model_matrix(data)
    summed = np.asarray(made, dtype=float)
    across, *_ = np.linalg.lstsq(model.columns, summed, rcond=None)
    if summed.shape[1] != model.p or not np.allclose(model.columns @ across, summed, atol=1e-8 * np.abs(summed).max()):
        raise ValueError(f"the terms of {side.text!r} have no type III hypotheses: test contrasts of your own")
    weights = np.linalg.inv(across)
    places = {str(term): place for term, place in made.model_spec.term_slices.items()}
    names = {_normal(word): str(term) for word, term in zip(words, terms, strict=True)}
    found = {names[_normal(term)]: weights[place] for term, place in places.items() if term != "1"}
    return {term: _one_per_coefficient(rows, side.terms[term]) for term, rows in found.items()}


def _one_per_coefficient(rows: Floats, own: list[int]) -> Floats:
    """The same hypothesis in rows that each hold one of the term's own coefficients, with weight one.

    The denominator of `f_test` depends a little on the rows that span a hypothesis; these are lmerTest's.
    """
    block = rows[:, own]
    if block.shape[0] != block.shape[1] or np.linalg.cond(block) > 1e8:
        return rows
    return np.asarray(np.linalg.solve(block, rows))


def _normal(term: str) -> str:
    return ":".join(sorted(part.replace(" ", "") for part in term.split(":")))


def _summed(expression: str, data: pd.DataFrame) -> str:
    """A factor's expression with sum-to-zero contrasts where none were asked for."""
    if expression in data.columns:
        column = data[expression]
        number = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
        return expression if number else f"C({expression}, contr.sum)"
    match = re.fullmatch(r"C\(\s*([^,()]+?)\s*\)", expression)
    return f"C({match.group(1)}, contr.sum)" if match else expression
