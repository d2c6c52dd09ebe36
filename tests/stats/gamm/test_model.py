import warnings

import golden
import numpy as np
import pandas as pd
import pytest
from additive_data import crossed
from hypothesis import given, settings
from hypothesis import strategies as st

from coldcarbon.stats import gamm

DATA = crossed()
MIXED = "y ~ managed + z + s(x) + re(1 + x, by=site, correlated=True) + re(species)"


@pytest.fixture(scope="module")
def model():
    return gamm.fit(MIXED, DATA)


def test_recovers_what_was_planted():
    data = crossed(seed=8, n=6000, sites=60, species=40)
    model = gamm.fit(MIXED, data)
    assert model.converged
    linear = model.linear_terms()
    for name, truth in (("managedyes", 0.5), ("z", 0.3)):
        assert abs(linear.loc[name, "estimate"] - truth) < 4 * linear.loc[name, "standard_error"]
    parts = model.variance_components()
    site = parts[parts["group"] == "site"]
    assert site["standard_deviation"].iloc[0] == pytest.approx(0.6, rel=0.25)
    assert site["standard_deviation"].iloc[1] == pytest.approx(0.5, rel=0.25)
    assert site["correlation"].iloc[2] == pytest.approx(-0.5, abs=0.3)
    assert np.sqrt(model.scale) == pytest.approx(0.4, rel=0.03)
    curve = model.partial_effect("s(x)", data)
    # the slopes of sites do not average to zero, and the smooth takes their mean
    detrended = np.polyfit(data["x"], curve["fit"] - np.sin(2 * np.pi * data["x"]), 1)
    left = curve["fit"] - np.sin(2 * np.pi * data["x"]) - np.polyval(detrended, data["x"])
    assert np.abs(left).max() < 0.1


def test_answers_fit_together(model):
    assert model.fitted == pytest.approx(model.predict()["fit"])
    assert model.fitted == pytest.approx(model.predict(DATA)["fit"])
    average = model.predict(DATA.drop(columns=["site", "species"]), random_effects=False)
    assert average["fit"].to_numpy() == pytest.approx(model.fitted_without_random_effects)
    effects = model.random_effects()
    site = effects["re(1+x,by=site)"].loc[DATA["site"]]
    rebuilt = average["fit"].to_numpy() + site["1"].to_numpy() + site["x"].to_numpy() * DATA["x"].to_numpy()
    rebuilt += effects["re(species)"].loc[DATA["species"], "1"].to_numpy()
    assert rebuilt == pytest.approx(model.fitted)
    assert model.edf_total == pytest.approx(3 + model.edf.sum())
    assert len(model.coefficients) == len(model.covariance())
    assert model.deviance == pytest.approx(((DATA["y"] - model.fitted) ** 2).sum())
    assert model.adjusted_r_squared() > model.adjusted_r_squared(random_effects=False)
    assert model.edf_total < model.edf_corrected < model.edf_total + 5
    summary = model.summary()
    assert list(summary.index) == ["s(x)", "re(1+x,by=site)", "re(species)"]
    assert summary["p"].between(0, 1e-4).all()
    assert "REML" in repr(model)


def test_covariances(model):
    bayesian, frequentist = model.covariance(), model.covariance("frequentist")
    difference = np.linalg.eigvalsh(bayesian.to_numpy() - frequentist.to_numpy())
    assert difference.min() > -1e-10  # penalties bias, and a posterior covariance holds the bias
    error = np.sqrt(np.diag(bayesian))[:3]
    assert model.linear_terms()["standard_error"].to_numpy() == pytest.approx(error)
    with pytest.raises(ValueError, match="'bayesian' or 'frequentist'"):
        model.covariance("other")


def test_likelihoods_of_two_kinds(model):
    value, degrees = model.log_likelihood("marginal")
    assert (
        degrees == 3 + 1 + 1 + 3 + 1 + 1
    )  # linear terms, line within s(x), its variance, covariances, species, residual
    assert model.aic("marginal") == pytest.approx(2 * degrees - 2 * value)
    assert model.bic() > model.aic()
    with pytest.raises(ValueError, match="GCV has no marginal"):
        gamm.fit("y ~ s(x)", DATA, "GCV").aic("marginal")
    with pytest.raises(ValueError, match="'conditional' or 'marginal'"):
        model.aic("other")


def test_random_effects_of_mgcv_s_spelling_are_the_same():
    data = DATA.assign(species=DATA["species"].astype(str))
    one = gamm.fit("y ~ s(x) + re(species) + re(x, by=site)", data)
    other = gamm.fit("y ~ s(x) + s(species, bs='re') + s(x, site, bs='re')", data)
    assert one.criterion == other.criterion
    assert list(other.edf.index) == ["s(x)", "s(species)", "s(x,site)"]


def test_a_linear_model_is_ordinary_least_squares():
    model = gamm.fit("y ~ x * managed + z", DATA)
    columns = np.column_stack(
        [np.ones(len(DATA)), DATA["x"], DATA["managed"] == "yes", DATA["x"] * (DATA["managed"] == "yes"), DATA["z"]]
    ).astype(float)
    beta = np.linalg.lstsq(columns, DATA["y"], rcond=None)[0]
    assert np.sort(model.coefficients.to_numpy()) == pytest.approx(np.sort(beta), rel=1e-10)
    assert model.edf_total == 5
    assert model.summary().empty
    assert model.smoothing_parameters.empty


def test_smoothing_parameters_compare_with_r():
    ours = gamm.fit("eta ~ s(year) + re(1 + yc, by=site) + re(1 + yc, by=species)", golden.frame("eta_grassland"))
    theirs = golden.results("01_gamm")["grassland"]["mgcv_re"]
    assert ours.smoothing_parameters.to_numpy() == pytest.approx(np.array(theirs["sp"]), rel=1e-5)
    assert ours.edf["s(year)"] == pytest.approx(theirs["edf_year"], rel=1e-5)


def test_tests_of_smooths_agree_with_r():
    theirs = golden.results("13_gam_more")
    data = golden.frame("gam_factors")
    for name, formula in (
        ("by_number", "y ~ s(x) + s(x, by=z)"),
        ("te_mixed", "y ~ te(day, x, bs=c('cc', 'tp'), k=c(7, 5))"),
        ("no_intercept", "y ~ f + s(x) - 1"),
    ):
        model = gamm.fit(formula, data, knots={"day": (0, 365)} if "day" in formula else None)
        summary = model.summary()
        assert summary["f"].to_numpy() == pytest.approx(np.ravel(theirs[name]["F"]), rel=1e-6)
        assert summary["reference_df"].to_numpy() == pytest.approx(np.ravel(theirs[name]["ref_df"]), rel=1e-6)
    # random effects and fully penalised smooths: R's statistic differs, its P is near
    cyclic = gamm.fit("y ~ s(x) + s(day, bs='cc')", data, knots={"day": (0, 365)}).summary()["p"].iloc[1]
    assert np.log10(cyclic) == pytest.approx(np.log10(theirs["cyclic"]["P"][1]), abs=0.3)
    slopes = gamm.fit("y ~ f + s(x) + re(g) + re(x, by=g)", data, "ML").summary()["p"].iloc[2]
    assert slopes == pytest.approx(theirs["ml_random"]["P"][2], rel=0.1)


@settings(max_examples=12, deadline=None)
@given(shift=st.floats(-1e3, 1e3), scale=st.floats(1e-3, 1e3), seed=st.integers(0, 99))
def test_units_and_order_of_rows_do_not_matter(shift, scale, seed):
    model = gamm.fit(MIXED, DATA)
    moved = DATA.assign(y=shift + scale * DATA["y"]).sample(frac=1, random_state=seed)
    other = gamm.fit(MIXED, moved)
    assert other.edf_total == pytest.approx(model.edf_total, rel=1e-5)
    back = pd.Series(other.fitted, index=moved.index).loc[DATA.index]
    assert ((back - shift) / scale).to_numpy() == pytest.approx(model.fitted, abs=1e-5)
    assert other.summary()["p"].to_numpy() == pytest.approx(model.summary()["p"].to_numpy(), rel=1e-3)


def test_duplicated_rows_keep_least_squares_and_sharpen_it():
    one, two = gamm.fit("y ~ x + z", DATA), gamm.fit("y ~ x + z", pd.concat([DATA, DATA], ignore_index=True))
    assert two.coefficients.to_numpy() == pytest.approx(one.coefficients.to_numpy())
    assert (two.linear_terms()["standard_error"] < one.linear_terms()["standard_error"]).all()


def test_units_of_a_covariate_do_not_matter():
    one = gamm.fit("y ~ te(x, z)", DATA)
    other = gamm.fit("y ~ te(x, z)", DATA.assign(x=1e3 * DATA["x"] - 7, z=DATA["z"] / 50))
    assert other.fitted == pytest.approx(one.fitted, abs=1e-5)


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y ~ x + s(x)", "cannot be told apart"),
        ("y ~ s(z) + te(x, z)", "cannot be told apart"),
        ("y ~ managed + s(x, by=managed) + s(x)", "cannot be told apart"),
    ],
)
def test_refuses_terms_that_overlap(formula, message):
    with pytest.raises(ValueError, match=message):
        gamm.fit(formula, DATA)


def test_refuses_other_bad_input(model):
    with pytest.raises(ValueError, match="method must be one of"):
        gamm.fit("y ~ x", DATA, "AIC")
    with pytest.raises(ValueError, match="'x' is missing"):
        gamm.fit("y ~ s(x)", DATA.assign(x=np.where(np.arange(len(DATA)) == 3, np.nan, DATA["x"])))
    with pytest.raises(ValueError, match="levels the fit has not seen: maybe"):
        model.predict(DATA.assign(managed="maybe"))
    with pytest.raises(KeyError, match="no column 'site'"):
        model.predict(DATA.drop(columns="site"))
    with pytest.raises(ValueError, match="between 0 and 1"):
        model.predict(confidence=95)
    for exact in (2 * DATA["x"] + 1, np.sin(DATA["z"])):
        with pytest.raises(ValueError, match="nothing is left"):
            gamm.fit("y ~ x + sin(z)", DATA.assign(y=exact))
    wiggly = DATA.assign(t=np.resize(np.arange(8.0), len(DATA)))
    wiggly["y"] = np.sin(wiggly["t"])
    with pytest.raises(ValueError, match="nothing is left"):
        gamm.fit("y ~ s(t, k=8)", wiggly)
    with pytest.raises(ValueError, match="coefficients without penalty for"):
        gamm.fit("y ~ x + z + managed", DATA.head(4))


def test_says_when_it_has_not_converged(monkeypatch):
    from coldcarbon.stats.gamm import newton

    monkeypatch.setattr(newton, "MOST_ITERATIONS", 2)
    with pytest.warns(gamm.ConvergenceWarning, match="the gradient is"):
        model = gamm.fit(MIXED, DATA)
    assert not model.converged
    assert "NOT CONVERGED" in repr(model)


def test_a_converged_fit_is_silent():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        gamm.fit(MIXED, DATA)
