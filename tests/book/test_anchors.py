"""Addresses of ledger rows: of plain letters, apart from each other, and relative to the page."""

from coldcarbon.book.anchors import anchor_of, row_address, row_anchor_of, section_of


def test_a_row_has_a_target_on_its_chapter_and_one_in_the_ledger() -> None:
    assert anchor_of("xiao2023/map/BNPP, 0-20 cm (η)") == "claim-xiao2023-map-bnpp-0-20-cm"
    assert row_anchor_of("xiao2023/map/BNPP, 0-20 cm (η)") == "row-xiao2023-map-bnpp-0-20-cm"
    assert section_of("xiao2023") == "rows-xiao2023"


def test_an_address_leads_from_any_page_to_the_row() -> None:
    assert row_address("han2022/claims/n-sites", "../../") == "../../book/ledger.html#row-han2022-claims-n-sites"
