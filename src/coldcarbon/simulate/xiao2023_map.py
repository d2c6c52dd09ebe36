"""The design behind the map with a planted truth: production as a function of covariates, known in every cell.

`production_field` gives planted BNPP wherever covariates are; `plot_records` samples it at plots, with studies that
err together. The values are round numbers of the usual order, chosen here; none is estimated from a data set.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coldcarbon.readers.gridded import regular_axis
from coldcarbon.simulate.xiao2023_production import RECORD_SD, STUDY_SD

__all__ = ["LAND", "land_fraction", "plot_records", "production_field"]

LAND: Final = ((-100.0, -60.0), (0.0, 40.0), (100.0, 140.0))
"""Longitudes of the planted land in degrees east; half a cell of coast on either side."""
_NORTH, _SOUTH = 75.0, -55.0


def land_fraction() -> xr.DataArray:
    """Twin of `coldcarbon.readers.land_fraction.read`: three strips of land from 55 degrees south to 75 north.

    Returns
    -------
    xarray.DataArray, dims (latitude 360 ascending, longitude 720)
        1 on land, one half in the first and last column of a strip, 0 at sea.
    """
    latitude, longitude = regular_axis(-89.75, 89.75, 0.5), regular_axis(-179.75, 179.75, 0.5)
    inside = np.zeros(len(longitude))
    for west, east in LAND:
        inside[(longitude > west) & (longitude < east)] = 1.0
        inside[(np.abs(longitude - west) < 0.5) & (longitude > west)] = 0.5
        inside[(np.abs(longitude - east) < 0.5) & (longitude < east)] = 0.5
    values = np.where(((latitude > _SOUTH) & (latitude < _NORTH))[:, None], inside, 0.0)
    axes = {"latitude": latitude, "longitude": longitude}
    described = {"units": "1", "long_name": "share of the cell that is land", "source": "Simulated"}
    return xr.DataArray(values, axes, ("latitude", "longitude"), name="land_fraction", attrs=described)


def production_field(covariates: pd.DataFrame) -> pd.Series:
    """Planted BNPP: rises with warmth, falls with aridity, and by a quarter from clay to sand.

    Parameters
    ----------
    covariates : pandas.DataFrame
        Columns annual_mean_temperature_degC, aridity (0 to 2) and topsoil_sand_percent.

    Returns
    -------
    pandas.Series
        In Mg C ha-1 yr-1, index of ``covariates``; missing where a covariate is.

    Raises
    ------
    KeyError
        If a column is missing.
    """
    warmth = 1 / (1 + np.exp(-(covariates["annual_mean_temperature_degC"] - 8) / 6))
    dry = 1 - 0.35 * covariates["aridity"]
    sandy = 1 - 0.25 * covariates["topsoil_sand_percent"] / 100
    return ((0.6 + 2.6 * warmth) * dry * sandy).rename("bnpp")


def plot_records(seed: int, covariates: pd.DataFrame, study: ArrayLike) -> NDArray[np.float64]:
    """Sample the planted field at plots.

    Parameters
    ----------
    seed : int
        The same seed gives the same records.
    covariates : pandas.DataFrame, shape (n, k)
        At the plots, as `production_field` needs them, none missing.
    study : array_like, shape (n,)
        Study of each plot.

    Returns
    -------
    numpy.ndarray, shape (n,)
        The field times errors of study and record, log-normal with mean 1, so that records are right on average.

    Raises
    ------
    ValueError
        If covariates are missing, or there are not as many studies as plots.
    """
    field = production_field(covariates).to_numpy()
    if np.isnan(field).any():
        raise ValueError(f"{int(np.isnan(field).sum())} plots lack a covariate: leave them out")
    codes, names = pd.factorize(np.asarray(study))
    if len(codes) != len(field):
        raise ValueError(f"{len(field)} plots but {len(codes)} study labels")
    rng = np.random.default_rng(seed)
    error = rng.normal(0, STUDY_SD, len(names))[codes] + rng.normal(0, RECORD_SD, len(codes))
    return np.asarray(field * np.exp(error - (STUDY_SD**2 + RECORD_SD**2) / 2))
