import numpy as np
import pandas as pd
import pytest

from coldcarbon.readers import land_fraction
from coldcarbon.simulate import covariates, xiao2023_map


def _cells(n: int) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "annual_mean_temperature_degC": rng.uniform(-15, 28, n),
            "aridity": rng.integers(0, 3, n).astype(float),
            "topsoil_sand_percent": rng.uniform(0, 100, n),
        },
        index=np.arange(n) + 5,
    )


def test_field_is_positive_and_moves_as_planted() -> None:
    cells = _cells(500)
    planted = xiao2023_map.production_field(cells)
    assert (planted > 0).all()
    assert planted.index.equals(cells.index)
    assert (xiao2023_map.production_field(cells.assign(aridity=0.0)) >= planted).all()
    warmer = cells.assign(annual_mean_temperature_degC=cells["annual_mean_temperature_degC"] + 1)
    assert (xiao2023_map.production_field(warmer) > planted).all()


def test_records_are_right_on_average_and_alike_within_studies() -> None:
    plots = _cells(60)
    study = np.repeat(np.arange(20), 3)
    planted = xiao2023_map.production_field(plots).to_numpy()
    ratio = np.array([xiao2023_map.plot_records(seed, plots, study) / planted for seed in range(1500)])
    assert ratio.mean() == pytest.approx(1.0, abs=0.02)
    logs = np.log(ratio)
    assert np.corrcoef(logs[:, 0], logs[:, 1])[0, 1] == pytest.approx(0.55**2 / (0.55**2 + 0.45**2), abs=0.06)
    assert abs(np.corrcoef(logs[:, 0], logs[:, 3])[0, 1]) < 0.08
    again = xiao2023_map.plot_records(7, plots, study)
    assert (again == xiao2023_map.plot_records(7, plots, study)).all()


def test_land_lies_on_the_cells_of_the_reader() -> None:
    land = xiao2023_map.land_fraction()
    twin = land_fraction.of(covariates.hwsd(step_degrees=0.5)["topsoil_sand"])
    assert land.sizes == twin.sizes
    assert np.array_equal(land["latitude"], twin["latitude"])
    assert set(np.unique(land)) == {0.0, 0.5, 1.0}
    assert 0.2 < float((land > 0).mean()) < 0.35


def test_missing_covariates_and_labels_are_refused() -> None:
    plots = _cells(6)
    with pytest.raises(ValueError, match="6 plots but 5"):
        xiao2023_map.plot_records(0, plots, np.arange(5))
    plots.iloc[2, 0] = np.nan
    with pytest.raises(ValueError, match="1 plots lack"):
        xiao2023_map.plot_records(0, plots, np.arange(6))
    with pytest.raises(KeyError):
        xiao2023_map.production_field(plots.drop(columns="aridity"))
