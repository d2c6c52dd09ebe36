"""Share of each half-degree cell that is land, from the cells of 3 arc-minutes of the soil map.

Grids of climate count a cell at the coast as whole land. Over the globe that is 6 % too much (see
`coldcarbon.readers.koppen`), as much as many a difference between published totals. The soil map marks the sea in cells
a hundred times smaller; what it says is no sea is land here, with lakes and ice.
"""

from __future__ import annotations

from pathlib import Path

import xarray as xr

from coldcarbon.readers import hwsd

__all__ = ["CELL_DEGREES", "of", "read"]

CELL_DEGREES = 0.5


def read(path: str | Path | None = None) -> xr.DataArray:
    """Read the share of land.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        Folder of the soil map; by default the verified copies of the catalogue's "hwsd-topsoil".

    Returns
    -------
    xarray.DataArray, dims (latitude 360 ascending, longitude 720)
        0 to 1. With `coldcarbon.readers.gridded.cell_areas_km2` it sums to 135.5 million km2, without Antarctica.

    Raises
    ------
    coldcarbon.readers.ReaderError, coldcarbon.catalogue.DataError
        As `coldcarbon.readers.hwsd.read`.
    """
    with hwsd.read(path, non_soil="keep", variables=("topsoil_sand",)) as soil:
        return of(soil["topsoil_sand"]).load()


def of(fine: xr.DataArray) -> xr.DataArray:
    """Share of fine cells with a value in each half-degree cell.

    Parameters
    ----------
    fine : xarray.DataArray, dims (latitude, longitude)
        A grid whose cells fit into half a degree; the sea is missing.

    Returns
    -------
    xarray.DataArray, dims (latitude, longitude)

    Raises
    ------
    ValueError
        If the cells do not fit.
    """
    step = abs(float(fine["longitude"][1] - fine["longitude"][0]))
    factor = round(CELL_DEGREES / step)
    if factor < 1 or abs(factor * step - CELL_DEGREES) > 1e-6 or any(size % factor for size in fine.shape):
        raise ValueError(f"cells of {step:g} degrees do not fit into cells of {CELL_DEGREES:g} degrees")
    share = fine.notnull().coarsen(latitude=factor, longitude=factor).mean()
    for axis in ("latitude", "longitude"):  # means of centres carry rounding
        share[axis] = (share[axis] / CELL_DEGREES * 2).round() * CELL_DEGREES / 2
    return share.rename("land_fraction").assign_attrs(units="1", long_name="share of the cell that is land")
