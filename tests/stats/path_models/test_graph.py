import numpy as np
import pytest

from coldcarbon.stats.path_models.graph import causal_levels, is_recursive, loops, simple_paths, spectral_radius


def pattern(size, *arrows):
    found = np.zeros((size, size), bool)
    for cause, effect in arrows:
        found[effect, cause] = True
    return found


CHAIN = pattern(4, (0, 1), (1, 2), (0, 2), (2, 3))
LOOP = pattern(5, (0, 1), (1, 2), (2, 1), (2, 3), (4, 3))


def test_recursive():
    assert is_recursive(CHAIN)
    assert not is_recursive(LOOP)
    assert loops(CHAIN) == []
    assert loops(LOOP) == [[1, 2]]


def test_causes_stand_before_effects():
    assert causal_levels(CHAIN).tolist() == [0, 1, 2, 3]
    levels = causal_levels(LOOP)
    assert levels[1] == levels[2] == 1
    assert levels[3] == 2


def test_paths():
    assert sorted(simple_paths(CHAIN, 0, 3)) == [(0, 1, 2, 3), (0, 2, 3)]
    assert list(simple_paths(LOOP, 0, 3)) == [(0, 1, 2, 3)]
    assert list(simple_paths(CHAIN, 3, 0)) == []


def test_spectral_radius_of_a_loop_is_the_root_of_its_gain():
    a = np.zeros((3, 3))
    assert spectral_radius(a) == 0.0
    a[1, 0], a[0, 1] = 0.8, -0.5
    assert spectral_radius(a) == pytest.approx(np.sqrt(0.4))
