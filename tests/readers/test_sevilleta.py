import csv
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import ReaderError, sevilleta

BNPP = "bnpp_dry_mass_g_per_m2_per_year"
ROW = {
    "Date": "2010",
    "Site": "C",
    "Sample": "1",
    "Depth": "0-15",
    "Volume": "2000",
    "Root_Weight": "600",
    "Notes": "NA",
    "wt_by_vol": "0.3",
    "Latitude": "34.33",
    "Longitude": "-106.7",
    "precip_annual": "250",
}
UNITS = {"Volume": "ml", "Root_Weight": "mg", "wt_by_vol": "mg/ml, formula: Root_Weight/Volume"}


def write(folder: Path, *rows: dict[str, str], without: str = "", units: dict[str, str] | None = None) -> Path:
    names = [name for name in ROW if name != without]
    file = folder / sevilleta.ROWS
    with file.open("w", newline="") as target:
        writer = csv.writer(target)
        writer.writerow(names)
        writer.writerows([[(ROW | row)[name] for name in names] for row in rows])
    with (folder / sevilleta.METADATA).open("w", newline="", encoding="latin-1") as target:
        writer = csv.writer(target)
        writer.writerow(["variable name", "variable definition/description", "units", "missing"])
        writer.writerow(["Site", "El Niño", "factor", "NA"])
        writer.writerows([[name, "words", unit, "NA"] for name, unit in (units or UNITS).items()])
    return file


def test_mass_per_volume_becomes_mass_per_area(tmp_path):
    frame = sevilleta.read(write(tmp_path, {}, {"Depth": "15-30", "wt_by_vol": "0.1"}, {"Depth": "0-30"}))
    assert list(frame.columns) == list(sevilleta.COLUMNS)
    assert set(frame.attrs["units"]) <= set(frame.columns)
    # 0.3 kg in a cubic metre is 45 g under a square metre of 15 cm
    assert frame[BNPP].tolist() == pytest.approx([45, 15, 90])
    assert frame["depth_top_cm"].tolist() == [0, 15, 0]
    assert frame["depth_bottom_cm"].tolist() == [15, 30, 30]
    assert frame["notes"].isna().all()


def test_treatments_come_from_plot_numbers(tmp_path):
    places = [("F", "2"), ("F", "1"), ("M", "6"), ("M", "8"), ("DWB", "1"), ("C", "2"), ("W", "2")]
    frame = sevilleta.read(write(tmp_path, *({"Site": site, "Sample": plot} for site, plot in places)))
    expected = ["fertilized", "control", "rain added", "control", "burned", "control", "not stated"]
    assert frame["treatment"].tolist() == expected
    assert frame["donut_id"].tolist()[:2] == ["F-2", "F-1"]


def test_empty_and_heavy_samples_are_kept_and_marked(tmp_path):
    rows = [{}, {"Volume": "0", "Root_Weight": "0", "wt_by_vol": "NA", "Sample": "2"}]
    rows += [{"wt_by_vol": "7", "Sample": "3"}, {"Site": "F", "Root_Weight": "4600", "Sample": "4"}]
    frame = sevilleta.read(write(tmp_path, *rows))
    assert frame["no_soil"].tolist() == [False, True, False, False]
    assert np.isnan(frame.loc[1, BNPP])
    assert frame["left_out_by_authors"].tolist() == [False, False, True, True]


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ({"wt_by_vol": "none"}, "wt_by_vol", "is not a number"),
        ({"Root_Weight": "-1"}, "Root_Weight", "outside"),
        ({"Depth": "15-0"}, "Depth", "no depth range"),
        ({"Depth": "deep"}, "Depth", "no depth range"),
        ({"Site": "X"}, "Site", "is none of"),
        ({"Latitude": "134"}, "Latitude", "outside"),
        ({"Date": "20"}, "Date", "outside"),
        ({"Sample": "1", "Volume": "1"}, "Sample", "the same sample"),
    ],
)
def test_bad_fields_are_named(tmp_path, row, column, words):
    file = write(tmp_path, {}, {"Sample": "2"} | row)
    with pytest.raises(ReaderError, match=words) as caught:
        sevilleta.read(file)
    assert "row 3" in str(caught.value)
    assert repr(column) in str(caught.value)


def test_units_are_those_of_the_metadata(tmp_path):
    with pytest.raises(ReaderError, match="Root_Weight is in 'g'"):
        sevilleta.read(write(tmp_path, {}, units=UNITS | {"Root_Weight": "g"}))
    with pytest.raises(ReaderError, match="does not describe 'Volume'"):
        sevilleta.read(write(tmp_path, {}, units={"Root_Weight": "mg"}))
    with pytest.raises(ReaderError, match="median"):
        sevilleta.read(write(tmp_path, {"wt_by_vol": "50"}))
    file = write(tmp_path, {})
    file.with_name(sevilleta.METADATA).unlink()
    with pytest.raises(ReaderError, match="cannot be read"):
        sevilleta.read(file)


def test_missing_columns_and_rows(tmp_path):
    with pytest.raises(ReaderError, match="missing: 'Depth'"):
        sevilleta.read(write(tmp_path, {}, without="Depth"))
    with pytest.raises(ReaderError, match="no rows"):
        sevilleta.read(write(tmp_path))
    file = write(tmp_path, {})
    file.write_text(file.read_text() + "2010,C\n")
    with pytest.raises(ReaderError, match="row 3: 2 fields"):
        sevilleta.read(file)


MIRROR = Path(os.environ.get("COLDCARBON_MIRROR", "")) / "sevilleta-bnpp" / sevilleta.ROWS


@pytest.mark.skipif(not os.environ.get("COLDCARBON_MIRROR") or not MIRROR.is_file(), reason="needs the data mirror")
def test_the_real_files():
    frame = sevilleta.read(MIRROR)
    assert len(frame) == 2156
    assert frame["left_out_by_authors"].sum() == 5
    assert frame["no_soil"].sum() == 3
    assert set(frame["treatment"]) == {"control", "burned", "fertilized", "rain added", "not stated"}
    # the authors' script counts 1956 rows without the three experiments whose treatments it does not give
    assert (frame["treatment"] != "not stated").sum() == 1956
    assert pd.Series(frame[BNPP]).median() == pytest.approx(28, abs=3)
