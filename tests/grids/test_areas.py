import numpy as np
import pytest
import xarray as xr

from coldcarbon import grids
from coldcarbon.readers.gridded import EARTH_RADIUS_KM, cell_areas_km2

SPHERE_KM2 = 4 * np.pi * EARTH_RADIUS_KM**2
LATITUDE = np.linspace(85, -85, 18)
LONGITUDE = np.linspace(-175, 175, 36)


def globe(values: object = 1.0, *, lazy: bool = True, **attributes: str) -> xr.DataArray:
    data = xr.DataArray(
        np.broadcast_to(np.asarray(values, float), (18, 36)).copy(),
        {"latitude": LATITUDE, "longitude": LONGITUDE},
        ("latitude", "longitude"),
        "production",
        {"units": "Mg C ha-1 yr-1", **attributes},
    )
    return data.chunk(latitude=5, longitude=7) if lazy else data


def hemispheres() -> xr.DataArray:
    codes = np.where(LATITUDE > 0, 1.0, 2.0)[:, None]
    return globe(codes, flag_values=[1, 2, 3], flag_meanings="north south nowhere")  # type: ignore[arg-type]


def test_areas_are_those_of_the_readers_and_stay_lazy() -> None:
    areas = grids.cell_areas_like(globe())
    assert areas.chunks == globe().chunks
    xr.testing.assert_allclose(areas.compute(), cell_areas_km2(globe()), rtol=1e-14)
    assert grids.cell_areas_like(globe(lazy=False)).chunks is None


@pytest.mark.parametrize("lazy", [True, False])
def test_a_constant_field_has_its_mean_and_the_sphere_its_total(lazy: bool) -> None:
    data = globe(2.0, lazy=lazy).expand_dims(layer=3)
    mean, total = grids.area_weighted_mean(data), grids.area_weighted_total(data)
    assert (mean.chunks is not None) == lazy
    np.testing.assert_allclose(mean, [2.0] * 3, rtol=1e-13)
    # 2 Mg/ha are 200 Mg/km2
    np.testing.assert_allclose(total, [SPHERE_KM2 * 200 / 1e9] * 3, rtol=1e-13)
    assert mean.attrs == {"units": "Mg C ha-1 yr-1"}
    assert total.attrs == {"units": "Pg C yr-1"}
    assert total.name == "production"


def test_units_of_one_field_give_one_total() -> None:
    grams = globe(300.0, units="gC m-2 yr-1")
    megagrams = globe(3.0)
    both = xr.Dataset({"grams": grams, "megagrams": megagrams})
    total = grids.area_weighted_total(both).compute()
    np.testing.assert_allclose(total["grams"], total["megagrams"], rtol=1e-13)


def test_missing_cells_do_not_count() -> None:
    values = np.where(LATITUDE > 0, 3.0, np.nan)[:, None]
    data = globe(values)
    assert float(grids.area_weighted_mean(data)) == pytest.approx(3.0)
    assert float(grids.area_km2(data)) == pytest.approx(SPHERE_KM2 / 2)
    assert float(grids.area_weighted_total(data)) == pytest.approx(3.0 * SPHERE_KM2 / 2 * 1e-7)
    nothing = globe(np.nan)
    assert np.isnan(grids.area_weighted_mean(nothing))
    assert np.isnan(grids.area_weighted_total(nothing))


def test_a_cosine_is_recovered_by_integration() -> None:
    latitude = np.linspace(-89.75, 89.75, 360)
    longitude = np.linspace(-177.5, 177.5, 72)
    data = xr.DataArray(
        np.cos(np.radians(latitude))[:, None] * np.ones(72),
        {"latitude": latitude, "longitude": longitude},
        ("latitude", "longitude"),
    )
    # integral of cos^2 over that of cos
    assert float(grids.area_weighted_mean(data)) == pytest.approx(np.pi / 4, rel=1e-5)


@pytest.mark.parametrize("width", [10, 30.0, 180])
def test_bands_add_up_to_the_globe(width: float) -> None:
    rng = np.random.default_rng(0)
    data = globe(np.where(rng.random((18, 36)) < 0.2, np.nan, rng.random((18, 36))))
    area = grids.by_latitude_band(data, width, "area")
    mean = grids.by_latitude_band(data, width)
    total = grids.by_latitude_band(data, width, "total")
    assert mean.chunks is not None
    assert total.sizes["latitude_band"] == 180 / width
    assert (np.diff(total["latitude_band"]) > 0).all()
    np.testing.assert_allclose(total.sum(), grids.area_weighted_total(data), rtol=1e-13)
    np.testing.assert_allclose(area.sum(), grids.area_km2(data), rtol=1e-13)
    np.testing.assert_allclose((mean * area).sum() / area.sum(), grids.area_weighted_mean(data), rtol=1e-13)
    assert (mean.attrs["units"], total.attrs["units"], area.attrs["units"]) == ("Mg C ha-1 yr-1", "Pg C yr-1", "km2")


def test_a_band_holds_what_was_planted_in_it() -> None:
    data = globe(np.where((LATITUDE > 10) & (LATITUDE < 30), 7.0, 1.0)[:, None])
    bands = grids.by_latitude_band(data, 20)
    np.testing.assert_allclose(bands, np.where(bands["latitude_band"] == 20, 7.0, 1.0), rtol=1e-13)
    empty = grids.by_latitude_band(data.where(data.latitude > 0), 20)
    assert np.isnan(empty.sel(latitude_band=-20))


def test_a_centre_on_a_border_belongs_to_the_north() -> None:
    latitude = np.array([-0.1, 0.0, 0.1])
    data = xr.DataArray(
        np.array([[1.0, 1.0], [5.0, 5.0], [5.0, 5.0]]),
        {"latitude": latitude, "longitude": [0.0, 1.0]},
        ("latitude", "longitude"),
    )
    np.testing.assert_allclose(grids.by_latitude_band(data, 1.0), [1.0, 5.0], rtol=1e-13)
    pole = xr.DataArray(np.ones((2, 2)), {"latitude": [89.0, 90.0], "longitude": [0.0, 1.0]}, ("latitude", "longitude"))
    np.testing.assert_allclose(grids.by_latitude_band(pole, 1.0)["latitude_band"], [89.5])


def test_classes_hold_what_was_planted_in_them() -> None:
    classes = hemispheres()
    data = xr.where(classes == 1, 4.0, 8.0, keep_attrs=False).assign_attrs(units="Mg ha-1").expand_dims(layer=2)
    mean = grids.by_class(data, classes)
    total = grids.by_class(data, classes, "total")
    area = grids.by_class(data, classes, "area")
    assert mean.chunks is not None
    assert list(mean["class"].values) == ["north", "south", "nowhere"]
    np.testing.assert_allclose(mean.isel(layer=0), [4.0, 8.0, np.nan], rtol=1e-13)
    np.testing.assert_allclose(area.isel(layer=0), [SPHERE_KM2 / 2, SPHERE_KM2 / 2, 0.0], rtol=1e-13)
    np.testing.assert_allclose(total.isel(layer=0), [4e-7 * SPHERE_KM2 / 2, 8e-7 * SPHERE_KM2 / 2, np.nan], rtol=1e-13)
    chosen = grids.by_class(data, classes.drop_attrs(), codes=[2])
    np.testing.assert_allclose(chosen.isel(layer=0), [8.0], rtol=1e-13)
    assert list(chosen["class"].values) == [2.0]


@pytest.mark.parametrize("lazy", [True, False])
def test_quantiles_are_of_area_not_of_cells(lazy: bool) -> None:
    data = globe(np.abs(LATITUDE)[:, None], lazy=lazy)
    # half of the sphere lies within 30 degrees of the equator
    assert float(grids.area_weighted_quantiles(data, [0.49])[0]) == 25.0
    assert float(grids.area_weighted_quantiles(data, [0.51])[0]) == 35.0
    found = grids.area_weighted_quantiles(data.where(data.latitude > 0), [0.0, 1.0], hemispheres())
    np.testing.assert_array_equal(found, [[5, 85], [np.nan, np.nan], [np.nan, np.nan]])


def test_equal_areas_give_the_plain_quantile() -> None:
    rng = np.random.default_rng(1)
    data = xr.DataArray(
        rng.random((2, 500)),
        {"latitude": [-0.5, 0.5], "longitude": np.arange(500) * 0.25 - 60},
        ("latitude", "longitude"),
    )
    expected = np.quantile(data, [0.1, 0.5, 0.9], method="inverted_cdf")
    np.testing.assert_array_equal(grids.area_weighted_quantiles(data, [0.1, 0.5, 0.9]), expected)


def test_bad_input_is_named() -> None:
    data = globe()
    with pytest.raises(ValueError, match="lack longitude"):
        grids.area_weighted_mean(data.isel(longitude=0))
    with pytest.raises(ValueError, match="lack latitude and longitude"):
        grids.area_weighted_mean(data.rename(latitude="y", longitude="x"))
    with pytest.raises(ValueError, match="strictly"):
        grids.area_weighted_mean(data.isel(latitude=[0, 2, 1]))
    with pytest.raises(ValueError, match="no known width"):
        grids.cell_areas_like(data.isel(latitude=[0]))
    with pytest.raises(ValueError, match="no attribute units"):
        grids.area_weighted_total(data.drop_attrs())
    with pytest.raises(ValueError, match="no mass per area"):
        grids.area_weighted_total(data.assign_attrs(units="mm"))
    with pytest.raises(ValueError, match="divide 180"):
        grids.by_latitude_band(data, 7)
    with pytest.raises(ValueError, match="divide 180"):
        grids.by_latitude_band(data, 0)
    with pytest.raises(ValueError, match="'mean', 'total' or 'area'"):
        grids.by_latitude_band(data, 10, "median")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="Give codes"):
        grids.by_class(data, data)
    with pytest.raises(ValueError, match="once each"):
        grids.by_class(data, data, codes=[1, 1])
    with pytest.raises(ValueError, match="another latitude"):
        grids.by_class(data, hemispheres().isel(latitude=slice(None, None, -1)))
    with pytest.raises(ValueError, match="alone"):
        grids.by_class(data, hemispheres().expand_dims(month=12))
    with pytest.raises(ValueError, match="from 0 to 1"):
        grids.area_weighted_quantiles(data, [2])
    with pytest.raises(ValueError, match="one field at a time"):
        grids.area_weighted_quantiles(data.expand_dims(layer=2), [0.5])
