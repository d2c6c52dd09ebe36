import numpy as np
import pytest

from coldcarbon.readers import root_shoot, srdb_stocks
from coldcarbon.simulate import yun2024_ratios as twin


def test_twins_have_the_columns_of_their_readers_and_come_again():
    for make, columns in (
        (twin.root_shoot_ma2021, root_shoot.COLUMNS),
        (twin.root_shoot_climate, root_shoot.CLIMATE_COLUMNS),
        (twin.stocks, srdb_stocks.COLUMNS),
    ):
        frame = make(3)
        assert list(frame.columns) == list(columns)
        assert frame.equals(make(3))
        assert not frame.equals(make(4))
        assert frame.attrs["source"] == "Simulated"


def test_copies_zeros_and_wrong_temperatures_are_there_and_found():
    frame = twin.root_shoot_climate(1)
    assert frame.attrs["left_out"] == {root_shoot.ZERO: 2, root_shoot.NO_NUMBER: 1}
    rows = root_shoot.plateau_rows(frame, outline=twin.OUTLINE)
    n = rows["measurement"].nunique()
    assert n < 0.5 * len(rows)
    # the median of many is planted
    distinct = rows.drop_duplicates("measurement")
    assert np.log(distinct["eta"]).mean() == pytest.approx(twin.LOG_ETA, abs=0.15)
    assert 0 < rows.attrs["left_out"][root_shoot.TOO_WARM] < len(rows)
    assert twin.stocks(0)["stock_repeat"].any()


def test_without_allometry_and_spread_all_ratios_agree():
    found = twin.harvest(0, surveys=3, exponent=1.0, species_sd=0.0, plant_sd=0.0, plot_sd=0.0, eta=0.25)
    assert np.allclose(found.above / found.below, 0.25)
    assert np.allclose(found.eta_plot, 0.25)
    assert found.above.shape == (3, 5, 8, 4)
    assert (found.individuals >= 1).all()


def test_the_true_ratio_of_a_plot_is_that_of_very_many_plants():
    found = twin.harvest(5, surveys=1, plots=1, species=3, plants=200_000)
    sums = [(found.individuals * mass.mean(axis=3)).sum() for mass in (found.above, found.below)]
    # individuals are rounded to whole plants
    assert sums[0] / sums[1] == pytest.approx(found.eta_plot[0, 0], rel=0.03)
    species = found.above.mean(axis=3) / found.below.mean(axis=3)
    assert np.allclose(species, found.eta_species, rtol=0.02)


def test_planted_slopes_come_back():
    x = np.random.default_rng(0).normal(5, 2, (80, 2))
    y = twin.space(1, x, np.arange(80) // 2, slopes=[0.1, -0.3], replicates=300)
    design = np.column_stack([np.ones(80), x])
    slopes = np.linalg.lstsq(design, y, rcond=None)[0][1:]
    assert np.allclose(slopes.mean(axis=1), [0.1, -0.3], atol=0.01)


def test_what_cannot_be_is_refused():
    for wrong in ({"plots": 0}, {"size_sd": -1.0}, {"exponent": 0.0}, {"unharvested": -1}):
        with pytest.raises(ValueError, match=r"least one|not negative"):
            twin.harvest(0, **wrong)
    with pytest.raises(ValueError, match="labels"):
        twin.space(0, [1.0, 2.0], [1])
    with pytest.raises(ValueError, match="missing"):
        twin.space(0, [1.0, np.nan], [1, 2])
    with pytest.raises(ValueError, match="negative"):
        twin.space(0, [1.0, 2.0], [1, 2], group_sd=-1)
    for make in (twin.root_shoot_ma2021, twin.root_shoot_climate, twin.stocks):
        with pytest.raises(ValueError, match="at least"):
            make(0, 1)
