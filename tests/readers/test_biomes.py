"""From vegetation to biomes: each line decides what it says, and each row is accounted for."""

from pathlib import Path

import pandas as pd
import pytest

from coldcarbon.readers import biomes, root_profiles
from root_profile_file import NO_PLACE, write


def biomes_of(tmp_path: Path, *rows: dict[str, str], scheme: str = "broad") -> list[str | None]:
    assigned = biomes.assign_biome(root_profiles.read(write(tmp_path, *rows)), scheme)
    return [None if pd.isna(biome) else biome for biome in assigned]


def test_each_vegetation_has_lines_each_with_a_reason():
    assert set(biomes.BIOME_OF_VEGETATION) == set(root_profiles.VEGETATION.values())
    for rules in biomes.BIOME_OF_VEGETATION.values():
        assert rules
        for rule in rules:
            assert rule.reason
            assert rule.biome is None or rule.biome in biomes.BIOMES


def test_biomes_follow_vegetation_latitude_climate_and_use(tmp_path):
    grassland = [{"Latitude": latitude} for latitude in ("-29", "31", "-45", "62")]
    assert biomes_of(tmp_path, *grassland) == [
        biomes.SAVANNAS,
        biomes.TEMPERATE_GRASSLANDS,
        biomes.TEMPERATE_GRASSLANDS,
        biomes.TEMPERATE_GRASSLANDS,
    ]
    shrubs = {"Vegetation": "open shrubland", "UMD_cover": "9"}
    assert biomes_of(
        tmp_path,
        shrubs | {"MAP": "150"},
        shrubs | {"MAP": "400"},
        shrubs | {"MAP": "900"},
        shrubs | {"MAP": "900", "UMD_cover": "7"},
        shrubs | NO_PLACE,
    ) == [
        biomes.DESERTS,
        biomes.DESERTS,
        biomes.SHRUBLANDS,
        biomes.TEMPERATE_GRASSLANDS,
        None,
    ]
    pasture = {"Vegetation": "Pasture"}
    assert biomes_of(tmp_path, pasture | {"Anthropogenic": "Y"}, pasture) == [
        biomes.CROPLANDS,
        biomes.TEMPERATE_GRASSLANDS,
    ]


def test_strict_scheme_keeps_only_what_needs_no_judgement(tmp_path):
    rows = [
        {"Vegetation": "Tundra", "Latitude": "70"},
        {"Vegetation": "Tundra", "Latitude": "70", "Wetland": "Y"},
        {"Vegetation": "alpine herbaceous"},
        {"Vegetation": "ENL plantation / tem", "Anthropogenic": "Y"},
        {"Vegetation": "Pasture", "Anthropogenic": "Y"},
        {"Vegetation": "EBL forest / tropica", **NO_PLACE},
    ]
    assert biomes_of(tmp_path, *rows, scheme="strict") == [biomes.TUNDRA] + [None] * 5
    broad = biomes_of(tmp_path, *rows)
    assert broad == [
        biomes.TUNDRA,
        biomes.TUNDRA,
        biomes.TUNDRA,
        biomes.TEMPERATE_FORESTS,
        biomes.CROPLANDS,
        biomes.TROPICAL_FORESTS,
    ]


def test_biome_is_ordered_and_the_table_accounts_for_every_row(quirky):
    biome = biomes.assign_biome(quirky)
    assert list(biome.cat.categories) == list(biomes.BIOMES)
    assert biome.cat.ordered
    table = biomes.biome_table(quirky)
    assert table["profiles"].sum() == len(quirky)
    counted = table.groupby("biome")["profiles"].sum()
    for name, number in biome.value_counts().items():
        assert counted[name] == number


def test_assign_biome_refuses_what_it_cannot_place(quirky):
    with pytest.raises(ValueError, match="scheme"):
        biomes.assign_biome(quirky, "loose")
    with pytest.raises(ValueError, match="'Mangrove'"):
        biomes.assign_biome(quirky.assign(vegetation="Mangrove"))
    with pytest.raises(ValueError, match="index has repeats"):
        biomes.assign_biome(pd.concat([quirky, quirky]))
