"""Atmospheric inversions with a planted truth: seasonal trends of the north, siblings, biases, a membership that grows.

`inversions` makes what `coldcarbon.readers.inversions.read` gives. Every season has its own trend and its own anomalies
from year to year; systems share them and add their own, and versions of one system share most of what they add.
The planted values are round numbers of the usual order, chosen here; none is estimated from the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from coldcarbon.readers import inversions as reader
from coldcarbon.readers.seasons import DAYS_PER_YEAR, SEASONS

__all__ = ["COVERAGE", "PAPER_COVERAGE", "TRENDS", "inversions", "true_trends"]

Floats = NDArray[np.float64]

COVERAGE: Final[dict[str, tuple[str, str, str]]] = {
    "CAMSv20r1": ("CAMS", "1990-01", "2020-05"),
    "CT2017": ("CT", "2000-01", "2016-12"),
    "CT2019B": ("CT", "2000-01", "2018-12"),
    "CTE2018": ("CTE", "2000-01", "2017-12"),
    "CTE2020": ("CTE", "2000-01", "2019-12"),
    "MIROC": ("MIROC", "1996-01", "2019-12"),
    "s99oc_v2020": ("CarboScope", "1999-01", "2019-12"),
}
"""Family, first and last month of the systems on file."""
PAPER_COVERAGE: Final[dict[str, tuple[str, str, str]]] = {
    "CAMS": ("CAMS", "1980-01", "2017-12"),
    "s76": ("CarboScope", "1980-01", "2017-12"),
    "s85": ("CarboScope", "1985-01", "2017-12"),
    "JAMSTEC": ("MIROC", "1996-01", "2017-12"),
    "CT2019B": ("CT", "2000-01", "2017-12"),
    "CTE2020": ("CTE", "2000-01", "2017-12"),
}
"""The six members that the paper averages, over its years 1980-2017: two, three, four, then six of them."""

TRENDS: Final[dict[str, float]] = {"EGS": 0.12, "LGS": -0.10, "winter": -0.02}
"""Planted trends of the northern uptake rate in each month of a season, PgC yr-1 per year."""
_CLIMATE: Final = (-6.0, -5.0, -4.0, -3.0, 7.0, 22.0, 28.0, 13.0, -3.0, -12.0, -12.0, -8.0)  # PgC yr-1, north
_CENTRES: Final = {"EGS": 56.0, "LGS": 60.0, "winter": 53.0}  # degrees north where a season's anomalies are largest
_WIDTH: Final = 8.0
ANOMALY_SD: Final[dict[str, float]] = {"EGS": 0.60, "LGS": 0.40, "winter": 0.25}
"""Standard deviation of the anomalies that all systems share, PgC yr-1 of the season's rate."""
OWN_SD: Final = 0.5  # of a system's own anomalies, as a share of the common ones
FAMILY_SHARE: Final = 0.7  # variance of what a system adds that it shares with its siblings
BIAS_SD: Final = 1.0  # PgC yr-1, a system's standing difference in each season
SLOPE_SD: Final = 0.02  # PgC yr-1 per year, a system's own trend in each season
_SEASONS: Final = ("EGS", "LGS", "winter")
_MIDDLE_YEAR: Final = 2008


def _profile(centre: float, latitude: Floats, width: float = _WIDTH, lowest: float = 20.0) -> Floats:
    """Share of a flux per degree, sums to 1 over cells of one degree."""
    shape = np.where(latitude > lowest, np.exp(-0.5 * ((latitude - centre) / width) ** 2), 0.0)
    return shape / shape.sum()


def _latitudes() -> Floats:
    return np.arange(-89.5, 90.0, 1.0)


def true_trends(
    south: float, north: float, trends: Mapping[str, float] | None = None, slopes: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Planted trends of a band, as seasonal sums and as annualised rates.

    Parameters
    ----------
    south, north : float
        Edges of the band in whole degrees north.
    trends : mapping of str to float, optional
        As given to `inversions`; by default `TRENDS`.
    slopes : mapping of str to float, optional
        What one system adds to each season (``attrs["truth"]["system_slopes"]``).

    Returns
    -------
    pandas.DataFrame
        Index EGS, LGS, winter, annual, spring; columns ``sum_Tg_per_year2`` (trend of TgC per season) and
        ``annualised_Tg_per_year2`` (trend of the mean daily rate times 365). February counts 28.25 days.
    """
    latitude = _latitudes()
    inside = (latitude > south) & (latitude < north)
    planted = {season: (trends or TRENDS)[season] + (slopes or {}).get(season, 0.0) for season in _SEASONS}
    share = {season: float(_profile(_CENTRES[season], latitude)[inside].sum()) for season in _SEASONS}
    days = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    of_month = np.zeros(12)  # TgC yr-1 per year
    for season in _SEASONS:
        of_month[np.array(SEASONS[season]) - 1] = planted[season] * share[season] * 1000
    rows = {}
    for season, months in SEASONS.items():
        chosen = np.array(months) - 1
        rows[season] = {
            "sum_Tg_per_year2": float((of_month * days)[chosen].sum() / reader.DAYS_PER_YEAR),
            "annualised_Tg_per_year2": float(of_month[chosen].mean() / reader.DAYS_PER_YEAR * DAYS_PER_YEAR),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _autoregressive(rng: np.random.Generator, shape: tuple[int, ...], ar1: float) -> Floats:
    """Stationary AR(1) of unit variance along the last axis."""
    noise = rng.normal(size=shape)
    series = np.empty(shape)
    series[..., 0] = noise[..., 0]
    for year in range(1, shape[-1]):
        series[..., year] = ar1 * series[..., year - 1] + np.sqrt(1 - ar1**2) * noise[..., year]
    return series


def inversions(
    seed: int = 0,
    *,
    coverage: Mapping[str, tuple[str, str, str]] | None = None,
    trends: Mapping[str, float] | None = None,
    ar1: float = 0.3,
    bias_sd: float = BIAS_SD,
    slope_sd: float = SLOPE_SD,
) -> xr.Dataset:
    """Simulate zonal inversions.

    Parameters
    ----------
    seed : int
        The same seed gives the same data set.
    coverage : mapping of str to (family, first month, last month), optional
        The members, by default `COVERAGE`; `PAPER_COVERAGE` is the paper's membership that grows.
    trends : mapping of str to float, optional
        Trend of the northern uptake rate by season (EGS, LGS, winter), PgC yr-1 per year; by default `TRENDS`.
    ar1 : float
        Correlation of a season's anomalies from one year to the next, of common and own ones alike; -1 < ar1 < 1.
    bias_sd, slope_sd : float
        Spread between systems of their mean (PgC yr-1) and of their trend (PgC yr-1 per year), by season.

    Returns
    -------
    xarray.Dataset, dims (system, time, latitude 180)
        Variables, coordinates and units of `coldcarbon.readers.inversions.read`. ``attrs["truth"]`` holds ``trends``
        (PgC yr-1 per year by season), ``ar1``, ``anomaly_sd``, ``own_sd`` (share), ``family_share``, ``bias_sd``,
        ``slope_sd``, and by system ``system_slopes`` and ``system_biases`` (season: value); `true_trends` turns trends
        into those of a band. ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        Without members, for months that end before they begin, or an ``ar1`` outside -1 to 1.
    """
    members = dict(COVERAGE if coverage is None else coverage)
    planted = dict(TRENDS if trends is None else trends)
    if not members:
        raise ValueError("an ensemble needs at least one member")
    if not -1 < ar1 < 1:
        raise ValueError(f"ar1 must lie between -1 and 1, not {ar1:g}")
    if set(planted) != set(_SEASONS):
        raise ValueError(f"trends are needed for {', '.join(_SEASONS)}, not {', '.join(planted)}")
    spans = {name: pd.period_range(first, last, freq="M") for name, (_, first, last) in members.items()}
    short = [name for name, span in spans.items() if len(span) == 0]
    if short:
        raise ValueError(f"{short[0]} ends before it begins")
    rng = np.random.default_rng(seed)
    months = pd.period_range(min(s[0] for s in spans.values()), max(s[-1] for s in spans.values()), freq="M")
    years = np.arange(months[0].year, months[-1].year + 1)
    families = list(dict.fromkeys(family for family, _, _ in members.values()))
    of_family = np.array([families.index(family) for family, _, _ in members.values()])

    def between(sd: float, *shape: int) -> Floats:
        """What systems add, siblings alike, shape (systems, seasons, ...)."""
        shared = rng.normal(size=(len(families), *shape))[of_family]
        return sd * (
            np.sqrt(FAMILY_SHARE) * shared + np.sqrt(1 - FAMILY_SHARE) * rng.normal(size=(len(members), *shape))
        )

    bias, slope = between(bias_sd, 3), between(slope_sd, 3)
    common = _autoregressive(rng, (3, len(years)), ar1)
    shared = _autoregressive(rng, (len(families), 3, len(years)), ar1)[of_family]
    alone = _autoregressive(rng, (len(members), 3, len(years)), ar1)
    own = np.sqrt(FAMILY_SHARE) * shared + np.sqrt(1 - FAMILY_SHARE) * alone
    sd = np.array([ANOMALY_SD[season] for season in _SEASONS])
    trend = np.array([planted[season] for season in _SEASONS])
    anomalies = (
        (trend + slope)[:, :, None] * (years - _MIDDLE_YEAR) + bias[:, :, None] + sd[:, None] * (common + OWN_SD * own)
    )  # systems, seasons, years; PgC yr-1
    season_of = np.array([next(i for i, s in enumerate(_SEASONS) if m in SEASONS[s]) for m in range(1, 13)])
    latitude = _latitudes()
    profiles = np.array([_profile(_CENTRES[season], latitude) for season in _SEASONS])
    season, year = season_of[months.month - 1], months.year.to_numpy() - years[0]
    rate = anomalies[:, season, year] + np.array(_CLIMATE)[months.month - 1]
    land = rate[:, :, None] * profiles[season][None]
    land = land + 0.6 * _profile(0.0, latitude, 12.0, -90.0)  # the tropics take up 0.6 PgC yr-1 all year round
    since = (np.arange(len(months)) - len(months) / 2) / 12
    ocean = np.broadcast_to(2.2 * _profile(-10.0, latitude, 35.0, -90.0), land.shape)
    fossil = np.broadcast_to((8.5 + 0.2 * since)[:, None] * _profile(38.0, latitude, 12.0, -90.0), land.shape)
    parts = {}
    for place, (name, (family, _, _)) in enumerate(members.items()):
        rows = months.get_indexer(spans[name])
        fields = {"land_uptake": land[place], "ocean_uptake": ocean[place], "fossil_emission": fossil[place]}
        edges = np.arange(-90.0, 91.0)
        parts[name] = reader.zonal_dataset(spans[name], edges, {key: field[rows] for key, field in fields.items()})
        parts[name].attrs |= {"family": family, "monthly_in_file": "mean"}
    dataset = reader.assemble(parts)

    def by_season(values: Floats) -> dict[str, dict[str, float]]:
        return {
            name: {s: float(v) for s, v in zip(_SEASONS, row, strict=True)}
            for name, row in zip(members, values, strict=True)
        }

    dataset.attrs |= {
        "source": "simulated",
        "simulated": True,
        "truth": {
            "trends": planted,
            "ar1": ar1,
            "anomaly_sd": dict(ANOMALY_SD),
            "own_sd": OWN_SD,
            "family_share": FAMILY_SHARE,
            "bias_sd": bias_sd,
            "slope_sd": slope_sd,
            "system_slopes": by_season(slope),
            "system_biases": by_season(bias),
        },
    }
    return dataset
