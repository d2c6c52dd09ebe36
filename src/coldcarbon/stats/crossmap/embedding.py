"""Delay embeddings that never cross a gap or the end of a replicate, and neighbours in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Neighbours", "embed", "segment_codes", "shift"]

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

MOST_POINTS = 6_000  # distances of all pairs are kept: 6,000 points need 1 GB while they are sorted


def segment_codes(segments: ArrayLike | None, n: int) -> Ints:
    """Codes of the replicate that each row belongs to, a new one wherever the label changes.

    Parameters
    ----------
    segments : array_like, shape (n,), or None
        Labels; None for one series.
    n : int
        Rows.

    Returns
    -------
    ndarray of int, shape (n,)
        From 0.

    Raises
    ------
    ValueError
        If lengths differ or a label comes back after another: rows of a replicate must follow each other.
    """
    if segments is None:
        return np.zeros(n, np.intp)
    labels = np.asarray(segments)
    if labels.shape != (n,):
        raise ValueError(f"{n} rows but segments of shape {labels.shape}")
    changes = np.concatenate([[False], labels[1:] != labels[:-1]])
    codes = np.cumsum(changes)
    if len(np.unique(labels)) != codes[-1] + 1:
        raise ValueError("rows of a segment do not follow each other: sort by segment and time, or mark gaps by NaN")
    return codes.astype(np.intp)


def shift(values: Floats, steps: int, segments: Ints) -> Floats:
    """Value so many steps later within the same replicate, NaN where there is none.

    Parameters
    ----------
    values : ndarray, shape (n,) or (n, k)
        Columns are shifted alike.
    steps : int
        Negative looks back.
    segments : ndarray of int, shape (n,)
        From `segment_codes`.

    Returns
    -------
    ndarray
        Shape of ``values``.
    """
    result = np.full(values.shape, np.nan)
    n = len(values)
    if abs(steps) >= n:
        return result
    here = slice(max(0, -steps), n - max(0, steps))
    there = slice(max(0, steps), n - max(0, -steps))
    result[here] = values[there]
    apart = segments[here] != segments[there]
    result[here][apart] = np.nan
    return result


def embed(values: Floats, dimension: int, tau: int, segments: Ints) -> Floats:
    """Delay vectors ``(x_t, x_(t + tau), ..., x_(t + (E - 1) tau))``.

    Parameters
    ----------
    values : ndarray, shape (n,)
        One variable.
    dimension : int
        E.
    tau : int
        Negative looks back (as in pyEDM and rEDM).
    segments : ndarray of int, shape (n,)
        From `segment_codes`.

    Returns
    -------
    ndarray, shape (n, E)
        A row with NaN is no point of the embedding.
    """
    return np.stack([shift(values, i * tau, segments) for i in range(dimension)], axis=1)


@dataclass(frozen=True)
class Neighbours:
    """All points of an embedding in order of distance from each.

    Attributes
    ----------
    rows : ndarray of int, shape (m,)
        Row of the data that each point stands for.
    order : ndarray of int, shape (m, m)
        Points from the nearest on; those not allowed (itself, within the exclusion radius) last.
    distances : ndarray, shape (m, m)
        In that order; infinite for those not allowed.
    ranks : ndarray of int, shape (m, m)
        ``ranks[i, order[i, r]] = r``.
    """

    rows: Ints
    order: NDArray[np.signedinteger]
    distances: Floats
    ranks: NDArray[np.signedinteger]

    @classmethod
    def of(cls, points: Floats, rows: Ints, exclusion_radius: int, segments: Ints) -> Neighbours:
        """Sort all pairs once; cost grows with m squared.

        Equal distances are ordered by closeness in time, then the earlier row first (as pyEDM's simplex).

        Parameters
        ----------
        points : ndarray, shape (m, E)
            Without NaN.
        rows : ndarray of int, shape (m,)
            Their rows in the data.
        exclusion_radius : int
            Neighbours so many rows or fewer away, in the same segment, are not allowed.
        segments : ndarray of int, shape (n,)
            Of all rows.

        Returns
        -------
        Neighbours
            Of every point.
        """
        m = len(points)
        if m > MOST_POINTS:
            raise ValueError(f"{m} points: distances of all pairs are kept, which is too much beyond {MOST_POINTS}")
        distances = np.zeros((m, m))
        for column in points.T:
            difference = column[:, None] - column
            difference *= difference
            distances += difference
        np.sqrt(distances, out=distances)
        np.fill_diagonal(distances, np.inf)
        if exclusion_radius > 0:
            first = np.searchsorted(rows, rows - exclusion_radius)
            last = np.searchsorted(rows, rows + exclusion_radius, side="right")
            for i in range(m):
                near = np.arange(first[i], last[i])
                distances[i, near[segments[rows[near]] == segments[rows[i]]]] = np.inf
        order = np.argsort(distances, axis=1, kind="stable")
        ordered = np.take_along_axis(distances, order, axis=1)
        tied = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] < np.inf)
        for tie in np.flatnonzero(tied.any(axis=1)):
            order[tie] = np.lexsort((rows, np.abs(rows[tie] - rows), distances[tie]))
        kind = np.int16 if m < 2**15 else np.int32
        ranks = np.empty((m, m), kind)
        np.put_along_axis(ranks, order, np.broadcast_to(np.arange(m, dtype=kind), (m, m)), axis=1)
        return cls(rows, order.astype(np.int32), ordered, ranks)

    def nearest(self, k: int, libraries: Ints | None = None) -> tuple[Ints, Floats]:
        """The k nearest points of each point within libraries, and their weights.

        Parameters
        ----------
        k : int
            Neighbours.
        libraries : ndarray of int, shape (s, size), optional
            Points that may be neighbours, by sample; all points by default. A point drawn twice counts twice.

        Returns
        -------
        neighbours : ndarray of int, shape (k, s, m)
            Points; one sample if no libraries are given.
        weights : ndarray, shape (k, s, m)
            ``exp(-d / d_nearest)``, adding up to 1 over k; NaN where fewer than k neighbours are allowed.
        """
        m = len(self.rows)
        if libraries is None:
            found = np.broadcast_to(np.arange(k)[:, None, None], (k, 1, m))
        else:
            samples, size = libraries.shape
            within = np.take(self.ranks, libraries.ravel(), axis=1).reshape(m, samples, size)
            if size > k:
                within.partition(k - 1, axis=2)
            found = within[:, :, :k].transpose(2, 1, 0)
        flat = found + np.arange(0, m * m, m)
        neighbours = np.take(self.order.ravel(), flat)
        distances = np.take(self.distances.ravel(), flat)
        nearest = distances.min(axis=0)
        with np.errstate(invalid="ignore"):
            weights = np.exp(-distances / np.where(nearest > 0, nearest, 1.0))
        if (nearest == 0).any():
            weights = np.where(nearest == 0, (distances == 0).astype(float), weights)
        weights /= weights.sum(axis=0)
        if not np.isfinite(distances.max()):
            weights[:, np.isinf(distances).any(axis=0)] = np.nan
        return neighbours, weights
