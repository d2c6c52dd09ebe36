"""The ledger of the build: its form, its verdicts by the rule, and the recorded ledger."""

import math
import re
from datetime import date
from typing import Any

import pytest

from coldcarbon import catalogue, published
from coldcarbon.book.build import changed_verdicts
from coldcarbon.book.directives import FEW
from coldcarbon.book.pages import Page
from coldcarbon.book.project import Project
from coldcarbon.claims import VERDICTS, judge_data, recorded_rows, tolerance_of

pytestmark = pytest.mark.built

Row = dict[str, Any]
TEXT, NUMBER = (str,), (int, float)
OPTIONAL_TEXT, OPTIONAL_NUMBER = (str, type(None)), (int, float, type(None))
TYPES: dict[str, tuple[type, ...]] = {
    "id": TEXT,
    "published_id": OPTIONAL_TEXT,
    "paper": TEXT,
    "chapter": TEXT,
    "statement": TEXT,
    "headline": (bool,),
    "published": OPTIONAL_NUMBER,
    "unit": TEXT,
    "comparison": OPTIONAL_TEXT,
    "ours": OPTIONAL_NUMBER,
    "low": OPTIONAL_NUMBER,
    "high": OPTIONAL_NUMBER,
    "n": (int, type(None)),
    "datasets": (list,),
    "data_hashes": (dict,),
    "evidence": OPTIONAL_TEXT,
    "tolerance": OPTIONAL_NUMBER,
    "tolerance_kind": OPTIONAL_TEXT,
    "verdict": TEXT,
    "reason": TEXT,
    "page": TEXT,
    "computed": TEXT,
    "recorded_on": OPTIONAL_TEXT,
}
SHA256 = re.compile(r"[0-9a-f]{64}")


def test_rows_have_the_keys_and_types_of_the_ledger(rows: list[Row]) -> None:
    assert rows
    for row in rows:
        assert set(row) == set(TYPES), row.get("id")
        for key, types in TYPES.items():
            assert isinstance(row[key], types), f"{row['id']}: {key} is {row[key]!r}"
            assert isinstance(row[key], bool) == (types == (bool,)), f"{row['id']}: {key} is {row[key]!r}"
            assert not isinstance(row[key], float) or math.isfinite(row[key]), f"{row['id']}: {key}"


def test_ids_are_unique(rows: list[Row]) -> None:
    ids = [row["id"] for row in rows]
    assert len(set(ids)) == len(ids)


def test_values_are_of_the_lists_and_evidence_fits_verdict(rows: list[Row]) -> None:
    for row in rows:
        assert row["verdict"] in VERDICTS[row["evidence"]], row["id"]
        assert row["comparison"] in ("eq", "approx", "lt", "gt", None), row["id"]
        assert row["tolerance_kind"] in ("absolute", "relative", "sign", None), row["id"]
        assert row["paper"] in published.PAPERS, row["id"]
        assert row["chapter"].startswith(f"{row['paper']}/"), row["id"]
        assert row["id"].startswith(f"{row['chapter']}/"), row["id"]
        assert row["statement"].strip(), row["id"]
        assert row["reason"].strip(), row["id"]
        assert "\n" not in row["reason"], row["id"]
        is_given = row["ours"] is not None
        if row["evidence"] == "printed":  # rounding may leave bounds and no middle
            is_given = is_given or row["low"] is not None
        assert is_given == (row["evidence"] is not None), row["id"]


def test_intervals_hold_their_number(rows: list[Row]) -> None:
    for row in rows:
        assert (row["low"] is None) == (row["high"] is None), row["id"]
        if row["low"] is not None:
            middle = row["low"] if row["ours"] is None else row["ours"]
            assert row["low"] <= middle <= row["high"], row["id"]


def test_printed_numbers_are_those_of_the_registry(rows: list[Row]) -> None:
    for row in rows:
        if row["published_id"] is None:
            assert row["published"] is None, row["id"]
            continue
        number = published.get(row["published_id"])
        assert row["paper"] == number.paper, row["id"]
        assert row["published"] == number.value, row["id"]
        # Zero is zero in any unit: a rise in kg m-2 may be asked of totals in Gt yr-1.
        is_bound_of_zero = number.value == 0 and number.comparison in ("gt", "lt")
        assert row["unit"] == number.unit or is_bound_of_zero, row["id"]
        assert row["comparison"] == number.comparison, row["id"]
        assert row["headline"] == number.headline, row["id"]


def test_data_are_named_with_their_hashes(rows: list[Row]) -> None:
    for row in rows:
        if row["evidence"] != "real":
            assert not row["data_hashes"], row["id"]
            continue
        assert row["datasets"], row["id"]
        assert set(row["data_hashes"]) == set(row["datasets"]), row["id"]
        assert all(SHA256.fullmatch(value) for value in row["data_hashes"].values()), row["id"]
        if row["computed"] == "here":
            assert row["data_hashes"] == catalogue.hashes(row["datasets"]), row["id"]


def test_verdicts_on_data_follow_from_the_rule(rows: list[Row]) -> None:
    for row in rows:
        if row["evidence"] != "real":
            continue
        number = published.get(row["published_id"])
        rule = tolerance_of(number)
        assert (row["tolerance"], row["tolerance_kind"]) == (rule.value, rule.kind), row["id"]
        allowed = {
            judge_data(number, row["ours"], row["low"], row["high"], same_data=same).verdict for same in (True, False)
        }
        assert row["verdict"] in allowed, row["id"]


def test_a_recorded_row_has_its_day(rows: list[Row]) -> None:
    for row in rows:
        assert row["computed"] in ("here", "recorded"), row["id"]
        if row["computed"] == "here":
            assert row["recorded_on"] is None, row["id"]
        else:
            assert row["evidence"] == "real", row["id"]
            assert date.fromisoformat(row["recorded_on"]) <= date.today(), row["id"]


def test_each_row_leads_to_the_cell_that_made_it(rows: list[Row], every_page: dict[str, Page]) -> None:
    for row in rows:
        page, _, place = row["page"].partition("#")
        assert page == f"notebooks/{row['chapter']}.html", row["id"]
        assert place in every_page[page.removesuffix(".html")].targets, row["id"]


def test_a_chapter_shows_each_of_its_rows_and_folds_many_untestable_ones(
    rows: list[Row], every_page: dict[str, Page]
) -> None:
    for chapter in {row["chapter"] for row in rows}:
        own = [row for row in rows if row["chapter"] == chapter]
        tables = every_page[f"notebooks/{chapter}"].soup.select("table.claims")
        given_up = sum(row["evidence"] is None for row in own)
        folded = [table for table in tables if table.find_parent(class_="dropdown")]
        first = next(table for table in tables if not table.find_parent(class_="dropdown"))
        shown = [len(table.select("tbody tr")) for table in (first, *folded[:1])]
        if given_up <= FEW or given_up == len(own):
            assert shown[0] == len(own), chapter
        else:
            assert shown == [len(own) - given_up, given_up], chapter


def test_verdicts_are_those_recorded(project: Project) -> None:
    lines = [f"{name}: {old} -> {new}" for name, old, new in changed_verdicts(project)]
    assert not lines, "mend the cause, or record it: make ledger REASON='...'"


def test_every_recorded_row_is_still_in_the_book(rows: list[Row], project: Project) -> None:
    assert set(recorded_rows(project.ledger)) <= {row["id"] for row in rows}


def test_on_real_data_every_row_is_computed_and_recorded(rows: list[Row], project: Project, expected: str) -> None:
    if expected != "real":
        pytest.skip("COLDCARBON_EXPECT is not real")
    assert catalogue.state() == "real"
    default = {name for name, dataset in catalogue.datasets().items() if dataset.default}
    assert not [row["id"] for row in rows if row["computed"] != "here" and set(row["datasets"]) <= default]
    computed = {row["id"] for row in rows if row["computed"] == "here"}
    assert not computed - set(recorded_rows(project.ledger)), "run `make ledger`"


def test_without_data_no_row_claims_real_evidence_of_this_build(
    rows: list[Row], project: Project, expected: str
) -> None:
    if expected != "simulated":
        pytest.skip("COLDCARBON_EXPECT is not simulated")
    assert not [row["id"] for row in rows if row["evidence"] == "real" and row["computed"] == "here"]
    shown = {row["id"]: row["verdict"] for row in rows if row["computed"] == "recorded"}
    assert shown == {i: row.verdict for i, row in recorded_rows(project.ledger).items() if row.evidence == "real"}
