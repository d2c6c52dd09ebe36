"""The result that all rooms of uncertainty give, and limits from resamples."""

import numpy as np
import pytest
from scipy import stats

from coldcarbon.stats import uncertainty
from coldcarbon.stats.uncertainty.interval import limits, mean_resamples


def test_an_interval_becomes_a_table_of_one_row_per_column():
    table = np.random.default_rng(0).normal([1.0, 2.0], 1.0, (50, 2))
    frame = uncertainty.row_interval(table, n_resamples=200).to_frame(index=["a", "b"])
    assert frame.index.tolist() == ["a", "b"]
    assert (frame["low"] < frame["estimate"]).all()
    assert (frame["estimate"] < frame["high"]).all()
    assert set(frame["unit"]) == {"row"}


def test_percentile_limits_are_quantiles():
    resamples = np.random.default_rng(1).normal(size=(1000, 2))
    low, high = limits(resamples, 0.9)
    np.testing.assert_allclose([low, high], np.quantile(resamples, [0.05, 0.95], axis=0))


def test_expanded_limits_of_normal_resamples_are_those_of_student():
    n = 8
    spread = np.sqrt((n - 1) / n)  # a bootstrap's, for a standard error of one
    resamples = spread * stats.norm.ppf((np.arange(200_000) + 0.5) / 200_000)[:, None]
    _, high = limits(resamples, 0.95, n_pieces=n)
    assert high[0] == pytest.approx(stats.t.ppf(0.975, n - 1), rel=1e-3)
    _, wide = limits(resamples, 0.95, n_pieces=1e9)
    _, plain = limits(resamples, 0.95)
    assert wide == pytest.approx(plain, rel=1e-6)


def test_means_of_resamples_are_those_of_the_rows_drawn():
    rng = np.random.default_rng(2)
    values = rng.normal(size=(12, 3))
    rows = rng.integers(0, 12, (150, 12))
    drawn = iter([rows])
    means = mean_resamples(values, np.ones((12, 1)), lambda _: next(drawn), 150)
    np.testing.assert_allclose(means, values[rows].mean(axis=1))


def test_an_interval_is_drawn_from_its_limits():
    table = np.random.default_rng(3).normal([1.0, 2.0], 1.0, (50, 2))
    found = uncertainty.row_interval(table, n_resamples=200)
    assert found.summary().equals(found.to_frame())
    axes = found.plot(names=["shrubs", "grass"])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["shrubs", "grass"]
    segments = axes.collections[0].get_segments()
    np.testing.assert_allclose([line[:, 0] for line in segments], np.column_stack([found.low, found.high]))
    assert "95 %" in axes.get_xlabel()
