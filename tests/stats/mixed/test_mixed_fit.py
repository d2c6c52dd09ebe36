"""Fits: R's answers, what must not matter, planted truths, refusals."""

import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from golden import frame, results
from hypothesis import given, settings
from hypothesis import strategies as st

from coldcarbon.stats import mixed

FEW = settings(max_examples=15, deadline=None, derandomize=True)


def planted(seed=0, n_groups=20, per_group=8, sd=1.0, slope_sd=0.5, residual=1.0, effect=0.7):
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(n_groups), per_group)
    x = np.tile(np.linspace(-1.0, 1.0, per_group), n_groups)
    y = 2.0 + effect * x + sd * rng.normal(size=n_groups)[group] + slope_sd * rng.normal(size=n_groups)[group] * x
    y += residual * rng.normal(size=len(x))
    other = rng.permutation(np.arange(len(x)) % 6)
    return pd.DataFrame({"y": y, "x": x, "g": [f"g{code:02d}" for code in group], "h": [f"h{code}" for code in other]})


@pytest.mark.parametrize(
    ("case", "data", "formula"),
    [
        ("sleep_rs", "sleepstudy", "Reaction ~ Days + (Days | Subject)"),
        ("sleep_ri", "sleepstudy", "Reaction ~ Days + (1 | Subject)"),
        ("bnpp", "bnpp", "BNPP ~ MAT + MAP + clay + (1 | biome)"),
        ("bnpp_rs", "bnpp", "BNPP ~ scale(MAT) + (scale(MAT) | biome)"),
    ],
)
def test_lmertest_at_its_default_settings(case, data, formula):
    # R stops within about 1e-4 of theta here; ours is the lower deviance
    theirs, fit = results("04_lmm")[case], mixed.fit(formula, frame(data))
    assert fit.converged
    assert fit.singular == ()
    assert fit.deviance <= theirs["REML"] + 1e-8
    table = fit.summary()
    np.testing.assert_allclose(fit.deviance, theirs["REML"], rtol=1e-9)
    np.testing.assert_allclose(table["estimate"], theirs["fixef"]["est"], rtol=1e-6)
    np.testing.assert_allclose(table["standard_error"], theirs["fixef"]["se"], rtol=1e-4)
    np.testing.assert_allclose(table["df"], theirs["fixef"]["df"], rtol=2e-4)
    np.testing.assert_allclose([fit.aic, fit.bic], [theirs["AIC"], theirs["BIC"]], rtol=1e-9)
    shares = [fit.explained.marginal, fit.explained.conditional, fit.explained.intraclass_correlation]
    np.testing.assert_allclose(shares, [theirs["R2m"], theirs["R2c"], theirs["ICC"]], rtol=1e-4)
    np.testing.assert_allclose(fit.variance_components["variance"], theirs["varcomp"]["vcov"], rtol=2e-4)
    np.testing.assert_allclose(fit.theta, np.atleast_1d(theirs["theta"]), rtol=1e-4)


@FEW
@given(st.floats(-1e4, 1e4), st.floats(1e-3, 1e3), st.floats(-3e3, 3e3), st.floats(1e-2, 1e2))
def test_units_and_origins_do_not_matter(shift_y, scale_y, shift_x, scale_x):
    data = planted()
    formula = "y ~ x + (x | g)"
    one = mixed.fit(formula, data)
    moved = data.assign(y=shift_y + scale_y * data["y"], x=shift_x + scale_x * data["x"])
    two = mixed.fit(formula, moved)
    assert two.converged
    factor = scale_y / scale_x
    assert two.coefficients["x"] == pytest.approx(one.coefficients["x"] * factor, rel=1e-5)
    assert two.summary()["t"]["x"] == pytest.approx(one.summary()["t"]["x"], rel=1e-5)
    assert two.summary()["df"]["x"] == pytest.approx(one.summary()["df"]["x"], rel=1e-4)
    assert two.sigma == pytest.approx(one.sigma * scale_y, rel=1e-6)
    slopes = two.covariance_of("g").loc["x", "x"], one.covariance_of("g").loc["x", "x"]
    assert slopes[0] == pytest.approx(slopes[1] * factor**2, rel=1e-4)
    assert two.explained.marginal == pytest.approx(one.explained.marginal, rel=1e-5)
    assert two.explained.conditional == pytest.approx(one.explained.conditional, rel=1e-5)
    change = 2.0 * (one.n_rows - 2) * np.log(scale_y) + 2.0 * np.log(scale_x)
    assert two.deviance == pytest.approx(one.deviance + change, rel=1e-7, abs=1e-5)


@FEW
@given(st.integers(0, 1000))
def test_order_of_rows_and_names_of_levels_do_not_matter(seed):
    data = planted()
    formula = "y ~ x + (1 | g) + (0 + x | g) + (1 | h)"
    one = mixed.fit(formula, data)
    mixed_up = data.sample(frac=1.0, random_state=seed)
    mixed_up["g"] = mixed_up["g"].map(
        dict(zip(data["g"].unique(), np.random.default_rng(seed).permutation(20), strict=True))
    )
    two = mixed.fit("y ~ (1 | h) + x + (x || g)", mixed_up)
    assert two.deviance == pytest.approx(one.deviance, abs=1e-7)
    np.testing.assert_allclose(two.coefficients, one.coefficients, rtol=1e-7)
    np.testing.assert_allclose(two.summary()["df"], one.summary()["df"], rtol=1e-4)
    np.testing.assert_allclose(two.fitted.sort_index(), one.fitted.sort_index(), rtol=1e-5)


def test_rows_given_twice_count_twice():
    data = planted()
    twice = pd.concat([data, data])
    one, two = mixed.fit("y ~ x + (1 | g)", data, method="ML"), mixed.fit("y ~ x + (1 | g)", twice, method="ML")
    assert two.n_rows == 2 * one.n_rows
    assert two.coefficients["x"] == pytest.approx(one.coefficients["x"], rel=1e-3)
    assert two.summary()["standard_error"]["x"] < one.summary()["standard_error"]["x"]


def test_a_balanced_one_way_design_has_the_answers_of_the_analysis_of_variance():
    data = planted(slope_sd=0.0)
    fit = mixed.fit("y ~ 1 + (1 | g)", data)
    means = data.groupby("g")["y"].mean()
    within = ((data["y"] - data["g"].map(means)) ** 2).sum() / (20 * 7)
    between = 8 * means.var(ddof=1)
    assert fit.sigma**2 == pytest.approx(within, rel=1e-8)
    assert fit.covariance_of("g").iloc[0, 0] == pytest.approx((between - within) / 8, rel=1e-7)
    row = fit.summary().loc["Intercept"]
    assert row["estimate"] == pytest.approx(means.mean(), rel=1e-10)
    assert row["standard_error"] == pytest.approx(np.sqrt(between / 160), rel=1e-8)
    assert row["df"] == pytest.approx(19.0, rel=1e-6)


def test_planted_effects_and_variances_are_covered():
    # 200 designs of 12 groups: intervals of 95 % should cover in 90-99 % of them
    truth = {"x": 0.7, "g": 1.0, "Residual": 1.0}
    covered = dict.fromkeys(truth, 0)
    estimates = []
    for seed in range(200):
        fit = mixed.fit("y ~ x + (x | g)", planted(seed, n_groups=12))
        row = fit.summary().loc["x"]
        estimates.append(row["estimate"])
        covered["x"] += row["low"] <= truth["x"] <= row["high"]
        parts = fit.variance_components.set_index("group").query("with_column == ''")
        for name in ("g", "Residual"):
            part = parts.loc[[name]].iloc[0]
            covered[name] += bool(part["low"] <= truth[name] <= part["high"]) or bool(np.isnan(part["low"]))
    assert abs(np.mean(estimates) - truth["x"]) < np.std(estimates) / 3
    assert all(180 <= count <= 198 for count in covered.values()), covered


def test_no_effect_is_found_as_often_as_promised():
    p = [
        mixed.fit("y ~ x + (x | g)", planted(seed + 500, n_groups=8, effect=0.0)).summary()["p"]["x"]
        for seed in range(250)
    ]
    assert 3 <= np.sum(np.array(p) < 0.05) <= 25
    assert 0.4 < np.mean(p) < 0.6


def test_a_variance_of_zero_is_named_and_the_rest_is_least_squares():
    data = frame("dyestuff2")
    fit = mixed.fit("Yield ~ 1 + (1 | Batch)", data)
    assert fit.converged
    assert fit.singular == ("(1 | Batch)",)
    assert fit.sigma == pytest.approx(data["Yield"].std(ddof=1), rel=1e-9)
    assert fit.covariance_of("Batch").iloc[0, 0] == pytest.approx(0.0, abs=1e-8)
    low, high = fit.variance_intervals(method="profile").iloc[0][["low", "high"]]
    assert low == 0.0
    assert 0.5 < high < 5.0
    assert np.isnan(fit.variance_components.iloc[0]["low"])


def test_a_correlation_of_one_is_named():
    data = planted(n_groups=6, per_group=4, slope_sd=0.0)
    data["y"] += 2.0 * data.groupby("g")["y"].transform("mean") * data["x"]
    fit = mixed.fit("y ~ x + (x | g)", data)
    assert fit.converged
    assert fit.singular == ("(x | g)",)
    assert abs(fit.variance_components.query("with_column == 'x'")["value"].iloc[0]) == pytest.approx(1.0, abs=1e-4)


def test_large_and_small_variance_ratios_are_found():
    for ratio in (300.0, 0.05):
        data = planted(seed=4, n_groups=40, sd=ratio, slope_sd=0.0)
        fit = mixed.fit("y ~ x + (1 | g)", data)
        assert fit.converged
        assert fit.criterion.evaluations < 60
        if ratio > 1:
            assert fit.covariance_of("g").iloc[0, 0] ** 0.5 == pytest.approx(ratio, rel=0.3)


def test_many_nested_levels_take_the_road_of_components():
    rng = np.random.default_rng(1)
    plot = np.repeat(np.arange(400), 4)
    site = plot // 8
    y = 1.0 + 0.8 * rng.normal(size=50)[site] + 0.6 * rng.normal(size=400)[plot] + rng.normal(size=1600)
    data = pd.DataFrame({"y": y, "site": site, "plot": plot % 8})
    fit = mixed.fit("y ~ 1 + (1 | site/plot)", data)
    assert fit.converged
    assert fit.n_levels == {"site": 50, "plot:site": 400}
    assert len(fit.model.system.buckets[0].members) == 50
    means = data.groupby(["site", "plot"])["y"].mean()
    within = ((data["y"] - data.groupby(["site", "plot"])["y"].transform("mean")) ** 2).sum() / 1200
    assert fit.sigma**2 == pytest.approx(within, rel=1e-7)
    among = 4 * means.groupby("site").var(ddof=1).mean()
    assert fit.covariance_of("plot:site").iloc[0, 0] == pytest.approx((among - within) / 4, rel=1e-6)


BAD = planted()


@pytest.mark.parametrize(
    ("formula", "change", "error", "message"),
    [
        (
            "y ~ x + (1 | g)",
            {"x": np.where(np.arange(160) == 3, np.nan, BAD["x"])},
            ValueError,
            "'x' is missing or infinite in row 3",
        ),
        (
            "y ~ x + (1 | g)",
            {"y": np.where(np.arange(160) == 5, np.inf, BAD["y"])},
            ValueError,
            "'y' is missing or infinite in row 5",
        ),
        (
            "y ~ x + (1 | g)",
            {"g": np.where(np.arange(160) == 7, None, BAD["g"])},
            ValueError,
            "'g' is missing or infinite in row 7",
        ),
        ("y ~ x + (1 | nowhere)", {}, KeyError, "no column 'nowhere'"),
        ("y ~ nowhere + (1 | g)", {}, KeyError, "no column 'nowhere'"),
        ("y ~ x + (1 | g)", {"g": "a"}, ValueError, "1 level"),
        ("y ~ x + (1 | g)", {"g": np.arange(160)}, ValueError, "as many levels"),
        ("y ~ x + (1 | g/h)", {"h": np.arange(160)}, ValueError, "as many levels"),
        ("y ~ x + (x | g)", {"g": np.arange(160) // 2}, ValueError, "160 random coefficients for 160 rows"),
        ("y ~ x + (1 | g)", {"x": 3.0}, ValueError, "'x' is constant"),
        ("y ~ 1 + (x | g)", {"x": 3.0}, ValueError, "'x' in .* is constant or a sum"),
        ("y ~ 1 + (0 + x | g)", {"x": 0.0}, ValueError, "'x' is zero in every row"),
        (
            "y ~ x + z + (1 | g)",
            {"z": 2.0 - 3.0 * BAD["x"]},
            ValueError,
            "'z' in the fixed effects .* sum of multiples",
        ),
        ("y ~ x + (1 | g)", {"y": 1.5}, ValueError, "'y' is constant"),
        ("y ~ x + (1 | g)", {"y": 2.0 * BAD["x"] + 1.0}, ValueError, "exactly"),
        ("y ~ x + (1 | g) + (1 | g)", {}, ValueError, "stands twice"),
        ("y ~ x + (1 | g) + (x | g)", {}, ValueError, "varies twice"),
        ("y ~ x + (1 | g) + (1 | z)", {"z": BAD["g"].str.upper()}, ValueError, "part the rows alike"),
        ("y ~ x + (0 | g)", {}, ValueError, "no columns"),
        ("h ~ x + (1 | g)", {}, ValueError, "one column of numbers"),
    ],
)
def test_bad_input_is_refused_with_names(formula, change, error, message):
    with pytest.raises(error, match=message):
        mixed.fit(formula, BAD.assign(**change))


def test_other_refusals():
    with pytest.raises(ValueError, match="neither 'REML' nor 'ML'"):
        mixed.fit("y ~ x + (1 | g)", BAD, method="ml")
    with pytest.raises(ValueError, match="too few"):
        mixed.fit("y ~ 1 + (1 | g)", BAD.head(2))
    with pytest.raises(ValueError, match="more than once"):
        mixed.fit("y ~ x + (1 | g)", pd.concat([BAD, BAD[["x"]]], axis=1))
    groups = BAD.assign(y=BAD["g"].str[1:].astype(float))
    with pytest.raises(ValueError, match="no residual variance"):
        mixed.fit("y ~ 1 + (1 | g)", groups)
    wide = BAD.head(5).assign(**{f"x{k}": np.random.default_rng(k).normal(size=5) for k in range(5)}, g=list("aabbb"))
    with pytest.raises(ValueError, match="more than 5 rows"):
        mixed.fit("y ~ x0 + x1 + x2 + x3 + x4 + (1 | g)", wide)


def test_a_fit_that_is_stopped_early_says_so(monkeypatch):
    from coldcarbon.stats.mixed import optimise

    monkeypatch.setattr(optimise, "STEPS", 1)
    with pytest.warns(mixed.ConvergenceWarning, match="has not converged"):
        fit = mixed.fit("Reaction ~ Days + (Days | Subject)", frame("sleepstudy"))
    assert not fit.converged


def test_likelihood_ratios_are_r_s_and_nesting_is_checked():
    data = frame("sleepstudy")
    large = mixed.fit("Reaction ~ Days + (Days | Subject)", data)
    small = mixed.fit("Reaction ~ Days + (1 | Subject)", data)
    least = mixed.fit("Reaction ~ 1 + (1 | Subject)", data)
    table = mixed.likelihood_ratio_test(large, least, small)
    # R: anova(least, small, large)
    assert list(table["df"].iloc[1:]) == [1.0, 2.0]
    np.testing.assert_allclose(table["statistic"].iloc[1:], [116.4624, 42.1393], atol=1e-3)
    assert table["p"].iloc[2] == pytest.approx(7.072e-10, rel=1e-3)
    edge = mixed.likelihood_ratio_test(large, small, likelihood="REML", boundary=True)
    assert edge["statistic"].iloc[1] == pytest.approx(42.837, abs=1e-3)
    plain = mixed.likelihood_ratio_test(large, small, likelihood="REML")
    assert edge["p"].iloc[1] < plain["p"].iloc[1]
    for one, other in pairwise(table["log_likelihood"]):
        assert one < other
    with pytest.raises(ValueError, match="two fits"):
        mixed.likelihood_ratio_test(large)
    with pytest.raises(ValueError, match="use likelihood='ML'"):
        mixed.likelihood_ratio_test(least, small, likelihood="REML")
    with pytest.raises(ValueError, match="random terms alone"):
        mixed.likelihood_ratio_test(least, small, boundary=True)
    with pytest.raises(ValueError, match="different rows"):
        mixed.likelihood_ratio_test(large, mixed.fit("Reaction ~ Days + (1 | Subject)", data.iloc[:-1]))
    with pytest.raises(ValueError, match="equally many"):
        mixed.likelihood_ratio_test(small, small)
    squared = mixed.fit("Reaction ~ I(Days**2) + (1 | Subject)", data)
    with pytest.raises(ValueError, match="not within"):
        mixed.likelihood_ratio_test(squared, large)


def test_the_boundary_mixture_holds_its_level():
    p = []
    for seed in range(150):
        data = planted(seed, sd=0.0, slope_sd=0.0, n_groups=10, per_group=5)
        p.append(mixed.fit("y ~ x + (1 | g)", data).random_terms_test()["p_boundary"].iloc[0])
    assert 2 <= np.sum(np.array(p) < 0.05) <= 15


def test_ordinary_fits_warn_of_nothing():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        mixed.fit("y ~ x + (x | g) + (1 | h)", planted()).summary()
