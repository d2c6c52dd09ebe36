"""Gridded npp and rh of a user: units, axes and what is refused."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from coldcarbon.readers import ReaderError, gridded_production

PER_YEAR = 365.25 * 86400


def write(folder, name, yearly, *, units="kg m-2 s-1", first="2000-01", latitude=(35.0, 34.0)):
    """One constant flux in kg C m-2 yr-1 on four cells and a year, north first and east counted to 360."""
    values = np.full((12, 2, 2), yearly / PER_YEAR)
    data = xr.DataArray(
        values,
        coords={"time": pd.date_range(first, periods=12, freq="MS"), "lat": list(latitude), "lon": [90.0, 91.0]},
        dims=("time", "lat", "lon"),
        attrs={"units": units},
    )
    path = folder / f"{name}.nc"
    data.to_dataset(name=name).to_netcdf(path)
    return path


def test_production_minus_respiration_per_square_metre_and_year(tmp_path):
    maps = gridded_production.read(write(tmp_path, "npp", 0.5), write(tmp_path, "rh", 0.45))
    assert {name: maps[name].attrs["units"] for name in maps} == dict.fromkeys(("npp", "rh", "nep"), "kg C m-2 yr-1")
    assert maps["nep"].to_numpy() == pytest.approx(np.full((12, 2, 2), 0.05))
    assert maps["latitude"].to_numpy().tolist() == [34.0, 35.0]


def test_a_cell_without_one_of_them_has_neither(tmp_path):
    npp = write(tmp_path, "npp", 0.5)
    path = write(tmp_path, "rh", 0.45)
    holed = xr.load_dataset(path)
    holed["rh"][:, 0, 0] = np.nan
    holed.to_netcdf(tmp_path / "holed.nc")
    maps = gridded_production.read(npp, tmp_path / "holed.nc")
    assert int(np.isnan(maps["npp"]).sum()) == int(np.isnan(maps["nep"]).sum()) == 12


def test_other_months_cells_signs_and_units_are_refused(tmp_path):
    npp = write(tmp_path, "npp", 0.5)
    with pytest.raises(ReaderError, match=r"its time is not that of npp\.nc"):
        gridded_production.read(npp, write(tmp_path, "rh", 0.45, first="2001-01"))
    with pytest.raises(ReaderError, match=r"its latitude is not that of npp\.nc"):
        gridded_production.read(npp, write(tmp_path, "rh", 0.45, latitude=(35.5, 34.5)))
    with pytest.raises(ReaderError, match="most values are negative"):
        gridded_production.read(npp, write(tmp_path, "rh", -0.45))
    with pytest.raises(ReaderError, match="unknown unit"):
        gridded_production.read(npp, write(tmp_path, "rh", 0.45, units="K"))
    with pytest.raises(ReaderError, match="no variable 'rh'"):
        gridded_production.read(npp, npp)
