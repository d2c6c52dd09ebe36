import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import carbon_budget as budget_reader
from coldcarbon.readers import gistemp as gistemp_reader
from coldcarbon.readers import trendy as trendy_reader
from coldcarbon.readers.seasons import season_flux
from coldcarbon.simulate import liu2022_models as design


def slope(series: pd.Series) -> float:
    return float(np.polyfit(series.index, series, 1)[0])


def test_models_have_the_frame_of_the_reader_and_add_up():
    frame = design.trendy(seed=1)
    assert list(frame.columns) == ["model", "month", "days", *trendy_reader.BANDS, *trendy_reader.REGIONS]
    first = frame.groupby("model")["month"].min().astype(str)
    assert (first["SDGVM"], first["VISIT"], first["LPJ"]) == ("1900-01", "1860-01", "1700-01")
    bands = frame[["north_of_30", "tropics", "south_of_30"]].sum(axis=1)
    np.testing.assert_allclose(bands, frame["global"], atol=1e-12)
    np.testing.assert_allclose(frame[list(trendy_reader.REGIONS)].sum(axis=1), frame["global"], atol=1e-12)
    north = trendy_reader.flux(frame, "north_of_30").loc["1980":]
    peak = north.groupby(pd.PeriodIndex(north.index).month).mean().idxmax()
    assert peak["YIBs"] == 8
    assert peak.drop("YIBs").isin([6, 7]).all()


def test_planted_season_trends_come_back():
    errors = []
    for seed in range(12):
        frame = design.trendy(seed=seed, first_year=1960)
        north = trendy_reader.flux(frame, "north_of_30", unit="PgC")
        for name, planted in frame.attrs["truth"]["model_trends"].items():
            errors.append([slope(season_flux(north, s)[name]) - planted[s] for s in planted])
        boreal = trendy_reader.flux(frame, "eurasian_boreal", unit="PgC")
        pd.testing.assert_frame_equal(boreal, north * design.REGION_SHARES["eurasian_boreal"])
    by_seed = np.array(errors).reshape(12, -1, 3).mean(axis=1)  # models share anomalies: the seed is the unit
    standard = by_seed.std(axis=0, ddof=1) / np.sqrt(12)
    assert (np.abs(by_seed.mean(axis=0)) < 4 * standard).all()


def test_the_workbook_follows_from_the_models():
    frame = design.trendy(seed=3, first_year=1900)
    book = design.carbon_budget_models(3, frame)
    assert list(book.columns) == ["year", "model", "land_sink", "land_use_emission", "net_land"]
    assert len(book) == 13 * 61
    assert {"OCNv2", "ORCHIDEE-v3"} <= set(book["model"])
    net = book.pivot_table(index="year", columns="model", values="net_land")
    years = season_flux(trendy_reader.flux(frame, "global", unit="PgC"), "annual").loc[1959:2019]
    np.testing.assert_allclose(net["LPJ"], years["LPJ"])
    assert net["ISBA-CTRIP"].corr(years["ISBA-CTRIP"]) < 0.95


def test_the_budget_closes_and_its_trend_comes_back():
    found = []
    for seed in range(40):
        frame = design.carbon_budget(seed)
        found.append(slope(frame["land_sink"]))
    assert list(frame.columns) == [*budget_reader.BUDGET.values(), "net_land"]
    assert (frame.index[0], frame.index[-1]) == (1959, 2019)
    sources = frame["fossil_emission"] + frame["land_use_emission"] - frame["atmospheric_growth"]
    rest = frame[["ocean_sink", "land_sink", "cement_sink", "budget_imbalance"]].sum(axis=1)
    np.testing.assert_allclose(sources, rest)
    error = np.std(found, ddof=1) / np.sqrt(len(found))
    assert abs(np.mean(found) - frame.attrs["truth"]["land_sink_trend"]) < 3.5 * error
    assert design.carbon_budget(historical=True).index[0] == 1750


def test_temperature_trends_come_back():
    found = [slope(design.gistemp(seed).loc[1970:, "64N-90N"]) for seed in range(40)]
    frame = design.gistemp(0)
    assert list(frame.columns) == list(gistemp_reader.COLUMNS)
    planted = frame.attrs["truth"]["trend_by_zone"]["64N-90N"]
    assert planted == pytest.approx(0.05)
    assert abs(np.mean(found) - planted) < 3.5 * np.std(found, ddof=1) / np.sqrt(40)
    np.testing.assert_allclose(frame.loc[1951:1980].mean(), 0, atol=1e-12)
    np.testing.assert_allclose(gistemp_reader.band_mean(frame, 24, 90), frame["24N-90N"])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: design.trendy(models=[]), "at least one model"),
        (lambda: design.trendy(first_year=1980), "the first year is at most 1960"),
        (lambda: design.carbon_budget(ar1=1), "ar1 must lie"),
        (lambda: design.gistemp(ar1=-1), "ar1 must lie"),
    ],
)
def test_bad_designs(make, message):
    with pytest.raises(ValueError, match=message):
        make()
