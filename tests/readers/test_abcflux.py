import numpy as np
import pandas as pd
import pytest

from abcflux_file import EXPLANATION, HEADER, encoded, record, write
from coldcarbon.readers import ReaderError, abcflux, fluxnet2015
from grid_files import need

UPTAKE, GPP, TER = (f"{name}_g_C_per_m2_per_month" for name in ("uptake", "gpp", "ter"))


def test_signs_names_and_what_is_left_out(tmp_path):
    frame = abcflux.read(
        write(
            tmp_path,
            record(site_name="Str<mac>m"),
            EXPLANATION,
            record(site_name="Hyytiälä", month="8", permafrost="(Present) lens of ice"),
            record(month="NA", nee="-", gpp="#" * 40, reco="Inf", tair="Unknown", permafrost="Absence"),
            record(month="9", gpp="-1.6e+142"),
        )
    )
    assert list(frame.columns) == list(abcflux.COLUMNS)
    assert frame["site_name"].tolist()[:2] == ["Ström", "Hyytiälä"]
    assert not any("example" in str(value) for value in frame.to_numpy().ravel())
    assert frame.loc[0, [UPTAKE, GPP, TER]].tolist() == [30, 90, 60]
    assert frame["line"].tolist() == [2, 4, 5, 6]
    assert frame.attrs["left_out"] == {"row of explanations": [3]}
    assert frame.attrs["not_numbers"] == {"nee": 1, "gpp": 2, "reco": 1, "tair": 1}
    assert frame.loc[2, [UPTAKE, GPP, TER, "month"]].isna().all()
    assert frame["permafrost"].tolist() == [True, pd.NA, False, True]
    assert frame["site_id"].isna().all()


def test_reversed_gpp_and_swapped_columns_are_turned_by_tower(tmp_path):
    own = {"extraction_source_co2": "User-contributed"}
    frame = abcflux.read(
        write(
            tmp_path,
            *(record(month=m, site_reference="turned", gpp="90", **own) for m in ("6", "7")),
            record(month="12", site_reference="turned", gpp="-1", reco="5", nee="4", **own),
            record(site_reference="swapped", nee="-96", gpp="112", reco="-208", **own),
            record(site_reference="plain", month="12", gpp="3"),
        )
    )
    assert frame[GPP].tolist() == [90, 90, 1 * -1, 208, -3]
    assert frame[TER].tolist() == [60, 60, 5, 112, 60]
    assert frame[UPTAKE].tolist() == [30, 30, -4, 96, 30]
    assert frame["gpp_sign_reversed"].tolist() == [True, True, True, False, False]
    assert frame["gpp_and_ter_swapped"].tolist() == [False, False, False, True, False]


def test_duplicates_are_marked_by_the_rule(tmp_path):
    frame = abcflux.read(
        write(
            tmp_path,
            record(partition_method="Lasslop", gpp="-100", reco="70"),
            record(),
            record(extraction_source_co2="User-contributed", nee="-25"),
            record(month="8"),
            record(site_reference="XX-Two"),
            record(flux_method="Chamber"),
        )
    )
    assert frame["duplicate_group"].notna().tolist() == [True, True, True, False, False, False]
    assert frame["partition_twin"].tolist() == [True, True, False, False, False, False]
    assert frame["preferred"].tolist() == [False, True, False, True, True, True]
    single = abcflux.one_per_month(frame).set_index(["site_reference", "month"])
    assert len(single) == 3
    july = single.loc[("XX-One", 7)]
    assert july[[UPTAKE, GPP, TER, "partitionings"]].tolist() == [30, 95, 65, 2]
    assert single.loc[("XX-One", 8), "partitionings"] == 1
    assert len(abcflux.one_per_month(frame, "Chamber")) == 1


def test_a_record_without_uptake_is_preferred_to_none(tmp_path):
    frame = abcflux.read(write(tmp_path, record(nee="NA"), record(extraction_source_co2="User-contributed")))
    assert frame["preferred"].tolist() == [False, True]


def test_towers_are_matched_by_reference_then_place(tmp_path):
    frame = abcflux.read(
        write(
            tmp_path,
            record(site_reference="RU-Che", permafrost="NA"),
            record(site_reference="near", latitude="68.61"),
            record(site_reference="FI-Sod", latitude="67.36", longitude="26.64", permafrost="No"),
            record(site_reference="other", latitude="67.36", longitude="26.64", permafrost="Yes"),
        )
    )
    towers = pd.DataFrame(
        {
            "site": ["RU-Che", "FI-Sod", "XX-Abc", "SE-Deg"],
            "latitude_degrees_north": [68.6, 67.36, 67.36, 64.2],
            "longitude_degrees_east": [161.3, 26.64, 26.65, 19.6],
        }
    )
    match = abcflux.match_towers(towers, frame)
    assert match["matched_by"].tolist() == ["reference", "reference", "coordinates", "none"]
    # silent itself, its neighbour says yes; says no itself; two neighbours differ; nobody there
    assert match["permafrost"].tolist() == [True, False, pd.NA, pd.NA]
    assert match["records"].tolist() == [2, 2, 2, 0]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"nee": "many"}, "row 3, column 'nee': 'many' is not a number"),
        ({"nee": "-4000"}, "row 3, column 'nee': '-4000' lies outside -1000 to 1000"),
        ({"latitude": "98.6"}, "row 3, column 'latitude': '98.6' lies outside -90 to 90"),
        ({"longitude": "361"}, "row 3, column 'longitude': '361' lies outside -180 to 180"),
        ({"month": "13"}, "row 3, column 'month': '13' lies outside 1 to 12"),
        ({"tair": "280"}, "row 3, column 'tair': '280' lies outside -70 to 60"),
    ],
)
def test_bad_values_are_refused_by_name(tmp_path, values, message):
    with pytest.raises(ReaderError, match=message):
        abcflux.read(write(tmp_path, record(), record(**values)))


def test_another_unit_is_refused(tmp_path):
    records = [record(year=str(1960 + k), nee="-0.9") for k in range(60)]
    with pytest.raises(ReaderError, match=r"column 'nee': the median of its absolute values is 0\.9"):
        abcflux.read(write(tmp_path, *records))


def test_broken_files_are_refused(tmp_path):
    with pytest.raises(ReaderError, match="row 1: missing: 'permafrost'"):
        abcflux.read(write(tmp_path, record(), header=[name for name in HEADER if name != "permafrost"]))
    path = write(tmp_path, record(), record())
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ReaderError, match="cannot be read"):
        abcflux.read(path)
    table = tmp_path / "ABC.csv"
    table.write_bytes(encoded(record(), record())[:-60])
    with pytest.raises(ReaderError, match=r"row 3: the last line has no end"):
        abcflux.read(table)
    table.write_bytes(encoded())
    with pytest.raises(ReaderError, match="a header and no r"):
        abcflux.read(table)
    table.write_bytes(b"")
    with pytest.raises(ReaderError, match="the file is empty"):
        abcflux.read(table)


# ---- the real file


@pytest.fixture(scope="module")
def real() -> pd.DataFrame:
    need("abcflux")
    return abcflux.read()


def test_real_counts(real):
    assert len(real) == 26155
    assert real["flux_method"].value_counts().to_dict() == {"EC": 20299, "Chamber": 5747, "Diff": 105, "Other": 4}
    assert real[UPTAKE].notna().sum() == 22548
    assert real["permafrost"].value_counts(dropna=False).to_dict() == {True: 9616, False: 9144, pd.NA: 7395}
    assert real.attrs["left_out"] == {"row of explanations": [6144]}
    towers = real[real["flux_method"] == "EC"]
    assert (towers["duplicate_group"].notna().sum(), towers["partition_twin"].sum()) == (16152, 13242)
    assert (real["year"].isna() | real["month"].isna()).sum() == 35
    single = abcflux.one_per_month(real)
    assert (len(single), single["site_reference"].nunique()) == (11633, 167)
    assert not single.duplicated(["site_name", "site_reference", "year", "month"]).any()


def test_real_signs(real):
    towers = real[real["flux_method"] == "EC"]
    assert towers["gpp_sign_reversed"].sum() == 323
    assert real[real["gpp_and_ter_swapped"]].groupby("site_name").size().to_dict() == {
        "Wolf_creek_Buckbrush": 96,
        "Wolf_creek_SparseShrub": 96,
    }
    july = towers[towers["month"] == 7]
    assert (july[GPP].dropna() > 0).mean() > 0.98
    assert (july[TER].dropna() >= 0).all()
    single = abcflux.one_per_month(real).dropna(subset=[GPP, TER])
    residual = single[UPTAKE] - (single[GPP] - single[TER])
    assert residual.abs().median() < 3


def test_real_records_agree_with_fluxnet(real):
    need("fluxnet2015-monthly")
    towers = fluxnet2015.read(least_latitude=50)
    match = abcflux.match_towers(towers, real)
    assert match["matched_by"].value_counts().to_dict() == {"reference": 29, "none": 22}
    assert match.index[match["permafrost"].fillna(False)].tolist() == [
        *("GL-ZaF", "GL-ZaH", "RU-Che", "RU-Cok", "SJ-Adv", "SJ-Blv", "US-Atq", "US-Ivo", "US-Prr"),
    ]
    single = abcflux.one_per_month(real)
    both = towers.merge(
        single[single["source"] == "Fluxnet2015"],
        left_on=["site", "year", "month"],
        right_on=["site_reference", "year", "month"],
        suffixes=("", "_there"),
    )
    assert len(both) == 2532
    difference = (both[UPTAKE] - both[f"{UPTAKE}_there"]).abs().groupby(both["site"]).median()
    assert (difference < 1.6).all()
    assert np.corrcoef(both[UPTAKE], both[f"{UPTAKE}_there"])[0, 1] > 0.99
