"""Bad input is refused with site, month and name."""

import numpy as np
import pytest
from examples import archetypes

from coldcarbon.century import Sites, Weather

GOOD = archetypes()


def damaged(name: str, site: int, month: int, value: float) -> np.ndarray:
    values = np.array(getattr(GOOD, name))
    values[site, month] = value
    return values


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"precipitation_mm": damaged("precipitation_mm", 1, 6, -3)}, "site 'steppe', July: precipitation is negative"),
        ({"precipitation_mm": damaged("precipitation_mm", 0, 2, np.nan)}, "site 'meadow', March: precipitation is m"),
        ({"minimum_celsius": damaged("minimum_celsius", 0, 11, np.inf)}, "'meadow', December: minimum temperature"),
        ({"maximum_celsius": damaged("maximum_celsius", 1, 0, -60)}, "'steppe', January: maximum temperature is below"),
        ({"minimum_celsius": damaged("minimum_celsius", 1, 0, 250)}, "is not in degrees Celsius"),
        ({"sand": [0.4, 0.5]}, "site 'steppe': sand, silt and clay sum to 0.9, not to 1"),
        ({"clay": [np.nan, 0.12]}, "site 'meadow': clay = nan is outside"),
        ({"latitude_degrees": [376, 31]}, "latitude_degrees = 376"),
        ({"names": ["a", "b", "c"], **dict.fromkeys(("sand", "silt"), 0.4), "clay": 0.2, "latitude_degrees": 30.0},
         "site 'c' has no climate"),
        ({"names": ["a", "a"]}, "site names repeat: a"),
        ({"names": []}, "no sites"),
        ({"growing": np.ones((2, 11))}, "12 months"),
        ({"co2_ppm": 4.0}, "not that of air"),
        ({n: np.array(getattr(GOOD, n))[:, :11] for n in ("minimum_celsius", "maximum_celsius", "precipitation_mm")},
         "months are missing, 11"),
    ],
)  # fmt: skip
def test_sites_that_cannot_be_run_are_refused(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        archetypes(**changed)


def test_weather_that_cannot_be_run_is_refused() -> None:
    low, high, rain = np.zeros(14), np.ones(14), np.ones(14)
    with pytest.raises(ValueError, match="'tower', February of year 2: precipitation is negative"):
        Weather(["tower"], [low], [high], [np.where(np.arange(14) == 13, -1, rain)])
    with pytest.raises(ValueError, match="'tower': months are missing"):
        Weather(["tower"], [low], [high], [rain[:12]])
    with pytest.raises(ValueError, match="13 months of CO2 for 14"):
        Weather(["tower"], [low], [high], [rain], co2_ppm=[np.full(13, 400.0)])
    with pytest.raises(ValueError, match="each once"):
        Weather(["tower", "tower"], [low] * 2, [high] * 2, [rain] * 2)


def test_growth_follows_temperature_and_ends_in_one_month_of_senescence() -> None:
    mean = (np.asarray(GOOD.minimum_celsius) + np.asarray(GOOD.maximum_celsius)) / 2
    np.testing.assert_array_equal(GOOD.growing, mean > 0)
    assert (GOOD.senescence.sum(axis=1) == 1).all()
    assert not (GOOD.senescence & GOOD.growing).any()


def test_some_sites_can_be_chosen() -> None:
    chosen = GOOD.select([1])
    assert chosen.names == ("steppe",)
    np.testing.assert_array_equal(chosen.precipitation_mm, np.asarray(GOOD.precipitation_mm)[[1]])
    assert isinstance(chosen, Sites)
