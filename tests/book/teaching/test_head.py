"""The head of a chapter is read as it stands in the text, and of every chapter of the book."""

from pathlib import Path

import pytest
from small_chapter import HEAD

from coldcarbon.book.project import find_project
from coldcarbon.book.teaching.head import read_head

PROJECT = find_project(Path(__file__).parent)


def test_a_head_is_read() -> None:
    head = read_head("xiao2023/small", HEAD)
    assert head.title == "Small"
    assert head.question == "How much is the double of {glue:text}`xiao2023_share_percent:.0f` %?"
    assert head.goals == ("to double", "to halve again, and to stop")
    assert (head.minutes, head.needs) == (20, "{ref}`xiao2023-other`; to add")


def test_a_plain_head_has_its_numbers() -> None:
    head = read_head("xiao2023/small", HEAD).plain({"xiao2023_share_percent": "12.3"}, {})
    assert head.question == "How much is the double of 12 %?"
    assert head.needs == "xiao2023-other; to add"


@pytest.mark.parametrize("part", ["# Small", "You will learn", "**Time:**"])
def test_a_head_without_a_part_is_refused(part: str) -> None:
    with pytest.raises(ValueError, match="xiao2023/small: its head lacks"):
        read_head("xiao2023/small", HEAD.replace(part, ""))


@pytest.mark.parametrize("path", PROJECT.notebooks(), ids=PROJECT.chapter)
def test_every_chapter_has_a_head(path: Path) -> None:
    head = read_head(PROJECT.chapter(path), path.read_text(encoding="utf-8"))
    assert head.question.endswith("?")
    assert 3 <= len(head.goals) <= 4
    assert 20 <= head.minutes <= 120
    assert head.needs
