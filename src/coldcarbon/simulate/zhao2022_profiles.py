"""Carbon profiles with a known mean over 0-30 cm, of which only 0-10 and 30-50 cm are sampled.

What lies between the two layers has to be guessed; here the truth is planted, in three shapes, many times over. In all
three the lower layer has about four tenths of the carbon of the upper: the two measured layers cannot tell them apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["SHAPES", "PlantedProfiles", "planted_profiles"]

Floats = NDArray[np.float64]
Shape = Literal["exponential", "root mat", "straight"]
SHAPES: Final[tuple[Shape, ...]] = ("exponential", "root mat", "straight")
SITES: Final = {"meadow": 14, "steppe": 16}
RATIO: Final = 0.4  # of the lower layer to the upper, about the median of the real sites
EXPONENTIAL_CM: Final = -35 / np.log(RATIO)
STRAIGHT_CM: Final = (40 - 5 * RATIO) / (1 - RATIO)
MAT_CM: Final = 12.0
BELOW_MAT: Final = 0.64
MAT_DECAY_CM: Final = 60.0
DEEPEST_CM: Final = 50
PER_CM: Final = 2


@dataclass(frozen=True)
class PlantedProfiles:
    """Many samplings of sites of two types.

    Attributes
    ----------
    carbon_percent : numpy.ndarray, shape (replicates, sites, 2)
        Measured organic carbon of 0-10 and 30-50 cm.
    true_percent : numpy.ndarray, shape (replicates, sites)
        Mean over 0-30 cm of each site drawn.
    meadow : numpy.ndarray of bool, shape (sites,)
        Type of each site.
    population_percent : float
        Planted mean over 0-30 cm of all sites that could have been drawn, types in the proportion of the sites.
    """

    carbon_percent: Floats
    true_percent: Floats
    meadow: NDArray[np.bool_]
    population_percent: float


def planted_profiles(
    shape: Shape,
    *,
    replicates: int = 400,
    mean_percent: tuple[float, float] = (3.2, 0.8),
    log_sd: tuple[float, float] = (0.35, 0.5),
    lab_error: float = 0.05,
    seed: int = 0,
) -> PlantedProfiles:
    """Draw sites and sample their two layers.

    Parameters
    ----------
    shape : {"exponential", "root mat", "straight"}
        How carbon falls with depth: exponentially; level in a mat of roots above 12 cm, and slowly from two thirds of
        that below; or along a straight line.
    replicates : int
        Samplings.
    mean_percent, log_sd : tuple of float
        Mean over 0-30 cm of meadow and steppe, and the standard deviation of its logarithm among sites.
    lab_error : float
        Standard deviation of the logarithm of a measured layer.
    seed : int
        The same seed gives the same samplings.

    Returns
    -------
    PlantedProfiles

    Raises
    ------
    ValueError
        For an unknown shape, and numbers that are not positive.
    """
    if shape not in SHAPES:
        raise ValueError(f"no shape {shape!r}; there are {', '.join(SHAPES)}")
    if min(*mean_percent, *log_sd) <= 0 or lab_error < 0 or replicates < 1:
        raise ValueError("means, standard deviations and replicates must be above 0")
    rng = np.random.default_rng(seed)
    kind = np.repeat([0, 1], list(SITES.values()))
    mean, sd = np.array(mean_percent)[kind], np.array(log_sd)[kind]
    true = mean * np.exp(sd * rng.normal(size=(replicates, len(kind))) - sd**2 / 2)
    vary = np.exp(0.1 * rng.normal(size=true.shape))[..., None]
    depth = (np.arange(DEEPEST_CM * PER_CM) + 0.5) / PER_CM
    if shape == "straight":
        course = 1 - depth / (STRAIGHT_CM * np.maximum(vary, 0.85))
    elif shape == "root mat":
        course = np.where(depth < MAT_CM, 1.0, BELOW_MAT * np.exp(-(depth - MAT_CM) / (MAT_DECAY_CM * vary)))
    else:
        course = np.exp(-depth / (EXPONENTIAL_CM * vary))
    course = course * (true / course[..., : 30 * PER_CM].mean(axis=-1))[..., None]
    layers = np.stack([course[..., : 10 * PER_CM].mean(axis=-1), course[..., 30 * PER_CM :].mean(axis=-1)], axis=-1)
    layers = layers * np.exp(lab_error * rng.normal(size=layers.shape))
    return PlantedProfiles(layers, true, kind == 0, float(mean.mean()))
