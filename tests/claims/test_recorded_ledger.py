"""The committed ledger, against its own history and against each version that was committed before."""

import copy
import json
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from coldcarbon.book.project import find_project
from coldcarbon.claims import recorded_rows

PROJECT = find_project(Path(__file__).parent)
NAME = "results/ledger.json"
Ledger = dict[str, Any]


def faults(older: Ledger, newer: Ledger) -> list[str]:
    """What a version of the ledger does that it must not do to its predecessor."""
    kept = older["history"]
    if newer["history"][: len(kept)] != kept:
        return ["the history was rewritten; it may only grow"]
    said = {(e["id"], e["event"]): e for e in newer["history"][len(kept) :]}
    before = {row["id"]: row["verdict"] for row in older["rows"]}
    after = {row["id"]: row["verdict"] for row in newer["rows"]}
    found = []
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        event = said.get((name, "added" if old is None else "removed" if new is None else "changed"))
        if event is None:
            found.append(f"{name}: {old} -> {new} is not in the history")
        elif (event["from"], event["to"]) != (old, new):
            found.append(f"{name}: {old} -> {new}, but the history says {event['from']} -> {event['to']}")
        elif old is not None and not event["reason"].strip():
            found.append(f"{name}: {old} -> {new} has no reason")
    return found


def git(*words: str) -> str:
    return subprocess.run(["git", *words], cwd=PROJECT.root, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def versions() -> list[Ledger]:
    """Every committed version, oldest first, then the one in the working tree."""
    if not PROJECT.ledger.exists():
        tracked = git("log", "--format=%H", "--", NAME) if (PROJECT.root / ".git").exists() else ""
        assert not tracked, f"{NAME} was recorded once and is gone"
        pytest.skip("no run on real data has been recorded yet")
    now = json.loads(PROJECT.ledger.read_text(encoding="utf-8"))
    try:
        commits = git("log", "--reverse", "--format=%H", "--diff-filter=AM", "--", NAME).split()
    except (OSError, subprocess.CalledProcessError):
        return [now]  # an unpacked source archive has no history to compare with
    return [*(json.loads(git("show", f"{commit}:{NAME}")) for commit in commits), now]


def test_each_version_only_adds_to_its_predecessor_and_says_why_a_verdict_changed(versions: list[Ledger]) -> None:
    for older, newer in pairwise(versions):
        assert not faults(older, newer), f"version of {newer['recorded_on']}"


def test_the_history_leads_to_the_rows(versions: list[Ledger]) -> None:
    verdicts: dict[str, str] = {}
    for event in versions[-1]["history"]:
        assert verdicts.get(event["id"]) == event["from"], event
        if event["to"] is None:
            del verdicts[event["id"]]
        else:
            verdicts[event["id"]] = event["to"]
    assert verdicts == {row["id"]: row["verdict"] for row in versions[-1]["rows"]}
    days = [event["on"] for event in versions[-1]["history"]]
    assert days == sorted(days)


def test_the_rows_are_of_a_run_on_real_data(versions: list[Ledger]) -> None:
    rows = versions[-1]["rows"]
    assert rows
    assert {row["computed"] for row in rows} == {"here"}
    assert len(recorded_rows(PROJECT.ledger)) == len(rows), "two rows share an id"
    for row in rows:
        assert set(row["data_hashes"]) == set(row["datasets"]), row["id"]
        assert bool(row["datasets"]) == (row["evidence"] == "real"), row["id"]


GOOD: Ledger = {
    "rows": [{"id": "a", "verdict": "reproduced"}, {"id": "b", "verdict": "differs"}],
    "history": [
        {"id": "a", "event": "added", "from": None, "to": "reproduced", "reason": ""},
        {"id": "b", "event": "added", "from": None, "to": "differs", "reason": ""},
    ],
}
CHANGE = {"id": "a", "event": "changed", "from": "reproduced", "to": "differs", "reason": "the reader was wrong"}


def changed(verdict: str | None, *events: Ledger) -> Ledger:
    """The good ledger with another verdict of row a, or without it."""
    ledger = copy.deepcopy(GOOD)
    ledger["rows"] = [row for row in ledger["rows"] if row["id"] != "a"]
    ledger["rows"] += [{"id": "a", "verdict": verdict}] if verdict else []
    ledger["history"] += events
    return ledger


def test_a_change_with_its_reason_passes() -> None:
    assert not faults(GOOD, GOOD)
    assert not faults(GOOD, changed("differs", CHANGE))
    assert not faults(GOOD, changed(None, {**CHANGE, "event": "removed", "to": None}))


@pytest.mark.parametrize(
    ("newer", "complaint"),
    [
        (changed("differs"), "a: reproduced -> differs is not in the history"),
        (changed("differs", {**CHANGE, "reason": " "}), "a: reproduced -> differs has no reason"),
        (changed("same conclusion", CHANGE), "but the history says reproduced -> differs"),
        (changed(None), "a: reproduced -> None is not in the history"),
        ({**GOOD, "history": GOOD["history"][1:]}, "the history was rewritten"),
        ({**GOOD, "rows": [*GOOD["rows"], {"id": "c", "verdict": "differs"}]}, "c: None -> differs is not in"),
    ],
)
def test_a_silent_change_is_found(newer: Ledger, complaint: str) -> None:
    (found,) = faults(GOOD, newer)
    assert complaint in found
