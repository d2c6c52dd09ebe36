"""The mode and the normal distribution there."""

import numpy as np
import pytest
from targets import flat, normal

from coldcarbon.assimilation import Box, Density, jacobian, laplace

BOX = Box(["a", "b", "c"], [0, 0, 0], [1, 2, 4])
DESIGN = np.array([[1.0, 2, 0], [0, 1, 3], [2, 0, 1], [1, 1, 1]])
OBSERVED = DESIGN @ np.array([0.4, 1.2, 1.5])


def linear(sigma):
    def residuals(points):
        return [(points[0] @ DESIGN.T - OBSERVED) / sigma]

    return Density(BOX, lambda p: -0.5 * (residuals(p)[0] ** 2).sum(-1)[None], residual=residuals)


def test_derivatives_of_a_line_are_its_slopes():
    found = jacobian(linear(0.5), [[[0.4, 1.2, 1.5], [0.0, 2.0, 4.0]]])
    assert np.allclose(found[0], DESIGN / 0.5 * BOX.widths, rtol=1e-8)


def test_sharp_data_give_the_solution_and_its_covariance():
    sigma = 0.01
    found = laplace(linear(sigma), BOX.spread(5, np.random.default_rng(1))[None])
    assert np.allclose(found.modes[0, 0], [0.4, 1.2, 1.5], atol=1e-3)
    assert found.converged[0, 0]
    exact = sigma**2 * np.linalg.inv(DESIGN.T @ DESIGN)
    assert np.allclose(found.covariance[0], exact, rtol=0.02)
    assert (found.contraction(0) > 0.9).all()


def test_without_data_the_prior_comes_back():
    found = laplace(flat(3), [[[0.1, 0.5, 0.9]]])
    assert np.allclose(found.modes[0, 0], 0.5, atol=1e-6)
    assert np.allclose(found.covariance[0], np.eye(3) / 12)
    assert np.allclose(found.covariance_of_scores[0], np.eye(3))
    assert np.allclose(found.contraction(0), 0, atol=1e-3)


def test_of_two_valleys_the_deeper_comes_first():
    box = Box(["x"], [-1], [1])

    def residuals(points):
        x = points[0, :, 0]
        return [np.stack([6 * (x**2 - 0.25), 0.8 * (x - 0.5)], axis=-1)]

    target = Density(box, lambda p: -0.5 * (residuals(p)[0] ** 2).sum(-1)[None], residual=residuals)
    found = laplace(target, [[[-0.9], [0.9]]])
    assert found.modes[0, 0, 0] > 0 > found.modes[0, 1, 0]
    assert found.cost[0, 0] < found.cost[0, 1]
    starts = found.starts(4, np.random.default_rng(1))
    assert starts.shape == (1, 4, 1)
    assert (np.sign(starts[0, :2, 0]) == [1, -1]).all()


def test_a_model_without_numbers():
    box = Box(["x"], [0], [1])
    target = Density(box, lambda p: p[..., 0] * np.nan, residual=lambda p: [p[0] * np.nan])
    with pytest.raises(ValueError, match="no finite residuals"):
        laplace(target, [[[0.5]]])
    with pytest.raises(ValueError, match="has no residuals"):
        laplace(Density(box, lambda p: p[..., 0]), [[[0.5]]])


def test_several_problems_at_once():
    target = normal([1.0, -1.0], 0.01 * np.eye(2), ("one", "two"))
    found = laplace(target, np.zeros((2, 2, 2)) + 0.3)
    assert np.allclose(found.modes[:, 0], [1, -1], atol=0.01)
