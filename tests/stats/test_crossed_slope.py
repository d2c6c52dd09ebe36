import numpy as np
import pandas as pd
import pytest

from coldcarbon.stats import mixed
from coldcarbon.stats.crossed_slope import ERRORS, crossed_slope
from coldcarbon.stats.trends import linear_trend

YEARS = np.arange(2000, 2017)


def panel(seed: int, replicates: int = 1, slope_sd: float = 0.6, year_sd: float = 6.0) -> np.ndarray:
    """Ensembles of five members with slope 1."""
    rng = np.random.default_rng(seed)
    slopes = 1 + slope_sd * rng.normal(size=(replicates, 1, 5))
    level = 20 * rng.normal(size=(replicates, 1, 5))
    shared = year_sd * rng.normal(size=(replicates, len(YEARS), 1))
    return level + slopes * (YEARS - 2008)[:, None] + shared + 3 * rng.normal(size=(replicates, len(YEARS), 5))


@pytest.mark.parametrize("seed", [1, 2, 5])
def test_it_is_the_mixed_model_with_crossed_years(seed):
    values = panel(seed)[0]
    found = crossed_slope(values, YEARS)
    assert min(found.sd_slope, found.sd_year) > 0
    rows = pd.DataFrame({"y": values.ravel(), "t": np.repeat(YEARS - 2008.0, 5)})
    rows["year"] = np.repeat(YEARS, 5).astype(str)
    rows["member"] = np.tile(list("abcde"), len(YEARS))
    fit = mixed.fit("y ~ t + (1 + t | member) + (1 | year)", rows)
    line = fit.summary().loc["t"]
    assert found.slope == pytest.approx(line["estimate"], rel=1e-8)
    assert found.standard_error["crossed"] == pytest.approx(line["standard_error"], rel=1e-5)
    assert found.degrees_of_freedom["crossed"] == pytest.approx(line["df"], rel=1e-3)
    np.testing.assert_allclose(found.interval(), (line["low"], line["high"]), rtol=1e-4)


def test_years_alone_are_the_regression_of_the_mean_and_rows_that_of_all_rows():
    values = panel(7)[0]
    found = crossed_slope(values, YEARS)
    mean = linear_trend(values.mean(axis=1), YEARS)
    assert found.standard_error["years"] == pytest.approx(mean.standard_error)
    np.testing.assert_allclose(found.interval("years"), (mean.low, mean.high))
    level = np.kron(np.ones((len(YEARS), 1)), np.eye(5))
    design = np.column_stack([np.repeat(YEARS - 2008, 5), level])
    coefficients, squares, *_ = np.linalg.lstsq(design, values.ravel(), rcond=None)
    error = np.sqrt(squares[0] / (85 - 6) * np.linalg.inv(design.T @ design)[0, 0])
    assert found.slope == pytest.approx(coefficients[0])
    assert found.standard_error["rows"] == pytest.approx(error)


def test_only_crossed_errors_cover_the_common_slope():
    found = crossed_slope(panel(3, 4000), YEARS)
    covered = {}
    for errors in ERRORS:
        low, high = found.interval(errors)
        covered[errors] = ((low <= 1) & (high >= 1)).mean()
    assert 0.93 < covered["crossed"] < 0.97
    assert covered["rows"] < 0.8
    assert covered["years"] < 0.9
    assert covered["members"] < 0.9


def test_variances_are_found():
    found = crossed_slope(panel(4, 3000), YEARS)
    assert (found.sd_slope**2).mean() == pytest.approx(0.36, rel=0.05)
    assert (found.sd_year**2).mean() == pytest.approx(36, rel=0.05)
    assert (found.sd_row**2).mean() == pytest.approx(9, rel=0.02)


def test_a_variance_that_would_be_negative_is_left_out():
    found = crossed_slope(panel(5, 400, slope_sd=0, year_sd=0), YEARS)
    at_zero = (found.sd_slope == 0) & (found.sd_year == 0)
    assert at_zero.any()
    np.testing.assert_allclose(found.degrees_of_freedom["crossed"][at_zero], 4 * 15)
    low, high = found.interval()
    assert 0.93 < ((low <= 1) & (high >= 1)).mean() <= 1


def test_shift_scale_and_order():
    values = panel(6)[0]
    one, other = crossed_slope(values, YEARS), crossed_slope(10 - 2 * values[:, ::-1], YEARS - 1990)
    np.testing.assert_allclose(other.slope, -2 * one.slope)
    for errors in ERRORS:
        np.testing.assert_allclose(other.standard_error[errors], 2 * one.standard_error[errors])


@pytest.mark.parametrize(
    ("values", "times", "message"),
    [
        (np.ones((3, 5)), np.arange(3), "four times"),
        (np.ones((9, 1)), np.arange(9), "two members"),
        (np.ones((9, 2)), np.arange(8), "shape"),
        (np.full((9, 2), np.nan), np.arange(9), "missing"),
        (np.ones((9, 2)), np.ones(9), "all equal"),
    ],
)
def test_bad_input(values, times, message):
    with pytest.raises(ValueError, match=message):
        crossed_slope(values, times)


def test_unknown_errors():
    with pytest.raises(ValueError, match="errors must be one of"):
        crossed_slope(panel(1), YEARS).interval("towers")
