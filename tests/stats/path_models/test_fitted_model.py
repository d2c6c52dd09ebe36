import numpy as np
import pytest
from golden import frame

from coldcarbon.stats.path_models import fit
from coldcarbon.stats.path_models.fitted_model import with_tests

SMALL = frame("path_small")
PATHS = (
    "balance ~ decay + growth\ngrowth ~ a*warmth + light\ndecay ~ warmth + water + b*growth\nind := a*b\ntwice := 2*ind"
)
DONE = fit(PATHS, SMALL)


def test_tests_of_estimates():
    found = with_tests(np.array([1.96, 1.0]), np.array([1.0, 0.0]), 0.95)
    assert found["p_value"][0] == pytest.approx(0.05, abs=1e-4)
    assert np.isnan(found["z"][1])
    assert found["low"][0] == pytest.approx(0, abs=1e-3)


def test_defined_parameters_may_use_earlier_ones():
    table = DONE.estimates.set_index("label")
    a, b = table.loc["a"], table.loc["b"]
    assert table.loc["ind", "estimate"] == pytest.approx(a["estimate"] * b["estimate"])
    assert table.loc["twice", "standard_error"] == pytest.approx(2 * table.loc["ind", "standard_error"])
    assert table.loc["ind", "kind"] == "defined"


def test_tables():
    assert list(DONE.summary()["operator"].unique()) == ["~", "~~", ":="]
    assert not DONE.summary()["standardized"].isna().any()
    wide, narrow = DONE.table(confidence=0.99), DONE.estimates
    free = narrow["kind"] == "free"
    assert (wide["low"][free] < narrow["low"][free]).all()
    assert list(DONE.r_squared().index) == ["balance", "decay", "growth"]
    assert DONE.n == 30
    assert DONE.p_value == DONE.indices.p_value
    assert DONE.gradient_norm < 1e-9


def test_residuals_are_what_the_model_misses():
    sample = SMALL.cov(ddof=0)
    names = list(DONE.specification.observed)
    gap = sample.loc[names, names] - DONE.implied_covariance().loc[names, names]
    np.testing.assert_allclose(DONE.residuals(standardized=False), gap, atol=1e-12)
    rows, columns = np.tril_indices(6)
    size = np.sqrt((DONE.residuals().to_numpy()[rows, columns] ** 2).mean())
    assert size == pytest.approx(DONE.indices.srmr, rel=1e-9)


def test_effects_add_up():
    table = DONE.effects().pivot(index=["source", "target"], columns="effect", values="estimate").fillna(0)
    np.testing.assert_allclose(table["direct"] + table["indirect"], table["total"], atol=1e-12)
    for source in ("warmth", "light"):
        paths = DONE.indirect_paths(source, "balance")["estimate"].sum()
        assert paths == pytest.approx(table.loc[(source, "balance"), "indirect"], rel=1e-10)


def test_covariances_alone_have_no_effects():
    done = fit("growth ~~ decay\nlight ~~ light", SMALL)
    assert done.degrees_of_freedom == 2
    assert done.effects().empty
    assert done.r_squared().empty
    resampled = done.bootstrap(n_resamples=100)
    assert resampled.effects().empty
    assert len(resampled.table()) == 4


def test_effects_refuse_what_is_not_there():
    with pytest.raises(KeyError, match="'moon'"):
        DONE.indirect_paths("moon", "balance")
    with pytest.raises(ValueError, match="'exact'"):
        DONE.effects(interval="exact")
    assert DONE.indirect_paths("balance", "warmth").empty
