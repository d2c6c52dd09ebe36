"""The steady state by algebra against months run one by one, and the balances of carbon and water."""

import numpy as np
import pytest
from examples import ARCHETYPES, archetypes, draws, many

from coldcarbon.century import NAMES, Simulator, Weather, reference, total_carbon, total_water

ORGANIC = slice(13, 18)


def repeated(sites, years: int) -> Weather:
    series = (sites.minimum_celsius, sites.maximum_celsius, sites.precipitation_mm)
    return Weather(sites.names, *(np.tile(values, years) for values in series))


def test_one_more_cycle_changes_nothing() -> None:
    sites = many(40)
    simulator = Simulator(sites, repeated(sites, 1), groups=range(40))
    result = simulator.run(draws(40), tolerance=1e-13, check=False)
    at_rest = result.converged
    assert at_rest.mean() > 0.85
    moved = np.abs(result.end - result.states) / np.maximum(np.abs(result.states), 1)
    assert moved[at_rest].max() < 1e-12


def test_four_thousand_years_from_the_steady_state_lead_nowhere() -> None:
    simulator = Simulator(archetypes(), groups=[0, 1])
    steady = simulator.run(ARCHETYPES, tolerance=1e-12)
    start = steady.states[..., ORGANIC]
    # the plants of this run start cold; by its end they have long come to rest
    brute = simulator.run(ARCHETYPES, spinup=("brute", 4000, start))
    moved = np.abs(brute.states[:, :13] / np.maximum(steady.states[:, :13], 1e-9) - 1)[steady.states[:, :13] > 0]
    assert moved.max() < 1e-8
    closed = simulator.run(ARCHETYPES, spinup=("years", 4000, start), tolerance=1e-12)
    np.testing.assert_allclose(closed.states, steady.states, rtol=1e-10)


def test_a_very_long_run_from_nothing_finds_the_steady_state() -> None:
    simulator = Simulator(archetypes(), groups=[0, 1])
    steady = simulator.run(ARCHETYPES, tolerance=1e-12)
    brute = simulator.run(ARCHETYPES, spinup=("brute", 60_000, 0.0))
    np.testing.assert_allclose(brute.states[:, 2:], steady.states[:, 2:], rtol=1e-8)


def test_years_by_matrix_power_are_years_by_months() -> None:
    sites = archetypes()
    steady = Simulator(sites, groups=[0, 1]).run(ARCHETYPES, tolerance=1e-13)
    start = np.array([5.0, 60.0, 12.0, 400.0, 900.0])
    by_power = Simulator(sites, groups=[0, 1]).run(ARCHETYPES, spinup=("years", 50, start), tolerance=1e-13)
    begin = steady.states.copy()
    begin[:, ORGANIC] = start
    simulator = Simulator(sites, groups=[0, 1], engine="reference")
    args = (simulator._climate, simulator._soil, ARCHETYPES, simulator.constants)
    end, _, _ = reference.run(begin, *args, months=600)
    np.testing.assert_allclose(by_power.states[:, ORGANIC], end[:, ORGANIC], rtol=1e-8)


def test_four_thousand_years_from_nothing_are_not_the_steady_state() -> None:
    simulator = Simulator(archetypes(), groups=[0, 1])
    steady, short = (simulator.run(ARCHETYPES, spinup=s) for s in ("steady", ("years", 4000, 0.0)))
    gap = 1 - short.pool("SOM3C") / steady.pool("SOM3C")
    assert (gap > 1e-3).all()
    assert (gap < 0.5).all()


def test_carbon_and_water_are_neither_made_nor_lost() -> None:
    n = 30
    simulator = Simulator(many(n), groups=range(n), engine="reference")
    parameters = draws(n)
    rng = np.random.default_rng(8)
    states = simulator._start.copy()
    states[:, ORGANIC] = rng.uniform(0, 3000, (n, 5))
    args = (simulator._climate, simulator._soil, parameters, simulator.constants)
    _, flows, course = reference.run(states, *args, months=60)
    before = np.concatenate([states[None], course[:-1]])
    net = np.array([m.net_production for m in flows])
    lost = np.array([m.respiration + m.leached_carbon for m in flows])
    np.testing.assert_allclose(total_carbon(course) - total_carbon(before), net - lost, atol=1e-10 * 3000)
    rain = np.array([m.rain for m in flows])
    out = np.array([m.evaporation + m.transpiration + m.runoff + m.drainage for m in flows])
    np.testing.assert_allclose(total_water(course) - total_water(before), rain - out, atol=1e-10)
    assert (course >= 0).all()
    assert (np.array([[m.evaporation, m.transpiration, m.runoff, m.drainage] for m in flows]) >= -1e-15).all()


def test_carbon_of_a_cycle_at_rest_closes() -> None:
    sites = archetypes()
    result = Simulator(sites, repeated(sites, 1), groups=[0, 1]).run(ARCHETYPES, tolerance=1e-13)
    uptake = result.net_ecosystem_production.sum(axis=1)
    np.testing.assert_allclose(uptake, result.flux("leached_carbon").sum(axis=1), atol=1e-9)
    np.testing.assert_allclose(result.somsc, result.flux("somsc").mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(result.somtc, result.flux("somtc").mean(axis=1), rtol=1e-12)


@pytest.mark.parametrize("symbol", ["DEC3(2)", "DEC5(1)", "DEC5(2)", "DEC4"])
def test_faster_decay_leaves_less_carbon_and_more_production_leaves_more(symbol: str) -> None:
    from coldcarbon.century import as_vector, defaults, priors, table

    place = list(table().index).index(symbol)
    low, high = (bound[place] for bound in priors())
    meadow = defaults("meadow")
    sets = [as_vector({symbol: value}, meadow) for value in np.linspace(low, high, 5)]
    carbon = Simulator(archetypes()).run_many(sets).somsc
    assert (np.diff(carbon, axis=0) < 0).all()
    sets = [as_vector({"PRDX(1)": value}, meadow) for value in np.linspace(0.3, 1, 5)]
    assert (np.diff(Simulator(archetypes()).run_many(sets).somsc, axis=0) > 0).all()


def test_archetypes_land_where_the_plateau_is() -> None:
    sites = archetypes()
    result = Simulator(sites, repeated(sites, 1), groups=[0, 1]).run(ARCHETYPES)
    assert (np.abs(result.flux("net_production").sum(axis=1) - [450, 350]) < 60).all()
    assert (np.abs(result.soil_carbon_kg - [5.1, 4.5]) < 0.4).all()
    assert NAMES[17] == "SOM3C"


def test_snow_that_sublimates_entirely_is_gone() -> None:
    sites = archetypes()
    result = Simulator(sites, repeated(sites, 3), groups=[0, 1]).run(ARCHETYPES)
    assert (result.pool("SNOW") == 0).all()  # dry winters: none is left in January
    assert (result.pool("SNLQ") == 0).all()
