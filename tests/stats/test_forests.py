import pickle
import tracemalloc
import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden import frame
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from coldcarbon.stats import forests
from coldcarbon.stats.forests import grow
from coldcarbon.stats.forests.design import build_design


def planted(n: int = 200, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Two predictors that act, one copy of the first, one of chance, and a factor."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(n, 3)), columns=["strong", "weak", "chance"])
    table["biome"] = rng.choice(["desert", "forest", "steppe"], n)
    y = 3 * table["strong"] + table["weak"] + 2 * (table["biome"] == "forest") + rng.normal(0, 0.5, n)
    return table, y.to_numpy()


def small(**changes):
    table, y = planted()
    return forests.random_forest(table, y, **({"n_trees": 60, "seed": 1} | changes))


# trees


def test_the_short_way_and_the_estimator_grow_the_same_trees(monkeypatch):
    fast = small()
    monkeypatch.setattr(grow, "_builder", lambda: grow._through_the_estimator)
    slow = small()
    assert grow._builder() is grow._through_the_estimator
    np.testing.assert_array_equal(fast.oob_predictions, slow.oob_predictions)
    assert [tree.node_count for tree in fast.trees] == [tree.node_count for tree in slow.trees]


def test_nodes_are_closed_at_the_size_counted_as_often_as_drawn():
    forest = small(minimum_node_size=7)
    for tree in forest.trees:
        inner = tree.children_left >= 0
        assert (tree.weighted_n_node_samples[inner] > 7).all()
        assert tree.feature[inner].min() >= 0


def test_threads_change_nothing_and_the_seed_changes_all():
    one, two, other = small(), small(n_jobs=2), small(seed=2)
    np.testing.assert_array_equal(one.oob_predictions, two.oob_predictions)
    pd.testing.assert_frame_equal(
        forests.permutation_importance(one).table, forests.permutation_importance(two, n_jobs=2).table
    )
    assert abs(one.oob_mse - other.oob_mse) > 1e-6
    table, _ = planted()
    np.testing.assert_array_equal(one.predict(table), one.predict(table, n_jobs=2))


def test_a_longer_forest_begins_with_the_shorter_one():
    short, long = small(n_trees=20), small(n_trees=40)
    np.testing.assert_array_equal(short.counts, long.counts[:20])
    table, _ = planted()
    np.testing.assert_array_equal(short.predict_trees(table), long.predict_trees(table)[:, :20])


def test_out_of_bag_predictions_come_from_trees_that_did_not_see_the_row():
    forest = small()
    table, y = planted()
    by_tree = forest.predict_trees(table)
    out = forest.counts.T == 0
    expected = np.where(out, by_tree, 0).sum(axis=1) / out.sum(axis=1)
    np.testing.assert_allclose(forest.oob_predictions, expected, rtol=1e-12)
    assert forest.oob_mse == pytest.approx(((y - expected) ** 2).mean())
    assert forest.oob_r2 == pytest.approx(1 - forest.oob_mse / y.var())
    assert forest.oob_r2_sample_variance == pytest.approx(1 - forest.oob_mse / y.var(ddof=1))
    np.testing.assert_allclose(forest.predict(table), by_tree.mean(axis=1))


def test_a_training_row_predicts_the_mean_of_its_leaves():
    table, y = planted(40)
    forest = forests.random_forest(table[["strong", "weak"]], y, n_trees=5, minimum_node_size=10, seed=3)
    tree, counts = forest.trees[2], forest.counts[2]
    leaf = tree.apply(forest.predictors)
    for row in (0, 7, 21):
        inside = leaf == leaf[row]
        expected = np.average(y[inside], weights=counts[inside])
        assert forest.predict_trees(table[["strong", "weak"]])[row, 2] == pytest.approx(expected)


def test_clusters_are_drawn_as_wholes_and_bring_the_error_of_new_clusters():
    rng = np.random.default_rng(3)
    sites = np.repeat(np.arange(30), 10)
    # each site has its own mark among the predictors, and its own level that no predictor explains
    table = pd.DataFrame({"mark": rng.normal(size=30)[sites], "other": rng.normal(size=300)})
    y = rng.normal(size=30)[sites] + 0.2 * rng.normal(size=300)
    by_row = forests.random_forest(table, y, n_trees=100, mtry=2)
    by_site = forests.random_forest(table, y, n_trees=100, mtry=2, clusters=sites)
    for count in by_site.counts:
        assert (count.reshape(30, 10) == count[::10, None]).all()
    assert by_site.n_clusters == 30
    assert by_row.oob_r2 > 0.8
    assert by_site.oob_r2 < 0.2


def test_without_replacement_rows_are_drawn_once():
    forest = small(replace=False, sample_fraction=0.632)
    assert forest.counts.max() == 1
    assert (forest.counts.sum(axis=1) == round(0.632 * 200)).all()


@settings(max_examples=15, deadline=None)
@given(shift=st.floats(-100, 100), power=st.integers(-12, 12), seed=st.integers(0, 5))
def test_shift_and_scale_of_the_response_pass_through(shift, power, seed):
    table, y = planted(60, seed)
    scale = 10.0**power
    plain = forests.random_forest(table, y, n_trees=25, seed=seed)
    moved = forests.random_forest(table, scale * (shift + y), n_trees=25, seed=seed)
    apart = np.abs(moved.oob_predictions / scale - shift - plain.oob_predictions)
    assert apart.max() < 1e-7
    assert moved.oob_r2 == pytest.approx(plain.oob_r2, abs=1e-7)


def test_predictors_of_any_place_and_size_give_the_same_forest():
    table, y = planted(80)
    numbers = table[["strong", "weak", "chance"]]
    plain = forests.random_forest(numbers, y, n_trees=30)
    # about 1e9 single precision would hold steps of 64 only
    moved = forests.random_forest(numbers * [1, 1e-12, 1e12] + [1e9, 0, 0], y, n_trees=30)
    np.testing.assert_allclose(moved.oob_predictions, plain.oob_predictions, rtol=0.02, atol=0.02)


def test_order_of_columns_names_the_same_winner_and_rows_may_be_shuffled():
    table, y = planted()
    order = np.random.default_rng(0).permutation(len(y))
    first = forests.permutation_importance(forests.random_forest(table, y, n_trees=100)).table["importance"]
    second = forests.permutation_importance(
        forests.random_forest(table.iloc[order, ::-1], y[order], n_trees=100)
    ).table["importance"]
    np.testing.assert_allclose(second[first.index], first, atol=0.08 * first.max())


# factors


def test_dummies_and_codes():
    table, _ = planted()
    dummies, codes = build_design(table), build_design(table, "codes")
    assert dummies.columns[-3:] == ("biome[desert]", "biome[forest]", "biome[steppe]")
    assert dummies.members["biome"] == (3, 4, 5)
    assert (dummies.numbers(table)[:, 3:].sum(axis=1) == 1).all()
    assert codes.columns == tuple(table.columns)
    np.testing.assert_array_equal(codes.numbers(table)[:, 3], table["biome"].rank(method="dense") - 1)


def test_levels_of_a_factor_are_pooled():
    forest = small()
    importance = forests.permutation_importance(forest).table
    assert list(importance.index) == ["strong", "weak", "chance", "biome"]
    impurity = forest.impurity_importance()
    assert list(impurity.index) == ["strong", "weak", "chance", "biome"]
    assert impurity["share"].sum() == pytest.approx(1)
    assert impurity["importance"].idxmax() == "strong"


def test_the_fall_of_the_sum_of_squares_is_what_impurity_importance_adds_up_to():
    forest = small(n_trees=3)
    _, y = planted()
    falls = []
    for tree, counts in zip(forest.trees, forest.counts, strict=True):
        leaf = tree.apply(forest.predictors)
        w = counts.astype(float)
        total = (w * (y - np.average(y, weights=w)) ** 2).sum()
        sizes = np.bincount(leaf, w)
        means = np.bincount(leaf, w * y) / np.where(sizes > 0, sizes, 1)
        falls.append(total - (w * (y - means[leaf]) ** 2).sum())
    assert forest.impurity_importance()["importance"].sum() == pytest.approx(np.mean(falls))


# importance


def test_planted_importance_is_found():
    table, y = planted(400)
    result = forests.permutation_importance(forests.random_forest(table, y, n_trees=150, mtry=3))
    importance = result.table["importance"]
    assert result.summary().index[0] == "strong"
    assert result.summary().index[-1] == "chance"
    assert importance["strong"] > 3 * importance["weak"] > 0
    assert abs(importance["chance"]) < 0.05 * importance["strong"]
    # a variable that is shuffled loses twice the variance it explains: 2 * 3**2
    assert 11 < importance["strong"] < 18
    assert result.table["share"].sum() == pytest.approx(1)
    np.testing.assert_allclose(result.table["scaled"], importance / result.table["standard_error"])
    assert result.by_tree.shape == (150, 4)


def test_importance_is_the_rise_of_the_error_on_rows_the_tree_has_not_seen():
    """Against a plain loop: the expectation over all orders of two groups of rows, for a tree of one split."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"side": np.repeat([0.0, 1.0], 40)})
    y = 10 * table["side"].to_numpy() + rng.normal(0, 0.1, 80)
    forest = forests.random_forest(table, y, n_trees=300, maximum_depth=1)
    expected = []
    for counts in forest.counts:
        out = counts == 0
        share = table["side"][out].mean()
        expected.append(100 * 2 * share * (1 - share))
    got = forests.permutation_importance(forest).table.loc["side", "importance"]
    assert got == pytest.approx(np.mean(expected), rel=0.03)


def test_groups_are_shuffled_as_one():
    rng = np.random.default_rng(1)
    base = rng.normal(size=300)
    table = pd.DataFrame({"a": base, "copy": base + 0.01 * rng.normal(size=300), "b": rng.normal(size=300)})
    y = 2 * base + table["b"].to_numpy() + 0.3 * rng.normal(size=300)
    forest = forests.random_forest(table, y, n_trees=150)
    single = forests.permutation_importance(forest).table["importance"]
    grouped = forests.group_importance(forest, {"pair": ["a", "copy"], "alone": ["b"]}).table
    assert grouped.loc["pair", "importance"] > 1.05 * (single["a"] + single["copy"])
    assert grouped["share"].sum() == pytest.approx(1)
    assert grouped.loc["alone", "importance"] == pytest.approx(single["b"], rel=0.1)


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        ({}, "no groups"),
        ({"a": ["nothing"]}, "no variable 'nothing'"),
        ({"a": ["weak"], "b": ["weak"]}, "'weak' stands in more than one"),
        ({"a": []}, "'a' is empty"),
    ],
)
def test_wrong_groups_are_refused(groups, says):
    with pytest.raises(ValueError, match=says):
        forests.group_importance(small(n_trees=5), groups)


def test_intervals_hold_the_importance_and_rest_on_clusters():
    table, y = planted(120)
    forest = forests.random_forest(table, y, n_trees=80)
    by_row = forests.importance_intervals(forest, n_resamples=20, n_trees=40, seed=1)
    assert (by_row.table["low"] < by_row.table["importance"]).all()
    assert by_row.table.loc["strong", "low"] > by_row.table.loc["chance", "high"]
    assert (by_row.n_clusters, by_row.unit) == (120, "row")
    assert by_row.replicates.shape == (20, 4)
    clusters = np.arange(120) // 8
    by_cluster = forests.importance_intervals(forest, clusters=clusters, n_resamples=20, n_trees=40)
    assert (by_cluster.n_clusters, by_cluster.unit) == (15, "cluster")
    halves = forests.importance_intervals(
        forest, groups={"all": list(table.columns)}, method="bootstrap", n_resamples=20, n_trees=40
    )
    assert halves.table["share"].tolist() == [1.0]


def test_shares_of_the_forest_and_of_each_resample_sum_to_one():
    table, y = planted(120)
    found = forests.importance_intervals(forests.random_forest(table, y, n_trees=80), n_resamples=20, n_trees=40)
    shares = found.shares()
    assert list(shares.index) == ["forest", *range(20)]
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    np.testing.assert_allclose(shares.loc["forest"], found.table["share"])
    clipped = found.replicates.loc[3].clip(lower=0)
    np.testing.assert_allclose(shares.loc[3], clipped / clipped.sum())
    nothing = replace(found, table=found.table.assign(importance=-1.0))
    assert (nothing.shares().loc["forest"] == 0).all()


def test_a_row_drawn_twice_is_never_in_and_out_of_bag():
    times = np.array([0, 3, 1, 2, 0, 1, 1])
    counts = grow.draw_counts(7, 200, np.random.default_rng(0), multiplicity=times)
    assert (counts[:, times == 0] == 0).all()
    assert (counts.sum(axis=1) == times.sum()).all()
    # row 1 stands there three times of eight: expected draws 3, out of bag (5/8)**8
    assert counts[:, 1].mean() == pytest.approx(3, abs=0.3)
    assert (counts[:, 1] == 0).mean() == pytest.approx((5 / 8) ** 8, abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"method": "jackknife"}, "method must be"),
        ({"n_resamples": 5}, "fewer than 20"),
        ({"confidence": 95}, "confidence"),
        ({"clusters": [1, 2]}, "200 rows but 2"),
    ],
)
def test_wrong_intervals_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        forests.importance_intervals(small(n_trees=5), **arguments)


# spread


def heteroscedastic(n, seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.uniform(size=(n, 3)), columns=list("abc"))
    return table, 10 * table["a"].to_numpy() + (0.5 + 3 * table["b"].to_numpy()) * rng.normal(size=n)


def test_prediction_intervals_hold_new_observations_and_the_spread_of_trees_does_not():
    inside, spread, oob = [], [], []
    for seed in range(6):
        table, y = heteroscedastic(250, seed)
        new, truth = heteroscedastic(500, 100 + seed)
        forest = forests.random_forest(table, y, n_trees=150, seed=seed, minimum_node_size=10)
        interval = forest.prediction_interval(new, level=0.9)
        inside.append(((interval["low"] <= truth) & (truth <= interval["high"])).mean())
        trees = forest.tree_spread(new, level=0.9)
        spread.append(((trees["low"] <= truth) & (truth <= trees["high"])).mean())
        oob.append(forest.oob_coverage(0.9))
        wide, narrow = new["b"] > 0.8, new["b"] < 0.2
        width = interval["high"] - interval["low"]
        assert width[wide].mean() > 1.3 * width[narrow].mean()
    assert 0.86 <= np.mean(inside) <= 0.96
    assert np.mean(spread) < np.mean(inside) - 0.05
    assert np.mean(oob) == pytest.approx(np.mean(inside), abs=0.04)


def test_quantiles_are_those_of_the_rows_that_share_leaves():
    table, y = heteroscedastic(60, 1)
    forest = forests.random_forest(table, y, n_trees=25, seed=2)
    new, _ = heteroscedastic(4, 9)
    levels = [0.1, 0.5, 0.9]
    got = forest.predict_quantiles(new, levels).to_numpy()
    rows = forest.design.standardised(new)
    for i in range(4):
        weight = np.zeros(60)
        for tree in forest.trees:
            together = tree.apply(forest.predictors) == tree.apply(rows[[i]])[0]
            weight[together] += 1 / together.sum() / 25
        order = np.argsort(y)
        reached = np.cumsum(weight[order])
        assert reached[-1] == pytest.approx(1)
        expected = [y[order][(reached >= level - 1e-12).argmax()] for level in levels]
        np.testing.assert_allclose(got[i], expected)


def test_out_of_bag_quantiles_leave_the_row_itself_out():
    table, y = heteroscedastic(50, 3)
    y[17] = 1e4
    forest = forests.random_forest(table, y, n_trees=80)
    upper = forest.oob_quantiles([0.99])[0.99].to_numpy()
    assert upper[17] < 1e4
    assert forest.oob_coverage(0.9) < 1


def test_quantiles_rise_with_their_level():
    forest = small()
    table, _ = planted(50, 5)
    values = forest.predict_quantiles(table, [0.05, 0.25, 0.5, 0.75, 0.95]).to_numpy()
    assert (np.diff(values, axis=1) >= 0).all()


# bad input


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"mtry": 0}, "mtry must be"),
        ({"mtry": "half"}, "mtry must be"),
        ({"mtry": 7}, "the 6 columns"),
        ({"n_trees": 0}, "n_trees"),
        ({"minimum_node_size": 0}, "minimum_node_size"),
        ({"sample_fraction": 1.5}, "sample_fraction"),
        ({"replace": False}, "no row is out of bag"),
        ({"factors": "subsets"}, "factors must be"),
        ({"clusters": np.repeat([1, 2], 100)}, "2 clusters are too few"),
        ({"clusters": [None, *range(199)]}, "1 rows have no cluster"),
        ({"n_jobs": 0}, "n_jobs"),
    ],
)
def test_wrong_settings_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        small(**arguments)


def test_wrong_tables_are_refused_with_names():
    table, y = planted(30)
    hole = table.copy()
    hole.loc[3, "weak"] = np.nan
    with pytest.raises(ValueError, match=r"'weak' is missing or infinite in row 3"):
        forests.random_forest(hole, y)
    with pytest.raises(ValueError, match="'chance' is constant"):
        forests.random_forest(table.assign(chance=1.0), y)
    with pytest.raises(ValueError, match="'biome' is constant"):
        forests.random_forest(table.assign(biome="forest"), y)
    with pytest.raises(ValueError, match="same name: 'weak'"):
        forests.random_forest(table.set_axis(["strong", "weak", "weak", "biome"], axis=1), y)
    with pytest.raises(ValueError, match="response is constant"):
        forests.random_forest(table, np.ones(30))
    with pytest.raises(ValueError, match="'response' is missing"):
        forests.random_forest(table, np.where(np.arange(30) == 2, np.nan, y))
    with pytest.raises(ValueError, match="30 rows of predictors but 29"):
        forests.random_forest(table, y[1:])
    with pytest.raises(ValueError, match="too few for a forest"):
        forests.random_forest(table[["strong"]][:3], y[:3])
    with pytest.raises(ValueError, match="classes are not predicted"):
        forests.random_forest(table, table["biome"])
    with pytest.raises(ValueError, match="not an array of 1 dimensions"):
        forests.random_forest(y, y)


def test_new_rows_must_look_like_the_old_ones():
    forest = small(n_trees=5)
    table, _ = planted(5, 3)
    with pytest.raises(ValueError, match="'biome' has levels the forest has not seen: tundra"):
        forest.predict(table.assign(biome="tundra"))
    with pytest.raises(KeyError, match="no column 'weak'"):
        forest.predict(table.drop(columns="weak"))
    with pytest.raises(ValueError, match="between 0 and 1"):
        forest.predict_quantiles(table, [0.5, 1.0])
    with pytest.raises(ValueError, match="level must lie"):
        forest.prediction_interval(table, level=95)
    array = forests.random_forest(table[["strong", "weak"]].to_numpy(), np.arange(5.0), n_trees=40)
    assert array.design.variables == ("x0", "x1")
    with pytest.raises(ValueError, match="3 columns given, 2 needed"):
        array.predict(np.ones((2, 3)))


def test_rows_seen_by_all_trees_are_counted_aloud():
    table, y = planted(20)
    with pytest.warns(UserWarning, match="have no out-of-bag prediction"):
        forest = forests.random_forest(table, y, n_trees=2, seed=1)
    assert np.isnan(forest.oob_predictions).any()
    assert np.isfinite(forest.oob_mse)


def test_duplicated_rows_make_out_of_bag_errors_too_good():
    table, y = planted(60)
    twice = pd.concat([table, table], ignore_index=True)
    naive = forests.random_forest(twice, np.tile(y, 2), n_trees=60)
    honest = forests.random_forest(twice, np.tile(y, 2), n_trees=60, clusters=np.tile(np.arange(60), 2))
    single = forests.random_forest(table, y, n_trees=60)
    assert naive.oob_mse < 0.6 * single.oob_mse
    assert honest.oob_mse == pytest.approx(single.oob_mse, rel=0.4)


def test_summary_and_plots():
    import matplotlib.pyplot as plt

    forest = small(n_trees=30)
    assert forest.summary().loc["columns", "value"] == 6
    axes = forests.permutation_importance(forest).plot()
    assert len(axes.get_yticklabels()) == 4
    forests.importance_intervals(forest, n_resamples=20, n_trees=10).plot(axes)
    plt.close("all")


# folds


def test_random_folds_deal_every_row_once():
    folds = forests.random_folds(23, 5, seed=1)
    assert sorted(np.concatenate(folds.test)) == list(range(23))
    for train, test in folds:
        assert sorted([*train, *test]) == list(range(23))
    assert folds.summary()["n_test"].max() - folds.summary()["n_test"].min() <= 1
    assert len(forests.random_folds(23, 5, repeats=3)) == 15
    assert not np.array_equal(folds.test[0], forests.random_folds(23, 5, seed=2).test[0])


@settings(max_examples=30, deadline=None)
@given(sizes=st.lists(st.integers(1, 30), min_size=4, max_size=25), n_folds=st.integers(2, 4), seed=st.integers(0, 9))
def test_groups_are_never_cut(sizes, n_folds, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    folds = forests.grouped_folds(groups, n_folds, seed=seed)
    assert sorted(np.concatenate(folds.test)) == list(range(len(groups)))
    for train, test in folds:
        assert not set(groups[train]) & set(groups[test])
    assert folds.summary()["n_test"].max() <= sum(sizes) / n_folds + max(sizes)


def test_each_group_can_be_left_out_in_turn():
    folds = forests.grouped_folds(["a", "b", "a", "c"], None)
    assert [list(test) for test in folds.test] == [[0, 2], [1], [3]]


def test_blocks_of_land_keep_neighbours_together():
    rng = np.random.default_rng(0)
    latitude, longitude = rng.uniform(-70, 80, 600), rng.uniform(-180, 180, 600)
    folds = forests.spatial_folds(latitude, longitude, 5, block_km=1500, seed=1)
    assert sorted(np.concatenate(folds.test)) == list(range(600))
    for block in np.unique(folds.units):
        inside = folds.units == block
        assert np.ptp(latitude[inside]) * 111.2 <= 1500 * 1.001
        assert sum(bool(set(np.flatnonzero(inside)) & set(test)) for test in folds.test) == 1
    buffered = forests.spatial_folds(latitude, longitude, 5, block_km=1500, buffer_km=300, seed=1)
    assert (buffered.summary()["n_left_out"] > 0).all()
    phi, lam = np.radians(latitude), np.radians(longitude)
    for train, test in buffered:
        cosine = np.sin(phi[train])[:, None] * np.sin(phi[test]) + np.cos(phi[train])[:, None] * np.cos(
            phi[test]
        ) * np.cos(lam[train][:, None] - lam[test])
        assert (np.arccos(np.clip(cosine, -1, 1)) * 6371.0088).min() >= 300 - 1e-6


def test_the_date_line_divides_no_block():
    longitude = np.array([179.9, -179.9, 180.1, 0.0, 90.0, -90.0])
    for seed in range(5):
        units = forests.spatial_folds(np.full(6, 10.0), longitude, 2, block_km=3000, seed=seed).units
        assert units[1] == units[2]


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: forests.random_folds(3, 5), "3 rows cannot be dealt"),
        (lambda: forests.random_folds(30, 1), "at least 2"),
        (lambda: forests.random_folds(30, 3, repeats=0), "repeats"),
        (lambda: forests.grouped_folds(["a", None, "b"], 2), "1 rows have no group"),
        (lambda: forests.grouped_folds(["a", "a", "b"], 3), "2 groups cannot"),
        (lambda: forests.spatial_folds([0, 1], [0, 1], 2, block_km=1e4), "blocks of 10000 km cannot"),
        (lambda: forests.spatial_folds([0, 100], [0, 1], 2, block_km=10), "interchanged"),
        (lambda: forests.spatial_folds([0, np.nan], [0, 1], 2, block_km=10), "missing"),
        (lambda: forests.spatial_folds([0, 1], [0, 1], 2, block_km=0), "above 0"),
        (lambda: forests.spatial_folds([0, 1, 2], [0, 1, 2], 2, block_km=50, buffer_km=9e3), "no rows to train on"),
    ],
)
def test_impossible_folds_are_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make()


# learners


class Last:
    """Predicts the mean of what it was shown, and remembers if it is used twice."""

    used = False

    def fit(self, X, y):
        assert not self.used
        self.used, self.mean = True, y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean)


def test_learners_are_fresh_on_each_fold_and_scores_are_what_they_say():
    table, y = planted(60)
    folds = forests.random_folds(60, 4)
    scores = forests.cross_validate(Last(), table, y, folds)
    train, test = folds.train[1], folds.test[1]
    error = y[train].mean() - y[test]
    assert scores.loc[2, "rmse"] == pytest.approx(np.sqrt((error**2).mean()))
    assert scores.loc[2, "bias"] == pytest.approx(error.mean())
    assert scores.loc[2, "r2"] == pytest.approx(1 - (error**2).sum() / ((y[test] - y[test].mean()) ** 2).sum())
    assert scores["r2_against_training_mean"].abs().max() < 1e-12


def test_the_usual_learners_are_compared_on_the_same_folds():
    table, y = planted(150)
    folds = forests.random_folds(150, 3)
    result = forests.compare_learners(forests.usual_learners(n_trees=50), table, y, folds)
    assert result.rival == "mean"
    assert list(result.pooled.index) == ["mean", "linear", "lasso", "svm", "gradient boosting", "forest"]
    assert result.summary().index[-1] == "mean"
    assert result.summary().index[0] in {"linear", "lasso", "svm"}  # the planted truth is linear
    assert (result.differences["high"] < 0).all()
    assert (result.differences["folds_won"] == 3).all()
    assert len(result.predictions) == 150
    linear = forests.compare_learners(
        {"linear": forests.usual_learners()["linear"], "forest": forests.ForestLearner(50)}, table, y, folds, score="r2"
    )
    assert linear.differences.loc["forest", "difference"] < 0
    # the same fold, the same learner, the same score in both comparisons
    pd.testing.assert_frame_equal(linear.scores.loc["forest"], result.scores.loc["forest"])


def test_limits_of_differences_are_those_of_nadeau_and_bengio():
    table, y = planted(100)
    folds = forests.random_folds(100, 5)
    result = forests.compare_learners({"mean": Last(), "forest": forests.ForestLearner(20)}, table, y, folds)
    gap = result.scores.loc["forest", "rmse"].to_numpy() - result.scores.loc["mean", "rmse"].to_numpy()
    error = np.sqrt(gap.var(ddof=1) * (1 / 5 + 20 / 80))
    row = result.differences.loc["forest"]
    assert row["difference"] == pytest.approx(gap.mean())
    assert row["high"] == pytest.approx(gap.mean() + stats.t.isf(0.025, 4) * error)
    assert row["p"] == pytest.approx(2 * stats.t.sf(abs(gap.mean()) / error, 4))


def test_learners_alike_are_seldom_told_apart():
    """Two learners that both know nothing: the corrected limits hold 0 nearly always."""
    wrong = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        table, y = rng.normal(size=(40, 2)), rng.normal(size=40)
        learners = {"first": Slope(0), "second": Slope(1)}
        result = forests.compare_learners(learners, table, y, forests.random_folds(40, 5, seed=seed))
        row = result.differences.loc["second"]
        wrong += not row["low"] <= 0 <= row["high"]
    assert wrong <= 5


class Slope:
    """Least squares on one column."""

    def __init__(self, column: int) -> None:
        self.column = column

    def fit(self, X, y):
        self.line = np.polyfit(X[:, self.column], y, 1)
        return self

    def predict(self, X):
        return np.polyval(self.line, X[:, self.column])


def test_folds_by_row_flatter_a_forest_where_sites_are_alike():
    rng = np.random.default_rng(7)
    sites = np.repeat(np.arange(25), 8)
    table = pd.DataFrame({"mark": rng.normal(size=25)[sites], "noise": rng.normal(size=200)})
    y = rng.normal(size=25)[sites] + 0.3 * rng.normal(size=200)
    learner = forests.ForestLearner(60)
    by_row = forests.cross_validate(learner, table, y, forests.random_folds(200, 5))
    by_site = forests.cross_validate(learner, table, y, forests.grouped_folds(sites, 5))
    assert by_row["r2_against_training_mean"].mean() > 0.4
    assert by_site["r2_against_training_mean"].mean() < 0.2


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"learners": {"one": Last()}}, "two learners"),
        ({"rival": "none"}, "no learner 'none'"),
        ({"score": "bias"}, "score must be"),
        ({"confidence": 2}, "confidence"),
        ({"folds": forests.random_folds(10, 2)}, "made for 10 rows, the data have 60"),
        ({"learners": {"a": Last(), "broken": Slope(0), "b": Last()}, "y": np.full(60, np.nan)}, "response"),
    ],
)
def test_wrong_comparisons_are_refused(arguments, says):
    table, y = planted(60)
    given_arguments = {"learners": {"a": Last(), "b": Last()}, "X": table, "y": y, "folds": forests.random_folds(60, 3)}
    with pytest.raises(ValueError, match=says):
        forests.compare_learners(**(given_arguments | arguments))


def test_a_learner_that_predicts_nonsense_is_named():
    class Broken(Last):
        def predict(self, X):
            return np.full(len(X), np.inf)

    table, y = planted(30)
    with pytest.raises(ValueError, match="'broken' predicts"):
        forests.compare_learners({"a": Last(), "broken": Broken()}, table, y, forests.random_folds(30, 3))
    with pytest.raises(ValueError, match="fit before"):
        forests.ForestLearner().predict([[1.0]])


def test_comparisons_can_be_drawn():
    import matplotlib.pyplot as plt

    table, y = planted(40)
    result = forests.compare_learners({"a": Last(), "b": Slope(0)}, table, y, forests.random_folds(40, 4))
    assert [label.get_text() for label in result.plot().get_xticklabels()] == ["a", "b"]
    plt.close("all")


def test_no_warning_is_given_for_an_ordinary_forest():
    table = frame("boston")[:100]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = table.drop(columns="chas")  # constant in these rows
        forest = forests.random_forest(table.drop(columns="medv"), table["medv"], n_trees=100)
    assert forest.oob_r2 > 0.5


def by_single_trees(forest: forests.Forest, table: object) -> np.ndarray:
    rows = forest.design.standardised(table)
    return np.array([forest.centre + forest.scale * tree.predict(rows)[:, 0] for tree in forest.trees]).T


def test_predictions_do_not_depend_on_the_parts_they_are_made_in(monkeypatch: pytest.MonkeyPatch) -> None:
    forest, (table, _) = small(), planted()
    whole = by_single_trees(forest, table)
    monkeypatch.setattr("coldcarbon.stats.forests.forest._ROWS", 7)
    monkeypatch.setattr("coldcarbon.stats.forests.forest._VALUES", 7 * forest.n_trees)
    for n_jobs in (1, 3):
        np.testing.assert_allclose(forest.predict(table, n_jobs=n_jobs), whole.mean(axis=1), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(forest.predict_trees(table, n_jobs=n_jobs), whole, rtol=1e-12, atol=1e-12)
        spread = forest.tree_spread(table, level=0.9, n_jobs=n_jobs)
        np.testing.assert_allclose(spread["prediction"], whole.mean(axis=1), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(spread["standard_deviation"], whole.std(axis=1, ddof=1), rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(
            spread[["low", "high"]], np.quantile(whole, [0.05, 0.95], axis=1).T, rtol=1e-12, atol=1e-12
        )


def test_memory_of_a_prediction_does_not_grow_with_its_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    forest, (table, _) = small(), planted()
    many = pd.concat([table] * 100, ignore_index=True)
    one_number_each = len(many) * 8
    monkeypatch.setattr("coldcarbon.stats.forests.forest._ROWS", 1000)
    rows = forest.design.standardised(many)
    monkeypatch.setattr(type(forest.design), "standardised", lambda *_: rows)
    tracemalloc.start()
    forest.predict(many)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * one_number_each  # all trees at once would take 60 times


@pytest.mark.parametrize("changes", [{}, {"minimum_node_size": 1}, {"minimum_node_size": 40}, {"maximum_depth": 2}])
def test_a_compact_forest_gives_the_same_answers(changes: dict) -> None:
    forest, (table, _) = small(**changes), planted()
    compact = pickle.loads(pickle.dumps(forest.compact()))
    for tree, smaller in zip(forest.trees, compact.trees, strict=True):
        assert 2 * (tree.children_left >= 0).sum() + 1 == smaller.node_count
    np.testing.assert_array_equal(compact.predict_trees(table), forest.predict_trees(table))
    pd.testing.assert_frame_equal(compact.predict_quantiles(table, [0.1]), forest.predict_quantiles(table, [0.1]))
    pd.testing.assert_frame_equal(compact.impurity_importance(), forest.impurity_importance())
    pd.testing.assert_frame_equal(
        forests.permutation_importance(compact).table, forests.permutation_importance(forest).table
    )
