import numpy as np
import pandas as pd
import pytest

from coldcarbon.stats.gamm.table import Table

DATA = pd.DataFrame(
    {
        "x": [1, 2, 3, 4],
        "g": ["b", "a", "b", "c"],
        "h": pd.Categorical(["hi", "lo", "lo", "hi"], categories=["lo", "mid", "hi"]),
        "flag": [True, False, True, True],
    }
)


def test_numbers_and_factors():
    table = Table(DATA, ["x", "g", "h", "flag"])
    np.testing.assert_array_equal(table.numbers("I(x^2)"), [1, 4, 9, 16])
    assert [table.is_factor(name) for name in ("x", "g", "h", "flag")] == [False, True, True, True]
    codes, levels = table.levels(("g",))
    assert codes.tolist() == [1, 0, 1, 2]
    assert levels == ("a", "b", "c")
    assert table.levels(("h",))[1] == ("lo", "hi")
    assert table.levels(("h",))[0].tolist() == [1, 0, 0, 1]


def test_groups_by_combination_and_new_levels():
    table = Table(DATA, ["g", "h"])
    codes, levels = table.levels(("g", "h"))
    assert len(levels) == 4
    assert table.codes(("g", "h"), levels[:2]).tolist() == np.where(codes < 2, codes, -1).tolist()
    assert table.codes(("g",), ("c", "b")).tolist() == [1, -1, 1, 0]


def test_refuses_missing_values_and_columns_by_name():
    broken = DATA.assign(x=[1.0, np.nan, np.inf, 2.0], g=["a", None, "b", "c"])
    with pytest.raises(ValueError, match="'x' is missing or infinite in row 1, 2"):
        Table(broken, ["x"])
    with pytest.raises(ValueError, match="'g' is missing"):
        Table(broken, ["g"])
    with pytest.raises(KeyError, match="no column 'w'"):
        Table(DATA, ["x", "w"])
    with pytest.raises(ValueError, match="'g' is not numeric"):
        Table(DATA, ["g"]).numbers("g")


def test_whole_numbers_can_group():
    table = Table(DATA, ["x"])
    assert table.levels(("x",))[1] == (1, 2, 3, 4)
