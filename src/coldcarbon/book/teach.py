"""Student and teacher notebooks of every chapter, from the same text and the last build.

The text says what is exercise and what is solution; the executed notebook of the last build says the numbers. A
student's copy has a blank cell where each solution stood and no number that a solution computes. A teacher's copy has
everything, and before each solution what it computes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import jupytext
import nbformat

from coldcarbon.book.citations import citations_above
from coldcarbon.book.lint.prose import Directive, read_page
from coldcarbon.book.plain import GLUE_ROLE, glued_values, plain_markdown
from coldcarbon.book.project import Project

__all__ = ["write_teaching"]

BLANK = "# your answer"
# Stands in a student's prose for a number that a solution computes.
HIDDEN = "…"
EXERCISES = ("exercise", "exercise-start")
SOLUTIONS = ("solution", "solution-start", "solution-end")
STATE = re.compile(r"^Data state of \S+: (?P<state>partial|simulated)$", re.MULTILINE)


@dataclass
class _Part:
    """A run of cells: a solution if it names an exercise, else what stands between solutions."""

    exercise: str
    cells: list[nbformat.NotebookNode]


@dataclass
class _Lesson:
    """A chapter, its code cells with the outputs of the last build, its Markdown as in the text."""

    chapter: str
    kernelspec: Mapping[str, str]
    parts: list[_Part]
    citations: Mapping[str, str]

    def values(self, *, solutions: bool) -> dict[str, str]:
        """Glued numbers of the solutions, or of all else."""
        cells = [cell for part in self.parts if bool(part.exercise) == solutions for cell in part.cells]
        return glued_values(nbformat.v4.new_notebook(cells=cells))


def write_teaching(project: Project, folder: Path) -> list[Path]:
    """Write a student and a teacher notebook of every chapter.

    Parameters
    ----------
    project : Project
        A checkout with a build of its text as it stands.
    folder : Path
        Where to write ``PAPER/CHAPTER-student.ipynb`` and ``PAPER/CHAPTER-teacher.ipynb``; made if absent.

    Returns
    -------
    list of Path
        What was written; the same text and build give the same bytes.

    Raises
    ------
    click.ClickException
        If a chapter is not in the last build, or its code or its numbers have changed since; if an exercise has no
        solution of its own, or the other way round; or if a solution is not closed. Nothing is written then.
    """
    lessons = [_read(project, path) for path in project.notebooks()]
    # A page may print what another has computed, so hidden is what a solution of any chapter computes.
    told: dict[str, str] = {}
    answers: dict[str, str] = {}
    for lesson in lessons:
        told |= lesson.values(solutions=False)
        answers |= lesson.values(solutions=True)
    contents: dict[Path, str] = {}
    for lesson in lessons:
        _refuse_unknown_numbers(lesson, told.keys() | answers.keys())
        copies = {
            "student": _student_cells(lesson, dict.fromkeys(answers, HIDDEN) | told),
            "teacher": _teacher_cells(lesson, told | answers),
        }
        for reader, cells in copies.items():
            contents[folder / f"{lesson.chapter}-{reader}.ipynb"] = _notebook_text(lesson, cells)
    for path, text in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return list(contents)


def _read(project: Project, path: Path) -> _Lesson:
    chapter = project.chapter(path)
    text = jupytext.read(path)
    executed = iter(_executed_code(project, path, text))
    parts = [_Part("", [])]
    exercises: list[str] = []
    solutions: list[str] = []
    for cell in text.cells:
        if cell.cell_type != "markdown":
            parts[-1].cells.append(next(executed) if cell.cell_type == "code" else cell)
            continue
        for directive, words in _pieces(cell.source, chapter):
            if directive is None:
                if words.strip():
                    parts[-1].cells.append(nbformat.v4.new_markdown_cell(words))
            elif directive.name in EXERCISES:
                exercises.append(directive.options.get("label", "without a label"))
            elif directive.name == "solution-end":
                if not parts[-1].exercise:
                    raise click.ClickException(f"{chapter}: a solution-end without its solution-start")
                parts.append(_Part("", []))
            else:
                if parts[-1].exercise:
                    raise click.ClickException(
                        f"{chapter}: the solution of {directive.argument!r} begins within that of "
                        f"{parts[-1].exercise!r}; close that with solution-end"
                    )
                # A solution that names no exercise must not pass for text between solutions.
                label = directive.argument or "no exercise"
                solutions.append(label)
                parts.append(_Part(label, []))
                if directive.name == "solution":
                    parts[-1].cells.append(nbformat.v4.new_markdown_cell(directive.content))
                    parts.append(_Part("", []))
    if parts[-1].exercise:
        raise click.ClickException(f"{chapter}: the solution of {parts[-1].exercise!r} has no solution-end")
    _refuse_unmatched(chapter, exercises, solutions)
    return _Lesson(chapter, dict(text.metadata.get("kernelspec", {})), parts, citations_above(path))


def _executed_code(project: Project, path: Path, text: nbformat.NotebookNode) -> list[nbformat.NotebookNode]:
    """Code cells of the last build, which must be those of the text."""
    chapter = project.chapter(path)
    built = project.html / path.relative_to(project.root).with_suffix(".ipynb")
    if not built.is_file():
        raise click.ClickException(
            f"{chapter} is not in the last build, and its numbers are wanted: run `make book` first "
            "(it builds the chapters that _toc.yml lists)"
        )
    cells = [cell for cell in nbformat.read(built, as_version=4).cells if cell.cell_type == "code"]
    wanted = [cell.source.strip() for cell in text.cells if cell.cell_type == "code"]
    if [cell.source.strip() for cell in cells] != wanted:
        raise click.ClickException(f"the code of {chapter} has changed since the last build: run `make book` first")
    return cells


def _pieces(source: str, chapter: str) -> Iterator[tuple[Directive | None, str]]:
    """Exercises and solutions of a Markdown cell in their order, and with None the text between solutions."""
    lines = source.split("\n")
    done = 0
    for directive in read_page(source).named(*EXERCISES, *SOLUTIONS):
        if directive.nested:
            raise click.ClickException(
                f"{chapter}: {{{directive.name}}} {directive.argument} stands within another directive; "
                "take it out, so that a student's copy can do without it"
            )
        if directive.name in SOLUTIONS:
            start = directive.line - 1
            yield None, "\n".join(lines[done:start])
            done = _end_of_fence(lines, start)
        yield directive, ""
    yield None, "\n".join(lines[done:])


def _end_of_fence(lines: Sequence[str], start: int) -> int:
    """Line after the one that closes the fence opened at `start`."""
    fence = re.match(r"\s*(`{3,}|:{3,}|~{3,})", lines[start])
    mark = fence[1] if fence else "```"
    closing = re.compile(rf"\s*{mark}{mark[0]}*\s*")
    return next((i + 1 for i in range(start + 1, len(lines)) if closing.fullmatch(lines[i])), len(lines))


def _refuse_unmatched(chapter: str, exercises: Iterable[str], solutions: Iterable[str]) -> None:
    wanted, given = Counter(exercises), Counter(solutions)
    faults = []
    for label in dict.fromkeys([*wanted, *given]):
        if (wanted[label], given[label]) != (1, 1):
            faults.append(f"{label!r} ({wanted[label]} exercises, {given[label]} solutions)")
    if faults:
        raise click.ClickException(f"{chapter}: each exercise needs one solution of its own; see {', '.join(faults)}")


def _refuse_unknown_numbers(lesson: _Lesson, known: Iterable[str]) -> None:
    prose = "\n".join(cell.source for part in lesson.parts for cell in part.cells if cell.cell_type == "markdown")
    unknown = dict.fromkeys(match["key"] for match in GLUE_ROLE.finditer(prose) if match["key"] not in known)
    if unknown:
        keys = ", ".join(unknown)
        raise click.ClickException(f"{lesson.chapter} prints {keys}, unknown to the last build: run `make book` first")


def _student_cells(lesson: _Lesson, values: Mapping[str, str]) -> Iterator[nbformat.NotebookNode]:
    yield from _warning(lesson)
    for part in lesson.parts:
        if part.exercise:
            yield nbformat.v4.new_code_cell(BLANK)
            continue
        for cell in _plain_cells(part, values, lesson.citations):
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            yield cell


def _teacher_cells(lesson: _Lesson, values: Mapping[str, str]) -> Iterator[nbformat.NotebookNode]:
    yield from _warning(lesson)
    for part in lesson.parts:
        if part.exercise:
            yield nbformat.v4.new_markdown_cell(f"### Solution\n\n{_marking_note(part)}")
        yield from _plain_cells(part, values, lesson.citations)


def _plain_cells(
    part: _Part, values: Mapping[str, str], citations: Mapping[str, str]
) -> Iterator[nbformat.NotebookNode]:
    for cell in part.cells:
        copy = nbformat.from_dict(cell)
        if copy.cell_type == "markdown":
            copy.source = plain_markdown(copy.source, values, citations)
        if copy.source.strip():
            yield copy


def _warning(lesson: _Lesson) -> Iterator[nbformat.NotebookNode]:
    """Say first if the numbers in the prose do not come from the real data."""
    for cell in (cell for part in lesson.parts for cell in part.cells if cell.cell_type == "code"):
        for output in cell.outputs:
            found = STATE.search(output.get("text", ""))
            if found:
                words = f"The numbers in this text were computed without all of the real data ({found['state']})."
                yield nbformat.v4.new_markdown_cell(f"> {words}")
                return


def _marking_note(part: _Part) -> str:
    """What the solution computes, as the last build gave it."""
    glued = glued_values(nbformat.v4.new_notebook(cells=part.cells))
    outputs = [output for cell in part.cells if cell.cell_type == "code" for output in cell.outputs]
    shown = [output.data["text/plain"] for output in outputs if output.output_type == "execute_result"]
    blocks = []
    if glued:
        blocks += ["It computes:", "\n".join(f"- `{key}`: {_short(value)}" for key, value in glued.items())]
    if shown:
        blocks += ["It shows:", *(f"```text\n{text}\n```" for text in shown)]
    if not blocks:
        blocks = ["It names no number and shows none: mark the reasoning."]
    return "\n\n".join([f"**Marking note** for `{part.exercise}`, from the last build.", *blocks])


def _short(text: str) -> str:
    """A number with six digits at most; whole numbers and words as they are."""
    try:
        return text if text.lstrip("-").isdigit() else f"{float(text):.6g}"
    except ValueError:
        return text.strip("'\"")


def _notebook_text(lesson: _Lesson, cells: Iterable[nbformat.NotebookNode]) -> str:
    # Without the jupytext header of the text, which would have an editor write a pair beside the copy.
    notebook = nbformat.v4.new_notebook(cells=list(cells), metadata={"kernelspec": lesson.kernelspec})
    for number, cell in enumerate(notebook.cells, start=1):
        cell["id"] = f"cell-{number}"
    return nbformat.writes(notebook) + "\n"
