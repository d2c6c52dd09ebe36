"""Surface temperature, production, allocation and death: the plant half of a month, equation by equation."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from coldcarbon.century.constants import Constants
from coldcarbon.century.prepared import BIOMASS_PER_CARBON, Soil
from coldcarbon.century.state import State

__all__ = ["Deaths", "deaths", "growth", "hindrance", "surface_temperature", "temperature_effect", "water_effect"]

Array = NDArray[np.float64]
SMALLEST_EXPONENT = -700.0  # exp of less is zero for any use, and a subnormal number would cost time


def daily_extremes(month: SimpleNamespace, shade: Array, constants: Constants) -> tuple[Array, Array]:
    """Highest and lowest surface temperature under some biomass (surftemp).

    ``Tmax + 25.4 / (1 + 18 e^(-0.2 Tmax)) (e^(PMXTMP B) - 0.13)`` and ``Tmin + PMNTMP B - 1.78``.
    """
    highest = month.high + 25.4 / (1 + 18 * np.exp(-0.2 * month.high)) * (np.exp(constants.pmxtmp * shade) - 0.13)
    return highest, month.low + constants.pmntmp * shade - 1.78


def surface_temperature(state: State, month: SimpleNamespace, constants: Constants) -> Array:
    """Soil surface temperature without snow (surftemp with day length).

    Parameters
    ----------
    state : State
        At the start of the month.
    month : SimpleNamespace
        One month of `Climate`.
    constants : Constants
        Named set.

    Returns
    -------
    numpy.ndarray, shape (n,)
        degC.
    """
    carbon = state.aglivc + state.stdedc + constants.elitst * (state.strucc[0] + state.metabc[0])
    shade = np.minimum(BIOMASS_PER_CARBON * carbon, constants.pmxbio)
    highest, lowest = daily_extremes(month, shade, constants)
    return (1 - month.weight_of_low) * highest + month.weight_of_low * lowest


def temperature_effect(temperature: Array, p: SimpleNamespace) -> Array:
    """Effect of temperature on growth (Gpdf.f): ``f^c exp(c/d (1 - f^d))`` with ``f = (b - T) / (b - a)``.

    Parameters
    ----------
    temperature : numpy.ndarray
        degC.
    p : SimpleNamespace
        Parameters by name: a is the optimum, b the maximum, c and d the shapes.

    Returns
    -------
    numpy.ndarray
        0 above the maximum, 1 at the optimum.
    """
    f = (p.maximum_temperature - temperature) / (p.maximum_temperature - p.optimum_temperature)
    c, d = p.growth_curve_left_shape, p.growth_curve_right_shape
    log_f = np.log(np.where(f > 0, f, 1.0))
    exponent = c / d * (1 - np.exp(np.minimum(d * log_f, -SMALLEST_EXPONENT))) + c * log_f
    return np.where(f > 0, np.exp(np.maximum(exponent, SMALLEST_EXPONENT)), 0.0)


def water_effect(ratio: Array, soil: Soil, p: SimpleNamespace, constants: Constants) -> Array:
    """Effect of water on growth (pprdwc), 0.01 to 1.

    Parameters
    ----------
    ratio : numpy.ndarray
        Available water and rain over PET.
    soil : Soil
        Its first layer shifts the curve.
    p : SimpleNamespace
        Parameters by name.
    constants : Constants
        PPRPTS(1) and (2).

    Returns
    -------
    numpy.ndarray
    """
    third = p.unrestricted_water_ratio
    slope = 1 / (third - (constants.pprpts[0] + constants.pprpts[1] * soil.available_share))
    return np.clip(1 + slope * (ratio - third), 0.01, 1)


def hindrance(state: State, constants: Constants) -> Array:
    """What standing dead and litter leave of growth (potcrp, BIOFLG 1), 0 to 1.

    Parameters
    ----------
    state : State
        At the start of the month.
    constants : Constants
        Named set; BIOFLG 0 gives 1.

    Returns
    -------
    numpy.ndarray, shape (n,)
    """
    dead = np.clip(state.stdedc + 0.1 * state.strucc[0], 0.01, constants.pmxbio)
    open_share = 1 - dead / (constants.biok5 + dead)
    hidden = 1 - open_share
    ratio = state.aglivc / dead
    low = open_share + 0.75 * hidden * ratio
    high = open_share + 0.75 * hidden + 0.25 * hidden * (ratio - 1)
    effect = np.where(ratio <= 1, low, np.where(ratio <= 2, high, 1.0))
    return 1 - constants.bioflg * (1 - effect)


def growth(
    state: State,
    month: SimpleNamespace,
    soil: Soil,
    p: SimpleNamespace,
    surface: Array,
    available: Array,
    constants: Constants,
) -> tuple[Array, Array]:
    """Net production and the share of roots (potcrp; cropDynC and froota, FRTCINDX 1).

    Parameters
    ----------
    state : State
        At the start of the month.
    month : SimpleNamespace
        One month of `Climate`.
    soil : Soil
        Soil.
    p : SimpleNamespace
        Parameters by name.
    surface : numpy.ndarray
        `surface_temperature`; nothing grows at or below 0 degC.
    available : numpy.ndarray
        Water for growth at the start of the month, AVH2O(1), cm.
    constants : Constants
        Named set.

    Returns
    -------
    net_production : numpy.ndarray
        g C m-2 month-1.
    share_of_roots : numpy.ndarray
    """
    shade = np.minimum(BIOMASS_PER_CARBON * state.aglivc, constants.pmxbio)
    canopy = np.mean(daily_extremes(month, shade, constants), axis=0)
    water = water_effect((available + month.rain) / month.pet, soil, p, constants)
    biomass = month.langley * month.co2_on_production * p.potential_production * temperature_effect(canopy, p) * water
    grows = month.growing & (surface > 0)
    net = np.where(grows, biomass * hindrance(state, constants) / BIOMASS_PER_CARBON, 0.0)
    by_water = constants.cfrtcw[0] + (constants.cfrtcw[1] - constants.cfrtcw[0]) * water
    by_nitrogen = constants.cfrtcn[1]  # nitrogen is off: its demand is met
    return net, np.minimum(np.maximum(by_water, by_nitrogen), 0.99)


@dataclass(frozen=True)
class Deaths:
    """Shares of shoots and roots that die and of standing dead that falls in a month, each of shape (n,)."""

    shoots: Array
    roots: Array
    fall: Array


def deaths(
    state: State,
    month: SimpleNamespace,
    p: SimpleNamespace,
    wetness: Array,
    soil_temperature: Array,
    available: Array,
    constants: Constants,
) -> Deaths:
    """Death and fall (Dshoot.f, Droot.f, Falstd.f).

    Parameters
    ----------
    state : State
        Before the plants change.
    month : SimpleNamespace
        One month of `Climate`.
    p : SimpleNamespace
        Parameters by name.
    wetness : numpy.ndarray
        Effect of water on decay, WFUNC.
    soil_temperature : numpy.ndarray
        0 under snow.
    available : numpy.ndarray
        Water for growth after the water budget, cm.
    constants : Constants
        Named set.

    Returns
    -------
    Deaths
    """
    senescent, shading, shaded_from = constants.fsdeth
    by_drought = p.shoot_death * (1 - wetness) + np.where(state.aglivc > shaded_from, shading, 0.0)
    roots = np.minimum(p.root_death * (1 - available / (constants.deck5 + available)), 0.95)
    return Deaths(
        shoots=np.where(month.senescence, senescent, np.minimum(by_drought, 1)),
        roots=np.where(soil_temperature >= constants.rtdtmp, roots, 0.0),
        fall=p.fall_of_standing_dead,
    )
