"""The public face: shapes, groups, refusals, and what is counted when numbers go wrong."""

import tracemalloc

import numpy as np
import pytest
from examples import ARCHETYPES, archetypes, draws, many

from coldcarbon.century import FLUXES, Simulator, Weather, defaults, depth_factor, simulate, simulate_blocks

SITES = archetypes()


def test_one_run_is_the_first_of_many() -> None:
    simulator = Simulator(SITES, groups=[0, 1])
    sets = np.stack([ARCHETYPES, ARCHETYPES[::-1]])
    one, several = simulator.run(ARCHETYPES), simulator.run_many(sets)
    np.testing.assert_array_equal(one.somsc, several.somsc[0])
    np.testing.assert_array_equal(simulate(SITES, ARCHETYPES, groups=[0, 1]).states, several.states[0])
    assert several.states.shape == (2, 2, 18)
    assert several.somsc[1, 0] != one.somsc[0]
    assert simulator.counts.runs == 3
    np.testing.assert_allclose(one.soil_carbon_kg * 1000, one.somsc)


def test_weather_comes_back_by_its_own_length() -> None:
    series = [
        np.asarray(values)[1] for values in (SITES.minimum_celsius, SITES.maximum_celsius, SITES.precipitation_mm)
    ]
    weather = Weather(["steppe", "meadow"], *([v[:7], np.tile(v, 2)] for v in series))
    result = simulate(SITES, defaults("meadow"), weather)
    assert result.fluxes.shape == (2, len(FLUXES), 24)
    np.testing.assert_array_equal(np.isfinite(result.net_ecosystem_production).sum(axis=1), [7, 24])
    np.testing.assert_array_equal(
        result.flux("net_ecosystem_production"), result.flux("net_production") - result.flux("respiration")
    )


def test_relaxation_scales_the_soil_and_leaves_it_to_recover() -> None:
    values = (SITES.minimum_celsius, SITES.maximum_celsius, SITES.precipitation_mm)
    weather = Weather(SITES.names, *values)
    full, poor = (simulate(SITES, ARCHETYPES, weather, groups=[0, 1], relaxation=eta) for eta in (1, 0.7))
    np.testing.assert_allclose(poor.states[:, 15:], 0.7 * full.states[:, 15:])
    assert (poor.net_ecosystem_production.sum(axis=1) > full.net_ecosystem_production.sum(axis=1) + 10).all()


def test_what_cannot_be_run_is_refused() -> None:
    simulator = Simulator(SITES, groups=[0, 1])
    with pytest.raises(ValueError, match="the sites follow 2"):
        simulator.run(defaults("meadow"))
    with pytest.raises(ValueError, match="24 values per group"):
        simulator.run(np.ones((2, 23)))
    outside = ARCHETYPES.copy()
    outside[0, 0] = 2
    with pytest.raises(ValueError, match=r"PRDX\(1\) = 2"):
        simulator.run(outside)
    with pytest.raises(ValueError, match="no spin-up 'slow'"):
        simulator.run(ARCHETYPES, spinup="slow")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="whole cycles"):
        simulator.run(ARCHETYPES, spinup=("years", 0, 0.0))
    with pytest.raises(ValueError, match="not negative"):
        simulator.run(ARCHETYPES, spinup=("years", 10, -1.0))
    with pytest.raises(ValueError, match="no engine"):
        Simulator(SITES, engine="fortran")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="groups has shape"):
        Simulator(SITES, groups=[0])
    with pytest.raises(ValueError, match="'tower' has weather but no climate"):
        Simulator(SITES, Weather(["tower"], [np.zeros(12)], [np.ones(12)], [np.ones(12)]))


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_non_finite_states_are_recorded_counted_and_harm_no_neighbour(engine: str) -> None:
    sites = many(9)
    simulator = Simulator(sites, groups=range(9), engine=engine)  # type: ignore[arg-type]
    parameters = draws(9)
    good = simulator.run(parameters, check=False)
    broken = parameters.copy()
    broken[4, 8] = np.nan
    result = simulator.run(broken, check=False)
    assert list(np.flatnonzero(~result.finite)) == [4]
    assert not result.converged[4]
    assert np.isnan(result.states[4]).all()
    others = np.arange(9) != 4
    np.testing.assert_array_equal(result.somsc[others], good.somsc[others])
    assert simulator.counts.non_finite == 1
    assert simulator.run(parameters, check=False).finite.all()  # and it goes on


def test_sites_given_up_are_counted() -> None:
    simulator = Simulator(many(20))
    result = simulator.run(defaults("meadow"), tolerance=1e-12, cycles=3)
    assert (result.cycles == 3).all()
    assert not result.converged.any()
    assert np.isfinite(result.somsc).all()
    assert simulator.counts.not_converged == 1


def test_weather_of_many_sites_is_packed_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    sites = many(23)
    weather = Weather(sites.names, sites.minimum_celsius, sites.maximum_celsius, sites.precipitation_mm)
    whole = Simulator(sites, weather).run(defaults("steppe"))
    monkeypatch.setattr("coldcarbon.century.simulator.MONTHS_AT_ONCE", 60)
    parts = Simulator(sites, weather).run(defaults("steppe"))
    np.testing.assert_array_equal(whole.fluxes, parts.fluxes)
    np.testing.assert_array_equal(whole.end, parts.end)


def test_depth_factor_of_the_two_scales_named() -> None:
    assert depth_factor(20) == pytest.approx(1.229, abs=1e-3)
    assert depth_factor(30) == pytest.approx(1.299, abs=1e-3)


@pytest.mark.parametrize("block", [1, 5, 23, 100])
def test_blocks_of_sites_are_the_sites_of_the_whole(block: int) -> None:
    sites = many(23)
    chosen = np.array([20, 3, 4, 11])  # in an order of their own, and not in every block
    series = (np.asarray(v)[chosen] for v in (sites.minimum_celsius, sites.maximum_celsius, sites.precipitation_mm))
    weather = Weather([sites.names[i] for i in chosen], *series, co2_ppm=np.full((4, 12), 380.0))
    groups = np.arange(23) % 2
    whole = simulate(sites, ARCHETYPES, weather, groups=groups.tolist())
    parts = list(simulate_blocks(sites, ARCHETYPES, weather, block=block, groups=groups.tolist()))
    assert [name for part, _ in parts for name in part.names] == list(sites.names)
    np.testing.assert_array_equal(np.concatenate([r.somsc for _, r in parts]), whole.somsc)
    fluxes = np.concatenate([r.fluxes for _, r in parts if r.fluxes.size])
    np.testing.assert_array_equal(fluxes, whole.fluxes[np.argsort(chosen)])


def test_memory_of_blocks_does_not_grow_with_the_sites() -> None:
    def peak_of(n: int) -> float:
        sites = many(n)
        months = [np.tile(v, (1, 10)) for v in (sites.minimum_celsius, sites.maximum_celsius, sites.precipitation_mm)]
        weather = Weather(sites.names, *months)
        tracemalloc.start()
        total = 0.0
        for _, result in simulate_blocks(sites, defaults("steppe"), weather, block=50, tolerance=1e-4):
            total += float(result.net_ecosystem_production.sum())
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert np.isfinite(total)
        return found

    few, many_sites = peak_of(100), peak_of(1000)
    assert many_sites < few + 0.2 * 1000 * 120 * 8 * len(FLUXES)  # a fifth of the months of all sites


def test_blocks_that_cannot_be_run_are_refused() -> None:
    with pytest.raises(ValueError, match="a block of 0 sites"):
        next(simulate_blocks(SITES, defaults("meadow"), block=0))
    weather = Weather(["tower"], [np.zeros(12)], [np.ones(12)], [np.ones(12)])
    with pytest.raises(ValueError, match="'tower' has weather but no climate"):
        next(simulate_blocks(SITES, defaults("meadow"), weather))
