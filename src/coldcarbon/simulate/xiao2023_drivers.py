"""Root profiles whose depth one group of covariates decides, on covariates that are given.

The covariates keep their places, and so all that they share with each other. What is planted is which of them decide:
a random mixture of the columns of one group, or of several groups that weigh alike, plus a part that profiles of one
reference share, plus noise.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.simulate.xiao2023 import LAYER_BOUNDS_CM
from coldcarbon.stats import depth_distribution

__all__ = ["LOG_D50_SD", "ruled_profiles"]

Floats = NDArray[np.float64]

LOG_D50_SD: Final = 0.7
"""Standard deviation of the natural logarithm of D50."""
MEDIAN_D50_CM: Final = 14.0
RATIO: Final = 6.0
"""Median of D95 over D50."""
RATIO_SD: Final = 0.2  # of log(log(D95 / D50))


def ruled_profiles(
    covariates: pd.DataFrame,
    members: Sequence[str] | Sequence[Sequence[str]],
    references: pd.Series,
    *,
    explained: float = 0.3,
    between_references: float = 0.2,
    seed: int = 0,
    bounds_cm: Sequence[float] = LAYER_BOUNDS_CM,
) -> pd.DataFrame:
    """Simulate profiles whose median depth a group of covariates decides, or several groups alike.

    ``log D50 = log 14 cm + 0.7 (sqrt(e) s + sqrt(b) u + sqrt(1 - e - b) v)``, where s is the standardised mixture of
    the members (text by its levels) with normal weights, u is normal by reference and v by profile. D95 / D50 varies
    about 6 and knows no covariate.

    Parameters
    ----------
    covariates : pandas.DataFrame, shape (n, columns)
        Numbers and text, none missing.
    members : sequence of str, or of sequences of str
        Columns that decide; the weights of their mixture are drawn anew by each seed. The mixtures of several groups
        are standardised and added, so that no group weighs more than another.
    references : pandas.Series, shape (n,)
        Reference of each profile.
    explained, between_references : float
        e and b above, shares of the variance of log D50; together below 1.
    seed : int
        The same seed gives the same profiles.
    bounds_cm : sequence of float, length layers + 1
        Layer bounds.

    Returns
    -------
    pandas.DataFrame, shape (n, 4 + layers)
        ``signal`` (s, no unit), ``d50_cm``, ``d95_cm``, ``log_d50`` and the share of each layer in %, rescaled to the
        depth of the last bound, named like "0-20". ``attrs["slope"]`` is the planted slope of log D50 on the signal.

    Raises
    ------
    ValueError
        For an unknown or constant member, missing values, other lengths, or shares of variance out of range.
    """
    if explained < 0 or between_references < 0 or explained + between_references >= 1:
        raise ValueError(
            f"explained ({explained}) and between_references ({between_references}) must be 0 or more and sum to less "
            "than 1"
        )
    if len(references) != len(covariates):
        raise ValueError(f"{len(covariates)} rows of covariates and {len(references)} references")
    groups = [[item] if isinstance(item, str) else list(item) for item in members]
    if all(isinstance(item, str) for item in members):
        groups = [[name for group in groups for name in group]]
    unknown = [name for group in groups for name in group if name not in covariates]
    if unknown or not all(groups):
        raise ValueError(f"no column {unknown[0]!r}" if unknown else "no member is named")
    chosen = covariates[list(dict.fromkeys(name for group in groups for name in group))]
    if chosen.isna().to_numpy().any():
        raise ValueError(f"{chosen.columns[chosen.isna().any()][0]!r} has missing values")
    rng = np.random.default_rng(seed)
    mixture = np.zeros(len(chosen))
    for group in groups:
        part = _mixture(chosen[group], rng)
        mixture += part / part.std()
    signal = (mixture - mixture.mean()) / mixture.std()
    codes, _ = pd.factorize(references)
    shared, own = rng.normal(size=codes.max() + 1)[codes], rng.normal(size=len(chosen))
    rest = 1 - explained - between_references
    standard = np.sqrt(explained) * signal + np.sqrt(between_references) * shared + np.sqrt(rest) * own
    log_d50 = np.log(MEDIAN_D50_CM) + LOG_D50_SD * standard
    d50 = np.exp(log_d50)
    d95 = d50 * np.exp(np.log(RATIO) * np.exp(rng.normal(0, RATIO_SD, len(chosen))))
    edges = np.asarray(bounds_cm, dtype=float)
    shares = 100 * depth_distribution.layer_shares(d50, d95, edges, rescale=True)
    frame = pd.DataFrame({"signal": signal, "d50_cm": d50, "d95_cm": d95, "log_d50": log_d50}, index=covariates.index)
    for layer, (top, bottom) in enumerate(pairwise(edges)):
        frame[f"{top:g}-{bottom:g}"] = shares[:, layer]
    frame.attrs.update(simulated=True, slope=LOG_D50_SD * np.sqrt(explained))
    return frame


def _mixture(chosen: pd.DataFrame, rng: np.random.Generator) -> Floats:
    mixture = np.zeros(len(chosen))
    for name in chosen:
        plain = pd.api.types.is_numeric_dtype(chosen[name])
        block: Floats = (chosen[[name]] if plain else pd.get_dummies(chosen[[name]], dtype=float)).to_numpy(float)
        spread = block.std(axis=0)
        if not spread.all():
            raise ValueError(f"{name!r} is constant and cannot decide")
        # all levels of a factor weigh together as much as one number
        mixture += ((block - block.mean(axis=0)) / spread) @ rng.normal(size=block.shape[1]) / np.sqrt(block.shape[1])
    return mixture
