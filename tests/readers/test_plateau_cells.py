import numpy as np
import pytest
import shapely

from coldcarbon.catalogue import DataMissingError
from coldcarbon.readers import koppen, plateau_boundary, plateau_cells
from coldcarbon.readers.gridded import cell_areas_km2
from coldcarbon.simulate import covariates as planted
from grid_files import need

OUTLINE = shapely.box(80.25, 30.0, 90.0, 36.0)
NAMES = ("cru-normals", "itur-precipitation", "hwsd-topsoil", "koppen-geiger")


@pytest.fixture(scope="module")
def sources():
    grids = planted.grids(NAMES)
    grids["itur-precipitation"] = planted.itur(step_degrees=0.25)
    return grids


@pytest.fixture(scope="module")
def cells(sources):
    return plateau_cells.of(sources, OUTLINE)


def test_shares_of_cells_add_up_to_the_outline():
    latitude, longitude = np.arange(29.25, 37, 0.5), np.arange(79.25, 92, 0.5)
    triangle = shapely.Polygon([(80, 30), (90, 30), (85, 36)])
    shares = plateau_boundary.cell_shares(triangle, latitude, longitude)
    assert float(shares.sum()) * 0.25 == pytest.approx(triangle.area)
    upside_down = plateau_boundary.cell_shares(triangle, latitude[::-1], longitude)
    np.testing.assert_allclose(upside_down[::-1], shares)
    half = plateau_boundary.cell_shares(OUTLINE, latitude, longitude).sel(latitude=32.25)
    assert half.sel(longitude=[79.75, 80.25, 80.75]).values.tolist() == [0, 0.5, 1]


def test_an_outline_that_crosses_itself_is_refused():
    bow_tie = shapely.Polygon([(80, 30), (90, 36), (90, 30), (80, 36)])
    with pytest.raises(ValueError, match="not valid"):
        plateau_boundary.cell_shares(bow_tie, [30.25, 30.75], [80.25, 80.75])


def test_cells_hold_the_planted_fields_and_their_area(cells, sources):
    inside = cells["sand"].notnull()
    assert int(inside.sum()) == 12 * 20
    north, east = np.meshgrid(cells["latitude"], cells["longitude"], indexing="ij")
    for name, unit in (("sand", 100), ("clay", 100)):
        truth = planted.truth(f"topsoil_{name}", north, east) / unit
        np.testing.assert_allclose(cells[name].values[inside], truth[inside], rtol=1e-6)
    np.testing.assert_allclose((cells["sand"] + cells["silt"] + cells["clay"]).values[inside], 1)
    truth = planted.truth("annual_precipitation", north, east)
    np.testing.assert_allclose(cells["annual_precipitation"].values[inside], truth[inside], rtol=1e-3)
    whole = cell_areas_km2(cells)
    assert float(cells["area"].sum()) == pytest.approx(float(whole.where(inside).sum()) - float(
        whole.sel(longitude=80.25).where(inside.sel(longitude=80.25)).sum()) / 2)  # fmt: skip
    names = plateau_cells.climate_classes(cells)
    expected = planted.truth("climate_class", north, east)
    assert (names.values[inside] == expected[inside]).all()
    assert (names.values[~inside] == "").all()


def test_texture_is_the_mean_of_soil_and_cells_without_any_are_missing(sources):
    fine = planted.hwsd(step_degrees=0.25)
    place = {"latitude": slice(33, 33.5), "longitude": slice(85, 85.5)}
    one = {"latitude": 33.125, "longitude": 85.125}
    alone = {name: float(fine[name].sel(one)) for name in fine}
    for name in fine:
        values = fine[name].load()
        values.loc[place] = np.nan
        values.loc[one] = alone[name]
    cells = plateau_cells.of({**sources, "hwsd-topsoil": fine}, OUTLINE)
    here = cells.sel(latitude=33.25, longitude=85.25)
    assert float(here["soil_share"]) == 0.25
    assert float(here["sand"]) == pytest.approx(alone["topsoil_sand"] / 100)
    for name in fine:
        fine[name].loc[place] = np.nan
    cells = plateau_cells.of({**sources, "hwsd-topsoil": fine}, OUTLINE)
    assert np.isnan(cells["temperature"].sel(latitude=33.25, longitude=85.25)).all()
    assert float(cells["area"].sel(latitude=33.25, longitude=85.25)) > 0


def test_grids_that_do_not_fit_are_refused(sources):
    with pytest.raises(ValueError, match="do not fit"):
        plateau_cells.of({**sources, "cru-normals": planted.cru_normals(step_degrees=0.75)}, OUTLINE)
    shifted = sources["cru-normals"].assign_coords(latitude=sources["cru-normals"]["latitude"] + 0.1)
    with pytest.raises(ValueError, match="do not fit"):
        plateau_cells.of({**sources, "cru-normals": shifted}, OUTLINE)


def test_without_precipitation_the_message_says_how_to_get_it(monkeypatch):
    monkeypatch.setenv("COLDCARBON_DATA", "auto")
    monkeypatch.setattr("coldcarbon.catalogue.present", lambda name: False)
    with pytest.raises(DataMissingError, match="coldcarbon data fetch itur-precipitation"):
        plateau_cells.read()


def test_real_cells():
    for name in plateau_cells.DATASETS:
        need(name)
    cells = plateau_cells.read()
    assert float(cells["area"].sum()) == pytest.approx(2.6e6, rel=0.01)
    filled = cells["sand"].notnull()
    assert float(cells["area"].where(filled).sum() / cells["area"].sum()) > 0.999
    names = plateau_cells.climate_classes(cells).values[filled.values]
    assert set(names) <= set(koppen.CLASSES)
    assert float(cells["annual_precipitation"].sel(longitude=slice(98, None)).mean()) > 300
