"""The result that every resampling method gives, and the steps they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

if TYPE_CHECKING:
    from matplotlib.axes import Axes
from coldcarbon.stats.uncertainty.resampling import resampled_totals

__all__ = ["Interval"]

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval and the unit of replication behind it.

    ``estimate``, ``low`` and ``high`` are floats for one column and arrays of shape (k,) for many.
    """

    estimate: float | Floats
    low: float | Floats
    high: float | Floats
    n_rows: int
    n_clusters: int
    n_effective_clusters: float
    unit: str
    method: str
    confidence: float
    n_resamples: int = 0

    def to_frame(self, index: ArrayLike | None = None) -> pd.DataFrame:
        """Return one row per column: estimate, low, high, n_rows, n_clusters, n_effective_clusters, unit, method.

        Parameters
        ----------
        index : array_like, optional
            Names of the columns that the interval belongs to.

        Returns
        -------
        pandas.DataFrame
            In the unit of the values.
        """
        estimates = np.atleast_1d(self.estimate)
        return pd.DataFrame(
            {
                "estimate": estimates,
                "low": np.atleast_1d(self.low),
                "high": np.atleast_1d(self.high),
                "n_rows": self.n_rows,
                "n_clusters": self.n_clusters,
                "n_effective_clusters": self.n_effective_clusters,
                "unit": self.unit,
                "method": self.method,
            },
            index=None if index is None else pd.Index(np.asarray(index)),
        )

    def summary(self) -> pd.DataFrame:
        """As `to_frame`, with columns counted from 0."""
        return self.to_frame()

    def plot(self, ax: Axes | None = None, *, names: ArrayLike | None = None) -> Axes:
        """Draw estimates with their intervals, one line per column.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Where to draw; new axes by default.
        names : array_like, optional
            Of the columns.

        Returns
        -------
        matplotlib.axes.Axes
            In the unit of the values.
        """
        if ax is None:
            import matplotlib.pyplot as plt

            ax = plt.subplots()[1]
        middle, low, high = (np.atleast_1d(value) for value in (self.estimate, self.low, self.high))
        places = np.arange(len(middle))
        ax.hlines(places, low, high, color="0.3")
        ax.plot(middle, places, "o", color="0.1")
        ax.set_yticks(places, [str(name) for name in (places if names is None else np.asarray(names))])
        ax.set_xlabel(f"estimate with {100 * self.confidence:g} % interval ({self.unit})")
        ax.invert_yaxis()
        return ax


def check_options(n_resamples: int, confidence: float) -> None:
    """Refuse options that give no interval."""
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1, not {confidence}")
    if n_resamples < 100:
        raise ValueError("fewer than 100 resamples give no usable tails")


def mean_resamples(sums: Floats, counts: Floats, draw: Callable[[int], Integers], n_resamples: int) -> Floats:
    """Means of resamples (n_resamples, k) of units with these sums and counts (units, k).

    A mean needs of a unit its sum and its count only, so all resamples are one product with how often each unit is
    drawn. ``draw(size)`` gives the units of ``size`` resamples, shape (size, drawn).
    """
    totals = resampled_totals(np.concatenate([sums, counts], axis=1), draw, n_resamples)
    with np.errstate(invalid="ignore", divide="ignore"):
        return totals[:, : sums.shape[1]] / totals[:, sums.shape[1] :]


def limits(
    resamples: Floats,
    confidence: float,
    *,
    estimate: Floats | None = None,
    jackknife: Floats | None = None,
    n_pieces: float = np.inf,
) -> tuple[Floats, Floats]:
    """Interval limits (k,) from resamples (n_resamples, k).

    Percentiles; with a jackknife those of the bias-corrected and accelerated interval; with a number of pieces those
    of the expanded one (Hesterberg 2015, doi:10.1080/00031305.2015.1089789), whose tails are those of Student's t
    with one degree of freedom less than there are pieces, and which makes good that a bootstrap variance of n pieces
    is too small by (n - 1) / n.
    """
    tails = np.array([(1 - confidence) / 2, (1 + confidence) / 2])
    if np.isfinite(n_pieces):
        tails = special.ndtr(np.sqrt(n_pieces / (n_pieces - 1)) * special.stdtrit(n_pieces - 1, tails))
    if jackknife is not None and estimate is not None:
        levels = _bca_levels(resamples, jackknife, estimate, tails)
    else:
        levels = np.broadcast_to(tails[:, None], (2, resamples.shape[1]))
    found = np.array([np.nanquantile(column, level) for column, level in zip(resamples.T, levels.T, strict=True)])
    return found[:, 0], found[:, 1]


def _bca_levels(resamples: Floats, jackknife: Floats, estimate: Floats, tails: Floats) -> Floats:
    """Quantile levels (2, k) of the bias-corrected and accelerated interval (Efron 1987)."""
    below = (resamples < estimate).mean(axis=0) + 0.5 * (resamples == estimate).mean(axis=0)
    n_resamples = len(resamples)
    bias = special.ndtri(np.clip(below, 0.5 / n_resamples, 1 - 0.5 / n_resamples))
    deviation = np.nanmean(jackknife, axis=0) - jackknife
    denominator = 6.0 * np.nansum(deviation**2, axis=0) ** 1.5
    acceleration = np.divide(
        np.nansum(deviation**3, axis=0), denominator, out=np.zeros_like(denominator), where=denominator > 0
    )
    shifted = bias + special.ndtri(tails)[:, None]
    return np.asarray(special.ndtr(bias + shifted / (1.0 - acceleration * shifted)))
