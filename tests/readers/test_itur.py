import numpy as np
import pytest

from coldcarbon.catalogue import DataMissingError
from coldcarbon.readers import ReaderError, itur
from coldcarbon.readers.grid_points import at_points
from grid_files import need, write_itur


def test_the_ring_is_left_out_and_months_add_up(tmp_path):
    grid = itur.read(write_itur(tmp_path))
    assert grid.sizes == {"month": 12, "latitude": 4, "longitude": 8}
    assert grid["latitude"].values.tolist() == [-67.5, -22.5, 22.5, 67.5]
    assert grid["longitude"].values[[0, -1]].tolist() == [-157.5, 157.5]
    assert grid["precipitation"].sel(longitude=22.5, latitude=22.5).values.tolist() == list(range(10, 130, 10))
    places = at_points(grid, [20, 20], [20, -20])
    assert places["annual_precipitation_mm_per_year"].tolist() == [780, 0]
    assert places["precipitation_month_03_mm_per_month"].tolist() == [30, 0]
    months = np.arange(10, 130, 10)
    seasonality = places["precipitation_seasonality_percent"]
    assert seasonality[0] == pytest.approx(100 * months.std(ddof=1) / months.mean(), rel=1e-6)
    assert np.isnan(seasonality[1])  # it never rains


def test_bad_files_are_refused_by_name(tmp_path):
    with pytest.raises(ReaderError, match=r"v7_lat_mt.npz: not a NumPy archive"):
        itur.read(tmp_path)
    write_itur(tmp_path)
    bad = tmp_path / "v7_mt_month07.npz"
    good = np.load(bad)["arr_0"]
    np.savez(bad, good[:-1])
    with pytest.raises(ReaderError, match=r"month07.npz: its shape is \(5, 10\), that of the grid \(6, 10\)"):
        itur.read(tmp_path)
    good[2, 3] = -1
    np.savez(bad, good)
    with pytest.raises(ReaderError, match=r"month07.npz: -1 mm at -22.5, -67.5"):
        itur.read(tmp_path)
    bad.write_text("no archive")
    with pytest.raises(ReaderError, match=r"month07.npz: not a NumPy archive"):
        itur.read(tmp_path)
    np.savez(tmp_path / "v7_lat_mt.npz", np.load(tmp_path / "v7_lat_mt.npz")["arr_0"][1:-1])
    with pytest.raises(ReaderError, match="not one row beyond the globe"):
        itur.read(tmp_path)


def test_without_the_data_the_command_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path))
    monkeypatch.delenv("COLDCARBON_MIRROR", raising=False)
    with pytest.raises(DataMissingError, match="coldcarbon data fetch itur-precipitation"):
        itur.read()


def test_the_real_files_are_what_the_module_says():
    need("itur-precipitation")
    grid = itur.read()
    assert grid.sizes == {"month": 12, "latitude": 720, "longitude": 1440}
    assert bool(grid["precipitation"].notnull().all())
    places = at_points(grid, [29.65, 62.03, -3.1], [91.1, 129.73, -60.02])
    np.testing.assert_allclose(places["annual_precipitation_mm_per_year"], [407.6, 175.8, 2372.0], atol=0.1)
