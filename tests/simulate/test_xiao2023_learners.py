"""The design in which the use of each covariate is known."""

import numpy as np
import pytest

from coldcarbon.simulate import xiao2023_learners as design


def test_layers_of_a_profile_sum_to_a_hundred_and_share_its_covariates():
    rows = design.layer_rows(3, 30)
    assert rows["share_percent"].groupby(rows["profile"]).sum().to_numpy() == pytest.approx(100)
    assert rows.groupby("depth_cm").size().nunique() == 1
    marks = [name for name in rows if name.startswith("mark_")] + [design.COVARIATE]
    assert len(marks) == 5
    assert (rows.groupby("reference")[marks].nunique() == 1).all(axis=None)
    assert rows.groupby("reference")["profile"].nunique().max() > 1


def test_the_covariate_acts_as_asked_and_the_marks_do_not():
    n = 600
    for effect in (0.0, 0.45):
        rows = design.layer_rows(1, effect=effect, sizes=np.full(n, 2)).query("depth_cm == 10")
        r = rows[[design.COVARIATE, "mark_1", "share_percent"]].corr()["share_percent"]
        assert abs(r["mark_1"]) < 3.5 / np.sqrt(n)
        # deeper roots put less into the top layer
        assert (r[design.COVARIATE] < -0.4) if effect else abs(r[design.COVARIATE]) < 3.5 / np.sqrt(n)


def test_profiles_of_a_reference_are_alike_as_planted():
    rows = design.layer_rows(2, effect=0.0, sizes=np.full(800, 2)).query("depth_cm == 10")
    first, second = (rows.groupby("reference")["share_percent"].nth(k).to_numpy() for k in (0, 1))
    truth = rows.attrs["truth"]
    planted = truth["reference_sd"] ** 2 / (truth["reference_sd"] ** 2 + truth["profile_sd"] ** 2)
    assert np.corrcoef(first, second)[0, 1] == pytest.approx(planted, abs=0.12)


def test_seeds_sizes_and_refusals():
    assert design.layer_rows(5, 10).equals(design.layer_rows(5, 10))
    assert design.layer_rows(5, sizes=[1, 4])["profile"].nunique() == 5
    for wrong in ({"n_references": 1}, {"sizes": [2]}, {"sizes": [2, 0]}, {"n_marks": -1}):
        with pytest.raises(ValueError, match="two references"):
            design.layer_rows(0, **wrong)
