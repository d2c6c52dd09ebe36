import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coldcarbon.stats.path_models.moments import from_covariance, from_rows, singular_sets

TABLE = pd.DataFrame(np.random.default_rng(1).normal(size=(20, 3)), columns=list("abc"))


@pytest.mark.parametrize(("divisor", "ddof"), [("n", 0), ("n-1", 1)])
def test_divisors_and_order(divisor, ddof):
    found = from_rows(TABLE, ["c", "a"], divisor)
    np.testing.assert_allclose(found.covariance, np.cov(TABLE[["c", "a"]].T, ddof=ddof), rtol=1e-12)
    np.testing.assert_allclose(found.means, TABLE[["c", "a"]].mean())
    again = from_covariance(TABLE.cov(), 20, TABLE.mean(), ["c", "a"], divisor)
    np.testing.assert_allclose(again.covariance, found.covariance, rtol=1e-12)
    assert again.rows is None


@given(st.integers(0, 19), st.sampled_from([np.nan, np.inf, -np.inf]))
@settings(max_examples=15)
def test_gaps_are_refused_by_name(row, value):
    table = TABLE.copy()
    table.loc[row, "b"] = value
    with pytest.raises(ValueError, match=f"'b' is missing or infinite in row {row}"):
        from_rows(table, ["a", "b"], "n")
    assert from_rows(table, ["a", "c"], "n").n == 20


@pytest.mark.parametrize(
    ("table", "error", "says"),
    [
        (TABLE.assign(b=1.0), ValueError, "'b' is constant"),
        (TABLE.assign(b="x"), ValueError, "'b' holds no numbers"),
        (TABLE.rename(columns={"b": "a"}), ValueError, "several columns called 'a'"),
        (TABLE.drop(columns="b"), KeyError, "'b'"),
        (TABLE.iloc[:1], ValueError, "1 row"),
    ],
)
def test_refuses(table, error, says):
    with pytest.raises(error, match=says):
        from_rows(table, ["a", "b"], "n")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda s: s.assign(a=s["a"] + 1), "not symmetric"),
        (lambda s: s * np.nan, "gaps"),
        (lambda s: s - 3 * np.eye(3), "not positive"),
        (
            lambda s: pd.DataFrame(np.eye(3) * 0.1 + 0.9 * np.sign(s), s.index, s.columns).mul(-1) + 2 * np.eye(3),
            "negative eig",
        ),
    ],
)
def test_refuses_what_is_no_covariance(change, says):
    base = pd.DataFrame([[1, 0.9, 0.9], [0.9, 1, 0.9], [0.9, 0.9, 1.0]], list("abc"), list("abc"))
    with pytest.raises(ValueError, match=says):
        from_covariance(change(base), 20, None, list("abc"), "n")


def test_covariance_needs_n_and_names():
    with pytest.raises(ValueError, match="how many rows"):
        from_covariance(TABLE.cov(), None, None, ["a"], "n")
    with pytest.raises(KeyError, match="'d'"):
        from_covariance(TABLE.cov(), 9, None, ["a", "d"], "n")


def test_names_what_determines_each_other():
    table = TABLE.assign(d=1000 * (TABLE["a"] - TABLE["c"]), e=np.arange(20.0) % 7)
    assert singular_sets(from_rows(TABLE, list("abc"), "n")) == []
    (found,) = singular_sets(from_rows(table, list("abcde"), "n"))
    assert sorted(found) == ["a", "c", "d"]
