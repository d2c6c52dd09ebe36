"""Path models at thirty simulated sites and a closed circle in both directions, held against lavaan."""

import numpy as np
import pandas as pd
import pytest
from golden import frame, results
from lavaan_answers import differences, our_fit

from coldcarbon.simulate import han2022_paths as design
from coldcarbon.stats.path_models import fit, notices

RECORD = "22_small_paths"
CASES = ["chain", "all_through_carbon", "all_arrows", "clockwise", "backwards"]


@pytest.mark.parametrize(
    ("name", "arrows", "seed"), [("path_transect", design.CHAIN, 22), ("path_circle", design.MILD_LOOP, 6)]
)
def test_the_rows_are_those_of_the_simulation(name, arrows, seed):
    simulated = pd.DataFrame(design.rows(arrows, seed, replicates=1)[0], columns=list(design.variables(arrows)))
    pd.testing.assert_frame_equal(frame(name), simulated, atol=1e-6)


@pytest.mark.parametrize("setting", ["default", "amos_like"])
@pytest.mark.parametrize("case", CASES)
def test_estimates_errors_and_indices_are_lavaans(case, setting):
    found = differences(RECORD, case, setting)
    limits = {"standard errors": 1e-5, "standardized errors": 1e-5, "z": 1e-5, "P": 1e-4, "RMSEA limits": 1e-4}
    for name, gap in found.items():
        assert gap < limits.get(name, 1e-6), name


def test_total_effects_are_lavaans_defined_quantities():
    theirs = results(RECORD)["chain"]["default"]["std"]
    place = dict(zip(theirs["lhs"], zip(theirs["est.std"], theirs["se"], strict=True), strict=True))
    ours = our_fit(RECORD, "chain", "default").effects().query("target == 'production' and effect == 'total'")
    ours = ours.set_index("source")
    for name in ("moisture", "rain"):
        np.testing.assert_allclose(ours.loc[name, ["estimate", "standard_error"]], place[f"of_{name}"], rtol=1e-5)


def test_both_directions_of_a_circle_fit_alike_with_the_same_standardized_arrows():
    forwards, backwards = (our_fit(RECORD, case, "default") for case in ("clockwise", "backwards"))
    assert forwards.chi_square == pytest.approx(backwards.chi_square, abs=1e-9)
    assert forwards.degrees_of_freedom == backwards.degrees_of_freedom == 2
    arrows = [done.standardized.query("operator == '~'") for done in (forwards, backwards)]
    ours = [{frozenset(pair): value for *pair, value in a[["left", "right", "estimate"]].to_numpy()} for a in arrows]
    assert ours[0].keys() == ours[1].keys()
    for pair, value in ours[0].items():
        assert value == pytest.approx(ours[1][pair], abs=1e-6)


def test_a_sum_among_inputs_is_refused_or_told_by_name():
    table = frame("path_transect")
    table["inorganic"] = table["rain"] ** 2
    table["sum"] = table["carbon"] + table["inorganic"]
    with (
        pytest.warns(notices.SingularInputWarning, match="carbon, inorganic, sum"),
        pytest.raises(ValueError, match=r"production ~ carbon, inorganic, sum: the predictors determine each other"),
    ):
        fit("production ~ carbon + inorganic + sum", table)
    with pytest.warns(notices.SingularInputWarning, match="sum, carbon, inorganic"):
        done = fit("sum ~ carbon + inorganic\nproduction ~ sum + moisture", table)
    assert np.isnan(done.chi_square)
    assert results(RECORD)["dependent"]["as_predictors"]["converged"] is False
