"""Carbon per area, pedotransfer functions, and the exponential curve through two layers."""

import numpy as np
import pytest
from scipy.integrate import quad

from coldcarbon.stats.soil_stock import bulk_density, carbon_density, exponential_mean


def test_twenty_grams_in_thirty_centimetres():
    assert carbon_density(20, 1.2, 30, 10) == pytest.approx(6.48, rel=1e-14)
    assert carbon_density(20, 1.2, 30) == pytest.approx(7.2, rel=1e-14)
    assert carbon_density(20, 1.2, 30, 100) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-1, 1.2, 30, 10), "carbon is missing or negative"),
        ((20, np.nan, 30, 10), "bulk density is missing"),
        ((20, 1.2, 30, 101), "more than 100 %"),
    ],
)
def test_what_is_no_soil_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        carbon_density(*arguments)


def test_bulk_density_falls_with_carbon():
    carbon = np.linspace(0, 20, 50)
    for method, bare in (("adams", 1.64), ("grassland", 1.3861)):
        density = bulk_density(carbon, method)
        assert density[0] == pytest.approx(bare)
        assert (np.diff(density) < 0).all()
    with pytest.raises(ValueError, match="not within 0 to 58"):
        bulk_density([60])
    with pytest.raises(ValueError, match="no method 'x'"):
        bulk_density([1], "x")


@pytest.mark.parametrize("decay", [0.05, 0.001, 0.0, -0.02])
def test_exponential_curve_is_found_from_its_means(decay):
    def mean(top, bottom):
        return quad(lambda z: 3 * np.exp(-decay * z), top, bottom)[0] / (bottom - top)

    found = exponential_mean((0, 10), (30, 50), mean(0, 10), mean(30, 50), (0, 30))
    assert found == pytest.approx(mean(0, 30), rel=1e-9)


def test_exponential_curve_wants_positive_means_in_order():
    with pytest.raises(ValueError, match="above 0"):
        exponential_mean((0, 10), (30, 50), 1, 0, (0, 30))
    with pytest.raises(ValueError, match="does not lie below"):
        exponential_mean((0, 10), (5, 50), 1, 1, (0, 30))
