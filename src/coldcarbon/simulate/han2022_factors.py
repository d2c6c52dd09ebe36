"""Ecosystem factors and oxygen production at sites of a transect, with or without planted effects.

Sites stand in a row along the gradient. Factors of one group share a part of their variance; all columns may remember
their neighbour, as climate and soils along a transect do. Oxygen production is the planted effects times the factors
plus noise of the same memory, scaled to variance one. Numbers of factors and sites default to the paper's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coldcarbon import published
from coldcarbon.simulate.memory import with_memory

__all__ = ["EFFECT", "GROUPS", "MEMORIES", "STEPS", "factors", "group_columns"]

Floats = NDArray[np.float64]
GROUPS: Final = ("climatic", "plant", "soil", "microbial")
MEMORIES: Final[dict[str, float]] = {"sites independent": 0.0, "neighbours alike": 0.5, "strongly alike": 0.8}
"""Correlation of a column at neighbouring sites in three kinds of studies."""
EFFECT: Final = 0.3
"""Standardized effect of a moderate factor."""
STEPS: Final = (0.40, 0.32, 0.24, 0.16, 0.08)
"""Standardized effects of five factors in even steps."""


def _sizes() -> dict[str, int]:
    return {group: int(published.get(f"han2022-n-factors-{group}").value) for group in GROUPS}


def group_columns() -> dict[str, slice]:
    """Columns of each group, in the order of `GROUPS`.

    Returns
    -------
    dict of str to slice
        Over the columns that `factors` gives.
    """
    ends = np.cumsum([0, *_sizes().values()])
    return {group: slice(int(a), int(b)) for group, a, b in zip(GROUPS, ends[:-1], ends[1:], strict=True)}


def factors(
    seed: int,
    *,
    replicates: int,
    n_sites: int | None = None,
    shared: float = 0.0,
    neighbours: float = 0.0,
    effects: Mapping[int, float] | None = None,
) -> tuple[Floats, Floats]:
    """Simulate studies.

    Parameters
    ----------
    seed : int
        The same seed gives the same numbers.
    replicates : int
        Studies.
    n_sites : int, optional
        Sites of each; by default the paper's 30.
    shared : float
        Correlation of two factors of a group, 0 to below 1.
    neighbours : float
        Correlation of one column at neighbouring sites, 0 to below 1.
    effects : mapping of int to float, optional
        Standardized effect of a factor (by column) on oxygen production. By default none.

    Returns
    -------
    factors : numpy.ndarray, shape (replicates, n_sites, 44)
        Standard normal columns; groups as `group_columns`.
    production : numpy.ndarray, shape (replicates, n_sites)
        Oxygen production in standard deviations.

    Raises
    ------
    ValueError
        If a correlation leaves its range or the effects explain all of the variance.
    """
    if not (0 <= shared < 1 and 0 <= neighbours < 1):
        raise ValueError(f"correlations must lie from 0 to below 1, not {shared} and {neighbours}")
    n = int(published.get("han2022-n-sites").value) if n_sites is None else n_sites
    groups, planted = group_columns(), dict(effects or {})
    k = groups[GROUPS[-1]].stop
    rng = np.random.default_rng(seed)
    own = with_memory(rng.normal(size=(replicates, n, k)), neighbours, axis=1)
    common = with_memory(rng.normal(size=(replicates, n, len(groups))), neighbours, axis=1)
    table = np.sqrt(1 - shared) * own
    for place, columns in enumerate(groups.values()):
        table[..., columns] += np.sqrt(shared) * common[..., [place]]
    weights = np.zeros(k)
    weights[list(planted)] = list(planted.values())
    among = np.zeros((k, k))
    for columns in groups.values():
        among[columns, columns] = shared
    np.fill_diagonal(among, 1.0)
    explained = float(weights @ among @ weights)
    if explained >= 1:
        raise ValueError(f"the effects explain {explained:.2f} of the variance, which must stay below 1")
    noise = with_memory(rng.normal(size=(replicates, n, 1)), neighbours, axis=1)[..., 0]
    return table, table @ weights + np.sqrt(1 - explained) * noise
