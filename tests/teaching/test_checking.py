"""A right answer is right in any unit, each usual slip is named, nothing wrong passes, and nothing is given away."""

import math
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from coldcarbon.teaching import Answer, Response, UnknownExerciseError, check, checking
from coldcarbon.teaching.units import read_unit

MASS_FLUX = ("gC m-2 yr-1", "Mg C ha-1 yr-1", "kgC m-2 decade-1", "g C/m²/month", "tC ha-1 yr-1")
FAMILIES = (
    MASS_FLUX,
    ("%", "1", "ppm"),
    ("% yr-1", "% decade-1", "yr-1"),
    ("degC decade-1", "K yr-1"),
    ("mm", "cm", "m", "km"),
    ("PgC yr-1", "TgC yr-1", "GtC yr-1"),
)
values = st.floats(1e-3, 1e4).flatmap(lambda size: st.sampled_from([size, -size]))
tolerances = st.sampled_from([0.001, 0.01, 0.05, 0.2])
units = st.sampled_from(FAMILIES).flatmap(lambda family: st.tuples(st.sampled_from(family), st.sampled_from(family)))


def respond(value, unit, answer, answer_unit, *others, quantity="stock", **known) -> Response:
    """What a reader is told whose exercise comes to a value."""
    answers = [Answer("a/b", "e", quantity, value, unit, **known), *others]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checking, "answers_of", lambda _exercise: answers)
        return check("e", answer, answer_unit, quantity)


@settings(deadline=None)
@given(value=values, tolerance=tolerances, share=st.floats(-0.99, 0.99), pair=units)
def test_the_right_value_is_right_in_any_unit(value, tolerance, share, pair) -> None:
    unit, other = pair
    near = value * (1 + share * tolerance)
    answer = near * read_unit(unit).factor(read_unit(other))
    response = respond(value, unit, answer, other, tolerance=tolerance)
    assert response, response.message
    assert response.slips == ()


@settings(deadline=None)
@given(value=values, wrong=st.floats(allow_nan=False, allow_infinity=False), tolerance=tolerances, pair=units)
def test_no_wrong_value_passes(value, wrong, tolerance, pair) -> None:
    unit, other = pair
    there = wrong * read_unit(other).factor(read_unit(unit))
    assume(abs(there - value) > 1.000001 * tolerance * abs(value))
    response = respond(value, unit, wrong, other, tolerance=tolerance)
    assert not response
    assert response.kind in ("slip", "not yet")


SLIPS = {
    "sign": (-1.0, FAMILIES),
    "year and decade": (10.0, (MASS_FLUX, ("% yr-1",), ("degC decade-1",), ("PgC yr-1",))),
    "month and year": (12.0, (MASS_FLUX, ("PgC yr-1",))),
    "thousand": (1000.0, (MASS_FLUX, ("mm", "km"), ("PgC yr-1",), ("g kg-1",), ("nmol g-1",))),
    "area": (1e4, (MASS_FLUX, ("kg m-2",), ("km2",), ("individuals m-2",))),
    "percent and fraction": (100.0, (("%", "1"), ("% yr-1",))),
    "sum and mean": (7.0, FAMILIES),
    "carbon and dry mass": (0.45, (MASS_FLUX, ("gC",))),
    "carbon and its gases": (44.009 / 12.011, (MASS_FLUX, ("Gt yr-1",))),
}


@settings(deadline=None)
@given(data=st.data(), value=values, tolerance=st.sampled_from([0.001, 0.01, 0.05]), upwards=st.booleans())
@pytest.mark.parametrize("name", SLIPS)
def test_a_planted_slip_is_named_and_never_right(name, data, value, tolerance, upwards) -> None:
    factor, families = SLIPS[name]
    unit = data.draw(st.sampled_from([unit for family in families for unit in family]))
    answer = value * factor if upwards else value / factor
    response = respond(value, unit, answer, unit, tolerance=tolerance, terms=7)
    assert response.kind == "slip"
    assert name in response.slips


@settings(deadline=None)
@given(value=values, name=st.sampled_from(["thousand", "month and year", "area", "sum and mean"]))
def test_a_sign_lost_beside_another_slip_is_named_too(value, name) -> None:
    response = respond(value, "gC m-2 yr-1", -value * SLIPS[name][0], "gC m-2 yr-1", terms=7)
    assert response.slips[0] == "sign"
    assert name in response.slips


def test_a_unit_that_was_not_converted_is_a_slip_too() -> None:
    # 3 Mg ha-1 are 300 g m-2; someone writes the number of the one beside the unit of the other
    assert "area" in respond(3.0, "Mg ha-1 yr-1", 300.0, "Mg ha-1 yr-1").slips
    assert "thousand" in respond(3.0, "Mg ha-1 yr-1", 3.0, "kg ha-1 yr-1").slips
    assert "year and decade" in respond(0.3, "degC decade-1", 0.3, "degC yr-1").slips
    assert "percent and fraction" in respond(12.5, "%", 12.5, "1").slips


@settings(deadline=None)
@given(value=st.floats(-40, 40), tolerance=tolerances)
def test_a_temperature_may_come_in_kelvin_with_its_zero(value, tolerance) -> None:
    assume(abs(value) > 0.1)
    assert respond(value, "degC", value + 273.15, "K", quantity="mean of July", tolerance=tolerance)
    for answer, unit in ((value, "K"), (value + 273.15, "degC"), (value - 273.15, "degC")):
        response = respond(value, "degC", answer, unit, quantity="mean of July", tolerance=tolerance)
        assert (response.kind, response.slips[0]) == ("slip", "celsius and kelvin")


@settings(deadline=None)
@given(value=st.floats(0.1, 40), unit=st.sampled_from(["degC", "K", "delta degC"]))
def test_a_difference_of_temperatures_has_no_zero_to_move(value, unit) -> None:
    for other in ("degC", "K", "°C"):
        assert respond(value, unit, value, other, quantity="difference of the two")
        response = respond(value, unit, value + 273.15, other, quantity="difference of the two")
        assert (response.kind, response.slips[0]) == ("slip", "celsius and kelvin")


def test_kelvins_are_told_by_their_size() -> None:
    assert respond(268.15, "K", -5.0, "degC", quantity="annual mean")
    assert respond(2.5, "K", 2.5, "degC", quantity="sensitivity")


@pytest.mark.parametrize(
    ("unit", "answer_unit", "share"),
    [("gC m-2", "g DM m-2", 1 / 0.45), ("Mg DM ha-1", "MgC ha-1", 0.5), ("gC m-2", "gCO2 m-2", 44.009 / 12.011)],
)
def test_another_substance_is_never_converted(unit, answer_unit, share) -> None:
    for answer in (80.0, 80.0 * share):
        response = respond(80.0, unit, answer, answer_unit)
        assert response.kind == "slip"
        assert set(response.slips) & {"carbon and dry mass", "carbon and its gases", "substance"}


def test_a_short_unit_takes_the_substance_of_the_exercise() -> None:
    assert respond(80.0, "gC m-2", 0.8, "Mg ha-1")
    assert "carbon and dry mass" in respond(80.0, "gC m-2", 160.0, "g m-2").slips


@settings(deadline=None)
@given(value=st.floats(1.2, 50))
def test_a_ratio_or_a_change_the_wrong_way_round(value) -> None:
    assert "inverse" in respond(value, "1", 1 / value, "1", tolerance=0.001).slips
    change = 100 * (value - 1)
    response = respond(change, "%", 100 * (1 / value - 1), "%", tolerance=0.001)
    assert "base of a change" in response.slips


def test_the_answer_to_another_question_of_the_exercise() -> None:
    other = Answer("a/b", "e", "mean of the meadows", 31.0, "cm")
    response = respond(20.0, "cm", 0.31, "m", other)
    assert response.slips == ("another quantity",)
    assert "meadows" not in response.message


@settings(deadline=None)
@given(value=values, answer=values)
def test_a_number_that_fits_nothing_gets_a_direction(value, answer) -> None:
    response = respond(value, "gC m-2 yr-1", answer, "gC m-2 yr-1")
    assume(response.kind == "not yet")
    if answer * value < 0:
        assert "sign first" in response.message
    elif value > 0:
        assert ("too large" in response.message) == (answer > value)
    else:
        assert ("too far" in response.message) == (answer < value)


@settings(deadline=None)
@given(value=st.floats(1.5, 9.5), factor=st.sampled_from([-1.0, 0.1, 0.45, 7.0, 10.0, 12.0, 1000.0, 3.3, 0.7]))
def test_no_message_gives_the_value_away(value, factor) -> None:
    value = round(value, 3)
    message = respond(value, "gC m-2 yr-1", value * factor, "gC m-2 yr-1", terms=7).message
    told = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", message)]
    assert not any(math.isclose(number, value, rel_tol=0.05) for number in told)


@pytest.mark.parametrize(
    ("answer", "unit", "complaint"),
    [
        (
            3.0,
            "Kgs m-2",
            "The unit 'Kgs' in 'Kgs m-2' is not known; give a unit that can be turned into",
        ),
        (3.0, "gC m-2", "'gC m-2' differs from what is asked for in its time"),
        (3.0, "mm", "in its mass and length or area and time"),
        (float("nan"), "gC m-2 yr-1", "one finite number, and nan is none"),
        ("much", "gC m-2 yr-1", "'much' is none"),
        ("1,234", "gC m-2 yr-1", "'1,234' is none"),
        ([1.0, 2.0], "gC m-2 yr-1", "is none"),
        (True, "gC m-2 yr-1", "True is none"),
        (None, "gC m-2 yr-1", "None is none"),
    ],
)
def test_what_cannot_be_compared_is_refused(answer, unit, complaint) -> None:
    response = respond(3.0, "gC m-2 yr-1", answer, unit)
    assert response.kind == "refused"
    assert not response
    assert re.search(complaint, response.message)


def test_a_number_as_text_counts() -> None:
    assert respond(3.0, "gC m-2 yr-1", "3.0", "gC m-2 yr-1")


def test_a_pure_number_asks_for_no_unit() -> None:
    response = respond(0.3, "1", 0.3, "cm")
    assert "pure number or a percentage" in response.message


def test_counts_are_exact_and_have_no_percentages() -> None:
    assert respond(300, "1", 300, "sites", tolerance=0.0).message == "Right."
    assert respond(300, "1", 3, "1").kind == "not yet"
    assert not respond(300, "1", 301, "1", tolerance=0.0)


def test_zero_is_compared_in_its_unit() -> None:
    assert respond(0.0, "degC yr-1", 0.004, "K yr-1", tolerance=0.005)
    assert respond(0.0, "mm", 0.1, "mm").message == "Not yet: too large."


@pytest.mark.parametrize(("answer", "kind"), [("Steppe", "right"), (" steppe. ", "right"), ("meadow", "not yet")])
def test_a_word_is_compared_as_a_word(answer, kind) -> None:
    assert respond("steppe", "1", answer, "1").kind == kind
    assert respond("steppe", "1", 3, "1").kind == "refused"


def test_a_quantity_is_asked_for_where_there_are_several(monkeypatch) -> None:
    answers = [Answer("a/b", "e", "rain, in all", 3.0, "mm"), Answer("a/b", "e", "snow", 1.0, "mm")]
    monkeypatch.setattr(checking, "answers_of", lambda _exercise: answers)
    assert check("e", 3.0, "mm", "Rain in all")
    for quantity in (None, "hail"):
        with pytest.raises(UnknownExerciseError, match=r"e asks for 'rain, in all', 'snow'"):
            check("e", 3.0, "mm", quantity)


def test_one_quantity_needs_no_name(monkeypatch) -> None:
    monkeypatch.setattr(checking, "answers_of", lambda _exercise: [Answer("a/b", "e", "rain", 3.0, "mm")])
    assert check("e", 0.003, "m")
    assert repr(check("e", 3.001, "mm")) == "Right, within 1 %."


@pytest.mark.parametrize("state", ["partial", "simulated"])
def test_simulated_answers_say_so(state) -> None:
    for answer in (3.0, 4.0, 30.0):
        assert "without all of the real data" in respond(3.0, "mm", answer, "mm", state=state).message
    assert "real data" not in respond(3.0, "mm", 3.0, "mm").message
