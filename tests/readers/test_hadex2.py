import numpy as np
import pytest

from coldcarbon.readers import ReaderError, hadex2
from coldcarbon.readers.grid_points import at_points
from grid_files import need, write_hadex2


def test_means_over_the_years_there_are(tmp_path):
    grid = hadex2.read(write_hadex2(tmp_path), minimum_years=5)
    assert grid["years_with_data"].values.tolist() == [[4, 10], [10, 10], [10, 0]]
    mean = grid["annual_precipitation"]
    assert np.isnan(mean.values).tolist() == [[True, False], [False, False], [False, True]]
    assert float(mean[1, 1]) == pytest.approx(4.5)
    assert mean.attrs["units"] == "mm year-1"
    assert "wet days" in mean.attrs["long_name"]
    assert float(hadex2.read(write_hadex2(tmp_path), minimum_years=4)["annual_precipitation"][0, 0]) == pytest.approx(
        1.5
    )


def test_a_period_can_be_chosen(tmp_path):
    path = write_hadex2(tmp_path)
    grid = hadex2.read(path, first_year=1953, last_year=1954, minimum_years=2)
    assert float(grid["annual_precipitation"][0, 0]) == pytest.approx(2.5)
    with pytest.raises(ValueError, match="1951 to 1960, none of 1990 to 2000"):
        hadex2.read(path, first_year=1990, last_year=2000, minimum_years=1)
    for wrong in (0, 3):
        with pytest.raises(ValueError, match=f"minimum_years is {wrong}"):
            hadex2.read(path, first_year=1953, last_year=1954, minimum_years=wrong)


def test_bad_files_are_refused_by_name(tmp_path):
    with pytest.raises(ReaderError, match=r"not a NetCDF file|cannot be read"):
        hadex2.read(tmp_path / "absent.nc")
    with pytest.raises(ReaderError, match=r"column 'PRCPTOT': the variable is missing \(found TX90p\)"):
        hadex2.read(write_hadex2(tmp_path, name="TX90p"))
    with pytest.raises(ReaderError, match="its units are 'm'"):
        hadex2.read(write_hadex2(tmp_path, units="m"))
    values = np.full((10, 3, 2), 500.0)
    values[3, 1, 0] = -7
    with pytest.raises(ReaderError, match=r"-7 mm in 1954 at 0, 0 is no annual precipitation"):
        hadex2.read(write_hadex2(tmp_path, values))


def test_the_real_file_is_what_the_module_says():
    need("hadex2-precipitation")
    grid = hadex2.read()
    years = grid["years_with_data"].values
    assert (years.size, (years > 0).sum(), (years == 60).sum()) == (7008, 1316, 618)
    assert grid["annual_precipitation"].notnull().sum() == (years >= 30).sum()
    places = at_points(grid, [62.03, 51.5, -3.1], [129.73, -0.12, -60.02])
    np.testing.assert_allclose(places["annual_precipitation_mm_per_year"], [254.7, 768.8, np.nan], atol=0.1)
