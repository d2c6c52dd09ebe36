"""What the model is calibrated on: real sites, their weather, soil carbon and net ecosystem production.

Thirty plateau sites give soil organic carbon density 0-30 cm (kg m-2), three towers give monthly net ecosystem
production (g C m-2 month-1, uptake positive). Months of a tower are not independent, nor are sites of one plateau.

Choices, each open to a caller:

- *soil carbon*: layers 0-10 and 30-50 cm through the equal-area spline, gridded bulk density and coarse fragments;
- *climate of a site*: twelve months from WorldClim's bioclimatic variables, moved to the reported annual temperature
  and scaled to the reported annual precipitation;
- *climate of a tower*: the mean year of its own months; the daily range, which the files lack, and the texture come
  from the nearest transect site (5 km from CN-Dan, 8 km from CN-Ha2, 26 km from CN-HaM);
- *soil the files lack*: pH 7.5 and 3 % of organic matter for the water held, the defaults of `Sites`. Measured carbon
  does not enter the model's soil: it is what the model shall predict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.century.simulator import Result
from coldcarbon.century.sites import Sites, Weather
from coldcarbon.readers import plateau_towers, tibet_transect
from coldcarbon.readers.tibet_transect import GRIDDED_DEPTHS, Transect
from coldcarbon.stats.bioclimate import monthly_precipitation, monthly_temperature
from coldcarbon.stats.equal_area_spline import equal_area_spline
from coldcarbon.stats.soil_stock import bulk_density as pedotransfer
from coldcarbon.stats.soil_stock import carbon_density, exponential_mean

__all__ = [
    "DEPTH_CM",
    "Observations",
    "gridded_soil_carbon",
    "nearest_site",
    "observations",
    "site_climate",
    "sites_of",
    "soil_carbon_density",
    "tower_weather",
]

Floats = NDArray[np.float64]
Profile = Literal["spline", "linear", "exponential", "constant"]
Density = Literal["gridded", "adams", "grassland"]
DEPTH_CM: Final = 30.0
RELATIVE_ERROR: Final = 0.3
NEP_FLOOR: Final = 10.0
EARTH_KM: Final = 6371.0088


# -- soil carbon


def soil_carbon_density(
    transect: Transect,
    *,
    profile: Profile = "spline",
    bulk_density: Density = "gridded",
    gravel: bool = True,
    together: bool = False,
    depth_cm: float = DEPTH_CM,
    smoothing: float = 0.1,
) -> pd.Series:
    """Soil organic carbon from the surface to a depth.

    Parameters
    ----------
    transect : Transect
        Two layers per site.
    profile : {"spline", "linear", "exponential", "constant"}
        What holds between the layers: the equal-area spline, straight lines through the middles of the layers, an
        exponential curve with their means, or the upper layer's mean throughout.
    bulk_density : {"gridded", "adams", "grassland"}
        Gridded, or from the carbon of each layer (`coldcarbon.stats.soil_stock.bulk_density`).
    gravel : bool
        Whether coarse fragments are taken off.
    together : bool
        Curve through the density of carbon of each layer, instead of curves through its factors, multiplied.
    depth_cm : float
        Lower end, within the layers.
    smoothing : float
        Of the spline, cm.

    Returns
    -------
    pandas.Series
        kg C m-2, indexed by site.

    Raises
    ------
    ValueError
        If the sites do not have the same two layers, or for an unknown choice.
    """
    top, bottom, carbon = _two_layers(transect)
    sites = transect.sites
    if bulk_density == "gridded":
        densities = _gridded(sites, "gridded_bulk_density_g_per_cm3", top, bottom)
        whole = _gridded(sites, "gridded_bulk_density_g_per_cm3", [0.0], [depth_cm])[:, 0]
    else:
        densities = pedotransfer(carbon, bulk_density)
        whole = _through(profile, top, bottom, densities, depth_cm, smoothing)
    coarse, stones = np.zeros_like(carbon), np.zeros(len(sites))
    if gravel:
        coarse = _gridded(sites, "gridded_coarse_percent", top, bottom)
        stones = _gridded(sites, "gridded_coarse_percent", [0.0], [depth_cm])[:, 0]
    if together:
        per_layer = carbon_density(10 * carbon, densities, bottom - top, coarse) / (bottom - top)
        values = _through(profile, top, bottom, per_layer, depth_cm, smoothing) * depth_cm
    else:
        mean = _through(profile, top, bottom, carbon, depth_cm, smoothing)
        values = carbon_density(10 * mean, whole, depth_cm, stones)
    return pd.Series(values, index=pd.Index(sites["site"], name="site"), name="soil_carbon_kg_per_m2")


def gridded_soil_carbon(transect: Transect, depth_cm: float = DEPTH_CM) -> pd.Series:
    """Soil organic carbon that a global grid (SoilGrids) has at the sites, from the surface to a depth.

    Its carbon, bulk density and coarse fragments, each with straight lines between the depths that are given.

    Parameters
    ----------
    transect : Transect
        Sites.
    depth_cm : float
        Lower end.

    Returns
    -------
    pandas.Series
        kg C m-2, indexed by site.
    """
    names = ("gridded_carbon_g_per_kg", "gridded_bulk_density_g_per_cm3", "gridded_coarse_percent")
    carbon, density, stones = (_gridded(transect.sites, name, [0.0], [depth_cm])[:, 0] for name in names)
    values = carbon_density(carbon, density, depth_cm, stones)
    return pd.Series(values, index=pd.Index(transect.sites["site"], name="site"), name="soil_carbon_kg_per_m2")


def _two_layers(transect: Transect) -> tuple[Floats, Floats, Floats]:
    """Top and bottom of the two layers (cm) and their organic carbon (%, shape sites x 2)."""
    layers = transect.layers.sort_values(["site", "top_cm"])
    depths = layers.groupby("site")[["top_cm", "bottom_cm"]].agg(tuple).drop_duplicates()
    if len(depths) != 1 or len(depths["top_cm"].iloc[0]) != 2:
        raise ValueError("the sites do not have the same two layers")
    top, bottom = (np.array(depths[name].iloc[0], dtype=float) for name in ("top_cm", "bottom_cm"))
    carbon = layers["organic_carbon_percent"].to_numpy(dtype=float).reshape(-1, 2)
    order = pd.Index(layers["site"].unique()).get_indexer(pd.Index(transect.sites["site"]))
    if (order < 0).any():
        raise ValueError(f"site {transect.sites['site'][int(np.argmin(order))]!r} has no layers")
    missing = np.isnan(carbon).any(axis=1)
    if missing.any():
        raise ValueError(f"site {layers['site'].unique()[int(np.argmax(missing))]!r}: organic carbon is missing")
    return top, bottom, carbon[order]


def _through(
    profile: Profile, top: Floats, bottom: Floats, values: Floats, depth_cm: float, smoothing: float
) -> Floats:
    """Mean from 0 to the depth of the curve through two layer means, shape (sites,)."""
    if profile == "spline":
        return equal_area_spline(top, bottom, values, smoothing).mean(0.0, depth_cm)
    if profile == "exponential":
        return exponential_mean((top[0], bottom[0]), (top[1], bottom[1]), values[:, 0], values[:, 1], (0.0, depth_cm))
    if profile == "constant":
        return values[:, 0]
    if profile == "linear":
        middles, fine = (top + bottom) / 2, (np.arange(3000) + 0.5) * depth_cm / 3000
        share = np.interp(fine, middles, [0.0, 1.0]).mean()
        return np.asarray(values[:, 0] * (1 - share) + values[:, 1] * share)
    raise ValueError(f"no profile {profile!r}; there are spline, linear, exponential and constant")


def _gridded(sites: pd.DataFrame, name: str, top: ArrayLike, bottom: ArrayLike) -> Floats:
    """Means over layers of a property that stands at point depths, straight lines between them."""
    depths = np.array(GRIDDED_DEPTHS, dtype=float)
    at = sites[[f"{name}_{d}_cm" for d in GRIDDED_DEPTHS]].to_numpy(dtype=float)
    area = np.concatenate(
        [np.zeros((len(at), 1)), np.cumsum((at[:, 1:] + at[:, :-1]) / 2 * np.diff(depths), axis=1)], 1
    )

    def up_to(depth: float) -> Floats:
        place = min(int(np.searchsorted(depths, depth, side="right")) - 1, len(depths) - 2)
        into = depth - depths[place]
        slope = (at[:, place + 1] - at[:, place]) / (depths[place + 1] - depths[place])
        return np.asarray(area[:, place] + at[:, place] * into + slope * into**2 / 2)

    pairs = zip(np.asarray(top, dtype=float), np.asarray(bottom, dtype=float), strict=True)
    return np.stack([(up_to(b) - up_to(a)) / (b - a) for a, b in pairs], axis=1)


# -- climate


def site_climate(sites: pd.DataFrame, *, reported: bool = True) -> tuple[Floats, Floats, Floats]:
    """Twelve months of the transect's sites from bioclimatic variables.

    Parameters
    ----------
    sites : pandas.DataFrame
        `Transect.sites`.
    reported : bool
        Move and scale to the annual means that the study reports; otherwise those of WorldClim stand.

    Returns
    -------
    minimum_celsius, maximum_celsius, precipitation_mm : numpy.ndarray, shape (n, 12)
    """
    bio = {name: sites[name].to_numpy(dtype=float) for name in tibet_transect.BIOCLIMATE if name in sites}
    mean = sites["mean_annual_temperature_degrees_celsius"].to_numpy(dtype=float) if reported else None
    total = sites["mean_annual_precipitation_mm"].to_numpy(dtype=float) if reported else None
    temperature = monthly_temperature(bio, mean)
    return temperature.minimum_celsius, temperature.maximum_celsius, monthly_precipitation(bio, total)


def nearest_site(latitude: ArrayLike, longitude: ArrayLike, sites: pd.DataFrame) -> tuple[NDArray[np.int64], Floats]:
    """The transect site nearest to each place.

    Parameters
    ----------
    latitude, longitude : array_like, shape (k,)
        Degrees north and east.
    sites : pandas.DataFrame
        `Transect.sites`.

    Returns
    -------
    position : numpy.ndarray of int, shape (k,)
        Row of the site.
    distance_km : numpy.ndarray, shape (k,)
        Great circle.
    """
    north, east = (np.radians(np.atleast_1d(np.asarray(x, dtype=float)))[:, None] for x in (latitude, longitude))
    there = np.radians(sites["latitude_degrees_north"].to_numpy(dtype=float))
    along = np.radians(sites["longitude_degrees_east"].to_numpy(dtype=float))
    half = np.sin((north - there) / 2) ** 2 + np.cos(north) * np.cos(there) * np.sin((east - along) / 2) ** 2
    distance = 2 * EARTH_KM * np.arcsin(np.sqrt(half))
    position = distance.argmin(axis=1)
    return position, distance[np.arange(len(distance)), position]


def tower_weather(towers: pd.DataFrame, transect: Transect) -> Weather:
    """Months of the towers: mean temperature and precipitation observed, daily range of the nearest transect site.

    Parameters
    ----------
    towers : pandas.DataFrame
        As `coldcarbon.readers.plateau_towers.read`.
    transect : Transect
        Sites whose daily range is lent.

    Returns
    -------
    Weather

    Raises
    ------
    ValueError
        If a tower's months do not run through whole years from January on.
    """
    low, high, _ = site_climate(transect.sites)
    names, minimum, maximum, rain = [], [], [], []
    for name, months in towers.groupby("site", sort=False):
        number = months["month"].to_numpy() + 12 * months["year"].to_numpy()
        if number[0] % 12 != 1 or len(number) % 12 or (np.diff(number) != 1).any():
            raise ValueError(f"site {name!r}: months are missing; they must run through whole years from January on")
        place, _ = nearest_site(*_place(months), transect.sites)
        half = (high - low)[place[0]][months["month"].to_numpy() - 1] / 2
        mean = months["air_temperature_degrees_celsius"].to_numpy(dtype=float)
        names.append(str(name))
        minimum.append(mean - half)
        maximum.append(mean + half)
        rain.append(months["precipitation_mm_per_month"].to_numpy(dtype=float))
    return Weather(names, minimum, maximum, rain)


def _place(months: pd.DataFrame) -> tuple[float, float]:
    return float(months["latitude_degrees_north"].iloc[0]), float(months["longitude_degrees_east"].iloc[0])


# -- together


def sites_of(transect: Transect, towers: pd.DataFrame | None = None, *, reported: bool = True) -> Sites:
    """Soil and climate for the model: the transect's sites, then the towers.

    Parameters
    ----------
    transect : Transect
        Sites with measured texture (0-10 cm).
    towers : pandas.DataFrame, optional
        As `coldcarbon.readers.plateau_towers.read`.
    reported : bool
        As in `site_climate`.

    Returns
    -------
    Sites

    Raises
    ------
    ValueError
        For climate or soil the model refuses, by site and month.
    """
    sites = transect.sites
    upper = transect.layers.sort_values("top_cm").drop_duplicates("site").set_index("site").loc[sites["site"]]
    texture = upper[["sand_percent", "silt_percent", "clay_percent"]].to_numpy(dtype=float)
    texture = texture / texture.sum(axis=1, keepdims=True)  # they sum to 99.9 to 100.1 %
    rock = _gridded(sites, "gridded_coarse_percent", [0.0], [DEPTH_CM])[:, 0] / 100
    low, high, rain = site_climate(sites, reported=reported)
    names = list(sites["site"])
    latitude = sites["latitude_degrees_north"].to_numpy(dtype=float)
    if towers is not None and len(towers):
        weather = tower_weather(towers, transect)
        places = [_place(months) for _, months in towers.groupby("site", sort=False)]
        near, _ = nearest_site([p[0] for p in places], [p[1] for p in places], sites)
        texture, rock = np.vstack([texture, texture[near]]), np.concatenate([rock, rock[near]])
        latitude = np.concatenate([latitude, [p[0] for p in places]])
        names += list(weather.names)
        low, high, rain = (
            np.vstack([of_sites, [np.reshape(series, (-1, 12)).mean(axis=0) for series in of_towers]])
            for of_sites, of_towers in (
                (low, weather.minimum_celsius), (high, weather.maximum_celsius), (rain, weather.precipitation_mm)
            )
        )  # fmt: skip
    return Sites(
        names=names, latitude_degrees=latitude, sand=texture[:, 0], silt=texture[:, 1], clay=texture[:, 2],
        minimum_celsius=low, maximum_celsius=high, precipitation_mm=rain, rock_fraction=rock,
    )  # fmt: skip


@dataclass(frozen=True)
class Observations:
    """What one calibration has: sites, weather and the two kinds of observation, in the order the model wants.

    Attributes
    ----------
    vegetation : str
        "meadow", "steppe" or "both".
    sites : Sites
        n transect sites, then the towers.
    weather : Weather or None
        Months of the towers; None if there is no tower.
    groups : numpy.ndarray of int, shape (len(sites),)
        0 meadow, 1 steppe if the vegetation is "both", else 0: rows of the parameters for `Simulator`.
    soil_carbon : pandas.DataFrame
        One row per transect site, in the order of ``sites``: site, vegetation, position (in ``sites``),
        soil_carbon_kg_per_m2, sd_kg_per_m2 (30 % of the observation).
    nep : pandas.DataFrame
        One row per tower and month kept: site, vegetation, tower (position in ``weather``), position (month within its
        series, from 0), year, month, nep_g_C_per_m2_per_month, sd_g_C_per_m2_per_month, nep_quality, doubtful,
        winter_uptake.
    """

    vegetation: str
    sites: Sites
    weather: Weather | None
    groups: NDArray[np.int64]
    soil_carbon: pd.DataFrame
    nep: pd.DataFrame

    def soil_carbon_of(self, result: Result) -> Floats:
        """Simulated soil carbon (kg m-2) for each row of `soil_carbon`; shape (rows,) or (sets, rows)."""
        return result.soil_carbon_kg[..., self.soil_carbon["position"].to_numpy()]

    def nep_of(self, result: Result) -> Floats:
        """Simulated NEP (g C m-2 month-1) for each row of `nep`; shape (rows,) or (sets, rows)."""
        months = result.net_ecosystem_production
        return months[..., self.nep["tower"].to_numpy(), self.nep["position"].to_numpy()]


def observations(
    vegetation: Literal["meadow", "steppe", "both"] = "both",
    transect: Transect | None = None,
    towers: pd.DataFrame | None = None,
    *,
    profile: Profile = "spline",
    bulk_density: Density = "gridded",
    gravel: bool = True,
    reported_climate: bool = True,
    nep_floor: float = NEP_FLOOR,
    least_quality: float = 0.0,
    keep_doubtful: bool = True,
) -> Observations:
    """Sites, weather, soil carbon and NEP of a vegetation type.

    Parameters
    ----------
    vegetation : {"meadow", "steppe", "both"}
        Which sites and towers; the only steppe tower is CN-Dan, with 24 months.
    transect : Transect, optional
        By default the real one (`coldcarbon.readers.tibet_transect.read`, four seconds); simulated ones will do.
    towers : pandas.DataFrame, optional
        By default the real ones (`coldcarbon.readers.plateau_towers.read`).
    profile, bulk_density, gravel
        As in `soil_carbon_density`.
    reported_climate : bool
        As in `site_climate`.
    nep_floor : float
        Least standard deviation of a month's NEP, g C m-2 month-1; above it 30 % of the observation.
    least_quality : float
        Months of lower quality are left out of ``nep`` (their weather stays).
    keep_doubtful : bool
        Whether doubtful months (CN-HaM, April to December 2004) stay.

    Returns
    -------
    Observations

    Raises
    ------
    ValueError
        If nothing is left, an observation kept is NaN (site and month are named), or as the functions used.
    """
    if vegetation not in ("meadow", "steppe", "both"):
        raise ValueError(f"no vegetation {vegetation!r}; there are meadow, steppe and both")
    if not nep_floor > 0:
        raise ValueError(f"nep_floor {nep_floor} must be above 0: months of no NEP would weigh without limit")
    transect = tibet_transect.read() if transect is None else transect
    towers = plateau_towers.read() if towers is None else towers
    whole = sites_of(transect, towers, reported=reported_climate)
    density = soil_carbon_density(transect, profile=profile, bulk_density=bulk_density, gravel=gravel)
    tower_types = towers.drop_duplicates("site")["vegetation"]
    kinds = np.concatenate([transect.sites["vegetation"].to_numpy(dtype=str), tower_types.to_numpy(dtype=str)])
    chosen = np.ones(len(kinds), dtype=bool) if vegetation == "both" else kinds == vegetation
    of_transect = chosen[: len(transect)]
    if not of_transect.any():
        raise ValueError(f"no site of {vegetation} in the transect")
    soil = pd.DataFrame(
        {
            "site": transect.sites["site"].to_numpy()[of_transect],
            "vegetation": kinds[: len(transect)][of_transect],
            "position": np.arange(of_transect.sum()),
            "soil_carbon_kg_per_m2": density.to_numpy()[of_transect],
        }
    )
    soil["sd_kg_per_m2"] = RELATIVE_ERROR * soil["soil_carbon_kg_per_m2"]
    months = towers if vegetation == "both" else towers[towers["vegetation"] == vegetation]
    months = months.reset_index(drop=True)
    order = {name: place for place, name in enumerate(months["site"].unique())}
    nep = months.assign(tower=months["site"].map(order), position=months.groupby("site").cumcount())
    keep = nep["nep_quality"] >= least_quality
    if not keep_doubtful:
        keep &= ~nep["doubtful"]
    nep = nep[keep].reset_index(drop=True)
    value = nep["nep_g_C_per_m2_per_month"]
    if value.isna().any():
        row = nep[value.isna()].iloc[0]
        raise ValueError(
            f"site {row['site']!r}, {row['year']}-{row['month']:02d}: NEP is missing; leave that month out"
        )
    nep["sd_g_C_per_m2_per_month"] = np.maximum(RELATIVE_ERROR * value.abs(), nep_floor)
    columns = ["site", "vegetation", "tower", "position", "year", "month", "nep_g_C_per_m2_per_month"]
    columns += ["sd_g_C_per_m2_per_month", "nep_quality", "doubtful", "winter_uptake"]
    return Observations(
        vegetation=vegetation,
        sites=whole.select(chosen),
        weather=tower_weather(months, transect) if len(months) else None,
        groups=((kinds[chosen] == "steppe") & (vegetation == "both")).astype(np.int64),
        soil_carbon=soil,
        nep=nep[columns],
    )
