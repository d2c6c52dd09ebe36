import numpy as np
import pytest
import statsmodels.api as sm

from coldcarbon.stats.stepwise import stepwise_selection


def design(seed: int, n: int = 60, p: int = 5) -> tuple[np.ndarray, np.random.Generator]:
    rng = np.random.default_rng(seed)
    return rng.normal(3, 2, (n, p)) + rng.normal(0, 2, (n, 1)), rng


def test_agrees_with_step_in_r():
    """R 4.2.2: step(lm(Employed ~ 1, longley), ~ . of the six other columns, direction = "both")."""
    table = sm.datasets.longley.load_pandas()
    x = table.exog / [1.0, 1000.0, 10.0, 10.0, 1000.0, 1.0]  # the units of R's copy of the data
    found = stepwise_selection(x, table.endog / 1000)
    assert [name for name, kept in zip(found.names, found.kept, strict=True) if kept] == [
        "GNP",
        "UNEMP",
        "ARMED",
        "YEAR",
    ]
    assert found.aic == pytest.approx(-36.7991552354, abs=1e-7)
    assert found.aic_null == pytest.approx(41.1650369569, abs=1e-7)
    expected = [-4.01904696683e-02, -2.08839073179e-02, -1.01463889602e-02, 1.88740951004]
    assert np.allclose(found.estimates[found.kept], expected, rtol=1e-8)


def test_final_model_is_that_of_least_squares():
    x, rng = design(1)
    y = 2 + 0.8 * x[:, 1] - 0.5 * x[:, 3] + rng.normal(0, 1, len(x))
    found = stepwise_selection(x, y)
    assert found.kept[[1, 3]].all()
    fit = sm.OLS(y, sm.add_constant(x[:, found.kept])).fit()
    assert np.allclose(found.estimates[found.kept], fit.params[1:])
    assert np.allclose(found.p_values[found.kept], fit.pvalues[1:])
    # statsmodels counts the constant of the likelihood and not the variance
    assert found.aic == pytest.approx(fit.aic - len(x) * (1 + np.log(2 * np.pi)))
    assert np.isnan(found.estimates[~found.kept]).all()
    assert found.summary().loc["x2", "kept"] == 1


def test_many_responses_are_as_one_at_a_time_and_units_do_not_matter():
    x, rng = design(2)
    y = rng.normal(0, 1, (len(x), 20)) + 0.2 * x[:, :1]
    found = stepwise_selection(x, y)
    moved = stepwise_selection(1000 * x + 5, y)
    assert (moved.kept == found.kept).all()
    for i in range(20):
        one = stepwise_selection(x, y[:, i])
        assert (one.kept == found.kept[:, i]).all()
        assert np.allclose(one.p_values, found.p_values[:, i], equal_nan=True)


def test_under_the_null_aic_keeps_each_of_many_independent_terms_in_a_sixth_of_cases():
    rng = np.random.default_rng(3)
    x, y = rng.normal(0, 1, (200, 4)), rng.normal(0, 1, (200, 3000))
    share = stepwise_selection(x, y).summary()["kept"]
    # the chance that chi-square with one degree of freedom exceeds two
    assert np.allclose(share, 0.157, atol=0.03)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((20, 2)), np.arange(20.0), "constant"),
        (np.arange(40.0).reshape(20, 2), np.arange(20.0), "multiples"),
        (np.eye(20)[:, :3], np.full(20, np.nan), "missing"),
        (np.eye(5)[:, :3], np.arange(5.0), "rows"),
        (np.eye(20)[:, :13], np.arange(20.0), "at most"),
        (np.eye(20)[:, :3], np.arange(19.0), "one row"),
    ],
)
def test_bad_input_is_refused(x, y, message):
    with pytest.raises(ValueError, match=message):
        stepwise_selection(x, y)


def test_a_response_without_error_is_refused():
    x, _ = design(4)
    with pytest.raises(ValueError, match="without error"):
        stepwise_selection(x, x[:, 0])
