"""Coupled series: the planted direction is in them, the other is not."""

from __future__ import annotations

import numpy as np
import pytest

from coldcarbon.simulate.yun2024_coupled import coupled_maps, fishery
from coldcarbon.stats import crossmap


def test_the_driver_knows_nothing_of_the_driven() -> None:
    driver, driven = coupled_maps(1, replicates=3, length=50)
    alone, other = coupled_maps(1, replicates=3, length=50, drive=0.0)
    np.testing.assert_array_equal(driver, alone)
    assert not np.allclose(driven, other)
    assert driver.shape == (3, 50)
    assert driver.min() > 0
    assert driven.max() < 1


def test_noise_is_added_to_what_is_read_only() -> None:
    plain, noisy = (coupled_maps(2, replicates=40, length=100, noise=s)[1] for s in (0.0, 0.05))
    assert (noisy - plain).std() == pytest.approx(0.05, rel=0.05)


def test_cross_mapping_finds_the_planted_direction() -> None:
    driver, driven = (x[0] for x in coupled_maps(3, length=120))
    table = {"driver": driver, "driven": driven}
    there = crossmap.cross_map(table, cause="driver", effect="driven", E=2).convergence()
    back = crossmap.cross_map(table, cause="driven", effect="driver", E=2).convergence()
    assert there.rho > 0.8 > back.rho + 0.3
    assert there.gain > 0.3


def test_the_fishery_has_the_columns_and_years_of_the_record() -> None:
    table = fishery(0)
    assert table.columns.tolist() == ["year", "anchovy", "sardine", "sio_sst", "np_sst"]
    assert table["year"].tolist() == list(range(1929, 2007))
    rest = table.drop(columns="year")
    np.testing.assert_allclose(rest.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(rest.std(), 1)
    assert rest["sio_sst"].autocorr() > 0.4
    sea = crossmap.cross_map(table, cause="sio_sst", effect="anchovy", E=3, surrogates="phase", n_surrogates=99)
    assert sea.convergence().p_rho <= 0.05
    np.testing.assert_array_equal(table, fishery(0))


@pytest.mark.parametrize("options", [{"replicates": 0}, {"length": 1}, {"drive": 0.9}])
def test_bad_options_are_refused(options: dict) -> None:
    with pytest.raises(ValueError, match=r"pair|drive"):
        coupled_maps(0, **options)
