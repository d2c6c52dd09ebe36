import numpy as np
import pytest

from coldcarbon.readers import gridded
from coldcarbon.readers import hadex2 as hadex2_reader
from coldcarbon.readers import hwsd as hwsd_reader
from coldcarbon.readers import itur as itur_reader
from coldcarbon.readers import koppen as koppen_reader
from coldcarbon.readers import ndvi as ndvi_reader
from coldcarbon.readers.grid_points import at_points
from coldcarbon.simulate import covariates

TWINS = {
    "cru_normals": covariates.cru_normals,
    "hwsd": covariates.hwsd,
    "koppen": covariates.koppen,
    "hadex2": covariates.hadex2,
    "itur": covariates.itur,
    "ndvi": covariates.ndvi,
}
ORDERS = dict.fromkeys(TWINS, "ascending") | {"ndvi": "descending"}
NAMES = {
    "cru_normals": [
        "temperature",
        "mean_annual_temperature",
        "temperature_seasonality",
        "warmest_month_temperature",
        "coldest_month_temperature",
    ],
    "hwsd": list(hwsd_reader.FILES),
    "koppen": ["climate_class", "climate_group"],
    "hadex2": ["annual_precipitation", "years_with_data"],
    "itur": ["precipitation", "annual_precipitation", "precipitation_seasonality"],
    "ndvi": list(ndvi_reader.FILES),
}


@pytest.mark.parametrize("name", TWINS)
def test_a_twin_has_the_fields_and_axes_of_its_reader(name):
    dataset = TWINS[name]()
    assert list(dataset.data_vars) == NAMES[name]
    assert dataset.attrs["latitude_order"] == ORDERS[name]
    assert dataset.attrs["simulated"] is True
    assert gridded.covers_the_globe(dataset["longitude"])
    for field in dataset.data_vars.values():
        assert {"units", "long_name", "source"} <= set(field.attrs)
        assert field.attrs["source"] == "Simulated"
        assert bool(field.notnull().all())


def test_attributes_are_those_of_the_readers():
    assert covariates.hadex2()["annual_precipitation"].attrs["long_name"] == hadex2_reader.LONG_NAME
    twin = covariates.itur()
    for name, field in itur_reader.fields_of(np.ones((12, 2, 2)), "").items():
        assert field.attrs["units"] == twin[name].attrs["units"]
        assert field.dtype == twin[name].dtype
    assert covariates.koppen()["climate_class"].attrs["flag_meanings"] == " ".join(koppen_reader.CLASSES)


@pytest.mark.parametrize(
    ("name", "twin"),
    [(n, t) for t in ("cru_normals", "hwsd", "itur", "ndvi") for n in NAMES[t] if n in covariates.FIELDS],
)
def test_extraction_recovers_the_truth(name, twin):
    rng = np.random.default_rng(5)
    north, east = rng.uniform(-80, 80, 400), rng.uniform(-180, 180, 400)
    dataset = TWINS[twin]()[[name]]
    truth = covariates.truth(name, north, east)
    inside = np.abs(north) > 0.5  # the seasons turn at the equator, where the wave has a kink
    found = at_points(dataset, north, east, method="bilinear").iloc[:, 0]
    np.testing.assert_allclose(found[inside], truth[inside], atol=2e-3 * np.ptp(truth))
    nearest = at_points(dataset, north, east).iloc[:, 0]
    np.testing.assert_allclose(nearest, truth, atol=0.04 * np.ptp(truth))


def test_seasons_are_opposite_in_the_hemispheres():
    dataset = covariates.cru_normals(step_degrees=1)
    north, south = (dataset["temperature"].sel(latitude=x, longitude=20.5) for x in (45.5, -45.5))
    assert int(north.argmax("month")) == 6
    assert int(south.argmax("month")) == 0
    rain = covariates.itur(step_degrees=1)
    assert int(rain["precipitation"].sel(latitude=45.5, longitude=20.5).argmax("month")) == 6
    np.testing.assert_allclose(rain["precipitation"].sum("month"), rain["annual_precipitation"], rtol=1e-5)
    assert float(rain["precipitation"].min()) > 0


def test_values_are_possible_and_no_field_is_a_function_of_the_others():
    rng = np.random.default_rng(6)
    north, east = rng.uniform(-60, 75, 500), rng.uniform(-180, 180, 500)
    planted = {name: covariates.truth(name, north, east) for name in covariates.FIELDS}
    for name in ("topsoil_sand", "topsoil_silt", "topsoil_clay"):
        assert planted[name].min() > 0
    total = planted["topsoil_sand"] + planted["topsoil_silt"] + planted["topsoil_clay"]
    np.testing.assert_allclose(total, 100)
    assert planted["annual_precipitation"].min() > 50
    assert planted["topsoil_organic_carbon"].min() > 0
    assert (planted["minimum_ndvi"] <= planted["maximum_ndvi"]).all()
    assert planted["maximum_ndvi"].max() < 1
    free = [
        "mean_annual_temperature",
        "temperature_seasonality",
        "annual_precipitation",
        "topsoil_sand",
        "topsoil_clay",
        "topsoil_organic_carbon",
        "minimum_ndvi",
    ]
    correlations = np.corrcoef([planted[name] for name in free])
    assert np.abs(correlations[np.triu_indices(len(free), 1)]).max() < 0.95
    assert np.linalg.inv(correlations).diagonal().max() < 30  # variance inflation


def test_classes_follow_the_bands_and_ice_can_go():
    assert covariates.truth("climate_class", [0, 25, 25, -89], [0, 0, 90, 0]).tolist() == ["Af", "BSh", "BWh", "EF"]
    assert bool(covariates.koppen(drop_ice=True)["climate_class"].sel(latitude=89.75).isnull().all())
    places = at_points(covariates.koppen(), [0.1, 60.1], [10, 100])
    assert places["climate_class"].tolist() == ["Af", "Dwc"]


@pytest.mark.parametrize("name", TWINS)
def test_the_planted_ocean_is_missing_and_can_be_filled_from_its_coast(name):
    dataset = TWINS[name](ocean=True)
    first = list(dataset.data_vars)[:1]
    frame = at_points(dataset[first], [10.2, 10.2], [-41.0, -39.0], fill_radius_km=120)
    distance = frame[f"{first[0]}_distance_km"]
    assert distance[0] == 0
    assert 30 < distance[1] < 120  # the coast is that of the grid
    assert covariates.is_land([-41, -39, 170]).tolist() == [True, False, False]


def test_unknown_fields_and_uneven_steps_are_refused():
    with pytest.raises(KeyError, match="no planted field 'slope'"):
        covariates.truth("slope", 0, 0)
    for step in (0.7, 0, 120):
        with pytest.raises(ValueError, match="must divide 180"):
            covariates.hwsd(step_degrees=step)


def test_all_twins_by_the_names_of_the_catalogue():
    grids = covariates.grids()
    assert tuple(grids) == ("cru-normals", "hwsd-topsoil", "koppen-geiger", "hadex2-precipitation")
    assert all(dataset.attrs["simulated"] for dataset in grids.values())
    assert np.isnan(covariates.grids(["ndvi-extremes"], ocean=True)["ndvi-extremes"]["maximum_ndvi"]).any()
    with pytest.raises(ValueError, match="'worldclim' is no grid"):
        covariates.grids(["worldclim"])
