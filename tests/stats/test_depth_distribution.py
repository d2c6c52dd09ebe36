import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coldcarbon.stats import depth_distribution as dd

GOLDEN = Path(__file__).parents[1] / "golden"
BOUNDS = np.array([0, 20, 40, 60, 80, 100, 150, 200])


def test_the_constant_is_the_log_of_nineteen():
    assert pytest.approx(1.27875, abs=5e-6) == dd.SHAPE_CONSTANT
    assert dd.shape_parameter(10, 100) == pytest.approx(-np.log10(19))


def test_the_curve_passes_through_both_depths():
    d50, d95 = np.array([2.0, 10, 30]), np.array([5.0, 80, 400])
    c = dd.shape_parameter(d50, d95)
    np.testing.assert_allclose(dd.cumulative_fraction(d50, d50, c), 0.5, rtol=1e-14)
    np.testing.assert_allclose(dd.cumulative_fraction(d95, d50, c), 0.95, rtol=1e-14)
    np.testing.assert_allclose(dd.d95_from(d50, c), d95, rtol=1e-13)
    np.testing.assert_allclose(dd.depth_of_fraction([0.5, 0.95], 10, c[1]), [10, 80], rtol=1e-13)


def test_the_curve_equals_its_definition_and_its_limits():
    depth = np.array([1.0, 15, 70, 300])
    np.testing.assert_allclose(dd.cumulative_fraction(depth, 12.0, -1.4), 1 / (1 + (depth / 12.0) ** -1.4), rtol=1e-14)
    assert dd.cumulative_fraction([0, np.inf], 12.0, -1.4).tolist() == [0, 1]
    assert dd.cumulative_fraction(1e6, 1.0, -1e3) == 1  # no overflow
    with pytest.raises(ValueError, match="negative"):
        dd.cumulative_fraction(-1, 12, -1.4)
    with pytest.raises(ValueError, match="c must be negative"):
        dd.cumulative_fraction(1, 12, 1.4)
    with pytest.raises(ValueError, match="between 0 and 1"):
        dd.depth_of_fraction(1.2, 12, -1.4)


@pytest.mark.parametrize(("d50", "d95"), [(0, 50), (50, 50), (60, 50), (-1, 50), (np.nan, 50), (10, np.inf)])
def test_pairs_without_a_curve_are_missing_or_refused(d50, d95):
    assert np.isnan(dd.shape_parameter(d50, d95))
    shares = dd.layer_shares([d50, 10], [d95, 80], BOUNDS)
    assert np.isnan(shares[0]).all()
    assert np.isfinite(shares[1]).all()
    with pytest.raises(ValueError, match=r"1 of 2 pairs have no curve.*first at \(1,\)"):
        dd.shape_parameter([10, d50], [80, d95], invalid="raise")


def test_shares_against_a_hand_calculation():
    # printed global shares of 57 and 77 % solve to this curve (c = -1.34, D50 16 cm, D95 147 cm)
    odds = np.log([0.57 / 0.43, 0.77 / 0.23])
    c = -(odds[1] - odds[0]) / np.log(2)
    d50 = 20 * np.exp(odds[0] / c)
    shares = dd.layer_shares(d50, dd.d95_from(d50, c), BOUNDS)[0]
    assert shares[:2] == pytest.approx([0.57, 0.20])
    assert 1 - shares.sum() == pytest.approx(0.034, abs=5e-4)
    per_cm = dd.share_per_depth(shares, BOUNDS)
    assert shares[5] > shares[4]
    assert (np.diff(per_cm) < 0).all()
    assert dd.layer_shares(d50, dd.d95_from(d50, c), BOUNDS, rescale=True)[0, 0] == pytest.approx(0.590, abs=5e-4)


def test_shares_keep_their_invariants():
    rng = np.random.default_rng(1)
    d50 = rng.lognormal(2.5, 0.7, 500)
    d95 = d50 * (1 + rng.lognormal(1, 0.6, 500))
    raw, rescaled = (dd.layer_shares(d50, d95, BOUNDS, rescale=flag) for flag in (False, True))
    assert raw.shape == (500, 7)
    assert (raw > 0).all()
    np.testing.assert_allclose(rescaled.sum(axis=1), 1, rtol=1e-13)
    below = 1 - dd.cumulative_fraction(200, d50, dd.shape_parameter(d50, d95))
    np.testing.assert_allclose(raw.sum(axis=1), 1 - below, rtol=1e-12)
    assert (rescaled >= raw).all()
    metres = dd.layer_shares(d50 / 100, d95 / 100, BOUNDS / 100)
    np.testing.assert_allclose(metres, raw, rtol=1e-10)
    finer = dd.layer_shares(d50, d95, np.arange(0, 201, 10))
    np.testing.assert_allclose(finer[:, :2].sum(axis=1), raw[:, 0], rtol=1e-12)


@pytest.mark.parametrize("bounds", [[0], [0, 20, 20], [20, 0], [-5, 10], [[0, 1], [2, 3]]])
def test_bounds_must_rise(bounds):
    with pytest.raises(ValueError, match="bounds"):
        dd.layer_shares([10], [80], bounds)


def test_fit_agrees_with_r_nls():
    expected = json.loads((GOLDEN / "results" / "10_root.json").read_text())
    data = pd.read_csv(GOLDEN / "data" / "root_profiles.csv")
    fits = dd.fit_profiles(data["profile"], data["depth"], data["r"])
    assert fits.index.tolist() == expected["profile"]
    assert fits["converged"].all()
    for ours, theirs in {
        "d50": "D50",
        "c": "c",
        "d95": "D95",
        "standard_error_d50": "se_D50",
        "standard_error_c": "se_c",
        "residual_sum_of_squares": "rss",
    }.items():
        np.testing.assert_allclose(fits[ours], expected[theirs], rtol=1e-6, err_msg=ours)


def test_fit_recovers_an_exact_curve_with_and_without_its_limit():
    depth = np.array([5.0, 10, 20, 40, 80, 120])
    fraction = dd.cumulative_fraction(depth, 14.0, -1.3)
    exact = dd.fit_logistic(depth, fraction)
    assert (exact.d50, exact.c, exact.d95) == pytest.approx((14.0, -1.3, float(dd.d95_from(14.0, -1.3))))
    assert exact.converged
    cut = fraction / fraction[3]
    free = dd.fit_logistic(depth[:4], cut[:4].round(12), free_maximum=True)
    assert (free.d50, free.c, free.maximum) == pytest.approx((14.0, -1.3, 1 / fraction[3]), rel=1e-6)
    assert dd.fit_logistic(depth[:4], cut[:4]).d50 < 12  # the cut curve taken for the whole sits too high


def test_standard_errors_match_the_scatter_of_repeated_fits():
    rng = np.random.default_rng(3)
    depth = np.array([5.0, 10, 15, 20, 30, 40, 60, 80, 120])
    truth = dd.cumulative_fraction(depth, 14.0, -1.3)
    fits = [dd.fit_logistic(depth, truth + rng.normal(0, 0.02, depth.size)) for _ in range(400)]
    for name in ("d50", "c", "d95"):
        estimates = np.array([getattr(fit, name) for fit in fits])
        errors = np.array([getattr(fit, "standard_error_" + name) for fit in fits])
        assert errors.mean() / estimates.std(ddof=1) == pytest.approx(1, abs=0.12), name


def test_fit_refuses_what_it_cannot_use():
    with pytest.raises(ValueError, match="2 points cannot carry 2 parameters"):
        dd.fit_logistic([5, 10], [0.3, 0.6])
    with pytest.raises(ValueError, match="positive"):
        dd.fit_logistic([0, 5, 10], [0, 0.3, 0.6])
    with pytest.raises(ValueError, match="one length"):
        dd.fit_logistic([5, 10, 20], [0.3, 0.6])


def test_profiles_with_too_few_points_stay_in_the_table():
    fits = dd.fit_profiles(["a"] * 4 + ["b"] * 2, [5, 10, 20, 40, 5, 10], [0.3, 0.5, 0.7, 0.85, 0.4, np.nan])
    assert fits.index.tolist() == ["a", "b"]
    assert fits["converged"].tolist() == [True, False]
    assert fits["n_points"].tolist() == [4, 1]
    assert np.isnan(fits.loc["b", "d50"])


COUNT_BOUNDS = np.array([0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0])


def drawn_counts(seed, n_profiles, n_roots, d50, d95, bounds=COUNT_BOUNDS):
    """Roots found in layers: those below the deepest sample are never seen."""
    chance = dd.layer_shares(d50, d95, bounds, rescale=True)[0]
    return np.random.default_rng(seed).multinomial(n_roots, chance, size=n_profiles)


@pytest.mark.parametrize(("d50", "d95", "n_roots"), [(0.15, 1.0, 400), (0.3, 2.5, 1000)])
def test_likelihood_of_counts_covers_the_planted_curve(d50, d95, n_roots):
    fits = dd.fit_counts(COUNT_BOUNDS, drawn_counts(1, 2000, n_roots, d50, d95))
    assert fits["converged"].all()
    for name, truth in {"d50": d50, "d95": d95, "c": float(dd.shape_parameter(d50, d95))}.items():
        error = fits[f"standard_error_{name}"]
        covered = (fits[name] - truth).abs() <= 1.96 * error
        assert 0.93 <= covered.mean() <= 0.97, name
        assert abs((fits[name] - truth).mean()) < fits[name].std() / 5, name
        assert error.mean() / fits[name].std() == pytest.approx(1, abs=0.08), name


def test_likelihood_of_counts_is_at_its_maximum_and_has_the_curvature_of_its_errors():
    counts = drawn_counts(2, 1, 5000, 0.15, 1.0)[0]

    def log_likelihood(d50, c):
        shares = np.diff(dd.cumulative_fraction(COUNT_BOUNDS, d50, c))
        return float((counts * np.log(shares / shares.sum())).sum())

    fit = dd.fit_counts(COUNT_BOUNDS, counts).iloc[0]
    best = log_likelihood(fit["d50"], fit["c"])
    assert fit["log_likelihood"] == pytest.approx(best)
    for step in (0.999, 1.001):
        assert log_likelihood(fit["d50"] * step, fit["c"]) < best
        assert log_likelihood(fit["d50"], fit["c"] * step) < best
    # profile of the likelihood in c: one standard error away it has fallen by a half
    medians = fit["d50"] * np.linspace(0.9, 1.1, 401)
    away = max(log_likelihood(d50, fit["c"] + fit["standard_error_c"]) for d50 in medians)
    assert best - away == pytest.approx(0.5, abs=0.08)


def test_likelihood_of_counts_takes_exact_shares_layers_not_sampled_and_an_open_end():
    shares = dd.layer_shares(0.15, 1.0, COUNT_BOUNDS)[0]
    counts = np.vstack([np.round(shares * 1e9)] * 2)
    counts[1, 6:] = np.nan
    fits = dd.fit_counts(COUNT_BOUNDS, counts)
    np.testing.assert_allclose(fits["d50"], 0.15, rtol=1e-4)
    np.testing.assert_allclose(fits["d95"], 1.0, rtol=1e-4)
    assert fits["n_layers"].tolist() == [13, 6]
    assert fits.loc[1, "standard_error_d95"] > 1.5 * fits.loc[0, "standard_error_d95"]
    open_end = np.append(COUNT_BOUNDS, np.inf)
    whole = dd.fit_counts(open_end, np.append(counts[0], np.round((1 - shares.sum()) * 1e9))).iloc[0]
    assert (whole["d50"], whole["d95"]) == pytest.approx((0.15, 1.0), rel=1e-6)
    assert whole["standard_error_d95"] < fits.loc[0, "standard_error_d95"]
    centimetres = dd.fit_counts(COUNT_BOUNDS * 100, counts)
    np.testing.assert_allclose(centimetres["d95"], 100 * fits["d95"], rtol=1e-6)


def test_profiles_whose_counts_hold_no_curve_stay_in_the_table():
    nan = np.nan
    rows = [[9, 4, 2, 1], [9, 4, nan, nan], [9, 0, 0, 0], [0, 0, 0, 0], [1, 3, 9, 27]]
    fits = dd.fit_counts([0, 0.1, 0.2, 0.3, 0.4], rows)
    assert fits["converged"].tolist() == [True, False, False, False, False]
    assert fits["n_roots"].tolist() == [16, 13, 9, 0, 40]
    assert fits.loc[~fits["converged"], ["d50", "c", "standard_error_d95"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("bounds", "counts", "says"),
    [
        ([0, 1, 2, 3], [1, 2], "4 bounds need 3 counts"),
        ([0, 2, 1, 3], [1, 2, 3], "bounds must be one rising"),
        ([0, 1, 2, 3], [1, -2, 3], "whole numbers"),
        ([0, 1, 2, 3], [1, 0.5, 3], "whole numbers"),
        ([0, 1, 2, 3], [1, np.inf, 3], "whole numbers"),
        ([0, 1, 2, 3], np.ones((2, 3, 1)), "per profile"),
    ],
)
def test_counts_that_are_none_are_refused(bounds, counts, says):
    with pytest.raises(ValueError, match=says):
        dd.fit_counts(bounds, counts)
