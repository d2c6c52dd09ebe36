"""Greatest and least NDVI of the climatology, 0.05 degree (from MODIS; package bess-jpl), fetched on request.

Two GeoTIFFs of 7200 x 3600 4-byte numbers, NaN off the land. Pillow decodes them; the place of the cells comes from the
tags ModelPixelScale and ModelTiepoint and the key GTRasterType. The files name an unknown datum on the ellipsoid of
Clarke 1866; the difference to WGS 84 is far below the width of a cell and is left.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from coldcarbon.readers import ReaderError
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

# Numbers of tags and keys in the GeoTIFF standard 1.1 (OGC 19-008r4)
_PIXEL_SCALE: Final = 33550
_TIEPOINT: Final = 33922
_KEYS: Final = 34735
_RASTER_TYPE: Final = 1025
_MODEL_TYPE: Final = 1024
_PIXEL_IS_POINT: Final = 2
_GEOGRAPHIC: Final = 2


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
        values, latitude, longitude = _geotiff(file)
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


def _geotiff(path: Path) -> tuple[NDArray[np.float32], Floats, Floats]:
    """Values (rows from the top) and cell centres of latitude and longitude."""
    from PIL import Image, TiffImagePlugin

    try:
        # Pillow warns of a file cut short before it fails; the error below says so
        with (
            warnings.catch_warnings(action="ignore", category=UserWarning),
            Image.open(path, formats=["TIFF"]) as image,
        ):
            if not isinstance(image, TiffImagePlugin.TiffImageFile) or image.mode != "F":
                problem = f"it holds pixels of the kind {image.mode!r}, not one band of 4-byte numbers"
                raise ReaderError(path, problem, _REMEDY)
            tags = dict(image.tag_v2)
            values = np.array(image, dtype=np.float32)
    except ReaderError:
        raise
    except (OSError, ValueError, SyntaxError) as error:  # Pillow's errors for a file cut short or not a TIFF
        raise ReaderError(path, f"not a TIFF that can be read ({error})", _REMEDY) from error
    absent = [
        name
        for name, tag, size in (("ModelPixelScale", _PIXEL_SCALE, 2), ("ModelTiepoint", _TIEPOINT, 6))
        if len(tags.get(tag, ())) < size
    ]
    if absent:
        raise ReaderError(path, f"no georeference: the tag {absent[0]} is missing", _REMEDY)
    stored = tuple(tags.get(_KEYS, ()))
    keys = {stored[i]: stored[i + 3] for i in range(4, len(stored) - 3, 4) if stored[i + 1] == 0}
    if keys.get(_MODEL_TYPE, _GEOGRAPHIC) != _GEOGRAPHIC:
        raise ReaderError(path, "its cells are not in degrees of latitude and longitude", _REMEDY)
    width, height = (float(size) for size in tags[_PIXEL_SCALE][:2])
    column, row, _, east, north, _ = (float(number) for number in tags[_TIEPOINT][:6])
    middle = 0.0 if keys.get(_RASTER_TYPE) == _PIXEL_IS_POINT else 0.5
    latitude = north - (np.arange(values.shape[0]) + middle - row) * height
    longitude = east + (np.arange(values.shape[1]) + middle - column) * width
    missing = _missing(tags)
    if missing is not None:
        values[values == missing] = np.nan
    return values, latitude.astype(np.float64), longitude.astype(np.float64)


def _missing(tags: dict[int, object]) -> np.float32 | None:
    """The number that stands for missing (GDAL's tag 42113); NaN is so anyway."""
    text = tags.get(42113)
    return None if text is None else np.float32(str(text).strip("\x00 "))
