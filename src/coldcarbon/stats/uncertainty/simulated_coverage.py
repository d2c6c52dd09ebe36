"""How often intervals hold a planted truth, and how often tests reject one: by simulation, not by faith."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from coldcarbon.stats.uncertainty.interval import Interval

__all__ = ["coverage_summary", "rejection_summary", "simulate_coverage"]


def coverage_summary(
    estimates: ArrayLike, lows: ArrayLike, highs: ArrayLike, truth: ArrayLike, *, confidence: float = 0.95
) -> pd.DataFrame:
    """Summarise how intervals of repeated simulations meet the planted truth; gives numbers, no verdict.

    Parameters
    ----------
    estimates, lows, highs : array_like, shape (replicates,) or (replicates, k)
        Estimates and interval limits of each replicate. A replicate with a missing number counts as failed.
    truth : array_like, scalar, (k,) or the shape of ``estimates``
        What was planted.
    confidence : float
        Of the Wilson interval put around the coverage.

    Returns
    -------
    pandas.DataFrame
        One row per quantity: truth (its mean over replicates if it varies), replicates, failed, mean_estimate,
        standard_error (SD of the errors), bias, bias_in_standard_errors, bias_monte_carlo_error, coverage,
        coverage_low, coverage_high, mean_width.

    Raises
    ------
    ValueError
        If shapes differ or fewer than two replicates are complete for a quantity.
    """
    middle, lower, upper = (np.asarray(x, float) for x in (estimates, lows, highs))
    if not middle.shape == lower.shape == upper.shape or middle.ndim not in (1, 2):
        raise ValueError(f"estimates, lows and highs must agree: {middle.shape}, {lower.shape}, {upper.shape}")
    if middle.ndim == 1:
        middle, lower, upper = middle[:, None], lower[:, None], upper[:, None]
        planted_array = np.asarray(truth, float)
        planted = np.broadcast_to(planted_array[:, None] if planted_array.ndim == 1 else planted_array, middle.shape)
    else:
        planted = np.broadcast_to(np.asarray(truth, float), middle.shape)
    rows = []
    for m, lo, hi, t in zip(middle.T, lower.T, upper.T, planted.T, strict=True):
        complete = np.isfinite(m) & np.isfinite(lo) & np.isfinite(hi) & np.isfinite(t)
        n = int(complete.sum())
        if n < 2:
            raise ValueError("fewer than two complete replicates")
        error = (m - t)[complete]
        spread = float(error.std(ddof=1))
        hits = int(((lo <= t) & (t <= hi))[complete].sum())
        wilson = _wilson(hits, n, confidence)
        bias = float(error.mean())
        rows.append(
            {
                "truth": float(t[complete].mean()),
                "replicates": n,
                "failed": len(m) - n,
                "mean_estimate": float(m[complete].mean()),
                "standard_error": spread,
                "bias": bias,
                "bias_in_standard_errors": bias / spread if spread > 0 else np.nan,
                "bias_monte_carlo_error": spread / np.sqrt(n),
                "coverage": hits / n,
                "coverage_low": float(wilson[0]),
                "coverage_high": float(wilson[1]),
                "mean_width": float((hi - lo)[complete].mean()),
            }
        )
    return pd.DataFrame(rows)


def simulate_coverage(
    simulate: Callable[[np.random.Generator], Any],
    interval: Callable[[Any], Interval | tuple[ArrayLike, ArrayLike, ArrayLike]],
    truth: ArrayLike,
    *,
    n_replicates: int = 200,
    seed: int = 0,
    confidence: float = 0.95,
    progress: bool = False,
) -> pd.DataFrame:
    """Draw data with a planted truth again and again, and count how often the interval holds it.

    Parameters
    ----------
    simulate : callable
        Gets a random generator of its own, gives the data of one replicate.
    interval : callable
        Gets the data, gives an `Interval` or (estimate, low, high).
    truth : array_like, scalar or (k,)
        What was planted.
    n_replicates : int
        At least two; the share is known to about ``sqrt(0.05 / n_replicates)`` (one standard error).
    seed : int
        Replicate i is the same whatever the number of replicates.
    confidence : float
        Of the Wilson interval put around the coverage.
    progress : bool
        Draw a bar.

    Returns
    -------
    pandas.DataFrame
        As `coverage_summary`. A replicate whose interval raised ValueError or LinAlgError counts as failed.

    Raises
    ------
    ValueError
        If fewer than two replicates succeed; the last refusal is its cause.
    """
    from tqdm import tqdm

    seeds = np.random.SeedSequence(seed).spawn(n_replicates)
    rows: list[tuple[ArrayLike, ArrayLike, ArrayLike] | None] = []
    refusal: Exception | None = None
    for one in tqdm(seeds, unit="replicate", disable=not progress):
        data = simulate(np.random.default_rng(one))
        try:
            found = interval(data)
        except (ValueError, np.linalg.LinAlgError) as error:
            refusal = error
            rows.append(None)
        else:
            rows.append((found.estimate, found.low, found.high) if isinstance(found, Interval) else found)
    shape = next((np.shape(row[0]) for row in rows if row is not None), None)
    if shape is None:
        raise ValueError(f"all {n_replicates} replicates failed") from refusal
    missing = np.full(shape, np.nan)
    complete = [(missing, missing, missing) if row is None else row for row in rows]
    estimates, lows, highs = (np.array([row[i] for row in complete], float) for i in range(3))
    return coverage_summary(estimates, lows, highs, truth, confidence=confidence)


def rejection_summary(p_values: ArrayLike, *, level: float = 0.05, confidence: float = 0.95) -> dict[str, float]:
    """Share of simulated tests that reject: the size where nothing was planted, the power where something was.

    Parameters
    ----------
    p_values : array_like, shape (replicates,)
        One per replicate, none missing.
    level : float
        A test rejects at or below it.
    confidence : float
        Of the Wilson interval put around the share.

    Returns
    -------
    dict
        rejected, rejected_low, rejected_high (0-1) and replicates.

    Raises
    ------
    ValueError
        If there is none, or one is not between 0 and 1.
    """
    found = np.asarray(p_values, float).ravel()
    if found.size == 0 or not ((found >= 0) & (found <= 1)).all():
        raise ValueError("P values must lie between 0 and 1, and there must be one")
    hits = int((found <= level).sum())
    low, high = _wilson(hits, found.size, confidence)
    return {"rejected": hits / found.size, "rejected_low": low, "rejected_high": high, "replicates": found.size}


def _wilson(hits: int, n: int, confidence: float) -> tuple[float, float]:
    """Interval of Wilson (1927) for a share."""
    from scipy import stats  # most of the import time of this module

    found = stats.binomtest(hits, n).proportion_ci(confidence, method="wilson")
    return float(found.low), float(found.high)
