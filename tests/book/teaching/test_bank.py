"""Every answer and every headline verdict is a question, in a form that Moodle reads."""

import json
import re
from pathlib import Path

import pytest
from small_chapter import NAME

from coldcarbon.book.teaching.bank import Question, gift

UNESCAPED = re.compile(r"(?<!\\)[{}]")
GIFT = re.compile(r"::(?P<name>.+?)(?<!\\)::\[markdown\](?P<text>.*?) (?<!\\)\{(?P<answers>.*)\}\s*", re.DOTALL)
NUMBER = re.compile(r"^=%(?P<points>\d+)%(?P<value>[-\d.e+]+):(?P<tolerance>[\d.e+-]+)(?:#(?P<hint>.*))?$")


@pytest.fixture(scope="module")
def text(pack: Path) -> str:
    return (pack / "questions" / "questions.gift").read_text(encoding="utf-8")


def questions(text: str) -> dict[str, tuple[str, list[str]]]:
    """Text and lines of answers by name, read as Moodle does: an empty line ends a question."""
    found = {}
    for block in re.split(r"\n\s*\n", text):
        match = re.fullmatch(
            r"::(?P<name>.+?)(?<!\\)::\[markdown\](?P<text>.*?) (?<!\\)\{(?P<answers>.*)\}\s*", block, re.S
        )
        if match:
            found[match["name"]] = (match["text"], match["answers"].strip().splitlines())
    return found


def test_a_number_has_its_tolerance_and_slips_half_the_points(text: str) -> None:
    task, answers = questions(text)["e-double\\: the double"]
    assert task.startswith(r"Double the share of 12.3 %.\n\nGive\: the double, in %.")
    assert answers[0].startswith("#")
    numbers = [NUMBER.match(line.removeprefix("#")) for line in answers]
    assert all(numbers)
    right, *slips = [match.groupdict() for match in numbers if match]
    assert (right["points"], float(right["value"]), float(right["tolerance"])) == ("100", 24.69, 0.2469)
    assert {slip["points"] for slip in slips} == {"50"}
    values = [float(slip["value"]) for slip in slips]
    assert -24.69 in values
    assert 49.38 in values
    assert any("sum and mean" in slip["hint"] for slip in slips)


def test_a_word_is_a_short_answer(text: str) -> None:
    assert questions(text)["e-double\\: larger one"][1] == ["=double"]


def test_a_printed_verdict_has_the_verdicts_of_its_evidence(pack: Path) -> None:
    rows = json.loads((pack / "questions" / "questions.json").read_text(encoding="utf-8"))
    assert {row["kind"] for row in rows} <= {"number", "word", "choice"}
    assert all(row["chapter"] == NAME for row in rows)
    assert len({row["name"] for row in rows}) == len(rows)


def test_choices_and_feedback_are_written_and_marks_escaped() -> None:
    question = Question(
        "v: 1", "a/b", "choice", "Is {x} = 1?\n\nSay: so~", "yes", choices=("yes", "no"), feedback="50 # 50"
    )
    text = gift([question])
    assert "$CATEGORY: Cold Carbon/a/b" in text
    (found,) = questions(text).values()
    assert found[0] == r"Is \{x\} \= 1?\n\nSay\: so\~"
    assert found[1] == ["=yes", "~no", r"####50 \# 50"]


def test_braces_are_those_of_the_answers(text: str) -> None:
    assert UNESCAPED.findall(text) == ["{", "}"] * len(questions(text))


def test_people_read_the_answers_too(pack: Path) -> None:
    words = (pack / "questions" / "questions.md").read_text(encoding="utf-8")
    assert f"## {NAME}" in words
    assert "**Answer:** 24.69 %, give or take 0.247" in words


def test_formulas_are_written_as_moodle_finds_them() -> None:
    (found,) = questions(gift([Question("q", "a/b", "word", "Is $N - 2$ it, or $$x$$?", "no")])).values()
    # GIFT takes one backslash of two away, Markdown another
    assert found[0] == r"Is \\\\(N - 2\\\\) it, or $$x$$?"
