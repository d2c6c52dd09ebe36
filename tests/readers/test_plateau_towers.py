"""Towers of the plateau: vegetation, sign and flags."""

import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import fluxnet2015, plateau_towers
from grid_files import need


def months(site="CN-HaM", **changed) -> pd.DataFrame:
    frame = pd.DataFrame({name: [0.0] * 12 for name in fluxnet2015.COLUMNS})
    frame = frame.assign(site=site, year=2003, month=range(1, 13), days=30, air_temperature_quality=1.0)
    frame = frame.assign(air_temperature_degrees_celsius=5.0, uptake_random_uncertainty_g_C_per_m2_per_day=0.01)
    return frame.assign(**changed)


def test_uptake_is_positive_and_thresholds_are_sums():
    day = np.linspace(-1, 3, 12)
    frame = plateau_towers.tidy(
        months(uptake_g_C_per_m2_per_month=30 * day, uptake_threshold_25_g_C_per_m2_per_day=day - 0.1)
    )
    assert tuple(frame) == plateau_towers.COLUMNS
    np.testing.assert_allclose(frame["nep_g_C_per_m2_per_month"], 30 * day)
    np.testing.assert_allclose(frame["nep_threshold_25_g_C_per_m2_per_month"], 30 * (day - 0.1))
    assert set(frame["vegetation"]) == {"meadow"}
    assert set(plateau_towers.tidy(months("CN-Dan"))["vegetation"]) == {"steppe"}


def test_flags_need_both_signs():
    uncertainty = np.where(np.arange(12) < 6, np.nan, 0.01)
    quality = np.where(np.arange(12) % 2 == 0, 0.0, 1.0)
    frame = plateau_towers.tidy(
        months(
            uptake_random_uncertainty_g_C_per_m2_per_day=uncertainty,
            air_temperature_quality=quality,
            air_temperature_degrees_celsius=np.where(np.arange(12) < 3, -12.0, 5.0),
            uptake_g_C_per_m2_per_month=np.array([1.0, -1.0, 1.0] + [4.0] * 9),
        )
    )
    assert np.flatnonzero(frame["doubtful"]).tolist() == [0, 2, 4]
    assert np.flatnonzero(frame["winter_uptake"]).tolist() == [0, 2]


def test_strangers_are_refused():
    with pytest.raises(ValueError, match="FI-Hyy: not among the towers"):
        plateau_towers.tidy(months("FI-Hyy"))


def test_the_real_towers_are_what_the_module_says():
    need("fluxnet2015-monthly")
    frame = plateau_towers.read()
    assert frame.groupby("site").size().to_dict() == {"CN-Dan": 24, "CN-Ha2": 36, "CN-HaM": 36}
    doubtful = frame[frame["doubtful"]]
    assert set(doubtful["site"]) == {"CN-HaM"}
    assert set(doubtful["year"]) == {2004}
    assert doubtful["month"].tolist() == list(range(4, 13))
    assert frame["nep_g_C_per_m2_per_month"].notna().all()
    july = frame[frame["month"] == 7].groupby("site")["nep_g_C_per_m2_per_month"].mean()
    assert (july > 20).all()
    assert set(frame.loc[frame["winter_uptake"], "site"]) == {"CN-Ha2", "CN-HaM"}
