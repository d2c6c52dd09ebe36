"""What a formula is read as."""

import numpy as np
import pandas as pd
import pytest

from coldcarbon.stats.mixed.formula import grouping, parse, read_side


@pytest.mark.parametrize(
    ("formula", "fixed", "bars"),
    [
        ("y ~ x + (x | g)", "x", ["(x | g)"]),
        ("y ~ (1 | g)", "1", ["(1 | g)"]),
        ("y ~ 1 + (1|a/b)", "1", ["(1 | a)", "(1 | b:a)"]),
        ("y ~ 1 + (1|a/b/c)", "1", ["(1 | a)", "(1 | b:a)", "(1 | c:b:a)"]),
        ("y ~ (1 | a) + x * z + (0 + x | b)", "x * z", ["(1 | a)", "(0 + x | b)"]),
        ("y ~ x + (x || g)", "x", ["(1 | g)", "(0 + x | g)"]),
        ("y ~ x + (0 + x + z || g)", "x", ["(0 + x | g)", "(0 + z | g)"]),
        ("y ~ (a + b):c + (log(x) | g)", "(a + b):c", ["(log(x) | g)"]),
        ("log(y) ~ I(x^2) + (1 | a:b)", "I(x**2)", ["(1 | a:b)"]),
        ("y ~ 0 + x + (1 | g)", "0 + x", ["(1 | g)"]),
        ("y ~ x - 1 + (1 | g)", "x - 1", ["(1 | g)"]),
    ],
)
def test_terms_are_told_apart(formula, fixed, bars):
    response, found, terms = parse(formula)
    assert response == formula.split("~")[0].strip()
    assert found == fixed
    assert [str(term) for term in terms] == bars


@pytest.mark.parametrize(
    ("formula", "message"),
    [
        ("y", "one ~"),
        ("~ x + (1 | g)", "no response"),
        ("y ~ x", "no random term"),
        ("y ~ x + 1 | g", "parentheses"),
        ("y ~ x + (1 | g", "not closed"),
        ("y ~ x - (1 | g)", "subtracted"),
        ("y ~ x + (1 | a + b)", "must be a column"),
        ("y ~ x + (1 | )", "group on the right"),
        ("y ~ x + (1 | a | b)", "more than one bar"),
        ("y ~ x + offset(z) + (1 | g)", "offset"),
    ],
)
def test_what_cannot_be_read_is_refused(formula, message):
    with pytest.raises(ValueError, match=message):
        parse(formula)


DATA = pd.DataFrame({"x": [1.0, 2, 4, 3], "n": [1, 2, 3, 4], "g": list("abab"), "flag": [True, False, True, True]})


def test_plain_sums_and_the_library_give_the_same_columns():
    side, plain = read_side("x + n", DATA)
    assert side.specification is None
    other, made = read_side("x + n + I(n)", DATA)
    assert side.names == ("Intercept", "x", "n") == other.names[:3]
    np.testing.assert_array_equal(plain, made[:, :3])


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("0 + x", ("x",)),
        ("x - 1", ("x",)),
        ("1", ("Intercept",)),
        ("g", ("Intercept", "g[T.b]")),
        ("0 + g", ("g[a]", "g[b]")),
        ("x:g", ("Intercept", "x:g[a]", "x:g[b]")),
        ("x*g", ("Intercept", "x", "g[T.b]", "x:g[T.b]")),
        ("factor(n)", ("Intercept", "C(n)[T.2]", "C(n)[T.3]", "C(n)[T.4]")),
        ("flag", ("Intercept", "flag")),
        ("log(x)", ("Intercept", "log(x)")),
    ],
)
def test_names_of_columns(text, names):
    side, matrix = read_side(text, DATA)
    found = tuple(name.replace("g[a]:x", "x:g[a]").replace("g[b]:x", "x:g[b]") for name in side.names)
    assert found == names
    assert matrix.shape == (4, len(names))


def test_other_rows_get_the_same_columns():
    for text in ("x * g", "scale(x)", "x + n", "poly(x, 2)"):
        side, matrix = read_side(text, DATA)
        np.testing.assert_allclose(side.matrix(DATA.iloc[[2, 1]]), matrix[[2, 1]], err_msg=text)
    with pytest.raises(ValueError, match="has not seen"):
        read_side("x * g", DATA)[0].matrix(DATA.assign(g="z"))


def test_an_expression_that_fails_is_refused_with_its_reason():
    with pytest.raises(ValueError, match="missing or infinite"), np.errstate(divide="ignore"):
        read_side("log(x)", DATA.assign(x=[0.0, 1, 2, 3]))
    with pytest.raises(ValueError, match="cannot be"):
        read_side("x +* g", DATA)
    with pytest.raises(KeyError, match="no column 'nowhere'"):
        read_side("x + nowhere", DATA)
    with pytest.raises(ValueError, match="'g' is constant"):
        read_side("x + g", DATA.assign(g="a"))


def test_levels_of_a_combination():
    codes, labels = grouping(("g", "n"), DATA.assign(n=[2, 1, 2, 1]))
    assert list(labels) == ["a:2", "b:1"]
    assert list(codes) == [0, 1, 0, 1]
