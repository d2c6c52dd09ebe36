"""Slopes of two ensembles that lived through the same years, and their difference.

Two ensembles of the same years share weather, so their slopes are not independent. Years are drawn once for both;
members are drawn for each alone. `contrast_trend` gives intervals by formula, `ensemble_contrast` resamples for ratios.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from coldcarbon.stats.ensemble_slopes import EnsembleSlopes, ensemble_slopes
from coldcarbon.stats.trends import linear_trend

__all__ = ["ContrastTrend", "EnsembleContrast", "contrast_trend", "ensemble_contrast"]

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


@dataclass(frozen=True)
class ContrastTrend:
    """Trend of the difference of two ensemble means, with three intervals; all arrays have the leading shape.

    Attributes
    ----------
    difference : numpy.ndarray
        Mean slope of the first ensemble minus that of the second, by least squares.
    members_low, members_high : numpy.ndarray
        Around ``difference``, if other members had lived through *these* times (Welch). With one member each it is NaN.
    slope : numpy.ndarray
        Slope of the difference of means with AR(1) errors.
    years_low, years_high : numpy.ndarray
        Around ``slope``, if these members had lived through other times.
    low, high : numpy.ndarray
        Around ``slope``, for other times and other members.
    converged : numpy.ndarray of bool
        Whether the fit with AR(1) errors found its optimum; do not use ``slope`` where it did not.
    """

    difference: Floats
    members_low: Floats
    members_high: Floats
    slope: Floats
    years_low: Floats
    years_high: Floats
    low: Floats
    high: Floats
    converged: NDArray[np.bool_]

    def as_dict(self) -> dict[str, Any]:
        """Everything but ``converged``, by name."""
        return {name: value for name, value in vars(self).items() if name != "converged"}


def contrast_trend(first: ArrayLike, second: ArrayLike, times: ArrayLike, *, confidence: float = 0.95) -> ContrastTrend:
    r"""Trend of the difference of two ensemble means over members, over times, and over both.

    Parameters
    ----------
    first, second : array_like, shape (..., n, members)
        Independent members at the same n times; nothing missing. Leading axes hold data sets of their own and must
        agree. An ensemble of one member adds nothing to the spread of members, which is then too small.
    times : array_like, shape (n,)
        Evenly spaced.
    confidence : float
        Of the intervals.

    Returns
    -------
    ContrastTrend

    Raises
    ------
    ValueError
        If shapes do not agree or a value is missing; as `coldcarbon.stats.trends.linear_trend`.

    Warns
    -----
    UserWarning
        If the fit with AR(1) errors did not converge for some data set (``converged`` says which).

    Notes
    -----
    With members' slopes :math:`b`, their variances :math:`s^2` and numbers :math:`m`, the error over members is
    :math:`s_m^2 = s_1^2 / m_1 + s_2^2 / m_2`, with Welch's degrees of freedom. With the error :math:`s_t` of the line
    through the difference of means, the error over both is :math:`\sqrt{s_t^2 + s_m^2}`, with n - 2 degrees of freedom.
    Members' slopes hold some of the noise of the times as well, so the last is a little too wide for few members.
    """
    tables = [np.asarray(first, float), np.asarray(second, float)]
    time = np.asarray(times, float)
    if any(table.ndim < 2 or table.shape[-2] != len(time) for table in tables):
        raise ValueError(f"the ensembles need the shape (..., {len(time)}, members), not {[t.shape for t in tables]}")
    if tables[0].shape[:-2] != tables[1].shape[:-2]:
        raise ValueError(f"the ensembles have the shapes {[t.shape for t in tables]}: only members may differ")
    if not all(np.isfinite(table).all() for table in tables):
        raise ValueError("values are missing or infinite: take times that all members have")
    lead = tables[0].shape[:-2]
    level = 0.5 + confidence / 2
    centred = time - time.mean()
    slopes = [np.einsum("t,...tm->...m", centred / (centred @ centred), table) for table in tables]
    parts, weights = [], []
    for b in slopes:
        m = b.shape[-1]
        parts.append(b.var(axis=-1, ddof=1) / m if m > 1 else np.zeros(lead))
        weights.append(parts[-1] ** 2 / max(m - 1, 1))
    variance = parts[0] + parts[1]
    with np.errstate(invalid="ignore", divide="ignore"):
        freedom = variance**2 / (weights[0] + weights[1])
    difference = slopes[0].mean(axis=-1) - slopes[1].mean(axis=-1)
    apart = stdtrit(freedom, level) * np.sqrt(variance)
    gap = tables[0].mean(axis=-1) - tables[1].mean(axis=-1)
    columns = np.moveaxis(gap, -1, 0).reshape(len(time), -1)
    line = linear_trend(columns, time, errors="ar1", confidence=confidence)
    found = {name: np.reshape(getattr(line, name), lead)[()] for name in ("slope", "low", "high", "standard_error")}
    half = stdtrit(len(time) - 2, level) * np.sqrt(found["standard_error"] ** 2 + variance)
    return ContrastTrend(
        difference=difference,
        members_low=difference - apart,
        members_high=difference + apart,
        slope=found["slope"],
        years_low=found["low"],
        years_high=found["high"],
        low=found["slope"] - half,
        high=found["slope"] + half,
        converged=np.reshape(line.converged, lead)[()],  # [()] makes a number of an array without axes
    )
