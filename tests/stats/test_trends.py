"""Trends agree with R and pymannkendall, find what was planted, and refuse what they cannot use."""

import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pymannkendall
import pytest
from golden import frame, results
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from coldcarbon.stats import trends

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))
import trends as cases

YEARS = np.arange(1990, 2020)
ERRORS = ("independent", "hac", "effective-n", "ar1", "ar1-ml", "cochrane-orcutt")
VARIANTS = ("original", "hamed-rao", "yue-wang", "prewhitened", "trend-free-prewhitened")


def ar1(n, count, r1, seed):
    """Stationary AR(1) series of unit variance, (n, count)."""
    rng = np.random.default_rng(seed)
    series = np.empty((n, count))
    series[0] = rng.normal(size=count)
    for i in range(1, n):
        series[i] = r1 * series[i - 1] + np.sqrt(1 - r1**2) * rng.normal(size=count)
    return series


@pytest.mark.parametrize("agreement", cases.AGREEMENT, ids=lambda a: f"{a.method}, {a.r_call}")
def test_agrees_with_r(agreement):
    assert agreement.compare() <= agreement.tolerance


def test_agrees_with_r_on_autocorrelation_across_gaps():
    from coldcarbon.stats.trends.series import autocorrelation

    table = frame("trend_gaps").set_index("year")["y"]
    grid = table.reindex(range(table.index.min(), table.index.max() + 1))
    line = np.polyfit(table.index, table, 1)
    rest = (grid - np.polyval(line, grid.index)).to_numpy()
    np.testing.assert_allclose(
        autocorrelation(rest[None], 10)[0], results("13_trend_errors")["gaps"]["acf"], atol=1e-10
    )


@pytest.mark.parametrize("name", ["nile", "lakehuron", "sim31"])
@pytest.mark.parametrize(
    ("variant", "reference"),
    [
        ("original", pymannkendall.original_test),
        ("hamed-rao", pymannkendall.hamed_rao_modification_test),
        ("yue-wang", pymannkendall.yue_wang_modification_test),
        ("prewhitened", pymannkendall.pre_whitening_modification_test),
        ("trend-free-prewhitened", pymannkendall.trend_free_pre_whitening_modification_test),
    ],
)
def test_agrees_with_pymannkendall(name, variant, reference):
    y = frame(f"trend_{name}")["y"].to_numpy()
    ours, theirs = trends.mann_kendall(y, variant=variant), reference(y)
    np.testing.assert_allclose(
        [ours.s, ours.variance, ours.z, ours.tau_a], [theirs.s, theirs.var_s, theirs.z, theirs.Tau], rtol=1e-9
    )
    np.testing.assert_allclose(ours.p, theirs.p, atol=1e-12)
    line = trends.sen_slope(y, intercept="conover")
    np.testing.assert_allclose([line.slope, line.intercept], [theirs.slope, theirs.intercept], rtol=1e-10)


@pytest.mark.parametrize("lags", [1, 3])
def test_agrees_with_pymannkendall_on_few_lags(lags):
    y = frame("trend_lakehuron")["y"].to_numpy()
    for variant, reference in (
        ("hamed-rao", pymannkendall.hamed_rao_modification_test),
        ("yue-wang", pymannkendall.yue_wang_modification_test),
    ):
        assert trends.mann_kendall(y, variant=variant, lags=lags).z == pytest.approx(reference(y, lag=lags).z)


def test_seasonal_agrees_with_pymannkendall():
    rng = np.random.default_rng(1)
    y = np.tile(np.sin(np.arange(12)), 20) + np.repeat(np.arange(20), 12) * 0.02 + rng.normal(size=240).round(2)
    years, months = np.repeat(np.arange(20), 12), np.tile(np.arange(12), 20)
    related = trends.seasonal_mann_kendall(y, years, months, correlated=True)
    theirs = pymannkendall.correlated_seasonal_test(y, period=12)
    assert related.variance == pytest.approx(theirs.var_s)
    y[[3, 70, 71]] = np.nan
    shuffled = rng.permutation(240)
    ours = trends.seasonal_mann_kendall(y[shuffled], years[shuffled], months[shuffled])
    theirs = pymannkendall.seasonal_test(y, period=12)
    np.testing.assert_allclose([ours.s, ours.variance, ours.p], [theirs.s, theirs.var_s, theirs.p])
    assert ours.slope == pytest.approx(theirs.slope)
    assert ours.n == 237
    assert ours.summary().loc[0, "s"] == ours.s
    with pytest.raises(ValueError, match="given twice"):
        trends.seasonal_mann_kendall(y, years * 0, months)


def test_hac_agrees_with_statsmodels():
    sm = pytest.importorskip("statsmodels.api")
    y, year = cases.series("nile")
    fit = sm.OLS(y, sm.add_constant(year - year.mean())).fit(
        cov_type="HAC", cov_kwds={"maxlags": 5, "use_correction": True}
    )
    ours = trends.linear_trend(y, year, errors="hac", bandwidth=5)
    assert ours.standard_error == pytest.approx(fit.bse[1], rel=1e-10)


def test_reml_is_the_highest_point_of_the_textbook_likelihood():
    y, year = cases.series("irregular")
    ours = trends.linear_trend(y, year, errors="ar1")
    x = np.column_stack([np.ones_like(year), year - year.mean()])

    def likelihood(rho):
        v = rho ** np.abs(year[:, None] - year)
        inverse = np.linalg.inv(v)
        information = x.T @ inverse @ x
        rest = y - x @ np.linalg.solve(information, x.T @ inverse @ y)
        free = len(y) - 2
        log_determinants = np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
        return -0.5 * (free * (1 + np.log(2 * np.pi * rest @ inverse @ rest / free)) + log_determinants)

    assert ours.details["log_likelihood"] == pytest.approx(likelihood(ours.autocorrelation), abs=1e-8)
    assert all(likelihood(rho) <= likelihood(ours.autocorrelation) for rho in np.linspace(0.05, 0.95, 40))


def test_many_series_are_each_answered_as_if_alone():
    rng = np.random.default_rng(2)
    table = rng.normal(size=(30, 7)).round(1) + np.arange(30)[:, None] * 0.05
    table[rng.random(table.shape) < 0.15] = np.nan
    for method in ("sen", *ERRORS):
        together = trends.trend(table, YEARS, method=method).summary()
        for i in range(7):
            alone = trends.trend(table[:, i], YEARS, method=method).summary()
            np.testing.assert_allclose(
                together.iloc[i].astype(float), alone.iloc[0].astype(float), rtol=1e-6, equal_nan=True
            )
    for variant in VARIANTS:
        together = trends.mann_kendall(table, YEARS, variant=variant, lags=2).summary()
        alone = trends.mann_kendall(table[:, 3], YEARS, variant=variant, lags=2).summary()
        np.testing.assert_allclose(together.iloc[3].astype(float), alone.iloc[0].astype(float), equal_nan=True)
    together, alone = trends.pettitt(table, YEARS).summary(), trends.pettitt(table[:, 3], YEARS).summary()
    np.testing.assert_allclose(together.iloc[3], alone.iloc[0])


@pytest.mark.parametrize("method", ["sen", *ERRORS])
def test_gaps_given_as_nan_or_left_out_are_the_same(method):
    y = ar1(40, 1, 0.3, 5)[:, 0]
    y[[0, 7, 8, 20, 39]] = np.nan
    years, here = np.arange(40) + 1980, np.isfinite(y)
    marked = trends.trend(y, years, method=method).summary()
    left_out = trends.trend(y[here], years[here], method=method).summary()
    assert marked["n"].item() == 35
    np.testing.assert_allclose(marked.astype(float), left_out.astype(float), rtol=1e-7)


def test_sen_slope_uses_the_dates_as_they_are():
    dates = pd.to_datetime(["2000-01-01", "2000-07-01", "2003-02-10", "2003-02-11", "2010-12-31", "2014-05-05"])
    years = trends.decimal_years(dates)
    result = trends.sen_slope(3 + 0.25 * years, dates)
    assert result.slope == pytest.approx(0.25)
    assert result.intercept == pytest.approx(3, abs=1e-9)
    assert result.time_unit == "year"
    assert result.per_decade().slope == pytest.approx(2.5)
    assert result.per_decade().time_unit == "decade"
    series = pd.Series(np.asarray(3 + 0.25 * years), index=dates)
    assert trends.sen_slope(series).slope == pytest.approx(0.25)
    assert years[0] == pytest.approx(2000, abs=0.003)


def test_sen_slope_agrees_with_scipy():
    y, year = cases.series("irregular")
    theirs = scipy_stats.theilslopes(y, year)
    assert trends.sen_slope(y, year).slope == pytest.approx(theirs.slope, rel=1e-12)


def test_limits_of_gilbert_lie_between_neighbouring_slopes():
    y, year = cases.series("sim31")
    between, nearest = (trends.sen_slope(y, year, limits=limits) for limits in ("interpolated", "nearest"))
    assert between.low == pytest.approx(nearest.low, rel=0.02)
    assert between.high == pytest.approx(nearest.high, rel=0.02)
    assert between.low != nearest.low
    few = trends.sen_slope([1.0, 2.0, 2.5], [0, 1, 2])
    assert np.isnan(few.low)  # no rank of three slopes holds 95 %


@pytest.mark.parametrize("limits", ["nearest", "interpolated", "nearest-inner"])
def test_long_series_give_the_same_slopes_without_holding_them(limits, monkeypatch):
    rng = np.random.default_rng(14)
    times = np.sort(rng.integers(0, 900, 600)).astype(float)  # some twice
    table = rng.normal(size=(600, 2)).round(1) + 1e-3 * np.arange(600)[:, None]
    table[::7, 1] = np.nan
    held = trends.sen_slope(table, times, limits=limits).summary()
    monkeypatch.setattr("coldcarbon.stats.trends.ranks.LONG", 500)
    monkeypatch.setattr("coldcarbon.stats.trends.ranks.BLOCK", 10_000)
    monkeypatch.setattr("coldcarbon.stats.trends.ranks.SAMPLED_PAIRS", 500)
    pd.testing.assert_frame_equal(trends.sen_slope(table, times, limits=limits).summary(), held, check_exact=True)


def test_a_break_is_found_where_it_was_planted():
    rng = np.random.default_rng(3)
    table = rng.normal(size=(40, 200))
    table[18:] += 2.5
    result = trends.pettitt(table, np.arange(1980, 2020), n_permutations=499)
    assert np.mean(np.abs(result.after - 1997) <= 1) > 0.8
    assert np.mean(result.p < 0.05) > 0.98
    np.testing.assert_array_equal(result.before - result.after, 1)
    assert result.shift.mean() == pytest.approx(2.5, abs=0.15)
    null = trends.pettitt(rng.normal(size=(40, 1000)), n_permutations=499, seed=4)
    assert np.mean(null.p_permutation <= 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(null.p <= 0.05) < 0.05  # the approximation is too careful


def test_permutations_respect_ties():
    tied = np.array([1, 1, 1, 2, 2, 1, 2, 2, 2, 2.0])
    result = trends.pettitt(tied, n_permutations=4999)
    import itertools

    reached = []
    for ones in itertools.combinations(range(10), 4):
        order = np.full(10, 2.0)
        order[list(ones)] = 1.0
        ranks = scipy_stats.rankdata(order)
        reached.append(np.abs(2 * np.cumsum(ranks) - np.arange(1, 11) * 11).max() >= result.statistic - 1e-9)
    assert result.p_permutation == pytest.approx(np.mean(reached), abs=0.02)


@pytest.mark.parametrize("errors", ["independent", "effective-n", "ar1"])
def test_intervals_cover_the_planted_slope(errors):
    r1 = 0.0 if errors == "independent" else 0.4
    table = ar1(60, 600, r1, 6) + 0.03 * np.arange(60)[:, None]
    result = trends.linear_trend(table, errors=errors)
    covered = np.mean((result.low <= 0.03) & (result.high >= 0.03))
    assert 0.90 <= covered <= 0.99
    assert abs(result.slope.mean() - 0.03) < result.standard_error.mean() / 3


def test_interval_of_sen_covers_the_planted_slope():
    table = np.random.default_rng(7).standard_t(3, size=(30, 1000)) + 0.1 * np.arange(30)[:, None]
    table[np.random.default_rng(8).random(table.shape) < 0.1] = np.nan
    result = trends.sen_slope(table, YEARS)
    assert 0.93 <= np.mean((result.low <= 0.1) & (result.high >= 0.1)) <= 0.99
    assert result.n.min() < 30


# Share of series without trend in which a test at 5 % finds one: 30 values, by lag-1 autocorrelation 0 and 0.5.
SIZES = {
    ("original", None): (0.05, 0.23),
    ("hamed-rao", None): (0.08, 0.22),
    ("hamed-rao", 1): (0.06, 0.18),
    ("yue-wang", None): (0.45, 0.50),
    ("yue-wang", 1): (0.09, 0.12),
    ("prewhitened", None): (0.045, 0.05),
    ("trend-free-prewhitened", None): (0.055, 0.27),
}
LINE_SIZES = {
    "independent": (0.05, 0.26),
    "hac": (0.095, 0.21),
    "effective-n": (0.08, 0.10),
    "ar1": (0.065, 0.08),
    "ar1-ml": (0.08, 0.13),
    "cochrane-orcutt": (0.085, 0.13),
}


@pytest.mark.parametrize("count", [1500, pytest.param(100_000, marks=pytest.mark.soak)])
@pytest.mark.filterwarnings("ignore")
def test_sizes_are_those_the_docstrings_tell(count):
    margin = 0.01 + 3 * np.sqrt(0.25 / count)
    for place, r1 in enumerate((0.0, 0.5)):
        table = ar1(30, count, r1, 9 + place)
        for (variant, lags), expected in SIZES.items():
            found = np.mean(trends.mann_kendall(table, variant=variant, lags=lags).p < 0.05)
            assert found == pytest.approx(expected[place], abs=margin), variant
        for errors, expected in LINE_SIZES.items():
            found = np.mean(trends.linear_trend(table, errors=errors).p < 0.05)
            assert found == pytest.approx(expected[place], abs=margin), errors


def test_detectable_trend_is_found_with_the_power_asked_for():
    plan = trends.detectable_trend(30, 1.5)
    table = np.random.default_rng(10).normal(size=(30, 4000)) * 1.5 + plan.slope * np.arange(30)[:, None]
    assert np.mean(trends.linear_trend(table).p < 0.05) == pytest.approx(0.8, abs=0.02)
    assert np.mean(trends.mann_kendall(table).p < 0.05) == pytest.approx(0.78, abs=0.03)
    assert plan.per_decade() == pytest.approx(10 * plan.slope)


def test_detectable_trend_follows_length_noise_and_autocorrelation():
    plan = trends.detectable_trend([10, 20, 40], 1.0, [[0.0], [0.5]])
    assert plan.slope.shape == (2, 3)
    assert (np.diff(plan.slope, axis=1) < 0).all()
    assert (plan.slope[1] > plan.slope[0]).all()
    assert trends.detectable_trend(20, 3.0).slope == pytest.approx(3 * trends.detectable_trend(20, 1.0).slope)
    # ten years of months, Weatherhead et al.: 3.3 sd / years**1.5 at 90 % power
    months = trends.detectable_trend(120, 2.0, 0.3, power=0.9, step=1 / 12, method="weatherhead")
    assert months.slope == pytest.approx(3.24 * 2 / 10**1.5 * np.sqrt(1.3 / 0.7), rel=0.01)
    exact = trends.detectable_trend(120, 2.0, 0.3, power=0.9, step=1 / 12)
    assert exact.slope == pytest.approx(months.slope, rel=0.05)
    assert len(plan.summary()) == 6


def test_standard_error_of_a_slope_is_exact():
    t = np.arange(12) - 5.5
    for r1 in (-0.4, 0.0, 0.7):
        covariance = r1 ** np.abs(t[:, None] - t)
        expected = np.sqrt(t @ covariance @ t) / (t @ t)
        assert trends.slope_standard_error(12, 1.0, r1) == pytest.approx(expected)


def test_effective_sample_size_of_known_autocorrelation():
    table = ar1(5000, 20, 0.6, 11)
    assert trends.effective_sample_size(table).mean() == pytest.approx(5000 * 0.4 / 1.6, rel=0.03)
    assert trends.effective_sample_size(table, detrend=False).mean() == pytest.approx(1250, rel=0.03)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(-20, 20), min_size=8, max_size=25).filter(lambda v: len(set(v)) > 3),
    st.floats(-1e3, 1e3),
    st.floats(0.01, 100),
    st.integers(0, 2**32 - 1),
)
def test_shift_scale_and_order_do_not_matter(values, shift, scale, seed):
    y, times = np.array(values, float), np.arange(len(values)) + 2000.0
    order = np.random.default_rng(seed).permutation(len(y))
    for method in ("sen", "independent", "hac"):
        before = trends.trend(y, times, method=method)
        after = trends.trend((scale * y)[order], times[order] + round(shift), method=method)
        np.testing.assert_allclose(after.slope, scale * before.slope, rtol=1e-7, atol=1e-9 * scale)
        np.testing.assert_allclose(
            [after.low, after.high], np.array([before.low, before.high]) * scale, rtol=1e-6, atol=1e-8 * scale
        )
        np.testing.assert_allclose(after.p, before.p, rtol=1e-5, atol=1e-10)
    test, turned = trends.mann_kendall(y, times), trends.mann_kendall(-y, times)
    assert (test.s, test.p) == (-turned.s, turned.p)


def test_duplicated_rows_are_ties_in_time():
    y, year = cases.series("sim31")
    twice = trends.mann_kendall(np.repeat(y, 2), np.repeat(year, 2))
    once = trends.mann_kendall(y, year)
    assert twice.s == 4 * once.s
    assert twice.tau_b == pytest.approx(once.tau_b)
    assert trends.sen_slope(np.repeat(y, 2), np.repeat(year, 2)).slope == pytest.approx(
        trends.sen_slope(y, year).slope, rel=0.05
    )
    for call in (
        lambda: trends.mann_kendall(np.repeat(y, 2), np.repeat(year, 2), variant="hamed-rao"),
        lambda: trends.linear_trend(np.repeat(y, 2), np.repeat(year, 2), errors="ar1"),
        lambda: trends.pettitt(np.repeat(y, 2), np.repeat(year, 2)),
    ):
        with pytest.raises(ValueError, match="time occurs twice"):
            call()


def test_bad_input_is_refused_by_name():
    y = np.arange(10.0) % 4
    with pytest.raises(ValueError, match="constant"):
        trends.sen_slope(np.ones(10))
    with pytest.raises(ValueError, match="at least 3"):
        trends.mann_kendall([1.0, np.nan, 2.0])
    with pytest.raises(ValueError, match="infinite values in series 0"):
        trends.mann_kendall(np.where(y == 3, np.inf, y))
    with pytest.raises(ValueError, match="infinite values in series b"):
        trends.trend(pd.DataFrame({"a": y, "b": np.where(y == 3, np.inf, y)}))
    with pytest.raises(ValueError, match="'b' does not hold numbers"):
        trends.trend(pd.DataFrame({"a": y, "b": list("abcdefghij")}))
    with pytest.raises(ValueError, match="same name"):
        trends.trend(pd.DataFrame(np.column_stack([y, y]), columns=["a", "a"]))
    with pytest.raises(ValueError, match="one time per row"):
        trends.linear_trend(y, np.arange(9))
    with pytest.raises(ValueError, match="1 times are missing"):
        trends.linear_trend(y, [np.nan, *range(9)])
    with pytest.raises(ValueError, match="1 times are missing"):
        trends.linear_trend(y, pd.DatetimeIndex([pd.NaT, *pd.date_range("2001", periods=9)]))
    with pytest.raises(ValueError, match="not equally spaced"):
        trends.linear_trend(y, np.arange(10) ** 1.5, errors="hac")
    with pytest.raises(ValueError, match="one time"):
        trends.linear_trend(y, np.zeros(10))
    with pytest.raises(ValueError, match="numbers or dates"):
        trends.linear_trend(y, list("abcdefghij"))
    with pytest.raises(ValueError, match="must be one of"):
        trends.linear_trend(y, errors="robust")
    with pytest.raises(ValueError, match="must be one of"):
        trends.mann_kendall(y, variant="modified")
    with pytest.raises(ValueError, match="bandwidth"):
        trends.linear_trend(y, errors="hac", bandwidth="auto")
    with pytest.raises(ValueError, match="without ties"):
        trends.mann_kendall(y, exact=True)
    with pytest.raises(ValueError, match="not years"):
        trends.linear_trend(y).per_decade()
    with pytest.raises(ValueError, match="r1 must lie"):
        trends.detectable_trend(20, 1.0, 1.0)
    with pytest.raises(ValueError, match="at least 3"):
        trends.detectable_trend(2, 1.0)


def test_a_table_keeps_series_that_say_nothing():
    table = np.random.default_rng(12).normal(size=(20, 4))
    table[:, 1], table[2:, 2] = 5.0, np.nan
    for method in ("sen", *ERRORS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            result = trends.trend(table, method=method).summary()
        assert result["n"].tolist() == [20, 20, 2, 20]
        assert result["p"].isna().tolist() == [False, True, True, False], method
    assert np.isnan(trends.pettitt(table).p).tolist() == [False, True, True, False]


def test_no_optimum_is_said():
    walk = np.cumsum(np.ones(12)) ** 3  # a curve: the residuals of a line are as smooth as can be
    with pytest.warns(UserWarning, match="no optimum"):
        result = trends.linear_trend(walk, errors="cochrane-orcutt")
    assert not result.converged
    alternating = np.tile([1.0, -1.0], 10) + np.arange(20) * 0.01
    with pytest.warns(UserWarning, match="variance is not positive"):
        test = trends.mann_kendall(alternating, variant="yue-wang", lags=1)
    assert np.isnan(test.p)


def test_summary_and_plot():
    import matplotlib as mpl

    mpl.use("Agg")
    table = pd.DataFrame(np.random.default_rng(13).normal(size=(30, 2)), columns=["moss", "shrub"], index=YEARS)
    table.index.name = "year"
    result = trends.trend(table).per_decade()
    assert result.summary().index.tolist() == ["moss", "shrub"]
    assert result.summary().attrs["unit"] == "per decade"
    axes = result.plot(series=1, break_after=2004)
    line = next(line for line in axes.lines if "decade" in line.get_label())
    rise = np.diff(line.get_ydata()) / np.diff(line.get_xdata())
    assert rise.item() * 10 == pytest.approx(result.slope[1])
    assert trends.mann_kendall(table).summary().index.tolist() == ["moss", "shrub"]
    assert axes.get_legend() is not None
    mpl.pyplot.close("all")
