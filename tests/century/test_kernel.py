"""The fast model against the readable one, and its arithmetic against NumPy."""

from dataclasses import replace

import numpy as np
import pytest
from examples import ARCHETYPES, archetypes, draws, many
from numba import njit

from coldcarbon.century import CENTURY, DAYCENT, Constants, Simulator, Sites, Weather, kernel


@njit
def through(function, x):
    out = np.empty_like(x)
    for i in range(len(x)):
        out[i] = function(x[i])
    return out


@pytest.mark.parametrize(
    ("ours", "theirs", "x"),
    [
        (kernel.vexp, np.exp, np.linspace(-690, 690, 20001)),
        (kernel.vexp, np.exp, np.linspace(-1, 1, 20001)),
        (kernel.vlog, np.log, np.concatenate([np.linspace(1e-6, 3, 20001), np.geomspace(1e-300, 1e300, 999)])),
        (kernel.vatan, np.arctan, np.concatenate([np.linspace(-9, 9, 20001), [1e-9, -1e9]])),
    ],
)
def test_written_out_functions_are_those_of_numpy(ours, theirs, x) -> None:
    expected = theirs(x)
    np.testing.assert_allclose(through(ours, x), expected, rtol=2e-15, atol=1e-17)


def both(sites: Sites, constants: Constants = CENTURY, weather: Weather | None = None) -> tuple[Simulator, Simulator]:
    groups = range(len(sites))
    return tuple(Simulator(sites, weather, constants, groups, engine) for engine in ("kernel", "reference"))


def apart(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.nanmax(np.abs(ours - theirs) / np.maximum(np.abs(theirs), 1)))


@pytest.mark.parametrize("tolerance", [1e-4, 1e-8, 1e-12])
def test_steady_states_agree_over_climates_soils_and_the_prior(tolerance: float) -> None:
    fast, readable = both(many(60))
    parameters = draws(60)
    ours, theirs = (s.run(parameters, tolerance=tolerance, check=False) for s in (fast, readable))
    np.testing.assert_array_equal(ours.cycles, theirs.cycles)
    np.testing.assert_array_equal(ours.converged, theirs.converged)
    assert ours.converged.mean() > 0.9
    for name in ("states", "somsc", "somtc", "propagator"):
        assert apart(getattr(ours, name)[ours.converged], getattr(theirs, name)[ours.converged]) < 1e-12, name


@pytest.mark.parametrize(
    "constants",
    [CENTURY, DAYCENT, replace(CENTURY, bioflg=0.0, aneref=(1.5, 3.0, 0.2), fracro=0.3, cfrtcw=(0.7, 0.3))],
    ids=["century", "daycent", "others"],
)
def test_fluxes_agree_under_weather_of_unequal_length(constants: Constants) -> None:
    sites = many(11, seed=3)
    rng = np.random.default_rng(4)
    chosen = [(site, 12 * years) for site, years in zip(range(9), (1, 2, 3, 1, 5, 2, 2, 1, 3), strict=True)]
    series = []
    for site, months in chosen:
        low = np.resize(sites.minimum_celsius[site], months) + rng.normal(0, 2, months)
        series.append((low, low + rng.uniform(5, 18, months), np.resize(sites.precipitation_mm[site], months)))
    co2 = [np.linspace(340, 420, months) for _, months in chosen]
    weather = Weather([sites.names[site] for site, _ in chosen], *zip(*series, strict=True), co2_ppm=co2)
    fast, readable = both(sites, constants, weather)
    ours, theirs = (s.run(draws(11, seed=5), relaxation=0.7, check=False) for s in (fast, readable))
    assert ours.fluxes.shape == (9, 5, 60)
    np.testing.assert_array_equal(np.isnan(ours.fluxes), np.isnan(theirs.fluxes))
    assert apart(ours.fluxes, theirs.fluxes) < 1e-12
    assert apart(ours.end, theirs.end) < 1e-12


@pytest.mark.parametrize("spinup", [("years", 300, 50.0), ("brute", 40, 50.0)], ids=["years", "brute"])
def test_other_spin_ups_agree(spinup: tuple) -> None:
    fast, readable = both(archetypes())
    ours, theirs = (s.run(ARCHETYPES, spinup=spinup) for s in (fast, readable))
    assert apart(ours.states, theirs.states) < 1e-12
    assert apart(ours.somsc, theirs.somsc) < 1e-12


def test_no_result_depends_on_what_runs_beside_it() -> None:
    sites, parameters = many(19), draws(4)
    together = Simulator(sites).run_many(parameters, check=False)
    backwards = Simulator(sites.select(np.arange(19)[::-1])).run_many(parameters[::-1], check=False)
    np.testing.assert_array_equal(together.states, backwards.states[::-1, ::-1])
    simulator = Simulator(sites)
    for turn in (0, 1):  # the second run takes the sites in another order
        alone = simulator.run(parameters[2], check=False)
        np.testing.assert_array_equal(together.states[2], alone.states, err_msg=f"turn {turn}")


@pytest.mark.parametrize(
    ("ours", "theirs", "x"),
    [
        (kernel.short_exp, np.exp, np.linspace(-300, 300, 20001)),
        (kernel.short_log, np.log, np.linspace(1e-6, 3, 20001)),
        (kernel.short_atan, np.arctan, np.linspace(-9, 9, 20001)),
    ],
)
def test_shorter_functions_keep_eleven_digits(ours, theirs, x) -> None:
    expected = theirs(x)
    np.testing.assert_allclose(through(ours, x), expected, rtol=2e-11, atol=1e-15)


def test_the_fast_build_stays_within_1e_9_of_the_exact_one() -> None:
    sites, parameters = many(60), draws(60)
    weather = Weather(sites.names, sites.minimum_celsius, sites.maximum_celsius, sites.precipitation_mm)
    exact, fast = (Simulator(sites, weather, groups=range(60), engine=e) for e in ("kernel", "fast"))  # type: ignore[arg-type]
    ours, theirs = (s.run(parameters, tolerance=1e-12, check=False) for s in (fast, exact))
    rested = ours.converged & theirs.converged
    assert rested.mean() > 0.9
    assert (ours.converged == theirs.converged).mean() > 0.98
    for name in ("states", "somsc", "somtc", "propagator", "fluxes", "end"):
        assert apart(getattr(ours, name)[rested], getattr(theirs, name)[rested]) < 1e-9, name
    assert not np.array_equal(ours.somsc, theirs.somsc)  # it is another build


def test_the_fast_build_records_what_is_not_finite_and_goes_on() -> None:
    simulator = Simulator(many(9), groups=range(9), engine="fast")
    parameters = draws(9)
    good = simulator.run(parameters, check=False)
    broken = parameters.copy()
    broken[4, 8], broken[7, 15] = np.nan, np.inf
    result = simulator.run(broken, check=False)
    assert list(np.flatnonzero(~result.finite)) == [4, 7]
    others = ~np.isin(np.arange(9), (4, 7))
    np.testing.assert_array_equal(result.somsc[others], good.somsc[others])
    assert simulator.counts.non_finite == 1
