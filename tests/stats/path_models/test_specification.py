import numpy as np
import pytest
from lavaan_answers import our_fit, results

from coldcarbon.stats.path_models.specification import specify


def kinds(text, **options):
    return {p.text: p.kind for p in specify(text, **options).parameters}


def test_adds_what_lavaan_adds():
    found = kinds("f =~ x1 + x2 + x3\ng =~ z1 + z2\ny ~ f\nw ~ v + u")
    assert found["f =~ x1"] == "fixed"
    assert found["f =~ x2"] == "free"
    assert found["f ~~ g"] == "free"
    assert found["y ~~ w"] == "free"  # outcomes that cause nothing
    assert found["v ~~ u"] == "sample"
    assert "f ~~ v" not in found
    assert specify("f =~ x1 + x2 + x3\ng =~ z1 + z2\ny ~ f\nw ~ v + u").exogenous == ("v", "u")


def test_outcomes_need_not_covary():
    assert "y ~~ w" not in kinds("y ~ x\nw ~ x", residual_covariances=False)
    assert kinds("y ~ x\nw ~ x\ny ~~ 0*w")["y ~~ w"] == "fixed"


def test_indicators_are_no_outcomes():
    found = kinds("f =~ i1 + i2 + i3\ni2 ~ x\ny ~ x")
    assert not [name for name in found if "~~" in name and name.split(" ~~ ")[0] != name.split(" ~~ ")[1]]


def test_one_indicator_has_no_residual():
    parameters = {p.text: p for p in specify("f =~ i\ny ~ f").parameters}
    assert parameters["i ~~ i"].value == 0.0
    assert {p.text: p for p in specify("f =~ a + b + i\ng =~ i\ny ~ g").parameters}["i ~~ i"].kind == "free"


def test_fixed_labels_fix_their_likes():
    parameters = {p.text: p for p in specify("f =~ a*i1 + a*i2 + i3").parameters}
    assert parameters["f =~ i2"].value == 1.0


def test_counts_where_semopy_counts_more():
    text = "NEE ~ GPP + TER\nGPP ~ a + b + c + d + e\nTER ~ a + c + d + e + GPP"
    assert specify(text).degrees_of_freedom == 6
    assert specify(text, fixed_exogenous=False).degrees_of_freedom == 6
    assert specify(text).n_free == 15
    assert specify(text, fixed_exogenous=False).n_free == 30


@pytest.mark.parametrize("case", [name for name in results("03_sem_more") if name != "R"])
@pytest.mark.parametrize("setting", ["default", "amos_like"])
def test_same_parameters_as_lavaan(case, setting):
    spec, theirs = our_fit("03_sem_more", case, setting).specification, results("03_sem_more")[case][setting]
    assert spec.n_free == theirs["fit"]["npar"]
    assert spec.degrees_of_freedom == theirs["fit"]["df"]
    ours = len(spec.parameters) + len(spec.defined)
    assert ours == len(theirs["est"]["lhs"])


def test_constraints_reduce_what_is_free():
    spec = specify("y ~ a*x + b*z\nw ~ a*x + y\nb == 2*a + 0.5")
    theta = spec.expand(np.arange(1.0, spec.n_free + 1))
    values = {p.text: theta[p.index] for p in spec.entries}
    assert spec.n_free == spec.n_entries - 2
    assert values["y ~ x"] == pytest.approx(values["w ~ x"])
    assert values["y ~ z"] == pytest.approx(2 * values["y ~ x"] + 0.5)
    np.testing.assert_allclose(spec.expand(spec.reduce(theta)), theta)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("y ~ a*x\na := 2", "label and a defined"),
        ("y ~ a*x\nb := c", "c is no label"),
        ("y ~ a*x\nb == 2*a", "b is no label"),
        ("y ~ a*x\na == 1\na == 2", "contradict"),
        ("f =~ g\ng =~ f", "no observed"),
        ("y ~ 1*x\ny ~~ 1*y", "no free parameter"),
        ("f =~ 1*x + a*w\ny ~ a*f\nw ~ label(b)*z\nz ~ 2*b*y\nz ~ b*v\nv ~ 3*b*y", "fixed at"),
    ],
)
def test_refuses_contradictions(text, says):
    with pytest.raises(ValueError, match=says):
        specify(text)
