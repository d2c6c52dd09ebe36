"""Bootstraps by block and by cluster against R's boot, by the spread and the limits of the resampled statistic."""

from __future__ import annotations

from collections.abc import Callable

import golden
import numpy as np
from harness import Agreement, Case

from coldcarbon.stats import uncertainty

RESAMPLES = 100_000  # as R's: a standard error is then known to about 0.3 %, a limit to 1 % of the half-width
CHANCE = "Both sides draw at random; the tolerance is the chance left in as many resamples."


def nile() -> np.ndarray:
    return golden.frame("trend_nile")["y"].to_numpy(float)


def largest_difference(ours: uncertainty.Interval, theirs: dict[str, float]) -> float:
    """Of the estimate relative to itself, of the limits relative to R's half-width."""
    half = (theirs["high"] - theirs["low"]) / 2
    limits = [abs(float(np.ravel(getattr(ours, name))[0]) - theirs[name]) / half for name in ("low", "high")]
    estimate = float(np.ravel(ours.estimate)[0])
    return max(abs(estimate / theirs["estimate"] - 1), *limits)


def compare_blocks(kind: uncertainty.by_block.Kind, length: float, name: str) -> Callable[[], float]:
    def compare() -> float:
        ours = uncertainty.block_bootstrap(
            nile(), block_length=length, kind=kind, n_resamples=RESAMPLES, method="percentile"
        )
        return largest_difference(ours, golden.results("18_bootstrap")[name])

    return compare


def compare_lag_one() -> float:
    def correlation(series: np.ndarray) -> np.ndarray:
        early, late = series[:, :-1, 0], series[:, 1:, 0]
        early, late = (part - part.mean(axis=1, keepdims=True) for part in (early, late))
        return (early * late).sum(axis=1) / np.sqrt((early**2).sum(axis=1) * (late**2).sum(axis=1))

    ours = uncertainty.block_bootstrap(
        nile(), block_length=14, statistic=correlation, vectorized=True, n_resamples=RESAMPLES, method="percentile"
    )
    return largest_difference(ours, golden.results("18_bootstrap")["lag1"])


def compare_clusters() -> float:
    frame = golden.frame("bnpp")
    ours = uncertainty.cluster_bootstrap(frame["BNPP"], frame["biome"], n_resamples=RESAMPLES)
    return largest_difference(ours, golden.results("18_bootstrap")["cluster"])


def prepare_blocks() -> Callable[[], object]:
    series = nile()
    return lambda: uncertainty.block_bootstrap(series, block_length=14, n_resamples=2000, method="percentile")


def prepare_clusters() -> Callable[[], object]:
    frame = golden.frame("bnpp")
    values, biomes = frame["BNPP"].to_numpy(), frame["biome"].to_numpy()
    return lambda: uncertainty.cluster_bootstrap(values, biomes, n_resamples=2000)


def prepare_shifts() -> Callable[[], object]:
    noise = np.random.default_rng(1).standard_normal((2, 1000))
    scheme = uncertainty.CircularShift()
    return lambda: uncertainty.permutation_test(noise[0], noise[1], scheme=scheme, n_permutations=999)


CASES = [
    Case("blocks", prepare_blocks, "boot_blocks", 1.0, "Mean of the Nile series, 2000 resamples"),
    Case("clusters", prepare_clusters, "boot_clusters", 1.0, "Mean of 420 plots in 9 biomes, 2000 resamples"),
    Case("shifts", prepare_shifts, None, None, "Correlation of 1000 rows, all 999 circular shifts"),
]

AGREEMENT = [
    Agreement(
        "circular block bootstrap of a mean",
        'tsboot(y, mean, R, l = 14, sim = "fixed")',
        'block_bootstrap(y, block_length=14, method="percentile")',
        compare_blocks("circular", 14, "fixed"),
        0.02,
        CHANCE,
        "blocks",
    ),
    Agreement(
        "stationary bootstrap of a mean",
        'tsboot(y, mean, R, l = 12, sim = "geom")',
        'block_bootstrap(y, block_length=12, kind="stationary", method="percentile")',
        compare_blocks("stationary", 12, "geometric"),
        0.02,
        CHANCE,
    ),
    Agreement(
        "block bootstrap of another statistic",
        'tsboot(y, lag1, R, l = 14, sim = "fixed")',
        "block_bootstrap(y, block_length=14, statistic=lag1, vectorized=True)",
        compare_lag_one,
        0.03,
        CHANCE,
    ),
    Agreement(
        "cluster bootstrap of a mean",
        "boot(seq_along(g), function(i, w) mean(unlist(g[w])), R)",
        "cluster_bootstrap(values, clusters)",
        compare_clusters,
        0.02,
        CHANCE,
        "clusters",
    ),
]
