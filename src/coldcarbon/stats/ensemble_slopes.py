"""Slopes of an ensemble's mean, resampled over years and members together, for ratios and differences of slopes.

A ratio of two slopes has no standard error worth the name, and slopes of the same years are not independent. So all
series, of all members and quantities, are resampled with the same years: what they share stays shared. One matrix
holds all resamples, and a product with it gives all slopes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import stdtrit

from coldcarbon.stats.uncertainty.by_block import block_rows

__all__ = ["EnsembleSlopes", "ensemble_slopes"]

Floats = NDArray[np.float64]
NORMAL_95 = 1.959963984540054


@dataclass(frozen=True)
class EnsembleSlopes:
    """Slopes of the mean over members, and their resamples.

    Attributes
    ----------
    slope : numpy.ndarray, shape (..., k)
        Least-squares slope of the ensemble mean, unit of the values per unit of time.
    members : numpy.ndarray, shape (..., members, k)
        The slope of each member.
    from_years : numpy.ndarray, shape (n_resamples, ..., k)
        Resampled slopes if the members are given and only the years could have been others.
    from_both : numpy.ndarray, shape (n_resamples, ..., k)
        Resampled slopes if the members too are a sample.
    block_length : int
        Rows in a block.
    """

    slope: Floats
    members: Floats
    from_years: Floats
    from_both: Floats
    block_length: int


def ensemble_slopes(
    values: ArrayLike,
    times: ArrayLike,
    *,
    block_length: int = 2,
    n_resamples: int = 2000,
    seed: int = 0,
) -> EnsembleSlopes:
    r"""Resample the slopes of an ensemble mean by blocks of years and by members.

    Parameters
    ----------
    values : array_like, shape (..., n, members, k)
        k quantities (seasons, regions) of each member at n times; leading axes are data sets of their own that are
        resampled with the same draws. Nothing missing; a member is an independent unit (average siblings first).
    times : array_like, shape (n,)
        Evenly spaced.
    block_length : int
        Rows of a circular block.
    n_resamples : int
        At least 100.
    seed : int
        The same seed gives the same resamples.

    Returns
    -------
    EnsembleSlopes

    Raises
    ------
    ValueError
        For missing values, fewer than four times or two members, times that are not evenly spaced, or a block longer
        than half the series.

    Notes
    -----
    With centred times :math:`t`, weights :math:`w = t / t't`, residuals :math:`e` of the ensemble mean and drawn rows
    :math:`d`, a resampled slope is :math:`b^* = b + c\, \sum_i w_i e_{d(i)}`, with
    :math:`c = \sqrt{n / (n - 2)}\; t_{n-2} / z` for the residuals' shrinking and the few years. Members are drawn
    :math:`m` of :math:`m` with replacement and move the slope by
    :math:`\sqrt{m / (m - 1)}\,(\bar b^*_{members} - b)`. Both together are somewhat too wide for given members,
    and still too short for years that remember strongly. Cost grows as n_resamples times the values.
    """
    table = np.asarray(values, float)
    time = np.asarray(times, float)
    if table.ndim < 3 or table.shape[-3] != len(time):
        raise ValueError(f"values need the shape (..., {len(time)}, members, k), not {table.shape}")
    n, n_members = table.shape[-3:-1]
    if n < 4 or n_members < 2:
        raise ValueError(f"four times and two members are needed, not {n} and {n_members}")
    if not np.isfinite(table).all():
        raise ValueError("values are missing or infinite: take times that all members have")
    steps = np.diff(time)
    if not np.allclose(steps, steps[0]) or steps[0] == 0:
        raise ValueError("times are not evenly spaced")
    if not 1 <= block_length <= n / 2:
        raise ValueError(f"a block has 1 to {n // 2} rows, not {block_length}")
    if n_resamples < 100:
        raise ValueError("fewer than 100 resamples give no usable tails")
    centred = time - time.mean()
    weights = centred / (centred @ centred)
    members = np.einsum("t,...tmk->...mk", weights, table)
    slope = members.mean(axis=-2)
    mean = table.mean(axis=-2)
    residuals = mean - mean.mean(axis=-2, keepdims=True) - centred[:, None] * slope[..., None, :]
    rng = np.random.default_rng(seed)
    rows = block_rows(n, n_resamples, block_length, seed=rng)
    drawn = np.zeros((n_resamples, n))
    np.add.at(drawn, (np.arange(n_resamples)[:, None], rows), weights[None])
    widening = np.sqrt(n / (n - 2)) * stdtrit(n - 2, 0.975) / NORMAL_95
    by_year = widening * np.einsum("jt,...tk->j...k", drawn, residuals)
    shares = rng.multinomial(n_members, np.full(n_members, 1 / n_members), size=n_resamples) / n_members
    by_member = np.einsum("jm,...mk->j...k", shares - 1 / n_members, members)
    by_member *= np.sqrt(n_members / (n_members - 1))
    return EnsembleSlopes(
        slope=slope,
        members=members,
        from_years=slope + by_year,
        from_both=slope + by_year + by_member,
        block_length=block_length,
    )
