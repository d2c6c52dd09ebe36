"""Maps need no network, and no line runs across them."""

import json
from importlib.resources import as_file, files
from itertools import pairwise

import cartopy.crs as ccrs
import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from cartopy.io import Downloader, shapereader

from coldcarbon.figures import topology
from coldcarbon.figures.maps import base_map, draw_cells


@pytest.fixture
def no_download(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("the map asked the network for a coastline")

    monkeypatch.setattr(Downloader, "acquire_resource", refuse)


@pytest.mark.parametrize("scale", ["110m", "50m"])
def test_a_map_is_drawn_without_network(no_download, scale, tmp_path):
    figure, axes = plt.subplots(subplot_kw={"projection": ccrs.Robinson()})
    axes.set_global()
    base_map(axes, scale, borders=True)
    figure.savefig(tmp_path / "map.png", dpi=40)
    plt.close(figure)
    assert (tmp_path / "map.png").stat().st_size > 3000


def test_an_unknown_scale_is_refused():
    with pytest.raises(ValueError, match="110m and 50m"):
        base_map(None, "10m")


def test_lines_are_cut_at_the_date_line_and_areas_are_right(tmp_path):
    with as_file(files("coldcarbon.figures") / "natural_earth/countries-110m.json") as source:
        topology.write_shapefiles(source, tmp_path, "110m")
    physical = tmp_path / "shapefiles/natural_earth/physical"
    for line in shapereader.Reader(physical / "ne_110m_coastline.shp").geometries():
        for part in getattr(line, "geoms", [line]):
            longitudes = [x for x, _ in part.coords]
            steps = [abs(b - a) for a, b in pairwise(longitudes)]
            assert max(steps) < 180
    countries = shapereader.Reader(tmp_path / "shapefiles/natural_earth/cultural/ne_110m_admin_0_countries.shp")
    areas = {record.attributes["NAME"]: record.geometry.area for record in countries.records()}
    assert len(areas) > 170
    # Square degrees on the plate carree; France with Guiana and Corsica, Russia cut at 180 degrees.
    assert areas["Russia"] > 2500
    assert 60 < areas["France"] < 90


def test_a_ring_around_a_pole_is_closed_over_it():
    ring = json.loads("[[-180, -80], [-60, -75], [60, -75], [180, -80]]")
    closed = topology._close_over_pole(topology.np.asarray(ring, dtype=float))
    assert closed[:, 1].min() == -90
    assert (closed[0] == closed[-1]).all()


def test_cells_lie_where_their_coordinates_say_and_missing_ones_are_left_out():
    axes_of_cells = {"latitude": [75.0, 45.0], "longitude": [-150.0, -90.0, -30.0]}
    field = xr.DataArray([[1.0, np.nan, 3.0], [4.0, 5.0, 6.0]], axes_of_cells, ("latitude", "longitude"))
    figure, axes = plt.subplots(subplot_kw={"projection": ccrs.EqualEarth()})
    axes.set_global()
    mesh = draw_cells(axes, field.transpose("longitude", "latitude"), cmap="cividis")
    plt.close(figure)
    assert mesh.get_array().mask.ravel().tolist() == [False, True, False, False, False, False]
    corners = mesh.get_coordinates()
    assert corners.shape == (3, 4, 2)
    wanted = axes.projection.transform_point(-120.0, 60.0, ccrs.PlateCarree())
    assert tuple(corners[1, 1]) == pytest.approx(tuple(wanted))
    assert mesh.get_cmap().name == "cividis"


def test_a_field_with_more_than_a_map_is_refused():
    field = xr.DataArray(np.zeros((2, 2, 2)), dims=("layer", "latitude", "longitude"))
    with pytest.raises(ValueError, match="not of"):
        draw_cells(None, field)


def test_a_grid_with_a_gap_is_refused():
    axes_of_cells = {"latitude": [0.0, 1.0], "longitude": [0.0, 1.0, 5.0]}
    with pytest.raises(ValueError, match="longitude is not evenly spaced"):
        draw_cells(None, xr.DataArray(np.zeros((2, 3)), axes_of_cells, ("latitude", "longitude")))
