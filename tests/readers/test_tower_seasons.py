import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers.tower_seasons import UNITS, tower_seasons
from coldcarbon.simulate.liu2022_towers import fluxnet

MONTHS = fluxnet(1, 3)


def of(frame, site, year, months):
    return frame[(frame["site"] == site) & (frame["year"] == year) & frame["month"].isin(months)]


def test_fluxes_add_up_and_drivers_are_means():
    table = tower_seasons(MONTHS, "LGS")
    assert list(table.columns) == list(UNITS)
    assert len(table) == len(MONTHS.drop_duplicates(["site", "year"]))
    site, year = table.index[4]
    rows = of(MONTHS, site, year, (9, 10))
    assert table["gpp"].iloc[4] == pytest.approx(rows["gpp_g_C_per_m2_per_month"].sum())
    assert table["uptake"].iloc[4] == pytest.approx((rows["uptake_g_C_per_m2_per_day"] * [30, 31]).sum())
    mean = np.average(rows["air_temperature_degrees_celsius"], weights=[30, 31])
    assert table["temperature"].iloc[4] == pytest.approx(mean)
    assert table["least_quality"].iloc[4] == pytest.approx(rows["uptake_quality"].min())


def test_one_partition_at_a_time():
    night, day, both = (tower_seasons(MONTHS, "EGS", partition=p) for p in ("night", "day", "mean"))
    pd.testing.assert_series_equal(both["ter"], (night["ter"] + day["ter"]) / 2)
    assert not np.allclose(night["gpp"], day["gpp"])


def test_gaps_and_fills_are_missing_and_nothing_else_is():
    frame = MONTHS.copy()
    first = frame.index[(frame["month"] == 9)][0]
    frame.loc[first, "partition_constant"] = True
    later = frame.index[(frame["month"] == 10)][1]
    frame.loc[later, ["soil_water_percent", "uptake_quality"]] = np.nan
    dropped = frame.index[(frame["month"] == 9)][2]
    table, plain = tower_seasons(frame.drop(index=dropped), "LGS"), tower_seasons(MONTHS, "LGS")
    assert table.iloc[0][["gpp", "ter"]].isna().all()
    assert table.iloc[0][["uptake", "water"]].notna().all()
    assert table.iloc[1][["water", "least_quality"]].isna().all()
    assert table.iloc[2].isna().all()
    pd.testing.assert_frame_equal(table.iloc[3:], plain.iloc[3:])


def test_bad_input_is_refused():
    with pytest.raises(ValueError, match="season must be"):
        tower_seasons(MONTHS, "autumn")
    with pytest.raises(ValueError, match="partition must be"):
        tower_seasons(MONTHS, "EGS", partition="noon")
    with pytest.raises(ValueError, match="twice"):
        tower_seasons(pd.concat([MONTHS, MONTHS.iloc[[8]]]), "LGS")
