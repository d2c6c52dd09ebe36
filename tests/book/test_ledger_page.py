"""The ledger's page: parts by paper, a target per row, the script on this page only."""

from typing import Any

import pytest
from docutils import nodes

from coldcarbon.book.ledger_page import SHORT_TITLES, add_filter, ledger_parts
from coldcarbon.published import PAPERS
from support import claim_row


def test_rows_stand_under_their_paper_in_the_order_of_the_book() -> None:
    rows = [claim_row("han2022/mini/a"), claim_row("xiao2023/mini/b"), claim_row("han2022/mini/c")]
    place, *sections = ledger_parts(rows, to_root="../")
    assert place["ids"] == ["ledger-filter"]
    assert [section["ids"] for section in sections] == [["rows-xiao2023"], ["rows-han2022"]]
    targets = [row["ids"] for row in sections[1].findall(nodes.row) if row["ids"]]
    assert targets == [["row-han2022-mini-a"], ["row-han2022-mini-c"]]
    links = [link["refuri"] for link in sections[0].findall(nodes.reference)]
    assert links == ["../notebooks/xiao2023/mini.html#claim-xiao2023-mini-b"]


def test_every_paper_has_a_title() -> None:
    assert set(SHORT_TITLES) == set(PAPERS)


def test_an_empty_ledger_says_so() -> None:
    (paragraph,) = ledger_parts([], to_root="")
    assert paragraph.astext() == "No claim is registered here yet."


@pytest.mark.parametrize(("page", "scripts"), [("book/ledger", ["ledger.js"]), ("book/index", [])])
def test_only_the_ledger_loads_the_filter(page: str, scripts: list[str]) -> None:
    asked: list[str] = []

    class App:
        @staticmethod
        def add_js_file(name: str, **_options: Any) -> None:
            asked.append(name)

    add_filter(App(), page, "page.html", {}, None)  # type: ignore[arg-type]
    assert asked == scripts
