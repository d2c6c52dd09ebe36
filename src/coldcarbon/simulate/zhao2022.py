"""The plateau's thirty sites and three towers with planted CENTURY parameters, in the columns of the readers.

Climate, soil and places are invented along a gradient from a dry west to a wet east; soil carbon and NEP are what the
model makes of them under the planted parameters, with errors as zhao2022 takes them: 30 % of soil carbon, and of NEP
30 % or a floor. Steady soils hold on the average; `relaxation` plants a lasting uptake.

Planted are the posterior means of Opt2 in Table 1. Six of the steppe are lost in our copy of the paper; the middles of
their priors stand in, to run the model, and are named in ``attrs["truth"]``.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon import published
from coldcarbon.century import PARAMETERS, SYMBOLS, Simulator
from coldcarbon.century.inputs import nearest_site, observations, site_climate, sites_of, soil_carbon_density
from coldcarbon.readers import plateau_towers, tibet_transect
from coldcarbon.readers.tibet_transect import GRIDDED_DEPTHS, Transect
from coldcarbon.stats.bioclimate import bioclimatic
from coldcarbon.stats.soil_stock import carbon_density

__all__ = ["N_MEADOW", "N_STEPPE", "PRODUCTION_PER_MM", "planted_parameters", "towers", "transect"]

Floats = NDArray[np.float64]
N_MEADOW: Final = 14
N_STEPPE: Final = 16
PRODUCTION_PER_MM: Final = 0.0024
"""Planted gross production in g C m-2 d-1 per mm of precipitation a year."""
SEED: Final = 2022
NEP_FLOOR: Final = 10.0
RELATIVE_ERROR: Final = 0.3
TOLERANCE: Final = 1e-6
PLACES: Final = {  # latitude, longitude, years
    "CN-Dan": (30.4978, 91.0664, (2004, 2005)),
    "CN-Ha2": (37.6086, 101.3269, (2003, 2004, 2005)),
    "CN-HaM": (37.37, 101.18, (2002, 2003, 2004)),
}
MONTHS: Final = np.arange(1, 13)


def planted_parameters(vegetation: str) -> tuple[Floats, tuple[str, ...]]:
    """Posterior means of Opt2, and which of them are middles of priors because their cells are lost.

    Parameters
    ----------
    vegetation : {"meadow", "steppe"}
        Which calibration.

    Returns
    -------
    values : numpy.ndarray, shape (24,)
        In the order of `coldcarbon.century.PARAMETERS`.
    lost : tuple of str
        Symbols whose printed mean is lost.

    Raises
    ------
    ValueError
        For another vegetation.
    """
    if vegetation not in ("meadow", "steppe"):
        raise ValueError(f"no vegetation {vegetation!r}; there are meadow and steppe")
    printed = published.load_table1()[f"{vegetation[0]}_opt2_mean"].to_numpy(dtype=float)
    middles = np.array([parameter.midpoint for parameter in PARAMETERS])
    lost = np.isnan(printed)
    return np.where(lost, middles, printed), tuple(s for s, gone in zip(SYMBOLS, lost, strict=True) if gone)


def _both(parameters: ArrayLike | None) -> Floats:
    if parameters is None:
        return np.stack([planted_parameters(vegetation)[0] for vegetation in ("meadow", "steppe")])
    values = np.asarray(parameters, dtype=float)
    if values.shape != (2, len(PARAMETERS)):
        raise ValueError(f"parameters of shape {values.shape}; meadow and steppe need (2, {len(PARAMETERS)})")
    return values


def transect(
    seed: int = SEED, *, parameters: ArrayLike | None = None, relative_error: float = RELATIVE_ERROR
) -> Transect:
    """Simulate the thirty sites.

    Parameters
    ----------
    seed : int
        The same seed gives the same sites; give `towers` the same one.
    parameters : array_like, shape (2, 24), optional
        Of meadow and steppe; by default `planted_parameters`.
    relative_error : float
        Standard deviation of the logarithm of soil carbon.

    Returns
    -------
    Transect
        As `coldcarbon.readers.tibet_transect.read`. ``attrs["truth"]`` of both frames: ``parameters``, ``lost``,
        ``relative_error`` and ``soil_carbon_kg_per_m2`` (without error) by site. Density with the defaults of
        `coldcarbon.century.inputs.soil_carbon_density` gives back truth times error.

    Raises
    ------
    ValueError
        For parameters of another shape or outside their priors, and a negative error.
    """
    if not relative_error >= 0:
        raise ValueError(f"relative_error {relative_error} is negative")
    planted = _both(parameters)
    rng = np.random.default_rng(seed)
    n = N_MEADOW + N_STEPPE
    sites = _places(rng, n)
    wet = sites["mean_annual_precipitation_mm"].rank(ascending=False) <= N_MEADOW
    sites.insert(1, "vegetation", np.where(wet, "meadow", "steppe"))
    sites.insert(2, "vegetation_note", np.where(wet, "Alpine meadow: simulated", "Alpine steppe: simulated"))
    sites = _gridded_soil(rng, sites)
    layers = _layers(rng, sites)
    raw = Transect(layers, sites)
    result = Simulator(sites_of(raw), groups=np.where(wet, 0, 1).tolist()).run(planted, tolerance=TOLERANCE)
    density = result.soil_carbon_kg
    target = density * np.exp(rng.normal(0, relative_error, n))
    scale = target / soil_carbon_density(raw).to_numpy()  # density is linear in the layers' carbon
    layers["organic_carbon_percent"] *= np.repeat(scale, 2)
    apart = np.random.default_rng([seed, 1])  # what the model does not use must not move what it does
    layers["nitrogen_percent"] = layers["organic_carbon_percent"] / 9 * np.exp(apart.normal(0, 0.15, 2 * n))
    layers["radiocarbon_per_mille"] += apart.normal(0, 40, 2 * n)
    sites = _with_production(apart, sites)
    truth = {
        "parameters": {v: planted[i].tolist() for i, v in enumerate(("meadow", "steppe"))},
        "lost": list(planted_parameters("steppe")[1]) if parameters is None else [],
        "relative_error": relative_error,
        "soil_carbon_kg_per_m2": dict(zip(sites["site"], density.tolist(), strict=True)),
    }
    layers, sites = layers[list(tibet_transect.LAYER_COLUMNS)], sites[list(tibet_transect.SITE_COLUMNS)]
    for frame in (layers, sites):
        frame.attrs["units"] = {name: unit for name, unit in tibet_transect.UNITS.items() if name in frame}
        frame.attrs["truth"] = truth
    return Transect(layers, sites)


def _places(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Places and climate; the bioclimatic variables are those of the months, the reported means differ a little."""
    east = np.sort(rng.uniform(80.5, 101.5, n))[::-1]
    north = np.clip(32 + (east - 90) * 0.25 + rng.normal(0, 1.2, n), 30, 38)
    places = {name: place for name, (*place, _) in PLACES.items()}
    for row, name in ((0, "CN-HaM"), (1, "CN-Ha2"), (n // 2, "CN-Dan")):  # a site near each tower, as in truth
        north[row], east[row] = np.array(places[name]) + rng.normal(0, 0.05, 2)
    rain = np.clip(120 + 19 * (east - 80) + rng.normal(0, 45, n), 80, 700)
    mean = rng.normal(-0.4, 1.5, n)
    angle = 2 * np.pi * (MONTHS - 7) / 12
    course = mean[:, None] + rng.normal(11.2, 0.6, (n, 1)) * np.cos(angle)
    course += rng.normal(-0.6, 0.3, (n, 1)) * np.cos(2 * angle)
    span = rng.normal(14.2, 0.9, (n, 1)) - rng.normal(2.3, 0.4, (n, 1)) * np.cos(angle)
    mapped = np.clip(0.5 + 0.06 * (east - 80.5), 0.5, 1.05)  # the climate map is too dry in the west
    shape = np.exp(rng.normal(2.0, 0.3, (n, 1)) * np.cos(2 * np.pi * (MONTHS - 7.25) / 12)) + 0.02
    months = shape / shape.sum(axis=1, keepdims=True) * (rain * mapped * rng.normal(1, 0.1, n))[:, None]
    low, high = course - span / 2, course + span / 2
    bio = bioclimatic(low, high, months)
    bio["bio07"] = bio["bio05"] - bio["bio06"]
    bio["bio03"] = 100 * bio["bio02"] / bio["bio07"]
    bio["bio04"] = 100 * course.std(axis=1, ddof=1)
    bio["bio15"] = 100 * months.std(axis=1) / (1 + months.mean(axis=1))
    bio |= {"bio08": bio["bio10"], "bio09": bio["bio11"], "bio18": bio["bio16"], "bio19": bio["bio17"]}
    frame = pd.DataFrame(
        {
            "site": [f"transect-{i:02d}" for i in range(1, n + 1)],
            "latitude_degrees_north": north,
            "longitude_degrees_east": east,
            "mean_annual_temperature_degrees_celsius": mean + rng.normal(0, 0.8, n),
            "mean_annual_precipitation_mm": rain,
            "cru_suspect_temperature_degrees_celsius": mean[::-1] - 1.5,  # in the wrong order, as in truth
            "cru_suspect_precipitation_mm": rain[::-1],
        }
    )
    return frame.assign(**{name: bio[name] for name in tibet_transect.BIOCLIMATE})


def _with_production(rng: np.random.Generator, sites: pd.DataFrame) -> pd.DataFrame:
    """Modelled production and water balance, which follow precipitation; drawn apart from all the rest."""
    rain, n = sites["mean_annual_precipitation_mm"], len(sites)
    return sites.assign(
        gpp_g_C_per_m2_per_day=np.clip(PRODUCTION_PER_MM * rain + rng.normal(0, 0.12, n), 0.1, None),
        potential_evapotranspiration_mm_per_year=np.clip(1550 - 1.1 * rain + rng.normal(0, 80, n), 600, None),
        soil_moisture_mm=np.clip(0.15 * (rain - 240) + rng.normal(0, 12, n), 0.1, None),
    )


def _gridded_soil(rng: np.random.Generator, sites: pd.DataFrame) -> pd.DataFrame:
    n = len(sites)
    density, stones = rng.normal(1.31, 0.08, n), rng.uniform(9, 28, n)
    carbon = 5 * np.exp(rng.normal(1.2, 0.6, n))
    columns = {}
    for depth in GRIDDED_DEPTHS:
        columns[f"gridded_bulk_density_g_per_cm3_{depth}_cm"] = np.round(density + 0.0015 * min(depth, 100), 2)
        columns[f"gridded_coarse_percent_{depth}_cm"] = np.round(stones + 0.05 * min(depth, 100))
        columns[f"gridded_carbon_g_per_kg_{depth}_cm"] = carbon * np.exp(-depth / 40)
        columns[f"gridded_clay_percent_{depth}_cm"] = np.round(16 + 0.02 * depth * np.ones(n))
    carbon, density, stones = (
        (columns[f"{name}_0_cm"] + columns[f"{name}_10_cm"]) / 2
        for name in ("gridded_carbon_g_per_kg", "gridded_bulk_density_g_per_cm3", "gridded_coarse_percent")
    )
    stock = carbon_density(carbon, density, 10, stones)
    return sites.assign(**columns, gridded_carbon_stock_0_10_cm_kg_per_m2=np.round(stock))


def _layers(rng: np.random.Generator, sites: pd.DataFrame) -> pd.DataFrame:
    n = len(sites)
    sand = np.clip(rng.normal(70, 12, n), 40, 95)
    clay = np.clip(rng.normal(0.16, 0.03, n), 0.05, 0.3) * (100 - sand)
    ratio = np.exp(rng.normal(-0.75, 0.35, n))  # carbon of the lower layer over that of the upper
    both = np.repeat(np.arange(n), 2)
    lower = np.tile([False, True], n)
    return pd.DataFrame(
        {
            "site": sites["site"].to_numpy()[both],
            "vegetation": sites["vegetation"].to_numpy()[both],
            "top_cm": np.where(lower, 30.0, 0.0),
            "bottom_cm": np.where(lower, 50.0, 10.0),
            "year": 2013.0,
            "sand_percent": sand[both],
            "silt_percent": 100 - sand[both] - clay[both],
            "clay_percent": clay[both],
            "organic_carbon_percent": np.where(lower, ratio[both], 1.0),
            "nitrogen_percent": np.nan,
            "radiocarbon_per_mille": np.where(lower, -260.0, 0.0),
            "ph": np.nan,
            "organic_carbon_calculated": lower,
        }
    )


def towers(
    seed: int = SEED,
    *,
    parameters: ArrayLike | None = None,
    nep_floor: float = NEP_FLOOR,
    relaxation: float = 1.0,
    sites: Transect | None = None,
) -> pd.DataFrame:
    """Simulate the months of the three towers.

    Parameters
    ----------
    seed : int
        The same seed gives the same months.
    parameters : array_like, shape (2, 24), optional
        As in `transect`.
    nep_floor : float
        Least standard deviation of the error of a month, g C m-2 month-1.
    relaxation : float
        Soil organic matter over that of the steady state; below 1 the soil takes up carbon.
    sites : Transect, optional
        Whose soil and climate the towers stand in; by default those of `transect` with this seed.

    Returns
    -------
    pandas.DataFrame
        As `coldcarbon.readers.plateau_towers.read`; ``attrs["truth"]``: ``parameters``, ``relaxation``, ``nep_floor``
        and ``nep`` (without error, in the order of the rows).

    Raises
    ------
    ValueError
        For parameters of another shape or outside their priors.
    """
    planted = _both(parameters)
    there = transect(seed, parameters=parameters) if sites is None else sites
    rng = np.random.default_rng([seed, 1])
    frame = pd.concat([_months(rng, name, there) for name in PLACES], ignore_index=True)
    frame = frame[list(plateau_towers.COLUMNS)]
    whole = observations("both", there, frame)
    simulator = Simulator(whole.sites, whole.weather, groups=whole.groups.tolist())
    truth = whole.nep_of(simulator.run(planted, tolerance=TOLERANCE, relaxation=relaxation))
    value = truth + rng.normal(size=len(truth)) * np.maximum(RELATIVE_ERROR * np.abs(truth), nep_floor)
    band = rng.uniform(0, 2, len(truth))
    frame["nep_g_C_per_m2_per_month"] = value
    frame["nep_threshold_25_g_C_per_m2_per_month"] = value - band
    frame["nep_threshold_75_g_C_per_m2_per_month"] = value + band
    frozen = frame["air_temperature_degrees_celsius"] < plateau_towers.FROZEN
    frame["winter_uptake"] = np.asarray(frozen & (frame["nep_g_C_per_m2_per_month"] > 0))
    frame.attrs["units"] = dict(plateau_towers.UNITS)
    frame.attrs["truth"] = {
        "parameters": {v: planted[i].tolist() for i, v in enumerate(("meadow", "steppe"))},
        "relaxation": relaxation,
        "nep_floor": nep_floor,
        "nep": truth.tolist(),
    }
    return frame


def _months(rng: np.random.Generator, name: str, there: Transect) -> pd.DataFrame:
    """Weather and quality of one tower, its flux still empty."""
    north, east, years = PLACES[name]
    low, high, rain = site_climate(there.sites)
    place = int(nearest_site(north, east, there.sites)[0][0])
    length = 12 * len(years)
    time = pd.period_range(f"{years[0]}-01", periods=length, freq="M")
    mean = np.tile((low[place] + high[place]) / 2, len(years)) + rng.normal(0, 1.2, length)
    doubtful = np.asarray((time.year == 2004) & (time.month >= 4) & (name == "CN-HaM"))
    return pd.DataFrame(
        {
            "site": name,
            "vegetation": plateau_towers.TOWERS[name],
            "latitude_degrees_north": north,
            "longitude_degrees_east": east,
            "year": time.year,
            "month": time.month,
            "days": time.days_in_month,
            "nep_g_C_per_m2_per_month": 0.0,
            "nep_threshold_25_g_C_per_m2_per_month": 0.0,
            "nep_threshold_75_g_C_per_m2_per_month": 0.0,
            "nep_quality": np.where(doubtful, 1.0, rng.beta(12, 1, length)),
            "respiration_night_g_C_per_m2_per_month": 10 * np.exp(0.1 * mean) * np.where(doubtful, 0.25, 1.0),
            "air_temperature_degrees_celsius": mean,
            "air_temperature_quality": np.where(doubtful, 0.0, 1.0),
            "precipitation_mm_per_month": np.tile(rain[place], len(years)) * rng.lognormal(-0.06, 0.35, length),
            "doubtful": doubtful,
            "winter_uptake": False,
        }
    )
