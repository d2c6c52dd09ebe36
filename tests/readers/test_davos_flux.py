import numpy as np
import pandas as pd
import pytest

from coldcarbon.catalogue import DataMissingError
from coldcarbon.readers import ReaderError, davos_flux
from coldcarbon.readers.seasons import season_flux
from grid_files import need

FLUXES = {
    "NEE_CUT_REF_f": -2.0,
    "NEE_CUT_REF_orig": -2.0,
    "NEE_CUT_16_f": -3.0,
    "NEE_CUT_84_f": -1.0,
    "QCF_NEE": 0.0,
    "GPP_CUT_REF_f": 5.0,
    "GPP_DT_CUT_REF": 4.0,
    "Reco_CUT_REF": 3.0,
    "Reco_DT_CUT_REF": 2.0,
}
OTHERS = {
    "Tair_f": 10.0,
    "Rg_f": 200.0,
    "PPFD": 400.0,
    "VPD_f": 5.0,
    "PREC_TOT_T1_25+20_1": 0.1,
    "SWC_FF0_0.15_1": 25.0,
}


def table(first="2020-07-01", days=62) -> pd.DataFrame:
    time = pd.date_range(f"{first} 00:15", periods=days * 48, freq="30min", name="TIMESTAMP_MIDDLE")
    frame = pd.DataFrame({**FLUXES, **OTHERS}, index=time)
    frame.iloc[1::2, list(frame).index("NEE_CUT_REF_orig")] = np.nan
    return frame


def write(folder, frame):
    path = folder / "davos.parquet"
    frame.to_parquet(path)
    return path


def test_half_hours(tmp_path):
    frame = davos_flux.read(write(tmp_path, table()))
    assert list(frame.columns) == list(davos_flux.COLUMNS)
    assert frame["uptake_umol_per_m2_per_s"].eq(2).all()
    assert frame["measured"].mean() == 0.5
    assert set(davos_flux.UNITS) <= set(davos_flux.COLUMNS)


def test_months(tmp_path):
    half_hours = davos_flux.read(write(tmp_path, table(days=40)))
    months = davos_flux.monthly(half_hours)
    grams = 12.011e-6 * 86400 * 31
    july = months.loc["2020-07"]
    assert july["uptake_g_C_per_m2_per_month"] == pytest.approx(2 * grams)
    assert july["gpp_g_C_per_m2_per_month"] == pytest.approx(4.5 * grams)
    assert july["uptake_low_threshold_g_C_per_m2_per_month"] == pytest.approx(3 * grams)
    assert july["precipitation_mm_per_month"] == pytest.approx(0.1 * 48 * 31)
    assert july["measured_share"] == 0.5
    # August is cut off
    assert np.isnan(months.loc["2020-08", "uptake_g_C_per_m2_per_month"])
    strict = davos_flux.monthly(half_hours, least_share=0.6)
    assert strict["uptake_g_C_per_m2_per_month"].isna().all()
    assert strict.loc["2020-07", "gpp_g_C_per_m2_per_month"] > 0
    with pytest.raises(ValueError, match="least_share lies"):
        davos_flux.monthly(half_hours, least_share=2)


def put(row, column, value):
    def apply(frame: pd.DataFrame) -> pd.DataFrame:
        frame.iloc[row, list(frame).index(column)] = value
        return frame

    return apply


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: f.drop(columns="Reco_CUT_REF"), "not a parquet table with the columns"),
        (lambda f: f.drop(index=f.index[5]), "row 6, column 'TIMESTAMP_MIDDLE': 2020-07-01 03:15:00 follows"),
        (lambda f: f.reset_index(drop=True), "no index of times"),
        (put(7, "NEE_CUT_REF_f", -9999.0), "row 8, column 'NEE_CUT_REF_f': -9999 is missing or lies outside"),
        (put(7, "NEE_CUT_REF_f", np.nan), "row 8, column 'NEE_CUT_REF_f': nan is missing"),
        (put(7, "Tair_f", 283.0), "row 8, column 'Tair_f': 283"),
        (lambda f: f.assign(GPP_CUT_REF_f=0.06), "column 'GPP_CUT_REF_f': the mean of July is 0.06"),
        (lambda f: f.assign(Rg_f="200"), "column 'Rg_f': holds str"),
    ],
)
def test_bad_files_are_refused_by_name(tmp_path, spoil, message):
    with pytest.raises(ReaderError, match=message):
        davos_flux.read(write(tmp_path, spoil(table(days=3))))


def test_truncated_and_absent_files(tmp_path, monkeypatch):
    path = write(tmp_path, table(days=3))
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ReaderError, match="not a parquet table"):
        davos_flux.read(path)
    with pytest.raises(ReaderError, match="not a parquet table"):
        davos_flux.read(tmp_path / "absent.parquet")
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path))
    monkeypatch.setenv("COLDCARBON_MIRROR", str(tmp_path))
    with pytest.raises(DataMissingError, match="coldcarbon data fetch davos-flux"):
        davos_flux.read()


def test_the_real_file():
    need("davos-flux")
    frame = davos_flux.read()
    assert len(frame) == 175296
    assert frame["measured"].sum() == 58197
    day = frame["shortwave_W_per_m2"] > 20
    assert frame["measured"][day].mean() == pytest.approx(0.602, abs=0.001)
    assert frame["measured"][~day].mean() == pytest.approx(0.112, abs=0.001)
    assert set(frame.loc[frame["measured"], "uptake_quality_flag"]) == {0, 1}
    night = frame["ter_night_umol_per_m2_per_s"] - frame["gpp_night_umol_per_m2_per_s"]
    assert (night + frame["uptake_umol_per_m2_per_s"]).abs().max() < 0.0011
    years = season_flux(davos_flux.monthly(frame), "annual")
    uptake = years["uptake_g_C_per_m2_per_month"]
    assert (uptake.min(), uptake.max()) == (pytest.approx(64, abs=1), pytest.approx(439, abs=1))
    assert years.loc[2022, "uptake_low_threshold_g_C_per_m2_per_month"] == pytest.approx(170, abs=1)
    assert years.loc[2022, "uptake_high_threshold_g_C_per_m2_per_month"] == pytest.approx(-20, abs=1)
