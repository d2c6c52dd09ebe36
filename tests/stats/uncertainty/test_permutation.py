"""Tests keep their size where rows remember each other, find what is there, and agree with scipy where both apply."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.signal import lfilter

from coldcarbon.stats import uncertainty
from coldcarbon.stats.uncertainty import permutation_test


def remembering(rng, n, memory):
    return lfilter([1.0], [1.0, -memory], rng.standard_normal(n + 200))[200:]


def smooth_map(rng, size=16):
    """Gaussian field that closes on itself."""
    waves = np.fft.fftfreq(size)
    filtered = np.fft.fft2(rng.standard_normal((size, size))) * np.exp(-60 * (waves[:, None] ** 2 + waves**2))
    return np.fft.ifft2(filtered).real.ravel()


def rejected(draw, scheme, replicates=250, seed=1, **options):
    rng = np.random.default_rng(seed)
    found = [permutation_test(*draw(rng), scheme=scheme, n_permutations=199, **options) for _ in range(replicates)]
    return uncertainty.rejection_summary([test.p_value for test in found])


def test_size_of_independent_rows():
    found = rejected(lambda rng: (rng.normal(size=30), rng.normal(size=30)), None)
    assert found["rejected_low"] <= 0.05 <= found["rejected_high"]


def test_shifts_keep_their_size_where_series_remember_and_free_shuffles_do_not():
    def draw(rng):
        return remembering(rng, 150, 0.8), remembering(rng, 150, 0.8)

    assert rejected(draw, uncertainty.CircularShift())["rejected_low"] <= 0.05
    assert rejected(draw, None)["rejected_low"] > 0.2


def test_shifts_of_several_series_keep_their_size():
    groups = np.repeat(np.arange(5), 40)

    def draw(rng):
        return tuple(np.concatenate([remembering(rng, 40, 0.7) for _ in range(5)]) for _ in range(2))

    assert rejected(draw, uncertainty.CircularShift(groups))["rejected_low"] <= 0.05
    assert rejected(draw, None)["rejected_low"] > 0.15


def test_shifts_on_the_torus_keep_their_size_on_smooth_maps():
    def draw(rng):
        return smooth_map(rng), smooth_map(rng)

    found = rejected(draw, uncertainty.TorusShift((16, 16)))
    assert found["rejected_low"] <= 0.05 <= found["rejected_high"]
    assert rejected(draw, None)["rejected_low"] > 0.5


def test_spectral_randomisation_keeps_its_size_among_scattered_sites():
    places = np.random.default_rng(3).uniform(size=(80, 2))
    distances = np.hypot(*(places[:, None] - places).T)
    root = np.linalg.cholesky(np.exp(-distances / 0.2) + 1e-9 * np.eye(80))

    def draw(rng):
        return root @ rng.standard_normal(80), root @ rng.standard_normal(80)

    scheme = uncertainty.SpectralRandomisation(uncertainty.neighbour_weights(places))
    found = rejected(draw, scheme)
    assert found["rejected"] <= 0.10
    assert rejected(draw, None)["rejected_low"] > 0.15


def test_strata_take_out_what_differs_between_them():
    strata = np.repeat(np.arange(6), 10)

    def draw(rng):
        level = rng.normal(0, 2, 6)[strata]
        return level + rng.normal(size=60), level + rng.normal(size=60)

    found = rejected(draw, uncertainty.WithinStrata(strata))
    assert found["rejected_low"] <= 0.05 <= found["rejected_high"]
    assert rejected(draw, None)["rejected_low"] > 0.7


def test_blocks_take_out_what_rows_of_a_block_share():
    blocks = np.repeat(np.arange(12), 5)
    treated = np.repeat(np.arange(12) % 2, 5)

    def draw(rng):
        return rng.normal(size=12)[blocks] + rng.normal(size=60), treated

    found = rejected(draw, uncertainty.WholeBlocks(blocks), statistic="mean difference")
    assert found["rejected_low"] <= 0.05 <= found["rejected_high"]
    assert rejected(draw, None, statistic="mean difference")["rejected_low"] > 0.1


def test_a_planted_relation_is_found_by_every_scheme():
    rng = np.random.default_rng(5)
    y = remembering(rng, 144, 0.5)
    x = y + remembering(rng, 144, 0.5)
    places = rng.uniform(size=(144, 2))
    for scheme in [
        uncertainty.FreeShuffle(),
        uncertainty.CircularShift(),
        uncertainty.CircularShift(np.repeat([0, 1], 72)),
        uncertainty.TorusShift((12, 12)),
        uncertainty.WithinStrata(np.repeat(np.arange(12), 12)),
        uncertainty.WholeBlocks(np.repeat(np.arange(12), 12)),
        uncertainty.SpectralRandomisation(uncertainty.neighbour_weights(places)),
    ]:
        found = permutation_test(x, y, scheme=scheme, n_permutations=499)
        assert found.p_value <= 0.02, scheme
        assert found.p_low <= found.p_value <= found.p_high


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_free_shuffles_agree_with_scipy(alternative):
    rng = np.random.default_rng(6)
    y = rng.normal(size=25)
    x = 0.4 * y + rng.normal(size=25)
    ours = permutation_test(x, y, alternative=alternative, n_permutations=20_000)
    method = stats.PermutationMethod(n_resamples=20_000, rng=np.random.default_rng(7))
    theirs = stats.pearsonr(x, y, alternative=alternative, method=method)
    assert ours.statistic == pytest.approx(theirs.statistic)
    assert ours.p_value == pytest.approx(theirs.pvalue, abs=0.01)
    ranks = permutation_test(x, y, statistic="rank correlation", alternative=alternative)
    assert ranks.statistic == pytest.approx(stats.spearmanr(x, y).statistic)


def test_groups_agree_with_scipy():
    rng = np.random.default_rng(8)
    labels = np.repeat(["b", "a", "c"], [10, 12, 9])
    x = rng.normal(size=31) + 0.8 * (labels == "a")
    found = permutation_test(x, labels, statistic="F")
    f_ratio, p_value = stats.f_oneway(*(x[labels == name] for name in "abc"))
    assert found.statistic == pytest.approx(f_ratio)
    assert found.p_value == pytest.approx(p_value, abs=0.02)
    assert found.alternative == "greater"
    two = labels != "c"
    difference = permutation_test(x[two], labels[two], statistic="mean difference")
    assert difference.statistic == pytest.approx(x[labels == "b"].mean() - x[labels == "a"].mean())
    assert difference.p_value == pytest.approx(stats.ttest_ind(x[labels == "a"], x[labels == "b"]).pvalue, abs=0.02)


def test_all_shifts_are_counted_once_with_the_one_observed():
    x, y = np.array([3.0, 1, 2, 0, 5]), np.array([1.0, 0, 1, 0, 3])
    found = permutation_test(x, y, scheme=uncertainty.CircularShift(), alternative="greater")
    everyone = [np.corrcoef(np.roll(x, k), y)[0, 1] for k in range(5)]
    assert found.exhaustive
    assert found.n_permutations == 4
    assert found.p_value == pytest.approx(np.mean(np.array(everyone) >= everyone[0] - 1e-12))
    assert found.p_low == found.p_high == found.p_value
    assert found.smallest_p_value == pytest.approx(1 / 5)


def test_own_statistics_one_by_one_and_at_once():
    rng = np.random.default_rng(9)
    x, y = rng.normal(size=40), rng.normal(size=40)
    one = permutation_test(x, y, statistic=lambda a, b: np.abs(a - b).max(), n_permutations=200)
    many = permutation_test(x, y, statistic=lambda a, b: np.abs(a - b).max(axis=1), vectorized=True, n_permutations=200)
    np.testing.assert_allclose(many.null, one.null)
    assert one.p_value == many.p_value


def test_long_data_are_shuffled_in_pieces(monkeypatch):
    monkeypatch.setattr("coldcarbon.stats.uncertainty.permutation.WEIGHTS_AT_ONCE", 1000)
    rng = np.random.default_rng(10)
    x, y = rng.normal(size=90), rng.normal(size=90)
    found = permutation_test(x, y, n_permutations=105)
    assert found.n_permutations == 105
    assert len(np.unique(found.null)) == 105


@given(seed=st.integers(0, 1000), shift=st.floats(-50, 50), scale=st.floats(0.1, 50))
@settings(max_examples=20, deadline=None)
def test_the_unit_does_not_matter(seed, shift, scale):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=20), rng.normal(size=20)
    one = permutation_test(x, y, n_permutations=99)
    other = permutation_test(shift + scale * x, y, n_permutations=99)
    assert other.p_value == one.p_value
    assert permutation_test(-x, y, n_permutations=99).p_value == one.p_value


def test_the_summary_and_the_plot_show_what_was_found():
    rng = np.random.default_rng(11)
    found = permutation_test(rng.normal(size=20), rng.normal(size=20), n_permutations=99)
    row = found.summary().iloc[0]
    assert row["p_value"] == found.p_value
    assert row["null_low"] < row["null_mean"] < row["null_high"]
    axes = found.plot()
    assert f"P = {found.p_value:.3g}" in axes.get_legend().get_texts()[1].get_text()
    axes.figure.clear()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"x": [1.0, 2, np.nan, 4]}, "x is missing or infinite in 1 rows, the first of them row 2"),
        ({"y": [1.0, 2, np.inf, 4]}, "y is missing or infinite"),
        ({"x": [1.0, 1, 1, 1]}, "x is constant"),
        ({"x": [1.0, 2]}, "one length"),
        ({"x": np.ones((4, 2))}, "one dimension"),
        ({"x": [1.0, 2], "y": [1.0, 2]}, "three rows"),
        ({"x": list("abcd")}, "x must hold numbers"),
        ({"y": list("abcd")}, "y must hold numbers"),
        ({"y": list("abcd"), "statistic": "F"}, "a label of its own"),
        ({"y": list("abcc"), "statistic": "mean difference"}, "y has 3 labels"),
        ({"statistic": "median"}, "statistic must be"),
        ({"statistic": 3}, "statistic must be"),
        ({"statistic": lambda a, b: np.nan}, "not a finite number"),
        ({"alternative": "both"}, "alternative must be"),
        ({"n_permutations": 5}, "fewer than 19"),
    ],
)
def test_bad_input_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        permutation_test(**({"x": [1.0, 2, 3, 4], "y": [2.0, 1, 4, 3], "n_permutations": 99} | arguments))
