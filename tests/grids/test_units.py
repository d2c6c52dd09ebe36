import pytest

from coldcarbon.grids import petagrams_per_square_kilometre


@pytest.mark.parametrize(
    ("units", "factor", "total"),
    [
        ("g m-2", 1e-9, "Pg"),
        ("gC m-2 yr-1", 1e-9, "Pg C yr-1"),
        ("kg C m-2", 1e-6, "Pg C"),
        ("Mg ha-1 yr-1", 1e-7, "Pg yr-1"),
        ("t C ha-1 yr-1", 1e-7, "Pg C yr-1"),
        ("Pg km-2", 1.0, "Pg"),
        ("g CO2 m-2 yr-1", 1e-9, "Pg CO2 yr-1"),
    ],
)
def test_factor_and_units_of_the_total(units: str, factor: float, total: str) -> None:
    found, name = petagrams_per_square_kilometre(units)
    assert found == pytest.approx(factor, rel=1e-14)
    assert name == total


@pytest.mark.parametrize("units", ["", "degC", "g m-3", "mm yr-1", "1", "Mg C yr-1", "g/m2"])
def test_what_is_no_mass_per_area_is_refused(units: str) -> None:
    with pytest.raises(ValueError, match="no mass per area"):
        petagrams_per_square_kilometre(units)
