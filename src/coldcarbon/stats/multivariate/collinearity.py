"""Variance inflation, and predictors left out by it one at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.stats.inputs import complete_columns, require_varying

__all__ = ["VifElimination", "eliminate_collinear", "model_columns", "variance_inflation"]

Floats = NDArray[np.float64]
SINGULAR = 1e-12  # smallest share of a column's variance that the others may leave unexplained


def numeric_columns(data: pd.DataFrame, columns: Sequence[str] | None, at_least: int = 2) -> pd.DataFrame:
    """The named columns, or all, as floats: complete, numeric, varying, of different names.

    Parameters
    ----------
    data : pandas.DataFrame
        Table.
    columns : sequence of str, optional
        Which; all if left out.
    at_least : int
        Columns needed.

    Returns
    -------
    pandas.DataFrame
        Floats.
    """
    names = [str(name) for name in data.columns] if columns is None else list(columns)
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"columns have the same name: {', '.join(map(repr, twice))}")
    if len(names) < at_least:
        raise ValueError(f"{len(names)} columns given, at least {at_least} are needed")
    chosen = complete_columns(data, names)
    text = [name for name in names if not pd.api.types.is_numeric_dtype(chosen[name])]
    if text:
        raise ValueError(f"{', '.join(map(repr, text))} holds text: numbers are needed")
    require_varying(chosen, names)
    return chosen.astype(float)


def model_columns(data: pd.DataFrame, columns: Sequence[str]) -> tuple[Floats, list[NDArray[np.intp]], list[str]]:
    """Columns of a linear model: numbers as they are, factors as dummies without their first level, all centred.

    Parameters
    ----------
    data : pandas.DataFrame
        Table.
    columns : sequence of str
        Terms.

    Returns
    -------
    tuple
        Matrix with columns of length one, places of each term's columns, names of the columns.
    """
    chosen = complete_columns(data, columns)
    require_varying(chosen, list(columns))
    parts: list[Floats] = []
    places: list[NDArray[np.intp]] = []
    names: list[str] = []
    for name in columns:
        values = chosen[name]
        if pd.api.types.is_numeric_dtype(values):
            parts.append(values.to_numpy(float)[:, None])
            names.append(name)
        else:
            levels = sorted(values.unique(), key=str)
            parts.append((values.to_numpy(object)[:, None] == np.array(levels[1:], dtype=object)).astype(float))
            names += [f"{name}[{level}]" for level in levels[1:]]
        places.append(np.arange(len(names) - parts[-1].shape[1], len(names)))
    table = np.hstack(parts)
    table = table - table.mean(axis=0)
    return table / np.linalg.norm(table, axis=0), places, names


def refuse_dependent(table: Floats, names: Sequence[str]) -> None:
    """Refuse columns of which one is a linear combination of the others, and name them.

    Parameters
    ----------
    table : numpy.ndarray, shape (n, k)
        Centred columns of length one.
    names : sequence of str
        Of the columns.
    """
    n, k = table.shape
    if n <= k:
        raise ValueError(f"{n} rows are too few for {k} columns: at least {k + 1} are needed, leave columns out")
    _, singular, right = np.linalg.svd(table, full_matrices=False)
    if singular[-1] ** 2 >= SINGULAR:
        return
    null = np.abs(right[singular**2 < SINGULAR]).max(axis=0)
    involved = [name for name, share in zip(names, null, strict=True) if share > 1e-4]
    raise ValueError(
        f"{', '.join(map(repr, involved))} depend linearly on each other: leave at least one of them out first"
    )


def _generalised(table: Floats, places: Sequence[NDArray[np.intp]]) -> Floats:
    """Variance inflation of each term from a matrix of full rank with columns of length one."""
    # R'R is the correlation matrix, and the inverse of R keeps accuracy where that of R'R would lose half of it
    inverse = np.linalg.inv(np.linalg.qr(table, mode="r"))
    precision = inverse @ inverse.T
    correlation = table.T @ table
    values = np.empty(len(places))
    for i, own in enumerate(places):
        if own.size == 1:
            values[i] = precision[own[0], own[0]]
        else:
            block = np.ix_(own, own)
            values[i] = np.linalg.det(correlation[block]) * np.linalg.det(precision[block])
    return values


def variance_inflation(data: pd.DataFrame, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Variance inflation factors of predictors of a linear model with intercept.

    ``1 / (1 - R2)`` of each predictor regressed on the others; for a factor the generalised one of Fox and Monette
    (1992, Journal of the American Statistical Association 87, 178): ``det(R11) det(R22) / det(R)``. Agrees with
    ``car::vif``.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Predictors; text and categories are factors.
    columns : sequence of str, optional
        Which; all if left out.

    Returns
    -------
    pandas.DataFrame
        By predictor: vif, freedom (columns it takes), vif_per_freedom (``vif ** (1 / (2 freedom))``; its square is
        comparable between factors and numbers).

    Raises
    ------
    ValueError
        If fewer than two predictors are given, one is constant or has missing values, rows are too few, or columns
        depend linearly on each other (these are named).
    """
    names = [str(name) for name in data.columns] if columns is None else list(columns)
    if len(names) < 2 or len(set(names)) < len(names):
        raise ValueError("two predictors at least are needed, each named once")
    table, places, column_names = model_columns(data, names)
    refuse_dependent(table, column_names)
    values = _generalised(table, places)
    freedom = np.array([own.size for own in places])
    return pd.DataFrame(
        {"vif": values, "freedom": freedom, "vif_per_freedom": values ** (0.5 / freedom)},
        index=pd.Index(names, name="predictor"),
    )


@dataclass(frozen=True)
class VifElimination:
    """Predictors left by `eliminate_collinear`, and how it came to them.

    Attributes
    ----------
    kept, removed : tuple of str
        Predictors; removed ones in the order of their leaving.
    trace : pandas.DataFrame, shape (steps, predictors)
        Inflation at each step (squared ``vif_per_freedom``, for numbers the plain factor); missing once removed.
    threshold : float
        As given.
    rule : str
        What was done, for a caption.
    """

    kept: tuple[str, ...]
    removed: tuple[str, ...]
    trace: pd.DataFrame = field(repr=False)
    threshold: float
    rule: str

    def summary(self) -> pd.DataFrame:
        """Predictors with their first and last inflation.

        Returns
        -------
        pandas.DataFrame
            By predictor: first, last (as it was when it left, or in the end), step_removed (missing if kept).
        """
        last = self.trace.ffill().iloc[-1]
        step = pd.Series({name: i + 1 for i, name in enumerate(self.removed)}, dtype=float)
        return pd.DataFrame({"first": self.trace.iloc[0], "last": last, "step_removed": step}).loc[
            list(self.trace.columns)
        ]

    def plot(self, ax: Any = None) -> Any:
        """Inflation by step, one line for each predictor.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; a new figure otherwise.

        Returns
        -------
        matplotlib.axes.Axes
            The axes drawn on.
        """
        import matplotlib.pyplot as plt

        axes = plt.subplots()[1] if ax is None else ax
        for name in self.trace.columns:
            axes.plot(self.trace.index, self.trace[name], marker="o", label=name)
        axes.axhline(self.threshold, linewidth=0.8, linestyle="--", color="0.5")
        axes.set_yscale("log")
        axes.set_xlabel("Step")
        axes.set_ylabel("Variance inflation factor")
        axes.legend()
        return axes


def eliminate_collinear(
    data: pd.DataFrame,
    columns: Sequence[str] | None = None,
    *,
    threshold: float = 5.0,
    keep: Collection[str] = (),
) -> VifElimination:
    """Leave out predictors one at a time until none is inflated.

    The rule: while the largest factor is at least the threshold, the predictor that has it is left out (the first named
    of equals) and all factors are computed anew. Leaving out at once all that exceed the threshold, as is also done,
    loses more: of two that stand for each other both would go.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Predictors without the response.
    columns : sequence of str, optional
        Which; all if left out.
    threshold : float
        Above 1; 5 and 10 are customary. For factors the squared ``vif_per_freedom`` is held against it.
    keep : collection of str
        Predictors never left out; the largest of the others goes.

    Returns
    -------
    VifElimination
        Kept and removed predictors and the trace.

    Raises
    ------
    ValueError
        As `variance_inflation`; or if only predictors of ``keep`` are left and still inflated.
    """
    if not threshold > 1:
        raise ValueError(f"threshold must be above 1, not {threshold}")
    left = [str(name) for name in data.columns] if columns is None else list(columns)
    unknown = [name for name in keep if name not in left]
    if unknown:
        raise ValueError(f"{', '.join(map(repr, unknown))} to be kept is not among {', '.join(left)}")
    names = list(left)
    removed: list[str] = []
    trace = []
    if len(left) < 2 or len(set(left)) < len(left):
        raise ValueError("two predictors at least are needed, each named once")
    table, places, column_names = model_columns(data, left)
    refuse_dependent(table, column_names)
    of = dict(zip(left, places, strict=True))
    while True:
        if len(left) == 1:
            trace.append({left[0]: 1.0})
            break
        # terms keep their columns; only the places within the smaller matrix move
        chosen = np.concatenate([of[name] for name in left])
        ends = np.cumsum([of[name].size for name in left])
        here = [np.arange(end - of[name].size, end) for name, end in zip(left, ends, strict=True)]
        size = np.array([of[name].size for name in left])
        values = _generalised(table[:, chosen], here) ** (1 / size)
        trace.append(dict(zip(left, values.tolist(), strict=True)))
        if values.max() < threshold:
            break
        free = [i for i, name in enumerate(left) if name not in keep]
        if not free:
            raise ValueError(f"only predictors to be kept are left, and {left[int(values.argmax())]!r} is inflated")
        removed.append(left.pop(free[int(values[free].argmax())]))
    rule = f"largest variance inflation factor left out, one predictor at a time, until all are below {threshold:g}"
    if keep:
        rule += f"; {', '.join(keep)} always kept"
    steps = pd.DataFrame(trace, columns=names, index=pd.RangeIndex(1, len(trace) + 1, name="step"))
    return VifElimination(tuple(left), tuple(removed), steps, threshold, rule)
