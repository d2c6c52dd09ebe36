import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import lfilter

from coldcarbon.stats.trends import linear_trend
from coldcarbon.stats.window_slopes import chance_shares, independent_signs, window_correlation, window_slopes

YEARS = np.arange(1990, 2015)


def test_each_window_is_the_fit_to_its_years():
    values = np.random.default_rng(1).normal(5e4, 30, size=(3, len(YEARS)))
    found = window_slopes(values, YEARS, shortest=10)
    assert found.slope.shape == (3, 16 * 17 // 2)
    assert found.length.min() == 10
    for place in (0, 7, 60, 135):
        inside = (found.first[place] <= YEARS) & (found.last[place] >= YEARS)
        assert inside.sum() == found.length[place]
        line = linear_trend(values[:, inside].T, YEARS[inside])
        np.testing.assert_allclose(found.slope[:, place], line.slope, rtol=1e-9)
        np.testing.assert_allclose(found.standard_error[:, place], line.standard_error, rtol=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.floats(-1e3, 1e3), st.floats(0.1, 50), st.floats(-20, 20), st.sampled_from([0.5, 1.0, 10.0]))
def test_shift_scale_and_trend(shift, scale, trend, step):
    noise = np.random.default_rng(2).normal(size=18)
    plain = window_slopes(noise, shortest=6)
    times = 1900 + step * np.arange(18)
    moved = window_slopes(shift + scale * noise + trend * times, times, shortest=6)
    np.testing.assert_allclose(moved.slope, scale * plain.slope / step + trend, rtol=1e-7, atol=1e-7)


def test_turned_round_the_windows_turn_too():
    noise = np.random.default_rng(3).normal(size=15)
    one, other = window_slopes(noise, shortest=8), window_slopes(noise[::-1], shortest=8)
    np.testing.assert_allclose(np.sort(one.slope), np.sort(-other.slope))


def test_a_straight_line_has_no_error():
    found = window_slopes(3.0 * YEARS, YEARS)
    np.testing.assert_allclose(found.slope, 3)
    np.testing.assert_allclose(found.standard_error, 0, atol=1e-6)


@pytest.mark.parametrize("r1", [0.0, 0.5])
def test_correlation_and_share_of_signs_are_those_of_simulated_series(r1):
    rng = np.random.default_rng(4)
    noise = rng.normal(size=(20_000, 120))
    series = lfilter([1.0], [1.0, -r1], noise)[:, -20:]
    slopes = window_slopes(series, shortest=10).slope
    expected = window_correlation(20, shortest=10, r1=r1)
    np.testing.assert_allclose(np.corrcoef(slopes.T), expected, atol=0.03)
    share = (slopes > 0).mean(axis=1)
    assert independent_signs(expected) == pytest.approx(0.25 / share.var(), rel=0.02)


@pytest.mark.parametrize("r1", [0.0, 0.6])
def test_shares_by_chance_vary_as_their_coins(r1):
    share = chance_shares(25, shortest=10, r1=r1, replicates=20_000, seed=3)
    coins = independent_signs(window_correlation(25, shortest=10, r1=r1))
    assert share.mean() == pytest.approx(0.5, abs=0.01)
    assert share.var() == pytest.approx(0.25 / coins, rel=0.03)
    np.testing.assert_array_equal(share[:5], chance_shares(25, r1=r1, replicates=20_000, seed=3)[:5])


def test_windows_that_do_not_overlap_are_independent_without_memory():
    table = window_correlation(20, shortest=10)
    found = window_slopes(np.zeros(20), shortest=10)
    first = int(np.flatnonzero((found.first == 0) & (found.last == 9))[0])
    second = int(np.flatnonzero((found.first == 10) & (found.last == 19))[0])
    assert table[first, second] == 0


def test_independent_signs_at_the_ends():
    assert independent_signs(np.eye(7)) == pytest.approx(7)
    assert independent_signs(np.ones((7, 7))) == pytest.approx(1)
    assert independent_signs(window_correlation(38, shortest=38, r1=0.3)) == pytest.approx(1, rel=1e-12)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: window_slopes(np.arange(8.0)), "a window has 3 to 8"),
        (lambda: window_slopes(np.arange(8.0), shortest=2), "a window has"),
        (lambda: window_slopes([1.0, np.nan, 3, 4], shortest=3), "missing"),
        (lambda: window_slopes(np.arange(4.0), [0, 1, 3, 4], shortest=3), "equal steps"),
        (lambda: window_slopes(np.arange(4.0), [3, 2, 1, 0], shortest=3), "equal steps"),
        (lambda: window_slopes(np.arange(4.0), [0, 1, 2], shortest=3), "as many times"),
        (lambda: window_correlation(20, r1=1.0), "r1 must lie"),
        (lambda: window_correlation(5), "a window has 3 to 5"),
        (lambda: chance_shares(20, r1=-1.0), "r1 must lie"),
        (lambda: chance_shares(5), "a window has 3 to 5"),
        (lambda: chance_shares(20, replicates=0), "one replicate"),
        (lambda: independent_signs([[1.0, 0.2], [0.3, 1.0]]), "symmetric"),
        (lambda: independent_signs([1.0]), "square"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ValueError, match=message):
        call()
