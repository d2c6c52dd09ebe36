"""Convergence against coda and ArviZ, correlations that see a valley."""

import sys
from pathlib import Path

import numpy as np
import pytest

from coldcarbon.assimilation import gelman_rubin, performance, summary

sys.path.insert(0, str(Path(__file__).parents[1] / "stats"))
import golden  # tests/stats, R's answers


def chains_of_coda():
    frame = golden.frame("mcmc_chains")
    return np.stack([part[["a", "b", "c"]].to_numpy() for _, part in frame.groupby("chain")])


def test_gelman_and_rubin_as_coda_has_it():
    expected = list(golden.results("09_mcmc")["all"]["point"].values())
    assert np.allclose(gelman_rubin(chains_of_coda(), corrected=True), expected, rtol=1e-9)
    plain = gelman_rubin(chains_of_coda())
    assert (plain <= np.array(expected)).all()
    assert np.allclose(plain, expected, rtol=1e-2)


def test_rank_rhat_by_hand():
    """Vehtari et al. 2021: split chains, ranks to normal scores; the larger of that and of the folded draws."""
    from scipy import special, stats

    draws = chains_of_coda()[..., 2]
    half = draws.shape[1] // 2
    split = np.concatenate([draws[:, :half], draws[:, -half:]])

    def of(values):
        ranks = stats.rankdata(values).reshape(values.shape)
        return gelman_rubin(special.ndtri((ranks - 0.375) / (values.size + 0.25))[..., None])

    m = len(split)
    n = half
    # Gelman and Rubin have (1 + 1/m) B / n; Vehtari et al. leave out the 1/m
    scores = special.ndtri((stats.rankdata(split).reshape(split.shape) - 0.375) / (split.size + 0.25))
    within, between = scores.var(axis=1, ddof=1).mean(), scores.mean(axis=1).var(ddof=1)
    by_hand = np.sqrt((n - 1) / n + between / within)
    folded = np.abs(split - np.median(split))
    scores = special.ndtri((stats.rankdata(folded).reshape(split.shape) - 0.375) / (split.size + 0.25))
    by_hand = max(by_hand, np.sqrt((n - 1) / n + scores.mean(axis=1).var(ddof=1) / scores.var(axis=1, ddof=1).mean()))
    found = summary(draws[..., None], ["c"]).loc["c", "rank_rhat"]
    assert np.isclose(found, by_hand, rtol=1e-6)
    assert np.isclose(of(split)[0], found, rtol=5e-2)
    assert m == 2 * len(draws)


def test_effective_sizes_of_known_chains():
    random, n, phi = np.random.default_rng(1), 20_000, 0.9
    noise = random.standard_normal((4, n))
    slow = np.empty_like(noise)
    slow[:, 0] = noise[:, 0] / np.sqrt(1 - phi**2)
    for k in range(1, n):
        slow[:, k] = phi * slow[:, k - 1] + noise[:, k]
    table = summary(np.stack([noise, slow], axis=2), ["white", "slow"], prior_sd=[2.0, 1.0])
    assert abs(table.loc["white", "ess_bulk"] / (4 * n) - 1) < 0.1
    assert abs(table.loc["slow", "ess_bulk"] / (4 * n * (1 - phi) / (1 + phi)) - 1) < 0.15
    assert (table["rank_rhat"] < 1.01).all()
    assert np.isclose(table.loc["white", "sd_ratio"], 0.5, atol=0.01)


def test_chains_that_differ_in_width_only():
    random = np.random.default_rng(2)
    draws = random.standard_normal((4, 1000, 1)) * np.array([1, 1, 1, 4])[:, None, None]
    table = summary(draws, ["x"])
    assert table.loc["x", "gelman_rubin"] < 1.01 < 1.05 < table.loc["x", "rank_rhat"]


def test_chains_that_do_not_move():
    draws = np.zeros((2, 10, 1)) + np.array([0.0, 1.0])[:, None, None]
    assert gelman_rubin(draws)[0] == np.inf
    assert np.isnan(gelman_rubin(np.zeros((2, 10, 1)))[0])


def test_draws_that_cannot_be_judged():
    with pytest.raises(ValueError, match="at least 2 chains"):
        gelman_rubin(np.zeros((1, 10, 1)))
    draws = np.zeros((2, 10, 1))
    draws[1, 3, 0] = np.nan
    with pytest.raises(ValueError, match="draw 4 of chain 2"):
        summary(draws, ["a"])
    with pytest.raises(ValueError, match="2 names for 1"):
        summary(np.zeros((2, 10, 1)), ["a", "b"])


def test_a_valley_has_no_correlation_but_is_seen():
    random = np.random.default_rng(3)
    x = random.standard_normal((5000, 3))
    score = x[:, 0] ** 2 + 0.8 * x[:, 1] + 0.1 * random.standard_normal(5000)
    table = performance(x, score, ["valley", "line", "nothing"])
    assert abs(table.loc["valley", "pearson"]) < 0.1 < 0.5 < table.loc["valley", "explained"]
    assert np.isclose(table.loc["line", "pearson"], 0.8 / np.sqrt(2 + 0.64 + 0.01), atol=0.03)
    assert table.loc["nothing", "explained"] < 0.01
    with pytest.raises(ValueError, match="finite"):
        performance(x, np.where(score > 4, np.nan, score), ["a", "b", "c"])
