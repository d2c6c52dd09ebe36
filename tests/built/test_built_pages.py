"""The built pages: no other host, words for every picture, labels, links, stamps."""

import re

import pytest

from coldcarbon import __version__
from coldcarbon.book.pages import EVIDENCE_LABEL, Page, broken_links, css_requests, is_foreign
from coldcarbon.book.project import Project

pytestmark = pytest.mark.built

STATE = re.compile(r"Data state: (real|partial|simulated|no data needed)\.")


def test_every_page_of_the_contents_is_built(pages: dict[str, Page]) -> None:
    assert "book/index" in pages
    assert any(name.startswith("notebooks/") for name in pages)
    for name, page in pages.items():
        assert page.soup.h1, name
        assert page.soup.html.get("lang"), name


def test_no_page_asks_another_host(every_page: dict[str, Page]) -> None:
    asked = {name: [a for a in page.requests if is_foreign(a)] for name, page in every_page.items()}
    assert not {name: addresses for name, addresses in asked.items() if addresses}


def test_no_style_sheet_asks_another_host(project: Project) -> None:
    sheets = sorted(project.html.rglob("*.css"))
    assert sheets
    asked = {path.name: [a for a in css_requests(path.read_text(encoding="utf-8")) if is_foreign(a)] for path in sheets}
    assert not {name: addresses for name, addresses in asked.items() if addresses}


def test_every_picture_has_words(every_page: dict[str, Page]) -> None:
    assert not {name: page.pictures_without_words for name, page in every_page.items() if page.pictures_without_words}


def test_links_within_the_book_lead_somewhere(project: Project) -> None:
    assert not broken_links(project.html)


def test_every_figure_and_table_carries_its_evidence(pages: dict[str, Page]) -> None:
    shown = {f"{name}: {item}": label for name, page in pages.items() for item, label in page.evidence.items()}
    assert shown
    assert not [item for item, label in shown.items() if not label]


def test_the_words_of_a_figure_carry_its_evidence_too(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        for picture in page.soup.select("div.cell_output figure img"):
            assert EVIDENCE_LABEL.search(str(picture["alt"])), f"{name}: {picture['alt']}"


def test_every_page_is_stamped(pages: dict[str, Page], chapters: dict[str, list[str]]) -> None:
    for name, page in pages.items():
        assert STATE.search(page.stamp), name
        assert f"coldcarbon {__version__}, commit " in page.stamp, name
        if name in chapters:
            assert re.search(r"Run on \d{4}-\d\d-\d\d \d\d:\d\d UTC in \d+ s", page.stamp), name
            for dataset in chapters[name]:
                assert re.search(rf"{re.escape(dataset)} [0-9a-f]{{12}}", page.stamp), f"{name}: {dataset}"


def test_on_real_data_every_chapter_says_so(
    pages: dict[str, Page], chapters: dict[str, list[str]], expected: str
) -> None:
    if expected != "real":
        pytest.skip("COLDCARBON_EXPECT is not real")
    for name in ["book/index", *(name for name, datasets in chapters.items() if datasets)]:
        assert "Data state: real." in pages[name].stamp, name
    assert any(label.startswith("Data (") for page in pages.values() for label in page.evidence.values())


def test_without_data_every_figure_and_table_says_so(
    pages: dict[str, Page], chapters: dict[str, list[str]], expected: str
) -> None:
    if expected != "simulated":
        pytest.skip("COLDCARBON_EXPECT is not simulated")
    for name, datasets in chapters.items():
        if datasets:
            assert "Data state: simulated." in pages[name].stamp, name
        wrong = {
            i: label for i, label in pages[name].evidence.items() if not re.match("Simulated|From the paper", label)
        }
        assert not wrong, name
    assert any(label.startswith("Simulated") for page in pages.values() for label in page.evidence.values())
