"""Trends and breaks of time series, one or ten thousand at once.

Which function for what: `trend` by the name of a method; `linear_trend` (independent, autocorrelated, AR(1) errors),
`sen_slope` and `mann_kendall` (ranks), `seasonal_mann_kendall`, `pettitt` (one break), `detectable_trend` (what a
series of that length could show), `effective_sample_size`. Times are numbers or dates, with gaps; slopes are per unit
of time, and ``per_decade()`` turns them.
"""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from coldcarbon.stats.trends.breaks import Break, pettitt
from coldcarbon.stats.trends.detectable import DetectableTrend, detectable_trend, slope_standard_error
from coldcarbon.stats.trends.least_squares import effective_sample_size, linear_trend
from coldcarbon.stats.trends.ranks import MannKendall, mann_kendall, prewhiten, sen_slope
from coldcarbon.stats.trends.result import Trend
from coldcarbon.stats.trends.seasonal import SeasonalMannKendall, seasonal_mann_kendall
from coldcarbon.stats.trends.series import decimal_years

__all__ = [
    "Break",
    "DetectableTrend",
    "MannKendall",
    "SeasonalMannKendall",
    "Trend",
    "decimal_years",
    "detectable_trend",
    "effective_sample_size",
    "linear_trend",
    "mann_kendall",
    "pettitt",
    "prewhiten",
    "seasonal_mann_kendall",
    "sen_slope",
    "slope_standard_error",
    "trend",
]


def trend(values: ArrayLike, times: ArrayLike | None = None, *, method: str = "sen", **options: Any) -> Trend:
    """Trend of each series by the named method.

    Parameters
    ----------
    values : array_like, shape (n,) or (n, series)
        One column per series; NaN is a gap, left out and counted (``n``).
    times : array_like, shape (n,), optional
        Numbers or dates (then decimal years), any order.
    method : str
        "sen" (with the Mann-Kendall P; `sen_slope`), or the ``errors`` of `linear_trend`: "independent", "hac",
        "effective-n", "ar1", "ar1-ml", "cochrane-orcutt".
    **options
        Of `sen_slope` or `linear_trend`.

    Returns
    -------
    Trend
        Per unit of time; `Trend.per_decade`, `Trend.summary`, `Trend.plot`.

    Raises
    ------
    ValueError
        As the function behind the method.
    """
    if method == "sen":
        return sen_slope(values, times, **options)
    return linear_trend(values, times, errors=method, **options)  # type: ignore[arg-type]
