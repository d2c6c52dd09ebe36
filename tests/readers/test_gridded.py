from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError, gridded

FILE = Path("grid.nc")


def on(latitude, longitude) -> xr.Dataset:
    values = np.zeros((len(latitude), len(longitude)))
    fields = {"x": gridded.field(values, units="1", long_name="x", source="test")}
    return gridded.with_axes(FILE, fields, latitude, longitude)


@pytest.mark.parametrize("step", [(0.5, 0.5), (2.0, 3.0), (30.0, 60.0)])
def test_areas_sum_to_the_sphere(step):
    south, west = -90 + step[0] / 2, -180 + step[1] / 2
    grid = on(gridded.regular_axis(south, -south, step[0])[::-1], gridded.regular_axis(west, -west, step[1]))
    areas = gridded.cell_areas_km2(grid)
    assert float(areas.sum()) == pytest.approx(4 * np.pi * gridded.EARTH_RADIUS_KM**2, rel=1e-12)
    np.testing.assert_allclose(areas[0], areas[-1])
    middle = float(areas.sel(latitude=south + step[0] * 2, longitude=west))
    assert middle == pytest.approx(float(areas.max() * np.cos(np.radians(south + step[0] * 2))), rel=0.2)


def test_centres_on_the_poles_have_half_a_row():
    areas = gridded.cell_areas_km2(on(gridded.regular_axis(-90, 90, 2.5), gridded.regular_axis(-180, 176.25, 3.75)))
    assert float(areas.sum()) == pytest.approx(4 * np.pi * gridded.EARTH_RADIUS_KM**2, rel=1e-12)


def test_the_order_of_latitude_is_stated_and_axes_described():
    assert on([1.0, 0.0], [0.0, 1.0]).attrs["latitude_order"] == "descending"
    grid = on([0.0, 1.0], [0.0, 1.0])
    assert grid.attrs["latitude_order"] == "ascending"
    assert grid["latitude"].attrs["units"] == "degrees_north"
    assert grid["longitude"].attrs["units"] == "degrees_east"


@pytest.mark.parametrize(
    ("latitude", "longitude", "column", "message"),
    [
        ([0, 1], [0, 180, 350], "longitude", "leave -180 to 180"),
        ([0, 95], [0, 1], "latitude", "leave -90 to 90"),
        ([0, 1], [1, 0], "longitude", "strictly rising"),
        ([0, 1, 1], [0, 1], "latitude", "rising or falling"),
        ([0], [0, 1], "latitude", "rising or falling"),
    ],
)
def test_axes_that_leave_the_globe_or_their_order_are_refused(latitude, longitude, column, message):
    with pytest.raises(ReaderError, match=message) as caught:
        on(latitude, longitude)
    assert caught.value.column == column
    assert caught.value.path == FILE


def test_cells_of_a_table_are_placed_or_named():
    axis = gridded.regular_axis(-89.75, 89.75, 0.5)
    assert gridded.indices_on_axis(FILE, [-89.75, 0.25, 89.75], axis, column="Lat", remedy="x").tolist() == [
        0,
        180,
        359,
    ]
    for wrong in (0.4, 90.25, np.nan):
        with pytest.raises(ReaderError, match=r"row 2, column 'Lat'.*not the centre"):
            gridded.indices_on_axis(FILE, [0.25, wrong], axis, column="Lat", remedy="x")


def test_edges_and_the_way_round():
    np.testing.assert_allclose(gridded.cell_edges([3, 1, 0]), [4, 2, 0.5, -0.5])
    np.testing.assert_allclose(gridded.cell_edges([-90, 0, 90], limit=90), [-90, -45, 45, 90])
    assert gridded.covers_the_globe(gridded.regular_axis(-180, 176.25, 3.75))
    assert not gridded.covers_the_globe(gridded.regular_axis(-180, 172.5, 3.75))


def test_codes_become_names():
    flags = {"flag_values": [1, 2], "flag_meanings": "Af EF"}
    assert gridded.codes_to_names([[2, np.nan, 1]], flags).tolist() == [["EF", None, "Af"]]
    with pytest.raises(ValueError, match="code 7 is none"):
        gridded.codes_to_names([1, 7], flags)


def test_data_on_request_are_never_downloaded(monkeypatch, tmp_path):
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path))
    monkeypatch.delenv("COLDCARBON_MIRROR", raising=False)
    with pytest.raises(catalogue.DataMissingError, match="coldcarbon data fetch itur-precipitation"):
        gridded.on_request("itur-precipitation")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
