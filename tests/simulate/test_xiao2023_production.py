import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import biomes, sevilleta, srdb, srdb_biomes
from coldcarbon.simulate import xiao2023_production as design
from coldcarbon.stats import uncertainty

BNPP = srdb.PRODUCTION["BNPP"]


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    return design.production(seed=1, n_studies=20_000, clean=True)


def test_the_table_is_a_twin_of_the_readers():
    frame = design.production(seed=3)
    assert list(frame.columns) == list(srdb.COLUMNS)
    assert frame.attrs["units"] == srdb.UNITS
    assert frame.attrs["simulated"] is True
    assert frame["record_number"].is_unique
    pd.testing.assert_frame_equal(frame, design.production(seed=3))
    assert not frame[BNPP].equals(design.production(seed=4)[BNPP])


def test_the_table_of_biomes_finds_the_planted_ones(large):
    biome = srdb_biomes.assign_biome(large)
    assert biome.notna().all()
    studies = large.groupby(biome, observed=False)["study_number"].nunique() / 20_000
    planted = {name: plan.weight for name, plan in design.BIOME_DESIGNS.items()}
    assert list(planted) == list(biomes.BIOMES)
    assert sum(planted.values()) == pytest.approx(1)
    np.testing.assert_allclose(studies, list(planted.values()), atol=0.01)


def test_planted_means_are_those_of_many_records(large):
    truth = design.true_means()
    biome = srdb_biomes.assign_biome(large)
    means = large.groupby(biome, observed=False)[BNPP].mean()
    np.testing.assert_allclose(means, truth.loc[means.index, "bnpp"], rtol=0.08)
    shares = srdb.share_below_ground(large).groupby(biome, observed=False).mean()
    np.testing.assert_allclose(shares, truth.loc[shares.index, "share"], atol=0.03)
    assert large[BNPP].mean() == pytest.approx(truth.loc["all", "bnpp"], rel=0.03)
    medians = large.groupby(biome, observed=False)[BNPP].median()
    np.testing.assert_allclose(medians, truth.loc[medians.index, "median_bnpp"], rtol=0.1)


def test_records_of_a_study_are_alike(large):
    log = np.log(large[BNPP]) - np.log(large.groupby("biome_in_file")[BNPP].transform("median"))
    grassland = large["ecosystem_type"] == "Grassland"
    alike = uncertainty.intraclass_correlation(log[grassland], large.loc[grassland, "study_number"])
    expected = design.STUDY_SD**2 / (design.STUDY_SD**2 + design.RECORD_SD**2)
    assert alike == pytest.approx(expected, abs=0.05)


def test_filters_find_what_was_planted():
    frame = design.production(seed=5, n_studies=400)
    truth = frame.attrs["truth"]
    assert all(truth[kind] for kind in ("manipulated", "repeats", "copies", "mass"))
    number = frame["record_number"]
    assert set(number[frame["manipulated"]]) == set(truth["manipulated"])
    assert set(number[frame["repeat_in_study"]]) == set(truth["repeats"])
    assert set(number[frame["copy_of_record"].notna()]) == set(truth["copies"])
    assert set(number[frame["dry_mass_suspect"]]) <= set(truth["mass"])
    assert frame["dry_mass_suspect"].sum() > 0.7 * len(truth["mass"])
    left = srdb.usable(frame).all(axis=1)
    assert not set(number[left]) & set(truth["copies"] + truth["repeats"] + truth["manipulated"])


def test_a_clean_table_passes_the_filters_whole(large):
    assert srdb.usable(large).all(axis=1).all()


def test_sizes_are_kept_and_bad_ones_refused():
    frame = design.production(seed=1, sizes=[3, 1, 2], clean=True)
    assert frame["study_number"].value_counts(sort=False).tolist() == [3, 1, 2]
    sample = design.clean_records(1, [3, 1, 2])
    assert sample["study"].tolist() == [0, 0, 0, 1, 2, 2]
    for sizes in ([3], [0, 2], [1.5, 2], [[1, 2]]):
        with pytest.raises(ValueError, match=r"sizes must|at least two"):
            design.production(sizes=sizes)
    with pytest.raises(ValueError, match="at least two"):
        design.production(n_studies=1)
    with pytest.raises(ValueError, match="positive"):
        design.production(mass_factor=0)
    with pytest.raises(ValueError, match="is none of"):
        design.clean_records(1, [2, 2], "moon")


def test_one_biome_has_its_planted_mean():
    sample = design.clean_records(2, [3] * 5000, biomes.TUNDRA)
    assert sample["bnpp"].mean() == pytest.approx(design.true_means().loc[biomes.TUNDRA, "bnpp"], rel=0.05)


def test_records_of_all_biomes_have_the_planted_mean():
    sample = design.clean_records(2, [3] * 20_000)
    assert sample["bnpp"].mean() == pytest.approx(design.true_means().loc["all", "bnpp"], rel=0.03)


def test_root_donuts_are_a_twin_with_the_planted_share():
    frame = design.root_donuts(seed=2, share=0.4, n_donuts=60)
    assert list(frame.columns) == list(sevilleta.COLUMNS)
    assert frame.attrs["truth"] == {"share": 0.4}
    assert (frame["treatment"] == "control").all()
    layer = frame.groupby("depth_top_cm")["bnpp_dry_mass_g_per_m2_per_year"].mean()
    assert layer[0] / layer.sum() == pytest.approx(0.4, abs=0.02)
    for wrong in ({"share": 1.0}, {"n_donuts": 1}, {"n_years": 0}):
        with pytest.raises(ValueError, match="needs"):
            design.root_donuts(**wrong)
