"""The policy of a page allows what came with the page by its hash, and nothing else."""

import re
from base64 import b64encode
from hashlib import sha256

import pytest

from coldcarbon.book.policy import content_security_policy, with_policy

PAGE = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8" />\n{}</head><body>{}</body></html>'


def rules(html: str) -> dict[str, list[str]]:
    words = [rule.split() for rule in content_security_policy(html).split("; ")]
    return {name: sources for name, *sources in words}


def hash_of(text: str) -> str:
    return "'sha256-" + b64encode(sha256(text.encode()).digest()).decode() + "'"


def test_a_bare_page_may_load_its_own_files_only() -> None:
    found = rules(PAGE.format("", "<p>text</p>"))
    assert found.pop("default-src") == found.pop("object-src") == found.pop("base-uri") == ["'none'"]
    assert found.pop("img-src") == ["'self'", "data:"]
    assert set(found) == {"script-src", "style-src", "font-src", "connect-src", "form-action"}
    assert all(sources == ["'self'"] for sources in found.values())


def test_inline_scripts_and_styles_run_by_their_hash() -> None:
    script, style = "\n let a = '<p>';\n", " p { color: red }"
    found = rules(
        PAGE.format(f'<script data-x="1">{script}</script><style>{style}</style>', '<script src="a.js"></script>')
    )
    assert found["script-src"] == ["'self'", hash_of(script)]
    assert found["style-src"] == ["'self'", hash_of(style)]


def test_data_in_script_elements_needs_no_hash() -> None:
    found = rules(PAGE.format('<script type="application/json">[1]</script><script type="module">1</script>', ""))
    assert found["script-src"] == ["'self'", hash_of("1")]


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        ('<script src="../_static/mathjax/tex.js?v=1"></script>', True),
        ('<img alt="x" style="width: 3px">', True),
        ("<p>say style='x' and mathjax</p>", False),
    ],
)
def test_inline_styles_are_allowed_where_something_needs_them(body: str, allowed: bool) -> None:
    found = rules(PAGE.format("<style>p {}</style>", body))["style-src"]
    assert ("'unsafe-inline'" in found) is allowed
    assert any(source.startswith("'sha256") for source in found) is not allowed, "a hash would switch the rest off"


def test_scripts_are_never_allowed_as_such() -> None:
    html = PAGE.format("<script>1</script>", '<p onclick="x()" style="a: b"></p><script src="mathjax/a.js"></script>')
    assert "unsafe" not in " ".join(rules(html)["script-src"])


@pytest.mark.parametrize(
    "html",
    [
        PAGE.format("<script>1</script>", ""),
        "<html><head><script>1</script></head></html>",
        "<!DOCTYPE html><script>1</script>",
        '<meta http-equiv="Refresh" content="0; url=a.html" />\n',
    ],
)
def test_the_policy_stands_before_what_it_governs_and_only_once(html: str) -> None:
    page = with_policy(html)
    assert page.count("Content-Security-Policy") == 1
    place = page.index("Content-Security-Policy")
    assert place < min((found.start() for found in re.finditer("<script|Refresh|<link", page)), default=len(page))
    assert with_policy(page) == page
    assert with_policy(page.replace("<script>1<", "<script>2<")) == with_policy(
        html.replace("<script>1<", "<script>2<")
    )
