"""Sites to try the model on: two archetypes of the plateau, and many with climates drawn at random."""

import numpy as np
from numpy.typing import NDArray

from coldcarbon.century import Sites, defaults, priors

MONTHS = np.arange(12)
ARCHETYPES = np.array([defaults("meadow"), defaults("steppe")])


def climate(
    mean_celsius: float, amplitude: float, daily_range: float, rain_mm: float, width: float = 1.9
) -> tuple[NDArray[np.float64], ...]:
    mean = mean_celsius - amplitude * np.cos(2 * np.pi * (MONTHS - 0.5) / 12)
    shape = np.exp(-0.5 * ((MONTHS - 6.5) / width) ** 2)
    return mean - daily_range / 2, mean + daily_range / 2, rain_mm * shape / shape.sum()


def archetypes(**changed: object) -> Sites:
    """A meadow and a steppe."""
    low, high, rain = (np.array(v) for v in zip(climate(-1, 12, 14, 520), climate(0, 9.5, 14, 330), strict=True))
    values: dict[str, object] = {
        "names": ["meadow", "steppe"],
        "latitude_degrees": [37.6, 31.5],
        "sand": [0.4, 0.6],
        "silt": [0.4, 0.28],
        "clay": [0.2, 0.12],
        "minimum_celsius": low,
        "maximum_celsius": high,
        "precipitation_mm": rain,
    }
    return Sites(**(values | changed))  # type: ignore[arg-type]


def many(n: int, seed: int = 0) -> Sites:
    """Sites from cold and dry to mild and wet."""
    rng = np.random.default_rng(seed)
    sand = rng.uniform(0.2, 0.8, n)
    clay = (1 - sand) * rng.uniform(0.1, 0.6, n)
    series = [
        climate(rng.uniform(-5, 4), rng.uniform(8, 13), rng.uniform(10, 18), rng.uniform(80, 700), rng.uniform(1.5, 3))
        for _ in range(n)
    ]
    low, high, rain = (np.array(v) for v in zip(*series, strict=True))
    return Sites(
        [f"site {i}" for i in range(n)], rng.uniform(29, 39, n), sand, 1 - sand - clay, clay, low, high, rain,
        ph=rng.uniform(5.5, 8.5, n), drain=rng.uniform(0, 1, n),
    )  # fmt: skip


def draws(n: int, seed: int = 1) -> NDArray[np.float64]:
    """Parameter vectors from the prior."""
    low, high = priors()
    return low + (high - low) * np.random.default_rng(seed).random((n, len(low)))
