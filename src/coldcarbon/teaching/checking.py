"""What a reader is told about an answer: right, a slip and where to look, or not yet and in which direction."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from coldcarbon.teaching.answers import Answer, UnknownExerciseError, answers_of
from coldcarbon.teaching.slips import HINTS, slips_of
from coldcarbon.teaching.units import DifferentKindError, Unit, UnknownUnitError, read_unit

__all__ = ["Response", "check"]

# Above all rounding of the computer's own, below all that a reader rounds.
ROUNDING = 1e-9
# A number is recognised as a slip if it is rounded to three digits.
SLIP_TOLERANCE = 0.005
# A kelvin that is meant as a temperature is far above any difference here.
COLDEST_TEMPERATURE_K = 150
DIFFERENCE = re.compile(
    r"\b(?:differen\w*|chang\w*|anomal\w*|trend\w*|warming|cooling|error\w*|deviations?|sd|spread|range|ris\w+|bias|width|"
    r"increases?|decreases?|uncertaint\w*|amplitude)\b",
    re.IGNORECASE,
)
DIMENSIONS = {
    "[mass]": "mass",
    "[length]": "length or area",
    "[time]": "time",
    "[temperature]": "temperature",
    "[substance]": "amount",
}


@dataclass(frozen=True, repr=False)
class Response:
    """What a reader is told. Shows its message, and is true only for a right answer.

    Attributes
    ----------
    kind : str
        ``right``, ``slip``, ``not yet``, or ``refused`` if nothing could be compared.
    message : str
        In words; never the value itself.
    slips : tuple of str
        Names of the slips that explain the number.
    """

    kind: str
    message: str
    slips: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.kind == "right"

    def __repr__(self) -> str:
        return self.message


def check(exercise: str, answer: float | int | str, unit: str = "1", quantity: str | None = None) -> Response:
    """Compare an answer with what the solution computes, without giving that away.

    Parameters
    ----------
    exercise : str
        Label of the exercise, as it stands in its title or notebook.
    answer : float, int or str
        Your number, or the word of your choice.
    unit : str
        Its unit, any that can be turned into the one asked for: ``"g m-2 yr-1"``, ``"Mg C ha-1 yr-1"``, ``"%"``,
        ``"degC"``; ``"1"`` for a pure number or a count.
    quantity : str, optional
        Which of its quantities, if the exercise asks for several.

    Returns
    -------
    Response
        Right within the tolerance; a slip that explains the number, and where to look; or too large or too small.

    Raises
    ------
    coldcarbon.teaching.UnknownExerciseError
        If there is no such exercise or quantity; those there are are named.
    """
    answers = answers_of(exercise)
    wanted = _wanted(answers, exercise, quantity)
    others = [other for other in answers if other is not wanted]
    response = _compare_words(wanted, answer) if isinstance(wanted.value, str) else None
    if response is None:
        response = _compare_numbers(wanted, answer, unit, others)
    return _with_state(response, wanted)


def _wanted(answers: Sequence[Answer], exercise: str, quantity: str | None) -> Answer:
    if quantity is None and len(answers) == 1:
        return answers[0]
    by_name = {_plain(answer.quantity): answer for answer in answers}
    found = by_name.get(_plain(quantity or ""))
    if found is None:
        names = ", ".join(repr(answer.quantity) for answer in answers)
        raise UnknownExerciseError(f"{exercise} asks for {names}: name one of them as quantity")
    return found


def _plain(words: str) -> str:
    return re.sub(r"[\W_]+", " ", words).strip().casefold()


def _compare_words(wanted: Answer, answer: Any) -> Response:
    if not isinstance(answer, str):
        return Response("refused", f"{wanted.quantity!r} asks for a word, not for a number.")
    if _plain(answer) == _plain(str(wanted.value)):
        return Response("right", "Right.")
    return Response("not yet", "Not yet: it is another one.")


def _compare_numbers(wanted: Answer, answer: Any, unit: str, others: Sequence[Answer]) -> Response:
    number = _number(answer)
    if number is None:
        return Response("refused", f"{wanted.quantity!r} asks for one finite number, and {answer!r} is none.")
    there = read_unit(wanted.unit)
    ask = f"give a unit that can be turned into {wanted.unit!r}"
    if there.is_pure:
        ask = "it asks for a pure number or a percentage: give '1' or '%'"
    try:
        here = read_unit(unit)
    except UnknownUnitError as error:
        return Response("refused", f"{str(error)[0].upper()}{str(error)[1:]}; {ask}.")
    try:
        ours = _converted(number, here, there, wanted)
    except DifferentKindError:
        return Response("refused", f"{unit!r} differs from what is asked for in its {_lacking(here, there)}; {ask}.")
    return _judge(ours, here, there, wanted, others)


def _judge(ours: float, here: Unit, there: Unit, wanted: Answer, others: Sequence[Answer]) -> Response:
    value = float(wanted.value)
    is_near = abs(ours - value) <= (wanted.tolerance + ROUNDING) * (abs(value) or 1.0)
    same_substance = here.substance in ("", there.substance)
    if is_near and same_substance:
        exact = isinstance(wanted.value, int) or wanted.tolerance == 0
        return Response("right", "Right." if exact else f"Right, within {100 * wanted.tolerance:g} %.")
    if is_near:
        asked = f"asks for {there.substance}" if there.substance else f"asks for {wanted.unit!r}"
        words = (
            f"The number fits, but its unit counts {here.substance}, and the exercise {asked}: which of the two is it?"
        )
        return Response("slip", words, ("carbon and dry mass" if "dry" in here.substance + asked else "substance",))
    if any(_is_other(ours, there, other) for other in others):
        words = "Not yet: this answers another question of the exercise. Look at the order of the two."
        return Response("slip", words, ("another quantity",))
    slips = _slips(ours, there, wanted)
    if slips:
        hints = "; or at ".join(HINTS[name] for name in slips)
        return Response("slip", f"Not yet, but near. Look at {hints}", slips)
    return Response("not yet", f"Not yet: {_direction(ours, value)}.")


def _slips(ours: float, there: Unit, wanted: Answer) -> tuple[str, ...]:
    """Names of the slips that lead to a number, a sign lost beside another slip only where nothing else does."""
    value = float(wanted.value)
    tolerance = max(wanted.tolerance, SLIP_TOLERANCE)
    possible = list(
        slips_of(
            value,
            there,
            counted=isinstance(wanted.value, int),
            temperature=there.is_temperature,
            terms=wanted.terms,
        )
    )
    alone = [slip.name for slip in possible if abs(ours - slip.value) <= tolerance * slip.scale]
    if alone:
        return tuple(dict.fromkeys(alone))
    both = [slip.name for slip in possible if abs(ours + slip.value) <= tolerance * slip.scale]
    return tuple(dict.fromkeys(["sign", *both])) if both else ()


def _is_other(ours: float, there: Unit, other: Answer) -> bool:
    if isinstance(other.value, str):
        return False
    try:
        value = _converted(float(other.value), read_unit(other.unit), there, other)
    except DifferentKindError:
        return False
    return value != 0 and abs(ours - value) <= (other.tolerance + ROUNDING) * abs(value)


def _number(answer: Any) -> float | None:
    if isinstance(answer, bool):
        return None
    try:
        number = float(answer)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _converted(number: float, here: Unit, there: Unit, wanted: Answer) -> float:
    if here.is_temperature and there.is_temperature and _is_on_a_scale(wanted, there) and not here.is_difference:
        return here.temperature(number, there)
    return number * here.factor(there)


def _is_on_a_scale(wanted: Answer, there: Unit) -> bool:
    """True for a temperature, False for a difference of two, which has no zero of its own."""
    if there.is_difference or DIFFERENCE.search(wanted.quantity):
        return False
    return not (str(there.pint) == "kelvin" and float(wanted.value) < COLDEST_TEMPERATURE_K)


def _lacking(here: Unit, there: Unit) -> str:
    ours, theirs = here.dimensions(), there.dimensions()
    names = [words for name, words in DIMENSIONS.items() if ours.get(name, 0) != theirs.get(name, 0)]
    return " and ".join(names) or "kind"


def _direction(ours: float, value: float) -> str:
    if ours * value < 0:
        return "look at the sign first, then at the size"
    if value < 0:
        return "it is below zero, as it should be, but too far" if ours < value else "it lies too near to zero"
    return "too large" if ours > value else "too small"


def _with_state(response: Response, wanted: Answer) -> Response:
    if wanted.state == "real":
        return response
    note = "The answers here were computed without all of the real data; on real data they are others."
    return Response(response.kind, f"{response.message.rstrip()} {note}", response.slips)
