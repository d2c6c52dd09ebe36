"""Drawing of units, totals of resamples, and P values that are never zero."""

import numpy as np
import pytest

from coldcarbon.stats.uncertainty import resampling


def test_units_are_drawn_evenly_and_reproducibly():
    drawn = resampling.draw_units(5, 4000, np.random.default_rng(1))
    assert drawn.shape == (4000, 5)
    assert np.bincount(drawn.ravel(), minlength=5) / drawn.size == pytest.approx(0.2, abs=0.01)
    assert (drawn == resampling.draw_units(5, 4000, np.random.default_rng(1))).all()


def test_totals_are_those_of_the_drawn_units(monkeypatch):
    sums = np.array([[1.0, 10.0], [2.0, 20.0], [4.0, 40.0]])
    units = resampling.draw_units(3, 50, np.random.default_rng(2))
    blocks = iter(np.array_split(units, range(7, 50, 7)))
    monkeypatch.setattr(resampling, "WEIGHTS_AT_ONCE", 21)  # seven resamples at once
    totals = resampling.resampled_totals(sums, lambda size: next(blocks)[:size], 50)
    assert totals == pytest.approx(sums[units].sum(axis=1))


def test_shuffles_stay_within_groups():
    groups = np.array([0, 0, 0, 1, 1, 2])
    orders = resampling.unit_shuffles(groups, 200, np.random.default_rng(3))
    assert (groups[orders] == groups).all()
    assert len({tuple(order) for order in orders}) == 12


def test_p_is_never_zero():
    assert resampling.simulated_p(0, 99) == 0.01
    assert resampling.simulated_p(np.array([0, 99]), 99) == pytest.approx([0.01, 1.0])
