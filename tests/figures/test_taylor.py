"""The geometry of the Taylor diagram: distances on the page are the statistics."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from coldcarbon.figures.taylor import taylor_axes, taylor_position
from coldcarbon.stats.model_scores import taylor_statistics


@pytest.mark.parametrize("seed", range(5))
def test_distances_are_the_statistics(seed):
    random = np.random.default_rng(seed)
    observed = random.normal(0, 2, 50)
    simulated = (seed - 1.5) * observed + random.normal(3, 2, 50)  # some correlate negatively
    t = taylor_statistics(observed, simulated)
    x, y = taylor_position(t["sd_simulated"], t["correlation"])
    assert np.hypot(x, y) == pytest.approx(t["sd_simulated"])
    assert np.hypot(x - t["sd_observed"], y) == pytest.approx(t["centred_rmse"])
    assert y >= 0


def test_units_are_as_long_across_as_upwards():
    figure, axes = plt.subplots(1, 2, figsize=(9, 3))
    for ax, negative in zip(axes, (False, True), strict=True):
        taylor_axes(ax, 2.0, unit="kg m⁻²", negative=negative)
    figure.canvas.draw()
    for ax in axes:
        corner, right, up = ax.transData.transform([(0, 0), (1, 0), (0, 1)])
        assert right[0] - corner[0] == pytest.approx(up[1] - corner[1], rel=1e-6)
        assert "kg m⁻²" in ax.get_xlabel()
    assert axes[0].get_xlim()[0] == 0
    assert axes[1].get_xlim()[0] < 0
    plt.close(figure)


def test_circles_are_about_the_observations():
    figure, ax = plt.subplots()
    taylor_axes(ax, 3.0)
    dotted = [line for line in ax.lines if line.get_linestyle() == ":"]
    assert len(dotted) == 3
    for line, radius in zip(dotted, (1.5, 3.0, 4.5), strict=True):
        x, y = (np.asarray(values, dtype=float) for values in line.get_data())
        kept = np.isfinite(x)
        assert np.hypot(x[kept] - 3.0, y[kept]) == pytest.approx(radius)
    plt.close(figure)


def test_bad_input():
    with pytest.raises(ValueError, match="no place here"):
        taylor_position([1.0, 0.0], [0.5, np.nan])
    with pytest.raises(ValueError, match=r"correlation is 1\.5"):
        taylor_position(1.0, 1.5)
    with pytest.raises(ValueError, match="standard deviation is -1"):
        taylor_position(-1.0, 0.5)
    figure, ax = plt.subplots()
    with pytest.raises(ValueError, match="must be positive"):
        taylor_axes(ax, 0.0)
    plt.close(figure)
