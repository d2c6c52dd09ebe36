"""The model on the cells of a map: many parameter sets at once, for every vegetation type that a cell may have.

`plateau_block` is what `coldcarbon.grids.map_to_zarr` is given. It runs a cell once as each type, so that which type a
cell has, or with which probability, is decided afterwards and costs nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coldcarbon.century.parameters import PARAMETERS
from coldcarbon.century.simulator import FLUXES, GRAMS_PER_KILOGRAM, Simulator, SpinUp
from coldcarbon.century.sites import Sites, Weather

__all__ = ["NEEDED", "cell_sites", "plateau_block"]

Floats = NDArray[np.float64]
NEEDED: Final = ("temperature", "daily_range", "precipitation", "sand", "silt", "clay")
"""Fields of a block: by month in degC, K and mm month-1, then shares that sum to one."""
TYPES: Final = ("meadow", "steppe")


def cell_sites(
    block: xr.Dataset, *, rock_fraction: float = 0.0, anomalies_celsius: ArrayLike = (0.0,), cycle_years: int = 1
) -> tuple[Sites | None, Weather | None, NDArray[np.bool_]]:
    """Sites and weather of the cells that have all they need.

    Parameters
    ----------
    block : xarray.Dataset, dims (month 12, latitude m, longitude n)
        The fields of `NEEDED`, missing as NaN.
    rock_fraction : float
        Share of stones in the volume of the soil, of which grids say nothing.
    anomalies_celsius : array_like, shape (years,)
        By how much each year of the weather is warmer than the normals, in all its months; a year of normals unless
        told. Precipitation and daily range stay as they are.
    cycle_years : int
        The first years of the weather are the climate of the spin-up, over and over.

    Returns
    -------
    sites : Sites or None
        One per cell, southern rows first as the block has them; None if there is none.
    weather : Weather or None
        All years, at each of them.
    there : numpy.ndarray of bool, shape (m, n)
        Which cells they are.

    Raises
    ------
    ValueError
        If a field is missing or has no twelve months, or there are more years in the cycle than in the weather; and
        as `Sites`, by the place of the cell.
    """
    lacking = [name for name in NEEDED if name not in block]
    if lacking:
        raise ValueError(f"the block lacks {', '.join(lacking)}")
    shape = (block.sizes["latitude"], block.sizes["longitude"])
    fields = {}
    for name in NEEDED:
        monthly = "month" in block[name].dims
        if (name in NEEDED[:3]) != monthly or (monthly and block.sizes["month"] != 12):
            raise ValueError(f"{name} has dimensions {dict(block[name].sizes)}; climate has 12 months, soil has none")
        order = (*(["month"] if monthly else []), "latitude", "longitude")
        fields[name] = block[name].transpose(*order).to_numpy().astype(np.float64)
    there = np.logical_and.reduce([np.isfinite(v).reshape(-1, *shape).all(axis=0) for v in fields.values()])
    anomalies = np.atleast_1d(np.asarray(anomalies_celsius, dtype=float))
    if anomalies.ndim != 1 or not np.isfinite(anomalies).all():
        raise ValueError("anomalies are one finite number per year")
    if not 1 <= cycle_years <= len(anomalies):
        raise ValueError(f"a cycle of {cycle_years} years; there are {len(anomalies)} years of weather")
    if not there.any():
        return None, None, there
    mean, span, rain = (fields[name][:, there].T for name in NEEDED[:3])
    years = np.repeat(anomalies, 12)
    course = np.tile(mean, len(anomalies)) + years
    low, high = (course + sign * np.tile(span, len(anomalies)) / 2 for sign in (-1, 1))
    wet = np.tile(rain, len(anomalies))
    rows, columns = np.nonzero(there)
    north, east = block["latitude"].to_numpy()[rows], block["longitude"].to_numpy()[columns]
    names = [f"{a:g} N, {b:g} E" for a, b in zip(north, east, strict=True)]
    first = slice(0, 12 * cycle_years)
    texture = np.array([fields[name][there] for name in NEEDED[3:]])
    sites = Sites(
        names=names, latitude_degrees=north, sand=texture[0], silt=texture[1], clay=texture[2],
        minimum_celsius=low[:, first], maximum_celsius=high[:, first], precipitation_mm=wet[:, first],
        rock_fraction=rock_fraction,
    )  # fmt: skip
    return sites, Weather(names, list(low), list(high), list(wet)), there


def plateau_block(
    block: xr.Dataset,
    draws: ArrayLike,
    *,
    vegetation: Sequence[str] = TYPES,
    rock_fraction: float = 0.0,
    spinup: SpinUp = "steady",
    relaxation: float = 1.0,
    anomalies_celsius: ArrayLike = (0.0,),
    cycle_years: int = 1,
    last_years: int = 1,
    tolerance: float = 1e-6,
    at_once: int = 25,
) -> xr.Dataset:
    """Soil carbon and net ecosystem production of cells under many parameter sets.

    Every call has a simulator of its own, and takes the sets in their order: the same block and draws give the same
    bits, in one thread or several.

    Parameters
    ----------
    block : xarray.Dataset, dims (month 12, latitude m, longitude n)
        The fields of `NEEDED`. Missing cells stay missing.
    draws : array_like, shape (sets, types, 24)
        Parameters of each type, in the order of `coldcarbon.century.PARAMETERS`. One row is one joint draw.
    vegetation : sequence of str
        Names of the types.
    rock_fraction, anomalies_celsius, cycle_years
        As in `cell_sites`.
    spinup, relaxation, tolerance
        As in `coldcarbon.century.Simulator.run`.
    last_years : int
        Years at the end of the weather over which the results are means.
    at_once : int
        Sets run together; memory grows with it, results do not change.

    Returns
    -------
    xarray.Dataset, dims (draw, vegetation, latitude m, longitude n), float32
        ``soil_carbon`` (kg C m-2, without litter), ``net_ecosystem_production`` (g C m-2 yr-1, uptake positive),
        ``settled`` (1 where plants, water and litter came to rest in the spin-up, 0 where they did not). NaN in
        missing cells, and in the first two where a number was not finite.

    Raises
    ------
    ValueError
        For draws of another shape or outside their priors, and as `cell_sites`.
    """
    values = np.asarray(draws, dtype=float)
    if values.ndim != 3 or values.shape[1:] != (len(vegetation), len(PARAMETERS)) or not len(values):
        raise ValueError(f"draws of shape {values.shape}; needed: (sets, {len(vegetation)}, {len(PARAMETERS)})")
    years = len(np.atleast_1d(np.asarray(anomalies_celsius)))
    if not 1 <= last_years <= years:
        raise ValueError(f"the mean of the last {last_years} years; there are {years} years of weather")
    sites, weather, there = cell_sites(
        block, rock_fraction=rock_fraction, anomalies_celsius=anomalies_celsius, cycle_years=cycle_years
    )
    shape = (len(values), len(vegetation), *there.shape)
    found = {name: np.full(shape, np.nan, dtype=np.float32) for name in _FIELDS}
    if sites is not None:
        simulator = Simulator(sites, weather)
        last = slice(12 * (years - last_years), None)
        for which in range(len(vegetation)):
            for first in range(0, len(values), at_once):
                some = slice(first, first + at_once)
                result = simulator.run_many(
                    values[some, which], spinup=spinup, relaxation=relaxation, tolerance=tolerance
                )
                carbon = result.fluxes[:, :, FLUXES.index("somsc"), last].mean(axis=-1) / GRAMS_PER_KILOGRAM
                uptake = 12 * result.net_ecosystem_production[..., last].mean(axis=-1)
                sound = result.finite & np.isfinite(carbon) & np.isfinite(uptake)
                found["soil_carbon"][some, which][:, there] = np.where(sound, carbon, np.nan)
                found["net_ecosystem_production"][some, which][:, there] = np.where(sound, uptake, np.nan)
                found["settled"][some, which][:, there] = result.converged
    dimensions = ("draw", "vegetation", "latitude", "longitude")
    axes = {"draw": np.arange(len(values)), "vegetation": list(vegetation)}
    axes |= {name: block[name].to_numpy() for name in ("latitude", "longitude")}
    return xr.Dataset({name: (dimensions, array, _FIELDS[name]) for name, array in found.items()}, coords=axes)


_FIELDS: Final = {
    "soil_carbon": {"units": "kg C m-2", "long_name": "soil organic carbon as simulated"},
    "net_ecosystem_production": {"units": "g C m-2 yr-1", "long_name": "net ecosystem production, uptake positive"},
    "settled": {"units": "1", "long_name": "whether plants, water and litter came to rest"},
}
