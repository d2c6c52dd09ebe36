import numpy as np
import pytest
from golden import frame, results

from coldcarbon.stats.path_models.likelihood import Likelihood
from coldcarbon.stats.path_models.moments import from_rows
from coldcarbon.stats.path_models.specification import specify
from coldcarbon.stats.path_models.starts import equationwise, has_closed_form, plain

SMALL = frame("path_small")


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("balance ~ decay + growth\ngrowth ~ warmth + light", True),
        ("balance ~ decay + growth\nstock ~ growth\ngrowth ~ warmth", False),
        ("balance ~ decay + growth\nstock ~ growth\ngrowth ~ warmth\nbalance ~~ 0*stock", True),
        ("growth ~ decay + warmth\ndecay ~ growth + water", False),
        ("growth ~ a*warmth\ndecay ~ a*warmth + growth", False),
        ("growth ~ 0.5*warmth + light", True),
        ("growth ~ warmth\ngrowth ~~ 0.5*growth", False),
        ("growth ~ warmth + light\nwarmth ~~ 0*light", True),
        ("f =~ growth + decay + stock", False),
    ],
)
def test_knows_when_least_squares_is_maximum_likelihood(text, closed):
    spec = specify(text)
    assert has_closed_form(spec) is closed
    likelihood = Likelihood(spec, from_rows(SMALL, spec.observed, "n"))
    state = likelihood.state(equationwise(likelihood))
    assert np.abs(likelihood.gradient(state)).max() < 1e-10 or not closed


@pytest.mark.parametrize("case", [name for name in results("03_sem_more") if name != "R"])
def test_every_start_has_a_likelihood(case):
    answer = results("03_sem_more")[case]
    spec = specify(answer["model"])
    likelihood = Likelihood(spec, from_rows(frame(answer["data"]), spec.observed, "n"))
    for start in (equationwise(likelihood), plain(likelihood), plain(likelihood, np.random.default_rng(1))):
        assert np.isfinite(start).all()
    assert likelihood.state(spec.expand(spec.reduce(equationwise(likelihood)))) is not None


def test_starts_given_in_the_text_are_taken():
    spec = specify("growth ~ start(7)*warmth + light")
    likelihood = Likelihood(spec, from_rows(SMALL, spec.observed, "n"))
    assert equationwise(likelihood)[0] == 7.0
    assert plain(likelihood)[0] == 7.0
