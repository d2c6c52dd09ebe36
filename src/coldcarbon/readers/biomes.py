"""From the vegetation of a root profile to nine biomes, line by line, with the reason of each line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pandas as pd

__all__ = [
    "BIOMES",
    "BIOME_OF_VEGETATION",
    "BOREAL_FORESTS",
    "CROPLANDS",
    "DESERTS",
    "SAVANNAS",
    "SHRUBLANDS",
    "TEMPERATE_FORESTS",
    "TEMPERATE_GRASSLANDS",
    "TROPICAL_FORESTS",
    "TUNDRA",
    "BiomeRule",
    "assign_biome",
    "biome_table",
]

TROPICAL_FORESTS: Final = "tropical/subtropical forests"
TEMPERATE_FORESTS: Final = "temperate forests"
BOREAL_FORESTS: Final = "boreal forests"
SAVANNAS: Final = "tropical/subtropical grasslands/savannas"
TEMPERATE_GRASSLANDS: Final = "temperate grasslands"
SHRUBLANDS: Final = "Mediterranean/montane shrublands"
DESERTS: Final = "deserts"
TUNDRA: Final = "tundra"
CROPLANDS: Final = "croplands"

BIOMES: Final = (
    TROPICAL_FORESTS,
    TEMPERATE_FORESTS,
    BOREAL_FORESTS,
    SAVANNAS,
    TEMPERATE_GRASSLANDS,
    SHRUBLANDS,
    DESERTS,
    TUNDRA,
    CROPLANDS,
)
"""The nine biomes, in the order of figures and tables."""

SUBTROPICS_DEGREES: Final = 30.0  # poleward limit of tropical/subtropical classes where only latitude can decide
_POLAR_DEGREES: Final = 60.0
_WOODED_GRASSLAND_COVER: Final = 7  # UMD land cover class, as in the file


@dataclass(frozen=True)
class BiomeRule:
    """One line of the table from vegetation to biome; the first line whose conditions hold decides.

    ``biome`` is None where no class fits. Latitude is absolute, in degrees, and the lower bound is exclusive;
    ``wetter_than`` and ``drier_than`` bound precipitation over potential evapotranspiration. ``certain`` lines are
    the ones that the strict scheme keeps.
    """

    biome: str | None
    reason: str
    certain: bool = False
    above_degrees: float | None = None
    up_to_degrees: float | None = None
    wetter_than: float | None = None
    drier_than: float | None = None
    above_metres: float | None = None
    rainfall_season: str | None = None
    anthropogenic: bool | None = None
    umd_cover_class: int | None = None
    id_letters: tuple[str, ...] | None = None

    def condition(self) -> str:
        """Return the conditions in words ("always" if none)."""
        parts = []
        if self.id_letters is not None:
            parts.append("id " + ", ".join(self.id_letters))
        if self.above_degrees is not None:
            parts.append(f"latitude > {self.above_degrees:g} degrees")
        if self.up_to_degrees is not None:
            parts.append(f"latitude <= {self.up_to_degrees:g} degrees")
        if self.wetter_than is not None:
            parts.append(f"P/PET > {self.wetter_than:g}")
        if self.drier_than is not None:
            parts.append(f"P/PET <= {self.drier_than:g}")
        if self.above_metres is not None:
            parts.append(f"elevation > {self.above_metres:g} m")
        if self.rainfall_season is not None:
            parts.append(self.rainfall_season)
        if self.anthropogenic is not None:
            parts.append("managed" if self.anthropogenic else "not managed")
        if self.umd_cover_class is not None:
            parts.append(f"land cover class {self.umd_cover_class}")
        return ", ".join(parts) or "always"

    def holds(self, profiles: pd.DataFrame) -> pd.Series:
        """Return which rows meet the conditions; a missing value meets none that asks for it."""
        latitude = profiles["latitude_degrees_north"].abs()
        wetness = profiles["map_mm_per_year"] / profiles["pet_mm_per_year"]
        holds = pd.Series(True, index=profiles.index)
        if self.above_degrees is not None:
            holds &= latitude > self.above_degrees
        if self.up_to_degrees is not None:
            holds &= latitude <= self.up_to_degrees
        if self.wetter_than is not None:
            holds &= wetness > self.wetter_than
        if self.drier_than is not None:
            holds &= wetness <= self.drier_than
        if self.above_metres is not None:
            holds &= profiles["elevation_m"] > self.above_metres
        if self.rainfall_season is not None:
            holds &= (profiles["rainfall_season"] == self.rainfall_season).fillna(False).astype(bool)
        if self.anthropogenic is not None:
            holds &= profiles["anthropogenic"].astype(bool) == self.anthropogenic
        if self.umd_cover_class is not None:
            holds &= (profiles["umd_cover_class"] == self.umd_cover_class).fillna(False).astype(bool)
        if self.id_letters is not None:
            holds &= profiles["id_letters"].isin(self.id_letters)
        return holds


_GRASSLAND_BY_LATITUDE: Final = (
    BiomeRule(
        SAVANNAS,
        "grassland within 30 degrees that the compilers did not file as tropical: latitude decides",
        up_to_degrees=SUBTROPICS_DEGREES,
    ),
    BiomeRule(
        TEMPERATE_GRASSLANDS,
        "grassland between 30 and 60 degrees",
        certain=True,
        above_degrees=SUBTROPICS_DEGREES,
        up_to_degrees=_POLAR_DEGREES,
    ),
    BiomeRule(
        TEMPERATE_GRASSLANDS,
        "boreal meadows and mires (Finland, Sweden, Karelia): no class of their own; herbaceous, not tundra",
        above_degrees=_POLAR_DEGREES,
    ),
)

BIOME_OF_VEGETATION: Final[dict[str, tuple[BiomeRule, ...]]] = {
    "EBL forest / tropical": (BiomeRule(TROPICAL_FORESTS, "named so", certain=True),),
    "DBL forest / tropical": (BiomeRule(TROPICAL_FORESTS, "named so", certain=True),),
    "EBL plantation / tropical": (BiomeRule(TROPICAL_FORESTS, "planted, but forest to a land-cover map"),),
    "EBL forest / temperate": (
        BiomeRule(
            TROPICAL_FORESTS,
            "subtropical evergreen forest of South China: temperate by name, subtropical by latitude",
            up_to_degrees=SUBTROPICS_DEGREES,
        ),
        BiomeRule(TEMPERATE_FORESTS, "named so", certain=True),
    ),
    "DBL forest / temperate": (BiomeRule(TEMPERATE_FORESTS, "named so", certain=True),),
    "ENL forest / temperate": (BiomeRule(TEMPERATE_FORESTS, "named so", certain=True),),
    "Mixed forest / temperate": (BiomeRule(TEMPERATE_FORESTS, "named so", certain=True),),
    "ENL plantation / temperate": (BiomeRule(TEMPERATE_FORESTS, "planted, but forest to a land-cover map"),),
    "Woodland": (
        BiomeRule(
            None,
            "dry open woodland of Turkmenistan: forest by name, semi-desert by climate; no class fits",
            drier_than=0.3,
        ),
        BiomeRule(TEMPERATE_FORESTS, "oak and pine woods of the forest steppe; trees prevail"),
    ),
    "DBL forest / boreal": (BiomeRule(BOREAL_FORESTS, "named so", certain=True),),
    "ENL forest / boreal": (BiomeRule(BOREAL_FORESTS, "named so", certain=True),),
    "Savanna": (BiomeRule(SAVANNAS, "named so", certain=True),),
    "Grassland": (
        BiomeRule(DESERTS, "desert herbs and annual grasses, filed under deserts by the compilers", id_letters=("D",)),
        BiomeRule(SAVANNAS, "filed as tropical grassland by the compilers", certain=True, id_letters=("RG",)),
        *_GRASSLAND_BY_LATITUDE,
    ),
    "Wooded grassland": (
        BiomeRule(TUNDRA, "subarctic heath and mire with birch (Abisko)", above_degrees=_POLAR_DEGREES),
        BiomeRule(TUNDRA, "krummholz and meadow above the tree line (Colorado)", above_metres=3000.0),
        BiomeRule(
            SHRUBLANDS,
            "oak grassland and maquis under winter rain (California, Greece)",
            rainfall_season="winter maximum",
        ),
        BiomeRule(SAVANNAS, "mesquite savanna of South Texas", up_to_degrees=SUBTROPICS_DEGREES),
        BiomeRule(
            TEMPERATE_GRASSLANDS,
            "grassland with scattered trees",
            certain=True,
            above_degrees=SUBTROPICS_DEGREES,
        ),
    ),
    "Pasture": (
        BiomeRule(
            CROPLANDS,
            "sown or managed pasture is the only farmed land in the file; a land-cover map would show much of it as"
            " cropland or mosaic. There is no profile under an arable crop",
            anthropogenic=True,
        ),
        *(
            BiomeRule(
                r.biome,
                "pasture not marked as managed: as grassland; " + r.reason,
                above_degrees=r.above_degrees,
                up_to_degrees=r.up_to_degrees,
            )
            for r in _GRASSLAND_BY_LATITUDE
        ),
    ),
    "Closed shrubland": (
        BiomeRule(SHRUBLANDS, "sclerophyllous shrubland of the compilers", certain=True, id_letters=("SC",)),
        BiomeRule(
            SHRUBLANDS, "coastal heath under winter rain (South-East Australia)", rainfall_season="winter maximum"
        ),
        BiomeRule(
            BOREAL_FORESTS, "larch thicket of Siberia, filed under boreal forest by the compilers", id_letters=("BF",)
        ),
        BiomeRule(None, "oceanic heath (England, Netherlands, Newfoundland): neither Mediterranean nor montane"),
    ),
    "Xeric forest": (
        BiomeRule(SHRUBLANDS, "jarrah forest of South-West Australia: Mediterranean climate and ecoregion"),
    ),
    "Open shrubland": (
        BiomeRule(
            TEMPERATE_GRASSLANDS,
            "shrubs in grassland: land cover in the file is wooded grassland (Texas, Colorado, Montana)",
            umd_cover_class=_WOODED_GRASSLAND_COVER,
        ),
        BiomeRule(DESERTS, "arid shrubland", certain=True, drier_than=0.2),
        BiomeRule(DESERTS, "semi-arid (xeric) shrubland, which ecoregion maps hold with deserts", drier_than=0.5),
        BiomeRule(SHRUBLANDS, "sagebrush of the mountains, too wet for a desert (Wyoming)", wetter_than=0.5),
    ),
    "Tundra": (BiomeRule(TUNDRA, "named so", certain=True),),
    "Alpine herbaceous": (
        BiomeRule(TUNDRA, "alpine tundra by its plants; an ecoregion map would count some of it as montane grassland"),
    ),
}
"""From vegetation to the nine biomes, an own reading: the published map (satellite land cover and ecoregions) is not
available. Every line has its reason; `biome_table` shows them with the number of profiles each decides."""


def _rule_numbers(profiles: pd.DataFrame) -> pd.Series:
    """Return the position of the deciding line within its vegetation, -1 where none holds."""
    numbers = pd.Series(-1, index=profiles.index, dtype=int)
    for vegetation, rules in BIOME_OF_VEGETATION.items():
        rows = profiles[profiles["vegetation"] == vegetation]
        if rows.empty:
            continue
        conditions = [rule.holds(rows).to_numpy() for rule in rules]
        numbers.loc[rows.index] = np.select(conditions, range(len(rules)), default=-1)
    return numbers


def assign_biome(profiles: pd.DataFrame, scheme: Literal["broad", "strict"] = "broad") -> pd.Series:
    """Biome of each profile by `BIOME_OF_VEGETATION`.

    Parameters
    ----------
    profiles : pandas.DataFrame
        As `read` gives it, with an index without repeats.
    scheme : {"broad", "strict"}
        "broad" places every profile that any line of the table fits, as a land-cover map would. "strict" keeps only
        lines that need no judgement, and of these only natural vegetation on dry land with coordinates; it has
        therefore no croplands.

    Returns
    -------
    pandas.Series
        Ordered categorical with the nine `BIOMES` as categories, missing where no class fits; index of ``profiles``.

    Raises
    ------
    ValueError
        For an unknown scheme, a vegetation without a line, or an index with repeats.
    """
    if scheme not in ("broad", "strict"):
        raise ValueError(f"scheme must be 'broad' or 'strict', not {scheme!r}")
    if not profiles.index.is_unique:
        raise ValueError("the index has repeats: reset it first")
    unknown = sorted(set(profiles["vegetation"]) - set(BIOME_OF_VEGETATION))
    if unknown:
        raise ValueError(f"no line for vegetation {', '.join(map(repr, unknown))} in BIOME_OF_VEGETATION")
    numbers = _rule_numbers(profiles)
    natural = (
        ~profiles["anthropogenic"].astype(bool)
        & ~profiles["wetland"].astype(bool)
        & profiles["latitude_degrees_north"].notna()
    )
    biomes: list[str | None] = []
    for vegetation, number, is_natural in zip(profiles["vegetation"], numbers, natural, strict=True):
        rule = BIOME_OF_VEGETATION[vegetation][number] if number >= 0 else None
        kept = rule is not None and (scheme == "broad" or (rule.certain and is_natural))
        biomes.append(rule.biome if rule is not None and kept else None)
    return pd.Series(pd.Categorical(biomes, categories=list(BIOMES), ordered=True), index=profiles.index, name="biome")


def biome_table(profiles: pd.DataFrame) -> pd.DataFrame:
    """List the lines of `BIOME_OF_VEGETATION` with the number of profiles that each decides.

    Parameters
    ----------
    profiles : pandas.DataFrame
        As `read` gives it.

    Returns
    -------
    pandas.DataFrame
        Columns vegetation, condition, biome ("none" where no class fits), certain, profiles, reason; one row per
        line, in the order in which they are tried.
    """
    numbers = _rule_numbers(profiles)
    counts = pd.Series(1, index=profiles.index).groupby([profiles["vegetation"], numbers]).sum()
    rows = [
        {
            "vegetation": vegetation,
            "condition": rule.condition(),
            "biome": rule.biome or "none",
            "certain": rule.certain,
            "profiles": int(counts.get((vegetation, number), 0)),
            "reason": rule.reason,
        }
        for vegetation, rules in BIOME_OF_VEGETATION.items()
        for number, rule in enumerate(rules)
    ]
    return pd.DataFrame(rows)
