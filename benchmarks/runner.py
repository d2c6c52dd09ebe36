"""Runs the cases of each room here and in R, checks agreements, prints both and records them if asked."""

from __future__ import annotations

import argparse
import datetime
import json
import math
import statistics
from pathlib import Path
from typing import Any

from harness import Agreement, Case, Room, read_rooms
from machine import describe_machine, import_times
from timing import RUnavailableError, process_seconds, r_installed, r_seconds, seconds
from tqdm import tqdm

__all__ = ["main"]

ROOT = Path(__file__).parents[1]
BENCHMARKS = ROOT / "benchmarks" / "results.json"
CROSSWALK = ROOT / "results" / "crosswalk.json"
ROUNDS = 3  # Python and R take turns, so that a busy spell of the machine hits both
REPEATS = 3  # of each turn, after a warm-up
LONG = 5.0  # seconds of one fit above which one round must do

Row = dict[str, Any]


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="benchmarks/harness.py", description=__doc__)
    parser.add_argument("--rooms", default="", help="names divided by commas; all by default")
    parser.add_argument("--record", action="store_true", help="write results.json and the crosswalk")
    options = parser.parse_args()
    rooms = read_rooms([name for name in options.rooms.split(",") if name])
    if not r_installed():
        print("R is not installed: our times stand alone.")
        if options.record:
            raise SystemExit("a record without R would lose R's times: install R first")
    found = run(rooms)
    print(report(found))
    if options.record:
        record(found, all_rooms=not options.rooms)
    wrong = [row for row in found["agreements"] if not row["within_tolerance"]]
    if wrong or found["faults"]:
        raise SystemExit(f"{len(wrong)} agreements missed, {len(found['faults'])} rooms or cases failed")


def run(rooms: list[Room]) -> dict[str, list[Row]]:
    """Rows of all cases, agreements and processes, and faults."""
    found: dict[str, list[Row]] = {"cases": [], "agreements": [], "processes": [], "faults": []}
    with tqdm(total=sum(len(room.cases) + len(room.agreements) for room in rooms), unit="case") as bar:
        for room in rooms:
            if room.fault:
                found["faults"].append({"room": room.name, "name": "", "fault": room.fault})
            for agreement in room.agreements:
                bar.set_description(f"{room.name}: {agreement.method}"[:40])
                found["agreements"].append(agree(room.name, agreement))
                bar.update()
            for case in room.cases:
                bar.set_description(f"{room.name}: {case.name}"[:40])
                try:
                    found["cases"].append(clock(room.name, case))
                except Exception as error:  # reported at the end; the other cases run
                    found["faults"].append({"room": room.name, "name": case.name, "fault": repr(error)})
                bar.update()
            paired = [row for row in found["cases"] if row["room"] == room.name and row["ratio"] is not None]
            paired.sort(key=lambda row: row["r_seconds"])
            for row in paired[:1] + paired[1:][-1:]:  # the shortest in R and the longest
                bar.set_description(f"{room.name}: {row['name']} as a process"[:40])
                found["processes"].append(whole(row))
    return found


def agree(room: str, agreement: Agreement) -> Row:
    """Compare once; an exception is a difference without bound."""
    try:
        difference, remark = float(agreement.compare()), agreement.remark
    except Exception as error:
        difference, remark = math.inf, f"failed: {error!r}"
    return {
        "room": room,
        "method": agreement.method,
        "r_call": agreement.r_call,
        "our_call": agreement.our_call,
        "difference": difference,
        "tolerance": agreement.tolerance,
        "within_tolerance": difference <= agreement.tolerance,  # not so for NaN either
        "case": agreement.case,
        "remark": remark,
    }


def clock(room: str, case: Case) -> Row:
    """Time a case here and in R, turn by turn."""
    call = case.prepare()
    ours: list[float] = []
    theirs: list[float] = []
    note = "" if case.r else "not timed in R"
    for _ in range(ROUNDS):
        ours.append(seconds(call, REPEATS))
        if case.r and not note:
            try:
                theirs.append(r_seconds(case.r, REPEATS if not theirs or theirs[-1] < LONG else 1))
            except RUnavailableError as error:
                note = str(error)
        if max(ours[-1], *theirs, 0.0) > LONG:
            break
    ratios = [a / b for a, b in zip(ours, theirs, strict=False)]
    ratio = statistics.median(ratios) if ratios else None
    return {
        "room": room,
        "name": case.name,
        "r_case": case.r,
        "python_seconds": statistics.median(ours),
        "r_seconds": statistics.median(theirs) if theirs else None,
        "ratio": ratio,
        "ratio_lowest": min(ratios, default=None),
        "ratio_highest": max(ratios, default=None),
        "goal": case.goal,
        "within_goal": None if ratio is None or case.goal is None else ratio <= case.goal,
        "note": note,
        "remark": case.remark,
    }


def whole(row: Row) -> Row:
    """A case as a process of its own, start-up included."""
    ours, theirs = process_seconds(row["room"], row["name"], row["r_case"], REPEATS)
    return {
        "room": row["room"],
        "name": row["name"],
        "python_seconds": ours,
        "r_seconds": theirs,
        "ratio": ours / theirs,
    }


def report(found: dict[str, list[Row]]) -> str:
    """What was found, as text."""
    lines = ["", f"{'case':<42}{'ours, s':>12}{'R, s':>12}{'ratio':>9}{'goal':>7}"]
    for row in found["cases"]:
        verdict = {None: "", True: "ok", False: "over"}[row["within_goal"]]
        name = f"{row['room']}: {row['name']}"
        numbers = f"{plain(row['r_seconds'], '.5f'):>12}{plain(row['ratio'], '.3f'):>9}{plain(row['goal'], '.2g'):>7}"
        lines.append(f"{name:<42}{row['python_seconds']:>12.5f}{numbers} {verdict} {row['note']}".rstrip())
    for row in found["processes"]:
        lines.append(
            f"{'as a process: ' + row['name']:<42}{row['python_seconds']:>12.3f}{row['r_seconds']:>12.3f}"
            f"{row['ratio']:>9.3f}"
        )
    lines += ["", f"{'agreement':<62}{'difference':>12}{'tolerance':>12}"]
    for row in found["agreements"]:
        name = f"{row['room']}: {row['method']}"
        verdict = "ok" if row["within_tolerance"] else f"over {row['remark']}"
        lines.append(f"{name[:61]:<62}{row['difference']:>12.1e}{row['tolerance']:>12.1e} {verdict}")
    lines += [f"failed: {row['room']} {row['name']}: {row['fault']}" for row in found["faults"]]
    return "\n".join(lines)


def plain(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def record(found: dict[str, list[Row]], *, all_rooms: bool) -> None:
    """Write what was found; rooms that were not run keep their record, if it is of this machine."""
    machine = describe_machine()
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    for name in ("cases", "processes", "agreements"):
        found[name] = [{**row, "recorded_on": today} for row in found[name]]
    kept: dict[str, list[Row]] = {"cases": [], "processes": []}
    rows_kept: list[Row] = []
    if not all_rooms and BENCHMARKS.exists():
        earlier = json.loads(BENCHMARKS.read_text(encoding="utf-8"))
        if earlier["machine"] != machine:
            raise SystemExit("the record is of another machine or other versions: record all rooms, not some")
        ran = {row["room"] for name in ("cases", "agreements", "faults") for row in found[name]}
        kept = {name: [row for row in earlier[name] if row["room"] not in ran] for name in kept}
        rows = json.loads(CROSSWALK.read_text(encoding="utf-8"))["rows"]
        rows_kept = [row for row in rows if row["room"] not in ran]
    cases = in_order([*kept["cases"], *found["cases"]])
    processes = in_order([*kept["processes"], *found["processes"]])
    ratios = {(row["room"], row["name"]): row["ratio"] for row in cases}
    rows = [{**row, "ratio": ratios.get((row["room"], row["case"]))} for row in found["agreements"]]
    write(
        BENCHMARKS,
        {
            "recorded_on": today,
            "machine": machine,
            "imports": import_times(),
            "cases": cases,
            "processes": processes,
        },
    )
    write(CROSSWALK, {"recorded_on": today, "machine": machine, "rows": in_order([*rows_kept, *rows])})


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["room"])


def write(path: Path, content: Row) -> None:
    """JSON with six digits: what is recorded is no more exact than that."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(rounded(content), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"written: {path.relative_to(ROOT)}")


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.6g}") if math.isfinite(value) else None
    return value
