"""The ledger's history and the slips, as lists of a page."""

from typing import Any

from docutils import nodes

from coldcarbon.book.ledger_history import FEW, ledger_history, slips
from support import claim_row


def event(day: str, row_id: str, what: str, old: str | None, new: str | None, reason: str = "") -> dict[str, Any]:
    return {"on": day, "id": row_id, "event": what, "from": old, "to": new, "reason": reason}


HISTORY = [
    event("2026-01-01", "xiao2023/a/one", "added", None, "differs"),
    event("2026-01-01", "han2022/a/two", "added", None, "recovered"),
    *(event("2026-01-02", f"han2022/a/{i}", "removed", "differs", None, "Out of scope") for i in range(FEW + 1)),
    event("2026-01-02", "xiao2023/a/one", "changed", "differs", "same conclusion", "A bug in a reader."),
    event("2026-03-01", "han2022/a/two", "changed", "recovered", "not recovered", "More replicates"),
]


def test_rows_are_counted_by_day_and_paper() -> None:
    table = ledger_history(HISTORY, {}, to_root="")[0]
    cells = [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]
    assert cells[0] == ["Day", "Rows", "xiao2023", "liu2022", "zhao2022", "yun2024", "han2022"]
    assert cells[1:] == [
        ["2026-03-01", "changed", "–", "–", "–", "–", "1"],
        ["2026-01-02", "changed", "1", "–", "–", "–", "–"],
        ["2026-01-02", "removed", "–", "–", "–", "–", str(FEW + 1)],
        ["2026-01-01", "added", "1", "–", "–", "–", "1"],
    ]


def test_changes_stand_with_their_reason_newest_first_and_many_are_folded() -> None:
    _, *rest = ledger_history(HISTORY, {}, to_root="")
    reasons = [node.astext() for node in rest if isinstance(node, nodes.paragraph)]
    assert reasons == [
        "2026-03-01. More replicates.",
        "2026-01-02. A bug in a reader.",
        "2026-01-02. Out of scope.",
    ]
    assert [type(node) for node in rest[1::2]] == [nodes.bullet_list, nodes.bullet_list, nodes.admonition]
    assert "dropdown" in rest[5]["classes"]
    assert len(list(rest[5].findall(nodes.list_item))) == FEW + 1
    assert "han2022/a/two: recovered, now not recovered" in rest[1].astext()
    assert "han2022/a/0: differs, removed" in rest[5].astext()


def test_a_row_that_is_still_there_is_linked() -> None:
    page = ledger_history(HISTORY, {"han2022/a/two": claim_row("han2022/a/two")}, to_root="../")
    links = [link["refuri"] for node in page for link in node.findall(nodes.reference)]
    assert links == ["../book/ledger.html#row-han2022-a-two"]


def test_without_history_the_page_says_so() -> None:
    (paragraph,) = ledger_history([], {}, to_root="")
    assert paragraph.astext() == "Nothing is recorded yet."


def test_slips_are_the_inconsistent_rows_by_paper_with_their_reason() -> None:
    wrong = {"evidence": "printed", "verdict": "inconsistent", "reason": "sites implies 44, against 30"}
    rows = [
        claim_row("yun2024/claims/a", **wrong),
        claim_row("xiao2023/claims/b", **wrong),
        claim_row("xiao2023/claims/c"),
    ]
    found = slips(rows, to_root="../")
    assert [node.astext() for node in found[::2]] == ["xiao2023", "yun2024"]
    assert found[1].astext() == "A number of the paper: sites implies 44, against 30."
    assert next(found[3].findall(nodes.reference))["refuri"] == "../book/ledger.html#row-yun2024-claims-a"
    assert slips(rows[2:], to_root="")[0].astext() == "None was found."
