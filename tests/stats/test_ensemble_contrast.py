import warnings

import numpy as np
import pytest
from scipy import stats

from coldcarbon.stats.ensemble_contrast import contrast_trend, ensemble_contrast
from coldcarbon.stats.trends import linear_trend

YEARS = np.arange(2000, 2020)
TRUTH = np.array([2.0, 0.5])


def ensembles(seed: int, replicates: int = 300) -> tuple[np.ndarray, np.ndarray]:
    """Nine members against five, two quantities, mostly the same weather; slopes differ by TRUTH."""
    rng = np.random.default_rng(seed)
    weather = 8 * rng.normal(size=(replicates, len(YEARS), 1, 2))
    found = []
    for members, slope in ((9, TRUTH), (5, np.zeros(2))):
        slopes = slope + 0.6 * rng.normal(size=(replicates, 1, members, 2))
        apart = 4 * rng.normal(size=(replicates, len(YEARS), 1, 2))
        own = 2 * rng.normal(size=(replicates, len(YEARS), members, 2))
        found.append(slopes * (YEARS - 2000)[:, None, None] + weather + apart + own)
    return found[0], found[1]


def covered(draws: np.ndarray) -> float:
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return float(((low <= TRUTH) & (high >= TRUTH)).mean())


def test_difference_is_that_of_the_means():
    first, second = ensembles(1, 1)
    found = ensemble_contrast(first[0], second[0], YEARS, n_resamples=100)
    gap = linear_trend(first[0].mean(axis=1) - second[0].mean(axis=1), YEARS)
    np.testing.assert_allclose(found.difference, gap.slope)
    assert found.from_both.shape == (100, 2)
    turned = ensemble_contrast(second[0], first[0], YEARS, n_resamples=100)
    np.testing.assert_allclose(turned.difference, -found.difference)
    np.testing.assert_allclose(turned.from_years, -found.from_years)


def test_what_is_shared_cancels():
    first, _ = ensembles(2, 1)
    found = ensemble_contrast(first, first + 5, YEARS, n_resamples=200)
    np.testing.assert_allclose(found.from_years, 0, atol=1e-9)
    # members are drawn apart: the variance is that of two independent draws
    one = (found.first.from_both - found.first.from_years)[:, 0]
    two = (found.second.from_both - found.second.from_years)[:, 0]
    assert abs(np.corrcoef(one[:, 0], two[:, 0])[0, 1]) < 0.25
    np.testing.assert_allclose(one.std(axis=0), two.std(axis=0), rtol=0.2)


def test_intervals_hold_the_planted_difference():
    found = ensemble_contrast(*ensembles(3), YEARS, block_length=1, n_resamples=600)
    assert 0.92 < covered(found.from_both) < 0.99
    assert covered(found.from_years) < 0.9
    apart = np.hypot(found.first.from_years.std(axis=0), found.second.from_years.std(axis=0))
    assert (found.from_years.std(axis=0).mean(axis=0) < 0.8 * apart.mean(axis=0)).all()


def test_bad_input():
    good = np.zeros((20, 3, 2))
    with pytest.raises(ValueError, match="only members may differ"):
        ensemble_contrast(good, np.zeros((20, 4, 3)), YEARS)
    with pytest.raises(ValueError, match="two members are needed"):
        ensemble_contrast(good, np.zeros((20, 1, 2)), YEARS)


def test_trend_of_the_difference_agrees_with_its_parts():
    first, second = (table[0, ..., 0] for table in ensembles(5, 1))
    found = contrast_trend(first, second, YEARS)
    slopes = [linear_trend(table, YEARS).slope for table in (first, second)]
    welch = stats.ttest_ind(*slopes, equal_var=False).confidence_interval()
    np.testing.assert_allclose([found.members_low, found.members_high], [welch.low, welch.high])
    line = linear_trend(first.mean(axis=1) - second.mean(axis=1), YEARS, errors="ar1")
    np.testing.assert_allclose([found.slope, found.years_low, found.years_high], [line.slope, line.low, line.high])
    error = np.hypot(line.standard_error, np.hypot(*(stats.sem(b) for b in slopes)))
    assert found.high - found.slope == pytest.approx(stats.t.ppf(0.975, 18) * error)
    turned = contrast_trend(second, first + 3, YEARS)
    np.testing.assert_allclose([turned.low, turned.difference], [-found.high, -found.difference], rtol=1e-6)
    assert set(found.as_dict()) == set(vars(found)) - {"converged"}
    assert all(isinstance(value, float) for value in found.as_dict().values())


def test_each_interval_holds_its_own_truth():
    first, second = ensembles(6, 400)
    weather = 12 * np.random.default_rng(7).normal(size=(400, len(YEARS), 1, 1))  # only the first ensemble feels it
    first = first + weather
    with warnings.catch_warnings(action="ignore", category=UserWarning):
        found = contrast_trend(first[..., 0], second[..., 0], YEARS)
    assert found.slope.shape == (400,)
    good = found.converged
    assert good.mean() > 0.95
    assert 0.92 < ((found.low <= TRUTH[0]) & (found.high >= TRUTH[0]))[good].mean() < 0.99
    assert ((found.years_low <= TRUTH[0]) & (found.years_high >= TRUTH[0]))[good].mean() < 0.9
    assert ((found.members_low <= TRUTH[0]) & (found.members_high >= TRUTH[0])).mean() < 0.85
    lived = TRUTH[0] + linear_trend(weather[..., 0, 0].T, YEARS).slope
    # `ensembles` adds a little more that is not shared and not counted here
    assert ((found.members_low <= lived) & (found.members_high >= lived)).mean() > 0.88
    alone = contrast_trend(first[3, ..., 0], second[3, ..., 0], YEARS)
    assert alone.low == pytest.approx(found.low[3], rel=1e-6)


def test_one_member_leaves_the_spread_of_the_other():
    first, second = (table[0, ..., 0] for table in ensembles(7, 1))
    found = contrast_trend(first, second[:, :1], YEARS)
    own = stats.sem(linear_trend(first, YEARS).slope) * stats.t.ppf(0.975, 8)
    assert found.members_high - found.difference == pytest.approx(own)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"first": np.zeros((19, 3))}, "need the shape"),
        ({"first": np.zeros((2, 20, 3))}, "only members may differ"),
        ({"second": np.full((20, 4), np.nan)}, "missing or infinite"),
    ],
)
def test_bad_input_of_the_trend(change, message):
    good = {"first": np.ones((20, 3)), "second": np.ones((20, 4)), "times": YEARS}
    with pytest.raises(ValueError, match=message):
        contrast_trend(**(good | change))
