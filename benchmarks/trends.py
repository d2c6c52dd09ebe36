"""Trends: times against R on the Nile flows, many series at once, and agreement with R's recorded answers."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable

import numpy as np
from golden import frame, results
from harness import Agreement, Case

from coldcarbon.stats import trends

SERIES = ("nile", "lakehuron", "sim31")


def worst(pairs: Iterable[tuple[float, float]]) -> float:
    """Largest relative difference of (ours, R's); absolute where R has 0."""
    return max(abs(ours - theirs) / (abs(theirs) or 1.0) for ours, theirs in pairs)


def series(name: str) -> tuple[np.ndarray, np.ndarray]:
    table = frame(f"trend_{name}")
    return table["y"].to_numpy(), table["year"].to_numpy()


def of_all(pairs: Callable[[str, np.ndarray, np.ndarray], list[tuple[float, float]]]) -> Callable[[], float]:
    return lambda: worst(pair for name in SERIES for pair in pairs(name, *series(name)))


def plain_lines(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    ours, r = trends.linear_trend(y, year), results("02_trend")[name]["lm"]
    return [
        (ours.slope, r["slope"]),
        (ours.standard_error, r["se"]),
        (ours.statistic, r["t"]),
        (ours.p, r["p"]),
        (ours.low, r["ci"][0]),
        (ours.high, r["ci"][1]),
    ]


def tests_of_kendall(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    ours, r = trends.mann_kendall(y, year), results("02_trend")[name]["mk_test"]
    return [(ours.s, r["S"]), (ours.variance, r["varS"]), (ours.z, r["z"]), (ours.p, r["p"]), (ours.tau_b, r["tau"])]


def correlation_tests(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    record = results("02_trend")[name]
    if record["ties"]:
        ours = trends.mann_kendall(y, year, continuity=False)
    else:
        ours = trends.mann_kendall(y, year, exact=True)
    return [(ours.p, record["cor_test_kendall"]["p"]), (ours.tau_b, record["cor_test_kendall"]["tau"])]


def sen_slopes(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    ours, r = trends.sen_slope(y, year), results("02_trend")[name]["sen"]
    return [(ours.slope, r["slope"]), (ours.low, r["lo"]), (ours.high, r["hi"]), (ours.p, r["p"])]


def sen_slopes_of_zyp(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    ours, r = trends.sen_slope(y, year, limits="nearest-inner"), results("02_trend")[name]["zyp"]
    return [
        (ours.slope, r["slope"]),
        (ours.intercept, r["intercept"]),
        (ours.low, r["ci"][0]),
        (ours.high, r["ci"][1]),
    ]


def prewhitened(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    white, left = trends.prewhiten(y, year)
    ours, r = trends.sen_slope(white, left, limits="nearest-inner"), results("02_trend")[name]["zyp_yuepilon"]
    first = trends.mann_kendall(y, year, variant="trend-free-prewhitened")
    return [
        (ours.slope, r["trend"]),
        (ours.low, r["lbound"]),
        (ours.high, r["ubound"]),
        (first.tau_b, r["tau"]),
        (first.autocorrelation, r["autocor"]),
    ]


def generalised(method: str) -> Callable[[], float]:
    def compare() -> float:
        pairs = []
        for name in (*SERIES, "gaps", "irregular"):
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                ours = trends.linear_trend(*series(name), errors="ar1" if method == "reml" else "ar1-ml")
            r = results("13_trend_errors")[name][method]
            pairs += [(ours.slope, r["slope"]), (ours.standard_error, r["se"])]
            pairs += [(1 + ours.autocorrelation, 1 + r["rho"]), (ours.details["log_likelihood"], r["logLik"])]
            pairs += [(ours.details["sigma"], r["sigma"])]
        return worst(pairs)

    return compare


def long_run(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    pairs = []
    for rule, r in results("13_trend_errors")[name]["hac"].items():
        ours = trends.linear_trend(y, year, errors="hac", bandwidth=rule.replace("_", "-"))
        pairs += [(ours.standard_error, r["se"]), (ours.details["lags"], r["lags"])]
    return pairs


def orcutt(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    ours = trends.linear_trend(y, year, errors="cochrane-orcutt")
    r = results("13_trend_errors")[name]["cochrane_orcutt"]
    return [
        (ours.slope, r["slope"]),
        (ours.standard_error, r["se"]),
        (ours.p, r["p"]),
        (ours.intercept, r["intercept"]),
        (ours.autocorrelation, r["rho"]),
    ]


def effective(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    ours, r = trends.linear_trend(y, year, errors="effective-n"), results("13_trend_errors")[name]["santer"]
    return [
        (ours.autocorrelation, r["r1"]),
        (ours.n_effective, r["n_effective"]),
        (ours.standard_error, r["se"]),
        (ours.p, r["p"]),
    ]


def breaks(name: str, y: np.ndarray, year: np.ndarray) -> list[tuple[float, float]]:
    ours, r = trends.pettitt(y, year), results("13_trend_errors")[name]["pettitt"]
    return [(ours.statistic, r["K"]), (ours.p, r["p"]), (ours.after, r["after"])]


def repeated_times() -> float:
    ours, r = trends.sen_slope(*series("repeated")), results("13_trend_errors")["repeated"]
    pairs = [(ours.slope, r["sen"]), (ours.details["pairs"], r["pairs"]), (ours.details["tau_b"], r["tau"])]
    return worst([*pairs, (ours.statistic, r["z"]), (ours.p, r["p"])])


def one(function: Callable[..., object], **options: object) -> Callable[[], Callable[[], object]]:
    def prepare() -> Callable[[], object]:
        y, year = series("nile")
        return lambda: function(y, year, **options)

    return prepare


def many(function: Callable[..., object], gaps: bool = False, **options: object) -> Callable[[], Callable[[], object]]:
    def prepare() -> Callable[[], object]:
        rng = np.random.default_rng(1)
        table = rng.normal(size=(30, 10_000))
        if gaps:
            table[rng.random(table.shape) < 0.1] = np.nan
        years = np.arange(1990, 2020)

        def call() -> object:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # some of ten thousand iterations end at a bound
                return function(table, years, **options)

        return call

    return prepare


MANY = "10,000 series of 30 years; goal: one second"
CASES = [
    Case("trend_mk", one(trends.mann_kendall), "trend_mk", 1.0),
    Case("trend_sen", one(trends.sen_slope), "trend_sen", 0.5),
    Case("trend_lm", one(trends.linear_trend), "trend_lm", 1.0),
    Case("trend_gls", one(trends.linear_trend, errors="ar1"), "trend_gls", 0.5),
    Case("trend_pettitt", one(trends.pettitt), None, None),
    Case("many_mann_kendall", many(trends.mann_kendall), None, None, MANY),
    Case("many_hamed_rao", many(trends.mann_kendall, variant="hamed-rao"), None, None, MANY),
    Case("many_trend_free", many(trends.mann_kendall, variant="trend-free-prewhitened"), None, None, MANY),
    Case("many_sen", many(trends.sen_slope), None, None, MANY),
    Case("many_sen_with_gaps", many(trends.sen_slope, gaps=True), None, None, MANY),
    Case("many_lines", many(trends.linear_trend), None, None, MANY),
    Case("many_hac", many(trends.linear_trend, errors="hac"), None, None, MANY),
    Case("many_ar1", many(trends.linear_trend, errors="ar1"), None, None, MANY),
    Case("many_ar1_with_gaps", many(trends.linear_trend, gaps=True, errors="ar1"), None, None, MANY),
    Case("many_pettitt", many(trends.pettitt, n_permutations=999), None, None, MANY + ", 999 orders"),
]

AGREEMENT = [
    Agreement("linear trend", "lm", "trends.linear_trend", of_all(plain_lines), 1e-8, case="trend_lm"),
    Agreement(
        "AR(1) errors, REML",
        "nlme::gls(corAR1, corCAR1)",
        'linear_trend(errors="ar1")',
        generalised("reml"),
        1e-5,
        "gaps and irregular times included; rho compared as 1 + rho; R stops its search a little early",
        "trend_gls",
    ),
    Agreement("AR(1) errors, ML", "nlme::gls(method = 'ML')", 'linear_trend(errors="ar1-ml")', generalised("ml"), 1e-5),
    Agreement("Newey-West", "base R, by the formula", 'linear_trend(errors="hac")', of_all(long_run), 1e-8),
    Agreement("Cochrane-Orcutt", "base R, iterated", 'linear_trend(errors="cochrane-orcutt")', of_all(orcutt), 1e-8),
    Agreement("effective sample size", "base R, acf", 'linear_trend(errors="effective-n")', of_all(effective), 1e-8),
    Agreement(
        "Mann-Kendall",
        "trend::mk.test",
        "trends.mann_kendall",
        of_all(tests_of_kendall),
        1e-8,
        "R reports tau-b, pymannkendall tau-a",
        "trend_mk",
    ),
    Agreement(
        "Kendall, exact P",
        "cor.test(method = 'kendall')",
        "mann_kendall(exact=True)",
        of_all(correlation_tests),
        1e-8,
        "with ties: no continuity correction in R",
    ),
    Agreement("Mann-Kendall, times repeat", "cor.test(continuity = TRUE)", "trends.sen_slope", repeated_times, 1e-8),
    Agreement("Sen slope", "trend::sens.slope", "trends.sen_slope", of_all(sen_slopes), 1e-8, case="trend_sen"),
    Agreement(
        "Sen slope",
        "zyp::zyp.sen, confint.zyp",
        'sen_slope(limits="nearest-inner")',
        of_all(sen_slopes_of_zyp),
        1e-8,
        "R's packages take different ranks for the upper limit",
    ),
    Agreement(
        "trend-free prewhitening",
        "zyp::zyp.trend.vector('yuepilon')",
        "trends.prewhiten",
        of_all(prewhitened),
        1e-6,
        "Kendall's tau is kept in single precision there",
    ),
    Agreement("Pettitt", "base R, by ranks", "trends.pettitt", of_all(breaks), 1e-8),
]
