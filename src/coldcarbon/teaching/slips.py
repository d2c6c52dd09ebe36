"""The slips that readers make most often, each with the numbers it leads to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from coldcarbon.teaching.units import Unit

__all__ = ["HINTS", "KELVIN_OFFSET", "Slip", "slips_of"]

KELVIN_OFFSET = 273.15
# Carbon in dry matter of plants; both shares are in use.
CARBON_SHARES = (0.5, 0.45)
# A carbon atom weighs 12.011, and with two of oxygen 44.009.
CO2_PER_CARBON = 44.009 / 12.011
O2_PER_CARBON = 31.998 / 12.011

HINTS = {
    "sign": "the sign: which way does the flux count as positive, and which of the two is taken from the other?",
    "year and decade": "per year and per decade: what does the unit ask for?",
    "month and year": "months and years: is it a sum over a year, or what one month has?",
    "day and year": "days, months and years: over how long does the number add up?",
    "thousand": "a power of a thousand: g, kg and Mg, or mm, m and km?",
    "area": "the unit of area: square metres, hectares or square kilometres?",
    "percent and fraction": "percentages and fractions: is it of one or of a hundred?",
    "celsius and kelvin": (
        "degrees Celsius and kelvins: a temperature has another zero on each scale, a difference of two has none"
    ),
    "sum and mean": "sum and mean: which of the two is asked for?",
    "carbon and dry mass": "what the mass is a mass of: carbon is about half of dry plant matter",
    "carbon and its gases": "what the mass is a mass of: carbon, or the carbon dioxide or oxygen that goes with it?",
    "inverse": "the order of a ratio: which of the two is divided by the other?",
    "base of a change": "the order of a comparison: of which of the two is it a share?",
}


@dataclass(frozen=True)
class Slip:
    """A slip and a number it leads to, in the unit of the answer."""

    name: str
    value: float
    scale: float
    """What a tolerance is a share of."""


def slips_of(value: float, unit: Unit, *, counted: bool, temperature: bool, terms: int | None) -> Iterator[Slip]:
    """Numbers that a slip leads to.

    Parameters
    ----------
    value : float
        The right number.
    unit : Unit
        Its unit.
    counted : bool
        True for a whole number of things: no share and no ratio.
    temperature : bool
        True for a degree alone, be it a temperature or a difference of two.
    terms : int or None
        How many terms a sum or mean runs over.

    Yields
    ------
    Slip
        The likelier first.
    """
    if temperature:
        for offset in (KELVIN_OFFSET, -KELVIN_OFFSET):
            yield Slip("celsius and kelvin", value + offset, abs(value) or 1.0)
    if value == 0:
        return
    yield Slip("sign", -value, abs(value))
    for name, factor in _factors(unit, counted=counted, terms=terms):
        for moved in (value * factor, value / factor):
            yield Slip(name, moved, abs(moved))
    if unit.is_pure and not counted:
        yield from _reversed(value, unit)


def _factors(unit: Unit, *, counted: bool, terms: int | None) -> Iterator[tuple[str, float]]:
    """Factors by which a slip moves a number, either way."""
    dimensions = unit.dimensions()
    time, length = dimensions.get("[time]", 0), dimensions.get("[length]", 0)
    if terms:
        yield "sum and mean", float(terms)
    if time:
        yield "year and decade", 10.0
        if abs(time) > 1:
            yield "year and decade", 100.0
        yield "month and year", 12.0
        yield from (("day and year", days) for days in (365.25, 365.0, 365.25 / 12))
    is_amount = "[mass]" in dimensions or bool(unit.substance)
    if is_amount:
        yield from (("carbon and dry mass", share) for share in CARBON_SHARES)
        yield from (("carbon and its gases", factor) for factor in (CO2_PER_CARBON, O2_PER_CARBON))
    # g kg-1 has no dimension, and a share of one has no grams
    if is_amount or length or "[substance]" in dimensions or "gram" in str(unit.pint):
        yield from (("thousand", 1000.0**power) for power in range(1, 6))
    if length in (-2, 2):
        yield from (("area", factor) for factor in (10.0, 100.0, 1e4))
    if not counted and (unit.is_pure or "percent" in str(unit.pint)):
        yield "percent and fraction", 100.0


def _reversed(value: float, unit: Unit) -> Iterator[Slip]:
    """A ratio or a relative change, taken the other way round."""
    one = 100.0 if "percent" in str(unit.pint) else 1.0
    share = value / one
    if not math.isclose(abs(share), 1, rel_tol=0.05):
        yield Slip("inverse", one / share, abs(one / share))
    if one == 100 and share != -1:
        changed = one * share / (1 + share)
        yield from (Slip("base of a change", moved, abs(moved)) for moved in (changed, -changed))
