import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers.seasons import SEASONS, season_days, season_flux


def daily_one(first="2001-01", last="2003-12") -> pd.DataFrame:
    """A flux of one a day, as sums of the month."""
    months = pd.period_range(first, last, freq="M")
    return pd.DataFrame({"a": months.days_in_month.astype(float)}, index=months)


def test_sums_are_days_and_annualised_rates_are_not():
    flux = daily_one()
    for season in SEASONS:
        assert season_flux(flux, season)["a"].tolist() == [season_days(season)] * 3
        np.testing.assert_allclose(season_flux(flux, season, how="annualised"), 365)
    assert [season_days(s) for s in ("EGS", "LGS", "winter", "annual")] == [123, 61, 181, 365]
    assert season_days("winter", 2004) == 182


def test_seasons_of_the_year_add_up():
    rng = np.random.default_rng(1)
    flux = daily_one() * rng.normal(size=(36, 1))
    parts = sum(season_flux(flux, season) for season in ("EGS", "LGS", "winter"))
    pd.testing.assert_frame_equal(parts, season_flux(flux, "annual"))


def test_an_annualised_late_season_is_six_times_its_sum():
    flux = daily_one()
    ratio = season_flux(flux, "LGS", how="annualised") / season_flux(flux, "LGS")
    np.testing.assert_allclose(ratio, 365 / 61)


def test_a_missing_month_makes_a_year_missing():
    flux = daily_one().drop(pd.Period("2002-10", "M"))
    assert season_flux(flux, "LGS")["a"].isna().tolist() == [False, True, False]
    assert season_flux(flux, "EGS")["a"].notna().all()
    flux.loc["2003-10", "a"] = np.nan
    assert season_flux(flux["a"], "LGS")["a"].isna().tolist() == [False, True, True]


def test_the_following_winter_lies_together():
    flux = daily_one()
    winter = season_flux(flux, "winter", winter="following")["a"]
    assert winter.index.tolist() == [2000, 2001, 2002, 2003]
    assert winter.isna().tolist() == [True, False, False, True]
    flux.loc["2002-01", "a"] = 100
    assert season_flux(flux, "winter", winter="following").loc[2001, "a"] == 181 - 31 + 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"season": "summer"}, "season must be one of EGS"),
        ({"season": "LGS", "how": "mean"}, "how must be"),
        ({"season": "LGS", "winter": "next"}, "winter must be"),
    ],
)
def test_unknown_choices(arguments, message):
    with pytest.raises(ValueError, match=message):
        season_flux(daily_one(), **arguments)


def test_other_indices_are_refused():
    flux = daily_one()
    with pytest.raises(ValueError, match="must hold months"):
        season_flux(flux.reset_index(drop=True), "LGS")
    with pytest.raises(ValueError, match="the month 2001-01 occurs twice"):
        season_flux(pd.concat([flux.iloc[:1], flux]), "LGS")
    stamped = flux.set_axis(flux.index.to_timestamp())
    pd.testing.assert_frame_equal(season_flux(stamped, "LGS"), season_flux(flux, "LGS"))
