"""What a sentence says of a ledger row."""

import pytest

from coldcarbon.book.quoted import quoted_text
from support import claim_row, row_without_evidence


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("ours", "59.3 %"),
        ("interval", "55.6 to 62.6 %"),
        ("published", "about 60 %"),
        ("n", "1,232"),
        ("verdict", "reproduced"),
    ],
)
def test_a_quantity_is_printed_with_its_unit(quantity: str, text: str) -> None:
    assert quoted_text(claim_row(), quantity).replace("\N{NO-BREAK SPACE}", " ") == text


def test_a_number_has_a_minus_and_does_not_break_from_its_unit() -> None:
    claim = claim_row(ours=-1.6149, low=-3.6, high=0.4, unit="gC m-2 yr-2")
    assert quoted_text(claim, "ours") == "−1.61\N{NO-BREAK SPACE}gC\N{NO-BREAK SPACE}m⁻²\N{NO-BREAK SPACE}yr⁻²"


@pytest.mark.parametrize("unit", ["% of intervals", "% of the prior SD"])
def test_of_a_share_only_the_sign_is_printed(unit: str) -> None:
    assert quoted_text(claim_row(unit=unit), "ours") == "59.3\N{NO-BREAK SPACE}%"


def test_a_count_has_no_unit() -> None:
    assert quoted_text(claim_row(ours=44.068, unit="count", low=None, high=None), "ours") == "44.1"


def test_a_recorded_number_says_so_and_a_printed_one_does_not() -> None:
    claim = claim_row(computed="recorded", recorded_on="2026-11-20")
    assert quoted_text(claim, "ours").endswith("% (recorded 2026-11-20)")
    assert quoted_text(claim, "verdict") == "reproduced (recorded 2026-11-20)"
    assert "recorded" not in quoted_text(claim, "published")


@pytest.mark.parametrize(
    ("quantity", "complaint"),
    [
        ("our", "'our' is none of ours, interval, published, n, verdict"),
        ("ours", "xiao2023/mini/gone: the row has no 'ours'"),
        ("interval", "the row has no 'interval'"),
        ("n", "the row has no 'n'"),
    ],
)
def test_what_the_row_has_not_is_refused(quantity: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        quoted_text(row_without_evidence("xiao2023/mini/gone"), quantity)
