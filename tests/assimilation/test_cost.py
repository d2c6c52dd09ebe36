"""The cost of Eqs. 3 and 4, and errors to choose from."""

import numpy as np
import pytest
from scipy import integrate, stats

from coldcarbon.assimilation import Constant, Logarithmic, Misfit, Relative, RelativeToSimulation, Unknown

OBSERVED = np.array([4.0, 8.0, 2.0])
LABELS = ["site a", "site b", "site c"]
SIMULATED = np.array([[4.4, 6.0, 2.0], [4.0, 8.0, 2.0]])


def test_the_cost_of_the_paper_by_hand():
    misfit = Misfit("SOC", OBSERVED, Relative(0.3), LABELS)
    by_hand = 0.4**2 / (2 * 1.2**2) + 2**2 / (2 * 2.4**2)
    assert np.allclose(misfit.log_likelihood(SIMULATED), [-by_hand, 0])
    assert np.allclose(0.5 * (misfit.residuals(SIMULATED) ** 2).sum(axis=1), [by_hand, 0])


def test_half_the_weight_is_half_the_cost():
    whole = Misfit("SOC", OBSERVED, Relative(0.3), LABELS)
    half = Misfit("SOC", OBSERVED, Relative(0.3), LABELS, weight=0.5)
    assert np.allclose(half.log_likelihood(SIMULATED), whole.log_likelihood(SIMULATED) / 2)
    assert np.allclose((half.residuals(SIMULATED) ** 2).sum(), (whole.residuals(SIMULATED) ** 2).sum() / 2)


def test_a_floor_holds_where_the_observation_is_small():
    assert np.allclose(Relative(0.3, 10.0).sigma(np.array([0.0, -60.0, 20.0])), [10, 18, 10])


def test_relative_error_rewards_low_simulations_and_the_logarithm_does_not():
    truth, random = 5.0, np.random.default_rng(3)
    observed = truth * np.exp(0.3 * random.standard_normal(4000))
    levels = np.linspace(3, 7, 401)
    fits = {}
    for error in (Relative(0.3), Logarithmic(0.3), RelativeToSimulation(0.3)):
        misfit = Misfit("SOC", observed, error, [""] * observed.size)
        fits[type(error).__name__] = levels[misfit.log_likelihood(np.repeat(levels[:, None], 4000, axis=1)).argmax()]
    assert abs(fits["Logarithmic"] / truth - 1) < 0.02
    assert fits["Relative"] < 0.9 * truth
    assert fits["RelativeToSimulation"] > fits["Relative"]


def test_sigma_that_moves_has_its_logarithm():
    misfit = Misfit("SOC", OBSERVED, RelativeToSimulation(0.3), LABELS)
    expected = stats.norm.logpdf(OBSERVED, SIMULATED, 0.3 * SIMULATED).sum(axis=1)
    found = misfit.log_likelihood(SIMULATED)
    assert np.isclose(found[0] - found[1], expected[0] - expected[1])


def test_unknown_sigma_is_integrated_out():
    error = Unknown(2.0)
    misfit = Misfit("SOC", OBSERVED, error, LABELS)

    def exact(simulated):
        return integrate.quad(
            lambda s: np.prod(stats.norm.pdf(OBSERVED, simulated, s)) * stats.halfnorm.pdf(s, scale=2.0), 1e-6, 40,
            limit=400, points=[0.1, 1, 3],
        )[0]  # fmt: skip

    worse = SIMULATED + 1.5
    found = misfit.log_likelihood(np.array([SIMULATED[0], worse[0]]))
    assert np.isclose(found[0] - found[1], np.log(exact(SIMULATED[0]) / exact(worse[0])), atol=1e-3)


def test_constant_error():
    misfit = Misfit("NEP", [0.0, -5.0], Constant(10.0), ["a", "b"])
    assert np.isclose(misfit.log_likelihood([10.0, -5.0]), -0.5)


@pytest.mark.parametrize(
    ("observed", "error", "words"),
    [
        ([4.0, np.nan, 2.0], Relative(0.3), "NEP, CN-Dan 2004-02: the observation is missing"),
        ([4.0, np.inf, 2.0], Relative(0.3), "CN-Dan 2004-02"),
        ([4.0, 0.0, 2.0], Relative(0.3), "CN-Dan 2004-02: the observation 0 is zero"),
        ([4.0, -1.0, 2.0], Logarithmic(0.3), "CN-Dan 2004-02: the observation -1 has no logarithm"),
    ],
)
def test_observations_that_cannot_be_used_are_named(observed, error, words):
    with pytest.raises(ValueError, match=words):
        Misfit("NEP", observed, error, [f"CN-Dan 2004-0{k}" for k in (1, 2, 3)])


def test_settings_that_make_no_sense():
    for bad in (lambda: Relative(0), lambda: Relative(0.3, -1), lambda: Constant(-2), lambda: Logarithmic(np.nan)):
        with pytest.raises(ValueError, match=r"positive|negative"):
            bad()
    with pytest.raises(ValueError, match="2 labels for 3"):
        Misfit("SOC", OBSERVED, Relative(), ["a", "b"])
    with pytest.raises(ValueError, match="weight of SOC"):
        Misfit("SOC", OBSERVED, Relative(), LABELS, weight=0)


def test_a_simulation_that_is_no_number_gives_none():
    for error in (Relative(), Logarithmic(), RelativeToSimulation(), Unknown(1.0)):
        assert np.isnan(Misfit("SOC", OBSERVED, error, LABELS).log_likelihood([np.nan, 1, 1]))
