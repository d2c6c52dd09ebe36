import numpy as np
import pytest

from coldcarbon.stats.gamm.cubic import CubicSpline, PSpline
from coldcarbon.stats.gamm.tensor import Margin, TensorProduct, row_products
from coldcarbon.stats.gamm.thin_plate import ThinPlate

RNG = np.random.default_rng(8)
X, Z = RNG.uniform(size=(2, 60))


def product(first, second, *, centred=False):
    margins = (Margin.of(first, X, centred=centred), Margin.of(second, Z, centred=centred))
    return TensorProduct(margins)


@pytest.mark.parametrize("build", [CubicSpline.build, PSpline.build, ThinPlate.build])
def test_eigenvalues_are_those_of_the_summed_penalty(build):
    tensor = product(build([X], 6, None, None), CubicSpline.build([Z], 5, None, None))
    for factors in ([1.0, 1.0], [3.0, 0.01]):
        total = sum(f * p for f, p in zip(factors, tensor.penalties(), strict=True))
        ours = np.sort(np.array(factors) @ tensor.eigenvalues())
        np.testing.assert_allclose(ours, np.linalg.eigvalsh(total), atol=1e-10)


def test_margins_are_penalised_along_their_own_covariate():
    tensor = product(CubicSpline.build([X], 5, None, None), CubicSpline.build([Z], 4, None, None))
    design = tensor.evaluate([X, Z])
    along_x, along_z = tensor.penalties()
    straight_in_x = np.linalg.lstsq(design, X * Z, rcond=None)[0]
    assert straight_in_x @ along_x @ straight_in_x == pytest.approx(0, abs=1e-12)
    wavy = np.kron(np.sin(np.arange(5.0)), np.ones(4))
    assert wavy @ along_x @ wavy > 0.01
    assert wavy @ along_z @ wavy == pytest.approx(0, abs=1e-12)


def test_centred_margins_leave_main_effects_out():
    tensor = product(CubicSpline.build([X], 5, None, None), CubicSpline.build([Z], 4, None, None), centred=True)
    assert tensor.evaluate([X, Z]).shape == (60, 12)
    for margin, column in zip(tensor.margins, (X, Z), strict=True):
        np.testing.assert_allclose(margin.columns(column).mean(axis=0), 0, atol=1e-12)


def test_row_products_run_through_the_last_margin_fastest():
    one, other = RNG.normal(size=(3, 2)), RNG.normal(size=(3, 4))
    np.testing.assert_allclose(row_products([one, other])[1], np.kron(one[1], other[1]))
