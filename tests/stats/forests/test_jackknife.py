import numpy as np
import pandas as pd
import pytest

from coldcarbon.stats.forests import random_forest
from coldcarbon.stats.forests.jackknife import weighted_mean_interval


def _world(seed: int, n_clusters: int = 60, size: int = 3) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(n_clusters), size)
    x = pd.DataFrame({"a": rng.normal(size=len(cluster)), "b": rng.normal(size=len(cluster))})
    return x, 5 + rng.normal(size=n_clusters)[cluster] + 0.3 * rng.normal(size=len(cluster)), cluster


def test_without_signal_it_is_the_standard_error_of_the_mean_of_clusters() -> None:
    ratios = []
    for seed in range(12):
        x, y, cluster = _world(seed)
        forest = random_forest(x, y, n_trees=600, minimum_node_size=400, clusters=cluster)  # stumps: the mean
        found = weighted_mean_interval(forest, x[:1], clusters=cluster)
        means = y.reshape(-1, 3).mean(axis=1)
        ratios.append(found.standard_error / (means.std(ddof=1) / np.sqrt(len(means))))
        assert found.n_units == 60
    assert np.mean(ratios) == pytest.approx(1.0, abs=0.06)


def test_interval_covers_a_planted_mean_by_cluster_and_not_by_row() -> None:
    inside = {"cluster": 0, "row": 0}
    for seed in range(40):
        x, y, cluster = _world(seed)
        for how, units in (("cluster", cluster), ("row", None)):
            forest = random_forest(x, y, n_trees=300, minimum_node_size=40, clusters=units)
            found = weighted_mean_interval(forest, x, clusters=units)
            inside[how] += found.low <= 5 <= found.high
    assert inside["cluster"] >= 34
    assert inside["row"] < inside["cluster"]


def test_weights_choose_rows_and_their_scale_does_not_matter() -> None:
    x, y, cluster = _world(3)
    forest = random_forest(x, y, n_trees=400, clusters=cluster)
    weights = np.r_[2.0, np.zeros(len(x) - 1)]
    one = weighted_mean_interval(forest, x, weights, clusters=cluster)
    same = weighted_mean_interval(forest, x[:1], clusters=cluster)
    assert one.estimate == pytest.approx(same.estimate)
    assert one.standard_error == pytest.approx(same.standard_error)
    assert one.estimate == pytest.approx(forest.predict(x[:1])[0])


def test_what_cannot_be_answered_is_refused() -> None:
    x, y, cluster = _world(4)
    forest = random_forest(x, y, n_trees=200, clusters=cluster)
    with pytest.raises(ValueError, match="give its clusters"):
        weighted_mean_interval(forest, x)
    with pytest.raises(ValueError, match="give its clusters"):
        weighted_mean_interval(forest, x, clusters=np.roll(cluster, 1))
    with pytest.raises(ValueError, match="not all 0"):
        weighted_mean_interval(forest, x, np.zeros(len(x)), clusters=cluster)
    with pytest.raises(ValueError, match="not all 0"):
        weighted_mean_interval(forest, x, np.ones(3), clusters=cluster)
    with pytest.raises(ValueError, match="confidence"):
        weighted_mean_interval(forest, x, clusters=cluster, confidence=1.0)
    with pytest.raises(ValueError, match="2 trees are too few for 60 units"):
        weighted_mean_interval(random_forest(x, y, n_trees=2, clusters=cluster), x, clusters=cluster)
    half = random_forest(x, y, n_trees=50, replace=False, sample_fraction=0.5)
    with pytest.raises(ValueError, match="with replacement"):
        weighted_mean_interval(half, x)
