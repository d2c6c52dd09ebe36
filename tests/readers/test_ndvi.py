import numpy as np
import pytest

from coldcarbon.catalogue import DataMissingError
from coldcarbon.readers import ReaderError, ndvi
from coldcarbon.readers.grid_points import at_points
from grid_files import need, write_geotiff, write_ndvi


def test_values_stand_where_the_tags_put_them(tmp_path):
    grid = ndvi.read(write_ndvi(tmp_path))
    assert grid.attrs["latitude_order"] == "descending"
    assert grid["latitude"].values.tolist() == [45, -45]
    assert grid["longitude"].values.tolist() == [-135, -45, 45, 135]
    values = grid["maximum_ndvi"].values
    assert values.dtype == np.float32
    np.testing.assert_array_equal(np.isnan(values), [[0, 1, 0, 0], [0, 0, 0, 1]])
    places = at_points(grid, [80, -80, 10], [-170, 60, -80])
    np.testing.assert_allclose(places["maximum_ndvi"], [0.5, 0.3, np.nan], rtol=1e-6)


def test_tags_may_name_the_middle_of_a_cell(tmp_path):
    values = np.full((2, 3), 0.5, "float32")
    grid = ndvi.read(write_ndvi(tmp_path, values, keys=(1024, 0, 1, 2, 1025, 0, 1, 2)))
    assert grid["latitude"].values.tolist() == [90, 0]
    assert grid["longitude"].values.tolist() == [-180, -90, 0]


def test_bad_files_are_refused_by_name(tmp_path):
    with pytest.raises(ReaderError, match=r"NDVI_maximum.tif: not a TIFF"):
        ndvi.read(tmp_path)
    with pytest.raises(ReaderError, match="no georeference: the tag ModelPixelScale"):
        ndvi.read(write_ndvi(tmp_path, scale=None))
    with pytest.raises(ReaderError, match="not in degrees"):
        ndvi.read(write_ndvi(tmp_path, keys=(1024, 0, 1, 1, 1025, 0, 1, 1)))
    with pytest.raises(ReaderError, match="column 'longitude': centres from"):
        ndvi.read(write_ndvi(tmp_path, np.full((2, 8), 0.5, "float32")))
    with pytest.raises(ReaderError, match="pixels of the kind 'L'"):
        ndvi.read(write_ndvi(tmp_path, np.full((2, 4), 5, "uint8")))
    with pytest.raises(ReaderError, match=r"values from 0.* to 7000 are no NDVI"):
        ndvi.read(write_ndvi(tmp_path, np.array([[7000, 0.5, 0.5, 0.5]] * 2, "float32")))
    write_ndvi(tmp_path)
    write_geotiff(tmp_path / "NDVI_minimum.tif", np.full((4, 8), 0.5, "float32"), scale=(45.0, 45.0, 0.0))
    with pytest.raises(ReaderError, match=r"NDVI_minimum.tif: its cells are not those"):
        ndvi.read(tmp_path)
    whole = (tmp_path / "NDVI_minimum.tif").read_bytes()
    (tmp_path / "NDVI_minimum.tif").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ReaderError, match=r"NDVI_minimum.tif: not a TIFF"):
        ndvi.read(tmp_path)


def test_without_the_data_the_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path))
    monkeypatch.delenv("COLDCARBON_MIRROR", raising=False)
    with pytest.raises(DataMissingError, match="coldcarbon data fetch ndvi-extremes"):
        ndvi.read()


def test_the_real_files_are_what_the_module_says():
    need("ndvi-extremes")
    grid = ndvi.read()
    assert grid.sizes == {"latitude": 3600, "longitude": 7200}
    places = at_points(grid, [62.03, -3.1, 23.0, 0.0], [129.73, -60.02, 10.0, -30.0])
    np.testing.assert_allclose(places["maximum_ndvi"][:2], [0.418, 0.720], atol=0.001)
    assert 0.05 < places["maximum_ndvi"][2] < 0.15  # desert
    assert np.isnan(places["maximum_ndvi"][3])  # ocean
    assert (places["minimum_ndvi"] <= places["maximum_ndvi"])[:3].all()
