"""Seasons of the north: months into seasonal sums or annualised rates, one convention for every source of fluxes.

Early growing season (EGS) May to August, late growing season (LGS) September and October, winter November to April,
and the calendar year. Two ways to write one seasonal flux stand side by side, since they differ by a factor of 3 to 6:
the *sum* over the season, and the *annualised rate*, the mean of the monthly rates per day, times 365.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
import pandas as pd

__all__ = ["DAYS_PER_YEAR", "SEASONS", "season_days", "season_flux"]

SEASONS: Final[dict[str, tuple[int, ...]]] = {
    "EGS": (5, 6, 7, 8),
    "LGS": (9, 10),
    "winter": (1, 2, 3, 4, 11, 12),
    "annual": tuple(range(1, 13)),
    "spring": (5, 6),
}
"""Months of each season; spring only to test what it leaves behind."""
DAYS_PER_YEAR: Final = 365.0
"""By which a daily rate is annualised."""


def season_days(season: str, year: int = 2001) -> int:
    """Days of a season.

    Parameters
    ----------
    season : str
        A key of `SEASONS`.
    year : int
        Calendar year (February has 29 days in leap years).

    Returns
    -------
    int

    Raises
    ------
    ValueError
        For an unknown season.
    """
    return int(sum(pd.Period(year=year, month=month, freq="M").days_in_month for month in _months(season)))


def season_flux(
    monthly: pd.DataFrame | pd.Series,
    season: str,
    *,
    how: Literal["sum", "annualised"] = "sum",
    winter: Literal["calendar", "following"] = "calendar",
) -> pd.DataFrame:
    """Flux of a season by year.

    Parameters
    ----------
    monthly : pandas.DataFrame or pandas.Series, shape (months, members)
        Fluxes *per month* (sums), index the months as a DatetimeIndex or monthly PeriodIndex.
    season : str
        A key of `SEASONS`.
    how : {"sum", "annualised"}
        "sum": what flows in the season, in the unit of ``monthly`` per season. "annualised": each month divided by its
        days, the plain mean of these daily rates, times 365 (unit per year): months count alike whatever their length.
    winter : {"calendar", "following"}
        Winter of one calendar year (January to April and November, December of the same year), or the months that lie
        together, named by the year in which November stands.

    Returns
    -------
    pandas.DataFrame, shape (years, members)
        Index ``year``. A year that lacks a month of the season is NaN for that member, never filled or scaled.

    Raises
    ------
    ValueError
        For an unknown season or choice, an index that is not of months, or a month that occurs twice.
    """
    months = _months(season)
    if how not in ("sum", "annualised"):
        raise ValueError(f"how must be 'sum' or 'annualised', not {how!r}")
    if winter not in ("calendar", "following"):
        raise ValueError(f"winter must be 'calendar' or 'following', not {winter!r}")
    frame = monthly.to_frame() if isinstance(monthly, pd.Series) else monthly
    index = frame.index
    if isinstance(index, pd.DatetimeIndex):
        index = index.to_period("M")
    if not isinstance(index, pd.PeriodIndex) or index.freqstr != "M":
        raise ValueError("the index must hold months (DatetimeIndex or monthly PeriodIndex)")
    if index.has_duplicates:
        raise ValueError(f"the month {index[index.duplicated()][0]} occurs twice")
    values = frame.to_numpy(dtype=float)
    if how == "annualised":
        values = values / index.days_in_month.to_numpy()[:, None] * DAYS_PER_YEAR / len(months)
    inside = np.isin(index.month, months)
    year = index.year.to_numpy()
    if winter == "following" and season == "winter":
        year = np.where(index.month < 7, year - 1, year)
    years = np.arange(year[inside].min(), year[inside].max() + 1) if inside.any() else np.array([], dtype=int)
    chosen = pd.DataFrame(values[inside], columns=frame.columns).groupby(year[inside])
    total = chosen.sum(min_count=len(months)).reindex(years)
    total.index.name = "year"
    return total


def _months(season: str) -> tuple[int, ...]:
    if season not in SEASONS:
        raise ValueError(f"season must be one of {', '.join(SEASONS)}, not {season!r}")
    return SEASONS[season]
