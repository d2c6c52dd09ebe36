"""Eddy-covariance towers with a planted truth: sensitivities to temperature, trends, site effects, permafrost.

`fluxnet` makes what `coldcarbon.readers.fluxnet2015.read` gives, `abcflux` what `coldcarbon.readers.abcflux.read`, with
the same towers in it, and `davos` what `coldcarbon.readers.davos_flux.read`. The planted values are round numbers of
the usual order, chosen here; none is estimated from the data sets.

A tower has its own mean season. Around it, GPP and TER of a season move with the anomaly of spring temperature (May
and June alike), of the late season's own temperature (September and October alike), of radiation and soil water, and
with the year; uptake is GPP minus TER. The towers' means move with their climate as well, in another way
(``between_gamma``): whoever pools towers without site effects finds a mixture of the two.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.readers import abcflux as abcflux_reader
from coldcarbon.readers import davos_flux as davos_reader
from coldcarbon.readers import fluxnet2015 as fluxnet_reader

__all__ = ["PATHS", "abcflux", "davos", "fluxnet"]

Floats = NDArray[np.float64]

PATHS: Final[dict[str, dict[str, dict[str, tuple[float, float]]]]] = {
    "EGS": {
        "gpp": {"spring": (0.16, 0.14), "radiation": (0.010, 0.010), "water": (0.03, 0.03), "year": (0.030, 0.010)},
        "ter": {"spring": (0.06, 0.09), "radiation": (0.0, 0.0), "water": (0.02, 0.02), "year": (0.010, 0.005)},
    },
    "LGS": {
        "gpp": {"spring": (0.01, 0.01), "own": (0.06, 0.03), "radiation": (0.006, 0.006), "year": (0.004, 0.002)},
        "ter": {"spring": (0.03, 0.07), "own": (0.04, 0.09), "radiation": (0.0, 0.0), "year": (0.009, 0.006)},
    },
}
"""Planted slopes by season and flux for towers on permafrost and others: g C m-2 d-1 per K, W m-2, % and year."""

_PERMAFROST_SHARE: Final = 0.4
_LAST_YEAR: Final = 2014
_SPRING_SD: Final = 1.4  # K, between years
_OWN_SD: Final = 1.3
_RADIATION_SD: Final = 12.0  # W m-2
_WATER_SD: Final = 3.0  # %
_RESIDUAL_SD: Final = 0.25  # g C m-2 d-1 of GPP and of TER, season by season
_MONTH_SD: Final = 0.10
_SITE_SD: Final = 0.5  # g C m-2 d-1 of uptake, what climate does not explain
_BETWEEN_GAMMA: Final = 0.02  # g C m-2 d-1 per K of a tower's mean spring
_WARMING: Final = 0.03  # K per year
_SHAPE: Final = np.array([0.0, 0.0, 0.02, 0.12, 0.55, 0.95, 1.0, 0.8, 0.4, 0.12, 0.01, 0.0])  # GPP by month
_EGS: Final = (4, 5, 6, 7)
_LGS: Final = (8, 9)


def _sites(rng: np.random.Generator, n_sites: int) -> pd.DataFrame:
    permafrost = rng.random(n_sites) < _PERMAFROST_SHARE
    permafrost[:2] = (True, False)  # both are there, however few towers
    latitude = np.where(permafrost, rng.uniform(62, 74, n_sites), rng.uniform(50, 63, n_sites)).round(3)
    names = [f"SM-{chr(65 + k // 100)}{k % 100:02d}" for k in range(n_sites)]
    vegetation = np.where(permafrost, rng.choice(["WET", "OSH", "GRA"], n_sites), rng.choice(["ENF", "DBF"], n_sites))
    return pd.DataFrame(
        {
            "site": names,
            "site_name": [f"Simulated tower {k + 1}" for k in range(n_sites)],
            "latitude_degrees_north": latitude,
            "longitude_degrees_east": rng.uniform(-170, 170, n_sites).round(3),
            "elevation_m": rng.uniform(0, 500, n_sites).round(),
            "igbp": vegetation,
            "licence": "CC-BY-4.0",
            "permafrost": permafrost,
            "years": rng.integers(3, 20, n_sites),
            "spring_mean": 22.0 - 0.25 * latitude + rng.normal(0, 1, n_sites),
            "summer_gpp": np.where(permafrost, 4.0, 8.0) + rng.normal(0, 1, n_sites),
        }
    )


def fluxnet(seed: int = 0, n_sites: int = 48, *, filled: float = 0.25) -> pd.DataFrame:
    """Simulate the monthly files of towers.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    n_sites : int
        Towers, at least two, of 3 to 19 years that end in 2014.
    filled : float
        Mean share of half-hours that were filled; of the simulated fluxes it changes nothing.

    Returns
    -------
    pandas.DataFrame
        Columns, types and units of `coldcarbon.readers.fluxnet2015.read`. ``attrs["truth"]`` holds ``gamma`` (by
        ``EGS_spring``, ``LGS_spring``, ``LGS_own``: permafrost, other; g C m-2 d-1 K-1 of uptake within a tower),
        ``paths`` (`PATHS`), ``trend`` (season: permafrost, other; g C m-2 d-1 yr-1 of uptake at constant climate),
        ``between_gamma``, ``site_sd``, ``residual_sd``, ``warming_K_per_year`` and ``permafrost_sites``.
        ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        For fewer than two towers or a share outside 0 to 1.
    """
    if n_sites < 2:
        raise ValueError("a comparison needs at least two towers")
    if not 0 <= filled < 1:
        raise ValueError(f"filled lies between 0 and 1, not {filled:g}")
    rng = np.random.default_rng(seed)
    sites = _sites(rng, n_sites)
    centre = float(sites["spring_mean"].mean())
    parts = [_tower(rng, site, centre, filled) for _, site in sites.iterrows()]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    rows = np.repeat(np.arange(n_sites), [len(part["year"]) for part in parts])
    described = sites.drop(columns=["permafrost", "years", "spring_mean", "summer_gpp"]).iloc[rows]
    frame = pd.concat([described.reset_index(drop=True), pd.DataFrame(columns)], axis=1)
    frame = fluxnet_reader.add_derived(frame)[list(fluxnet_reader.COLUMNS)]

    def net(season: str, driver: str) -> dict[str, float]:
        gpp, ter = (PATHS[season][flux][driver] for flux in ("gpp", "ter"))
        return {"permafrost": gpp[0] - ter[0], "other": gpp[1] - ter[1]}

    frame.attrs = {
        "units": dict(fluxnet_reader.UNITS),
        "source": "simulated",
        "simulated": True,
        "truth": {
            "gamma": {
                "EGS_spring": net("EGS", "spring"),
                "LGS_spring": net("LGS", "spring"),
                "LGS_own": net("LGS", "own"),
            },
            "paths": PATHS,
            "trend": {season: net(season, "year") for season in PATHS},
            "between_gamma": _BETWEEN_GAMMA,
            "site_sd": _SITE_SD,
            "residual_sd": _RESIDUAL_SD,
            "warming_K_per_year": _WARMING,
            "permafrost_sites": sites.loc[sites["permafrost"], "site"].tolist(),
        },
    }
    return frame


def _tower(rng: np.random.Generator, site: pd.Series, centre: float, filled: float) -> dict[str, Floats]:
    """Months of one tower without the derived columns and those of the site."""
    years = np.arange(_LAST_YEAR - int(site["years"]) + 1, _LAST_YEAR + 1)
    n = len(years)
    kind = 0 if site["permafrost"] else 1
    since = (years - 2005).astype(float)
    drivers = {
        "spring": rng.normal(0, _SPRING_SD, n) + _WARMING * since,
        "own": rng.normal(0, _OWN_SD, n) + _WARMING * since,
        "radiation": rng.normal(0, _RADIATION_SD, n),
        "water": rng.normal(0, _WATER_SD, n),
        "year": since,
    }
    offset = _BETWEEN_GAMMA * (site["spring_mean"] - centre) + rng.normal(0, _SITE_SD)
    gpp = np.tile(_SHAPE * site["summer_gpp"], (n, 1))
    ter = 0.3 + 0.75 * gpp
    for season, places in (("EGS", _EGS), ("LGS", _LGS)):
        for flux, grid in (("gpp", gpp), ("ter", ter)):
            move = sum(slopes[kind] * drivers[name] for name, slopes in PATHS[season][flux].items())
            grid[:, places] += np.asarray(move + rng.normal(0, _RESIDUAL_SD, n))[:, None]
    gpp[:, _EGS] += offset
    gpp += rng.normal(0, _MONTH_SD, gpp.shape) * (_SHAPE > 0.05)
    ter += np.abs(rng.normal(0, _MONTH_SD, ter.shape))
    climate = site["spring_mean"] - 12.0 + 20.0 * np.sin((np.arange(12) - 3.6) / 12 * 2 * np.pi)
    temperature = np.tile(climate, (n, 1)) + rng.normal(0, 1.0, (n, 12))
    # spring is May and June, the late season September and October: their anomalies are those planted
    temperature[:, [4, 5]] = climate[[4, 5]] + drivers["spring"][:, None]
    temperature[:, [6, 7]] += 0.5 * drivers["spring"][:, None]
    temperature[:, _LGS] = climate[list(_LGS)] + drivers["own"][:, None]
    radiation = np.tile(110 - 90 * np.cos((np.arange(12) + 0.4) / 12 * 2 * np.pi), (n, 1))
    radiation[:, 4:10] += drivers["radiation"][:, None]
    water = np.clip(30.0 + drivers["water"][:, None] + rng.normal(0, 0.3, (n, 12)), 1, 99)
    months = pd.period_range(f"{years[0]}-01", f"{years[-1]}-12", freq="M")
    size = gpp.size
    day_gpp = np.maximum(gpp.ravel() + rng.normal(0, 0.2, size), 0)
    day_ter = np.maximum(ter.ravel() + rng.normal(0, 0.2, size), 0)
    uptake = (gpp - ter).ravel()
    spread = np.abs(rng.normal(0.1, 0.03, size))
    quality = np.clip(rng.normal(1 - filled, 0.15, size), 0, 1)

    def steady() -> Floats:
        return np.clip(rng.normal(0.95, 0.05, size), 0, 1)

    return {
        "year": months.year.to_numpy(),
        "month": months.month.to_numpy(),
        "days": months.days_in_month.to_numpy(),
        "uptake_g_C_per_m2_per_day": uptake,
        "uptake_quality": quality,
        "uptake_random_uncertainty_g_C_per_m2_per_day": spread / 2,
        "uptake_threshold_75_g_C_per_m2_per_day": uptake + spread,
        "uptake_threshold_25_g_C_per_m2_per_day": uptake - spread,
        "gpp_night_g_C_per_m2_per_day": gpp.ravel(),
        "gpp_day_g_C_per_m2_per_day": day_gpp,
        "ter_night_g_C_per_m2_per_day": ter.ravel(),
        "ter_day_g_C_per_m2_per_day": day_ter,
        "air_temperature_degrees_celsius": temperature.ravel(),
        "air_temperature_quality": steady(),
        "shortwave_W_per_m2": radiation.ravel(),
        "shortwave_quality": steady(),
        "ppfd_umol_per_m2_per_s": radiation.ravel() * 2.02,
        "ppfd_quality": steady(),
        "precipitation_mm_per_day": rng.gamma(2.0, 0.8, size),
        "precipitation_quality": steady(),
        "vapour_pressure_deficit_hPa": rng.gamma(2.0, 1.5, size),
        "soil_temperature_degrees_celsius": 0.6 * temperature.ravel() + 1,
        "soil_temperature_quality": steady(),
        "soil_water_percent": water.ravel(),
        "soil_water_quality": steady(),
    }


def abcflux(seed: int = 0, towers: pd.DataFrame | None = None) -> pd.DataFrame:
    """Simulate ABCflux: the same towers with both partitionings, some of them again from a contributor.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    towers : pandas.DataFrame, optional
        As `fluxnet` gives it; by default ``fluxnet(seed)``.

    Returns
    -------
    pandas.DataFrame
        Columns and units of `coldcarbon.readers.abcflux.read`. Every third tower stands there again, from a contributor
        with NEE of his own (a difference of 5 g C m-2 month-1, standard deviation) and GPP of the other sign.
        ``attrs["truth"]``: that of the towers, ``contributed_sites`` and ``reported`` (towers whose permafrost is
        given: all but every fifth). ``attrs["simulated"]`` is True.
    """
    frame = fluxnet(seed) if towers is None else towers
    rng = np.random.default_rng([seed, 1])
    truth = frame.attrs["truth"]
    on_permafrost = set(truth["permafrost_sites"])
    sites = frame["site"].drop_duplicates().tolist()
    silent, contributed = set(sites[4::5]), sites[::3]
    base = pd.DataFrame(
        {
            "site_name": frame["site_name"],
            "site_reference": frame["site"],
            "site_id": pd.Series(pd.NA, index=frame.index, dtype="str"),
            "country": "Nowhere",
            "biome": np.where(frame["site"].isin(on_permafrost), "Tundra", "Boreal"),
            "land_cover": np.where(frame["site"].isin(on_permafrost), "Wet tundra", "Boreal forest"),
            "permafrost_in_file": frame["site"].map(
                {site: None if site in silent else "Yes" if site in on_permafrost else "No" for site in sites}
            ),
            "disturbance": "No",
            "flux_method": "EC",
            "partition_method": "Reichstein",
            "data_usage": "Tier 1",
            "source": "Fluxnet2015",
            "latitude_degrees_north": frame["latitude_degrees_north"],
            "longitude_degrees_east": frame["longitude_degrees_east"],
            "year": frame["year"].astype("Int64"),
            "month": frame["month"].astype("Int64"),
            "uptake_g_C_per_m2_per_month": frame["uptake_g_C_per_m2_per_month"],
            "gpp_g_C_per_m2_per_month": frame["gpp_night_g_C_per_m2_per_month"],
            "ter_g_C_per_m2_per_month": frame["ter_night_g_C_per_m2_per_month"],
            "air_temperature_degrees_celsius": frame["air_temperature_degrees_celsius"],
            "soil_temperature_degrees_celsius": frame["soil_temperature_degrees_celsius"],
            "precipitation_mm_per_month": frame["precipitation_mm_per_month"],
            "ppfd_umol_per_m2_per_s": frame["ppfd_umol_per_m2_per_s"],
            "soil_moisture_as_given": frame["soil_water_percent"],
            "gap_filled_percent": 100 * (1 - frame["uptake_quality"]),
        }
    )
    day_time = base.assign(
        partition_method="Lasslop",
        gpp_g_C_per_m2_per_month=frame["gpp_day_g_C_per_m2_per_month"],
        ter_g_C_per_m2_per_month=frame["ter_day_g_C_per_m2_per_month"],
    )
    own = base[frame["site"].isin(contributed)].assign(source="User-contributed")
    own["uptake_g_C_per_m2_per_month"] += rng.normal(0, 5, len(own))
    own["gpp_g_C_per_m2_per_month"] *= -1  # the other sign, to be turned by the reader's rule
    records = pd.concat([base, day_time, own], ignore_index=True)
    records.insert(0, "line", np.arange(2, len(records) + 2))
    records = abcflux_reader.flag_records(records)
    records.attrs = {
        "units": dict(abcflux_reader.UNITS),
        "source": "simulated",
        "simulated": True,
        "left_out": {},
        "not_numbers": {},
        "truth": {**truth, "contributed_sites": contributed, "reported": [s for s in sites if s not in silent]},
    }
    return records


def davos(seed: int = 0, *, first_year: int = 2013, years: int = 10) -> pd.DataFrame:
    """Simulate the half-hours of one tower: light response, respiration, noise, and gaps that are filled with truth.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    first_year, years : int
        Calendar years, at least one.

    Returns
    -------
    pandas.DataFrame
        Columns, index and units of `coldcarbon.readers.davos_flux.read`. ``attrs["truth"]``: ``amax`` and ``alpha`` of
        GPP = alpha Q amax / (alpha Q + amax) for photons Q (umol m-2 s-1), ``r10`` and ``q10`` of
        TER = r10 q10^((T - 10) / 10), ``noise_sd`` of measured NEE, ``threshold_bias`` (by which low and high
        threshold move uptake at night), ``annual_uptake_g_C`` (year: true sum). ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        Without a year.
    """
    if years < 1:
        raise ValueError("at least one year is needed")
    rng = np.random.default_rng(seed)
    amax, alpha, r10, q10, noise = 18.0, 0.04, 2.2, 1.9, 2.0
    time = pd.date_range(
        f"{first_year}-01-01 00:15", f"{first_year + years - 1}-12-31 23:45", freq="30min", name="time"
    )
    day = time.day_of_year.to_numpy() / 365.25 * 2 * np.pi
    hour = (time.hour.to_numpy() + time.minute.to_numpy() / 60 - 12) / 24 * 2 * np.pi
    weather = np.repeat(rng.normal(0, 1, len(time) // 48), 48)
    temperature = 4.7 - 8.5 * np.cos(day - 0.4) + 3 * np.cos(hour - 0.6) + 3.0 * weather
    sun = np.maximum(np.cos(hour) * (0.75 - 0.25 * np.cos(day)) - 0.25 - 0.25 * np.cos(day), 0)
    shortwave = 900 * sun * np.clip(1 + 0.25 * weather, 0.2, 1.3)
    photons = 2.02 * shortwave
    active = 1 / (1 + np.exp(-(temperature - 1)))
    gpp = active * alpha * photons * amax / (alpha * photons + amax)
    ter = r10 * q10 ** ((temperature - 10) / 10)
    uptake = gpp - ter
    measured = rng.random(len(time)) < np.where(shortwave > 20, 0.6, 0.11)
    observed = uptake + rng.normal(0, noise, len(time))
    filled = np.where(measured, observed, uptake)
    night = shortwave <= 20
    bias = 0.3
    frame = pd.DataFrame(
        {
            "uptake_umol_per_m2_per_s": filled,
            "uptake_measured_umol_per_m2_per_s": np.where(measured, observed, np.nan),
            "uptake_low_threshold_umol_per_m2_per_s": filled + bias * night,
            "uptake_high_threshold_umol_per_m2_per_s": filled - bias * night,
            "uptake_quality_flag": np.where(measured, rng.integers(0, 2, len(time)), 2.0),
            "gpp_night_umol_per_m2_per_s": filled + ter,
            "gpp_day_umol_per_m2_per_s": gpp,
            "ter_night_umol_per_m2_per_s": ter,
            "ter_day_umol_per_m2_per_s": ter,
            "air_temperature_degrees_celsius": temperature,
            "shortwave_W_per_m2": shortwave,
            "ppfd_umol_per_m2_per_s": photons,
            "vapour_pressure_deficit_hPa": np.maximum(3 + 2 * weather + 4 * sun, 0),
            "precipitation_mm": np.where(weather < -0.8, rng.exponential(0.25, len(time)), 0.0),
            "soil_water_percent": np.clip(25 + np.repeat(rng.normal(0, 2, len(time) // 48), 48), 5, 60),
        },
        index=time,
    )
    frame["measured"] = measured
    sums = pd.Series(uptake * davos_reader.GRAMS_PER_HALF_HOUR).groupby(time.year.to_numpy()).sum()
    frame = frame[list(davos_reader.COLUMNS)]
    frame.attrs = {
        "units": dict(davos_reader.UNITS),
        "source": "simulated",
        "simulated": True,
        "latitude_degrees_north": 46.8,
        "truth": {
            "amax": amax,
            "alpha": alpha,
            "r10": r10,
            "q10": q10,
            "noise_sd": noise,
            "threshold_bias": bias,
            "annual_uptake_g_C": dict(zip(sums.index.tolist(), sums.tolist(), strict=True)),
        },
    }
    return frame
