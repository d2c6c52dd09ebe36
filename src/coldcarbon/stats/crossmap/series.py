"""Series as the methods of this room take them: named columns, replicates, trends removed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.crossmap.embedding import segment_codes

__all__ = ["Detrend", "Series", "detrend", "read_series"]

Floats = NDArray[np.float64]
Detrend = Literal["none", "linear", "difference", "seasonal", "seasonal-linear"]


@dataclass(frozen=True)
class Series:
    """Columns by name and the replicate each row belongs to."""

    columns: dict[str, Floats]
    segments: NDArray[np.intp]
    phases: NDArray | None

    def __getitem__(self, name: str) -> Floats:
        """A column."""
        return self.columns[name]


def phase_codes(phases: ArrayLike | int | None, n: int) -> NDArray[np.intp] | None:
    """Codes of the phase of the season of each row, from labels or from a period of rows."""
    if phases is None:
        return None
    if isinstance(phases, int | np.integer):
        if not 1 < phases <= n:
            raise ValueError(f"a period must lie between 2 and the number of rows {n}, not {phases}")
        return np.arange(n) % int(phases)
    labels = np.asarray(phases)
    if labels.shape != (n,) or pd.isna(labels).any():
        raise ValueError(f"phases must be a period or one label for each of the {n} rows")
    return np.unique(labels, return_inverse=True)[1]


def detrend(
    values: ArrayLike,
    method: Detrend = "linear",
    *,
    phases: ArrayLike | int | None = None,
    segments: ArrayLike | None = None,
) -> Floats:
    """A series without its trend or season, replicate by replicate.

    A common trend or season makes two series predict each other without any coupling.

    Parameters
    ----------
    values : array_like, shape (n,)
        Equally spaced within a replicate; NaN is a gap.
    method : str
        "none"; "linear": residuals of a straight line; "difference": x_t less x_(t-1), the first row of each replicate
        becoming a gap; "seasonal": less the mean of its phase (over all replicates); "seasonal-linear": residuals of
        both at once, by least squares.
    phases : array_like, shape (n,), or int, optional
        Phase of the season of each row (a month), or the period in rows.
    segments : array_like, shape (n,), optional
        Replicates.

    Returns
    -------
    ndarray, shape (n,)
        In the unit of the values.

    Raises
    ------
    ValueError
        For an unknown method, or a seasonal one without phases.
    """
    if method not in ("none", "linear", "difference", "seasonal", "seasonal-linear"):
        raise ValueError(f"unknown way to detrend: {method!r}")
    series = np.array(values, float)
    n = len(series)
    codes = segment_codes(segments, n)
    if method == "difference":
        changed = np.full(n, np.nan)
        changed[1:] = np.diff(series)
        changed[1:][np.diff(codes) != 0] = np.nan
        return changed
    if method == "linear":
        for code in range(codes[-1] + 1):
            here = np.flatnonzero((codes == code) & np.isfinite(series))
            if len(here) > 1:
                place = here - here.mean()
                mean = series[here].mean()
                series[here] -= mean + place * (place @ (series[here] - mean)) / (place @ place)
    if method.startswith("seasonal"):
        season = phase_codes(phases, n)
        if season is None:
            raise ValueError("a season needs phases: the month of each row, or the period in rows")
        present = np.flatnonzero(np.isfinite(series))
        design = np.eye(season.max() + 1)[season[present]]
        if method == "seasonal-linear":
            own = np.eye(codes[-1] + 1)[codes[present]]
            design = np.hstack([design, own, own * (present - present.mean())[:, None] / n])
        series[present] -= design @ np.linalg.lstsq(design, series[present], rcond=None)[0]
    return series


def read_series(
    data: pd.DataFrame | Mapping[str, ArrayLike],
    names: list[str],
    *,
    segments: str | ArrayLike | None = None,
    phases: str | ArrayLike | int | None = None,
    method: Detrend = "none",
) -> Series:
    """Named columns of a table, checked and detrended.

    Parameters
    ----------
    data : pandas.DataFrame or mapping
        Rows in time order within each replicate, equally spaced; NaN is a gap, which no embedding crosses.
    names : list of str
        Columns.
    segments, phases : str or array_like, optional
        Column name or labels of replicates and phases; phases may be a period.
    method : str
        As in `detrend`.

    Returns
    -------
    Series
        Columns as floats.

    Raises
    ------
    KeyError
        For a column that is not there.
    ValueError
        For infinite values, or a column that is constant or empty.
    """
    table = data if isinstance(data, pd.DataFrame) else pd.DataFrame(dict(data))
    wanted = [*dict.fromkeys(names), *(name for name in (segments, phases) if isinstance(name, str))]
    absent = [name for name in wanted if name not in table.columns]
    if absent:
        raise KeyError(
            f"no column {', '.join(map(repr, absent))}; the columns are {', '.join(map(str, table.columns))}"
        )
    labels: ArrayLike | None = table[segments].to_numpy() if isinstance(segments, str) else segments
    season: ArrayLike | int | None = table[phases].to_numpy() if isinstance(phases, str) else phases
    columns = {}
    for name in dict.fromkeys(names):
        if (table.columns == name).sum() > 1:
            raise ValueError(f"two columns are called {name!r}: rename one")
        if not pd.api.types.is_numeric_dtype(table[name]):
            raise ValueError(f"column {name!r} does not hold numbers")
        values = np.asarray(table[name], float)
        if np.isinf(values).any():
            raise ValueError(
                f"column {name!r} is infinite in row {np.flatnonzero(np.isinf(values))[0]}: mark it as NaN"
            )
        held = values[np.isfinite(values)]
        if len(held) == 0 or (held == held[0]).all():
            raise ValueError(f"column {name!r} is constant or empty: nothing can be predicted from it")
        columns[name] = detrend(values, method, phases=season, segments=labels)
    n = len(table)
    return Series(columns, segment_codes(labels, n), phase_codes(season, n))
