"""Slides show what the tagged cells show, with its evidence, and ask nothing of any host."""

import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from small_chapter import ANSWERS, NAME

from coldcarbon.book.project import Project
from coldcarbon.book.teaching.lesson import read_lesson
from coldcarbon.book.teaching.slides import slide_files

ADDRESS = re.compile(r"""(?:src|href)=["']([^"']+)""")


@pytest.fixture(scope="module")
def page(pack: Path) -> BeautifulSoup:
    return BeautifulSoup((pack / "slides" / f"{NAME}.html").read_text(encoding="utf-8"), "html.parser")


@pytest.fixture(scope="module")
def slides(page: BeautifulSoup) -> list[str]:
    """Text of each slide, speaker notes apart."""
    found = []
    for section in page.select(".slides > section"):
        for notes in section.select("aside.notes"):
            notes.extract()
        found.append(" ".join(section.get_text(" ").split()))
    return found


def test_title_goals_cells_claims_exercises(slides: list[str]) -> None:
    starts = [
        "Small",
        "You will learn",
        "Shares",
        "Counted",
        "The claims and their verdicts",
        "Exercise 1",
        "Exercise 2",
    ]
    assert [slide[: len(start)] for slide, start in zip(slides, starts, strict=True)] == starts
    assert "How much is the double of 12 %?" in slides[0]
    assert "to halve again, and to stop" in slides[1]
    assert "Double the share of 12.3 %." in slides[5]


def test_a_picture_has_words_and_its_evidence(page: BeautifulSoup, slides: list[str]) -> None:
    (picture,) = page.select("img")
    assert picture["alt"] == "A line. From the paper."
    assert picture["src"].startswith("data:image/png;base64,")
    assert slides[2] == "Shares A line from zero. From the paper"


def test_tables_and_verdicts_are_on_the_slide(page: BeautifulSoup, slides: list[str]) -> None:
    assert page.select("table td")[0].get_text() == "12.345"
    assert "Simulated" in slides[3]
    assert "consistent Profiles <add> up" in slides[3]
    badges = page.select("span.verdict-consistent")
    assert len(badges) == 2


def test_notes_hold_the_prose_and_the_whole_caption(pack: Path) -> None:
    page = BeautifulSoup((pack / "slides" / f"{NAME}.html").read_text(encoding="utf-8"), "html.parser")
    notes = [" ".join(notes.get_text(" ").split()) for notes in page.select("aside.notes")]
    line = next(note for note in notes if "What stands before" in note)
    assert "A line from zero. It rises to 12.3 %" in line
    assert "What stands after it." in line
    assert "Counted" not in line
    assert any("It asks for: the double; larger one." in note for note in notes)
    assert any("It asks for: reasoning." in note for note in notes)


def test_no_code_and_no_answer_on_the_slides(pack: Path) -> None:
    text = (pack / "slides" / f"{NAME}.html").read_text(encoding="utf-8")
    assert "plt.subplots" not in text
    assert [answer for answer in ANSWERS if answer in text] == []


def test_code_is_shown_if_asked_for(built: Project) -> None:
    lesson = read_lesson(built, built.notebook(NAME))
    (text,) = slide_files(built, lesson, {}, with_code=True).values()
    assert "subplots" in text


def test_everything_a_slide_needs_lies_beside_it(pack: Path) -> None:
    path = pack / "slides" / f"{NAME}.html"
    text = path.read_text(encoding="utf-8")
    needed = {address for address in ADDRESS.findall(text) if not address.startswith("data:")}
    assert {Path(address).name for address in needed} >= {"reveal.js", "notes.js", "slides.css", "tex-mml-chtml.js"}
    assert [address for address in needed if "//" in address] == []
    # the checkout of the test has no MathJax
    absent = [address for address in needed if not (path.parent / address).is_file()]
    assert [Path(address).name for address in absent] == ["tex-mml-chtml.js"]
    for sheet in (pack / "slides" / "shared").rglob("*.css"):
        assert not re.search(r"@import|url\((?!data:)", sheet.read_text(encoding="utf-8")), sheet.name


def test_formulas_are_drawn_only_where_there_are_some(built: Project) -> None:
    lesson = read_lesson(built, built.notebook(NAME))
    for part in lesson.parts:
        for cell in part.cells:
            cell.source = cell.source.replace("$x^2$", "x")
    (text,) = slide_files(built, lesson, {}).values()
    assert "mathjax" not in text.lower()
