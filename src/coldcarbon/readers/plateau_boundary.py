"""Outline of the Qinghai-Tibetan plateau, one polygon in degrees (GeoJSON of the R package geocn).

The polygon as published crosses itself, which geometric operations refuse; `read` mends it. Coordinates are longitude
and latitude on WGS 84, about 250 square degrees, 73 to 105 degrees east.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError

__all__ = ["inside", "read"]

DATASET: Final = "tibetan-plateau-boundary"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"


def read(path: str | Path | None = None) -> BaseGeometry:
    """Read the outline.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The GeoJSON file; by default the verified copy of the catalogue's "tibetan-plateau-boundary".

    Returns
    -------
    shapely.geometry.base.BaseGeometry
        Valid polygon or polygons; x is longitude (degrees east), y latitude (degrees north).

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file is no GeoJSON of polygons, or lies outside the globe; names file and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
        outlines = [shape(feature["geometry"]) for feature in content["features"]]
    except OSError as error:
        raise ReaderError(file, f"cannot be read ({error.strerror})", _REMEDY) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReaderError(file, f"no GeoJSON of features with a geometry ({error})", _REMEDY) from error
    mended = [shapely.make_valid(outline) for outline in outlines]
    whole = shapely.union_all(mended)
    # mending may leave lines where the outline touches itself: they have no inside
    polygons = [part for part in shapely.get_parts(whole) if part.geom_type in ("Polygon", "MultiPolygon")]
    if not polygons:
        raise ReaderError(file, "holds no polygon", _REMEDY)
    west, south, east, north = shapely.total_bounds(polygons)
    if west < -180 or east > 180 or south < -90 or north > 90:
        problem = f"reaches from {west:g} to {east:g} and {south:g} to {north:g}, which are no degrees"
        raise ReaderError(file, problem, _REMEDY)
    return shapely.union_all(polygons)


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
    outline : shapely.geometry.base.BaseGeometry, optional
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
