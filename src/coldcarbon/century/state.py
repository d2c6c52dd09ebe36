"""The state of the model: 18 numbers per site."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["FAST", "NAMES", "SOIL_ORGANIC", "State", "cold_start", "total_carbon", "total_water"]

Array = NDArray[np.float64]

# The order of a state vector. The first 13 drive plants, water and litter; the last 5 follow them and drive nothing.
NAMES = (
    *("SNOW", "SNLQ", "ASMOS(1)", "ASMOS(2)", "ASMOS(3)", "ASMOS(4)"),
    *("AGLIVC", "STDEDC", "BGLIVC", "STRUCC(1)", "METABC(1)", "STRUCC(2)", "METABC(2)"),
    *("SOM1C(1)", "SOM2C(1)", "SOM1C(2)", "SOM2C(2)", "SOM3C"),
)
FAST = 13
SOIL_ORGANIC = slice(15, 18)  # SOM1C(2), SOM2C(2), SOM3C: the sum is somsc
LAYERS = 4
# Carbon a spin-up starts from, g C m-2, in the order above from AGLIVC on; the steady state does not depend on it.
START = (10.0, 250.0, 200.0, 290.0, 100.0, 210.0, 17.0)


@dataclass
class State:
    """Pools of n sites under the names of the code; carbon in g C m-2, water in cm.

    Attributes
    ----------
    snow, snlq : numpy.ndarray, shape (n,)
        Snow and the liquid water in it.
    asmos : numpy.ndarray, shape (4, n)
        Water of the soil layers.
    aglivc, stdedc, bglivc : numpy.ndarray, shape (n,)
        Shoots, standing dead, roots.
    strucc, metabc : numpy.ndarray, shape (2, n)
        Structural and metabolic litter: surface, soil.
    som1c, som2c : numpy.ndarray, shape (2, n)
        Microbes and active pool; slow pools: surface, soil.
    som3c : numpy.ndarray, shape (n,)
        Passive pool.
    """

    snow: Array
    snlq: Array
    asmos: Array
    aglivc: Array
    stdedc: Array
    bglivc: Array
    strucc: Array
    metabc: Array
    som1c: Array
    som2c: Array
    som3c: Array

    @classmethod
    def from_array(cls, values: ArrayLike) -> State:
        """From state vectors.

        Parameters
        ----------
        values : array_like, shape (n, 18)
            In the order of `NAMES`.

        Returns
        -------
        State
        """
        v = np.array(values, dtype=float).T
        return cls(
            v[0], v[1], v[2:6], v[6], v[7], v[8], v[[9, 11]], v[[10, 12]], v[[13, 15]], v[[14, 16]], v[17]
        )  # surface and soil alternate in NAMES, so that the last five follow the rest

    def to_array(self) -> Array:
        """As state vectors.

        Returns
        -------
        numpy.ndarray, shape (n, 18)
            In the order of `NAMES`.
        """
        rows = [self.snow, self.snlq, *self.asmos, self.aglivc, self.stdedc, self.bglivc]
        for layer in (0, 1):
            rows += [self.strucc[layer], self.metabc[layer]]
        for layer in (0, 1):
            rows += [self.som1c[layer], self.som2c[layer]]
        return np.array([*rows, self.som3c]).T

    @property
    def somsc(self) -> Array:
        """Soil organic carbon without litter, g C m-2, shape (n,)."""
        return self.som1c[1] + self.som2c[1] + self.som3c

    @property
    def somtc(self) -> Array:
        """Soil organic carbon with the litter in the soil, g C m-2, shape (n,)."""
        return self.somsc + self.strucc[1] + self.metabc[1]


def cold_start(wilting_cm: ArrayLike) -> Array:
    """Where a spin-up starts: no snow, soil as dry as after winter, some plants and litter, no organic matter.

    Parameters
    ----------
    wilting_cm : array_like, shape (4, n)
        Water of each layer at the wilting point.

    Returns
    -------
    numpy.ndarray, shape (n, 18)
    """
    wilting = np.asarray(wilting_cm, dtype=float)
    values = np.zeros((wilting.shape[1], len(NAMES)))
    values[:, 2:6] = wilting.T
    values[:, 6:FAST] = START
    return values


def total_carbon(states: ArrayLike) -> Array:
    """All carbon of a state.

    Parameters
    ----------
    states : array_like, shape (..., 18)
        State vectors.

    Returns
    -------
    numpy.ndarray, shape (...)
        g C m-2.
    """
    return np.asarray(states, dtype=float)[..., 6:].sum(axis=-1)


def total_water(states: ArrayLike) -> Array:
    """All water of a state.

    Parameters
    ----------
    states : array_like, shape (..., 18)
        State vectors.

    Returns
    -------
    numpy.ndarray, shape (...)
        cm.
    """
    return np.asarray(states, dtype=float)[..., :6].sum(axis=-1)
