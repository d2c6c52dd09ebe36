"""Tables of ledger rows: their numbers, links and targets."""

import pytest
from docutils import nodes

from coldcarbon.book.tables import claims_table, counts_table, filtered, ours_text, plain_table, published_text
from support import claim_row, row_without_evidence


def rows_of(table: nodes.Node) -> list[list[str]]:
    return [[entry.astext() for entry in row.findall(nodes.entry)] for row in table.findall(nodes.row)]


def test_a_row_shows_verdict_claim_numbers_and_evidence() -> None:
    table = claims_table([claim_row()], to_root="../../")
    wanted = ["reproduced", "A number of the paper", "about 60 %", "59.3 (55.6 to 62.6) %", "real"]
    assert rows_of(table)[1] == wanted
    assert next(table.findall(nodes.reference))["refuri"].startswith("../../notebooks/xiao2023/mini.html#")
    assert not [row for row in table.findall(nodes.row) if row["ids"]]


def test_in_the_ledger_a_row_names_its_chapter_and_is_a_target() -> None:
    table = claims_table([claim_row()], to_root="../", in_ledger=True)
    assert rows_of(table)[1][1] == "A number of the paper xiao2023/mini"
    assert [row["ids"] for row in table.findall(nodes.row)] == [[], ["row-xiao2023-mini-n"]]


def test_counts_lead_to_the_rows_they_count() -> None:
    rows = [claim_row("xiao2023/mini/a"), claim_row("xiao2023/mini/b"), row_without_evidence("han2022/mini/c")]
    table = counts_table(rows, ["xiao2023", "han2022"], to_root="../")
    found = {tuple(row[:2]): row[2:] for row in rows_of(table)[1:]}
    assert found["real", "reproduced"] == ["2 of xiao2023: reproduced", "–"]
    assert found["none", "not testable"] == ["–", "1 of han2022: not testable"]
    assert found["", "all"] == ["2 of xiao2023: all", "1 of han2022: all"]
    assert [link["refuri"] for link in table.findall(nodes.reference)] == [
        "../book/ledger.html?paper=xiao2023&verdict=reproduced#rows-xiao2023",
        "../book/ledger.html?paper=han2022&verdict=not+testable#rows-han2022",
        "../book/ledger.html?paper=xiao2023#rows-xiao2023",
        "../book/ledger.html?paper=han2022#rows-han2022",
    ]


def test_a_filter_is_quoted_for_an_address() -> None:
    assert filtered("", paper="a&b", verdict="same conclusion").startswith(
        "book/ledger.html?paper=a%26b&verdict=same+conclusion#"
    )


def test_what_is_missing_is_a_dash() -> None:
    empty = row_without_evidence("xiao2023/mini/gone")
    assert ours_text(empty) == "–"
    assert published_text(claim_row(published=None, comparison=None)) == "–"
    assert claims_table([], to_root="").astext() == "No claim is registered here yet."


def test_targets_are_one_per_row() -> None:
    with pytest.raises(ValueError, match=r"shorter|longer"):
        plain_table(["a"], [["1"], ["2"]], targets=["only-one"])


def test_a_caption_stands_first_in_its_table() -> None:
    table = next(plain_table(["a"], [["1"]], caption="Ones").findall(nodes.table))
    assert table[0].astext() == "Ones"
    assert isinstance(next(plain_table(["a"], [["1"]]).findall(nodes.table))[0], nodes.tgroup)
