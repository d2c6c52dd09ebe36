"""The readable model: one month for all sites at once, in the order of the code, and runs made of months.

Nothing here is fast. `coldcarbon.century.kernel` computes the same numbers; tests hold the two together.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import SimpleNamespace

import numpy as np
from numpy.typing import NDArray

from coldcarbon.century.constants import Constants
from coldcarbon.century.decay import (
    QUARTERS,
    anaerobic_effect,
    decay_month,
    decay_rates,
    decay_temperature,
    decay_wetness,
    quarter_matrix,
)
from coldcarbon.century.parameters import PARAMETERS
from coldcarbon.century.plants import deaths, growth, surface_temperature
from coldcarbon.century.prepared import Climate, Soil
from coldcarbon.century.state import FAST, NAMES, State
from coldcarbon.century.water import available_water, snow_month, water_month

__all__ = ["Month", "Steady", "by_name", "run", "spin_up", "step"]

Array = NDArray[np.float64]
# Pools that lose a share and gain an amount each month: standing dead, roots, and the four of litter they feed.
STANDING_DEAD, ROOTS, LITTER = (NAMES.index(name) for name in ("STDEDC", "BGLIVC", "STRUCC(1)"))
PLAIN_PASSES = 1
LOSSLESS = 1e-9  # a pool that loses less than this share in a cycle is left to run


def by_name(parameters: NDArray[np.float64]) -> SimpleNamespace:
    """Parameters of n sites by name.

    Parameters
    ----------
    parameters : numpy.ndarray, shape (n, 24)
        In the order of `PARAMETERS`.

    Returns
    -------
    SimpleNamespace
        One array of shape (n,) per parameter.
    """
    return SimpleNamespace(**{p.name: parameters[:, place] for place, p in enumerate(PARAMETERS)})


@dataclass(frozen=True)
class Month:
    """Flows of one month, each of shape (n,): carbon in g C m-2, water in cm.

    Attributes
    ----------
    net_production, respiration, leached_carbon : numpy.ndarray
        NPP, all CO2 from decay, dissolved organic carbon.
    rain, evaporation, transpiration, runoff, drainage : numpy.ndarray
        Water; sublimation and interception count as evaporation.
    retained : numpy.ndarray, shape (6, n)
        Shares that standing dead, roots and the four pools of litter kept.
    scalar, anaerobic, flow : numpy.ndarray
        DEFAC, ANERB and the water that left the second layer: what drives organic matter.
    """

    net_production: Array
    respiration: Array
    leached_carbon: Array
    rain: Array
    evaporation: Array
    transpiration: Array
    runoff: Array
    drainage: Array
    retained: Array
    scalar: Array
    anaerobic: Array
    flow: Array

    @property
    def net_ecosystem_production(self) -> Array:
        """NPP minus respiration; uptake is positive, leaching stands outside."""
        return self.net_production - self.respiration


def step(
    state: State, climate: Climate, at: int, soil: Soil, p: SimpleNamespace, constants: Constants
) -> tuple[State, Month]:
    """One month (simsom, cycle): production, snow, water, decay, then death and growth.

    Parameters
    ----------
    state : State
        At the start of the month.
    climate : Climate
        Forcing.
    at : int
        Month of the forcing.
    soil : Soil
        Soil.
    p : SimpleNamespace
        Parameters by name.
    constants : Constants
        Named set.

    Returns
    -------
    state : State
        At the end of the month.
    month : Month
        What flowed.
    """
    month = SimpleNamespace(**{f.name: getattr(climate, f.name)[:, at] for f in fields(climate)})

    # production, with the water that last month left
    available, top = available_water(state.asmos, soil)
    surface = surface_temperature(state, month, constants)
    net, share_of_roots = growth(state, month, soil, p, surface, available, constants)

    # snow comes before the water ratio, which asks for the melt of this month
    snow = snow_month(state, month, constants)
    ratio = np.where(snow.drained > 0, snow.drained, top + month.rain) / month.pet
    water = water_month(state, month, soil, snow, net, constants)
    available, _ = available_water(water.asmos, soil)

    soil_temperature = np.where(snow.snow > 0, 0.0, surface)
    wetness = decay_wetness(ratio)
    scalar = decay_temperature(soil_temperature, p, constants) * wetness
    anaerobic = anaerobic_effect(ratio, soil.drain, constants)
    rates = decay_rates(soil, p, constants)
    decayed, respired, leached, litter_left = decay_month(
        state, soil, p, rates, scalar, anaerobic, water.flow[1], constants
    )

    # plants change last, all from what they were
    die = deaths(state, month, p, wetness, soil_temperature, available, constants)
    dead_shoots, dead_roots = die.shoots * state.aglivc, die.roots * state.bglivc
    fallen = die.fall * state.stdedc
    litter = np.array([fallen, dead_roots])
    after = State(
        snow=snow.snow,
        snlq=snow.snlq,
        asmos=water.asmos,
        aglivc=state.aglivc + (1 - share_of_roots) * net - dead_shoots,
        stdedc=state.stdedc + dead_shoots - fallen,
        bglivc=state.bglivc + share_of_roots * net - dead_roots,
        strucc=decayed.strucc + (1 - soil.metabolic) * litter,
        metabc=decayed.metabc + soil.metabolic * litter,
        som1c=decayed.som1c,
        som2c=decayed.som2c,
        som3c=decayed.som3c,
    )
    return after, Month(
        net_production=net,
        respiration=respired,
        leached_carbon=leached,
        rain=month.rain,
        evaporation=snow.sublimation + water.evaporation,
        transpiration=water.transpiration,
        runoff=water.runoff,
        drainage=water.flow[-1],
        retained=np.array([1 - die.fall, 1 - die.roots, *litter_left]),
        scalar=scalar,
        anaerobic=anaerobic,
        flow=water.flow[1],
    )


def run(
    states: Array, climate: Climate, soil: Soil, parameters: Array, constants: Constants, months: int | None = None
) -> tuple[Array, list[Month], Array]:
    """Months one after the other.

    Parameters
    ----------
    states : numpy.ndarray, shape (n, 18)
        At the start.
    climate : Climate
        Forcing; it is repeated if `months` is more than it has.
    soil : Soil
        Soil.
    parameters : numpy.ndarray, shape (n, 24)
        Parameters.
    constants : Constants
        Named set.
    months : int, optional
        How many; the length of the forcing unless told.

    Returns
    -------
    states : numpy.ndarray, shape (n, 18)
        At the end.
    flows : list of Month
        One per month.
    course : numpy.ndarray, shape (months, n, 18)
        The state at the end of each month.
    """
    state, p = State.from_array(states), by_name(parameters)
    flows, course = [], []
    for at in range(climate.months if months is None else months):
        state, month = step(state, climate, at % climate.months, soil, p, constants)
        flows.append(month)
        course.append(state.to_array())
    return state.to_array(), flows, np.array(course)


@dataclass(frozen=True)
class Steady:
    """The periodic steady state of n sites.

    Attributes
    ----------
    states : numpy.ndarray, shape (n, 18)
        At the start of the cycle.
    propagator : numpy.ndarray, shape (n, 5, 5)
        What a cycle leaves of the five pools of organic matter; rows receive.
    cycles : numpy.ndarray of int, shape (n,)
        Passes the plants, the water and the litter took.
    converged : numpy.ndarray of bool, shape (n,)
        Whether they came to rest within the tolerance.
    """

    states: Array
    propagator: Array
    cycles: NDArray[np.int64]
    converged: NDArray[np.bool_]


def jump(start: Array, end: Array, kept: Array) -> Array:
    """The fixed point of ``end = kept start + gained``; the end itself where next to nothing is lost."""
    lost = 1 - kept
    return np.where(lost > LOSSLESS, (end - kept * start) / np.where(lost > LOSSLESS, lost, 1.0), end)


def land(states: Array, end: Array, flows: list[Month], soil: Soil) -> Array:
    """Fast pools after a pass, the affine ones at their fixed point (semi-analytical spin-up).

    Litter is fed by standing dead and roots, which jump themselves: what a unit of those at the start leaves in the
    litter at the end is counted along, so that litter lands where their jump takes it.
    """
    kept = np.ones((6, len(states)))
    passed_on = np.zeros((4, len(states)))
    for month in flows:
        lost = 1 - month.retained[:2]
        for litter in range(4):
            source = litter // 2
            share = soil.metabolic[source] if litter % 2 else 1 - soil.metabolic[source]
            passed_on[litter] = month.retained[2 + litter] * passed_on[litter] + share * (lost[source] * kept[source])
        kept *= month.retained
    new = end[:, :FAST].copy()
    for source in (STANDING_DEAD, ROOTS):
        new[:, source] = jump(states[:, source], end[:, source], kept[source - STANDING_DEAD])
    for litter in range(4):
        pool, source = LITTER + litter, STANDING_DEAD + litter // 2
        moved = end[:, pool] + passed_on[litter] * (new[:, source] - states[:, source])
        new[:, pool] = jump(states[:, pool], moved, kept[2 + litter])
    return new


def accelerate(landed: Array, residual: Array, last_landed: Array, last_residual: Array) -> Array:
    """One step of Anderson's mixing with one step of memory; no pool falls below zero."""
    scale = 1 / np.maximum(np.abs(landed), 1.0)
    turned = (residual - last_residual) * scale
    size = (turned * turned).sum(axis=1)
    along = (turned * residual * scale).sum(axis=1)
    weight = np.clip(along / np.where(size > 0, size, 1.0), -1, 1)
    return np.maximum(landed - weight[:, None] * (landed - last_landed), 0)


def change(old: Array, new: Array) -> Array:
    """Largest change of a pool, relative to the pool or to 1 g C m-2 or 1 cm if it is smaller; shape (n,)."""
    return (np.abs(new - old) / np.maximum(np.abs(new), 1.0)).max(axis=1)


def spin_up(
    states: Array,
    climate: Climate,
    soil: Soil,
    parameters: Array,
    constants: Constants,
    tolerance: float = 1e-8,
    cycles: int = 60,
) -> Steady:
    """The state that one more cycle of the climate does not change.

    Plants, water and litter are run through the cycle until they repeat. After each pass the pools whose map is affine
    jump to their fixed point (semi-analytical spin-up, Xia et al. 2012), and from the second pass on a pass is mixed
    with the one before (Anderson 1965), since production answers litter and overshoots. Organic matter drives
    none of them and obeys ``s' = P s + c``, so that ``s = (I - P)^-1 c`` from one more pass (matrix approach, Huang et
    al. 2018).

    A state that repeats need not be the only one, nor one that months would lead to: thresholds (canopy, snow, shading)
    let a few dry sites swing between two years or rest at a second state. Months alone then end elsewhere; soil carbon
    differed by under one per cent where that was seen.

    Parameters
    ----------
    states : numpy.ndarray, shape (n, 18)
        Where to start.
    climate : Climate
        A cycle of whole years.
    soil : Soil
        Soil.
    parameters : numpy.ndarray, shape (n, 24)
        Parameters.
    constants : Constants
        Named set.
    tolerance : float
        Largest relative change of a pool from cycle to cycle.
    cycles : int
        Passes after which a site is given up; its last state stands.

    Returns
    -------
    Steady
    """
    states = np.array(states)
    taken = np.zeros(len(states), dtype=np.int64)
    converged = np.zeros(len(states), dtype=bool)
    last_landed = last_residual = np.zeros((len(states), FAST))
    for passed in range(1, cycles + 1):
        running = ~converged & np.isfinite(states[:, :FAST]).all(axis=1)
        if not running.any():
            break
        with np.errstate(all="ignore"):
            end, flows, _ = run(states, climate, soil, parameters, constants)
            landed = land(states, end, flows, soil)
            residual = landed - states[:, :FAST]
            done = running & (change(states[:, :FAST], landed) <= tolerance)
            mixed = accelerate(landed, residual, last_landed, last_residual) if passed > PLAIN_PASSES else landed
        states[running, :FAST] = np.where(done[:, None], landed, mixed)[running]
        last_landed, last_residual = landed, residual
        taken[running] = passed
        converged |= done
    return organic_matter(states, climate, soil, parameters, constants, taken, converged)


def organic_matter(
    states: Array,
    climate: Climate,
    soil: Soil,
    parameters: Array,
    constants: Constants,
    cycles: NDArray[np.int64],
    converged: NDArray[np.bool_],
) -> Steady:
    """The five pools of organic matter at rest: what a cycle makes of nothing, and its matrix.

    The matrix is kept as ``P - I``: the passive pool loses 1e-4 in a year, and P itself would leave four digits fewer.
    """
    states = states.copy()
    states[:, FAST:] = 0
    p = by_name(parameters)
    rates = decay_rates(soil, p, constants)
    with np.errstate(all="ignore"):
        end, flows, _ = run(states, climate, soil, parameters, constants)
        gained = end[:, FAST:]
        lost = np.zeros((len(states), 5, 5))
        for month in flows:
            per_quarter = quarter_matrix(p, rates, month.scalar, month.anaerobic, month.flow, constants)
            for _ in range(QUARTERS):
                lost = lost - per_quarter @ (np.eye(5) - lost)
    finite = np.isfinite(lost).all(axis=(1, 2)) & np.isfinite(gained).all(axis=1)
    states[~finite] = np.nan
    states[finite, FAST:] = np.linalg.solve(lost[finite], gained[finite][..., None])[..., 0]
    return Steady(states, np.eye(5) - lost, cycles, converged & finite)
