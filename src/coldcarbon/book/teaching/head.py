"""What every chapter says of itself at its head: question, goals, time and prerequisites."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from coldcarbon.book.lint.prose import read_page
from coldcarbon.book.plain import plain_markdown

__all__ = ["Head", "read_head"]

TITLE = re.compile(r"^# +(?P<title>.+)$", re.MULTILINE)
# Up to the next blank line.
TIME = re.compile(
    r"^\*+Time:\*+\s*(?P<minutes>\d+) minutes\.\s*\*+[^*]+:\*+\s*(?P<needs>.+?)(?=\n\s*\n|\Z)", re.M | re.S
)
GOAL = re.compile(r"^- +(?P<goal>.+?)(?=^- |\Z)", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Head:
    """The head of a chapter.

    Attributes
    ----------
    chapter : str
        ``PAPER/CHAPTER``.
    title, question : str
        The first heading and the paragraph below it.
    goals : tuple of str
        What a reader will learn; MyST Markdown, without the mark of the list.
    minutes : int
        How long it takes.
    needs : str
        Prerequisites; MyST Markdown.
    """

    chapter: str
    title: str
    question: str
    goals: tuple[str, ...]
    minutes: int
    needs: str

    def plain(self, values: Mapping[str, str], citations: Mapping[str, str]) -> Head:
        """With glue, citations and references as words."""

        def words(text: str) -> str:
            return plain_markdown(text, values, citations)

        goals = tuple(words(goal) for goal in self.goals)
        return Head(self.chapter, words(self.title), words(self.question), goals, self.minutes, words(self.needs))


def read_head(chapter: str, text: str) -> Head:
    """Read the head of a chapter.

    Parameters
    ----------
    chapter : str
        ``PAPER/CHAPTER``.
    text : str
        The text notebook.

    Returns
    -------
    Head

    Raises
    ------
    ValueError
        If a part is missing, which the lint refuses too.
    """
    title = TITLE.search(text)
    time = TIME.search(text)
    boxes = [box for box in read_page(text).named("admonition") if "learn" in box.argument]
    goals = [_one_line(match["goal"]) for match in GOAL.finditer(boxes[0].content)] if boxes else []
    if title is None or time is None or not goals:
        raise ValueError(
            f"{chapter}: its head lacks a title, a box 'You will learn' or a line with time and prerequisites"
        )
    question = text[title.end() :].strip().partition("\n\n")[0]
    return Head(
        chapter,
        title["title"].strip(),
        _one_line(question),
        tuple(goal.rstrip(";.") for goal in goals),
        int(time["minutes"]),
        _one_line(time["needs"]).rstrip("."),
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
