"""Bounds, and the ways to hold a walk within them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldcarbon.assimilation import Box, fold
from coldcarbon.assimilation.box import from_normal, to_normal

BOX = Box(["a", "b"], [0.3, -5], [1.0, 15])


def test_there_and_back():
    points = BOX.spread(50, np.random.default_rng(1))
    assert np.allclose(BOX.natural(BOX.unit(points)), points, rtol=1e-14)
    assert np.allclose(BOX.prior_sd, np.array([0.7, 20]) / np.sqrt(12))


def test_a_spread_has_one_point_in_each_slice():
    unit = BOX.unit(BOX.spread(20, np.random.default_rng(2)))
    assert (np.sort(np.floor(unit * 20), axis=0) == np.arange(20)[:, None]).all()


@pytest.mark.parametrize(("point", "named"), [([1.2, 0], "a = 1.2"), ([0.5, -6], "b = -6"), ([0.5, np.nan], "b = nan")])
def test_a_point_outside_is_refused_by_name(point, named):
    with pytest.raises(ValueError, match=named):
        BOX.unit(point)


@pytest.mark.parametrize(("low", "high"), [([0, 1], [1, 1]), ([0, np.nan], [1, 1]), ([0, 0], [1, np.inf])])
def test_bounds_that_are_none(low, high):
    with pytest.raises(ValueError, match="b has bounds"):
        Box(["a", "b"], low, high)


def test_names_that_repeat_and_lengths():
    with pytest.raises(ValueError, match="each once"):
        Box(["a", "a"], [0, 0], [1, 1])
    with pytest.raises(ValueError, match="there are 2 parameters"):
        Box(["a", "b"], [0], [1])
    with pytest.raises(ValueError, match="a point has 2 values"):
        BOX.unit([0.5])


@given(st.floats(-50, 50))
def test_folding_repeats_with_period_two_and_is_even(x):
    assert 0 <= fold(x) <= 1
    assert np.isclose(fold(x), fold(-x), atol=1e-12)
    assert np.isclose(fold(x), fold(x + 2), atol=1e-12)
    if 0 <= x <= 1:
        assert np.isclose(fold(x), x)


def test_scores_undo_themselves():
    unit = np.linspace(0.001, 0.999, 99)
    assert np.allclose(from_normal(to_normal(unit)), unit, rtol=1e-12)
    assert np.isfinite(to_normal([0.0, 1.0])).all()
