"""Outline of the Tibetan plateau, one polygon in degrees, and which points and how much of each grid cell lie in it.

The file is GeoJSON with one feature and no properties; its ring touches itself near 38.4 N, 76.2 E, so that it is no
valid polygon. It is made valid here, which leaves its area as it was (2.6 million km2). Where the outline comes from is
not said in the file, and other outlines of the plateau differ: zhao2022 has 2.5 million km2.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import shapely
import xarray as xr
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.gridded import cell_edges, field, with_axes

__all__ = ["DATASET", "SOURCE", "cell_shares", "inside", "read"]

DATASET: Final = "tibetan-plateau-boundary"
SOURCE: Final = "Outline of the Tibetan plateau (R package geocn)"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
_LONGITUDES: Final = (60.0, 110.0)
_LATITUDES: Final = (20.0, 45.0)


def read(path: str | Path | None = None) -> BaseGeometry:
    """Read the outline and make it valid.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The GeoJSON file; by default the verified copy of the catalogue's "tibetan-plateau-boundary".

    Returns
    -------
    shapely.Polygon or shapely.MultiPolygon
        Degrees east and north (WGS 84), valid.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, holds other than one feature, no area, or one that is not about the plateau.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    try:
        features = json.loads(file.read_text(encoding="utf-8"))["features"]
        shapes = [shapely.from_geojson(json.dumps(feature["geometry"])) for feature in features]
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise ReaderError(file, f"not GeoJSON that can be read ({error})", _REMEDY) from error
    if len(shapes) != 1:
        raise ReaderError(file, f"it has {len(shapes)} features, not one", _REMEDY)
    outline = shapely.make_valid(shapes[0])
    if outline.geom_type == "GeometryCollection":  # a line left over by the mending has no area
        parts = shapely.get_parts(outline)
        outline = shapely.union_all([part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")])
    if outline.is_empty or not outline.area > 0:
        raise ReaderError(file, "the feature has no area", _REMEDY)
    west, south, east, north = outline.bounds
    about = (_LONGITUDES[0] < west < east < _LONGITUDES[1]) and (_LATITUDES[0] < south < north < _LATITUDES[1])
    if not about:
        problem = f"it spans {west:g} to {east:g} E, {south:g} to {north:g} N, which is not the plateau in degrees"
        raise ReaderError(file, problem, _REMEDY)
    return outline


def cell_shares(outline: BaseGeometry, latitude: ArrayLike, longitude: ArrayLike) -> xr.DataArray:
    """Share of each cell that lies within an outline.

    Parameters
    ----------
    outline : shapely.Polygon or shapely.MultiPolygon
        Valid, in degrees east and north.
    latitude, longitude : array_like, shapes (m,) and (n,), two or more
        Cell centres in degrees.

    Returns
    -------
    xarray.DataArray, dims (latitude m, longitude n)
        0 to 1, by area in degrees: within a cell of half a degree, parallels shrink by less than one percent.

    Raises
    ------
    ValueError
        If the outline is not valid.
    """
    if not outline.is_valid:
        raise ValueError(f"the outline is not valid ({shapely.is_valid_reason(outline)}): shapely.make_valid mends it")
    south, north = cell_edges(latitude)[:-1], cell_edges(latitude)[1:]
    west, east = cell_edges(longitude)[:-1], cell_edges(longitude)[1:]
    boxes = shapely.box(west, np.minimum(south, north)[:, None], east, np.maximum(south, north)[:, None])
    shapely.prepare(outline)
    shares = shapely.area(shapely.intersection(boxes, outline)) / shapely.area(boxes)
    described = field(shares, units="1", long_name="share of the cell within the outline", source=SOURCE)
    return with_axes(Path("cells"), {"share": described}, latitude, longitude)["share"]


@cache
def _outline() -> BaseGeometry:
    outline = read()
    shapely.prepare(outline)
    return outline


def inside(latitude: ArrayLike, longitude: ArrayLike, outline: BaseGeometry | None = None) -> NDArray[np.bool_]:
    """Tell which points lie on the plateau.

    Parameters
    ----------
    latitude, longitude : array_like, any one shape
        Degrees north and east; a missing coordinate is not inside.
    outline : shapely.Polygon or shapely.MultiPolygon, optional
        As of `read`, which is called once if there is none.

    Returns
    -------
    numpy.ndarray of bool, of that shape
        A point on the line itself is not inside.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    north, east = np.asarray(latitude, float), np.asarray(longitude, float)
    if north.shape != east.shape:
        raise ValueError(f"latitude has the shape {north.shape} and longitude {east.shape}")
    return np.asarray(shapely.contains_xy(_outline() if outline is None else outline, east, north), bool)
