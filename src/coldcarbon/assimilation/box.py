"""The box of the priors: bounds of each parameter, and the ways to keep a random walk inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["Box", "fold"]

Array = NDArray[np.float64]
ROUNDING = 1e-9  # of the range: a point on the bound may miss it by so much


@dataclass(frozen=True)
class Box:
    """Uniform priors of d parameters.

    Attributes
    ----------
    names : sequence of str, length d
        Unique names.
    low, high : array_like, shape (d,)
        Bounds, finite, each low below its high.

    Raises
    ------
    ValueError
        Naming the parameter whose bounds cannot be used.
    """

    names: Sequence[str]
    low: ArrayLike
    high: ArrayLike

    def __post_init__(self) -> None:
        names = tuple(str(name) for name in self.names)
        low, high = (np.array(ends, dtype=np.float64) for ends in (self.low, self.high))
        if not names or len(set(names)) < len(names):
            raise ValueError("a box needs the names of its parameters, each once")
        if low.shape != (len(names),) or high.shape != low.shape:
            raise ValueError(f"bounds have shapes {low.shape} and {high.shape}; there are {len(names)} parameters")
        bad = ~(np.isfinite(low) & np.isfinite(high) & (low < high))
        if bad.any():
            place = int(np.argmax(bad))
            raise ValueError(f"{names[place]} has bounds {low[place]:g} and {high[place]:g}")
        for name, value in (("names", names), ("low", low), ("high", high)):
            object.__setattr__(self, name, value)

    def __len__(self) -> int:
        return len(self.names)

    @property
    def widths(self) -> Array:
        """Range of each prior, shape (d,)."""
        return np.asarray(self.high) - np.asarray(self.low)

    @property
    def prior_sd(self) -> Array:
        """Standard deviation of each uniform prior, shape (d,)."""
        return np.asarray(self.widths / np.sqrt(12))

    def natural(self, unit: ArrayLike) -> Array:
        """From the unit box to the parameters' own units.

        Parameters
        ----------
        unit : array_like, shape (..., d)
            Points, 0 at the lower and 1 at the upper bound.

        Returns
        -------
        numpy.ndarray, shape (..., d)
        """
        return np.asarray(np.asarray(self.low) + self.widths * np.asarray(unit))

    def unit(self, points: ArrayLike) -> Array:
        """From own units to the unit box; the inverse of `natural`.

        Parameters
        ----------
        points : array_like, shape (..., d)
            Points.

        Returns
        -------
        numpy.ndarray, shape (..., d)

        Raises
        ------
        ValueError
            For a point outside the box or not finite, with parameter, value and bounds.
        """
        values = np.asarray(points, dtype=np.float64)
        if values.ndim == 0 or values.shape[-1] != len(self):
            raise ValueError(f"a point has {len(self)} values; got an array of shape {values.shape}")
        unit = (values - np.asarray(self.low)) / self.widths
        outside = ~((unit >= -ROUNDING) & (unit <= 1 + ROUNDING))
        if outside.any():
            where = tuple(np.argwhere(outside)[0])
            name = self.names[where[-1]]
            low, high = np.asarray(self.low)[where[-1]], np.asarray(self.high)[where[-1]]
            raise ValueError(f"{name} = {values[where]:g} is outside its prior, {low:g} to {high:g}")
        return np.asarray(np.clip(unit, 0, 1))

    def spread(self, n: int, random: np.random.Generator) -> Array:
        """Starting points spread over the box, a Latin hypercube.

        Parameters
        ----------
        n : int
            How many.
        random : numpy.random.Generator
            Where chance comes from.

        Returns
        -------
        numpy.ndarray, shape (n, d)
            In own units.
        """
        cells = random.permuted(np.tile(np.arange(n), (len(self), 1)), axis=1).T
        return self.natural((cells + random.random((n, len(self)))) / n)


def fold(walk: ArrayLike) -> Array:
    """Reflect an unbounded walk into the unit box, as often as needed.

    Parameters
    ----------
    walk : array_like
        Any real numbers.

    Returns
    -------
    numpy.ndarray
        In [0, 1].
    """
    return np.asarray(np.abs((np.asarray(walk, dtype=np.float64) + 1) % 2 - 1))


def to_normal(unit: ArrayLike) -> Array:
    """From the unit box to scores in which the uniform prior is standard normal (probit)."""
    return np.asarray(special.ndtri(np.clip(unit, 1e-9, 1 - 1e-9)))


def from_normal(score: ArrayLike) -> Array:
    """The inverse of `to_normal`."""
    return np.asarray(special.ndtr(score))
