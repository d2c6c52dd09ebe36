"""Ledger rows of executed notebooks, and outputs that no page may show."""

from typing import Any

import nbformat
import pytest

from coldcarbon.book.anchors import anchor_of
from coldcarbon.book.collect import faults, ledger_rows, resolve
from coldcarbon.chapter import CLAIM_MIME
from coldcarbon.claims import Claim
from coldcarbon.figures.captioned import METADATA_KEY

ROW: dict[str, Any] = {
    "id": "xiao2023/roots/top-share",
    "published_id": "xiao2023-pdd-obs-0-20",
    "paper": "xiao2023",
    "chapter": "xiao2023/roots",
    "statement": "Share of the top layer",
    "headline": True,
    "published": 60.0,
    "unit": "%",
    "comparison": "approx",
    "ours": 57.0,
    "low": 55.0,
    "high": 59.0,
    "n": 7,
    "evidence": "real",
    "tolerance": 5.0,
    "tolerance_kind": "absolute",
    "verdict": "reproduced",
    "reason": "57 and about 60 agree within 5",
    "page": "",
    "datasets": ["tiny"],
    "data_hashes": {"tiny": "00ff"},
    "computed": "here",
    "recorded_on": None,
}
COMPUTED = ("ours", "low", "high", "n", "evidence", "tolerance", "tolerance_kind", "verdict", "reason", "data_hashes")


def pending() -> dict[str, Any]:
    """A row as `Chapter.claim` publishes it when its data are absent."""
    row = {key: value for key, value in ROW.items() if key not in (*COMPUTED, "computed", "recorded_on")}
    return {**row, "pending": True, "page": "notebooks/xiao2023/roots.html#claim-x"}


def notebook(*outputs: nbformat.NotebookNode) -> nbformat.NotebookNode:
    cells = [nbformat.v4.new_markdown_cell("# Title"), nbformat.v4.new_code_cell("import numpy")]
    cell = nbformat.v4.new_code_cell("\nfirst line\nsecond line")
    cell.outputs = list(outputs)
    return nbformat.v4.new_notebook(cells=[*cells, cell])


def shown(data: dict[str, Any], **metadata: Any) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data=data, metadata=metadata)


def test_rows_carry_the_address_of_their_cell() -> None:
    executed = notebook(shown({"text/plain": "x"}), shown({CLAIM_MIME: ROW, "text/plain": "reproduced"}))
    (row,) = ledger_rows(executed, "notebooks/xiao2023/roots.html")
    assert row["page"] == "notebooks/xiao2023/roots.html#claim-xiao2023-roots-top-share"
    assert Claim.from_dict(row).verdict == "reproduced"


@pytest.mark.parametrize(
    ("row", "anchor"),
    [("xiao2023/roots/n", "claim-xiao2023-roots-n"), ("A/B_c/0.5 %/", "claim-a-b-c-0-5")],
)
def test_anchors_are_valid_targets(row: str, anchor: str) -> None:
    assert anchor_of(row) == anchor


def test_two_rows_of_one_id_are_refused_with_both_pages() -> None:
    with pytest.raises(ValueError, match=r"'xiao2023/roots/top-share' \(a.html#x and b.html#y\)"):
        resolve([{**ROW, "page": "a.html#x"}, {**ROW, "page": "b.html#y"}], {})


def test_a_pending_row_is_shown_as_recorded() -> None:
    recorded = Claim.from_dict({**ROW, "page": "old.html#x", "computed": "recorded", "recorded_on": "2026-01-02"})
    (claim,) = resolve([pending()], {ROW["id"]: recorded})
    assert (claim.computed, claim.recorded_on, claim.verdict, claim.ours) == (
        "recorded",
        "2026-01-02",
        "reproduced",
        57.0,
    )
    assert claim.page == "notebooks/xiao2023/roots.html#claim-x"


def test_a_pending_row_that_was_never_recorded_is_not_testable() -> None:
    other = Claim.from_dict({**ROW, "id": "xiao2023/roots/other", "computed": "recorded", "recorded_on": "2026-01-02"})
    (claim,) = resolve([pending()], {other.id: other})
    assert (claim.verdict, claim.evidence, claim.computed) == ("not testable", None, "here")
    assert "tiny" in claim.reason
    assert (claim.ours, claim.low, claim.high, claim.n) == (None, None, None, None)
    assert claim.published == 60.0


def test_a_computed_row_wins_over_the_recorded_one() -> None:
    recorded = Claim.from_dict({**ROW, "verdict": "differs", "computed": "recorded", "recorded_on": "2026-01-02"})
    (claim,) = resolve([ROW], {ROW["id"]: recorded})
    assert (claim.verdict, claim.computed) == ("reproduced", "here")


@pytest.mark.parametrize(
    ("output", "complaint"),
    [
        (nbformat.v4.new_output("stream", name="stderr", text="a.py:1:\nFutureWarning: gone\n"), "FutureWarning: gone"),
        (nbformat.v4.new_output("stream", name="stderr", text="a: UserWarning: odd\n  f(x)\n"), "UserWarning: odd"),
        (shown({"image/png": "aGVsbG8=", "text/plain": "<Figure size 640x480>"}), "chapter.figure"),
        (shown({"image/svg+xml": "<svg/>"}), "chapter.figure"),
        (shown({"text/html": "<img src='data:,'>"}), "chapter.figure"),
        (shown({"text/html": "<div><table border='1'></table></div>", "text/plain": "   a"}), "chapter.table"),
    ],
)
def test_unlabelled_outputs_and_warnings_are_named(output: nbformat.NotebookNode, complaint: str) -> None:
    (fault,) = faults(notebook(output), "notebooks/xiao2023/roots")
    assert fault.startswith("notebooks/xiao2023/roots, code cell 2 of 2 ('first line'): ")
    assert complaint in fault


def test_labelled_outputs_and_plain_text_are_accepted() -> None:
    labelled = {METADATA_KEY: {"kind": "figure", "label": "Simulated"}}
    executed = notebook(
        nbformat.v4.new_output("stream", name="stdout", text="Data state: real"),
        shown({"image/png": "aGVsbG8=", "text/plain": "alt"}, **labelled),
        shown({"text/html": "<table></table>"}, **labelled),
        shown({"text/plain": "0.6"}),
        shown({CLAIM_MIME: ROW, "text/plain": "reproduced"}),
    )
    assert faults(executed, "page") == []


def test_all_faults_are_listed() -> None:
    picture = shown({"image/png": "aGVsbG8="})
    assert len(faults(notebook(picture, picture), "page")) == 2


def test_an_empty_warning_is_a_fault_too() -> None:
    assert len(faults(notebook(nbformat.v4.new_output("stream", name="stderr", text="\n")), "page")) == 1
