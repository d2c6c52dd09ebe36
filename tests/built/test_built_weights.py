"""What the built pages weigh and may not do: bytes, mathematics, policy, tables, numbers in words, secrets."""

import gzip
import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from coldcarbon.book.pages import Page, built_pages, secrets
from coldcarbon.book.policy import content_security_policy
from coldcarbon.book.project import Project

pytestmark = pytest.mark.built

MEGABYTE = 1_000_000
PAGE_BYTES = 1.5 * MEGABYTE
SHARED_BYTES = 1.5 * MEGABYTE  # all together, gzipped
TEXT = {".html", ".js", ".json", ".css", ".ipynb", ".md", ".txt", ".csv"}


def test_no_page_with_its_pictures_is_heavy(project: Project, every_page: dict[str, Page]) -> None:
    weights = {}
    for name, page in every_page.items():
        file = project.html / f"{name}.html"
        pictures = [file.parent / unquote(address.partition("?")[0]) for address in page.pictures]
        weights[name] = file.stat().st_size + sum(picture.stat().st_size for picture in pictures)
    assert max(weights.values()) > PAGE_BYTES / 10, "nothing was weighed"
    assert not {name: weight for name, weight in weights.items() if weight >= PAGE_BYTES}


def test_shared_files_are_light(project: Project) -> None:
    files = [path for path in (project.html / "_static").rglob("*") if path.is_file()]
    weights = {path: len(gzip.compress(path.read_bytes(), mtime=0)) for path in files}
    heaviest = sorted(weights, key=lambda path: -weights[path])[:5]
    assert sum(weights.values()) < SHARED_BYTES, [f"{path.name}: {weights[path]}" for path in heaviest]


def test_mathjax_is_loaded_where_there_is_mathematics_and_nowhere_else(every_page: dict[str, Page]) -> None:
    with_maths = {name for name, page in every_page.items() if page.soup.select_one("span.math, div.math")}
    with_script = {
        name for name, page in every_page.items() if any("mathjax" in a.lower() for a in page.requests if ".js" in a)
    }
    assert with_maths
    assert with_script == with_maths


def test_every_page_carries_the_policy_of_exactly_its_own_scripts(project: Project) -> None:
    for path in built_pages(project.html):
        html = path.read_text(encoding="utf-8")
        policy = re.findall(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', html)
        assert policy == [content_security_policy(html)], path.name
        scripts = policy[0].partition("script-src ")[2].partition(";")[0]
        assert "unsafe" not in scripts, path.name
        assert "http" not in policy[0], path.name


def test_no_page_has_a_handler_in_an_attribute(every_page: dict[str, Page]) -> None:
    for name, page in every_page.items():
        handlers = [tag for tag in page.soup.find_all(True) if any(key.startswith("on") for key in tag.attrs)]
        assert not handlers, f"{name}: {handlers[:1]}"


def test_inline_styles_are_allowed_only_beside_mathematics(every_page: dict[str, Page]) -> None:
    for name, page in every_page.items():
        if not page.soup.select_one("span.math, div.math"):
            assert not page.soup.find_all(style=True), name


def test_every_table_has_a_caption_and_headers(every_page: dict[str, Page]) -> None:
    assert any(page.soup.find("table") for page in every_page.values())
    assert not {name: page.undescribed_tables for name, page in every_page.items() if page.undescribed_tables}


def test_the_words_of_every_figure_carry_its_numbers(pages: dict[str, Page]) -> None:
    assert not {name: page.numberless_figures for name, page in pages.items() if page.numberless_figures}


def test_no_file_of_the_site_holds_a_secret(project: Project) -> None:
    found = {}
    for path in sorted(project.html.rglob("*")):
        if path.suffix in TEXT and "mathjax" not in path.parts:
            found[path.name] = secrets(path.read_text(encoding="utf-8"))
    assert "index.html" in found
    assert not {name: matches for name, matches in found.items() if matches}


def test_no_page_names_a_place_of_the_machine_that_built_it(project: Project) -> None:
    places = {str(project.root), str(Path.home())} - {"/"}
    for path in built_pages(project.html):
        html = path.read_text(encoding="utf-8")
        assert not [place for place in places if f"{place}/" in html], path.name
