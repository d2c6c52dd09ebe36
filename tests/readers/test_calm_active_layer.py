from pathlib import Path

import numpy as np
import pytest
import shapely

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError, calm_active_layer, plateau_boundary
from coldcarbon.simulate import yun2024_climate

HEADER = "Event\tSite\tName\tID\tCountry\tArea\tLatitude\tLongitude\tDate/Time\tALD [cm]\tSample comment\tComment"
HERE = catalogue.mode() != "simulated" and catalogue.present(calm_active_layer.DATASET)


def write(folder: Path, *rows: str, header: str = HEADER, end: str = "*/") -> Path:
    file = folder / "calm.tab"
    file.write_text("/* DATA DESCRIPTION:\nwords\n" + end + "\n" + "\n".join([header, *rows]) + "\n", encoding="utf-8")
    return file


def row(depth: str, year: str = "2001", site: str = "CN6", note: str = "", latitude: str = "31.8") -> str:
    return f"CALM_{site}\t{site}\tRivers\t1\tChina\t\t{latitude}\t91.7\t{year}\t{depth}\t{note}\t"


def test_bounds_are_kept_apart_from_depths(tmp_path):
    file = write(tmp_path, row("142"), row(">235", "2002"), row("<66", "2003"), row("", "2023", note="inactive"))
    frame = calm_active_layer.read(file)
    assert list(frame.columns) == list(calm_active_layer.COLUMNS)
    assert frame["censoring"].tolist() == ["none", "right", "left", "missing"]
    assert frame["thaw_depth_cm"].tolist()[:3] == [142, 235, 66]
    assert np.isnan(frame["thaw_depth_cm"].iloc[3])
    assert frame["sample_comment"].iloc[3] == "inactive"
    assert frame["area"].isna().all()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([row("deep")], "is no depth"),
        ([row("-5")], "is no depth"),
        ([row("142", "year")], "is not a number"),
        ([row("142", latitude="131")], "lies outside -90 to 90"),
        ([row("142"), row("143")], "same site and year"),
        ([], "a header and no rows"),
    ],
)
def test_what_is_no_thaw_depth_is_refused(tmp_path, rows, words):
    with pytest.raises(ReaderError, match=words):
        calm_active_layer.read(write(tmp_path, *rows))


def test_refusals_name_the_line_of_the_file(tmp_path):
    file = write(tmp_path, row("142"), row("deep", "2002"))
    with pytest.raises(ReaderError) as refusal:
        calm_active_layer.read(file)
    assert file.read_text().splitlines()[refusal.value.row - 1].split("\t")[9] == "deep"


def test_other_files_are_refused(tmp_path):
    with pytest.raises(ReaderError, match="no table after"):
        calm_active_layer.read(write(tmp_path, row("1"), end=""))
    with pytest.raises(ReaderError, match="missing: 'Country'"):
        calm_active_layer.read(write(tmp_path, row("1"), header=HEADER.replace("Country", "Land")))
    with pytest.raises(ReaderError, match="cannot be read"):
        calm_active_layer.read(tmp_path / "absent.tab")


@pytest.mark.skipif(not HERE, reason="needs calm-active-layer")
def test_the_plateau_has_six_sites_some_censored():
    frame = calm_active_layer.read()
    assert list(frame.columns) == list(yun2024_climate.thaw_depth().columns)
    assert len(frame) == 3819
    if not catalogue.present(plateau_boundary.DATASET):
        pytest.skip("needs the outline")
    place = frame["longitude_degrees_east"], frame["latitude_degrees_north"]
    here = shapely.contains_xy(plateau_boundary.read(), *place)
    assert sorted(frame.loc[here, "site"].unique()) == [f"CN{k}" for k in range(2, 8)]
    rivers = frame[here & (frame["site"] == "CN6") & (frame["censoring"] != "missing")]
    assert set(rivers["censoring"]) == {"right"}
