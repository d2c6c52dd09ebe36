"""From climate classes to the nine biomes of `coldcarbon.readers.biomes`, line by line, with the reason of each line.

The published biomes come from satellite land cover and a map of ecoregions, which are not available. A climate class
exists in every cell of land. It says what would grow there, not what does: fields and pastures carry the biome that
they replaced, so that no cell has croplands. Ice has no biome.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from coldcarbon.readers import biomes
from coldcarbon.readers.koppen import CLASSES

__all__ = ["RULES", "Rule", "assign_biome", "biome_table", "dryness"]


@dataclass(frozen=True)
class Rule:
    """One line; the first line whose conditions hold decides, and ``biome`` is None where no class fits.

    ``classes`` are Koeppen-Geiger classes; ``up_to_degrees`` bounds the absolute latitude, inclusive.
    """

    classes: tuple[str, ...]
    biome: str | None
    reason: str
    up_to_degrees: float | None = None

    def condition(self) -> str:
        """Return the condition in words ("always" if none)."""
        return "always" if self.up_to_degrees is None else f"latitude <= {self.up_to_degrees:g} degrees"


_WARM_AND_WET: Final = ("Cfa", "Cwa", "Cfb", "Cfc")

RULES: Final[tuple[Rule, ...]] = (
    Rule(("Af", "Am"), biomes.TROPICAL_FORESTS, "rain forest and monsoon climates"),
    Rule(("Aw", "As"), biomes.SAVANNAS, "savanna climates, dry forests among them"),
    Rule(("BSh",), biomes.SAVANNAS, "hot steppe: thorn savanna of the Sahel, India, Australia"),
    Rule(("BSk",), biomes.TEMPERATE_GRASSLANDS, "cold steppe"),
    Rule(("BWh", "BWk"), biomes.DESERTS, "desert climates"),
    Rule(("Csa", "Csb", "Csc"), biomes.SHRUBLANDS, "dry summers: Mediterranean forest and scrub"),
    Rule(("Cwb", "Cwc"), biomes.SHRUBLANDS, "tropical highlands: montane grassland and shrubland"),
    Rule(_WARM_AND_WET, biomes.TROPICAL_FORESTS, "subtropical by latitude", biomes.SUBTROPICS_DEGREES),
    Rule(_WARM_AND_WET, biomes.TEMPERATE_FORESTS, "temperate and wet"),
    Rule(("Dfa", "Dfb", "Dwa", "Dwb"), biomes.TEMPERATE_FORESTS, "cold winters, warm summers: mixed forest"),
    Rule(("Dsa", "Dsb"), biomes.TEMPERATE_GRASSLANDS, "cold winters, dry summers: mountain steppe of Asia"),
    Rule(("Dfc", "Dfd", "Dwc", "Dwd", "Dsc", "Dsd"), biomes.BOREAL_FORESTS, "short cool summers"),
    Rule(("ET",), biomes.TUNDRA, "no month above 10 degC"),
    Rule(("EF",), None, "ice"),
)
"""The table."""


def assign_biome(climate_class: ArrayLike | pd.Series, latitude: ArrayLike | pd.Series) -> pd.Series:
    """Biome of each place by `RULES`.

    Parameters
    ----------
    climate_class : array_like or pandas.Series, shape (n,)
        Names of Koeppen-Geiger classes as in `coldcarbon.readers.koppen.CLASSES`; missing where there is none.
    latitude : array_like or pandas.Series, shape (n,)
        Degrees north.

    Returns
    -------
    pandas.Series
        Ordered categorical with the nine biomes as categories, missing on ice and where the class is missing; index of
        ``climate_class`` if that is a Series.

    Raises
    ------
    ValueError
        For a name that is no class, unequal lengths, or a latitude outside the globe.
    """
    index = climate_class.index if isinstance(climate_class, pd.Series) else None
    names = pd.Series(np.asarray(climate_class, dtype=object))
    north = np.abs(np.asarray(latitude, dtype=float))
    if len(names) != len(north):
        raise ValueError(f"{len(names)} classes but {len(north)} latitudes")
    if (north > 90).any():
        row = int(np.flatnonzero(north > 90)[0])
        raise ValueError(f"row {row}: absolute latitude {north[row]:g} exceeds 90 degrees")
    unknown = sorted(set(names.dropna()) - set(CLASSES))
    if unknown:
        raise ValueError(f"no climate class {', '.join(map(repr, unknown))}")
    numbers = _rule_numbers(names, north)
    found = [*(rule.biome for rule in RULES), None]  # -1 points at the last
    categories = pd.Categorical([found[n] for n in numbers], categories=list(biomes.BIOMES), ordered=True)
    return pd.Series(categories, index=index, name="biome")


def dryness(climate_class: ArrayLike | pd.Series) -> pd.DataFrame:
    """What the letters of a climate class say of rain, as numbers that a tree can split.

    Parameters
    ----------
    climate_class : array_like or pandas.Series, shape (n,)
        Names of Koeppen-Geiger classes; missing where there is none.

    Returns
    -------
    pandas.DataFrame, shape (n, 2)
        ``aridity``: 0 humid, 1 steppe (BS), 2 desert (BW). ``dry_season``: -1 in summer (s), 0 none (or arid, or
        polar), 1 in winter (w). Missing where the class is; index of ``climate_class`` if that is a Series.
    """
    index = climate_class.index if isinstance(climate_class, pd.Series) else None
    names = pd.Series(np.asarray(climate_class, dtype=object))
    codes = {
        name: (("BS", "BW").index(name[:2]) + 1 if name[0] == "B" else 0, {"s": -1, "w": 1}.get(name[1], 0))
        for name in CLASSES
    }
    unknown = sorted(set(names.dropna()) - set(codes))
    if unknown:
        raise ValueError(f"no climate class {', '.join(map(repr, unknown))}")
    pairs = [codes.get(name, (np.nan, np.nan)) for name in names]
    table = pd.DataFrame(pairs, columns=["aridity", "dry_season"], dtype=float)
    return table if index is None else table.set_axis(index)


def _rule_numbers(names: pd.Series, north: np.ndarray) -> np.ndarray:
    limits = [np.inf if rule.up_to_degrees is None else rule.up_to_degrees for rule in RULES]
    holds = [names.isin(rule.classes).to_numpy() & (north <= limit) for rule, limit in zip(RULES, limits, strict=True)]
    return np.select(holds, range(len(RULES)), default=-1)


def biome_table() -> pd.DataFrame:
    """List the lines of `RULES`.

    Returns
    -------
    pandas.DataFrame
        Columns classes, condition, biome ("none" where no class fits), reason.
    """
    return pd.DataFrame(
        [
            {
                "classes": ", ".join(rule.classes),
                "condition": rule.condition(),
                "biome": rule.biome or "none",
                "reason": rule.reason,
            }
            for rule in RULES
        ]
    )
