import numpy as np
import pytest

from coldcarbon.stats.gamm.thin_plate import ThinPlate

RNG = np.random.default_rng(7)


@pytest.mark.parametrize("d", [1, 2])
def test_values_at_the_data_are_those_of_the_basis(d):
    columns = [RNG.uniform(size=90).round(3) for _ in range(d)]
    basis, values = ThinPlate.with_values(columns, 12, None, None)
    np.testing.assert_allclose(basis.evaluate(columns), values, atol=1e-8)
    np.testing.assert_allclose((values**2).mean(axis=0), 1)


@pytest.mark.parametrize(("d", "null"), [(1, 2), (2, 3)])
def test_only_planes_are_free(d, null):
    columns = [RNG.uniform(size=70) for _ in range(d)]
    basis = ThinPlate.build(columns, 14, None, None)
    values = np.linalg.eigvalsh(basis.penalty)
    assert basis.rank == 14 - null
    assert (values[:null] < 1e-8 * values[-1]).all()
    assert values[null] > 1e-8 * values[-1]
    plane = np.linalg.lstsq(basis.evaluate(columns), 2 + 3 * columns[0], rcond=None)[0]
    assert plane @ basis.penalty @ plane == pytest.approx(0, abs=1e-10)


def test_full_rank_penalty_is_the_bending_energy_of_the_interpolant():
    x = np.linspace(0, 1, 8)
    basis = ThinPlate.build([x], 8, None, None)
    y = np.sin(5 * x)
    beta = np.linalg.solve(basis.evaluate([x]), y)
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(x, y, bc_type="natural")
    grid = np.linspace(0, 1, 33)
    np.testing.assert_allclose(basis.evaluate([grid]) @ beta, spline(grid), atol=1e-8)
    second = spline(x, 2)
    energy = (np.diff(x) * (second[:-1] ** 2 + second[:-1] * second[1:] + second[1:] ** 2) / 3).sum()
    assert beta @ basis.penalty @ beta == pytest.approx(energy, rel=1e-8)


def test_default_sizes_are_mgcv_s():
    one, two = ([RNG.uniform(size=60) for _ in range(d)] for d in (1, 2))
    assert len(ThinPlate.build(one, None, None, None).penalty) == 10
    assert len(ThinPlate.build(two, None, None, None).penalty) == 30


def test_many_points_are_thinned_as_mgcv_thins_them():
    x = RNG.uniform(size=2300)
    basis = ThinPlate.build([x], 10, None, None)
    assert len(basis.points) == 2000
    assert np.isin(basis.points[:, 0], x - x.mean()).all()


@pytest.mark.parametrize(
    ("k", "order", "knots", "message"),
    [
        (2, None, None, "needs at least 3"),
        (100, None, None, "lower k"),
        (None, 0, None, "twice the order"),
        (5, None, (0, 1), "no knots"),
    ],
)
def test_refuses_what_makes_no_basis(k, order, knots, message):
    with pytest.raises(ValueError, match=message):
        ThinPlate.build([np.linspace(0, 1, 40)], k, order, knots)
