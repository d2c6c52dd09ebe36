"""The simulated plateau: columns of the readers, planted truth, errors of the planted size."""

import numpy as np
import pandas as pd
import pytest

from coldcarbon.century import Simulator, inputs, priors
from coldcarbon.readers import plateau_towers, tibet_transect
from coldcarbon.simulate import zhao2022


def test_columns_are_those_of_the_readers_and_seeds_repeat():
    transect, again = zhao2022.transect(3), zhao2022.transect(3)
    assert tuple(transect.sites) == tibet_transect.SITE_COLUMNS
    assert tuple(transect.layers) == tibet_transect.LAYER_COLUMNS
    assert transect.layers.equals(again.layers)
    assert transect.sites["vegetation"].value_counts().to_dict() == {"steppe": 16, "meadow": 14}
    towers = zhao2022.towers(3, sites=transect)
    assert tuple(towers) == plateau_towers.COLUMNS
    assert towers["nep_g_C_per_m2_per_month"].equals(zhao2022.towers(3)["nep_g_C_per_m2_per_month"])
    assert not towers["nep_g_C_per_m2_per_month"].equals(zhao2022.towers(4)["nep_g_C_per_m2_per_month"])
    assert (towers["site"].value_counts() % 12 == 0).all()


def test_truth_is_what_the_model_says_and_errors_have_the_planted_size():
    logs, residuals = [], []
    for seed in range(8):
        transect = zhao2022.transect(seed)
        towers = zhao2022.towers(seed, sites=transect)
        observed = inputs.observations("both", transect, towers)
        truth = transect.sites.attrs["truth"]
        planted = np.array([truth["parameters"][v] for v in ("meadow", "steppe")])
        result = Simulator(observed.sites, observed.weather, groups=observed.groups.tolist()).run(planted)
        soil = observed.soil_carbon_of(result)
        np.testing.assert_allclose(soil, list(truth["soil_carbon_kg_per_m2"].values()), rtol=1e-4)
        logs.extend(np.log(observed.soil_carbon["soil_carbon_kg_per_m2"] / soil))
        nep = observed.nep_of(result)
        np.testing.assert_allclose(nep, towers.attrs["truth"]["nep"], rtol=1e-3, atol=1e-2)
        residuals.extend(
            (observed.nep["nep_g_C_per_m2_per_month"] - nep) / np.maximum(0.3 * np.abs(nep), zhao2022.NEP_FLOOR)
        )
    assert np.std(logs) == pytest.approx(0.3, abs=0.05)
    assert np.mean(logs) == pytest.approx(0, abs=0.06)
    assert np.std(residuals) == pytest.approx(1, abs=0.08)
    assert np.mean(residuals) == pytest.approx(0, abs=0.12)


def test_no_error_gives_the_truth_and_relaxed_soils_take_up():
    transect = zhao2022.transect(1, relative_error=0)
    density = inputs.soil_carbon_density(transect)
    truth = transect.sites.attrs["truth"]["soil_carbon_kg_per_m2"]
    np.testing.assert_allclose(density, list(truth.values()), rtol=1e-9)
    steady = np.mean(zhao2022.towers(1, sites=transect).attrs["truth"]["nep"])
    relaxed = np.mean(zhao2022.towers(1, sites=transect, relaxation=0.6).attrs["truth"]["nep"])
    assert relaxed > steady + 1


def test_planted_parameters_lie_in_their_priors_and_say_what_is_lost():
    bounds = np.asarray(priors())
    low, high = bounds if bounds.shape[0] == 2 else bounds.T
    for vegetation, lost in (("meadow", 0), ("steppe", 6)):
        values, gone = zhao2022.planted_parameters(vegetation)
        assert ((values >= low) & (values <= high)).all()
        assert len(gone) == lost
    with pytest.raises(ValueError, match="no vegetation"):
        zhao2022.planted_parameters("forest")
    with pytest.raises(ValueError, match=r"need \(2, 24\)"):
        zhao2022.transect(parameters=np.zeros(24))
    with pytest.raises(ValueError, match="is negative"):
        zhao2022.transect(relative_error=-1)


def test_production_follows_precipitation_as_planted():
    sites = pd.concat([zhao2022.transect(seed).sites for seed in range(3)])
    slope = np.polyfit(sites["mean_annual_precipitation_mm"], sites["gpp_g_C_per_m2_per_day"], 1)[0]
    assert slope == pytest.approx(zhao2022.PRODUCTION_PER_MM, rel=0.1)
