import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from coldcarbon.stats.adjustment import adjust_p_values

METHODS = ["holm", "bonferroni", "fdr_bh", "fdr_by"]


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=15, deadline=None)  # statsmodels collects garbage at each call
@given(p=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_agrees_with_statsmodels(method, p):
    np.testing.assert_allclose(adjust_p_values(p, method), multipletests(p, method=method)[1], rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("method", METHODS)
def test_families_side_by_side_are_those_one_by_one(method):
    p = np.random.default_rng(0).uniform(size=(3, 7, 4)) ** 3
    together = adjust_p_values(p, method, axis=1)
    assert together.shape == p.shape
    for i in range(3):
        for j in range(4):
            np.testing.assert_array_equal(together[i, :, j], adjust_p_values(p[i, :, j], method))


@settings(deadline=None)
@given(p=st.lists(st.floats(0, 1), min_size=2, max_size=20), seed=st.integers(0, 9))
def test_order_does_not_matter_and_methods_are_ordered(p, seed):
    order = np.random.default_rng(seed).permutation(len(p))
    found = {method: adjust_p_values(p, method) for method in METHODS}
    for method in METHODS:
        np.testing.assert_allclose(adjust_p_values(np.array(p)[order], method), found[method][order])
    slack = 1e-12
    assert (np.array(p) <= found["fdr_bh"] + slack).all()
    assert (found["fdr_bh"] <= found["holm"] + slack).all()
    assert (found["holm"] <= found["bonferroni"] + slack).all()
    assert (found["fdr_bh"] <= found["fdr_by"] + slack).all()


def test_false_discoveries_are_held_to_their_share():
    rng = np.random.default_rng(4)
    shares, any_alarm = [], []
    for _ in range(400):
        z = rng.normal(size=40)
        z[:10] += 3
        p = 2 * stats.norm.sf(np.abs(z))
        found = adjust_p_values(p, "fdr_bh") < 0.1
        shares.append(found[10:].sum() / max(found.sum(), 1))
        any_alarm.append((adjust_p_values(p, "holm") < 0.1)[10:].any())
    assert np.mean(shares) < 0.1
    assert np.mean(any_alarm) < 0.12


def test_nothing_is_changed_by_none_and_nothing_comes_of_nothing():
    np.testing.assert_array_equal(adjust_p_values([0.2, 0.1], "none"), [0.2, 0.1])
    assert adjust_p_values([], "holm").size == 0


@pytest.mark.parametrize(
    ("p", "method", "says"),
    [
        ([0.1, np.nan], "holm", "1 P values are missing"),
        ([0.1, 1.2], "fdr_bh", "outside 0 to 1"),
        ([0.1], "hochberg", "adjust must be"),
    ],
)
def test_bad_input_is_refused(p, method, says):
    with pytest.raises(ValueError, match=says):
        adjust_p_values(p, method)
