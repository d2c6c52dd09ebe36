"""The two calibrations of a type on a model of two parameters whose posterior is known."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from coldcarbon.assimilation import OPTS, Box, Calibrations, Constant, fit_opts, opts

TYPES = ("meadow", "steppe")
BOX = Box(["carbon", "uptake"], [-10.0, -10.0], [10.0, 10.0])
ERRORS = Constant(0.5), Constant(1.0)
BRIEF = {"rounds": (150, 150), "steps": 1_500, "searches": 2}


class Plain:
    """Two sites and a tower of each type; soil carbon is the first parameter, every month's NEP the second."""

    def run_many(self, sets, **options):
        sets = np.asarray(sets)
        carbon = 1000 * np.repeat(sets[:, :, 0], 2, axis=1)
        fluxes = np.zeros((len(sets), 2, 5, 3))
        fluxes[:, :, 0, :] = sets[:, :, 1, None]
        return SimpleNamespace(somsc=carbon, somtc=carbon, fluxes=fluxes)


@pytest.fixture
def soil():
    kinds = np.repeat(TYPES, 2)
    return pd.DataFrame(
        {
            "site": ["a", "b", "c", "d"],
            "vegetation": kinds,
            "position": range(4),
            "soil_carbon_kg_per_m2": [5.0, 6.0, 1.0, 2.0],
        }
    )


@pytest.fixture
def nep():
    months = pd.DataFrame({"site": np.repeat(["A", "B"], 3), "vegetation": np.repeat(TYPES, 3)})
    return months.assign(
        tower=np.repeat([0, 1], 3), position=[0, 1, 2] * 2, nep_g_C_per_m2_per_month=[1, 2, 3, -2, -3, -4]
    )


def test_opt1_sees_no_flux_and_both_share_the_soils(soil, nep):
    first, second = opts("steppe", 1, soil[2:], nep[3:], ERRORS)
    assert [first.name, second.name] == ["steppe, Opt1", "steppe, Opt2"]
    assert first.terms[0][0] is second.terms[0][0]
    problem = Calibrations(Plain(), BOX, [first, second])
    found = problem.log_density(np.tile([[[1.5, -3.0], [1.5, 0.0]]], (2, 1, 1)))
    assert found[0, 0] == found[0, 1]
    assert np.isclose(found[1, 0] - found[1, 1], ((2**2 + 3**2 + 4**2) - (1 + 0 + 1)) / 2)


def test_fits_find_the_mean_of_what_they_see(soil, nep):
    starts = {place: [0.0, 0.0] for place in TYPES}
    settings = [BRIEF | {"seed": 1}, BRIEF | {"seed": 2}]
    fits = fit_opts((Plain(), Plain()), BOX, starts, soil, nep, ERRORS, settings=settings)
    for fit, opt in zip(fits, OPTS, strict=True):
        assert fit.formal.names == tuple(f"{place}, {opt}" for place in TYPES)
        for place, carbon, uptake in (("meadow", 5.5, 2.0), ("steppe", 1.5, -3.0)):
            draws = fit.formal.draws(f"{place}, {opt}", 0.1)
            assert abs(draws[:, 0].mean() - carbon) < 0.1
            assert abs(draws[:, 0].std() - 0.5 / np.sqrt(2)) < 0.05
            if opt == "Opt2":
                assert abs(draws[:, 1].mean() - uptake) < 0.15
                assert abs(draws[:, 1].std() - 1 / np.sqrt(3)) < 0.08
            else:
                assert draws[:, 1].std() > 4  # the prior


def test_a_type_without_data_is_refused(soil, nep):
    with pytest.raises(ValueError, match="'tundra' has 0 soils"):
        fit_opts((Plain(), Plain()), BOX, {"tundra": [0, 0]}, soil, nep, ERRORS, settings=[BRIEF, BRIEF])
