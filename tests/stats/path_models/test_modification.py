import numpy as np
import pandas as pd
import pytest
from lavaan_answers import key, our_fit, results

from coldcarbon.stats.path_models import fit

CASES = [("03_sem", "hs"), ("03_sem", "path_n5000")]
CASES += [
    ("03_sem_more", n) for n in ("pd", "hs_second_order", "hs_mimic", "hs_free_first", "loop", "small_two_outcomes")
]


@pytest.mark.parametrize(("record", "case"), CASES)
def test_indices_and_changes_are_lavaans(record, case):
    answer = results(record)[case]
    theirs = answer.get("modindices") or answer["modindices_top"]
    done = our_fit(record, case, "default")
    table = done.modification_indices()
    ours = {
        key(*row[:3]): row[3:]
        for row in table[["left", "operator", "right", "index", "expected_change"]].itertuples(index=False)
    }
    fixed = set(done.specification.exogenous)
    met = 0
    for left, operator, right, index, change in zip(
        *(theirs[c] for c in ("lhs", "op", "rhs", "mi", "epc")), strict=True
    ):
        if operator == "~" and left in fixed:
            continue  # lavaan lists causes of fixed exogenous variables, we do not
        np.testing.assert_allclose(ours[key(left, operator, right)], [index, change], rtol=1e-5)
        met += 1
    assert met >= 3


def test_a_left_out_path_stands_first_and_freeing_it_moves_chi_square():
    rng = np.random.default_rng(2)
    x = rng.normal(size=500)
    m = 0.6 * x + rng.normal(size=500)
    y = 0.5 * m + 0.25 * x + rng.normal(size=500)
    data = pd.DataFrame({"x": x, "m": m, "y": y})
    poor, full = fit("m ~ x\ny ~ m", data), fit("m ~ x\ny ~ m + x", data)
    first = poor.modification_indices().set_index(["left", "right"]).loc[("y", "x")]
    assert first["index"] == pytest.approx(poor.chi_square - full.chi_square, rel=0.1)
    added = full.estimates.set_index(["left", "right"]).loc[("y", "x"), "estimate"]
    assert first["expected_change"] == pytest.approx(added, rel=0.1)


def test_nothing_to_add_to_a_saturated_model():
    rng = np.random.default_rng(2)
    data = pd.DataFrame(rng.normal(size=(50, 3)), columns=list("xyz"))
    assert fit("y ~ x\nz ~ x + y", data).modification_indices().empty
