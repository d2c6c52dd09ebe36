import numpy as np
import pandas as pd
import pytest
import rdata

from coldcarbon.readers import ReaderError, koppen
from coldcarbon.readers.grid_points import at_points
from grid_files import need, write_koppen


def test_classes_and_groups_by_cell(tmp_path):
    grid = koppen.read(write_koppen(tmp_path))
    assert grid.sizes == {"latitude": 360, "longitude": 720}
    assert np.isfinite(grid["climate_class"].values).sum() == 3
    places = at_points(grid, [29.65, -3.1, -89.9, 0.0], [91.1, -60.02, -179.9, 0.0])
    assert places["climate_class"].tolist() == ["Dwc", "Af", "EF", np.nan]
    assert places["climate_group"].tolist() == ["cold", "tropical", "polar", np.nan]
    assert tuple(places["climate_class"].cat.categories) == koppen.CLASSES


def test_ice_is_dropped_on_request_and_areas_are_those_of_the_cells(tmp_path):
    path = write_koppen(tmp_path)
    areas = koppen.class_areas(koppen.read(path))
    assert areas["cells"].to_dict() == {"Af": 1, "Dwc": 1, "EF": 1}
    side = 6371.0088 * np.radians(0.5)
    assert areas.loc["Af", "area_km2"] == pytest.approx(side**2 * np.cos(np.radians(3.25)), rel=1e-4)
    assert areas["area_share"].sum() == pytest.approx(1)
    assert set(koppen.class_areas(koppen.read(path, drop_ice=True)).index) == {"Af", "Dwc"}
    assert koppen.class_areas(koppen.read(path), "climate_group").index.tolist() == ["cold", "polar", "tropical"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((29.75, 91.25, "Dwc"), "row 3, column 'Lat': this cell stands there before"),
        ((29.6, 91.25, "Dwc"), "row 3, column 'Lat': 29.6 is not the centre"),
        ((29.75, 200.25, "Dwc"), "row 3, column 'Lon': 200.25"),
        ((10.25, 91.25, "Xyz"), "row 3, column 'Cls': 'Xyz' is no climate class"),
    ],
)
def test_bad_rows_are_refused_by_name(tmp_path, row, message):
    path = write_koppen(tmp_path, [(-89.75, -179.75, "EF"), (29.75, 91.25, "Dwc"), row])
    with pytest.raises(ReaderError, match=message):
        koppen.read(path)


def test_files_of_another_kind_are_refused(tmp_path):
    path = tmp_path / "other.rda"
    path.write_bytes(b"RDX9 nonsense")
    with pytest.raises(ReaderError, match="not an R data file"):
        koppen.read(path)
    rdata.write_rda(path, {"zones": pd.DataFrame({"Lat": [0.25]})})
    with pytest.raises(ReaderError, match=r"no data frame 'climatezones' \(found zones\)"):
        koppen.read(path)
    rdata.write_rda(path, {"climatezones": pd.DataFrame({"Lat": [0.25]})})
    with pytest.raises(ReaderError, match="missing: 'Lon'"):
        koppen.read(path)
    with pytest.raises(ReaderError, match="not an R data file"):
        koppen.read(tmp_path / "absent.rda")


def test_the_real_file_is_what_the_module_says():
    need("koppen-geiger")
    areas = koppen.class_areas(koppen.read())
    assert areas["cells"].sum() == 92_416
    assert len(areas) == 30
    assert set(koppen.CLASSES) - set(areas.index) == {"Dsd"}
    assert areas.loc[["EF", "Dfc", "BWh"], "cells"].tolist() == [27_463, 11_104, 7_347]
    assert areas["area_km2"].sum() / 148.94e6 == pytest.approx(1.06, abs=0.01)
    without = koppen.read(drop_ice=True)
    assert np.isfinite(without["climate_class"].values).sum() == 92_416 - 27_463
    places = at_points(without, [29.65, 62.03, -3.1, 72.5], [91.1, 129.73, -60.02, -40])
    assert places["climate_class"].tolist() == ["Dwc", "Dfd", "Af", np.nan]
