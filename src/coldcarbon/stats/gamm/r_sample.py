"""R's `sample` without replacement, so that a basis built on a subset of points is built on the same subset."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

__all__ = ["r_sample"]


def r_sample(n: int, size: int, seed: int) -> NDArray[np.intp]:
    """What ``set.seed(seed); sample(n, size)`` draws in R 3.6 and later, counted from 0.

    Parameters
    ----------
    n : int
        Number of things to draw from, below 2^31.
    size : int
        Number drawn, at most n.
    seed : int
        As in R.

    Returns
    -------
    ndarray of int, shape (size,)
        In the order drawn.

    Notes
    -----
    Mersenne Twister (Matsumoto & Nishimura 1998) seeded by R's linear congruential scrambling; indices by rejection
    of random bits, 16 at a time, as R's documentation of `RNGkind` (sample.kind "Rejection") has it.
    """
    mask = 0xFFFFFFFF
    state = seed & mask
    for _ in range(50):
        state = (69069 * state + 1) & mask
    words = []
    for _ in range(625):
        state = (69069 * state + 1) & mask
        words.append(state)
    twister = np.random.MT19937()
    twister.state = {
        "bit_generator": "MT19937",
        "state": {"key": np.array(words[1:], dtype=np.uint32), "pos": 624},
    }

    def uniform() -> float:
        return float(int(twister.random_raw()) * 2.3283064365386963e-10)

    def below(limit: int) -> int:
        bits = max(limit - 1, 0).bit_length()
        while True:
            value = 0
            for _ in range(0, bits, 16):
                value = 65536 * value + int(np.floor(uniform() * 65536))
            value &= (1 << bits) - 1
            if value < limit:
                return value

    left = np.arange(n)
    drawn = np.empty(size, dtype=np.intp)
    remaining = n
    for i in range(size):
        j = below(remaining)
        drawn[i] = left[j]
        remaining -= 1
        left[j] = left[remaining]
    return drawn
