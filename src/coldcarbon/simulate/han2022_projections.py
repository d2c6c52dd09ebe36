"""Earth system models with a planted change of production and respiration.

`models` makes what `coldcarbon.readers.cmip6_regional.read` gives, `nep_panel` many ensembles at once for studies of
methods, `write_maps` files for `coldcarbon.readers.gridded_production.read`. The planted values are round numbers of
the usual order, chosen here; none is estimated from the files.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from coldcarbon.readers.cmip6_regional import EXPERIMENTS, REGIONS

__all__ = ["NEP_CHANGES", "models", "nep_panel", "write_maps"]

Floats = NDArray[np.float64]

NEP_CHANGES: Final[dict[str, float]] = {"ssp126": 0.10, "ssp370": 0.40}
"""Planted change of net ecosystem production from 1990-2005 to the last year 2100, PgC yr-1, mean over models."""
_NPP_GROWTH: Final = {"historical": 0.6, "ssp126": 1.0, "ssp370": 2.4}  # PgC yr-1 above 1850 at the end
_WARMING: Final = {"historical": 1.2, "ssp126": 2.2, "ssp370": 5.0}  # degC above 1850 at the end
_NPP: Final = {"East_Asia": 3.6, "Permafrost": 3.9}  # PgC yr-1 in 1850
_NEP: Final = 0.05  # PgC yr-1 in 1850
_NPP_SD, _NEP_CHANGE_SD, _GROWTH_SD = 0.9, 0.10, 0.3  # between models
_YEAR_SD: Final = 0.12  # PgC yr-1, years of one model
_AR1: Final = 0.3
_REFERENCE: Final = 1997.5  # middle of 1990-2005


def models(seed: int = 0, *, n_models: int = 14, changes: dict[str, float] | None = None) -> pd.DataFrame:
    """Simulate the models.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    n_models : int
        Number of models; each runs all three experiments, the scenarios continuing its own historical run.
    changes : dict, optional
        Change of net ecosystem production from 1990-2005 to 2100, PgC yr-1, by scenario; by default `NEP_CHANGES`.

    Returns
    -------
    pandas.DataFrame
        Columns and units of `coldcarbon.readers.cmip6_regional.read`. ``attrs["truth"]``: ``changes`` (mean over models
        by scenario), ``model_changes`` (model: scenario: value, the same in both regions), ``change_sd``, ``year_sd``,
        ``ar1``. ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        For fewer than two models.
    """
    if n_models < 2:
        raise ValueError(f"a spread needs at least two models, not {n_models}")
    planted = dict(NEP_CHANGES if changes is None else changes)
    rng = np.random.default_rng(seed)
    names = [f"MODEL-{number:02d}" for number in range(1, n_models + 1)]
    own = {name: {key: rng.normal(value, _NEP_CHANGE_SD) for key, value in planted.items()} for name in names}
    parts = []
    for name in names:
        stretch = rng.normal(1, _GROWTH_SD)
        for code, region in REGIONS.items():
            base = _NPP[code] + rng.normal(0, _NPP_SD)
            for experiment, (first, last) in EXPERIMENTS.items():
                years = np.arange(first, last + 1)
                npp = base + stretch * _course(_NPP_GROWTH, experiment, years)
                nep = _NEP + own[name].get(experiment, 0.0) * (years - _REFERENCE) / (2100 - _REFERENCE) * (
                    experiment != "historical"
                )
                noise = _noise(rng, (len(years),))
                warm = 6 + _course(_WARMING, experiment, years) + rng.normal(0, 0.3, len(years))
                parts.append(
                    pd.DataFrame(
                        {
                            "model": name,
                            "experiment": experiment,
                            "region": region,
                            "year": years,
                            "npp_PgC_per_year": npp + noise,
                            "rh_PgC_per_year": npp - nep + noise / 2,
                            "air_temperature_degrees_celsius": warm if code == "East_Asia" else np.nan,
                        }
                    )
                )
    table = pd.concat(parts).sort_values(["model", "experiment", "region", "year"], ignore_index=True)
    table.attrs = {
        "units": {
            "npp_PgC_per_year": "PgC yr-1 of the region",
            "rh_PgC_per_year": "PgC yr-1 of the region",
            "air_temperature_degrees_celsius": "degC",
        },
        "source": "simulated",
        "simulated": True,
        "truth": {
            "changes": planted,
            "model_changes": own,
            "change_sd": _NEP_CHANGE_SD,
            "year_sd": _YEAR_SD,
            "ar1": _AR1,
        },
    }
    return table


def nep_panel(
    seed: int, *, replicates: int, n_models: int = 14, change: float = 0.0, ar1: float = _AR1
) -> tuple[Floats, Floats]:
    """Net ecosystem production of many ensembles, 1990 to 2099.

    Parameters
    ----------
    seed : int
        The same seed gives the same numbers.
    replicates, n_models : int
        Ensembles, and models in each.
    change : float
        Mean over all models there could be of the step from 1990-2005 to 2006-2099, PgC yr-1. Each model has its own
        step about it, with a standard deviation of 0.1.
    ar1 : float
        Autocorrelation from year to year.

    Returns
    -------
    nep : numpy.ndarray, shape (replicates, n_models, 110)
        PgC yr-1.
    own : numpy.ndarray, shape (replicates, n_models)
        The planted step of each model, PgC yr-1.
    """
    rng = np.random.default_rng(seed)
    own = rng.normal(change, _NEP_CHANGE_SD, (replicates, n_models))
    noise = _noise(rng, (replicates, n_models, 110), ar1)
    return noise + own[:, :, None] * (np.arange(1990, 2100) > 2005), own


def write_maps(folder: Path, seed: int = 0) -> tuple[Path, Path]:
    """Write npp and rh of one made-up model over the plateau, three years by month on a grid of one degree.

    Parameters
    ----------
    folder : pathlib.Path
        Where to write; it exists.
    seed : int
        The same seed gives the same numbers.

    Returns
    -------
    npp, rh : pathlib.Path
        NetCDF files, kg m-2 s-1 of carbon. In every year production minus respiration is a tenth of production, which
        rises from 0.05 kg C m-2 yr-1 in the north-west to 0.45 in the south-east.
    """
    rng = np.random.default_rng(seed)
    latitude, longitude = np.arange(26.5, 40), np.arange(74.5, 105)
    months = pd.date_range("1990-01-01", periods=36, freq="MS")
    across = np.add.outer(np.linspace(1, 0, len(latitude)), np.linspace(0, 1, len(longitude))) / 2
    yearly = 0.05 + 0.4 * across  # kg C m-2 yr-1
    season = np.maximum(np.sin((months.month.to_numpy() - 3.5) / 12 * 2 * np.pi), 0.05)
    season = season / season.reshape(3, 12).mean(axis=1).repeat(12)
    npp = season[:, None, None] * yearly * rng.normal(1, 0.02, (36, *yearly.shape))
    rh = 0.9 * npp.reshape(3, 12, *yearly.shape).mean(axis=1).repeat(12, axis=0)
    paths = []
    for name, flux in (("npp", npp), ("rh", rh)):
        per_second = flux / (365.25 * 86400)
        data = xr.DataArray(
            per_second,
            coords={"time": months, "lat": latitude, "lon": longitude},
            dims=("time", "lat", "lon"),
            attrs={"units": "kg m-2 s-1"},
        )
        paths.append(folder / f"{name}_Lmon_MADE-UP_historical_199001-199212.nc")
        data.to_dataset(name=name).to_netcdf(paths[-1])
    return paths[0], paths[1]


def _course(ends: dict[str, float], experiment: str, years: NDArray[np.int64]) -> Floats:
    """Rise since 1850: slow at first in the historical run, straight in a scenario."""
    if experiment == "historical":
        return np.asarray(ends["historical"] * ((years - 1850) / 164) ** 2)
    return np.asarray(ends["historical"] + (ends[experiment] - ends["historical"]) * (years - 2014) / 86)


def _noise(rng: np.random.Generator, shape: tuple[int, ...], ar1: float = _AR1) -> Floats:
    """Noise of years along the last axis, PgC yr-1, with its memory from the first year on."""
    from scipy.signal import lfilter

    steps = rng.normal(0, _YEAR_SD * np.sqrt(1 - ar1**2), (*shape[:-1], shape[-1] + 50))
    return np.asarray(lfilter([1.0], [1.0, -ar1], steps)[..., 50:])
