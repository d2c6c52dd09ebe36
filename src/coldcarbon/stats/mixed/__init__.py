"""Linear mixed models with formulas as in lme4, by restricted or full likelihood.

`fit` fits, `likelihood_ratio_test` compares; everything else hangs on the `MixedFit` that `fit` returns: fixed effects
with Satterthwaite's degrees of freedom, type III tests, variance components with intervals, marginal and conditional
R2, random effects, predictions, pictures.

>>> from coldcarbon.stats import mixed
>>> found = mixed.fit("yield_g ~ treatment + (1 | block/plot)", data)  # doctest: +SKIP
>>> found.summary()  # doctest: +SKIP

Where R's packages disagree: lmerTest's degrees of freedom are Satterthwaite's here too, not Kenward and Roger's; AIC
of a REML fit is that of R's AIC(), from the restricted likelihood, not of AIC(refitML()); lme4's profile intervals are
of the ML deviance even for REML fits, ours of the fit's own (see `MixedFit.variance_intervals`).
"""

from coldcarbon.stats.mixed.fitting import ConvergenceWarning, fit, likelihood_ratio_test
from coldcarbon.stats.mixed.inference import FTest
from coldcarbon.stats.mixed.results import Explained, MixedFit

__all__ = ["ConvergenceWarning", "Explained", "FTest", "MixedFit", "fit", "likelihood_ratio_test"]
