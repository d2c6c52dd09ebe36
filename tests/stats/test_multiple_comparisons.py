import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.stats.multitest import multipletests

from coldcarbon.stats import multiple_comparisons as mc

GOLDEN = Path(__file__).parents[1] / "golden"
R = json.loads((GOLDEN / "results" / "08_letters.json").read_text())
CASES = {
    "plantgrowth": ("weight", "group"),
    "insectsprays": ("count", "spray"),
    "warpbreaks": ("breaks", "tension"),
}


def data(case: str) -> tuple[pd.Series, pd.Series]:
    value, group = CASES[case]
    frame = pd.read_csv(GOLDEN / "data" / f"{case}.csv")
    return frame[value], frame[group]


def oriented(pairs: pd.DataFrame, first: str, second: str, column: str) -> float:
    """Value of a pair in the order asked for: limits and differences turn their sign with it."""
    for row in pairs.itertuples():
        if (row.group_1, row.group_2) == (first, second):
            return getattr(row, column)
        if (row.group_1, row.group_2) == (second, first):
            mirrored = {"difference": -row.difference, "low": -row.high, "high": -row.low}
            return mirrored.get(column, getattr(row, column))
    raise AssertionError(f"no pair {first}, {second}")


@pytest.mark.parametrize("case", CASES)
def test_tukey_and_its_letters_agree_with_r(case):
    result = mc.compare_groups(*data(case))
    expected = R[case]["tukey"]
    assert len(result.pairs) == len(expected["pair"])
    for i, name in enumerate(expected["pair"]):
        first, second = name.split("-")
        for column, key in {"difference": "diff", "low": "lwr", "high": "upr"}.items():
            assert oriented(result.pairs, first, second, column) == pytest.approx(expected[key][i], rel=1e-6), name
        assert oriented(result.pairs, first, second, "p_adjusted") == pytest.approx(expected["p"][i], abs=1e-8), name
    assert result.letters.to_dict() == R[case]["letters"]


@pytest.mark.parametrize("case", CASES)
def test_dunn_agrees_with_r(case):
    result = mc.compare_groups(*data(case), method="dunn", adjust="bonferroni")
    expected = R[case]["dunn"]
    for i, name in enumerate(expected["pair"]):
        first, second = name.split(" - ")
        p = oriented(result.pairs, first, second, "p")
        assert p == pytest.approx(2 * expected["p_default_one_sided"][i], rel=1e-8), name
        assert oriented(result.pairs, first, second, "p_adjusted") == pytest.approx(expected["p_bonf"][i], rel=1e-8)
        assert abs(oriented(result.pairs, first, second, "statistic")) == pytest.approx(abs(expected["z"][i]), rel=1e-8)
    holm = mc.compare_groups(*data(case), method="dunn")
    assert (holm.pairs["p_adjusted"] <= result.pairs["p_adjusted"] + 1e-12).all()
    assert (np.sign(holm.pairs["difference"]) == np.sign(holm.pairs["statistic"])).all()


@pytest.mark.parametrize("case", CASES)
def test_letters_from_dunn_p_values_agree_with_r(case):
    expected = R[case]["dunn_letters"]
    table = pd.DataFrame(1.0, index=list(expected), columns=list(expected))
    for name, p in zip(R[case]["dunn"]["pair"], R[case]["dunn"]["p_bh"], strict=True):
        first, second = name.split(" - ")
        table.loc[first, second] = table.loc[second, first] = p
    assert mc.compact_letters(table).to_dict() == expected


def test_letters_say_exactly_which_pairs_differ():
    rng = np.random.default_rng(2)
    for _ in range(200):
        k = int(rng.integers(2, 10))
        p = np.triu(rng.uniform(0, 0.12, (k, k)), 1)
        table = pd.DataFrame(p + p.T)
        letters = mc.compact_letters(table)
        for i, j in combinations(range(k), 2):
            assert bool(set(letters[i]) & set(letters[j])) == (table.loc[i, j] >= 0.05)
        groups = {letter: {i for i in range(k) if letter in letters[i]} for letter in "".join(letters)}
        assert not any(a < b for a in groups.values() for b in groups.values())  # no letter is superfluous


@pytest.mark.parametrize("adjust", ["holm", "bonferroni", "fdr_bh", "fdr_by"])
def test_adjustments_agree_with_statsmodels(adjust):
    values, groups, clusters = simulated(7, effect=1.0)
    pairs = mc.compare_groups(values, groups, method="cluster", clusters=clusters, adjust=adjust).pairs
    np.testing.assert_allclose(pairs["p_adjusted"], multipletests(pairs["p"], method=adjust)[1], rtol=1e-12)


def test_games_howell_for_two_groups_is_welch():
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(0, 1, 15), rng.normal(1, 4, 25)])
    groups = ["a"] * 15 + ["b"] * 25
    result = mc.compare_groups(values, groups, method="games-howell")
    welch = stats.ttest_ind(values[:15], values[15:], equal_var=False)
    assert result.pairs.loc[0, "p_adjusted"] == pytest.approx(welch.pvalue, rel=1e-6)
    assert "unequal variances" in result.method


def test_cluster_contrasts_with_single_rows_are_welch():
    rng = np.random.default_rng(5)
    values = np.concatenate([rng.normal(0, 1, 15), rng.normal(1, 1, 15)])
    groups = np.repeat(["a", "b"], 15)
    result = mc.compare_groups(values, groups, method="cluster", clusters=np.arange(30))
    welch = stats.ttest_ind(values[:15], values[15:], equal_var=False)
    # the sandwich corrects for the number of rows a little differently
    assert result.pairs.loc[0, "p"] == pytest.approx(welch.pvalue, rel=0.1)


def simulated(seed: int, effect: float = 0.0):
    rng = np.random.default_rng(seed)
    groups, clusters, values = [], [], []
    for g in range(4):
        for c in range(15):
            size = rng.geometric(0.3)
            shared = rng.normal(0, 1) + (effect if g == 3 else 0)
            groups += [f"g{g}"] * size
            clusters += [f"g{g}c{c}"] * size
            values += list(shared + rng.normal(0, 0.5, size))
    return np.array(values), np.array(groups), np.array(clusters)


def test_only_the_cluster_version_keeps_its_level_when_rows_are_alike():
    def false_alarms(method: str, replicates: int) -> int:
        results = (simulated(seed) for seed in range(replicates))
        tables = (mc.compare_groups(v, g, method=method, clusters=c).pairs for v, g, c in results)
        return sum(bool((table["p_adjusted"] < 0.05).any()) for table in tables)

    assert false_alarms("cluster", 200) / 200 < 0.11
    assert false_alarms("tukey", 20) / 20 > 0.25


def test_cluster_version_finds_a_planted_difference():
    values, groups, clusters = simulated(3, effect=4.0)
    result = mc.compare_groups(values, groups, method="cluster", clusters=clusters)
    assert result.groups.index[0] == "g3"
    assert result.letters["g3"] == "a"
    assert set("".join(result.letters[["g0", "g1", "g2"]])) == {"b"}
    assert result.groups["n_clusters"].tolist() == [15] * 4
    pairs = result.pairs.set_index(["group_1", "group_2"])
    planted = pairs.loc["g3"]
    assert ((planted["low"] < 4) & (planted["high"] > 4)).all()
    assert (pairs["p"] <= pairs["p_adjusted"]).all()


def test_groups_with_too_few_clusters_are_named_but_not_compared():
    values, groups, clusters = simulated(1)
    clusters = np.where(groups == "g2", "only one", clusters)
    result = mc.compare_groups(values, groups, method="cluster", clusters=clusters)
    assert result.letters["g2"] == ""
    assert "g2" not in set(result.pairs["group_1"]) | set(result.pairs["group_2"])
    assert (result.letters.drop("g2") != "").all()
    assert len(result.pairs) == 3


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"method": "lsd"}, "method must be"),
        ({"method": "cluster"}, "needs the cluster"),
        ({"groups": list("aaaaaa")}, "fewer than two groups"),
        ({"groups": list("aaaaab")}, "single row.*: b"),
        ({"method": "cluster", "clusters": ["x", None, "y", "z", "v", "w"]}, "1 rows have no cluster"),
        ({"minimum_clusters": 1}, "minimum_clusters"),
        ({"method": "dunn", "adjust": "hochberg"}, "adjust must be"),
    ],
)
def test_bad_input_is_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        mc.compare_groups(**({"values": [1.0, 2, 3, 4, 5, 7], "groups": list("aaabbb")} | arguments))


def test_tables_of_p_values_must_be_symmetric_and_complete():
    good = pd.DataFrame([[1, 0.01], [0.01, 1]], index=["a", "b"], columns=["a", "b"])
    assert mc.compact_letters(good).tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="same groups"):
        mc.compact_letters(good.rename(columns={"b": "c"}))
    with pytest.raises(ValueError, match="symmetric"):
        mc.compact_letters(pd.DataFrame([[1, 0.01], [0.2, 1]]))


def few_clusters(seed, effect=0.0):
    """Four groups of 24, 12, 8 and 6 clusters of very unequal sizes whose rows are alike."""
    rng = np.random.default_rng(seed)
    n_clusters = (24, 12, 8, 6)
    group = np.repeat(np.arange(4), n_clusters)
    sizes = rng.geometric(0.4, group.size)
    sizes[[0, 30]] = 15
    clusters = np.repeat(np.arange(group.size), sizes)
    spread = np.array([1.0, 1.5, 0.7, 1.0])[group]
    values = (rng.normal(0, 1, group.size) * spread)[clusters] + rng.normal(0, 1, clusters.size)
    return values + effect * (group[clusters] == 3), np.array(list("abcd"))[group[clusters]], clusters


def test_equal_means_are_rejected_as_often_as_the_level_says():
    p = np.array([mc.equal_means_test(*few_clusters(seed), n_resamples=199, seed=seed).p for seed in range(500)])
    assert 0.025 <= (p <= 0.05).mean() <= 0.08
    assert 0.15 <= (p <= 0.20).mean() <= 0.26


def test_chi_square_would_reject_far_more_often():
    statistics = [mc.equal_means_test(*few_clusters(seed), n_resamples=99).statistic for seed in range(200)]
    assert (np.array(statistics) > stats.chi2.isf(0.05, 3)).mean() > 0.12


def test_unequal_means_are_found():
    found = [mc.equal_means_test(*few_clusters(seed, effect=3.0), seed=seed).p for seed in range(20)]
    assert np.median(found) < 0.02
    result = mc.equal_means_test(*few_clusters(1, effect=3.0))
    assert (result.n_groups, result.n_clusters, result.n_resamples) == (4, 50, 999)
    assert result == mc.equal_means_test(*few_clusters(1, effect=3.0))


def test_the_statistic_is_the_wald_statistic_of_statsmodels():
    values, groups, clusters = few_clusters(2, effect=1.0)
    clusters[::9] = 3  # a cluster with rows in several groups
    frame = pd.DataFrame({"value": values, "group": groups})
    fit = smf.ols("value ~ group", frame).fit(
        cov_type="cluster", cov_kwds={"groups": clusters, "use_correction": False}
    )
    wald = fit.wald_test_terms(scalar=True).table.loc["group", "statistic"]
    holes = np.append(groups, None)
    result = mc.equal_means_test(np.append(values, 9.0), holes, np.append(clusters, 0), n_resamples=99)
    assert result.statistic == pytest.approx(float(wald))
    assert result.n_rows == values.size


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"n_resamples": 50}, "fewer than 99"),
        ({"groups": ["a"] * 8}, "fewer than two groups"),
        ({"clusters": [1, 1, 2, 3, 4, 4, 5, 5]}, "fewer than three clusters"),
        ({"clusters": [1, 2, 3, 4, 5, 6, 7, None]}, "1 rows have no cluster label"),
    ],
)
def test_equal_means_refuses_bad_input(arguments, says):
    given = {"values": np.arange(8.0), "groups": list("aaaabbbb"), "clusters": np.arange(8)}
    with pytest.raises(ValueError, match=says):
        mc.equal_means_test(**(given | arguments))
