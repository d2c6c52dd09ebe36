import numpy as np
import pytest

from coldcarbon.stats.gamm.basis import SumToZero, scale_of_penalty


def test_constrained_columns_sum_to_zero_and_span_what_is_left():
    rng = np.random.default_rng(1)
    basis = rng.normal(size=(50, 6)) + 1
    constraint = SumToZero.of(basis.mean(axis=0))
    columns = constraint.columns(basis)
    assert columns.shape == (50, 5)
    np.testing.assert_allclose(columns.mean(axis=0), 0, atol=1e-14)
    assert np.linalg.matrix_rank(columns) == 5


def test_penalty_follows_the_coefficients():
    rng = np.random.default_rng(2)
    basis, root = rng.normal(size=(30, 4)) + 2, rng.normal(size=(4, 4))
    constraint = SumToZero.of(basis.mean(axis=0))
    span = constraint.columns(np.eye(4))
    np.testing.assert_allclose(constraint.penalty(root @ root.T), span.T @ root @ root.T @ span, atol=1e-12)


def test_refuses_a_basis_that_needs_no_constraint():
    with pytest.raises(ValueError, match="sums to zero"):
        SumToZero.of(np.zeros(3))


def test_scale_makes_smoothing_parameters_free_of_units():
    rng = np.random.default_rng(3)
    basis, penalty = rng.normal(size=(20, 3)), np.diag([1.0, 2.0, 3.0])
    assert scale_of_penalty(10 * basis, penalty) == pytest.approx(scale_of_penalty(basis, penalty) / 100)
