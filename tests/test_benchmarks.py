"""The runner of the benchmarks: what it measures, what it says without R, and what it refuses to record."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "benchmarks"))

import runner  # noqa: E402
import timing  # noqa: E402
from harness import Agreement, Case, Room  # noqa: E402


@pytest.fixture
def without_r(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing.shutil, "which", lambda _: None)
    monkeypatch.setattr(timing, "SHORTEST", 0.0)


def a_room(difference: float = 0.0) -> Room:
    agreement = Agreement("sums", "sum(x)", "sum(x)", lambda: difference, 1e-8, case="sum")
    return Room("toy", [Case("sum", lambda: lambda: sum(range(9)), "sum", 0.5, "nine numbers")], [agreement])


def test_a_call_is_warmed_up_and_short_ones_are_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    clock = iter([value for turn in range(100) for value in (0.0, 0.001 * max(1, turn))])
    monkeypatch.setattr(timing.time, "perf_counter", lambda: next(clock))
    monkeypatch.setattr(timing, "SHORTEST", 0.002)
    seconds = timing.seconds(lambda: calls.append(1), repeats=3)
    assert seconds > 0
    assert len(calls) > 1 + 3  # the warm-up, the search for the number of repeats, three turns


def test_without_r_our_times_stand_alone(without_r: None) -> None:
    found = runner.run([a_room()])
    (row,) = found["cases"]
    assert row["python_seconds"] > 0
    assert (row["r_seconds"], row["ratio"], row["within_goal"]) == (None, None, None)
    assert row["note"] == "R is not installed"
    assert found["processes"] == []
    assert "R is not installed" in runner.report(found)
    assert timing.r_versions.__wrapped__() == {}


def test_goals_are_judged_by_the_ratio(without_r: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "r_seconds", lambda *_: 1.0)
    monkeypatch.setattr(runner, "seconds", lambda *_: 0.25)
    monkeypatch.setattr(runner, "process_seconds", lambda *_: (3.0, 2.0))
    found = runner.run([a_room()])
    (row,) = found["cases"]
    assert (row["ratio"], row["within_goal"]) == (0.25, True)
    assert found["processes"][0]["ratio"] == 1.5
    monkeypatch.setattr(runner, "seconds", lambda *_: 0.75)
    report = runner.report(runner.run([a_room()]))
    assert "0.750    0.5 over" in report


def test_a_package_that_r_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "Error in library(p) : there is no package called ‘rEDM’\nExecution halted\n"
    monkeypatch.setattr(timing.shutil, "which", lambda _: "Rscript")
    monkeypatch.setattr(
        timing.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, stdout="", stderr=said)
    )
    with pytest.raises(timing.RUnavailableError, match="the R package rEDM is not installed"):
        timing.r_seconds("ccm", 3)


@pytest.mark.parametrize("difference", [1e-3, float("nan"), float("inf")])
def test_a_difference_beyond_the_tolerance_is_over(without_r: None, difference: float) -> None:
    found = runner.run([a_room(difference)])
    assert not found["agreements"][0]["within_tolerance"]
    assert " over" in runner.report(found)


def test_what_fails_is_reported_and_the_rest_runs(without_r: None) -> None:
    def broken() -> float:
        raise ZeroDivisionError

    room = a_room()
    room.agreements.append(Agreement("broken", "", "", broken, 0.1))
    room.cases.insert(0, Case("broken", broken, None, None))
    found = runner.run([Room("unread", fault="SyntaxError: here"), room])
    assert [row["within_tolerance"] for row in found["agreements"]] == [True, False]
    assert [row["name"] for row in found["faults"]] == ["", "broken"]
    assert [row["name"] for row in found["cases"]] == ["sum"]


def test_a_record_keeps_other_rooms_and_refuses_another_machine(
    without_r: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    machine = {"processor": "one"}
    monkeypatch.setattr(runner, "ROOT", tmp_path)
    monkeypatch.setattr(runner, "BENCHMARKS", tmp_path / "benchmarks" / "results.json")
    monkeypatch.setattr(runner, "CROSSWALK", tmp_path / "results" / "crosswalk.json")
    monkeypatch.setattr(runner, "describe_machine", lambda: machine)
    monkeypatch.setattr(runner, "import_times", list)
    first, second = a_room(), Room("also", a_room().cases, a_room().agreements)
    runner.record(runner.run([first, second]), all_rooms=True)
    runner.record(runner.run([a_room(2e-9)]), all_rooms=False)
    rows = json.loads(runner.CROSSWALK.read_text())["rows"]
    assert [(row["room"], row["difference"]) for row in rows] == [("also", 0.0), ("toy", 2e-9)]
    assert len(json.loads(runner.BENCHMARKS.read_text())["cases"]) == 2
    monkeypatch.setattr(runner, "describe_machine", lambda: {"processor": "two"})
    with pytest.raises(SystemExit, match="another machine"):
        runner.record(runner.run([first]), all_rooms=False)


def test_nothing_is_recorded_without_r(without_r: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "read_rooms", lambda _: [a_room()])
    monkeypatch.setattr(runner, "r_installed", lambda: False)
    monkeypatch.setattr(sys, "argv", ["harness.py", "--record"])
    with pytest.raises(SystemExit, match="install R first"):
        runner.main()
