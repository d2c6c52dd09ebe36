"""Each exercise of the built book has an answer, as recorded; the pack for teachers of this build, in a browser too."""

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coldcarbon.book.exercises import built_answers, recorded_file
from coldcarbon.book.pages import Page
from coldcarbon.book.project import Project
from coldcarbon.book.teaching.lesson import read_lesson
from coldcarbon.book.teaching.pack import write_teaching
from coldcarbon.book.teaching.plan import page_address, read_modules
from coldcarbon.teaching.answers import Answer, read

pytestmark = pytest.mark.built

# Exercises that ask for reasoning alone, each with the reason why nothing in them can be checked.
REASONING_ONLY: dict[str, str] = {}
LEAST_SLIDES = 3  # tagged cells of a chapter
SECONDS_PER_DECK = 20


@pytest.fixture(scope="module")
def answers(project: Project) -> list[Answer]:
    return built_answers(project)


@pytest.fixture(scope="module")
def pack(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack") / "teach"
    write_teaching(project, folder)
    return folder


@pytest.fixture(scope="module")
def decks(pack: Path, in_browser: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """What the browser saw of all slides."""
    pages = sorted((pack / "slides").glob("*/*.html"))
    return in_browser("slides.mjs", *(page.as_uri() for page in pages), seconds=60 + SECONDS_PER_DECK * len(pages))


def test_each_exercise_has_an_answer_or_asks_for_reasoning(project: Project, chapters: dict[str, list[str]]) -> None:
    exercises, answered = set(), set()
    for name in chapters:
        lesson = read_lesson(project, project.root / f"{name}.md")
        assert 2 <= len(lesson.exercises) <= 3, name
        exercises |= {exercise.label for exercise in lesson.exercises}
        answered |= {answer.exercise for answer in lesson.answers()}
    assert sorted(exercises - answered - set(REASONING_ONLY)) == []
    assert sorted(set(REASONING_ONLY) & answered) == []


def test_a_page_shows_each_of_its_answers(
    answers: list[Answer], pages: dict[str, Page], chapters: dict[str, list[str]]
) -> None:
    wanted = Counter(answer.chapter for answer in answers)
    for name in chapters:
        shown = [line.get_text() for line in pages[name].soup.select("div.answer")]
        assert len(shown) == wanted[name.removeprefix("notebooks/")], name
        assert all(text.strip().startswith("Answer: ") and " = " in text for text in shown), name


def test_on_real_data_answers_are_those_recorded(answers: list[Answer], project: Project) -> None:
    known = {(answer.exercise, answer.quantity): answer for answer in read(recorded_file(project)) or []}
    real = {(answer.exercise, answer.quantity): answer for answer in answers if answer.state == "real"}
    assert known, "record the answers with `make ledger`"
    assert sorted(real.keys() - known.keys()) == []
    assert sorted(known.keys() - {(answer.exercise, answer.quantity) for answer in answers}) == []
    moved = []
    for key, answer in real.items():
        recorded = known[key]
        if isinstance(answer.value, str) or isinstance(recorded.value, str):
            is_same = answer.value == recorded.value
        else:
            allowed = (recorded.tolerance + 1e-9) * (abs(recorded.value) or 1)
            is_same = abs(answer.value - recorded.value) <= allowed
        if not is_same or answer.unit != recorded.unit:
            moved.append(f"{key}: {recorded.value} {recorded.unit} -> {answer.value} {answer.unit}")
    assert moved == []


def test_the_example_for_teachers_can_be_typed(answers: list[Answer], project: Project) -> None:
    text = (project.root / "book" / "teaching.md").read_text(encoding="utf-8")
    found = re.search(r'^check\("(?P<exercise>[^"]+)", .+quantity="(?P<quantity>[^"]+)"\)$', text, re.MULTILINE)
    assert found is not None
    assert (found["exercise"], found["quantity"]) in {(answer.exercise, answer.quantity) for answer in answers}


def test_plans_lead_to_places_of_the_book(project: Project, every_page: dict[str, Page]) -> None:
    for module in read_modules(project):
        for block in module.blocks:
            page, _, anchor = page_address(block).partition(".html#")
            assert page.removesuffix(".html") in every_page, block
            assert not anchor or every_page[page].soup.find(id=anchor) is not None, block


def test_the_pack_has_two_notebooks_and_slides_of_each_chapter(pack: Path, chapters: dict[str, list[str]]) -> None:
    for name in (name.removeprefix("notebooks/") for name in chapters):
        assert (pack / f"{name}-student.ipynb").is_file()
        assert (pack / f"{name}-teacher.ipynb").is_file()
        assert (pack / "slides" / f"{name}.html").is_file()
    assert (pack / "slides" / "shared" / "mathjax" / "tex-mml-chtml.js").is_file()


def test_slides_show_their_pictures_with_words_and_evidence(decks: dict[str, Any], pages: dict[str, Page]) -> None:
    for page, slides in decks["decks"].items():
        for slide in slides:
            place = f"{Path(page).stem}: {slide['title']}"
            assert slide["title"], place
            assert slide["shown"] == slide["words"] == slide["pictures"], place
            assert slide["evidence"] >= slide["pictures"], place
        # Without data that are fetched on request, a chapter may have tables only.
        drawn = any("_images" in picture for picture in pages["/".join(["notebooks", *_chapter(page)])].pictures)
        assert any(slide["pictures"] for slide in slides) == drawn, page
        assert sum(slide["evidence"] > 0 for slide in slides) >= LEAST_SLIDES, page


def _chapter(page: str) -> tuple[str, str]:
    """Paper and chapter of a deck."""
    return Path(page).parent.name, Path(page).stem


def test_nothing_runs_off_a_slide(decks: dict[str, Any]) -> None:
    low = [
        f"{Path(page).parent.name}/{Path(page).stem}: {slide['title']} ({slide['below']} px)"
        for page, slides in decks["decks"].items()
        for slide in slides
        if slide["below"] > 0
    ]
    assert low == []


def test_slides_ask_no_other_host(decks: dict[str, Any]) -> None:
    assert decks["requests"] == []
    assert decks["errors"] == []
