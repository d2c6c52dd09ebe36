import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import ReaderError, fluxnet2015
from fluxnet_files import table, write, write_sites
from grid_files import need


def test_signs_units_and_sums(tmp_path):
    write_sites(tmp_path)
    write(tmp_path, table())
    frame = fluxnet2015.read(tmp_path)
    assert list(frame.columns) == list(fluxnet2015.COLUMNS)
    assert len(frame) == 36
    january = frame.iloc[0]
    assert january["uptake_g_C_per_m2_per_day"] == pytest.approx(1.1)
    assert january["uptake_g_C_per_m2_per_month"] == pytest.approx(31 * 1.1)
    assert january["gpp_g_C_per_m2_per_day"] == pytest.approx(4)
    assert january["ter_g_C_per_m2_per_month"] == pytest.approx(31 * 3)
    assert january["precipitation_mm_per_month"] == pytest.approx(62)
    # the 25th percentile of NEE is the 75th of uptake
    assert january["uptake_threshold_75_g_C_per_m2_per_day"] == pytest.approx(1.2)
    assert january["uptake_threshold_25_g_C_per_m2_per_day"] == pytest.approx(0.8)
    assert (january["latitude_degrees_north"], january["igbp"], january["licence"]) == (61.5, "ENF", "CC-BY-4.0")
    assert not frame[["uptake_constant", "partition_constant", "soil_water_constant"]].any(axis=None)
    assert frame["uptake_g_C_per_m2_per_day"].isna().sum() == 0
    assert set(fluxnet2015.UNITS) <= set(fluxnet2015.COLUMNS)


def test_missing_stays_missing_and_partitions_are_averaged_only_together(tmp_path):
    months = table()
    months.loc[4, ["NEE_VUT_REF", "GPP_DT_VUT_REF", "SWC_F_MDS_1"]] = "-9999"
    frame = fluxnet2015.read_file(write(tmp_path, months.drop(columns=["PPFD_IN", "PPFD_IN_QC"])))
    row = frame.iloc[4]
    assert np.isnan(
        row[["uptake_g_C_per_m2_per_day", "gpp_g_C_per_m2_per_day", "soil_water_percent"]].astype(float)
    ).all()
    assert row["gpp_night_g_C_per_m2_per_day"] == pytest.approx(3.004)
    assert frame["ppfd_umol_per_m2_per_s"].isna().all()


def test_fills_are_flagged_not_dropped(tmp_path):
    months = table()
    months.loc[3:14, "GPP_NT_VUT_REF"] = "-1.597"
    months.loc[20:22, "SWC_F_MDS_1"] = "60.172"
    months.loc[30:31, "NEE_VUT_REF"] = "0.234"  # two are no run
    months.loc[[1, 13], "NEE_VUT_REF"] = "1.885"
    months.loc[5:9, "GPP_DT_VUT_REF"] = "0"  # zeros are no fill
    frame = fluxnet2015.read_file(write(tmp_path, months))
    assert np.flatnonzero(frame["partition_constant"]).tolist() == list(range(3, 15))
    assert np.flatnonzero(frame["soil_water_constant"]).tolist() == [20, 21, 22]
    assert not frame["uptake_constant"].any()
    assert np.flatnonzero(frame["uptake_repeats_other_year"]).tolist() == [1, 13]


def test_site_years_follow_the_rule(tmp_path):
    write_sites(tmp_path)
    months = table()
    months["NEE_VUT_REF_QC"] = "0.9"
    months.loc[0:3, "NEE_VUT_REF_QC"] = "0.2"
    months.loc[12, "NEE_VUT_REF"] = "-9999"
    write(tmp_path, months)
    frame = fluxnet2015.read(tmp_path)
    assert fluxnet2015.site_years(frame).loc["FI-Xyz"].tolist() == [2001, 2003, 3, 2]
    assert fluxnet2015.site_years(frame, least_quality=0.5)["years"].item() == 1
    assert fluxnet2015.site_years(frame, least_quality=0.5, least_months=8)["years"].item() == 3
    with pytest.raises(ValueError, match="least_quality lies"):
        fluxnet2015.site_years(frame, least_quality=2)


def put(row, column, value):
    def apply(months: pd.DataFrame) -> pd.DataFrame:
        months.loc[row, column] = value
        return months

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda t: t.drop(columns="NEE_VUT_REF"), "row 1: missing: 'NEE_VUT_REF'"),
        (lambda t: t.drop(index=7), "row 9, column 'TIMESTAMP': 2001-09 follows 2001-07"),
        (lambda t: t.iloc[:30], "row 31, column 'TIMESTAMP': months from 2001-01 to 2003-06, and the name says"),
        (put(3, "TIMESTAMP", "200113"), "row 5, column 'TIMESTAMP': '200113' is no month"),
        (put(3, "NEE_VUT_REF", "n/a"), "row 5, column 'NEE_VUT_REF': 'n/a' is not a number"),
        (put(3, "NEE_VUT_REF", "-99"), "row 5, column 'NEE_VUT_REF': '-99' lies outside -40 to 40"),
        (put(3, "TA_F", "271.2"), "row 5, column 'TA_F': '271.2' lies outside -70 to 50"),
        (put(3, "TA_F_QC", "1.5"), "row 5, column 'TA_F_QC': '1.5' lies outside 0 to 1"),
        (put(3, "SWC_F_MDS_1", "301"), "row 5, column 'SWC_F_MDS_1': '301' lies outside 0 to 100"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, spoil, message):
    path = write(tmp_path, spoil(table()))
    with pytest.raises(ReaderError, match=message) as caught:
        fluxnet2015.read_file(path)
    assert caught.value.path == path


def test_truncated_empty_and_renamed_files(tmp_path):
    path = write(tmp_path, table())
    text = path.read_text()
    path.write_text(text[: len(text) - 40])
    with pytest.raises(ReaderError, match=r"row 37: the last line has no end"):
        fluxnet2015.read_file(path)
    path.write_text("")
    with pytest.raises(ReaderError, match="the file is empty"):
        fluxnet2015.read_file(path)
    path.write_text("TIMESTAMP,TA_F\n")
    with pytest.raises(ReaderError, match="a header and no rows"):
        fluxnet2015.read_file(path)
    path.write_bytes(b"TIMESTAMP,\xff\n")
    with pytest.raises(ReaderError, match="not a plain text in UTF-8"):
        fluxnet2015.read_file(path)
    with pytest.raises(ReaderError, match="the name is not that of a monthly file"):
        fluxnet2015.read_file(tmp_path / "hyytiala.csv")
    with pytest.raises(ReaderError, match="cannot be read"):
        fluxnet2015.read_file(tmp_path / "FLX_FI-Aaa_FLUXNET2015_SUBSET_MM_2001-2003_1-4.csv")


def test_bad_tables_of_towers(tmp_path):
    write(tmp_path, table())
    with pytest.raises(ReaderError, match=r"no FluxNET_sites\.csv beside the towers"):
        fluxnet2015.read(tmp_path)
    path = write_sites(tmp_path, "FI-Xyz,Somewhere,CC-BY-4.0,,161.5,24.5,120,ENF,3,600")
    with pytest.raises(ReaderError, match=r"row 2, column 'LOCATION_LAT': '161.5' lies outside -90 to 90"):
        fluxnet2015.read_sites(path)
    row = "FI-Xyz,Somewhere,CC-BY-4.0,,61.5,24.5,120,ENF,3,600"
    write_sites(tmp_path, row, row)
    with pytest.raises(ReaderError, match="row 3: the same row as in line 2"):
        fluxnet2015.read_sites(path)
    write_sites(tmp_path, row.replace("Xyz", "Abc"))
    with pytest.raises(ReaderError, match="does not list FI-Xyz"):
        fluxnet2015.read(tmp_path)
    write_sites(tmp_path)
    with pytest.raises(ValueError, match="no file of FI-Aaa"):
        fluxnet2015.read(tmp_path, ["FI-Aaa"])
    with pytest.raises(ValueError, match="no tower is left"):
        fluxnet2015.read(tmp_path, least_latitude=70)


# ---- the real files


@pytest.fixture(scope="module")
def towers() -> pd.DataFrame:
    need("fluxnet2015-monthly")
    return fluxnet2015.read()


def test_real_counts(towers):
    assert (len(towers), towers["site"].nunique()) == (5256, 54)
    north = towers[towers["latitude_degrees_north"] >= 50]
    counts = fluxnet2015.site_years(north)
    assert (len(counts), counts["years_in_file"].sum(), counts["years"].sum()) == (51, 430, 422)
    long = counts[counts["years_in_file"] >= 3]
    assert (len(long), long["years_in_file"].sum(), long["years"].sum()) == (48, 425, 417)
    assert north.loc[north["igbp"] == "CRO", "site"].nunique() == 7
    without = fluxnet2015.site_years(north[north["igbp"] != "CRO"])
    assert (without["years"] >= 3).sum() == 42
    strict = fluxnet2015.site_years(north, least_quality=0.5)
    assert (strict["years"] >= 3).sum() == 23


def test_real_fills(towers):
    assert towers[towers["partition_constant"]].groupby("site").size().to_dict() == {"CA-Man": 12, "GL-ZaH": 24}
    assert towers[towers["soil_water_constant"]].groupby("site").size()["RU-Fyo"] == 11
    repeated = towers[towers["uptake_repeats_other_year"]]
    assert repeated.groupby("site").size().to_dict() == {"BE-Bra": 13, "CA-NS1": 2}
    assert (repeated["uptake_quality"] == 0).all()
    assert towers.groupby("site")["soil_water_percent"].count().gt(0).sum() == 35


def test_real_magnitudes(towers):
    forest = (
        towers[towers["site"] == "FI-Hyy"]
        .groupby("year")[["uptake_g_C_per_m2_per_month", "gpp_g_C_per_m2_per_month", "ter_g_C_per_m2_per_month"]]
        .sum()
    )
    # a Scots pine stand: some 0.2 kg of carbon a year out of 1.1
    assert forest["uptake_g_C_per_m2_per_month"].mean() == pytest.approx(240, abs=60)
    assert forest["gpp_g_C_per_m2_per_month"].mean() == pytest.approx(1100, abs=150)
    july = towers[towers["month"] == 7].groupby("site")["uptake_g_C_per_m2_per_day"].mean()
    assert (july > 0).mean() > 0.8
    night = -towers["uptake_g_C_per_m2_per_day"] - (
        towers["ter_night_g_C_per_m2_per_day"] - towers["gpp_night_g_C_per_m2_per_day"]
    )
    assert night.std() == pytest.approx(0.194, abs=0.001)
