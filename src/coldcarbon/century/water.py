"""Snow and soil water of a month (snowcent, h2olos), closed to rounding: rain = change + losses."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from coldcarbon.century.constants import Constants
from coldcarbon.century.prepared import BIOMASS_PER_CARBON, Soil
from coldcarbon.century.state import LAYERS, State

__all__ = ["SnowMonth", "WaterMonth", "available_water", "snow_month", "water_month"]

Array = NDArray[np.float64]
LARGEST_LITTER = 400.0  # g biomass m-2 that intercepts
LARGEST_CANOPY = 800.0
LEAST_TRANSPIRATION = 0.01  # cm


@dataclass(frozen=True)
class SnowMonth:
    """What the snow does in a month: pools after it, what enters the ground, what melted into it, losses; cm."""

    snow: Array
    snlq: Array
    into_ground: Array
    drained: Array
    sublimation: Array
    demand_left: Array


@dataclass(frozen=True)
class WaterMonth:
    """What the soil does: layers after it, flow out of each layer, losses; cm."""

    asmos: Array
    flow: Array
    evaporation: Array
    transpiration: Array
    runoff: Array


def available_water(asmos: Array, soil: Soil) -> tuple[Array, Array]:
    """Water above the wilting point.

    Parameters
    ----------
    asmos : numpy.ndarray, shape (4, n)
        Water of the layers, cm.
    soil : Soil
        Soil.

    Returns
    -------
    for_growth, top : numpy.ndarray, shape (n,)
        AVH2O(1), all layers, and AVH2O(3), the first two; cm.
    """
    above = asmos - soil.wilting
    return above.sum(axis=0), above[0] + above[1]


def snow_month(state: State, month: SimpleNamespace, constants: Constants) -> SnowMonth:
    """Snowfall, sublimation, melt (snowcent).

    Snow that sublimates entirely is set to 0: rounding must not leave a snow cover of 1e-17 cm, under which the soil
    would count as frozen. Liquid without snow goes into the ground.

    Parameters
    ----------
    state : State
        At the start of the month.
    month : SimpleNamespace
        One month of `Climate`.
    constants : Constants
        TMELT.

    Returns
    -------
    SnowMonth
    """
    cold = month.mean <= 0
    snow = state.snow + np.where(cold, month.rain, 0.0)
    rain = np.where(cold, 0.0, month.rain)
    covered = snow > 0
    snlq = state.snlq + np.where(covered, rain, 0.0)
    rain = np.where(covered, 0.0, rain)

    held = snow + snlq
    sublimation = np.where(covered, np.minimum(0.87 * month.pet, held), 0.0)
    left = np.where(covered & (sublimation < held), 1 - sublimation / np.where(covered, held, 1.0), 0.0)
    snow, snlq = np.where(covered, snow * left, 0.0), np.where(covered, snlq * left, snlq)

    warmth = np.where(month.mean >= constants.tmelt[0], month.mean - constants.tmelt[0], 0.0)
    melt = np.minimum(snow, constants.tmelt[1] * warmth * month.langley)
    snow, snlq = snow - melt, snlq + melt
    drained = np.maximum(snlq - 0.5 * snow, 0)
    return SnowMonth(snow, snlq - drained, rain + drained, drained, sublimation, month.pet - sublimation / 0.87)


def water_month(
    state: State, month: SimpleNamespace, soil: Soil, snow: SnowMonth, net_production: Array, constants: Constants
) -> WaterMonth:
    """Runoff, interception, transpiration, filling and draining of layers, evaporation (h2olos).

    Parameters
    ----------
    state : State
        At the start of the month.
    month : SimpleNamespace
        One month of `Climate`.
    soil : Soil
        Soil.
    snow : SnowMonth
        Of this month.
    net_production : numpy.ndarray
        g C m-2 month-1; a quarter of it stands in the canopy.
    constants : Constants
        Named set.

    Returns
    -------
    WaterMonth
    """
    demand = snow.demand_left
    runoff = np.maximum(constants.fracro * (snow.into_ground - constants.precro), 0)
    enters = snow.into_ground - runoff

    alive = BIOMASS_PER_CARBON * (state.aglivc + 0.25 * net_production)
    litter = np.minimum(BIOMASS_PER_CARBON * (state.strucc[0] + state.metabc[0]), LARGEST_LITTER)
    canopy = np.minimum(alive + BIOMASS_PER_CARBON * state.stdedc, LARGEST_CANOPY)
    bare = snow.snow <= 0
    interception = np.where(bare, (0.0003 * litter + 0.0006 * canopy) * constants.fwloss[0], 0.0)
    bare_soil = np.where(bare, 0.5 * np.exp(-0.002 * litter - 0.004 * canopy) * constants.fwloss[1], 0.0)
    surface_loss = np.minimum((bare_soil + interception) * enters, 0.4 * demand)
    enters = enters - surface_loss

    wanted = np.where(month.mean < 2, 0.0, 0.65 * demand * (1 - np.exp(-0.02 * alive)))
    wanted = np.maximum(np.minimum(wanted, demand - surface_loss), LEAST_TRANSPIRATION)
    soil_demand = np.maximum(demand - wanted - surface_loss, 0)
    from_rain = np.minimum(wanted - LEAST_TRANSPIRATION, enters)
    wanted, enters = wanted - from_rain, enters - from_rain

    asmos = state.asmos.copy()
    flow = np.zeros_like(asmos)
    for layer in range(LAYERS):
        filled = asmos[layer] + enters
        asmos[layer] = np.minimum(filled, soil.capacity[layer])
        enters = flow[layer] = filled - asmos[layer]

    above = np.maximum(asmos - soil.wilting, 0)
    weighted = above * np.asarray(constants.awtl)[:, None]
    wanted = np.minimum(wanted, above.sum(axis=0))
    share = wanted / np.maximum(weighted.sum(axis=0), 1e-30)
    taken = np.minimum(share * weighted, above)
    asmos = asmos - taken

    wet = (asmos[0] - soil.wilting[0]) / (soil.capacity[0] - soil.wilting[0])
    evaporated = np.maximum((wet - 0.25) / 0.75, 0.01) * soil_demand * bare_soil * 0.1
    evaporated = np.minimum(evaporated, np.maximum(asmos[0] - soil.wilting[0], 0))
    asmos[0] -= evaporated
    return WaterMonth(asmos, flow, surface_loss + evaporated, from_rain + taken.sum(axis=0), runoff)
