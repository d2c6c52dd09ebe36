"""One quick chapter per paper: a student's notebook runs up to the first blank, a teacher's to the end."""

from pathlib import Path

import nbformat
import pytest

from coldcarbon.book.execute import Job, execute
from coldcarbon.book.exercises import answers_in
from coldcarbon.book.project import find_project
from coldcarbon.book.teaching.lesson import HIDDEN, read_lesson
from coldcarbon.book.teaching.notebooks import student_cells, teacher_cells
from coldcarbon.published import PAPERS

pytestmark = pytest.mark.soak

PROJECT = find_project(Path(__file__).parent)


@pytest.mark.parametrize("paper", PAPERS)
def test_notebooks_run_as_far_as_they_promise(paper: str, tmp_path: Path) -> None:
    source = PROJECT.notebook(f"{paper}/claims")
    if not (PROJECT.html / source.relative_to(PROJECT.root)).with_suffix(".ipynb").is_file():
        pytest.skip("the book is not built; run `make book` first")
    lesson = read_lesson(PROJECT, source)
    answers, told = lesson.values(solutions=True), lesson.values(solutions=False)

    cells = list(student_cells(lesson, dict.fromkeys(answers, HIDDEN) | told))
    blank = next(place for place, cell in enumerate(cells) if cell.source.startswith("# your answer"))
    student = nbformat.v4.new_notebook(cells=cells[: blank + 1], metadata={"kernelspec": lesson.kernelspec})
    executed, _ = execute(Job("student", tmp_path / "student.ipynb", student))
    assert answers_in(executed) == []

    cells = list(teacher_cells(lesson, told | answers))
    teacher = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": lesson.kernelspec})
    executed, _ = execute(Job("teacher", tmp_path / "teacher.ipynb", teacher))
    assert [answer.quantity for answer in answers_in(executed)] == [answer.quantity for answer in lesson.answers()]
    assert len(answers_in(executed)) >= len(lesson.exercises)
