import numpy as np
import pytest

from coldcarbon.readers import cmip6_regional, gridded_production
from coldcarbon.simulate import han2022_projections as design


def change(table, scenario, region):
    """Slope of net ecosystem production over a scenario, stretched to 1997.5-2100, mean over models."""
    chosen = table[(table["experiment"] == scenario) & (table["region"] == region)]
    nep = (chosen["npp_PgC_per_year"] - chosen["rh_PgC_per_year"]).groupby(chosen["year"]).mean()
    return np.polyfit(nep.index, nep, 1)[0] * (2100 - 1997.5)


def test_the_planted_change_comes_back():
    table = design.models(1, n_models=60)
    for scenario, planted in design.NEP_CHANGES.items():
        own = np.mean([values[scenario] for values in table.attrs["truth"]["model_changes"].values()])
        for region in cmip6_regional.REGIONS.values():
            assert change(table, scenario, region) == pytest.approx(own, abs=0.03)
        assert own == pytest.approx(planted, abs=4 * 0.10 / np.sqrt(60))


def test_it_looks_like_the_files():
    table = design.models(2)
    assert table["model"].nunique() == 14
    assert table.groupby("experiment")["year"].agg(["min", "max"]).apply(tuple, axis=1).to_dict() == dict(
        cmip6_regional.EXPERIMENTS
    )
    assert list(table.columns) == [*("model", "experiment", "region", "year"), *table.attrs["units"]]
    east = table["region"] == "East Asia"
    assert table["air_temperature_degrees_celsius"].notna().equals(east)


def test_seeds_and_bad_sizes():
    assert design.models(3).equals(design.models(3))
    assert not design.models(3).equals(design.models(4))
    with pytest.raises(ValueError, match="two models"):
        design.models(n_models=1)


def test_a_panel_holds_its_steps_and_its_memory():
    nep, own = design.nep_panel(1, replicates=50, n_models=10, change=0.3, ar1=0.6)
    assert nep.shape == (50, 10, 110)
    step = nep[:, :, 16:].mean(axis=2) - nep[:, :, :16].mean(axis=2)
    assert (step - own).mean() == pytest.approx(0, abs=0.01)
    assert own.mean() == pytest.approx(0.3, abs=4 * 0.1 / np.sqrt(500))
    late = nep[:, :, 16:] - nep[:, :, 16:].mean(axis=2, keepdims=True)
    memory = (late[:, :, 1:] * late[:, :, :-1]).sum() / (late**2).sum()
    assert memory == pytest.approx(0.6, abs=0.05)


def test_maps_are_read_back_as_planted(tmp_path):
    maps = gridded_production.read(*design.write_maps(tmp_path))
    yearly = maps.mean("time")
    share = yearly["nep"] / yearly["npp"]
    assert float(abs(share - 0.1).max()) < 0.02
    assert float(yearly["npp"].sel(latitude=38.5, longitude=75.5)) == pytest.approx(0.05, abs=0.05)
    assert float(yearly["npp"].sel(latitude=27.5, longitude=103.5)) == pytest.approx(0.44, abs=0.03)
