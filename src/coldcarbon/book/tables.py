"""Ledger rows and verdict counts as tables of a page, and what all tables of the book's own pages share."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from docutils import nodes

from coldcarbon.book.anchors import LEDGER_PAGE, row_anchor_of, section_of
from coldcarbon.claims import VERDICTS, Claim

__all__ = [
    "Cell",
    "badge",
    "claims_table",
    "counts_table",
    "depart_caption",
    "filtered",
    "number_text",
    "ours_text",
    "plain_table",
    "published_text",
    "table_caption",
    "unit_text",
    "visit_caption",
]

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
COMPARISON_SIGNS = {"eq": "", "approx": "about ", "lt": "less than ", "gt": "more than ", None: ""}
Cell = str | nodes.Node


class table_caption(nodes.Part, nodes.TextElement):  # noqa: N801 (the writer is told apart by the name of the class)
    """Caption of a table that has no number: those with one are the tables of the notebooks."""


def visit_caption(writer: Any, node: nodes.Element) -> None:
    """Open the caption in HTML."""
    writer.body.append(writer.starttag(node, "caption", ""))


def depart_caption(writer: Any, _node: nodes.Element) -> None:
    """Close the caption in HTML."""
    writer.body.append("</caption>\n")


def badge(claim: Claim) -> nodes.inline:
    """The verdict as a small coloured label; a recorded one says so."""
    recorded = "" if claim.computed == "here" else f" (recorded {claim.recorded_on})"
    return _verdict(claim.verdict, recorded)


def _verdict(verdict: str, mark: str = "") -> nodes.inline:
    return nodes.inline("", verdict + mark, classes=["verdict", "verdict-" + verdict.replace(" ", "-")])


def claims_table(claims: Sequence[Claim], *, to_root: str, in_ledger: bool = False, caption: str = "") -> nodes.Node:
    """Ledger rows as a table.

    Our number stands with its 95 % interval; for printed evidence, with the range that rounding allows.

    Parameters
    ----------
    claims : sequence of Claim
        Rows to show.
    to_root : str
        Relative path from the page to the root of the book, such as ``"../../"``.
    in_ledger : bool
        The table is part of the ledger: it names the chapter with each claim, and each row is a target.
    caption : str
        What the table holds; none if left out.
    """
    if not claims:
        return nodes.paragraph("", "No claim is registered here yet.")
    rows: list[list[Cell]] = []
    for claim in claims:
        link: nodes.Node = nodes.reference("", claim.statement, refuri=to_root + claim.page, internal=True)
        if in_ledger:
            link = nodes.inline("", "", link, nodes.inline("", f" {claim.chapter}", classes=["chapter-name"]))
        rows.append([badge(claim), link, published_text(claim), ours_text(claim), claim.evidence or "none"])
    head = ["Verdict", "Claim", "Paper", "Ours (interval or range)", "Evidence"]
    classes = ["claims", "ledger"] if in_ledger else ["claims"]
    targets = [row_anchor_of(claim.id) for claim in claims] if in_ledger else ()
    return plain_table(head, rows, classes=classes, caption=caption, targets=targets)


def counts_table(claims: Iterable[Claim], papers: Sequence[str], *, to_root: str) -> nodes.Node:
    """Number of claims by evidence, verdict and paper, each linked to these rows of the ledger."""
    rows = list(claims)

    def cell(paper: str, verdict: str | None) -> Cell:
        number = sum(claim.paper == paper and verdict in (None, claim.verdict) for claim in rows)
        if not number:
            return "–"
        target = filtered(to_root, paper=paper, verdict=verdict)
        # A bare number says nothing where links are listed out of their table.
        words = nodes.inline("", f" of {paper}: {verdict or 'all'}", classes=["visually-hidden"])
        return nodes.reference("", "", nodes.Text(str(number)), words, refuri=target, internal=True)

    body: list[list[Cell]] = [
        [evidence or "none", _verdict(verdict), *(cell(paper, verdict) for paper in papers)]
        for evidence, verdicts in VERDICTS.items()
        for verdict in verdicts
    ]
    body.append(["", "all", *(cell(paper, None) for paper in papers)])
    return plain_table(
        ["Evidence", "Verdict", *papers], body, classes=["counts"], caption="Rows by evidence, verdict and paper"
    )


def filtered(to_root: str, *, paper: str, verdict: str | None = None) -> str:
    """Address of the ledger with only these rows shown; without a script it leads to the paper's part.

    Parameters
    ----------
    to_root : str
        Relative path from the page to the root of the book.
    paper, verdict : str
        As in the ledger; any verdict if None.
    """
    wanted = {"paper": paper} | ({"verdict": verdict} if verdict else {})
    return f"{to_root}{LEDGER_PAGE}.html?{urlencode(wanted)}#{section_of(paper)}"


def plain_table(
    head: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    classes: Sequence[str] = (),
    caption: str = "",
    targets: Sequence[str] = (),
) -> nodes.Node:
    """A docutils table in a container that scrolls on narrow screens.

    Parameters
    ----------
    head, rows : sequences
        Cells; a text or a node each.
    classes : sequence of str
        Classes of the table.
    caption : str
        What the table holds; none if left out.
    targets : sequence of str
        What links to each row name; none if left out.
    """
    group = nodes.tgroup(cols=len(head))
    group += [nodes.colspec(colwidth=1) for _ in head]
    group += nodes.thead("", _row(head))
    body = [_row(row) for row in rows]
    for row, target in zip(body, targets, strict=bool(targets)):
        row["ids"].append(target)
    group += nodes.tbody("", *body)
    words = [table_caption("", caption)] if caption else []
    table = nodes.table("", *words, group, classes=list(classes))
    return nodes.container("", table, classes=["scrolling-table"])


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
    return f"{COMPARISON_SIGNS[claim.comparison]}{claim.published:g} {unit_text(claim.unit)}".strip()


def ours_text(claim: Claim) -> str:
    """Our number with its interval and unit; a dash if there is none."""
    parts = [] if claim.ours is None else [number_text(claim.ours)]
    if claim.low is not None and claim.high is not None and claim.low < claim.high:
        span = f"{number_text(claim.low)} to {number_text(claim.high)}"
        parts.append(f"({span})" if parts else span)
    return " ".join([*parts, unit_text(claim.unit)]).strip() if parts else "–"


def number_text(value: float) -> str:
    """A number of ours, to three digits."""
    return f"{value:.3g}"


def unit_text(unit: str) -> str:
    """Unit with its powers raised; nothing for pure numbers."""
    if unit in ("1", "unitless", "count"):
        return ""
    return re.sub(r"(?<=[A-Za-z])-[0-9]+", lambda power: power[0].translate(SUPERSCRIPTS), unit)
