from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from golden import frame
from lavaan_answers import amos_baseline, differences, results
from scipy.stats import ncx2

from coldcarbon.stats.path_models import AMOS, LAVAAN, fit
from coldcarbon.stats.path_models.indices import rmsea_limits
from coldcarbon.stats.path_models.notices import SingularInputWarning

MORE = [name for name in results("03_sem_more") if name not in ("R", "pd_equal")]
SMALL = results("03_sem_more")["small"]["model"]


@pytest.mark.parametrize("case", MORE)
@pytest.mark.parametrize("setting", ["default", "amos_like"])
def test_measures_of_fit_are_lavaans(case, setting):
    found = differences("03_sem_more", case, setting)
    assert found["indices"] < 2e-6
    assert found["RMSEA limits"] < 1e-5


@pytest.mark.parametrize("case", MORE)
def test_amos_compares_with_no_covariance_at_all(case):
    assert amos_baseline("03_sem_more", case) < 2e-6


def test_rmsea_limits_are_quantiles_of_noncentrality():
    low, high = rmsea_limits(20.0, 8, 100.0)
    np.testing.assert_allclose(ncx2.cdf(20.0, 8, low**2 * 800), 0.95, rtol=1e-9)
    np.testing.assert_allclose(ncx2.cdf(20.0, 8, high**2 * 800), 0.05, rtol=1e-8)
    assert rmsea_limits(3.0, 8, 100.0)[0] == 0.0
    assert rmsea_limits(0.1, 8, 100.0) == (0.0, 0.0)
    assert rmsea_limits(0.0, 0, 100.0) == (0.0, 0.0)


def test_amos_criteria_are_of_chi_square():
    found = fit(SMALL, frame("path_small"), convention="amos").indices
    assert found.aic == pytest.approx(found.chi_square + 2 * found.n_free, rel=1e-12)
    assert found.bic == pytest.approx(found.chi_square + found.n_free * np.log(30), rel=1e-12)
    assert found.chi_square_ratio == pytest.approx(found.chi_square / 5)


def test_conventions_differ_where_they_say_so():
    data = frame("path_small")
    lavaan, amos = fit(SMALL, data).indices, fit(SMALL, data, convention="amos").indices
    assert amos.chi_square == pytest.approx(lavaan.chi_square * 29 / 30, rel=1e-10)
    assert amos.degrees_of_freedom == lavaan.degrees_of_freedom == 5
    assert amos.n_free - lavaan.n_free == 6
    assert amos.baseline_degrees_of_freedom - lavaan.baseline_degrees_of_freedom == 3
    assert amos.srmr == pytest.approx(lavaan.srmr, rel=1e-10)
    biased = fit(SMALL, data, convention=replace(AMOS, divisor="n")).indices
    assert biased.rmr == pytest.approx(amos.rmr * 29 / 30, rel=1e-9)
    assert biased.chi_square == pytest.approx(amos.chi_square, rel=1e-10)


def test_amos_gives_no_gfi_with_means():
    data = frame("path_small")
    assert np.isnan(fit(SMALL, data, convention="amos", mean_structure=True).indices.gfi)
    assert np.isfinite(fit(SMALL, data, convention=LAVAAN, mean_structure=True).indices.gfi)


def test_saturated_model():
    found = fit("growth ~ warmth\ndecay ~ growth + warmth", frame("path_small")).indices
    assert found.degrees_of_freedom == 0
    assert found.chi_square == pytest.approx(0, abs=1e-10)
    assert np.isnan(found.p_value)
    assert (found.cfi, found.tli, found.rmsea) == pytest.approx((1, 1, 0))
    assert len(found.to_frame()) == 27


@pytest.mark.filterwarnings("ignore:negative .residual. variance")
@pytest.mark.parametrize("model", ["f =~ a + b + c\nf ~ x", "a ~ x + w\nb ~ x\na ~~ b"])
def test_nearly_singular_input_has_no_chi_square_where_the_warning_says_so(model):
    generator = np.random.default_rng(3)
    x, *errors = generator.normal(size=(4, 200))
    data = pd.DataFrame({"x": x, "a": x + errors[0], "b": x + errors[1]})
    data["c"] = data["a"] - data["b"] + 1e-6 * errors[2]
    data["w"] = data["x"] + 3e-6 * errors[2]  # rounding leaves a determinant: a number could be computed
    with pytest.warns(SingularInputWarning, match="do not exist"):
        found = fit(model, data)
    assert found.converged
    numbers = found.indices
    assert np.isnan([numbers.chi_square, numbers.p_value, numbers.cfi, numbers.rmsea, numbers.gfi]).all()
