"""From the words of SRDB to the nine biomes of `coldcarbon.readers.biomes`, line by line, with the reason of each line.

The database describes a plot by a climate ("Boreal", "Temperate" ...) and an ecosystem type ("Forest" ...), both
subjective by its own account. The published biomes come from a map of land cover and ecoregions that is not available.
The lines below put the words where such a map would put the plot; latitude, rain, elevation and longitude decide where
the words alone do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from coldcarbon.readers import biomes

__all__ = ["RULES", "Rule", "assign_biome", "biome_table"]

ANY: Final = "any"
MEDITERRANEAN_BASIN: Final = (-10.0, 40.0)  # degrees east


@dataclass(frozen=True)
class Rule:
    """One line; the first line whose conditions hold decides, and ``biome`` is None where no class fits.

    ``climate`` and ``ecosystem`` are words of the file, "any" for all. Bounds of latitude (absolute, degrees), rain
    (mm yr-1, as `coldcarbon.readers.srdb` gives it) and elevation (m): the lower exclusive, the upper inclusive. A
    missing value meets no condition that asks for it.
    """

    climate: str
    ecosystem: str
    biome: str | None
    reason: str
    above_degrees: float | None = None
    up_to_degrees: float | None = None
    up_to_mm: float | None = None
    above_metres: float | None = None
    mediterranean_basin: bool = False

    def condition(self) -> str:
        """Return the conditions in words ("always" if none)."""
        parts = []
        if self.above_degrees is not None:
            parts.append(f"latitude > {self.above_degrees:g} degrees")
        if self.up_to_degrees is not None:
            parts.append(f"latitude <= {self.up_to_degrees:g} degrees")
        if self.mediterranean_basin:
            parts.append("Mediterranean basin")
        if self.up_to_mm is not None:
            parts.append(f"rain <= {self.up_to_mm:g} mm")
        if self.above_metres is not None:
            parts.append(f"elevation > {self.above_metres:g} m")
        return ", ".join(parts) or "always"

    def holds(self, records: pd.DataFrame) -> pd.Series:
        """Return which records the line fits."""
        latitude = records["latitude_degrees_north"].abs()
        holds = pd.Series(True, index=records.index)
        for word, column in ((self.climate, "biome_in_file"), (self.ecosystem, "ecosystem_type")):
            if word != ANY:
                holds &= (records[column] == word).fillna(False).astype(bool)
        if self.above_degrees is not None:
            holds &= latitude > self.above_degrees
        if self.up_to_degrees is not None:
            holds &= latitude <= self.up_to_degrees
        if self.mediterranean_basin:
            holds &= records["longitude_degrees_east"].between(*MEDITERRANEAN_BASIN)
            holds &= records["latitude_degrees_north"].between(30.0, 45.0)
        if self.up_to_mm is not None:
            holds &= records["rain_mm_per_year"] <= self.up_to_mm
        if self.above_metres is not None:
            holds &= records["elevation_m"] > self.above_metres
        return holds


_TROPICS: Final = biomes.SUBTROPICS_DEGREES

RULES: Final[tuple[Rule, ...]] = (
    Rule(ANY, "Agriculture", biomes.CROPLANDS, "fields, orchards and sown grass: cropland to a land-cover map"),
    Rule(ANY, "Wetland", None, "salt marsh, bog, paddy: no class among the nine"),
    Rule("Arctic", ANY, biomes.TUNDRA, "north of the trees"),
    Rule("Tropical", "Forest", biomes.TROPICAL_FORESTS, "named so"),
    Rule("Subtropical", "Forest", biomes.TROPICAL_FORESTS, "subtropical by name and place", up_to_degrees=_TROPICS),
    Rule(
        "Subtropical",
        "Forest",
        biomes.TEMPERATE_FORESTS,
        "pine savanna and forest poleward of 30 degrees: temperate conifer forest to an ecoregion map",
        above_degrees=_TROPICS,
    ),
    Rule("Boreal", "Forest", biomes.BOREAL_FORESTS, "named so"),
    Rule("Mediterranean", "Forest", biomes.SHRUBLANDS, "Mediterranean forest and scrub are one class of ecoregions"),
    Rule("Temperate", "Forest", biomes.TROPICAL_FORESTS, "subtropical by latitude", up_to_degrees=_TROPICS),
    Rule("Temperate", "Forest", biomes.TEMPERATE_FORESTS, "named so"),
    Rule("Tropical", "Savanna", biomes.SAVANNAS, "named so"),
    Rule(
        "Tropical",
        "Grassland",
        biomes.SHRUBLANDS,
        "puna: the paper's class of montane shrublands holds montane grasslands in an ecoregion map",
        above_metres=3000.0,
    ),
    Rule("Tropical", "Grassland", biomes.SAVANNAS, "tropical grassland"),
    Rule("Boreal", "Grassland", biomes.TEMPERATE_GRASSLANDS, "steppe of Mongolia and Buryatia: cold, but south of 55"),
    Rule("Mediterranean", "Grassland", biomes.TEMPERATE_GRASSLANDS, "prairie of Oregon and Washington, poleward of 40"),
    Rule("Temperate", "Grassland", biomes.SAVANNAS, "grassland within 30 degrees", up_to_degrees=_TROPICS),
    Rule("Temperate", "Grassland", biomes.TEMPERATE_GRASSLANDS, "named so"),
    Rule(ANY, "Desert", biomes.DESERTS, "named so"),
    Rule("Mediterranean", "Shrubland", biomes.SHRUBLANDS, "named so"),
    Rule(
        "Temperate",
        "Shrubland",
        biomes.SHRUBLANDS,
        "garrigue of Catalonia and Sardinia: Mediterranean by place and plants",
        mediterranean_basin=True,
    ),
    Rule("Temperate", "Shrubland", biomes.DESERTS, "semi-arid (xeric) shrubland, held with deserts", up_to_mm=400.0),
    Rule("Temperate", "Shrubland", None, "oceanic heath, old fields: neither Mediterranean, montane nor desert"),
)
"""The table. What no line fits has no biome."""


def _rule_numbers(records: pd.DataFrame) -> pd.Series:
    conditions = [rule.holds(records).to_numpy() for rule in RULES]
    return pd.Series(np.select(conditions, range(len(RULES)), default=-1), index=records.index)


def assign_biome(records: pd.DataFrame) -> pd.Series:
    """Biome of each record by `RULES`.

    Parameters
    ----------
    records : pandas.DataFrame
        As `coldcarbon.readers.srdb.read` gives it.

    Returns
    -------
    pandas.Series
        Ordered categorical with the nine biomes as categories, missing where no class fits; index of ``records``.
    """
    names = [rule.biome for rule in RULES] + [None]  # -1 points at the last
    found = [names[number] for number in _rule_numbers(records)]
    categories = pd.Categorical(found, categories=list(biomes.BIOMES), ordered=True)
    return pd.Series(categories, index=records.index, name="biome")


def biome_table(records: pd.DataFrame) -> pd.DataFrame:
    """List the lines of `RULES` with the number of records and studies that each decides.

    Parameters
    ----------
    records : pandas.DataFrame
        As `coldcarbon.readers.srdb.read` gives it.

    Returns
    -------
    pandas.DataFrame
        Columns climate, ecosystem, condition, biome ("none" where no class fits), records, studies, reason.
    """
    numbers = _rule_numbers(records)
    rows = []
    for number, rule in enumerate(RULES):
        decided = records[numbers == number]
        rows.append(
            {
                "climate": rule.climate,
                "ecosystem": rule.ecosystem,
                "condition": rule.condition(),
                "biome": rule.biome or "none",
                "records": len(decided),
                "studies": decided["study_number"].nunique(),
                "reason": rule.reason,
            }
        )
    return pd.DataFrame(rows)
