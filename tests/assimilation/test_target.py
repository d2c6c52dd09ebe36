"""CENTURY as the target: what is evaluated together is what would be evaluated alone."""

import numpy as np
import pytest

from coldcarbon.assimilation import (
    Box,
    Calibration,
    Calibrations,
    Misfit,
    Relative,
    corrected,
    flux,
    laplace,
    linear,
    published,
    soil_carbon,
)
from coldcarbon.century import SYMBOLS, Simulator, Sites, Weather, defaults, priors

MONTHS = np.arange(12)
WARMTH = np.cos(2 * np.pi * (MONTHS - 6.5) / 12)
BOX = Box(SYMBOLS, *priors())
BOTH = np.array([defaults("meadow"), defaults("steppe")])


@pytest.fixture(scope="module")
def model():
    """Two meadow and two steppe sites; one of each is a tower with two years of weather."""
    mean = np.array([-1.0, 0.5, 0.0, 1.0])[:, None] + 10 * WARMTH
    rain = np.array([520.0, 450, 330, 280])[:, None] / 12 * (1 + 0.9 * WARMTH)
    sites = Sites(["m1", "m2", "s1", "s2"], [37, 35, 32, 31], 0.5, 0.35, 0.15, mean - 7, mean + 7, rain)
    again = np.tile(mean[[1, 3]], 2)
    weather = Weather(["m2", "s2"], again - 7.3, again + 7.3, np.tile(rain[[1, 3]], 2) * 1.05)
    return Simulator(sites, weather, groups=[0, 0, 1, 1])


@pytest.fixture(scope="module")
def target(model):
    """Opt1 and Opt2 of both types, observed where the truth is known."""
    truth = model.run(BOTH, tolerance=1e-10)
    terms = {}
    for group in (0, 1):
        places = [2 * group, 2 * group + 1]
        soil = Misfit("SOC", truth.somsc[places] / 1000, Relative(0.3), [f"site {p}" for p in places])
        nep = truth.net_ecosystem_production[group]
        fluxes = Misfit("NEP", nep, Relative(0.3, 10), [f"month {m}" for m in range(24)])
        terms[group] = ((soil, soil_carbon(places)), (fluxes, flux(np.full(24, group), np.arange(24))))
    problems = [Calibration(f"{'ms'[g]}, Opt{k}", g, terms[g][:k]) for k in (1, 2) for g in (0, 1)]
    return Calibrations(model, BOX, problems)


def test_at_the_truth_the_cost_is_nothing(target):
    truth = np.concatenate([BOTH, BOTH])[:, None]
    assert np.allclose(target.log_density(truth), 0, atol=1e-4)
    assert all(np.allclose(r, 0, atol=1e-5) for r in target.residuals(truth))


def test_together_is_as_alone(target, model):
    points = np.array([BOX.spread(3, np.random.default_rng(k)) for k in range(4)])
    together = target.log_density(points)
    for place, (name, calibration) in enumerate(zip(target.names, target.calibrations, strict=True)):
        alone = target.only(name).log_density(points[[place]])
        assert np.allclose(alone, together[[place]], rtol=1e-9)
        for k in range(3):
            result = model.run(np.array([points[place, k]] * 2), tolerance=1e-4)
            soil = calibration.terms[0][0].observed
            said = result.somsc[[2 * calibration.group, 2 * calibration.group + 1]] / 1000
            cost = 0.5 * (((said - soil) / (0.3 * soil)) ** 2).sum()
            if name.endswith("Opt1"):
                assert np.isclose(-cost, together[place, k], rtol=1e-6)


def test_what_the_model_says_and_its_residuals(target):
    points = np.array([BOX.spread(2, np.random.default_rng(k)) for k in range(4)])
    said, residuals = target.simulate(points, 1e-8), target.residuals(points)
    assert [set(s) for s in said] == [{"SOC"}, {"SOC"}, {"SOC", "NEP"}, {"SOC", "NEP"}]
    assert [r.shape for r in residuals] == [(2, 2), (2, 2), (2, 26), (2, 26)]
    cost = np.array([0.5 * (r**2).sum(axis=-1) for r in residuals])
    assert np.allclose(-cost, target.log_density(points), rtol=1e-2)


def test_both_samplers_walk_on_it(target):
    start = np.concatenate([BOTH, BOTH])
    paper = published(target, start, test_steps=60, chains=2, steps=30, scale=0.1, seed=1)
    assert paper.formal.points.shape == (4, 2, 30, 24)
    ours = corrected(target, start, searches=2, chains=2, steps=30, seed=1)
    assert (ours.laplace.cost[:, 0] < 30).all()
    assert np.isfinite(ours.formal.log_density).all()


def test_fluxes_tell_of_growth_what_soil_does_not(target):
    start = np.concatenate([BOTH, BOTH])
    found = laplace(target, start[:, None])
    growth = SYMBOLS.index("PRDX(1)")
    for group in (0, 1):
        assert found.contraction(2 + group)[growth] > found.contraction(group)[growth] + 0.1


def test_calibrations_that_are_none(model):
    misfit = Misfit("SOC", [1.0], Relative(), ["a"])
    term = ((misfit, soil_carbon([0])),)
    with pytest.raises(ValueError, match="each once"):
        Calibrations(model, BOX, [Calibration("a", 0, term), Calibration("a", 0, term)])
    with pytest.raises(ValueError, match="'a' has no observations"):
        Calibrations(model, BOX, [Calibration("a", 0, ())])
    with pytest.raises(ValueError, match="no calibration 'b'"):
        Calibrations(model, BOX, [Calibration("a", 0, term)], groups=2).only("b")


def test_litter_and_depth(model):
    result = model.run_many(BOTH[None])
    without, with_litter = (soil_carbon([0, 1], litter=litter)(result) for litter in (False, True))
    assert (with_litter > without).all()
    assert np.allclose(soil_carbon([0, 1], factor=1.3)(result), 1.3 * without)


def test_a_linear_model_has_the_least_squares_mode():
    random = np.random.default_rng(1)
    box = Box(["a", "b"], [-5, -5], [5, 5])
    slopes = 20 * random.standard_normal((6, 2))
    data = random.standard_normal((3, 2)) @ slopes.T
    target = linear(box, slopes, data)
    best = np.linalg.lstsq(slopes, data.T, rcond=None)[0].T
    assert np.allclose(target.log_density(best[:, None]), 0, atol=1e-18)
    assert np.allclose(laplace(target, np.zeros((3, 1, 2))).modes[:, 0], best, atol=2e-3)
    with pytest.raises(ValueError, match="do not fit 2 parameters"):
        linear(box, slopes[:, :1], data)
    with pytest.raises(ValueError, match="finite"):
        linear(box, slopes, data * np.nan)
