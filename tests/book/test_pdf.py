"""A small book is printed in the order of its contents; what is missing is said."""

from pathlib import Path

import click
import pytest
from pypdf import PdfReader

from coldcarbon.book import pdf
from coldcarbon.book.pdf import find_browser, pages_in_order, print_book
from coldcarbon.book.project import Project

TOC = """format: jb-book
root: book/index
parts:
  - caption: Second in the alphabet
    chapters:
      - file: notebooks/z
        sections:
          - file: notebooks/z-more
  - caption: First in the alphabet
    chapters:
      - file: book/a
"""
LINKS = '<a href="../book/a.html?paper=x#there">a</a> <a href="../gone.html">g</a> <a href="https://x.example/">x</a>'
PAGES = ["book/index", "notebooks/z", "notebooks/z-more", "book/a"]


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "_toc.yml").write_text(TOC)
    built = Project(tmp_path)
    for number, name in enumerate(PAGES):
        page = built.html / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        title = f"<title>{number}. Roots &amp; depth &#8212; Cold Carbon</title>"
        svg = "<svg><title>a picture</title></svg>"
        page.write_text(f"<!doctype html><head>{title}</head><body>{svg}<p>page {name} here</p>{LINKS}</body>")
    return built


def test_pages_stand_in_the_order_of_the_contents(project: Project) -> None:
    assert pages_in_order(project) == PAGES


def test_the_book_is_printed_in_that_order_with_bookmarks(project: Project) -> None:
    try:
        find_browser()
    except click.ClickException as error:
        pytest.skip(error.message)
    book = PdfReader(print_book(project))
    assert [f"page {name} here" for name in PAGES] == [page.extract_text().split("\n")[0] for page in book.pages]
    titles = [item.title for item in book.outline if not isinstance(item, list)]
    assert titles == [f"{number}. Roots & depth" for number in range(len(PAGES))]
    for page in book.pages[:-1]:
        links = [annotation.get_object() for annotation in page["/Annots"]]
        assert [link["/Dest"][0].get_object() == book.pages[-1] for link in links if "/Dest" in link] == [True]
        assert [link["/A"]["/URI"] for link in links if "/A" in link] == ["https://x.example/"]
    assert str(project.root).encode() not in (project.build / "coldcarbon.pdf").read_bytes()


def test_a_book_that_is_not_built_is_said(project: Project) -> None:
    (project.html / "book" / "a.html").unlink()
    with pytest.raises(click.ClickException, match=r"not built: book/a.html; run `make book`"):
        print_book(project)


def test_no_browser_is_said_with_what_was_looked_for(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(pdf, "BROWSER_FILES", ())
    with pytest.raises(click.ClickException, match=r"no Chromium or Chrome found .*google-chrome"):
        print_book(project)


def test_a_browser_that_fails_is_named_with_the_page(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_browser", lambda: "false")
    with pytest.raises(click.ClickException, match=r"index.html: false did not print it"):
        print_book(project)
    assert not (project.build / "coldcarbon.pdf").exists()
