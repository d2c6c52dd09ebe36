"""Which rows are predicted from which: folds by row, by group, and by blocks of land."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

__all__ = ["Folds", "grouped_folds", "random_folds", "spatial_folds"]

Indices = NDArray[np.intp]
EARTH_RADIUS_KM = 6371.0088
KM_PER_DEGREE = EARTH_RADIUS_KM * np.pi / 180


@dataclass(frozen=True)
class Folds:
    """Pairs of training and test rows, the same for every learner.

    Attributes
    ----------
    train, test : tuple of numpy.ndarray of int
        Rows of each fold; no row is in both.
    n_rows : int
        Of the data the folds were made for.
    units : numpy.ndarray of int, shape (n_rows,)
        Group, block or row that is left out as one.
    description : str
        How the folds were made, for a caption.
    repeats : int
        Times all rows were dealt out.
    """

    train: tuple[Indices, ...] = field(repr=False)
    test: tuple[Indices, ...] = field(repr=False)
    n_rows: int
    units: Indices = field(repr=False)
    description: str
    repeats: int = 1

    def __len__(self) -> int:
        return len(self.test)

    def __iter__(self) -> Iterator[tuple[Indices, Indices]]:
        return iter(zip(self.train, self.test, strict=True))

    def fingerprint(self) -> str:
        """Hash of who is tested and who is trained on, fold by fold.

        Returns
        -------
        str
            64 hexadecimal digits; the same for the same folds on any machine.
        """
        digest = hashlib.sha256()
        for rows in (part for pair in self for part in pair):
            digest.update(np.asarray([len(rows), *rows], dtype="<i8").tobytes())
        return digest.hexdigest()

    def summary(self) -> pd.DataFrame:
        """Sizes of the folds.

        Returns
        -------
        pandas.DataFrame
            By fold: n_train, n_test, units_train, units_test, n_left_out (rows in neither, as in a buffer).
        """
        rows = [
            {
                "n_train": len(train),
                "n_test": len(test),
                "units_train": len(np.unique(self.units[train])),
                "units_test": len(np.unique(self.units[test])),
                "n_left_out": self.n_rows - len(train) - len(test),
            }
            for train, test in self
        ]
        return pd.DataFrame(rows, index=pd.RangeIndex(1, len(self) + 1, name="fold"))


def _check(n_folds: int, n_units: int, unit: str) -> None:
    if n_folds < 2:
        raise ValueError(f"n_folds must be at least 2, not {n_folds}")
    if n_units < n_folds:
        raise ValueError(f"{n_units} {unit} cannot be dealt out to {n_folds} folds")


def _from_labels(fold_of_row: Indices, n_folds: int) -> tuple[tuple[Indices, ...], tuple[Indices, ...]]:
    train = tuple(np.flatnonzero(fold_of_row != k) for k in range(n_folds))
    return train, tuple(np.flatnonzero(fold_of_row == k) for k in range(n_folds))


def random_folds(n: int, n_folds: int = 10, *, repeats: int = 1, seed: int = 0) -> Folds:
    """Deal rows out at random, as if each stood for itself.

    Where rows of one site, or near each other, are alike, this lets a learner recognise what it was shown: use
    `grouped_folds` or `spatial_folds`.

    Parameters
    ----------
    n : int
        Rows.
    n_folds : int
        Folds, whose sizes differ by one at most.
    repeats : int
        Times the rows are dealt out anew.
    seed : int
        Of the shuffling.

    Returns
    -------
    Folds
        ``n_folds * repeats`` pairs.
    """
    _check(n_folds, n, "rows")
    if repeats < 1:
        raise ValueError(f"repeats must be at least 1, not {repeats}")
    rng = np.random.default_rng(seed)
    train: tuple[Indices, ...] = ()
    test: tuple[Indices, ...] = ()
    for _ in range(repeats):
        fold_of_row = np.empty(n, np.intp)
        fold_of_row[rng.permutation(n)] = np.arange(n) % n_folds
        more = _from_labels(fold_of_row, n_folds)
        train, test = train + more[0], test + more[1]
    times = f", repeated {repeats} times" if repeats > 1 else ""
    return Folds(train, test, n, np.arange(n), f"{n_folds} random folds of rows{times}", repeats)


def _deal_units(units: Indices, n_folds: int, rng: np.random.Generator) -> Indices:
    """Fold of each row: units in random order of equal sizes, largest first, each to the fold with fewest rows."""
    sizes = np.bincount(units)
    order = rng.permutation(len(sizes))
    order = order[np.argsort(-sizes[order], kind="stable")]
    filled = np.zeros(n_folds)
    fold_of_unit = np.empty(len(sizes), np.intp)
    for unit in order:
        # ties are broken by chance, or small units would always fall to the first folds
        fewest = np.flatnonzero(filled == filled.min())
        fold_of_unit[unit] = fewest[rng.integers(fewest.size)]
        filled[fold_of_unit[unit]] += sizes[unit]
    return fold_of_unit[units]


def grouped_folds(groups: ArrayLike, n_folds: int | None = 10, *, seed: int = 0) -> Folds:
    """Leave out whole groups: sites, studies, years.

    Parameters
    ----------
    groups : array_like, shape (n,)
        Group of each row, none missing.
    n_folds : int, optional
        Groups are dealt out so that folds have about the same number of rows; None leaves out one group at a time.
    seed : int
        Of the dealing.

    Returns
    -------
    Folds
        No group is in training and test of the same fold.

    Raises
    ------
    ValueError
        If labels are missing or groups are fewer than folds.
    """
    codes, names = pd.factorize(np.asarray(groups, dtype=object))
    if (codes < 0).any():
        raise ValueError(f"{int((codes < 0).sum())} rows have no group: give each its own or leave it out")
    codes = np.asarray(codes, np.intp)
    if n_folds is None:
        _check(2, len(names), "groups")
        train, test = _from_labels(codes, len(names))
        return Folds(train, test, len(codes), codes, f"each of {len(names)} groups left out in turn")
    _check(n_folds, len(names), "groups")
    train, test = _from_labels(_deal_units(codes, n_folds, np.random.default_rng(seed)), n_folds)
    return Folds(train, test, len(codes), codes, f"{n_folds} folds of {len(names)} whole groups")


def spatial_folds(
    latitude: ArrayLike,
    longitude: ArrayLike,
    n_folds: int = 10,
    *,
    block_km: float,
    buffer_km: float = 0.0,
    seed: int = 0,
) -> Folds:
    """Leave out blocks of land, with a strip around the test rows left out of training if wanted.

    The sphere is cut into rows of the height of a block, each row into whole blocks of about the same width, from an
    origin drawn at random; blocks are dealt out to folds. A block should be wider than the range over which residuals
    are alike (Roberts et al. 2017, Ecography 40, 913).

    Parameters
    ----------
    latitude, longitude : array_like, shape (n,)
        Degrees north and east.
    n_folds : int
        Folds.
    block_km : float
        Side of a block.
    buffer_km : float
        Training rows nearer than this to any test row (great circle) are left out of that fold.
    seed : int
        Of origin and dealing.

    Returns
    -------
    Folds
        ``units`` are the blocks.

    Raises
    ------
    ValueError
        If coordinates are missing or out of range, blocks are fewer than folds, or a buffer leaves no training rows.
    """
    north, east = np.asarray(latitude, float), np.asarray(longitude, float)
    if north.shape != east.shape or north.ndim != 1:
        raise ValueError("latitude and longitude must have one dimension and the same length")
    if not (np.isfinite(north) & np.isfinite(east)).all():
        raise ValueError("latitude or longitude is missing in some rows: leave these rows out")
    if (np.abs(north) > 90).any() or (np.abs(east) > 360).any():
        raise ValueError("latitude must lie within 90 and longitude within 360 degrees; are they interchanged?")
    if not block_km > 0 or buffer_km < 0:
        raise ValueError("block_km must be above 0 and buffer_km not negative")
    rng = np.random.default_rng(seed)
    height = min(block_km / KM_PER_DEGREE, 180.0)
    band = np.floor((north + 90 + rng.uniform(0, height)) / height).astype(int)
    middle = np.radians(np.clip((band + 0.5) * height - 90 - height / 2, -89.9, 89.9))
    per_band = np.maximum(np.floor(2 * np.pi * EARTH_RADIUS_KM * np.cos(middle) / block_km), 1)
    column = np.floor((east + rng.uniform(0, 360)) % 360 / (360 / per_band)).astype(int)
    blocks = np.asarray(pd.factorize(band.astype(np.int64) * 1_000_000 + column)[0], np.intp)
    n_blocks = int(blocks.max()) + 1
    _check(n_folds, n_blocks, f"blocks of {block_km:g} km")
    train, test = _from_labels(_deal_units(blocks, n_folds, rng), n_folds)
    words = f"{n_folds} folds of {n_blocks} blocks of {block_km:g} km"
    if buffer_km:
        phi, lam = np.radians(north), np.radians(east)
        points = np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
        train = tuple(_outside(points, rows, tested, buffer_km) for rows, tested in zip(train, test, strict=True))
        if min(map(len, train)) < 2:
            raise ValueError(f"a buffer of {buffer_km:g} km leaves no rows to train on: take a smaller one")
        words += f", training rows at least {buffer_km:g} km away"
    return Folds(train, test, len(north), blocks, words)


def _outside(points: NDArray[np.float64], train: Indices, test: Indices, buffer_km: float) -> Indices:
    """Training rows farther than the buffer from all test rows; points lie on the unit sphere."""
    from scipy.spatial import cKDTree

    chord = 2 * np.sin(min(buffer_km / EARTH_RADIUS_KM, np.pi) / 2)
    nearest, _ = cKDTree(points[test]).query(points[train], distance_upper_bound=chord)
    return train[~np.isfinite(nearest)]
