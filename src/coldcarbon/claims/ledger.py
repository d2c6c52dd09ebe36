"""The recorded ledger: our verdicts as last computed on real data, with their history.

``results/ledger.json`` holds ``{"recorded_on", "version", "rows", "history"}``. Rows are those of `Claim`; the history
is only ever added to.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from coldcarbon import published
from coldcarbon.claims.row import Claim
from coldcarbon.whole_files import write_text

__all__ = ["LedgerError", "differences", "headline_coverage", "read", "recorded_rows", "update"]

EMPTY: dict[str, Any] = {"recorded_on": None, "version": None, "rows": [], "history": []}


class LedgerError(Exception):
    """The ledger cannot be read or written as asked."""


def read(path: Path) -> dict[str, Any]:
    """The recorded ledger; an empty one when the file does not exist.

    Raises
    ------
    LedgerError
        If the file is not a ledger.
    """
    if not path.exists():
        return {**EMPTY, "rows": [], "history": []}
    try:
        ledger = json.loads(path.read_text(encoding="utf-8"))
    except json.JSONDecodeError as error:
        raise LedgerError(f"{path}: not JSON (line {error.lineno}); restore it from the repository") from error
    missing = [key for key in EMPTY if key not in ledger]
    if missing:
        raise LedgerError(f"{path}: {', '.join(missing)} missing; restore it from the repository")
    return ledger


def recorded_rows(path: Path) -> dict[str, Claim]:
    """Rows of the recorded ledger by id, marked as recorded."""
    ledger = read(path)
    rows = (Claim.from_dict(row) for row in ledger["rows"])
    return {row.id: replace(row, computed="recorded", recorded_on=ledger["recorded_on"]) for row in rows}


def differences(computed: Iterable[Claim], recorded: dict[str, Claim]) -> list[tuple[str, str, str]]:
    """Verdicts that changed since they were recorded.

    Returns
    -------
    list of (id, recorded verdict, new verdict)
        Only rows computed now on evidence of the recorded kind: a simulated run says nothing about a real verdict.
    """
    changed = []
    for claim in computed:
        former = recorded.get(claim.id)
        if (
            former
            and claim.computed == "here"
            and claim.evidence == former.evidence
            and claim.verdict != former.verdict
        ):
            changed.append((claim.id, former.verdict, claim.verdict))
    return changed


def update(
    path: Path, computed: Sequence[Claim], *, version: str, reason: str = "", today: date | None = None
) -> dict[str, Any]:
    """Record a run on real data.

    Parameters
    ----------
    path : Path
        ``results/ledger.json``.
    computed : sequence of Claim
        All rows of the build; every one must have been computed in it.
    version : str
        Package version.
    reason : str
        Why verdicts changed; needed when one did.
    today : date, optional
        Date to record.

    Returns
    -------
    dict
        The ledger as written.

    Raises
    ------
    LedgerError
        If a row was not computed here, or a verdict changed or a row went and no reason is given.
    """
    stale = [claim.id for claim in computed if claim.computed != "here"]
    if stale:
        raise LedgerError(f"the ledger is recorded from a run on real data only; not computed here: {', '.join(stale)}")
    ledger, former = read(path), recorded_rows(path)
    changed = differences(computed, former)
    ids = {claim.id for claim in computed}
    events: list[dict[str, Any]] = [{"id": i, "event": "changed", "from": old, "to": new} for i, old, new in changed]
    events += [
        {"id": i, "event": "removed", "from": row.verdict, "to": None} for i, row in former.items() if i not in ids
    ]
    if events and not reason.strip():
        lines = [f"  {event['id']}: {event['from']} -> {event['to'] or 'removed'}" for event in events]
        raise LedgerError("verdicts changed; say why with REASON='...':\n" + "\n".join(lines))
    events += [
        {"id": claim.id, "event": "added", "from": None, "to": claim.verdict}
        for claim in computed
        if claim.id not in former
    ]
    day = (today or date.today()).isoformat()
    why = reason.strip()
    ledger["history"] += [{"on": day, **event, "reason": why if event["event"] != "added" else ""} for event in events]
    ledger["recorded_on"], ledger["version"] = day, version
    ledger["rows"] = [claim.to_dict() for claim in computed]
    write_text(path, json.dumps(ledger, indent=1, ensure_ascii=False, sort_keys=False) + "\n")
    return ledger


def headline_coverage(rows: Iterable[Claim], paper: str) -> tuple[list[str], list[str]]:
    """Headline numbers of a paper that have a row in the ledger, and those that have none yet."""
    tested = {row.published_id for row in rows}
    frame = published.load(paper)
    headline = list(frame.index[frame["headline"]])
    return [i for i in headline if i in tested], [i for i in headline if i not in tested]
