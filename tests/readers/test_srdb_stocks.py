from pathlib import Path

import pandas as pd
import pytest

from coldcarbon.readers import ReaderError, srdb_stocks
from srdb_file import write


def file_with(folder: Path, *stocks: tuple[str, str], rows: list[dict[str, str]] | None = None) -> Path:
    file = write(folder, *(rows or [{}] * len(stocks)))
    table = pd.read_csv(file, dtype=str, keep_default_na=False)
    table["C_AG"], table["C_BG"] = zip(*stocks, strict=True)
    table.to_csv(file, index=False)
    return file


def test_ratio_is_above_over_below_and_needs_both(tmp_path):
    found = srdb_stocks.read(file_with(tmp_path, ("100", "400"), ("100", ""), ("", "400"), ("0", "400"), ("50", "40")))
    assert list(found.columns) == list(srdb_stocks.COLUMNS)
    assert found["record_number"].tolist() == [1, 5]
    assert found["eta"].tolist() == [0.25, 1.25]
    assert found.attrs["units"]["eta"].startswith("1 (aboveground")


def test_stocks_of_a_study_that_come_again_are_marked(tmp_path):
    rows = [{"Study_number": n, "Manipulation": m} for n, m in (("1", "None"), ("1", "Warmed"), ("2", "None"))]
    found = srdb_stocks.read(file_with(tmp_path, *[("100", "400")] * 3, rows=rows))
    assert found["stock_repeat"].tolist() == [False, True, False]
    assert found["manipulated"].tolist() == [False, True, False]


@pytest.mark.parametrize("stock", ["much", "-5", "9e9", "-999"])
def test_what_is_no_stock_is_refused_by_record(tmp_path, stock):
    with pytest.raises(ReaderError, match="row 3, column 'C_AG'"):
        srdb_stocks.read(file_with(tmp_path, ("100", "400"), (stock, "400")))


def test_a_file_without_stocks_is_refused(tmp_path):
    with pytest.raises(ReaderError, match="missing: 'C_AG', 'C_BG'"):
        srdb_stocks.read(write(tmp_path, {}))
