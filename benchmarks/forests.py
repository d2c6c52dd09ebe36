"""Random forests: times against ranger and randomForest on Boston's houses, and agreement of averages over seeds.

Forests are random, so that averages over seeds are compared: R's over 10 or 20, ours over fewer. Differences of errors
are relative; differences of importances are relative to the largest importance.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from golden import frame, results
from harness import Agreement, Case

from coldcarbon.stats import forests

NUMBERS = ["x1", "x2", "x3", "x5"]
# Settings of R's calls in tests/golden/r/19_forests.R.
SIMULATED: dict[str, dict[str, Any]] = {
    "numeric_default": {},
    "numeric_node20_mtry3": {"minimum_node_size": 20, "mtry": 3},
    "numeric_node1": {"minimum_node_size": 1},
    "subsample": {"replace": False, "sample_fraction": 0.632, "mtry": 2},
    "depth3": {"maximum_depth": 3, "mtry": 2},
    "factor_codes": {"factors": "codes", "mtry": 2},
}


def houses() -> tuple[pd.DataFrame, pd.Series]:
    table = frame("boston")
    return table.drop(columns="medv"), table["medv"]


def simulated(case: str) -> tuple[pd.DataFrame, pd.Series]:
    table = frame("forest_sim")
    return table[[*NUMBERS, "x4", "biome"] if case == "factor_codes" else NUMBERS], table["y"]


@cache
def averages(case: str) -> dict[str, Any]:
    """Our error, importances and nodes, averaged over seeds."""
    if case in SIMULATED:
        (predictors, y), settings, seeds = simulated(case), SIMULATED[case], 6
    else:
        (predictors, y), settings, seeds = houses(), {"mtry": {"ranger": "sqrt", "randomForest": "third"}[case]}, 8
    grown = [forests.random_forest(predictors, y, seed=seed, **settings) for seed in range(seeds)]
    tables = [forests.permutation_importance(forest).table for forest in grown]
    return {
        "mse": float(np.mean([forest.oob_mse for forest in grown])),
        "r2": float(np.mean([forest.oob_r2 for forest in grown])),
        "r2_ranger": float(np.mean([forest.oob_r2_sample_variance for forest in grown])),
        "perm": sum(table["importance"] for table in tables) / seeds,
        "scaled": sum(table["scaled"] for table in tables) / seeds,
        "impurity": sum(forest.impurity_importance()["importance"] for forest in grown) / seeds,
        "nodes": float(np.mean([2 * (tree.children_left >= 0).sum() + 1 for f in grown for tree in f.trees])),
    }


def error_difference(case: str) -> float:
    ours = averages(case)
    if case in SIMULATED:
        return abs(ours["mse"] / results("19_forests")[case]["mse"]["mean"] - 1)
    theirs = results("05_rf")["boston"][case]
    r2 = ours["r2_ranger" if case == "ranger" else "r2"]
    return max(abs(ours["mse"] / theirs["mse"]["mean"] - 1), abs(r2 / theirs["r2"]["mean"] - 1))


def importance_difference(case: str, ours: str, theirs: str) -> float:
    answers = results("19_forests")[case] if case in SIMULATED else results("05_rf")["boston"][case]
    expected = pd.Series(answers[theirs])
    return float((averages(case)[ours][list(expected.index)] - expected).abs().max() / expected.max())


def nodes_difference() -> float:
    """Splits and leaves of a tree; with depth3 ranger stops sometimes for want of a splitting column."""
    return max(abs(averages(case)["nodes"] / results("19_forests")[case]["nodes"]["mean"] - 1) for case in SIMULATED)


def quantile_difference() -> float:
    """Relative to the width between the quantiles 0.05 and 0.95 of the row."""
    answers = results("19_forests")["quantiles"]
    predictors, y = simulated("quantiles")
    new = pd.DataFrame(answers["new"])
    ours = [
        forests.random_forest(predictors, y, seed=seed, mtry=2, minimum_node_size=10)
        .predict_quantiles(new, answers["levels"])
        .to_numpy()
        for seed in range(6)
    ]
    expected = np.array(answers["values"])
    return float(np.abs((np.mean(ours, axis=0) - expected) / (expected[:, -1] - expected[:, 0])[:, None]).max())


def fit_and_importance(mtry: str) -> Callable[[], object]:
    predictors, y = houses()
    return lambda: forests.permutation_importance(forests.random_forest(predictors, y, mtry=mtry))  # type: ignore[arg-type]


def fit_only(mtry: str) -> Callable[[], object]:
    predictors, y = houses()
    return lambda: forests.random_forest(predictors, y, mtry=mtry)  # type: ignore[arg-type]


WHY_SLOWER = (
    "one thread each; scikit-learn sorts the rows of every node anew and grows nodes down to single rows before they "
    "are closed at R's node size, ranger stops there"
)

CASES = [
    Case(
        "forest with permutation importance, as ranger",
        lambda: fit_and_importance("sqrt"),
        "rf_ranger",
        1.0,
        WHY_SLOWER,
    ),
    Case("forest alone, as ranger", lambda: fit_only("sqrt"), "rf_ranger_noimp", 1.0, WHY_SLOWER),
    Case(
        "forest with permutation importance, as randomForest",
        lambda: fit_and_importance("third"),
        "rf_randomForest",
        1.0,
        "one thread each",
    ),
]

SEEDS = "averages over seeds"
AGREEMENT = [
    Agreement(
        "Random forest, out-of-bag error and R2",
        "ranger(y ~ ., d)",
        'random_forest(X, y, mtry="sqrt")',
        lambda: error_difference("ranger"),
        0.015,
        SEEDS + "; ranger's R2 has the variance over n - 1 (oob_r2_sample_variance)",
        CASES[1].name,
    ),
    Agreement(
        "Random forest, out-of-bag error and R2",
        "randomForest(y ~ ., d)",
        'random_forest(X, y, mtry="third")',
        lambda: error_difference("randomForest"),
        0.015,
        SEEDS,
    ),
    Agreement(
        "Out-of-bag permutation importance",
        'ranger(importance = "permutation")',
        "permutation_importance(forest)",
        lambda: importance_difference("ranger", "perm", "perm"),
        0.02,
        SEEDS + ", relative to the largest",
        CASES[0].name,
    ),
    Agreement(
        "Out-of-bag permutation importance",
        "importance(m, type = 1, scale = FALSE)",
        'permutation_importance(forest).table["importance"]',
        lambda: importance_difference("randomForest", "perm", "raw_perm"),
        0.04,
        SEEDS + ", relative to the largest",
        CASES[2].name,
    ),
    Agreement(
        "Scaled permutation importance (%IncMSE)",
        "importance(m, type = 1)",
        'permutation_importance(forest).table["scaled"]',
        lambda: importance_difference("randomForest", "scaled", "pctIncMSE"),
        0.03,
        SEEDS + ", relative to the largest",
    ),
    Agreement(
        "Impurity importance",
        'ranger(importance = "impurity")',
        "forest.impurity_importance()",
        lambda: importance_difference("ranger", "impurity", "impurity"),
        0.025,
        SEEDS + ", relative to the largest",
    ),
    Agreement(
        "Impurity importance",
        "importance(m, type = 2)",
        "forest.impurity_importance()",
        lambda: importance_difference("randomForest", "impurity", "incNodePurity"),
        0.03,
        SEEDS + ", relative to the largest",
    ),
    Agreement(
        "Random forest, settings",
        "nodesize, mtry, max.depth, sample.fraction, factors",
        "random_forest(minimum_node_size=, mtry=, maximum_depth=, sample_fraction=, factors=)",
        lambda: max(error_difference(case) for case in SIMULATED),
        0.015,
        SEEDS + " of six settings",
    ),
    Agreement(
        "Random forest, permutation importance under these settings",
        "nodesize, mtry, max.depth, sample.fraction, factors",
        "permutation_importance(forest)",
        lambda: max(importance_difference(case, "perm", "perm") for case in SIMULATED),
        0.04,
        SEEDS + " of six settings, relative to the largest",
    ),
    Agreement(
        "Random forest, nodes of a tree",
        "m$forest$ndbigtree",
        "forest.trees",
        nodes_difference,
        0.01,
        SEEDS + " of six settings; nodesize counts rows as often as drawn",
    ),
    Agreement(
        "Quantile forest",
        "ranger(quantreg = TRUE)",
        "forest.predict_quantiles(X, levels)",
        quantile_difference,
        0.1,
        SEEDS + ", relative to the width from 0.05 to 0.95; ranger keeps one random row of each leaf",
    ),
]
