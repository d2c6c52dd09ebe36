"""GeoTIFFs of whole numbers; those of 4-byte numbers, and broken ones, are read in the tests of `ndvi`."""

import numpy as np
import pytest

from coldcarbon.readers import ReaderError, geotiff
from grid_files import write_geotiff


def test_a_geotiff_of_two_byte_integers(tmp_path):
    path = tmp_path / "tree.tif"
    write_geotiff(path, np.full((2, 4), 7, "uint16"))
    values, latitude, _ = geotiff.read_band(path, kinds=("I;16",), remedy="Try again")
    assert (values.dtype, values.max(), latitude.tolist()) == (np.float32, 7, [45, -45])
    with pytest.raises(ReaderError, match=r"not one band of bytes or 4-byte numbers\. Try again"):
        geotiff.read_band(path, kinds=("L", "F"), remedy="Try again")
