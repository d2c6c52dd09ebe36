import numpy as np
from scipy import stats

from coldcarbon.readers import inversions, rasters
from coldcarbon.simulate import liu2022_grids as grids


def test_the_readers_give_the_planted_gradient_back(tmp_path):
    slopes = []
    for seed in range(8):
        flux_file, tree_file = grids.write(tmp_path, seed)
        flux = inversions.read_gridded(flux_file, "bio_flux_opt")
        annual = (flux["land_uptake"] * flux["days"]).groupby("time.year").sum()
        trend = annual.polyfit("year", 1)["polyfit_coefficients"].sel(degree=1)
        tree = rasters.cell_means(rasters.read(tree_file), trend["latitude"], trend["longitude"])
        assert (tree.shape, bool(tree.notnull().all())) == (trend.shape, True)
        slopes.append(stats.linregress(tree.values.ravel(), trend.values.ravel()).slope)
    error = 15 / np.sqrt(17 * 288 / 12) / (100 / np.sqrt(12)) / np.sqrt(720)  # of one slope
    assert abs(np.mean(slopes) - grids.TREND_PER_PERCENT) < 3 * error / np.sqrt(8)
    assert 0.4 < np.std(slopes, ddof=1) / error < 1.8
