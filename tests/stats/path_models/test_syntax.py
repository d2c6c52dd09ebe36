import pytest

from coldcarbon.stats.path_models.syntax import Term, parse


def test_reads_what_lavaan_and_semopy_write():
    model = parse(
        """
        # measurement
        f =~ x1 + b*x2 + 0.5*x3   ! fixed
        y1, y2 ~ a*f + start(0.3)*z +
                 NA*w
        y1 ~~ y2 + -1e-3*z; z ~ 1
        total := a + b^2
        a == 2*b
        """
    )
    assert model.terms == (
        Term("f", "=~", "x1"),
        Term("f", "=~", "x2", label="b"),
        Term("f", "=~", "x3", value=0.5),
        Term("y1", "~", "f", label="a"),
        Term("y1", "~", "z", start=0.3),
        Term("y1", "~", "w", free=True),
        Term("y2", "~", "f", label="a"),
        Term("y2", "~", "z", start=0.3),
        Term("y2", "~", "w", free=True),
        Term("y1", "~~", "y2"),
        Term("y1", "~~", "z", value=-0.001),
        Term("z", "~1", ""),
    )
    assert model.defined == (("total", "a + b^2"),)
    assert model.constraints == (("a", "2*b"),)


def test_joins_lines_and_modifiers():
    assert parse("y ~ x\n+ z") == parse("y ~ x + z")
    assert parse("y ~ a*x + start(2)*x").terms == (Term("y", "~", "x", label="a", start=2.0),)
    assert parse("y ~ 1e+2*x").terms == (Term("y", "~", "x", value=100.0),)
    assert parse('y ~ label("a.b")*x').terms == (Term("y", "~", "x", label="a.b"),)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("y x", "no operator"),
        ("y ~", "after"),
        ("~ x", "before"),
        ("y ~ x + x", "twice"),
        ("y ~ z\ny ~ 0*z", "twice"),
        ("a ~~ b\nb ~~ a", "twice"),
        ("y ~ y", "cause itself"),
        ("y ~ 2x", "no name"),
        ("y ~ a:b", "no name"),
        ("y ~ c(1, 2)*x", "several groups"),
        ("y ~ log(x)*z", "neither a label"),
        ("y ~ start(b)*x", "no number"),
        ("y | t1", "thresholds"),
        ("a > 0", "inequality"),
        ("f <~ x", "formative"),
        ("y ~ x\nDEFINE(latent) f", "semopy"),
        ("b := a\nb := 2*a\ny ~ a*x", "defined twice"),
        ("y ~ 0 + x", "intercept fixed at zero"),
    ],
)
def test_refuses_quoting_the_statement(text, says):
    with pytest.raises(ValueError, match=says):
        parse(text)
