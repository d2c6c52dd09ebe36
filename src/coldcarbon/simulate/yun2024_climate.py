"""Climate of the plateau with planted truths, in the columns that the readers give.

`soil_temperature`, `stations` and `thaw_depth` stand in for `coldcarbon.readers.qtp_active_layer`, ``qtp_stations`` and
``calm_active_layer`` with sites, years and gaps as in the files; `annual_series` makes many series at once, to see what
a trend method makes of them. The planted values are round numbers of the usual order, chosen here; none is estimated
from a data set. Each seed gives the same data again.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.signal import lfilter

from coldcarbon.readers import calm_active_layer, qtp_active_layer, qtp_stations
from coldcarbon.simulate.memory import with_memory

__all__ = ["annual_series", "soil_temperature", "stations", "thaw_depth"]

Floats = NDArray[np.float64]

SOIL_DESIGN: Final[dict[str, tuple[str, str, float, tuple[int, ...]]]] = {
    "Ch04": ("2002-01-01", "2018-12-31", 0.5, (15, 50, 95, 120)),
    "QT09": ("2011-01-01", "2018-12-31", -0.5, (10, 40, 120, 160)),
    "Ch06": ("2005-01-01", "2017-12-31", -1.5, (10, 50, 100, 180)),
    "TSHAL": ("2015-10-03", "2019-06-22", -1.0, (30, 60, 120, 160, 180)),
}
"""By sheet: first and last day, mean of the year (degrees Celsius), depths (cm)."""
PLACES: Final[dict[str, tuple[float, float, str]]] = {
    "Ch04": (31.82, 91.74, "Alpine wet meadow"),
    "QT09": (35.72, 94.13, "Alpine meadow"),
    "Ch06": (35.62, 94.06, "Alpine steppe"),
    "TSHAL": (35.36, 79.55, "Alpine desert"),
}
THAW_SITES: Final[dict[str, tuple[str, float, float, int, int, float, float]]] = {
    "CN2": ("Site A", 34.3, 97.9, 1998, 2009, 140.0, np.inf),
    "CN3": ("Site B", 34.7, 92.9, 1998, 2008, 262.0, 263.0),
    "CN4": ("Site C", 35.4, 93.6, 2000, 2009, 270.0, 260.0),
    "CN5": ("Site D", 34.5, 92.7, 2000, 2009, 95.0, 120.0),
    "CN6": ("Site E", 31.8, 91.7, 2000, 2005, 250.0, 235.0),
    "CN7": ("Site F", 35.6, 94.1, 2003, 2008, 136.0, np.inf),
}
"""Planted thaw depth: name, place, first and last year, depth in the first year, deepest reach before 2006 (cm)."""


def annual_series(
    seed: int,
    years: ArrayLike,
    *,
    replicates: int = 1,
    per_decade: float = 0.0,
    sd: float = 1.0,
    ar1: float = 0.0,
    step: float = 0.0,
    step_year: int = 2004,
) -> Floats:
    """Annual series of a straight trend, a step, and noise that remembers.

    Parameters
    ----------
    seed : int
        The same seed gives the same series.
    years : array_like of int, shape (n,)
        Calendar years in order; noise is made for every year between, so that gaps do not shorten its memory.
    replicates : int
        Series.
    per_decade, step : float
        Trend per ten years, and what is added from ``step_year`` on, in the unit of ``sd``.
    sd : float
        Standard deviation of the noise.
    ar1 : float
        Its lag-1 autocorrelation, -1 < ar1 < 1.
    step_year : int
        First year after the step.

    Returns
    -------
    ndarray, shape (n, replicates)

    Raises
    ------
    ValueError
        If years are not increasing whole numbers, or ``ar1`` or ``sd`` is out of range.
    """
    when = np.asarray(years, int)
    if when.ndim != 1 or len(when) < 2 or (np.diff(when) <= 0).any():
        raise ValueError("years must be two or more, and increase")
    if not -1 < ar1 < 1 or sd < 0:
        raise ValueError(f"ar1 must lie between -1 and 1 and sd not be negative, not {ar1:g} and {sd:g}")
    rng = np.random.default_rng(seed)
    every = np.arange(when[0], when[-1] + 1)
    noise = sd * with_memory(rng.standard_normal((replicates, len(every))), ar1)
    mean = per_decade / 10 * (every - every.mean()) + step * (every >= step_year)
    return np.asarray((mean + noise)[:, when - when[0]].T, float)


def soil_temperature(
    seed: int = 0, *, sheets: Sequence[str] = ("Ch04", "QT09", "Ch06", "TSHAL"), per_decade: float = 0.3
) -> pd.DataFrame:
    """Daily soil temperature as `qtp_active_layer.read` gives it, with a planted warming.

    Parameters
    ----------
    seed : int
        Same seed, same data.
    sheets : sequence of str
        Of `SOIL_DESIGN`.
    per_decade : float
        Warming at all sites, depths and days, degrees Celsius per decade.

    Returns
    -------
    pandas.DataFrame
        Columns of the reader. Liangdaohe lacks 2004 and has a copied part of 2005 in 2006, as the file has;
        ``attrs["truth"]`` holds the warming.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for sheet in sheets:
        first, last, level, depths = SOIL_DESIGN[sheet]
        days = pd.date_range(first, last)
        at = np.arange(len(days))
        weather = lfilter([1.0], [1.0, -0.95], 0.35 * rng.standard_normal(len(days) + 200))[200:]
        year = pd.Series(days.year)
        own = year.map(dict(zip(year.unique(), 0.35 * rng.standard_normal(year.nunique()), strict=True))).to_numpy()
        when = (days.year + days.day_of_year / 365.25).to_numpy()
        trend = per_decade / 10 * (when - 2010)
        columns = {}
        for depth in depths:
            damp, lag = np.exp(-depth / 90), depth / 90 * 365.25 / (2 * np.pi)
            season = -np.cos(2 * np.pi * (days.day_of_year.to_numpy() - 20 - lag) / 365.25)
            lagged = np.interp(at - lag, at, weather)
            columns[depth] = np.round(level + trend + own + damp * (11 * season + lagged), 3)
        wide = pd.DataFrame(columns, index=days)
        repeated = pd.Series(False, index=days)
        if sheet == "Ch04":
            days = days[days.year != 2004]
            wide, repeated = wide.loc[days], repeated.loc[days]
            copied = pd.date_range("2006-03-21", "2006-12-09")
            original = copied - pd.DateOffset(years=1)
            wide.loc[copied] = wide.loc[original].to_numpy()
            repeated.loc[copied] = repeated.loc[original] = True
        latitude, longitude, vegetation = PLACES[sheet]
        part = pd.DataFrame(
            {
                "site": qtp_active_layer.SHEETS[sheet][0],
                "sheet": sheet,
                "vegetation": vegetation,
                "latitude_degrees_north": latitude,
                "longitude_degrees_east": longitude,
                "date": np.repeat(days.to_numpy(), len(depths)),
                "depth_cm": np.tile(np.array(depths, float), len(days)),
                "soil_temperature_degrees_celsius": wide.to_numpy().ravel(),
                "repeated": np.repeat(repeated.to_numpy(), len(depths)),
            }
        )
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)[list(qtp_active_layer.COLUMNS)]
    frame.attrs["units"] = dict(qtp_active_layer.UNITS)
    frame.attrs["source"] = "simulated"
    frame.attrs["truth"] = {"per_decade": per_decade}
    return frame


def stations(
    seed: int = 0, *, n: int = 52, per_decade: float = 0.3, step: float = 0.6, step_year: int = 2004
) -> pd.DataFrame:
    """Annual air and ground temperature as `qtp_stations.read` gives them, with a step in the ground series.

    Parameters
    ----------
    seed : int
        Same seed, same data.
    n : int
        Stations.
    per_decade : float
        Warming of both, degrees Celsius per decade.
    step : float
        Added to the ground at three quarters of the stations from ``step_year`` on, degrees Celsius.
    step_year : int
        First year after the step.

    Returns
    -------
    pandas.DataFrame
        Columns of the reader; ``attrs["truth"]`` holds warming, step and the stations that have it.
    """
    rng = np.random.default_rng(seed)
    years = np.arange(1951, 2011)
    shared = annual_series(int(rng.integers(2**31)), years, per_decade=per_decade, sd=0.45, ar1=0.2)[:, 0]
    stepped, parts = [], []
    for k in range(n):
        name = f"Station {k + 1:02d}"
        begins = int(rng.integers(1951, 1966))
        ground_begins = 1980 if k % 3 == 0 else begins
        air = rng.normal(3.5, 4) + shared + 0.3 * rng.standard_normal(len(years))
        ground = air + rng.normal(3.4, 0.5) + 0.25 * rng.standard_normal(len(years))
        if k % 4 != 3:
            ground = ground + step * (years >= step_year)
            stepped.append(name)
        air[years == begins] /= 2  # a part of a year, divided by all its days
        air[years < begins] = np.nan
        ground[years < ground_begins] = np.nan
        columns = dict(zip(qtp_stations.COLUMNS[2:4], (air, ground), strict=True))
        part = pd.DataFrame({"station": name, "year": years, **columns})
        part["air_first_year"], part["ground_first_year"] = years == begins, years == ground_begins
        parts.append(part[years >= begins])
    frame = pd.concat(parts, ignore_index=True)[list(qtp_stations.COLUMNS)]
    frame.attrs["units"] = dict(qtp_stations.UNITS)
    frame.attrs["source"] = "simulated"
    frame.attrs["truth"] = {"per_decade": per_decade, "step": step, "step_year": step_year, "stepped": stepped}
    return frame


def thaw_depth(seed: int = 0, *, cm_per_year: float = 3.0) -> pd.DataFrame:
    """Thaw depth of the plateau's sites as `calm_active_layer.read` gives it, censored by the reach of the probe.

    Parameters
    ----------
    seed : int
        Same seed, same data.
    cm_per_year : float
        Planted deepening.

    Returns
    -------
    pandas.DataFrame
        Columns of the reader; ``attrs["truth"]`` holds the deepening.
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[object, ...]] = []
    for site, (name, north, east, first, last, depth, reach) in THAW_SITES.items():
        for year in range(first, last + 1):
            value = round(depth + cm_per_year * (year - first) + 5 * rng.standard_normal())
            beyond = year < 2006 and value > reach
            place = (f"CALM_{site}", site, name, "China", None, north, east)
            rows.append((*place, year, reach if beyond else float(value), "right" if beyond else "none", None, None))
        rows.append((*place, 2023, np.nan, "missing", "inactive", None))
    frame = pd.DataFrame(rows, columns=list(calm_active_layer.COLUMNS))
    frame.attrs["units"] = dict(calm_active_layer.UNITS)
    frame.attrs["source"] = "simulated"
    frame.attrs["truth"] = {"cm_per_year": cm_per_year}
    return frame
