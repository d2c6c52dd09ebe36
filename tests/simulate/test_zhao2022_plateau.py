import numpy as np
import pytest

from coldcarbon.readers import plateau_cells
from coldcarbon.simulate import zhao2022
from coldcarbon.simulate import zhao2022_plateau as design


def test_the_twin_has_what_the_reader_gives_and_repeats_itself():
    cells = design.cells()
    again = design.cells()
    assert cells.identical(again)
    assert not cells.equals(design.cells(seed=1))
    filled = cells["sand"].notnull()
    assert float(cells["area"].where(filled).sum() / cells["area"].sum()) == pytest.approx(1)
    assert {"ET", "Dwc", "BWk", ""} == set(plateau_cells.climate_classes(cells).values.ravel())
    np.testing.assert_allclose((cells["sand"] + cells["silt"] + cells["clay"]).values[filled], 1)
    assert cells["annual_precipitation"].attrs["units"] == "mm year-1"


def test_simulated_sites_lie_on_the_simulated_plateau_and_share_its_gradient():
    sites = zhao2022.transect().sites
    cells = design.cells()
    at = [
        cells["annual_precipitation"].sel(latitude=a, longitude=b, method="nearest").item()
        for a, b in zip(sites["latitude_degrees_north"], sites["longitude_degrees_east"], strict=True)
    ]
    assert np.isfinite(at).all()
    assert np.corrcoef(at, sites["mean_annual_precipitation_mm"])[0, 1] > 0.7


def test_errors_are_shared_as_far_as_planted():
    latitude, longitude = np.full(4, 32.0), np.array([85.0, 85.0, 88.194, 100.0])  # 0, 301, 1413 km at 32 N
    fields = design.shared_errors(3, latitude, longitude, replicates=20_000)
    correlation = np.corrcoef(fields.T)
    np.testing.assert_allclose(fields.std(axis=0), 1, atol=0.03)
    np.testing.assert_allclose(correlation[0, 1:], [1, np.exp(-1), 0], atol=0.03)
    with pytest.raises(ValueError, match="above 0"):
        design.shared_errors(3, latitude, longitude, length_km=0)
    with pytest.raises(ValueError, match="shapes"):
        design.shared_errors(3, latitude, longitude[:2])


def test_weights_find_the_posterior_of_a_normal_mean():
    random = np.random.default_rng(4)
    prior = np.abs(random.normal(10, 4, 20_000)) + 0.1
    measured = 8 * (1 + 0.3 * random.standard_normal(40))
    picked = prior[design.weighted_draws(measured, np.tile(prior[:, None], 40), random, 4000)]
    grid = np.linspace(4, 14, 2000)[:, None]
    logs = -(((measured - grid) / (0.3 * grid)) ** 2 / 2 + np.log(grid)).sum(axis=1)
    density = np.exp(logs - logs.max()) * np.exp(-(((grid[:, 0] - 10) / 4) ** 2) / 2)
    density /= density.sum()
    mean = density @ grid[:, 0]
    assert picked.mean() == pytest.approx(mean, abs=0.05)
    assert picked.std() == pytest.approx(np.sqrt(density @ (grid[:, 0] - mean) ** 2), rel=0.1)


def test_sets_without_a_sound_result_and_the_planted_one_are_not_drawn():
    random = np.random.default_rng(5)
    simulated = np.array([[1.0, 1.0], [0.0, 1.0], [np.nan, 1.0], [1.1, 1.0], [1.0, 1.0]])
    picked = design.weighted_draws([1.0, 1.0], simulated, random, 200, leave_out=0)
    assert set(picked) == {3, 4}
    with pytest.raises(ValueError, match="do not fit"):
        design.weighted_draws([1.0], simulated, random, 2)
    with pytest.raises(ValueError, match="no set"):
        design.weighted_draws([1.0, 1.0], 0 * simulated, random, 2)
