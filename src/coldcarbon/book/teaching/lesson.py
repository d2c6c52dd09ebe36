"""A chapter as a teacher needs it: its text in parts, its solutions apart, with the outputs of the last build.

The text says what is exercise and what is solution; the executed notebook of the last build says the numbers.
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
from coldcarbon.book.exercises import answers_in
from coldcarbon.book.lint.prose import Directive, read_page
from coldcarbon.book.plain import GLUE_ROLE, glued_values
from coldcarbon.book.project import Project
from coldcarbon.book.teaching.head import Head, read_head
from coldcarbon.teaching.answers import Answer

__all__ = ["HIDDEN", "Exercise", "Lesson", "Part", "read_lesson", "refuse_unknown_numbers"]

# Stands in a student's prose for a number that a solution computes.
HIDDEN = "…"
EXERCISES = ("exercise", "exercise-start")
SOLUTIONS = ("solution", "solution-start", "solution-end")
STATE = re.compile(r"^Data state of \S+: (?P<state>partial|simulated)$", re.MULTILINE)


@dataclass
class Part:
    """A run of cells: a solution if it names an exercise, else what stands between solutions."""

    exercise: str
    cells: list[nbformat.NotebookNode]

    def answers(self) -> list[Answer]:
        """What the solution publishes."""
        return answers_in(nbformat.v4.new_notebook(cells=self.cells))


@dataclass(frozen=True)
class Exercise:
    """An exercise: label, title (or empty) and task, in MyST Markdown."""

    label: str
    title: str
    task: str


@dataclass
class Lesson:
    """A chapter, its code cells with the outputs of the last build, its Markdown as in the text.

    Attributes
    ----------
    head : Head
        Title, question, goals, time, prerequisites.
    kernelspec : mapping
        Of the text.
    parts : list of Part
        In the order of the text.
    exercises : list of Exercise
        In the order of the text.
    citations : mapping of str to str
        What a citation reads, by key.
    """

    head: Head
    kernelspec: Mapping[str, str]
    parts: list[Part]
    exercises: list[Exercise]
    citations: Mapping[str, str]

    @property
    def chapter(self) -> str:
        """``PAPER/CHAPTER``."""
        return self.head.chapter

    @property
    def state(self) -> str:
        """``partial`` or ``simulated`` if the numbers do not come from all of the real data, else ``real``."""
        for cell in (cell for part in self.parts for cell in part.cells if cell.cell_type == "code"):
            for output in cell.outputs:
                if found := STATE.search(output.get("text", "")):
                    return found["state"]
        return "real"

    def values(self, *, solutions: bool) -> dict[str, str]:
        """Glued numbers of the solutions, or of all else."""
        cells = [cell for part in self.parts if bool(part.exercise) == solutions for cell in part.cells]
        return glued_values(nbformat.v4.new_notebook(cells=cells))

    def answers(self) -> list[Answer]:
        """What its solutions publish, in their order."""
        return [answer for part in self.parts for answer in part.answers()]


def read_lesson(project: Project, path: Path) -> Lesson:
    """Read a chapter with the outputs of the last build.

    Parameters
    ----------
    project : Project
        A checkout with a build of its text as it stands.
    path : Path
        Text notebook.

    Raises
    ------
    click.ClickException
        If the chapter is not in the last build, or its code has changed since; if an exercise has no solution of its
        own, or the other way round; if a solution is not closed, or publishes the answer of another exercise.
    """
    chapter = project.chapter(path)
    text = jupytext.read(path)
    executed = iter(_executed_code(project, path, text))
    parts = [Part("", [])]
    exercises: list[Exercise] = []
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
                label = directive.options.get("label", "without a label")
                exercises.append(Exercise(label, directive.argument, words))
            elif directive.name == "solution-end":
                if not parts[-1].exercise:
                    raise click.ClickException(f"{chapter}: a solution-end without its solution-start")
                parts.append(Part("", []))
            else:
                if parts[-1].exercise:
                    raise click.ClickException(
                        f"{chapter}: the solution of {directive.argument!r} begins within that of "
                        f"{parts[-1].exercise!r}; close that with solution-end"
                    )
                # A solution that names no exercise must not pass for text between solutions.
                label = directive.argument or "no exercise"
                solutions.append(label)
                parts.append(Part(label, []))
                if directive.name == "solution":
                    parts[-1].cells.append(nbformat.v4.new_markdown_cell(directive.content))
                    parts.append(Part("", []))
    if parts[-1].exercise:
        raise click.ClickException(f"{chapter}: the solution of {parts[-1].exercise!r} has no solution-end")
    _refuse_unmatched(chapter, [exercise.label for exercise in exercises], solutions)
    _refuse_strange_answers(chapter, parts)
    try:
        head = read_head(chapter, path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    return Lesson(head, dict(text.metadata.get("kernelspec", {})), parts, exercises, citations_above(path))


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
    """Exercises (with their tasks) and solutions of a cell in their order, and with None the text between solutions."""
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
        yield directive, _task(directive, lines)
    yield None, "\n".join(lines[done:])


def _task(directive: Directive, lines: Sequence[str]) -> str:
    """What an exercise asks for: its content, or what stands up to its ``exercise-end``."""
    if directive.name != "exercise-start":
        return directive.content.strip()
    rest = lines[_end_of_fence(lines, directive.line - 1) :]
    ends = (number for number, line in enumerate(rest) if line.lstrip("`:~ ").startswith("{exercise-end}"))
    return "\n".join(rest[: next(ends, len(rest))]).strip()


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


def _refuse_strange_answers(chapter: str, parts: Iterable[Part]) -> None:
    for part in parts:
        strange = dict.fromkeys(answer.exercise for answer in part.answers() if answer.exercise != part.exercise)
        if strange:
            place = f"the solution of {part.exercise!r}" if part.exercise else "no solution"
            raise click.ClickException(f"{chapter}: the answer of {', '.join(map(repr, strange))} stands in {place}")


def refuse_unknown_numbers(lesson: Lesson, known: Iterable[str]) -> None:
    """Refuse a chapter whose prose prints a number that no cell of the last build has named.

    Raises
    ------
    click.ClickException
        Naming the numbers.
    """
    prose = "\n".join(cell.source for part in lesson.parts for cell in part.cells if cell.cell_type == "markdown")
    unknown = dict.fromkeys(match["key"] for match in GLUE_ROLE.finditer(prose) if match["key"] not in known)
    if unknown:
        keys = ", ".join(unknown)
        raise click.ClickException(f"{lesson.chapter} prints {keys}, unknown to the last build: run `make book` first")
