import subprocess
import sys
import time
import warnings

import numpy as np
import pandas as pd
import pytest
from golden import frame, results
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.outliers_influence import variance_inflation_factor

from coldcarbon.stats import multivariate
from coldcarbon.stats.uncertainty import coverage_summary


def overlapping(n: int = 80, seed: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    heat = rng.normal(size=n)
    table = pd.DataFrame({"heat": heat, "evaporation": heat + 0.2 * rng.normal(size=n), "rain": rng.normal(size=n)})
    table["clay"] = 0.5 * table["rain"] + rng.normal(size=n)
    table["flux"] = table["heat"] + 0.5 * table["clay"] + rng.normal(size=n)
    return table


PREDICTORS = ["heat", "evaporation", "rain", "clay"]


# inflation


def test_inflation_is_that_of_statsmodels():
    table = overlapping()[PREDICTORS]
    found = multivariate.variance_inflation(table)["vif"]
    design = np.column_stack([np.ones(len(table)), table])
    np.testing.assert_allclose(found, [variance_inflation_factor(design, i + 1) for i in range(4)], rtol=1e-10)


@settings(max_examples=25, deadline=None)
@given(shift=st.floats(-1e6, 1e6), power=st.integers(-8, 8), seed=st.integers(0, 5))
def test_inflation_knows_no_units_and_no_order(shift, power, seed):
    table = overlapping(seed=seed)[PREDICTORS]
    plain = multivariate.variance_inflation(table)["vif"]
    scale = 10.0**power
    moved = table.assign(heat=scale * (table["heat"] + shift))
    other = multivariate.variance_inflation(moved.iloc[::-1, ::-1])["vif"]
    np.testing.assert_allclose(other[plain.index], plain, rtol=1e-6)


def test_levels_of_a_factor_share_one_factor_that_does_not_depend_on_the_base():
    data = frame("overlap_sim")
    names = ["a", "e", "soil"]
    first = multivariate.variance_inflation(data, names)
    other = data.assign(soil=data["soil"].map({"clay": "z", "loam": "b", "sand": "a"}))
    pd.testing.assert_frame_equal(first, multivariate.variance_inflation(other, names))
    assert first["freedom"].tolist() == [1, 1, 2]
    assert (first["vif"] >= 1).all()


def test_one_of_two_that_stand_for_each_other_is_left_out():
    table = overlapping()[PREDICTORS]
    result = multivariate.eliminate_collinear(table, threshold=5)
    assert len(result.removed) == 1
    assert result.removed[0] in {"heat", "evaporation"}
    assert set(result.kept) | set(result.removed) == set(PREDICTORS)
    other = "evaporation" if result.removed[0] == "heat" else "heat"
    assert multivariate.eliminate_collinear(table, keep=[result.removed[0]]).removed == (other,)
    assert result.trace.shape == (2, 4)
    assert np.isnan(result.trace.loc[2, result.removed[0]])
    summary = result.summary()
    assert summary.loc[result.removed[0], "step_removed"] == 1
    assert (summary.loc[list(result.kept), "last"] < 5).all()
    last = multivariate.variance_inflation(table[list(result.kept)])["vif"]
    np.testing.assert_allclose(result.trace.iloc[-1][list(result.kept)], last)


def test_elimination_stops_at_one():
    rng = np.random.default_rng(0)
    base = rng.normal(size=50)
    table = pd.DataFrame({name: base + 0.01 * rng.normal(size=50) for name in "abc"})
    result = multivariate.eliminate_collinear(table)
    assert len(result.kept) == 1
    assert result.trace.iloc[-1][result.kept[0]] == 1


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (overlapping().assign(sum=lambda t: t["rain"] - 2 * t["clay"]), "'rain', 'clay', 'sum' depend linearly"),
        (overlapping().assign(copy=lambda t: 3 * t["heat"] + 7), "'heat', 'copy' depend linearly"),
        (overlapping().assign(flat=2.0), "'flat' is constant"),
        (overlapping().assign(hole=lambda t: t["rain"].where(t.index != 4)), "'hole' is missing or infinite in row 4"),
        (overlapping(5), "5 rows are too few for 5 columns"),
        (overlapping()[["heat"]], "two predictors"),
        (overlapping().set_axis(["a", "b", "c", "d", "a"], axis=1), "each named once"),
    ],
)
def test_inflation_refuses_by_name(table, says):
    with pytest.raises(ValueError, match=says):
        multivariate.variance_inflation(table)
    with pytest.raises(ValueError, match=says):
        multivariate.eliminate_collinear(table)


def test_elimination_refuses_what_cannot_be():
    table = overlapping()[PREDICTORS]
    with pytest.raises(ValueError, match="threshold"):
        multivariate.eliminate_collinear(table, threshold=1)
    with pytest.raises(ValueError, match="'wind' to be kept"):
        multivariate.eliminate_collinear(table, keep=["wind"])
    with pytest.raises(ValueError, match="only predictors to be kept"):
        multivariate.eliminate_collinear(table, keep=PREDICTORS)
    with pytest.raises(KeyError, match="no column 'wind'"):
        multivariate.eliminate_collinear(table, ["heat", "wind"])


# correlation


def test_partial_correlation_is_that_of_residuals():
    table = overlapping()
    result = multivariate.partial_correlation(table)
    names = list(table.columns)
    for i, j in ((0, 1), (2, 4), (3, 4)):
        rest = np.column_stack([np.ones(len(table)), table.drop(columns=[names[i], names[j]])])
        left = [table[name] - rest @ np.linalg.lstsq(rest, table[name])[0] for name in (names[i], names[j])]
        assert result.estimate.iloc[i, j] == pytest.approx(np.corrcoef(*left)[0, 1], rel=1e-9)
    given_three = multivariate.partial_correlation(table, ["heat", "flux"], given=["evaporation", "rain", "clay"])
    for quantity in ("estimate", "statistic", "p", "low", "high"):
        whole = getattr(result, quantity).loc["heat", "flux"]
        assert getattr(given_three, quantity).loc["heat", "flux"] == pytest.approx(whole, rel=1e-8)
    assert (given_three.n_given, result.n_given) == (3, 3)


def test_p_is_that_of_the_regression_coefficient():
    table = overlapping(25)
    design = np.column_stack([np.ones(25), table[["heat", "rain", "clay"]]])
    inverse = np.linalg.inv(design.T @ design)
    beta = inverse @ design.T @ table["flux"]
    residual = table["flux"] - design @ beta
    t = beta[1] / np.sqrt(residual @ residual / 21 * inverse[1, 1])
    result = multivariate.partial_correlation(table, ["flux", "heat"], given=["rain", "clay"])
    assert result.statistic.loc["flux", "heat"] == pytest.approx(t)
    assert result.p.loc["flux", "heat"] == pytest.approx(2 * stats.t.sf(abs(t), 21))
    normal = multivariate.partial_correlation(table, ["flux", "heat"], given=["rain", "clay"], reference="normal")
    assert normal.p.loc["flux", "heat"] < result.p.loc["flux", "heat"]


def test_semi_partial_squared_is_what_is_added_to_r2():
    table = overlapping()
    result = multivariate.semi_partial_correlation(table)

    def r2(names):
        design = np.column_stack([np.ones(len(table)), table[names]])
        residual = table["flux"] - design @ np.linalg.lstsq(design, table["flux"])[0]
        return 1 - residual.var() / table["flux"].var()

    for name in PREDICTORS:
        added = r2(PREDICTORS) - r2([other for other in PREDICTORS if other != name])
        assert result.estimate.loc["flux", name] ** 2 == pytest.approx(added, rel=1e-8)
    assert not np.allclose(result.estimate, result.estimate.T)
    assert len(result.summary()) == 20
    partial = multivariate.partial_correlation(table).estimate
    assert (result.estimate.abs() <= partial.abs() + 1e-12).all(axis=None)


def test_ranks_do_not_feel_a_rising_transformation():
    table = overlapping()
    bent = table.assign(heat=np.exp(table["heat"]), rain=table["rain"] ** 3)
    for function in (multivariate.partial_correlation, multivariate.correlation_matrix):
        one, two = (function(part, method="spearman").estimate for part in (table, bent))
        np.testing.assert_allclose(one, two, atol=1e-12)
    pearson = multivariate.correlation_matrix(table).estimate
    np.testing.assert_allclose(pearson, np.corrcoef(table.T), atol=1e-12)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_limits_cover_the_planted_partial_correlation(method):
    """Correlation 0.5 given the third; under normality the rank version aims at 6 / pi asin(r / 2) about."""
    truth = 0.5 if method == "pearson" else 6 / np.pi * np.arcsin(0.25)
    found = []
    for seed in range(400):
        rng = np.random.default_rng(seed)
        common = rng.normal(size=40)
        a = rng.normal(size=40)
        table = pd.DataFrame(
            {"x": a + common, "y": 0.5 * a + np.sqrt(0.75) * rng.normal(size=40) - common, "z": common}
        )
        result = multivariate.partial_correlation(table, ["x", "y"], given=["z"], method=method)
        found.append([getattr(result, name).loc["x", "y"] for name in ("estimate", "low", "high")])
    estimates, lows, highs = np.array(found).T
    summary = coverage_summary(estimates, lows, highs, truth)
    coverage = float(summary["coverage"].iloc[0] if isinstance(summary, pd.DataFrame) else summary["coverage"])
    assert 0.90 <= coverage <= 0.985


def test_limits_cover_the_planted_semi_partial_correlation():
    hits = []
    # flux = a + b, unit variances, correlation of a and b 0.6: what a adds is its part without b
    truth = np.sqrt(1 - 0.6**2) / np.sqrt(1 + 1 + 2 * 0.6 + 1)
    for seed in range(400):
        rng = np.random.default_rng(seed)
        b = rng.normal(size=150)
        a = 0.6 * b + 0.8 * rng.normal(size=150)
        table = pd.DataFrame({"flux": a + b + rng.normal(size=150), "a": a, "b": b})
        result = multivariate.semi_partial_correlation(table)
        hits.append(result.low.loc["flux", "a"] <= truth <= result.high.loc["flux", "a"])
    assert 0.91 <= np.mean(hits) <= 0.98


def test_p_values_of_chance_are_uniform_and_adjustment_removes_them():
    raw, adjusted = [], []
    for seed in range(60):
        table = pd.DataFrame(np.random.default_rng(seed).normal(size=(30, 8)), columns=list("abcdefgh"))
        counts = multivariate.correlation_matrix(table).counts()
        assert counts["pairs"] == 28
        raw.append(counts["raw"])
        adjusted.append(counts["bonferroni"])
        assert counts["raw"] >= counts["fdr_bh"] >= counts["holm"] >= counts["bonferroni"]
        assert counts["fdr_bh"] >= counts["fdr_by"]
    assert 0.7 * 1.4 < np.mean(raw) < 1.3 * 1.4
    assert np.mean(np.array(adjusted) > 0) < 0.12


def test_summary_lists_every_pair_once_smallest_p_first():
    result = multivariate.correlation_matrix(overlapping())
    table = result.summary("holm")
    assert len(table) == 10
    assert table["p"].is_monotonic_increasing
    assert tuple(table.loc[0, ["first", "second"]]) == ("heat", "evaporation")
    assert (table["p_adjusted"] >= table["p"]).all()
    assert ((table["low"] < table["estimate"]) & (table["estimate"] < table["high"])).all()
    assert (np.diag(result.estimate) == 1).all()


def test_perfect_correlation_is_one_with_p_zero():
    table = pd.DataFrame({"a": np.arange(10.0), "b": -3 * np.arange(10.0) + 1})
    result = multivariate.correlation_matrix(table)
    assert result.estimate.loc["a", "b"] == pytest.approx(-1)
    assert result.p.loc["a", "b"] < 1e-50


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda t: multivariate.partial_correlation(t.assign(copy=t["heat"])), "'heat', 'copy' depend linearly"),
        (lambda t: multivariate.partial_correlation(t[:5]), "5 rows are too few for 5 columns"),
        (
            lambda t: multivariate.partial_correlation(t, ["heat", "rain"], given=["rain"]),
            "'rain' cannot be correlated",
        ),
        (lambda t: multivariate.partial_correlation(t, method="kendall"), "method must be"),
        (lambda t: multivariate.partial_correlation(t, reference="z"), "reference must be"),
        (lambda t: multivariate.correlation_matrix(t, confidence=0), "confidence"),
        (lambda t: multivariate.correlation_matrix(t[:3]), "at least four"),
        (lambda t: multivariate.correlation_matrix(t.assign(flat=1.0)), "'flat' is constant"),
        (lambda t: multivariate.correlation_matrix(t.assign(name="x")), "'name' holds text"),
        (lambda t: multivariate.correlation_matrix(t, ["heat", "heat"]), "same name: 'heat'"),
        (lambda t: multivariate.correlation_matrix(t, ["heat"]), "at least 2 are needed"),
    ],
)
def test_correlations_refuse_by_name(call, says):
    with pytest.raises(ValueError, match=says):
        call(overlapping())


# dimensions


def wine_groups() -> tuple[pd.DataFrame, dict[str, list[str]]]:
    wine = frame("wine")
    ends = np.cumsum([2, 5, 3, 10, 9, 2])
    names = ["origin", "odor", "visual", "shaken", "taste", "overall"]
    return wine, {
        name: list(wine.columns[end - size : end])
        for name, end, size in zip(names, ends, np.diff([0, *ends]), strict=True)
    }


def test_factors_agree_with_prince():
    wine, groups = wine_groups()
    active = {name: groups[name] for name in ("odor", "visual", "shaken", "taste")}
    ours = multivariate.multiple_factor_analysis(wine, active)
    columns = [column for members in active.values() for column in members]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import prince

        theirs = prince.MFA(n_components=5, engine="scipy").fit(wine[columns], groups=active)
        rows = theirs.row_coordinates(wine[columns]).to_numpy()
        contributions = theirs.group_contributions_.loc[list(active)].to_numpy()
    np.testing.assert_allclose(theirs.eigenvalues_, ours.eigenvalues["eigenvalue"][:5], rtol=1e-7)
    np.testing.assert_allclose(np.abs(rows), np.abs(ours.rows), rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(100 * contributions, ours.group_contributions, rtol=1e-6)


def test_parts_of_factors_fit_together():
    data = frame("overlap_sim")
    groups = {"first": ["a", "b", "c"], "kinds": ["soil", "land"], "second": ["e", "f"]}
    result = multivariate.multiple_factor_analysis(data, groups, n_components=3)
    np.testing.assert_allclose(result.group_contributions.sum(), 100)
    np.testing.assert_allclose(result.row_contributions.sum(), 100)
    np.testing.assert_allclose(result.contributions.sum() + result.category_contributions.sum(), 100)
    assert result.eigenvalues["cumulative_percent"].iloc[-1] == pytest.approx(100)
    # a row lies in the middle of what the groups make of it
    middle = sum(result.partial_rows.loc[name] for name in groups) / 3
    np.testing.assert_allclose(middle, result.rows, atol=1e-12)
    np.testing.assert_allclose((result.rows**2).mean(), result.eigenvalues["eigenvalue"][:3])
    assert ((result.groups > 0) & (result.groups <= 1 + 1e-12)).all(axis=None)
    assert result.eigenvalues["eigenvalue"].iloc[0] <= 3
    np.testing.assert_allclose(np.diag(result.rv), 1)
    assert result.rv.min(axis=None) >= 0
    soil = result.categories.loc[("kinds", "soil[clay]")]
    np.testing.assert_allclose(soil, result.rows[data["soil"].to_numpy() == "clay"].mean())


@settings(max_examples=10, deadline=None)
@given(power=st.integers(-6, 6), seed=st.integers(0, 5))
def test_no_group_rules_by_its_units_or_its_size(power, seed):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame(rng.normal(size=(30, 7)), columns=list("abcdefg"))
    groups = {"large": list("abcde"), "small": list("fg")}
    plain = multivariate.multiple_factor_analysis(table, groups)
    moved = multivariate.multiple_factor_analysis(table.assign(a=5 + 10.0**power * table["a"]), groups)
    np.testing.assert_allclose(np.abs(moved.rows), np.abs(plain.rows), atol=1e-7)
    centred = {"large": "centred", "small": "centred"}
    one = multivariate.multiple_factor_analysis(table, groups, kinds=centred)
    two = multivariate.multiple_factor_analysis(
        table.assign(**{name: 10.0**power * table[name] for name in "fg"}), groups, kinds=centred
    )
    np.testing.assert_allclose(one.eigenvalues["eigenvalue"], two.eigenvalues["eigenvalue"], rtol=1e-8)


def test_a_common_dimension_is_found_and_a_group_apart_is_seen():
    rng = np.random.default_rng(2)
    common = rng.normal(size=100)
    table = pd.DataFrame({f"a{i}": common + 0.5 * rng.normal(size=100) for i in range(4)})
    for i in range(3):
        table[f"b{i}"] = -common + 0.5 * rng.normal(size=100)
        table[f"c{i}"] = rng.normal(size=100)
    groups = {name: [column for column in table if column.startswith(name)] for name in "abc"}
    result = multivariate.multiple_factor_analysis(table, groups, supplementary=["c"])
    assert abs(np.corrcoef(result.rows[1], common)[0, 1]) > 0.95
    assert (result.groups[1] > 0.9).all()
    assert result.supplementary_groups.loc["c", 1] < 0.2
    assert result.rv.loc["a", "b"] > 0.7 > 0.2 > result.rv.loc["a", "c"]
    assert result.inertia_ratio[1] > 0.85


def test_shuffled_and_duplicated_rows_keep_the_dimensions():
    wine, groups = wine_groups()
    del groups["origin"]
    plain = multivariate.multiple_factor_analysis(wine, groups)
    order = np.random.default_rng(0).permutation(len(wine))
    shuffled = multivariate.multiple_factor_analysis(wine.iloc[order], groups)
    np.testing.assert_allclose(shuffled.rows.loc[wine.index], plain.rows, atol=1e-9)
    twice = multivariate.multiple_factor_analysis(pd.concat([wine, wine], ignore_index=True), groups)
    np.testing.assert_allclose(twice.rows[: len(wine)], plain.rows, atol=1e-9)


def test_components_share_out_variance():
    table = overlapping()
    result = multivariate.principal_components(table)
    assert result.eigenvalues["eigenvalue"].sum() == pytest.approx(5)
    np.testing.assert_allclose(result.contributions.sum(), 100)
    np.testing.assert_allclose(result.cos2.sum(axis=1), 1)
    np.testing.assert_allclose(result.row_cos2.sum(axis=1), 1)
    correlations = np.corrcoef(np.column_stack([table["heat"], result.rows[1]]).T)[0, 1]
    assert result.variables.loc["heat", 1] == pytest.approx(correlations)
    assert result.summary().shape == (5, 10)
    # a column twice adds a dimension of nothing, which is not counted
    assert len(multivariate.principal_components(table.assign(copy=table["heat"])).eigenvalues) == 5


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"groups": {"a": ["heat", "rain"], "b": ["rain"]}}, "more than one group: 'rain'"),
        ({"groups": {"a": ["heat"], "b": []}}, "without columns: 'b'"),
        ({"groups": {"a": ["heat"]}}, "two active groups"),
        ({"supplementary": ["b"]}, "two active groups"),
        ({"supplementary": ["z"]}, "no group 'z'"),
        ({"kinds": {"a": "binary"}}, "kind of 'a'"),
        ({"kinds": {"c": "scaled"}, "groups": {"a": ["heat"], "b": ["rain"], "c": ["soil"]}}, "'c' holds text"),
        ({"groups": {"a": ["heat", "soil"], "b": ["rain"]}}, "'a' mixes"),
        ({"groups": {"a": ["flat"], "b": ["rain"]}}, "'flat' is constant"),
        ({"groups": {"a": ["hole"], "b": ["rain"]}}, "'hole' is missing"),
        ({"n_components": 0}, "n_components"),
    ],
)
def test_impossible_groups_are_refused(change, says):
    table = overlapping().assign(soil="clay", flat=1.0, hole=np.nan)
    table.loc[::2, "soil"] = "sand"
    given_arguments = {"groups": {"a": ["heat", "evaporation"], "b": ["rain", "clay"]}} | change
    with pytest.raises(ValueError, match=says):
        multivariate.multiple_factor_analysis(table, **given_arguments)


# shares


def test_shares_sum_to_r2_and_copies_share_alike():
    table = overlapping(200)
    result = multivariate.hierarchical_partitioning(table, "flux")
    assert result.table["individual"].sum() == pytest.approx(result.total)
    assert result.table["percent"].sum() == pytest.approx(100)
    assert result.summary().index[0] in {"heat", "evaporation"}
    twins = table.assign(twin=table["heat"] + 1e-4 * np.random.default_rng(1).normal(size=200))
    pair = multivariate.hierarchical_partitioning(twins, "flux", ["heat", "twin", "clay"]).table["individual"]
    assert pair["heat"] == pytest.approx(pair["twin"], rel=0.02)
    together = multivariate.hierarchical_partitioning(
        twins, "flux", groups={"climate": ["heat", "twin"], "soil": ["clay"]}
    )
    assert together.table.loc["climate", "individual"] == pytest.approx(pair["heat"] + pair["twin"], rel=0.05)


def test_independent_predictors_own_what_they_explain():
    rng = np.random.default_rng(5)
    a, b = np.linalg.qr(np.column_stack([np.ones(60), rng.normal(size=(60, 2))]))[0][:, 1:].T
    table = pd.DataFrame({"a": a, "b": b, "y": 3 * a + 4 * b})
    result = multivariate.hierarchical_partitioning(table, "y").table
    np.testing.assert_allclose(result["individual"], [9 / 25, 16 / 25])
    np.testing.assert_allclose(result["average_shared"], 0, atol=1e-12)


def test_several_responses_weigh_by_their_variance_and_adjustment_punishes_chance():
    table = overlapping(60)
    table["other"] = 100 * table["rain"]
    both = multivariate.hierarchical_partitioning(table, ["flux", "other"], PREDICTORS)
    assert both.summary().index[0] == "rain"
    assert both.total > 0.99
    plain = multivariate.hierarchical_partitioning(table, "flux", PREDICTORS)
    adjusted = multivariate.hierarchical_partitioning(table, "flux", PREDICTORS, adjusted=True)
    assert adjusted.total == pytest.approx(1 - (1 - plain.total) * 59 / 55)
    assert adjusted.table["individual"].sum() == pytest.approx(adjusted.total)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"predictors": ["heat"]}, "from 2 to 16"),
        ({"predictors": ["heat", "flux"]}, "may stand once"),
        ({"groups": {"a": ["heat"], "b": ["heat"]}}, "may stand once"),
        ({"predictors": ["heat", "copy"]}, "depend linearly"),
    ],
)
def test_impossible_shares_are_refused(arguments, says):
    with pytest.raises(ValueError, match=says):
        multivariate.hierarchical_partitioning(overlapping().assign(copy=lambda t: t["heat"]), "flux", **arguments)


def test_twelve_predictors_take_less_than_a_second():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(100, 13)), columns=[f"x{i}" for i in range(12)] + ["y"])
    start = time.process_time()
    multivariate.hierarchical_partitioning(table, "y")
    assert time.process_time() - start < 1


def test_everything_can_be_drawn():
    import matplotlib.pyplot as plt

    table = overlapping()
    wine, groups = wine_groups()
    drawn = [
        multivariate.eliminate_collinear(table),
        multivariate.partial_correlation(table),
        multivariate.semi_partial_correlation(table),
        multivariate.principal_components(table),
        multivariate.multiple_factor_analysis(wine, groups, supplementary=["origin"]),
        multivariate.hierarchical_partitioning(table, "flux"),
    ]
    for result in drawn:
        axes = result.plot()
        assert axes.has_data()
        assert not result.summary().empty
    plt.close("all")


def test_the_room_loads_without_the_libraries_of_others():
    heavy = ("sklearn", "prince", "statsmodels", "matplotlib", "semopy", "pygam")
    code = (
        "import sys, coldcarbon.stats.multivariate, coldcarbon.stats.forests; "
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_recorded_answers_of_r_are_those_of_this_data():
    assert len(results("06_multivar")["pcor"]["names"]) == frame("collinear").shape[1]
    assert len(results("20_multivariate")["mfa"]["ind"]) == len(frame("overlap_sim"))
