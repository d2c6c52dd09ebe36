import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldcarbon.stats.budyko import budyko_evaporation

amounts = st.floats(0, 20_000)


@given(amounts, amounts, st.sampled_from(["budyko", "fu"]), st.floats(1.05, 10))
def test_never_above_water_or_energy(precipitation, potential, curve, parameter):
    found = budyko_evaporation([precipitation], [potential], curve=curve, parameter=parameter)[0]
    assert -1e-9 <= found <= min(precipitation, potential) * (1 + 1e-12)


@given(st.floats(1, 5000), st.floats(1, 5000), st.floats(0.1, 10), st.sampled_from(["budyko", "fu"]))
def test_the_unit_does_not_matter(precipitation, potential, factor, curve):
    once = budyko_evaporation([precipitation], [potential], curve=curve)
    scaled = budyko_evaporation([precipitation * factor], [potential * factor], curve=curve)
    np.testing.assert_allclose(scaled, once * factor, rtol=1e-9)


def test_values_worked_by_hand():
    # phi = 1: sqrt(tanh 1 (1 - 1/e)) and 2 - 2^(1/w)
    assert budyko_evaporation([800], [800])[0] == pytest.approx(800 * np.sqrt(np.tanh(1) * (1 - np.exp(-1))), rel=1e-14)
    assert budyko_evaporation([800], [800], curve="fu", parameter=2)[0] == pytest.approx(800 * (2 - np.sqrt(2)))
    # phi = 3 / 4 with w = 2: 1 + 3/4 - 5/4
    assert budyko_evaporation([400], [300], curve="fu", parameter=2)[0] == pytest.approx(200, rel=1e-14)


def test_the_limits_are_reached():
    for curve in ("budyko", "fu"):
        dry = budyko_evaporation([100, 100], [1e5, 1e300], curve=curve)
        np.testing.assert_allclose(dry, 100, rtol=2e-3)
        wet = budyko_evaporation([1e5, 1e300], [100, 100], curve=curve)
        np.testing.assert_allclose(wet, 100, rtol=2e-3)
        assert budyko_evaporation([0, 500, 0], [500, 0, 0], curve=curve).tolist() == [0, 0, 0]


def test_the_curves_lie_near_each_other_at_the_usual_parameter():
    potential = np.linspace(100, 4000, 60)
    difference = budyko_evaporation(np.full(60, 1000), potential) - budyko_evaporation(
        np.full(60, 1000), potential, curve="fu"
    )
    assert np.abs(difference).max() < 25


def test_rows_without_a_value_stay_without():
    found = budyko_evaporation(pd.Series([np.nan, 500, 500]), pd.Series([500, np.nan, 500]))
    assert np.isnan(found).tolist() == [True, True, False]
    assert budyko_evaporation(500.0, 500.0).shape == ()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([1, -2], [1, 1]), {}, "precipitation_mm in row 1 is -2"),
        (([1, 2], pd.Series([1, np.inf], index=["a", "b"])), {}, "potential_mm in row b is inf"),
        (([1, 2], [1]), {}, "they must agree"),
        (([1], [1]), {"curve": "turc"}, "'budyko' or 'fu'"),
        (([1], [1]), {"curve": "fu", "parameter": 1.0}, "above 1"),
    ],
)
def test_bad_input_is_named(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        budyko_evaporation(*arguments, **options)
