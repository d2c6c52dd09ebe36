"""GeoTIFF of one band on latitude and longitude: values, and the place of the cells from the tags.

Pillow decodes the pixels; the place comes from the tags ModelPixelScale and ModelTiepoint and the key GTRasterType.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from coldcarbon.readers import ReaderError

__all__ = ["KINDS", "read_band"]

Floats = NDArray[np.float64]

KINDS: Final[dict[str, str]] = {"F": "4-byte numbers", "L": "bytes", "I;16": "2-byte integers", "I": "4-byte integers"}
"""Pillow's names of pixels and what they are."""

_CUT: Final = re.compile("truncated|corrupt|too (?:short|few)", re.IGNORECASE)

# Numbers of tags and keys in the GeoTIFF standard 1.1 (OGC 19-008r4)
_PIXEL_SCALE: Final = 33550
_TIEPOINT: Final = 33922
_KEYS: Final = 34735
_RASTER_TYPE: Final = 1025
_MODEL_TYPE: Final = 1024
_PIXEL_IS_POINT: Final = 2
_GEOGRAPHIC: Final = 2


def read_band(path: Path, *, kinds: Sequence[str], remedy: str) -> tuple[NDArray[np.float32], Floats, Floats]:
    """Read a GeoTIFF of one band in degrees of latitude and longitude.

    Parameters
    ----------
    path : pathlib.Path
        The file.
    kinds : sequence of str
        Keys of `KINDS` that are accepted.
    remedy : str
        What to do about a file that cannot be read, for messages.

    Returns
    -------
    values : numpy.ndarray of float32, shape (rows, columns)
        From the top; NaN where the file has its number for missing (GDAL's tag 42113) or NaN.
    latitude, longitude : numpy.ndarray, shapes (rows,), (columns,)
        Cell centres in degrees.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file is no TIFF, holds other pixels or several bands, or lacks a place on a grid of degrees.
    """
    from PIL import Image, TiffImagePlugin

    try:
        with (
            warnings.catch_warnings(record=True, action="always", category=UserWarning) as told,
            Image.open(path, formats=["TIFF"]) as image,
        ):
            if not isinstance(image, TiffImagePlugin.TiffImageFile) or image.mode not in kinds:
                wanted = " or ".join(KINDS[kind] for kind in kinds)
                problem = f"it holds pixels of the kind {image.mode!r}, not one band of {wanted}"
                raise ReaderError(path, problem, remedy)
            tags = dict(image.tag_v2)
            values = np.array(image, dtype=np.float32)
    except ReaderError:
        raise
    except (OSError, ValueError, SyntaxError) as error:  # Pillow's errors for a file cut short or not a TIFF
        raise ReaderError(path, f"not a TIFF that can be read ({error})", remedy) from error
    # Pillow goes on without the tags that lie beyond the end, that of the missing number among them
    doubts = [str(warning.message) for warning in told if _CUT.search(str(warning.message))]
    if doubts:
        raise ReaderError(path, f"not a TIFF that can be read ({doubts[0]})", remedy)
    absent = [
        name
        for name, tag, size in (("ModelPixelScale", _PIXEL_SCALE, 2), ("ModelTiepoint", _TIEPOINT, 6))
        if len(tags.get(tag, ())) < size
    ]
    if absent:
        raise ReaderError(path, f"no georeference: the tag {absent[0]} is missing", remedy)
    stored = tuple(tags.get(_KEYS, ()))
    keys = {stored[i]: stored[i + 3] for i in range(4, len(stored) - 3, 4) if stored[i + 1] == 0}
    if keys.get(_MODEL_TYPE, _GEOGRAPHIC) != _GEOGRAPHIC:
        raise ReaderError(path, "its cells are not in degrees of latitude and longitude", remedy)
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
