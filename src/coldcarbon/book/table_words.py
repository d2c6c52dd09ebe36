"""Captions and header scopes for tables that were written without them, for readers with a screen reader."""

from __future__ import annotations

import re
from html import escape, unescape

__all__ = ["describe_tables"]

TOKEN = re.compile(
    r"<h[1-6]\b[^>]*>(?P<heading>.*?)</h[1-6]>"
    r'|<p class="admonition-title">(?P<title>.*?)</p>'
    r"|(?P<table><table\b[^>]*>)(?!\s*<caption\b)",
    re.DOTALL,
)
NOT_WORDS = re.compile(
    r'<a class="headerlink".*?</a>|<span class="section-number">.*?</span>|<button\b.*?</button>|<[^>]*>', re.DOTALL
)
TABLE_HEAD = re.compile(r"<thead\b.*?</thead>", re.DOTALL)
HEADER = re.compile(r"<th(?=[\s>])(?![^>]*\bscope=)")


def describe_tables(html: str) -> str:
    """Give each table a caption and each header cell a scope (WCAG 1.3.1).

    A table without a caption of its own gets the heading above it, for screen readers only: to the eye the heading
    stands there already. Header cells in the head of a table name its columns, others its rows.

    Parameters
    ----------
    html : str
        The page.

    Returns
    -------
    str
        The page; one whose tables are described stays as it is.
    """
    heading = "Table"

    def caption(token: re.Match[str]) -> str:
        nonlocal heading
        words = token["heading"] or token["title"]
        if words is not None:
            heading = " ".join(unescape(NOT_WORDS.sub("", words)).split()) or heading
        if token["table"] is None:
            return token[0]
        return f'{token["table"]}\n<caption class="visually-hidden">{escape(heading, quote=False)}</caption>'

    described = TOKEN.sub(caption, html)
    described = TABLE_HEAD.sub(lambda head: HEADER.sub('<th scope="col"', head[0]), described)
    return HEADER.sub('<th scope="row"', described)
