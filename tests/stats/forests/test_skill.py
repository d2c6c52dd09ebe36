"""Scores within groups, and their intervals by cluster."""

import numpy as np
import pytest

from coldcarbon.stats import forests


class Line:
    """Least squares on all columns."""

    def fit(self, X, y):
        self.line = np.linalg.lstsq(np.column_stack([np.ones(len(X)), X]), y, rcond=None)[0]
        return self

    def predict(self, X):
        return np.column_stack([np.ones(len(X)), X]) @ self.line


class Mean:
    def fit(self, X, y):
        self.mean = y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean)


def layered(n_profiles=80, slope=0.0, seed=0):
    """Three layers far apart, profiles in references of four, and a covariate that may matter."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n_profiles)
    layer = np.repeat([0.0, 1.0, 2.0], n_profiles)
    y = 10 * layer + slope * np.tile(x, 3) + rng.normal(size=3 * n_profiles)
    reference = np.tile(np.repeat(np.arange(n_profiles // 4), 4), 3)
    return np.column_stack([layer, np.tile(x, 3)]), y, layer, reference


def compared(**how):
    table, y, layer, reference = layered(**how)
    learners = {"layer mean": forests.PerGroup(Mean()), "line": forests.PerGroup(Line())}
    folds = forests.grouped_folds(reference, 5)
    return forests.compare_learners(learners, table, y, folds, score="r2_within", within=layer), layer, reference


def test_r2_is_high_and_r2_within_nothing_where_only_layers_differ():
    result, layer, reference = compared()
    skill = forests.skill_intervals(result, layer, reference, n_resamples=200)
    assert skill.loc[("layer mean", "r2"), "estimate"] > 0.97
    within = skill.loc[("layer mean", "r2_within")]
    assert within[["estimate", "low", "high"]].abs().max() < 1e-12
    assert skill.loc[("line", "r2_within"), "estimate"] < 0.05


def test_what_a_covariate_explains_is_found_within_layers():
    result, layer, reference = compared(n_profiles=400, slope=1.0)
    skill = forests.skill_intervals(result, layer, reference, n_resamples=400)
    within = skill.loc[("line", "r2_within")]
    assert within["low"] < 0.5 < within["high"]  # variance 1 of the slope, 1 of noise
    assert within["high"] - within["low"] < 0.2
    assert within["difference"] == pytest.approx(within["estimate"])
    groups = skill.loc["line"].loc[["r2: 0.0", "r2: 1.0", "r2: 2.0"], "estimate"]
    assert groups.mean() == pytest.approx(within["estimate"])
    assert skill.loc[("line", "rmse"), "estimate"] == pytest.approx(result.pooled.loc["line", "rmse"])
    assert skill.loc[("line", "r2"), "estimate"] == pytest.approx(result.pooled.loc["line", "r2"])


def test_fold_scores_within_agree_with_arithmetic():
    result, layer, _ = compared(slope=1.0)
    table, y, _, _ = layered(slope=1.0)
    train, test = result.folds.train[2], result.folds.test[2]
    gained = []
    for g in range(3):
        seen, new = train[layer[train] == g], test[layer[test] == g]
        predicted = Line().fit(table[seen, 1:], y[seen]).predict(table[new, 1:])
        gained.append(1 - ((y[new] - predicted) ** 2).sum() / ((y[new] - y[seen].mean()) ** 2).sum())
    assert result.scores.loc[("line", 3), "r2_within"] == pytest.approx(np.mean(gained))
    assert result.differences.loc["line", "difference"] == pytest.approx(result.scores.loc["line"]["r2_within"].mean())
    other = result.against("line", score="rmse")
    assert other.loc["layer mean", "difference"] > 0


def test_intervals_cover_the_score_of_new_references():
    """The truth is the score of the same learner on many new references."""
    held = 0
    for seed in range(60):
        result, layer, reference = compared(n_profiles=120, slope=1.0, seed=seed)
        row = forests.skill_intervals(result, layer, reference, n_resamples=200, seed=seed).loc[("line", "r2_within")]
        held += row["low"] <= 0.485 <= row["high"]  # 0.5 less what 94 training rows cost
    assert held >= 50


def test_wrong_use_is_refused():
    result, layer, reference = compared()
    with pytest.raises(ValueError, match="each of 240 rows"):
        forests.skill_intervals(result, layer[:-1], reference)
    with pytest.raises(ValueError, match="no learner 'none'"):
        result.against("none")
    with pytest.raises(ValueError, match="no score 'n_test'"):
        result.against("line", score="n_test")
    table, y, _, _ = layered()
    learners = {"a": Mean(), "b": Line()}
    with pytest.raises(ValueError, match="give within"):
        forests.compare_learners(learners, table, y, result.folds, score="r2_within")
    with pytest.raises(ValueError, match="within must name"):
        forests.compare_learners(learners, table, y, result.folds, within=layer[:-1])
    only = forests.compare_learners(learners, table, y, forests.grouped_folds(layer, 3), within=layer)
    with pytest.raises(ValueError, match="no training row"):
        forests.skill_intervals(only, layer, reference)


def test_the_fingerprint_of_folds_tells_them_apart():
    folds = forests.random_folds(20, 4, seed=1)
    assert folds.fingerprint() == forests.random_folds(20, 4, seed=1).fingerprint()
    others = [forests.random_folds(20, 4, seed=2), forests.random_folds(20, 5, seed=1), forests.random_folds(24, 4)]
    assert len({folds.fingerprint(), *(other.fingerprint() for other in others)}) == 4


def test_r2_about_means_weights_groups_by_their_spread_and_orders_as_rmse():
    result, layer, reference = compared(slope=1.0)
    estimate = forests.skill_intervals(result, layer, reference, n_resamples=100)["estimate"]
    errors = estimate.xs("rmse", level="score")
    expected = 1 - (errors["line"] / errors["layer mean"]) ** 2
    assert estimate["line", "r2_about_means"] == pytest.approx(expected)
    assert estimate["layer mean", "r2_about_means"] == pytest.approx(0, abs=1e-12)


def test_r2_of_given_predictions_agrees_with_the_comparison_and_covers():
    result, layer, reference = compared(slope=1.0)
    frame = result.predictions
    one = forests.r2_interval(frame["observed"], frame["line"], reference[frame["row"]], n_resamples=400, seed=3)
    same = forests.skill_intervals(result, layer, reference, n_resamples=400).loc[("line", "r2")]
    assert one["estimate"] == pytest.approx(same["estimate"])
    assert one["low"] == pytest.approx(same["low"], abs=0.02)
    assert one["high"] == pytest.approx(same["high"], abs=0.02)
    held = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shift, site = rng.normal(size=60), np.repeat(np.arange(60), 3)
        guess = rng.normal(size=180)
        found = forests.r2_interval(guess + shift[site], guess, site, n_resamples=200, seed=seed)
        held += found["low"] <= 0.5 <= found["high"]  # variance 1 of the prediction, 1 of what is left
    assert held >= 52


@pytest.mark.parametrize(
    ("observed", "predicted", "clusters"),
    [
        ([1.0, 2.0], [1.0], [0, 1]),
        ([1.0, np.nan], [1.0, 2.0], [0, 1]),
        ([2.0, 2.0], [1.0, 2.0], [0, 1]),
        ([1.0, 2.0], [1.0, 2.0], ["a", None]),
    ],
)
def test_r2_refuses_what_has_none(observed, predicted, clusters):
    with pytest.raises(ValueError, match="observed"):
        forests.r2_interval(observed, predicted, clusters)
