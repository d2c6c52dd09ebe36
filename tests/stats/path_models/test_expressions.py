import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coldcarbon.stats.path_models.expressions import evaluate, gradient, linear_form, names_in

positive = st.floats(0.1, 5.0)


@given(positive, positive)
def test_values_and_exact_derivatives(a, b):
    text = "a*b^2 + exp(-a)/b - log(a.c)*sqrt(b)"
    values = {"a": a, "b": b, "a.c": 2.0}
    assert evaluate(text, values).real == pytest.approx(a * b**2 + math.exp(-a) / b - math.log(2) * math.sqrt(b))
    slopes = gradient(text, values)
    assert slopes["a"] == pytest.approx(b**2 - math.exp(-a) / b, rel=1e-12, abs=1e-12)
    assert slopes["b"] == pytest.approx(2 * a * b - math.exp(-a) / b**2 - math.log(2) / (2 * math.sqrt(b)), rel=1e-10)
    assert slopes["a.c"] == pytest.approx(-math.sqrt(b) / 2, rel=1e-12)


def test_absolute_value_has_a_derivative():
    assert gradient("abs(a)", {"a": -2.0}) == {"a": -1.0}


def test_names():
    assert names_in("exp(a) + b.c*2") == {"a", "b.c"}


def test_linear_constraints():
    coefficients, constant = linear_form("2*a - b", "c/4 + 3", ("a", "b", "c"))
    np.testing.assert_allclose(coefficients, [2, -1, -0.25])
    assert constant == pytest.approx(-3)
    with pytest.raises(ValueError, match="not linear"):
        linear_form("a*b", "1", ("a", "b"))


@pytest.mark.parametrize("text", ["a +", "a if b else c", "open('x')", "a.b.c()", "foo(a)", "exp(a, b)", "'a'"])
def test_nothing_but_arithmetic(text):
    with pytest.raises(ValueError, match=r"arithmetic|computed|no label|takes one"):
        evaluate(text, {"a": 1.0, "b": 1.0})


def test_unknown_label():
    with pytest.raises(ValueError, match="'z'"):
        evaluate("a + z", {"a": 1.0})
