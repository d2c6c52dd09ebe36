"""Units as the book writes them, such as ``gC m-2 yr-1``, read into pint, with what the mass is a mass of.

pint knows no carbon: a gram of it and a gram of dry matter are both grams there. So what a mass is a mass of is taken
out of the text before pint reads the rest, and kept beside it; nothing turns one into the other.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import pint

__all__ = ["DifferentKindError", "Unit", "UnknownUnitError", "read_unit"]

SUBSTANCES = {
    "C": "carbon",
    "carbon": "carbon",
    "CO2": "carbon dioxide",
    "O2": "oxygen",
    "DM": "dry mass",
    "dry mass": "dry mass",
    "dry matter": "dry mass",
    "dry weight": "dry mass",
}
AMOUNT = r"[EPTGMkhdcmµunp]?(?:g|t|mol)|da[gt]|tonnes?|grams?|kilograms?|tons?"
OF = "|".join(sorted(SUBSTANCES, key=len, reverse=True))
# "dm" is a decimetre, so dry mass is DM.
AMOUNT_OF = re.compile(rf"(?<![A-Za-z])(?P<amount>{AMOUNT})[ _-]?(?:of )?(?P<of>{OF})(?![A-Za-z0-9])")

WORDS = {
    r"°\s*C\b|\bdeg(?:rees?)?[ _]?(?:C|Celsius)\b|\b[Cc]elsius\b": "degC",
    r"°\s*F\b|\bdeg(?:rees?)?[ _]?F\b": "degF",
    r"\bdelta[ _](?=deg)": "delta_",
    r"\bdegrees?[ _](?:[NSEW]|north|south|east|west)\b|°\s*[NSEW]?(?![A-Za-z])": "degree",
    r"\barc[ _]seconds?\b": "arcsecond",
    r"%(?: of the prior SD)?|\bper ?cent\b|\bpct\b": " percent ",
    r"\bppmv\b": "ppm",
    "‰": " permille ",
    r"\bstandardi[sz]ed path\b|\blog10 unit\b|\bS number\b|\bdegrees? of freedom\b": "ratio",
}
# What is counted or measured as a pure number has no unit.
PURE = frozenset(
    {
        *("1", "count", "unitless", "dimensionless", "number", "ratio", "fraction", "share", "rank", "times"),
        *("r", "|r|", "R2", "P", "chi2", "SD", "SE", "IQR", "VIF", "CFI", "RMSEA", "AIC", "BIC"),
        *("individual", "individuals", "species", "site", "sites", "plot", "plots", "tower", "towers", "site-year"),
        *("model", "models", "profile", "profiles", "study", "studies", "sample", "samples", "pixel", "pixels"),
        *("cell", "cells", "point", "points", "pair", "pairs", "site-years", "paths", "parameters", "draws"),
    }
)
ALIASES = {
    "y": "year", "yrs": "year", "mo": "month", "mon": "month", "mth": "month", "dec": "ten_years",
    "decade": "ten_years", "decades": "ten_years", "kelvin": "K", "Kelvin": "K",
}  # fmt: skip
FACTOR = re.compile(r"(?P<name>[^\W\d]+)(?:\*\*|\^)?(?P<power>[+-]?\d+)?")
FLAT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉⁻−–·×", "01234567890123456789---  ")


class UnknownUnitError(ValueError):
    """A unit that neither the book nor pint knows."""


class DifferentKindError(ValueError):
    """Two units of different kinds of quantity."""


@cache
def _registry() -> pint.UnitRegistry:
    registry: pint.UnitRegistry = pint.UnitRegistry()
    registry.define("ten_years = 10 * year")  # pint's own decade is a step of a logarithm
    return registry


@dataclass(frozen=True)
class Unit:
    """A unit and what it is a unit of.

    Attributes
    ----------
    text : str
        As written.
    pint : pint.Unit
        For pint; degrees within a product are differences.
    substance : str
        ``carbon``, ``carbon dioxide``, ``oxygen``, ``dry mass``, or empty where the text names none.
    """

    text: str
    pint: pint.Unit
    substance: str = ""

    @property
    def is_temperature(self) -> bool:
        """True for a degree or a kelvin alone, which may be a temperature or a difference of two."""
        return str(self.pint.dimensionality) == "[temperature]"

    @property
    def is_difference(self) -> bool:
        """True for degrees that are written as a difference, ``delta degC``."""
        return self.is_temperature and "delta_" in str(self.pint)

    @property
    def is_pure(self) -> bool:
        """True for a pure number, a percentage or the like."""
        return self.pint.dimensionless

    def dimensions(self) -> dict[str, Any]:
        """Power of each kind of base unit, such as ``{"[mass]": 1, "[time]": -1}``."""
        return dict(self.pint.dimensionality)

    def factor(self, other: Unit) -> float:
        """What a number in this unit is multiplied with to stand in the other; degrees as differences.

        Raises
        ------
        DifferentKindError
            If the two measure different things.
        """
        here, there = (_as_difference(unit.pint) for unit in (self, other))
        try:
            return float(_registry().convert(1.0, here, there))
        except pint.DimensionalityError as error:
            raise DifferentKindError(f"{self.text!r} cannot be turned into {other.text!r}") from error

    def temperature(self, value: float, other: Unit) -> float:
        """A temperature in this unit as one in the other, with the different zeros of their scales."""
        here, there = (_as_scale(unit.pint) for unit in (self, other))
        return float(_registry().convert(value, here, there))


def _as_difference(unit: pint.Unit) -> pint.Unit:
    text = re.sub(r"(?<!delta_)(degree_(?:Celsius|Fahrenheit))", r"delta_\1", str(unit))
    return _registry().parse_units(text, as_delta=False)


def _as_scale(unit: pint.Unit) -> pint.Unit:
    return _registry().parse_units(str(unit).replace("delta_", ""), as_delta=False)


def read_unit(text: str) -> Unit:
    """Read a unit.

    Parameters
    ----------
    text : str
        Factors with powers, ``"Mg ha-1 yr-1"``, or with ``/``, ``per``, ``^`` or raised digits. An amount may say of
        what: ``"gC"``, ``"g C"``, ``"kg CO2"``, ``"Mg DM"``. Empty or ``"1"`` is a pure number; so are counted things.

    Returns
    -------
    Unit

    Raises
    ------
    UnknownUnitError
        Naming the factor that is not known.
    """
    whole = text.strip()
    if not whole or whole in PURE:
        return Unit(text, _registry().Unit(""))
    flat = whole.translate(FLAT)
    found = AMOUNT_OF.search(flat)
    flat = AMOUNT_OF.sub(lambda match: match["amount"], flat)
    for pattern, word in WORDS.items():
        flat = re.sub(pattern, word, flat)
    flat = re.sub(r"\bper\b|/", " / ", flat)
    product = _registry().Unit("")
    sign, names = 1, 0
    for factor in flat.replace("*", " * ").replace(" *  * ", "**").split():
        if factor in ("/", "*"):
            sign = -1 if factor == "/" else 1
            continue
        unit, power = _factor(factor, text)
        product *= unit ** (sign * power)
        names += 1
        sign = 1
    is_alone = names == 1 and str(product.dimensionality) == "[temperature]"
    unit = product if is_alone else _as_difference(product)
    return Unit(text, unit, SUBSTANCES[found["of"]] if found else "")


def _factor(factor: str, text: str) -> tuple[pint.Unit, int]:
    match = FACTOR.fullmatch(factor)
    name, power = (match["name"], int(match["power"] or 1)) if match else (factor, 1)
    if factor in PURE or name in PURE:
        return _registry().Unit(""), 1
    unknown = f"the unit {name!r}{'' if factor == text.strip() else f' in {text!r}'} is not known"
    if match is None:
        raise UnknownUnitError(unknown)
    try:
        return _registry().parse_units(ALIASES.get(name, name), as_delta=False), power
    except pint.UndefinedUnitError as error:
        raise UnknownUnitError(unknown) from error
