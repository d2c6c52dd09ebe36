"""Net ecosystem production per square metre from gridded npp and rh that a user has (CMIP names).

No such file is in the catalogue: the archives of Earth system models ask for a login or are too large. `read` takes the
two files of one model and experiment as they come from there.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from coldcarbon.readers import ReaderError, inversions

__all__ = ["read"]


def read(npp: str | Path, rh: str | Path) -> xr.Dataset:
    """Read net primary production and heterotrophic respiration on one grid.

    Parameters
    ----------
    npp, rh : str or pathlib.Path
        NetCDF files with monthly ``npp`` and ``rh`` on time, latitude and longitude, both positive, in kg m-2 s-1 of
        carbon or another unit of `coldcarbon.readers.inversions.read_gridded`.

    Returns
    -------
    xarray.Dataset, dims (time, latitude, longitude)
        ``npp``, ``rh`` and ``nep`` in kg C m-2 yr-1, the mean rate of a month; NaN where either is missing; latitude
        and longitude rising; ``days`` by time.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `coldcarbon.readers.inversions.read_gridded`; also if a flux is mostly negative, or the two files have other
        months or cells.
    """
    files = {"npp": Path(npp), "rh": Path(rh)}
    fluxes = {name: inversions.read_gridded(path, name, positive="down") for name, path in files.items()}
    for axis in ("time", "latitude", "longitude"):
        first, second = (flux[axis].to_numpy() for flux in fluxes.values())
        if first.shape != second.shape or not (first == second).all():
            problem = f"its {axis} is not that of {files['npp'].name}"
            raise ReaderError(files["rh"], problem, "Bring both to one grid and period first", column=axis)
    yearly = {name: flux["land_uptake"] * (inversions.DAYS_PER_YEAR / 1000) for name, flux in fluxes.items()}
    for name, flux in yearly.items():
        if float((flux < 0).mean()) > 0.5:
            problem = "most values are negative"
            raise ReaderError(files[name], problem, "Turn its sign: both fluxes are positive", column=name)
    described = {"npp": "net primary production", "rh": "heterotrophic respiration", "nep": "net ecosystem production"}
    yearly["nep"] = yearly["npp"] - yearly["rh"]
    there = np.isfinite(yearly["nep"])
    result = xr.Dataset({name: flux.where(there) for name, flux in yearly.items()}, attrs={"source": files["npp"].name})
    for name, words in described.items():
        result[name].attrs = {"units": "kg C m-2 yr-1", "long_name": words}
    return result
