import numpy as np
import pytest

from coldcarbon.stats.gamm.cubic import CubicSpline
from coldcarbon.stats.gamm.penalty import ASIDE, Covariance, Ridge, Tensor
from coldcarbon.stats.gamm.tensor import Margin, TensorProduct

RNG = np.random.default_rng(3)
X, Z = RNG.uniform(size=(2, 40))


def tensor() -> Tensor:
    margins = tuple(Margin.of(CubicSpline.build([c], 4, None, None), c, centred=True) for c in (X, Z))
    product = TensorProduct(margins)
    table = product.eigenvalues()
    total = sum(product.penalties())
    _, vectors = np.linalg.eigh(total)
    rank = int(table.any(axis=0).sum())
    vectors = vectors[:, ::-1]
    matrices = tuple(vectors.T @ penalty @ vectors for penalty in product.penalties())
    return Tensor(0, 0, rank, matrices, table[:, table.any(axis=0)])


@pytest.mark.parametrize(
    ("penalty", "count"),
    [(Ridge(0, 0, 5), 1), (tensor(), 2), (Covariance(0, 0, 4, 3), 6), (Covariance(0, ASIDE, 4, 2, 1), 3)],
)
def test_derivatives_are_those_of_the_penalty(penalty, count):
    at, step, width = RNG.normal(0, 0.5, count), 1e-5, 3
    here = penalty.at(at, width)
    for i in range(count):
        move = step * np.eye(count)[i]
        up, down = penalty.at(at + move, width), penalty.at(at - move, width)
        matrix = (up.total.dense() - down.total.dense()) / (2 * step)
        np.testing.assert_allclose(here.first[i].dense(), matrix, atol=1e-8)
        assert here.gradient[i] == pytest.approx((up.log_determinant - down.log_determinant) / (2 * step), abs=1e-7)
        np.testing.assert_allclose(here.hessian[i], (up.gradient - down.gradient) / (2 * step), atol=1e-7)
        for j in range(i + 1):
            change = (up.first[j].dense() - down.first[j].dense()) / (2 * step)
            second = here.second[i, j].dense() if (i, j) in here.second else np.zeros_like(change)
            np.testing.assert_allclose(second, change, atol=1e-8)


def test_log_determinants():
    penalty = tensor()
    for at in ([0.0, 0.0], [3.0, -2.0]):
        state = penalty.at(np.array(at), 0)
        values = np.linalg.eigvalsh(state.total.dense())[-penalty.rank :]
        assert state.log_determinant == pytest.approx(np.log(values).sum())
    covariance = Covariance(0, 0, 4, 3)
    at = RNG.normal(size=6)
    sign, value = np.linalg.slogdet(covariance.at(at, 0).total.dense())
    assert sign == 1
    assert covariance.at(at, 0).log_determinant == pytest.approx(value)


def test_products_with_structured_matrices():
    operator = Covariance(0, 0, 4, 3).at(RNG.normal(size=6), 0).total
    left = RNG.normal(size=(5, 12))
    np.testing.assert_allclose(operator.times_right(left), left @ operator.dense())
