"""Ledger, verdict counts and data catalogue as tables of a page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from docutils import nodes

from coldcarbon.claims import VERDICTS, Claim

__all__ = ["badge", "claims_table", "counts_table", "ours_text", "plain_table", "published_text"]

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
COMPARISON_SIGNS = {"eq": "", "approx": "about ", "lt": "less than ", "gt": "more than ", None: ""}
Cell = str | nodes.Node


def badge(claim: Claim) -> nodes.inline:
    """The verdict as a small coloured label; a recorded one says so."""
    recorded = "" if claim.computed == "here" else f" (recorded {claim.recorded_on})"
    return _verdict(claim.verdict, recorded)


def _verdict(verdict: str, mark: str = "") -> nodes.inline:
    return nodes.inline("", verdict + mark, classes=["verdict", "verdict-" + verdict.replace(" ", "-")])


def claims_table(claims: Sequence[Claim], *, to_root: str, with_chapter: bool = False) -> nodes.Node:
    """Ledger rows as a table.

    Our number stands with its 95 % interval; for printed evidence, with the range that rounding allows.

    Parameters
    ----------
    claims : sequence of Claim
        Rows to show.
    to_root : str
        Relative path from the page to the root of the book, such as ``"../../"``.
    with_chapter : bool
        Name the chapter with each claim.
    """
    if not claims:
        return nodes.paragraph("", "No claim is registered here yet.")
    rows: list[list[Cell]] = []
    for claim in claims:
        link: nodes.Node = nodes.reference("", claim.statement, refuri=to_root + claim.page, internal=True)
        if with_chapter:
            link = nodes.inline("", "", link, nodes.inline("", f" {claim.chapter}", classes=["chapter-name"]))
        rows.append([badge(claim), link, published_text(claim), ours_text(claim), claim.evidence or "none"])
    head = ["Verdict", "Claim", "Paper", "Ours (interval or range)", "Evidence"]
    return plain_table(head, rows, classes=["claims"])


def counts_table(claims: Iterable[Claim], papers: Sequence[str]) -> nodes.Node:
    """Number of claims by evidence, verdict and paper."""
    rows = list(claims)
    body: list[list[Cell]] = []
    for evidence, verdicts in VERDICTS.items():
        for verdict in verdicts:
            numbers = [sum(c.paper == paper and c.verdict == verdict for c in rows) for paper in papers]
            body.append([evidence or "none", _verdict(verdict), *(str(n) if n else "–" for n in numbers)])
    body.append(["", "all", *(str(sum(c.paper == paper for c in rows)) for paper in papers)])
    return plain_table(["Evidence", "Verdict", *papers], body, classes=["counts"])


def plain_table(head: Sequence[str], rows: Sequence[Sequence[Cell]], *, classes: Sequence[str] = ()) -> nodes.Node:
    """A docutils table in a container that scrolls on narrow screens."""
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row(head))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.container("", nodes.table("", group, classes=list(classes)), classes=["scrolling-table"])


def _row(cells: Sequence[Cell]) -> nodes.row:
    entries = []
    for cell in cells:
        content = nodes.Text(cell) if isinstance(cell, str) else cell
        entries.append(nodes.entry("", nodes.paragraph("", "", content)))
    return nodes.row("", *entries)


def published_text(claim: Claim) -> str:
    """The printed number with its sign and unit; a dash if there is none."""
    if claim.published is None:
        return "–"
    return f"{COMPARISON_SIGNS[claim.comparison]}{claim.published:g} {_unit(claim.unit)}".strip()


def ours_text(claim: Claim) -> str:
    """Our number with its interval and unit; a dash if there is none."""
    parts = [] if claim.ours is None else [f"{claim.ours:.3g}"]
    if claim.low is not None and claim.high is not None and claim.low < claim.high:
        span = f"{claim.low:.3g} to {claim.high:.3g}"
        parts.append(f"({span})" if parts else span)
    return " ".join([*parts, _unit(claim.unit)]).strip() if parts else "–"


def _unit(unit: str) -> str:
    """Unit with its powers raised; nothing for pure numbers."""
    if unit in ("1", "unitless", "count"):
        return ""
    return re.sub(r"(?<=[A-Za-z])-[0-9]+", lambda power: power[0].translate(SUPERSCRIPTS), unit)
