"""What changed in the ledger, from its history, and the slips found in the papers, from its rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from docutils import nodes

from coldcarbon.book.anchors import row_address
from coldcarbon.book.tables import Cell, plain_table
from coldcarbon.claims import Claim
from coldcarbon.published import PAPERS

__all__ = ["FEW", "ledger_history", "slips"]

FEW = 4  # changes of one reason that still stand unfolded
Event = Mapping[str, Any]


def ledger_history(history: Iterable[Event], claims: Mapping[str, Claim], *, to_root: str) -> list[nodes.Node]:
    """Rows added, counted by day and paper, then each changed or removed verdict with its reason, newest first.

    Parameters
    ----------
    history : iterable of mapping
        As ``results/ledger.json`` keeps it, oldest first.
    claims : mapping of id to Claim
        Rows of this build; a change of one of them links to it.
    to_root : str
        Relative path from the page to the root of the book.
    """
    events = list(history)
    if not events:
        return [nodes.paragraph("", "Nothing is recorded yet.")]
    changes = [event for event in reversed(events) if event["event"] != "added"]
    changes.sort(key=lambda event: event["on"], reverse=True)  # stable: within a day the last comes first
    found: list[nodes.Node] = [_counts(events)]
    for (day, reason), group in groupby(changes, key=lambda event: (event["on"], event["reason"])):
        of_one_reason = list(reversed(list(group)))
        items = nodes.bullet_list("", *(_item(event, claims, to_root) for event in of_one_reason))
        found.append(nodes.paragraph("", "", nodes.strong("", f"{day}."), nodes.Text(f" {reason.rstrip('.')}.")))
        if len(of_one_reason) > FEW:
            title = nodes.title("", f"{len(of_one_reason)} rows")
            found.append(nodes.admonition("", title, items, classes=["dropdown"]))
        else:
            found.append(items)
    return found


def _counts(events: Sequence[Event]) -> nodes.Node:
    counts = Counter((event["on"], event["event"], event["id"].partition("/")[0]) for event in events)
    rows: list[list[Cell]] = []
    for day in sorted({event["on"] for event in events}, reverse=True):
        for what in ("added", "changed", "removed"):
            numbers = [counts[day, what, paper] for paper in PAPERS]
            if any(numbers):
                rows.append([day, what, *(str(n) if n else "–" for n in numbers)])
    return plain_table(["Day", "Rows", *PAPERS], rows, classes=["counts"], caption="Rows by day and paper")


def _item(event: Event, claims: Mapping[str, Claim], to_root: str) -> nodes.list_item:
    row_id = event["id"]
    name: nodes.Node = nodes.literal("", row_id)
    if row_id in claims:
        name = nodes.reference("", "", name, refuri=row_address(row_id, to_root), internal=True)
    what = f": {event['from']}, removed" if event["to"] is None else f": {event['from']}, now {event['to']}"
    return nodes.list_item("", nodes.paragraph("", "", name, nodes.Text(what)))


def slips(claims: Iterable[Claim], *, to_root: str) -> list[nodes.Node]:
    """Printed numbers that do not fit each other, by paper, with the arithmetic.

    Parameters
    ----------
    claims : iterable of Claim
        All rows of the build.
    to_root : str
        Relative path from the page to the root of the book.
    """
    rows = [claim for claim in claims if claim.verdict == "inconsistent"]
    if not rows:
        return [nodes.paragraph("", "None was found.")]
    found: list[nodes.Node] = []
    for paper in PAPERS:
        items = [_slip(claim, to_root) for claim in rows if claim.paper == paper]
        if items:
            found += [nodes.paragraph("", "", nodes.strong("", paper)), nodes.bullet_list("", *items)]
    return found


def _slip(claim: Claim, to_root: str) -> nodes.list_item:
    link = nodes.reference("", claim.statement, refuri=row_address(claim.id, to_root), internal=True)
    return nodes.list_item("", nodes.paragraph("", "", link, nodes.Text(f": {claim.reason}.")))
