"""From a table of predictors to the numbers that trees are grown on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.inputs import complete_columns

__all__ = ["Design", "Factors", "build_design", "learn_design", "response"]

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Factors = Literal["dummies", "codes"]


@dataclass(frozen=True)
class Design:
    """Predictors as numbers, and how new rows become numbers in the same way.

    Attributes
    ----------
    variables : tuple of str
        Predictors as given.
    columns : tuple of str
        Columns that trees see: a number is one column, a factor one dummy per level (``biome[tundra]``) or one column
        of codes.
    members : dict of str to tuple of int
        Columns of each variable.
    levels : dict of str to tuple
        Levels of each factor, sorted.
    factors : {"dummies", "codes"}
        How factors are coded.
    centre, scale : numpy.ndarray, shape (columns,)
        Median and largest distance from it. Trees compare single-precision numbers; without this, a column of large
        values that differ little (years, coordinates in metres) would lose its differences.
    """

    variables: tuple[str, ...]
    columns: tuple[str, ...]
    members: Mapping[str, tuple[int, ...]]
    levels: Mapping[str, tuple[Any, ...]]
    factors: Factors
    centre: Floats
    scale: Floats

    def numbers(self, data: pd.DataFrame | ArrayLike) -> Floats:
        """Predictors in double precision, as other learners want them.

        Parameters
        ----------
        data : pandas.DataFrame or array_like, shape (n, variables)
            Rows with all predictors, none missing.

        Returns
        -------
        numpy.ndarray, shape (n, columns)
            Numbers, dummies or codes, neither centred nor scaled.

        Raises
        ------
        ValueError
            If a factor has a level that was not there before.
        """
        return self._filled(complete_columns(as_frame(data, self.variables), self.variables))

    def _filled(self, frame: pd.DataFrame) -> Floats:
        """Numbers of a table whose columns have been checked."""
        table = np.empty((len(frame), len(self.columns)))
        for name in self.variables:
            here = self.members[name]
            if name not in self.levels:
                table[:, here[0]] = frame[name].to_numpy(float)
                continue
            values = frame[name].to_numpy(object)
            # as objects: looking for a better type for each table takes longer than the search
            codes = pd.Index(self.levels[name], dtype=object).get_indexer(pd.Index(values, dtype=object))
            if (codes < 0).any():
                unknown = sorted({str(value) for value in values[codes < 0]})
                raise ValueError(f"factor {name!r} has levels the forest has not seen: {', '.join(unknown)}")
            block = codes[:, None] if self.factors == "codes" else codes[:, None] == np.arange(len(here))
            table[:, here[0] : here[-1] + 1] = block
        return table

    def standardised(self, data: pd.DataFrame | ArrayLike) -> Singles:
        """Predictors in single precision about their medians, as trees compare them.

        Parameters
        ----------
        data : pandas.DataFrame or array_like, shape (n, variables)
            Rows with all predictors.

        Returns
        -------
        numpy.ndarray, shape (n, columns)
            In C order.
        """
        return np.ascontiguousarray((self.numbers(data) - self.centre) / self.scale, np.float32)


def as_frame(data: pd.DataFrame | ArrayLike, names: Sequence[str] | None = None) -> pd.DataFrame:
    """A table with column names: those given, or x0, x1, ... for a bare array.

    Parameters
    ----------
    data : pandas.DataFrame or array_like, shape (n, p)
        A table keeps its names.
    names : sequence of str, optional
        Names for an array.

    Returns
    -------
    pandas.DataFrame
        Named columns.
    """
    if isinstance(data, pd.DataFrame):
        return data
    table = np.asarray(data)
    if table.ndim != 2:
        raise ValueError(f"predictors must be a table of rows and columns, not an array of {table.ndim} dimensions")
    if names is not None and len(names) != table.shape[1]:
        raise ValueError(f"{table.shape[1]} columns given, {len(names)} needed: {', '.join(names)}")
    return pd.DataFrame(table, columns=list(names) if names is not None else [f"x{i}" for i in range(table.shape[1])])


def build_design(data: pd.DataFrame | ArrayLike, factors: Factors = "dummies") -> Design:
    """Learn from a table how its predictors become numbers: `learn_design` without the numbers.

    Parameters
    ----------
    data : pandas.DataFrame or array_like, shape (n, variables)
        Predictors.
    factors : {"dummies", "codes"}
        As in `learn_design`.

    Returns
    -------
    Design
        Names, levels, centre and scale.
    """
    return learn_design(data, factors)[0]


def learn_design(data: pd.DataFrame | ArrayLike, factors: Factors = "dummies") -> tuple[Design, Floats]:
    """Learn from a table how its predictors become numbers, and give these numbers.

    Parameters
    ----------
    data : pandas.DataFrame or array_like, shape (n, variables)
        Predictors; text and categories are factors, all else numbers.
    factors : {"dummies", "codes"}
        "dummies": one 0/1 column per level; "codes": one column with the place of the level in sorted order, which
        is what R's ``ranger`` does by default (``respect.unordered.factors = "ignore"``).

    Returns
    -------
    Design
        Names, levels, centre and scale.
    numpy.ndarray, shape (n, columns)
        What `Design.numbers` makes of this table, checked and coded once.

    Raises
    ------
    ValueError
        If names repeat, nothing is there, or a value is missing or infinite.
    """
    if factors not in ("dummies", "codes"):
        raise ValueError(f"factors must be 'dummies' or 'codes', not {factors!r}")
    frame = as_frame(data)
    names = [str(name) for name in frame.columns]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"columns have the same name: {', '.join(map(repr, twice))}")
    if frame.empty:
        raise ValueError("no predictors: the table has no rows or no columns")
    if list(frame.columns) != names:
        frame = frame.set_axis(names, axis=1)
    frame = complete_columns(frame, names)
    columns: list[str] = []
    members: dict[str, tuple[int, ...]] = {}
    levels: dict[str, tuple[Any, ...]] = {}
    for name in names:
        values = frame[name]
        new = [name]
        if not pd.api.types.is_numeric_dtype(values):
            levels[name] = tuple(sorted(values.unique(), key=str))
            if factors == "dummies":
                new = [f"{name}[{level}]" for level in levels[name]]
        members[name] = tuple(range(len(columns), len(columns) + len(new)))
        columns += new
    blank = Design(
        tuple(names), tuple(columns), members, levels, factors, np.zeros(len(columns)), np.ones(len(columns))
    )
    table = blank._filled(frame)
    centre = np.median(table, axis=0)
    reach = np.abs(table - centre).max(axis=0)
    scale = np.where(reach > 0, reach, 1.0)
    return Design(tuple(names), tuple(columns), members, levels, factors, centre, scale), table


def response(y: ArrayLike, n: int) -> Floats:
    """The numbers to be predicted, refused if missing or of another length.

    Parameters
    ----------
    y : array_like, shape (n,)
        Response.
    n : int
        Rows of the predictors.

    Returns
    -------
    numpy.ndarray, shape (n,)
        As floats.
    """
    name = str(getattr(y, "name", None) or "response")
    values = np.asarray(y)
    if values.ndim != 1:
        raise ValueError(f"{name} must have one dimension, not {values.ndim}")
    if len(values) != n:
        raise ValueError(f"{n} rows of predictors but {len(values)} values of {name}")
    if values.dtype.kind not in "fiub":
        raise ValueError(f"{name} must hold numbers: classes are not predicted here")
    if not np.isfinite(values).all():
        complete_columns(pd.DataFrame({name: values}), [name])  # names the rows
    return values.astype(float)
