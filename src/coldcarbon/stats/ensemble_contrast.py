"""Slopes of two ensembles that lived through the same years, and their difference.

Two ensembles of the same years share weather, so their slopes are not independent. Years are drawn once for both;
members are drawn for each alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.ensemble_slopes import EnsembleSlopes, ensemble_slopes

__all__ = ["EnsembleContrast", "ensemble_contrast"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class EnsembleContrast:
    """Slopes of two ensembles, with resamples that belong together.

    Attributes
    ----------
    first, second : EnsembleSlopes
        Row j of the resamples of both is the same draw of years; members are drawn independently.
    """

    first: EnsembleSlopes
    second: EnsembleSlopes

    @property
    def difference(self) -> Floats:
        """First minus second, shape (..., k)."""
        return self.first.slope - self.second.slope

    @property
    def from_years(self) -> Floats:
        """Resampled differences if only the years could have been others, shape (n_resamples, ..., k)."""
        return self.first.from_years - self.second.from_years

    @property
    def from_both(self) -> Floats:
        """Resampled differences if years and members could have been others, shape (n_resamples, ..., k)."""
        return self.first.from_both - self.second.from_both


def ensemble_contrast(
    first: ArrayLike,
    second: ArrayLike,
    times: ArrayLike,
    *,
    block_length: int = 2,
    n_resamples: int = 2000,
    seed: int = 0,
) -> EnsembleContrast:
    """Resample the slopes of two ensemble means by the same blocks of years and by the members of each.

    Parameters
    ----------
    first, second : array_like, shape (..., n, members, k)
        As `coldcarbon.stats.ensemble_slopes.ensemble_slopes` takes them; the numbers of members may differ, all else
        must agree.
    times : array_like, shape (n,)
        Evenly spaced.
    block_length, n_resamples, seed : int
        As there.

    Returns
    -------
    EnsembleContrast

    Raises
    ------
    ValueError
        If the two differ in shape otherwise than by their members; as `ensemble_slopes`.

    Notes
    -----
    `ensemble_slopes` draws years before members, so one seed gives both ensembles the same years. It would give them
    dependent members too: those of the second ensemble come from another stream.
    """
    shapes = [np.shape(table)[:-2] + np.shape(table)[-1:] for table in (first, second)]
    if shapes[0] != shapes[1]:
        raise ValueError(
            f"the ensembles have the shapes {np.shape(first)} and {np.shape(second)}: only members may differ"
        )
    streams = np.random.SeedSequence(seed).generate_state(2)
    options = {"block_length": block_length, "n_resamples": n_resamples}
    one = ensemble_slopes(first, times, seed=int(streams[0]), **options)
    two = ensemble_slopes(second, times, seed=int(streams[0]), **options)
    other = ensemble_slopes(second, times, seed=int(streams[1]), **options)
    return EnsembleContrast(one, replace(two, from_both=two.from_years + other.from_both - other.from_years))
