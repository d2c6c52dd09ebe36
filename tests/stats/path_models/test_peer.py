import numpy as np
import pytest
from golden import frame, results

from coldcarbon.stats.path_models import fit, semopy_fit


@pytest.mark.parametrize(("case", "data"), [("path_n5000", "path_n5000"), ("hs", "holzinger")])
def test_same_estimates_other_counts(case, data):
    text, table = results("03_sem")[case]["model"], frame(data)
    peer, ours = semopy_fit(text, table), fit(text, table)
    theirs = peer.estimates.set_index(["lval", "op", "rval"])["Estimate"]
    for row in ours.estimates.itertuples():
        if row.operator == "=~" or (row.operator == "~" and row.kind == "free"):
            pair = (row.right, "~", row.left) if row.operator == "=~" else (row.left, "~", row.right)
            assert theirs[pair] == pytest.approx(row.estimate, rel=1e-4, abs=1e-5)
    assert peer.indices["chi2"].iloc[0] == pytest.approx(ours.chi_square, rel=1e-3)
    assert peer.indices["GFI"].iloc[0] == pytest.approx(peer.indices["NFI"].iloc[0])
    assert "degrees of freedom" in peer.note
    if case == "path_n5000":
        assert peer.indices["DoF"].iloc[0] == 21
        assert ours.degrees_of_freedom == 6


def test_writes_what_semopy_can_read():
    done = semopy_fit("growth ~ a*warmth + 0.1*light\ndecay ~ start(0.2)*b*growth\nind := a*b", frame("path_small"))
    assert "growth ~ 0.1*light" in done.model_text
    assert "decay ~ b*growth" in done.model_text
    assert ":=" not in done.model_text


def test_refuses_gaps_and_constraints():
    data = frame("path_small")
    with pytest.raises(ValueError, match="missing"):
        semopy_fit("growth ~ warmth", data.mask(data > 2, np.nan))
    with pytest.raises(ValueError, match="no linear constraints"):
        semopy_fit("growth ~ a*warmth + b*light\na == b", data)
