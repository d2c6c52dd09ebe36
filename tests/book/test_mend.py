"""Each mend does what it says to the theme's HTML, once, and nothing to anything else."""

from pathlib import Path

import pytest

from coldcarbon.book.mend import MENDS, mend_page, mend_pages
from coldcarbon.book.policy import with_policy

CASES = [
    (
        '<details><summary aria-label="Toggle hidden content"><p>Show source</p></summary>',
        "<details><summary><p>Show source</p></summary>",
    ),
    (
        '<button class="btn search-button-field" title="Search" aria-label="Search" data-x="1">',
        '<button class="btn search-button-field" title="Search" data-x="1">',
    ),
    (
        '<i class="theme-switch fa-sun" data-mode="light"  title="Light"></i>',
        '<i class="theme-switch fa-sun" data-mode="light"></i>',
    ),
    ('<div class="citation" role="doc-biblioentry">', '<div class="citation" role="listitem">'),
    (
        'a\n <script>const THEBE_JS_URL = "https://x.example"; const b = 1</script>'
        '\n <script async="async" src="../_static/sphinx-thebe.js?v=1"></script>'
        '\n <link rel="stylesheet" href="../_static/sphinx-thebe.css?v=1" />'
        "\n <script type=\"text/x-thebe-config\">\n{a: 1}\n</script>\n <script>kernelName = 'python3'</script>\nb",
        "a\nb",
    ),
    ('a\n  <script defer src="../_static/scripts/fontawesome.js?digest=1"></script>b', "ab"),
    ('<button onclick="window.print()"\n class="btn">', '<button data-print\n class="btn">'),
    ('a\n<div id="ethical-ad-placement"\n class="flat">\n</div></div>', "a</div>"),
    ('<img alt="x" src="y.png" style="width: 672px;" />', '<img alt="x" src="y.png" width="672" />'),
]
SCRIPTS = (
    '<script>window.MathJax = {"options": {"a": "b"}}</script>\n'
    '<script defer="defer" src="../_static/mathjax/tex-mml-chtml.js?v=1"></script>'
    '<script src="../_static/searchtools.js"></script><script src="../searchindex.js"></script>'
)


@pytest.mark.parametrize(("html", "mended"), CASES)
def test_mends(html: str, mended: str) -> None:
    assert mend_page(html) == mended
    assert mend_page(mended) == mended


def test_every_mend_has_a_case() -> None:
    assert all(any(pattern.search(html) for html, _ in CASES) for pattern, _, _ in MENDS)


def test_other_html_stays() -> None:
    html = '<button class="search-button" aria-label="Search"><i title="Light"></i></button><script>let a</script>'
    assert mend_page(html) == html


@pytest.mark.parametrize("maths", ['<span class="math notranslate">', '<div class="math notranslate">'])
def test_mathjax_stays_on_pages_with_mathematics_only(maths: str) -> None:
    kept = mend_page(SCRIPTS + maths)
    assert "window.MathJax" in kept
    assert "tex-mml-chtml.js" in kept
    assert "mathjax" not in mend_page(SCRIPTS + '<p class="math-free">').lower()


def test_the_search_index_is_loaded_by_the_search_page_only() -> None:
    assert "search" not in mend_page(SCRIPTS)
    search = mend_page(SCRIPTS + "<script>DOCUMENTATION_OPTIONS.pagename = 'search';</script>")
    assert "searchtools.js" in search
    assert "searchindex.js" in search


def test_pages_are_mended_in_place(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.html", tmp_path / "bad.html"
    good.write_text(with_policy("<p>å</p>"), encoding="utf-8")
    bad.write_text(f"å{CASES[3][0]}", encoding="utf-8")
    assert mend_pages([good, bad]) == [bad]
    assert bad.read_text(encoding="utf-8") == with_policy(f"å{CASES[3][1]}")
    assert not mend_pages([good, bad])
