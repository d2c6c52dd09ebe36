"""The book as `make book` left it, and a browser to read it with.

The browser needs Node, npm and Chromium, which the book itself does not; tests that use it are skipped where one is
missing. axe-core and playwright-core are installed into a temporary folder.
"""

import functools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import click
import pytest

from coldcarbon import catalogue
from coldcarbon.book.pages import Page, built_pages
from coldcarbon.book.pdf import find_browser, pages_in_order
from coldcarbon.book.project import Project, find_project

PACKAGES = ("axe-core@4.14.1", "playwright-core@1.65.1")
HERE = Path(__file__).parent
INSTALL_SECONDS = 180


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


def _unavailable(reason: str) -> None:
    if os.environ.get("COLDCARBON_BROWSER") == "required":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def in_browser(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., dict[str, Any]]:
    """Runs a script of this folder with Node: `in_browser(script, *arguments, seconds=...)` gives what it prints."""
    npm = shutil.which("npm")
    if not shutil.which("node") or not npm:
        _unavailable("no Node with npm on this machine")
    try:
        browser = find_browser()
    except click.ClickException as error:
        _unavailable(error.message)
    modules = tmp_path_factory.mktemp("modules")
    (modules / "package.json").write_text("{}")
    install = [str(npm), "install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", *PACKAGES]
    try:
        subprocess.run(install, cwd=modules, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        _unavailable(f"axe-core cannot be installed: {str(error.stderr or error)[-300:]}")

    def run(script: str, *arguments: str, seconds: float) -> dict[str, Any]:
        command = ["node", str(HERE / script), str(modules), browser, *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing of each request."""


@pytest.fixture(scope="session")
def site(project: Project) -> Iterator[str]:
    """Address of a local server of the built pages."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(project.html)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
