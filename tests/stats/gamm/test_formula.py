import numpy as np
import pytest

from coldcarbon.stats.gamm.formula import Formula, LinearTerm, RandomTerm, SmoothTerm, evaluate, variables


def test_reads_what_a_user_of_mgcv_writes():
    read = Formula.read(
        "eta ~ s(year, k=10) + te(t, m, k=c(5, 6), bs=c('cc', 'tp')) + re(site) + re(year, by=site) + f"
    )
    assert read.response == "eta"
    assert read.intercept
    assert read.columns == ("eta", "f", "year", "t", "m", "site")
    assert read.terms == (
        LinearTerm("f", ("f",)),
        SmoothTerm("s(year)", "s", ("year",), (10,), ("tp",), None, None),
        SmoothTerm("te(t,m)", "te", ("t", "m"), (5, 6), ("cc", "tp"), None, None),
        RandomTerm("re(site)", ("1",), ("site",), False),
        RandomTerm("re(year,by=site)", ("year",), ("site",), False),
    )


def test_reads_r_spellings():
    read = Formula.read('log(y) ~ a*b + I(x^2) + re(1 + x, by=g:h, correlated=TRUE) + s(g, bs="re") - 1')
    assert not read.intercept
    labels = [term.label for term in read.terms]
    assert labels == ["a", "b", "a:b", "I(x^2)", "re(1+x,by=g:h)", "s(g)"]
    assert read.terms[4] == RandomTerm("re(1+x,by=g:h)", ("1", "x"), ("g", "h"), True)
    assert read.terms[5] == RandomTerm("s(g)", ("1",), ("g",), False)
    assert Formula.read("Solar.R ~ s(Wind)").columns == ("Solar.R", "Wind")
    assert Formula.read("y ~ Q('soil depth')").columns == ("y", "soil depth")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y", "no response"),
        ("~ x", "no response"),
        ("y ~ s(x", "cannot read"),
        ("y ~ x + s(x) + s(x)", "stands twice"),
        ("y ~ s(x, bs='xy')", "bs='xy' is not known"),
        ("y ~ s(x, k=2.5)", "whole number"),
        ("y ~ s(x, knots=5)", "does not know 'knots'"),
        ("y ~ s(x, z, bs='cr')", "use te"),
        ("y ~ te(x)", "at least two covariates"),
        ("y ~ te(x, z, k=c(3, 4, 5))", "needs one k or 2"),
        ("y ~ re(1 + x, correlated=True)", "needs columns and a group"),
        ("y ~ re(x, by=g, correlated=True)", "nothing to correlate"),
        ("y ~ re(x + x, by=g)", "names a column twice"),
        ("y ~ x - z", "only the intercept"),
    ],
)
def test_says_what_it_cannot_read(text, message):
    with pytest.raises(ValueError, match=message):
        Formula.read(text)


def test_evaluates_expressions_and_refuses_what_is_not_finite():
    columns = {"x": np.array([1.0, 2.0, 4.0])}
    np.testing.assert_allclose(evaluate("log2(x) + I(x^2) / 2", columns, 3), [0.5, 3.0, 10.0])
    assert variables("log(x) + I(z^2)") == ("x", "z")
    with pytest.raises(ValueError, match="not finite in 1 rows"):
        evaluate("log(x - 1)", columns, 3)
    with pytest.raises(ValueError, match=r"tan\(\) is not known"):
        evaluate("tan(x)", columns, 3)
    with pytest.raises(ValueError, match="'g' is not numeric"):
        evaluate("log(g)", columns, 3)
