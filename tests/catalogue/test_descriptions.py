"""The tables of columns are whole; tests/readers/test_described_columns.py compares them with the readers."""

import pytest

from coldcarbon import catalogue
from coldcarbon.catalogue import descriptions


def test_every_data_set_but_archives_is_described() -> None:
    lacking = {name for name in catalogue.datasets() if not catalogue.described(name)}
    assert lacking == {name for name, dataset in catalogue.datasets().items() if dataset.source == "archive"}


def test_no_column_stands_twice_and_each_has_a_meaning() -> None:
    for name in catalogue.datasets():
        tables = catalogue.described(name)
        assert len({table.reader for table in tables}) == len(tables)
        for table in tables:
            assert table.size
            assert table.row
            names = [column.name for column in table.columns]
            assert len(set(names)) == len(names), (name, table.reader)
            assert all(column.meaning for column in table.columns), (name, table.reader)


def test_a_column_as_a_chapter_sees_it() -> None:
    table, stocks = catalogue.described("srdb")
    assert table.reader == "srdb.read"
    assert stocks.reader == "srdb_stocks.read"
    npp = next(column for column in table.columns if column.name == "npp_Mg_C_per_ha_per_year")
    assert (npp.unit, npp.missing) == ("Mg C ha-1 yr-1", "empty")


def test_an_unknown_name_is_refused() -> None:
    with pytest.raises(catalogue.UnknownDatasetError, match="srdb"):
        catalogue.described("srbd")


def test_columns_of_a_table_that_is_not_listed_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    column = {"dataset": "srdb", "table": "srdb.lost", "column": "x", "unit": "m", "missing": "", "meaning": "depth"}
    monkeypatch.setattr(descriptions, "_rows", lambda table: iter([column] if table == "columns.csv" else []))
    with pytest.raises(ValueError, match=r"srdb\.lost"):
        descriptions._tables.__wrapped__()
