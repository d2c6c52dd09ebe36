"""Zonal inversion files in small: the variables, units and time stamps of the real ones."""

from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

UNITS = "Pg C yr$^{-1}$ degree$^{-1}$"
LAND = np.array([6.0, 5.0, 4.0, 3.0, -8.0, -23.0, -29.0, -14.0, 3.0, 11.0, 12.0, 8.0])  # PgC yr-1 to the atmosphere


def latitudes(step: float) -> np.ndarray:
    return np.arange(-90 + step / 2, 90, step)


def fluxes(first="2000-01", months=204, step=5.0, totals=False, land=LAND) -> xr.Dataset:
    """Land flux spread evenly over 40 to 70 N, ocean and fossil over the globe; mean rates, or totals times 12."""
    periods = pd.period_range(first, periods=months, freq="M")
    lat = latitudes(step)
    inside = np.maximum(np.minimum(lat + step / 2, 70) - np.maximum(lat - step / 2, 40), 0) / step / 30
    month = periods.month.to_numpy() - 1
    fields = {
        "SFCO2_LND": land[month][:, None] * inside,
        "SFCO2_OCN": np.full((months, len(lat)), -2.0 / 180),
        "SFCO2_FFF": np.full((months, len(lat)), 9.0 / 180),
    }
    if totals:
        factor = (periods.days_in_month.to_numpy() * 12 / 365.25)[:, None]
        fields = {name: values * factor for name, values in fields.items()}
    fields["SFCO2"] = sum(fields.values())
    # a day early, as in the files
    time = periods.to_timestamp() + pd.to_timedelta(periods.days_in_month.to_numpy() / 2 - 1, unit="D")
    variables = {name: (("time", "lat"), values, {"units": UNITS}) for name, values in fields.items()}
    return xr.Dataset(variables, coords={"time": time, "lat": lat})


def write(folder: Path, system: str, dataset: xr.Dataset) -> Path:
    path = folder / f"{system}_fluxes_za_ts_monthly.nc"
    dataset.to_netcdf(path)
    return path
