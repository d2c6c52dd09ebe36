"""What every room asks of its input: named columns, finite numbers, groups with more than one level."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["complete_columns", "require_levels", "require_varying"]

SHOWN = 5  # rows named in a message


def complete_columns(data: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """The named columns, refused if one is absent or holds a missing or infinite value.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Input of an analysis.
    columns : iterable of str
        Columns it needs; repeats count once.

    Returns
    -------
    pandas.DataFrame, shape (n, k)
        Those columns, in the order named.

    Raises
    ------
    KeyError
        If columns are absent; those there are are named.
    ValueError
        If a value is missing or infinite; column and rows are named.
    """
    names = list(dict.fromkeys(columns))
    absent = [name for name in names if name not in data.columns]
    if absent:
        raise KeyError(f"no column {', '.join(map(repr, absent))}; the columns are {', '.join(map(str, data.columns))}")
    chosen = data[names]
    for name in names:
        bad = _missing_or_infinite(chosen[name])
        if bad.any():
            rows = ", ".join(str(row) for row in chosen.index[bad][:SHOWN])
            more = f" and {bad.sum() - SHOWN} more" if bad.sum() > SHOWN else ""
            raise ValueError(
                f"column {name!r} is missing or infinite in row {rows}{more}: drop or fill these rows first"
            )
    return chosen


def _missing_or_infinite(values: pd.Series) -> NDArray[np.bool_]:
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "fiub":  # many times faster than the general case
        return np.asarray(~np.isfinite(values.to_numpy()))
    bad = ~np.isfinite(values) if pd.api.types.is_numeric_dtype(values) else values.isna()
    return np.asarray(bad | values.isna())


def require_varying(data: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse constant columns, from which nothing can be estimated.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Input of an analysis.
    columns : sequence of str
        Columns that must vary.

    Raises
    ------
    ValueError
        Naming the columns.
    """
    constant = [name for name in columns if data[name].nunique() < 2]
    if constant:
        raise ValueError(f"{', '.join(map(repr, constant))} is constant: nothing can be estimated from it")


def require_levels(data: pd.DataFrame, columns: Sequence[str], at_least: int = 2) -> None:
    """Refuse grouping columns with too few levels.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Input of an analysis.
    columns : sequence of str
        Grouping columns.
    at_least : int
        Levels each must have.

    Raises
    ------
    ValueError
        Naming column and number of levels.
    """
    for name in columns:
        levels = data[name].nunique()
        if levels < at_least:
            raise ValueError(f"group {name!r} has {levels} level; at least {at_least} are needed")
