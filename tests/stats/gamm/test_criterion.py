import numpy as np
import pytest
from additive_data import crossed
from scipy import stats

from coldcarbon.stats.gamm.criterion import evaluate
from coldcarbon.stats.gamm.design import Design
from coldcarbon.stats.gamm.newton import start_values
from coldcarbon.stats.gamm.system import System

DATA = crossed(n=160)
FORMULAS = [
    "y ~ managed + s(x, k=6)",
    "y ~ te(x, z, k=4) + re(species)",
    "y ~ s(x, k=6) + re(1 + x, by=site) + re(1 + z, by=species)",
    "y ~ s(x, k=6) + re(1 + x, by=site, correlated=True) + re(1 + z, by=species, correlated=True)",
    "y ~ x + re(1 + x + z, by=site, correlated=True) + re(z, by=site:species)",
]


@pytest.mark.parametrize("method", ["REML", "ML", "GCV"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_derivatives_are_exact(formula, method):
    system = System.of(Design.of(formula, DATA), aside=method != "GCV")
    at = start_values(system) + np.random.default_rng(1).normal(0, 0.5, len(start_values(system)))
    here, step = evaluate(system, at, method), 1e-5
    for i in range(len(at)):
        move = step * np.eye(len(at))[i]
        up, down = evaluate(system, at + move, method), evaluate(system, at - move, method)
        scale = np.abs(here.hessian).max()
        assert here.gradient[i] == pytest.approx((up.value - down.value) / (2 * step), abs=1e-6 * scale)
        np.testing.assert_allclose(here.hessian[i], (up.gradient - down.gradient) / (2 * step), atol=1e-6 * scale)
        np.testing.assert_allclose(
            here.slopes[i, : len(here.dense)],
            (up.dense - down.dense) / (2 * step),
            atol=1e-6 * np.abs(here.dense).max(),
        )


@pytest.mark.parametrize("method", ["REML", "ML"])
@pytest.mark.parametrize("formula", FORMULAS)
def test_setting_a_group_aside_changes_no_derivative(formula, method):
    design = Design.of(formula, DATA)
    aside, plain = System.of(design), System.of(design, aside=False)
    at = start_values(plain) - 0.7
    one, other = evaluate(aside, at, method), evaluate(plain, at, method)
    assert one.value == pytest.approx(other.value)
    np.testing.assert_allclose(one.gradient, other.gradient, atol=1e-8)
    np.testing.assert_allclose(one.hessian, other.hessian, atol=1e-8)
    np.testing.assert_allclose(one.traces, other.traces, atol=1e-8)
    np.testing.assert_allclose(one.pairs, other.pairs, atol=1e-8)


def test_likelihood_is_that_of_the_marginal_normal():
    design = Design.of("y ~ managed + z + re(1 + x, by=site, correlated=True) + re(species)", DATA)
    system = System.of(design)
    at = start_values(system) - 1
    ml = evaluate(system, at, "ML")
    reml = evaluate(system, at, "REML")
    from coldcarbon.stats.gamm.posterior import Posterior

    covariance = np.eye(len(DATA))
    levels = Posterior(system, ml, at).level_covariance
    for codes, values, inner in zip(design.codes, design.values, levels, strict=True):
        covariance += (values @ inner @ values.T) * (codes[:, None] == codes)
    fixed = design.dense
    weighted = np.linalg.solve(covariance, fixed)
    beta = np.linalg.solve(fixed.T @ weighted, weighted.T @ design.response)
    residual = design.response - fixed @ beta
    expected = -stats.multivariate_normal(None, covariance * ml.scale).logpdf(residual)
    assert ml.value == pytest.approx(expected)
    n, k = fixed.shape
    scale = residual @ np.linalg.solve(covariance, residual) / (n - k)
    restricted = (n - k) / 2 * (1 + np.log(2 * np.pi * scale))
    restricted += (np.linalg.slogdet(covariance)[1] + np.linalg.slogdet(fixed.T @ weighted)[1]) / 2
    assert reml.value == pytest.approx(restricted)
