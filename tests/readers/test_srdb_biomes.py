import pandas as pd
import pytest

from coldcarbon.readers import biomes, srdb, srdb_biomes
from srdb_file import write


def words(climate: str, ecosystem: str, **more: str) -> dict[str, str]:
    return {"Biome": climate, "Ecosystem_type": ecosystem, **more}


@pytest.mark.parametrize(
    ("row", "biome"),
    [
        (words("Tropical", "Forest", Latitude="-3"), biomes.TROPICAL_FORESTS),
        (words("Subtropical", "Forest", Latitude="27"), biomes.TROPICAL_FORESTS),
        (words("Subtropical", "Forest", Latitude="31"), biomes.TEMPERATE_FORESTS),
        (words("Temperate", "Forest"), biomes.TEMPERATE_FORESTS),
        (words("Boreal", "Forest", Latitude="56"), biomes.BOREAL_FORESTS),
        (words("Tropical", "Grassland", Latitude="10", Elevation="100"), biomes.SAVANNAS),
        (words("Tropical", "Grassland", Latitude="-13", Elevation="3450"), biomes.SHRUBLANDS),
        (words("Tropical", "Savanna", Latitude="-12"), biomes.SAVANNAS),
        (words("Boreal", "Grassland", Latitude="52"), biomes.TEMPERATE_GRASSLANDS),
        (words("Temperate", "Shrubland", Latitude="41", Longitude="2"), biomes.SHRUBLANDS),
        (words("Temperate", "Shrubland", Latitude="39", Longitude="110", MAP="345"), biomes.DESERTS),
        (words("Temperate", "Shrubland", Latitude="53", Longitude="-3"), None),
        (words("Temperate", "Desert"), biomes.DESERTS),
        (words("Arctic", "Shrubland", Latitude="71"), biomes.TUNDRA),
        (words("Tropical", "Agriculture", Latitude="25"), biomes.CROPLANDS),
        (words("Arctic", "Wetland", Latitude="71"), None),
        (words("Temperate", "Orchard of stones"), None),
        (words("", "Forest"), None),
        (words("Temperate", "Forest", Latitude=""), biomes.TEMPERATE_FORESTS),
    ],
)
def test_words_and_places_lead_to_biomes(tmp_path, row, biome):
    found = srdb_biomes.assign_biome(srdb.read(write(tmp_path, row))).iloc[0]
    assert pd.isna(found) if biome is None else found == biome


def test_the_table_counts_every_record_once(tmp_path):
    rows = [words("Temperate", "Forest"), words("Temperate", "Forest", Latitude="20"), words("Boreal", "Forest")]
    frame = srdb.read(write(tmp_path, *rows))
    table = srdb_biomes.biome_table(frame)
    assert table["records"].sum() == 3
    assert (table["reason"].str.len() > 5).all()
    decided = table[table["records"] > 0]
    assert decided["biome"].tolist() == [biomes.BOREAL_FORESTS, biomes.TROPICAL_FORESTS, biomes.TEMPERATE_FORESTS]
    assert decided["condition"].tolist() == ["always", "latitude <= 30 degrees", "always"]


def test_categories_are_the_nine_in_order(tmp_path):
    found = srdb_biomes.assign_biome(srdb.read(write(tmp_path, {})))
    assert list(found.cat.categories) == list(biomes.BIOMES)
    assert found.cat.ordered
