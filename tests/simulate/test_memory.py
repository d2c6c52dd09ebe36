import numpy as np
import pytest

from coldcarbon.simulate.memory import with_memory


@pytest.mark.parametrize("memory", [0.0, 0.6, -0.3])
def test_variance_and_memory_hold_from_the_first_on(memory):
    x = with_memory(np.random.default_rng(1).standard_normal((40_000, 6)), memory)
    assert x.var(axis=0) == pytest.approx(np.ones(6), abs=0.03)
    for later in range(1, 6):
        assert np.mean(x[:, 0] * x[:, later]) == pytest.approx(memory**later, abs=0.03)


def test_any_axis_and_the_noise_stays():
    noise = np.random.default_rng(2).standard_normal((3, 5, 4))
    kept = noise.copy()
    along = with_memory(noise, 0.5, axis=1)
    assert np.array_equal(noise, kept)
    assert np.array_equal(along, np.moveaxis(with_memory(np.moveaxis(noise, 1, -1), 0.5), -1, 1))
    assert np.array_equal(along[:, 0], noise[:, 0])


@pytest.mark.parametrize("memory", [1.0, -1.0, 2.0, np.nan])
def test_a_memory_without_end_is_refused(memory):
    with pytest.raises(ValueError, match="between -1 and 1"):
        with_memory(np.zeros((2, 3)), memory)
