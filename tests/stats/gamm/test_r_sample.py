import numpy as np

from coldcarbon.stats.gamm.r_sample import r_sample


def test_draws_what_r_draws():
    # set.seed(1); sample(10) and set.seed(1); sample(100000, 6) in R 4.2.2
    assert (r_sample(10, 10, seed=1) + 1).tolist() == [9, 4, 7, 1, 2, 5, 3, 10, 6, 8]
    assert (r_sample(100_000, 6, seed=1) + 1).tolist() == [24388, 59521, 43307, 69586, 11571, 25173]


def test_draws_without_replacement():
    drawn = r_sample(500, 200, seed=7)
    assert len(np.unique(drawn)) == 200
    assert drawn.min() >= 0
    assert drawn.max() < 500
