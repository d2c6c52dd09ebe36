"""Greatest and least NDVI of the climatology, 0.05 degree (from MODIS; package bess-jpl), fetched on request.

Two GeoTIFFs of 7200 x 3600 4-byte numbers, NaN off the land. Pillow decodes them; the place of the cells comes from the
tags ModelPixelScale and ModelTiepoint and the key GTRasterType. The files name an unknown datum on the ellipsoid of
Clarke 1866; the difference to WGS 84 is far below the width of a cell and is left.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coldcarbon.readers import ReaderError, geotiff
from coldcarbon.readers.gridded import field, on_request, with_axes

__all__ = ["FILES", "LONG_NAMES", "SOURCE", "read"]

DATASET: Final = "ndvi-extremes"
SOURCE: Final = "MODIS NDVI climatology (package bess-jpl)"
FILES: Final[dict[str, str]] = {"maximum_ndvi": "NDVI_maximum.tif", "minimum_ndvi": "NDVI_minimum.tif"}
LONG_NAMES: Final[dict[str, str]] = {
    "maximum_ndvi": "greatest NDVI of the climatology",
    "minimum_ndvi": "least NDVI of the climatology",
}
_REMEDY: Final = f"Fetch the files again (coldcarbon data fetch {DATASET}) or compare them with the originals"

Floats = NDArray[np.float64]


def read(path: str | Path | None = None) -> xr.Dataset:
    """Read greatest and least NDVI.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        Folder of the two files; by default the verified copies of the catalogue's "ndvi-extremes".

    Returns
    -------
    xarray.Dataset, dims (latitude 3600 descending, longitude 7200)
        ``maximum_ndvi`` and ``minimum_ndvi``, float32, without unit; in memory, 104 MB each.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If a file cannot be read, is no GeoTIFF of one band of 4-byte numbers in geographic coordinates, lies on other
        cells than the other, or holds values outside -1 to 1.
    coldcarbon.catalogue.DataMissingError
        With no ``path``, if the data set has not been fetched; the message holds the command.
    """
    if path is None:
        found = on_request(DATASET)
        paths = {name: found[file] for name, file in FILES.items()}
    else:
        paths = {name: Path(path) / file for name, file in FILES.items()}
    fields: dict[str, xr.Variable] = {}
    axes: tuple[Floats, Floats] | None = None
    for name, file in paths.items():
        values, latitude, longitude = geotiff.read_band(file, kinds=("F",), remedy=_REMEDY)
        if axes is None:
            axes = latitude, longitude
        elif not all(map(np.array_equal, axes, (latitude, longitude))):
            raise ReaderError(file, "its cells are not those of the other file", _REMEDY)
        if np.nanmin(values, initial=0) < -1 or np.nanmax(values, initial=0) > 1:
            problem = f"values from {np.nanmin(values):g} to {np.nanmax(values):g} are no NDVI"
            raise ReaderError(file, problem, _REMEDY)
        fields[name] = field(values, units="1", long_name=LONG_NAMES[name], source=SOURCE)
    assert axes is not None  # noqa: S101  (two files were read)
    return with_axes(paths["maximum_ndvi"], fields, *axes, title=SOURCE)
