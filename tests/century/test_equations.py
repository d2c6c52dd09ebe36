"""Single equations against values worked out by hand, and their properties over the prior."""

from types import SimpleNamespace

import numpy as np
import pytest
from examples import draws
from hypothesis import given
from hypothesis import strategies as st

from coldcarbon.century import CENTURY
from coldcarbon.century.decay import (
    anaerobic_effect,
    decay_rates,
    decay_temperature,
    decay_wetness,
    quarter_matrix,
)
from coldcarbon.century.plants import temperature_effect
from coldcarbon.century.prepared import litter_split, prepare_soil
from coldcarbon.century.radiation import day_length, potential_evapotranspiration, radiation
from coldcarbon.century.reference import by_name
from coldcarbon.century.sites import Sites


def test_radiation_at_the_equator_and_at_the_pole() -> None:
    equator = radiation([0.0])[0]
    assert 910 < equator[2] < 920
    assert 910 < equator[8] < 920
    assert radiation([90.0])[0, 0] == 0
    np.testing.assert_allclose(day_length([0.0]), 12)
    assert day_length([37.0])[0, 6] > 14 > 10 > day_length([37.0])[0, 0]


def test_evapotranspiration_by_hand() -> None:
    height = 0.8 * 3 * 0.0023 * 27.8 * 4 * 900 / 54
    assert potential_evapotranspiration(2.0, 18.0, 900.0) == pytest.approx(height)
    assert potential_evapotranspiration(-40.0, -30.0, 300.0) == pytest.approx(0.4)


def test_litter_split_by_hand() -> None:
    metabolic, lignin = litter_split(0.08, 50, CENTURY)
    assert float(metabolic) == pytest.approx(0.85 - 0.013 * 0.08 * 125)
    assert float(lignin) == pytest.approx(0.08 / (1 - (0.85 - 0.013 * 0.08 * 125)))
    assert float(litter_split(0.5, 52, CENTURY)[0]) == 0.2


@given(st.integers(0, 400), st.floats(-60, 60))
def test_temperature_curves_stay_within_their_ends(seed: int, celsius: float) -> None:
    p = by_name(draws(1, seed))
    growth = temperature_effect(np.array([celsius]), p)
    assert 0 <= growth[0] <= 1 + 1e-12
    assert temperature_effect(p.optimum_temperature, p) == pytest.approx(1)
    assert temperature_effect(p.maximum_temperature, p) == 0
    decay = decay_temperature(np.array([celsius, 30.0]), p, CENTURY)
    assert decay[0] >= 0.01
    assert decay[1] == pytest.approx(1)


@given(st.floats(0, 30), st.floats(0, 1))
def test_water_scalars_stay_within_0_and_1(ratio: float, drain: float) -> None:
    assert 1 / 31 - 1e-12 <= decay_wetness(np.array([ratio]))[0] <= 1
    assert anaerobic_effect(np.array([ratio]), np.array([1.0]), CENTURY)[0] == 1
    wet = SimpleNamespace(aneref=(1.5, 3.0, 0.2))
    effect = anaerobic_effect(np.array([ratio]), np.array([drain]), wet)[0]  # type: ignore[arg-type]
    assert 0.2 <= effect <= 1


@given(st.integers(0, 400), st.floats(0, 1), st.floats(0, 1.3), st.floats(0, 20), st.floats(0.2, 1))
def test_every_pool_loses_carbon_and_none_is_made(
    seed: int, sand: float, scalar: float, flow: float, anaerobic: float
) -> None:
    year = np.full((1, 12), 5.0)
    soil = prepare_soil(Sites(["a"], [35.0], [sand], [0.0], [1 - sand], year, year + 5, year), CENTURY)
    p = by_name(draws(1, seed))
    rates = decay_rates(soil, p, CENTURY)
    (change,) = quarter_matrix(p, rates, np.array([scalar]), np.array([anaerobic]), np.array([flow]), CENTURY)
    outside = change - np.diag(np.diag(change))
    assert (outside >= -1e-15).all()
    assert (np.diag(change) <= 0).all()
    assert (np.diag(change) >= -1).all()
    assert (change.sum(axis=0) <= 1e-15).all()
