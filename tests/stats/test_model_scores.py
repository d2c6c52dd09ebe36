"""Scores against scikit-learn and scipy, their parts, their intervals, and Taylor's identity."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from coldcarbon.stats.model_scores import (
    SCORES,
    model_scores,
    score_columns,
    score_gains,
    score_intervals,
    taylor_statistics,
)
from coldcarbon.stats.uncertainty import cluster_robust_interval


def _data(seed, n=40):
    random = np.random.default_rng(seed)
    observed = random.normal(5, 3, n)
    return observed, 0.6 * observed + random.normal(1, 2, n)


def test_scores_are_those_of_other_libraries():
    observed, simulated = _data(1)
    ours = model_scores(observed, simulated)
    line = stats.linregress(observed, simulated)
    expected = {
        "efficiency": metrics.r2_score(observed, simulated),
        "r2": line.rvalue**2,
        "rmse": metrics.root_mean_squared_error(observed, simulated),
        "mae": metrics.mean_absolute_error(observed, simulated),
        "bias": simulated.mean() - observed.mean(),
        "slope": line.slope,
    }
    assert ours.to_dict() == pytest.approx(expected, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50), st.floats(-100, 100))
def test_units_and_bounds(seed, factor, shift):
    observed, simulated = _data(seed)
    before = model_scores(observed, simulated)
    after = model_scores(factor * observed + shift, factor * simulated + shift)
    for name in ("efficiency", "r2", "slope"):
        assert after[name] == pytest.approx(before[name], abs=1e-8)
    for name in ("rmse", "mae", "bias"):
        assert after[name] == pytest.approx(factor * before[name], abs=1e-8 * factor * 100)
    assert before["efficiency"] <= before["r2"] + 1e-12


def test_columns_are_the_jackknife_to_first_order():
    observed, simulated = _data(2, 400)
    columns, n = score_columns(observed, simulated), 400
    keep = ~np.eye(n, dtype=bool)
    left_out = np.array([model_scores(observed[k], simulated[k]) for k in keep])
    pseudo = n * model_scores(observed, simulated).to_numpy() - (n - 1) * left_out
    # a row far out has an influence of second order: compare spreads, which intervals are made of
    assert columns.std().to_numpy() == pytest.approx(pseudo.std(axis=0, ddof=1), rel=0.03)


def test_intervals_hold_the_scores_of_a_planted_model():
    # simulated = a + b observed + noise: all scores of the population are known
    a, b, noise, sd = 1.0, 0.6, 1.5, 3.0
    mse = a**2 + (b - 1) ** 2 * sd**2 + noise**2
    truth = {"efficiency": 1 - mse / sd**2, "r2": b**2 * sd**2 / (b**2 * sd**2 + noise**2), "bias": a, "slope": b}
    truth["rmse"] = np.sqrt(mse)
    random = np.random.default_rng(5)
    held = dict.fromkeys(truth, 0)
    for _ in range(200):
        observed = random.normal(0, sd, 120)
        simulated = a + b * observed + random.normal(0, noise, 120)
        found = cluster_robust_interval(score_columns(observed, simulated), np.arange(120))
        for k, name in enumerate(SCORES):
            if name in held:
                held[name] += found.low[k] <= truth[name] <= found.high[k]
    assert all(180 <= count <= 199 for count in held.values()), held


@pytest.mark.parametrize("slope", [0.6, -0.6])
def test_bounded_intervals_hold_the_planted_scores_of_few_clusters(slope):
    a, noise, sd, clusters = 1.0, 1.5, 3.0, 6
    mse = a**2 + (slope - 1) ** 2 * sd**2 + noise**2
    r2 = slope**2 * sd**2 / (slope**2 * sd**2 + noise**2)
    truth = pd.Series([1 - mse / sd**2, r2, np.sqrt(mse), a, slope], ["efficiency", "r2", "rmse", "bias", "slope"])
    random = np.random.default_rng(6)
    held = pd.Series(0, truth.index)
    label = np.repeat(np.arange(clusters), 20)
    for _ in range(250):
        observed = random.normal(0, sd, label.size)
        simulated = a + slope * observed + random.normal(0, noise, label.size)
        found = score_intervals(observed, simulated, label)
        assert found.loc["efficiency", "high"] < 1
        assert found.loc[["rmse", "mae"], "low"].min() > 0
        assert 0 <= found.loc["r2", "low"] <= found.loc["r2", "estimate"] <= found.loc["r2", "high"] < 1
        limits = found.loc[truth.index]
        held += (limits["low"] <= truth) & (truth <= limits["high"])
    assert held.between(222, 248).all(), held


def test_intervals_far_from_bounds_are_the_plain_ones():
    observed, simulated = _data(7, 3000)
    label = np.arange(3000)
    plain = cluster_robust_interval(score_columns(observed, simulated), label)
    found = score_intervals(observed, simulated, label)
    np.testing.assert_allclose(found["low"], plain.low, atol=0.003)
    np.testing.assert_allclose(found["high"], plain.high, atol=0.003)


def test_intervals_of_odd_models():
    observed, _ = _data(8)
    label = np.repeat(np.arange(8), 5)
    flat = score_intervals(observed, np.full_like(observed, 2.0), label)
    assert flat.loc["r2"].isna().all()
    assert flat.drop("r2").notna().all(axis=None)
    perfect = score_intervals(observed, observed, label)
    np.testing.assert_allclose(perfect["low"], perfect["high"], atol=1e-9)
    with pytest.raises(ValueError, match="at least two clusters"):
        score_intervals(observed, observed + 1.0, np.zeros(40))


def test_a_constant_model_has_no_correlation():
    observed, _ = _data(3)
    flat = np.full_like(observed, observed.mean())
    scores = model_scores(observed, flat)
    assert np.isnan(scores["r2"])
    assert scores["efficiency"] == pytest.approx(0, abs=1e-12)
    taylor = taylor_statistics(observed, flat)
    assert taylor["sd_simulated"] == 0
    assert np.isnan(taylor["correlation"])
    assert taylor["centred_rmse"] == pytest.approx(observed.std())


def test_a_perfect_model():
    observed, _ = _data(4)
    assert model_scores(observed, observed).tolist() == pytest.approx([1, 1, 0, 0, 0, 1], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000))
def test_the_law_of_cosines(seed):
    observed, simulated = _data(seed)
    t = taylor_statistics(observed, simulated)
    right = t["sd_observed"] ** 2 + t["sd_simulated"] ** 2
    right -= 2 * t["sd_observed"] * t["sd_simulated"] * t["correlation"]
    assert t["centred_rmse"] ** 2 == pytest.approx(right, rel=1e-9)
    assert model_scores(observed, simulated)["rmse"] ** 2 == pytest.approx(t["centred_rmse"] ** 2 + t["bias"] ** 2)


@pytest.mark.parametrize(
    ("observed", "simulated", "message"),
    [
        ([1, 2, 3], [1, 2], "same length"),
        ([1, 2], [1, 2], "too few"),
        ([1, np.nan, 3], [1, 2, 3], "observed is nan in row 1"),
        ([1, 2, 3], [1, 2, np.inf], "simulated is inf in row 2"),
        ([2, 2, 2], [1, 2, 3], "all observations are equal"),
    ],
)
def test_bad_input(observed, simulated, message):
    with pytest.raises(ValueError, match=message):
        model_scores(observed, simulated)


def test_gains_are_differences_with_the_interval_of_a_mean():
    random = np.random.default_rng(5)
    seen = random.normal(5, 2, 60)
    good, poor = seen + random.normal(0, 0.5, 60), seen + random.normal(1, 1.5, 60)
    towers = np.repeat(np.arange(6), 10)
    found = score_gains(seen, good, poor, towers)
    expected = model_scores(seen, good) - model_scores(seen, poor)
    assert np.allclose(found["estimate"], expected[found.index])
    assert ((found["low"] < found["estimate"]) & (found["estimate"] < found["high"])).all()
    backwards = score_gains(seen, poor, good, towers)
    assert np.allclose(found["low"], -backwards["high"])
    alone = score_gains(seen, good, np.full(60, 5.0), np.zeros(60))
    assert alone[["low", "high"]].isna().all(axis=None)
    assert np.isnan(alone.loc["r2", "estimate"])
    assert np.isfinite(alone["estimate"].drop("r2")).all()
