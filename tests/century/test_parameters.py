"""The 24 parameters: order, priors, and what is refused."""

import numpy as np
import pytest

from coldcarbon import century
from coldcarbon.century import SYMBOLS, as_vector, defaults, midpoints, priors, refuse_outside, table


def test_there_are_24_with_defaults_inside_their_priors() -> None:
    low, high = priors()
    assert len(SYMBOLS) == len(low) == 24
    assert len({p.name for p in century.PARAMETERS}) == 24
    for vegetation in ("meadow", "steppe"):
        assert (defaults(vegetation) >= low).all()
        assert (defaults(vegetation) <= high).all()
    np.testing.assert_allclose(midpoints(), (low + high) / 2)
    assert defaults("meadow")[SYMBOLS.index("PPDF(1)")] == 18
    assert defaults("steppe")[SYMBOLS.index("PPDF(4)")] == 3.5


def test_six_lost_cells_of_table_1_stay_missing() -> None:
    frame = table()
    lost = frame["s_opt2_mean"].isna()
    assert list(frame.index[lost]) == ["P1CO2A(2)", "P1CO2B(1)", "P1CO2B(2)", "P2CO2(1)", "P2CO2(2)", "P3CO2"]
    assert frame.loc["PRDX(1)", "prior_sd"] == pytest.approx(0.7 / np.sqrt(12))
    assert frame.loc["DEC4", "unit"] == "yr-1"


def test_vectors_take_symbols_and_names() -> None:
    vector = as_vector({"DEC4": 0.005, "fall_of_standing_dead": 0.2}, defaults("meadow"))
    changed = vector != defaults("meadow")
    assert [SYMBOLS[i] for i in np.flatnonzero(changed)] == ["FALLRT", "DEC4"]
    with pytest.raises(KeyError, match="no parameter 'DEC9'"):
        as_vector({"DEC9": 1}, midpoints())


@pytest.mark.parametrize("value", [0.29, 1.01, np.nan, np.inf])
def test_values_outside_a_prior_are_refused_by_name(value: float) -> None:
    with pytest.raises(ValueError, match=r"PRDX\(1\) = .* is outside its prior, 0.3 to 1"):
        as_vector({"PRDX(1)": value}, midpoints())


def test_other_vectors_that_cannot_be_run_are_refused() -> None:
    with pytest.raises(ValueError, match="has 24 values"):
        refuse_outside(np.ones(23))
    with pytest.raises(ValueError, match=r"PPDF\(2\).*must be above"):
        as_vector({"PPDF(1)": 25, "PPDF(2)": 25}, midpoints())
    with pytest.raises(ValueError, match="no defaults for 'forest'"):
        defaults("forest")
    low, high = priors()
    refuse_outside(high + 1e-15 * (high - low))  # rounding of a reflection at the bound
