import numpy as np
import pytest
from additive_data import crossed

from coldcarbon.stats import gamm

DATA = crossed()
FORMULAS = [
    "y ~ s(x) + re(species)",
    "y ~ managed + s(x) + re(1 + x, by=site, correlated=True) + re(1 + z, by=species)",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_inverse_and_coefficients_solve_the_written_out_equations(formula):
    from coldcarbon.stats.gamm.inference import full_penalties

    model = gamm.fit(formula, DATA)
    posterior = model.posterior
    hessian = posterior.gram + full_penalties(posterior)[0]
    np.testing.assert_allclose(hessian @ posterior.inverse, np.eye(posterior.size), atol=1e-8)
    design = model.design
    columns = [design.dense]
    for random, codes, values in zip(design.randoms, design.codes, design.values, strict=True):
        columns += [np.eye(len(random.levels))[codes] * column[:, None] for column in values.T]
    written = np.hstack(columns)
    np.testing.assert_allclose(hessian @ posterior.coefficients, written.T @ design.response, atol=1e-7)
    np.testing.assert_allclose(written @ posterior.coefficients, model.fitted, atol=1e-9)
    variance = np.einsum("ij,jk,ik->i", written, posterior.inverse, written)
    np.testing.assert_allclose(posterior.variance(design.dense, design.codes, design.values), variance, rtol=1e-8)
    influence = posterior.inverse @ posterior.gram
    assert model.edf_total == pytest.approx(np.trace(influence))


def test_slopes_are_derivatives_of_the_coefficients():
    from coldcarbon.stats.gamm.criterion import evaluate
    from coldcarbon.stats.gamm.posterior import Posterior

    model = gamm.fit(FORMULAS[1], DATA)
    system, at, step = model.system, model.optimum.parameters, 1e-4
    for i in range(len(at)):
        move = step * np.eye(len(at))[i]
        up, down = (Posterior(system, evaluate(system, p, "REML"), p).coefficients for p in (at + move, at - move))
        np.testing.assert_allclose(model.posterior.slopes[:, i], (up - down) / (2 * step), atol=1e-6)


def test_a_new_level_has_the_variance_between_levels():
    model = gamm.fit(FORMULAS[1], DATA)
    known = DATA.head(5)
    new = known.assign(site="unheard of", species=-1)
    average = model.predict(new, random_effects=False)
    predicted = model.predict(new)
    np.testing.assert_allclose(predicted["fit"], average["fit"])
    parts = model.variance_components().set_index(["term", "column", "with"])
    covariance = model.posterior.level_covariance[0] * model.scale
    rows = np.column_stack([np.ones(5), new["x"]])
    between = np.einsum("ia,ab,ib->i", rows, covariance, rows)
    species = parts["variance"]["re(1+z,by=species)"]
    between += species["1", ""] + species["z", ""] * new["z"].to_numpy() ** 2
    np.testing.assert_allclose(predicted["standard_error"] ** 2, average["standard_error"] ** 2 + between)
