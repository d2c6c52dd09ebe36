"""What is learnt does not hang on the last digit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldcarbon.assimilation.rounding import blunt, oriented, root

RANDOM = np.random.default_rng(1)
COVARIANCE = np.cov(RANDOM.standard_normal((200, 6)), rowvar=False)


@given(st.integers(0, 2**31))
def test_the_last_digit_goes(seed):
    noise = 1e-15 * np.random.default_rng(seed).standard_normal(COVARIANCE.shape)
    assert np.array_equal(blunt(COVARIANCE), blunt(COVARIANCE + (noise + noise.T)))


def test_what_is_left_is_near_and_symmetric():
    assert np.allclose(blunt(COVARIANCE), COVARIANCE, atol=2e-6 * COVARIANCE.max())
    assert np.array_equal(blunt(COVARIANCE), blunt(COVARIANCE).T)
    both = np.array([COVARIANCE, 1e9 * COVARIANCE])
    assert np.array_equal(blunt(both)[0], blunt(COVARIANCE))
    assert np.array_equal(blunt(np.zeros(3)), np.zeros(3))


def test_a_sign_does_not_matter():
    vectors = np.linalg.eigh(COVARIANCE)[1]
    basis = oriented(vectors)
    assert np.array_equal(basis, oriented(-vectors))
    assert np.allclose(basis.T @ basis, np.eye(6), atol=1e-14)
    assert np.allclose(np.abs(basis), np.abs(vectors), atol=1e-7)


@pytest.mark.parametrize("rank", [2, 6])
def test_root(rank):
    half = RANDOM.standard_normal((6, rank))
    found = root(half @ half.T)
    assert np.allclose(found @ found, half @ half.T)
    assert np.allclose(found, found.T)
    assert np.linalg.matrix_rank(found, tol=1e-3) == rank
