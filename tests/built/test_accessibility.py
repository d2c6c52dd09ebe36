"""In a real browser, from files: no WCAG A or AA violation in either scheme, wide or at 320 px, and nothing refused."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coldcarbon.book.policy import with_policy
from coldcarbon.book.project import Project

pytestmark = pytest.mark.built

SECONDS_PER_PAGE = 90  # five alone on two cores
# Each line breaks one rule: colours, names, size, the policy of the page, and other hosts.
FAULTY = with_policy(
    """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Faulty</title></head>
    <body><main><h1>Faulty</h1>
    <p style="color: #888; background: #999">pale</p>
    <img src="x.png">
    <div style="width: 900px">wide</div>
    <button onclick="document.title = 'ran'">press</button>
    <img alt="far" src="https://elsewhere.example/x.png">
    </main></body></html>"""
).replace("</main>", "<script>document.title = 'ran'</script></main>")


@pytest.fixture(scope="module")
def found(project: Project, every_page: dict[str, object], in_browser: Callable[..., dict[str, Any]]) -> dict[str, Any]:
    """What axe-core and the browser found on all pages."""
    addresses = [(project.html / f"{name}.html").as_uri() for name in every_page if name != "index"]
    return in_browser("accessibility.mjs", *addresses, seconds=60 + SECONDS_PER_PAGE * len(addresses))


def test_no_violation_of_wcag_a_or_aa(found: dict[str, Any]) -> None:
    lines = []
    for item in found["violations"]:
        lines.append(f"{Path(item['page']).name} ({item['scheme']}) {item['rule']}: {item['where']}")
        lines += [f"  {item['html']}", f"  {item['why']}"]
    assert not lines, "\n".join(lines)


def test_no_page_asks_another_host_when_shown(found: dict[str, Any]) -> None:
    assert not found["requests"]


def test_no_page_asks_for_what_its_policy_refuses(found: dict[str, Any]) -> None:
    assert not found["refused"]
    assert not found["errors"]


def test_faults_are_found(in_browser: Callable[..., dict[str, Any]], tmp_path: Path) -> None:
    page = tmp_path / "faulty.html"
    page.write_text(FAULTY, encoding="utf-8")
    found = in_browser("accessibility.mjs", page.as_uri(), seconds=60)
    rules = {(item["rule"], item["scheme"]) for item in found["violations"]}
    for scheme in ("light", "dark"):
        assert {("color-contrast", f"{scheme} 1280"), ("color-contrast", f"{scheme} 320")} <= rules
        assert ("page scrolls sideways", f"{scheme} 320") in rules
        assert ("page scrolls sideways", f"{scheme} 1280") not in rules
    assert {("image-alt", "light 1280"), ("image-alt", "light 320")} <= rules
    refused = "\n".join(found["refused"])
    for directive in ("script-src-elem inline", "script-src-attr inline", "img-src https://elsewhere.example/x.png"):
        assert directive in refused
