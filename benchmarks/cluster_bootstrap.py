"""Ratio of the matrix-product cluster bootstrap to the same resampling done cluster by cluster, in one run.

Run: python benchmarks/cluster_bootstrap.py
Prints both times (median of repeats, seconds) and their ratio; the two intervals must agree within Monte Carlo error.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy import stats

from coldcarbon.simulate import xiao2023
from coldcarbon.stats import depth_distribution, uncertainty

RESAMPLES = 2000
REPEATS = 3


def median_seconds(run: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main() -> None:
    profiles = xiao2023.root_profiles(seed=1)
    shares = depth_distribution.layer_shares(
        profiles["d50_extrapolated_m"].clip(lower=0.0025) * 100,
        profiles["d95_extrapolated_m"] * 100,
        xiao2023.LAYER_BOUNDS_CM,
    )
    clusters = profiles["reference"].to_numpy()
    rows = [np.flatnonzero(clusters == name) for name in np.unique(clusters)]

    def mean_of(draw: np.ndarray) -> np.ndarray:
        return shares[np.concatenate([rows[int(i)] for i in draw])].mean(axis=0)

    def looped() -> tuple[np.ndarray, np.ndarray]:
        result = stats.bootstrap(
            (np.arange(len(rows)),),
            mean_of,
            n_resamples=RESAMPLES,
            vectorized=False,
            method="percentile",
            rng=np.random.default_rng(1),
        )
        return result.confidence_interval.low, result.confidence_interval.high

    def product() -> uncertainty.Interval:
        return uncertainty.cluster_bootstrap(shares, clusters, n_resamples=RESAMPLES, seed=1)

    low, high = looped()
    ours = product()
    width = high - low
    largest = max(np.max(np.abs(ours.low - low) / width), np.max(np.abs(ours.high - high) / width))
    slow, fast = median_seconds(looped), median_seconds(product)
    print(f"{len(profiles)} rows, {len(rows)} clusters, {shares.shape[1]} columns, {RESAMPLES} resamples")
    print(f"scipy.stats.bootstrap, cluster by cluster: {slow:.3f} s; matrix product: {fast:.4f} s")
    print(f"ratio: {slow / fast:.1f}; largest difference of a limit: {largest:.3f} of the width")


if __name__ == "__main__":
    main()
