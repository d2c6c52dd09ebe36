"""Root profiles by layer with covariates whose use is known, to see which validation tells the truth.

Profiles come in references. One covariate acts on the depth of roots as strongly as is asked; the *marks* act on
nothing, but all profiles of a reference share them, so that they tell a learner where a row comes from. The planted
values are round numbers of the usual order, chosen here; none is estimated from data.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from coldcarbon.simulate.xiao2023 import LAYER_BOUNDS_CM, PROFILE_SD, PROFILES_PER_REFERENCE, REFERENCE_SD, STEEPNESS_SD
from coldcarbon.stats import depth_distribution

__all__ = ["COVARIATE", "layer_rows"]

COVARIATE: Final = "covariate"
"""Name of the column that may act on the roots."""
MEDIAN_D50_CM: Final = 14.0
MEDIAN_RATIO: Final = 6.0  # of D95 to D50


def layer_rows(
    seed: int = 0,
    n_references: int = 100,
    *,
    effect: float = 0.45,
    n_marks: int = 4,
    sizes: ArrayLike | None = None,
) -> pd.DataFrame:
    """Simulate shares by layer with covariates of each reference.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    n_references : int
        References, unless ``sizes`` says how many; profiles per reference are geometric, 2.4 on average.
    effect : float
        Change of log D50 with one standard deviation of the covariate; 0 for roots that follow no covariate.
    n_marks : int
        Further covariates without any effect.
    sizes : array_like of int, shape (references,), optional
        Profiles of each reference.

    Returns
    -------
    pandas.DataFrame
        Seven rows per profile, layer by layer: depth_cm (middle of the layer), covariate, mark_1 ... , share_percent
        (of 0-200 cm, the layers of a profile sum to 100), profile, reference. ``attrs["truth"]`` holds effect and the
        standard deviations of log D50 between references and between profiles.

    Raises
    ------
    ValueError
        For fewer than two references, a negative number of marks, or sizes below 1.
    """
    rng = np.random.default_rng(seed)
    if sizes is None:
        if n_references < 2:
            raise ValueError("a compilation needs at least two references")
        counts = rng.geometric(1 / PROFILES_PER_REFERENCE, size=n_references)
    else:
        counts = np.asarray(sizes, int)
    if len(counts) < 2 or counts.min() < 1 or n_marks < 0:
        raise ValueError("two references at least, each of one profile or more, and no negative number of marks")
    reference = np.repeat(np.arange(len(counts)), counts)
    n = len(reference)
    site = rng.normal(size=(len(counts), 1 + n_marks))
    log_d50 = np.log(MEDIAN_D50_CM) + effect * site[:, 0] + rng.normal(0, REFERENCE_SD, len(counts))
    d50 = np.exp(log_d50[reference] + rng.normal(0, PROFILE_SD, n))
    d95 = d50 * np.exp(np.log(MEDIAN_RATIO) * np.exp(rng.normal(0, STEEPNESS_SD, n)))
    shares = 100 * depth_distribution.layer_shares(d50, d95, LAYER_BOUNDS_CM, rescale=True)
    middles = np.array([(top + bottom) / 2 for top, bottom in pairwise(LAYER_BOUNDS_CM)])
    columns = {"depth_cm": np.repeat(middles, n)}
    names = [COVARIATE, *(f"mark_{k + 1}" for k in range(n_marks))]
    columns |= {name: np.tile(values, len(middles)) for name, values in zip(names, site[reference].T, strict=True)}
    frame = pd.DataFrame(columns)
    frame["share_percent"] = shares.T.ravel()
    frame["profile"] = np.tile(np.arange(n), len(middles))
    frame["reference"] = np.tile(reference, len(middles))
    frame.attrs["simulated"] = True
    frame.attrs["truth"] = {"effect": effect, "reference_sd": REFERENCE_SD, "profile_sd": PROFILE_SD}
    return frame
