"""Proposals that follow a posterior: their density is that of their draws, and chains that take them are right."""

import numpy as np
import pytest
from scipy import stats
from targets import flat, normal

from coldcarbon.assimilation import Box, Density, Guide, guided, learn_guide, metropolis, summary
from coldcarbon.assimilation.box import to_normal


def guide_of_two():
    """One informed direction of two, two normal distributions along it."""
    basis = np.array([[0.6], [0.8]])
    return Guide([basis], [np.array([0.25, 0.75])], [np.array([[-1.0], [2.0]])], [np.array([[[0.5]], [[0.2]]])])


def test_density_is_that_of_the_draws():
    guide = guide_of_two()
    places = np.random.default_rng(1).standard_normal((1, 50, 2))
    along, across = places[0] @ [0.6, 0.8], places[0] @ [-0.8, 0.6]
    law = 0.25 * stats.norm(-1, 0.5).pdf(along) + 0.75 * stats.norm(2, 0.2).pdf(along)
    expected = np.log(law) + stats.norm.logpdf(across)
    gap = guide.log_density(places)[0] - expected
    assert np.ptp(gap) < 1e-9  # up to a constant
    draws = guide.draw(np.random.default_rng(2), 40_000)[0]
    assert np.isclose((draws @ [0.6, 0.8] < 0.7).mean(), 0.25, atol=0.01)
    assert stats.kstest(draws @ [-0.8, 0.6], "norm").pvalue > 1e-3
    assert guide.digest == guide_of_two().digest


def test_only_what_data_inform_is_learnt():
    covariance = np.diag([0.01, 64 / 3, 64 / 3])  # a box of 16: the others are as wide as the prior
    target = normal([0.5, 0, 0], covariance, ("a", "b"))
    random = np.random.default_rng(3)
    points = np.array([np.column_stack([random.normal(0.5, 0.1, 900), random.uniform(-7, 7, (900, 2))])] * 2)
    guide = learn_guide(target, to_normal(target.box.unit(points)), random, components=2)
    assert np.allclose(np.abs(guide.bases[1][:, 0]), [1, 0, 0], atol=0.05)
    with pytest.raises(ValueError, match="need 20 of each problem"):
        learn_guide(target, np.zeros((2, 19, 3)), random, components=2)


def test_two_modes_get_their_weight():
    box = Box(["x", "y", "z"], [-4] * 3, [4] * 3)

    def density(points):
        left, right = (((points - centre) / 0.3) ** 2 for centre in (-1.5, 1.5))
        return np.logaddexp(-0.5 * left.sum(-1) + np.log(0.3), -0.5 * right.sum(-1) + np.log(0.7))

    def residual(points):
        return list((np.abs(points) - 1.5) / 0.3)

    target = Density(box, density, ("two",), residual)
    found = guided(target, [[0.5] * 3], steps=4000, crowd=16, rounds=(200, 200), searches=6, seed=5)
    draws = found.formal.draws("two", 0.1)
    assert np.isclose((draws[:, 0] > 0).mean(), 0.7, atol=0.04)
    assert np.allclose(draws[draws[:, 0] > 0].std(axis=0), 0.3, atol=0.03)
    table = summary(found.formal.after("two", 0.1), box.names)
    assert (table["rank_rhat"] < 1.01).all()
    assert (table["ess_bulk"] > 400).all()


def test_no_data_no_contraction():
    found = guided(flat(5), [[0.5] * 5], steps=2000, crowd=16, rounds=(200,), seed=3)
    assert np.allclose(found.formal.draws("flat", 0.1).std(axis=0) * np.sqrt(12), 1, atol=0.04)
    assert found.runs > 2000 * 4 + 200 * 16


def test_resumed_is_as_uninterrupted(tmp_path):
    settings = {"steps": 300, "crowd": 16, "rounds": (100, 100), "seed": 4}
    first = guided(normal([0.5, -1], np.eye(2)), [[0, 0]], checkpoint=tmp_path / "g.npz", **settings)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["g-formal.npz", "g-learning-1.npz", "g-learning-2.npz"]
    again = guided(normal([0.5, -1], np.eye(2)), [[0, 0]], checkpoint=tmp_path / "g.npz", **settings)
    assert np.array_equal(first.formal.points, again.formal.points)


def test_chains_go_on_past_a_model_that_breaks_and_count_it():
    target = normal([0.0, 0.0], np.eye(2))

    def breaks(points):
        return np.where(points[..., 0] > 1.5, np.nan, target.log_density(points))

    broken = Density(target.box, breaks, target.names, target.residual)
    found = guided(broken, [[0.2, 0]], steps=1500, crowd=16, rounds=(100, 100), seed=2)
    assert (found.formal.non_finite > 0).all()
    assert found.formal.points[..., 0].max() <= 1.5
    assert set(found.formal.troubles["problem"]) == {"normal"}
    assert (found.formal.troubles["p1"] > 1.5).all()


def test_what_does_not_fit():
    target = normal([0.0, 0.0], np.eye(2))
    settings = {"covariance": np.eye(2)[None], "outside": "transform", "guide": guide_of_two(), "seed": 1}
    with pytest.raises(ValueError, match="a guide needs a middle"):
        metropolis(target, [[[0, 0]]], 10, **settings)
    with pytest.raises(ValueError, match="at least one round"):
        guided(target, [[0, 0]], rounds=(), seed=1)
