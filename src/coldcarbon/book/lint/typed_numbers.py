"""Numbers that stand in prose, and the patterns that allow those which are no results.

The patterns are in ``allowed_numbers.toml``; each has its reason beside it, and examples that a test tries.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from coldcarbon.book.lint.prose import OTHER

__all__ = ["AllowedNumber", "allowed_numbers", "around", "typed_numbers"]

NUMBER = re.compile(r"\d+(?:[.,]\d+)*|\.\d+|[¼-¾⅐-⅞]")
# D95, CO2, v1.2: digits that belong to a name.
WORD = re.compile(r"(?<!\w)[^\W\d¼-¾⅐-⅞]\w*(?:\.\d+)*")


@dataclass(frozen=True)
class AllowedNumber:
    """A pattern for numbers that are no results.

    Attributes
    ----------
    reason : str
        Why they may be typed.
    pattern : re.Pattern
        What it matches may stand in prose.
    pages : tuple of str
        Globs of the pages it holds for; empty for all.
    allows, refuses : tuple of str
        Examples; what a pattern refuses is refused by all patterns together.
    """

    reason: str
    pattern: re.Pattern[str]
    pages: tuple[str, ...]
    allows: tuple[str, ...]
    refuses: tuple[str, ...]


@cache
def allowed_numbers() -> tuple[AllowedNumber, ...]:
    """The patterns of ``allowed_numbers.toml``.

    Raises
    ------
    ValueError
        If an entry lacks its reason or an example.
    """
    source = Path(__file__).with_name("allowed_numbers.toml")
    entries = tomllib.loads(source.read_text(encoding="utf-8"))["allowed"]
    for entry in entries:
        if not entry.get("reason") or not entry.get("allows"):
            raise ValueError(f"{source.name}: {entry.get('pattern')!r} needs a reason and an example of what it allows")
    return tuple(
        AllowedNumber(
            entry["reason"],
            re.compile(entry["pattern"]),
            tuple(entry.get("pages", ())),
            tuple(entry["allows"]),
            tuple(entry.get("refuses", ())),
        )
        for entry in entries
    )


def typed_numbers(text: str, page: str = "") -> list[tuple[int, str]]:
    """Numbers of a text that may not be typed.

    Parameters
    ----------
    text : str
        Without markup.
    page : str
        Path of the page within the project; some patterns hold for some pages only.

    Returns
    -------
    list of (offset, number)
    """
    patterns = [a.pattern for a in allowed_numbers() if not a.pages or any(fnmatch(page, glob) for glob in a.pages)]
    free = [match.span() for pattern in (WORD, *patterns) for match in pattern.finditer(text)]
    found = []
    for match in NUMBER.finditer(text):
        if not any(start <= match.start() and match.end() <= end for start, end in free):
            found.append((match.start(), match.group()))
    return found


def around(text: str, offset: int) -> str:
    """The words about a number, for a message."""
    part = text[max(0, offset - 25) : offset + 25].replace(OTHER, "…").strip()
    return f"'…{part}…'"
