from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from coldcarbon.readers import hwsd, land_fraction
from coldcarbon.readers.gridded import regular_axis
from coldcarbon.simulate import covariates


def _fine(values: np.ndarray, step: float) -> xr.DataArray:
    latitude = regular_axis(-1 + step / 2, -1 + step * (values.shape[0] - 0.5), step)
    longitude = regular_axis(10 + step / 2, 10 + step * (values.shape[1] - 0.5), step)
    return xr.DataArray(values, {"latitude": latitude, "longitude": longitude}, ("latitude", "longitude"))


def test_planted_coast_is_recovered() -> None:
    values = np.full((20, 20), np.nan)
    values[:10, :10] = 30.0  # the south-western cell is land
    values[:10, 10:13] = 0.0  # of the next, three columns of ten; a value of 0 is a value
    share = land_fraction.of(_fine(values, 0.05))
    assert share.to_numpy() == pytest.approx(np.array([[1.0, 0.3], [0.0, 0.0]]))
    assert share["latitude"].to_numpy().tolist() == [-0.75, -0.25]
    assert share["longitude"].to_numpy().tolist() == [10.25, 10.75]


def test_planted_oceans_of_the_simulated_soil_map() -> None:
    share = land_fraction.of(covariates.hwsd(step_degrees=0.5, ocean=True)["topsoil_sand"])
    assert set(np.unique(share)) == {0.0, 1.0}
    assert ((share.sel(latitude=0.25) == 1) == covariates.is_land(share["longitude"])).all()


def test_file_is_read_with_zeros_as_land(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, object] = {}

    def planted(path: Path | None, **options: object) -> xr.Dataset:
        asked.update(options)
        return xr.Dataset({"topsoil_sand": _fine(np.zeros((20, 20)), 0.05)})

    monkeypatch.setattr(hwsd, "read", planted)
    assert (land_fraction.read() == 1).all()
    assert asked["non_soil"] == "keep"


@pytest.mark.parametrize(("shape", "step"), [((6, 6), 0.3), ((15, 20), 0.05), ((4, 4), 2.0)])
def test_cells_that_do_not_fit_are_refused(shape: tuple[int, int], step: float) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        land_fraction.of(_fine(np.zeros(shape), step))
