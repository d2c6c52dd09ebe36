"""The columns a formula names, as arrays, each looked at once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.stats.gamm.basis import Floats
from coldcarbon.stats.gamm.formula import evaluate
from coldcarbon.stats.inputs import complete_columns

__all__ = ["SEPARATOR", "Codes", "Table"]

Codes = NDArray[np.intp]
SEPARATOR = "\x1f"  # between the levels of combined groups


class Table:
    """Complete columns of a frame.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Refused if a value of these columns is missing or infinite.
    names : iterable of str
        Columns that are needed.
    """

    def __init__(self, data: pd.DataFrame, names: Iterable[str]) -> None:
        self.index = data.index
        self._columns: dict[str, Any] = {}
        self._numbers: dict[str, Floats] = {}
        self._factors: dict[str, tuple[Codes, tuple[Any, ...]]] = {}
        wanted = list(dict.fromkeys(names))
        complete = all(name in data.columns for name in wanted)
        if complete:
            for name in wanted:
                column = data[name]
                kind = column.dtype.kind if isinstance(column.dtype, np.dtype) else "O"
                if kind in "iuf":
                    values = np.asarray(column.to_numpy(), float)
                    self._numbers[name] = values
                    complete &= bool(np.isfinite(values).all())
                elif pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
                    complete &= not column.isna().any()
                    if complete:
                        self._numbers[name] = column.to_numpy(dtype=float)
                        complete &= bool(np.isfinite(self._numbers[name]).all())
                else:
                    codes, levels = _factorised(column)
                    self._factors[name] = codes, levels
                    complete &= bool((codes >= 0).all())
                self._columns[name] = column
        if not complete:
            complete_columns(data, wanted)  # says what is wrong

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.index)

    @property
    def numeric_columns(self) -> dict[str, Floats]:
        """Columns of numbers."""
        return self._numbers

    def is_factor(self, expression: str) -> bool:
        """Whether an expression names a column without numbers.

        Parameters
        ----------
        expression : str
            Column or expression.

        Returns
        -------
        bool
        """
        return expression in self._factors and expression not in self._numbers

    def numbers(self, expression: str) -> Floats:
        """Values of an expression.

        Parameters
        ----------
        expression : str
            Column or expression of columns.

        Returns
        -------
        ndarray, shape (n,)

        Raises
        ------
        ValueError
            If it is a factor.
        """
        if expression not in self._numbers:
            if self.is_factor(expression):
                raise ValueError(f"{expression!r} is not numeric")
            self._numbers[expression] = evaluate(expression, self._numbers, len(self))
        return self._numbers[expression]

    def levels(self, group: tuple[str, ...]) -> tuple[Codes, tuple[Any, ...]]:
        """Level of each row, and the levels, sorted or in the order of a categorical.

        Parameters
        ----------
        group : tuple of str
            Columns; the combinations of several.

        Returns
        -------
        codes : ndarray of int, shape (n,)
        levels : tuple
            Those that occur.
        """
        if len(group) > 1:
            codes, levels = pd.factorize(self._joined(group), sort=True)
            return np.asarray(codes, np.intp), tuple(levels)
        name = group[0]
        if name not in self._factors:
            self._factors[name] = _factorised(self._columns[name])
        return self._factors[name]

    def codes(self, group: tuple[str, ...], levels: tuple[Any, ...]) -> Codes:
        """Number of each row's level among given ones, -1 for new levels.

        Parameters
        ----------
        group : tuple of str
            Columns.
        levels : tuple
            Known levels.

        Returns
        -------
        ndarray of int, shape (n,)
        """
        here, own = (pd.factorize(self._joined(group)) if len(group) > 1 else self.levels(group))[:2]
        where = np.asarray(pd.Index(levels).get_indexer(pd.Index(own)), np.intp)
        return where[here]

    def _joined(self, group: tuple[str, ...]) -> NDArray[np.object_]:
        parts = []
        for name in group:
            codes, levels = self.levels((name,))
            parts.append(np.array([str(level) for level in levels], dtype=object)[codes])
        joined = parts[0]
        for part in parts[1:]:
            joined = joined + SEPARATOR + part
        return joined


def _factorised(column: pd.Series) -> tuple[Codes, tuple[Any, ...]]:
    if isinstance(column.dtype, pd.CategoricalDtype):
        raw = np.asarray(column.cat.codes, np.intp)
        present = np.unique(raw[raw >= 0])
        renumbered = np.full(len(column.cat.categories) + 1, -1)
        renumbered[present] = np.arange(len(present))
        return renumbered[raw], tuple(column.cat.categories[present])
    codes, levels = pd.factorize(column, sort=True)
    return np.asarray(codes, np.intp), tuple(levels)
