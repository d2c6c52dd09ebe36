import numpy as np
import pandas as pd
import pytest
from scipy import stats

from coldcarbon.stats import gamm
from coldcarbon.stats.gamm.inference import random_effect_test, smooth_test
from coldcarbon.stats.uncertainty import coverage_summary

FORMULA = "y ~ s(x) + s(z) + s(season, bs='cc', k=8) + re(g) + re(h)"


def simulated(rng, n=120):
    """Only x and h matter."""
    data = pd.DataFrame(rng.uniform(size=(n, 3)), columns=["x", "z", "season"])
    data["g"], data["h"] = rng.integers(0, 10, n), rng.integers(0, 8, n)
    data["truth"] = np.sin(2 * np.pi * data["x"])
    data["y"] = data["truth"] + rng.normal(0, 0.5, 8)[data["h"]] + rng.normal(0, 0.5, n)
    return data


def p_values_and_coverage(seed, replicates):
    rng = np.random.default_rng(seed)
    found, inside = [], []
    for _ in range(replicates):
        data = simulated(rng)
        model = gamm.fit(FORMULA, data, knots={"season": (0, 1)})
        found.append(model.summary()["p"])
        band = model.partial_effect("s(x)", data)
        curve = data["truth"] - data["truth"].mean()
        inside.append(((band["low"] <= curve) & (curve <= band["high"])).mean())
    return pd.DataFrame(found).reset_index(drop=True), np.array(inside)


def check_calibration(replicates, levels):
    p, inside = p_values_and_coverage(20, replicates)
    for term in ("s(z)", "s(season)", "re(g)"):
        for level in levels:
            rejected = int((p[term] < level).sum())
            low, high = stats.binom.interval(0.998, replicates, level)
            # approximate P of smooths reject a little too often (Wood 2013a, table 1)
            assert low <= rejected <= max(high, 1.4 * level * replicates), (term, level, rejected / replicates)
    assert (p["s(x)"] < 1e-4).mean() > 0.99
    assert (p["re(h)"] < 0.05).mean() > 0.9
    assert inside.mean() == pytest.approx(0.95, abs=0.03)


def test_p_values_are_calibrated_and_bands_cover():
    check_calibration(80, (0.05, 0.2, 0.5))


@pytest.mark.soak
def test_p_values_are_calibrated_in_many_simulations():
    check_calibration(1000, (0.01, 0.05, 0.1, 0.2))


@pytest.mark.soak
def test_standard_deviations_and_slopes_cover_their_truth():
    rng = np.random.default_rng(6)
    slopes, lows, highs = [], [], []
    for _ in range(400):
        data = simulated(rng)
        data["w"] = rng.normal(size=len(data))
        data["y"] += 0.2 * data["w"]
        row = gamm.fit("y ~ w + s(x) + re(h)", data).linear_terms().loc["w"]
        margin = stats.t.ppf(0.975, 100) * row["standard_error"]
        slopes.append(row["estimate"])
        lows.append(row["estimate"] - margin)
        highs.append(row["estimate"] + margin)
    found = coverage_summary(slopes, lows, highs, 0.2).iloc[0]
    assert found["coverage_low"] < 0.95 < found["coverage_high"]
    assert abs(found["bias"]) < 4 * found["bias_monte_carlo_error"]


def test_a_whole_rank_gives_the_f_test():
    rng = np.random.default_rng(3)
    columns = rng.normal(size=(40, 3))
    y = columns @ [0.3, 0, 0] + rng.normal(size=40)
    root = np.linalg.qr(columns, mode="r")
    inverse = np.linalg.inv(columns.T @ columns)
    beta = inverse @ columns.T @ y
    scale = ((y - columns @ beta) ** 2).sum() / 37
    f, p = smooth_test(root, beta, inverse * scale, 3.0, 37.0)
    expected = beta @ columns.T @ columns @ beta / 3 / scale
    assert f == pytest.approx(expected)
    assert p == pytest.approx(stats.f.sf(expected, 3, 37), rel=1e-6)


def test_random_effects_of_equal_groups_give_the_f_test():
    # balanced one-way layout: the test is then that of the analysis of variance
    rng = np.random.default_rng(4)
    groups, size = 6, 5
    y = rng.normal(size=(groups, size)) + rng.normal(0, 0.5, (groups, 1))
    centred = np.eye(groups) - 1 / groups
    information = size * centred
    penalty = 2.0 * np.eye(groups)
    means = y.mean(axis=1) - y.mean()
    effects = np.linalg.solve(information + penalty, size * means)
    scale = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum() / (groups * (size - 1))
    _, p = random_effect_test(information, penalty, effects, scale, groups * (size - 1))
    assert p == pytest.approx(stats.f_oneway(*y).pvalue, rel=1e-6)
