"""The R-to-Python crosswalk and the benchmarks, drawn from what the last recorded run wrote."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any

from docutils import nodes

from coldcarbon.book.tables import Cell, plain_table

__all__ = ["crosswalk", "machine_lines", "performance", "read_record"]

Record = dict[str, Any]
AS_A_PROCESS = (
    "Start-up, imports and reading the data are part of these times. A short fit is slower here as a process of its "
    "own, because loading numpy, scipy and pandas takes longer than starting R. A notebook pays that once."
)
UNBROKEN = "\N{NO-BREAK SPACE}"
NOTHING_YET = "Nothing is recorded yet: `coldcarbon bench --record` does."


def read_record(path: Path) -> Record | None:
    """What a recorded run wrote; None if there is no file.

    Parameters
    ----------
    path : Path
        ``results/crosswalk.json`` or ``benchmarks/results.json``.
    """
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None


def crosswalk(record: Record | None) -> list[nodes.Node]:
    """One table per room: the call in R, the call here, their difference and the time ratio.

    Parameters
    ----------
    record : dict or None
        Content of ``results/crosswalk.json``.
    """
    if record is None:
        return [nodes.paragraph("", NOTHING_YET)]
    head = ["Method", "In R", "Here", "Largest difference (allowed)", "Time, ours / R"]

    def cells(row: Record) -> list[Cell]:
        parts = row["parts"]
        if len(parts) == 1:
            method = with_remark(row["method"], parts[0]["remark"])
            difference = nodes.inline("", difference_text(parts[0]))
        else:
            remarks = "; ".join(f"{part['part']}: {part['remark']}" for part in parts if part["remark"])
            method, difference = with_remark(row["method"], remarks), nodes.inline()
            for part in parts:
                line = f"{part['part']}: {difference_text(part)}" + (";" if part is not parts[-1] else "")
                difference += [nodes.inline("", line, classes=["line"]), nodes.Text(" ")]
        calls = [nodes.literal("", row["r_call"]), nodes.literal("", row["our_call"])]
        return [method, *calls, difference, ratio_text(row["ratio"])]

    return [_recorded(record), *_by_room(one_row_per_call(record["rows"]), head, cells, "crosswalk")]


def one_row_per_call(rows: Iterable[Record]) -> list[Record]:
    """Join rows of one pair of calls whose methods begin alike; each keeps its own difference.

    Parameters
    ----------
    rows : iterable of dict
        As recorded, with methods such as ``NAME: PART`` or ``NAME, PART``.
    """
    by_call: dict[tuple[str, ...], list[Record]] = {}
    for row in rows:
        by_call.setdefault((row["room"], row["r_call"], row["our_call"]), []).append(row)
    joined = []
    for group in by_call.values():
        methods = [row["method"] for row in group]
        ends = [divider.end() for divider in re.finditer("[:,] ", methods[0])]
        end = max((end for end in ends if all(name.startswith(methods[0][:end]) for name in methods)), default=0)
        if len(group) == 1 or end == 0:
            joined += [{**row, "parts": [row]} for row in group]
            continue
        parts = [{**row, "part": row["method"][end:]} for row in group]
        ratio = next((row["ratio"] for row in group if row["ratio"] is not None), None)
        joined.append({**group[0], "method": methods[0][: end - 2], "ratio": ratio, "parts": parts})
    return joined


def performance(record: Record | None) -> list[nodes.Node]:
    """Times in process, times of whole processes and import times.

    Parameters
    ----------
    record : dict or None
        Content of ``benchmarks/results.json``.
    """
    if record is None:
        return [nodes.paragraph("", NOTHING_YET)]

    def timed(row: Record) -> list[Cell]:
        remark = ". ".join(text.rstrip(".") for text in (row["note"], row["remark"]) if text)
        numbers = [seconds_text(row["python_seconds"]), seconds_text(row["r_seconds"])]
        return [with_remark(row["name"], remark), *numbers, spread_text(row), goal_text(row)]

    head = ["Case", "Ours", "R", "Ratio (lowest to highest)", "Goal"]
    imports: list[list[Cell]] = [
        [nodes.literal("", row["module"]), seconds_text(row["seconds"])] for row in record["imports"]
    ]
    return [
        _recorded(record),
        _part("In process", "in-process", _by_room(record["cases"], head, timed, "performance")),
        _part(
            "As a process",
            "as-a-process",
            [
                nodes.paragraph("", AS_A_PROCESS),
                plain_table(
                    ["Room", "Case", "Ours", "R", "Ratio"],
                    [
                        [
                            row["room"],
                            row["name"],
                            seconds_text(row["python_seconds"]),
                            seconds_text(row["r_seconds"]),
                            ratio_text(row["ratio"]),
                        ]
                        for row in record["processes"]
                    ],
                    classes=["performance"],
                ),
            ],
        ),
        _part(
            "Imports",
            "imports",
            [
                nodes.paragraph("", "What an import adds to a bare start of Python."),
                plain_table(["Module", "Time"], imports, classes=["performance"]),
            ],
        ),
    ]


def _recorded(record: Record) -> nodes.Node:
    """Day and machine of the run, so that nobody takes the numbers for those of this build."""
    days = {row["recorded_on"] for key in ("rows", "cases") for row in record.get(key, ())} or {record["recorded_on"]}
    span = min(days) if len(days) == 1 else f"{min(days)} to {max(days)}"
    lines = machine_lines(record["machine"])
    listing = nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", line)) for line in lines))
    return nodes.note("", nodes.paragraph("", f"Recorded {span}, not computed by this build, on:"), listing)


def machine_lines(machine: Record) -> list[str]:
    """The machine, our side and R's side in words.

    Parameters
    ----------
    machine : dict
        As recorded: processor, cores, system, Python, BLAS, threads, R and packages.
    """
    packages = ", ".join(f"{name} {version}" for name, version in machine["packages"].items())
    threads = "one thread" if machine["threads"] == 1 else f"{machine['threads']} threads"
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, {threads} in use; {machine['system']}.",
        f"Python {machine['python']} with {machine['blas']}; {packages}.",
    ]
    peer = dict(machine["r"])
    if not peer:
        return [*lines, "R was not installed."]
    language, blas = peer.pop("R"), peer.pop("BLAS", "its own BLAS")
    others = ", ".join(f"{name} {version}" for name, version in sorted(peer.items()) if version != language)
    return [*lines, f"R {language} with {blas}; {others}."]


def _by_room(
    rows: Iterable[Record], head: Sequence[str], cells: Callable[[Record], list[Cell]], name: str
) -> list[nodes.Node]:
    """One section with a table for each room; the rows come sorted by room."""
    return [
        _part(
            room.replace("_", " ").capitalize(),
            f"{name}-{room}",
            [plain_table(head, list(map(cells, of_room)), classes=[name])],
        )
        for room, of_room in groupby(rows, key=lambda row: str(row["room"]))
    ]


def _part(title: str, identifier: str, content: Sequence[nodes.Node]) -> nodes.section:
    return nodes.section("", nodes.title("", title), *content, ids=[nodes.make_id(identifier)])


def with_remark(name: str, remark: str) -> nodes.inline:
    """A name and, small beside it, what there is to say."""
    cell = nodes.inline("", name)
    if remark:
        cell += [nodes.Text(" "), nodes.inline("", remark, classes=["remark"])]
    return cell


def difference_text(row: Record) -> str:
    """The difference, and in brackets how large it may be."""
    return f"{power_text(row['difference'])} ({power_text(row['tolerance'])})"


def power_text(value: float | None) -> str:
    """A small number to one digit, kept on one line: ``3 × 10⁻⁹``; zero and what was not found in words."""
    if value is None:
        return "not found"
    if value == 0:
        return "none"
    digits, _, power = f"{value:.0e}".partition("e")
    superscript = str(int(power)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return f"{digits} × 10{superscript}".replace(" ", UNBROKEN)


def ratio_text(value: float | None) -> str:
    """Two digits; a dash where R was not timed."""
    return "–" if value is None else f"{value:.2g}"


def spread_text(row: Record) -> str:
    """The ratio, with the lowest and highest of the rounds."""
    if row["ratio"] is None:
        return "–"
    return f"{row['ratio']:.2g} ({row['ratio_lowest']:.2g} to {row['ratio_highest']:.2g})"


def goal_text(row: Record) -> str:
    """The goal and whether it is met."""
    if row["goal"] is None:
        return "–"
    met = {True: ", met", False: ", missed", None: ""}[row["within_goal"]]
    return f"{row['goal']:.2g}{met}"


def seconds_text(value: float | None) -> str:
    """Seconds with a unit that leaves no row of zeros."""
    if value is None:
        return "–"
    for size, unit in ((1.0, "s"), (1e-3, "ms")):
        if value >= size:
            return f"{value / size:.3g}{UNBROKEN}{unit}"
    return f"{value / 1e-6:.3g}{UNBROKEN}µs"
