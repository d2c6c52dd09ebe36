"""What every table is asked, on tables made for it; damaged files of each reader are in test_damaged_files.py."""

import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import fields_of, numbers, refuse_repeated, rows_of, text_of

REMEDY = "Fetch it again"


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\xef\xbb\xbfa,b\n1,2\n", b"a,b\r\n1,2\r\n", b" a , b\r1,2 \r"])
def test_marks_blanks_and_line_ends_change_nothing(tmp_path, content):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    table = rows_of(path, text_of(path, remedy=REMEDY), remedy=REMEDY)
    assert table.columns(["b", "a"]).to_numpy().tolist() == [["2", "1"]]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b" \n\n", "the file is empty"),
        (b"\0" * 9, "holds zero bytes"),
        ("a,b\n1,2\n".encode("utf-16"), "holds zero bytes"),
        (b"<!DOCTYPE html><title>404</title>\n", "a web page"),
        (b"a,b\n1,\xe9\n", "row 2: not a plain text in UTF-8"),
        (b"a,b\n1,2", "row 2: the last line has no end"),
        (b"a,b\n", "row 1: the file has a header and no rows"),
        (b"a,b\n1,2\n3\n", "row 3: 1 fields where the header has 2"),
        (b'a,b\n1,"2\n3,4\n', "row 3: not a regular table"),
        (b"a,b,a\n1,2,3\n", "row 1, column 'a': this column stands there twice"),
        (b"a,b\n1,2\n3,4\n1,2\n", "row 4: the same row as in line 2"),
        (b"a,c\n1,2\n", r"row 1: missing: 'b' \(found a, c\)"),
    ],
)
def test_damage_is_refused_with_its_place_and_a_remedy(tmp_path, content, message):
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(ReaderError, match=f"t.csv.*{message}.*{REMEDY}"):
        rows_of(path, text_of(path, remedy=REMEDY), remedy=REMEDY).columns(["a", "b"])
    with pytest.raises(ReaderError, match="cannot be read"):
        text_of(tmp_path / "absent.csv", remedy=REMEDY)


def test_a_row_is_named_by_the_line_on_which_it_ends(tmp_path):
    text = 'words\na,b\n"two\nlines",1\nx,y\n'
    table = rows_of(tmp_path, text.partition("\n")[2], remedy=REMEDY, first_line=2)
    assert table.lines.tolist() == [4, 5]
    with pytest.raises(ReaderError, match="row 5, column 'b': 'y' is not a number"):
        numbers(tmp_path, table.columns(["b"])["b"], 0, 9, remedy=REMEDY, lines=table.lines)


@pytest.mark.parametrize(
    ("cell", "message"),
    [
        ("1,5", "'1,5' is not a number"),
        ("nan", "'nan' is not a number"),
        ("inf", "'inf' is not a number"),
        ("", r"'' is not a number \(missing is 'NA'\)"),
        ("-999", r"'-999' is a code for missing that this file does not use \(missing is 'NA'\)"),
        ("-9999.0", "is a code for missing"),
        ("1001", "lies outside -1000 to 1000"),
    ],
)
def test_numbers_that_are_none_are_named(tmp_path, cell, message):
    with pytest.raises(ReaderError, match=f"row 2, column 'x': sheet: .*{message}"):
        numbers(
            tmp_path,
            pd.Series(["1", cell], name="x"),
            -1000,
            1000,
            remedy=REMEDY,
            missing=("NA",),
            within="sheet",
        )


def test_missing_and_cells_of_workbooks(tmp_path):
    found = numbers(tmp_path, pd.Series(["NA", " 2.5", "1e2"]), 0, 100, remedy=REMEDY, missing=("NA",))
    np.testing.assert_array_equal(found, [np.nan, 2.5, 100])
    cells = pd.Series([None, 3, 2.5], dtype=object)
    np.testing.assert_array_equal(numbers(tmp_path, cells, 0, 9, remedy=REMEDY, missing=None), [np.nan, 3, 2.5])
    with pytest.raises(ReaderError, match="row 1, column 'x': True is not a number"):
        numbers(tmp_path, pd.Series([True, 1], dtype=object, name="x"), 0, 9, remedy=REMEDY)


def test_fields_between_blanks(tmp_path):
    path = tmp_path / "t.txt"
    path.write_text("1 2\n 3   4 \n")
    assert fields_of(path, ("a", "b"), remedy=REMEDY).to_numpy().tolist() == [["1", "2"], ["3", "4"]]
    path.write_text("1 2\n3 4 5\n")
    with pytest.raises(ReaderError, match=r"row 2: 3 fields, not 2 \(a, b\)"):
        fields_of(path, ("a", "b"), remedy=REMEDY)


def test_the_first_repeat_is_named(tmp_path):
    again = np.array([False, False, True, True])
    with pytest.raises(ReaderError, match="row 30, column 'site': twice"):
        refuse_repeated(tmp_path, again, "twice", remedy=REMEDY, lines=[10, 20, 30, 40], column="site")
    refuse_repeated(tmp_path, again & False, "twice", remedy=REMEDY, lines=[1, 2, 3, 4], column="site")
