"""R2 divided among predictors that overlap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.stats.multivariate.collinearity import model_columns, numeric_columns, refuse_dependent

__all__ = ["Partition", "hierarchical_partitioning"]

Floats = NDArray[np.float64]
MOST = 16


@dataclass(frozen=True)
class Partition:
    """Result of `hierarchical_partitioning`.

    Attributes
    ----------
    table : pandas.DataFrame
        By predictor or group: unique (what it adds to all others), average_shared (individual minus unique), individual
        (sums to ``total``), percent (of ``total``), alone (R2 with it only).
    total : float
        R2 with all.
    adjusted : bool
        Whether R2 is adjusted.
    """

    table: pd.DataFrame
    total: float
    adjusted: bool

    def summary(self) -> pd.DataFrame:
        """The table with the largest individual share first.

        Returns
        -------
        pandas.DataFrame
            As ``table``.
        """
        return self.table.sort_values("individual", ascending=False, kind="stable")

    def plot(self, ax: Any = None) -> Any:
        """Bars of unique and shared parts.

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
        table = self.summary()[::-1]
        place = np.arange(len(table))
        axes.barh(place, table["individual"], color="C0")
        axes.plot(table["unique"], place, "|", color="black", markersize=12, label="Unique")
        axes.set_yticks(place, [str(name) for name in table.index])
        axes.set_xlabel("Individual share of R2")
        axes.legend()
        return axes


def hierarchical_partitioning(
    data: pd.DataFrame,
    response: str | Sequence[str],
    predictors: Sequence[str] | None = None,
    *,
    groups: Mapping[str, Sequence[str]] | None = None,
    adjusted: bool = False,
) -> Partition:
    """Individual share of each predictor in R2: the mean of what it adds, over all orders of entry.

    The mean over orders (Chevan and Sutherland 1991, The American Statistician 45, 90; also called LMG or the Shapley
    value) equals what a predictor adds to all others plus, of each part shared by m predictors, one m-th (Lai et al.
    2022, Methods in Ecology and Evolution 13, 782). Shares sum to R2.

    Parameters
    ----------
    data : pandas.DataFrame, shape (n, columns)
        Table, none missing.
    response : str or sequence of str
        One response, or several: R2 is then that of redundancy analysis (share of their summed variance).
    predictors : sequence of str, optional
        Numbers or factors; all other columns if left out.
    groups : mapping of str to sequence of str, optional
        Predictors that enter together, instead of ``predictors``.
    adjusted : bool
        Use ``1 - (1 - R2) (n - 1) / (n - m - 1)`` for every subset of m columns, as ``rdacca.hp`` does by default;
        shares may then be negative.

    Returns
    -------
    Partition
        Agrees with ``rdacca.hp`` (method RDA) and, for one response, with ``relaimpo``'s lmg.

    Raises
    ------
    ValueError
        If there are more than 16 predictors or groups (2**16 regressions), or input is missing, constant, or linearly
        dependent (columns are named).
    """
    answers = [response] if isinstance(response, str) else list(response)
    if groups is None:
        names = list(predictors) if predictors is not None else [str(c) for c in data.columns if c not in answers]
        groups = {name: [name] for name in names}
    terms = {name: list(members) for name, members in groups.items()}
    named = [column for members in terms.values() for column in members]
    if len(set(named)) < len(named) or set(named) & set(answers):
        raise ValueError("each column may stand once, as a response or in one group of predictors")
    if not 1 < len(terms) <= MOST:
        raise ValueError(f"{len(terms)} predictors or groups: from 2 to {MOST} can be partitioned")
    outcome = numeric_columns(data, answers, at_least=1).to_numpy()
    table, places, column_names = model_columns(data, named)
    refuse_dependent(table, column_names)
    outcome = outcome - outcome.mean(axis=0)
    of_column = dict(zip(named, places, strict=True))
    columns = [np.concatenate([of_column[member] for member in members]) for members in terms.values()]
    r2 = _all_subsets(table, outcome, columns)
    p = len(columns)
    if adjusted:
        width = np.array([sum(columns[j].size for j in range(p) if subset >> j & 1) for subset in range(2**p)])
        n = len(table)
        if n - width.max() - 1 < 1:
            raise ValueError(f"{n} rows leave no degrees of freedom for adjusted R2 with {width.max()} columns")
        r2 = 1 - (1 - r2) * (n - 1) / (n - width - 1)
        r2[0] = 0.0
    subsets = np.arange(2**p)
    members = np.array([int(s).bit_count() for s in subsets])
    weight = np.array([1 / (p * comb(p - 1, m)) if m < p else 0.0 for m in range(p + 1)])
    everything = 2**p - 1
    individual, unique, alone = np.empty(p), np.empty(p), np.empty(p)
    for j in range(p):
        without = subsets[(subsets >> j & 1) == 0]
        individual[j] = (weight[members[without]] * (r2[without | 1 << j] - r2[without])).sum()
        unique[j] = r2[everything] - r2[everything ^ 1 << j]
        alone[j] = r2[1 << j]
    total = float(r2[everything])
    result = pd.DataFrame(
        {
            "unique": unique,
            "average_shared": individual - unique,
            "individual": individual,
            "percent": 100 * individual / total,
            "alone": alone,
        },
        index=pd.Index(list(terms), name="predictor"),
    )
    return Partition(result, total, adjusted)


def _all_subsets(table: Floats, outcome: Floats, columns: Sequence[NDArray[np.intp]]) -> Floats:
    """R2 of every subset of terms, indexed by its bits; subsets with as many columns are solved at once."""
    gram = table.T @ table
    cross = table.T @ outcome
    scale = float((outcome**2).sum())
    p = len(columns)
    r2 = np.zeros(2**p)
    by_width: dict[int, list[tuple[int, NDArray[np.intp]]]] = {}
    for m in range(1, p + 1):
        for chosen in combinations(range(p), m):
            here = np.concatenate([columns[j] for j in chosen])
            by_width.setdefault(here.size, []).append((sum(1 << j for j in chosen), here))
    for subsets in by_width.values():
        index = np.array([here for _, here in subsets])
        right = cross[index]
        solved = np.linalg.solve(gram[index[:, :, None], index[:, None, :]], right)
        r2[[subset for subset, _ in subsets]] = (right * solved).sum(axis=(1, 2)) / scale
    return r2
