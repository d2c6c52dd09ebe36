"""Pettitt's test for one break in the level of a series."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.trends.ranks import _average_ranks
from coldcarbon.stats.trends.series import BLOCK, panel
from coldcarbon.stats.uncertainty.resampling import simulated_p

__all__ = ["Break", "pettitt"]

Floats = NDArray[np.float64]
Number = float | Floats


@dataclass(frozen=True)
class Break:
    """Result of `pettitt`: numbers for one series, arrays of shape (series,) for many.

    Attributes
    ----------
    statistic : float or ndarray
        K, the largest absolute sum of signs.
    p : float or ndarray
        Pettitt's approximation.
    p_permutation : float or ndarray
        Share of orders of the values whose K is as large, (count + 1) / (permutations + 1); NaN if not asked for.
    after : float or ndarray
        Last time before the break (R's ``estimate``); the first of equal ones.
    before : float or ndarray
        First time after the break.
    shift : float or ndarray
        Mean after less mean before, in the unit of the values.
    n : int or ndarray
        Values used.
    n_permutations : int
        0 if not asked for.
    names : tuple of str or None
        Of the series.
    """

    statistic: Number
    p: Number
    p_permutation: Number
    after: Number
    before: Number
    shift: Number
    n: Any
    n_permutations: int
    names: tuple[str, ...] | None = None

    def summary(self) -> pd.DataFrame:
        """One row per series.

        Returns
        -------
        pandas.DataFrame
            Columns as the attributes.
        """
        skipped = {"n_permutations", "names"}
        columns = {i.name: np.atleast_1d(getattr(self, i.name)) for i in fields(self) if i.name not in skipped}
        index = None if self.names is None else pd.Index(self.names, name="series")
        return pd.DataFrame(columns, index=index)


def _largest(scores: Floats) -> Floats:
    """K of rows of centred ranks, doubled: ``U_t = 2 sum of ranks - t (n + 1)``."""
    return np.abs(2 * np.cumsum(scores, axis=1)).max(axis=1)


def _permuted(centred: Floats, n_permutations: int, rng: np.random.Generator) -> Floats:
    n = len(centred)
    found = np.empty(n_permutations)
    step = max(1, BLOCK // n)
    for first in range(0, n_permutations, step):
        size = min(step, n_permutations - first)
        found[first : first + size] = _largest(rng.permuted(np.tile(centred, (size, 1)), axis=1))
    return np.sort(found)


def pettitt(
    values: ArrayLike,
    times: ArrayLike | None = None,
    *,
    n_permutations: int = 0,
    seed: int | np.random.Generator = 0,
    time_unit: str = "year",
) -> Break:
    """Pettitt's rank test of one break at an unknown time.

    ``U_t = sum_(i <= t) sum_(j > t) sign(x_i - x_j)``, ``K = max |U_t|`` and ``P = 2 exp(-6 K**2 / (n**3 + n**2))``,
    at most 1 (Pettitt 1979, doi:10.2307/2346729; R: ``trend::pettitt.test``).

    Parameters
    ----------
    values : array_like, shape (n,) or (n, series)
        One column per series; NaN is a gap, left out.
    times : array_like, shape (n,), optional
        Order of the values, see `panel`; no time twice.
    n_permutations : int
        Random orders for the permutation P. Series of one length without ties share their null distribution, so
        that many series cost little more than one.
    seed : int or numpy.random.Generator
        Of the permutations.
    time_unit : str
        Unit of numeric times.

    Returns
    -------
    Break
        Two-sided.

    Raises
    ------
    ValueError
        As `panel`, or if a time occurs twice.

    Notes
    -----
    The approximation is too large for short series and large P. Both P take the values as independent: a trend or
    autocorrelation is easily taken for a break.
    """
    data = panel(values, times, time_unit=time_unit)
    if (np.diff(data.times) <= 0).any():
        raise ValueError("a time occurs twice: a break needs one value per time; average them first")
    n = data.counts.astype(float)
    ranks = _average_ranks(data.values)
    centred = np.where(data.present, ranks - (n[:, None] + 1) / 2, 0.0)
    scores = 2 * np.cumsum(centred, axis=1)
    open_end = data.present & (np.cumsum(data.present, axis=1) < data.counts[:, None])
    sizes = np.where(open_end, np.abs(scores), -1.0)
    place = sizes.argmax(axis=1)
    here = np.arange(len(n))
    statistic = sizes[here, place]
    positions = np.arange(len(data.times))
    following = np.where(data.present & (positions > place[:, None]), positions, len(positions) - 1).min(axis=1)
    usable = (data.counts >= 3) & (np.where(data.present, np.abs(centred), 0).max(axis=1) > 0)
    early = data.present & (positions <= place[:, None])
    late = data.present & ~early
    filled = np.where(data.present, data.values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        shift = (filled * late).sum(axis=1) / late.sum(axis=1) - (filled * early).sum(axis=1) / early.sum(axis=1)
        p = np.where(usable, np.minimum(1.0, 2 * np.exp(-6 * statistic**2 / (n**3 + n**2))), np.nan)
    permuted = np.full(len(n), np.nan)
    if n_permutations:
        rng = np.random.default_rng(seed)
        known: dict[bytes, Floats] = {}
        for i in np.flatnonzero(usable):
            pattern = np.sort(centred[i][data.present[i]])
            key = pattern.tobytes()
            if key not in known:
                known[key] = _permuted(pattern, n_permutations, rng)
            as_large = n_permutations - np.searchsorted(known[key], statistic[i] - 1e-9)
            permuted[i] = simulated_p(int(as_large), n_permutations)
    give = data.give
    return Break(
        statistic=give(np.where(usable, statistic, np.nan)),
        p=give(p),
        p_permutation=give(permuted),
        after=give(np.where(usable, data.times[place], np.nan)),
        before=give(np.where(usable, data.times[following], np.nan)),
        shift=give(np.where(usable, shift, np.nan)),
        n=give(data.counts),
        n_permutations=n_permutations,
        names=data.names,
    )
