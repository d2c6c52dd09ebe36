"""Blocks keep the memory of a series; lengths are those of the published rule; planted means are covered."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from coldcarbon.stats import uncertainty

NILE = Path(__file__).parents[2] / "golden" / "data" / "trend_nile.csv"
KINDS = ("circular", "moving", "stationary")


def remembering(seed: int | np.random.Generator, n: int, memory: float, columns: int | None = None):
    """First-order autoregression around zero, with innovations of variance one."""
    rng = np.random.default_rng(seed)
    shape = (n + 200,) if columns is None else (n + 200, columns)
    return lfilter([1.0], [1.0, -memory], rng.standard_normal(shape), axis=0)[200:]


def looped(seed: int, n: int, memory: float):
    """The same process, step by step, as it was given to the peer."""
    noise = np.random.default_rng(seed).standard_normal(n + 200)
    series = np.zeros(n + 200)
    for i in range(1, n + 200):
        series[i] = memory * series[i - 1] + noise[i]
    return series[200:]


# arch 8.0.0, arch.bootstrap.optimal_block_length: memory, rows, seed, stationary, circular
ARCH = [
    (0.5, 200, 1, 5.124694752862689, 5.866311072340247),
    (0.9, 1000, 2, 25.786914352559656, 29.51864813087797),
    (0.0, 100, 3, 2.1345905440616697, 2.4434961978070597),
    (-0.4, 300, 4, 1.801689604957132, 2.062419751454715),
]


@pytest.mark.parametrize(("memory", "n", "seed", "stationary", "circular"), ARCH)
def test_block_length_equals_the_peers(memory, n, seed, stationary, circular):
    series = looped(seed, n, memory)
    assert uncertainty.optimal_block_length(series, "stationary") == pytest.approx(stationary, rel=1e-10)
    assert uncertainty.optimal_block_length(series) == pytest.approx(circular, rel=1e-10)
    assert uncertainty.optimal_block_length(series, "moving") == pytest.approx(circular, rel=1e-10)


def test_block_length_of_the_nile_equals_the_peers():
    nile = pd.read_csv(NILE)["y"]
    assert uncertainty.optimal_block_length(nile, "stationary") == pytest.approx(12.333494, rel=1e-6)
    assert uncertainty.optimal_block_length(nile, "circular") == pytest.approx(14.118327, rel=1e-6)


@given(seed=st.integers(0, 10_000), shift=st.floats(-100, 100), scale=st.floats(0.01, 100) | st.floats(-100, -0.01))
@settings(max_examples=30, deadline=None)
def test_block_length_ignores_unit_and_direction_of_time(seed, shift, scale):
    series = remembering(seed, 80, 0.6)
    expected = uncertainty.optimal_block_length(series)
    assert uncertainty.optimal_block_length(shift + scale * series) == pytest.approx(expected, rel=1e-6)
    assert uncertainty.optimal_block_length(series[::-1]) == pytest.approx(expected, rel=1e-6)
    both = uncertainty.optimal_block_length(np.column_stack([series, series**2]))
    assert both[0] == pytest.approx(expected, rel=1e-9)


def test_more_memory_needs_longer_blocks():
    lengths = [
        np.mean([uncertainty.optimal_block_length(remembering(s, 300, memory)) for s in range(20)])
        for memory in (0.0, 0.5, 0.9)
    ]
    assert lengths == sorted(lengths)
    assert lengths[2] > 3 * lengths[0]


@pytest.mark.parametrize("kind", KINDS)
def test_neighbours_stay_neighbours(kind):
    rows = uncertainty.block_rows(60, 300, 6, kind=kind)
    assert rows.shape == (300, 60)
    assert rows.min() == 0
    assert rows.max() == 59
    follows = (np.diff(rows, axis=1) - 1) % 60 == 0
    expected = 1 - 1 / 6  # one joint in six
    assert follows.mean() == pytest.approx(expected, abs=0.02)
    if kind == "moving":
        assert not ((rows[:, :-1] == 59) & follows).any()
    else:
        counts = np.bincount(rows.ravel(), minlength=60)
        assert counts.max() / counts.min() < 1.5  # every row is drawn alike


def test_series_keep_their_rows_and_lengths():
    groups = np.array(list("aabbbabbbbaaab"))
    rows = uncertainty.block_rows(len(groups), 50, 3, groups=groups)
    assert (groups[rows] == groups).all()
    alone = uncertainty.block_rows(5, 50, 5, kind="moving")
    assert (alone == np.arange(5)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_of_one_row_are_the_bootstrap_of_rows(kind):
    values = np.random.default_rng(3).normal(size=40)
    blocks = uncertainty.block_bootstrap(values, block_length=1, kind=kind, n_resamples=20_000, method="percentile")
    rows = uncertainty.row_interval(values, n_resamples=20_000)
    width = rows.high - rows.low
    assert blocks.low == pytest.approx(rows.low, abs=0.03 * width)
    assert blocks.high == pytest.approx(rows.high, abs=0.03 * width)
    assert blocks.n_clusters == 40


def test_the_spread_of_circular_resamples_is_known_in_closed_form():
    """With n a multiple of the length, the variance is that of the block means over the number of blocks."""
    values = remembering(5, 60, 0.6)
    length = 6
    wrapped = np.concatenate([values, values[: length - 1]])
    means = np.convolve(wrapped, np.full(length, 1 / length), "valid")
    rows = uncertainty.block_rows(60, 40_000, length)
    assert values[rows].mean(axis=1).var() == pytest.approx(means.var() / 10, rel=0.03)


@pytest.mark.parametrize("kind", KINDS)
def test_blocks_cover_the_mean_of_a_series_with_memory_and_rows_do_not(kind):
    def simulate(rng):
        return 4.0 + remembering(rng, 150, 0.6)

    blocks = uncertainty.simulate_coverage(
        simulate,
        lambda values: uncertainty.block_bootstrap(values, kind=kind, n_resamples=400),
        4.0,
        n_replicates=200,
    ).iloc[0]
    rows = uncertainty.simulate_coverage(
        simulate, lambda values: uncertainty.row_interval(values, n_resamples=200), 4.0, n_replicates=200
    ).iloc[0]
    assert 0.87 <= blocks["coverage"] <= 0.99
    assert rows["coverage_high"] < 0.80
    assert abs(blocks["bias_in_standard_errors"]) < 1 / 3


@pytest.mark.soak
@pytest.mark.parametrize(("n", "memory", "lowest"), [(50, 0.5, 0.88), (300, 0.5, 0.90), (500, 0.8, 0.90)])
def test_coverage_at_length(n, memory, lowest):
    found = {
        method: uncertainty.simulate_coverage(
            lambda rng: remembering(rng, n, memory),
            lambda values, method=method: uncertainty.block_bootstrap(values, method=method, n_resamples=1000),
            0.0,
            n_replicates=1500,
        ).iloc[0]
        for method in ("expanded", "percentile")
    }
    assert lowest < found["expanded"]["coverage"] < 0.97
    assert found["expanded"]["coverage"] > found["percentile"]["coverage"]


def test_several_short_series_are_covered_together():
    def simulate(rng):
        return np.concatenate([remembering(rng, 30, 0.5) for _ in range(8)])

    groups = np.repeat(np.arange(8), 30)
    found = uncertainty.simulate_coverage(
        simulate,
        lambda values: uncertainty.block_bootstrap(values, groups=groups, n_resamples=400),
        0.0,
        n_replicates=150,
    ).iloc[0]
    assert 0.82 <= found["coverage"] <= 0.99


def test_any_statistic_may_be_resampled_one_by_one_or_at_once():
    table = remembering(7, 120, 0.5, columns=2)

    def correlation(resample):
        return np.corrcoef(resample.T)[0, 1]

    def correlations(resamples):
        centred = resamples - resamples.mean(axis=1, keepdims=True)
        products = np.einsum("rmi,rmj->rij", centred, centred)
        return products[:, 0, 1] / np.sqrt(products[:, 0, 0] * products[:, 1, 1])

    one = uncertainty.block_bootstrap(table, block_length=5, statistic=correlation, n_resamples=300)
    many = uncertainty.block_bootstrap(table, block_length=5, statistic=correlations, vectorized=True, n_resamples=300)
    np.testing.assert_allclose([many.estimate, many.low, many.high], [one.estimate, one.low, one.high])
    assert one.low[0] < one.estimate[0] < one.high[0]


def test_columns_share_their_rows_and_the_seed_decides():
    series = remembering(8, 90, 0.4)
    two = uncertainty.block_bootstrap(np.column_stack([series, 3 + 2 * series]), n_resamples=500, seed=4)
    np.testing.assert_allclose(two.low[1], 3 + 2 * two.low[0])
    again = uncertainty.block_bootstrap(
        series, block_length=two.n_rows / two.n_effective_clusters, n_resamples=500, seed=4
    )
    assert again.low == pytest.approx(two.low[0])
    assert "circular block bootstrap" in again.method


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"values": [1.0, np.nan, 2, 3]}, "missing or infinite in 1 rows, the first of them row 1"),
        ({"values": np.ones(30)}, "column 0 is constant"),
        ({"values": [1.0, 2, 1, 3, 1]}, "5 rows are too few"),
        ({"values": np.ones((2, 2, 2))}, "one or two dimensions"),
        ({"block_length": 0.5}, "a block must have 1 to 20 rows"),
        ({"block_length": 21}, "a block must have 1 to 20 rows"),
        ({"block_length": 20}, "leave one block"),
        ({"kind": "tapered"}, "kind must be one of"),
        ({"method": "basic"}, "method must be"),
        ({"statistic": "median"}, "statistic must be"),
        ({"confidence": 95}, "confidence"),
        ({"n_resamples": 10}, "fewer than 100"),
        ({"groups": ["a"] * 3}, "20 rows of values but 3"),
        ({"groups": ["a"] * 19 + [None]}, "1 rows have no group label"),
        ({"groups": ["a"] * 19 + ["b"], "block_length": 2}, "1 to 1 rows"),
    ],
)
def test_bad_input_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        uncertainty.block_bootstrap(**({"values": remembering(1, 20, 0.5)} | arguments))
