"""Maps of tree cover and permafrost that a user brings: small files with the dimensions of the real ones."""

import numpy as np
import pytest
import xarray as xr

from coldcarbon.readers import ReaderError, rasters
from coldcarbon.readers.gridded import cell_areas_km2
from grid_files import write_geotiff

PERCENT = np.array([[10, 20, 30, 40], [50, 60, 70, 255]], "float32")  # from the north; 255 is missing


def permafrost(names=("time", "lat", "lon"), units="%", scale=1.0, longitude=(0.0, 90.0, 180.0, 270.0)) -> xr.Dataset:
    """Two years of a permafrost fraction, 5 percent above and below, named as the ESA CCI files name it."""
    once = np.where(PERCENT == 255, np.nan, PERCENT)
    values = np.stack([once - 5, once + 5]) * scale
    attrs = {"units": units} if units else {}
    coords = dict(zip(names, ([1997, 1998], [45.0, -45.0], np.asarray(longitude)), strict=True))
    return xr.Dataset({"PFR": (names, values, attrs)}, coords=coords)


def write(tmp_path, dataset: xr.Dataset):
    path = tmp_path / "pfr.nc"
    dataset.to_netcdf(path)
    return path


@pytest.mark.parametrize("names", [("time", "lat", "lon"), ("time", "y", "x"), ("year", "latitude", "longitude")])
@pytest.mark.parametrize(("units", "scale"), [("%", 1.0), ("", 1.0), ("1", 0.01), ("", 0.01)])
def test_years_are_averaged_and_axes_rise(tmp_path, names, units, scale):
    field = rasters.read(write(tmp_path, permafrost(names, units, scale)))
    assert (field.dims, field.attrs["units"], field.name) == (("latitude", "longitude"), "%", "PFR")
    assert field["latitude"].values.tolist() == [-45, 45]
    assert field["longitude"].values.tolist() == [-90, 0, 90, 180]
    np.testing.assert_allclose(field, [[np.nan, 50, 60, 70], [40, 10, 20, 30]], rtol=1e-5)


@pytest.mark.parametrize("kind", ["uint8", "float32"])
def test_a_geotiff_with_water(tmp_path, kind):
    path = tmp_path / "VCF5KYR_1982.tif"
    write_geotiff(path, np.where(PERCENT == 255, 200, PERCENT).astype(kind))
    field = rasters.read(path, missing=(200,))
    assert field["longitude"].values.tolist() == [-135, -45, 45, 135]
    np.testing.assert_allclose(field, [[50, 60, 70, np.nan], [10, 20, 30, 40]])


@pytest.mark.parametrize(
    ("spoil", "options", "message"),
    [
        (lambda d: d, {"variable": "tree"}, "no variable 'tree' \\(found PFR\\)"),
        (lambda d: d.assign(other=d.PFR), {}, "several variables or none \\(PFR, other\\)"),
        (lambda d: d.isel(lon=0, drop=True), {}, "no axis of longitude"),
        (lambda d: d.expand_dims(level=[1, 2]), {}, "Choose one level"),
        (lambda d: d.assign_coords(lat=[4e6, -4e6]), {}, "are no degrees. Bring it to latitude"),
        (lambda d: d.fillna(200), {}, "values from 10 to 200 are no share. Give the numbers that stand for none"),
        (lambda d: d * np.nan, {}, "no value at all"),
        (lambda d: d, {"units": "fraction"}, "the unit is 'fraction', and the largest value 70"),
    ],
)
def test_bad_maps_are_refused_by_name(tmp_path, spoil, options, message):
    with pytest.raises(ReaderError, match=message):
        rasters.read(write(tmp_path, spoil(permafrost())), **options)


def test_a_fraction_that_is_called_percent_is_refused(tmp_path):
    path = write(tmp_path, permafrost(units="%", scale=0.01))
    with pytest.raises(ReaderError, match="Give units='fraction'"):
        rasters.read(path)
    np.testing.assert_allclose(np.nanmax(rasters.read(path, units="fraction")), 70, rtol=1e-5)
    with pytest.raises(ValueError, match="'percent' or 'fraction'"):
        rasters.read(path, units="km2")
    (tmp_path / "cut.nc").write_bytes(b"CDF")
    with pytest.raises(ReaderError, match=r"cut\.nc: not a NetCDF file"):
        rasters.read(tmp_path / "cut.nc")


def smooth(step: float, shift: float = 0.0) -> xr.DataArray:
    latitude = np.arange(-90 + step / 2, 90, step)
    longitude = np.arange(-180 + shift, 180, step)
    values = 50 + 40 * np.sin(np.radians(latitude))[:, None] * np.cos(np.radians(longitude))
    return xr.DataArray(values, coords={"latitude": latitude, "longitude": longitude}, dims=("latitude", "longitude"))


def test_means_keep_the_mean_of_the_globe():
    fine = smooth(0.5)  # cells that cross 180 degrees
    fine[300:, :] = np.nan
    coarse = rasters.cell_means(fine)
    assert coarse.shape == (180, 360)
    kept = [float(one.weighted(cell_areas_km2(one)).mean()) for one in (fine, coarse)]
    assert kept[0] == pytest.approx(kept[1], rel=1e-6)
    assert np.isnan(coarse[150:]).all()
    assert np.isfinite(coarse[:150]).all()


def test_means_are_weighted_by_area_and_leave_out_what_is_missing():
    fine = smooth(30.0, 15.0)
    fine[:] = np.arange(6)[:, None]
    fine[5, 6:] = np.nan
    coarse = rasters.cell_means(fine, [-45, 45], [-90, 90])
    south = [np.sin(np.radians(edge)) for edge in (-90, -60, -30, 0)]
    expected = np.average([0, 1, 2], weights=np.diff(south))
    np.testing.assert_allclose(coarse[0], expected)
    assert float(coarse[1, 1]) == pytest.approx(np.average([3, 4], weights=np.diff(south)[:0:-1]))
    np.testing.assert_allclose(rasters.cell_means(smooth(1.0, 0.5)), smooth(1.0, 0.5))
