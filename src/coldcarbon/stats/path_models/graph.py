"""Who causes whom: loops, causal order, paths."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

__all__ = ["causal_levels", "is_recursive", "loops", "simple_paths", "spectral_radius"]

Pattern = NDArray[np.bool_]
Floats = NDArray[np.float64]


def is_recursive(pattern: Pattern) -> bool:
    """Whether nothing causes itself, directly or not.

    Parameters
    ----------
    pattern : ndarray of bool, shape (v, v)
        True at (i, j) where j causes i.

    Returns
    -------
    bool
        True without loops.
    """
    remaining = pattern.copy()
    left = np.ones(len(pattern), bool)
    while left.any():
        roots = left & ~remaining.any(axis=1)
        if not roots.any():
            return False
        left &= ~roots
        remaining[:, roots] = False
    return True


def loops(pattern: Pattern) -> list[list[int]]:
    """Sets of variables that cause each other (strongly connected components of more than one).

    Parameters
    ----------
    pattern : ndarray of bool, shape (v, v)
        As in `is_recursive`.

    Returns
    -------
    list of list of int
        Places of the variables, each set ascending.
    """
    size = len(pattern)
    reach = pattern | np.eye(size, dtype=bool)
    for middle in range(size):
        reach |= reach[:, [middle]] & reach[[middle], :]
    mutual = reach & reach.T
    sets = {tuple(np.flatnonzero(row).tolist()) for row in mutual}
    return sorted(list(found) for found in sets if len(found) > 1)


def causal_levels(pattern: Pattern) -> NDArray[np.intp]:
    """Level of each variable: causes stand before effects, variables of one loop side by side.

    Parameters
    ----------
    pattern : ndarray of bool, shape (v, v)
        As in `is_recursive`.

    Returns
    -------
    ndarray of int, shape (v,)
        0 for variables without cause; else one more than the highest level among causes outside the loop.
    """
    size = len(pattern)
    group = np.arange(size)
    for members in loops(pattern):
        group[members] = members[0]
    level = np.zeros(size, np.intp)
    for _ in range(size):
        before = level.copy()
        for effect, cause in np.argwhere(pattern):
            if group[effect] != group[cause]:
                level[group == group[effect]] = max(level[effect], level[cause] + 1)
        if (level == before).all():
            break
    return level


def simple_paths(pattern: Pattern, source: int, target: int) -> Iterator[tuple[int, ...]]:
    """Directed paths that pass no variable twice.

    Parameters
    ----------
    pattern : ndarray of bool, shape (v, v)
        As in `is_recursive`.
    source, target : int
        Places of the ends.

    Yields
    ------
    tuple of int
        Places from source to target.
    """
    stack: list[tuple[int, ...]] = [(source,)]
    while stack:
        path = stack.pop()
        for following in np.flatnonzero(pattern[:, path[-1]])[::-1]:
            if following == target:
                yield (*path, target)
            elif following not in path:
                stack.append((*path, int(following)))


def spectral_radius(a: Floats) -> float:
    """Largest absolute eigenvalue of the matrix of direct effects.

    Parameters
    ----------
    a : ndarray, shape (v, v)
        Direct effects of columns on rows.

    Returns
    -------
    float
        Below 1 the effects of a disturbance die out as it goes round (stability index of Bentler and Freeman 1983,
        doi:10.1007/BF02314681); 0 without loops.
    """
    return float(np.abs(np.linalg.eigvals(a)).max(initial=0.0))
