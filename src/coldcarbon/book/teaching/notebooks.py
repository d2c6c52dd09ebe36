"""Student and teacher notebooks of a chapter.

A student's copy has a blank cell where each solution stood and no number that a solution computes; the cell says how
to have an answer checked. A teacher's copy has everything, and before each solution what it computes and how to mark.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

import nbformat

from coldcarbon.book.plain import glued_values, plain_markdown
from coldcarbon.book.teaching.lesson import Lesson, Part
from coldcarbon.chapter import ANSWER_MIME, answer_text
from coldcarbon.teaching.answers import Answer
from coldcarbon.teaching.slips import Slip, slips_of
from coldcarbon.teaching.units import read_unit

__all__ = ["POINTS", "notebook_text", "slips_worth_marking", "student_cells", "teacher_cells"]

BLANK = "# your answer"
# Of each answer, and of the reasoning in words.
POINTS = 2


def student_cells(lesson: Lesson, values: Mapping[str, str]) -> Iterator[nbformat.NotebookNode]:
    """Cells of a student's copy: no solution, no output.

    Parameters
    ----------
    lesson : Lesson
        The chapter.
    values : mapping of str to str
        What the prose prints, by key.
    """
    yield from _warning(lesson)
    for part in lesson.parts:
        if part.exercise:
            yield nbformat.v4.new_code_cell(_blank(part))
            continue
        for cell in _plain_cells(part, values, lesson.citations):
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            yield cell


def teacher_cells(lesson: Lesson, values: Mapping[str, str]) -> Iterator[nbformat.NotebookNode]:
    """Cells of a teacher's copy: all, with outputs and a note on marking before each solution; see `student_cells`."""
    yield from _warning(lesson)
    for part in lesson.parts:
        if part.exercise:
            yield nbformat.v4.new_markdown_cell(f"### Solution\n\n{_marking_note(part)}")
        yield from _plain_cells(part, values, lesson.citations)


def notebook_text(lesson: Lesson, cells: Iterable[nbformat.NotebookNode]) -> str:
    """The file of a copy; the same cells give the same text."""
    # Without the jupytext header of the text, which would have an editor write a pair beside the copy.
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": lesson.kernelspec})
    for number, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"cell-{number}"
    return nbformat.writes(notebook) + "\n"


def slips_worth_marking(answer: Answer) -> list[Slip]:
    """One number for each slip that leads away from an answer, the likelier first."""
    if isinstance(answer.value, str):
        return []
    value, unit = float(answer.value), read_unit(answer.unit)
    counted = isinstance(answer.value, int)
    found: dict[str, Slip] = {}
    for slip in slips_of(value, unit, counted=counted, temperature=unit.is_temperature, terms=answer.terms):
        if abs(slip.value - value) > answer.tolerance * abs(value):
            found.setdefault(slip.name, slip)
    return list(found.values())


def _blank(part: Part) -> str:
    answers = part.answers()
    if not answers:
        return BLANK
    lines = [BLANK, "", "# To have it checked, put it in place of the dots and take away the number signs:"]
    lines.append("# from coldcarbon.teaching import check")
    for answer in answers:
        dots = '"..."' if isinstance(answer.value, str) else "..."
        words = [json.dumps(part.exercise), dots]
        if not isinstance(answer.value, str):
            words.append(json.dumps(answer.unit, ensure_ascii=False))
        if len(answers) > 1:
            words.append(f"quantity={json.dumps(answer.quantity, ensure_ascii=False)}")
        lines.append(f"# check({', '.join(words)})")
    return "\n".join(lines)


def _plain_cells(
    part: Part, values: Mapping[str, str], citations: Mapping[str, str]
) -> Iterator[nbformat.NotebookNode]:
    for cell in part.cells:
        copy = nbformat.from_dict(cell)
        if copy.cell_type == "markdown":
            copy.source = plain_markdown(copy.source, values, citations)
        if copy.source.strip():
            yield copy


def _warning(lesson: Lesson) -> Iterator[nbformat.NotebookNode]:
    """Say first if the numbers in the prose do not come from the real data."""
    if lesson.state != "real":
        words = f"The numbers in this text were computed without all of the real data ({lesson.state})."
        yield nbformat.v4.new_markdown_cell(f"> {words}")


def _marking_note(part: Part) -> str:
    """What the solution comes to, as the last build gave it, and what it is worth."""
    answers = part.answers()
    blocks = [f"**Marking note** for `{part.exercise}`, from the last build."]
    if answers:
        worth = f"{POINTS} points for each answer within its tolerance, 1 if a slip explains the number"
        blocks.append(f"{worth}, and {POINTS} for the reasoning: {POINTS * (len(answers) + 1)} in all.")
        blocks.append("\n".join(f"- {_marked(answer)}" for answer in answers))
    others = [cell for cell in part.cells if cell.cell_type == "code"]
    glued = glued_values(nbformat.v4.new_notebook(cells=part.cells))
    outputs = [output for cell in others for output in cell.outputs if ANSWER_MIME not in output.get("data", {})]
    shown = [output.data["text/plain"] for output in outputs if output.output_type == "execute_result"]
    if glued:
        blocks += ["It computes:", "\n".join(f"- `{key}`: {_short(value)}" for key, value in glued.items())]
    if shown:
        blocks += ["It shows:", *(f"```text\n{text}\n```" for text in shown)]
    if not (answers or glued or shown):
        blocks.append("It names no number and shows none: mark the reasoning.")
    return "\n\n".join(blocks)


def _marked(answer: Answer) -> str:
    words = answer_text(vars(answer))
    if isinstance(answer.value, str):
        return words
    allowed = answer.tolerance * (abs(answer.value) or 1)
    low, high = answer.value - allowed, answer.value + allowed
    lines = [words if low == high else f"{words}, from {low:.4g} to {high:.4g}"]
    slips = [f"{slip.value:.4g} ({slip.name})" for slip in slips_worth_marking(answer)]
    return "; slips: ".join([*lines, ", ".join(slips)]) if slips else lines[0]


def _short(text: str) -> str:
    """A number with six digits at most; whole numbers and words as they are."""
    try:
        return text if text.lstrip("-").isdigit() else f"{float(text):.6g}"
    except ValueError:
        return text.strip("'\"")
