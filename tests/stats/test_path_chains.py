"""Chains in closed form against the general fit, on planted chains and on what cannot be fitted."""

import numpy as np
import pandas as pd
import pytest

from coldcarbon.stats import path_models
from coldcarbon.stats.path_chains import chain_fits


def columns(seed=0, n=30, k=4):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, k))
    x[:, 1] += 0.8 * x[:, 0]
    return x, 0.7 * x[:, 1] + rng.normal(size=n)


@pytest.mark.parametrize(("source", "mediator"), [(0, 1), (1, 0), (2, 3), (0, 3)])
def test_each_chain_is_that_of_the_general_fit(source, mediator):
    x, y = columns()
    ours = chain_fits(x, y)
    table = pd.DataFrame({"x": x[:, source], "m": x[:, mediator], "y": y})
    theirs = path_models.fit("m ~ x\ny ~ m", table, convention=path_models.AMOS)
    at = source, mediator
    indices = theirs.indices
    assert ours.chi_square[at] == pytest.approx(indices.chi_square, rel=1e-7, abs=1e-9)
    assert ours.p_value[at] == pytest.approx(indices.p_value, rel=1e-6)
    assert ours.rmsea[at] == pytest.approx(indices.rmsea, rel=1e-6, abs=1e-9)
    assert ours.cfi[at] == pytest.approx(indices.cfi, rel=1e-6)
    arrows = theirs.summary().set_index(["left", "right"])
    assert ours.first[at] == pytest.approx(arrows.loc[("m", "x"), "standardized"], rel=1e-6)
    assert ours.second_p[at] == pytest.approx(arrows.loc[("y", "m"), "p_value"], rel=1e-5)


def test_replicates_are_fitted_side_by_side():
    sets = [columns(seed) for seed in range(5)]
    together = chain_fits(np.stack([x for x, _ in sets]), np.stack([y for _, y in sets]))
    for place, (x, y) in enumerate(sets):
        assert together.chi_square[place] == pytest.approx(chain_fits(x, y).chi_square, nan_ok=True)
    assert together.chi_square.shape == (5, 4, 4)


def test_a_planted_chain_is_accepted_and_its_reverse_mostly_not():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(400, 60, 2))
    x[..., 1] += 1.5 * x[..., 0]
    y = 1.5 * x[..., 1] + rng.normal(size=(400, 60))
    accepted = chain_fits(x, y).accepted()
    # P > 0.05 asks for 95 %, RMSEA at most 0.08 at n = 60 for chi-square up to 1.38: 76 %.
    assert accepted[:, 0, 1].mean() == pytest.approx(0.76, abs=0.07)
    assert accepted[:, 1, 0].mean() < 0.05


def test_level_of_the_missing_arrow():
    rng = np.random.default_rng(2)
    fits = chain_fits(rng.normal(size=(4000, 200, 2)), rng.normal(size=(4000, 200)))
    assert np.mean(fits.p_value[:, 0, 1] < 0.05) == pytest.approx(0.05, abs=0.012)
    assert np.mean(fits.first_p[:, 0, 1] < 0.05) == pytest.approx(0.05, abs=0.012)


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        (np.ones((10, 3)), np.arange(10.0), "constant"),
        (np.eye(10)[:, :3], np.arange(9.0), "do not fit"),
        (np.eye(4)[:, :3], np.arange(4.0), "5 rows"),
        (np.eye(10)[:, :1], np.arange(10.0), "2 candidates"),
        (np.eye(10)[:, :3] * np.nan, np.arange(10.0), "missing"),
        (np.arange(10.0)[:, None] ** [1, 2, 1] * [1, 1, -3], np.eye(10)[0], "candidate 0 and candidate 2"),
        (np.arange(10.0)[:, None] ** [1, 2], 5 - np.arange(10.0), "candidate 0 and the outcome"),
    ],
)
def test_what_cannot_be_fitted_is_named(x, y, message):
    with pytest.raises(ValueError, match=message):
        chain_fits(x, y)
