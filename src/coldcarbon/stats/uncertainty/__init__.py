"""Intervals and tests that respect how the rows came about: clusters, memory in time, neighbourhood in space.

By what the unit of replication is: `cluster_bootstrap` and `cluster_robust_interval` where rows share a source,
`block_bootstrap` where they follow each other in time, `row_interval` where they are independent. `permutation_test`
shuffles as the scheme it is given allows. `simulate_coverage` shows whether an interval keeps its promise.
"""

from coldcarbon.stats.uncertainty.by_block import block_bootstrap, block_rows, optimal_block_length
from coldcarbon.stats.uncertainty.by_cluster import (
    cluster_bootstrap,
    cluster_robust_interval,
    effective_clusters,
    intraclass_correlation,
    row_interval,
)
from coldcarbon.stats.uncertainty.interval import Interval
from coldcarbon.stats.uncertainty.permutation import PermutationTest, permutation_test
from coldcarbon.stats.uncertainty.shuffles import (
    CircularShift,
    FreeShuffle,
    SpectralRandomisation,
    TorusShift,
    WholeBlocks,
    WithinStrata,
    morans_i,
    neighbour_weights,
)
from coldcarbon.stats.uncertainty.simulated_coverage import coverage_summary, rejection_summary, simulate_coverage

__all__ = [
    "CircularShift",
    "FreeShuffle",
    "Interval",
    "PermutationTest",
    "SpectralRandomisation",
    "TorusShift",
    "WholeBlocks",
    "WithinStrata",
    "block_bootstrap",
    "block_rows",
    "cluster_bootstrap",
    "cluster_robust_interval",
    "coverage_summary",
    "effective_clusters",
    "intraclass_correlation",
    "morans_i",
    "neighbour_weights",
    "optimal_block_length",
    "permutation_test",
    "rejection_summary",
    "row_interval",
    "simulate_coverage",
]
