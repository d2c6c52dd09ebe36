import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden import frame, results
from hypothesis import given, settings
from hypothesis import strategies as st
from lavaan_answers import LAVAAN, differences, key, numbers, of_table, our_fit

from coldcarbon.stats.path_models import AMOS, IdentificationError, PathModelWarning, fit, notices
from coldcarbon.stats.uncertainty import coverage_summary

SMALL = frame("path_small")
PATHS = "balance ~ decay + growth\ngrowth ~ warmth + light\ndecay ~ warmth + water + growth"
POLISHED = [n for n in results("03_sem_more") if n not in ("R", "pd_equal", "small_linear", "small_fixed")]


@pytest.mark.parametrize("case", POLISHED)
@pytest.mark.parametrize("setting", ["default", "amos_like"])
def test_estimates_are_lavaans_where_it_was_polished(case, setting):
    found = differences("03_sem_more", case, setting)
    exact = {name: found[name] for name in ("estimates", "standard errors", "z", "P", "standardized", "R2")}
    assert max(exact.values()) < 1e-8, exact
    assert found["standardized errors"] < 1e-6  # numerical derivatives there


@pytest.mark.parametrize("case", ["pd_equal", "small_linear", "small_fixed"])
@pytest.mark.parametrize("setting", ["default", "amos_like"])
def test_constraints_agree_to_lavaans_stopping(case, setting):
    found = differences("03_sem_more", case, setting)
    assert max(found["estimates"], found["standard errors"], found["standardized"]) < 1e-4


@pytest.mark.parametrize("case", POLISHED)
def test_observed_information(case):
    ours, theirs = our_fit("03_sem_more", case, "default", "observed"), results("03_sem_more")[case]["observed_se"]
    place = {key(*n): r for r, n in enumerate(zip(theirs["lhs"], theirs["op"], theirs["rhs"], strict=True))}
    table = ours.estimates[ours.estimates["kind"] != "defined"]
    rows = [place[key(*n)] for n in zip(table["left"], table["operator"], table["right"], strict=True)]
    np.testing.assert_allclose(table["standard_error"], numbers(theirs["se"])[rows], rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("setting", ["from_covariance", "from_covariance_wishart"])
def test_a_covariance_matrix_serves_as_well(setting):
    record = results("03_sem_more")["small"]
    rule = LAVAAN if setting == "from_covariance" else replace(AMOS, baseline="exogenous covary", criteria="likelihood")
    done = fit(record["model"], covariance=SMALL.cov(), n=30, convention=rule)
    found = of_table(done.estimates, record[setting]["est"], {"estimate": "est", "standard_error": "se"})
    assert max(found.values()) < 1e-8
    rows = fit(record["model"], SMALL, convention=rule)
    np.testing.assert_allclose(done.estimates["estimate"], rows.estimates["estimate"], rtol=1e-10)
    assert done.chi_square == pytest.approx(rows.chi_square, rel=1e-9)


def test_means_with_a_covariance_matrix():
    text = "growth ~ 1 + warmth\ndecay ~ growth"
    done = fit(text, covariance=SMALL.cov(), n=30, means=SMALL.mean())
    np.testing.assert_allclose(done.estimates["estimate"], fit(text, SMALL).estimates["estimate"], rtol=1e-9)
    with pytest.raises(ValueError, match="give the means"):
        fit(text, covariance=SMALL.cov(), n=30)


# properties


@given(
    st.lists(st.floats(1e-4, 1e4), min_size=6, max_size=6),
    st.lists(st.floats(-100, 100), min_size=6, max_size=6),
    st.sampled_from(["default", "latent", "loop"]),
)
@settings(max_examples=25, deadline=None)
def test_standardized_results_know_no_units(scales, shifts, which):
    text = {
        "default": PATHS,
        "latent": "vigour =~ growth + decay + light\nvigour ~ warmth\nbalance ~ vigour + water",
        "loop": "growth ~ decay + warmth + light\ndecay ~ growth + water\nbalance ~ growth",
    }[which]
    columns = ["warmth", "light", "water", "growth", "decay", "balance"]
    other = SMALL[columns] * scales + shifts
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PathModelWarning)
        first, second = fit(text, SMALL), fit(text, other)
    assert second.converged
    columns = ["estimate", "standard_error"]
    np.testing.assert_allclose(first.standardized[columns], second.standardized[columns], rtol=1e-6, atol=1e-7)
    assert second.chi_square == pytest.approx(first.chi_square, rel=1e-6, abs=1e-7)
    assert second.indices.srmr == pytest.approx(first.indices.srmr, rel=1e-6, abs=1e-8)


@given(st.permutations(range(30)))
@settings(max_examples=10, deadline=None)
def test_order_of_rows_is_nothing(order):
    first, second = fit(PATHS, SMALL), fit(PATHS, SMALL.iloc[order])
    np.testing.assert_allclose(first.estimates["estimate"], second.estimates["estimate"], rtol=1e-9, atol=1e-12)


def test_doubled_rows_double_chi_square_and_keep_estimates():
    first, second = fit(PATHS, SMALL), fit(PATHS, pd.concat([SMALL, SMALL]))
    np.testing.assert_allclose(first.estimates["estimate"], second.estimates["estimate"], rtol=1e-9)
    free = first.estimates["kind"] == "free"
    ratio = first.estimates["standard_error"] / second.estimates["standard_error"]
    np.testing.assert_allclose(ratio[free], np.sqrt(2))
    assert second.chi_square == pytest.approx(2 * first.chi_square, rel=1e-9)


def test_order_of_statements_is_nothing():
    first, second = fit(PATHS, SMALL), fit("\n".join(reversed(PATHS.splitlines())), SMALL)
    assert second.chi_square == pytest.approx(first.chi_square, rel=1e-10)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("growth ~ warmth\ndecay ~ growth", "growth ~ decay\nwarmth ~ growth"),
        ("growth ~ warmth\ndecay ~ growth", "warmth ~ growth\ndecay ~ growth\nwarmth ~~ 0*decay"),
    ],
)
def test_reversed_models_fit_alike(one, other):
    """Models of one equivalence class imply the same moments (Verma and Pearl 1990): data cannot choose."""
    rule = replace(LAVAAN, fixed_exogenous=False)
    first, second = fit(one, SMALL, convention=rule), fit(other, SMALL, convention=rule)
    assert second.chi_square == pytest.approx(first.chi_square, rel=1e-9)
    names = ["growth", "warmth", "decay"]
    np.testing.assert_allclose(
        first.implied_covariance().loc[names, names], second.implied_covariance().loc[names, names], rtol=1e-9
    )


def test_equations_are_least_squares():
    done = fit(PATHS, SMALL).estimates.set_index(["left", "right"])["estimate"]
    design = np.column_stack([np.ones(30), SMALL[["warmth", "water", "growth"]]])
    slopes, rest, *_ = np.linalg.lstsq(design, SMALL["decay"].to_numpy(), rcond=None)
    np.testing.assert_allclose([done["decay", n] for n in ("warmth", "water", "growth")], slopes[1:], rtol=1e-10)
    assert done["decay", "decay"] == pytest.approx(rest[0] / 30)


# planted truth


def planted(rng, n):
    x = rng.normal(size=(n, 2)) @ np.array([[1, 0.4], [0, 0.9]])
    b = np.array([[0, 0.3, 0], [-0.4, 0, 0], [0.5, 0.2, 0]])
    u = rng.normal(size=(n, 3)) * (0.7, 0.8, 0.6)
    u[:, 0] += 0.6 * x[:, 0]
    u[:, 1] += 0.5 * x[:, 1]
    y = u @ np.linalg.inv(np.eye(3) - b).T
    return pd.DataFrame(np.column_stack([x, y]), columns=["x1", "x2", "y1", "y2", "y3"])


def test_recovers_a_planted_loop():
    rng = np.random.default_rng(11)
    text = "y1 ~ y2 + x1\ny2 ~ y1 + x2\ny3 ~ y1 + y2"
    truth = np.array([0.3, 0.6, -0.4, 0.5, 0.5, 0.2])
    total = 0.6 / (1 + 0.12)
    rows = []
    for _ in range(200):
        done = fit(text, planted(rng, 120))
        effects = done.effects(standardized=False).set_index(["source", "target", "effect"])
        reached = effects.loc[("x1", "y1", "total")]
        table = done.estimates.iloc[:6]
        rows.append([np.append(table[c], reached[c]) for c in ("estimate", "low", "high")])
    estimate, low, high = np.array(rows).transpose(1, 0, 2)
    found = coverage_summary(estimate, low, high, np.append(truth, total))
    assert found["coverage"].between(0.90, 0.99).all()
    assert (found["bias_in_standard_errors"].abs() < 0.3).all()


def test_recovers_planted_factors_and_their_regression():
    rng, rows, tests = np.random.default_rng(12), [], []
    text = "f =~ a + b + c\ng =~ d + e + h\ng ~ f"
    for _ in range(200):
        f = rng.normal(size=200)
        g = 0.6 * f + rng.normal(size=200) * 0.8
        noise = rng.normal(size=(200, 6)) * 0.6
        columns = np.column_stack([f, 0.8 * f, 1.2 * f, g, 0.9 * g, 0.7 * g]) + noise
        done = fit(text, pd.DataFrame(columns, columns=list("abcdeh")))
        rows.append(done.estimates.loc[[1, 2, 6], ["estimate", "low", "high"]].to_numpy().T)
        tests.append(done.p_value)
    estimate, low, high = np.array(rows).transpose(1, 0, 2)
    found = coverage_summary(estimate, low, high, np.array([0.8, 1.2, 0.6]))
    assert found["coverage"].between(0.90, 0.99).all()
    assert 0.01 < np.mean(np.array(tests) < 0.05) < 0.10  # chi-square keeps its level


# warnings and refusals


def test_a_sum_among_variables_is_told_and_still_fitted():
    data = SMALL.assign(net=SMALL["decay"] - SMALL["growth"])
    text = "net ~ decay + growth\ngrowth ~ warmth + light\ndecay ~ warmth + water + growth"
    with pytest.warns(notices.SingularInputWarning, match="net"):
        done = fit(text, data)
    table = done.estimates.set_index(["left", "right"])
    assert table.loc[("net", "decay"), "estimate"] == pytest.approx(1)
    assert table.loc[("net", "growth"), "estimate"] == pytest.approx(-1)
    assert table.loc[("net", "net"), "estimate"] == 0.0
    assert done.r_squared()["net"] == pytest.approx(1)
    assert np.isnan([done.chi_square, done.indices.cfi, done.indices.rmsea]).all()
    regular = fit("\n".join(text.splitlines()[1:]) + "\ngrowth ~~ 0*decay", SMALL).estimates
    other = regular.set_index(["left", "right"])
    for pair in [("growth", "light"), ("decay", "growth"), ("decay", "decay")]:
        np.testing.assert_allclose(
            table.loc[pair, ["estimate", "standard_error"]].astype(float),
            other.loc[pair, ["estimate", "standard_error"]].astype(float),
            rtol=1e-9,
        )
    assert done.warnings


def test_predictors_that_determine_each_other_are_refused():
    data = SMALL.assign(both=SMALL["warmth"] + SMALL["light"])
    with (
        pytest.warns(notices.SingularInputWarning, match="both"),
        pytest.raises(ValueError, match=r"growth ~ .*determine each other"),
    ):
        fit("growth ~ warmth + light + both", data)
    with (
        pytest.warns(notices.SingularInputWarning),
        pytest.raises(ValueError, match=r"singular input|positive definite"),
    ):
        fit("f =~ growth + decay + balance\nbalance ~ warmth + light + both", data)


def test_few_rows():
    with pytest.warns(notices.FewRowsWarning, match=r"8 rows for 10 free parameters of a model of .*growth.*:"):
        fit(PATHS, SMALL.iloc[:8])
    with pytest.warns(PathModelWarning) as told:
        done = fit(PATHS, SMALL.iloc[:5])
    assert {w.category for w in told} == {notices.FewRowsWarning, notices.SingularInputWarning}
    assert len(done.warnings) == 2


def test_heywood_case_is_told():
    s = pd.DataFrame([[1, 0.8, 0.7], [0.8, 1, 0.3], [0.7, 0.3, 1]], list("abc"), list("abc"))
    with pytest.warns(notices.HeywoodWarning, match="variance of a"):
        done = fit("f =~ a + b + c", covariance=s, n=100)
    assert done.converged
    assert done.chi_square == pytest.approx(0, abs=1e-8)
    with pytest.warns(notices.HeywoodWarning, match="beyond one: f ~~ g"):
        fit(
            "f =~ a + b\ng =~ c + d",
            covariance=pd.DataFrame(
                [[1, 0.4, 0.6, 0.5], [0.4, 1, 0.5, 0.5], [0.6, 0.5, 1, 0.4], [0.5, 0.5, 0.4, 1]],
                list("abcd"),
                list("abcd"),
            ),
            n=100,
        )


def test_no_convergence_is_told_and_errors_are_withheld():
    with pytest.warns(notices.ConvergenceWarning, match=r"no minimum .*(=~|~~) (growth|decay|stock|balance|f)"):
        done = fit("f =~ growth + decay + stock + balance", SMALL, max_iterations=1)
    assert not done.converged
    assert done.estimates["standard_error"][done.estimates["kind"] == "free"].isna().all()


def test_exogenous_variables_in_covariances_are_told():
    with pytest.warns(notices.RandomExogenousWarning, match="warmth, light"):
        fit("growth ~ warmth + light + water\nwarmth ~~ light", SMALL)


def test_a_circle_fits_twice_and_the_one_that_settles_is_given():
    rng = np.random.default_rng(5)
    b = np.zeros((4, 4))
    b[1, 0], b[2, 1], b[3, 2], b[0, 3] = 0.7, 0.6, 0.8, 0.5
    y = rng.normal(size=(4000, 4)) @ np.linalg.inv(np.eye(4) - b).T
    with pytest.warns(notices.LoopWarning, match="fit equally well"):
        done = fit("b ~ a\nc ~ b\nd ~ c\na ~ d", pd.DataFrame(y, columns=list("abcd")))
    assert done.degrees_of_freedom == 2
    assert done.spectral_radius < 1
    np.testing.assert_allclose(done.estimates["estimate"][:4], [0.7, 0.6, 0.8, 0.5], atol=0.08)
    assert any(abs(gap) < 1e-6 and radius > 1 for gap, radius in done.alternatives)


def test_a_loop_that_does_not_settle_is_told():
    rng = np.random.default_rng(6)
    x, b = rng.normal(size=(500, 2)), np.array([[0, 1.5], [-1.2, 0]])
    y = (x + 0.3 * rng.normal(size=(500, 2))) @ np.linalg.inv(np.eye(2) - b).T
    data = pd.DataFrame(np.column_stack([x, y]), columns=["x1", "x2", "y1", "y2"])
    with pytest.warns(notices.LoopWarning, match="does not settle"):
        done = fit("y1 ~ y2 + x1\ny2 ~ y1 + x2", data)
    np.testing.assert_allclose(done.estimates["estimate"][[0, 2]], [1.5, -1.2], atol=0.1)


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"model": "f =~ growth + decay", "data": SMALL}, IdentificationError, "not identified"),
        ({"model": "y ~ growth", "data": SMALL}, KeyError, "'y'"),
        ({"model": "growth ~ warmth"}, ValueError, "either data"),
        ({"model": "growth ~ warmth", "data": SMALL.to_numpy()}, TypeError, "DataFrame"),
        ({"model": "growth ~ warmth", "data": SMALL.iloc[:0]}, ValueError, "0 row"),
        ({"model": "growth ~ warmth", "data": SMALL, "covariance": SMALL.cov()}, ValueError, "either data"),
        ({"model": "growth ~ warmth", "data": SMALL, "n": 30}, ValueError, "belong to a covariance"),
        ({"model": "growth ~ warmth", "data": SMALL, "convention": "mplus"}, ValueError, "'mplus'"),
        ({"model": "growth ~ warmth", "data": SMALL, "information": "robust"}, ValueError, "'robust'"),
        ({"model": "growth =~ warmth + light + water", "data": SMALL}, ValueError, "'growth' is a column and a latent"),
        ({"model": "growth ~ warmth", "data": SMALL.mask(SMALL > 2)}, ValueError, "missing or infinite"),
    ],
)
def test_refuses(arguments, error, says):
    with pytest.raises(error, match=says):
        fit(**arguments)


def test_input_is_left_alone():
    before = SMALL.copy()
    fit(PATHS, SMALL).effects()
    pd.testing.assert_frame_equal(before, SMALL)
