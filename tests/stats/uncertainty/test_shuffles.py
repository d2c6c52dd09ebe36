"""Each scheme keeps what it promises to keep."""

import numpy as np
import pytest
from scipy.spatial.distance import pdist, squareform

from coldcarbon.stats import uncertainty

RNG = np.random.default_rng(0)


def test_a_free_shuffle_keeps_the_values_and_nothing_else():
    drawn, all_of_them = uncertainty.FreeShuffle().draw(np.arange(10), 2000, RNG)
    assert not all_of_them
    assert (np.sort(drawn, axis=1) == np.arange(10)).all()
    assert np.abs(drawn.mean(axis=0) - 4.5).max() < 0.4


def test_strata_keep_their_values():
    strata = np.array(list("abcabcaab"))
    values = np.arange(9)
    drawn, _ = uncertainty.WithinStrata(strata).draw(values, 500, RNG)
    for name in "abc":
        inside = drawn[:, strata == name]
        assert (np.sort(inside, axis=1) == values[strata == name]).all()
    assert len(np.unique(drawn[:, strata == "a"], axis=0)) == 24


def test_blocks_move_as_a_whole_and_few_are_all_tried():
    blocks = np.repeat([3, 1, 2], 4)
    drawn, all_of_them = uncertainty.WholeBlocks(blocks).draw(np.arange(12), 100, RNG)
    assert all_of_them
    assert len(drawn) == 5
    assert (drawn.reshape(5, 3, 4) % 4 == np.arange(4)).all()
    many, all_of_them = uncertainty.WholeBlocks(np.repeat(np.arange(10), 2)).draw(np.arange(20), 60, RNG)
    assert not all_of_them
    assert many.shape == (60, 20)
    assert (np.diff(many.reshape(60, 10, 2), axis=2) == 1).all()


def test_a_shift_in_time_keeps_the_order():
    drawn, all_of_them = uncertainty.CircularShift().draw(np.arange(7), 100, RNG)
    assert all_of_them
    assert drawn.tolist() == [[(i + k) % 7 for i in range(7)] for k in range(1, 7)]
    groups = np.array(list("aabbbab"))
    values = np.array([0, 1, 10, 11, 12, 2, 13])
    several, _ = uncertainty.CircularShift(groups).draw(values, 200, RNG)
    for name, size in (("a", 3), ("b", 4)):
        inside = several[:, groups == name] % 10
        assert ((np.diff(inside, axis=1) % size) == 1).all()


def test_a_shift_on_the_torus_keeps_neighbours():
    grid = np.arange(12).reshape(3, 4)
    drawn, all_of_them = uncertainty.TorusShift((3, 4)).draw(grid.ravel(), 100, RNG)
    assert all_of_them
    expected = {tuple(np.roll(grid, (-i, -j), (0, 1)).ravel()) for i in range(3) for j in range(4)} - {tuple(range(12))}
    assert {tuple(row) for row in drawn} == expected
    some, all_of_them = uncertainty.TorusShift((3, 4)).draw(grid.ravel(), 5, RNG)
    assert not all_of_them
    assert some.shape == (5, 12)


def test_spectral_randomisation_keeps_mean_variance_and_morans_i():
    places = RNG.uniform(size=(60, 2))
    weights = uncertainty.neighbour_weights(places)
    values = places[:, 0] + 0.2 * RNG.normal(size=60)
    drawn, _ = uncertainty.SpectralRandomisation(weights).draw(values, 50, RNG)
    np.testing.assert_allclose(drawn.mean(axis=1), values.mean())
    np.testing.assert_allclose(drawn.var(axis=1), values.var())
    np.testing.assert_allclose(uncertainty.morans_i(drawn, weights), uncertainty.morans_i(values, weights))
    assert uncertainty.morans_i(values, weights) > 0.4
    assert np.abs(np.corrcoef(np.vstack([values, drawn]))[0, 1:]).mean() < 0.6


def test_morans_i_by_hand_and_without_pattern():
    chain = np.array([[0, 1, 0, 0], [1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 1, 0]], float)
    assert uncertainty.morans_i([1.0, 2, 3, 4], chain) == pytest.approx(4 / 6 * 2 * 1.25 / 5)
    places = RNG.uniform(size=(40, 2))
    noise = RNG.normal(size=(4000, 40))
    found = uncertainty.morans_i(noise, uncertainty.neighbour_weights(places))
    assert found.mean() == pytest.approx(-1 / 39, abs=0.005)


def test_weights_reach_as_far_as_the_longest_step():
    line = np.array([[0.0, 0], [1, 0], [2, 0], [5, 0]])
    weights = uncertainty.neighbour_weights(line)
    distances = squareform(pdist(line))
    expected = np.where((distances <= 3) & (distances > 0), 1 - (distances / 12) ** 2, 0)
    np.testing.assert_allclose(weights, expected, atol=1e-9)
    twice = uncertainty.neighbour_weights(np.vstack([line, line[:1]]))
    assert twice[0, 4] == 1.0


@pytest.mark.parametrize(
    ("scheme", "says"),
    [
        (lambda: uncertainty.WithinStrata(list("abcdef")), "every stratum has one row"),
        (lambda: uncertainty.WithinStrata(list("abc")), "6 rows of values but 3 stratum labels"),
        (lambda: uncertainty.CircularShift(["a", None, "b", "b", "a", "a"]), "1 rows have no group label"),
        (lambda: uncertainty.WholeBlocks(list("aaabbc")), "equal sizes"),
        (lambda: uncertainty.WholeBlocks(list("aaaaaa")), "equal sizes"),
        (lambda: uncertainty.TorusShift((2, 4)), "8 cells, not 6"),
        (lambda: uncertainty.SpectralRandomisation(np.zeros((6, 6))), "all weights are zero"),
        (lambda: uncertainty.SpectralRandomisation(np.triu(np.ones((6, 6)), 1)), "symmetric"),
        (lambda: uncertainty.SpectralRandomisation(np.ones((6, 5))), "shape"),
        (lambda: uncertainty.SpectralRandomisation(np.ones((5, 5)) - np.eye(5)), "5 places, not 6"),
    ],
)
def test_schemes_that_do_not_fit_are_refused(scheme, says):
    with pytest.raises(ValueError, match=says):
        scheme().draw(np.arange(6.0), 50, RNG)


def test_places_that_give_no_weights_are_refused():
    with pytest.raises(ValueError, match="three places"):
        uncertainty.neighbour_weights([[0.0, 1], [1, 2]])
    with pytest.raises(ValueError, match="no neighbour within 1"):
        uncertainty.neighbour_weights([[0.0, 0], [1, 0], [9, 0]], reach=1)
    with pytest.raises(ValueError, match="all places are the same"):
        uncertainty.neighbour_weights(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="finite and vary"):
        uncertainty.morans_i([1.0, 1, 1], np.ones((3, 3)) - np.eye(3))
