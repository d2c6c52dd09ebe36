import numpy as np
import pytest
from additive_data import crossed

from coldcarbon.stats.gamm.criterion import Factor, states
from coldcarbon.stats.gamm.design import Design
from coldcarbon.stats.gamm.newton import start_values
from coldcarbon.stats.gamm.posterior import Posterior
from coldcarbon.stats.gamm.system import System

FORMULA = "y ~ managed + s(x) + re(1 + x, by=site, correlated=True) + re(species)"
DATA = crossed()


def test_cross_products_are_those_of_the_written_out_columns():
    design = Design.of(FORMULA, DATA)
    system = System.of(design)
    assert system.order_aside == (0,)
    written = [design.dense]
    for random, codes, values in zip(design.randoms, design.codes, design.values, strict=True):
        written += [np.eye(len(random.levels))[codes] * column[:, None] for column in values.T]
    columns = np.hstack(written)
    posterior = Posterior(system, None, start_values(system))
    np.testing.assert_allclose(posterior.gram, columns.T @ columns, atol=1e-8)


def test_setting_a_group_aside_changes_nothing():
    design = Design.of(FORMULA, DATA)
    aside, plain = System.of(design), System.of(design, aside=False)
    at = start_values(plain)
    np.testing.assert_allclose(start_values(aside), at)
    one, other = Factor(aside, states(aside, at)), Factor(plain, states(plain, at))
    assert one.log_determinant == pytest.approx(other.log_determinant)
    np.testing.assert_allclose(one.inverse()[:11, :11], other.inverse()[:11, :11], atol=1e-10)


def test_a_calendar_year_is_not_taken_for_the_intercept():
    data = DATA.assign(year=2000 + np.arange(len(DATA)) % 20)
    System.of(Design.of("y ~ year + I(year^2)", data))


@pytest.mark.parametrize(
    ("formula", "rows", "message"),
    [
        ("y ~ z + twice", 300, "twice follows from the other linear terms"),
        ("y ~ z + x + managed", 4, "4 coefficients without penalty for 4 rows"),
    ],
)
def test_refuses_linear_terms_that_determine_each_other(formula, rows, message):
    data = DATA.assign(twice=2 * DATA["z"] + 1)[:rows]
    with pytest.raises(ValueError, match=message):
        System.of(Design.of(formula, data))
