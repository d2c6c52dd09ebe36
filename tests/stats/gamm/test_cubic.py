import numpy as np
import pytest
from scipy import integrate, interpolate

from coldcarbon.stats.gamm.cubic import CubicSpline, CyclicSpline, PSpline

X = np.sort(np.random.default_rng(4).uniform(0, 10, 80))


def curve(basis, coefficients, x):
    return basis.evaluate([np.asarray(x, float)]) @ coefficients


def test_cubic_spline_is_scipy_s_natural_spline():
    basis = CubicSpline.build([X], 8, None, None)
    values = np.sin(basis.knots)
    reference = interpolate.CubicSpline(basis.knots, values, bc_type="natural")
    np.testing.assert_allclose(curve(basis, values, X), reference(X), atol=1e-12)
    bending = integrate.quad(lambda t: float(reference(t, 2)) ** 2, basis.knots[0], basis.knots[-1], limit=400)[0]
    assert values @ basis.penalty @ values == pytest.approx(bending, rel=1e-6)


def test_cubic_spline_goes_on_straight():
    basis = CubicSpline.build([X], 6, None, None)
    beta = np.random.default_rng(5).normal(size=6)
    for end, sign in ((X[0], -1), (X[-1], 1)):
        at = end + sign * np.array([-1e-6, 0, 1, 2, 3])
        values = curve(basis, beta, at)
        np.testing.assert_allclose(np.diff(values[1:]), values[2] - values[1], atol=1e-10)
        assert (values[1] - values[0]) / 1e-6 == pytest.approx(values[2] - values[1], abs=1e-4)


def test_cyclic_spline_joins_smoothly_and_repeats():
    basis = CyclicSpline.build([X], 7, None, (0.0, 10.5))
    beta = np.random.default_rng(6).normal(size=6)
    reference = interpolate.CubicSpline(basis.knots, np.append(beta, beta[0]), bc_type="periodic")
    np.testing.assert_allclose(curve(basis, beta, X), reference(X), atol=1e-12)
    np.testing.assert_allclose(curve(basis, beta, X + 10.5), curve(basis, beta, X), atol=1e-10)
    assert basis.penalty.sum() == pytest.approx(0, abs=1e-12)


def test_p_spline_sums_to_one_and_goes_on_straight():
    basis = PSpline.build([X], 9, None, None)
    np.testing.assert_allclose(basis.evaluate([X]).sum(axis=1), 1)
    straight = np.arange(9.0)
    assert straight @ basis.penalty @ straight == pytest.approx(0, abs=1e-12)
    np.testing.assert_allclose(np.diff(curve(basis, straight, np.arange(-5.0, 16.0)), n=2), 0, atol=1e-10)


@pytest.mark.parametrize(
    ("build", "k", "order", "knots", "message"),
    [
        (CubicSpline.build, 2, None, None, "at least 3"),
        (CubicSpline.build, 5, 3, None, "m=3"),
        (CubicSpline.build, 5, None, (0, 1, 2), "5 knots are needed"),
        (CubicSpline.build, 3, None, (0, 1, 1), "differ"),
        (CubicSpline.build, 200, None, None, "lower k"),
        (CyclicSpline.build, 3, None, None, "at least 4"),
        (CyclicSpline.build, 5, None, (2, 9), "beyond the ends"),
        (PSpline.build, 4, None, None, "at least 5"),
        (PSpline.build, 6, 6, None, "m=6"),
    ],
)
def test_refuses_what_makes_no_basis(build, k, order, knots, message):
    with pytest.raises(ValueError, match=message):
        build([X], k, order, knots)
