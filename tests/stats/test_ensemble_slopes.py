import numpy as np
import pytest

from coldcarbon.stats.ensemble_slopes import ensemble_slopes
from coldcarbon.stats.trends import linear_trend

YEARS = np.arange(2000, 2020)


def ensembles(seed: int, replicates: int = 300, spread: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Ensembles of six members and two quantities; slopes 1 and -0.5."""
    rng = np.random.default_rng(seed)
    slopes = np.array([1.0, -0.5]) + spread * rng.normal(size=(replicates, 6, 2))
    common = 6 * rng.normal(size=(replicates, len(YEARS), 1, 2))
    own = 3 * rng.normal(size=(replicates, len(YEARS), 6, 2))
    return slopes[:, None] * (YEARS - 2000)[:, None, None] + common + own, slopes


def covered(draws: np.ndarray, truth: np.ndarray | float) -> float:
    low, high = np.quantile(draws, [0.025, 0.975], axis=0)
    return float(((low <= truth) & (truth <= high)).mean())


def test_slopes_are_those_of_least_squares():
    values, _ = ensembles(1, 3)
    found = ensemble_slopes(values, YEARS, n_resamples=100)
    assert found.from_both.shape == (100, 3, 2)
    for one, data in zip(found.slope, values, strict=True):
        np.testing.assert_allclose(one, linear_trend(data.mean(axis=1), YEARS).slope)
    np.testing.assert_allclose(found.members.mean(axis=-2), found.slope)
    alone = ensemble_slopes(values[1], YEARS, n_resamples=100)
    np.testing.assert_allclose(alone.from_both, found.from_both[:, 1])


def test_spread_of_independent_years_is_that_of_regression():
    values, _ = ensembles(2, 40)
    found = ensemble_slopes(values, YEARS, block_length=1, n_resamples=2000)
    error = np.array([linear_trend(data.mean(axis=1), YEARS).standard_error for data in values])
    # widened for the t distribution with 18 degrees of freedom
    np.testing.assert_allclose(found.from_years.std(axis=0), error * 2.101 / 1.960, rtol=0.12)


def test_intervals_hold_what_they_are_for():
    values, slopes = ensembles(3, spread=0.8)
    found = ensemble_slopes(values, YEARS, block_length=1, n_resamples=600)
    assert covered(found.from_years, slopes.mean(axis=1)) > 0.92
    assert covered(found.from_years, np.array([1.0, -0.5])) < 0.88
    assert covered(found.from_both, np.array([1.0, -0.5])) > 0.91
    ratio = -found.from_both[..., 1] / found.from_both[..., 0]
    assert covered(ratio, 0.5) > 0.91


def test_years_are_shared_by_quantities():
    values, _ = ensembles(4, 1)
    doubled = np.concatenate([values, 2 * values], axis=-1)
    found = ensemble_slopes(doubled, YEARS, n_resamples=200)
    np.testing.assert_allclose(found.from_both[..., 2:], 2 * found.from_both[..., :2])
    shifted = ensemble_slopes(doubled + 100, YEARS, n_resamples=200)
    np.testing.assert_allclose(found.from_both, shifted.from_both)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"values": np.zeros((20, 6))}, "values need the shape"),
        ({"values": np.zeros((20, 1, 2))}, "two members are needed"),
        ({"values": np.full((20, 3, 2), np.nan)}, "missing or infinite"),
        ({"times": [*range(19), 30]}, "not evenly spaced"),
        ({"block_length": 11}, "a block has 1 to 10 rows"),
        ({"n_resamples": 50}, "fewer than 100"),
    ],
)
def test_bad_input(change, message):
    good = {"values": np.zeros((20, 3, 2)), "times": np.arange(20)}
    with pytest.raises(ValueError, match=message):
        ensemble_slopes(**(good | change))
