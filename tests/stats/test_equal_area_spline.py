"""The equal-area spline against its definition: mass of the layers, smoothness, a minimiser on a grid."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldcarbon.stats.equal_area_spline import equal_area_spline, interval_weights

TOP, BOTTOM = [0.0, 8.0, 20.0, 45.0], [8.0, 20.0, 35.0, 80.0]
VALUES = [41.0, 22.0, 13.0, 5.0]


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 10.0])
def test_mass_of_each_layer_is_the_fitted_mean_times_its_thickness(smoothing):
    spline = equal_area_spline(TOP, BOTTOM, VALUES, smoothing)
    means = [spline.mean(*layer) for layer in zip(TOP, BOTTOM, strict=True)]
    np.testing.assert_allclose(means, spline.fitted, rtol=1e-12)
    assert spline.fitted.sum() == pytest.approx(sum(VALUES), rel=1e-12)  # smoothing moves, but does not lose
    if smoothing == 0:
        np.testing.assert_allclose(means, VALUES, rtol=1e-12)


def test_curve_and_slope_are_continuous_and_level_at_the_ends():
    spline = equal_area_spline(TOP, BOTTOM, VALUES)
    inner = np.array([8.0, 20.0, 35.0, 45.0])
    step = 1e-6
    before, after = spline(inner - step), spline(inner + step)
    np.testing.assert_allclose(before, after, atol=1e-4)
    slope_before = (spline(inner - step) - spline(inner - 2 * step)) / step
    slope_after = (spline(inner + 2 * step) - spline(inner + step)) / step
    np.testing.assert_allclose(slope_before, slope_after, atol=1e-4)
    ends = [(spline(1e-6) - spline(0.0)) / 1e-6, (spline(80.0) - spline(80 - 1e-6)) / 1e-6]
    np.testing.assert_allclose(ends, 0, atol=1e-5)
    gap = spline(np.array([36.0, 40.0, 44.0]))
    assert gap[1] == pytest.approx((gap[0] + gap[2]) / 2, rel=1e-12)  # straight between layers


@pytest.mark.parametrize("smoothing", [0.1, 20.0])
def test_it_is_what_a_minimiser_on_a_grid_finds(smoothing):
    width = 0.1
    middles = np.arange(0, 80, width) + width / 2
    layers = [(middles > a) & (middles < b) for a, b in zip(TOP, BOTTOM, strict=True)]
    averages = np.array([layer / layer.sum() for layer in layers])
    slopes = np.diff(np.eye(len(middles)), axis=0) / width
    quadratic = averages.T @ averages / 4 + smoothing * width * slopes.T @ slopes
    grid = np.linalg.solve(quadratic, averages.T @ np.array(VALUES) / 4)
    spline = equal_area_spline(TOP, BOTTOM, VALUES, smoothing)
    np.testing.assert_allclose(spline(middles), grid, rtol=2e-3, atol=2e-3)
    cost = ((spline.values - spline.fitted) ** 2).mean() + smoothing * spline.roughness()
    on_grid = ((averages @ grid - VALUES) ** 2).mean() + smoothing * width * ((slopes @ grid) ** 2).sum()
    assert cost == pytest.approx(on_grid, rel=1e-3)


def test_two_layers_are_weights():
    weights = interval_weights([0, 30], [10, 50], (0, 30))
    assert weights.sum() == pytest.approx(1, abs=1e-14)
    values = np.array([[5.0, 1.0], [2.0, 3.0], [0.4, 0.4]])
    np.testing.assert_allclose(equal_area_spline([0, 30], [10, 50], values).mean(0, 30), values @ weights, rtol=1e-13)


def test_one_layer_is_constant_and_ends_are_held_on_request():
    spline = equal_area_spline([5], [10], [3.0])
    assert spline.mean(5, 10) == 3
    assert spline.mean(0, 30, outside="constant") == 3
    assert np.isnan(spline(np.array([4.0, 11.0]))).all()
    deep = equal_area_spline([0, 10], [10, 20], [4.0, 2.0], 0.0)
    held = deep.mean(0, 30, outside="constant")
    assert held == pytest.approx((20 * 3 + 10 * float(deep(20.0))) / 30, rel=1e-12)
    with pytest.raises(ValueError, match="the layers reach from 0 to 20, not from 0 to 30"):
        deep.mean(0, 30)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.floats(1, 20), st.floats(0, 15), st.floats(-5, 50)), min_size=1, max_size=6),
    st.floats(0, 50),
    st.floats(-10, 10),
    st.floats(0.1, 5),
)
def test_mass_linearity_and_order_of_magnitude(layers, smoothing, shift, factor):
    edges = np.cumsum([x for thickness, gap, _ in layers for x in (gap, thickness)])
    top, bottom, values = edges[0::2], edges[1::2], np.array([value for *_, value in layers])
    spline = equal_area_spline(top, bottom, values, smoothing)
    means = [spline.mean(a, b) for a, b in zip(top, bottom, strict=True)]
    np.testing.assert_allclose(means, spline.fitted, atol=1e-9)
    other = equal_area_spline(top, bottom, factor * values + shift, smoothing)
    np.testing.assert_allclose(other.fitted, factor * spline.fitted + shift, atol=1e-8)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([0, 10], [10, 10], [1, 2]), r"layer 2 \(10 to 10\) has no thickness"),
        (([0, 9], [10, 20], [1, 2]), "layer 2 begins at 9, above the end of the one before"),
        (([0, 10], [10, 20], [1, np.nan]), "missing or infinite"),
        (([0, 10], [10, 20], [1, 2, 3]), "for 2 layers"),
        (([0, 10], [10], [1]), "same length"),
        (([0, 10], [10, 20], [1, 2], -1), "smoothing -1"),
    ],
)
def test_bad_layers_are_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        equal_area_spline(*arguments)


def test_an_interval_needs_thickness():
    with pytest.raises(ValueError, match="no thickness"):
        equal_area_spline([0], [10], [1.0]).mean(5, 5)
