"""The recorded comparison with R as readers see it."""

import json
from pathlib import Path

import pytest
from docutils import nodes

from coldcarbon.book import crosswalk
from coldcarbon.book.project import find_project

MACHINE = {
    "processor": "Some CPU",
    "cores": 2,
    "system": "Some Linux",
    "python": "3.11.7",
    "blas": "openblas 0.3",
    "threads": 1,
    "packages": {"numpy": "2.4"},
    "r": {"R": "4.2.2", "BLAS": "openblas", "stats": "4.2.2", "mgcv": "1.8"},
}


def agreement(**fields: object) -> dict[str, object]:
    row = {"room": "path_models", "method": "indices", "r_call": "sem(m, d)", "our_call": "fit(m, d)"}
    numbers = {"difference": 3.21e-9, "tolerance": 1e-8, "within_tolerance": True, "ratio": 0.1234, "remark": "as AMOS"}
    return {**row, **numbers, "recorded_on": "2026-01-02", **fields}


def case(**fields: object) -> dict[str, object]:
    row = {"room": "mixed", "name": "sleepstudy", "python_seconds": 0.0021, "r_seconds": 0.031, "ratio": 0.0677}
    more = {"ratio_lowest": 0.061, "ratio_highest": 0.072, "goal": 0.2, "within_goal": True, "note": "", "remark": ""}
    return {**row, **more, "recorded_on": "2026-01-02", **fields}


def texts(parts: list[nodes.Node], kind: type[nodes.Node]) -> list[str]:
    return [node.astext().replace(crosswalk.UNBROKEN, " ") for part in parts for node in part.findall(kind)]


def test_a_row_shows_both_calls_the_difference_and_the_ratio() -> None:
    rows = [agreement(), agreement(room="trends", difference=0.0, ratio=None)]
    parts = crosswalk.crosswalk({"recorded_on": "2026-01-02", "machine": MACHINE, "rows": rows})
    assert texts(parts, nodes.title) == ["Path models", "Trends"]
    assert texts(parts, nodes.literal)[:2] == ["sem(m, d)", "fit(m, d)"]
    cells = texts(parts, nodes.entry)
    assert {"indices as AMOS", "3 × 10⁻⁹ (1 × 10⁻⁸)", "0.12", "none (1 × 10⁻⁸)", "–"} <= set(cells)


def test_parts_of_one_call_share_a_row() -> None:
    rows = [
        agreement(method="sleep: fixed effects"),
        agreement(method="sleep: AIC", difference=2e-12, remark="", ratio=None),
        agreement(method="AIC: of another call", r_call="other(m)"),
        agreement(method="alone", r_call="third(m)"),
        agreement(method="apart", r_call="third(m)"),
    ]
    parts = crosswalk.crosswalk({"recorded_on": "2026-01-02", "machine": MACHINE, "rows": rows})
    cells = texts(parts, nodes.entry)[5:]
    assert len(cells) == 4 * 5
    assert cells[0] == "sleep fixed effects: as AMOS"
    assert cells[3].strip() == "fixed effects: 3 × 10⁻⁹ (1 × 10⁻⁸); AIC: 2 × 10⁻¹² (1 × 10⁻⁸)"
    assert [cells[i] for i in (5, 10, 15)] == ["AIC: of another call as AMOS", "alone as AMOS", "apart as AMOS"]


def test_the_page_says_when_and_where_it_was_recorded() -> None:
    rows = [agreement(), agreement(recorded_on="2026-03-04")]
    (note,) = texts(crosswalk.crosswalk({"recorded_on": "2026-03-04", "machine": MACHINE, "rows": rows}), nodes.note)
    assert note.startswith("Recorded 2026-01-02 to 2026-03-04, not computed by this build")
    assert "Some CPU, 2 cores, one thread in use" in note
    assert "R 4.2.2 with openblas; mgcv 1.8." in note
    assert crosswalk.machine_lines({**MACHINE, "r": {}})[-1] == "R was not installed."


def test_times_have_units_goals_and_the_spread_of_the_rounds() -> None:
    missed = case(name="slow", goal=0.05, within_goal=False, remark="small input.", note="")
    alone = case(
        name="alone", r_seconds=None, ratio=None, within_goal=None, note="the R package trend is not installed"
    )
    record = {
        "recorded_on": "2026-01-02",
        "machine": MACHINE,
        "imports": [{"module": "coldcarbon", "seconds": 0.03}],
        "cases": [case(), missed, alone],
        "processes": [{"room": "mixed", "name": "a", "python_seconds": 1.5, "r_seconds": 3.0, "ratio": 0.5}],
    }
    parts = crosswalk.performance(record)
    cells = texts(parts, nodes.entry)
    assert {"2.1 ms", "31 ms", "0.068 (0.061 to 0.072)", "0.2, met", "0.05, missed", "30 ms", "1.5 s"} <= set(cells)
    assert {"alone the R package trend is not installed", "slow small input"} <= set(cells)
    identifiers = [name for part in parts for node in part.findall(nodes.section) for name in node["ids"]]
    assert len(set(identifiers)) == len(identifiers)


@pytest.mark.parametrize("draw", [crosswalk.crosswalk, crosswalk.performance])
def test_without_a_record_the_page_says_how_to_make_one(draw, tmp_path: Path) -> None:
    assert crosswalk.read_record(tmp_path / "none.json") is None
    assert "coldcarbon bench --record" in draw(None)[0].astext()


def test_the_records_of_this_checkout_can_be_drawn() -> None:
    root = find_project(Path(__file__)).root
    for path, draw in [
        (root / "results" / "crosswalk.json", crosswalk.crosswalk),
        (root / "benchmarks" / "results.json", crosswalk.performance),
    ]:
        record = json.loads(path.read_text(encoding="utf-8"))
        assert len(texts(draw(record), nodes.table)) >= 1
