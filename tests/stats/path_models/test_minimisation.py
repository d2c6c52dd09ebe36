import numpy as np
import pytest
from golden import frame, results

from coldcarbon.stats.path_models.likelihood import Likelihood
from coldcarbon.stats.path_models.minimisation import minimise
from coldcarbon.stats.path_models.moments import from_rows
from coldcarbon.stats.path_models.specification import specify
from coldcarbon.stats.path_models.starts import equationwise, plain


@pytest.fixture(params=["pd", "hs_mimic", "pd_equal", "small_linear", "loop_correlated"])
def likelihood(request):
    answer = results("03_sem_more")[request.param]
    spec = specify(answer["model"])
    return Likelihood(spec, from_rows(frame(answer["data"]), spec.observed, "n"))


def test_one_minimum_from_near_and_far(likelihood):
    near = minimise(likelihood, equationwise(likelihood))
    far = minimise(likelihood, plain(likelihood))
    assert near.converged
    assert far.converged
    assert near.iterations <= 12
    np.testing.assert_allclose(near.phi, far.phi, rtol=1e-9, atol=1e-9)
    spread = likelihood.specification.spread
    slope = likelihood.gradient(near.state)
    assert np.abs(slope if spread is None else spread.T @ slope).max() < 1e-9
    assert np.linalg.eigvalsh(near.hessian)[0] > 0


def test_says_when_it_stopped_early(likelihood):
    found = minimise(likelihood, plain(likelihood), max_iterations=1)
    assert not found.converged
    assert found.decrement > 1e-8


def test_no_minimum_from_an_impossible_start(likelihood):
    theta = equationwise(likelihood)
    theta[[e.index for e in likelihood.specification.entries if e.matrix == "S"]] *= -5.0
    assert minimise(likelihood, theta) is None
