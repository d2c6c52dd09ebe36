"""Settings chosen on inner folds of whole units, and one model for each group."""

import numpy as np
import pytest

from coldcarbon.stats import forests


class Level:
    """Predicts a fixed level, whatever it is shown."""

    def __init__(self, level: float) -> None:
        self.level = level

    def fit(self, X, y):
        return self

    def predict(self, X):
        return np.full(len(X), self.level)


class Neighbour:
    """Gives back the response of the nearest row on the first column: right where the unit was seen."""

    def fit(self, X, y):
        self.X, self.y = X, y
        return self

    def predict(self, X):
        return self.y[np.abs(X[:, :1] - self.X[:, 0]).argmin(axis=1)]


class Mean:
    def fit(self, X, y):
        self.mean = y.mean()
        return self

    def predict(self, X):
        return np.full(len(X), self.mean)


def test_the_candidate_nearest_to_the_truth_is_chosen_and_predicts():
    rng = np.random.default_rng(0)
    table, y = rng.normal(size=(60, 2)), 3 + rng.normal(size=60)
    tuned = forests.Tuned({"far": Level(0), "near": Level(3), "between": Level(1)}).fit(table, y)
    assert tuned.chosen == "near"
    assert tuned.inner_rmse["near"] == pytest.approx(np.sqrt(((y - 3) ** 2).mean()))
    assert (tuned.predict(table[:4]) == 3).all()


def test_units_decide_which_setting_is_chosen():
    """By row the memory wins, since its neighbours are shown; by unit it has nothing to remember."""
    rng = np.random.default_rng(1)
    units = np.repeat(np.arange(30), 6)
    table, y = rng.normal(size=30)[units][:, None], rng.normal(size=30)[units] + 0.1 * rng.normal(size=180)
    candidates = {"mean": Mean(), "memory": Neighbour()}
    assert forests.Tuned(candidates).fit(table, y).chosen == "memory"
    assert forests.Tuned(candidates).fit(table, y, units=units).chosen == "mean"


def test_the_comparison_hands_its_units_on():
    rng = np.random.default_rng(1)
    units = np.repeat(np.arange(30), 6)
    table, y = rng.normal(size=30)[units][:, None], rng.normal(size=30)[units] + 0.1 * rng.normal(size=180)
    learners = {"mean": Mean(), "tuned": forests.Tuned({"mean": Mean(), "memory": Neighbour()})}
    result = forests.compare_learners(learners, table, y, forests.grouped_folds(units, 5))
    assert result.differences.loc["tuned", "difference"] == pytest.approx(0)
    by_row = forests.compare_learners(learners, table, y, forests.random_folds(180, 5))
    assert by_row.differences.loc["tuned", "high"] < 0


def test_every_group_has_its_own_model():
    groups = np.repeat([10.0, 30.0, 50.0], 20)
    rng = np.random.default_rng(2)
    x = rng.normal(size=60)
    slope = {10.0: 1.0, 30.0: -2.0, 50.0: 0.5}
    y = np.array([slope[g] for g in groups]) * x + groups
    from sklearn.linear_model import LinearRegression

    learner = forests.PerGroup(LinearRegression(), column=1).fit(np.column_stack([x, groups]), y)
    assert {g: pytest.approx(m.coef_[0]) for g, m in learner.models.items()} == slope
    new = np.column_stack([[1.0, 1.0], [30.0, 10.0]])
    assert learner.predict(new) == pytest.approx([28.0, 11.0])


def test_a_learner_of_each_group_may_be_tuned_by_units():
    groups = np.tile([0.0, 1.0], 60)
    units = np.repeat(np.arange(60), 2)
    y = np.where(groups == 0, 0.0, 5.0)
    tuned = forests.Tuned({"zero": Level(0), "five": Level(5)})
    learner = forests.PerGroup(tuned).fit(np.column_stack([groups, groups]), y, units=units)
    assert [model.chosen for model in learner.models.values()] == ["zero", "five"]


def test_wrong_use_is_refused():
    table, y = np.zeros((6, 2)), np.arange(6.0)
    with pytest.raises(ValueError, match="two candidates"):
        forests.Tuned({"one": Mean()}).fit(table, y)
    with pytest.raises(ValueError, match="2 groups cannot"):
        forests.Tuned({"a": Mean(), "b": Mean()}).fit(table, y, units=[0, 0, 0, 1, 1, 1])
    for unfitted in (forests.Tuned({}), forests.PerGroup(Mean())):
        with pytest.raises(ValueError, match="fit before"):
            unfitted.predict(table)
    with pytest.raises(ValueError, match="no training row had 7 in column 0"):
        forests.PerGroup(Mean()).fit(table, y).predict([[7.0, 0.0]])
