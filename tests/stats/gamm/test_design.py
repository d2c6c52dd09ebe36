import numpy as np
import pandas as pd
import pytest
from additive_data import crossed

from coldcarbon.stats.gamm.design import Design
from coldcarbon.stats.gamm.table import Table

DATA = crossed()


def test_columns_are_named_as_r_names_them():
    data = DATA.assign(soil=np.resize(["clay", "sand", "silt"], len(DATA)))
    design = Design.of("y ~ managed*soil + z:managed + z", data)
    assert design.parametric.names == (
        "(Intercept)",
        "managedyes",
        "soilsand",
        "soilsilt",
        "managedyes:soilsand",
        "managedyes:soilsilt",
        "z:managedyes",
        "z",
    )
    column = dict(zip(design.parametric.names, design.dense.T, strict=True))
    np.testing.assert_array_equal(column["managedyes:soilsilt"], column["managedyes"] * column["soilsilt"])
    np.testing.assert_array_equal(column["z:managedyes"], column["managedyes"] * DATA["z"])


def test_a_factor_without_intercept_keeps_all_levels():
    design = Design.of("y ~ managed - 1", DATA)
    assert design.parametric.names == ("managedno", "managedyes")
    np.testing.assert_array_equal(design.dense.sum(axis=1), 1)


def test_smooths_sum_to_zero_over_the_data():
    design = Design.of("y ~ s(x) + te(x, z) + s(x, z)", DATA)
    np.testing.assert_allclose(design.dense[:, 1:].mean(axis=0), 0, atol=1e-10)
    assert [smooth.size for smooth in design.smooths] == [9, 24, 29]


def test_by_a_factor_gives_a_smooth_per_level():
    design = Design.of("y ~ managed + s(x, by=managed)", DATA)
    assert [smooth.label for smooth in design.smooths] == ["s(x):managedno", "s(x):managedyes"]
    no = design.dense[:, 2:11]
    assert (no[DATA["managed"] == "yes"] == 0).all()
    again = design.smooths[0].columns(Table(DATA, ["x", "managed"]))
    np.testing.assert_allclose(again, no, atol=1e-10)


@pytest.mark.parametrize(
    ("formula", "change", "message"),
    [
        ("y ~ s(x)", {"x": 1.0}, "'x' is constant"),
        ("y ~ z", {"z": 1.0}, "'z' is constant"),
        ("y ~ s(x)", {"y": 2.0}, "'y' is constant"),
        ("y ~ re(site)", {"site": "a"}, "1 level"),
        ("y ~ re(z, by=site)", {"z": 3.0}, "write re"),
        ("y ~ re(site)", {"site": np.arange(len(DATA))}, "every row is a group"),
        ("y ~ s(site)", {}, "not numeric"),
        ("site ~ s(x)", {}, "not numeric"),
        ("y ~ s(x, k=20)", {"x": np.resize([1.0, 2, 3, 4], len(DATA))}, r"s\(x\): 4 distinct"),
        ("y ~ x:managed", {}, "needs x as a term of its own"),
    ],
)
def test_refuses_data_that_cannot_carry_the_formula(formula, change, message):
    with pytest.raises(ValueError, match=message):
        Design.of(formula, DATA.assign(**change))


def test_refuses_names_and_knots_it_does_not_know():
    with pytest.raises(ValueError, match="stand twice"):
        Design.of("y ~ x", pd.concat([DATA, DATA[["x"]]], axis=1))
    with pytest.raises(ValueError, match="knots are given for month"):
        Design.of("y ~ s(x)", DATA, {"month": (0, 12)})
    with pytest.raises(ValueError, match="2 rows are too few"):
        Design.of("y ~ x", DATA[:2])
