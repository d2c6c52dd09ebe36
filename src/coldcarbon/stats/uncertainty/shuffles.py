"""Ways to shuffle a variable that leave its structure in time or space as it is.

Free shuffling asks whether two variables are related *if each row were exchangeable*. Rows next to each other in time
or space rarely are: both variables drift, and chance alone makes them agree. A scheme here draws only arrangements that
are as likely as the one observed when the two are unrelated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import factorial
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.stats.uncertainty.interval import Floats, Integers
from coldcarbon.stats.uncertainty.resampling import unit_shuffles

__all__ = [
    "CircularShift",
    "FreeShuffle",
    "Scheme",
    "SpectralRandomisation",
    "TorusShift",
    "WholeBlocks",
    "WithinStrata",
    "morans_i",
    "neighbour_weights",
]

Values = NDArray[Any]


class Scheme(Protocol):
    """What `permutation_test` asks of a scheme."""

    def draw(self, values: Values, n_draws: int, rng: np.random.Generator) -> tuple[Values, bool]:
        """Arrangements (draws, n), and whether they are all there are besides the one observed."""
        ...


@dataclass(frozen=True)
class FreeShuffle:
    """Any order: right only if rows are independent."""

    def draw(self, values: Values, n_draws: int, rng: np.random.Generator) -> tuple[Values, bool]:
        """See `Scheme`."""
        return values[np.argsort(rng.random((n_draws, len(values))), axis=1)], False


@dataclass(frozen=True)
class WithinStrata:
    """Any order within strata, none between them: sites, seasons, years.

    Attributes
    ----------
    strata : array_like, shape (n,)
        Label of the stratum of each row; a stratum of one row stays as it is.
    """

    strata: ArrayLike

    def draw(self, values: Values, n_draws: int, rng: np.random.Generator) -> tuple[Values, bool]:
        """See `Scheme`."""
        codes = _codes(self.strata, len(values), "stratum")
        if np.bincount(codes).max() < 2:
            raise ValueError("every stratum has one row: nothing can be shuffled within them")
        places = np.argsort(codes, kind="stable")
        shuffled = unit_shuffles(codes, n_draws, rng)
        drawn = np.empty((n_draws, len(values)), values.dtype)
        drawn[:, places] = values[shuffled]
        return drawn, False


@dataclass(frozen=True)
class WholeBlocks:
    """Blocks change places and keep their inner order: days within years, plots within sites.

    Attributes
    ----------
    blocks : array_like, shape (n,)
        Label of the block of each row; all blocks have as many rows.
    """

    blocks: ArrayLike

    def draw(self, values: Values, n_draws: int, rng: np.random.Generator) -> tuple[Values, bool]:
        """See `Scheme`."""
        codes = _codes(self.blocks, len(values), "block")
        sizes = np.bincount(codes)
        if len(sizes) < 2 or (sizes != sizes[0]).any():
            raise ValueError(
                f"blocks that change places need equal sizes, and there must be two: here {len(sizes)} of "
                f"{sizes.min()} to {sizes.max()} rows"
            )
        rows = np.argsort(codes, kind="stable").reshape(len(sizes), -1)
        if len(sizes) <= 8 and factorial(len(sizes)) - 1 <= n_draws:
            from itertools import permutations

            orders, all_of_them = np.array(list(permutations(range(len(sizes)))))[1:], True
        else:
            orders, all_of_them = np.argsort(rng.random((n_draws, len(sizes))), axis=1), False
        drawn = np.empty((len(orders), len(values)), values.dtype)
        drawn[:, rows.ravel()] = values[rows[orders].reshape(len(orders), -1)]
        return drawn, all_of_them


@dataclass(frozen=True)
class CircularShift:
    """The series starts later and its beginning follows its end: memory in time stays but for one joint.

    Attributes
    ----------
    groups : array_like, shape (n,), optional
        Label of the series of each row, if there are several; each is shifted by itself. Rows of a series stand in the
        order of time, evenly spaced.

    Notes
    -----
    One series of n rows has n - 1 shifts besides itself: P cannot be below 1 / n. A trend is no memory: the shifted
    series jumps where its end meets its beginning, so take trends out first.
    """

    groups: ArrayLike | None = None

    def draw(self, values: Values, n_draws: int, rng: np.random.Generator) -> tuple[Values, bool]:
        """See `Scheme`."""
        n = len(values)
        if self.groups is None:
            all_of_them = n - 1 <= n_draws
            shifts = np.arange(1, n) if all_of_them else rng.integers(0, n, n_draws)
            return values[(np.arange(n) + shifts[:, None]) % n], all_of_them
        codes = _codes(self.groups, n, "group")
        drawn = np.empty((n_draws, n), values.dtype)
        for code in range(codes.max() + 1):
            places = np.flatnonzero(codes == code)
            steps = (np.arange(len(places)) + rng.integers(0, len(places), (n_draws, 1))) % len(places)
            drawn[:, places] = values[places][steps]
        return drawn, False


@dataclass(frozen=True)
class TorusShift:
    """A map shifted as a whole, what leaves at one edge entering at the other: neighbourhood stays but for two seams.

    Attributes
    ----------
    shape : tuple of int
        Rows and columns of the full grid; values are given row by row (``map.ravel()``).
    """

    shape: tuple[int, int]

    def draw(self, values: Values, n_draws: int, rng: np.random.Generator) -> tuple[Values, bool]:
        """See `Scheme`."""
        height, width = self.shape
        if height * width != len(values):
            raise ValueError(f"a grid of {height} x {width} has {height * width} cells, not {len(values)}")
        all_of_them = len(values) - 1 <= n_draws
        shifts = np.arange(1, len(values)) if all_of_them else rng.integers(0, len(values), n_draws)
        down, right = np.divmod(shifts, width)
        rows = (np.arange(height) + down[:, None]) % height
        columns = (np.arange(width) + right[:, None]) % width
        cells = rows[:, :, None] * width + columns[:, None, :]
        return values[cells.reshape(len(shifts), -1)], all_of_them


@dataclass(frozen=True)
class SpectralRandomisation:
    """New maps of a variable with the same mean, variance and Moran's I: for sites that form no grid.

    Attributes
    ----------
    weights : array_like, shape (n, n)
        Symmetric, zero on the diagonal, such as `neighbour_weights`.
    vectors : ndarray, shape (n, n - 1)
        Eigenvectors of the doubly centred weights, without the constant one.

    Notes
    -----
    The variable is written in the eigenvectors of the doubly centred weights; every coefficient keeps its size and gets
    a random sign (singleton procedure; Wagner and Dray 2015, doi:10.1111/2041-210X.12407). Moran's I is the weighted
    mean of the eigenvalues, so it does not change. The values themselves do, unlike under a shuffle: take a variable
    that is about normal. Cost grows as n cubed; good to a few thousand sites.
    """

    weights: ArrayLike
    vectors: Floats = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        matrix = _checked_weights(self.weights, len(np.asarray(self.weights)))
        object.__setattr__(self, "vectors", _eigenvectors(matrix))

    def draw(self, values: Values, n_draws: int, rng: np.random.Generator) -> tuple[Values, bool]:
        """See `Scheme`."""
        numbers = np.asarray(values, float)
        if len(numbers) != len(self.vectors):
            raise ValueError(f"the weights are those of {len(self.vectors)} places, not {len(numbers)}")
        coefficients = self.vectors.T @ (numbers - numbers.mean())
        signs = rng.integers(0, 2, (n_draws, len(coefficients))) * 2.0 - 1.0
        return numbers.mean() + (signs * coefficients) @ self.vectors.T, False


def neighbour_weights(coordinates: ArrayLike, reach: float | None = None) -> Floats:
    """Weights that fall with distance and end at a reach: ``1 - (distance / (4 * reach))**2`` within it, else 0.

    Parameters
    ----------
    coordinates : array_like, shape (n, d)
        Places in a plane or space, in one unit of length; longitudes and latitudes are none.
    reach : float, optional
        In that unit; by default the longest step needed to go from place to place through all of them (longest edge of
        the minimum spanning tree), so that every place has a neighbour.

    Returns
    -------
    ndarray, shape (n, n)
        Symmetric, zero on the diagonal; as Dray, Legendre and Peres-Neto (2006), doi:10.1016/j.ecolmodel.2006.02.015.

    Raises
    ------
    ValueError
        For fewer than three places, missing coordinates, or a place without a neighbour.
    """
    from scipy.sparse.csgraph import minimum_spanning_tree
    from scipy.spatial.distance import pdist, squareform

    places = np.asarray(coordinates, float)
    if places.ndim != 2 or len(places) < 3 or not np.isfinite(places).all():
        raise ValueError("coordinates need the shape (n, d) with three places or more, and no missing value")
    distances = squareform(pdist(places))
    if reach is None:
        unique = np.unique(places, axis=0)
        if len(unique) < 2:
            raise ValueError("all places are the same")
        reach = float(minimum_spanning_tree(squareform(pdist(unique))).data.max()) * (1 + 1e-12)
    weights = np.where(distances <= reach, 1 - (distances / (4 * reach)) ** 2, 0.0)
    np.fill_diagonal(weights, 0.0)
    alone = np.flatnonzero(weights.sum(axis=1) == 0)
    if alone.size:
        raise ValueError(f"{alone.size} places have no neighbour within {reach:g}, the first of them place {alone[0]}")
    return weights


def morans_i(values: ArrayLike, weights: ArrayLike) -> float | Floats:
    """Moran's I: how alike neighbours are, about -1 / (n - 1) where place does not matter.

    Parameters
    ----------
    values : array_like, shape (n,) or (m, n)
        One map, or m of them.
    weights : array_like, shape (n, n)
        Symmetric, zero on the diagonal.

    Returns
    -------
    float or ndarray, shape (m,)
        ``n / sum(w) * (z w z) / (z z)`` with z the values less their mean (Moran 1950, doi:10.2307/2332142).

    Raises
    ------
    ValueError
        For missing or constant values, or weights that do not fit.
    """
    table = np.atleast_2d(np.asarray(values, float))
    if not np.isfinite(table).all() or (np.ptp(table, axis=1) == 0).any():
        raise ValueError("values must be finite and vary")
    matrix = _checked_weights(weights, table.shape[1])
    centred = table - table.mean(axis=1, keepdims=True)
    found = len(matrix) / matrix.sum() * ((centred @ matrix) * centred).sum(axis=1) / (centred**2).sum(axis=1)
    return float(found[0]) if np.ndim(values) == 1 else found


def _eigenvectors(weights: Floats) -> Floats:
    """Eigenvectors (n, n - 1) of the doubly centred weights, without the constant one."""
    centred = weights - weights.mean(axis=0)
    centred -= centred.mean(axis=1, keepdims=True)
    n = len(weights)
    # The constant vector is moved away from eigenvalue 0, where it would mix with others.
    shift = 2 * np.abs(weights).sum(axis=1).max()
    return np.asarray(np.linalg.eigh((centred + centred.T) / 2 + shift / n)[1][:, :-1])


def _checked_weights(weights: ArrayLike, n: int) -> Floats:
    matrix = np.asarray(weights, float)
    if matrix.shape != (n, n):
        raise ValueError(f"weights must have the shape ({n}, {n}), not {matrix.shape}")
    if not np.isfinite(matrix).all() or not np.allclose(matrix, matrix.T) or np.diag(matrix).any():
        raise ValueError("weights must be finite and symmetric, with zeros on the diagonal")
    if not matrix.any():
        raise ValueError("all weights are zero: no place has a neighbour")
    return matrix


def _codes(labels: ArrayLike, n: int, what: str) -> Integers:
    series = pd.Series(np.asarray(labels))
    if len(series) != n:
        raise ValueError(f"{n} rows of values but {len(series)} {what} labels")
    if series.isna().any():
        raise ValueError(f"{int(series.isna().sum())} rows have no {what} label")
    return np.asarray(pd.factorize(series)[0], np.intp)
