"""The book as `make book` left it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from coldcarbon import catalogue
from coldcarbon.book.pages import Page, built_pages
from coldcarbon.book.pdf import pages_in_order
from coldcarbon.book.project import Project, find_project


@pytest.fixture(scope="session")
def project() -> Project:
    found = find_project(Path(__file__).parent)
    if not found.claims.exists() or not found.html.is_dir():
        pytest.fail("the book is not built; run `make book` first", pytrace=False)
    return found


@pytest.fixture(scope="session")
def rows(project: Project) -> list[dict[str, Any]]:
    """The ledger rows of the build."""
    return json.loads(project.claims.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def every_page(project: Project) -> dict[str, Page]:
    """All pages by name, the index and the search page included."""
    return {
        path.relative_to(project.html).with_suffix("").as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in built_pages(project.html)
    }


@pytest.fixture(scope="session")
def pages(project: Project, every_page: dict[str, Page]) -> dict[str, Page]:
    """The pages of the table of contents by name."""
    return {name: every_page[name] for name in pages_in_order(project)}


@pytest.fixture(scope="session")
def chapters(project: Project, pages: dict[str, Page]) -> dict[str, list[str]]:
    """The data sets that each notebook's page declares."""
    sources = {name: project.root / f"{name}.md" for name in pages if name.startswith("notebooks/")}
    declared = {name: catalogue.declared(path) for name, path in sources.items()}
    return {name: found[1] for name, found in declared.items() if found}


@pytest.fixture(scope="session")
def expected() -> str:
    """What the caller says of the build: `real`, `simulated`, or nothing."""
    return os.environ.get("COLDCARBON_EXPECT", "")
