import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from coldcarbon.stats import uncertainty


def clustered(seed: int, n_clusters: int = 60, between: float = 1.0, within: float = 1.0, mean: float = 5.0):
    """Values whose clusters share an effect; size and effect independent, so the planted mean is exact."""
    rng = np.random.default_rng(seed)
    size = rng.geometric(0.35, n_clusters)
    clusters = np.repeat(np.arange(n_clusters), size)
    effect = rng.normal(0, between, n_clusters)
    return mean + effect[clusters] + rng.normal(0, within, clusters.size), clusters


def test_product_equals_row_by_row_resampling():
    values, clusters = clustered(1)
    fast = uncertainty.cluster_bootstrap(values, clusters, n_resamples=500, seed=9)
    slow = uncertainty.cluster_bootstrap(
        values, clusters, statistic=lambda table: table.mean(axis=0), n_resamples=500, seed=9
    )
    assert (fast.low, fast.high) == pytest.approx((slow.low, slow.high))
    assert fast.estimate == pytest.approx(values.mean())
    assert fast.n_clusters == 60
    assert fast.n_rows == values.size


def test_columns_are_independent_of_each_other_and_missing_values_are_left_out():
    values, clusters = clustered(2)
    holes = values.copy()
    holes[::7] = np.nan
    both = uncertainty.cluster_bootstrap(np.column_stack([values, holes]), clusters, seed=4, n_resamples=400)
    alone = uncertainty.cluster_bootstrap(values, clusters, seed=4, n_resamples=400)
    assert both.low[0] == pytest.approx(alone.low)
    assert both.estimate == pytest.approx([values.mean(), np.nanmean(holes)])
    frame = both.to_frame(["whole", "holes"])
    assert frame.index.tolist() == ["whole", "holes"]
    assert (frame["low"] < frame["estimate"]).all()
    assert (frame["estimate"] < frame["high"]).all()


def test_bca_agrees_with_scipy_when_rows_are_the_unit():
    values = np.random.default_rng(5).lognormal(0, 1, 80)
    ours = uncertainty.row_interval(values, method="bca", n_resamples=20_000, seed=1)
    theirs = stats.bootstrap((values,), np.mean, method="BCa", n_resamples=20_000, rng=np.random.default_rng(2))
    width = ours.high - ours.low
    assert ours.unit == "row"
    assert ours.low == pytest.approx(theirs.confidence_interval.low, abs=0.03 * width)
    assert ours.high == pytest.approx(theirs.confidence_interval.high, abs=0.03 * width)
    general = uncertainty.row_interval(
        values, statistic=lambda t: t.mean(axis=0), method="bca", n_resamples=500, seed=1
    )
    product = uncertainty.row_interval(values, method="bca", n_resamples=500, seed=1)
    assert (general.low, general.high) == pytest.approx((product.low, product.high))


def test_bootstrap_agrees_with_the_cluster_robust_interval():
    values, clusters = clustered(6, n_clusters=200)
    bootstrap = uncertainty.cluster_bootstrap(values, clusters, n_resamples=4000)
    robust = uncertainty.cluster_robust_interval(values, clusters)
    assert bootstrap.high - bootstrap.low == pytest.approx(robust.high - robust.low, rel=0.06)
    assert robust.estimate == pytest.approx(values.mean())
    rows = uncertainty.cluster_robust_interval(values, np.arange(values.size))
    classic = stats.t.interval(0.95, values.size - 1, values.mean(), stats.sem(values))
    assert (rows.low, rows.high) == pytest.approx(classic)


def test_any_statistic_may_be_resampled():
    values, clusters = clustered(7)
    interval = uncertainty.cluster_bootstrap(
        values, clusters, statistic=lambda table: np.nanquantile(table, [0.025, 0.975], axis=0)[:, 0], n_resamples=300
    )
    assert interval.estimate == pytest.approx(np.quantile(values, [0.025, 0.975]))
    assert (interval.low <= interval.estimate).all()
    assert (interval.estimate <= interval.high).all()


def coverage(replicates: int, n_clusters: int, n_resamples: int):
    results: dict[str, list[tuple[float, float, float]]] = {"cluster": [], "row": [], "robust": []}
    for seed in range(replicates):
        values, clusters = clustered(seed, n_clusters=n_clusters)
        for name, interval in {
            "cluster": uncertainty.cluster_bootstrap(values, clusters, n_resamples=n_resamples, seed=seed),
            "row": uncertainty.row_interval(values, n_resamples=n_resamples, seed=seed),
            "robust": uncertainty.cluster_robust_interval(values, clusters),
        }.items():
            results[name].append((interval.estimate, interval.low, interval.high))
    return {name: uncertainty.coverage_summary(*np.array(found).T, 5.0).iloc[0] for name, found in results.items()}


def test_cluster_intervals_cover_a_planted_mean_and_row_intervals_do_not():
    found = coverage(replicates=300, n_clusters=60, n_resamples=400)
    assert 0.90 <= found["cluster"]["coverage"] <= 0.99
    assert 0.90 <= found["robust"]["coverage"] <= 0.99
    assert found["row"]["coverage_high"] < 0.90
    assert abs(found["cluster"]["bias_in_standard_errors"]) < 1 / 3


@pytest.mark.soak
@pytest.mark.parametrize(("n_clusters", "lowest"), [(20, 0.89), (60, 0.92), (230, 0.93)])
def test_coverage_at_length(n_clusters, lowest):
    found = coverage(replicates=2000, n_clusters=n_clusters, n_resamples=1500)
    assert found["cluster"]["coverage"] > lowest
    assert found["cluster"]["coverage"] < 0.97
    assert found["robust"]["coverage"] >= found["cluster"]["coverage"] - 0.005


def test_without_cluster_effects_both_units_agree():
    values, clusters = clustered(8, n_clusters=300, between=0.0)
    by_cluster = uncertainty.cluster_robust_interval(values, clusters)
    by_row = uncertainty.cluster_robust_interval(values, np.arange(values.size))
    assert by_cluster.high - by_cluster.low == pytest.approx(by_row.high - by_row.low, rel=0.12)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"values": [1.0, 2, np.inf, 4]}, "infinite in 1 rows, the first of them row 2"),
        ({"clusters": ["a"] * 4}, "at least two clusters"),
        ({"clusters": ["a", "b"]}, "4 rows of values but 2"),
        ({"clusters": ["a", "b", None, "c"]}, "1 rows have no cluster label"),
        ({"method": "basic"}, "method must be"),
        ({"confidence": 95}, "confidence"),
        ({"n_resamples": 10}, "fewer than 100"),
        ({"statistic": "median"}, "statistic must be"),
    ],
)
def test_bad_input_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        uncertainty.cluster_bootstrap(**({"values": [1.0, 2, 3, 4], "clusters": list("aabb")} | arguments))


def test_effective_clusters_count_equal_sizes_in_full_and_unequal_ones_in_part():
    assert uncertainty.effective_clusters(np.repeat(np.arange(7), 3)) == pytest.approx(7)
    assert uncertainty.effective_clusters(["a"] * 98 + ["b", "c"]) == pytest.approx(100**2 / (98**2 + 2))


def test_few_unequal_clusters_are_covered_by_the_robust_interval():
    found = [uncertainty.cluster_robust_interval(*clustered(seed, n_clusters=8)) for seed in range(400)]
    limits = np.array([(i.estimate, i.low, i.high) for i in found]).T
    assert 0.90 <= uncertainty.coverage_summary(*limits, 5.0).loc[0, "coverage"] <= 0.99


def test_intraclass_correlation_recovers_the_planted_one():
    for between, within in [(1.0, 1.0), (2.0, 1.0), (0.0, 1.0)]:
        found = [
            uncertainty.intraclass_correlation(*clustered(seed, n_clusters=300, between=between, within=within))
            for seed in range(20)
        ]
        assert np.mean(found) == pytest.approx(between**2 / (between**2 + within**2), abs=0.03)


def test_intraclass_correlation_of_equal_sizes_by_hand():
    values = np.array([[1.0, 3.0], [4.0, 6.0], [2.0, 8.0]])
    between = 2 * values.mean(axis=1).var(ddof=1)
    within = values.var(axis=1, ddof=1).mean()
    clusters = np.repeat(["a", "b", "c"], 2)
    assert uncertainty.intraclass_correlation(values.ravel(), clusters) == pytest.approx(
        (between - within) / (between + within)
    )
    assert uncertainty.intraclass_correlation([1.0, 1, 5, 5, np.nan], list("aabbb")) == pytest.approx(1)


@pytest.mark.parametrize(
    ("values", "clusters", "says"),
    [
        ([1.0, 2, 3], ["a", "b", "c"], "no cluster has two rows"),
        ([2.0, 2, 2, 2], list("aabb"), "all values are equal"),
        ([1.0, 2, 3], list("aaa"), "two clusters"),
        (np.ones((4, 2)), list("aabb"), "one column"),
    ],
)
def test_intraclass_correlation_refuses(values, clusters, says):
    with pytest.raises(ValueError, match=says):
        uncertainty.intraclass_correlation(values, clusters)


@given(seed=st.integers(0, 1000), shift=st.floats(-100, 100), scale=st.floats(0.01, 100))
@settings(max_examples=20, deadline=None)
def test_unit_order_and_copies_of_rows_do_not_matter(seed, shift, scale):
    values, clusters = clustered(seed, n_clusters=12)
    robust = uncertainty.cluster_robust_interval(values, clusters)
    bootstrap = uncertainty.cluster_bootstrap(values, clusters, n_resamples=200)
    moved = uncertainty.cluster_bootstrap(shift + scale * values, clusters, n_resamples=200)
    expected = (shift + scale * bootstrap.low, shift + scale * bootstrap.high)
    assert (moved.low, moved.high) == pytest.approx(expected, rel=1e-9, abs=1e-9 * (abs(shift) + scale))
    twice = uncertainty.cluster_bootstrap(np.tile(values, 2), np.tile(clusters, 2), n_resamples=200)
    assert (twice.low, twice.high) == pytest.approx((bootstrap.low, bootstrap.high))
    order = np.random.default_rng(seed).permutation(values.size)
    mixed = uncertainty.cluster_robust_interval(values[order], clusters[order])
    assert (mixed.low, mixed.high) == pytest.approx((robust.low, robust.high))
