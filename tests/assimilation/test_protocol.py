"""Both protocols from end to end."""

import numpy as np
import pytest
from targets import flat, normal

from coldcarbon.assimilation import corrected, published, summary

COVARIANCE = np.array([[1.0, 0.5], [0.5, 0.8]])


@pytest.mark.parametrize("outside", ["redraw", "reject"])
def test_the_printed_protocol_on_a_target_it_can_manage(outside):
    target = normal([0.5, -1], COVARIANCE, ("one", "two"), -6, 6)
    found = published(
        target, [[0, 0], [1, 1]], outside=outside, test_steps=3000, chains=3, steps=4000, scale=2.0, seed=1
    )
    assert found.test.points.shape == (2, 1, 3000, 2)
    assert np.allclose(found.test.points[:, 0, 0], [[0, 0], [1, 1]], atol=1.2)  # steps begin at the defaults
    draws = found.formal.draws("two")
    assert np.allclose(draws.mean(axis=0), [0.5, -1], atol=0.15)
    assert np.allclose(np.cov(draws, rowvar=False), COVARIANCE, atol=0.25)
    assert found.in_window().shape == (2, 3)
    assert found.in_window().all()


def test_a_test_run_that_does_not_move_is_said():
    target = normal([0.0, 0.0], 1e-12 * np.eye(2))
    with pytest.raises(ValueError, match="the test run accepted"):
        published(target, [[0, 0]], test_steps=50, chains=2, steps=10, seed=1)


@pytest.mark.parametrize(("outside", "pull"), [("reflect", False), ("transform", False), ("transform", True)])
def test_the_corrected_protocol_recovers_both(outside, pull):
    target = normal([5.5, -1], COVARIANCE, low=-6, high=6)
    ticks = np.linspace(-6, 6, 1201)
    x, y = np.meshgrid(ticks, ticks, indexing="ij")
    weight = np.exp(target.log_density(np.stack([x, y], axis=-1)[None])[0])
    exact = (x * weight).sum() / weight.sum(), (y * weight).sum() / weight.sum()
    found = corrected(target, [[0, 0]], outside=outside, pull=pull, chains=4, steps=12_000, seed=2)
    table = summary(found.formal.after("normal"), target.box.names)
    assert np.allclose(table["mean"], exact, atol=0.1)
    assert (table["rank_rhat"] < 1.03).all()
    assert (table["ess_bulk"] > 300).all()


def test_no_data_no_contraction():
    found = corrected(flat(5), [[0.5] * 5], chains=4, steps=16_000, seed=3)
    spread = found.formal.draws("flat").std(axis=0) * np.sqrt(12)
    assert np.allclose(spread, 1, atol=0.05)


def test_drawing_again_is_not_a_correction():
    with pytest.raises(ValueError, match="does not sample the posterior"):
        corrected(flat(2), [[0.5, 0.5]], outside="redraw", seed=1)


def test_both_stages_resume(tmp_path):
    settings = {"test_steps": 200, "chains": 2, "steps": 100, "scale": 1.0, "seed": 4}
    target = normal([0.5, -1], COVARIANCE)
    first = published(target, [[0, 0]], checkpoint=tmp_path / "p.npz", **settings)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p-formal.npz", "p-test.npz"]
    again = published(target, [[0, 0]], checkpoint=tmp_path / "p.npz", **settings)
    assert np.array_equal(first.formal.points, again.formal.points)
