"""Every agreement with R that the crosswalk prints is met here, on the machine that runs the tests."""

import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from harness import Agreement, read_rooms  # noqa: E402

ROOMS = read_rooms()
AGREEMENTS = [
    pytest.param(agreement, id=f"{room.name}: {agreement.method}: {agreement.our_call}")
    for room in ROOMS
    for agreement in room.agreements
]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_a_room_can_be_read_and_names_each_case_once(room):
    assert room.fault == ""
    names = [case.name for case in room.cases]
    assert sorted(names) == sorted(set(names))
    assert {agreement.case for agreement in room.agreements} - {None} <= set(names)


@pytest.mark.parametrize("agreement", AGREEMENTS)
def test_agrees_with_r(agreement: Agreement):
    assert 0 < agreement.tolerance < 1
    assert agreement.compare() <= agreement.tolerance


def test_a_case_names_a_fit_that_is_there():
    known = (ROOT / "tests" / "golden" / "r" / "fits.R").read_text(encoding="utf-8")
    named = {case.r for room in ROOMS for case in room.cases} - {None}
    assert sorted(name for name in named if name not in known) == []


def test_the_recorded_crosswalk_holds_what_is_compared():
    recorded = json.loads((ROOT / "results" / "crosswalk.json").read_text(encoding="utf-8"))["rows"]
    rows = {(row["room"], row["method"], row["r_call"], row["our_call"]) for row in recorded}
    compared = {(room.name, a.method, a.r_call, a.our_call) for room in ROOMS for a in room.agreements}
    assert rows == compared, "record again: python benchmarks/harness.py --record"


def test_a_recorded_difference_is_within_its_tolerance():
    recorded = json.loads((ROOT / "results" / "crosswalk.json").read_text(encoding="utf-8"))["rows"]
    assert recorded
    assert [row["method"] for row in recorded if not row["within_tolerance"]] == []


def test_a_broken_room_is_named_and_does_not_stop_the_others(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "broken_room.py").write_text("CASES = [undefined]\n")
    (tmp_path / "sound_room.py").write_text("from harness import Case\nCASES = [Case('a', list, None, None)]\n")
    (tmp_path / "no_room.py").write_text("raise SystemExit('not to be imported')\n")
    broken, sound = read_rooms(folder=tmp_path)
    assert "NameError" in broken.fault
    assert [case.name for case in sound.cases] == ["a"]
    with pytest.raises(SystemExit, match="no room nowhere"):
        read_rooms(["nowhere"], folder=tmp_path)
