"""The systems against plain n x n matrices, each other, and numerical derivatives."""

import numpy as np
import pytest

from coldcarbon.stats.mixed.criterion import Criterion
from coldcarbon.stats.mixed.dense import indicator
from coldcarbon.stats.mixed.factors import Factor, inverse_and_log_determinant
from coldcarbon.stats.mixed.model import lower_root, system_of
from coldcarbon.stats.mixed.optimise import minimise

N = 120


def designs():
    """Factors by name: one, crossed, nested, ragged components."""
    rng = np.random.default_rng(5)
    x, one = rng.normal(size=N), np.ones(N)
    first, second, third = (rng.permutation(np.arange(N) % levels) for levels in (9, 7, 4))
    inner = np.arange(N) // 5
    outer = np.array([0, 0, 0, 1, 1, 2, 2, 2, 2, 3] + [4] * 14)[inner]

    def factor(codes, *columns):
        return Factor(codes, int(codes.max()) + 1, np.column_stack(columns))

    return {
        "intercept": [factor(first, one)],
        "slope": [factor(first, one, x)],
        "three columns": [factor(first, one, x, x**2)],
        "crossed": [factor(first, one), factor(second, one)],
        "crossed slopes": [factor(first, one, x), factor(second, one, x), factor(third, one)],
        "nested": [factor(outer, one), factor(inner, one, x)],
        "nested and crossed slopes": [factor(outer // 2, one), factor(outer, x), factor(inner, one)],
    }


DESIGNS = designs()


def criterion(name, kind, reml):
    rng = np.random.default_rng(8)
    right = np.column_stack([np.ones(N), rng.normal(size=N), rng.normal(size=N)])
    factors = DESIGNS[name]
    patterns = [np.tri(factor.width, dtype=bool) for factor in factors]
    return Criterion(system_of(factors, right, kind), patterns, N, 2, reml), right


def theta_of(made):
    return np.random.default_rng(3).normal(size=len(made.elements))


def marginal(name, right, roots):
    """V and Z."""
    z = np.concatenate([indicator(factor).toarray() for factor in DESIGNS[name]], axis=1)
    blocks = [
        np.kron(np.eye(factor.n_levels), root @ root.T) for factor, root in zip(DESIGNS[name], roots, strict=True)
    ]
    d = np.zeros((z.shape[1], z.shape[1]))
    place = 0
    for block in blocks:
        d[place : place + len(block), place : place + len(block)] = block
        place += len(block)
    return np.eye(N) + z @ d @ z.T, z, d


KINDS = [
    (name, kind)
    for name, factors in DESIGNS.items()
    for kind in ("grouped", "dense", "crossed")
    if (kind != "grouped" or len(factors) == 1) and (kind != "crossed" or len(factors) > 1)
]


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_the_criterion_is_the_density_of_the_marginal_normal(name, kind, reml):
    made, right = criterion(name, kind, reml)
    theta = theta_of(made)
    point = made(theta)
    v, z, _ = marginal(name, right, point.roots)
    x, y = right[:, :2], right[:, 2]
    inverse = np.linalg.inv(v)
    a = x.T @ inverse @ x
    estimates = np.linalg.solve(a, x.T @ inverse @ y)
    residuals = y - x @ estimates
    squares = residuals @ inverse @ residuals
    degrees = N - 2 if reml else N
    expected = np.linalg.slogdet(v)[1] + degrees * (1 + np.log(2 * np.pi * squares / degrees))
    if reml:
        expected += np.linalg.slogdet(a)[1]
    assert point.value == pytest.approx(expected, abs=1e-9)
    np.testing.assert_allclose(point.estimates, estimates, atol=1e-10)
    np.testing.assert_allclose(point.scores, z.T @ inverse @ residuals, atol=1e-9)


@pytest.mark.parametrize("reml", [True, False])
@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_gradient_and_hessian_are_those_of_numerical_differences(name, kind, reml):
    made, _ = criterion(name, kind, reml)
    theta, step = theta_of(made), 1e-5
    point = made(theta)
    shifts = step * np.eye(len(theta))
    gradient = [(made(theta + shift).value - made(theta - shift).value) / (2 * step) for shift in shifts]
    hessian = [(made(theta + shift).gradient - made(theta - shift).gradient) / (2 * step) for shift in shifts]
    np.testing.assert_allclose(point.gradient, gradient, atol=1e-6)
    np.testing.assert_allclose(made.hessian(point), hessian, atol=2e-4)
    assert point.curvature[1] == (kind != "crossed")


@pytest.mark.parametrize(("name", "kind"), KINDS)
def test_products_and_conditional_variances_are_those_of_the_plain_matrices(name, kind):
    made, right = criterion(name, kind, True)
    point = made(theta_of(made))
    v, z, d = marginal(name, right, point.roots)
    s = z.T @ np.linalg.solve(v, z)
    vectors = np.random.default_rng(0).normal(size=(len(s), 2))
    np.testing.assert_allclose(point.state.apply(vectors), s @ vectors, atol=1e-9)
    conditional = d - d @ s @ d
    for blocks, place in zip(point.state.conditional(), point.slices, strict=True):
        levels, width, _ = blocks.shape
        whole = conditional[place, place].reshape(levels, width, levels, width)
        np.testing.assert_allclose(blocks, np.einsum("lalb->lab", whole), atol=1e-9)


@pytest.mark.parametrize("kind", ["dense", "crossed"])
def test_a_variance_of_zero_is_no_obstacle(kind):
    made, _ = criterion("crossed slopes", kind, True)
    theta = theta_of(made)
    theta[[0, 1, 2]] = 0.0
    here, near = made(theta), made(theta + 1e-7)
    assert here.value == pytest.approx(near.value, abs=1e-5)
    np.testing.assert_allclose(here.gradient, near.gradient, atol=1e-3)


def test_both_ways_through_a_crossed_design_end_at_the_same_minimum():
    ends = [minimise(criterion("crossed slopes", kind, True)[0]) for kind in ("dense", "crossed")]
    assert all(end.converged for end in ends)
    assert ends[0].point.value == pytest.approx(ends[1].point.value, abs=1e-7)


def test_a_saddle_is_left():
    made, right = criterion("intercept", "grouped", True)
    right = right.copy()
    right[:, 2] += 3.0 * np.random.default_rng(1).normal(size=9)[DESIGNS["intercept"][0].codes]
    made = Criterion(system_of(DESIGNS["intercept"], right), [np.ones((1, 1), dtype=bool)], N, 2, True)
    from_zero = minimise(made, np.zeros(1))  # the gradient is zero there
    assert from_zero.converged
    assert from_zero.point.value == pytest.approx(minimise(made).point.value, abs=1e-8)
    assert abs(from_zero.point.theta[0]) > 0.5


@pytest.mark.parametrize("width", [1, 2, 3])
def test_small_inverses(width):
    rng = np.random.default_rng(width)
    sides = rng.normal(size=(6, width, width))
    matrices = sides @ np.swapaxes(sides, 1, 2) + np.eye(width)
    inverse, log_determinant = inverse_and_log_determinant(matrices)
    np.testing.assert_allclose(inverse @ matrices, np.broadcast_to(np.eye(width), matrices.shape), atol=1e-10)
    assert log_determinant == pytest.approx(np.log(np.linalg.det(matrices)).sum())


def test_a_root_is_turned_into_a_lower_triangle_without_changing_its_square():
    root = np.random.default_rng(0).normal(size=(3, 3))
    lower = lower_root(root)
    np.testing.assert_allclose(lower @ lower.T, root @ root.T)
    assert (np.diag(lower) >= 0).all()
    assert np.abs(np.triu(lower, 1)).max() == 0.0
