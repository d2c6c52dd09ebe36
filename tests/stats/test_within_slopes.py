"""Slopes within groups: against matrices written out, against statsmodels, against a planted truth."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import linalg, stats

from coldcarbon.stats.uncertainty import coverage_summary
from coldcarbon.stats.within_slopes import wild_cluster_interval, within_slope

SIZES = (3, 4, 5, 15, 11, 6, 4, 9)


def towers(seed: int, sizes: tuple[int, ...] = SIZES, replicates: int | None = None) -> tuple[np.ndarray, ...]:
    """x, y and labels of groups whose levels differ more than anything within them; the slope is 0.1."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(len(sizes)), sizes)
    x = rng.normal(0, 1.3, len(group)) + rng.normal(0, 4, len(sizes))[group]
    shape = (len(group),) if replicates is None else (len(group), replicates)
    level = rng.normal(0, 2, (len(sizes), *shape[1:]))[group]
    y = 0.1 * (x if replicates is None else x[:, None]) + level + rng.normal(0, 0.4, shape)
    return x, y, group


def written_out(x: np.ndarray, y: np.ndarray, group: np.ndarray, cluster: np.ndarray) -> tuple[float, float, float]:
    """Slope, CR2 error and Bell-McCaffrey degrees of freedom with dummies, matrix roots and the whole residual maker.

    Dummies leave I - H singular in a cluster: the root is that of the Moore-Penrose inverse.
    """
    design = np.column_stack([x, (group[:, None] == np.unique(group)).astype(float)])
    bread = np.linalg.inv(design.T @ design)
    beta = bread @ design.T @ y
    residual = y - design @ beta
    maker = np.eye(len(x)) - design @ bread @ design.T
    vectors = []
    for name in np.unique(cluster):
        rows = np.flatnonzero(cluster == name)
        values, basis = linalg.eigh(maker[np.ix_(rows, rows)])
        root = (basis * np.where(values > 1e-9, np.maximum(values, 1e-12) ** -0.5, 0)) @ basis.T
        whole = np.zeros(len(x))
        whole[rows] = root @ design[rows] @ bread[:, 0]
        vectors.append(maker @ whole)
    stacked = np.array(vectors)
    variance = ((stacked @ residual) ** 2).sum()  # maker @ residual is the residual
    eigen = np.linalg.eigvalsh(stacked @ stacked.T)
    return float(beta[0]), float(np.sqrt(variance)), float(eigen.sum() ** 2 / (eigen**2).sum())


@pytest.mark.parametrize("together", [False, True])
def test_cr2_is_what_the_matrices_give(together: bool) -> None:
    x, y, group = towers(1)
    cluster = group // 2 if together else group
    slope, error, df = written_out(x, y, group, cluster)
    found = within_slope(x, y, group, clusters=cluster)
    np.testing.assert_allclose(
        np.array([found.slope, found.standard_error, found.degrees_of_freedom]), [slope, error, df]
    )
    half = stats.t.ppf(0.975, df) * error
    np.testing.assert_allclose(np.array([found.low, found.high]), [slope - half, slope + half])
    assert found.n_clusters == (4 if together else 8)
    assert found.n_groups == 8


def test_cr1_and_independent_errors_are_those_of_statsmodels() -> None:
    x, y, group = towers(2)
    design = np.column_stack([x, (group[:, None] == np.unique(group)).astype(float)])
    plain = sm.OLS(y, design).fit()
    found = within_slope(x, y, group, errors="independent")
    np.testing.assert_allclose(np.array([found.slope, found.standard_error]), [plain.params[0], plain.bse[0]])
    np.testing.assert_allclose(np.array([found.low, found.high]), plain.conf_int()[0])
    np.testing.assert_allclose(found.p, plain.pvalues[0])
    robust = sm.OLS(y, design).fit(cov_type="cluster", cov_kwds={"groups": group, "use_correction": False})
    found = within_slope(x, y, group, errors="cr1")
    np.testing.assert_allclose(found.standard_error, robust.bse[0] * np.sqrt(8 / 7))
    assert found.degrees_of_freedom == 7


def test_one_group_is_ordinary_regression() -> None:
    x, y, _ = towers(3)
    line = stats.linregress(x, y)
    found = within_slope(x, y, np.zeros(len(x)), errors="independent")
    np.testing.assert_allclose(
        np.array([found.slope, found.standard_error, found.p]), [line.slope, line.stderr, line.pvalue]
    )


def test_slopes_of_clusters_make_up_the_slope() -> None:
    x, y, group = towers(4)
    found = within_slope(x, y, group)
    own = [stats.linregress(x[group == g], y[group == g]).slope for g in found.clusters]
    np.testing.assert_allclose(found.cluster_slopes, own)
    np.testing.assert_allclose(found.cluster_weights @ found.cluster_slopes, found.slope)
    np.testing.assert_allclose(found.cluster_weights.sum(), 1)
    assert list(found.summary().columns) == ["slope", "standard_error", "degrees_of_freedom", "low", "high", "p"]


def test_many_columns_are_each_like_one() -> None:
    x, y, group = towers(5, replicates=3)
    for errors in ("independent", "cr1", "cr2"):
        together = within_slope(x, y, group, errors=errors).summary()
        single = [within_slope(x, column, group, errors=errors).summary() for column in y.T]
        np.testing.assert_allclose(together, np.concatenate(single))
    moving = np.stack([x, x + y[:, 0], 2 * x], axis=1)
    together = within_slope(moving, y, group).summary()
    single = [within_slope(moving[:, i], y[:, i], group).summary() for i in range(3)]
    np.testing.assert_allclose(together, np.concatenate(single))


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1000), st.floats(-50, 50), st.floats(0.1, 10))
def test_shift_scale_and_order_do_nothing_unexpected(seed: int, shift: float, scale: float) -> None:
    x, y, group = towers(seed)
    base = within_slope(x, y, group)
    order = np.random.default_rng(seed).permutation(len(x))
    shuffled = within_slope(x[order], y[order] + shift * group[order], group[order])
    np.testing.assert_allclose(shuffled.summary(), base.summary(), rtol=1e-6, atol=1e-9)
    scaled = within_slope(scale * x, y, group)
    np.testing.assert_allclose(np.array([scaled.slope * scale, scaled.p]), np.array([base.slope, base.p]), rtol=1e-6)


def test_equal_clusters_have_nearly_one_degree_of_freedom_less_than_clusters() -> None:
    group = np.repeat(np.arange(10), 6)
    x = np.tile(np.arange(6.0), 10)
    y = np.random.default_rng(0).normal(size=60)
    assert within_slope(x, y, group).degrees_of_freedom == pytest.approx(9)
    x = np.where(group == 0, 5 * x, x)  # one cluster holds most of the weight
    assert within_slope(x, y, group).degrees_of_freedom < 3


def test_intervals_hold_a_planted_slope_where_the_usual_ones_do_not() -> None:
    rng = np.random.default_rng(6)
    group = np.repeat(np.arange(8), SIZES)
    x = rng.normal(0, 1, len(group))
    own = 0.1 + rng.normal(0, 0.3, (8, 600))
    y = own[group] * x[:, None] + rng.normal(0, 0.3, (len(group), 600))
    covered = {}
    for errors in ("independent", "cr1", "cr2"):
        found = within_slope(x, y, group, errors=errors)
        covered[errors] = coverage_summary(found.slope, found.low, found.high, 0.1)["coverage"].iloc[0]
    wild = wild_cluster_interval(x, y, group, n_resamples=499, seed=1)
    covered["wild"] = coverage_summary(found.slope, wild.low, wild.high, 0.1)["coverage"].iloc[0]
    assert covered["independent"] < 0.8
    assert covered["cr1"] < covered["cr2"]
    assert 0.91 < covered["cr2"] < 0.99
    assert 0.90 < covered["wild"] < 0.99


def test_wild_bootstrap_is_what_regressions_on_made_up_series_give() -> None:
    x, y, group = towers(7)
    found = wild_cluster_interval(x, y, group, weights="rademacher", n_resamples=199, seed=3)
    drawn = np.random.default_rng(3).choice([-1.0, 1.0], size=(199, 8))
    centre = np.array([x[group == g].mean() for g in range(8)])[group]

    def t_of(values: np.ndarray) -> float:
        fit = within_slope(x, values, group, errors="cr1")
        return float(np.abs(fit.slope / fit.standard_error))

    # with no slope imposed, residuals are those about the means of groups
    flat = y - np.array([y[group == g].mean() for g in range(8)])[group]
    farther = sum(t_of(flat * signs[group] + centre) >= t_of(y) - 1e-12 for signs in drawn)
    assert found.p == pytest.approx((farther + 1) / 200)
    assert found.low < found.slope < found.high
    assert np.isnan(found.standard_error)
    same = wild_cluster_interval(x, y, group, weights="rademacher", n_resamples=199, seed=3)
    assert (same.low, same.high, same.p) == (found.low, found.high, found.p)


def test_wild_limits_are_where_the_test_turns() -> None:
    x, y, group = towers(8)
    found = wild_cluster_interval(x, y, group, n_resamples=999, seed=2)
    for limit in (found.low, found.high):
        moved = wild_cluster_interval(x, y - limit * x, group, n_resamples=999, seed=2)
        assert moved.p == pytest.approx(0.05, abs=0.02)


def test_wild_limits_are_infinite_where_nothing_is_ever_rejected() -> None:
    x, y, group = towers(9, sizes=(4, 4))
    found = wild_cluster_interval(x, y, group, weights="rademacher", n_resamples=199)
    assert found.low == -np.inf
    assert found.high == np.inf


def test_a_cluster_without_variation_has_no_slope_and_does_not_count() -> None:
    x, y, group = towers(10)
    x = np.where(group == 3, 7.0, x)
    found = within_slope(x, y, group, errors="cr1")
    assert np.isnan(found.cluster_slopes[3])
    assert found.n_clusters == 7
    assert found.degrees_of_freedom == 6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": np.r_[np.nan, np.arange(11.0)]}, "x is missing or infinite in 1 rows, the first of them row 0"),
        ({"x": np.repeat([1.0, 2.0, 3.0], 4)}, "does not vary within any group"),
        ({"x": np.r_[np.arange(4.0), np.ones(8)]}, "varies in one cluster only"),
        ({"y": np.zeros(5)}, "one row each per observation"),
        ({"x": np.ones((12, 2)), "y": np.ones((12, 3))}, "2 columns and y 3"),
        ({"groups": np.arange(5)}, "5 labels of groups"),
        ({"groups": [None] + ["a"] * 11}, "have no label of groups"),
        ({"clusters": np.tile([0, 1], 6)}, "lies in several clusters"),
        ({"errors": "hc3"}, "errors must be one of"),
        ({"confidence": 95}, "between 0 and 1"),
    ],
)
def test_bad_input_is_named(change: dict, message: str) -> None:
    rng = np.random.default_rng(0)
    arguments = {"x": rng.normal(size=12), "y": rng.normal(size=12), "groups": np.repeat([0, 1, 2], 4)} | change
    with pytest.raises(ValueError, match=message):
        within_slope(**arguments)


def test_bad_options_of_the_wild_bootstrap_are_named() -> None:
    x, y, group = towers(11)
    with pytest.raises(ValueError, match="weights must be one of"):
        wild_cluster_interval(x, y, group, weights="normal")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="99"):
        wild_cluster_interval(x, y, group, n_resamples=10)
    with pytest.raises(ValueError, match="leave nothing"):
        within_slope([0.0, 1.0], [0.0, 1.0], [0, 0], errors="independent")
