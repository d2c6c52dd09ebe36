"""What the solutions of a build come to: collected from the executed notebooks, and recorded in the package."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import nbformat

from coldcarbon.book.project import Project
from coldcarbon.chapter import ANSWER_MIME
from coldcarbon.teaching.answers import FILE, Answer, as_text
from coldcarbon.teaching.units import UnknownUnitError, read_unit
from coldcarbon.whole_files import write_text

__all__ = ["answer_faults", "answers_in", "built_answers", "record_answers", "recorded_file"]


def answers_in(notebook: nbformat.NotebookNode) -> list[Answer]:
    """Answers that an executed notebook publishes, in their order."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return [Answer(**output.data[ANSWER_MIME]) for output in outputs if ANSWER_MIME in output.get("data", {})]


def answer_faults(notebook: nbformat.NotebookNode, name: str) -> list[str]:
    """Answers that no reader could give: two of one name, and units that `coldcarbon.teaching` does not know.

    Returns
    -------
    list of str
        One line each, naming page and exercise.
    """
    answers = answers_in(notebook)
    faults = []
    for (exercise, quantity), times in Counter((answer.exercise, answer.quantity) for answer in answers).items():
        if times > 1:
            faults.append(f"{name}, {exercise}: {times} answers are called {quantity!r}; name each of its own")
    for answer in answers:
        try:
            read_unit(answer.unit)
        except UnknownUnitError as error:
            faults.append(f"{name}, {answer.exercise}, {answer.quantity!r}: {error}")
    return faults


def built_answers(project: Project) -> list[Answer]:
    """Answers of the last build, by chapter; empty where nothing is built."""
    found: list[Answer] = []
    for source in project.notebooks():
        built = project.html / source.relative_to(project.root).with_suffix(".ipynb")
        if built.is_file():
            found += answers_in(nbformat.read(built, as_version=4))
    return found


def recorded_file(project: Project) -> Path:
    """Where `coldcarbon.teaching` looks for answers that do not lie beside the notebook."""
    return project.root / "src" / "coldcarbon" / "teaching" / FILE


def record_answers(project: Project) -> str:
    """Record the answers of the last build in the package; returns one line that says how many there are.

    Those computed without all of the real data are left out.
    """
    answers = [answer for answer in built_answers(project) if answer.state == "real"]
    path = recorded_file(project)
    write_text(path, as_text(answers))
    return f"{path.relative_to(project.root).as_posix()}: {len(answers)} answers"
