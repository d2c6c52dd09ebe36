"""Answers are collected from executed notebooks, and recorded only from real data."""

from pathlib import Path
from typing import Any

import nbformat
import pytest

from coldcarbon.book.exercises import answer_faults, answers_in, built_answers, record_answers, recorded_file
from coldcarbon.book.project import Project
from coldcarbon.chapter import ANSWER_MIME
from coldcarbon.teaching.answers import Answer, read
from support import HEADER

ROW: dict[str, Any] = {
    "chapter": "xiao2023/small",
    "exercise": "e-rain",
    "quantity": "rain",
    "value": 3.5,
    "unit": "mm",
    "tolerance": 0.01,
    "terms": None,
    "state": "real",
}


def notebook(*rows: dict[str, Any]) -> nbformat.NotebookNode:
    cell = nbformat.v4.new_code_cell("chapter.answer(...)")
    cell.outputs = [nbformat.v4.new_output("display_data", data={ANSWER_MIME: row, "text/plain": "x"}) for row in rows]
    cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text="words"))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# A"), cell])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A build of two chapters, one without its data."""
    found = Project(tmp_path)
    for name, state in (("a", "real"), ("b", "simulated")):
        source = tmp_path / "notebooks" / "xiao2023" / f"{name}.md"
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_text(HEADER, encoding="utf-8")
        built = found.html / "notebooks" / "xiao2023" / f"{name}.ipynb"
        built.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook({**ROW, "exercise": name, "state": state}), built)
    recorded_file(found).parent.mkdir(parents=True)
    return found


def test_answers_are_collected_as_they_were_published() -> None:
    assert answers_in(notebook(ROW)) == [Answer("xiao2023/small", "e-rain", "rain", 3.5, "mm")]


@pytest.mark.parametrize(
    ("rows", "fault"),
    [
        ((ROW, ROW), "page, e-rain: 2 answers are called 'rain'"),
        (({**ROW, "unit": "Kgs m-2"},), "page, e-rain, 'rain': the unit 'Kgs' in 'Kgs m-2' is not known"),
    ],
)
def test_what_no_reader_could_answer_is_a_fault(rows: tuple[dict[str, Any], ...], fault: str) -> None:
    (found,) = answer_faults(notebook(*rows), "page")
    assert found.startswith(fault)


def test_good_answers_have_no_fault() -> None:
    assert answer_faults(notebook(ROW, {**ROW, "quantity": "snow"}), "page") == []


def test_only_what_real_data_gave_is_recorded(project: Project) -> None:
    assert [answer.exercise for answer in built_answers(project)] == ["a", "b"]
    assert record_answers(project) == "src/coldcarbon/teaching/answers.json: 1 answers"
    recorded = read(recorded_file(project))
    assert recorded is not None
    assert [answer.exercise for answer in recorded] == ["a"]
