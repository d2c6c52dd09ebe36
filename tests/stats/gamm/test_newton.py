import golden
import numpy as np
from additive_data import crossed

from coldcarbon.stats.gamm.criterion import evaluate
from coldcarbon.stats.gamm.design import Design
from coldcarbon.stats.gamm.newton import before_infinity, minimise, start_values
from coldcarbon.stats.gamm.system import System


def test_ends_where_the_gradient_is_zero_and_the_criterion_convex():
    system = System.of(Design.of("y ~ s(x) + re(1 + x, by=site, correlated=True) + re(species)", crossed()))
    found = minimise(system, "REML")
    assert found.converged
    assert not found.at_infinity.any()
    assert np.abs(found.evaluation.gradient).max() < 1e-6
    assert np.linalg.eigvalsh(found.evaluation.hessian).min() > 0
    rng = np.random.default_rng(2)
    for _ in range(20):
        near = found.parameters + rng.normal(0, 0.1, len(found.parameters))
        assert evaluate(system, near, "REML", derivatives=False).value > found.evaluation.value


def test_the_start_does_not_matter():
    system = System.of(Design.of("y ~ s(x) + re(1 + x, by=site) + re(species)", crossed()))
    found = minimise(system, "REML")
    for shift in (-3.0, 3.0):
        again = minimise(system, "REML", start_values(system) + shift)
        np.testing.assert_allclose(again.parameters, found.parameters, atol=1e-6)


def test_straight_lines_and_absent_groups_are_at_infinity():
    data = crossed(seed=4)
    rng = np.random.default_rng(5)
    data["w"] = 2 * data["x"] + 0.02 * rng.choice([-1, 1], len(data))
    # groups that differ less than chance: their means are taken out
    noise = rng.normal(size=len(data))
    data["flat"] = 3 * data["x"] + noise - np.asarray(data.assign(e=noise).groupby("species")["e"].transform("mean"))
    system = System.of(Design.of("flat ~ s(x) + re(species)", data))
    found = minimise(system, "REML")
    assert found.converged
    assert found.at_infinity[1]
    back = before_infinity(system, "REML", found)
    assert back[1] < found.parameters[1]
    assert back[0] == found.parameters[0] or found.at_infinity[0]


def test_a_second_minimum_is_not_passed_by():
    # R's criterion is lower by 1.3 at a finite smoothing parameter than at the infinite one
    theirs = golden.results("12_gam_stress")["sets"][35]
    data = golden.frame("gam_stress")
    system = System.of(Design.of("y ~ s(x1) + s(x2) + re(g)", data[data["set"] == theirs["set"]]))
    assert minimise(system, "REML").evaluation.value <= theirs["reml"] + 1e-6
