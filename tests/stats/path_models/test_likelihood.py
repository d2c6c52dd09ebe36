import numpy as np
import pytest

from coldcarbon.stats.path_models.likelihood import Likelihood
from coldcarbon.stats.path_models.moments import SampleMoments
from coldcarbon.stats.path_models.specification import specify

MODELS = [
    ("f =~ a + b + c\ng =~ d + e\ng ~ f + x\nd ~ x\ny ~ g\na ~~ d", False),
    ("f =~ a + b + c\ng =~ d + e\ng ~ f + x\nd ~ x\ny ~ g\ny ~~ e", True),
    ("u ~ v + x\nv ~ u + z\nu ~~ v\nw ~ u + x", True),
    ("u ~ v + x\nv ~ u + z\nw ~ u", False),
]


@pytest.fixture(params=[(text, means, fixed) for text, means in MODELS for fixed in (True, False)])
def point(request):
    text, means, fixed = request.param
    spec, rng = specify(text, fixed, means), np.random.default_rng(3)
    p = spec.n_observed
    root = rng.normal(size=(p, 40))
    likelihood = Likelihood(spec, SampleMoments(spec.observed, 40, root @ root.T / 40, rng.normal(size=p), None))
    start = [{"A": 0.4, "S": float(e.row == e.column), "m": 0.2}[e.matrix] for e in spec.entries]
    return likelihood, np.array(start) + 0.1 * rng.normal(size=spec.n_entries)


def slopes(function, theta, step=1e-6):
    moves = step * np.eye(len(theta))
    return np.stack([(function(theta + move) - function(theta - move)) / (2 * step) for move in moves], axis=-1)


def test_discrepancy_is_the_one_of_the_books(point):
    likelihood, theta = point
    state, sample = likelihood.state(theta), likelihood.moments.covariance
    p = likelihood.p
    sigma = state.covariance[:p, :p]
    value = np.log(np.linalg.det(sigma)) + np.trace(sample @ np.linalg.inv(sigma))
    if likelihood.specification.mean_structure:
        gap = likelihood.moments.means - state.means[:p]
        value += gap @ np.linalg.inv(sigma) @ gap
    assert state.value == pytest.approx(value, rel=1e-12)


def test_gradient_and_hessian_are_exact(point):
    likelihood, theta = point
    state = likelihood.state(theta)
    np.testing.assert_allclose(
        likelihood.gradient(state), slopes(lambda t: likelihood.state(t).value, theta), atol=1e-7
    )
    np.testing.assert_allclose(
        likelihood.hessian(state), slopes(lambda t: likelihood.gradient(likelihood.state(t)), theta), atol=1e-6
    )


def test_information_is_half_the_hessian_where_the_model_holds(point):
    likelihood, theta = point
    state, spec = likelihood.state(theta), likelihood.specification
    p = likelihood.p
    true = Likelihood(spec, SampleMoments(spec.observed, 40, state.covariance[:p, :p], state.means[:p], None))
    true.base_s, true.base_m = likelihood.base_s, likelihood.base_m
    np.testing.assert_allclose(true.hessian(true.state(theta)) / 2, likelihood.information(state), atol=1e-12)


def test_derivatives_of_covariances_and_effects(point):
    likelihood, theta = point
    state = likelihood.state(theta)
    np.testing.assert_allclose(
        likelihood.covariance_slopes(state), slopes(lambda t: likelihood.state(t).covariance, theta), atol=1e-7
    )
    np.testing.assert_allclose(
        likelihood.effect_slopes(state), slopes(lambda t: likelihood.state(t).effects, theta), atol=1e-7
    )


def test_no_state_where_sigma_is_not_positive_definite(point):
    likelihood, theta = point
    spec = likelihood.specification
    theta = theta.copy()
    theta[next(e.index for e in spec.entries if e.matrix == "S" and e.row == e.column)] = -100.0
    assert likelihood.state(theta) is None
    assert np.isnan(likelihood.bare_state(theta).value)
