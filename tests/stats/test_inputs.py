"""Bad input is refused by name."""

import numpy as np
import pandas as pd
import pytest

from coldcarbon.stats import inputs

DATA = pd.DataFrame({"y": [1.0, 2.0, 3.0], "g": ["a", "b", "b"], "one": [1, 1, 1]})


def test_columns_come_in_the_order_named():
    assert list(inputs.complete_columns(DATA, ["g", "y", "g"]).columns) == ["g", "y"]


def test_absent_columns_are_named():
    with pytest.raises(KeyError, match="no column 'x'; the columns are y, g, one"):
        inputs.complete_columns(DATA, ["y", "x"])


@pytest.mark.parametrize(("column", "value"), [("y", np.nan), ("y", np.inf), ("g", None)])
def test_missing_values_are_named(column, value):
    broken = DATA.assign(**{column: [value, *DATA[column][1:]]})
    with pytest.raises(ValueError, match=f"column '{column}' is missing or infinite in row 0"):
        inputs.complete_columns(broken, ["y", "g"])


def test_many_missing_rows_are_counted():
    with pytest.raises(ValueError, match="row 0, 1, 2, 3, 4 and 3 more"):
        inputs.complete_columns(pd.DataFrame({"y": [np.nan] * 8}), ["y"])


def test_constants_and_single_levels_are_refused():
    with pytest.raises(ValueError, match="'one' is constant"):
        inputs.require_varying(DATA, ["y", "one"])
    with pytest.raises(ValueError, match="group 'one' has 1 level"):
        inputs.require_levels(DATA, ["g", "one"])
    inputs.require_levels(DATA, ["g"])
