"""Empirical dynamic modelling: simplex, S-map and convergent cross mapping, with surrogates.

`cross_map` asks one direction at a time ("does cause drive effect?"; in the usual notation effect xmap cause);
`lag_scan` when the cause is seen best; `choose_embedding` which E; `surrogate_series` what chance would give. One
series or many short replicates (``segments``); no state of an embedding crosses a gap.
"""

from __future__ import annotations

from coldcarbon.stats.crossmap.cross_mapping import Convergence, CrossMap, cross_map, lag_scan
from coldcarbon.stats.crossmap.series import detrend
from coldcarbon.stats.crossmap.simplex import Embedding, Simplex, choose_embedding, s_map, simplex
from coldcarbon.stats.crossmap.surrogates import surrogate_series

__all__ = [
    "Convergence",
    "CrossMap",
    "Embedding",
    "Simplex",
    "choose_embedding",
    "cross_map",
    "detrend",
    "lag_scan",
    "s_map",
    "simplex",
    "surrogate_series",
]
