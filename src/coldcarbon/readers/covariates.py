"""Covariates of climate, soil and vegetation at points or on 0.5 degree cells, from the gridded data of the catalogue.

One table says which columns come from which grid (`COLUMNS`), so that a model fitted at points can be used on cells.
What the columns are not: temperatures rest on monthly means, so there are no daily extremes; soil is the topsoil
only; silt is left out because it is what sand and clay leave of 100 %.

A place whose own cell has no value (coast, lake, bare rock) gets the nearest value within a radius of its grid
(`FILL_RADII_KM`), and a column per grid says how far away that value lies. Beyond the radius the value is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coldcarbon.readers import cru_normals, grid_points, hadex2, hwsd, itur, koppen, ndvi
from coldcarbon.readers.gridded import EARTH_RADIUS_KM, codes_to_names, covers_the_globe, field

__all__ = [
    "CELL_DEGREES",
    "COLUMNS",
    "DEFAULT",
    "FILL_RADII_KM",
    "GROUPS",
    "Covariate",
    "at_points",
    "coverage",
    "describe",
    "groups_in",
    "on_cells",
    "read",
    "to_frame",
]

Floats = NDArray[np.float64]

DEFAULT: Final = ("cru-normals", "hwsd-topsoil", "koppen-geiger", "hadex2-precipitation")
"""Grids that are fetched by default; itur-precipitation and ndvi-extremes come on request."""
CELL_DEGREES: Final = 0.5
"""Width of the cells of `on_cells`."""
FILL_RADII_KM: Final[dict[str, float]] = {
    "cru-normals": 50.0,
    "hwsd-topsoil": 50.0,
    "koppen-geiger": 50.0,
    "hadex2-precipitation": 250.0,
    "itur-precipitation": 0.0,
    "ndvi-extremes": 50.0,
}
"""How far a missing value may be looked for, by grid: about one cell; HadEX2, with cells of 400 km, within 250 km."""

_LAND_ONLY: Final = ("cru-normals", "hwsd-topsoil", "koppen-geiger", "ndvi-extremes")
"""Grids that end at the coast: where they have a value is land. HadEX2's cells reach over coasts, itur's over seas."""
_DAYS: Final = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_MONTH: Final = "month"
_HALF_CELL_KM: Final = float(EARTH_RADIUS_KM * np.radians(CELL_DEGREES) / 2)


@dataclass(frozen=True)
class Covariate:
    """One column.

    Parameters
    ----------
    grid : str
        Data set of the catalogue it comes from.
    group : str
        "climate", "soil" or "vegetation"; "" for a column that is no predictor of its own.
    units : str
        Units in the manner of CF.
    description : str
        What it is.
    """

    grid: str
    group: str
    units: str
    description: str


def _of(grid: str, group: str, **columns: tuple[str, str]) -> dict[str, Covariate]:
    return {name: Covariate(grid, group, *rest) for name, rest in columns.items()}


COLUMNS: Final[dict[str, Covariate]] = {
    **_of(
        "cru-normals",
        "climate",
        annual_mean_temperature_degC=("degC", "mean of the twelve monthly means (BIO1)"),
        temperature_seasonality_degC=("degC", "standard deviation of the twelve monthly means (BIO4 / 100)"),
        warmest_month_temperature_degC=("degC", "mean of the warmest month"),
        coldest_month_temperature_degC=("degC", "mean of the coldest month"),
        warmest_quarter_temperature_degC=("degC", "mean of the warmest three months in a row (BIO10)"),
        coldest_quarter_temperature_degC=("degC", "mean of the coldest three months in a row (BIO11)"),
        growing_degree_days_0_degC_d=("degC d", "degree days above 0 degC, from monthly means"),
        growing_degree_days_5_degC_d=("degC d", "degree days above 5 degC, from monthly means"),
        months_above_5_degC=("1", "months with a mean of 5 degC or more"),
    ),
    **_of(
        "hwsd-topsoil",
        "soil",
        topsoil_organic_carbon_percent=("%", "organic carbon of the topsoil (0-30 cm), by weight"),
        topsoil_sand_percent=("%", "sand of the topsoil (0-30 cm), by weight of the mineral part"),
        topsoil_clay_percent=("%", "clay of the topsoil (0-30 cm), by weight of the mineral part"),
    ),
    **_of("koppen-geiger", "climate", climate_group=("1", "Koeppen-Geiger main group, five letters")),
    **_of("koppen-geiger", "", climate_class=("1", "Koeppen-Geiger class, of which climate_group is the first letter")),
    **_of(
        "hadex2-precipitation",
        "climate",
        hadex2_precipitation_mm_per_year=("mm year-1", "annual precipitation on wet days, cells of 3.75 x 2.5 degrees"),
    ),
    **_of(
        "itur-precipitation",
        "climate",
        annual_precipitation_mm_per_year=("mm year-1", "mean annual precipitation (BIO12)"),
        precipitation_seasonality_percent=("%", "coefficient of variation of the monthly totals (BIO15)"),
        wettest_month_precipitation_mm=("mm", "total of the wettest month (BIO13)"),
        driest_month_precipitation_mm=("mm", "total of the driest month (BIO14)"),
    ),
    **_of(
        "ndvi-extremes",
        "vegetation",
        maximum_ndvi=("1", "greatest NDVI of the climatology"),
        minimum_ndvi=("1", "least NDVI of the climatology"),
    ),
}
"""Every column, with its grid."""

GROUPS: Final[dict[str, tuple[str, ...]]] = {
    group: tuple(name for name, column in COLUMNS.items() if column.group == group)
    for group in ("climate", "soil", "vegetation")
}
"""Columns by group of predictors, those on request included; `groups_in` keeps what a table has."""


def read(names: Sequence[str] = DEFAULT) -> dict[str, xr.Dataset]:
    """Open grids of covariates.

    Parameters
    ----------
    names : sequence of str
        Data sets of the catalogue, keys of `FILL_RADII_KM`; by default the four that are fetched by default.

    Returns
    -------
    dict of str to xarray.Dataset
        By name, each as its own reader gives it. The topsoil stays on disk until values are used.

    Raises
    ------
    ValueError
        For a name that is no grid of covariates, or one named twice.
    coldcarbon.catalogue.DataError
        If a data set is missing or does not verify.
    """
    readers: dict[str, Callable[[], xr.Dataset]] = {
        "cru-normals": cru_normals.read,
        "hwsd-topsoil": hwsd.read,
        "koppen-geiger": koppen.read,
        "hadex2-precipitation": hadex2.read,
        "itur-precipitation": itur.read,
        "ndvi-extremes": ndvi.read,
    }
    _known(names)
    return {name: readers[name]() for name in names}


def describe(names: Sequence[str] = DEFAULT) -> pd.DataFrame:
    """List the columns with their grid.

    Parameters
    ----------
    names : sequence of str
        Grids to list.

    Returns
    -------
    pandas.DataFrame
        Index the columns; columns grid, group, units, description.
    """
    _known(names)
    rows = {name: vars(column) for name, column in COLUMNS.items() if column.grid in names}
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("column")


def groups_in(columns: Sequence[str] | pd.DataFrame) -> dict[str, list[str]]:
    """Groups of predictors that a table has.

    Parameters
    ----------
    columns : sequence of str or pandas.DataFrame
        Names of columns; others than those of `GROUPS` are passed over.

    Returns
    -------
    dict of str to list of str
        Group: its columns, in the order of `GROUPS`; groups without a column are left out.
    """
    here = set(columns)
    found = {group: [name for name in members if name in here] for group, members in GROUPS.items()}
    return {group: members for group, members in found.items() if members}


def at_points(
    grids: Mapping[str, xr.Dataset],
    latitude: ArrayLike | pd.Series,
    longitude: ArrayLike | pd.Series,
    fill_radii_km: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Covariates at points, from the cell each point lies in or the nearest that has a value.

    Parameters
    ----------
    grids : mapping of str to xarray.Dataset
        As `read` gives them.
    latitude, longitude : array_like or pandas.Series, shape (n,)
        Degrees north and east; missing together, if at all.
    fill_radii_km : mapping of str to float, optional
        Radius by grid where it is not to be that of `FILL_RADII_KM`; 0 fills nothing. From the point to the edge of
        the cell.

    Returns
    -------
    pandas.DataFrame, shape (n, k)
        Index of ``latitude`` if it is a Series. The columns of `COLUMNS` for the grids given, classes as categorical;
        then ``GRID_distance_km`` per grid (hyphens as underscores): 0 in the own cell, the distance where a value was
        filled (the greatest over the grid's columns), NaN where a column is missing; `coverage` counts them. Units
        stand in `COLUMNS`, the radii in ``attrs["fill_radii_km"]`` (more is not kept there, since pandas copies it with
        every column that is taken).

    Raises
    ------
    ValueError
        For points that are none (the row is named), or a grid without a name here.
    """
    radii = _radii(grids, fill_radii_km)
    columns: dict[str, pd.Series] = {}
    distances: dict[str, pd.Series] = {}
    for name, dataset in grids.items():
        fields = _fields_of(name, dataset)
        # A radius that is never 0, so that the distances stand in the result; a millimetre reaches no other cell
        sampled = grid_points.at_points(fields, latitude, longitude, fill_radius_km=max(radii[name], 1e-6))
        apart = sampled[[f"{column}_distance_km" for column in fields.data_vars]]
        distances[_distance_column(name)] = apart.max(axis=1, skipna=False)
        for column, data in fields.data_vars.items():
            suffix = grid_points.UNIT_SUFFIXES.get(str(data.attrs["units"]), "")
            columns[str(column)] = sampled[f"{column}{suffix}"]
    frame = pd.DataFrame(columns | distances)
    frame.attrs = {"fill_radii_km": radii}
    return frame


def coverage(places: pd.DataFrame) -> pd.DataFrame:
    """Count by grid where values come from.

    Parameters
    ----------
    places : pandas.DataFrame
        As `at_points` or `to_frame` gives it.

    Returns
    -------
    pandas.DataFrame
        Index the grids; columns ``in_own_cell``, ``filled`` and ``missing`` (places without all columns of the grid,
        or without coordinates), which sum to the number of places.
    """
    rows = {}
    for name in FILL_RADII_KM:
        if _distance_column(name) in places:
            distance = places[_distance_column(name)]
            rows[name] = [int((distance == 0).sum()), int((distance > 0).sum()), int(distance.isna().sum())]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["in_own_cell", "filled", "missing"])


def on_cells(
    grids: Mapping[str, xr.Dataset],
    latitude: ArrayLike,
    longitude: ArrayLike,
    fill_radii_km: Mapping[str, float] | None = None,
) -> xr.Dataset:
    """Covariates on a block of 0.5 degree cells; only what the block needs is read.

    Finer grids are averaged over the fine cells that have a value; coarser ones give the cell that holds the centre.
    Land is where one of the grids that end at the coast (all but HadEX2 and itur) has a value of its own; if none of
    these is given, wherever there is a value. Land without a value in a grid is filled, all its columns from one cell;
    what is not land is missing.

    Parameters
    ----------
    grids : mapping of str to xarray.Dataset
        As `read` gives them; grids that cover the globe.
    latitude, longitude : array_like, shapes (m,) and (n,)
        Centres of 0.5 degree cells (-89.75 ... 89.75, -179.75 ... 179.75), neighbours in rising or falling order.
    fill_radii_km : mapping of str to float, optional
        As in `at_points`. Among half-degree cells, distances are from centre to centre, and half the height of a cell
        (28 km) is added to the radius, since in `at_points` it reaches to the edge of the cell.

    Returns
    -------
    xarray.Dataset, dims (latitude m, longitude n)
        The columns of `at_points`, classes as codes with ``flag_values`` and ``flag_meanings``, and the distances.
        `to_frame` makes the table a fitted model takes.

    Raises
    ------
    ValueError
        If centres are none of half-degree cells or no neighbours, if a grid does not fit into them, or has no name
        here.
    """
    radii = _radii(grids, fill_radii_km)
    rows, north = _cell_numbers(latitude, "latitude")
    columns, east = _cell_numbers(longitude, "longitude")
    blocks = {name: _block(name, dataset, rows, columns, radii[name]) for name, dataset in grids.items()}
    judges = [name for name in grids if name in _LAND_ONLY] or list(grids)
    land = np.logical_or.reduce([blocks[name].own for name in judges])
    variables: dict[str, xr.Variable] = {}
    for name, block in blocks.items():
        values, distance = block.filled(land, radii[name])
        for column, numbers in values.items():
            variables[column] = field(numbers, source=name, **_attributes(grids[name], column))
        variables[_distance_column(name)] = field(
            distance, units="km", long_name="distance to the cell used", source=name
        )
    return xr.Dataset(variables, coords={"latitude": north, "longitude": east})


def to_frame(cells: xr.Dataset) -> pd.DataFrame:
    """Turn a block of cells into the table that `at_points` would give.

    Parameters
    ----------
    cells : xarray.Dataset
        As `on_cells` gives it.

    Returns
    -------
    pandas.DataFrame
        Index latitude and longitude, the last running fastest; classes as categorical.
    """
    index = pd.MultiIndex.from_product(
        [cells["latitude"].to_numpy(), cells["longitude"].to_numpy()], names=["latitude", "longitude"]
    )
    columns: dict[str, object] = {}
    for name, data in cells.data_vars.items():
        values = data.to_numpy().ravel()
        if "flag_values" in data.attrs:
            meanings = str(data.attrs["flag_meanings"]).split()
            columns[str(name)] = pd.Categorical(codes_to_names(values, data.attrs), categories=meanings)
        else:
            columns[str(name)] = values
    return pd.DataFrame(columns, index=index)


def _known(names: Sequence[str]) -> None:
    unknown = [name for name in names if name not in FILL_RADII_KM]
    if unknown:
        raise ValueError(f"{unknown[0]!r} is no grid of covariates; there are {', '.join(FILL_RADII_KM)}")
    repeated = [name for number, name in enumerate(names) if name in names[:number]]
    if repeated:
        raise ValueError(f"{repeated[0]!r} is named twice")


def _radii(grids: Mapping[str, xr.Dataset], changed: Mapping[str, float] | None) -> dict[str, float]:
    if not grids:
        raise ValueError("there is no grid: give the result of read()")
    _known(list(grids))
    _known(list(changed or {}))
    radii = {name: float((changed or {}).get(name, FILL_RADII_KM[name])) for name in grids}
    for name, radius in radii.items():
        if not (np.isfinite(radius) and radius >= 0):
            raise ValueError(f"the radius of {name} must be a distance of 0 km or more, not {radius}")
    return radii


def _distance_column(name: str) -> str:
    return f"{name.replace('-', '_')}_distance_km"


def _attributes(dataset: xr.Dataset, column: str) -> dict[str, Any]:
    """Units and description of a column, with the flags of classes."""
    described: dict[str, Any] = {"units": COLUMNS[column].units, "long_name": COLUMNS[column].description}
    flags = dataset[column].attrs if column in dataset else {}
    return described | {key: flags[key] for key in ("flag_values", "flag_meanings") if key in flags}


def _temperatures(dataset: xr.Dataset) -> dict[str, xr.DataArray]:
    monthly = dataset["temperature"]
    quarters = (monthly + monthly.roll({_MONTH: 1}) + monthly.roll({_MONTH: 2})) / 3
    days = xr.DataArray(_DAYS, dims=_MONTH)
    above = xr.where(np.isfinite(monthly), monthly >= 5, np.nan)
    return {
        "annual_mean_temperature_degC": monthly.mean(_MONTH, skipna=False),
        "temperature_seasonality_degC": monthly.std(_MONTH, ddof=1, skipna=False),
        "warmest_month_temperature_degC": monthly.max(_MONTH, skipna=False),
        "coldest_month_temperature_degC": monthly.min(_MONTH, skipna=False),
        "warmest_quarter_temperature_degC": quarters.max(_MONTH, skipna=False),
        "coldest_quarter_temperature_degC": quarters.min(_MONTH, skipna=False),
        "growing_degree_days_0_degC_d": (monthly.clip(min=0) * days).sum(_MONTH, skipna=False),
        "growing_degree_days_5_degC_d": ((monthly - 5).clip(min=0) * days).sum(_MONTH, skipna=False),
        "months_above_5_degC": above.sum(_MONTH, skipna=False),
    }


def _rain(dataset: xr.Dataset) -> dict[str, xr.DataArray]:
    monthly = dataset["precipitation"]
    mean = monthly.mean(_MONTH, skipna=False)
    return {
        "annual_precipitation_mm_per_year": 12 * mean,
        # Where it never rains the months do not differ: 0, not 0 / 0
        "precipitation_seasonality_percent": (100 * monthly.std(_MONTH, ddof=1, skipna=False) / mean).where(
            mean > 0, 0 * mean
        ),
        "wettest_month_precipitation_mm": monthly.max(_MONTH, skipna=False),
        "driest_month_precipitation_mm": monthly.min(_MONTH, skipna=False),
    }


# Fields of each grid that the columns rest on, and the columns from them
_SOURCES: Final[dict[str, tuple[str, ...]]] = {
    "cru-normals": ("temperature",),
    "hwsd-topsoil": ("topsoil_organic_carbon", "topsoil_sand", "topsoil_clay"),
    "koppen-geiger": ("climate_group", "climate_class"),
    "hadex2-precipitation": ("annual_precipitation",),
    "itur-precipitation": ("precipitation",),
    "ndvi-extremes": ("maximum_ndvi", "minimum_ndvi"),
}


def _fields_of(name: str, dataset: xr.Dataset) -> xr.Dataset:
    """The columns of a grid as fields on its own cells, or on a piece of it."""
    chosen = dataset[list(_SOURCES[name])]
    if name == "cru-normals":
        derived = _temperatures(chosen)
    elif name == "itur-precipitation":
        derived = _rain(chosen)
    else:  # values as they are, read when they are used
        columns = [column for column, about in COLUMNS.items() if about.grid == name]
        derived = dict(zip(columns, (chosen[source] for source in _SOURCES[name]), strict=True))
    for column, data in derived.items():
        data.attrs = _attributes(dataset, column) | {"source": str(dataset.attrs.get("title", name))}
    return xr.Dataset(derived)


def _cell_numbers(centres: ArrayLike, axis: str) -> tuple[NDArray[np.int64], Floats]:
    """Numbers of half-degree cells counted from the south or the west, and their centres."""
    limit = 90.0 if axis == "latitude" else 180.0
    values = np.atleast_1d(np.asarray(centres, dtype=float))
    place = (values + limit - CELL_DEGREES / 2) / CELL_DEGREES
    numbers = np.rint(place)
    wrong = ~(np.abs(place - numbers) < 1e-6) | (np.abs(values) > limit)
    if wrong.any() or values.ndim != 1 or not len(values):
        first = f"{values[wrong][0]:g}" if wrong.any() else "an empty list"
        raise ValueError(f"{axis}: {first} is not the centre of a {CELL_DEGREES:g} degree cell")
    steps = np.diff(numbers)
    if len(steps) and not ((steps == 1).all() or (steps == -1).all()):
        raise ValueError(f"{axis}: the cells are not neighbours in rising or falling order")
    return numbers.astype(np.int64), values


def _centres(numbers: NDArray[np.int64], limit: float) -> Floats:
    return np.asarray(CELL_DEGREES * (numbers + 0.5) - limit, dtype=float)


class _Block:
    """Columns of one grid on a block of half-degree cells, and where to look for what is missing there."""

    def __init__(self, north: Floats, east: Floats, values: dict[str, Floats]) -> None:
        self.north, self.east, self.values = north, east, values
        self.own: NDArray[np.bool_] = np.logical_and.reduce([np.isfinite(numbers) for numbers in values.values()])

    def filled(self, land: NDArray[np.bool_], radius: float) -> tuple[dict[str, Floats], Floats]:
        """Values with the land filled within the radius, and the distances in km."""
        distance = np.where(self.own & land, 0.0, np.nan)
        values = {name: np.where(land, numbers, np.nan) for name, numbers in self.values.items()}
        wanted = np.argwhere(land & ~self.own)
        if len(wanted) and radius > 0:
            rows, columns = wanted.T
            found, apart = self._nearest(self.north[rows], self.east[columns], radius)
            within = np.isfinite(apart)
            distance[rows[within], columns[within]] = apart[within]
            for name, numbers in found.items():
                values[name][rows[within], columns[within]] = numbers[within]
        return values, distance

    def _nearest(self, north: Floats, east: Floats, radius: float) -> tuple[dict[str, Floats], Floats]:
        raise NotImplementedError


class _FineBlock(_Block):
    """A grid of cells no wider than half a degree; looks among the half-degree cells around."""

    def __init__(self, inner: _Block, around: _Block) -> None:
        super().__init__(inner.north, inner.east, inner.values)
        self._around = around

    def _nearest(self, north: Floats, east: Floats, radius: float) -> tuple[dict[str, Floats], Floats]:
        from scipy.spatial import cKDTree

        rows, columns = np.nonzero(self._around.own)
        if not len(rows):
            return {name: np.full(len(north), np.nan) for name in self.values}, np.full(len(north), np.nan)
        tree = cKDTree(_on_sphere(self._around.north[rows], self._around.east[columns]))
        chord, place = tree.query(_on_sphere(north, east))
        apart = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(chord / 2, 0, 1))
        found = {name: numbers[rows[place], columns[place]] for name, numbers in self._around.values.items()}
        return found, np.where(apart <= radius + _HALF_CELL_KM, apart, np.nan)


class _CoarseBlock(_Block):
    """A grid of wider cells: the one that holds the centre, or the nearest that has a value."""

    def __init__(self, fields: xr.Dataset, north: Floats, east: Floats) -> None:
        self._fields = fields
        middle = np.meshgrid(north, east, indexing="ij")
        values, _ = self._sample(middle[0].ravel(), middle[1].ravel(), 0.0)
        super().__init__(north, east, {name: numbers.reshape(middle[0].shape) for name, numbers in values.items()})

    def _sample(self, north: Floats, east: Floats, radius: float) -> tuple[dict[str, Floats], Floats]:
        sampled = grid_points.at_points(self._fields, north, east, fill_radius_km=max(radius, 1e-6))
        names = [str(name) for name in self._fields.data_vars]
        suffixes = [grid_points.UNIT_SUFFIXES.get(str(self._fields[name].attrs["units"]), "") for name in names]
        values = {name: sampled[name + suffix].to_numpy() for name, suffix in zip(names, suffixes, strict=True)}
        return values, sampled[[f"{name}_distance_km" for name in names]].max(axis=1, skipna=False).to_numpy()

    def _nearest(self, north: Floats, east: Floats, radius: float) -> tuple[dict[str, Floats], Floats]:
        return self._sample(north, east, radius)


def _on_sphere(north: Floats, east: Floats) -> Floats:
    """Points on the unit sphere, shape (n, 3)."""
    a, b = np.radians(north), np.radians(east)
    return np.column_stack([np.cos(a) * np.cos(b), np.cos(a) * np.sin(b), np.sin(a)])


def _block(
    name: str, dataset: xr.Dataset, rows: NDArray[np.int64], columns: NDArray[np.int64], radius: float
) -> _Block:
    north, east = _centres(rows, 90.0), _centres(columns, 180.0)
    step = abs(float(dataset["longitude"][1] - dataset["longitude"][0]))
    if step > CELL_DEGREES + 1e-9:
        return _CoarseBlock(_fields_of(name, dataset), north, east)
    factor = round(CELL_DEGREES / step)
    whole = dataset.sizes["latitude"] == 360 * factor and dataset.sizes["longitude"] == 720 * factor
    if not whole or not covers_the_globe(dataset["longitude"]):
        raise ValueError(f"the cells of {name} do not fit into {CELL_DEGREES:g} degree cells that cover the globe")
    if radius == 0:
        inner = _averaged(name, dataset, rows, columns, factor)
        return _FineBlock(inner, inner)
    height = (radius + _HALF_CELL_KM) / (2 * _HALF_CELL_KM)
    narrowest = np.cos(np.radians(min(np.abs(north).max() + height * CELL_DEGREES, 89.9)))
    width = int(np.ceil(height / narrowest))
    tall = np.arange(max(rows.min() - int(height), 0), min(rows.max() + int(height), 359) + 1)
    wide = np.arange(columns.min() - width, columns.max() + width + 1)
    wide = np.arange(720) if len(wide) >= 720 else wide % 720
    around = _averaged(name, dataset, tall, wide, factor)
    within = np.ix_(rows - tall[0], [int(np.flatnonzero(wide == column)[0]) for column in columns])
    inner = _Block(north, east, {column: numbers[within] for column, numbers in around.values.items()})
    return _FineBlock(inner, around)


def _averaged(
    name: str, dataset: xr.Dataset, rows: NDArray[np.int64], columns: NDArray[np.int64], factor: int
) -> _Block:
    """Means over the fine cells of each half-degree cell; columns may cross the date line."""
    falling = bool(dataset["latitude"][0] > dataset["latitude"][-1])
    low, high = int(rows.min()) * factor, (int(rows.max()) + 1) * factor
    tall = slice(360 * factor - high, 360 * factor - low) if falling else slice(low, high)
    order = np.sort(columns) if np.ptp(columns) == len(columns) - 1 else columns
    breaks = np.flatnonzero(np.diff(order) != 1) + 1
    pieces = []
    for part in np.split(order, breaks):
        wide = slice(int(part[0]) * factor, (int(part[-1]) + 1) * factor)
        pieces.append(dataset[list(_SOURCES[name])].isel(latitude=tall, longitude=wide).load())
    piece = xr.concat(pieces, "longitude") if len(pieces) > 1 else pieces[0]
    if factor > 1:
        if any("flag_values" in data.attrs for data in piece.data_vars.values()):
            raise ValueError(f"{name} holds classes on finer cells, which have no mean")
        piece = piece.coarsen(latitude=factor, longitude=factor).mean(keep_attrs=True)
    fields = _fields_of(name, piece)
    rising = slice(None, None, -1) if falling else slice(None)
    # From rows that rise and columns as read to the order asked for
    i = rows - rows.min()
    j = {int(number): place for place, number in enumerate(order)}
    chosen = [j[int(number)] for number in columns]
    values = {
        str(column): data.transpose("latitude", "longitude").to_numpy()[rising][np.ix_(i, chosen)]
        for column, data in fields.data_vars.items()
    }
    return _Block(_centres(rows, 90.0), _centres(columns, 180.0), values)
