"""An old address leads to a page, in the list and in a built book."""

from io import StringIO
from pathlib import Path

import pytest
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from coldcarbon.book.pages import Page, broken_links
from coldcarbon.book.pdf import pages_in_order
from coldcarbon.book.project import find_project
from coldcarbon.book.redirects import faults, read_moved, read_published, relative_targets, write_published

PROJECT = find_project(Path(__file__))


def test_no_address_of_this_book_is_lost() -> None:
    assert faults(read_moved(PROJECT.root), read_published(PROJECT.root), pages_in_order(PROJECT)) == []


def test_a_page_that_leaves_the_contents_needs_a_redirect() -> None:
    (fault,) = faults({}, ["book/a", "book/b"], ["book/a"])
    assert fault.startswith("book/b is gone")
    assert faults({"book/b": "book/a"}, ["book/a", "book/b"], ["book/a"]) == []


@pytest.mark.parametrize(
    ("moved", "pages", "fault"),
    [
        ({"book/b": "book/c"}, ["book/a"], "book/b leads to book/c, which is no page"),
        ({"book/b": "book/c", "book/c": "book/a"}, ["book/a"], "book/b leads to book/c, which is no page"),
        ({"book/a": "book/b"}, ["book/a", "book/b"], "book/a is a page of the book"),
        ({}, ["book/a", "book/b", "book/new"], "book/new is not in book/addresses.txt"),
    ],
)
def test_a_redirect_leads_to_a_page_in_one_step(moved: dict[str, str], pages: list[str], fault: str) -> None:
    found = faults(moved, {"book/a", "book/b", "book/c"} & {*pages, *moved}, pages)
    assert [line for line in found if line.startswith(fault)], found


def test_a_published_address_is_never_taken_off(tmp_path: Path) -> None:
    (tmp_path / "book").mkdir()
    assert read_published(tmp_path) == []
    assert write_published(tmp_path, ["book/b", "book/a"]) == ["book/a", "book/b"]
    assert write_published(tmp_path, ["book/c"]) == ["book/c"]
    assert read_published(tmp_path) == ["book/a", "book/b", "book/c"]
    assert write_published(tmp_path, ["book/a"]) == []


def test_targets_are_relative_to_the_old_page() -> None:
    moved = {"notebooks/x/old": "notebooks/x/new", "old": "book/new", "book/old": "notebooks/x/new"}
    assert relative_targets(moved) == {
        "notebooks/x/old": "new.html",
        "old": "book/new.html",
        "book/old": "../notebooks/x/new.html",
    }


def test_a_built_book_sends_old_addresses_on(tmp_path: Path) -> None:
    source = tmp_path / "source"
    for name in ("index", "notebooks/x/new"):
        path = source / f"{name}.rst"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("Title\n=====\n\n.. toctree::\n   :glob:\n\n   notebooks/x/*\n", encoding="utf-8")
    (source / "moved.html").write_bytes((PROJECT.root / "book" / "moved.html").read_bytes())
    settings = {
        "extensions": ["sphinx_reredirects"],
        "redirects": relative_targets({"notebooks/old": "notebooks/x/new"}),
        "redirect_html_template_file": "moved.html",
    }
    out = tmp_path / "html"
    with docutils_namespace():
        Sphinx(source, None, out, tmp_path / "trees", "html", settings, StringIO(), StringIO(), freshenv=True).build()
    page = Page((out / "notebooks" / "old.html").read_text(encoding="utf-8"))
    assert page.links == ["x/new.html"]
    assert page.requests == ["x/new.html"], "the browser goes there by itself"
    assert page.soup.html["lang"] == "en"
    assert not page.soup.find_all("script")
    assert broken_links(out, [out / "notebooks" / "old.html"]) == []
