"""A small gridded inversion and a tree cover map whose gradient is known, as files with the names real ones have."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

__all__ = ["TREND_PER_PERCENT", "write"]

TREND_PER_PERCENT: Final = -0.02
"""Planted: trend of annual uptake by tree cover, g C m-2 yr-2 per percent."""
_WITHOUT_TREES: Final = 1.0  # g C m-2 yr-2
_WEATHER: Final = 15.0  # g C m-2 yr-1, of a cell, from year to year


def write(folder: str | Path, seed: int = 0) -> tuple[Path, Path]:
    """Write both files.

    Parameters
    ----------
    folder : str or pathlib.Path
        Where to.
    seed : int
        The same seed gives the same files.

    Returns
    -------
    inversion : pathlib.Path
        ``bio_flux_opt`` on time, latitude, longitude (2000-2016, 2.5 by 5 degrees, 50-75 N) in mol m-2 s-1, positive
        to the atmosphere.
    tree_cover : pathlib.Path
        ``tree_cover`` on lat (falling), lon (0 to 360), 0.5 degree, as a fraction. Independent blocks, cells of the
        inversion: the trend of a cell is linear in its tree cover, the weather of cells and years independent.
    """
    rng = np.random.default_rng(seed)
    months = pd.period_range("2000-01", "2016-12", freq="M")
    latitude, longitude = np.arange(51.25, 75, 2.5), np.arange(-177.5, 180, 5.0)
    tree = rng.uniform(0, 100, (len(latitude), len(longitude)))
    years = np.arange(17) - 8.0
    trend = _WITHOUT_TREES + TREND_PER_PERCENT * tree
    annual = trend * years[:, None, None] + rng.normal(0, _WEATHER, (len(years), *tree.shape))
    days = months.days_in_month.to_numpy()[:, None, None]
    release = -np.repeat(annual, 12, axis=0) / 12 / days / 12.011 / 86400  # g C m-2 yr-1 to mol m-2 s-1
    time = months.to_timestamp() + pd.Timedelta(days=14)
    names = ("time", "latitude", "longitude")
    flux = xr.Dataset(
        {"bio_flux_opt": (names, release, {"units": "mol m-2 s-1"})},
        coords=dict(zip(names, (time, latitude, longitude), strict=True)),
    )
    fine = np.repeat(np.repeat(tree, 5, axis=0), 10, axis=1)
    fine = np.roll(fine, 360, axis=1)[::-1] / 100  # from 0 to 360 degrees, from the north
    axes = {"lat": np.arange(74.75, 50, -0.5), "lon": np.arange(0.25, 360, 0.5)}
    cover = xr.Dataset({"tree_cover": (("lat", "lon"), fine, {"units": "1"})}, coords=axes)
    paths = Path(folder) / "inversion.nc", Path(folder) / "tree_cover.nc"
    for path, dataset in zip(paths, (flux, cover), strict=True):
        dataset.to_netcdf(path)
    return paths
