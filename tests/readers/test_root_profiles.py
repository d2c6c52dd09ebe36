"""A tiny file with the quirks of the real one; the real one only where a mirror holds it."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import ReaderError, biomes, root_profiles
from root_profile_file import write


def test_columns_types_and_units(quirky):
    assert list(quirky.columns) == list(root_profiles.COLUMNS)
    assert set(quirky.attrs["units"]) <= set(quirky.columns)
    assert quirky["d95_m"].tolist() == [0.5] * 5
    for name in ("anthropogenic", "wetland", "reached_maximum", "in_2002_compilation", "grasses"):
        assert quirky[name].dtype == bool
    assert quirky["reached_maximum"].tolist() == [False, False, False, False, True]


def test_repeated_ids_become_unique_and_keep_their_source(quirky):
    assert quirky["profile_id"].tolist() == ["RE19z-1", "RE19z-2", "WC19a", "TG02", "D05"]
    assert quirky["source_id"].tolist() == ["RE19z", "RE19z", "WC19a", "TG02", "D05"]
    assert quirky["id_letters"].tolist() == ["RE", "RE", "WC", "TG", "D"]


def test_missing_values_are_missing_and_no_row_is_dropped(quirky):
    assert len(quirky) == 5
    place = quirky.loc[2, ["latitude_degrees_north", "longitude_degrees_east", "map_mm_per_year", "pet_mm_per_year"]]
    assert place.isna().all()
    assert pd.isna(quirky.loc[2, "rainfall_season"])
    assert quirky["has_coordinates"].tolist() == [True, True, False, True, True]
    assert pd.isna(quirky.loc[4, "umd_cover_class"])
    assert quirky.loc[3, "umd_cover_class"] == 10
    assert np.isnan(quirky.loc[4, "total_root_mass_kg_per_m2"])
    assert not (quirky.select_dtypes("number") == -999).any().any()


def test_cut_names_are_restored_and_names_read_as_latin1(quirky):
    assert quirky["vegetation"].tolist()[:3] == ["EBL forest / tropical"] * 2 + ["ENL plantation / temperate"]
    assert quirky.loc[0, "vegetation_in_file"] == "EBL forest / tropica"
    assert quirky["rainfall_season"].tolist()[:2] == ["non-tropical,", "tropical, seasonal"]
    assert quirky.loc[3, "reference"] == "Pietikäinen & Finér 1999"


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        ("1200", 1200),
        ("650 m", 650),
        ("300-600", None),
        ("<100", None),
        ("~1300", None),
        ("16-Nov", None),
        ("-999", None),
    ],
)
def test_only_plain_elevations_become_numbers(tmp_path, text, metres):
    frame = root_profiles.read(write(tmp_path, {"Elevation": text}))
    value = frame.loc[0, "elevation_m"]
    assert np.isnan(value) if metres is None else value == metres
    kept = frame.loc[0, "elevation_text"]
    assert pd.isna(kept) if text == "-999" else kept == text


def test_zero_depths_are_flagged_and_replaced_only_on_request(quirky):
    assert quirky["d50_is_zero"].tolist() == [False, False, False, True, False]
    assert not quirky["d50_extrapolated_is_zero"].any()
    assert quirky.loc[3, "d50_m"] == 0
    assert root_profiles.depths_cm(quirky)["d50_cm"].tolist() == pytest.approx([10, 10, 10, 0.25, 10])
    assert np.isnan(root_profiles.depths_cm(quirky, zero="missing").loc[3, "d50_cm"])
    extrapolated = root_profiles.depths_cm(quirky, "extrapolated")
    assert extrapolated.to_numpy().tolist() == [pytest.approx([12, 80])] * 5


@pytest.mark.parametrize("choice", [{"which": "guessed"}, {"zero": "drop"}])
def test_unknown_choices_are_refused(quirky, choice):
    with pytest.raises(ValueError, match="must be"):
        root_profiles.depths_cm(quirky, **choice)


@pytest.mark.parametrize(
    ("row", "column", "says"),
    [
        ({"D50": "0,1"}, "D50", "'0,1' is not a number"),
        ({"D95": "-999"}, "D95", "without this depth"),
        ({"D95": "-0.5"}, "D95", "outside 0 to 100"),
        ({"Latitude": "95"}, "Latitude", "outside -90 to 90"),
        ({"Wetland": "perhaps"}, "Wetland", "'perhaps' is none of 'Y', 'N'"),
        ({"Vegetation": "Mangrove"}, "Vegetation", "'Mangrove' is none of"),
    ],
)
def test_a_bad_value_names_file_row_column_and_remedy(tmp_path, row, column, says):
    file = write(tmp_path, {}, row)
    with pytest.raises(ReaderError) as caught:
        root_profiles.read(file)
    message = str(caught.value)
    assert message.startswith(f"{file}, row 3, column {column!r}: ")
    assert says in message
    assert "coldcarbon data fetch" in message


def test_a_missing_column_is_named(tmp_path):
    with pytest.raises(ReaderError, match=r"row 1: missing: 'D95_extrapolated'"):
        root_profiles.read(write(tmp_path, {}, without="D95_extrapolated"))


def test_other_encodings_are_refused(tmp_path):
    row = {"Reference": "Finér 1997"}
    with pytest.raises(ReaderError, match="saved as UTF-8"):
        root_profiles.read(write(tmp_path, row, encoding="utf-8"))
    with pytest.raises(ReaderError, match="zero bytes"):
        root_profiles.read(write(tmp_path, row, encoding="utf-16"))


def test_broken_tables_are_refused(tmp_path):
    file = write(tmp_path, {}, {"D50": "0.2"})
    whole = file.read_text("latin-1")
    file.write_text(whole[: whole.rindex(",0.12")], "latin-1")
    with pytest.raises(ReaderError, match="row 3: the last line has no end"):
        root_profiles.read(file)
    file.write_text(whole + "one,more," * 30 + "\n", "latin-1")
    with pytest.raises(ReaderError, match="row 4: 61 fields"):
        root_profiles.read(file)
    file.write_text(whole.replace("Somewhere", 'Some"where'), "latin-1")
    with pytest.raises(ReaderError, match="row 2: not a regular table"):
        root_profiles.read(file)
    file.write_text(whole.splitlines()[0] + "\n", "latin-1")
    with pytest.raises(ReaderError, match="no rows"):
        root_profiles.read(file)
    file.write_text("", "latin-1")
    with pytest.raises(ReaderError, match="empty"):
        root_profiles.read(file)
    with pytest.raises(ReaderError, match="cannot be read"):
        root_profiles.read(tmp_path / "absent.csv")


MIRROR = os.environ.get("COLDCARBON_MIRROR", "")
REAL = Path(MIRROR) / "schenk-jackson-root-profiles" / "root_profiles_D50D95.csv"


@pytest.mark.skipif(not MIRROR or not REAL.is_file(), reason="the data set is not in COLDCARBON_MIRROR")
def test_the_real_file_is_what_the_module_says():
    frame = root_profiles.read(REAL)
    assert len(frame) == 564
    assert frame["reference"].nunique() == 232
    assert frame["profile_id"].is_unique
    assert frame["source_id"].duplicated(keep=False).sum() == 3
    assert frame["has_coordinates"].sum() == 559
    assert frame["map_mm_per_year"].notna().equals(frame["has_coordinates"])
    assert frame["d50_is_zero"].sum() == 2
    assert frame["d50_extrapolated_is_zero"].sum() == 1
    assert frame["umd_cover_class"].notna().sum() == 557
    assert (frame["d95_m"] > frame["d50_m"]).all()
    assert biomes.assign_biome(frame).isna().sum() == 4
    assert biomes.biome_table(frame)["profiles"].sum() == 564
