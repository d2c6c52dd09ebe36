"""Several grouping factors with many levels: the largest is eliminated by levels, the rest by its Schur complement.

Stage one is the single-factor closed form with the other factors' columns as further right-hand sides, which leaves
H = Z2' V1^-1 Z2 (sparse). Stage two is a Cholesky factor of I + L' H L with D2 = L L', taken for each connected
component of the levels apart: nested factors fall into one small block per outermost level, crossed ones stay one
dense block. Cost of a state: the rows' pairs of levels, plus m^3 for a component with m coefficients outside the
eliminated factor. Exact second derivatives would cost far more, and are not given (see `criterion`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse
from scipy.sparse import csgraph

from coldcarbon.stats.mixed.dense import indicator
from coldcarbon.stats.mixed.factors import (
    Direction,
    Factor,
    Floats,
    inverse_and_log_determinant,
    slices_of,
    sums_by_level,
)

__all__ = ["Crossed"]

# A root of exactly zero is moved this far, in units of the residual SD: the covariance changes by 1e-12 of it.
_FLOOR = 1e-6
_PAIRS = 20_000_000  # pairs of coefficients that share a level of the eliminated factor (12 bytes each)


@dataclass(frozen=True)
class _Bucket:
    """Components of about one size, padded to the same width.

    `members` holds coefficient numbers, shape (components, width), -1 where there is none.
    """

    members: NDArray[np.intp]


class Crossed:
    """Sums of the rows of several factors; factors may come in any order."""

    def __init__(self, factors: Sequence[Factor], right: Floats) -> None:
        self.slices = slices_of(factors)
        self.shapes = [(factor.n_levels, factor.width) for factor in factors]
        self.first = int(np.argmax([factor.size for factor in factors]))
        self.rest = [number for number in range(len(factors)) if number != self.first]
        eliminated = factors[self.first]
        sums = sums_by_level(eliminated, np.concatenate([eliminated.columns, right], axis=1))
        self.inner = sums[:, :, : eliminated.width]
        self.right = np.ascontiguousarray(sums[:, :, eliminated.width :])
        outer = sparse.hstack([indicator(factors[number]) for number in self.rest], format="csr")
        self.between = (indicator(eliminated).T @ outer).tocsr()
        self.outer = (outer.T @ outer).tocsr()
        self.outer_right = outer.T @ right
        self.total = right.T @ right
        self.rest_slices = slices_of([factors[number] for number in self.rest])
        self._components(factors)
        sizes = [bucket.members.size * bucket.members.shape[1] for bucket in self.buckets]
        self.ends = np.cumsum([0, *sizes])
        self.outer_blocks = self.split(self.outer)
        self.pairs = self._pairs()

    def _pairs(self) -> sparse.csc_array | None:
        """The map from weights w of the levels eliminated to Z2' Z1 diag(w) Z1' Z2 in the buckets' order of cells.

        It turns each of the sparse products of a state into one pass over the pairs, each once: only the upper
        triangles are given. None for an eliminated factor
        with several columns, and where the pairs would fill memory; the products are made then.
        """
        counts = np.diff(self.between.indptr)
        total = int((counts.astype(np.int64) ** 2).sum())
        if self.inner.shape[1] > 1 or total > _PAIRS:
            return None
        repeats = np.repeat(counts, counts)
        first = np.repeat(np.arange(len(repeats)), repeats)
        start = np.repeat(self.between.indptr[:-1], counts)  # of the row that an entry stands in
        second = np.arange(total) - np.repeat(np.cumsum(repeats) - repeats, repeats) + start[first]
        columns = self.between.indices
        bucket = self.bucket_of[columns]
        width = np.array([one.members.shape[1] for one in self.buckets])[bucket]
        cell = self.ends[bucket] + (self.row_of[columns] * width + self.place_of[columns]) * width
        upper = self.place_of[columns[first]] <= self.place_of[columns[second]]
        first, second = first[upper], second[upper]
        places = cell[first] + self.place_of[columns[second]]
        data = self.between.data[first] * self.between.data[second]
        starts = np.concatenate([[0], np.cumsum(counts.astype(np.int64) * (counts + 1) // 2)])
        return sparse.csc_array((data, places, starts), shape=(self.ends[-1], len(counts)))

    def cut(self, flat: Floats) -> list[Floats]:
        """Blocks by bucket of all their cells after each other."""
        widths = [bucket.members.shape[1] for bucket in self.buckets]
        parts = zip(pairwise(self.ends), widths, strict=True)
        return [flat[start:stop].reshape(-1, width, width) for (start, stop), width in parts]

    def _components(self, factors: Sequence[Factor]) -> None:
        """Sort the coefficients of the rest into buckets of connected components."""
        ends = np.cumsum([0, *(factor.n_levels for factor in factors)])
        nodes = [factor.codes + start for factor, start in zip(factors, ends[:-1], strict=True)]
        rows = np.concatenate([nodes[self.first]] * len(self.rest))
        columns = np.concatenate([nodes[number] for number in self.rest])
        graph = sparse.coo_array((np.ones(len(rows), dtype=np.int8), (rows, columns)), shape=(ends[-1], ends[-1]))
        n_components, label = csgraph.connected_components(graph, directed=False)
        labels = np.concatenate(
            [np.repeat(label[ends[number] : ends[number + 1]], factors[number].width) for number in self.rest]
        )
        counts = np.bincount(labels, minlength=n_components)
        order = np.argsort(labels, kind="stable")
        place = np.arange(len(labels)) - np.repeat(np.cumsum(counts) - counts, counts)
        sizes = np.ceil(np.log2(np.maximum(counts, 1))).astype(np.intp)
        self.bucket_of = np.empty(len(labels), dtype=np.intp)
        self.row_of = np.empty(len(labels), dtype=np.intp)
        self.place_of = np.empty(len(labels), dtype=np.intp)
        self.place_of[order] = place
        self.buckets: list[_Bucket] = []
        for size in np.unique(sizes):
            chosen = np.flatnonzero(sizes == size)
            number = np.full(n_components, -1, dtype=np.intp)
            number[chosen] = np.arange(len(chosen))
            mine = np.flatnonzero(number[labels] >= 0)
            members = np.full((len(chosen), counts[chosen].max()), -1, dtype=np.intp)
            members[number[labels[mine]], self.place_of[mine]] = mine
            self.bucket_of[mine] = len(self.buckets)
            self.row_of[mine] = number[labels[mine]]
            self.buckets.append(_Bucket(members))

    @property
    def single(self) -> bool:
        """Whether all levels hang together, so that blocks are in the order of the coefficients."""
        return len(self.buckets) == 1 and len(self.buckets[0].members) == 1

    def split(self, matrix: sparse.sparray) -> list[Floats]:
        """Dense blocks of a sparse matrix over the rest, by bucket; coefficients of two components never meet."""
        if self.single:
            return [matrix.toarray()[None]]
        entries = matrix.tocoo()
        result = []
        for number, bucket in enumerate(self.buckets):
            blocks = np.zeros((*bucket.members.shape, bucket.members.shape[1]))
            here = self.bucket_of[entries.row] == number
            row, column = entries.row[here], entries.col[here]
            blocks[self.row_of[row], self.place_of[row], self.place_of[column]] = entries.data[here]
            result.append(blocks)
        return result

    def join(self, blocks: Sequence[Floats]) -> sparse.csr_array:
        """The sparse matrix of dense blocks by bucket."""
        rows, columns, data = [], [], []
        for bucket, values in zip(self.buckets, blocks, strict=True):
            row = np.broadcast_to(bucket.members[:, :, None], values.shape)
            column = np.broadcast_to(bucket.members[:, None, :], values.shape)
            real = (row >= 0) & (column >= 0)
            rows.append(row[real])
            columns.append(column[real])
            data.append(values[real])
        size = self.rest_slices[-1].stop
        places = (np.concatenate(rows), np.concatenate(columns))
        return sparse.coo_array((np.concatenate(data), places), shape=(size, size)).tocsr()

    def at(self, roots: Sequence[Floats]) -> CrossedState:
        """State at D = root root' for each factor."""
        return CrossedState(self, [_regular(root) for root in roots])


def _regular(root: Floats) -> Floats:
    """The lower triangular root with no diagonal element nearer to zero than `_FLOOR`."""
    triangle = np.asarray(np.linalg.qr(root.T, mode="r")).T
    diagonal = np.diag(triangle)
    moved = np.where(np.abs(diagonal) < _FLOOR, np.where(diagonal < 0, -_FLOOR, _FLOOR), diagonal)
    return np.asarray(np.tril(triangle, -1) + np.diag(moved))


def _block_diagonal(blocks: Floats) -> sparse.sparray:
    levels, width, _ = blocks.shape
    if width == 1:
        return sparse.dia_array((blocks.reshape(1, levels), [0]), shape=(levels, levels))
    shape = (levels * width, levels * width)
    return sparse.bsr_array((blocks, np.arange(levels), np.arange(levels + 1)), shape=shape).tocsr()


class CrossedState:
    """See `coldcarbon.stats.mixed.factors.State`."""

    def __init__(self, system: Crossed, roots: Sequence[Floats]) -> None:
        self.system, self.roots = system, roots
        first = system.first
        levels, width, columns = system.right.shape
        covariance = roots[first] @ roots[first].T
        pushed, self.log_determinant = inverse_and_log_determinant(np.eye(width) + system.inner @ covariance)
        self.near_inner = pushed @ system.inner
        near_right = (pushed @ system.right).reshape(levels * width, columns)
        self.spread = covariance @ pushed  # (D1^-1 + A)^-1, by level
        self.spread_sparse = _block_diagonal(self.spread)
        self.reach = (_block_diagonal(pushed) @ system.between).tocsr()  # Z1' V1^-1 Z2
        moved = (self.spread @ system.right).reshape(levels * width, columns)
        cross = system.total - system.right.reshape(levels * width, columns).T @ moved
        self.pushed = pushed
        if system.pairs is not None:
            moved_blocks = [_mirrored(blocks) for blocks in system.cut(system.pairs @ self.spread.ravel())]
            self.complement = [blocks - moved for blocks, moved in zip(system.outer_blocks, moved_blocks, strict=True)]
        else:
            weighted = self.spread_sparse @ system.between
            self.complement = system.split((system.outer - system.between.T @ weighted).tocsr())
        outer_right = system.outer_right - system.between.T @ moved
        self._second_stage()
        solved = self._times(self.inverse, outer_right)
        self.cross = cross - outer_right.T @ solved
        self.right = np.empty((system.slices[-1].stop, columns))
        self.right[system.slices[first]] = near_right - self.reach @ solved
        rest_right = outer_right - self._times(self.complement, solved)
        for number, place in zip(system.rest, system.rest_slices, strict=True):
            self.right[system.slices[number]] = rest_right[place]
        self.traces = self._traces()

    def _second_stage(self) -> None:
        """W = L (I + L' H L)^-1 L' by component, and the diagonal blocks of S L for the rest."""
        system = self.system
        blocks_of_root = self._root_blocks()
        self.inverse: list[Floats] = []
        products = []
        for number, (block, root) in enumerate(zip(self.complement, blocks_of_root, strict=True)):
            if root.ndim == 2:  # widths of one: the root is diagonal
                turned = block * root[:, None, :]
                middle = turned * root[:, :, None]
            else:
                turned = block @ root
                middle = np.swapaxes(root, 1, 2) @ turned
            width = middle.shape[-1]
            middle[:, np.arange(width), np.arange(width)] += 1.0
            if len(middle) == 1 and width > 1:
                inverse, log_determinant = _inverse_of_one(middle[0])
            else:
                inverse, log_determinant = inverse_and_log_determinant(middle)
            self.log_determinant += log_determinant
            # the rows of S L = H L (I + L' H L)^-1 that a level has in common with itself
            products.append(self._own_level(number, turned, inverse))
            if root.ndim == 2:
                self.inverse.append(inverse * root[:, :, None] * root[:, None, :])
            else:
                self.inverse.append(root @ inverse @ np.swapaxes(root, 1, 2))
        self.rest_traces = [
            sum(parts[index] for parts in products) @ linalg.inv(self.roots[number], check_finite=False)
            for index, number in enumerate(system.rest)
        ]

    def _root_blocks(self) -> list[Floats]:
        """The root of D2 by bucket: diagonals (components, width), or blocks (components, width, width)."""
        system = self.system
        stacked = [
            np.broadcast_to(self.roots[number], (system.shapes[number][0], *self.roots[number].shape))
            for number in system.rest
        ]
        if all(system.shapes[number][1] == 1 for number in system.rest):
            diagonal = np.append(np.concatenate([values.ravel() for values in stacked]), 0.0)
            return [diagonal[bucket.members] for bucket in system.buckets]
        return system.split(sparse.block_diag([_block_diagonal(values) for values in stacked], format="csr"))

    def _own_level(self, bucket: int, left: Floats, right: Floats) -> list[Floats]:
        """For each factor of the rest the sum over levels of the diagonal blocks of left @ right, right symmetric."""
        system = self.system
        result = []
        for number, place in zip(system.rest, system.rest_slices, strict=True):
            width = system.shapes[number][1]
            total = np.empty((width, width))
            if system.single:
                for a in range(width):
                    for b in range(width):
                        rows, columns = (slice(place.start + start, place.stop, width) for start in (a, b))
                        total[a, b] = np.einsum("ij,ij->", left[0, rows], right[0, columns])
            else:
                numbers = np.arange(place.start, place.stop).reshape(-1, width)
                numbers = numbers[system.bucket_of[numbers[:, 0]] == bucket]
                row, places = system.row_of[numbers[:, 0]], system.place_of[numbers]
                for a in range(width):
                    for b in range(width):
                        total[a, b] = np.vdot(left[row, places[:, a]], right[row, places[:, b]])
            result.append(total)
        return result

    def _times(self, blocks: Sequence[Floats], vectors: Floats) -> Floats:
        """A matrix of blocks by bucket times vectors over the rest."""
        system = self.system
        if system.single:
            return np.asarray(blocks[0][0] @ vectors)
        result = np.empty(vectors.shape)
        padded = np.concatenate([vectors, np.zeros((1, vectors.shape[1]))])
        for bucket, values in zip(system.buckets, blocks, strict=True):
            real = bucket.members >= 0
            result[bucket.members[real]] = (values @ padded[bucket.members])[real]
        return result

    def _traces(self) -> list[Floats]:
        system = self.system
        width = self.near_inner.shape[1]
        eliminated = self.near_inner.sum(axis=0)
        if system.pairs is not None:
            halves = system.cut(system.pairs @ self.pushed.ravel() ** 2)
            for inverse, half in zip(self.inverse, halves, strict=True):
                diagonal = np.einsum("cii,cii->", inverse, half)
                eliminated[0, 0] -= 2.0 * np.vdot(inverse, half) - diagonal
        reach = [self.reach[column::width] for column in range(width if system.pairs is None else 0)]
        for a in range(len(reach)):
            for b in range(a + 1):
                blocks = system.split((reach[a].T @ reach[b]).tocsr())
                value = sum(np.vdot(left, right) for left, right in zip(self.inverse, blocks, strict=True))
                eliminated[a, b] -= value
                if a != b:
                    eliminated[b, a] -= value
        result: list[Floats] = [eliminated] * len(system.shapes)
        for number, trace in zip(system.rest, self.rest_traces, strict=True):
            result[number] = 0.5 * (trace + trace.T)
        return result

    def apply(self, vectors: Floats) -> Floats:
        """S times vectors (q, m)."""
        system = self.system
        levels, width, _ = self.near_inner.shape
        mine = vectors[system.slices[system.first]]
        others = np.concatenate([vectors[system.slices[number]] for number in system.rest])
        near = (self.near_inner @ mine.reshape(levels, width, -1)).reshape(mine.shape) + self.reach @ others
        far = self.reach.T @ mine + self._times(self.complement, others)
        solved = self._times(self.inverse, far)
        result = np.empty(vectors.shape)
        result[system.slices[system.first]] = near - self.reach @ solved
        rest = far - self._times(self.complement, solved)
        for number, place in zip(system.rest, system.rest_slices, strict=True):
            result[system.slices[number]] = rest[place]
        return result

    def trace_products(self, directions: Sequence[Direction], half: Floats | None) -> None:
        """Not given: it would need S as a whole."""

    def conditional(self) -> list[Floats]:
        """Diagonal blocks of (D^-1 + Z' Z)^-1."""
        system = self.system
        result: list[Floats] = [np.empty(0)] * len(system.shapes)
        width = self.near_inner.shape[1]
        far = (self.spread_sparse @ system.between).tocsr()
        through = None if system.single else (far @ system.join(self.inverse)).tocsr()
        blocks = self.spread.copy()
        for a in range(width):
            for b in range(width):
                if through is not None:
                    value = through[a::width].multiply(far[b::width]).sum(axis=1)
                else:
                    value = _row_products(far[a::width], self.inverse[0][0], far[b::width])
                blocks[:, a, b] += np.asarray(value).ravel()
        result[system.first] = blocks
        for number, place in zip(system.rest, system.rest_slices, strict=True):
            count, wide = system.shapes[number]
            numbers = np.arange(place.start, place.stop).reshape(count, wide)
            own = np.empty((count, wide, wide))
            for index, inverse in enumerate(self.inverse):
                here = system.bucket_of[numbers[:, 0]] == index
                spots = system.place_of[numbers[here]]
                own[here] = inverse[
                    system.row_of[numbers[here, 0]][:, None, None], spots[:, :, None], spots[:, None, :]
                ]
            result[number] = own
        return result


def _mirrored(upper: Floats) -> Floats:
    """Symmetric matrices (components, m, m) of their upper triangles."""
    whole = upper + np.swapaxes(upper, 1, 2)
    width = upper.shape[-1]
    whole[:, np.arange(width), np.arange(width)] *= 0.5
    return whole


def _inverse_of_one(matrix: Floats) -> tuple[Floats, float]:
    """Inverse (1, m, m) and log determinant of one positive definite matrix."""
    factor, info = linalg.lapack.dpotrf(matrix.T, lower=1, clean=1, overwrite_a=1)
    diagonal = np.diag(factor).copy()
    lower, failed = linalg.lapack.dpotri(factor, lower=1, overwrite_c=1)
    if info or failed:
        raise np.linalg.LinAlgError("the system of the random effects is not positive definite")
    inverse = lower + lower.T
    inverse[np.diag_indices(len(inverse))] *= 0.5
    return inverse[None], 2.0 * float(np.log(diagonal).sum())


def _row_products(left: sparse.sparray, middle: Floats, right: sparse.sparray) -> Floats:
    """Diagonal of left @ middle @ right', a few thousand rows at a time."""
    step = max(1, 4_000_000 // middle.shape[1])
    parts = []
    for start in range(0, left.shape[0], step):
        turned = left[start : start + step] @ middle
        parts.append(np.asarray(right[start : start + step].multiply(turned).sum(axis=1)).ravel())
    return np.concatenate(parts)
