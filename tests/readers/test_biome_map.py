import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import biome_map, biomes, koppen
from coldcarbon.simulate import covariates


def test_every_class_is_placed_and_only_ice_has_no_biome() -> None:
    for latitude in (10.0, 50.0):
        placed = biome_map.assign_biome(list(koppen.CLASSES), np.full(len(koppen.CLASSES), latitude))
        assert [name for name, biome in zip(koppen.CLASSES, placed, strict=True) if pd.isna(biome)] == [koppen.ICE]


def test_latitude_parts_the_wet_subtropics_from_temperate_forests() -> None:
    placed = biome_map.assign_biome(["Cfa", "Cfa", "Cfa"], [-30.0, 30.1, -45.0])
    assert list(placed) == [biomes.TROPICAL_FORESTS, biomes.TEMPERATE_FORESTS, biomes.TEMPERATE_FORESTS]


def test_planted_map_has_the_biomes_of_its_bands() -> None:
    latitude = np.array([5.0, 15.0, 75.0, 85.0])
    classes = pd.Series(covariates.truth("climate_class", latitude, 0.0), index=[7, 8, 9, 10])
    placed = biome_map.assign_biome(classes, latitude)
    assert list(placed.index) == [7, 8, 9, 10]
    assert list(placed[:3]) == [biomes.TROPICAL_FORESTS, biomes.SAVANNAS, biomes.TUNDRA]
    assert pd.isna(placed.iloc[3])
    assert list(placed.cat.categories) == list(biomes.BIOMES)


def test_missing_class_has_no_biome() -> None:
    assert biome_map.assign_biome([None, "ET"], [0.0, 70.0]).isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("classes", "latitude", "words"),
    [
        (["Xx"], [0.0], "no climate class 'Xx'"),
        (["Af"], [0.0, 1.0], "1 classes but 2 latitudes"),
        (["Af", "Af"], [0.0, -91.0], "row 1: absolute latitude 91"),
    ],
)
def test_bad_input_is_named(classes: list[str], latitude: list[float], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        biome_map.assign_biome(classes, latitude)


def test_table_lists_every_class_once_per_condition() -> None:
    table = biome_map.biome_table()
    listed = {name for names in table["classes"] for name in names.split(", ")}
    assert listed == set(koppen.CLASSES)
    assert set(table["biome"]) - {"none"} == set(biomes.BIOMES) - {biomes.CROPLANDS}


def test_letters_of_rain_become_numbers() -> None:
    classes = pd.Series(["Af", "Aw", "As", "BSh", "BWk", "Csa", "Dwd", "ET", None], index=list("abcdefghi"))
    table = biome_map.dryness(classes)
    assert list(table.index) == list("abcdefghi")
    assert table["aridity"].iloc[:-1].tolist() == [0, 0, 0, 1, 2, 0, 0, 0]
    assert table["dry_season"].iloc[:-1].tolist() == [0, 1, -1, 0, 0, -1, 1, 0]
    assert table.iloc[-1].isna().all()
    with pytest.raises(ValueError, match="'Q'"):
        biome_map.dryness(["Q"])
