"""Pairs of series in which it is known who drives whom, for cross mapping.

`coupled_maps` is the textbook case, two chaotic populations; `fishery` the twin of the sardine and anchovy record.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["coupled_maps", "fishery"]

Floats = NDArray[np.float64]
BURN_IN = 200


def coupled_maps(
    seed: int, *, replicates: int = 1, length: int = 100, drive: float = 0.3, noise: float = 0.0
) -> tuple[Floats, Floats]:
    r"""Two chaotic populations, the first of which drives the second (as in Sugihara et al. 2012).

    :math:`x_{t+1} = x_t (3.8 - 3.8 x_t)` and :math:`y_{t+1} = y_t (3.5 - 3.5 y_t - c\, x_t)`.

    Parameters
    ----------
    seed : int
        The same seed gives the same series.
    replicates, length : int
        Pairs and steps.
    drive : float
        c, from 0 (no coupling) to 0.4.
    noise : float
        Standard deviation of what is added to both when they are read, of the populations' order 0.2.

    Returns
    -------
    driver, driven : ndarray, shape (replicates, length)
        Without unit.

    Raises
    ------
    ValueError
        For fewer than one replicate or two steps, or a drive outside 0 to 0.4.
    """
    if replicates < 1 or length < 2:
        raise ValueError(f"at least one pair of two steps is needed, not {replicates} of {length}")
    if not 0 <= drive <= 0.4:
        raise ValueError(f"drive must lie from 0 to 0.4, not {drive:g}: beyond, populations leave 0 to 1")
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(0.2, 0.6, (2, replicates))
    kept = np.empty((2, replicates, length))
    for step in range(-BURN_IN, length):
        x, y = x * (3.8 - 3.8 * x), y * (3.5 - 3.5 * y - drive * x)
        if step >= 0:
            kept[:, :, step] = x, y
    driver, driven = kept + noise * rng.standard_normal(kept.shape)
    return driver, driven


def fishery(seed: int = 0) -> pd.DataFrame:
    """Two fish that follow the sea's temperature and not each other, in the columns of the real record.

    Parameters
    ----------
    seed : int
        The same seed gives the same record.

    Returns
    -------
    pandas.DataFrame
        Columns year (1929 to 2006), anchovy, sardine, sio_sst, np_sst, each of mean 0 and standard deviation 1;
        ``attrs["truth"]`` says who drives whom.
    """
    rng = np.random.default_rng(seed)
    years = np.arange(1929, 2007)
    n = len(years)
    warmth = rng.standard_normal((2, n + 2)) * 0.6 + rng.standard_normal(n + 2)
    smooth = np.stack([np.convolve(one, np.ones(3) / 3, mode="valid") for one in warmth])
    fish = np.zeros((2, n))
    answer = np.array([-1.0, 1.0])
    for t in range(1, n):
        fish[:, t] = 0.3 * fish[:, t - 1] + answer * np.tanh(smooth[0, t]) + 0.3 * rng.standard_normal(2)
    columns = dict(zip(("anchovy", "sardine", "sio_sst", "np_sst"), (*fish, *smooth), strict=True))
    table = pd.DataFrame({name: (x - x.mean()) / x.std(ddof=1) for name, x in columns.items()})
    table.insert(0, "year", years)
    table.attrs["truth"] = {"drives": [("sio_sst", "anchovy"), ("sio_sst", "sardine")]}
    return table
