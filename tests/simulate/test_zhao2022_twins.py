"""Twins of a small simulated design: what they are made of, how they are calibrated, and what is refused."""

import numpy as np
import pytest

from coldcarbon import assimilation
from coldcarbon.century import SYMBOLS, Simulator, inputs
from coldcarbon.simulate import zhao2022
from coldcarbon.simulate.zhao2022_twins import TYPES, draw_truths, twins


@pytest.fixture(scope="module")
def design():
    observed = inputs.observations("both", zhao2022.transect(), zhao2022.towers())
    return observed, Simulator(observed.sites, observed.weather, groups=observed.groups)


@pytest.fixture(scope="module")
def made(design):
    return twins(*design, draw_truths(*design, 12, seed=1), seed=2)


def test_truths_make_soils_such_as_there_are(design, made):
    observed, simulator = design
    result = simulator.run_many(made.truth.swapaxes(0, 1))
    soil = observed.soil_carbon_of(result)
    for place in TYPES:
        rows = (observed.soil_carbon["vegetation"] == place).to_numpy()
        assert ((soil[:, rows].mean(axis=1) > 1) & (soil[:, rows].mean(axis=1) < 12)).all()
    assert (soil > 0.1).all()
    np.testing.assert_array_equal(draw_truths(*design, 3, seed=1), made.truth[:, :3])


def test_residuals_at_the_truth_are_standard_normal(design):
    many = twins(*design, np.repeat(zhao2022_truth()[:, None], 60, axis=1), seed=3)
    at_truth = many.residuals(many.truth.reshape(-1, 1, len(SYMBOLS)))
    pooled = np.concatenate([r.ravel() for r in at_truth])
    assert len(at_truth) == 2 * many.replicates == len(many.names)
    assert pooled.mean() == pytest.approx(0, abs=0.05)
    assert pooled.std() == pytest.approx(1, abs=0.03)


def zhao2022_truth():
    return np.array([zhao2022.planted_parameters(place)[0] for place in TYPES])


def test_density_is_minus_half_the_squares_and_kinds_add_up(made):
    points = made.truth.reshape(-1, 1, len(SYMBOLS))
    both, soil, nep = (made.seeing(*kinds) for kinds in (("SOC", "NEP"), ("SOC",), ("NEP",)))
    squares = [[-0.5 * (r**2).sum() for r in t.residuals(points)] for t in (both, soil, nep)]
    np.testing.assert_allclose(squares[0], np.add(squares[1], squares[2]))
    np.testing.assert_allclose(both.log_density(points)[:, 0], squares[0], rtol=0.01, atol=0.05)
    assert [r.shape[1] for r in soil.residuals(points)[::12]] == [14, 16]


def test_errors_taken_from_the_observation(made):
    points = made.truth.reshape(-1, 1, len(SYMBOLS))
    shares = made.seeing("SOC", errors="observed").residuals(points)[0]
    logs = made.seeing("SOC").residuals(points)[0]
    np.testing.assert_allclose(shares, (np.exp(0.3 * logs) - 1) / 0.3, rtol=1e-9)


def test_a_problem_is_its_own_and_the_mode_fits_better_than_the_truth(made):
    few = made.first(2)
    points = few.truth.reshape(-1, 1, len(SYMBOLS)).copy()
    before = few.residuals(points)
    points[3] = few.box.natural(np.full(24, 0.5))
    after = few.residuals(points)
    assert [np.array_equal(a, b) for a, b in zip(before, after, strict=True)] == [True, True, True, False]
    found = assimilation.laplace(few, np.tile(few.box.natural(np.full(24, 0.5)), (4, 1, 1)), iterations=12)
    cost = [0.5 * (r**2).sum() for r in few.residuals(found.modes)]
    assert (np.array(cost) < [0.5 * (r**2).sum() for r in before]).all()


def test_many_sets_are_run_in_parts(made, monkeypatch):
    points = made.truth.reshape(-1, 1, len(SYMBOLS))
    whole = made.residuals(points)
    monkeypatch.setattr("coldcarbon.simulate.zhao2022_twins.AT_ONCE", 5)
    for one, other in zip(whole, made.residuals(points), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_refusals(design, made):
    with pytest.raises(ValueError, match="sees some of SOC, NEP"):
        made.seeing("LAI")
    with pytest.raises(ValueError, match="no errors 'guessed'"):
        made.seeing(errors="guessed")
    with pytest.raises(ValueError, match="24 problems of 24"):
        made.residuals(made.truth[0][:, None])
    with pytest.raises(ValueError, match="at least one"):
        draw_truths(*design, 0, seed=1)
    with pytest.raises(ValueError, match=r"only \d+ meadow and \d+ steppe of 500 draws"):
        draw_truths(*design, 400, seed=1, most_draws=500)
    with pytest.raises(ValueError, match=r"it has \(2, replicates, 24\)"):
        twins(*design, made.truth[0], seed=1)
    with pytest.raises(ValueError, match="must be positive"):
        twins(*design, made.truth, seed=1, floor=0)
