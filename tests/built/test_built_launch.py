"""Each chapter can be taken away from its page: the executed notebook, the bundle, and links to hosts."""

import zipfile

import nbformat
import pytest

from coldcarbon.book.launch import launch_links
from coldcarbon.book.pages import Page, is_foreign
from coldcarbon.book.project import Project

pytestmark = pytest.mark.built

MOST_BYTES = 300_000_000  # of all bundles; a static host takes a gigabyte


def row_links(page: Page) -> list[str]:
    (row,) = page.soup.select("p.launch")
    return [str(link["href"]) for link in row.find_all("a")]


def test_every_chapter_offers_its_executed_notebook(
    project: Project, pages: dict[str, Page], chapters: dict[str, list[str]]
) -> None:
    assert chapters
    for name in chapters:
        first = row_links(pages[name])[0]
        notebook = nbformat.read((project.html / name).parent / first, as_version=4)
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        assert all(cell.execution_count for cell in code), name


def test_every_chapter_offers_its_bundle(
    project: Project, pages: dict[str, Page], chapters: dict[str, list[str]]
) -> None:
    total = 0
    for name in chapters:
        path = ((project.html / name).parent / row_links(pages[name])[1]).resolve()
        total += path.stat().st_size
        with zipfile.ZipFile(path) as archive:
            folder = path.stem
            assert archive.read(f"{folder}/{name}.md") == (project.root / f"{name}.md").read_bytes()
            assert archive.read(f"{folder}/requirements.lock") == project.lock.read_bytes()
    assert len(list(project.bundles.glob("*.zip"))) == len(chapters)
    assert total < MOST_BYTES


def test_hosts_are_offered_only_where_there_is_an_address(
    project: Project, pages: dict[str, Page], chapters: dict[str, list[str]]
) -> None:
    for name in chapters:
        outside = [address for address in row_links(pages[name]) if is_foreign(address)]
        assert outside == list(launch_links(project.repository, project.branch, f"{name}.ipynb").values())


def test_no_page_but_a_chapter_has_the_row(pages: dict[str, Page], chapters: dict[str, list[str]]) -> None:
    assert {name for name, page in pages.items() if page.soup.select("p.launch")} == set(chapters)
