"""TopoJSON of the npm package world-atlas to the shapefiles that cartopy reads.

TopoJSON stitches rings over the 180 degree meridian, so each ring is unwrapped, closed over the pole where it circles
one, and cut at 180 degrees; otherwise lines cross the map.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapefile
from numpy.typing import NDArray
from shapely import make_valid
from shapely.affinity import translate
from shapely.geometry import LineString, Polygon, box
from shapely.geometry.base import BaseGeometry
from shapely.geometry.polygon import orient

__all__ = ["write_shapefiles"]

Coordinates = NDArray[np.float64]  # (n, 2): longitude, latitude in degrees
TURNS = (-2, -1, 0, 1, 2)  # an unwrapped ring may lie up to two turns away


def write_shapefiles(topology: Path, folder: Path, scale: str) -> None:
    """Write land, coastline, countries and their common borders.

    Parameters
    ----------
    topology : Path
        ``countries-110m.json`` or ``countries-50m.json`` of world-atlas.
    folder : Path
        Root of the tree, as cartopy's ``pre_existing_data_dir``.
    scale : str
        ``110m`` or ``50m``, part of the file names.
    """
    content = json.loads(topology.read_text(encoding="utf-8"))
    arcs = _arcs(content)
    land = content["objects"]["land"]["geometries"]
    countries = content["objects"]["countries"]["geometries"]
    physical = folder / "shapefiles/natural_earth/physical"
    cultural = folder / "shapefiles/natural_earth/cultural"
    for place in (physical, cultural):
        place.mkdir(parents=True, exist_ok=True)
    _write_polygons(physical / f"ne_{scale}_land", (("land", [p]) for g in land for p in _polygons(g, arcs)))
    coast = (_ring(arcs, ring) for g in land for polygon in _rings(g) for ring in polygon)
    _write_lines(physical / f"ne_{scale}_coastline", coast)
    named = ((g["properties"].get("name", ""), _polygons(g, arcs)) for g in countries)
    _write_polygons(cultural / f"ne_{scale}_admin_0_countries", named)
    _write_lines(cultural / f"ne_{scale}_admin_0_boundary_lines_land", _borders(countries, arcs))


def _arcs(content: dict[str, Any]) -> list[Coordinates]:
    scale, shift = content["transform"]["scale"], content["transform"]["translate"]
    return [np.cumsum(np.asarray(arc, dtype=float), axis=0) * scale + shift for arc in content["arcs"]]


def _rings(geometry: dict[str, Any]) -> list[list[list[int]]]:
    """Arc numbers of a geometry: polygons, of rings, of arcs."""
    if geometry["type"] == "MultiPolygon":
        return geometry["arcs"]
    return [geometry["arcs"]] if geometry["type"] == "Polygon" else []


def _ring(arcs: list[Coordinates], numbers: Iterable[int]) -> Coordinates:
    # A negative number is the arc ~number, walked backwards.
    parts = [arcs[i] if i >= 0 else arcs[~i][::-1] for i in numbers]
    ring = np.concatenate([parts[0], *(part[1:] for part in parts[1:])])
    ring[:, 0] = np.unwrap(ring[:, 0], period=360)
    return ring


def _close_over_pole(ring: Coordinates) -> Coordinates:
    """A ring that ends a turn away from its start circles a pole: lead it there and back."""
    if abs(ring[-1, 0] - ring[0, 0]) < 180:
        return ring
    pole = -90.0 if ring[:, 1].mean() < 0 else 90.0
    return np.vstack([ring, [ring[-1, 0], pole], [ring[0, 0], pole], ring[0]])


def _cut(geometry: BaseGeometry) -> list[BaseGeometry]:
    """Parts of an unwrapped geometry, each moved back to -180 to 180."""
    parts: list[BaseGeometry] = []
    for turn in TURNS:
        part = geometry.intersection(box(-180 + 360 * turn, -90, 180 + 360 * turn, 90))
        parts += [translate(p, -360 * turn) for p in getattr(part, "geoms", [part]) if not p.is_empty]
    return parts


def _polygons(geometry: dict[str, Any], arcs: list[Coordinates]) -> list[Polygon]:
    found: list[Polygon] = []
    for polygon in _rings(geometry):
        outer, *holes = [_close_over_pole(_ring(arcs, ring)) for ring in polygon]
        found += [part for part in _cut(make_valid(Polygon(outer, holes))) if isinstance(part, Polygon)]
    return found


def _borders(countries: list[dict[str, Any]], arcs: list[Coordinates]) -> Iterator[Coordinates]:
    """Arcs that two countries share."""
    uses = Counter(max(i, ~i) for g in countries for polygon in _rings(g) for ring in polygon for i in ring)
    for number, times in uses.items():
        if times > 1:
            yield _ring(arcs, [number])


def _write_polygons(path: Path, rows: Iterable[tuple[str, list[Polygon]]]) -> None:
    with shapefile.Writer(str(path), shapefile.POLYGON) as writer:
        writer.field("NAME", "C", 80)
        for name, polygons in rows:
            parts = []
            for polygon in polygons:
                clockwise = orient(polygon, -1)  # as the shapefile format wants outer rings
                parts += [list(clockwise.exterior.coords), *(list(hole.coords) for hole in clockwise.interiors)]
            if parts:
                writer.poly(parts)
                writer.record(name)


def _write_lines(path: Path, lines: Iterable[Coordinates]) -> None:
    with shapefile.Writer(str(path), shapefile.POLYLINE) as writer:
        writer.field("NAME", "C", 10)
        for line in lines:
            for part in _cut(LineString(line)):
                if isinstance(part, LineString):
                    writer.line([list(part.coords)])
                    writer.record("")
