"""Verdicts come from the numbers and the one tolerance rule."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldcarbon import claims, published

NUMBER = published.get("xiao2023-bnpp-obs-0-20")  # 1.60 Mg ha-1 yr-1


def printed(text, comparison="eq", **changes):
    decimals = len(text.partition(".")[2])
    return replace(NUMBER, printed=text, value=float(text), decimals=decimals, comparison=comparison, **changes)


@pytest.mark.parametrize(
    ("text", "comparison", "tolerance"),
    [("1.60", "eq", 0.005), ("1.6", "eq", 0.05), ("60", "eq", 0.5), ("60", "approx", 5), ("21", "approx", 0.5)],
)
def test_tolerance_is_half_the_last_printed_digit(text, comparison, tolerance):
    assert claims.tolerance_of(printed(text, comparison)).value == pytest.approx(tolerance)


def test_a_printed_standard_error_is_a_printed_interval():
    number = printed("10", uncertainty=2.0, uncertainty_kind="se")
    assert claims.tolerance_of(number).value == pytest.approx(3.92, abs=0.001)


@pytest.mark.parametrize("comparison", ["lt", "gt"])
def test_more_and_less_have_no_tolerance(comparison):
    assert claims.tolerance_of(printed("50", comparison)) == claims.verdict.Tolerance(None, "sign")


@pytest.mark.parametrize(
    ("ours", "low", "high", "same_data", "verdict"),
    [
        (1.604, None, None, True, "reproduced"),
        (1.604, None, None, False, "same conclusion"),
        (1.605, None, None, True, "reproduced"),  # the edge belongs to the rounding interval
        (1.62, 1.5, 1.7, True, "same conclusion"),
        (1.62, 1.61, 1.7, True, "differs"),
        (1.62, None, None, True, "differs"),
    ],
)
def test_data_verdicts(ours, low, high, same_data, verdict):
    assert claims.judge_data(NUMBER, ours, low, high, same_data=same_data).verdict == verdict


@pytest.mark.parametrize(("ours", "verdict"), [(50.1, "reproduced"), (50.0, "differs"), (49.0, "differs")])
def test_more_than_is_strict(ours, verdict):
    assert claims.judge_data(printed("50", "gt"), ours, same_data=True).verdict == verdict
    assert claims.judge_data(printed("50", "gt"), ours, 40, 60, same_data=True).verdict == verdict


@pytest.mark.parametrize(
    ("readings", "verdict"),
    [
        ({"a": (1.5, 1.7)}, "consistent"),
        ({"a": (1.2, 1.3)}, "inconsistent"),
        ({"a": (1.5, 1.7), "b": (1.2, 1.3)}, "undecided"),
        ({"a": (1.0, 2.0), "b": (1.6, 1.6)}, "consistent"),
    ],
)
def test_printed_verdicts(readings, verdict):
    assert claims.judge_printed(NUMBER, readings).verdict == verdict


@pytest.mark.parametrize(
    ("coverage", "bias", "verdict"),
    [
        (0.95, 0.1, "recovered"),
        (0.80, 0.1, "not recovered"),
        (1.0, 0.0, "not recovered"),
        (0.95, -0.5, "not recovered"),
    ],
)
def test_recovery_verdicts(coverage, bias, verdict):
    assert claims.judge_recovery(coverage, bias, 200).verdict == verdict


def test_too_few_replicates_are_refused():
    with pytest.raises(ValueError, match="199 replicates are too few"):
        claims.judge_recovery(0.95, 0.0, 199)


@pytest.mark.parametrize(("ours", "low", "high"), [(float("nan"), None, None), (1.0, 2.0, 3.0), (1.0, 0.0, 0.5)])
def test_impossible_numbers_are_refused(ours, low, high):
    with pytest.raises(ValueError, match=r"finite|own interval"):
        claims.judge_data(NUMBER, ours, low, high, same_data=True)


def test_no_reading_is_refused():
    with pytest.raises(ValueError, match="at least one reading"):
        claims.judge_printed(NUMBER, {})


@given(ours=st.floats(-10, 10), margin=st.floats(0, 10))
def test_a_wider_interval_never_turns_agreement_into_difference(ours, margin):
    order = ["differs", "same conclusion", "reproduced"]
    narrow = claims.judge_data(NUMBER, ours, ours, ours, same_data=True).verdict
    wide = claims.judge_data(NUMBER, ours, ours - margin, ours + margin, same_data=True).verdict
    assert order.index(wide) >= order.index(narrow)
