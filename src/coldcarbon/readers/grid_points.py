"""Values of gridded fields at points: the cell a point lies in, its neighbours, or the nearest cell that has a value.

Points by the coast, on lakes or on small islands often fall on a cell without a value. Nothing is filled unless asked
for; then the nearest cell with a value is taken, how far away it lies stands beside the value, and a point with none
within the radius stays missing and is counted. Coordinates rounded to 0.05 degrees lie on the edges of fine grids; such
a point belongs to the cell north or east of the edge, and with a radius of any size to one that it touches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from coldcarbon.readers.gridded import EARTH_RADIUS_KM, cell_edges, codes_to_names, covers_the_globe

__all__ = ["UNIT_SUFFIXES", "at_points"]

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Method = Literal["nearest", "bilinear"]

UNIT_SUFFIXES: Final[dict[str, str]] = {
    "degC": "_degc",
    "%": "_percent",
    "mm year-1": "_mm_per_year",
    "mm month-1": "_mm_per_month",
    "km2": "_km2",
    "1": "",
}
"""What the name of a column gets for the units of its field; other units make no suffix and stand in ``attrs``."""

_BLOCK: Final = (450, 900)  # rows and columns read at once where the file does not say how it is stored
_BLOCKS_KEPT: Final = 8


def at_points(
    dataset: xr.Dataset | xr.DataArray,
    latitude: ArrayLike | pd.Series,
    longitude: ArrayLike | pd.Series,
    method: Method = "nearest",
    fill_radius_km: float = 0.0,
) -> pd.DataFrame:
    """Take fields at points.

    The grid is read in blocks, only those that hold a point, and at most eight at a time are kept; a field that is
    not in memory stays so.

    Parameters
    ----------
    dataset : xarray.Dataset or xarray.DataArray
        Fields on latitude and longitude (cell centres, as the readers give them). A further dimension, such as month,
        makes one column per value: ``temperature_month_01_degc``.
    latitude, longitude : array_like or pandas.Series, shape (n,)
        Degrees north, -90 to 90, and east, -180 to 180. Both missing: the row is missing in the result.
    method : {"nearest", "bilinear"}
        "nearest": value of the cell the point lies in (of two, the one to the north or east). "bilinear": between
        the four centres around the point, if its own cell has a value; corners without a value leave their weight to
        the others, and beyond the outermost rows of centres the value of that row holds. Not for classes.
    fill_radius_km : float
        Where the own cell has no value: take the nearest cell that has one, if its edge is at most so far from
        the point (great circle on a sphere; of cells equally far, the one with the nearer centre). 0: fill nothing.

    Returns
    -------
    pandas.DataFrame, shape (n, k)
        Index of ``latitude`` if it is a Series. Columns are the names of the fields with their units at the end
        (`UNIT_SUFFIXES`); classes are categorical. With a radius, a column ``NAME_distance_km`` per field: 0 in the
        own cell, distance to the edge of the cell used where filled (0 on that edge), NaN where missing.
        ``attrs``: ``units`` and ``sources`` by column, ``method``, ``fill_radius_km``, and ``counts``, for each field
        the number of points ``in_own_cell``, ``filled``, ``missing`` (no value within the radius) and
        ``without_coordinates``.

    Raises
    ------
    ValueError
        For coordinates outside the globe, infinite or half missing (the row is named), unequal lengths or indices, an
        unknown method, a negative radius, a field without latitude and longitude, classes with "bilinear".
    """
    if method not in ("nearest", "bilinear"):
        raise ValueError(f"method must be 'nearest' or 'bilinear', not {method!r}")
    if not (np.isfinite(fill_radius_km) and fill_radius_km >= 0):
        raise ValueError(f"fill_radius_km must be a distance of 0 km or more, not {fill_radius_km}")
    fields = _fields(dataset)
    north, east, index = _points(latitude, longitude)
    placed = ~np.isnan(north)
    columns: dict[str, object] = {}
    units: dict[str, str] = {}
    sources: dict[str, str] = {}
    counts: dict[str, dict[str, int]] = {}
    for name, data in fields.items():
        classes = "flag_values" in data.attrs
        if classes and method == "bilinear":
            raise ValueError(f"{name!r} holds classes, which have no mean: use method='nearest' for it")
        cells = _Cells.of(data)
        values, distance, own = _sample(cells, north[placed], east[placed], method, fill_radius_km)
        spread = np.full((len(index), values.shape[1]), np.nan)
        spread[placed] = values
        for column, numbers in zip(_columns(name, data), spread.T, strict=True):
            columns[column] = _classes(numbers, data) if classes else numbers
            units[column] = str(data.attrs.get("units", ""))
            sources[column] = str(data.attrs.get("source", ""))
        if fill_radius_km > 0:
            apart = np.full(len(index), np.nan)
            apart[placed] = distance
            columns[f"{name}_distance_km"] = apart
            units[f"{name}_distance_km"] = "km"
        counts[name] = {
            "in_own_cell": int(own.sum()),
            "filled": int((~own & ~np.isnan(distance)).sum()),
            "missing": int(np.isnan(distance).sum()),
            "without_coordinates": int((~placed).sum()),
        }
    frame = pd.DataFrame(columns, index=index)
    frame.attrs.update(units=units, sources=sources, counts=counts, method=method, fill_radius_km=fill_radius_km)
    return frame


def _fields(dataset: xr.Dataset | xr.DataArray) -> dict[str, xr.DataArray]:
    if isinstance(dataset, xr.DataArray):
        dataset = dataset.to_dataset(name=dataset.name or "value")
    if not len(dataset.data_vars):
        raise ValueError("the data set holds no field")
    fields = {str(name): data for name, data in dataset.data_vars.items()}
    for name, data in fields.items():
        absent = [axis for axis in ("latitude", "longitude") if axis not in data.dims or axis not in data.coords]
        if absent:
            raise ValueError(f"field {name!r} has no {' and '.join(absent)}; its dimensions are {tuple(data.dims)}")
    return fields


def _points(latitude: ArrayLike | pd.Series, longitude: ArrayLike | pd.Series) -> tuple[Floats, Floats, pd.Index]:
    north, east = (np.atleast_1d(np.asarray(values, dtype=float)) for values in (latitude, longitude))
    if north.ndim != 1 or north.shape != east.shape:
        raise ValueError(f"latitude and longitude must be as long as each other, not {north.shape} and {east.shape}")
    index: pd.Index = latitude.index if isinstance(latitude, pd.Series) else pd.RangeIndex(len(north))
    if isinstance(latitude, pd.Series) and isinstance(longitude, pd.Series) and not index.equals(longitude.index):
        raise ValueError("latitude and longitude have different indices: take both from one table")
    half = np.isnan(north) != np.isnan(east)
    if half.any():
        row = int(np.flatnonzero(half)[0])
        which = "latitude" if np.isnan(north[row]) else "longitude"
        raise ValueError(f"row {index[row]}: {which} is missing while the other coordinate is there")
    for name, values, other, limit in (("latitude", north, east, 90.0), ("longitude", east, north, 180.0)):
        outside = np.abs(values) > limit
        if outside.any():
            row = int(np.flatnonzero(outside)[0])
            hint = ""
            if name == "latitude" and abs(values[row]) <= 180 and abs(other[row]) <= 90:
                hint = "; are latitude and longitude swapped?"
            elif name == "longitude" and 180 < values[row] <= 360:
                hint = f"; degrees west are negative here ({values[row] - 360:g})"
            problem = f"row {index[row]}: {name} {values[row]:g} lies outside -{limit:g} to {limit:g} degrees"
            more = int(outside.sum()) - 1
            raise ValueError(problem + hint + (f" ({more} more such rows)" if more else ""))
    return north, east, index


def _columns(name: str, data: xr.DataArray) -> list[str]:
    suffix = UNIT_SUFFIXES.get(str(data.attrs.get("units", "")), "")
    names = [name]
    for dimension in data.dims:
        if dimension not in ("latitude", "longitude"):
            labels = [f"{x:02d}" if isinstance(x, int) else str(x) for x in data[dimension].to_numpy().tolist()]
            names = [f"{start}_{dimension}_{label}" for start in names for label in labels]
    return [start + suffix for start in names]


def _classes(codes: Floats, data: xr.DataArray) -> pd.Categorical:
    meanings = str(data.attrs["flag_meanings"]).split()
    return pd.Categorical(codes_to_names(codes, data.attrs), categories=meanings)


@dataclass(frozen=True)
class _Axis:
    """Cells along one axis, counted upwards whatever the order in the file."""

    edges: Floats  # ascending, n + 1
    centres: Floats  # ascending, n
    falling: bool
    round_the_globe: bool

    @property
    def size(self) -> int:
        return len(self.centres)

    def stored(self, cell: Integers) -> Integers:
        """Index in the file of a cell counted upwards."""
        return self.size - 1 - cell if self.falling else cell

    def containing(self, values: Floats) -> Integers:
        """Cell that holds a coordinate, counted upwards; -1 outside the axis."""
        if self.round_the_globe:
            # Only what lies beyond an end is turned round, since a turn there and back rounds
            values = values + 360.0 * (values < self.edges[0]) - 360.0 * (values >= self.edges[-1])
            return np.minimum(np.searchsorted(self.edges, values, side="right") - 1, self.size - 1)
        cell = np.searchsorted(self.edges, values, side="right") - 1
        cell = np.where(values == self.edges[-1], self.size - 1, cell)
        return np.where((cell >= 0) & (cell < self.size), cell, -1)

    def around(self, values: Floats) -> tuple[Integers, Integers, Floats]:
        """Cells whose centres lie on either side, and the weight of the upper one."""
        if self.round_the_globe:
            centres = np.append(self.centres, self.centres[0] + 360)
            values = (values - centres[0]) % 360 + centres[0]
        else:
            centres = self.centres
            values = np.clip(values, centres[0], centres[-1])
        lower = np.clip(np.searchsorted(centres, values, side="right") - 1, 0, len(centres) - 2)
        weight = (values - centres[lower]) / (centres[lower + 1] - centres[lower])
        return lower, (lower + 1) % self.size, weight

    def within(self, low: float, high: float) -> Integers:
        """Cells that a stretch touches."""
        if self.round_the_globe:
            if high - low >= 360:
                return np.arange(self.size)
            low, high = (float(x) for x in np.array([low, high]) - 360 * np.floor((low - self.edges[0]) / 360))
            edges = np.append(self.edges[:-1], self.edges + 360)
        else:
            edges = self.edges
        first = max(int(np.searchsorted(edges, low, side="right")) - 1, 0)
        last = min(int(np.searchsorted(edges, high, side="left")), len(edges) - 1)
        return np.unique(np.arange(first, last) % self.size)


class _Cells:
    """One field: its axes, and its values by cell, read in blocks."""

    def __init__(self, data: xr.DataArray, north: _Axis, east: _Axis) -> None:
        self.north, self.east = north, east
        self._data = data.transpose(..., "latitude", "longitude")
        self._leading = int(np.prod(self._data.shape[:-2], dtype=int))
        stored = data.encoding.get("preferred_chunks") or {}
        self._block = tuple(
            int(size) if isinstance(size := stored.get(axis), int) else default
            for axis, default in zip(("latitude", "longitude"), _BLOCK, strict=True)
        )
        self._read = lru_cache(maxsize=_BLOCKS_KEPT)(self._read_block)

    @classmethod
    def of(cls, data: xr.DataArray) -> _Cells:
        axes = []
        for name, limit in (("latitude", 90.0), ("longitude", None)):
            centres = np.asarray(data[name], dtype=float)
            steps = np.diff(centres)
            falling = bool((steps < 0).all())
            if not (falling or (steps > 0).all()) or len(centres) < 2:
                raise ValueError(f"{name} of field {data.name!r} does not rise or fall throughout")
            centres = centres[::-1] if falling else centres
            edges = cell_edges(centres, limit=limit)
            axes.append(_Axis(edges, centres, falling, name == "longitude" and covers_the_globe(centres)))
        return cls(data, *axes)

    def _read_block(self, i: int, j: int) -> NDArray[np.generic]:
        rows, columns = (slice(k * size, (k + 1) * size) for k, size in zip((i, j), self._block, strict=True))
        block = self._data.isel(latitude=rows, longitude=columns).to_numpy()
        return block.reshape(self._leading, *block.shape[-2:])

    def values(self, north: Integers, east: Integers) -> Floats:
        """Values of cells counted upwards, shape (n, leading); a cell without all of them has none."""
        found = np.full((len(north), self._leading), np.nan)
        rows, columns = self.north.stored(north), self.east.stored(east)
        inside = (north >= 0) & (east >= 0)
        blocks = np.stack([rows // self._block[0], columns // self._block[1]], axis=1)
        for i, j in np.unique(blocks[inside], axis=0).tolist():
            here = np.flatnonzero(inside & (blocks[:, 0] == i) & (blocks[:, 1] == j))
            block = self._read(i, j)
            found[here] = block[:, rows[here] - i * self._block[0], columns[here] - j * self._block[1]].T
        found[np.isnan(found).any(axis=1)] = np.nan
        return found

    def block_order(self, north: Integers, east: Integers) -> Integers:
        """Order of points in which blocks are read once each, or nearly so."""
        return np.lexsort((self.east.stored(east) // self._block[1], self.north.stored(north) // self._block[0]))


def _sample(
    cells: _Cells, north: Floats, east: Floats, method: Method, radius: float
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Values (n, leading), distances (n,) and whether the own cell has a value; NaN where there is none."""
    own_north, own_east = cells.north.containing(north), cells.east.containing(east)
    between = None
    if method == "bilinear":
        values, between = _between_centres(cells, north, east, own_north, own_east)
    else:
        values = cells.values(own_north, own_east)
    distance = np.where(np.isnan(values[:, 0]), np.nan, 0.0)
    present = distance == 0
    if between is not None:
        values[present] = between[present]
    if radius > 0:
        absent = np.flatnonzero(~present)
        for point in absent[cells.block_order(own_north[absent], own_east[absent])]:
            values[point], distance[point] = _nearest_value(cells, north[point], east[point], radius)
    return values, distance, present


def _between_centres(
    cells: _Cells, north: Floats, east: Floats, own_north: Integers, own_east: Integers
) -> tuple[Floats, Floats]:
    """Values of the own cells, and between the centres around; one request, so that each block is read once."""
    south, up, northward = cells.north.around(north)
    west, right, eastward = cells.east.around(east)
    found = cells.values(
        np.concatenate([own_north, south, south, up, up]), np.concatenate([own_east, west, right, west, right])
    )
    own, *corners = np.split(found, 5)
    shares = ((1 - northward) * (1 - eastward), (1 - northward) * eastward, northward * (1 - eastward))
    total, weights = np.zeros_like(own), np.zeros((len(north), 1))
    for corner, share in zip(corners, (*shares, northward * eastward), strict=True):
        weight = np.where(np.isnan(corner[:, :1]), 0.0, share[:, None])
        weights += weight
        total += weight * np.nan_to_num(corner)
    return own, np.divide(total, weights, out=np.full_like(total, np.nan), where=weights > 0)


def _nearest_value(cells: _Cells, north: float, east: float, radius: float) -> tuple[Floats, float]:
    """Values of the nearest cell that has them within the radius, and the distance to its edge."""
    angle = np.degrees(radius / EARTH_RADIUS_KM)
    rows = cells.north.within(max(north - angle, -90.0), min(north + angle, 90.0))
    if abs(north) + angle >= 90:
        width = 180.0
    else:  # half the width of a cap in longitude
        width = float(np.degrees(np.arcsin(np.sin(np.radians(angle)) / np.cos(np.radians(north)))))
    columns = cells.east.within(east - width, east + width)
    row, column = (part.ravel() for part in np.meshgrid(rows, columns, indexing="ij"))
    apart = _distance_to_cell(cells, north, east, row, column)
    row, column, apart = row[apart <= radius], column[apart <= radius], apart[apart <= radius]
    values = cells.values(row, column)
    there = ~np.isnan(values[:, 0])
    if not there.any():
        return np.full(values.shape[1], np.nan), np.nan
    row, column, apart, values = row[there], column[there], apart[there], values[there]
    to_centre = _great_circle(north, cells.north.centres[row], cells.east.centres[column] - east)
    first = np.lexsort((to_centre, np.round(apart, 6)))[0]
    return values[first], float(apart[first])


def _distance_to_cell(cells: _Cells, north: float, east: float, row: Integers, column: Integers) -> Floats:
    """Great-circle distance in km from a point to the nearest point of each cell."""
    west, right = cells.east.edges[column], cells.east.edges[column + 1]
    inside = (east - west) % 360 <= right - west
    turns = [np.abs((edge - east + 180) % 360 - 180) for edge in (west, right)]
    turn = np.where(inside, 0.0, np.minimum(*turns))
    # Foot of the perpendicular on the meridian of the nearer edge, kept within the cell
    phi, across = np.radians(north), np.radians(turn)
    foot = np.degrees(np.arctan2(np.sin(phi), np.cos(phi) * np.cos(across)))
    foot = np.clip(foot, cells.north.edges[row], cells.north.edges[row + 1])
    apart = _great_circle(north, foot, turn)
    return np.where(apart < 1e-6, 0.0, apart)  # on the edge, but for rounding


def _great_circle(north: float, other_north: Floats, turn: Floats) -> Floats:
    """Haversine distance in km between a point and others ``turn`` degrees of longitude away."""
    a, b, c = np.radians(north), np.radians(other_north), np.radians(turn)
    h = np.sin((b - a) / 2) ** 2 + np.cos(a) * np.cos(b) * np.sin(c / 2) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1))))
