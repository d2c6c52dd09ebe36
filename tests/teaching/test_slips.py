"""Each slip has a hint, and only the slips that a unit allows are looked for."""

import pytest

from coldcarbon.teaching.slips import HINTS, slips_of
from coldcarbon.teaching.units import read_unit


def names(unit: str, *, counted: bool = False, temperature: bool = False, terms: int | None = None) -> set[str]:
    return {slip.name for slip in slips_of(0.3, read_unit(unit), counted=counted, temperature=temperature, terms=terms)}


def test_each_slip_has_a_hint() -> None:
    everything = names("gC m-2 yr-1", terms=4) | names("%") | names("degC", temperature=True)
    assert everything == set(HINTS)


@pytest.mark.parametrize(
    ("unit", "absent"),
    [
        ("1", {"thousand", "area", "year and decade", "carbon and dry mass"}),
        ("degC", {"thousand", "area", "percent and fraction"}),
        ("gC m-2", {"year and decade", "month and year", "percent and fraction"}),
        ("mm", {"carbon and dry mass", "area"}),
    ],
)
def test_a_unit_rules_slips_out(unit: str, absent: set[str]) -> None:
    assert names(unit) & absent == set()


def test_whole_numbers_have_no_shares() -> None:
    assert names("1", counted=True) == {"sign"}


def test_zero_has_no_slips_but_that_of_a_scale() -> None:
    assert list(slips_of(0.0, read_unit("mm"), counted=False, temperature=False, terms=3)) == []
    found = list(slips_of(0.0, read_unit("degC"), counted=False, temperature=True, terms=3))
    assert [slip.value for slip in found] == [273.15, -273.15]
