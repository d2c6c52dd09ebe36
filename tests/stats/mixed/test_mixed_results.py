"""What hangs on a fit: tests of terms, intervals, R2, random effects, predictions, pictures."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from golden import frame, results

from coldcarbon.stats import mixed

mpl.use("agg")

SLEEP = mixed.fit("Reaction ~ Days + (Days | Subject)", frame("sleepstudy"))
CAKE = mixed.fit("angle ~ recipe * bake + (1 | recipe:replicate)", frame("cake"))


def test_type_three_does_not_depend_on_the_reference_level():
    data = frame("cake")
    data["recipe"] = pd.Categorical(data["recipe"], categories=["C", "A", "B"])
    other = mixed.fit("angle ~ recipe * bake + (1 | recipe:replicate)", data)
    np.testing.assert_allclose(CAKE.anova(), other.anova(), rtol=1e-6)
    summed = mixed.fit("angle ~ C(recipe, contr.sum) * C(bake, contr.sum) + (1 | recipe:replicate)", frame("cake"))
    np.testing.assert_allclose(CAKE.anova(), summed.anova(), rtol=1e-6)


def test_one_contrast_has_the_square_of_t_as_f():
    weights = np.zeros(SLEEP.model.p)
    weights[1] = 1.0
    single = SLEEP.f_test(weights)
    row = SLEEP.summary().loc["Days"]
    assert single.statistic == pytest.approx(row["t"] ** 2)
    assert single.df_denominator == pytest.approx(row["df"])
    assert single.p == pytest.approx(row["p"], rel=1e-6)
    shifted = SLEEP.contrast(weights, against=row["estimate"])
    assert shifted["t"].iloc[0] == pytest.approx(0.0, abs=1e-9)
    with pytest.raises(ValueError, match="need 2 weights"):
        SLEEP.contrast([1.0, 2.0, 3.0])


def test_intervals_of_fixed_effects_are_those_of_t():
    from scipy import stats

    table = SLEEP.summary(level=0.9)
    reach = stats.t.ppf(0.95, table["df"]) * table["standard_error"]
    np.testing.assert_allclose(table["high"] - table["estimate"], reach, rtol=1e-9)
    np.testing.assert_allclose(table["p"], 2 * stats.t.sf(np.abs(table["t"]), table["df"]), rtol=1e-8)


def test_profile_limits_lie_where_the_deviance_has_risen_by_the_quantile():
    theirs = results("14_lmm_more")["sleep_ml"]["profile"]
    table = SLEEP.refit("ML").variance_intervals(method="profile")
    expected = dict(zip(theirs["name"], zip(theirs["low"], theirs["high"], strict=True), strict=True))
    names = ["sd_(Intercept)|Subject", "sd_Days|Subject", "cor_Days.(Intercept)|Subject", "sigma"]
    for (_, row), name in zip(table.iterrows(), names, strict=True):
        np.testing.assert_allclose([row["low"], row["high"]], expected[name], rtol=2e-4)


def test_delta_and_profile_intervals_agree_where_groups_are_many():
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(300), 6)
    x = rng.normal(size=1800)
    y = x + rng.normal(size=300)[group] + 0.5 * rng.normal(size=300)[group] * x + rng.normal(size=1800)
    fit = mixed.fit("y ~ x + (x | g)", pd.DataFrame({"y": y, "x": x, "g": group}))
    delta, profile = fit.variance_intervals(), fit.variance_intervals(method="profile")
    np.testing.assert_allclose(delta[["low", "high"]], profile[["low", "high"]], atol=0.01)
    with pytest.raises(ValueError, match="neither 'delta' nor 'profile'"):
        fit.variance_intervals(method="bootstrap")


def test_shares_of_variance_follow_from_their_definition():
    z = np.column_stack([np.ones(180), frame("sleepstudy")["Days"]])
    d = SLEEP.covariance_of("Subject").to_numpy()
    random = np.mean([row @ d @ row for row in z])
    fixed = np.var(z @ SLEEP.coefficients.to_numpy(), ddof=1)
    total = fixed + random + SLEEP.sigma**2
    assert SLEEP.explained.marginal == pytest.approx(fixed / total)
    assert SLEEP.explained.conditional == pytest.approx((fixed + random) / total)
    assert SLEEP.explained.intraclass_correlation_unadjusted == pytest.approx(random / total)


def test_random_effects_shrink_the_means_of_groups():
    data = frame("sleepstudy")
    fit = mixed.fit("Reaction ~ 1 + (1 | Subject)", data)
    variance = fit.covariance_of("Subject").iloc[0, 0]
    shrinkage = variance / (variance + fit.sigma**2 / 10)
    means = data.groupby("Subject")["Reaction"].mean() - fit.coefficients["Intercept"]
    effects = fit.random_effects("Subject", standard_deviations=True)
    np.testing.assert_allclose(effects["Intercept"], shrinkage * means, rtol=1e-8)
    np.testing.assert_allclose(effects["Intercept (sd)"], np.sqrt(variance * (1 - shrinkage)), rtol=1e-8)
    with pytest.raises(KeyError, match="no group 'Person'"):
        fit.random_effects("Person")


def test_predictions_with_and_without_random_effects():
    data = frame("sleepstudy")
    np.testing.assert_allclose(SLEEP.predict(data.iloc[[5, 70]]), SLEEP.fitted.iloc[[5, 70]], rtol=1e-10)
    population = SLEEP.predict(random_effects=False)
    np.testing.assert_allclose(population, SLEEP.coefficients["Intercept"] + SLEEP.coefficients["Days"] * data["Days"])
    assert SLEEP.residuals.std() < (data["Reaction"] - population).std()
    np.testing.assert_allclose(SLEEP.residuals + SLEEP.fitted, data["Reaction"])
    new = pd.DataFrame({"Days": [0.0, 3.0], "Subject": [308, 999]})
    with pytest.raises(ValueError, match="999"):
        SLEEP.predict(new)
    values = SLEEP.predict(new, new_levels="population")
    assert values.iloc[1] == pytest.approx(SLEEP.predict(new, random_effects=False).iloc[1])
    assert values.iloc[0] != pytest.approx(SLEEP.predict(new, random_effects=False).iloc[0])
    with pytest.raises(ValueError, match="neither 'error' nor 'population'"):
        SLEEP.predict(new, new_levels="skip")
    with pytest.raises(KeyError, match="no group 'Person'"):
        SLEEP.predict(new, random_effects=["Person"])
    table = SLEEP.predict_population(new)
    assert table["standard_error"].iloc[0] == pytest.approx(SLEEP.summary()["standard_error"]["Intercept"])
    assert (table["low"] < table["estimate"]).all()


def test_predictions_of_nested_and_crossed_effects_by_group():
    data = frame("pastes")
    fit = mixed.fit("strength ~ 1 + (1 | batch/cask)", data)
    np.testing.assert_allclose(fit.predict(data), fit.fitted, rtol=1e-10)
    batch, cask = fit.predict(random_effects=["batch"]), fit.predict(random_effects=["cask:batch"])
    np.testing.assert_allclose(batch + cask - fit.coefficients["Intercept"], fit.fitted, rtol=1e-10)


def test_information_in_both_conventions():
    table = SLEEP.information()
    theirs = results("14_lmm_more")["sleep_rs"]
    assert table.loc["REML", "aic"] == pytest.approx(theirs["AIC"])
    assert table.loc["ML", "bic"] == pytest.approx(theirs["ML"]["BIC"])
    assert table.loc["ML at the REML estimates", "log_likelihood"] == pytest.approx(theirs["ML"]["logLik_at_REML"])
    assert SLEEP.refit("REML") is SLEEP


def test_random_terms_of_factors_are_reduced_to_intercepts():
    fit = mixed.fit("score ~ machine + (0 + machine | worker)", frame("machines"))
    table = fit.random_terms_test()
    assert table["df"].tolist() == [5]
    assert table["statistic"].iloc[0] == pytest.approx(78.567, abs=1e-3)
    assert table["p_boundary"].iloc[0] < table["p"].iloc[0]
    three = fit.covariance_of("worker")
    assert list(three.index) == ["machine[A]", "machine[B]", "machine[C]"]
    profile = fit.variance_intervals(method="profile")
    assert profile.query("with_column != ''")["low"].isna().all()


def test_covariance_is_that_of_the_coefficients():
    np.testing.assert_allclose(np.sqrt(np.diag(SLEEP.covariance)), SLEEP.summary()["standard_error"], rtol=1e-12)
    assert list(SLEEP.covariance.columns) == ["Intercept", "Days"]


@pytest.mark.parametrize("kind", ["caterpillar", "residuals", "quantiles"])
def test_pictures_show_what_they_name(kind):
    ax = SLEEP.plot(kind)
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    if kind == "caterpillar":
        places = np.asarray(ax.containers[0].lines[0].get_xdata(), dtype=float)
        np.testing.assert_allclose(places, np.sort(SLEEP.random_effects("Subject")["Intercept"]))
    else:
        assert len(ax.collections[0].get_offsets()) == 180
    mpl.pyplot.close(ax.figure)


def test_pictures_of_what_is_not_there_are_refused():
    with pytest.raises(ValueError, match="none of"):
        SLEEP.plot("violin")
    with pytest.raises(KeyError, match="no random column 'Weeks'"):
        SLEEP.plot(column="Weeks")
