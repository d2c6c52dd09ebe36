import numpy as np
import pandas as pd
import pytest
from golden import frame, results
from lavaan_answers import our_fit

from coldcarbon.stats.path_models import fit
from coldcarbon.stats.path_models.effects import effects_with_slopes, explained, parameter_values, standardized_slopes

LOOP = "y1 ~ y2 + x1\ny2 ~ y1 + x2\ny3 ~ y2 + x3"


@pytest.mark.parametrize("case", ["pd", "hs_second_order", "small_intercepts", "loop_correlated", "small_linear"])
@pytest.mark.parametrize("setting", ["default", "amos_like"])
def test_derivatives_of_standardized_values_and_effects(case, setting):
    done = our_fit("03_sem_more", case, setting)
    likelihood, state, spec = done.likelihood, done.state, done.specification

    def values(theta):
        s = likelihood.state(theta)
        intercepts = likelihood.matrices(theta)[2]
        standardized = parameter_values(spec.parameters, s.a, s.s, intercepts, s.covariance, standardized=True)
        effects = effects_with_slopes(likelihood, s, standardized=True)[0]
        return np.concatenate([standardized, effects.total.ravel(), effects.indirect.ravel(), effects.direct.ravel()])

    step = 1e-6 * np.maximum(np.abs(state.theta), 0.1)
    moved = [
        (values(state.theta + move) - values(state.theta - move)) / (2 * size)
        for size, move in zip(step, np.diag(step), strict=True)
    ]
    slopes = effects_with_slopes(likelihood, state, standardized=True)[1]
    t = spec.n_entries
    ours = np.concatenate(
        [
            standardized_slopes(likelihood, state),
            slopes.total.reshape(-1, t),
            slopes.indirect.reshape(-1, t),
            slopes.direct.reshape(-1, t),
        ]
    )
    np.testing.assert_allclose(ours, np.transpose(moved), atol=1e-6, rtol=1e-5)


def test_indirect_effect_and_error_are_lavaans():
    record = results("03_sem")["path_n5000"]
    data = frame("path_n5000")
    text = (
        "NEE ~ a*GPP + b*TER\nGPP ~ AirT + PAR + c*SM + TC + P\nTER ~ AirT + e*SM + TC + P + g*GPP\n"
        "ind_SM := c*a + c*g*b + e*b"
    )
    done = fit(text, data)
    defined = done.estimates.iloc[-1]
    theirs = record["indirect_SM"]
    assert defined["estimate"] == pytest.approx(theirs["est"], rel=1e-10)
    assert defined["standard_error"] == pytest.approx(theirs["se"], rel=1e-10)
    plain = done.effects(standardized=False).set_index(["source", "target", "effect"])
    same = plain.loc[("SM", "NEE", "indirect")]
    assert same["estimate"] == pytest.approx(theirs["est"], rel=1e-10)
    assert same["standard_error"] == pytest.approx(theirs["se"], rel=1e-10)
    paths = done.indirect_paths("SM", "NEE", standardized=False)
    assert paths["estimate"].sum() == pytest.approx(theirs["est"], rel=1e-10)
    assert set(paths["path"]) == {"SM -> GPP -> NEE", "SM -> GPP -> TER -> NEE", "SM -> TER -> NEE"}


def test_total_effects_in_a_loop_are_those_of_an_intervention():
    done = fit(LOOP, frame("path_loop"))
    table = done.estimates.set_index(["left", "right"])["estimate"]
    b12, b21, x1 = table["y1", "y2"], table["y2", "y1"], table["y1", "x1"]
    total = done.effects(standardized=False).set_index(["source", "target", "effect"])["estimate"]
    assert total["x1", "y1", "total"] == pytest.approx(x1 / (1 - b12 * b21), rel=1e-12)
    assert total["y1", "y1", "total"] == pytest.approx(b12 * b21 / (1 - b12 * b21), rel=1e-12)
    assert done.spectral_radius == pytest.approx(np.sqrt(abs(b12 * b21)), rel=1e-12)
    assert not done.is_recursive


def test_explained_variance_by_three_conventions():
    data = frame("path_small")
    chain = fit("growth ~ warmth + light\ndecay ~ growth + water", data)
    plain, correlated, reduced = (chain.r_squared(kind) for kind in ("residual", "correlation", "reduced form"))
    pd.testing.assert_series_equal(plain, correlated)
    assert reduced["growth"] == pytest.approx(plain["growth"])
    assert reduced["decay"] < plain["decay"]
    by_hand = np.linalg.lstsq(
        np.column_stack([np.ones(30), data[["warmth", "light"]]]), data["growth"].to_numpy(), rcond=None
    )
    assert plain["growth"] == pytest.approx(1 - by_hand[1][0] / ((data["growth"] - data["growth"].mean()) ** 2).sum())
    loop = fit(LOOP, frame("path_loop"))
    assert loop.r_squared("correlation")["y1"] != pytest.approx(loop.r_squared()["y1"], rel=1e-3)
    assert loop.r_squared("correlation")["y3"] == pytest.approx(loop.r_squared()["y3"], rel=0.05)
    state = loop.state
    with pytest.raises(ValueError, match="kind must be"):
        explained(loop.specification, state.a, state.s, state.covariance, "adjusted")
