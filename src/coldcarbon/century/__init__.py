"""The monthly grassland CENTURY model that zhao2022 calibrates, in a readable and in a fast form.

Production, water, litter and organic matter of a site follow from soil, climate and 24 parameters. Nitrogen is off, so
that organic matter is linear and its steady state a matter of algebra.
"""

from coldcarbon.century.constants import CENTURY, DAYCENT, SETS, Constants
from coldcarbon.century.parameters import (
    PARAMETERS,
    SYMBOLS,
    Parameter,
    as_vector,
    defaults,
    midpoints,
    priors,
    refuse_outside,
    table,
)
from coldcarbon.century.simulator import FLUXES, Counts, Result, Simulator, depth_factor, simulate, simulate_blocks
from coldcarbon.century.sites import Sites, Weather
from coldcarbon.century.state import NAMES, total_carbon, total_water

__all__ = [
    "CENTURY",
    "DAYCENT",
    "FLUXES",
    "NAMES",
    "PARAMETERS",
    "SETS",
    "SYMBOLS",
    "Constants",
    "Counts",
    "Parameter",
    "Result",
    "Simulator",
    "Sites",
    "Weather",
    "as_vector",
    "defaults",
    "depth_factor",
    "midpoints",
    "priors",
    "refuse_outside",
    "simulate",
    "simulate_blocks",
    "table",
    "total_carbon",
    "total_water",
]
