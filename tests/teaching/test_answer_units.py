"""Units as the book writes them become what pint reckons with; what is unknown is named."""

import pytest

from coldcarbon import published
from coldcarbon.published import PAPERS
from coldcarbon.teaching.units import DifferentKindError, UnknownUnitError, read_unit

NO_UNITS = {"unstated", "version", "id", "G-R", "dpi"}
PRINTED = sorted({unit for paper in PAPERS for unit in published.load(paper)["unit"]} - NO_UNITS)


@pytest.mark.parametrize("text", PRINTED)
def test_every_unit_of_the_papers_is_read(text: str) -> None:
    assert read_unit(text).factor(read_unit(text)) == 1


@pytest.mark.parametrize(
    ("text", "other", "factor"),
    [
        ("Mg ha-1 yr-1", "g m-2 yr-1", 100),
        ("Mg C ha-1 yr-1", "gC m-2 yr-1", 100),
        ("g C/m²/yr", "kg C m⁻² yr⁻¹", 1e-3),
        ("kg per m2 per decade", "g m^-2 yr^-1", 100),
        ("PgC yr-1", "TgC yr-1", 1000),
        ("Gt O₂ yr⁻¹", "Mt O2 yr-1", 1000),
        ("gC m-2 month-1", "gC m-2 yr-1", 12),
        ("degC decade-1", "K yr-1", 0.1),
        ("decade-1 degC-1", "yr-1 K-1", 0.1),
        ("% decade-1", "yr-1", 1e-3),
        ("%", "1", 0.01),
        ("ppm", "", 1e-6),
        ("individuals m-2", "m-2", 1),
        ("tC ha-1 a-1", "MgC ha-1 yr-1", 1),
        ("°C", "K", 1),
        ("W/m2", "J s-1 m-2", 1),
        ("degree N", "arc second", 3600),
    ],
)
def test_one_unit_becomes_another(text: str, other: str, factor: float) -> None:
    assert read_unit(text).factor(read_unit(other)) == pytest.approx(factor)


def test_a_temperature_has_another_zero_on_each_scale() -> None:
    assert read_unit("degC").temperature(-5, read_unit("K")) == pytest.approx(268.15)
    assert read_unit("K").temperature(268.15, read_unit("°C")) == pytest.approx(-5)
    assert read_unit("delta degC").is_difference
    assert not read_unit("degC").is_difference
    assert not read_unit("degC decade-1").is_temperature


@pytest.mark.parametrize(
    ("text", "substance"),
    [
        ("gC m-2 yr-1", "carbon"),
        ("Mg C ha-1", "carbon"),
        ("kg of carbon", "carbon"),
        ("kgCO2 m-2", "carbon dioxide"),
        ("mol O2 m-2", "oxygen"),
        ("Mg DM ha-1", "dry mass"),
        ("g dry matter m-2", "dry mass"),
        ("g m-2", ""),
        ("g dm-3", ""),
        ("degC", ""),
    ],
)
def test_what_a_mass_is_a_mass_of_is_kept(text: str, substance: str) -> None:
    assert read_unit(text).substance == substance


@pytest.mark.parametrize("text", ["Kg", "gram-ish", "m-2.5", "3", "1e3 g", "(g)", "yr 2 -1", "𝛼", "g; m"])
def test_an_unknown_unit_is_named(text: str) -> None:
    with pytest.raises(UnknownUnitError, match="is not known"):
        read_unit(text)


@pytest.mark.parametrize(("text", "other"), [("mm", "mm yr-1"), ("g", "m"), ("degC", "1"), ("gC m-2", "ppm")])
def test_other_kinds_are_not_turned_into_each_other(text: str, other: str) -> None:
    with pytest.raises(DifferentKindError, match="cannot be turned into"):
        read_unit(text).factor(read_unit(other))
