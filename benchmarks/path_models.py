"""Path models: times against lavaan's `sem`, and agreement with its recorded answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from golden import frame, results
from harness import Agreement, Case
from lavaan_answers import amos_baseline, differences

from coldcarbon.stats.path_models import fit

ROUNDS = "lavaan's numerical derivatives in standardizedSolution end at 1e-7"
STOPS = "lavaan's own stopping: its gradient is 1e-6 there, ours 1e-11; polished by Newton steps both agree to 1e-11"
OBSERVED = ("path_n5000",)
LATENT = ("hs",)
MORE = (
    "small",
    "small_two_outcomes",
    "small_uncorrelated",
    "small_exogenous_named",
    "small_one_named",
    "small_intercepts",
    "small_saturated",
    "small_reversed",
    "loop",
    "loop_correlated",
    "loop_means",
)
MORE_LATENT = (
    "pd",
    "pd_effects",
    "hs_free_first",
    "hs_second_order",
    "hs_mimic",
    "hs_single",
    "hs_cross",
    "small_heywood",
)
CONSTRAINED = ("small_fixed", "small_linear", "pd_equal")
RECORDED = ("default", "wishart_fixed", "amos_like", "free_x", "meanstructure")
BOTH = ("default", "amos_like")


def timed(record: str, case: str, table: str) -> Callable[[], Callable[[], object]]:
    """A fit as lavaan's `sem` makes it: estimates, standard errors, chi-square of model and independence model."""

    def prepare() -> Callable[[], object]:
        model, data = results(record)[case]["model"], frame(table)

        def call() -> object:
            return fit(model, data).indices

        return call

    return prepare


def worst(record: str, cases: Sequence[str], settings: Sequence[str], quantities: Sequence[str]) -> Callable[[], float]:
    return lambda: max(
        differences(record, case, setting)[quantity]
        for case in cases
        for setting in settings
        for quantity in quantities
    )


CASES = [
    Case("path model, n = 5000", timed("03_sem", "path_n5000", "path_n5000"), "sem_path5000", 0.2),
    Case("three factors", timed("03_sem", "hs", "holzinger"), "sem_hs", 0.5),
    Case("political democracy", timed("03_sem_more", "pd", "politicaldemocracy"), "sem_pd", 0.5),
    Case("loop", timed("03_sem_more", "loop", "path_loop"), None, None, "begun from several points"),
]

AGREEMENT = [
    Agreement(
        "path model, observed variables: estimates, errors, P, R2",
        "sem(model, data), also likelihood = 'wishart', fixed.x = FALSE",
        "path_models.fit(model, data)",
        worst(
            "03_sem",
            OBSERVED,
            ("default", "wishart_fixed", "amos_like", "free_x"),
            ("estimates", "standard errors", "P", "R2"),
        ),
        1e-10,
        case="path model, n = 5000",
    ),
    Agreement(
        "path model, observed variables: 23 measures of fit",
        "fitMeasures(f)",
        ".indices",
        worst("03_sem", OBSERVED, ("default", "wishart_fixed", "amos_like", "free_x"), ("indices",)),
        1e-8,
    ),
    Agreement(
        "path model, observed variables: standardized",
        "standardizedSolution(f)",
        ".standardized",
        worst("03_sem", OBSERVED, RECORDED, ("standardized", "standardized errors")),
        1e-6,
        ROUNDS,
    ),
    Agreement(
        "latent variables: estimates, errors, R2",
        "sem(model, data), lavaan's default stopping",
        "path_models.fit(model, data)",
        worst("03_sem", LATENT, RECORDED, ("estimates", "standard errors", "R2")),
        1e-5,
        STOPS,
        case="three factors",
    ),
    Agreement(
        "latent variables: 23 measures of fit",
        "fitMeasures(f)",
        ".indices",
        worst("03_sem", LATENT, RECORDED, ("indices",)),
        1e-6,
        STOPS,
    ),
    Agreement(
        "paths, loops, intercepts, n = 30: estimates, errors, R2",
        "sem(model, data), polished by Newton steps",
        "path_models.fit(model, data)",
        worst("03_sem_more", MORE, BOTH, ("estimates", "standard errors", "R2")),
        1e-8,
    ),
    Agreement(
        "paths, loops, intercepts, n = 30: 23 measures of fit",
        "fitMeasures(f)",
        ".indices",
        worst("03_sem_more", MORE, BOTH, ("indices",)),
        1e-7,
    ),
    Agreement(
        "latent variables, second order, cross-loadings, a Heywood case",
        "sem(model, data), polished by Newton steps",
        "path_models.fit(model, data)",
        worst("03_sem_more", MORE_LATENT, BOTH, ("estimates", "standard errors", "R2")),
        1e-8,
        case="political democracy",
    ),
    Agreement(
        "constraints: equal labels, fixed values, linear",
        "sem(model, data)",
        "path_models.fit(model, data)",
        worst("03_sem_more", CONSTRAINED, BOTH, ("estimates", "standard errors", "R2")),
        3e-4,
        "lavaan's own stopping: no polishing under constraints",
    ),
    Agreement(
        "CFI, TLI, NFI, RFI, IFI against AMOS's independence model",
        "fitMeasures(f, baseline.model = independent)",
        "path_models.fit(model, data, convention='amos').indices",
        lambda: max(
            max(amos_baseline("03_sem", case) for case in OBSERVED + LATENT),
            max(amos_baseline("03_sem_more", case) for case in MORE + MORE_LATENT),
        ),
        1e-7,
    ),
    Agreement(
        "RMSEA, limits",
        "fitMeasures(f, 'rmsea.ci.lower')",
        ".indices.rmsea_low, .rmsea_high",
        worst("03_sem_more", MORE + MORE_LATENT, BOTH, ("RMSEA limits",)),
        1e-5,
        "lavaan's search for the noncentrality stops at 1e-6",
    ),
]
