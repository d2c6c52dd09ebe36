import numpy as np
import pytest

from coldcarbon.readers import inversions as reader
from coldcarbon.readers.seasons import season_flux
from coldcarbon.simulate import liu2022_inversions as design
from coldcarbon.simulate import liu2022_seasons as seasons


def slopes(values, years):
    centred = years - years.mean()
    return np.einsum("t,...tsk->...sk", centred / (centred @ centred), values)


def test_a_panel_has_its_shape_and_its_seed():
    panel = seasons.season_panel(3, replicates=5)
    assert panel.values.shape == (5, 17, 7, 3)
    assert panel.system_trends.shape == (5, 7, 3)
    assert panel.families.count("CT") == 2
    np.testing.assert_array_equal(panel.values, seasons.season_panel(3, replicates=5).values)
    assert not np.array_equal(panel.values, seasons.season_panel(4, replicates=5).values)


def test_planted_trends_come_back():
    panel = seasons.season_panel(1, replicates=2000, slope_sd=0.0)
    found = slopes(panel.values, panel.years).mean(axis=(0, 1))
    truth = design.true_trends(50, 90).loc[list(seasons.SEASONS), "sum_Tg_per_year2"]
    np.testing.assert_allclose(panel.shared_trends, truth)
    np.testing.assert_allclose(found, truth, atol=0.6)
    np.testing.assert_allclose(panel.system_trends, np.broadcast_to(truth, (2000, 7, 3)))


def test_memory_and_siblings_are_planted():
    panel = seasons.season_panel(2, replicates=500, years=np.arange(1900, 2000), ar1=0.6, slope_sd=0.0)
    line = np.arange(100) - 49.5
    early = panel.values - line[:, None, None] * panel.shared_trends
    early = early - early.mean(axis=1, keepdims=True)
    r = (early[:, 1:] * early[:, :-1]).sum() / (early**2).sum()
    assert r == pytest.approx(0.6, abs=0.04)
    apart = (early - early.mean(axis=2, keepdims=True))[..., 0].transpose(2, 0, 1).reshape(7, -1)
    together = np.corrcoef(apart)
    assert together[1, 2] > together[1, 5] + 0.3


def test_a_panel_spreads_as_the_monthly_twin_does():
    panel = seasons.season_panel(5, replicates=3000)
    ours = slopes(panel.values, panel.years).mean(axis=1).std(axis=0)
    theirs = []
    for seed in range(60):
        flux = reader.band_flux(design.inversions(seed), 50, 90)
        by_season = [season_flux(flux, season).loc[2000:2016] for season in seasons.SEASONS]
        theirs.append(slopes(np.stack(by_season, axis=-1), np.arange(2000, 2017)).mean(axis=0))
    np.testing.assert_allclose(np.std(theirs, axis=0), ours, rtol=0.35)


def test_siblings_count_once():
    panel = seasons.season_panel(6, replicates=4)
    means = panel.system_mean(panel.values)
    by_hand = [panel.values[:, :, np.array(panel.families) == name].mean(axis=2) for name in set(panel.families)]
    np.testing.assert_allclose(means, np.mean(by_hand, axis=0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replicates": 0}, "at least one replicate"),
        ({"ar1": 1.0}, "ar1 must lie"),
        ({"coverage": {}}, "at least one member"),
    ],
)
def test_bad_designs(arguments, message):
    with pytest.raises(ValueError, match=message):
        seasons.season_panel(0, **arguments)
