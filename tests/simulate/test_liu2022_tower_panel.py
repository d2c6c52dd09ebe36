"""Seasonal uptake of many simulated towers: what was planted is in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from coldcarbon.simulate.liu2022_tower_panel import tower_panel
from coldcarbon.stats.within_slopes import within_slope

SITE = np.repeat(["A", "B", "C", "D", "E"], [20, 6, 12, 3, 9])
YEAR = np.concatenate([np.arange(2014 - n, 2014) for n in (20, 6, 12, 3, 9)])


def temperatures() -> np.ndarray:
    rng = np.random.default_rng(1)
    level = dict(zip("ABCDE", [2.0, 8.0, 5.0, -1.0, 11.0], strict=True))
    return np.array([level[s] for s in SITE]) + rng.normal(0, 1.4, len(SITE))


def test_planted_slopes_come_back_within_and_between() -> None:
    warm = temperatures()
    panel = tower_panel(SITE, YEAR, warm, gamma=-0.05, gamma_sd=0.02, between_gamma=0.3, replicates=2000)
    found = within_slope(warm, panel.uptake, SITE)
    error = np.std(found.slope) / np.sqrt(2000)
    assert np.mean(found.slope) == pytest.approx(-0.05, abs=4 * error)
    assert panel.tower_gammas.std() == pytest.approx(0.02, rel=0.05)
    assert panel.tower_gammas.shape == (5, 2000)
    pooled = within_slope(warm, panel.uptake, np.zeros(len(SITE)), errors="independent")
    assert np.mean(pooled.slope) > 0.2


def test_memory_spread_and_shared_years_are_as_asked() -> None:
    warm = temperatures()
    plain: dict[str, Any] = {"gamma": 0.0, "gamma_sd": 0.0, "between_gamma": 0.0, "site_sd": 0.0, "replicates": 4000}
    panel = tower_panel(SITE, YEAR, warm, residual_sd=0.7, ar1=0.6, **plain)
    assert panel.uptake.std() == pytest.approx(0.7, rel=0.02)
    first, second = panel.uptake[:19].ravel(), panel.uptake[1:20].ravel()
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(0.6, abs=0.02)
    assert abs(np.corrcoef(panel.uptake[19], panel.uptake[20])[0, 1]) < 0.06  # another tower
    shared = tower_panel(SITE, YEAR, warm, residual_sd=0.5, ar1=0.0, year_sd=0.5, **plain)
    assert np.corrcoef(shared.uptake[19], shared.uptake[25])[0, 1] == pytest.approx(0.5, abs=0.05)  # both in 2013


def test_gaps_weaken_the_memory_and_rows_may_stand_in_any_order() -> None:
    year = np.array([2000, 2004, 2005, 2001])
    panel = tower_panel(["A"] * 4, year, [1.0, 2.0, 3.0, 4.0], gamma=0, gamma_sd=0, site_sd=0, ar1=0.7, replicates=4000)
    assert np.corrcoef(panel.uptake[0], panel.uptake[3])[0, 1] == pytest.approx(0.7, abs=0.03)
    assert np.corrcoef(panel.uptake[3], panel.uptake[1])[0, 1] == pytest.approx(0.7**3, abs=0.05)


def test_the_same_seed_gives_the_same() -> None:
    warm = temperatures()
    one, two, other = (tower_panel(SITE, YEAR, warm, gamma=0.1, replicates=3, seed=s).uptake for s in (4, 4, 5))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"temperature": [1.0, np.nan]}, "missing"),
        ({"year": [2000, 2000]}, "twice"),
        ({"year": [2000]}, "same length"),
        ({"site_sd": -1.0}, "not negative"),
        ({"ar1": 1.0}, "between -1 and 1"),
    ],
)
def test_bad_input_is_named(change: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"site": ["A", "A"], "year": [2000, 2001], "temperature": [1.0, 2.0], "gamma": 0.1}
    with pytest.raises(ValueError, match=message):
        tower_panel(**(arguments | change))
