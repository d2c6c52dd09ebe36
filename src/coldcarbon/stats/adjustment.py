"""P values adjusted for their number: family-wise error and false discovery."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Adjustment", "adjust_p_values"]

Adjustment = Literal["holm", "bonferroni", "fdr_bh", "fdr_by", "none"]


def adjust_p_values(p: ArrayLike, method: Adjustment = "fdr_bh", *, axis: int = -1) -> NDArray[np.float64]:
    """Adjust P values for their number, as R's ``p.adjust`` does.

    Parameters
    ----------
    p : array_like
        P values, none missing.
    method : {"holm", "bonferroni", "fdr_bh", "fdr_by", "none"}
        - "bonferroni": times their number; "holm": the same step by step, never less powerful. Both bound the chance of
          any false alarm, whatever the dependence.
        - "fdr_bh": Benjamini and Hochberg (1995): the expected share of false alarms among the discoveries, for
          independent or positively dependent tests; "fdr_by": Benjamini and Yekutieli (2001), any dependence.
    axis : int
        Tests that belong together lie along this axis; families beside them are adjusted at once.

    Returns
    -------
    numpy.ndarray, shape of ``p``
        Adjusted P values, in the order given.

    Raises
    ------
    ValueError
        If a value is missing or outside 0 to 1, or the method is unknown.
    """
    if method not in get_args(Adjustment):
        raise ValueError(f"adjust must be one of {', '.join(get_args(Adjustment))}, not {method!r}")
    values = np.asarray(p, float)
    bad = ~((values >= 0) & (values <= 1))
    if bad.any():
        raise ValueError(f"{int(bad.sum())} P values are missing or outside 0 to 1: leave these tests out first")
    if method == "none" or values.size == 0:
        return values.copy()
    table = np.moveaxis(np.atleast_1d(values), axis, -1)
    m = table.shape[-1]
    if method == "bonferroni":
        adjusted = table * m
    else:
        order = np.argsort(table, axis=-1, kind="stable")
        ascending = np.take_along_axis(table, order, axis=-1)
        if method == "holm":
            stepped = np.maximum.accumulate(ascending * np.arange(m, 0, -1), axis=-1)
        else:
            harmonic = (1 / np.arange(1, m + 1)).sum() if method == "fdr_by" else 1.0
            scaled = ascending * (m * harmonic / np.arange(1, m + 1))
            stepped = np.minimum.accumulate(scaled[..., ::-1], axis=-1)[..., ::-1]
        adjusted = np.empty_like(stepped)
        np.put_along_axis(adjusted, order, stepped, axis=-1)
    return np.asarray(np.moveaxis(np.minimum(adjusted, 1.0), -1, axis).reshape(values.shape))
