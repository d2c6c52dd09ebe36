import numpy as np
import pytest

from coldcarbon.simulate import liu2022_inversions, liu2022_models
from coldcarbon.simulate.liu2022_contrast import SEASONS, contrast_panel
from coldcarbon.simulate.liu2022_seasons import season_panel
from coldcarbon.stats.trends import linear_trend


def slopes(values: np.ndarray, years: np.ndarray) -> np.ndarray:
    """Slope of each replicate and season of means, shape (replicates, years, seasons)."""
    return linear_trend(values.swapaxes(0, 1).reshape(len(years), -1), years).slope.reshape(len(values), -1)


def test_shapes_and_seed():
    panel = contrast_panel(2, replicates=3, years=range(1990, 2020), n_models=11)
    assert panel.models.shape == (3, 30, 11, 3)
    assert panel.systems.shape == (3, 30, 5, 3)
    again = contrast_panel(2, replicates=3, years=range(1990, 2020), n_models=11)
    np.testing.assert_array_equal(panel.systems, again.systems)
    assert not np.allclose(panel.systems, contrast_panel(3, replicates=3, years=range(1990, 2020)).systems)


def test_planted_trends_come_back():
    panel = contrast_panel(4, replicates=400)
    planted = [1000 * liu2022_models.SEASON_TRENDS[season] for season in SEASONS]
    np.testing.assert_allclose(panel.trends[0], planted)
    zonal = liu2022_inversions.true_trends(30, 90)["sum_Tg_per_year2"]
    np.testing.assert_allclose(panel.trends[1], zonal[list(SEASONS)])
    for place, values in enumerate((panel.models, panel.systems)):
        found = slopes(values.mean(axis=2), panel.years)
        error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
        assert (np.abs(found.mean(axis=0) - panel.trends[place]) < 4 * error).all()


def test_weather_is_shared_as_asked():
    for asked in (-0.5, 0.0, 0.8):
        common = contrast_panel(5, replicates=200, shared=asked).common
        for season in range(3):
            found = np.corrcoef(common[:, :, 0, season].ravel(), common[:, :, 1, season].ravel())[0, 1]
            assert found == pytest.approx(asked, abs=0.06)
    lag = np.mean([np.corrcoef(x[1:], x[:-1])[0, 1] for x in contrast_panel(6, years=range(300)).common[:40, :, 1, 1]])
    assert lag == pytest.approx(0.3, abs=0.03)


def test_systems_vary_as_those_of_the_other_design():
    here = contrast_panel(7, replicates=400, south=50).systems.mean(axis=2)
    other = season_panel(8, replicates=400)
    there = other.system_mean(other.values)
    both = [np.diff(x, axis=1).std(axis=(0, 1)) for x in (here, there)]
    np.testing.assert_allclose(*both, rtol=0.06)
    np.testing.assert_allclose(slopes(here, other.years).std(axis=0), slopes(there, other.years).std(axis=0), rtol=0.15)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"replicates": 0}, "at least one replicate"),
        ({"n_models": 1}, "needs two models"),
        ({"shared": 1.2}, "shared must lie"),
        ({"ar1": 1.0}, "ar1 must lie"),
    ],
)
def test_bad_input(change, message):
    with pytest.raises(ValueError, match=message):
        contrast_panel(**change)
