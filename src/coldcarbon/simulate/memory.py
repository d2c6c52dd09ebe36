"""Noise that remembers: neighbours in time or along a transect are alike."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

__all__ = ["with_memory"]

Floats = NDArray[np.float64]


def with_memory(noise: Floats, memory: float, axis: int = -1) -> Floats:
    r"""AR(1) of the variance of the noise, begun in its stationary state.

    :math:`x_1 = e_1` and :math:`x_t = \rho x_{t-1} + \sqrt{1 - \rho^2}\, e_t`.

    Parameters
    ----------
    noise : numpy.ndarray
        White noise e; left as it is.
    memory : float
        Correlation :math:`\rho` of neighbours, between -1 and 1.
    axis : int
        Along which neighbours follow one another.

    Returns
    -------
    numpy.ndarray, shape of ``noise``

    Raises
    ------
    ValueError
        If the memory leaves its range.
    """
    if not -1 < memory < 1:
        raise ValueError(f"the memory must lie between -1 and 1, not {memory}")
    driven = np.moveaxis(noise * np.sqrt(1 - memory**2), axis, 0)  # a view, so that the first may be put back
    driven[0] = np.moveaxis(noise, axis, 0)[0]
    return np.asarray(lfilter([1.0], [1.0, -memory], np.moveaxis(driven, 0, axis), axis=axis))
