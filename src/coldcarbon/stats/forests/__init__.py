"""Random forests that agree with R's, their importances and intervals, and learners compared on the same folds.

>>> from coldcarbon.stats import forests
>>> forest = forests.random_forest(X, y, mtry="third", clusters=site)          # doctest: +SKIP
>>> forests.permutation_importance(forest).summary()                           # doctest: +SKIP
"""

from coldcarbon.stats.forests.folds import Folds, grouped_folds, random_folds, spatial_folds
from coldcarbon.stats.forests.forest import Forest, random_forest
from coldcarbon.stats.forests.importance import (
    Importance,
    ImportanceIntervals,
    group_importance,
    importance_intervals,
    permutation_importance,
)
from coldcarbon.stats.forests.learners import (
    Comparison,
    ForestLearner,
    compare_learners,
    cross_validate,
    usual_learners,
)
from coldcarbon.stats.forests.skill import r2_interval, skill_intervals
from coldcarbon.stats.forests.tuning import PerGroup, Tuned

__all__ = [
    "Comparison",
    "Folds",
    "Forest",
    "ForestLearner",
    "Importance",
    "ImportanceIntervals",
    "PerGroup",
    "Tuned",
    "compare_learners",
    "cross_validate",
    "group_importance",
    "grouped_folds",
    "importance_intervals",
    "permutation_importance",
    "r2_interval",
    "random_folds",
    "random_forest",
    "skill_intervals",
    "spatial_folds",
    "usual_learners",
]
