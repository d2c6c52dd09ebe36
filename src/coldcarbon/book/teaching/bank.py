"""A bank of questions: every answer of every exercise, and verdicts that follow from two numbers and a rule.

Moodle imports the GIFT file; the Markdown is for people, the JSON for any other program.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

from coldcarbon.book.build import ledger_rows
from coldcarbon.book.plain import plain_markdown
from coldcarbon.book.project import Project
from coldcarbon.book.tables import number_text, ours_text, published_text
from coldcarbon.book.teaching.lesson import Lesson
from coldcarbon.book.teaching.notebooks import slips_worth_marking
from coldcarbon.claims import VERDICTS, Claim
from coldcarbon.teaching.slips import HINTS

__all__ = ["Question", "bank_files", "gift"]

SPECIAL = re.compile(r"([~=#{}:\\])")
FORMULA = re.compile(r"(?<!\$)\$([^$\n]+)\$(?!\$)")
# A number in a Moodle answer has a point and no thousands.
DIGITS = ".10g"


@dataclass(frozen=True)
class Question:
    """A question with its answer.

    Attributes
    ----------
    name : str
        Unique in the bank.
    chapter : str
        ``PAPER/CHAPTER``.
    kind : str
        ``number``, ``word`` or ``choice``.
    text : str
        Markdown.
    answer : float or str
        The right one.
    unit : str
        Of a number.
    tolerance : float
        How far off a number may be, in its unit.
    choices : tuple of str
        Of a choice, in a fixed order.
    slips : tuple of (float, float, str)
        Numbers that a slip leads to, how far off they may be, and what to look at.
    feedback : str
        Why it is so.
    """

    name: str
    chapter: str
    kind: str
    text: str
    answer: float | int | str
    unit: str = ""
    tolerance: float = 0.0
    choices: tuple[str, ...] = ()
    slips: tuple[tuple[float, float, str], ...] = ()
    feedback: str = ""


def bank_files(project: Project, lessons: Sequence[Lesson], values: Mapping[str, str]) -> dict[str, str]:
    """The bank as GIFT, Markdown and JSON.

    Parameters
    ----------
    project : Project
        With the ledger rows of the last build.
    lessons : sequence of Lesson
        The chapters.
    values : mapping of str to str
        What prose prints, by key, without what solutions compute.

    Returns
    -------
    dict of str to str
        Text of each file by its path within the pack.
    """
    chapters = {lesson.chapter: lesson for lesson in lessons}
    questions = [question for lesson in lessons for question in _of_exercises(lesson, values)]
    rows = [row for row in ledger_rows(project) if row.headline and row.chapter in chapters]
    questions += [_of_verdict(row) for row in rows if row.evidence in ("real", "printed")]
    ordered = sorted(questions, key=lambda question: question.chapter)
    return {
        "questions/questions.gift": gift(ordered),
        "questions/questions.md": _markdown(ordered),
        "questions/questions.json": json.dumps([asdict(q) for q in ordered], indent=1, ensure_ascii=False) + "\n",
    }


def gift(questions: Iterable[Question]) -> str:
    """Questions in Moodle's GIFT format, each chapter a category.

    Parameters
    ----------
    questions : iterable of Question
        By chapter.

    Returns
    -------
    str
        Half the points are given for a number that a slip explains, with what to look at.
    """
    lines, chapter = ["// Cold Carbon: questions from the exercises and the ledger", ""], ""
    for question in questions:
        if question.chapter != chapter:
            chapter = question.chapter
            lines += [f"$CATEGORY: Cold Carbon/{chapter}", ""]
        # An empty line would end the question, so it is written as GIFT writes it.
        text = re.sub(r"\n\s*\n", r"\\n\\n", _escaped(_for_moodle(question.text.strip())))
        lines += [f"::{_escaped(question.name)}::[markdown]{text} {{{_answers(question)}}}", ""]
    return "\n".join(lines)


def _answers(question: Question) -> str:
    if question.kind == "number":
        parts = [f"#=%100%{question.answer:{DIGITS}}:{question.tolerance:{DIGITS}}"]
        parts += [f"=%50%{v:{DIGITS}}:{t:{DIGITS}}#{_escaped(hint)}" for v, t, hint in question.slips]
    elif question.kind == "choice":
        right = question.answer
        parts = [f"{'=' if choice == right else '~'}{_escaped(choice)}" for choice in question.choices]
    else:
        parts = [f"={_escaped(str(question.answer))}"]
    if question.feedback:
        parts.append(f"####{_escaped(question.feedback)}")
    return "\n" + "\n".join(parts) + "\n"


def _for_moodle(text: str) -> str:
    """Formulas as Moodle finds them in Markdown: it takes no single dollar signs."""
    return FORMULA.sub(r"\\\\(\1\\\\)", text)


def _escaped(text: str) -> str:
    return SPECIAL.sub(r"\\\1", text)


def _of_exercises(lesson: Lesson, values: Mapping[str, str]) -> Iterator[Question]:
    tasks = {exercise.label: exercise.task for exercise in lesson.exercises}
    for answer in lesson.answers():
        task = plain_markdown(tasks[answer.exercise], values, lesson.citations)
        name = f"{answer.exercise}: {answer.quantity}"
        unit = "" if answer.unit == "1" else answer.unit
        ask = f"Give: {answer.quantity}{f', in {unit}' if unit else ''}."
        text = f"{task}\n\n{ask} Work in the notebook of {lesson.chapter}."
        if isinstance(answer.value, str):
            is_yes = answer.value in ("yes", "no")
            kind = "choice" if is_yes else "word"
            yield Question(name, lesson.chapter, kind, text, answer.value, choices=("yes", "no") if is_yes else ())
            continue
        tolerance = max(answer.tolerance * (abs(answer.value) or 1.0), 1e-9 * abs(answer.value))
        slips = tuple(
            (slip.value, max(answer.tolerance * slip.scale, 1e-9), f"Look at {HINTS[slip.name]}")
            for slip in slips_worth_marking(answer)
        )
        yield Question(name, lesson.chapter, "number", text, answer.value, unit, tolerance, slips=slips)


def _of_verdict(row: Claim) -> Question:
    """Asks which verdict follows from a printed number, ours and the tolerance."""
    found = f"On data it is {ours_text(row)}."
    if row.evidence == "printed":
        found = f"Other printed numbers imply {ours_text(row)}."
    rule = ""
    if row.tolerance is not None:
        rule = f" The two agree within {number_text(row.tolerance)} ({row.tolerance_kind})."
    text = f"{row.statement}: printed is {published_text(row)}. {found}{rule} Which verdict follows?"
    return Question(
        f"verdict of {row.id}",
        row.chapter,
        "choice",
        text,
        row.verdict,
        choices=VERDICTS[row.evidence],
        feedback=f"{row.reason[0].upper()}{row.reason[1:]}.",
    )


def _markdown(questions: Iterable[Question]) -> str:
    lines, chapter = ["# Questions", ""], ""
    for question in questions:
        if question.chapter != chapter:
            chapter = question.chapter
            lines += [f"## {chapter}", ""]
        lines += [f"### {question.name}", "", question.text, ""]
        lines += [f"- {choice}" for choice in question.choices] + ([""] if question.choices else [])
        answer = question.answer
        if not isinstance(answer, str):
            unit = f" {question.unit}" if question.unit else ""
            answer = f"{answer:.6g}{unit}, give or take {question.tolerance:.3g}"
        lines += [f"**Answer:** {answer}", ""]
        lines += [f"{question.feedback}\n"] if question.feedback else []
    return "\n".join(lines)
