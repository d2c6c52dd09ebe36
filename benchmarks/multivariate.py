"""Overlap of variables: times against car and FactoMineR, and agreement with R's recorded answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from golden import frame, results
from harness import Agreement, Case

from coldcarbon.stats import multiple_comparisons, multivariate
from coldcarbon.stats.adjustment import adjust_p_values

WINE_SIZES = {"origin": 2, "odor": 5, "visual": 3, "odor.after.shaking": 10, "taste": 9, "overall": 2}
SIMULATED_GROUPS = {
    "first": ["a", "b", "c"],
    "second": ["e", "f"],
    "kinds": ["soil", "land"],
    "extra": ["g", "h"],
    "answer": ["y"],
}


def difference(pairs: Iterable[tuple[Any, Any]]) -> float:
    """Largest difference of (ours, R's) tables, relative to the largest number of each table of R's."""
    worst = 0.0
    for ours, theirs in pairs:
        expected = np.asarray(theirs, float)
        got = np.asarray(ours, float)
        if got.shape != expected.shape:
            raise ValueError(f"shapes differ: {got.shape} and {expected.shape}")
        worst = max(worst, float(np.abs(got - expected).max() / np.abs(expected).max()))
    return worst


def worst_ratio(pairs: Iterable[tuple[float, float]]) -> float:
    return max(abs(ours / theirs - 1) for ours, theirs in pairs)


def wine_groups() -> dict[str, list[str]]:
    ends = np.cumsum(list(WINE_SIZES.values()))
    parts = np.split(np.array(frame("wine").columns, dtype=object), ends[:-1])
    return {name: list(part) for name, part in zip(WINE_SIZES, parts, strict=True)}


def inflation() -> float:
    answers = results("20_multivariate")
    longley = multivariate.variance_inflation(frame("longley"), list(answers["longley"]))["vif"]
    factors = multivariate.variance_inflation(frame("overlap_sim"), answers["vif"]["term"])
    return max(
        worst_ratio((longley[name], value) for name, value in answers["longley"].items()),
        worst_ratio(zip(factors["vif"], answers["vif"]["gvif"], strict=True)),
        worst_ratio(zip(factors["vif_per_freedom"], answers["vif"]["scaled"], strict=True)),
    )


def elimination() -> float:
    worst = 0.0
    for threshold in (5, 10):
        answers = results("06_multivar")[f"vif{threshold}"]
        ours = multivariate.eliminate_collinear(frame("collinear").drop(columns="y"), threshold=threshold)
        if list(ours.kept) != answers["kept"] or len(ours.trace) != len(answers["trace"]):
            return 1.0
        for (_, step), expected in zip(ours.trace.iterrows(), answers["trace"], strict=True):
            worst = max(worst, worst_ratio((step[name], value) for name, value in expected.items()))
    return worst


def partial() -> float:
    answers, data = results("06_multivar"), frame("collinear")
    plain = multivariate.partial_correlation(data, reference="normal")
    ranks = multivariate.partial_correlation(data, method="spearman", reference="normal")
    return difference(
        [
            (plain.estimate, answers["pcor"]["estimate"]),
            (plain.p, answers["pcor"]["p"]),
            (ranks.estimate, answers["pcor_spearman"]),
            (ranks.p, answers["pcor_spearman_p"]),
        ]
    )


def partial_given() -> float:
    data = frame("overlap_sim")
    worst = 0.0
    for method, other in (("pearson", "a"), ("spearman", "f")):
        ours = multivariate.partial_correlation(data, ["y", other], given=["b", "e"], method=method)  # type: ignore[arg-type]
        expected = results("20_multivariate")[f"{method}_given"]
        pairs = [(ours.estimate, "r"), (ours.statistic, "t"), (ours.p, "p")]
        worst = max(worst, worst_ratio((table.loc["y", other], expected[key]) for table, key in pairs))
    return worst


def semi_partial() -> float:
    ours = multivariate.semi_partial_correlation(frame("collinear")).estimate
    one = multivariate.semi_partial_correlation(frame("overlap_sim"), ["y", "a", "b", "e"]).estimate.loc["y", "a"]
    semi = results("20_multivariate")["semi"]
    return max(difference([(ours, results("06_multivar")["spcor"])]), abs(one / semi - 1))


def plain_correlation() -> float:
    ours = multivariate.correlation_matrix(frame("overlap_sim"), ["e", "f"])
    expected = results("20_multivariate")["cor_pearson"]
    tables = {"r": ours.estimate, "p": ours.p, "low": ours.low, "high": ours.high}
    return worst_ratio((table.loc["e", "f"], expected[key]) for key, table in tables.items())


def wine_factors() -> float:
    ours = multivariate.multiple_factor_analysis(frame("wine"), wine_groups(), supplementary=["origin", "overall"])
    return difference(of_factors(ours, results("06_multivar")["mfa_full"], WINE_TABLES))


def simulated_factors() -> float:
    data, answers = frame("overlap_sim"), results("20_multivariate")
    ours = multivariate.multiple_factor_analysis(
        data, SIMULATED_GROUPS, kinds={"second": "centred"}, supplementary=["extra", "answer"], n_components=4
    )
    # FactoMineR lists the rows of each individual together, and pads eigenvalues with zeros
    by_row = [ours.partial_rows.loc[name].to_numpy() for name in ("first", "second", "kinds")]
    partial_rows = np.stack(by_row, axis=1).reshape(-1, 4)
    eigenvalues = ours.eigenvalues["eigenvalue"]
    first = difference(
        [
            *of_factors(ours, answers["mfa"], SIMULATED_TABLES),
            (partial_rows, answers["mfa"]["partial"]),
            (eigenvalues, answers["mfa"]["eig"][: len(eigenvalues)]),
        ]
    )
    order = ["first", "kinds", "second"]
    aside = multivariate.multiple_factor_analysis(
        data,
        {name: SIMULATED_GROUPS[name] for name in order},
        kinds={"second": "centred"},
        supplementary=["kinds"],
        n_components=3,
    )
    return max(first, difference(of_factors(aside, answers["mfa_kinds_aside"], ASIDE_TABLES)))


def of_factors(ours: object, theirs: Mapping[str, Any], tables: Mapping[str, str]) -> list[tuple[Any, Any]]:
    pairs = []
    for key, name in tables.items():
        table, _, column = name.partition("/")
        value = getattr(ours, table)
        pairs.append((value[column] if column else value, theirs[key]))
    return pairs


WINE_TABLES = {
    "eig": "eigenvalues/eigenvalue",
    "pct": "eigenvalues/percent",
    "first_eig": "first_eigenvalues",
    "group_coord": "groups",
    "group_contrib": "group_contributions",
    "group_cos2": "group_cos2",
    "Lg": "lg",
    "RV": "rv",
    "ind_coord": "rows",
    "quanti_coord": "variables",
    "quanti_contrib": "contributions",
}
SIMULATED_TABLES = {
    "ind": "rows",
    "ind_contrib": "row_contributions",
    "ind_cos2": "row_cos2",
    "quanti": "variables",
    "quanti_contrib": "contributions",
    "quanti_cos2": "cos2",
    "quanti_sup": "supplementary_variables",
    "quali": "categories",
    "quali_contrib": "category_contributions",
    "group": "groups",
    "group_contrib": "group_contributions",
    "group_cos2": "group_cos2",
    "group_sup": "supplementary_groups",
    "group_cos2_sup": "supplementary_group_cos2",
    "Lg": "lg",
    "RV": "rv",
    "inertia_ratio": "inertia_ratio",
    "axes": "partial_axes",
}
ASIDE_TABLES = {
    "eig": "eigenvalues/eigenvalue",
    "quali_sup": "supplementary_categories",
    "group_sup": "supplementary_groups",
    "group": "groups",
    "Lg": "lg",
}


def components() -> float:
    wine = frame("wine")
    scaled = multivariate.principal_components(wine, list(wine.columns[2:29]))
    centred = multivariate.principal_components(
        frame("overlap_sim"), ["a", "b", "c", "e", "f"], scale=False, n_components=3
    )
    tables = {
        "eig": "eigenvalues/eigenvalue",
        "ind": "rows",
        "ind_contrib": "row_contributions",
        "ind_cos2": "row_cos2",
        "var": "variables",
        "contrib": "contributions",
        "var_cos2": "cos2",
    }
    answers = results("06_multivar")["pca"]
    return difference(
        [
            (scaled.eigenvalues["eigenvalue"], answers["eig"]),
            (scaled.contributions, answers["contrib"]),
            *of_factors(centred, results("20_multivariate")["pca_centred"], tables),
        ]
    )


def shares() -> float:
    lmg = results("20_multivariate")["lmg"]
    ours = multivariate.hierarchical_partitioning(frame("overlap_sim"), "y", list(lmg)).table["individual"]
    return worst_ratio((ours[name], value) for name, value in lmg.items())


def rounded_shares() -> float:
    """Absolute: rdacca.hp rounds to four decimals."""
    expected = results("06_multivar")["hier_part"]
    ours = multivariate.hierarchical_partitioning(frame("collinear"), "y", expected["var"])
    apart = [np.abs(ours.table[key].to_numpy() - expected[key]).max() for key in ("individual", "unique")]
    return float(max(*apart, abs(round(ours.total, 3) - expected["total"])))


def adjustments() -> float:
    expected = results("20_multivariate")["adjust"]
    methods = ("holm", "bonferroni", "fdr_bh", "fdr_by")
    return difference((adjust_p_values(expected["p"], name), expected[name]) for name in methods)  # type: ignore[arg-type]


GROUPS = {
    "plantgrowth": ("weight", "group"),
    "insectsprays": ("count", "spray"),
    "warpbreaks": ("breaks", "tension"),
}


def of_pairs(case: str, method: str, key: str, divider: str) -> Iterable[tuple[Any, dict[str, float], float]]:
    """Our row of each pair R lists, R's numbers, and the sign that R's order of the two gives a difference."""
    value, group = GROUPS[case]
    data, expected = frame(case), results("08_letters")[case][key]
    ours = multiple_comparisons.compare_groups(data[value], data[group], method=method, adjust="bonferroni")  # type: ignore[arg-type]
    rows = {(row.group_1, row.group_2): row for row in ours.pairs.itertuples()}
    for i, name in enumerate(expected["pair"]):
        first, second = name.split(divider)
        theirs = {column: values[i] for column, values in expected.items() if column != "pair"}
        sign = 1.0 if (first, second) in rows else -1.0
        yield rows.get((first, second)) or rows[second, first], theirs, sign


def tukey() -> float:
    """P values absolutely: the smallest of R's are rounding."""
    worst = 0.0
    for case in GROUPS:
        for ours, theirs, sign in of_pairs(case, "tukey", "tukey", "-"):
            low, high = (ours.low, ours.high) if sign > 0 else (-ours.high, -ours.low)
            pairs = [(sign * ours.difference, theirs["diff"]), (low, theirs["lwr"]), (high, theirs["upr"])]
            worst = max(worst, worst_ratio(pairs), abs(ours.p_adjusted - theirs["p"]))
    return worst


def dunn() -> float:
    pairs = []
    for case in GROUPS:
        for ours, theirs, _ in of_pairs(case, "dunn", "dunn", " - "):
            pairs += [
                (abs(ours.statistic), abs(theirs["z"])),
                (ours.p, 2 * theirs["p_default_one_sided"]),
                (ours.p_adjusted, theirs["p_bonf"]),
            ]
    return worst_ratio(pairs)


def letters() -> float:
    """Groups whose letters differ, as a share."""
    wrong = []
    for case, (value, group) in GROUPS.items():
        data = frame(case)
        ours = multiple_comparisons.compare_groups(data[value], data[group]).letters.to_dict()
        wrong += [ours[name] != letter for name, letter in results("08_letters")[case]["letters"].items()]
    return float(np.mean(wrong))


def compare() -> Callable[[], object]:
    data = frame("insectsprays")
    return lambda: multiple_comparisons.compare_groups(data["count"], data["spray"])


def eliminate() -> Callable[[], object]:
    data: pd.DataFrame = frame("collinear").drop(columns="y")
    return lambda: multivariate.eliminate_collinear(data)


def correlate() -> Callable[[], object]:
    data = frame("collinear")
    return lambda: multivariate.partial_correlation(data)


def analyse() -> Callable[[], object]:
    wine, groups = frame("wine"), wine_groups()
    return lambda: multivariate.multiple_factor_analysis(wine, groups, supplementary=["origin", "overall"])


CASES = [
    Case("elimination by variance inflation", eliminate, "vif", 1.0, "200 rows, 7 predictors, 3 steps"),
    Case("multiple factor analysis", analyse, "mfa", 1.0, "21 wines, 31 columns in 6 groups"),
    Case(
        "Tukey's test with letters",
        compare,
        "tukey",
        1.0,
        "72 rows, 6 groups, 15 pairs; pandas tables cost more than the test",
    ),
    Case("partial correlation of all pairs", correlate, None, None, "200 rows, 8 columns; ppcor is not packaged"),
]

AGREEMENT = [
    Agreement(
        "Variance inflation, factors too",
        "car::vif(lm(...))",
        "variance_inflation(data)",
        inflation,
        1e-8,
        "generalised for factors (Fox and Monette 1992)",
    ),
    Agreement(
        "Elimination by variance inflation",
        "car::vif, largest left out until all are below 5 (10)",
        "eliminate_collinear(data, threshold=5)",
        elimination,
        1e-8,
        "kept predictors and every step",
        CASES[0].name,
    ),
    Agreement(
        "Partial correlation, all pairs",
        "ppcor::pcor",
        'partial_correlation(data, reference="normal")',
        partial,
        1e-8,
        "the recorded ppcor 1.1 takes P from the normal distribution; ours from t unless asked",
        CASES[3].name,
    ),
    Agreement(
        "Partial correlation given some",
        "cor of residuals, t with n - 2 - k",
        "partial_correlation(data, columns, given=)",
        partial_given,
        1e-8,
    ),
    Agreement("Semi-partial correlation", "ppcor::spcor", "semi_partial_correlation(data)", semi_partial, 1e-8),
    Agreement("Correlation with limits", "cor.test", "correlation_matrix(data)", plain_correlation, 1e-8),
    Agreement("Adjusted P values", "p.adjust", "adjust_p_values(p, method)", adjustments, 1e-12),
    Agreement(
        "Principal components",
        "FactoMineR::PCA",
        "principal_components(data)",
        components,
        1e-8,
        "scaled and centred; contributions and squared cosines",
    ),
    Agreement(
        "Multiple factor analysis",
        "FactoMineR::MFA (wine)",
        "multiple_factor_analysis(data, groups, supplementary=)",
        wine_factors,
        1e-8,
        "coordinates, contributions, Lg, RV of active and supplementary groups",
        CASES[1].name,
    ),
    Agreement(
        "Multiple factor analysis",
        'FactoMineR::MFA(type = c("s", "c", "n"))',
        "multiple_factor_analysis(data, groups, kinds=, supplementary=)",
        simulated_factors,
        1e-8,
        "scaled, centred and categorical groups, partial rows and axes",
    ),
    Agreement(
        "Hierarchical partitioning",
        "mean increase of R2 over orders, with lm",
        "hierarchical_partitioning(data, response, predictors)",
        shares,
        1e-8,
    ),
    Agreement(
        "Hierarchical partitioning",
        'rdacca.hp(method = "RDA", type = "R2")',
        "hierarchical_partitioning(data, response, predictors)",
        rounded_shares,
        5.1e-5,
        "absolute; rdacca.hp rounds to four decimals",
    ),
    Agreement(
        "Tukey's honestly significant difference",
        "TukeyHSD(aov(y ~ g))",
        "compare_groups(values, groups)",
        tukey,
        1e-6,
        "differences and limits relatively, P absolutely; R's qtukey stops at 1e-5 where degrees of freedom are few",
        CASES[2].name,
    ),
    Agreement(
        "Dunn's test",
        "dunn.test(y, g)",
        'compare_groups(values, groups, method="dunn")',
        dunn,
        1e-8,
        "two-sided; dunn.test prints one-sided P unless altp = TRUE",
    ),
    Agreement(
        "Compact letters",
        "multcompLetters4(aov, TukeyHSD)",
        "compare_groups(values, groups).letters",
        letters,
        1e-9,
        "identical",
    ),
]
