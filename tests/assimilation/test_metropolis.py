"""The walk: known targets, the edge of the box, faults of a model."""

import numpy as np
import pytest
from targets import corner, flat, normal

from coldcarbon.assimilation import Box, Density, metropolis

COVARIANCE = np.array([[1.0, 0.8, 0], [0.8, 2.0, -0.5], [0, -0.5, 0.5]])
MEAN = np.array([1.0, -1.0, 0.5])
IN_SCORES = 0.02 * np.eye(3)


@pytest.mark.parametrize("outside", ["redraw", "reject", "reflect", "transform"])
def test_a_normal_target_is_recovered(outside):
    target = normal(MEAN, COVARIANCE, ("one", "two"))
    proposal = IN_SCORES if outside == "transform" else COVARIANCE
    start = np.zeros((2, 40, 3)) + 0.1
    found = metropolis(target, start, 1500, covariance=[proposal] * 2, outside=outside, adapt=300, seed=1)
    for name in found.names:
        draws = found.draws(name, 0.3)
        assert np.allclose(draws.mean(axis=0), MEAN, atol=0.12)
        assert np.allclose(np.cov(draws, rowvar=False), COVARIANCE, atol=0.2)
    assert 0.1 < found.acceptance().to_numpy().mean() < 0.6


def test_steps_pulled_to_the_middle_recover_it_too():
    target = normal(MEAN, COVARIANCE)
    start = np.zeros((1, 40, 3)) + 0.1
    found = metropolis(
        target, start, 1500, covariance=[IN_SCORES], middle=MEAN[None], outside="transform", adapt=500, seed=2
    )
    draws = found.draws("normal")
    assert np.allclose(draws.mean(axis=0), MEAN, atol=0.1)
    assert np.allclose(np.cov(draws, rowvar=False), COVARIANCE, atol=0.2)


def correlated_corner(outside, steps=3000, chains=100):
    target, covariance, mean, product = corner()
    start = np.full((1, chains, 2), 0.3)
    shape = 4 * np.eye(2) * 0.4 if outside == "transform" else covariance
    draws = metropolis(target, start, steps, covariance=[shape], scale=0.8, outside=outside, seed=3).draws("", 0.1)
    return draws.mean(), mean, draws.prod(axis=1).mean(), product


@pytest.mark.parametrize("outside", ["reject", "reflect", "transform"])
def test_correlated_steps_at_an_edge_leave_the_posterior_as_it_is(outside):
    found, mean, found_product, product = correlated_corner(outside)
    assert abs(found / mean - 1) < 0.015
    assert abs(found_product / product - 1) < 0.03


def test_drawing_again_pushes_away_from_the_edge():
    found, mean, found_product, product = correlated_corner("redraw")
    assert found > 1.008 * mean
    assert found_product > 1.01 * product


def test_mirroring_correlated_steps_plainly_would_be_wrong():
    """Without data the two parameters are independent; a plain mirror ties them together at the corners."""
    covariance = 0.4**2 * np.array([[1, 0.95], [0.95, 1]])
    random, root = np.random.default_rng(4), np.linalg.cholesky(covariance)
    x, together = np.full((20_000, 2), 0.5), []
    for step in range(60):
        x = np.abs((x + random.standard_normal(x.shape) @ root.T + 1) % 2 - 1)
        together += [np.corrcoef(x.T)[0, 1]] if step >= 30 else []
    start = random.random((1, 1000, 2))
    ours = metropolis(flat(2), start, 400, covariance=[covariance], scale=1.0, outside="reflect", seed=4)
    assert abs(np.mean(together)) > 0.1
    assert abs(np.corrcoef(ours.draws("flat").T)[0, 1]) < 0.02


@pytest.mark.parametrize(("outside", "ratio"), [("redraw", 0.95), ("reject", 1.0), ("reflect", 1.0)])
def test_without_data_only_drawing_again_narrows_the_prior(outside, ratio):
    found = metropolis(flat(4), np.full((1, 200, 4), 0.5), 1500, divisor=1.2, outside=outside, seed=5)
    spread = found.draws("flat", 0.1).std(axis=0) * np.sqrt(12)
    if ratio == 1:
        assert np.allclose(spread, 1, atol=0.02)
    else:
        assert (spread < ratio).all()


def test_uniform_steps_reach_a_tenth_of_the_range():
    found = metropolis(flat(3), np.full((1, 5, 3), 0.5), 400, divisor=5, outside="reject", seed=6)
    moves = np.abs(np.diff(found.points, axis=2)).max()
    assert 0.098 < moves <= 0.1


def test_accepted_states_are_those_that_moved():
    found = metropolis(normal([0, 0], np.eye(2)), np.zeros((1, 3, 2)), 500, covariance=[np.eye(2)], seed=7)
    before = np.concatenate([np.zeros((1, 3, 1, 2)), found.points[:, :, :-1]], axis=2)
    assert (found.accepted == (found.points != before).any(axis=-1)).all()
    assert len(found.draws("normal", 0, repeats=False)) == found.accepted.sum()
    assert found.box.unit(found.points).max() <= 1


def test_chains_go_on_past_a_model_that_breaks_and_count_it():
    target = normal([0.0, 0.0], np.eye(2))
    broken = [np.nan, np.inf, -np.inf]

    def function(points):
        value = target.log_density(points)
        for k, fault in enumerate(broken):
            value = np.where(points[..., 0] > 1 + k, fault, value)
        return value

    found = metropolis(Density(target.box, function), np.zeros((1, 4, 2)), 2000, covariance=[np.eye(2)], seed=8)
    assert (found.points[..., 0] <= 1).all()
    assert (found.non_finite > 50).all()
    assert np.isfinite(found.log_density).all()
    assert (found.troubles["p1"] > 1).all()
    assert len(found.troubles) == 200  # 50 of each chain are written down, all are counted
    assert set(found.troubles["chain"]) == {1, 2, 3, 4}
    assert found.accepted[:, :, -200:].any()


def test_a_seed_is_a_chain():
    target = normal([0, 0], np.eye(2))
    runs = [metropolis(target, np.zeros((1, 2, 2)), 50, covariance=[np.eye(2)], seed=s) for s in (1, 1, 2)]
    assert (runs[0].points == runs[1].points).all()
    assert (runs[0].points != runs[2].points).any()
    assert runs[0].settings["seed"] == 1


def test_tempering_is_no_posterior():
    target = normal([0, 0], np.eye(2))
    start = np.zeros((1, 50, 2))
    wide, narrow = (
        metropolis(target, start, 2000, covariance=[np.eye(2)], tempering=t, seed=9).draws("normal").std()
        for t in (False, True)
    )
    assert narrow < 0.6 * wide


def test_drawing_again_gives_up_when_nothing_falls_inside():
    target = flat(24)
    with pytest.raises(RuntimeError, match="flat, chain 1: 100000 proposals in a row"):
        metropolis(target, np.full((1, 1, 24), 0.5), 5, covariance=[1e6 * np.eye(24)], outside="redraw", seed=1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"start": np.zeros((1, 2, 2)) + 9}, "p1 = 9 is outside its prior"),
        ({"start": np.zeros((2, 2, 2))}, "problems, chains"),
        ({"steps": 0}, "no such run"),
        ({"outside": "bounce"}, "no rule 'bounce'"),
        ({"covariance": [np.zeros((2, 2))]}, "no chain could move"),
        ({"covariance": [np.diag([1, -1.0])]}, "negative variance"),
        ({"covariance": [np.array([[1, 2.0], [0, 1]])]}, "symmetric"),
        ({"covariance": None}, "a covariance or a divisor"),
        ({"scale": -1.0}, "one positive number"),
        ({"middle": np.zeros((1, 2))}, "pulled to a middle in scores only"),
    ],
)
def test_settings_that_do_not_fit(change, words):
    settings = {"start": np.zeros((1, 2, 2)), "steps": 5, "covariance": [np.eye(2)], "seed": 1} | change
    with pytest.raises(ValueError, match=words):
        metropolis(normal([0, 0], np.eye(2)), **settings)


def test_a_start_without_a_density_is_named():
    box = Box(["a"], [0], [1])
    with pytest.raises(ValueError, match="chain 2: the model gives no finite number at the start"):
        metropolis(
            Density(box, lambda p: np.where(p[..., 0] > 0.5, np.nan, 0.0)), [[[0.2], [0.7]]], 5, divisor=5, seed=1
        )
