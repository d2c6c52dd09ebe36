import numpy as np
import pandas as pd
import pytest
from golden import frame

from coldcarbon.stats.path_models import fit, notices
from coldcarbon.stats.uncertainty import coverage_summary

SMALL = frame("path_small")
PATHS = "balance ~ decay + growth\ngrowth ~ a*warmth + light\ndecay ~ warmth + water + b*growth\nind := a*b"
LATENT = "vigour =~ x1 + x2 + x3\nvigour ~ ageyr"
PUPILS = frame("holzinger").iloc[:150]
LARGE = frame("path_n5000").iloc[:400]


def refitted(model, data, rows, **options):
    return fit(model, data.iloc[rows].reset_index(drop=True), **options)


@pytest.mark.parametrize("convention", ["lavaan", "amos"])
@pytest.mark.parametrize(
    "model",
    [
        PATHS,
        "growth ~ 1 + warmth + light\ndecay ~ growth",
        "growth ~ decay + light\ndecay ~ growth + water\nbalance ~ growth",
    ],
)
def test_every_refit_is_the_fit_to_its_rows(model, convention):
    done = fit(model, SMALL, convention=convention)
    resampled = done.bootstrap(n_resamples=100, seed=4)
    draws = np.random.default_rng(4).integers(0, 30, size=(100, 30))
    kept = 0
    for number in range(4):
        try:
            again = refitted(model, SMALL, draws[number], convention=convention)
        except ValueError:
            continue
        if resampled.n_failed == 0:
            np.testing.assert_allclose(resampled.a[number], again.state.a, atol=1e-6)
            np.testing.assert_allclose(resampled.s[number], again.state.s, atol=1e-6)
            kept += 1
    assert kept or resampled.n_failed


def test_large_samples_agree_with_normal_theory():
    done = fit("GPP ~ PAR + SM\nTER ~ a*GPP + SM\nNEE ~ b*TER + GPP\nind := a*b", LARGE)
    resampled = done.bootstrap(n_resamples=800, seed=1)
    assert resampled.n_failed == 0
    normal, drawn = done.effects(), resampled.effects()
    pd.testing.assert_frame_equal(
        normal[["source", "target", "effect", "estimate"]], drawn[["source", "target", "effect", "estimate"]]
    )
    np.testing.assert_allclose(drawn["standard_error"], normal["standard_error"], rtol=0.25)
    np.testing.assert_allclose(drawn["low"], normal["low"], atol=0.03)
    table, plain = resampled.table(method="bias-corrected"), done.estimates
    free = plain["kind"].isin(["free", "defined"])
    np.testing.assert_allclose(table.loc[free, "standard_error"], plain.loc[free, "standard_error"], rtol=0.25)
    shares = resampled.r_squared()
    assert (shares["low"] < shares["estimate"]).all()
    assert (shares["estimate"] < shares["high"]).all()


def test_seeds_decide():
    done = fit(LATENT, PUPILS)
    first, second, third = (done.bootstrap(n_resamples=100, seed=seed).effects() for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(first, second)
    assert not first.equals(third)
    same = done.effects(interval="bootstrap", n_resamples=100, seed=1)
    pd.testing.assert_frame_equal(first, same)


def test_fixed_values_do_not_vary():
    table = fit(LATENT, PUPILS).bootstrap(n_resamples=100).table()
    marker = table[table["kind"] == "fixed"].iloc[0]
    assert (marker["standard_error"], marker["low"], marker["high"]) == (0.0, 1.0, 1.0)


def test_clusters_widen_where_rows_are_copies():
    data = pd.concat([SMALL] * 6, ignore_index=True)
    sites = np.tile(np.arange(30), 6)
    done = fit("growth ~ warmth + light", data)
    rows, clusters = done.bootstrap(n_resamples=500), done.bootstrap(n_resamples=500, clusters=sites)
    assert (rows.unit, clusters.unit, clusters.n_units) == ("row", "cluster", 30)
    ratio = clusters.table()["standard_error"][:2] / rows.table()["standard_error"][:2]
    np.testing.assert_allclose(ratio, np.sqrt(6), rtol=0.2)
    single = fit("growth ~ warmth + light", SMALL).bootstrap(n_resamples=500)
    np.testing.assert_allclose(
        clusters.table()["standard_error"], single.table()["standard_error"], rtol=0.2, atol=1e-12
    )


def test_clusters_of_unequal_size_are_drawn_whole():
    sites = np.repeat([0, 1, 2, 3, 4, 5], [2, 3, 4, 5, 6, 10])
    done = fit("growth ~ warmth", SMALL)
    resampled = done.bootstrap(n_resamples=100, seed=3, clusters=sites)
    draws = np.random.default_rng(3).integers(0, 6, size=(100, 6))
    rows = np.concatenate([np.flatnonzero(sites == site) for site in draws[0]])
    np.testing.assert_allclose(resampled.a[0], refitted("growth ~ warmth", SMALL, rows).state.a, atol=1e-10)


def test_percentile_intervals_of_an_indirect_effect_cover():
    rng, rows = np.random.default_rng(8), []
    for number in range(200):
        x = rng.normal(size=60)
        m = 0.4 * x + rng.normal(size=60)
        data = pd.DataFrame({"x": x, "m": m, "y": 0.5 * m + rng.normal(size=60)})
        done = fit("m ~ x\ny ~ m + x", data)
        table = done.bootstrap(n_resamples=300, seed=number).effects(standardized=False)
        rows.append(table[(table["effect"] == "indirect")][["estimate", "low", "high"]].iloc[0])
    estimate, low, high = np.array(rows).T
    found = coverage_summary(estimate, low, high, 0.2).iloc[0]
    assert 0.90 <= found["coverage"] <= 0.99
    assert abs(found["bias_in_standard_errors"]) < 1 / 3


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"n_resamples": 50}, "fewer than 100"),
        ({"clusters": [1, 2]}, "2 cluster labels"),
        ({"clusters": [1] * 30}, "two clusters"),
        ({"clusters": [None] + [1] * 29}, "no cluster label"),
    ],
)
def test_refuses(options, says):
    with pytest.raises(ValueError, match=says):
        fit(PATHS, SMALL).bootstrap(**{"n_resamples": 100, **options})


def test_needs_rows():
    with pytest.raises(ValueError, match="covariance matrix"):
        fit(PATHS, covariance=SMALL.cov(), n=30).bootstrap()


def test_failed_refits_are_counted_and_told():
    with pytest.warns(notices.PathModelWarning):
        done = fit(PATHS, SMALL.iloc[:6])
    with pytest.warns(notices.ConvergenceWarning, match="resamples could not be fitted"):
        resampled = done.bootstrap(n_resamples=200)
    assert 0 < resampled.n_failed < 200
    assert len(resampled.a) == 200 - resampled.n_failed
    assert resampled.warnings


def test_refuses_unknown_methods():
    resampled = fit("growth ~ warmth", SMALL).bootstrap(n_resamples=100)
    with pytest.raises(ValueError, match="'bca'"):
        resampled.table(method="bca")
    with pytest.raises(ValueError, match="between 0 and 1"):
        resampled.table(confidence=95)
