"""Predictors that overlap: inflation, partial correlation, common dimensions, shares of R2.

>>> from coldcarbon.stats import multivariate
>>> multivariate.eliminate_collinear(climate, threshold=5).kept                # doctest: +SKIP
>>> multivariate.partial_correlation(data, ["flux", "rain"], given=["heat"])   # doctest: +SKIP
"""

from coldcarbon.stats.multivariate.collinearity import VifElimination, eliminate_collinear, variance_inflation
from coldcarbon.stats.multivariate.correlation import (
    Correlations,
    correlation_matrix,
    partial_correlation,
    semi_partial_correlation,
)
from coldcarbon.stats.multivariate.factors import (
    MultipleFactors,
    PrincipalComponents,
    multiple_factor_analysis,
    principal_components,
)
from coldcarbon.stats.multivariate.partitioning import Partition, hierarchical_partitioning

__all__ = [
    "Correlations",
    "MultipleFactors",
    "Partition",
    "PrincipalComponents",
    "VifElimination",
    "correlation_matrix",
    "eliminate_collinear",
    "hierarchical_partitioning",
    "multiple_factor_analysis",
    "partial_correlation",
    "principal_components",
    "semi_partial_correlation",
    "variance_inflation",
]
