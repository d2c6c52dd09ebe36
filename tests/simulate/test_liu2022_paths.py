import numpy as np
import pytest

from coldcarbon.simulate import liu2022_paths as design


def slopes_of(values, sizes):
    """Least squares through departures from towers' means of all replicates."""
    x, y = values[..., :4], values[..., 4:6]
    return np.linalg.lstsq(x.reshape(-1, 4), y.reshape(-1, 2), rcond=None)[0].T


def test_a_panel_has_its_shape_and_its_seed():
    panel = design.path_panel(3, replicates=2)
    assert panel.values.shape == (2, sum(design.SIZES), 8)
    np.testing.assert_array_equal(panel.values, design.path_panel(3, replicates=2).values)
    assert not np.array_equal(panel.values, design.path_panel(4, replicates=2).values)
    frame = panel.frame(1)
    assert list(frame.columns) == ["site", *design.VARIABLES]
    assert frame["site"].nunique() == len(design.SIZES)
    np.testing.assert_allclose(frame["uptake"], frame["gpp"] - frame["ter"] + frame["gap"])


def test_anomalies_have_no_site_means():
    panel = design.path_panel(1, replicates=3)
    anomalies = panel.anomalies()
    for site in (0, 7):
        np.testing.assert_allclose(anomalies[:, panel.sites == site].mean(axis=1), 0, atol=1e-9)
    by_table = panel.frame(2).groupby("site").transform(lambda x: x - x.mean())
    np.testing.assert_allclose(anomalies[2], by_table.to_numpy(), atol=1e-9)


def test_planted_slopes_and_standardized_paths_come_back():
    panel = design.path_panel(2, sizes=[8] * 4000, replicates=2)
    anomalies = panel.anomalies()
    found = slopes_of(anomalies, None)
    sd = anomalies.reshape(-1, 8).std(axis=0)
    for n, flux in enumerate(("gpp", "ter")):
        truth = panel.truth.loc[flux].loc[list(design.DRIVERS)]
        np.testing.assert_allclose(found[n] * sd[:4], truth["slope"] * sd[:4], atol=0.8)
        np.testing.assert_allclose(found[n] * sd[:4] / sd[4 + n], truth["standardized"], atol=0.015)
        assert sd[4 + n] / sd[7] == pytest.approx(abs(panel.truth.loc[("uptake", flux), "standardized"]), abs=0.01)


def test_means_of_towers_follow_other_slopes():
    panel = design.path_panel(5, sizes=[20] * 3000)
    means = panel.frame().groupby("site").mean().to_numpy()
    means = means - means.mean(axis=0)
    found = np.linalg.lstsq(means[:, :4], means[:, 4:6], rcond=None)[0].T
    np.testing.assert_allclose(found[0], design.BETWEEN["gpp"], atol=1.2)
    assert found[0, 3] == pytest.approx(design.BETWEEN["gpp"][3], abs=0.02)
    assert found[1, 3] == pytest.approx(design.BETWEEN["ter"][3], abs=0.02)


@pytest.mark.parametrize(
    "wrong", [{"sizes": [3]}, {"sizes": [3, 1]}, {"replicates": 0}, {"slope_sd": -0.1}], ids=lambda x: next(iter(x))
)
def test_impossible_designs_are_refused(wrong):
    with pytest.raises(ValueError, match=r"at least|negative"):
        design.path_panel(0, **wrong)
