"""Tiny files with the quirks of the real grids, and a skip where the real ones are not on this machine."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import rdata
import xarray as xr
from PIL import Image, TiffImagePlugin

from coldcarbon import catalogue


def need(name: str) -> None:
    """Skip unless the catalogue has the data set here; nothing is downloaded."""
    if not catalogue.present(name):
        pytest.skip(f"{name} is not on this machine")


# ---- CRU normals: a table of months and cells, single precision, southern rows first


def cru_table(cells=((29.75, 91.25), (62.25, 129.75))) -> pd.DataFrame:
    """Two cells; month m of cell k is 10 k + m degrees."""
    rows = [(m, lat, lon, 10 * k + m) for m in range(1, 13) for k, (lat, lon) in enumerate(cells)]
    table = pd.DataFrame(rows, columns=["Month", "Latitude", "Longitude", "NormalTemperature"])
    return table.astype({"Month": "int8"} | dict.fromkeys(table.columns[1:], "float32"))


def write_cru(folder: Path, table: pd.DataFrame) -> Path:
    path = folder / "normals.parquet"
    table.to_parquet(path)
    return path


# ---- HWSD: four files, latitude ascending, doubles, -1 missing, zeros where there is no mineral soil


def hwsd_values() -> dict[str, np.ndarray]:
    """24 x 48 cells: ocean in the first 8 columns, ice in the first 3 rows, one cell of peat."""
    shape = (24, 48)
    row, column = np.indices(shape)
    sand, clay = 30.0 + row, 10.0 + column % 30
    values = {"T_OC": 1 + column / 100, "T_SAND": sand, "T_CLAY": clay, "T_SILT": 100 - sand - clay}
    for name, field in values.items():
        field[:3] = 0
        field[10, 20] = 33.87 if name == "T_OC" else 0
        field[:, :8] = -1
    return values


def write_hwsd(
    folder: Path, values: dict[str, np.ndarray] | None = None, *, units: str = "%", fill: float = -1
) -> Path:
    axes = {"lat": -90 + 7.5 * (np.arange(24) + 0.5), "lon": -180 + 7.5 * (np.arange(48) + 0.5)}
    for name, field in (values or hwsd_values()).items():
        data = xr.DataArray(field, coords=axes, dims=("lat", "lon"), name=name, attrs={"units": units})
        stored = {"zlib": True, "chunksizes": (6, 12), "_FillValue": fill, "dtype": "float64"}
        with np.errstate(invalid="ignore"):
            data.where(data != -1).to_netcdf(folder / f"{name}.nc4", encoding={name: stored}, engine="netcdf4")
    return folder


# ---- Koeppen: a data frame in R's format, classes as a factor


def write_koppen(folder: Path, rows=((-89.75, -179.75, "EF"), (29.75, 91.25, "Dwc"), (-3.25, -60.25, "Af"))) -> Path:
    table = pd.DataFrame(list(rows), columns=["Lat", "Lon", "Cls"]).astype({"Cls": "category"})
    path = folder / "zones.rda"
    rdata.write_rda(path, {"climatezones": table})
    return path


# ---- HadEX2: annual sums with gaps, -99.9 missing


def write_hadex2(folder: Path, values: np.ndarray | None = None, *, units: str = "mm", name: str = "PRCPTOT") -> Path:
    """Three cells in latitude, two in longitude, years 1951 to 1960; by default value = year - 1951 in each cell."""
    if values is None:
        values = np.broadcast_to(np.arange(10.0)[:, None, None], (10, 3, 2)).copy()
        values[4:, 0, 0] = np.nan  # four years only
        values[:, 2, 1] = np.nan
    axes = {
        "time": pd.date_range("1951-01-01", periods=len(values), freq="YS"),
        "lat": np.array([-2.5, 0, 2.5], "float32"),
        "lon": np.array([0, 3.75], "float32"),
    }
    data = xr.DataArray(values, coords=axes, dims=("time", "lat", "lon"), name=name, attrs={"units": units})
    path = folder / "hadex2.nc"
    stored = {name: {"_FillValue": np.float32(-99.9), "dtype": "float32"}}
    data.to_netcdf(path, encoding=stored, format="NETCDF3_CLASSIC", engine="netcdf4")
    return path


# ---- itur: one array a file, a ring of repeated cells around the globe


def write_itur(folder: Path) -> Path:
    """45-degree cells; month m has 10 m mm in the eastern half and 0 in the western."""
    latitude, longitude = -112.5 + 45 * np.arange(6), -202.5 + 45 * np.arange(10)
    north, east = np.meshgrid(latitude, longitude, indexing="ij")
    np.savez(folder / "v7_lat_mt.npz", north)
    np.savez(folder / "v7_lon_mt.npz", east)
    for month in range(1, 13):
        np.savez(folder / f"v7_mt_month{month:02d}.npz", np.where((east + 180) % 360 - 180 > 0, 10.0 * month, 0.0))
    return folder


# ---- NDVI: GeoTIFFs of 4-byte numbers, north at the top


def write_ndvi(folder: Path, values: np.ndarray | None = None, **changes) -> Path:
    greatest = np.array([[0.5, np.nan, 0.7, 0.8], [0.1, 0.2, 0.3, -3000.0]], "float32") if values is None else values
    for name, field in (("NDVI_maximum.tif", greatest), ("NDVI_minimum.tif", greatest)):
        write_geotiff(folder / name, field, **changes)
    return folder


def write_geotiff(path: Path, values: np.ndarray, *, scale=(90.0, 90.0, 0.0), keys=(1024, 0, 1, 2, 1025, 0, 1, 1)):
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    for tag, kind, content in (
        (33550, 12, scale),
        (33922, 12, (0.0, 0.0, 0.0, -180.0, 90.0, 0.0)),
        (34735, 3, (1, 1, 0, len(keys) // 4, *keys)),
        (42113, 2, "-3000"),
    ):
        if content is not None:
            tags.tagtype[tag] = kind
            tags[tag] = content
    Image.fromarray(values).save(path, tiffinfo=tags, compression="tiff_adobe_deflate")
