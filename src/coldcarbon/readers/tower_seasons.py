"""Months of towers into seasons: one row per tower and year, fluxes as sums and drivers as means."""

from __future__ import annotations

from typing import Final, Literal, get_args

import numpy as np
import pandas as pd

from coldcarbon.readers.seasons import SEASONS

__all__ = ["UNITS", "tower_seasons"]

Partition = Literal["mean", "night", "day"]
UNITS: Final[dict[str, str]] = {
    **dict.fromkeys(("gpp", "ter", "uptake"), "g C m-2 per season"),
    "temperature": "degrees Celsius",
    "light": "umol m-2 s-1 (photosynthetically active photons)",
    "shortwave": "W m-2",
    "water": "% of volume",
    "least_quality": "least share of half-hours of a month that were measured or filled with high quality",
}
_DRIVERS: Final = {
    "temperature": "air_temperature_degrees_celsius",
    "light": "ppfd_umol_per_m2_per_s",
    "shortwave": "shortwave_W_per_m2",
    "water": "soil_water_percent",
}


def tower_seasons(months: pd.DataFrame, season: str, *, partition: Partition = "mean") -> pd.DataFrame:
    """Add up fluxes and average drivers over a season.

    Parameters
    ----------
    months : pandas.DataFrame
        As `coldcarbon.readers.fluxnet2015.read` gives it.
    season : str
        A key of `coldcarbon.readers.seasons.SEASONS`, within one calendar year.
    partition : {"mean", "night", "day"}
        GPP and TER of both methods on average, of the night-time or of the day-time method.

    Returns
    -------
    pandas.DataFrame
        Index ``site``, ``year``; columns `UNITS`. Uptake is positive. A value is missing where a month of the season
        lacks it or carries the mark of a fill by one constant (fluxes: ``uptake_constant``, ``partition_constant``;
        water: ``soil_water_constant``). Drivers are means weighted by the days of the months.

    Raises
    ------
    ValueError
        For an unknown season or partition, or a tower with a month twice.
    """
    if season not in SEASONS:
        raise ValueError(f"season must be one of {', '.join(SEASONS)}, not {season!r}")
    if partition not in get_args(Partition):
        raise ValueError(f"partition must be one of {', '.join(get_args(Partition))}, not {partition!r}")
    inside = months[months["month"].isin(SEASONS[season])]
    if inside.duplicated(["site", "year", "month"]).any():
        raise ValueError("a tower has a month twice")
    part = "" if partition == "mean" else f"_{partition}"
    days = inside["days"].astype(float)
    columns = {name: inside[f"{name}{part}_g_C_per_m2_per_month"] for name in ("gpp", "ter")}
    columns = {name: flux.mask(inside["partition_constant"]) for name, flux in columns.items()}
    columns["uptake"] = inside["uptake_g_C_per_m2_per_month"].mask(inside["uptake_constant"])
    for name, source in _DRIVERS.items():
        values = inside[source].mask(inside["soil_water_constant"]) if name == "water" else inside[source]
        columns[name] = values * days
    frame = pd.DataFrame({"site": inside["site"], "year": inside["year"], "days": days, **columns})
    groups = frame.groupby(["site", "year"])
    complete = len(SEASONS[season])
    table = groups[list(columns)].sum(min_count=complete)
    length = groups["days"].sum()
    for name in _DRIVERS:
        table[name] = table[name] / length
    quality = inside["uptake_quality"].groupby([inside["site"], inside["year"]])
    table["least_quality"] = np.where(quality.count() == complete, quality.min(), np.nan)
    table.attrs["units"] = dict(UNITS)
    return table
