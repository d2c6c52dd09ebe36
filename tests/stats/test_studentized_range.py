import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from coldcarbon.stats import studentized_range


@pytest.mark.parametrize(("groups", "freedom"), [(2, 1.0), (3, 3.3), (6, 66.0), (12, 8.0), (4, np.inf)])
def test_agrees_with_scipy(groups, freedom):
    q = np.array([0.0, 0.3, 2.0, 4.5, 8.0])
    expected = stats.studentized_range.sf(q, groups, freedom)
    np.testing.assert_allclose(studentized_range.survival(q, groups, freedom), expected, atol=1e-11)


@settings(max_examples=30, deadline=None)
@given(q=st.floats(0.01, 30), freedom=st.floats(1, 1e4))
def test_two_groups_are_a_t_test(q, freedom):
    expected = 2 * stats.t.sf(q / np.sqrt(2), freedom)
    assert studentized_range.survival(q, 2, freedom).item() == pytest.approx(expected, rel=1e-8, abs=1e-25)


@settings(max_examples=30, deadline=None)
@given(tail=st.floats(1e-9, 0.999), groups=st.integers(2, 40), freedom=st.floats(2, 500))
def test_the_quantile_turns_the_chance_back(tail, groups, freedom):
    q = studentized_range.quantile(tail, groups, freedom)
    assert studentized_range.survival(q, groups, freedom).item() == pytest.approx(tail, rel=1e-9)


def test_chance_falls_with_the_range_and_rises_with_the_groups():
    q = np.linspace(0, 20, 60)
    by_groups = np.array([studentized_range.survival(q, groups, 9.0) for groups in (2, 3, 5, 20)])
    assert (np.diff(by_groups, axis=1) < 0).all()
    assert (np.diff(by_groups[:, 1:], axis=0) > 0).all()
    np.testing.assert_allclose(by_groups[:, 0], 1)
    assert studentized_range.survival(np.ones((2, 3)), 3, 9.0).shape == (2, 3)


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: studentized_range.survival(1.0, 1, 5.0), "at least 2 groups"),
        (lambda: studentized_range.survival(1.0, 3, 0.0), "degrees of freedom above 0"),
        (lambda: studentized_range.survival([1.0, np.nan], 3, 5.0), "is missing"),
        (lambda: studentized_range.quantile(1.0, 3, 5.0), "between 0 and 1"),
    ],
)
def test_bad_input_is_refused(call, says):
    with pytest.raises(ValueError, match=says):
        call()
