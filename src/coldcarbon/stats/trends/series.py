"""Series on one time axis: one or many, with gaps, and what else all trend methods ask of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["Panel", "autocorrelation", "decimal_years", "panel"]

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

BLOCK = 2_000_000  # cells of a working array held at once (16 MB)
DAYS_PER_YEAR = 365.2425
SPACING_TOLERANCE = 0.2  # of a step: months of 28 to 31 days and leap years count as equal


@dataclass(frozen=True)
class Panel:
    """Series on one time axis, ordered in time.

    Attributes
    ----------
    values : ndarray, shape (series, n)
        NaN where a series has a gap.
    times : ndarray, shape (n,)
        Not falling.
    present : ndarray of bool, shape (series, n)
        Where there is a value.
    counts : ndarray of int, shape (series,)
        Values per series.
    single : bool
        One series was given as one dimension: results are numbers, not arrays.
    time_unit : str
        What one unit of ``times`` is, in the singular.
    names : tuple of str or None
        Names of the series, if a DataFrame gave them.
    """

    values: Floats
    times: Floats
    present: NDArray[np.bool_]
    counts: Ints
    single: bool
    time_unit: str
    names: tuple[str, ...] | None

    @property
    def complete(self) -> bool:
        """Whether no series has a gap."""
        return bool(self.counts.min() == len(self.times))

    def blocks(self, cells_per_series: int) -> Iterator[slice]:
        """Slices of series small enough to be worked on at once."""
        step = max(1, BLOCK // max(1, cells_per_series))
        for first in range(0, len(self.values), step):
            yield slice(first, min(first + step, len(self.values)))

    def give(self, column: NDArray) -> float | Floats:
        """A column with one entry per series as a number if there is one series."""
        return column[0].item() if self.single else column

    def positions(self) -> Ints:
        """Places of the times on an equally spaced grid, from 0.

        Raises
        ------
        ValueError
            If the times are not multiples of one step (a fifth of a step is forgiven) or are repeated.
        """
        gaps = np.diff(self.times)
        if len(gaps) == 0:
            return np.zeros(1, np.int64)
        if gaps.min() <= 0:
            raise ValueError("a time occurs twice: autocorrelation needs one value per time; average them first")
        step = np.median(gaps[gaps < 1.5 * gaps.min()])
        multiples = gaps / step
        rounded = np.maximum(np.rint(multiples), 1)
        if (np.abs(multiples - rounded) > SPACING_TOLERANCE).any():
            raise ValueError(
                "the times are not equally spaced, not even with gaps: this method counts lags in steps; "
                "use errors='ar1' with the dates as they are, or average to equal steps first"
            )
        return np.concatenate([[0], np.cumsum(rounded)]).astype(np.int64)

    def on_grid(self) -> Panel:
        """The same series with every step of the grid present, gaps as NaN."""
        places = self.positions()
        if places[-1] == len(places) - 1:
            return self
        full = np.full((len(self.values), places[-1] + 1), np.nan)
        full[:, places] = self.values
        times = np.interp(np.arange(places[-1] + 1), places, self.times)
        return Panel(full, times, np.isfinite(full), self.counts, self.single, self.time_unit, self.names)


def decimal_years(dates: ArrayLike) -> Floats:
    """Dates as years with a fraction, all years of one length (365.2425 days), so that slopes are not bent.

    Parameters
    ----------
    dates : array_like, shape (n,)
        Dates, or text such as 2004-07-31.

    Returns
    -------
    ndarray, shape (n,)
        1970.0 on 1 January 1970, NaN where missing; within a day of the calendar year between 1900 and 2100.
    """
    moments = pd.DatetimeIndex(pd.to_datetime(np.asarray(dates), format="ISO8601"))
    days = (moments - pd.Timestamp("1970-01-01", tz=moments.tz)) / pd.Timedelta(days=1)
    return np.asarray(1970.0 + days / DAYS_PER_YEAR, float)


def _axis(times: ArrayLike | None, values: object, n: int, time_unit: str) -> tuple[Floats, str]:
    if times is None:
        index = values.index if isinstance(values, pd.Series | pd.DataFrame) else None
        if index is None or isinstance(index, pd.RangeIndex):
            return np.arange(n, dtype=float), "step"
        times = index
    axis = np.asarray(times)
    if axis.ndim != 1 or len(axis) != n:
        raise ValueError(f"{n} values in time but times of shape {axis.shape}: give one time per row")
    if not np.issubdtype(axis.dtype, np.number):
        try:
            return decimal_years(axis), "year"
        except (TypeError, ValueError) as error:
            raise ValueError(f"times must be numbers or dates, not {axis.dtype}") from error
    return axis.astype(float), time_unit


def panel(values: ArrayLike, times: ArrayLike | None = None, *, time_unit: str = "year", at_least: int = 3) -> Panel:
    """Values and times as every trend method takes them, checked.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, series)
        One column per series; NaN is a gap. A gap is counted (n per series), never filled.
    times : array_like, shape (n,), optional
        Numbers or dates (then decimal years), in any order, with whatever spacing. By default the index of a
        Series or DataFrame, if it is not a plain count, else 0, 1, 2 ...
    time_unit : str
        Unit of numeric times, in the singular.
    at_least : int
        Values a series must have.

    Returns
    -------
    Panel
        Ordered in time.

    Raises
    ------
    ValueError
        For an infinite value, a missing time, lengths that differ, a single series that is too short or
        constant. (In a table, a series that is too short or constant stays, and its P is missing.)
    """
    if isinstance(values, pd.DataFrame):
        text = [str(name) for name, kind in values.dtypes.items() if not pd.api.types.is_numeric_dtype(kind)]
        if text:
            raise ValueError(f"column {', '.join(map(repr, text))} does not hold numbers: leave it out")
    table = np.asarray(values, float)
    if table.ndim not in (1, 2) or table.size == 0:
        raise ValueError(f"values must have shape (n,) or (n, series), not {table.shape}")
    single = table.ndim == 1
    axis, unit = _axis(times, values, len(table), time_unit)
    if not np.isfinite(axis).all():
        raise ValueError(f"{int((~np.isfinite(axis)).sum())} times are missing or infinite: drop these rows first")
    names = tuple(map(str, values.columns)) if isinstance(values, pd.DataFrame) else None
    if names is not None and len(set(names)) < len(names):
        raise ValueError("two series have the same name: rename the columns")
    rows = table.reshape(len(table), -1).T
    if len(axis) > 1 and (np.diff(axis) < 0).any():
        order = np.argsort(axis, kind="stable")
        axis, rows = axis[order], rows[:, order]
    rows = np.ascontiguousarray(rows)
    present = np.isfinite(rows)
    if not present.all() and np.isinf(rows).any():
        where = np.flatnonzero(np.isinf(rows).any(axis=1))
        called = ", ".join(names[i] if names else str(i) for i in where[:5])
        raise ValueError(f"infinite values in series {called}: mark them as missing (NaN) or correct them")
    counts = present.sum(axis=1)
    if single:
        held = rows[0][present[0]]
        if counts[0] < at_least:
            raise ValueError(f"the series has {counts[0]} values; at least {at_least} are needed")
        if (held == held[0]).all():
            raise ValueError("the series is constant: nothing can be estimated from it")
        if axis[present[0]][0] == axis[present[0]][-1]:
            raise ValueError("all values are of one time: a trend needs several times")
    return Panel(rows, axis, present, counts, single, unit, names)


def autocorrelation(values: Floats, lags: int) -> Floats:
    """Autocorrelation at lags 0 ... lags, pairs with a gap left out.

    Parameters
    ----------
    values : ndarray, shape (series, n)
        On an equally spaced grid, NaN where missing.
    lags : int
        Largest lag, below n.

    Returns
    -------
    ndarray, shape (series, lags + 1)
        ``r_k = c_k / c_0`` with ``c_k = sum of products / (pairs + k)``, as R's ``acf(na.action = na.pass)``; without
        gaps the usual estimate with divisor n. NaN for a constant series.
    """
    present = np.isfinite(values)
    counts = present.sum(axis=1)
    n = values.shape[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        centred = np.where(present, values, 0.0)
        centred = np.where(present, centred - (centred.sum(axis=1) / counts)[:, None], 0.0)
        complete = bool(counts.min() == n)
        result = np.empty((len(values), lags + 1))
        for lag in range(lags + 1):
            products = np.einsum("ij,ij->i", centred[:, : n - lag], centred[:, lag:])
            pairs = n - lag if complete else (present[:, : n - lag] & present[:, lag:]).sum(axis=1)
            result[:, lag] = products / (pairs + lag)
        return result / np.where(result[:, :1] > 0, result[:, :1], np.nan)
