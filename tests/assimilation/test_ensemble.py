"""The second opinion."""

import numpy as np
import pytest
from targets import corner, normal

from coldcarbon.assimilation import Density, ensemble

START = np.random.default_rng(1).uniform(0.05, 0.95, (60, 2))


def test_a_normal_target_is_recovered():
    target = normal([0.5, -1], [[1.0, 0.5], [0.5, 0.8]])
    found = ensemble(target, target.box.natural(START), 1500, seed=1)
    draws = found.draws("normal")
    assert np.allclose(draws.mean(axis=0), [0.5, -1], atol=0.1)
    assert np.allclose(np.cov(draws, rowvar=False), [[1.0, 0.5], [0.5, 0.8]], atol=0.12)
    assert 0.1 < found.acceptance().to_numpy().mean() < 0.8


def test_the_edge_of_the_box():
    target, _, mean, product = corner()
    draws = ensemble(target, START, 2500, seed=2).draws("")
    assert abs(draws.mean() / mean - 1) < 0.03
    assert abs(draws.prod(axis=1).mean() / product - 1) < 0.06


def test_a_seed_is_an_ensemble_and_faults_are_counted():
    target, *_ = corner()
    broken = Density(target.box, lambda p: np.where(p[..., 0] > 0.8, np.nan, target.log_density(p)))
    start = 0.7 * START
    one, two = (ensemble(broken, start, 200, seed=3) for _ in range(2))
    assert np.array_equal(one.points, two.points)
    assert one.non_finite.sum() > 0
    assert (one.points[..., 0] <= 0.8).all()


def test_too_few_walkers():
    with pytest.raises(ValueError, match="at least twice as many"):
        ensemble(normal([0, 0], np.eye(2)), np.zeros((3, 2)), 5, seed=1)
    with pytest.raises(ValueError, match="one problem"):
        ensemble(normal([0, 0], np.eye(2), ("a", "b")), np.zeros((6, 2)), 5, seed=1)
