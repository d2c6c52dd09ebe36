"""A reviewer sees each verdict that a change moves, and no other."""

from dataclasses import replace

from coldcarbon.book.changes import MOST_ROWS, changes_text
from coldcarbon.claims import Claim

ROW = Claim(
    id="xiao2023/a/one",
    published_id=None,
    paper="xiao2023",
    chapter="xiao2023/a",
    statement="One | two",
    headline=False,
    published=1.0,
    unit="",
    comparison="eq",
    ours=1.0,
    low=None,
    high=None,
    n=1,
    evidence="real",
    tolerance=0.5,
    tolerance_kind="absolute",
    verdict="reproduced",
    reason="1 and 1 agree within 0.5",
    page="",
)
BEFORE = {name: replace(ROW, id=name) for name in ("xiao2023/a/one", "xiao2023/a/two", "xiao2023/a/three")}


def cells(text: str) -> list[list[str]]:
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    return [[cell.strip().replace(r"\|", "|") for cell in row.replace(r"\|", "\0").split("|")[1:-1]] for row in rows]


def test_nothing_changed_is_one_line() -> None:
    text = changes_text(BEFORE.values(), BEFORE)
    assert text == "## Verdicts\n\n0 changed, 0 new, 0 gone, of 3 before.\n"


def test_a_changed_verdict_is_shown_with_its_reason() -> None:
    now = {**BEFORE, "xiao2023/a/two": replace(BEFORE["xiao2023/a/two"], verdict="differs", reason="1 and 3 differ")}
    text = changes_text(now.values(), BEFORE)
    assert "1 changed, 0 new, 0 gone, of 3 before." in text
    (_, _, row) = cells(text)
    assert row[0].startswith("`xiao2023/a/two`: One")
    assert row[1:] == ["reproduced", "**differs**", "1 and 3 differ"]


def test_new_and_lost_rows_are_shown() -> None:
    now = [replace(ROW, id="xiao2023/a/new", verdict="differs"), *list(BEFORE.values())[1:]]
    text = changes_text(now, BEFORE)
    assert "0 changed, 1 new, 1 gone" in text
    new, gone = text.partition("### New")[2].split("### Gone")
    assert "xiao2023/a/new" in new
    assert "differs" in new
    assert "xiao2023/a/one" in gone


def test_other_evidence_is_counted_and_not_compared() -> None:
    now = {**BEFORE, ROW.id: replace(ROW, evidence="simulated", verdict="recovered", published=None, comparison=None)}
    text = changes_text(now.values(), BEFORE)
    assert "0 changed" in text
    assert "1 rest on evidence of another kind" in text


def test_a_row_keeps_to_its_line_and_its_cells() -> None:
    now = [replace(row, verdict="differs") for row in BEFORE.values()]
    rows = cells(changes_text(now, BEFORE))
    assert {len(row) for row in rows} == {4}
    assert len(rows) == 5


def test_a_long_table_is_cut_and_says_so() -> None:
    before = {f"xiao2023/a/{number}": replace(ROW, id=f"xiao2023/a/{number}") for number in range(MOST_ROWS + 7)}
    text = changes_text([replace(row, verdict="differs") for row in before.values()], before)
    assert len(cells(text)) == MOST_ROWS + 2
    assert "and 7 more." in text
