import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import abcflux as abcflux_reader
from coldcarbon.readers import davos_flux as davos_reader
from coldcarbon.readers import fluxnet2015 as fluxnet_reader
from coldcarbon.readers.seasons import season_flux
from coldcarbon.simulate import liu2022_towers as design


def seasons(frame: pd.DataFrame) -> pd.DataFrame:
    """Uptake per day by season, and temperatures of spring and late season, tower by tower and year."""
    groups = frame.groupby(["site", "year"])

    def mean(months, column):
        return frame[frame["month"].isin(months)].groupby(["site", "year"])[column].mean()

    uptake, air = "uptake_g_C_per_m2_per_day", "air_temperature_degrees_celsius"
    table = pd.DataFrame({"n": groups.size()})
    table["egs"], table["lgs"] = mean([5, 6, 7, 8], uptake), mean([9, 10], uptake)
    table["spring"], table["own"] = mean([5, 6], air), mean([9, 10], air)
    return table.reset_index()


def within(table: pd.DataFrame, response: str, predictors: list[str]) -> np.ndarray:
    columns = [response, *predictors]
    centred = table[columns] - table.groupby("site")[columns].transform("mean")
    return np.linalg.lstsq(centred[predictors].to_numpy(), centred[response].to_numpy(), rcond=None)[0]


def test_the_frame_is_that_of_the_reader():
    frame = design.fluxnet(seed=1, n_sites=12)
    assert list(frame.columns) == list(fluxnet_reader.COLUMNS)
    counts = fluxnet_reader.site_years(frame)
    assert len(counts) == 12
    assert (counts["years"] >= 3).all()
    assert not frame.isna().any(axis=None)
    assert not frame["uptake_constant"].any()
    identity = frame["gpp_night_g_C_per_m2_per_day"] - frame["ter_night_g_C_per_m2_per_day"]
    np.testing.assert_allclose(identity, frame["uptake_g_C_per_m2_per_day"])
    pd.testing.assert_frame_equal(frame, design.fluxnet(seed=1, n_sites=12))


def test_planted_sensitivities_come_back_with_site_effects_only():
    found, pooled = [], []
    for seed in range(20):
        frame = design.fluxnet(seed=seed)
        truth = frame.attrs["truth"]
        table = seasons(frame)
        cold = table["site"].isin(truth["permafrost_sites"])
        for part, kind in ((table[cold], "permafrost"), (table[~cold], "other")):
            egs = within(part, "egs", ["spring", "year"])
            lgs = within(part, "lgs", ["spring", "own", "year"])
            planted = [truth["gamma"][name][kind] for name in ("EGS_spring", "LGS_spring", "LGS_own")]
            found.append(np.array([egs[0], lgs[0], lgs[1]]) - planted)
        pooled.append(np.polyfit(table["spring"], table["egs"], 1)[0])
    error = np.std(found, axis=0, ddof=1) / np.sqrt(len(found))
    assert (np.abs(np.mean(found, axis=0)) < 3.5 * error).all()
    # without site effects the climate of the towers speaks
    assert abs(np.mean(pooled) - truth["gamma"]["EGS_spring"]["other"]) > 0.02


def test_abcflux_carries_the_same_towers():
    towers = design.fluxnet(seed=2, n_sites=10)
    records = design.abcflux(seed=2, towers=towers)
    assert list(records.columns) == list(abcflux_reader.COLUMNS)
    truth = records.attrs["truth"]
    turned = records[records["gpp_sign_reversed"]]
    assert set(turned["site_reference"]) == set(truth["contributed_sites"])
    assert set(turned["source"]) == {"User-contributed"}
    single = abcflux_reader.one_per_month(records)
    assert len(single) == len(towers)
    both = towers.merge(single, left_on=["site", "year", "month"], right_on=["site_reference", "year", "month"])
    np.testing.assert_allclose(both["uptake_g_C_per_m2_per_month_x"], both["uptake_g_C_per_m2_per_month_y"])
    np.testing.assert_allclose(both["gpp_g_C_per_m2_per_month_x"], both["gpp_g_C_per_m2_per_month_y"])
    match = abcflux_reader.match_towers(towers, records)
    known = match.loc[truth["reported"], "permafrost"]
    assert known.index[known.astype(bool)].tolist() == [s for s in truth["reported"] if s in truth["permafrost_sites"]]
    assert match["permafrost"].isna().sum() == 10 - len(truth["reported"])


def test_davos_sums_come_back():
    frame = design.davos(seed=3, years=2)
    assert list(frame.columns) == list(davos_reader.COLUMNS)
    assert len(frame) == 48 * 730
    assert frame["measured"].mean() == pytest.approx(0.33, abs=0.06)
    years = season_flux(davos_reader.monthly(frame), "annual")["uptake_g_C_per_m2_per_month"]
    for year, planted in frame.attrs["truth"]["annual_uptake_g_C"].items():
        assert years[year] == pytest.approx(planted, abs=15)
    night = frame[frame["measured"] & (frame["shortwave_W_per_m2"] == 0)]
    t = night["air_temperature_degrees_celsius"]
    active = frame.attrs["truth"]
    expected = active["r10"] * active["q10"] ** ((t - 10) / 10)
    assert (night["uptake_umol_per_m2_per_s"] + expected).mean() == pytest.approx(0, abs=0.15)


def test_bad_designs():
    with pytest.raises(ValueError, match="at least two towers"):
        design.fluxnet(n_sites=1)
    with pytest.raises(ValueError, match="filled lies"):
        design.fluxnet(filled=1)
    with pytest.raises(ValueError, match="at least one year"):
        design.davos(years=0)
