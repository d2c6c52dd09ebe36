"""Surrogate series: what a series would look like if it kept its season, spectrum or memory and nothing else."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.crossmap.embedding import segment_codes
from coldcarbon.stats.crossmap.series import phase_codes
from coldcarbon.stats.uncertainty.resampling import unit_shuffles

__all__ = ["SurrogateKind", "surrogate_series"]

Floats = NDArray[np.float64]
SurrogateKind = Literal["shuffle", "seasonal", "phase", "ar1"]


def surrogate_series(
    values: ArrayLike,
    kind: SurrogateKind,
    n_surrogates: int,
    *,
    phases: ArrayLike | int | None = None,
    segments: ArrayLike | None = None,
    seed: int | np.random.Generator = 0,
) -> Floats:
    """Many surrogates of one series at once.

    Parameters
    ----------
    values : array_like, shape (n,)
        Equally spaced within a replicate. NaN stays where it is; "phase" and "ar1" refuse it inside a replicate.
    kind : str
        - "shuffle": values in any order.
        - "seasonal": values in any order among rows of one phase of the season (Deyle et al. 2016,
          doi:10.1073/pnas.1607747113): keeps the season and the distribution, not the memory beyond it.
        - "phase": Fourier phases drawn anew (Ebisuzaki 1997, J. Climate 10, 2147-2153): keeps mean, variance and
          periodogram exactly, not the distribution. Take trends out first: the method takes the end of a series to
          meet its beginning.
        - "ar1": Gaussian AR(1) with the mean, variance and lag-1 autocorrelation of the series.
    n_surrogates : int
        How many.
    phases : array_like, shape (n,), or int
        Phase of each row (a month), or the period in rows; for "seasonal".
    segments : array_like, shape (n,), optional
        Replicates. "phase" and "ar1" work within each; "shuffle" and "seasonal" move values within each too.
    seed : int or numpy.random.Generator
        The same seed gives the same surrogates.

    Returns
    -------
    ndarray, shape (n_surrogates, n)
        In the unit of the values. Cost grows with n_surrogates x n log n.

    Raises
    ------
    ValueError
        For an unknown kind, missing phases, gaps where they are refused, or no surrogates.
    """
    series = np.asarray(values, float)
    if series.ndim != 1:
        raise ValueError(f"one series is needed, not shape {series.shape}")
    if n_surrogates < 1:
        raise ValueError("at least one surrogate is needed")
    if kind not in ("shuffle", "seasonal", "phase", "ar1"):
        raise ValueError(f"kind must be 'shuffle', 'seasonal', 'phase' or 'ar1', not {kind!r}")
    n = len(series)
    codes = segment_codes(segments, n)
    season = phase_codes(phases, n)
    if kind == "seasonal" and season is None:
        raise ValueError("seasonal surrogates need phases: the month of each row, or the period in rows")
    present = np.isfinite(series)
    rng = np.random.default_rng(seed)
    result = np.tile(series, (n_surrogates, 1))
    if kind in ("shuffle", "seasonal"):
        groups = codes if kind == "shuffle" or season is None else codes * (season.max() + 1) + season
        rows = np.flatnonzero(present)
        rows = rows[np.argsort(groups[rows], kind="stable")]
        drawn = unit_shuffles(groups[rows], n_surrogates, rng)
        result[:, rows] = series[rows][drawn]
        return result
    for code in range(codes[-1] + 1):
        here = np.flatnonzero((codes == code) & present)
        if len(here) == 0:
            continue
        if here[-1] - here[0] >= len(here):
            gap = here[0] + int(np.argmin(present[here[0] : here[-1]]))
            raise ValueError(f"a value is missing in row {gap}: {kind!r} surrogates need series without gaps")
        result[:, here] = (_phases_anew if kind == "phase" else _first_order)(series[here], n_surrogates, rng)
    return result


def _phases_anew(series: Floats, n_surrogates: int, rng: np.random.Generator) -> Floats:
    n = len(series)
    spectrum = np.fft.rfft(series)
    drawn = np.abs(spectrum) * np.exp(2j * np.pi * rng.random((n_surrogates, len(spectrum))))
    drawn[:, 0] = spectrum[0]
    if n % 2 == 0:  # the highest frequency has no phase, only a sign
        drawn[:, -1] = np.abs(spectrum[-1]) * rng.choice([-1.0, 1.0], size=n_surrogates)
    return np.asarray(np.fft.irfft(drawn, n=n, axis=1))


def _first_order(series: Floats, n_surrogates: int, rng: np.random.Generator) -> Floats:
    n = len(series)
    centred = series - series.mean()
    power = centred @ centred
    if power == 0:
        return np.tile(series, (n_surrogates, 1))
    r = float(centred[1:] @ centred[:-1] / power)
    drawn = rng.standard_normal((n, n_surrogates))
    drawn[1:] *= np.sqrt(1 - r**2)
    for i in range(1, n):
        drawn[i] += r * drawn[i - 1]
    return series.mean() + np.sqrt(power / n) * drawn.T
