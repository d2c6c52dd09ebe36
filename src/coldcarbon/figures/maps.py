"""Maps whose coastlines come with the package: cartopy would ask the network for them."""

from __future__ import annotations

import os
import shutil
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import cartopy
import cartopy.crs as ccrs
import cartopy.feature as cfeature
import numpy as np
import xarray as xr
from cartopy.mpl.geoaxes import GeoAxes
from filelock import FileLock
from matplotlib.axes import Axes
from matplotlib.collections import QuadMesh
from platformdirs import user_cache_path
from shapefile import ShapefileException

from coldcarbon.figures.topology import write_shapefiles
from coldcarbon.readers.gridded import cell_edges
from coldcarbon.whole_files import unwritten

__all__ = ["base_map", "draw_cells"]

SCALES = ("110m", "50m")
WORLD_ATLAS_VERSION = "2.0.2"


def base_map(axes: GeoAxes, scale: str = "110m", *, borders: bool = False) -> GeoAxes:
    """Draw land and coastline, and borders if asked for.

    Parameters
    ----------
    axes : cartopy.mpl.geoaxes.GeoAxes
        Axes with a projection.
    scale : str
        ``110m`` for the globe, ``50m`` for a region.
    borders : bool
        Draw country borders.

    Returns
    -------
    cartopy.mpl.geoaxes.GeoAxes
        The same axes.

    Raises
    ------
    ValueError
        If the scale is not one that ships with the package.
    """
    if scale not in SCALES:
        raise ValueError(f"no coastline at {scale!r}; there are {' and '.join(SCALES)}")
    cartopy.config["pre_existing_data_dir"] = str(_shapefiles())
    axes.add_feature(cfeature.LAND.with_scale(scale), facecolor="0.92")
    axes.coastlines(scale, linewidth=0.5, color="0.4")
    if borders:
        axes.add_feature(cfeature.BORDERS.with_scale(scale), linewidth=0.3, edgecolor="0.6")
    return axes


def draw_cells(axes: GeoAxes, field: xr.DataArray, **options: Any) -> QuadMesh:
    """Draw the cells of a grid, between land and coastline.

    Edges are projected once, so that a globe of half-degree cells takes well under a second.

    Parameters
    ----------
    axes : cartopy.mpl.geoaxes.GeoAxes
        Axes with a projection whose outer edge the cells do not cross, such as a map of the globe about 0 degrees.
    field : xarray.DataArray, dims (latitude, longitude)
        Regular cell centres in degrees; missing cells are left out.
    **options
        For ``pcolormesh``, such as ``cmap``, ``vmin``, ``vmax`` or ``norm``.

    Returns
    -------
    matplotlib.collections.QuadMesh
        For the colour bar.

    Raises
    ------
    ValueError
        If the field has other dimensions, or lacks rows or columns between others, so that cells would be stretched.
    """
    if set(field.dims) != {"latitude", "longitude"}:
        raise ValueError(f"a map is drawn of latitude and longitude, not of {field.dims}")
    for axis in ("latitude", "longitude"):
        steps = np.diff(field[axis].to_numpy())
        if not np.allclose(steps, steps[:1]):
            raise ValueError(f"{axis} is not evenly spaced: put the cells back onto the whole grid (reindex)")
    values = field.transpose("latitude", "longitude")
    east = cell_edges(values["longitude"])
    north = cell_edges(values["latitude"], limit=90.0)
    corners = axes.projection.transform_points(ccrs.PlateCarree(), *np.meshgrid(east, north))
    drawn = np.ma.masked_invalid(values.to_numpy())
    settings = {"zorder": 1.2, "rasterized": True, **options}
    # `Axes` and not `GeoAxes`, which would project cell by cell
    return Axes.pcolormesh(axes, corners[..., 0], corners[..., 1], drawn, **settings)


@cache
def _shapefiles() -> Path:
    """Folder of the shapefiles, written once to the user's cache (or, if that is read-only, for this run)."""
    folder = user_cache_path("coldcarbon") / f"natural-earth-{WORLD_ATLAS_VERSION}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            _write_missing(folder)
    except OSError:
        folder = Path(mkdtemp(prefix="coldcarbon-natural-earth-"))
        try:
            _write_missing(folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return folder


def _write(topology: Path, folder: Path, scale: str) -> None:
    with unwritten(folder / scale):
        try:
            write_shapefiles(topology, folder, scale)
        except ShapefileException as error:  # how its files end when a write failed, which is what there is to say
            if isinstance(error.__context__, OSError):
                raise error.__context__ from None
            raise


def _write_missing(folder: Path) -> None:
    for scale in SCALES:
        done = folder / f"{scale}.done"
        if not done.exists():
            with as_file(files("coldcarbon.figures") / "natural_earth" / f"countries-{scale}.json") as topology:
                _write(topology, folder, scale)
            done.write_text(f"{os.getpid()}\n", encoding="utf-8")
