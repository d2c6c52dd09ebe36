import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from coldcarbon.stats.gamm.chi_squared_sum import tail


@pytest.mark.parametrize("degrees", [1, 2, 5, 9.5, 40])
@pytest.mark.parametrize("p", [0.9, 0.3, 1e-2, 1e-4, 1e-6])
def test_equal_weights_give_chi_squared(degrees, p):
    value = stats.chi2.isf(p, degrees)
    assert tail(3 * value, [3.0], [degrees]) == pytest.approx(p, rel=1e-6)
    assert tail(3 * value, [3.0, 1.5], [degrees, 1e-12]) == pytest.approx(p, rel=1e-3, abs=1e-8)


@pytest.mark.parametrize("p", [0.7, 0.05, 1e-3, 1e-5])
def test_a_ratio_gives_f(p):
    value = stats.f.isf(p, 4, 30)
    assert tail(0.0, [1.0, -value * 4 / 30], [4, 30]) == pytest.approx(p, rel=1e-4)


@pytest.mark.parametrize("p", [1e-9, 1e-20, 1e-80])
def test_far_tails_keep_their_size(p):
    assert tail(stats.chi2.isf(p, 6), [1.0, 1.0], [2, 4]) == pytest.approx(p, rel=0.05)


def test_mixed_weights_agree_with_draws():
    rng = np.random.default_rng(9)
    weights = np.array([2.0, 1.0, 0.3, 0.05])
    drawn = (rng.chisquare(1, (200_000, 4)) @ weights).reshape(-1)
    for value in (1.0, 4.0, 9.0):
        assert tail(value, weights) == pytest.approx((drawn > value).mean(), abs=0.004)


@given(
    st.lists(st.floats(0.01, 10), min_size=1, max_size=8),
    st.floats(0.01, 60),
    st.floats(0.01, 100),
)
def test_falls_with_the_value_and_does_not_know_units(weights, value, scale):
    here = tail(value, weights)
    assert 0 <= here <= 1
    assert tail(value * 1.5, weights) <= here + 1e-8
    assert tail(value * scale, np.array(weights) * scale) == pytest.approx(here, abs=1e-7, rel=1e-5)


def test_edges():
    assert tail(0.0, [1.0, 2.0]) == 1
    assert tail(0.0, [-1.0]) == 0
    assert tail(-1.0, [0.0]) == 1
