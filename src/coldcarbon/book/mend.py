"""Mend, in the written pages, what the theme and docutils get wrong for readers with a screen reader or no network."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from coldcarbon.book.policy import with_policy
from coldcarbon.book.table_words import describe_tables
from coldcarbon.whole_files import write_text

__all__ = ["mend_page", "mend_pages"]

# What to look for, what to write instead, and why. A pattern that no longer occurs does nothing.
MENDS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(r'(<summary\b[^>]*?) aria-label="Toggle hidden content"'),
        r"\1",
        "the label hides the words of the fold from a screen reader (WCAG 2.5.3)",
    ),
    (
        re.compile(r'(<button class="[^"]*\bsearch-button-field\b[^>]*?) aria-label="Search"'),
        r"\1",
        "the button has words of its own, and another label (WCAG 2.5.3)",
    ),
    (
        re.compile(r'(<i class="theme-switch\b[^>]*?)\s+title="[^"]*"'),
        r"\1",
        "icons become pictures whose titles are read beside the button's own label (WCAG 2.5.3)",
    ),
    (
        re.compile(r'role="doc-biblioentry"'),
        'role="listitem"',
        "docutils writes a role that is deprecated and that the list around it may not hold (WCAG 1.3.1)",
    ),
    (
        re.compile(
            r"\s*<script>const THEBE_JS_URL[^<]*</script>"
            r'|\s*<script [^>]*src="[^"]*sphinx-thebe\.js[^"]*"></script>'
            r'|\s*<link [^>]*href="[^"]*sphinx-thebe\.css[^"]*"[^>]*>'
            r'|\s*<script type="text/x-thebe-config">[^<]*</script>'
            r"|\s*<script>kernelName = [^<]*</script>"
        ),
        "",
        "these start a kernel with a script from another host; the button for it is switched off, the rest stays",
    ),
    (
        re.compile(r'\s*<script [^>]*src="[^"]*scripts/fontawesome\.js[^"]*"></script>'),
        "",
        "1.5 MB that turn icons into drawings; the style sheet has the same icons as a font",
    ),
    (
        re.compile(r' onclick="window\.print\(\)"'),
        " data-print",
        "no handler in an attribute runs under the content security policy; coldcarbon.js listens instead",
    ),
    (
        re.compile(r'\s*<div id="ethical-ad-placement".*?</div>', re.DOTALL),
        "",
        "a place for advertisements",
    ),
    (
        re.compile(r'(<img\b[^>]*?) style="width: ([0-9]+)px;"'),
        r'\1 width="\2"',
        "an inline style would have the policy allow all of them",
    ),
)
MATHS = re.compile(r'<(?:span|div) class="math\b')
MATHS_SCRIPTS = re.compile(
    r'\s*<script>window\.MathJax = .*?</script>|\s*<script [^>]*src="[^"]*mathjax/[^"]*"></script>', re.DOTALL
)
SEARCH_PAGE = "DOCUMENTATION_OPTIONS.pagename = 'search'"
SEARCH_SCRIPTS = re.compile(r'\s*<script src="[^"]*(?:searchtools|language_data|searchindex)\.js[^"]*"></script>')


def mend_page(html: str) -> str:
    """Page as it should have been written; a mended page stays as it is."""
    for pattern, replacement, _ in MENDS:
        html = pattern.sub(replacement, html)
    if not MATHS.search(html):
        html = MATHS_SCRIPTS.sub("", html)
    if SEARCH_PAGE not in html:
        html = SEARCH_SCRIPTS.sub("", html)  # the search field leads to the search page, which has them
    return describe_tables(html)


def mend_pages(pages: Iterable[Path]) -> list[Path]:
    """Mend pages in place, and give each its content security policy.

    Returns
    -------
    list of Path
        The pages that changed.
    """
    changed = []
    for path in pages:
        html = path.read_text(encoding="utf-8")
        mended = with_policy(mend_page(html))
        if mended != html:
            write_text(path, mended)
            changed.append(path)
    return changed
