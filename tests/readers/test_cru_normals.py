import numpy as np
import pytest

from coldcarbon.readers import ReaderError, cru_normals
from coldcarbon.readers.grid_points import at_points
from grid_files import cru_table, need, write_cru


def test_months_stand_in_their_cells_and_the_rest_is_missing(tmp_path):
    grid = cru_normals.read(write_cru(tmp_path, cru_table().sample(frac=1, random_state=1)))
    assert grid.sizes == {"month": 12, "latitude": 360, "longitude": 720}
    assert grid.attrs["latitude_order"] == "ascending"
    assert grid["temperature"].sel(latitude=62.25, longitude=129.75).values.tolist() == list(range(11, 23))
    assert int(grid["temperature"].notnull().sum()) == 24
    cell = grid.sel(latitude=29.75, longitude=91.25)
    assert float(cell["mean_annual_temperature"]) == pytest.approx(6.5)
    assert float(cell["temperature_seasonality"]) == pytest.approx(np.std(np.arange(1, 13), ddof=1))
    assert (float(cell["warmest_month_temperature"]), float(cell["coldest_month_temperature"])) == (12, 1)
    for field in grid.data_vars.values():
        assert field.attrs["units"] == "degC"
        assert field.attrs["source"] == cru_normals.SOURCE
        assert field.dtype == np.float32


def edit(column, row, value):
    def change(table):
        table.loc[row, column] = value
        return table

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (edit("NormalTemperature", 3, 285.0), r"row 4, column 'NormalTemperature': 285 \(kelvin\?\)"),
        (edit("NormalTemperature", 0, np.nan), "row 1, column 'NormalTemperature': nan is no temperature"),
        (edit("Latitude", 5, 30.0), "row 6, column 'Latitude': 30 is not the centre"),
        (edit("Longitude", 5, 250.25), "row 6, column 'Longitude': 250.25"),
        (edit("Month", 2, 13), "row 3, column 'Month': 13"),
        (edit("Month", 2, 1), "row 3: this month of this cell stands there before"),
        (lambda table: table.drop(index=7), r"column 'Month': the cell at 62.25, 129.75 has 11 of 12 months"),
        (lambda table: table.drop(columns="Month"), "missing: 'Month'"),
        (lambda table: table.astype({"Month": str}), "column 'Month': holds str, not numbers"),
        (lambda table: table.iloc[:0], "no rows"),
    ],
)
def test_bad_tables_are_refused_by_name(tmp_path, change, message):
    path = write_cru(tmp_path, change(cru_table()))
    with pytest.raises(ReaderError, match=message) as caught:
        cru_normals.read(path)
    assert caught.value.path == path
    assert "coldcarbon data fetch cru-normals" in str(caught.value)


def test_a_file_that_is_no_parquet_is_refused(tmp_path):
    path = tmp_path / "text.parquet"
    path.write_text("Month,Latitude\n")
    with pytest.raises(ReaderError, match="not a parquet table"):
        cru_normals.read(path)
    with pytest.raises(ReaderError, match="not a parquet table"):
        cru_normals.read(tmp_path / "absent.parquet")


def test_the_real_file_is_what_the_module_says():
    need("cru-normals")
    grid = cru_normals.read()
    assert int(grid["mean_annual_temperature"].notnull().sum()) == 67_420
    assert not grid["temperature"].sel(latitude=slice(-90, -60)).notnull().any()
    places = at_points(grid, [29.65, 62.03, -3.1], [91.1, 129.73, -60.02])
    # Cells are half a degree wide: around Lhasa they lie higher than the town, which is near 8 degrees
    np.testing.assert_allclose(places["mean_annual_temperature_degc"], [3.4, -9.0, 28.1], atol=0.1)
    lhasa, yakutsk, manaus = places["temperature_seasonality_degc"]
    assert yakutsk > 20 > lhasa > 5 > manaus
    assert places["warmest_month_temperature_degc"][1] > 15
    assert places["coldest_month_temperature_degc"][1] < -35
