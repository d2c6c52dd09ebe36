import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import calm_active_layer, qtp_active_layer, qtp_stations
from coldcarbon.simulate import yun2024_climate as twin


def test_series_have_the_planted_trend_step_and_memory():
    years = np.delete(np.arange(2002, 2019), 2)
    plain = twin.annual_series(1, years, replicates=4000, per_decade=0.5, sd=0.3, ar1=0.5)
    assert plain.shape == (16, 4000)
    slopes = np.polyfit(years, plain, 1)[0]
    assert slopes.mean() == pytest.approx(0.05, abs=0.002)
    errors = plain - plain.mean(axis=1, keepdims=True)
    assert errors.std() == pytest.approx(0.3, rel=0.03)
    assert np.mean(errors[3:-1] * errors[4:]) / errors.var() == pytest.approx(0.5, abs=0.05)
    assert np.mean(errors[1] * errors[2]) / errors.var() == pytest.approx(0.25, abs=0.05)  # over the gap
    stepped = twin.annual_series(1, years, replicates=4000, per_decade=0.5, sd=0.3, ar1=0.5, step=1, step_year=2010)
    assert np.allclose(stepped - plain, (years >= 2010)[:, None])


@pytest.mark.parametrize(
    ("years", "options"), [([2001], {}), ([2001, 2001], {}), ([1, 2], {"ar1": 1}), ([1, 2], {"sd": -1})]
)
def test_impossible_series_are_refused(years, options):
    with pytest.raises(ValueError, match="must"):
        twin.annual_series(0, years, **options)


def test_soil_has_the_readers_columns_gap_and_copy():
    frame = twin.soil_temperature(3, sheets=["Ch04", "TSHAL"], per_decade=0.4)
    assert list(frame.columns) == list(qtp_active_layer.COLUMNS)
    pd.testing.assert_frame_equal(frame, twin.soil_temperature(3, sheets=["Ch04", "TSHAL"], per_decade=0.4))
    river = frame[frame["site"] == "Liangdaohe"]
    assert 2004 not in set(river["date"].dt.year)
    assert set(river.loc[river["repeated"], "date"].dt.year) == {2005, 2006}
    growing = qtp_active_layer.season_means(qtp_active_layer.at_depth(frame, 30)).query("season == 'growing'")
    wide = growing.pivot_table(index="year", columns="site", values="mean")
    assert wide.loc[2005, "Liangdaohe"] == wide.loc[2006, "Liangdaohe"]
    assert wide["Tianshuihai"].count() == 3
    many = [twin.soil_temperature(s, sheets=["Ch04"], per_decade=2.0) for s in range(3)]
    slopes = []
    for one in many:
        rows = qtp_active_layer.season_means(qtp_active_layer.at_depth(one, 50)).query("season == 'growing'")
        slopes.append(10 * np.polyfit(rows["year"], rows["mean"], 1)[0])
    assert np.mean(slopes) == pytest.approx(2, abs=0.4)


def test_stations_step_where_the_truth_says():
    frame = twin.stations(2, n=8, step=3)
    assert list(frame.columns) == list(qtp_stations.COLUMNS)
    air, ground = qtp_stations.COLUMNS[2:4]
    difference = (frame[ground] - frame[air]).where(~frame["air_first_year"])
    late = frame["year"] >= 2004
    shift = difference[late].groupby(frame["station"]).mean() - difference[~late].groupby(frame["station"]).mean()
    stepped = frame.attrs["truth"]["stepped"]
    assert len(stepped) == 6
    assert (shift[stepped] > 2).all()
    assert (shift.drop(stepped).abs() < 1).all()


def test_thaw_is_censored_at_the_reach():
    frame = twin.thaw_depth(1)
    assert list(frame.columns) == list(calm_active_layer.COLUMNS)
    measured = frame[frame["censoring"] != "missing"]
    assert (measured.loc[measured["censoring"] == "right", "year"] < 2006).all()
    assert {"right", "none"} == set(measured["censoring"])
    free = measured[measured["site"] == "CN2"]
    assert np.polyfit(free["year"], free["thaw_depth_cm"], 1)[0] == pytest.approx(3, abs=1.5)
