"""Ratios of plants by place and by plot with planted truths, for two chapters on yun2024.

`root_shoot_ma2021`, `root_shoot_climate` and `stocks` are the twins of the readers: the same columns, copies, zeros and
wrong temperatures. `harvest` makes plants of plots for many surveys at once, with an allometry that ties the ratio of
a plant to its size; `space` makes ratios of places that answer to temperature and aridity. What is planted is a round
number of the usual order, chosen here, and no result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from coldcarbon.readers import root_shoot as reader
from coldcarbon.readers import srdb_stocks

__all__ = ["OUTLINE", "Harvest", "harvest", "root_shoot_climate", "root_shoot_ma2021", "space", "stocks"]

Floats = NDArray[np.float64]

OUTLINE: Final = shapely.box(80, 28, 104, 40)
"""A plateau without an outline: degrees east and north."""

LOG_ETA: Final = float(np.log(0.16))
PLACE_SD, PLOT_SD = 0.45, 0.35
"""Standard deviations of the logarithm of eta, between places and between measurements of a place."""
SLOPE_PER_DEGREE: Final = 0.03
SLOPE_PER_LOG_ARIDITY: Final = -0.2
COPIES: Final = 4
"""Most measurements stand in the file four times, twice as computed and twice as rounded to one decimal."""


def _compilation(seed: int, places: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    latitude = rng.uniform(30.5, 36.5, places).round(2)
    longitude = rng.uniform(86.0, 99.0, places).round(2)
    season = 15.0 - 0.9 * (latitude - 28) + rng.normal(0, 1.5, places)
    aridity = np.exp(0.3 + rng.normal(0, 0.5, places))
    level = LOG_ETA + SLOPE_PER_DEGREE * (season - season.mean())
    level = level + SLOPE_PER_LOG_ARIDITY * (np.log(aridity) - 0.3) + rng.normal(0, PLACE_SD, places)
    sizes = 1 + rng.poisson(0.6, places)
    place = np.repeat(np.arange(places), sizes)
    exact = np.exp(-(level[place] + rng.normal(0, PLOT_SD, len(place))))
    wrong = (latitude < 33) & (longitude < 92)  # as in the file: the south-west is far too warm
    rows = []
    for k, ratio in zip(place, exact, strict=True):
        as_written = [f"{ratio:.9f}", f"{ratio:.1f}"] * (COPIES // 2) if rng.random() < 0.7 else [f"{ratio:.6g}"]
        rows += [
            (latitude[k], longitude[k], "grass", text, season[k] + 18 * wrong[k], aridity[k]) for text in as_written
        ]
    rows += [(31.5, 92.0, "shrub", "0", 8.0, 1.2)] * 2
    rows += [(31.5, 92.0, "shrub", f"{x:.6g}", 8.0, 1.2) for x in np.exp(rng.normal(0.3, 0.5, 30))]
    rows += [(29.5, 95.0, "forest", f"{x:.6g}", 14.0, 0.7) for x in np.exp(rng.normal(-1.4, 0.4, 60))]
    names = ["latitude_degrees_north", "longitude_degrees_east", "vegetation", "ratio_as_written"]
    table = pd.DataFrame(
        rows, columns=[*names, "growing_season_temperature_degrees_celsius", "aridity_pet_per_precipitation"]
    )
    table["root_shoot_ratio"] = pd.to_numeric(table["ratio_as_written"], errors="coerce")
    table.insert(0, "row_in_file", np.arange(2, len(table) + 2))
    return reader.flag_rows(
        table[["row_in_file", *names[:3], "root_shoot_ratio", "ratio_as_written", *table.columns[5:7]]]
    )


def root_shoot_ma2021(seed: int = 0, places: int = 120) -> pd.DataFrame:
    """Simulate the ratios of Ma and others.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    places : int
        Of grassland on the plateau, at least two.

    Returns
    -------
    pandas.DataFrame
        Columns and attrs of `coldcarbon.readers.root_shoot.read_ma2021`.

    Raises
    ------
    ValueError
        For fewer than two places.
    """
    if places < 2:
        raise ValueError("at least two places are needed")
    table = _compilation(seed, places)
    found = table[list(reader.COLUMNS)].copy()
    found.attrs = {
        "left_out": table.attrs["left_out"],
        "units": {name: unit for name, unit in reader.UNITS.items() if name in reader.COLUMNS},
        "source": "Simulated",
    }
    return found


def root_shoot_climate(seed: int = 0, places: int = 120) -> pd.DataFrame:
    """Simulate the ratios with climate; the same rows as `root_shoot_ma2021` of this seed, and one without a number.

    Parameters
    ----------
    seed, places
        As in `root_shoot_ma2021`.

    Returns
    -------
    pandas.DataFrame
        Columns and attrs of `coldcarbon.readers.root_shoot.read_climate`. Planted: the logarithm of eta rises by
        `SLOPE_PER_DEGREE` per degree and by `SLOPE_PER_LOG_ARIDITY` per unit of the logarithm of aridity; the
        temperature of the south-west is 18 degrees too high.

    Raises
    ------
    ValueError
        For fewer than two places.
    """
    if places < 2:
        raise ValueError("at least two places are needed")
    table = _compilation(seed, places)
    spoiled = table.iloc[[-1]].assign(row_in_file=len(table) + 2, ratio_as_written="0. 239", root_shoot_ratio=np.nan)
    table = reader.flag_rows(pd.concat([table, spoiled], ignore_index=True))
    rng = np.random.default_rng([seed, 1])
    place = table.groupby(["latitude_degrees_north", "longitude_degrees_east"]).ngroup().to_numpy()
    aridity = table["aridity_pet_per_precipitation"]
    table["moisture_factor"] = np.clip(1.1 - 0.25 * aridity, 0, 1)
    table["gpp_g_C_per_m2_per_day"] = np.exp(rng.normal(0, 0.4, place.max() + 1))[place] / aridity
    table["root_zone_water_capacity_mm"] = rng.uniform(100, 350, place.max() + 1)[place]
    table["sand_percent"] = rng.uniform(25, 85, place.max() + 1)[place]
    table["soil_ph"] = rng.uniform(7, 8.6, place.max() + 1)[place]
    table["source"] = table["detail_source"] = "Simulated"
    found = table[list(reader.CLIMATE_COLUMNS)].copy()
    zeros = {reader.CLIMATE[name][0]: 0 for name in ("AI", "rzwc")}
    left_out = table.attrs["left_out"]
    found.attrs = {"left_out": left_out, "units": dict(reader.UNITS), "source": "Simulated", "zeros": zeros}
    return found


def stocks(seed: int = 0, studies: int = 12) -> pd.DataFrame:
    """Simulate stocks of plants above and below ground by study.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    studies : int
        At least four; every fourth is a wetland.

    Returns
    -------
    pandas.DataFrame
        Columns and attrs of `coldcarbon.readers.srdb_stocks.read`: one to four plots a study, half of them manipulated,
        and stocks that come again for every treatment in a quarter of the studies.

    Raises
    ------
    ValueError
        For fewer than four studies.
    """
    if studies < 4:
        raise ValueError("at least four studies are needed")
    rng = np.random.default_rng(seed)
    rows: list[list[object]] = []
    for study in range(1, studies + 1):
        wetland = study % 4 == 0
        level = LOG_ETA - 1.0 * wetland + rng.normal(0, 0.6)
        place = rng.uniform([31, 88], [37, 101]).round(2)
        once = study % 4 == 1
        for treatment in range(rng.integers(2, 5)):
            if treatment == 0 or not once:
                above = float(rng.lognormal(5.0, 0.5))
                below = above / np.exp(level + rng.normal(0, 0.3))
            kind = "Wetland" if wetland else "Grassland"
            rows.append([len(rows) + 1.0, study, *place, 4500.0, kind, treatment > 0, above, below])
    frame = srdb_stocks.flag_repeats(pd.DataFrame(rows, columns=list(srdb_stocks.COLUMNS[:-2])))
    frame.attrs = {"units": dict(srdb_stocks.UNITS), "source": "Simulated"}
    return frame


@dataclass(frozen=True)
class Harvest:
    """Plants harvested from plots, and what stands on the plots (`harvest`).

    Attributes
    ----------
    above, below : numpy.ndarray, shape (surveys, plots, species, plants)
        g of dry mass of each harvested plant.
    individuals : numpy.ndarray, shape (surveys, plots, species)
        Plants on the plot.
    eta_plot : numpy.ndarray, shape (surveys, plots)
        True ratio of the plot: all shoots over all roots, in the expectation over plants of each species.
    eta_species : numpy.ndarray, shape (surveys, plots, species)
        True ratio of each species on the plot, in the same sense.
    """

    above: Floats
    below: Floats
    individuals: Floats
    eta_plot: Floats
    eta_species: Floats


def harvest(
    seed: int,
    *,
    surveys: int = 1,
    plots: int = 5,
    species: int = 8,
    plants: int = 4,
    eta: float = 0.3,
    species_sd: float = 0.4,
    size_sd: float = 0.6,
    exponent: float = 1.15,
    plant_sd: float = 0.25,
    plot_sd: float = 0.2,
    unharvested: int = 0,
) -> Harvest:
    r"""Simulate plots, their species and the plants that were dug out.

    A plant of species j on plot p has roots of mass :math:`b` (lognormal, median by species) and shoots
    :math:`a = e^{c_j + p} b^{1/s} e^{\varepsilon}` with the exponent s of the allometry: with s above one a larger
    plant has fewer shoots for its roots.

    Parameters
    ----------
    seed : int
        The same seed gives the same surveys.
    surveys, plots, species, plants : int
        Replicates; plots of a survey; key species of a plot; plants dug out of each.
    eta : float
        Ratio of the median plant of one gram of roots.
    species_sd, plot_sd : float
        Spread of the logarithm of the ratio over species, and of what plots add to all of their species.
    size_sd, plant_sd : float
        Spread of the logarithm of root mass, over species and (half of it) over plants of a species, and of the shoots
        of a plant about its allometry.
    exponent : float
        s; 1 makes the ratio independent of size.
    unharvested : int
        Species that stand on the plot and count for `eta_plot`, but are neither dug out nor counted.

    Returns
    -------
    Harvest

    Raises
    ------
    ValueError
        For counts below one, negative spreads or an exponent that is not positive.
    """
    if min(surveys, plots, species, plants) < 1 or unharvested < 0:
        raise ValueError("surveys, plots, species and plants are at least one, unharvested is not negative")
    if min(species_sd, size_sd, plant_sd, plot_sd) < 0 or exponent <= 0 or eta <= 0:
        raise ValueError("spreads are not negative; eta and the exponent are above zero")
    rng = np.random.default_rng(seed)
    whole = species + unharvested
    level = np.log(eta) + species_sd * rng.standard_normal((surveys, 1, whole))
    level = level + plot_sd * rng.standard_normal((surveys, plots, 1))
    size = size_sd * rng.standard_normal((surveys, 1, whole))
    individuals = rng.lognormal(2.5, 0.8, (surveys, 1, whole)) * rng.lognormal(0, 0.4, (surveys, plots, whole))
    within = size_sd / 2
    mean_below = np.exp(size + within**2 / 2) + np.zeros_like(level)
    mean_above = np.exp(level + size / exponent + (within / exponent) ** 2 / 2 + plant_sd**2 / 2)
    totals = [(individuals * mass).sum(axis=2) for mass in (mean_above, mean_below)]
    shape = (surveys, plots, species, plants)
    log_below = size[:, :, :species, None] + within * rng.standard_normal(shape)
    log_above = level[:, :, :species, None] + log_below / exponent + plant_sd * rng.standard_normal(shape)
    return Harvest(
        above=np.exp(log_above),
        below=np.exp(log_below),
        individuals=np.maximum(np.round(individuals[:, :, :species]), 1.0),
        eta_plot=totals[0] / totals[1],
        eta_species=(mean_above / mean_below)[:, :, :species],
    )


def space(
    seed: int,
    predictors: ArrayLike,
    group: ArrayLike,
    *,
    slopes: ArrayLike = 0.0,
    group_sd: float = PLACE_SD,
    residual_sd: float = PLOT_SD,
    replicates: int = 400,
) -> Floats:
    """Logarithms of ratios at given places, many data sets at once.

    Parameters
    ----------
    seed : int
        The same seed gives the same data.
    predictors : array_like, shape (n, p)
        Climate of each measurement.
    group : array_like, shape (n,)
        What measurements share an effect: places, cells, studies.
    slopes : array_like, shape (p,) or float
        Planted change of the logarithm of eta per unit of each predictor.
    group_sd, residual_sd : float
        Standard deviations of the logarithm.
    replicates : int
        Data sets.

    Returns
    -------
    numpy.ndarray, shape (n, replicates)

    Raises
    ------
    ValueError
        For missing predictors, lengths that differ, or negative spreads.
    """
    x = np.asarray(predictors, float)
    x = x[:, None] if x.ndim == 1 else x
    codes, names = pd.factorize(np.asarray(group))
    if len(codes) != len(x):
        raise ValueError(f"{len(x)} rows of predictors and {len(codes)} labels of groups")
    if not np.isfinite(x).all():
        raise ValueError("predictors are missing or infinite: leave these rows out first")
    if min(group_sd, residual_sd) < 0:
        raise ValueError("a standard deviation is not negative")
    rng = np.random.default_rng(seed)
    planted = (x - x.mean(axis=0)) @ np.broadcast_to(np.asarray(slopes, float), x.shape[1])
    shared = group_sd * rng.standard_normal((len(names), replicates))
    return np.asarray(
        LOG_ETA + planted[:, None] + shared[codes] + residual_sd * rng.standard_normal((len(x), replicates))
    )
