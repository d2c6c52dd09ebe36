"""Planted truths are counted as held or missed, and tests as rejecting or not."""

import numpy as np
import pytest
from scipy import stats

from coldcarbon.stats import uncertainty


def test_coverage_summary_counts():
    estimates = np.array([1.0, 2.0, 3.0, np.nan])
    summary = uncertainty.coverage_summary(estimates, estimates - 0.6, estimates + 0.6, 2.5).iloc[0]
    assert summary["replicates"] == 3
    assert summary["failed"] == 1
    assert summary["coverage"] == pytest.approx(2 / 3)
    assert summary["bias"] == pytest.approx(-0.5)
    assert summary["standard_error"] == pytest.approx(1.0)
    assert summary["bias_in_standard_errors"] == pytest.approx(-0.5)
    assert (summary["coverage_low"], summary["coverage_high"]) == pytest.approx((0.2077, 0.9385), abs=1e-4)  # Wilson
    two = uncertainty.coverage_summary(np.ones((5, 2)), np.zeros((5, 2)), np.full((5, 2), 2.0), [1.0, 3.0])
    assert two["coverage"].tolist() == [1.0, 0.0]
    varying = uncertainty.coverage_summary([1.0, 5.0], [0.0, 4.0], [2.0, 6.0], [1.5, 9.0])
    assert varying["coverage"].tolist() == [0.5]
    with pytest.raises(ValueError, match="must agree"):
        uncertainty.coverage_summary([1, 2], [0], [3, 4], 1)
    with pytest.raises(ValueError, match="two complete"):
        uncertainty.coverage_summary([1, np.nan], [0, 1], [3, 4], 1)


def t_interval(values):
    low, high = stats.t.interval(0.95, values.size - 1, values.mean(), stats.sem(values))
    return values.mean(), low, high


def test_a_right_interval_covers_and_a_half_as_wide_one_does_not():
    def simulate(rng):
        return rng.normal(3.0, 1.0, 15)

    def too_short(values):
        middle, low, high = t_interval(values)
        return middle, (middle + low) / 2, (middle + high) / 2

    right = uncertainty.simulate_coverage(simulate, t_interval, 3.0, n_replicates=400).iloc[0]
    wrong = uncertainty.simulate_coverage(simulate, too_short, 3.0, n_replicates=400).iloc[0]
    assert right["coverage_low"] < 0.95 < right["coverage_high"]
    assert abs(right["bias_in_standard_errors"]) < 0.2
    assert wrong["coverage_high"] < 0.8


def test_a_replicate_does_not_depend_on_their_number_and_failures_are_counted():
    seen = []

    def simulate(rng):
        seen.append(rng.normal())
        return seen[-1]

    def interval(value):
        if value < 0:
            raise ValueError("below zero")
        return value, value - 2, value + 2

    few = uncertainty.simulate_coverage(simulate, interval, 0.0, n_replicates=20).iloc[0]
    uncertainty.simulate_coverage(simulate, interval, 0.0, n_replicates=40)
    assert seen[:20] == seen[20:40]
    assert few["failed"] == sum(value < 0 for value in seen[:20])
    assert few["replicates"] == 20 - few["failed"]
    with pytest.raises(ValueError, match="all 5 replicates failed") as caught:
        uncertainty.simulate_coverage(simulate, lambda _: interval(-1.0), 0.0, n_replicates=5)
    assert str(caught.value.__cause__) == "below zero"


def test_intervals_of_many_columns_are_counted_one_by_one():
    found = uncertainty.simulate_coverage(
        lambda rng: rng.normal([0.0, 5.0], 1.0, (30, 2)),
        lambda table: uncertainty.row_interval(table, n_resamples=200),
        [0.0, 50.0],
        n_replicates=30,
    )
    assert found["coverage"].tolist() == [pytest.approx(0.95, abs=0.12), 0.0]


def test_rejections_are_counted_with_their_interval():
    found = uncertainty.rejection_summary([0.01, 0.05, 0.2, 0.9])
    assert found["rejected"] == 0.5
    assert (found["rejected_low"], found["rejected_high"]) == pytest.approx((0.1500, 0.8500), abs=1e-4)  # Wilson
    for bad in ([], [0.1, np.nan], [1.5]):
        with pytest.raises(ValueError, match="between 0 and 1"):
            uncertainty.rejection_summary(bad)
