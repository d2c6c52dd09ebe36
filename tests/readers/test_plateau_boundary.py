import json
from pathlib import Path

import numpy as np
import pytest

from coldcarbon.readers import ReaderError, plateau_boundary

SQUARE = [[80.0, 30.0], [90.0, 30.0], [90.0, 36.0], [80.0, 36.0], [80.0, 30.0]]
BOW_TIE = [[80.0, 30.0], [90.0, 36.0], [90.0, 30.0], [80.0, 36.0], [80.0, 30.0]]  # crosses itself


def write(folder: Path, *rings: list[list[float]]) -> Path:
    features = [{"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [ring]}} for ring in rings]
    file = folder / "outline.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return file


def test_points_are_told_apart_and_latitude_comes_first(tmp_path):
    outline = plateau_boundary.read(write(tmp_path, SQUARE))
    found = plateau_boundary.inside([33.0, 85.0, 29.0, np.nan], [85.0, 33.0, 85.0, 85.0], outline)
    assert found.tolist() == [True, False, False, False]
    assert outline.area == pytest.approx(60)


def test_an_outline_that_crosses_itself_is_mended(tmp_path):
    outline = plateau_boundary.read(write(tmp_path, BOW_TIE))
    assert outline.is_valid
    assert outline.area == pytest.approx(30)
    # the two wings are inside, above and below the crossing is not
    found = plateau_boundary.inside([33.0, 33.0, 35.5], [81.0, 89.0, 85.0], outline)
    assert found.tolist() == [True, True, False]


def test_arrays_keep_their_shape_and_must_agree(tmp_path):
    outline = plateau_boundary.read(write(tmp_path, SQUARE))
    assert plateau_boundary.inside(np.full((2, 3), 33.0), np.full((2, 3), 85.0), outline).shape == (2, 3)
    with pytest.raises(ValueError, match="shape"):
        plateau_boundary.inside([33.0], [85.0, 86.0], outline)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("no json", "not GeoJSON"),
        ('{"type": "FeatureCollection"}', "not GeoJSON"),
        ('{"features": [{"geometry": {"type": "LineString", "coordinates": [[0, 0], [1, 1]]}}]}', "no area"),
        (
            json.dumps(
                {"features": [{"geometry": {"type": "Polygon", "coordinates": [[[0, 0], [500, 0], [0, 9], [0, 0]]]}}]}
            ),
            "not the plateau",
        ),
    ],
)
def test_files_that_are_no_outline_are_refused(tmp_path, text, message):
    file = tmp_path / "outline.geojson"
    file.write_text(text)
    with pytest.raises(ReaderError, match=message):
        plateau_boundary.read(file)
    with pytest.raises(ReaderError, match="can be read"):
        plateau_boundary.read(tmp_path / "absent.geojson")
