import numpy as np
import pytest

from coldcarbon.readers import inversions as reader
from coldcarbon.readers.seasons import season_flux
from coldcarbon.simulate import liu2022_inversions as design


def slopes(dataset, season, how="sum", south=50, north=90, years=slice(2000, 2016)):
    flux = season_flux(reader.band_flux(dataset, south, north), season, how=how).loc[years]
    return {name: float(np.polyfit(flux.index, flux[name], 1)[0]) for name in flux}


def test_the_frame_is_that_of_the_reader():
    dataset = design.inversions(seed=1)
    assert list(dataset["system"].to_numpy()) == list(reader.SYSTEMS)
    assert set(dataset.data_vars) == set(reader.UNITS)
    assert reader.common_period(dataset) == (2000, 2016)
    assert reader.band_flux(dataset, -90, 90).notna().sum().to_dict()["MIROC"] == 288
    july = reader.band_flux(dataset, -90, 90, per="year").loc["2000-07"]
    assert july.between(20, 40).all()
    same = design.inversions(seed=1)["land_uptake"]
    np.testing.assert_array_equal(dataset["land_uptake"], same)
    assert dataset.attrs["simulated"]


@pytest.mark.parametrize("how", ["sum", "annualised"])
def test_planted_trends_come_back_without_noise(monkeypatch, how):
    monkeypatch.setattr(design, "ANOMALY_SD", dict.fromkeys(design.ANOMALY_SD, 0.0))
    dataset = design.inversions(seed=2)
    truth = dataset.attrs["truth"]
    for season in ("EGS", "LGS", "annual"):
        for name, slope in slopes(dataset, season, how).items():
            planted = design.true_trends(50, 90, slopes=truth["system_slopes"][name])
            # leap years move the annual sum a little
            assert slope == pytest.approx(planted.loc[season, f"{how}_Tg_per_year2"], rel=0.05, abs=0.5)


def test_planted_trends_come_back_on_average():
    found = np.array([list(slopes(design.inversions(seed=s), "LGS").values()) for s in range(30)])
    planted = design.true_trends(50, 90).loc["LGS", "sum_Tg_per_year2"]
    error = found.mean(axis=1).std(ddof=1) / np.sqrt(30)
    assert abs(found.mean() - planted) < 3.5 * error
    # siblings err alike: CT2017 with CT2019B more than with MIROC
    together = np.corrcoef(found.T)
    assert together[1, 2] > together[1, 5]


def test_sums_and_annualised_rates_of_the_late_season_differ_by_six():
    trends = design.true_trends(50, 90)
    ratio = trends["annualised_Tg_per_year2"] / trends["sum_Tg_per_year2"]
    assert ratio["LGS"] == pytest.approx(365 / 61, rel=1e-3)
    assert ratio["EGS"] == pytest.approx(365 / 123, rel=1e-3)
    parts = design.true_trends(50, 60) + design.true_trends(60, 90)
    np.testing.assert_allclose(parts, trends)


def test_the_membership_of_the_paper_grows():
    dataset = design.inversions(seed=3, coverage=design.PAPER_COVERAGE)
    members = reader.band_flux(dataset, 50, 90).notna().sum(axis=1)
    assert members[["1980-01", "1985-01", "1996-01", "2000-01"]].tolist() == [2, 3, 4, 6]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"coverage": {}}, "at least one member"),
        ({"coverage": {"x": ("x", "2001-01", "2000-01")}}, "x ends before it begins"),
        ({"ar1": 1.0}, "ar1 must lie"),
        ({"trends": {"EGS": 1.0}}, "trends are needed"),
    ],
)
def test_bad_designs(arguments, message):
    with pytest.raises(ValueError, match=message):
        design.inversions(**arguments)
