"""Answers are written and read without loss, found beside the notebook first, and damage is named."""

import json
from pathlib import Path

import pytest

from coldcarbon.teaching import Answer, UnknownExerciseError, answers

MANY = [
    Answer("xiao2023/roots", "e-depth", "mean depth", 41.5, "cm"),
    Answer("xiao2023/roots", "e-depth", "profiles", 12, tolerance=0.0, state="simulated"),
    Answer("xiao2023/roots", "e-who", "the deeper", "steppe – dry"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A notebook's folder with answers, and a package that has recorded another exercise."""
    recorded = tmp_path / "recorded.json"
    recorded.write_text(answers.as_text([Answer("a/b", "e-rain", "rain", 1.0), Answer("a/b", "e-depth", "x", 2)]))
    monkeypatch.setattr(answers, "RECORDED", recorded)
    (tmp_path / "answers.json").write_text(answers.as_text(MANY), encoding="utf-8")
    return tmp_path


def test_what_is_written_is_read(folder: Path) -> None:
    assert answers.read(folder / "answers.json") == MANY


def test_the_file_beside_the_notebook_comes_first(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers.answers_of("e-depth", folder) == MANY[:2]
    assert answers.answers_of("e-rain", folder)[0].value == 1.0
    monkeypatch.chdir(folder)
    assert answers.answers_of("e-who") == MANY[2:]


def test_an_unknown_exercise_is_refused_with_what_is_like_it(folder: Path) -> None:
    with pytest.raises(UnknownExerciseError, match="'e-depht'; did you mean e-depth"):
        answers.answers_of("e-depht", folder)
    with pytest.raises(UnknownExerciseError, match="asks for reasoning"):
        answers.answers_of("qqqqqq", folder)


@pytest.mark.parametrize("content", ["", "{", '{"format": "answers of Cold Carbon, 1"}', "broken"])
def test_a_damaged_file_is_named(folder: Path, content: str) -> None:
    if content == "broken":
        content = json.dumps({"format": answers.FORMAT, "answers": [{"exercise": "e"}]})
    (folder / "answers.json").write_text(content)
    with pytest.raises(ValueError, match=r"answers.json is damaged .*write it again"):
        answers.answers_of("e-depth", folder)


def test_a_file_of_another_kind_is_left_alone(folder: Path) -> None:
    (folder / "answers.json").write_text('{"q1": 3}')
    assert answers.answers_of("e-rain", folder)[0].value == 1.0
    assert answers.read(folder / "nothing.json") is None


def test_the_package_has_recorded_answers_or_none() -> None:
    found = answers.read(answers.RECORDED)
    assert found is None or all(answer.state == "real" for answer in found)
