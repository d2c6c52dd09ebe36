"""Months from bioclimatic variables: what has the assumed shape comes back, what it was told is kept."""

import numpy as np
import pytest

from coldcarbon.stats.bioclimate import bioclimatic, monthly_precipitation, monthly_temperature

MONTHS = np.arange(1, 13)


def climate():
    angle = 2 * np.pi * (MONTHS - 7) / 12
    mean = np.array([[-1.0], [2.0]]) + np.array([[11.0], [8.0]]) * np.cos(angle) - 0.7 * np.cos(2 * angle)
    span = 14 - np.array([[2.5], [1.0]]) * np.cos(angle)
    shape = np.exp(np.array([[2.0], [0.8]]) * np.cos(2 * np.pi * (MONTHS - 7.25) / 12))
    rain = 0.9 * shape / shape.sum(axis=1, keepdims=True) + 0.1 / 12
    return mean - span / 2, mean + span / 2, rain * np.array([[500.0], [200.0]])


def test_months_of_the_assumed_shape_come_back():
    low, high, rain = climate()
    bio = bioclimatic(low, high, rain)
    found = monthly_temperature(bio)
    np.testing.assert_allclose(found.mean_celsius, (low + high) / 2, atol=1e-9)
    np.testing.assert_allclose(found.minimum_celsius, low, atol=1e-9)
    np.testing.assert_allclose(found.maximum_celsius, high, atol=1e-9)
    np.testing.assert_allclose(monthly_precipitation(bio), rain, rtol=0.03, atol=0.3)


def test_reported_means_are_kept_and_the_shape_with_them():
    low, high, rain = climate()
    bio = bioclimatic(low, high, rain)
    moved = monthly_temperature(bio, [0.5, 0.5])
    np.testing.assert_allclose(moved.mean_celsius.mean(axis=1), 0.5, atol=1e-12)
    np.testing.assert_allclose(moved.range_celsius, high - low, atol=1e-9)
    scaled = monthly_precipitation(bio, [300.0, 300.0])
    np.testing.assert_allclose(scaled.sum(axis=1), 300, rtol=1e-12)
    np.testing.assert_allclose(scaled[0] / scaled[0].sum(), monthly_precipitation(bio)[0] / 500, rtol=1e-12)


def test_even_rain_stays_even():
    low, high, _ = climate()
    rain = np.full((2, 12), 25.0)
    np.testing.assert_allclose(monthly_precipitation(bioclimatic(low, high, rain)), rain, rtol=1e-9)


def test_what_is_missing_is_named():
    low, high, rain = climate()
    bio = bioclimatic(low, high, rain)
    with pytest.raises(ValueError, match="missing: bio10"):
        monthly_temperature({name: value for name, value in bio.items() if name != "bio10"})
    with pytest.raises(ValueError, match="bio13 of site 2"):
        monthly_precipitation({**bio, "bio13": [100.0, np.nan]})
    with pytest.raises(ValueError, match="site 1: its warmest quarter"):
        monthly_temperature({**bio, "bio10": [-20.0, 10.0]})
    with pytest.raises(ValueError, match="site 1: the daily range"):
        monthly_temperature({**bio, "bio02": [0.5, 10.0]})
    with pytest.raises(ValueError, match="no precipitation"):
        monthly_precipitation({**bio, "bio12": [0.0, 1.0]})
    with pytest.raises(ValueError, match="twelve per site"):
        bioclimatic(low[:, :6], high[:, :6], rain[:, :6])
