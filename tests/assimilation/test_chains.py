"""What is taken from chains."""

import numpy as np
import pytest
from targets import normal

from coldcarbon.assimilation import metropolis


@pytest.fixture(scope="module")
def found():
    target = normal([0, 0], np.eye(2), ("one", "two"))
    return metropolis(target, np.zeros((2, 3, 2)), 100, covariance=[np.eye(2)] * 2, seed=1)


def test_shapes_and_burn_in(found):
    assert found.points.shape == (2, 3, 100, 2)
    assert found.after("two", 0.4).shape == (3, 60, 2)
    assert found.draws("two", 0.4).shape == (180, 2)
    assert (found.draws("one", 0).reshape(3, 100, 2) == found.points[0]).all()
    assert list(found.acceptance().index) == ["one", "two"]


def test_the_best_state_has_the_highest_density(found):
    best = found.best("one")
    assert np.isclose(-0.5 * (best**2).sum(), found.log_density[0].max())


def test_bad_questions(found):
    with pytest.raises(ValueError, match="no problem 'three'; there are one, two"):
        found.draws("three")
    with pytest.raises(ValueError, match="burn_in = 1"):
        found.after("one", 1.0)
