import time

import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import biomes
from coldcarbon.readers import root_profiles as reader
from coldcarbon.simulate import xiao2023
from coldcarbon.stats import depth_distribution as dd
from coldcarbon.stats import uncertainty


@pytest.fixture(scope="module")
def large() -> pd.DataFrame:
    return xiao2023.root_profiles(seed=1, n_references=20_000)


def test_the_table_is_a_twin_of_the_readers():
    frame = xiao2023.root_profiles(seed=3)
    assert list(frame.columns) == list(reader.COLUMNS)
    assert frame.attrs["units"] == reader.UNITS
    assert frame.attrs["simulated"] is True
    assert frame["profile_id"].is_unique
    assert set(frame["vegetation_in_file"]) <= set(reader.VEGETATION)
    assert 400 < len(frame) < 800
    assert frame["reference"].nunique() == 232
    pd.testing.assert_frame_equal(frame, xiao2023.root_profiles(seed=3))
    assert not frame["d50_m"].equals(xiao2023.root_profiles(seed=4)["d50_m"])


def test_types_match_what_the_reader_gives(tmp_path):
    simulated = xiao2023.root_profiles(seed=3)
    back = {"profile_id": "  ID", **reader._TEXTS}
    frame = pd.DataFrame(dict.fromkeys((*reader._OTHER, *reader._NUMBERS, *reader._TEXTS), "-999"), index=[0])
    frame = frame.rename(columns={"ID": back["profile_id"]})
    frame = frame.assign(Vegetation="Tundra", Sampdepth="1", D50="0.1", D95="0.5", D50_extrapolated="0.1")
    frame = frame.assign(D95_extrapolated="0.5", **{source: false for source, (_, _, false) in reader._FLAGS.items()})
    frame.to_csv(tmp_path / "one.csv", index=False)
    pd.testing.assert_series_equal(simulated.dtypes, reader.read(tmp_path / "one.csv").dtypes)


def test_the_biome_table_finds_the_planted_biomes(large):
    biome = biomes.assign_biome(large)
    assert biome.notna().all()
    share_of_references = large.groupby(biome, observed=False)["reference"].nunique() / 20_000
    planted = {name: design.weight for name, design in xiao2023.BIOME_DESIGNS.items()}
    assert list(planted) == list(biomes.BIOMES)
    assert sum(planted.values()) == pytest.approx(1)
    np.testing.assert_allclose(share_of_references, list(planted.values()), atol=0.01)
    medians = large.groupby(biome, observed=False)["d50_extrapolated_m"].median()
    truth = large.attrs["truth"]["biomes"]
    np.testing.assert_allclose(medians, [truth[name]["median_d50_m"] for name in medians.index], rtol=0.06)


def test_profiles_of_a_reference_are_alike(large):
    log_d50 = np.log(large["d50_extrapolated_m"].clip(lower=0.005)) - np.log(
        large.groupby(biomes.assign_biome(large), observed=False)["d50_extrapolated_m"].transform("median")
    )
    within = log_d50.groupby(large["reference"]).var(ddof=1).dropna()
    sizes = large.groupby("reference").size()[within.index]
    assert np.sqrt(np.average(within, weights=sizes - 1)) == pytest.approx(xiao2023.PROFILE_SD, rel=0.05)
    assert np.sqrt(log_d50.var() - np.average(within, weights=sizes - 1)) == pytest.approx(
        xiao2023.REFERENCE_SD, rel=0.06
    )


@pytest.mark.parametrize("which", ["measured", "extrapolated"])
def test_the_planted_shares_are_those_of_a_very_large_sample(large, which):
    depths = reader.depths_cm(large, which)
    shares = dd.layer_shares(depths["d50_cm"], depths["d95_cm"], xiao2023.LAYER_BOUNDS_CM)
    interval = uncertainty.cluster_robust_interval(shares, large["reference"])
    four_errors = interval.high - interval.low
    truth = np.array(large.attrs["truth"]["mean_share"][which])
    assert four_errors[0] < 0.008
    assert (np.abs(interval.estimate - truth) < four_errors).all()
    by_biome = pd.DataFrame(shares).groupby(biomes.assign_biome(large), observed=False).mean()
    np.testing.assert_allclose(by_biome, xiao2023.true_shares(which).drop("all"), atol=0.02)


def test_measured_depths_are_those_above_the_sampling_depth(large):
    cut = large[~large["reached_maximum"]]
    assert (cut["d95_m"] <= cut["sampling_depth_m"] + 0.011).all()
    assert (large["d50_m"] <= large["d50_extrapolated_m"]).all()
    whole = large[large["reached_maximum"]]
    assert (whole["d95_m"] == whole["d95_extrapolated_m"]).all()
    assert large["d50_is_zero"].equals(large["d50_m"] == 0)
    assert large["has_coordinates"].mean() == pytest.approx(0.995, abs=0.003)


def test_cluster_intervals_recover_the_planted_share():
    found = []
    for seed in range(200):
        frame = xiao2023.root_profiles(seed=seed)
        depths = reader.depths_cm(frame, "extrapolated")
        share = dd.layer_shares(depths["d50_cm"], depths["d95_cm"], [0, 20])[:, 0]
        interval = uncertainty.cluster_bootstrap(share, frame["reference"], n_resamples=400, seed=seed)
        found.append((interval.estimate, interval.low, interval.high))
    summary = uncertainty.coverage_summary(*np.array(found).T, frame.attrs["truth"]["mean_share"]["extrapolated"][0])
    assert 0.90 <= summary.loc[0, "coverage"] <= 0.99
    assert abs(summary.loc[0, "bias_in_standard_errors"]) < 1 / 3


def test_references_may_have_given_sizes():
    sizes = [41, 14, 12] + [1] * 20
    frame = xiao2023.root_profiles(seed=2, sizes=sizes)
    assert frame["reference"].value_counts().tolist() == sorted(sizes, reverse=True)
    assert len(frame) == sum(sizes)
    assert list(frame.columns) == list(reader.COLUMNS)
    assert frame.attrs["truth"]["mean_share"] == xiao2023.root_profiles(seed=1).attrs["truth"]["mean_share"]


def test_very_unequal_sizes_keep_the_planted_mean():
    found = []
    for seed in range(150):
        frame = xiao2023.root_profiles(seed=seed, sizes=[60] * 3 + [2] * 100)
        depths = reader.depths_cm(frame, "extrapolated")
        found.append(dd.layer_shares(depths["d50_cm"], depths["d95_cm"], [0, 20])[:, 0].mean())
    truth = frame.attrs["truth"]["mean_share"]["extrapolated"][0]
    assert abs(np.mean(found) - truth) < 4 * np.std(found, ddof=1) / np.sqrt(len(found))


def recover(**design) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    free = design.pop("free_maximum", False)
    profiles = xiao2023.measured_profiles(**design)
    fits = dd.fit_profiles(
        profiles["profile_id"], profiles["depth_m"], profiles["cumulative_fraction"], free_maximum=free
    )
    return fits, {name: np.array(values) for name, values in profiles.attrs["truth"].items()}


def test_d50_d95_and_c_are_recovered_from_independent_noise():
    fits, truth = recover(seed=1, n_profiles=400, d50_m=0.15, d95_m=0.9, noise_sd=0.02)
    assert fits["converged"].all()
    for name, key in {"d50": "d50_m", "c": "c", "d95": "d95_m"}.items():
        error = fits[f"standard_error_{name}"]
        summary = uncertainty.coverage_summary(
            fits[name], fits[name] - 2.2 * error, fits[name] + 2.2 * error, truth[key]
        )
        assert 0.90 <= summary.loc[0, "coverage"] <= 0.99, name
        assert abs(summary.loc[0, "bias_in_standard_errors"]) < 1 / 3, name


def test_counts_make_least_squares_errors_too_small():
    fits, truth = recover(seed=2, n_profiles=300, d50_m=0.15, d95_m=0.6, roots_counted=100)
    error = fits["standard_error_d50"]
    summary = uncertainty.coverage_summary(
        fits["d50"], fits["d50"] - 2.2 * error, fits["d50"] + 2.2 * error, truth["d50_m"]
    )
    assert summary.loc[0, "coverage_high"] < 0.90


def test_the_likelihood_of_the_same_counts_keeps_its_coverage():
    profiles = xiao2023.measured_profiles(seed=2, n_profiles=600, d50_m=0.15, d95_m=0.6, roots_counted=100)
    counts = profiles.pivot_table(index="profile_id", columns="depth_m", values="roots")
    assert (counts.sum(axis=1) == 100).all()
    fits = dd.fit_counts([0, *counts.columns], counts)
    error = fits["standard_error_d50"]
    assert 0.92 <= ((fits["d50"] - 0.15).abs() <= 1.96 * error).mean() <= 0.97
    noisy = xiao2023.measured_profiles(seed=2, n_profiles=3, noise_sd=0.02)
    assert noisy["roots"].isna().all()


def test_shallow_sampling_is_taken_for_shallow_roots_unless_the_limit_is_free():
    design = {
        "seed": 3,
        "n_profiles": 200,
        "d50_m": 0.2,
        "d95_m": 1.5,
        "sampling_depth_m": 0.5,
        "roots_counted": 20_000,
    }
    fixed, truth = recover(**design)
    free, _ = recover(**design, free_maximum=True)
    assert fixed["d50"].median() < 0.8 * truth["d50_m"][0]
    assert free["d50"].median() == pytest.approx(truth["d50_m"][0], rel=0.1)


def test_samples_end_at_the_sampling_depth():
    profiles = xiao2023.measured_profiles(seed=1, d50_m=[0.1, 0.1], d95_m=[0.5, 0.5], sampling_depth_m=[0.5, 2.0])
    last = profiles.groupby("profile_id").last()
    assert last["depth_m"].tolist() == [0.5, 2.0]
    assert last["cumulative_fraction"].tolist() == [1.0, 1.0]
    assert (profiles.groupby("profile_id")["cumulative_fraction"].diff().dropna() >= 0).all()


def test_many_profiles_are_fitted_in_seconds():
    start = time.perf_counter()
    fits, truth = recover(seed=5, n_profiles=300, free_maximum=True)
    assert time.perf_counter() - start < 10
    assert fits["converged"].mean() > 0.95
    assert np.median(fits["d50"] / truth["d50_m"]) == pytest.approx(1, abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"d50_m": 0.1}, "both"),
        ({"d50_m": 0.5, "d95_m": 0.1}, "no curve"),
        ({"depths_m": (0.1, 0.2)}, "four rising depths"),
        ({"roots_counted": 0}, "roots_counted"),
        ({"noise_sd": -1.0}, "noise_sd"),
    ],
)
def test_measured_profiles_refuse_bad_designs(arguments, says):
    with pytest.raises(ValueError, match=says):
        xiao2023.measured_profiles(**arguments)


def test_root_profiles_refuse_bad_designs():
    with pytest.raises(ValueError, match="two references"):
        xiao2023.root_profiles(n_references=1)
    for sizes in ([3, 0, 2], [2.5, 1], [[1, 2]], [1, np.nan]):
        with pytest.raises(ValueError, match="sizes"):
            xiao2023.root_profiles(sizes=sizes)
    with pytest.raises(ValueError, match="two references"):
        xiao2023.root_profiles(sizes=[7])
    with pytest.raises(ValueError, match="which"):
        xiao2023.true_shares("guessed")
