"""Topsoil (0-30 cm) organic carbon and texture of the world, 3 arc-minutes (Harmonized World Soil Database 1.2).

Four NetCDF-4 files of the regridded database (doi:10.3334/ORNLDAAC/1247), each with one variable in % by weight of the
dominant mapping unit, latitude ascending. What is odd in them, and what happens here:

- -1 is missing (oceans): NaN;
- 487,906 of the 6,207,354 cells with numbers have sand, silt and clay of 0: units that are no mineral soil (ice, rock,
  shifting sand, water), not soils without grains. Their texture becomes NaN. Organic carbon of 0 there becomes NaN too;
  above 0 (peat, 3,367 cells) it is kept. ``non_soil="keep"`` leaves the zeros;
- everywhere else sand, silt and clay sum to 100; `read` does not check this over the whole grid, tests do;
- the values are stored as 8-byte numbers, 207 MB a variable. They are read where they are asked for, as 4-byte numbers;
  whole integers and the two decimals of organic carbon lose nothing that was measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, Literal

import netCDF4
import numpy as np
import xarray as xr
from numpy.typing import NDArray
from xarray.backends import BackendArray
from xarray.core import indexing

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.gridded import field, refuse_cut_netcdf, refuse_texts, with_axes

__all__ = ["FILES", "LONG_NAMES", "SOURCE", "read"]

DATASET: Final = "hwsd-topsoil"
SOURCE: Final = "Harmonized World Soil Database 1.2, regridded (doi:10.3334/ORNLDAAC/1247)"
FILES: Final[dict[str, tuple[str, str]]] = {
    "topsoil_organic_carbon": ("T_OC.nc4", "T_OC"),
    "topsoil_sand": ("T_SAND.nc4", "T_SAND"),
    "topsoil_silt": ("T_SILT.nc4", "T_SILT"),
    "topsoil_clay": ("T_CLAY.nc4", "T_CLAY"),
}
"""Name of the field: file, variable in it."""
LONG_NAMES: Final[dict[str, str]] = {
    "topsoil_organic_carbon": "organic carbon of the topsoil (0-30 cm), by weight",
    "topsoil_sand": "sand of the topsoil (0-30 cm), by weight of the mineral part",
    "topsoil_silt": "silt of the topsoil (0-30 cm), by weight of the mineral part",
    "topsoil_clay": "clay of the topsoil (0-30 cm), by weight of the mineral part",
}
_TEXTURE: Final = ("topsoil_sand", "topsoil_clay", "topsoil_silt")
_KEPT_BYTES: Final = 8_000_000  # two stored blocks of 450 x 900 numbers
_REMEDY: Final = f"Fetch the files again (coldcarbon data fetch {DATASET}) or compare them with the originals"


class _Topsoil(BackendArray):
    """One variable, read from its file piece by piece, its non-soil cells judged by the texture there."""

    def __init__(self, stored: Mapping[str, xr.DataArray], name: str, paths: Mapping[str, Path], judge: bool) -> None:
        self._stored, self._name, self._paths, self._judge = stored, name, paths, judge
        self.shape = stored[name].shape
        self.dtype = np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        return indexing.explicit_indexing_adapter(key, self.shape, indexing.IndexingSupport.BASIC, self._read)

    def _piece(self, name: str, key: tuple[int | slice, ...]) -> NDArray[np.float32]:
        try:
            values = np.asarray(self._stored[name][key].to_numpy(), dtype=np.float32)
        except (OSError, RuntimeError) as error:  # as netCDF4 reports a damaged block
            raise ReaderError(self._paths[name], f"a part of it cannot be read ({error})", _REMEDY) from error
        wrong = (values < 0) | (values > 100)
        if wrong.any():
            problem = f"{values[wrong].flat[0]:g} is no percentage (missing is -1)"
            raise ReaderError(self._paths[name], problem, _REMEDY, column=FILES[name][1])
        return values

    def _read(self, key: tuple[int | slice, ...]) -> NDArray[np.float32]:
        values = self._piece(self._name, key)
        zero = values == 0
        if self._judge and zero.any():
            for name in _TEXTURE:  # the others are read only where zeros are left to judge
                if name != self._name and zero.any():
                    zero &= self._piece(name, key) == 0
            values = np.where(zero, np.float32(np.nan), values)
        return values


def read(
    path: str | Path | None = None, *, non_soil: Literal["missing", "keep"] = "missing", variables: tuple[str, ...] = ()
) -> xr.Dataset:
    """Open the topsoil properties; values are read from the files when and where they are used.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        Folder of the four files; by default the verified copies of the catalogue's "hwsd-topsoil".
    non_soil : {"missing", "keep"}
        Cells whose sand, silt and clay are all 0: missing (organic carbon above 0 stays), or zeros as in the files.
    variables : tuple of str
        Fields to open, keys of `FILES`; all of them if none is named.

    Returns
    -------
    xarray.Dataset, dims (latitude 3600 ascending, longitude 7200)
        ``topsoil_organic_carbon``, ``topsoil_sand``, ``topsoil_silt``, ``topsoil_clay`` in %, float32. A field brought
        into memory as a whole takes 104 MB. Close it, or use it in a ``with`` statement, to close the files.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If a file cannot be read, lacks its variable, holds it on other axes or with another mark of missing values;
        when values are read, if one is no percentage.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    ValueError
        For an unknown choice or field.
    """
    if non_soil not in ("missing", "keep"):
        raise ValueError(f"non_soil must be 'missing' or 'keep', not {non_soil!r}")
    unknown = [name for name in variables if name not in FILES]
    if unknown:
        raise ValueError(f"no field {unknown[0]!r}; there are {', '.join(FILES)}")
    if path is None:
        found = catalogue.paths(DATASET)
        paths = {name: Path(found[file]) for name, (file, _) in FILES.items()}
    else:
        paths = {name: Path(path) / file for name, (file, _) in FILES.items()}
    opened: list[xr.Dataset] = []
    try:
        stored = {}
        for name, file in paths.items():
            source = _opened(file)
            opened.append(source)
            stored[name] = _variable(file, source, FILES[name][1])
        first = next(iter(stored.values()))
        for name, data in stored.items():
            if not (data["lat"].equals(first["lat"]) and data["lon"].equals(first["lon"])):
                raise ReaderError(paths[name], "its cells are not those of the other files", _REMEDY)
        fields = {}
        for name in variables or FILES:
            lazy = indexing.LazilyIndexedArray(_Topsoil(stored, name, paths, non_soil == "missing"))
            described = field(lazy, units="%", long_name=LONG_NAMES[name], source=SOURCE)
            chunks = dict(stored[name].encoding.get("preferred_chunks") or {})
            if {"lat", "lon"} <= set(chunks):
                described.encoding["preferred_chunks"] = {"latitude": chunks["lat"], "longitude": chunks["lon"]}
            fields[name] = described
        dataset = with_axes(next(iter(paths.values())), fields, first["lat"], first["lon"], title=SOURCE)
    except BaseException:
        _close(opened)
        raise
    dataset.set_close(partial(_close, opened))
    return dataset


def _close(opened: list[xr.Dataset]) -> None:
    for source in opened:
        source.close()


def _opened(path: Path) -> xr.Dataset:
    refuse_cut_netcdf(path, _REMEDY)
    usual = netCDF4.get_chunk_cache()
    try:
        # By default 64 MB of blocks are kept for each open file, together more than half of the whole grid
        netCDF4.set_chunk_cache(_KEPT_BYTES)
        # cache=False: a piece that was read is not kept, so that the grid never gathers in memory
        return xr.open_dataset(path, engine="netcdf4", cache=False)
    except (OSError, ValueError) as error:
        raise ReaderError(path, f"not a NetCDF file that can be read ({error})", _REMEDY) from error
    finally:
        netCDF4.set_chunk_cache(*usual)


def _variable(path: Path, source: xr.Dataset, name: str) -> xr.DataArray:
    if name not in source.data_vars:
        found = ", ".join(map(str, source.data_vars)) or "none"
        raise ReaderError(path, f"the variable is missing (found {found})", _REMEDY, column=name)
    data = source[name]
    if data.dims != ("lat", "lon"):
        raise ReaderError(path, f"its dimensions are {data.dims}, not ('lat', 'lon')", _REMEDY, column=name)
    refuse_texts(path, data, _REMEDY)
    units = data.attrs.get("units")
    if units != "%":
        raise ReaderError(path, f"its units are {units!r}, not '%'", _REMEDY, column=name)
    missing = data.encoding.get("_FillValue", data.encoding.get("missing_value"))
    if missing is None or float(missing) != -1:
        raise ReaderError(path, f"missing values are marked {missing}, not -1", _REMEDY, column=name)
    return data
