"""Linear mixed models: times against lmerTest, and agreement with its recorded answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from harness import Agreement, Case

from coldcarbon.stats import mixed

GOLDEN = Path(__file__).parents[1] / "tests" / "golden"

# case of tests/golden/r/14_lmm_more.R: data, our formula, the call in R
MODELS = {
    "sleep_rs": ("sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "sleep_uncorrelated": ("sleepstudy", "Reaction ~ Days + (Days || Subject)"),
    "sleep_ml": ("sleepstudy", "Reaction ~ Days + (Days | Subject)"),
    "bnpp": ("bnpp", "BNPP ~ MAT + MAP + clay + (1 | biome)"),
    "bnpp_raw_slope": ("bnpp", "BNPP ~ MAT + (MAT | biome)"),
    "penicillin": ("penicillin", "diameter ~ 1 + (1 | plate) + (1 | sample)"),
    "pastes": ("pastes", "strength ~ 1 + (1 | batch/cask)"),
    "cake": ("cake", "angle ~ recipe * temp + (1 | recipe:replicate)"),
    "cake_factor": ("cake", "angle ~ recipe * bake + (1 | replicate/recipe)"),
    "machines": ("machines", "score ~ machine + (0 + machine | worker)"),
    "machines_nested": ("machines", "score ~ machine + (1 | worker/machine)"),
    "oats": ("oats", "yield ~ nitro * variety + (1 | block/variety)"),
    "oats_factor": ("oats", "yield ~ factor(nitro) * variety + (1 | block) + (1 | block:variety)"),
    "boundary": ("dyestuff2", "Yield ~ 1 + (1 | Batch)"),
    "crossed_slopes": ("crossed_years", "cover ~ decade * managed + (decade | site) + (decade | species)"),
    "crossed_intercepts": ("crossed_years", "cover ~ decade + managed + (1 | site) + (1 | species)"),
    "crossed_mixed": ("crossed_years", "cover ~ decade + (decade | site) + (1 | species) + (1 | site:species)"),
    "quadratic": ("crossed_years", "log(cover) ~ decade + I(decade^2) + managed + (decade || site)"),
    "ratings": ("ratings", "score ~ service * age + (1 | student) + (1 | lecturer) + (1 | department)"),
    "ratings_slope": ("ratings", "score ~ service + age + (1 + age || lecturer) + (1 | student)"),
}


@cache
def recorded(name: str) -> dict[str, Any]:
    """R's answers."""
    return json.loads((GOLDEN / "results" / f"{name}.json").read_text(encoding="utf-8"))


@cache
def frame(name: str) -> pd.DataFrame:
    """An input."""
    return pd.read_csv(GOLDEN / "data" / f"{name}.csv")


@cache
def fitted(case: str) -> mixed.MixedFit:
    """Our fit of a case."""
    data, formula = MODELS[case]
    return mixed.fit(formula, frame(data), method="ML" if case.endswith("_ml") else "REML")


def as_in_r(name: str) -> str:
    """The name R gives to a column of ours."""
    name = re.sub(r"\[(?:T\.)?([^\]]*)\]", r"\1", name.replace(" ** ", "^"))
    return re.sub(r"\bC\(", "factor(", "(Intercept)" if name == "Intercept" else name)


def difference(ours: Any, theirs: Any, floor: float = 0.0) -> float:
    """Largest relative difference; where R has less than `floor`, in units of that."""
    one, other = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    if one.shape != other.shape:
        raise ValueError(f"{one.shape} of ours, {other.shape} of R's")
    return float(np.max(np.abs(one - other) / np.maximum(np.abs(other), max(floor, 1e-300)), initial=0.0))


def fixed_effects(case: str) -> float:
    """Fixed effects."""
    theirs = recorded("14_lmm_more")[case]["fixef"]
    table = fitted(case).summary().rename(index=as_in_r).loc[_many(theirs["name"])]
    return difference(table["estimate"], _many(theirs["est"]), floor=0.01 * float(np.min(table["standard_error"])))


def criterion(case: str) -> float:
    """Deviance, log likelihood, AIC, BIC; by ML too."""
    fit, theirs = fitted(case), recorded("14_lmm_more")[case]
    ours = [fit.deviance, fit.log_likelihood, fit.aic, fit.bic]
    expected = [theirs["criterion"], theirs["logLik"], theirs["AIC"], theirs["BIC"]]
    if "ML" in theirs:
        table = fit.information()
        ours += [*table.loc["ML", ["log_likelihood", "aic", "bic"]], table["log_likelihood"].iloc[2]]
        expected += [theirs["ML"][name] for name in ("logLik", "AIC", "BIC", "logLik_at_REML")]
    return difference(ours, expected)


def standard_errors(case: str) -> float:
    """Standard errors of the fixed effects."""
    theirs = recorded("14_lmm_more")[case]["fixef"]
    table = fitted(case).summary().rename(index=as_in_r).loc[_many(theirs["name"])]
    return difference(table["standard_error"], _many(theirs["se"]))


def degrees_of_freedom(case: str) -> float:
    """Satterthwaite's degrees of freedom, of coefficients and of type III tests, with F."""
    theirs = recorded("14_lmm_more")[case]
    table = fitted(case).summary().rename(index=as_in_r).loc[_many(theirs["fixef"]["name"])]
    found = difference(table["df"], _many(theirs["fixef"]["df"]))
    if theirs.get("anova"):
        anova = fitted(case).anova().rename(index=as_in_r).loc[_many(theirs["anova"]["term"])]
        for ours, name in (("F", "F"), ("df", "df"), ("df_denominator", "ddf")):
            found = max(found, difference(anova[ours], _many(theirs["anova"][name])))
    return found


def variance_components(case: str) -> float:
    """Variances and covariances, in units of the product of their standard deviations."""
    fit, theirs = fitted(case), recorded("14_lmm_more")[case]["varcomp"]
    columns = [_many(theirs[name]) for name in ("grp", "var1", "var2", "vcov", "sdcor")]
    ours = {
        (
            row.group,
            as_in_r(row.column) if row.column else None,
            as_in_r(row.with_column) if row.with_column else None,
        ): row
        for row in fit.variance_components.itertuples()
    }
    found = 0.0
    for group, first, second, variance, value in zip(*columns, strict=True):
        row = ours.pop((re.sub(r"\.\d+$", "", group), first, second))
        found = max(found, difference(row.value, value, floor=0.1 if second else 0.0))
        if not second:
            found = max(found, difference(row.variance, variance))
    if ours:
        raise ValueError(f"R has no {list(ours)}")
    return found


def explained(case: str) -> float:
    """Marginal and conditional R2, intraclass correlation."""
    theirs, ours = recorded("14_lmm_more")[case], fitted(case).explained
    mine = [ours.marginal, ours.conditional, ours.intraclass_correlation]
    return difference(mine, [theirs["R2m"], theirs["R2c"], theirs["ICC"]], floor=1e-6)


def random_effects(case: str) -> float:
    """Conditional modes and their standard deviations, in units of the largest mode; fitted values."""
    fit, theirs = fitted(case), recorded("14_lmm_more")[case]
    found = 0.0
    for group, rows in theirs["ranef"].items():
        levels = _many(theirs["ranef_levels"][group])
        table = fit.random_effects(group, standard_deviations=True)
        table.index = table.index.astype(str)
        table = table.loc[levels]
        values = table[[column for column in table if not column.endswith("(sd)")]]
        size = float(np.abs(np.asarray(rows)).max())
        found = max(found, difference(values, rows, floor=max(size, 1e-300)))
        spreads = table[next(column for column in table if column.endswith("(sd)"))]
        found = max(found, difference(spreads, _many(theirs["cond_sd"][group]), floor=1e-300))
    return max(found, difference(fit.fitted.iloc[:5], theirs["fitted"]))


def profiles(case: str) -> float:
    """Profile limits of the ML fit."""
    theirs = recorded("14_lmm_more")[case]["profile"]
    found = fitted(case).refit("ML").variance_intervals(method="profile")
    ours = sorted(zip(found["low"], found["high"], strict=True))
    expected = sorted(zip(_many(theirs["low"]), _many(theirs["high"]), strict=True))
    return difference(ours, expected, floor=1.0 if case.startswith("boundary") else 0.1)


def random_terms(case: str) -> float:
    """Likelihood-ratio tests of the random terms."""
    theirs = recorded("14_lmm_more")[case]["ranova"]
    table = fitted(case).random_terms_test()
    pairs = sorted(zip(table["statistic"], table["df"], strict=True))
    expected = sorted(zip(theirs["LRT"][1:], theirs["df"][1:], strict=True))
    return difference(pairs, expected, floor=0.1)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def over_all(compare: Callable[[str], float], part: str = "") -> float:
    """Largest difference over the designs whose record has that part."""
    held = [case for case in MODELS if recorded("14_lmm_more")[case].get(part or "fixef") is not None]
    # at a variance of zero relative differences of it mean nothing
    if compare in (variance_components, random_effects):
        held.remove("boundary")
    return max(compare(case) for case in held)


def coefficients(case: str) -> float:
    """Fixed effects and their standard errors."""
    return max(fixed_effects(case), standard_errors(case))


TIMED = {
    "mixed_sleep": "sleep_rs",
    "mixed_bnpp": "bnpp",
    "mixed_penicillin": "penicillin",
    "mixed_nested": "pastes",
    "mixed_factors": "cake_factor",
    "mixed_crossed": "crossed_slopes",
    "mixed_ratings": "ratings",
}


def _agreements() -> list[Agreement]:
    result = []
    for name, case in TIMED.items():
        call = f"lmerTest::lmer({recorded('14_lmm_more')[case]['formula']})"
        ours = f'mixed.fit("{MODELS[case][1]}", data)'
        remark = f"coefficients and standard errors; data {MODELS[case][0]}"
        result.append(Agreement("mixed model", call, ours, partial(coefficients, case), 1e-5, remark, name))
    designs = f"{len(MODELS)} designs"
    rows: list[tuple[str, str, str, Callable[[str], float], str, float, str]] = [
        ("fixed effects", "fixef(m)", "fit.coefficients", fixed_effects, "", 1e-6, ""),
        (
            "likelihood, AIC, BIC",
            "REMLcrit(m), logLik(m), AIC(m), AIC(refitML(m))",
            "fit.deviance, fit.aic, fit.information()",
            criterion,
            "",
            1e-8,
            "REML and ML",
        ),
        ("standard errors", "coef(summary(m))", "fit.summary()", standard_errors, "", 1e-5, ""),
        (
            "Satterthwaite df, type III F",
            "coef(summary(m)), anova(m)",
            "fit.summary(), fit.anova()",
            degrees_of_freedom,
            "",
            1e-5,
            "R differentiates numerically",
        ),
        ("variance components", "VarCorr(m)", "fit.variance_components", variance_components, "", 1e-5, ""),
        (
            "marginal and conditional R2, ICC",
            "MuMIn::r.squaredGLMM(m), performance::icc(m)",
            "fit.explained",
            explained,
            "",
            1e-5,
            "recomputed from lme4's estimates; MuMIn and performance themselves in four designs",
        ),
        (
            "random effects, conditional SD",
            "ranef(m, condVar = TRUE)",
            "fit.random_effects(group, standard_deviations=True)",
            random_effects,
            "ranef",
            1e-5,
            "",
        ),
        (
            "profile intervals of SD and correlation",
            "confint(refitML(m))",
            'fit.refit("ML").variance_intervals(method="profile")',
            profiles,
            "profile",
            1e-3,
            "R interpolates its profile by splines",
        ),
        ("tests of random terms", "lmerTest::ranova(m)", "fit.random_terms_test()", random_terms, "ranova", 1e-5, ""),
    ]
    for name, call, ours, compare, part, tolerance, remark in rows:
        words = "; ".join(word for word in (designs if not part else "", remark) if word)
        result.append(Agreement(f"mixed model: {name}", call, ours, partial(over_all, compare, part), tolerance, words))
    return result


def _prepared(case: str) -> Callable[[], object]:
    data, formula = MODELS[case]
    rows = frame(data)
    return lambda: mixed.fit(formula, rows).summary()


REMARKS = {
    "mixed_penicillin": "crossed",
    "mixed_nested": "nested",
    "mixed_factors": "18 fixed effects, nested",
    "mixed_crossed": "900 rows, slopes over two crossed factors",
    "mixed_ratings": "12,000 rows, 700 x 260 x 14 crossed levels",
}
# `lmer` and `coef(summary())` there, `fit` and `summary` here, formula and data frame included
CASES = [
    Case(name, partial(_prepared, case), f"lmm_{name.removeprefix('mixed_')}", 0.2, REMARKS.get(name, ""))
    for name, case in TIMED.items()
]

AGREEMENT = _agreements()
