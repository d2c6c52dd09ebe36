"""A tiny file with the quirks of the real one; the real one only where a mirror holds it."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import ReaderError, srdb
from srdb_file import write

BNPP = srdb.PRODUCTION["BNPP"]


def test_columns_units_and_no_names_of_people(tmp_path):
    frame = srdb.read(write(tmp_path, {}, {"BNPP": ""}))
    assert list(frame.columns) == list(srdb.COLUMNS)
    assert set(frame.attrs["units"]) <= set(frame.columns)
    assert not {"Author", "author", "Contributor", "contributor"} & set(frame.columns)
    assert frame.loc[0, BNPP] == pytest.approx(2.0)  # 200 g m-2 are 2 Mg ha-1
    assert np.isnan(frame.loc[1, BNPP])


def test_the_text_none_is_a_value_and_an_empty_field_is_missing(tmp_path):
    frame = srdb.read(write(tmp_path, {}, {"Manipulation": "Fertilized"}, {"Manipulation": ""}, {"Site_name": "None"}))
    assert frame["manipulation"].tolist()[:2] == ["None", "Fertilized"]
    assert pd.isna(frame.loc[2, "manipulation"])
    assert frame["manipulated"].tolist() == [False, True, True, False]
    assert frame.loc[3, "site_name"] == "None"
    assert pd.isna(frame.loc[0, "region"])


def test_copies_of_another_study_are_found_kept_and_named(tmp_path):
    near, far = {"Study_number": "20", "Latitude": "45.3"}, {"Study_number": "30", "Latitude": "47"}
    other = {"Study_number": "40", "BNPP": "201"}
    one_number = {"Study_number": "50", "NPP": "", "ANPP": "", "BNPP": "200"}
    frame = srdb.read(write(tmp_path, {}, near, far, other, one_number, one_number | {"Study_number": "60"}))
    assert len(frame) == 6
    assert frame["copy_of_record"].fillna(0).tolist() == [0, 1, 0, 0, 0, 0]
    assert not frame["declared_duplicate"].any()


def test_a_missing_part_equals_a_missing_part(tmp_path):
    frame = srdb.read(write(tmp_path, {"NPP": ""}, {"NPP": "", "Study_number": "20"}))
    assert frame["copy_of_record"].fillna(0).tolist() == [0, 1]


def test_repeats_within_a_study_are_marked_but_not_across_plots_or_manipulations(tmp_path):
    rows = [{}, {}, {"Site_name": "Other"}, {"Manipulation": "Fertilized"}, {"Study_midyear": "2002.5"}]
    frame = srdb.read(write(tmp_path, *rows))
    assert frame["repeat_in_study"].tolist() == [False, True, False, False, True]


def test_declared_duplicates_by_number_or_by_flag(tmp_path):
    frame = srdb.read(write(tmp_path, {}, {"Duplicate_record": "3208"}, {"Quality_flag": "Q01,Q13"}))
    assert frame["declared_duplicate"].tolist() == [False, True, True]
    assert frame.loc[1, "declared_duplicate_of"] == "3208"


def test_production_beyond_what_rain_can_carry_is_suspect(tmp_path):
    rows = [
        {"MAP": "299"},  # 600 g C on 299 mm
        {"MAP": "301"},
        {"MAP": "299", "Study_precip": "400"},  # the year of the study counts first
        {"MAP": "299", "NPP": "", "BNPP": "250"},  # the parts stand in for the whole
        {"MAP": "11.5", "Study_precip": ""},  # a temperature in the wrong column
        {"MAP": ""},
    ]
    frame = srdb.read(write(tmp_path, *rows))
    assert frame["dry_mass_suspect"].tolist() == [True, False, False, True, False, False]
    assert frame["rain_mm_per_year"].isna().tolist() == [False] * 4 + [True, True]
    assert frame.loc[4, "map_mm_per_year"] == 11.5


def test_filters_apply_in_order_and_can_be_switched_off(tmp_path):
    manipulated = {"Manipulation": "Fertilized", "NPP": "900", "ANPP": "500", "BNPP": "400"}
    rows = [{}, {"Study_number": "20"}, {}, {"MAP": "100", "Site_name": "Dry"}, {"BNPP": ""}]
    rows += [manipulated, manipulated | {"Study_number": "70", "Manipulation": "None"}]
    frame = srdb.read(write(tmp_path, *rows))
    left = srdb.usable(frame).cumprod(axis=1).astype(bool)
    # the copy of a record that was itself taken out stays in
    assert left.sum().tolist() == [6, 5, 5, 4, 3, 2]
    assert frame["record_number"][left.iloc[:, -1]].tolist() == [1, 7]
    everything = srdb.usable(frame, manipulated=True, duplicates=True, suspects=True)
    assert everything.all(axis=1).sum() == 6


def test_share_below_ground(tmp_path):
    rows = [{}, {"NPP": ""}, {"NPP": "", "ANPP": ""}, {"NPP": "100"}, {"NPP": "0"}, {"BNPP": ""}]
    share = srdb.share_below_ground(srdb.read(write(tmp_path, *rows)))
    assert share.iloc[:2].tolist() == pytest.approx([1 / 3, 1 / 3])
    assert share.iloc[2:].isna().all()


@pytest.mark.parametrize(
    ("row", "place", "words"),
    [
        ({"BNPP": "much"}, ("row 3", "'BNPP'"), "is not a number"),
        ({"BNPP": "20000"}, ("row 3", "'BNPP'"), "outside"),
        ({"Latitude": "95"}, ("row 3", "'Latitude'"), "outside"),
        ({"Longitude": "-181"}, ("row 3", "'Longitude'"), "outside"),
        ({"MAP": "None"}, ("row 3", "'MAP'"), "is not a number"),
        ({"Study_number": ""}, ("row 3", "'Study_number'"), "without this number"),
        ({"Record_number": "1", "NPP": "1"}, ("row 3", "'Record_number'"), "occurs twice"),
    ],
)
def test_bad_fields_are_named(tmp_path, row, place, words):
    with pytest.raises(ReaderError, match=words) as caught:
        srdb.read(write(tmp_path, {}, row))
    assert all(part in str(caught.value) for part in place)
    assert "srdb.csv" in str(caught.value)
    assert str(caught.value).endswith(".")


def test_lines_are_counted_through_notes_of_several_lines(tmp_path):
    with pytest.raises(ReaderError, match="row 5"):
        srdb.read(write(tmp_path, {"Notes": "one\ntwo\nthree"}, {"BNPP": "x"}))


@pytest.mark.parametrize("unit", [0.001, 1000.0])
def test_another_unit_is_refused(tmp_path, unit):
    rows = [{"BNPP": f"{200 * unit + i * unit:g}", "NPP": "", "ANPP": ""} for i in range(30)]
    with pytest.raises(ReaderError, match=r"BNPP.*(median|outside)"):
        srdb.read(write(tmp_path, *rows))


def test_missing_columns_files_and_shapes(tmp_path):
    with pytest.raises(ReaderError, match="missing: 'BNPP'"):
        srdb.read(write(tmp_path, {}, without="BNPP"))
    with pytest.raises(ReaderError, match="cannot be read"):
        srdb.read(tmp_path / "nowhere.csv")
    file = write(tmp_path, {})
    file.write_text(file.read_text() + "1,2\n")
    with pytest.raises(ReaderError, match="2 fields"):
        srdb.read(file)
    file.write_bytes(b"")
    with pytest.raises(ReaderError, match="empty"):
        srdb.read(file)
    with pytest.raises(ReaderError, match="no rows"):
        srdb.read(write(tmp_path))
    with pytest.raises(ReaderError, match="UTF-8"):
        srdb.read(write(tmp_path, {"Region": "Pará"}, encoding="latin-1"))


MIRROR = Path(os.environ.get("COLDCARBON_MIRROR", "")) / "srdb" / "srdb-data.csv"


@pytest.mark.skipif(not os.environ.get("COLDCARBON_MIRROR") or not MIRROR.is_file(), reason="needs the data mirror")
def test_the_real_file():
    frame = srdb.read(MIRROR)
    assert len(frame) == 12777
    assert frame["record_number"].is_unique
    steps = srdb.usable(frame)
    assert steps["BNPP given"].sum() == 456
    left = steps.cumprod(axis=1).sum()
    assert (left.diff().dropna() < 0).all()
    # the text None is most of the file
    assert (frame["manipulation"] == "None").sum() == 7515
    # the wildfire series of Manitoba is in two studies, none of it declared
    copies = frame[(frame["study_number"] == 2182) & frame[BNPP].notna()]
    assert copies["copy_of_record"].notna().all()
    assert not copies["declared_duplicate"].any()
    # what is known to be too large is suspect, what is usual is not
    assert frame.loc[frame["study_number"] == 10775, "dry_mass_suspect"].all()
    assert not frame.loc[frame["study_number"] == 2546, "dry_mass_suspect"].any()
