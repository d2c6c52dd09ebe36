"""Stamps of months: what is read, and how a wrong one is named."""

from pathlib import Path

import pytest

from coldcarbon.readers import ReaderError
from coldcarbon.readers.months import consecutive_months

FILE = Path("tower.csv")


def months(*texts: str):
    return consecutive_months(FILE, texts, remedy="Fetch it again", column="TIMESTAMP", first_row=2)


def test_months_follow_one_another_over_the_turn_of_the_year():
    assert [str(month) for month in months("201911", "201912", "202001")] == ["2019-11", "2019-12", "2020-01"]


@pytest.mark.parametrize("text", ["201913", "201900", "2019-1", "20191", "2019111", "", "٢٠١٩١١"])
def test_what_is_no_month_is_named_with_its_row(text):
    with pytest.raises(ReaderError, match=r"(?s)tower.csv.*row 3.*TIMESTAMP") as caught:
        months("201910", text)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize("second", ["201912", "201910", "201909"])
def test_a_month_that_is_missing_repeated_or_early_is_named(second):
    with pytest.raises(ReaderError, match=r"(?s)row 3.*TIMESTAMP.*follows 2019-10"):
        months("201910", second)
