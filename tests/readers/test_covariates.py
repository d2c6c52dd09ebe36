import numpy as np
import pandas as pd
import pytest
import xarray as xr

from coldcarbon import catalogue
from coldcarbon.readers import covariates, grid_points
from coldcarbon.simulate import covariates as simulated
from grid_files import need

ALL = tuple(covariates.FILL_RADII_KM)
NORTH, EAST = np.array([-60.25, -12.25, 0.25, 47.75, 71.25]), np.array([-179.75, -100.25, 7.25, 150.25, 10.75])


@pytest.fixture(scope="module")
def grids():
    return simulated.grids(ALL)


def test_columns_fall_into_groups_once_each():
    grouped = [name for members in covariates.GROUPS.values() for name in members]
    assert len(grouped) == len(set(grouped))
    assert set(covariates.COLUMNS) - set(grouped) == {"climate_class"}
    assert covariates.groups_in(["maximum_ndvi", "topsoil_sand_percent", "other"]) == {
        "soil": ["topsoil_sand_percent"],
        "vegetation": ["maximum_ndvi"],
    }
    listed = covariates.describe()
    assert set(listed["grid"]) == set(covariates.DEFAULT)
    assert listed.loc["annual_mean_temperature_degC", "units"] == "degC"


def test_points_get_the_planted_fields(grids):
    places = pd.DataFrame({"latitude": NORTH, "longitude": EAST}, index=list("abcde"))
    frame = covariates.at_points(grids, places["latitude"], places["longitude"])
    assert frame.index.tolist() == list("abcde")
    assert [name for name in frame if not name.endswith("_distance_km")] == list(covariates.COLUMNS)
    truth = {
        "annual_mean_temperature_degC": "mean_annual_temperature",
        "temperature_seasonality_degC": "temperature_seasonality",
        "warmest_month_temperature_degC": "warmest_month_temperature",
        "topsoil_sand_percent": "topsoil_sand",
        "annual_precipitation_mm_per_year": "annual_precipitation",
        "precipitation_seasonality_percent": "precipitation_seasonality",
        "maximum_ndvi": "maximum_ndvi",
    }
    for column, field in truth.items():
        np.testing.assert_allclose(frame[column], simulated.truth(field, NORTH, EAST), rtol=2e-4, atol=2e-4)
    assert frame["climate_class"].tolist() == simulated.truth("climate_class", NORTH, EAST).tolist()
    assert (frame.filter(like="_distance_km") == 0).all(axis=None)


def test_derived_temperatures_are_what_their_names_say(grids):
    frame = covariates.at_points({"cru-normals": grids["cru-normals"]}, NORTH, EAST)
    months = grid_points.at_points(grids["cru-normals"][["temperature"]], NORTH, EAST).to_numpy()
    days = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    quarters = np.stack([months[:, [k, (k + 1) % 12, (k + 2) % 12]].mean(axis=1) for k in range(12)])
    np.testing.assert_allclose(frame["warmest_quarter_temperature_degC"], quarters.max(axis=0), rtol=1e-5)
    np.testing.assert_allclose(frame["coldest_quarter_temperature_degC"], quarters.min(axis=0), rtol=1e-5)
    np.testing.assert_allclose(frame["months_above_5_degC"], (months >= 5).sum(axis=1))
    for base in (0, 5):
        sums = (np.clip(months - base, 0, None) * days).sum(axis=1)
        np.testing.assert_allclose(frame[f"growing_degree_days_{base}_degC_d"], sums, rtol=1e-5, atol=1e-3)


def test_what_is_filled_and_what_is_missing_is_told():
    grids = simulated.grids(ocean=True)
    frame = covariates.at_points(grids, [10.2, 10.2, 10.2, np.nan], [-41.0, -39.8, -30.0, np.nan])
    distance = frame["cru_normals_distance_km"]
    assert distance[0] == 0
    assert 10 < distance[1] < 50
    assert distance[2:].isna().all()
    counts = covariates.coverage(frame)
    assert counts.index.tolist() == list(covariates.DEFAULT)
    assert counts.loc["hwsd-topsoil"].tolist() == [1, 1, 2]
    assert (counts.sum(axis=1) == len(frame)).all()
    assert frame.attrs["fill_radii_km"]["cru-normals"] == 50
    nothing = covariates.at_points(grids, [10.2], [-39.8], fill_radii_km={"cru-normals": 0})
    assert nothing[["annual_mean_temperature_degC", "cru_normals_distance_km"]].isna().all(axis=None)
    assert nothing["topsoil_sand_percent"].notna().all()


def test_cells_have_the_values_of_points_at_their_centres(grids):
    latitude, longitude = np.arange(60.25, 40, -0.5), np.arange(-30.25, 20, 0.5)
    cells = covariates.on_cells(grids, latitude, longitude)
    assert cells.sizes == {"latitude": len(latitude), "longitude": len(longitude)}
    table = covariates.to_frame(cells)
    points = covariates.at_points(
        grids, *(table.index.get_level_values(axis).to_numpy() for axis in ("latitude", "longitude"))
    )
    assert list(table) == list(cells.data_vars)
    assert set(table) == set(points)
    pd.testing.assert_frame_equal(
        table.reset_index(drop=True)[list(points)], points, check_dtype=False, rtol=1e-5, check_categorical=True
    )
    assert cells["annual_mean_temperature_degC"].attrs["units"] == "degC"


@pytest.mark.parametrize("falling", [False, True])
def test_finer_cells_are_averaged_over_those_that_have_a_value(falling):
    fine = simulated.hwsd(step_degrees=0.25)
    sand = np.arange(720.0)[:, None] % 2 + 10 * (np.arange(1440) % 2)
    sand[:, 2] = np.nan
    fine = fine.assign(topsoil_sand=(("latitude", "longitude"), sand, fine["topsoil_sand"].attrs))
    fine = fine.isel(latitude=slice(None, None, -1)) if falling else fine
    cells = covariates.on_cells({"hwsd-topsoil": fine}, [0.25, 0.75], [-179.75, -179.25, -178.75])
    np.testing.assert_allclose(cells["topsoil_sand_percent"], [[5.5, 10.5, 5.5]] * 2)
    centre = simulated.truth("topsoil_clay", 0.25, -179.75)
    assert float(cells["topsoil_clay_percent"][0, 0]) == pytest.approx(float(centre), abs=0.01)


def test_land_is_filled_and_the_sea_is_not():
    grids = simulated.grids(ocean=True)
    temperature = grids["cru-normals"]
    hole = (np.abs(temperature["latitude"] - 10.25) < 0.6) & (np.abs(temperature["longitude"] + 50.25) < 0.1)
    grids["cru-normals"] = temperature.assign(temperature=temperature["temperature"].where(~hole))
    cells = covariates.on_cells(grids, np.arange(8.25, 13, 0.5), np.arange(-55.25, -30, 0.5))
    sea = cells["longitude"] > -40
    assert not np.isfinite(cells["annual_mean_temperature_degC"].where(sea, drop=True)).any()
    assert not np.isfinite(cells["hadex2_precipitation_mm_per_year"].where(sea, drop=True)).any()
    distance = cells["cru_normals_distance_km"].sel(longitude=-50.25)
    assert np.isfinite(distance).all()
    assert float(distance.sel(latitude=10.25)) == pytest.approx(0.5 * 111.195 * np.cos(np.radians(10.25)), rel=1e-3)
    filled = cells["annual_mean_temperature_degC"].sel(latitude=10.25)
    assert float(filled.sel(longitude=-50.25)) in filled.sel(longitude=[-50.75, -49.75]).to_numpy()
    bare = covariates.on_cells(grids, [10.25], [-50.25], fill_radii_km={"cru-normals": 0})
    assert np.isnan(bare["annual_mean_temperature_degC"]).all()


def test_blocks_join_at_the_date_line():
    grids = {"hwsd-topsoil": simulated.hwsd()}
    edge = grids["hwsd-topsoil"]["longitude"] > 179.6
    grids["hwsd-topsoil"] = grids["hwsd-topsoil"].where(~edge)
    grids["koppen-geiger"] = simulated.koppen()
    cells = covariates.on_cells(grids, [0.25], [179.75])
    assert float(cells["hwsd_topsoil_distance_km"][0, 0]) == pytest.approx(55.6, abs=0.1)
    neighbours = simulated.hwsd()["topsoil_sand"].sel(latitude=0.25, longitude=[-179.75, 179.25]).to_numpy()
    assert float(cells["topsoil_sand_percent"][0, 0]) in neighbours
    narrow = covariates.on_cells(grids, [0.25], [179.75], fill_radii_km={"hwsd-topsoil": 20})
    assert np.isnan(narrow["hwsd_topsoil_distance_km"]).all()


def test_only_the_block_is_read(monkeypatch):
    read: list[int] = []
    original = xr.Dataset.load

    def load(self, **options):
        read.append(sum(data.size for data in self.data_vars.values()))
        return original(self, **options)

    monkeypatch.setattr(xr.Dataset, "load", load)
    covariates.on_cells({"hwsd-topsoil": simulated.hwsd(step_degrees=0.25)}, [0.25], [0.25])
    assert max(read) <= 3 * 4 * 15  # fields, fine cells of a cell, its neighbours and theirs to the sides


@pytest.mark.parametrize(
    ("latitude", "longitude", "message"),
    [
        ([0.0], [0.25], "latitude: 0 is not the centre"),
        ([0.25], [180.25], "longitude: 180.25 is not the centre"),
        ([0.25, 1.25], [0.25], "not neighbours"),
        ([], [0.25], "empty"),
    ],
)
def test_cells_that_are_none_are_refused(grids, latitude, longitude, message):
    with pytest.raises(ValueError, match=message):
        covariates.on_cells(grids, latitude, longitude)


def test_unknown_grids_and_radii_are_refused(grids):
    with pytest.raises(ValueError, match="'worldclim' is no grid"):
        covariates.read(["worldclim"])
    with pytest.raises(ValueError, match="named twice"):
        covariates.read(["cru-normals", "cru-normals"])
    with pytest.raises(ValueError, match="there is no grid"):
        covariates.at_points({}, [0], [0])
    with pytest.raises(ValueError, match="must be a distance"):
        covariates.at_points(grids, [0], [0], fill_radii_km={"cru-normals": -1})
    part = {"cru-normals": grids["cru-normals"].isel(latitude=slice(0, 90))}
    with pytest.raises(ValueError, match="do not fit"):
        covariates.on_cells(part, [-60.25], [0.25])


def test_the_real_grids_at_known_places():
    for name in covariates.DEFAULT:
        need(name)
    grids = covariates.read()
    frame = covariates.at_points(grids, [52.5, -3.1], [13.4, -60.02])  # Berlin, Manaus
    assert frame["annual_mean_temperature_degC"].between([8, 25], [12, 30]).all()
    assert frame["climate_group"].tolist() == ["temperate", "tropical"]
    cells = covariates.on_cells(grids, [52.25, 52.75], [13.25, 13.75])
    assert float(cells["annual_mean_temperature_degC"].mean()) == pytest.approx(
        frame["annual_mean_temperature_degC"][0], abs=1
    )
    assert 0 < float(cells["topsoil_sand_percent"].min()) < 100
    assert catalogue.present("hwsd-topsoil")
