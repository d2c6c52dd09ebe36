"""Decomposition: the scalars of a month and the flows of a quarter of it, equation by equation."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from coldcarbon.century.constants import Constants
from coldcarbon.century.prepared import Soil
from coldcarbon.century.state import State

__all__ = [
    "QUARTERS",
    "Rates",
    "anaerobic_effect",
    "decay_month",
    "decay_rates",
    "decay_temperature",
    "decay_wetness",
    "quarter_matrix",
]

Array = NDArray[np.float64]
QUARTERS = 4  # NTSPM
STEP = 1 / (12 * QUARTERS)  # years
REFERENCE_CELSIUS = 30.0
LEAST_TEMPERATURE_EFFECT = 0.01


def decay_temperature(celsius: Array, p: SimpleNamespace, constants: Constants) -> Array:
    """Effect of soil temperature on decay (tcalc): an arctangent scaled to 1 at 30 degC, at least 0.01.

    Parameters
    ----------
    celsius : numpy.ndarray
        Soil temperature.
    p : SimpleNamespace
        TEFF(1-3) by name.
    constants : Constants
        TEFF(4).

    Returns
    -------
    numpy.ndarray
    """

    def curve(t: Array | float) -> Array:
        bend = np.arctan(np.pi * constants.teff4 * (t - p.decomposition_inflection_temperature))
        return p.decomposition_inflection_height + p.decomposition_step / np.pi * bend

    return np.maximum(LEAST_TEMPERATURE_EFFECT, curve(celsius) / curve(REFERENCE_CELSIUS))


def decay_wetness(ratio: Array) -> Array:
    """Effect of water on decay, WFUNC (cycle, IDEF 2): ``1 / (1 + 30 e^(-8.5 x))``, 1 above x = 9.

    Parameters
    ----------
    ratio : numpy.ndarray
        Water over PET, RPRPET.

    Returns
    -------
    numpy.ndarray
    """
    return np.where(ratio > 9, 1.0, 1 / (1 + 30 * np.exp(-8.5 * np.minimum(ratio, 9))))


def anaerobic_effect(ratio: Array, drain: Array, constants: Constants) -> Array:
    """Effect of water logging, ANERB (Anerob.f): 1 where drainage is full.

    Parameters
    ----------
    ratio : numpy.ndarray
        Water over PET.
    drain : numpy.ndarray
        1 full drainage, 0 none.
    constants : Constants
        ANEREF.

    Returns
    -------
    numpy.ndarray
        From ANEREF(3) to 1.
    """
    start, full, least = constants.aneref
    slope = (1 - least) / (start - full)
    return np.where(ratio > start, np.maximum(1 + slope * (ratio - start) * (1 - drain), least), 1.0)


def leaching_share(rates: Rates, active_to_passive: Array, flow: Array, constants: Constants) -> Array:
    """Share of the active pool's decay that leaches: no more than CO2 and the passive pool leave of it."""
    room = np.maximum(1 - rates.active_respired - active_to_passive, 0)
    return np.minimum(rates.leaching * np.minimum(flow / constants.omlech[2], 1), room)


@dataclass(frozen=True)
class Rates:
    """Shares of pools per quarter month where nothing hinders decay, and where what leaves them goes.

    Attributes
    ----------
    structural, metabolic : numpy.ndarray, shape (2, n)
        Litter.
    microbes, surface_slow, mixing, active, slow, passive : numpy.ndarray
        Organic matter; mixing is from the surface slow pool to that of the soil.
    active_respired : numpy.ndarray
        CO2 of the active pool, with its sand term.
    active_to_passive, slow_to_passive : numpy.ndarray
        Shares that become passive.
    leaching : numpy.ndarray
        Share of the active pool's decay that leaches at full flow of water.
    """

    structural: Array
    metabolic: Array
    microbes: Array
    surface_slow: Array
    mixing: Array
    active: Array
    slow: Array
    passive: Array
    active_respired: Array
    active_to_passive: Array
    slow_to_passive: Array
    leaching: Array


def decay_rates(soil: Soil, p: SimpleNamespace, constants: Constants) -> Rates:
    """Rates from soil and parameters (Litdec.f, Somdec.f, prelim).

    Parameters
    ----------
    soil : Soil
        Soil.
    p : SimpleNamespace
        Parameters by name.
    constants : Constants
        Named set.

    Returns
    -------
    Rates
    """
    dec1, dec2, pligst = (np.asarray(pair)[:, None] for pair in (constants.dec1, constants.dec2, constants.pligst))
    return Rates(
        structural=dec1 * np.exp(-pligst * soil.lignin) * soil.ph_structural * STEP,
        metabolic=dec2 * soil.ph_metabolic * STEP,
        microbes=p.surface_microbe_rate * soil.ph_microbes * STEP,
        surface_slow=p.surface_slow_rate * soil.ph_surface_slow * STEP,
        mixing=np.full_like(soil.sand, constants.cmix * STEP),
        active=p.active_rate * (constants.peftxa + constants.peftxb * soil.sand) * soil.ph_active * STEP,
        slow=p.slow_rate * soil.ph_active * STEP,
        passive=p.passive_rate * soil.ph_passive * STEP,
        active_respired=p.active_respired_without_sand + p.active_sand_slope * soil.sand,
        active_to_passive=constants.ps1s3[0] + constants.ps1s3[1] * soil.clay,
        slow_to_passive=constants.ps2s3[0] + constants.ps2s3[1] * soil.clay,
        leaching=constants.omlech[0] + constants.omlech[1] * soil.sand,
    )


def decay_month(
    state: State,
    soil: Soil,
    p: SimpleNamespace,
    rates: Rates,
    scalar: Array,
    anaerobic: Array,
    flow: Array,
    constants: Constants,
) -> tuple[State, Array, Array, Array]:
    """Four explicit steps of all litter and organic matter (Litdec.f, Declig.f, Somdec.f).

    All flows of a step use the pools at its start. Leaching gives way where CO2, passive pool and leaching together
    would take more than there is (very sandy soil).

    Parameters
    ----------
    state : State
        Before decay.
    soil : Soil
        Lignin of structural litter.
    p : SimpleNamespace
        Shares respired by name.
    rates : Rates
        Of `decay_rates`.
    scalar : numpy.ndarray
        Temperature times water, DEFAC.
    anaerobic : numpy.ndarray
        ANERB.
    flow : numpy.ndarray
        Water that leaves the second layer, cm month-1.
    constants : Constants
        Named set.

    Returns
    -------
    state : State
        After decay; plants and water untouched.
    respired, leached : numpy.ndarray, shape (n,)
        g C m-2 month-1.
    retained : numpy.ndarray, shape (4, n)
        What is left of STRUCC(1), METABC(1), STRUCC(2), METABC(2) as shares.
    """
    held_back = np.array([np.ones_like(anaerobic), anaerobic])
    structural = rates.structural * scalar * held_back
    metabolic = np.minimum(rates.metabolic * scalar * held_back, 1)
    rsplig, ps1co2, pmco2 = (
        constants.rsplig,
        np.asarray(constants.ps1co2)[:, None],
        np.asarray(constants.pmco2)[:, None],
    )
    to_passive = 1 + constants.animpt * (1 - anaerobic)
    active_to_passive = rates.active_to_passive * to_passive
    slow_to_passive = rates.slow_to_passive * to_passive
    leaching = leaching_share(rates, active_to_passive, flow, constants)
    passive_respired = p.passive_respired * anaerobic

    strucc, metabc, som1c, som2c, som3c = state.strucc, state.metabc, state.som1c, state.som2c, state.som3c
    respired = np.zeros_like(scalar)
    leached = np.zeros_like(scalar)
    for _ in range(QUARTERS):
        from_structural, from_metabolic = strucc * structural, metabc * metabolic
        lignin, rest = from_structural * soil.lignin, from_structural * (1 - soil.lignin)
        microbes = som1c[0] * (rates.microbes * scalar)
        surface_slow = som2c[0] * (rates.surface_slow * scalar)
        mixed = som2c[0] * (rates.mixing * scalar)
        active = som1c[1] * (rates.active * scalar * anaerobic)
        slow = som2c[1] * (rates.slow * scalar * anaerobic)
        passive = som3c * (rates.passive * scalar * anaerobic)

        strucc, metabc = strucc - from_structural, metabc - from_metabolic
        to_fast = rest * (1 - ps1co2) + from_metabolic * (1 - pmco2)
        to_slow = lignin * (1 - rsplig)
        som1c = (
            som1c
            + to_fast
            + np.array(
                [
                    (1 - p.surface_slow_respired) * surface_slow - microbes,
                    (1 - p.slow_respired - slow_to_passive) * slow + (1 - passive_respired) * passive - active,
                ]
            )
        )
        som2c = (
            som2c
            + to_slow
            + np.array(
                [
                    (1 - p.surface_microbe_respired) * microbes - surface_slow - mixed,
                    (1 - rates.active_respired - active_to_passive - leaching) * active + mixed - slow,
                ]
            )
        )
        som3c = som3c + active_to_passive * active + slow_to_passive * slow - passive
        respired = respired + (
            (lignin * rsplig + rest * ps1co2 + from_metabolic * pmco2).sum(axis=0)
            + p.surface_microbe_respired * microbes
            + p.surface_slow_respired * surface_slow
            + rates.active_respired * active
            + p.slow_respired * slow
            + passive_respired * passive
        )
        leached = leached + leaching * active
    after = State(
        state.snow,
        state.snlq,
        state.asmos,
        state.aglivc,
        state.stdedc,
        state.bglivc,
        strucc,
        metabc,
        som1c,
        som2c,
        som3c,
    )
    retained = np.array([1 - structural[0], 1 - metabolic[0], 1 - structural[1], 1 - metabolic[1]]) ** QUARTERS
    return after, respired, leached, retained


def quarter_matrix(
    p: SimpleNamespace, rates: Rates, scalar: Array, anaerobic: Array, flow: Array, constants: Constants
) -> Array:
    """The same flows of organic matter as a matrix: what a quarter month changes per unit in each pool.

    Parameters
    ----------
    p, rates, scalar, anaerobic, flow, constants
        As in `decay_month`.

    Returns
    -------
    numpy.ndarray, shape (n, 5, 5)
        For SOM1C(1), SOM2C(1), SOM1C(2), SOM2C(2), SOM3C; rows receive.
    """
    to_passive = 1 + constants.animpt * (1 - anaerobic)
    active_to_passive = rates.active_to_passive * to_passive
    slow_to_passive = rates.slow_to_passive * to_passive
    leaching = leaching_share(rates, active_to_passive, flow, constants)
    wet = scalar * anaerobic
    active, slow, passive = rates.active * wet, rates.slow * wet, rates.passive * wet
    change = np.zeros((len(scalar), 5, 5))
    change[:, 0, 0] = -rates.microbes * scalar
    change[:, 1, 0] = (1 - p.surface_microbe_respired) * rates.microbes * scalar
    change[:, 0, 1] = (1 - p.surface_slow_respired) * rates.surface_slow * scalar
    change[:, 1, 1] = -(rates.surface_slow + rates.mixing) * scalar
    change[:, 3, 1] = rates.mixing * scalar
    change[:, 2, 2] = -active
    change[:, 3, 2] = (1 - rates.active_respired - active_to_passive - leaching) * active
    change[:, 4, 2] = active_to_passive * active
    change[:, 2, 3] = (1 - p.slow_respired - slow_to_passive) * slow
    change[:, 3, 3] = -slow
    change[:, 4, 3] = slow_to_passive * slow
    change[:, 2, 4] = (1 - p.passive_respired * anaerobic) * passive
    change[:, 4, 4] = -passive
    return change
