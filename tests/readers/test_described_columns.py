"""The catalogue says which columns readers return, with units, in order: compared with what they really return."""

import importlib
import pkgutil
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import xarray as xr

import coldcarbon.readers
from coldcarbon import catalogue
from coldcarbon.readers import fluxnet2015
from coldcarbon.simulate import (
    covariates,
    han2022_projections,
    liu2022_inversions,
    liu2022_models,
    liu2022_towers,
    xiao2023,
    xiao2023_map,
    xiao2023_production,
    yun2024_climate,
    yun2024_coupled,
    yun2024_ratios,
    zhao2022,
)
from fluxnet_files import write_sites

# The simulated design that a chapter runs on where the data set is not here.
TWINS: dict[str, Callable[[], Any]] = {
    "root_profiles.read": xiao2023.root_profiles,
    "srdb.read": xiao2023_production.production,
    "srdb_stocks.read": yun2024_ratios.stocks,
    "root_shoot.read_ma2021": yun2024_ratios.root_shoot_ma2021,
    "root_shoot.read_climate": yun2024_ratios.root_shoot_climate,
    "qtp_active_layer.read": yun2024_climate.soil_temperature,
    "calm_active_layer.read": yun2024_climate.thaw_depth,
    "qtp_stations.read": yun2024_climate.stations,
    "tibet_transect.read, layers": lambda: zhao2022.transect().layers,
    "tibet_transect.read, sites": lambda: zhao2022.transect().sites,
    "inversions.read": liu2022_inversions.inversions,
    "cmip6_regional.read": han2022_projections.models,
    "fluxnet2015.read": lambda: liu2022_towers.fluxnet(n_sites=3),
    "plateau_towers.read": zhao2022.towers,
    "abcflux.read": lambda: liu2022_towers.abcflux(towers=liu2022_towers.fluxnet(n_sites=3)),
    "carbon_budget.read": liu2022_models.carbon_budget,
    "carbon_budget.read_models": liu2022_models.carbon_budget_models,
    "trendy.read": lambda: liu2022_models.trendy(models=["CLM5.0"], first_year=1960),
    "gistemp.read": liu2022_models.gistemp,
    "koppen.read": lambda: covariates.koppen(step_degrees=2),
    "sevilleta.read": xiao2023_production.root_donuts,
    "hwsd.read": lambda: covariates.hwsd(step_degrees=2),
    "land_fraction.read": xiao2023_map.land_fraction,
    "cru_normals.read": lambda: covariates.cru_normals(step_degrees=2),
    "itur.read": lambda: covariates.itur(step_degrees=2),
    "ndvi.read": lambda: covariates.ndvi(step_degrees=2),
    "hadex2.read": covariates.hadex2,
    "davos_flux.read": lambda: liu2022_towers.davos(years=1),
    "pandas.read_csv": yun2024_coupled.fishery,
}
# Readers that are not of one data set of the catalogue: several at once, or files that it does not hold.
OTHERS = {"covariates", "gridded_production", "plateau_cells", "rasters"}
LARGE = 10_000_000  # cells
TABLES = {
    table.reader: (name, table) for name in catalogue.datasets() for table in catalogue.described(name) if table.columns
}


def listed(reader: str) -> list[tuple[str, str]]:
    return [(column.name, column.unit) for column in TABLES[reader][1].columns]


def returned(reader: str) -> Any:
    """What a reader returns for the real files."""
    function, _, part = reader.partition(", ")
    if function == "pandas.read_csv":
        return pd.read_csv(catalogue.path(TABLES[reader][0]))
    result = call(function)
    return getattr(result, part) if part else result


@cache
def call(function: str) -> Any:
    module, _, name = function.partition(".")
    return getattr(importlib.import_module(f"coldcarbon.readers.{module}"), name)()


def columns_of(result: Any) -> list[tuple[str, str]]:
    """Names and units in order; a grid has its axes among them."""
    if isinstance(result, pd.DataFrame):
        units = result.attrs.get("units", {})
        assert set(units) <= set(result.columns), "units of columns that are not there"
        return [(str(name), units.get(name, "")) for name in result.columns]
    variables = variables_of(result)
    return [(name, str(variable.attrs.get("units", ""))) for name, variable in variables.items()]


def variables_of(result: xr.Dataset | xr.DataArray) -> dict[str, xr.DataArray]:
    if isinstance(result, xr.DataArray):
        return {str(result.name): result} | {str(name): result[name] for name in result.coords}
    return {str(name): result[name] for name in result.variables}


def missing_in(result: Any) -> set[str]:
    parts = result.items() if isinstance(result, pd.DataFrame) else variables_of(result).items()
    return {str(name) for name, values in parts if bool(start_of(values).isna().any())}


def start_of(values: pd.Series | xr.DataArray) -> pd.Series:
    """All of a column; of a large grid the first rows, which lie over a polar sea and are quickly read."""
    if isinstance(values, xr.DataArray):
        part = values.isel(latitude=slice(0, 100)) if values.size > LARGE else values
        return part.to_series() if part.ndim else part.expand_dims("one").to_series()
    return values


def size_of(result: Any) -> str:
    if isinstance(result, pd.DataFrame):
        return f"{len(result):,} rows"
    return " x ".join(f"{length:,} {axis}" for axis, length in result.sizes.items())


@pytest.mark.parametrize("reader", TABLES)
def test_a_reader_returns_the_columns_the_catalogue_lists(reader: str) -> None:
    dataset, table = TABLES[reader]
    if not catalogue.present(dataset):
        pytest.skip(f"{dataset} is not here")
    result = returned(reader)
    assert columns_of(result) == listed(reader)
    assert missing_in(result) == {column.name for column in table.columns if column.missing}
    assert size_of(result) == table.size


@pytest.mark.parametrize("reader", TWINS)
def test_a_simulated_design_has_the_columns_of_its_reader(reader: str) -> None:
    result = TWINS[reader]()
    if isinstance(result, pd.DataFrame):
        assert columns_of(result) == listed(reader)
    else:
        axes = {*map(str, result.coords)}
        assert {pair for pair in columns_of(result) if pair[0] not in axes} == {
            pair for pair in listed(reader) if pair[0] not in axes
        }


def test_the_table_of_towers(tmp_path: Path) -> None:
    assert columns_of(fluxnet2015.read_sites(write_sites(tmp_path))) == listed("fluxnet2015.read_sites")


def test_no_table_is_left_without_a_stand_in() -> None:
    assert set(TABLES) - set(TWINS) == {"fluxnet2015.read_sites"}


def test_every_reader_is_in_the_catalogue() -> None:
    names = [module.name for module in pkgutil.iter_modules(coldcarbon.readers.__path__)]
    readers = {name for name in names if hasattr(importlib.import_module(f"coldcarbon.readers.{name}"), "read")}
    known = {table.reader.partition(".")[0] for name in catalogue.datasets() for table in catalogue.described(name)}
    assert readers - known == OTHERS
