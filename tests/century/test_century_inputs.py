"""Observations for the model: alignment, choices, refusals; simulated and, where it is here, real."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from coldcarbon import catalogue
from coldcarbon.century import Simulator, defaults, inputs
from coldcarbon.readers import plateau_towers, tibet_transect
from coldcarbon.simulate import zhao2022


@pytest.fixture(scope="module")
def transect():
    return zhao2022.transect()


@pytest.fixture(scope="module")
def towers(transect):
    return zhao2022.towers(sites=transect)


def test_rows_of_observations_meet_their_simulations(transect, towers):
    both = np.stack([defaults("meadow"), defaults("steppe")])
    whole = inputs.observations("both", transect, towers)
    result = Simulator(whole.sites, whole.weather, groups=whole.groups.tolist()).run(both)
    assert len(whole.sites) == 33
    soil, nep = whole.soil_carbon_of(result), whole.nep_of(result)
    for place, vegetation in enumerate(("meadow", "steppe")):
        part = inputs.observations(vegetation, transect, towers)
        alone = Simulator(part.sites, part.weather).run(both[place])
        assert [*part.sites.names] == [*part.soil_carbon["site"], *part.nep["site"].unique()]
        np.testing.assert_allclose(part.soil_carbon_of(alone), soil[whole.soil_carbon["vegetation"] == vegetation])
        np.testing.assert_allclose(part.nep_of(alone), nep[whole.nep["vegetation"] == vegetation], rtol=1e-6, atol=1e-6)
        many = Simulator(part.sites, part.weather).run_many(np.stack([both[place]] * 2))
        np.testing.assert_allclose(part.nep_of(many)[1], part.nep_of(alone), rtol=1e-6, atol=1e-6)
        assert part.soil_carbon_of(many).shape == (2, len(part.soil_carbon))


def test_months_left_out_leave_the_weather(transect, towers):
    part = inputs.observations("meadow", transect, towers, least_quality=0.9, keep_doubtful=False)
    assert (part.nep["nep_quality"] >= 0.9).all()
    assert not part.nep["doubtful"].any()
    assert part.weather.lengths.tolist() == [36, 36]
    row = part.nep.iloc[-1]
    assert part.weather.names[row["tower"]] == row["site"]
    assert row["position"] % 12 + 1 == row["month"]
    assert (part.nep["sd_g_C_per_m2_per_month"] >= inputs.NEP_FLOOR).all()


def test_density_is_eq1_of_weighted_layers(transect):
    density = inputs.soil_carbon_density(transect, gravel=False)
    more = inputs.soil_carbon_density(transect, gravel=True)
    assert (more < density).all()
    layers = transect.layers.assign(organic_carbon_percent=2.0)
    flat = dataclasses.replace(transect, layers=layers)
    sites = transect.sites
    at = {d: sites[f"gridded_bulk_density_g_per_cm3_{d}_cm"].to_numpy() for d in (0, 10, 30)}
    mean = ((at[0] + at[10]) / 2 * 10 + (at[10] + at[30]) / 2 * 20) / 30
    for profile in ("spline", "linear", "exponential", "constant"):
        found = inputs.soil_carbon_density(flat, profile=profile, gravel=False)
        np.testing.assert_allclose(found, 20 * mean * 30 / 100, rtol=1e-9)
    together = inputs.soil_carbon_density(flat, profile="constant", gravel=False, together=True)
    np.testing.assert_allclose(together, 20 * (at[0] + at[10]) / 2 * 30 / 100, rtol=1e-9)


def test_reported_means_hold(transect):
    low, high, rain = inputs.site_climate(transect.sites)
    np.testing.assert_allclose(((low + high) / 2).mean(axis=1), transect.sites.iloc[:, 5], atol=1e-9)
    np.testing.assert_allclose(rain.sum(axis=1), transect.sites["mean_annual_precipitation_mm"], rtol=1e-9)
    low, high, rain = inputs.site_climate(transect.sites, reported=False)
    np.testing.assert_allclose(rain.sum(axis=1), transect.sites["bio12"], rtol=1e-9)


def test_nearest_site_is_on_the_sphere(transect):
    sites = transect.sites.assign(latitude_degrees_north=range(30), longitude_degrees_east=90.0)
    position, distance = inputs.nearest_site([3.4], [90.0], sites)
    assert position.tolist() == [3]
    assert distance[0] == pytest.approx(0.4 * 111.195, rel=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda w: w.assign(nep_g_C_per_m2_per_month=w["nep_g_C_per_m2_per_month"].mask(w.index == 3)),
            "CN-Dan.*2004-04",
        ),
        (lambda w: w.drop(index=3), "CN-Dan.*months are missing"),
        (lambda w: w.assign(precipitation_mm_per_month=-1.0), "CN-Dan.*January.*precipitation is negative"),
    ],
)
def test_bad_towers_are_refused_with_site_and_month(transect, towers, change, message):
    with pytest.raises(ValueError, match=message):
        inputs.observations("both", transect, change(towers))


def test_bad_choices_are_refused(transect, towers):
    with pytest.raises(ValueError, match="no vegetation 'swamp'"):
        inputs.observations("swamp", transect, towers)
    with pytest.raises(ValueError, match="nep_floor 0"):
        inputs.observations("both", transect, towers, nep_floor=0)
    with pytest.raises(ValueError, match="no profile 'cubic'"):
        inputs.soil_carbon_density(transect, profile="cubic")
    layers = transect.layers.copy()
    layers.loc[2, "organic_carbon_percent"] = np.nan
    with pytest.raises(ValueError, match=r"transect-02.*organic carbon is missing"):
        inputs.soil_carbon_density(dataclasses.replace(transect, layers=layers))
    with pytest.raises(ValueError, match="same two layers"):
        inputs.soil_carbon_density(dataclasses.replace(transect, layers=transect.layers.drop(index=0)))


def test_real_rows():
    for name in ("tibet-transect", "fluxnet2015-monthly"):
        if not catalogue.present(name):
            pytest.skip(f"{name} is not on this machine")
    transect, towers = tibet_transect.read(), plateau_towers.read()
    whole = inputs.observations("both", transect, towers)
    assert len(whole.sites) == 33
    assert whole.groups.tolist().count(1) == 17
    assert len(whole.nep) == 96
    assert 5.3 < whole.soil_carbon["soil_carbon_kg_per_m2"].mean() < 6.8
    assert inputs.soil_carbon_density(transect, gravel=False).mean() < 6.9
    growing = pd.DataFrame(np.asarray(whole.sites.growing), index=whole.sites.names).sum(axis=1)
    assert growing.between(4, 9).all()


def test_the_gridded_density_is_a_weighted_mean_of_the_grid_s_depths(transect):
    sites = transect.sites
    mean = {}
    for name in ("gridded_carbon_g_per_kg", "gridded_bulk_density_g_per_cm3", "gridded_coarse_percent"):
        top, ten, thirty = (sites[f"{name}_{d}_cm"].to_numpy() for d in (0, 10, 30))
        mean[name] = ((top + ten) / 2 * 10 + (ten + thirty) / 2 * 20) / 30
    carbon, density, stones = mean.values()
    found = inputs.gridded_soil_carbon(transect)
    np.testing.assert_allclose(found, carbon * density * 30 * (1 - stones / 100) / 100)
    assert list(found.index) == list(sites["site"])
