"""Our fits held against lavaan's recorded answers, quantity by quantity."""

import warnings
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from golden import frame, results

from coldcarbon.stats.path_models import AMOS, LAVAAN, Convention, PathModelFit, fit

# `sem` with fixed.x and likelihood as named; lavaan keeps covariances of exogenous variables in its baseline model
# and takes AIC from the likelihood, whatever the likelihood
SETTINGS: dict[str, Convention] = {
    "default": LAVAAN,
    "meanstructure": LAVAAN,
    "free_x": replace(LAVAAN, fixed_exogenous=False),
    "wishart_fixed": replace(LAVAAN, divisor="n-1", multiplier="n-1"),
    "amos_like": replace(AMOS, baseline="exogenous covary", criteria="likelihood"),
}
DATA = {"hs": "holzinger", "pd": "politicaldemocracy", "path_n5000": "path_n5000"}
INDICES = {
    "npar": "n_free",
    "chisq": "chi_square",
    "df": "degrees_of_freedom",
    "pvalue": "p_value",
    "baseline.chisq": "baseline_chi_square",
    "baseline.df": "baseline_degrees_of_freedom",
    "cfi": "cfi",
    "tli": "tli",
    "nfi": "nfi",
    "rfi": "rfi",
    "ifi": "ifi",
    "gfi": "gfi",
    "agfi": "agfi",
    "pgfi": "pgfi",
    "rmsea": "rmsea",
    "rmsea.pvalue": "rmsea_close_p_value",
    "rmr": "rmr",
    "srmr": "srmr",
    "aic": "aic",
    "bic": "bic",
    "logl": "log_likelihood",
    "fmin": "f_min",
    "ecvi": "ecvi",
}
LIMITS = {"rmsea.ci.lower": "rmsea_low", "rmsea.ci.upper": "rmsea_high"}


@cache
def our_fit(record: str, case: str, setting: str, information: str = "expected") -> PathModelFit:
    """Our fit of a recorded case."""
    answer = results(record)[case]
    data = frame(answer.get("data") or DATA[case])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return fit(
            answer["model"],
            data,
            convention=SETTINGS[setting],
            mean_structure=setting == "meanstructure",
            information=information,
        )


def key(left: str, operator: str, right: str) -> tuple[Any, ...]:
    """A parameter, whichever way round a covariance is written."""
    if operator == "~~":
        return operator, frozenset((left, right))
    return (left, operator) if operator in ("~1", ":=") else (left, operator, right)


def numbers(values: list[Any]) -> np.ndarray:
    """Recorded numbers; R's NA is NaN."""
    return np.array([np.nan if value in (None, "NA") else value for value in values], float)


def largest(ours: np.ndarray, theirs: np.ndarray, floor: float = 0.0) -> float:
    """Largest relative difference; of numbers below the floor, relative to it. NaN must meet NaN."""
    if (np.isnan(ours) != np.isnan(theirs)).any():
        return np.inf
    scale = np.maximum(np.abs(theirs), floor)
    gap = np.abs(ours - theirs)[~np.isnan(ours)] / np.where(scale > 0, scale, 1.0)[~np.isnan(ours)]
    return float(gap.max(initial=0.0))


def of_table(ours: pd.DataFrame, theirs: dict[str, list[Any]], columns: dict[str, str]) -> dict[str, float]:
    """Differences of columns of a table of parameters; the parameters must be the same."""
    place = {key(*names): n for n, names in enumerate(zip(theirs["lhs"], theirs["op"], theirs["rhs"], strict=True))}
    mine = [key(*names) for names in zip(ours["left"], ours["operator"], ours["right"], strict=True)]
    assert set(mine) == set(place)
    rows = [place[name] for name in mine]
    found = {}
    for our_name, their_name in columns.items():
        reference = numbers(theirs[their_name])[rows]
        # estimates near zero among others of size one carry rounding of those
        floor = 0.0 if our_name == "standard_error" else 1e-2
        found[f"{our_name}"] = largest(ours[our_name].to_numpy(float), reference, floor)
    return found


def differences(record: str, case: str, setting: str) -> dict[str, float]:
    """Largest relative difference per kind of quantity."""
    ours, theirs = our_fit(record, case, setting), results(record)[case][setting]
    plain = of_table(ours.estimates, theirs["est"], {"estimate": "est", "standard_error": "se", "z": "z"})
    plain["p_value"] = largest(
        ours.estimates["p_value"].to_numpy(float)[
            np.argsort([str(sorted(map(str, key(*n)))) for n in ours.estimates.iloc[:, :3].to_numpy()], kind="stable")
        ],
        numbers(theirs["est"]["pvalue"])[
            np.argsort(
                [
                    str(sorted(map(str, key(*n))))
                    for n in zip(theirs["est"]["lhs"], theirs["est"]["op"], theirs["est"]["rhs"], strict=True)
                ],
                kind="stable",
            )
        ],
        1e-3,
    )
    standardized = of_table(ours.standardized, theirs["std"], {"estimate": "est.std", "standard_error": "se", "z": "z"})
    indices = {
        theirs_name: largest(
            np.array([getattr(ours.indices, our_name)], float), numbers([theirs["fit"].get(theirs_name)]), 1e-2
        )
        for theirs_name, our_name in {**INDICES, **LIMITS}.items()
    }
    shares = ours.r_squared()
    r2 = [(shares[name], value) for name, value in theirs["r2"].items() if value not in (None, "NA")]
    return {
        "estimates": plain["estimate"],
        "standard errors": plain["standard_error"],
        "z": plain["z"],
        "P": plain["p_value"],
        "standardized": standardized["estimate"],
        "standardized errors": standardized["standard_error"],
        "indices": max(indices[name] for name in INDICES),
        "RMSEA limits": max(indices[name] for name in LIMITS),
        "R2": max((abs(a - b) for a, b in r2), default=0.0),
    }


def amos_baseline(record: str, case: str) -> float:
    """Difference of the indices that compare with AMOS's independence model."""
    answer = results(record)[case]
    theirs = answer["amos_like"]["fit_amos_baseline"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = fit(answer["model"], frame(answer.get("data") or DATA[case]), convention="amos").indices
    return largest(
        np.array([getattr(ours, INDICES[name]) for name in theirs], float), numbers(list(theirs.values())), 1e-2
    )
