"""The recorded ledger keeps its history and refuses silent changes."""

import json
from dataclasses import replace
from datetime import date

import pytest

from coldcarbon import claims

DAY = date(2026, 11, 20)
ROW = claims.Claim(
    id="xiao2023/root-profiles/n-root-profiles",
    published_id="xiao2023-n-root-profiles",
    paper="xiao2023",
    chapter="xiao2023/root-profiles",
    statement="The compilation holds so many profiles",
    headline=False,
    published=559.0,
    unit="count",
    comparison="eq",
    ours=564.0,
    low=None,
    high=None,
    n=564,
    evidence="real",
    tolerance=0.5,
    tolerance_kind="absolute",
    verdict="differs",
    reason="564 and 559 differ by more than 0.5",
    page="notebooks/xiao2023/root-profiles.html#claim",
    datasets=["schenk-jackson-root-profiles"],
    data_hashes={"schenk-jackson-root-profiles": "0" * 64},
)


@pytest.fixture
def path(tmp_path):
    target = tmp_path / "results" / "ledger.json"
    claims.update(target, [ROW], version="0.1", today=DAY)
    return target


def test_an_absent_ledger_is_empty(tmp_path):
    assert claims.recorded_rows(tmp_path / "ledger.json") == {}


def test_recorded_rows_say_so(path):
    row = claims.recorded_rows(path)[ROW.id]
    assert (row.computed, row.recorded_on) == ("recorded", "2026-11-20")
    assert replace(row, computed="here", recorded_on=None) == ROW


def test_a_changed_verdict_needs_a_reason_and_leaves_a_trace(path):
    changed = replace(ROW, ours=559.0, verdict="reproduced", reason="559 and 559 agree within 0.5")
    before = path.read_text(encoding="utf-8")
    with pytest.raises(claims.LedgerError, match="differs -> reproduced"):
        claims.update(path, [changed], version="0.1", today=DAY)
    assert path.read_text(encoding="utf-8") == before
    claims.update(path, [changed], version="0.1", reason="five duplicates found", today=DAY)
    history = claims.read(path)["history"]
    assert [event["event"] for event in history] == ["added", "changed"]
    assert history[-1] == {
        "on": "2026-11-20",
        "id": ROW.id,
        "event": "changed",
        "from": "differs",
        "to": "reproduced",
        "reason": "five duplicates found",
    }


def test_a_removed_row_needs_a_reason(path):
    with pytest.raises(claims.LedgerError, match="removed"):
        claims.update(path, [], version="0.1", today=DAY)


def test_rows_of_a_former_run_are_never_recorded_again(path):
    with pytest.raises(claims.LedgerError, match="not computed here"):
        claims.update(path, list(claims.recorded_rows(path).values()), version="0.1", today=DAY)


def test_differences_ignore_other_evidence(path):
    recorded = claims.recorded_rows(path)
    same = replace(ROW, verdict="reproduced")
    assert claims.differences([same], recorded) == [(ROW.id, "differs", "reproduced")]
    assert claims.differences([replace(same, computed="recorded")], recorded) == []
    assert claims.differences([replace(ROW, evidence=None, verdict="not testable")], recorded) == []


def test_a_damaged_ledger_is_named(tmp_path):
    path = tmp_path / "ledger.json"
    path.write_text("{", encoding="utf-8")
    with pytest.raises(claims.LedgerError, match=r"ledger\.json"):
        claims.read(path)
    path.write_text(json.dumps({"rows": []}), encoding="utf-8")
    with pytest.raises(claims.LedgerError, match="history"):
        claims.read(path)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"evidence": "simulated"}, "cannot give 'differs'"),
        ({"evidence": "measured"}, "none of"),
        ({"reason": ""}, "one line"),
        ({"reason": "two\nlines"}, "one line"),
        ({"ours": float("inf")}, "ours is inf"),
        ({"computed": "elsewhere"}, "not here or recorded"),
    ],
)
def test_impossible_rows_are_refused(changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        replace(ROW, **changes)


def test_headline_numbers_without_a_row_are_listed():
    row = replace(ROW, published_id="xiao2023-abstract-bnpp-0-20")
    tested, untested = claims.headline_coverage([row], "xiao2023")
    assert tested == ["xiao2023-abstract-bnpp-0-20"]
    assert "xiao2023-abstract-share-0-20" in untested
