"""Soil and climate worked out before any parameter is known: what the reference and the kernel start from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.century.constants import Constants
from coldcarbon.century.radiation import day_length, potential_evapotranspiration, radiation
from coldcarbon.century.sites import MILLIMETRES_PER_CENTIMETRE, Sites

__all__ = ["Climate", "Soil", "litter_split", "prepare_climate", "prepare_soil"]

Array = NDArray[np.float64]
BIOMASS_PER_CARBON = 2.5


@dataclass(frozen=True)
class Climate:
    """Forcing by site and month, each of shape (n, months).

    Attributes
    ----------
    langley : numpy.ndarray
        Radiation outside the atmosphere, langley d-1.
    co2_on_production : numpy.ndarray
        CO2CPR, 1 without effect.
    pet, rain : numpy.ndarray
        Potential evapotranspiration and precipitation, cm month-1.
    low, high, mean : numpy.ndarray
        Temperatures of the air, degC.
    weight_of_low : numpy.ndarray
        Weight of the nightly surface temperature, from day length.
    growing, senescence : numpy.ndarray of bool
        Months of growth, and the month after it.
    """

    langley: Array
    co2_on_production: Array
    pet: Array
    rain: Array
    low: Array
    high: Array
    mean: Array
    weight_of_low: Array
    growing: NDArray[np.bool_]
    senescence: NDArray[np.bool_]

    @property
    def months(self) -> int:
        """Length."""
        return int(self.rain.shape[1])


@dataclass(frozen=True)
class Soil:
    """Soil of the sites, each of shape (n,) unless said.

    Attributes
    ----------
    sand, clay, drain : numpy.ndarray
        As given.
    capacity, wilting : numpy.ndarray, shape (4, n)
        Water of each layer at field capacity and at wilting point, cm.
    available_share : numpy.ndarray
        Their difference in the first layer as a share of volume.
    ph_structural, ph_metabolic, ph_microbes, ph_surface_slow, ph_active, ph_passive : numpy.ndarray
        Effect of pH on decay; the slow pool goes with the active one.
    metabolic : numpy.ndarray, shape (2, n)
        Metabolic share of litter from shoots and from roots.
    lignin : numpy.ndarray, shape (2, n)
        Lignin in the structural litter of each.
    """

    sand: Array
    clay: Array
    drain: Array
    capacity: Array
    wilting: Array
    available_share: Array
    ph_structural: Array
    ph_metabolic: Array
    ph_microbes: Array
    ph_surface_slow: Array
    ph_active: Array
    ph_passive: Array
    metabolic: Array
    lignin: Array


def prepare_climate(
    latitude_degrees: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    rain_mm: ArrayLike,
    growing: ArrayLike,
    senescence: ArrayLike,
    co2_ppm: ArrayLike | None,
    constants: Constants,
) -> Climate:
    """Forcing from latitude and weather.

    Parameters
    ----------
    latitude_degrees : array_like, shape (n,)
        North positive.
    low, high, rain_mm : array_like, shape (n, months)
        Monthly temperatures (degC) and precipitation (mm), from January.
    growing, senescence : array_like of bool, shape (n, 12)
        The calendar of growth.
    co2_ppm : array_like, shape (n, months) or scalar, optional
        Concentration of CO2. ``CO2CPR = 1 + (CO2IPR - 1) log2(CO2 / 350)``.
    constants : Constants
        Named set.

    Returns
    -------
    Climate
    """
    low, high, rain_mm = (np.asarray(values, dtype=float) for values in (low, high, rain_mm))
    calendar = np.arange(low.shape[1]) % 12
    langley = radiation(latitude_degrees)[:, calendar]
    hours = day_length(latitude_degrees)[:, calendar]
    # surftemp: nights weigh more where days are short
    weight = np.clip(((12 - hours) * np.where(hours < 12, 3.0, 1.2) + 12) / 24, 0.05, 0.95)
    co2 = np.ones_like(low)
    if co2_ppm is not None:
        co2 = 1 + (constants.co2ipr - 1) * np.log2(np.broadcast_to(np.asarray(co2_ppm, dtype=float), low.shape) / 350)
    return Climate(
        langley=langley,
        co2_on_production=co2,
        pet=potential_evapotranspiration(low, high, langley, constants.fwloss[2]),
        rain=rain_mm / MILLIMETRES_PER_CENTIMETRE,
        low=low,
        high=high,
        mean=(low + high) / 2,
        weight_of_low=weight,
        growing=np.asarray(growing)[:, calendar],
        senescence=np.asarray(senescence)[:, calendar],
    )


def litter_split(lignin: ArrayLike, c_to_n: float, constants: Constants) -> tuple[Array, Array]:
    """Split of litter into metabolic and structural (Partit.f).

    ``0.85 - 0.013 L/N`` is metabolic, but no more than leaves room for the lignin, and at least 0.2.

    Parameters
    ----------
    lignin : array_like
        Lignin as a share of biomass.
    c_to_n : float
        Carbon to nitrogen of the litter.
    constants : Constants
        Named set.

    Returns
    -------
    metabolic : numpy.ndarray
        Metabolic share.
    structural_lignin : numpy.ndarray
        Lignin as a share of the structural litter, at most 1.
    """
    lignin = np.asarray(lignin, dtype=float)
    nitrogen = 1 / (BIOMASS_PER_CARBON * c_to_n)
    metabolic = constants.spl[0] - constants.spl[1] * lignin / nitrogen
    metabolic = np.maximum(np.minimum(metabolic, 1 - lignin), constants.metabolic_floor)
    return metabolic, np.minimum(lignin / (1 - metabolic), 1)


def _ph_effect(ph: Array, middle: float, height: float) -> Array:
    return np.clip(0.5 + height / np.pi * np.arctan(0.7 * np.pi * (ph - middle)), 0, 1)


def prepare_soil(sites: Sites, constants: Constants) -> Soil:
    """Soil from texture, stones, pH and the precipitation of an average year.

    Field capacity and wilting point follow Rawls et al. 1982 as in prelim (swflag 3); the effects of pH are those of
    CENTURY 4.5; lignin of litter follows annual precipitation (Cmplig.f, FLIGNI).

    Parameters
    ----------
    sites : Sites
        Soil and climate.
    constants : Constants
        Named set.

    Returns
    -------
    Soil
    """
    sand, clay, ph, rock, organic = (
        np.asarray(getattr(sites, name), dtype=float)
        for name in ("sand", "clay", "ph", "rock_fraction", "organic_matter_percent")
    )
    capacity = (0.2576 - 0.20 * sand + 0.36 * clay + 0.0299 * organic) * (1 - rock)
    wilting = (0.0260 + 0.50 * clay + 0.0158 * organic) * (1 - rock)
    if (narrow := capacity - wilting < 0.005).any():
        site = int(np.argmax(narrow))
        raise ValueError(
            f"site {sites.names[site]!r}: with clay {clay[site]:g} and sand {sand[site]:g} nothing is left for plants"
        )
    thickness = np.asarray(constants.adep)[:, None]
    rain_mm = np.asarray(sites.precipitation_mm)
    annual_cm = rain_mm.sum(axis=1) / (rain_mm.shape[1] / 12) / MILLIMETRES_PER_CENTIMETRE
    split = []
    for (intercept, slope), c_to_n in (
        (constants.shoot_lignin, constants.shoot_c_to_n),
        (constants.root_lignin, constants.root_c_to_n),
    ):
        split.append(litter_split(np.clip(intercept + slope * annual_cm, *constants.lignin_range), c_to_n, constants))
    active = _ph_effect(ph, 4.8, 1.14)
    structural = _ph_effect(ph, 4.0, 1.1)
    return Soil(
        sand=sand,
        clay=clay,
        drain=np.asarray(sites.drain, dtype=float),
        capacity=capacity * thickness,
        wilting=wilting * thickness,
        available_share=capacity - wilting,
        ph_structural=structural,
        ph_metabolic=active,
        ph_microbes=structural,
        ph_surface_slow=structural,
        ph_active=active,
        ph_passive=_ph_effect(ph, 3.0, 1.1),
        metabolic=np.array([metabolic for metabolic, _ in split]),
        lignin=np.array([lignin for _, lignin in split]),
    )
