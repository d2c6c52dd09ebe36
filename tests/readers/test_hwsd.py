import pickle

import netCDF4
import numpy as np
import pytest

from coldcarbon.readers import ReaderError, hwsd
from coldcarbon.readers.grid_points import at_points
from grid_files import hwsd_values, need, write_hwsd

TEXTURE = ["topsoil_sand", "topsoil_silt", "topsoil_clay"]


def test_missing_and_non_soil_cells(tmp_path):
    stored = hwsd_values()
    with hwsd.read(write_hwsd(tmp_path)) as grid:
        assert grid.attrs["latitude_order"] == "ascending"
        assert list(grid) == list(hwsd.FILES)
        sand, carbon = grid["topsoil_sand"].values, grid["topsoil_organic_carbon"].values
        total = sum(grid[name] for name in TEXTURE).values
    assert np.isnan(sand[:, :8]).all()  # ocean
    assert np.isnan(sand[:3]).all()  # ice
    assert np.isnan(carbon[:3]).all()
    assert np.isnan(total[10, 20])  # peat
    assert carbon[10, 20] == pytest.approx(33.87)
    soil = np.isfinite(sand)
    assert soil.sum() == 21 * 40 - 1
    np.testing.assert_array_equal(total[soil], 100)
    np.testing.assert_array_equal(sand[soil], stored["T_SAND"][soil])
    np.testing.assert_allclose(carbon[soil], stored["T_OC"][soil], rtol=1e-6)


def test_a_mineral_soil_without_one_fraction_or_carbon_stays(tmp_path):
    values = hwsd_values()
    for name, number in (("T_SAND", 0), ("T_CLAY", 60), ("T_SILT", 40), ("T_OC", 0)):
        values[name][12, 30] = number
    with hwsd.read(write_hwsd(tmp_path, values)) as grid:
        cell = grid.isel(latitude=12, longitude=30)
        assert [float(cell[name]) for name in [*TEXTURE, "topsoil_organic_carbon"]] == [0, 40, 60, 0]


def test_zeros_are_kept_on_request(tmp_path):
    with hwsd.read(write_hwsd(tmp_path), non_soil="keep") as grid:
        assert (grid["topsoil_clay"].values[:3, 8:] == 0).all()
        assert np.isnan(grid["topsoil_clay"].values[:, :8]).all()


def test_nothing_is_read_before_it_is_used_and_then_only_its_blocks(tmp_path, monkeypatch):
    pieces = []
    read = hwsd._Topsoil._piece

    def counted(self, name, key):
        values = read(self, name, key)
        pieces.append((name, values.size))
        return values

    monkeypatch.setattr(hwsd._Topsoil, "_piece", counted)
    with hwsd.read(write_hwsd(tmp_path)) as grid:
        assert grid.sizes == {"latitude": 24, "longitude": 48}
        assert pieces == []
        frame = at_points(grid, [3.0, 4.0], [100.0, 101.0])
        assert len(pieces) == 4  # one block of each, no zero in it, so no texture to look up
        assert {size for _, size in pieces} == {6 * 12}
    assert frame["topsoil_sand_percent"].tolist() == [42.0, 42.0]


@pytest.mark.parametrize("key", [(3, 9), (slice(5, 1, -2), slice(None)), ([2, 11, 4], [30, 8]), (-1, slice(40, None))])
def test_every_kind_of_index_gives_what_the_whole_gives(tmp_path, key):
    with hwsd.read(write_hwsd(tmp_path), variables=("topsoil_silt",)) as grid:
        assert list(grid) == ["topsoil_silt"]
        piece = grid["topsoil_silt"].isel(latitude=key[0], longitude=key[1]).values
        whole = grid["topsoil_silt"].values
    expected = whole[np.ix_(*key)] if isinstance(key[0], list) else whole[key]
    np.testing.assert_array_equal(piece, expected)


def test_an_open_data_set_can_be_sent_to_another_process(tmp_path):
    with hwsd.read(write_hwsd(tmp_path)) as grid:
        copy = pickle.loads(pickle.dumps(grid))
        np.testing.assert_array_equal(copy["topsoil_clay"].values, grid["topsoil_clay"].values)
        copy.close()


def test_the_setting_for_other_netcdf_files_is_left_as_it_was(tmp_path):
    before = netCDF4.get_chunk_cache()
    hwsd.read(write_hwsd(tmp_path)).close()
    assert netCDF4.get_chunk_cache() == before


def test_bad_files_are_refused_by_name(tmp_path):
    with pytest.raises(ReaderError, match=r"T_OC.nc4: (?:not a NetCDF file|cannot be read)"):
        hwsd.read(tmp_path)
    write_hwsd(tmp_path)
    (tmp_path / "T_SILT.nc4").write_bytes(b"no")
    with pytest.raises(ReaderError, match=r"T_SILT.nc4: not a NetCDF file"):
        hwsd.read(tmp_path)
    (tmp_path / "T_SILT.nc4").write_bytes((tmp_path / "T_SAND.nc4").read_bytes())
    with pytest.raises(ReaderError, match=r"column 'T_SILT': the variable is missing \(found T_SAND\)"):
        hwsd.read(tmp_path)
    with pytest.raises(ReaderError, match="column 'T_OC': its units are 'g/kg'"):
        hwsd.read(write_hwsd(tmp_path, units="g/kg"))
    with pytest.raises(ReaderError, match="missing values are marked -99"):
        hwsd.read(write_hwsd(tmp_path, fill=-99))


def test_a_value_that_is_no_percentage_is_named_when_it_is_read(tmp_path):
    values = hwsd_values()
    values["T_CLAY"][20, 40] = 380
    with hwsd.read(write_hwsd(tmp_path, values)) as grid:
        assert grid["topsoil_clay"][:10].notnull().any()
        with pytest.raises(ReaderError, match=r"T_CLAY.nc4, column 'T_CLAY': 380 is no percentage"):
            grid["topsoil_clay"].load()


@pytest.mark.parametrize("choice", [{"non_soil": "drop"}, {"variables": ("topsoil_ph",)}])
def test_unknown_choices_are_refused(tmp_path, choice):
    with pytest.raises(ValueError, match=r"non_soil must be|no field 'topsoil_ph'"):
        hwsd.read(tmp_path, **choice)


def test_the_real_files_are_what_the_module_says():
    need("hwsd-topsoil")
    with hwsd.read() as grid:
        assert grid.sizes == {"latitude": 3600, "longitude": 7200}
        window = grid.sel(latitude=slice(60, 75), longitude=slice(-60, 60)).load()
        places = at_points(grid, [29.65, 62.03, -3.1], [91.1, 129.73, -60.02])
    texture = sum(window[name] for name in TEXTURE).values
    assert np.isfinite(texture).sum() == 188_223
    np.testing.assert_array_equal(np.unique(texture[np.isfinite(texture)]), [100])
    assert not window["topsoil_sand"].sel(latitude=72.5, longitude=-40, method="nearest").notnull()  # ice of Greenland
    peat = window["topsoil_organic_carbon"].notnull() & window["topsoil_sand"].isnull()
    assert (window["topsoil_organic_carbon"].values[peat.values] > 5).all()
    assert not (window["topsoil_sand"].notnull() & window["topsoil_organic_carbon"].isnull()).any()
    np.testing.assert_allclose(places["topsoil_organic_carbon_percent"], [2.13, 0.50, 1.33], atol=0.005)
