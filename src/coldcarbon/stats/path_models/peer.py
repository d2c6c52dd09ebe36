"""What semopy, which readers may know, says of the same model."""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from dataclasses import dataclass

import pandas as pd

from coldcarbon.stats.path_models.moments import from_rows
from coldcarbon.stats.path_models.specification import specify
from coldcarbon.stats.path_models.syntax import ModelText, parse

__all__ = ["SemopyFit", "semopy_fit"]

DIFFERENCES = (
    "semopy counts moments of exogenous variables but not their parameters (more degrees of freedom, other P, CFI, "
    "RMSEA), sets GFI equal to NFI, counts rows with gaps in n, and stops early unless told otherwise"
)


@dataclass(frozen=True, eq=False)
class SemopyFit:
    """semopy's own tables: ``estimates`` (inspect), ``indices`` (calc_stats), and where they differ from `fit`."""

    estimates: pd.DataFrame
    indices: pd.DataFrame
    model_text: str
    note: str = DIFFERENCES


def _as_semopy(model: ModelText) -> str:
    """The model in semopy's words: no ``:=``, no ``==``, and no starts, with which its measures of fit fail."""
    if model.constraints:
        raise ValueError("semopy has no linear constraints between labels; give equal parameters equal labels")
    lines = []
    for term in model.terms:
        before = term.label or ("" if term.value is None else repr(term.value))
        right = "1" if term.operator == "~1" else term.right
        operator = "~" if term.operator == "~1" else term.operator
        lines.append(f"{term.left} {operator} {before + '*' if before else ''}{right}")
    return "\n".join(lines)


def semopy_fit(model: str, data: pd.DataFrame, *, tight: bool = True, standardized: bool = True) -> SemopyFit:
    """Fit with semopy (Igolkina and Meshcheryakov 2020, doi:10.1080/10705511.2019.1704289).

    Parameters
    ----------
    model : str
        As in `fit`; defined parameters and starts are left out.
    data : pandas.DataFrame, shape (n, columns)
        Gaps are refused, as in `fit`; semopy alone would leave their rows out and still count them.
    tight : bool
        Minimise to 1e-14 instead of semopy's default 1e-9.
    standardized : bool
        Add standardized estimates to the table.

    Returns
    -------
    SemopyFit
        Numbers as semopy gives them, unchanged.

    Raises
    ------
    KeyError, ValueError
        As in `fit`; also for constraints that semopy cannot write.
    """
    import semopy  # type: ignore[import-untyped]

    from_rows(data, specify(model).observed, "n")
    text = _as_semopy(parse(model))
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        level = logging.root.manager.disable
        logging.disable(logging.WARNING)
        try:
            peer = semopy.Model(text)
            peer.fit(data[list(specify(model).observed)], **({"options": {"ftol": 1e-14}} if tight else {}))
            estimates = peer.inspect(std_est=standardized)
            indices = semopy.calc_stats(peer)
        finally:
            logging.disable(level)
    return SemopyFit(estimates, indices, text)
