"""Twins of a small simulated design: what they are made of, how they are calibrated, and what is refused."""

import numpy as np
import pytest

from coldcarbon import assimilation
from coldcarbon.assimilation import Box
from coldcarbon.century import SYMBOLS, Simulator, defaults, inputs
from coldcarbon.simulate import zhao2022
from coldcarbon.simulate.zhao2022_twins import (
    TYPES,
    alone_and_together,
    coverage_over,
    draw_truths,
    intervals,
    resampled_widths,
    scores_at_modes,
    season_means,
    slice_of_cost,
    straightened,
    trade_offs,
    twins,
    width_left,
)


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


def test_calibrations_of_the_observations_add_up(design):
    problems = alone_and_together(*design, share=0.3, floor=20)
    assert problems.names == tuple(f"{p}, {k}" for p in TYPES for k in ("SOC", "NEP", "both"))
    at = np.array([[defaults(place)] for place in TYPES for _ in range(3)])
    squares = np.array([(r**2).sum() for r in problems.residuals(at)]).reshape(2, 3)
    np.testing.assert_allclose(squares[:, 2], squares[:, 0] + squares[:, 1])
    observed, simulator = design
    sets = np.array([defaults(place) for place in TYPES])
    soil = observed.soil_carbon_of(simulator.run(sets))
    seen = observed.soil_carbon["soil_carbon_kg_per_m2"].to_numpy()
    meadow = (observed.soil_carbon["vegetation"] == "meadow").to_numpy()
    assert squares[0, 0] == pytest.approx((((soil - seen) / (0.3 * seen))[meadow] ** 2).sum(), rel=1e-4)


def test_season_means_take_each_type_and_month_once_and_bound_bare_soil(design):
    observed, simulator = design
    sets = np.array([defaults("meadow"), defaults("steppe")])
    found = season_means(observed, simulator, sets, least=1e6)
    assert all((found[place, "SOC"] == np.log(1e6)).all() for place in TYPES)
    nep = observed.nep_of(simulator.run(np.array([sets[0], sets[0]])))
    for place in TYPES:
        rows = (observed.nep["vegetation"] == place).to_numpy()
        summer = (rows & observed.nep["month"].between(5, 9)).sum()
        both = summer * found[place, "NEP, summer"] + (rows.sum() - summer) * found[place, "NEP, rest of year"]
        assert both[0] == pytest.approx(nep[rows].sum(), rel=1e-3, abs=0.5)


def test_width_left_of_one_direction():
    np.testing.assert_allclose(width_left(np.zeros((2, 3, 3))), 1)
    known = width_left(np.diag([36.0, 0.0]))  # variance 1 / (36 + 12) against 1 / 12
    np.testing.assert_allclose(known, [0.5, 1.0])
    ridge = width_left(1e9 * np.array([[1.0, -1.0], [-1.0, 1.0]]))  # the difference known, the sum not
    np.testing.assert_allclose(ridge, np.sqrt(0.5), rtol=1e-6)


class Straight:
    """A model that is straight in scores, so that the posterior is known."""

    def __init__(self, slope, seen):
        self.box, self.names = Box(("a", "b"), [0.0, 0.0], [1.0, 2.0]), ("one",)
        self.slope, self.seen = slope, seen

    def residuals(self, points):
        from scipy.stats import norm

        return [(norm.ppf(self.box.unit(points))[0] @ self.slope.T) - self.seen]


def test_a_straight_model_is_found_exactly_from_anywhere():
    slope, seen = np.array([[2.0, -1.0], [0.5, 1.0], [0.0, 3.0]]), np.array([0.4, -0.2, 0.1])
    exact = np.linalg.inv(slope.T @ slope + np.eye(2))
    start = np.array([[0.8, -0.6]]), 0.2 * np.eye(2)[None]
    middle, spread = straightened(Straight(slope, seen), *start, np.random.default_rng(1), pairs=8)
    np.testing.assert_allclose(spread[0], exact, rtol=1e-6)
    np.testing.assert_allclose(middle[0], exact @ slope.T @ seen, rtol=1e-6)
    with pytest.raises(ValueError, match="1 pairs of points"):
        straightened(Straight(slope, seen), *start, np.random.default_rng(1), pairs=1)


def test_intervals_of_the_prior_hold_95_percent_and_lie_about_the_mode(made):
    mean, low, high = intervals(np.zeros((1, 2)), np.eye(2)[None])
    np.testing.assert_allclose([mean[0, 0], low[0, 0], high[0, 1]], [0.5, 0.025, 0.975], atol=1e-9)
    few = made.first(1)
    found = assimilation.laplace(few, np.tile(few.box.natural(np.full(24, 0.5)), (2, 1, 1)), iterations=8)
    score, covariance = scores_at_modes(found)
    mean, low, high = intervals(score, covariance)
    unit = few.box.unit(found.modes[:, 0])
    assert ((low < unit) & (unit < high) & (low < mean) & (mean < high)).all()
    assert (high - low < 0.96).all()


def test_coverage_over_some_cells_leaves_the_others_out():
    random = np.random.default_rng(4)
    truth = random.random((2, 500, 3))
    estimate = truth + 0.1 * random.standard_normal(truth.shape)
    estimate[1, :, 2] += 0.2  # two standard deviations
    flat = estimate.reshape(1000, 3)
    good = np.array([[True, True, True], [True, True, False]])
    fair = coverage_over(flat, flat - 0.196, flat + 0.196, truth, good)
    assert fair["coverage"] == pytest.approx(0.95, abs=0.02)
    assert fair["coverage_low"] < fair["coverage"] < fair["coverage_high"]
    assert fair["coverage_error"] == pytest.approx(np.sqrt(0.95 * 0.05 / 2500), rel=0.2)
    assert fair["bias_in_standard_errors"] < 0.12
    assert fair["replicates"] == 500
    poor = coverage_over(flat, flat - 0.196, flat + 0.196, truth, ~good)
    assert poor["bias_in_standard_errors"] == pytest.approx(2, abs=0.2)
    assert poor["coverage"] == pytest.approx(0.48, abs=0.06)
    with pytest.raises(ValueError, match="no parameter"):
        coverage_over(flat, flat, flat, truth, np.zeros((2, 3), bool))


def test_resampled_widths_lie_about_those_of_all_units():
    random = np.random.default_rng(5)
    j = random.standard_normal((3, 30, 2))
    units = np.arange(20), np.repeat([0, 1], 5)
    alone, both = resampled_widths(j, units, 400, random)
    assert alone.shape == both.shape == (400, 2)
    assert (both <= alone + 1e-12).all()
    whole = width_left(j[:, :20].swapaxes(1, 2) @ j[:, :20]).mean(axis=0)
    np.testing.assert_allclose(alone.mean(axis=0), whole, rtol=0.1)
    one = resampled_widths(j, (np.zeros(20, int),), 3, random)[0]  # one unit can only be drawn once
    np.testing.assert_allclose(one, np.tile(whole, (3, 1)))


def test_trade_offs_name_the_pair_that_only_the_sum_knows():
    known = np.zeros((4, 3, 3))
    known[:, :2, :2] = 1e4
    found = trade_offs({("meadow", "SOC"): known}, ("a", "b", "c"), most=1)
    assert found.loc[0, ["One", "Other"]].tolist() == ["a", "b"]
    assert found.loc[0, "Correlation"] == pytest.approx(-1, abs=0.01)
    assert found.loc[0, "Same sign (%)"] == 100


def test_slice_of_cost_moves_two_parameters_only(design):
    problems = alone_and_together(*design)
    mode = np.array(defaults("meadow"))
    points, above = slice_of_cost(problems, mode, 3, 7, n=5)
    assert points.shape == (5, 5, 24)
    assert above.shape == (6, 5, 5)
    still = np.delete(points, [3, 7], axis=-1)
    np.testing.assert_allclose(still, np.broadcast_to(np.delete(mode, [3, 7]), still.shape))
    assert (np.diff(points[0, :, 3]) > 0).all()
    assert (np.diff(points[:, 0, 7]) > 0).all()
    np.testing.assert_allclose(np.nanmin(above, axis=(1, 2)), 0)
    direct = -problems.log_density(np.tile(points[[1, 2], [3, 4]], (6, 1, 1)))
    np.testing.assert_allclose(np.diff(direct, axis=1)[:, 0], above[:, 2, 4] - above[:, 1, 3], atol=1e-6)


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
