"""Planted profiles: the known mean, the shapes, and what a sampling of two layers sees of them."""

import numpy as np
import pytest

from coldcarbon.simulate.zhao2022_profiles import SHAPES, planted_profiles
from coldcarbon.stats.soil_stock import exponential_mean


@pytest.mark.parametrize("shape", SHAPES)
def test_sites_have_the_planted_mean(shape):
    planted = planted_profiles(shape, replicates=2000, seed=1)
    assert planted.carbon_percent.shape == (2000, 30, 2)
    assert planted.true_percent.mean() == pytest.approx(planted.population_percent, rel=0.01)
    assert planted.true_percent[:, planted.meadow].mean() == pytest.approx(3.2, rel=0.02)
    assert planted.meadow.sum() == 14
    ratio = np.median(planted.carbon_percent[..., 1] / planted.carbon_percent[..., 0])
    assert ratio == pytest.approx(0.4, abs=0.02)  # the two layers do not tell the shapes apart


def test_an_exponential_truth_is_found_by_the_exponential_curve():
    planted = planted_profiles("exponential", replicates=20, lab_error=0, seed=2)
    upper, lower = planted.carbon_percent[..., 0], planted.carbon_percent[..., 1]
    np.testing.assert_allclose(
        exponential_mean((0, 10), (30, 50), upper, lower, (0, 30)), planted.true_percent, rtol=1e-3
    )


def test_errors_seeds_and_refusals():
    exact, measured = (planted_profiles("straight", lab_error=error, seed=3).carbon_percent for error in (0, 0.05))
    assert np.std(np.log(measured / exact)) == pytest.approx(0.05, rel=0.05)
    assert np.array_equal(measured, planted_profiles("straight", seed=3).carbon_percent)
    with pytest.raises(ValueError, match="no shape 'round'"):
        planted_profiles("round")
    with pytest.raises(ValueError, match="above 0"):
        planted_profiles("straight", log_sd=(0, 1))
