"""In a real browser: no WCAG A or AA violation in light, dark and narrow, and no request to another host.

Needs Node, npm and Chromium, which the book itself does not; skipped where one is missing. axe-core and playwright-core
are installed into a temporary folder.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import click
import pytest

from coldcarbon.book.pdf import find_browser
from coldcarbon.book.project import Project

pytestmark = pytest.mark.built

PACKAGES = ("axe-core@4.14.1", "playwright-core@1.65.1")
HERE = Path(__file__).parent
INSTALL_SECONDS = 180
SECONDS_PER_PAGE = 30


def _unavailable(reason: str) -> None:
    if os.environ.get("COLDCARBON_BROWSER") == "required":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def found(project: Project, every_page: dict[str, object], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What axe-core and the browser found on all pages."""
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
    addresses = [(project.html / f"{name}.html").as_uri() for name in every_page if name != "index"]
    command = ["node", str(HERE / "accessibility.mjs"), str(modules), browser, *addresses]
    limit = 60 + SECONDS_PER_PAGE * len(addresses)
    done = subprocess.run(command, capture_output=True, text=True, timeout=limit, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_no_violation_of_wcag_a_or_aa(found: dict[str, Any]) -> None:
    lines = []
    for item in found["violations"]:
        lines.append(f"{Path(item['page']).name} ({item['scheme']}) {item['rule']}: {item['where']}")
        lines += [f"  {item['html']}", f"  {item['why']}"]
    assert not lines, "\n".join(lines)


def test_no_page_asks_another_host_when_shown(found: dict[str, Any]) -> None:
    assert not found["requests"]
