"""Additive mixed models: times against mgcv and gamm4, and agreement with their recorded answers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import golden
import numpy as np
import pandas as pd
from harness import Agreement, Case

from coldcarbon.stats import gamm

MONTHS = {"month": tuple(np.linspace(0.5, 12.5, 12))}
YEAR = {"day": (0.0, 365.0)}
CROSSED = "eta ~ s(year) + re(1 + yc, by=site{0}) + re(1 + yc, by=species{0})"
CORRELATED = CROSSED.format(", correlated=True")
INDEPENDENT = CROSSED.format("")
R_RE = 's(site, bs = "re") + s(site, yc, bs = "re") + s(species, bs = "re") + s(species, yc, bs = "re")'

# name in the golden results: data, our formula, method, knots, formula in R
SMOOTHS: dict[str, tuple[str, str, str, Any, str]] = {
    "gam_mcycle": ("mcycle", "accel ~ s(times)", "REML", None, "accel ~ s(times)"),
    "gam_mcycle_gcv": ("mcycle", "accel ~ s(times)", "GCV", None, "accel ~ s(times)"),
    "gam_mcycle_k20": ("mcycle", "accel ~ s(times, k=20)", "REML", None, "accel ~ s(times, k = 20)"),
    "gam_co2": (
        "co2_maunaloa",
        "co2 ~ s(time, k=20) + s(month, bs='cc', k=12)",
        "REML",
        MONTHS,
        'co2 ~ s(time, k = 20) + s(month, bs = "cc", k = 12)',
    ),
    "gam_te": ("temp_moisture", "resp ~ te(temp, moisture)", "REML", None, "resp ~ te(temp, moisture)"),
    "gam_s2d": ("temp_moisture", "resp ~ s(temp, moisture)", "REML", None, "resp ~ s(temp, moisture)"),
}
MORE = {
    "ps": ("y ~ s(x, bs='ps') + s(z, bs='ps', k=15)", 'y ~ s(x, bs = "ps") + s(z, bs = "ps", k = 15)'),
    "cr": ("y ~ s(x, bs='cr', k=12) + s(z, bs='cr')", 'y ~ s(x, bs = "cr", k = 12) + s(z, bs = "cr")'),
    "tp_m1": ("y ~ s(x, m=1) + z", "y ~ s(x, m = 1) + z"),
    "cyclic": ("y ~ s(x) + s(day, bs='cc')", 'y ~ s(x) + s(day, bs = "cc")'),
    "linear": ("y ~ x*f + z", "y ~ x * f + z"),
    "by_factor": ("y ~ f + s(x, by=f) + s(z)", "y ~ f + s(x, by = f) + s(z)"),
    "by_number": ("y ~ s(x) + s(x, by=z)", "y ~ s(x) + s(x, by = z)"),
    "te": ("y ~ te(x, z, k=c(6, 4)) + f", "y ~ te(x, z, k = c(6, 4)) + f"),
    "te_mixed": (
        "y ~ te(day, x, bs=c('cc', 'tp'), k=c(7, 5))",
        'y ~ te(day, x, bs = c("cc", "tp"), k = c(7, 5))',
    ),
    "te_ps": ("y ~ te(x, z, bs='ps', k=6)", 'y ~ te(x, z, bs = "ps", k = 6)'),
    "ti": ("y ~ s(x) + s(z) + ti(x, z)", "y ~ s(x) + s(z) + ti(x, z)"),
    "te_three": (
        "y ~ te(x, z, day, bs=c('cr', 'cr', 'cc'), k=4)",
        'y ~ te(x, z, day, bs = c("cr", "cr", "cc"), k = 4)',
    ),
    "ml": ("y ~ f + s(x) + te(z, day, bs=c('cr', 'cc'))", 'y ~ f + s(x) + te(z, day, bs = c("cr", "cc"))'),
    "ml_random": (
        "y ~ f + s(x) + re(g) + re(x, by=g)",
        'y ~ f + s(x) + s(g, bs = "re") + s(g, x, bs = "re")',
    ),
    "gcv": (
        "y ~ f + s(x) + s(z) + ti(day, z, bs=c('cc', 'cr'))",
        'y ~ f + s(x) + s(z) + ti(day, z, bs = c("cc", "cr"))',
    ),
    "random": (
        "y ~ f*x + s(z) + re(g) + re(z, by=g)",
        'y ~ f * x + s(z) + s(g, bs = "re") + s(g, z, bs = "re")',
    ),
    "no_intercept": ("y ~ f + s(x) - 1", "y ~ f + s(x) - 1"),
    "log_response": ("log(y + 6) ~ I(z^2) + z + s(x)", "log(y + 6) ~ I(z^2) + z + s(x)"),
    "points": ("y ~ s(east) + s(north)", "y ~ s(east) + s(north)"),
    "points_2d": ("y ~ s(east, north)", "y ~ s(east, north)"),
}
# mgcv ends where its criterion has become flat, we where its derivatives say so: a straight line has 1.0003 edf there
STOPS_EARLY = "R stops before a smoothing parameter is at infinity; our criterion is lower"


def largest(ours: Any, theirs: Any) -> float:
    """Largest difference over the largest value."""
    one, other = np.ravel(np.asarray(ours, float)), np.ravel(np.asarray(theirs, float))
    return float(np.abs(one - other).max() / np.abs(other).max())


def method_of(name: str) -> Any:
    """ML, GCV or REML, as the case's name says."""
    return "ML" if name.startswith("ml") else "GCV" if name == "gcv" else "REML"


@cache
def smooth_model(name: str) -> gamm.AdditiveModel:
    """A fit of `SMOOTHS`."""
    data, formula, method, knots, _ = SMOOTHS[name]
    return gamm.fit(formula, golden.frame(data), method, knots=knots)  # type: ignore[arg-type]


@cache
def further_model(name: str) -> gamm.AdditiveModel:
    """A fit of `MORE`."""
    data = golden.frame("gam_points" if name.startswith("points") else "gam_factors")
    formula = MORE[name][0]
    return gamm.fit(formula, data, method_of(name), knots=YEAR if "day" in formula else None)


@cache
def crossed_model(vegetation: str, formula: str) -> gamm.AdditiveModel:
    """A fit with sites and species."""
    return gamm.fit(formula, golden.frame(f"eta_{vegetation}"))


def years(vegetation: str) -> pd.DataFrame:
    """Where R predicted."""
    year = np.array(golden.results("01_gamm")[vegetation]["grid_year"], float)
    return pd.DataFrame({"year": year, "yc": (year - 2001) / 10})


def smooth_fit(name: str) -> float:
    """Predictions and their standard errors."""
    theirs = golden.results("01_gam")[name]
    ours = smooth_model(name).predict(pd.DataFrame(theirs["grid"]))
    return max(largest(ours["fit"], theirs["fit"]), largest(ours["standard_error"], theirs["se"]))


def smooth_summary(name: str) -> float:
    """AIC, BIC, criterion, scale, adjusted R2, deviance explained."""
    return summary_difference(smooth_model(name), golden.results("01_gam")[name], "reml_or_gcv")


def further_fit(name: str) -> float:
    """Predictions, their standard errors, linear coefficients."""
    results = golden.results("13_gam_more")
    theirs, grid = results[name], results["big_grid" if name.startswith("points") else "grid"]
    model = further_model(name)
    ours, linear = model.predict(pd.DataFrame(grid)), model.linear_terms()
    return max(
        largest(ours["fit"], theirs["fit"]),
        largest(ours["standard_error"], theirs["se"]),
        largest(linear["estimate"], [theirs["coef_p"][term] for term in linear.index]),
        largest(linear["standard_error"], [theirs["se_p"][term] for term in linear.index]),
    )


def further_summary(name: str) -> float:
    """As `smooth_summary`."""
    return summary_difference(further_model(name), golden.results("13_gam_more")[name], "criterion")


def summary_difference(model: gamm.AdditiveModel, theirs: dict[str, Any], criterion: str) -> float:
    """Largest relative difference of the numbers of a summary."""
    pairs = [
        (model.aic(), theirs["AIC"]),
        (model.bic(), theirs["BIC"]),
        (model.criterion, np.ravel(theirs[criterion])[0]),
        (model.scale, theirs["scale"]),
        (model.adjusted_r_squared(), theirs["r_sq_adj"]),
        (model.deviance_explained, theirs["dev_expl"]),
    ]
    return max(largest(ours, other) for ours, other in pairs)


def random_as_penalty(vegetation: str) -> float:
    """mgcv's random effects: mean curve, its standard error, standard deviations, AIC, R2."""
    theirs = golden.results("01_gamm")[vegetation]["mgcv_re"]
    model = crossed_model(vegetation, INDEPENDENT)
    ours = model.predict(years(vegetation), random_effects=False)
    smooth = model.partial_effect("s(year)", years(vegetation))
    return max(
        largest(ours["fit"], theirs["marginal"]),
        largest(ours["standard_error"], theirs["marginal_se"]),
        largest(smooth["fit"], theirs["smooth"]),
        largest(smooth["standard_error"], theirs["smooth_se"]),
        # R's first is the smooth's
        largest(model.variance_components()["standard_deviation"], theirs["sd_re"][1:]),
        summary_difference(model, theirs | {"BIC": model.bic()}, "reml"),
    )


def with_covariance(vegetation: str, formula: str, name: str) -> float:
    """gamm4: mean curve, its standard error, marginal AIC and BIC, R2 without random effects."""
    theirs = golden.results("01_gamm")[vegetation][name]
    model = crossed_model(vegetation, formula)
    ours = model.predict(years(vegetation), random_effects=False)
    return max(
        largest(ours["fit"], theirs["marginal"]),
        largest(ours["standard_error"], theirs["marginal_se"]),
        largest(model.aic("marginal"), theirs["AIC_mer"]),
        largest(model.bic("marginal"), theirs["BIC_mer"]),
        largest(2 * model.criterion, theirs["REML_crit"]),
        largest(model.scale, theirs["scale"]),
        largest(model.adjusted_r_squared(random_effects=False), theirs["r_sq_adj"]),
    )


def components(vegetation: str) -> float:
    """gamm4's standard deviations and correlations."""
    theirs = golden.results("01_gamm")[vegetation]["gamm4_corr"]["varcomp"]
    expected = [value for value, group in zip(theirs["sdcor"], theirs["grp"], strict=True) if group != "Xr"]
    table = crossed_model(vegetation, CORRELATED).variance_components()
    return largest(table["standard_deviation"].fillna(table["correlation"]), expected)


def stress(index: int) -> float:
    """How far our criterion lies above R's, in units of log likelihood; below is no difference."""
    theirs = golden.results("12_gam_stress")["sets"][index]
    data = golden.frame("gam_stress")
    model = gamm.fit("y ~ s(x1) + s(x2) + re(g)", data[data["set"] == theirs["set"]])
    return max(0.0, model.criterion - theirs["reml"])


def worst_of_stress() -> float:
    """The largest of all sets."""
    return max(stress(index) for index in range(len(golden.results("12_gam_stress")["sets"])))


def whole_fit(formula: str, data: str, method: Any, knots: Any) -> Callable[[], object]:
    """A fit with all that R's object holds: covariance, corrected degrees of freedom, AIC."""
    frame = golden.frame(data)

    def call() -> object:
        model = gamm.fit(formula, frame, method, knots=knots)
        return model, model.aic(), model.covariance()

    return call


def mixed_fit(formula: str, data: str) -> Callable[[], object]:
    """A fit with what gamm4's object holds: covariance of the fixed part, degrees of freedom, likelihood."""
    frame = golden.frame(data)

    def call() -> object:
        model = gamm.fit(formula, frame)
        return model, model.aic("marginal"), model.linear_terms(), model.edf

    return call


CASES = [
    *(
        Case(name, partial(whole_fit, formula, data, method, knots), name, 1.0)
        for name, (data, formula, method, knots, _) in SMOOTHS.items()
    ),
    *(
        Case(f"gamre_{v}", partial(whole_fit, INDEPENDENT, f"eta_{v}", "REML", None), f"gamre_{v}", 1 / 30)
        for v in ("grassland", "forest")
    ),
    *(
        Case(f"gamm4_{v}", partial(mixed_fit, CORRELATED, f"eta_{v}"), f"gamm4_{v}", 1 / 5)
        for v in ("grassland", "forest")
    ),
    *(
        Case(f"gamm4u_{v}", partial(mixed_fit, INDEPENDENT, f"eta_{v}"), f"gamm4u_{v}", 1 / 5)
        for v in ("grassland", "forest")
    ),
]

# tolerance of AIC, BIC, R2, scale where R stops early; corrected degrees of freedom are zero over zero in the limit
FLAT = {"ps": 1e-4, "cr": 1e-4, "te": 5e-4, "te_ps": 1e-4, "ti": 1e-4, "random": 1e-4, "points": 1e-4}


def _r_options(method: str, formula: str) -> str:
    shown = "GCV.Cp" if method == "GCV" else method
    knots = ", knots = ..." if "cc" in formula else ""
    return f'method = "{shown}"{knots}'


AGREEMENT = [
    *(
        Agreement(
            f"additive model, {what}",
            f"gam({r}, {_r_options(method, formula)})",
            f'gamm.fit("{formula}", method="{method}")',
            partial(compare, name),
            2e-6,
            case=name,
        )
        for name, (_, formula, method, _, r) in SMOOTHS.items()
        for what, compare in (("fit and standard error", smooth_fit), ("AIC, BIC, R2, scale", smooth_summary))
    ),
    *(
        Agreement(
            f"additive model, {what}",
            f"gam({r}, {_r_options(method_of(name), formula)})",
            f'gamm.fit("{formula}", method="{method_of(name)}")',
            partial(compare, name),
            1e-5 if name not in FLAT else FLAT[name] if what.startswith("AIC") else 2e-4,
            STOPS_EARLY if name in FLAT else "",
        )
        for name, (formula, r) in MORE.items()
        for what, compare in (("fit and standard error", further_fit), ("AIC, BIC, R2, scale", further_summary))
    ),
    *(
        Agreement(
            f"random effects as penalties, {v}",
            f'gam(eta ~ s(year) + {R_RE}, method = "REML")',
            f'gamm.fit("{INDEPENDENT}")',
            partial(random_as_penalty, v),
            3e-6,
            "AIC and R2 count the random effects",
            case=f"gamre_{v}",
        )
        for v in ("grassland", "forest")
    ),
    *(
        Agreement(
            f"additive mixed model, {what}, {v}",
            f"gamm4(eta ~ s(year), random = ~ {random})",
            f'gamm.fit("{formula}")',
            compare,
            tolerance,
            "AIC and R2 leave the random effects out",
            case=f"{case}_{v}",
        )
        for v in ("grassland", "forest")
        for what, formula, case, random, compare, tolerance in (
            (
                "correlated slopes",
                CORRELATED,
                "gamm4",
                "(1 + yc | site) + (1 + yc | species)",
                partial(with_covariance, v, CORRELATED, "gamm4_corr"),
                3e-5,
            ),
            (
                "standard deviations and correlations",
                CORRELATED,
                "gamm4",
                "(1 + yc | site) + (1 + yc | species)",
                partial(components, v),
                1e-4,
            ),
            (
                "independent slopes",
                INDEPENDENT,
                "gamm4u",
                "(1 | site) + (0 + yc | site) + (1 | species) + (0 + yc | species)",
                partial(with_covariance, v, INDEPENDENT, "gamm4_uncorr"),
                3e-5,
            ),
        )
    ),
    Agreement(
        "criterion above R's, worst of 40 small data sets",
        'gam(y ~ s(x1) + s(x2) + s(g, bs = "re"), method = "REML")',
        'gamm.fit("y ~ s(x1) + s(x2) + re(g)")',
        worst_of_stress,
        1e-6,
        "in units of log likelihood; many variances of zero, straight lines and second minima",
    ),
]
