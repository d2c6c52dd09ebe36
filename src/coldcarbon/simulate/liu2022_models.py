"""Vegetation models, carbon budget and temperature with a planted truth.

`trendy` makes what `coldcarbon.readers.trendy.read` gives, `carbon_budget` and `carbon_budget_models` what
`coldcarbon.readers.carbon_budget` gives, `gistemp` what `coldcarbon.readers.gistemp.read` gives. The planted values are
round numbers of the usual order, chosen here; none is estimated from the files.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.readers import carbon_budget as budget_reader
from coldcarbon.readers import gistemp as gistemp_reader
from coldcarbon.readers import trendy as trendy_reader
from coldcarbon.readers.seasons import SEASONS

__all__ = ["REGION_SHARES", "SEASON_TRENDS", "carbon_budget", "carbon_budget_models", "gistemp", "trendy"]

Floats = NDArray[np.float64]

SEASON_TRENDS: Final[dict[str, float]] = {"EGS": 0.020, "LGS": -0.004, "winter": -0.006}
"""Planted trends of northern uptake as sums of a season, PgC per year, as the mean over models, from 1960 on."""
REGION_SHARES: Final[dict[str, float]] = {
    "north_american_boreal": 0.14,
    "north_american_temperate": 0.20,
    "eurasian_boreal": 0.28,
    "eurasian_temperate": 0.13,
    "europe": 0.25,
}
"""Shares of the northern flux; the tropics go to the other regions."""
_NORTH: Final = np.array([-0.6, -0.5, -0.4, -0.1, 0.8, 1.8, 1.7, 0.7, -0.1, -0.7, -0.7, -0.6])  # PgC month-1
_MODEL_TREND_SD: Final = {"EGS": 0.006, "LGS": 0.003, "winter": 0.002}
_MODEL_MEAN_SD: Final = 0.15  # PgC of a season, summed
_SEASON_SD: Final = {"EGS": 0.10, "LGS": 0.06, "winter": 0.05}  # PgC, common to all models
_OWN_SHARE: Final = 0.5
_START: Final = 1960
_FIRST_YEAR: Final[dict[str, int]] = {"SDGVM": 1900, "VISIT": 1860}
_OTHER: Final = tuple(name for name in trendy_reader.REGIONS if name not in REGION_SHARES)


def trendy(seed: int = 0, *, models: Iterable[str] | None = None, first_year: int = 1700) -> pd.DataFrame:
    """Simulate the vegetation models.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    models : iterable of str, optional
        Names; by default `coldcarbon.readers.trendy.MODELS`.
    first_year : int
        Earliest year, at most 1960; SDGVM begins in 1900 and VISIT in 1860 at the earliest. All end in 2019.

    Returns
    -------
    pandas.DataFrame
        Columns, types and units of `coldcarbon.readers.trendy.read`, not rounded. Regions and bands add up to the
        globe. YIBs has its season two months late, SDGVM twice the amplitude. ``attrs["truth"]``: ``trends`` (season:
        mean over models, PgC per season and year, north of 30 N, from 1960 on), ``model_trends`` (model: season:
        value), ``model_trend_sd``, ``region_shares``, ``common_sd``, ``own_share``. ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        Without a model, or a first year after 1960.

    Notes
    -----
    A season's trend and anomalies are spread evenly over its months; YIBs' shift moves its climatology only, so that
    planted trends hold for the months of `coldcarbon.readers.seasons.SEASONS` in all models.
    """
    names = list(trendy_reader.MODELS if models is None else models)
    if not names:
        raise ValueError("at least one model is needed")
    if first_year > _START:
        raise ValueError(f"the first year is at most {_START}, not {first_year}")
    rng = np.random.default_rng(seed)
    years = np.arange(first_year, 2020)
    seasons = list(SEASON_TRENDS)
    common = {season: rng.normal(0, _SEASON_SD[season], len(years)) for season in seasons}
    rain = rng.normal(0, 0.8, len(years)) / 12  # the tropics, PgC month-1
    since = np.maximum(years - _START, 0).astype(float)
    parts, slopes = [], {}
    for name in names:
        climate = np.roll(_NORTH, 2) if name == "YIBs" else 2 * _NORTH if name == "SDGVM" else _NORTH
        north = np.tile(climate * rng.normal(1, 0.2), (len(years), 1))
        slopes[name] = {s: SEASON_TRENDS[s] + rng.normal(0, _MODEL_TREND_SD[s]) for s in seasons}
        for season in seasons:
            months = np.array(SEASONS[season]) - 1
            own = rng.normal(0, _OWN_SHARE * _SEASON_SD[season], len(years))
            level = rng.normal(0, _MODEL_MEAN_SD) + slopes[name][season] * since + common[season] + own
            north[:, months] += level[:, None] / len(months)
        tropics = 0.03 + np.repeat(rain + rng.normal(0, 0.02, len(years)), 12) + rng.normal(0, 0.05, len(years) * 12)
        south = rng.normal(0.005, 0.02, len(years) * 12)
        frame = _bands(name, years, north.ravel(), tropics, south)
        parts.append(frame[frame["month"].dt.year >= _FIRST_YEAR.get(name, first_year)])
    result = pd.concat(parts, ignore_index=True)
    result.attrs = {
        "units": dict.fromkeys((*trendy_reader.BANDS, *trendy_reader.REGIONS), "PgC month-1 (positive = uptake)"),
        "source": "simulated",
        "simulated": True,
        "truth": {
            "trends": dict(SEASON_TRENDS),
            "model_trends": slopes,
            "model_trend_sd": dict(_MODEL_TREND_SD),
            "region_shares": dict(REGION_SHARES),
            "common_sd": dict(_SEASON_SD),
            "own_share": _OWN_SHARE,
        },
    }
    return result


def _bands(name: str, years: NDArray[np.int64], north: Floats, tropics: Floats, south: Floats) -> pd.DataFrame:
    months = pd.period_range(f"{years[0]}-01", f"{years[-1]}-12", freq="M")
    columns: dict[str, object] = {
        "model": name,
        "month": months,
        "days": months.days_in_month.to_numpy(),
        "global": north + tropics + south,
        "north_of_30": north,
        "tropics": tropics,
        "south_of_30": south,
    }
    for region in trendy_reader.REGIONS:
        share = REGION_SHARES.get(region)
        columns[region] = north * share if share is not None else (tropics + south) / len(_OTHER)
    return pd.DataFrame(columns)


def carbon_budget(
    seed: int = 0, *, historical: bool = False, trend: float = 0.045, ar1: float = 0.3, imbalance_sd: float = 0.6
) -> pd.DataFrame:
    """Simulate the yearly budget.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    historical : bool
        From 1750 on, else from 1959 on; both end in 2019.
    trend : float
        Trend of the land sink from 1959 on, PgC yr-1 per year.
    ar1 : float
        Correlation of its anomalies from one year to the next.
    imbalance_sd : float
        Standard deviation of what does not close, PgC yr-1.

    Returns
    -------
    pandas.DataFrame
        Columns, index and units of `coldcarbon.readers.carbon_budget.read`; the terms add up. ``attrs["truth"]``:
        ``land_sink_trend``, ``land_sink_1959``, ``ar1``, ``sd``, ``imbalance_sd``. ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        For an ``ar1`` outside -1 to 1.
    """
    if not -1 < ar1 < 1:
        raise ValueError(f"ar1 must lie between -1 and 1, not {ar1:g}")
    rng = np.random.default_rng(seed)
    years = np.arange(1750 if historical else 1959, 2020)
    since = np.maximum(years - 1959, 0)
    start, sd = 1.3, 0.7
    anomaly = np.empty(len(years))
    noise = rng.normal(0, sd, len(years))
    anomaly[0] = noise[0]
    for k in range(1, len(years)):
        anomaly[k] = ar1 * anomaly[k - 1] + np.sqrt(1 - ar1**2) * noise[k]
    frame = pd.DataFrame(
        {
            "fossil_emission": np.where(years < 1959, 2.4 * np.exp(0.025 * (years - 1959)), 2.4 + 0.125 * since),
            "land_use_emission": 1.4 + rng.normal(0, 0.15, len(years)),
            "ocean_sink": 0.9 + 0.028 * since + rng.normal(0, 0.1, len(years)),
            "land_sink": start + trend * since + anomaly,
            "cement_sink": 0.01 + 0.0034 * since,
            "budget_imbalance": rng.normal(0, imbalance_sd, len(years)),
        },
        index=pd.Index(years, name="year"),
    )
    sources = frame["fossil_emission"] + frame["land_use_emission"]
    sinks = frame["ocean_sink"] + frame["land_sink"] + frame["cement_sink"] + frame["budget_imbalance"]
    frame["atmospheric_growth"] = sources - sinks
    frame = frame[list(budget_reader.BUDGET.values())]
    frame["net_land"] = frame["land_sink"] - frame["land_use_emission"]
    frame.attrs = {
        "units": dict.fromkeys(frame.columns, "PgC yr-1"),
        "source": "simulated",
        "simulated": True,
        "left_out": {},
        "truth": {
            "land_sink_trend": trend,
            "land_sink_1959": start,
            "ar1": ar1,
            "sd": sd,
            "imbalance_sd": imbalance_sd,
        },
    }
    return frame


def carbon_budget_models(seed: int = 0, models: pd.DataFrame | None = None) -> pd.DataFrame:
    """Simulate the workbook's vegetation models: the years of `trendy` with land-use emissions taken apart.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    models : pandas.DataFrame, optional
        As `trendy` gives it; by default ``trendy(seed, first_year=1900)``.

    Returns
    -------
    pandas.DataFrame
        Columns and units of `coldcarbon.readers.carbon_budget.read_models`, 1959-2019, names as in the workbook.
        ``net_land`` is the yearly sum of the model's globe, and of the year from July on for ISBA-CTRIP.
        ``attrs["simulated"]`` is True.
    """
    frame = trendy(seed, first_year=1900) if models is None else models
    rng = np.random.default_rng([seed, 2])
    shift = np.where(frame["model"] == "ISBA-CTRIP", 6, 0)
    month = frame["month"].dt.year * 12 + frame["month"].dt.month - 1 + shift
    table = frame["global"].groupby([month // 12, frame["model"].replace(trendy_reader.WORKBOOK_NAMES)]).sum()
    net = table.rename_axis(["year", "model"]).rename("net_land").reset_index()
    net = net[net["year"].between(1959, 2019)].sort_values(["model", "year"], ignore_index=True)
    net["land_use_emission"] = 1.4 + rng.normal(0, 0.2, len(net))
    net["land_sink"] = net["net_land"] + net["land_use_emission"]
    net = net[["year", "model", "land_sink", "land_use_emission", "net_land"]]
    net.attrs = {
        "units": dict.fromkeys(("land_sink", "land_use_emission", "net_land"), "PgC yr-1"),
        "source": "simulated",
        "simulated": True,
        "truth": {"july_years": ["ISBA-CTRIP"]},
    }
    return net


def gistemp(seed: int = 0, *, trend: float = 0.02, amplification: float = 2.5, ar1: float = 0.4) -> pd.DataFrame:
    """Simulate zonal anomalies of temperature.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    trend : float
        Trend of the tropics from 1970 on, K per year.
    amplification : float
        By how much the zone north of 64 N warms faster; zones between lie between.
    ar1 : float
        Correlation of anomalies from one year to the next.

    Returns
    -------
    pandas.DataFrame
        Columns, index (1880-2020) and units of `coldcarbon.readers.gistemp.read`; broad zones follow from narrow ones
        by area. ``attrs["truth"]``: ``trend_by_zone`` (K per year from 1970 on), ``ar1``, ``sd_by_zone``.
        ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        For an ``ar1`` outside -1 to 1.
    """
    if not -1 < ar1 < 1:
        raise ValueError(f"ar1 must lie between -1 and 1, not {ar1:g}")
    rng = np.random.default_rng(seed)
    years = np.arange(1880, 2021)
    since = np.maximum(years - 1970, 0)
    shape = {"64N-90N": 1.0, "44N-64N": 0.5, "24N-44N": 0.2}
    slopes, spreads, columns = {}, {}, {}
    for zone in gistemp_reader.NARROW_ZONES:
        slopes[zone] = trend * (1 + (amplification - 1) * shape.get(zone, 0.0))
        spreads[zone] = 0.1 + 0.3 * shape.get(zone, 0.0)
        noise = rng.normal(0, spreads[zone], len(years))
        for k in range(1, len(years)):
            noise[k] = ar1 * noise[k - 1] + np.sqrt(1 - ar1**2) * noise[k]
        columns[zone] = slopes[zone] * since + noise
    frame = pd.DataFrame(columns, index=pd.Index(years, name="year"))
    broad = {
        "Glob": (-90, 90),
        "NHem": (0, 90),
        "SHem": (-90, 0),
        "24N-90N": (24, 90),
        "24S-24N": (-24, 24),
        "90S-24S": (-90, -24),
    }
    wide = {name: gistemp_reader.band_mean(frame, *edges) for name, edges in broad.items()}
    frame = pd.concat([pd.DataFrame(wide), frame], axis=1)[list(gistemp_reader.COLUMNS)]
    frame -= frame.loc[1951:1980].mean()
    frame.attrs = {
        "units": dict.fromkeys(gistemp_reader.COLUMNS, "degrees Celsius against the mean of 1951-1980"),
        "source": "simulated",
        "simulated": True,
        "truth": {"trend_by_zone": slopes, "ar1": ar1, "sd_by_zone": spreads},
    }
    return frame
