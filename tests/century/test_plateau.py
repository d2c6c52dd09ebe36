import numpy as np
import pytest

from coldcarbon.century import Simulator, defaults, plateau, priors
from coldcarbon.grids import map_to_zarr
from coldcarbon.simulate import zhao2022_plateau as design

ROCK = 0.15


@pytest.fixture(scope="module")
def block():
    cells = design.cells().sel(latitude=slice(32, 34), longitude=slice(88, 91))
    cells["daily_range"] = 14 + 0 * cells["temperature"]
    cells = cells[list(plateau.NEEDED)]
    cells["sand"][1, 2] = np.nan
    return cells


@pytest.fixture(scope="module")
def draws():
    low, high = priors()
    middle = [defaults("meadow"), defaults("steppe")]
    return np.clip(np.random.default_rng(1).normal(middle, 0.03 * (high - low), (7, 2, len(low))), low, high)


def test_a_cell_is_what_a_site_of_its_own_would_be(block, draws):
    found = plateau.plateau_block(block, draws, rock_fraction=ROCK, tolerance=1e-8)
    sites, weather, there = plateau.cell_sites(block, rock_fraction=ROCK)
    assert there.sum() == there.size - 1 == len(sites)
    assert not there[1, 2]
    one = sites.select([5])
    alone = Simulator(one, weather.select([5])).run(draws[3, 1], tolerance=1e-8)
    row, column = np.argwhere(there)[5]
    here = found.isel(latitude=row, longitude=column, draw=3).sel(vegetation="steppe")
    assert float(here["soil_carbon"]) == pytest.approx(alone.soil_carbon_kg[0], rel=1e-4)
    uptake = alone.net_ecosystem_production.sum()
    assert float(here["net_ecosystem_production"]) == pytest.approx(uptake, abs=1e-4)
    assert sites.names[5] == f"{block['latitude'].values[row]:g} N, {block['longitude'].values[column]:g} E"
    assert np.isnan(found["soil_carbon"].values[:, :, 1, 2]).all()
    assert np.isfinite(found["soil_carbon"].values[..., there]).all()


def test_the_bits_do_not_depend_on_chunks_threads_or_batches(block, draws, tmp_path):
    whole = plateau.plateau_block(block, draws, rock_fraction=ROCK)
    constants = {"draws": draws, "rock_fraction": ROCK}
    for chunk, workers in (((2, 2), 2), ((4, 6), 1), ((1, 6), 2)):
        store = tmp_path / f"{chunk[0]}-{chunk[1]}.zarr"
        cut = map_to_zarr(
            plateau.plateau_block, block, store, settings={}, constants=constants, chunk=chunk,
            scheduler="threads", workers=workers,
        ).load()  # fmt: skip
        for name in whole:
            np.testing.assert_array_equal(cut[name].values, whole[name].values)
    few = plateau.plateau_block(block, draws, rock_fraction=ROCK, at_once=2)
    for name in whole:
        np.testing.assert_array_equal(few[name].values, whole[name].values)


def test_at_rest_the_uptake_is_what_is_leached_and_a_poorer_soil_takes_up_more(block, draws):
    rest, less, half = (
        plateau.plateau_block(block, draws[:2], rock_fraction=ROCK, relaxation=r, tolerance=1e-8)
        for r in (1.0, 0.99, 0.98)
    )
    name = "net_ecosystem_production"
    sites, weather, there = plateau.cell_sites(block, rock_fraction=ROCK)
    leached = Simulator(sites, weather).run(draws[1, 0], tolerance=1e-8).flux("leached_carbon").sum(axis=1)
    at_rest = rest[name].values[1, 0][there]
    np.testing.assert_allclose(at_rest, leached, atol=2e-3)
    first = (less[name] - rest[name]).values[..., there]
    assert (first > 0).all()
    np.testing.assert_allclose((half[name] - rest[name]).values[..., there], 2 * first, rtol=1e-2, atol=1e-3)


def test_years_warmer_than_the_spin_up_change_the_balance(block, draws):
    common = {"rock_fraction": ROCK, "cycle_years": 2, "last_years": 2}
    calm = plateau.plateau_block(block, draws[:1], anomalies_celsius=[0, 0, 0, 0], **common)
    normal = plateau.plateau_block(block, draws[:1], rock_fraction=ROCK)
    np.testing.assert_allclose(calm["soil_carbon"], normal["soil_carbon"], rtol=1e-4)
    warm = plateau.plateau_block(block, draws[:1], anomalies_celsius=[-1, -1, 0, 1], **common)
    gap = (warm - calm)["net_ecosystem_production"].values
    assert np.nanmax(np.abs(gap)) > 1
    sites, weather, _ = plateau.cell_sites(block, anomalies_celsius=[-1, -1, 0, 1], cycle_years=2)
    assert sites.months == 24
    np.testing.assert_allclose(weather.minimum_celsius[0][24:36] - np.asarray(sites.minimum_celsius)[0, :12], 1)


def test_a_block_of_sea_is_missing_throughout(block, draws):
    sea = block.where(False)
    found = plateau.plateau_block(sea, draws)
    assert found["soil_carbon"].isnull().all()
    assert found["soil_carbon"].shape == (7, 2, 4, 6)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda b: b.drop_vars("daily_range"), "lacks daily_range"),
        (lambda b: b.isel(month=slice(0, 11)), "12 months"),
        (lambda b: b.assign(sand=b["sand"] + 0.1), "32.25 N, 88.25 E.*sum to"),
        (lambda b: b.assign(precipitation=-b["precipitation"]), "32.25 N.*January: precipitation is negative"),
    ],
)
def test_blocks_that_cannot_be_run_are_refused(block, draws, change, message):
    with pytest.raises(ValueError, match=message):
        plateau.plateau_block(change(block), draws)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vegetation": ("meadow",)}, "draws of shape"),
        ({"last_years": 2}, "1 years of weather"),
        ({"cycle_years": 2}, "a cycle of 2 years"),
        ({"anomalies_celsius": [np.nan]}, "finite"),
    ],
)
def test_settings_that_make_no_sense_are_refused(block, draws, options, message):
    with pytest.raises(ValueError, match=message):
        plateau.plateau_block(block, draws, **options)
    with pytest.raises(ValueError, match="prior"):
        plateau.plateau_block(block, 10 + draws)
