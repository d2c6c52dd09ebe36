"""Cross-products of a design, in coordinates in which penalties are simple, with one group set aside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from scipy import linalg, sparse

from coldcarbon.stats.gamm.basis import Floats
from coldcarbon.stats.gamm.design import Design, Random, Smooth
from coldcarbon.stats.gamm.penalty import ASIDE, Covariance, Penalty, Ridge, Tensor

__all__ = ["Placed", "System"]

SET_ASIDE = 24  # coefficients of a group from which on setting it aside pays
EXACT = 1e-22  # share of the sum of squares below which the rest is rounding
RANK_TOLERANCE = 1e-10  # of the pivots of the scaled parametric columns


Term = TypeVar("Term", Smooth, Random)


@dataclass(frozen=True)
class Placed(Generic[Term]):
    """Where a term's coefficients stand.

    Attributes
    ----------
    term : Smooth or Random
        The term.
    start, stop : int
        Among all coefficients: parametric, smooths, random effects in the order of the formula; random effects of
        several columns stand column by column.
    scaling : ndarray, shape (columns,)
        By which the columns of random effects were divided, empty for smooths.
    """

    term: Term
    start: int
    stop: int
    scaling: Floats


@dataclass(frozen=True)
class System:
    """Normal equations of a penalised fit, (X'X + S) b = X'y, split into a dense part and blocks of one group.

    The group with most coefficients has block-diagonal cross-products: q blocks of size m x m. It is eliminated from
    every equation (a Schur complement), so an iteration costs O(p^3 + q m p^2) for p coefficients beside it, and
    nothing grows with the number of rows.

    Attributes
    ----------
    n : int
        Rows.
    n_parametric : int
        Unpenalised columns that are not of a smooth.
    n_unpenalised : int
        All unpenalised directions.
    gram : ndarray, shape (p, p)
        X'X of the dense part, in internal coordinates.
    right : ndarray, shape (p,)
        X'y of it.
    blocks : ndarray, shape (q, m, m)
        X'X of the group set aside.
    cross : ndarray, shape (q, m, p)
        X'X between both.
    right_aside : ndarray, shape (q, m)
        X'y of the group set aside.
    squares : float
        y'y after projection on the parametric columns.
    penalties : tuple of Penalty
        One for each smooth and random term.
    unpenalised : ndarray of bool, shape (p,)
        Internal coordinates without penalty.
    log_scale : float
        log|X'X| of the parametric columns, which internal coordinates have taken out.
    smooths, randoms : tuple of Placed
        Where their coefficients stand.
    transforms : tuple of ndarray
        From internal to own coordinates of each smooth.
    projection : ndarray
        Of the response on the parametric columns, which the other members are free of.
    parametric_root : ndarray
        R of the QR decomposition of the parametric columns.
    order_aside : tuple of int
        Random terms of the group set aside.
    gram_full : sparse array
        X'X of all random effects.
    """

    n: int
    n_parametric: int
    n_unpenalised: int
    gram: Floats
    right: Floats
    blocks: Floats
    cross: Floats
    right_aside: Floats
    squares: float
    penalties: tuple[Penalty, ...]
    unpenalised: np.ndarray
    log_scale: float
    smooths: tuple[Placed[Smooth], ...]
    randoms: tuple[Placed[Random], ...]
    transforms: tuple[Floats, ...]
    projection: Floats
    parametric_root: Floats
    order_aside: tuple[int, ...]
    gram_full: sparse.csr_array

    @property
    def placed(self) -> tuple[Placed[Smooth] | Placed[Random], ...]:
        """All terms with a penalty."""
        return (*self.smooths, *self.randoms)

    @classmethod
    def of(cls, design: Design, *, aside: bool = True) -> System:
        """Cross-products of a design, computed once.

        Parameters
        ----------
        design : Design
            Columns, groups and penalties.
        aside : bool
            Whether a group may be set aside.

        Returns
        -------
        System

        Raises
        ------
        ValueError
            If parametric columns determine each other, or outnumber the rows.
        """
        y, dense = design.response, design.dense
        n, k = len(y), len(design.parametric.names)
        root, basis = _orthogonal(dense[:, :k], design.parametric.names)
        projection = basis.T @ y
        rest = y - basis @ projection
        rest -= basis @ (basis.T @ rest)
        if rest @ rest <= EXACT * ((y - y.mean()) ** 2).sum():
            raise ValueError("nothing is left of the response after the linear terms: it is a function of them")

        smooths: list[Placed[Smooth]] = []
        randoms: list[Placed[Random]] = []
        transforms: list[Floats] = []
        columns = [basis]
        unpenalised = [np.ones(k, bool)]
        start = k
        for smooth in design.smooths:
            transform, free = _simple(smooth)
            smooths.append(Placed(smooth, start, start + smooth.size, np.empty(0)))
            transforms.append(transform)
            columns.append(dense[:, start : start + smooth.size] @ transform)
            unpenalised.append(free)
            start += smooth.size
        inner = np.hstack(columns)
        scaled = []
        for random, values in zip(design.randoms, design.values, strict=True):
            size = np.sqrt((values**2).mean(axis=0))
            scaled.append(values / size)
            randoms.append(Placed(random, start, start + random.size, size))
            start += random.size

        effects = _effects(design, scaled)
        gram_random = (effects.T @ effects).tocsr()
        cross_random = effects.T @ inner
        right_random = effects.T @ rest
        gram_dense = inner.T @ inner

        chosen = _largest_group(design) if aside else ()
        offset = np.concatenate([[0], np.cumsum([random.size for random in design.randoms])]).astype(int)
        kept = [j for j in range(len(design.randoms)) if j not in chosen]
        inside = np.concatenate([np.arange(offset[j], offset[j + 1]) for j in kept] or [np.empty(0, int)]).astype(int)
        p = inner.shape[1]
        gram = np.empty((p + len(inside), p + len(inside)))
        gram[:p, :p] = gram_dense
        if len(inside):
            gram[p:, :p] = cross_random[inside]
            gram[:p, p:] = cross_random[inside].T
            gram[p:, p:] = gram_random[inside][:, inside].toarray()
        right = np.concatenate([inner.T @ rest, right_random[inside]])

        if chosen:
            q = len(design.randoms[chosen[0]].levels)
            # level by level, all columns of the group together
            parts = [offset[j] + np.arange(design.randoms[j].size).reshape(-1, q) for j in chosen]  # each (columns, q)
            index = np.vstack(parts).T  # (q, m)
            m = index.shape[1]
            flat = index.ravel()
            cross = np.empty((q * m, len(gram)))
            cross[:, :p] = cross_random[flat]
            if len(inside):
                cross[:, p:] = gram_random[flat][:, inside].toarray()
            cross = cross.reshape(q, m, -1)
            blocks = np.empty((q, m, m))
            codes = design.codes[chosen[0]]
            stacked = np.column_stack([scaled[j] for j in chosen])
            for a in range(m):
                for b in range(a + 1):
                    blocks[:, a, b] = blocks[:, b, a] = np.bincount(codes, stacked[:, a] * stacked[:, b], minlength=q)
            right_aside = right_random[index]
        else:
            cross, blocks, right_aside = np.empty((0, 0, len(gram))), np.empty((0, 0, 0)), np.empty((0, 0))

        penalties = _penalties(design, k, p, kept, chosen)
        return cls(
            n=n,
            n_parametric=k,
            n_unpenalised=int(sum(part.sum() for part in unpenalised)),
            gram=gram,
            right=right,
            blocks=blocks,
            cross=cross,
            right_aside=right_aside,
            squares=float(rest @ rest),
            penalties=penalties,
            unpenalised=np.concatenate([*unpenalised, np.zeros(len(inside), bool)]),
            log_scale=float(2 * np.log(np.abs(np.diag(root))).sum()),
            smooths=tuple(smooths),
            randoms=tuple(randoms),
            transforms=tuple(transforms),
            projection=projection,
            parametric_root=root,
            order_aside=chosen,
            gram_full=gram_random,
        )


def _orthogonal(columns: Floats, names: tuple[str, ...]) -> tuple[Floats, Floats]:
    """QR of the parametric columns; refused if they determine each other."""
    n, k = columns.shape
    if k >= n:
        raise ValueError(f"{k} coefficients without penalty for {n} rows: leave out terms")
    if k == 0:
        return np.empty((0, 0)), np.empty((n, 0))
    length = np.sqrt((columns**2).sum(axis=0))
    basis, root = np.linalg.qr(columns / length)
    weak = np.abs(np.diag(root)) < RANK_TOLERANCE
    if weak.any():
        raise ValueError(
            f"{', '.join(np.array(names)[weak])} follows from the other linear terms: leave it out, "
            "or leave out what it follows from"
        )
    sign = np.sign(np.diag(root))
    return sign[:, None] * root * length, basis * sign


def _simple(smooth: Smooth) -> tuple[Floats, np.ndarray]:
    """Coordinates in which one penalty is the identity on its range, or several vanish on a common null space."""
    values, vectors = np.linalg.eigh(sum(penalty / np.trace(penalty) for penalty in smooth.penalties))
    values, vectors = values[::-1].copy(), vectors[:, ::-1]
    free = np.arange(smooth.size) >= smooth.rank
    if len(smooth.penalties) == 1:
        scale = np.where(free, 1.0, 1 / np.sqrt(np.where(free, 1.0, values * np.trace(smooth.penalties[0]))))
        return vectors * scale, free
    return vectors, free


def _effects(design: Design, scaled: list[Floats]) -> sparse.csr_array:
    """All columns of random effects, as many entries per row as there are columns."""
    n = len(design.response)
    index, entries, start = [], [], 0
    for random, codes, values in zip(design.randoms, design.codes, scaled, strict=True):
        q = len(random.levels)
        for column in values.T:
            index.append(start + codes)
            entries.append(column)
            start += q
    width = len(index)
    if not width:
        return sparse.csr_array((n, 0))
    rows = np.arange(0, n * width + 1, width)
    return sparse.csr_array((np.column_stack(entries).ravel(), np.column_stack(index).ravel(), rows), shape=(n, start))


def _largest_group(design: Design) -> tuple[int, ...]:
    """Random terms of the group with most coefficients."""
    groups: dict[tuple[str, ...], list[int]] = {}
    for j, random in enumerate(design.randoms):
        groups.setdefault(random.term.group, []).append(j)
    if not groups:
        return ()
    best = max(groups.values(), key=lambda members: sum(design.randoms[j].size for j in members))
    return tuple(best) if sum(design.randoms[j].size for j in best) >= SET_ASIDE else ()


def _penalties(design: Design, k: int, p: int, kept: list[int], chosen: tuple[int, ...]) -> tuple[Penalty, ...]:
    found: list[Penalty] = []
    start, parameter = k, 0
    for smooth in design.smooths:
        if smooth.eigenvalues is None:
            found.append(Ridge(parameter, start, smooth.rank))
        else:
            transform, _ = _simple(smooth)
            inner = tuple(transform.T @ penalty @ transform for penalty in smooth.penalties)
            for matrix in inner:
                matrix[smooth.rank :] = 0
                matrix[:, smooth.rank :] = 0
            found.append(Tensor(parameter, start, smooth.rank, inner, smooth.eigenvalues))
        parameter += found[-1].n_parameters
        start += smooth.size
    dense_start = dict(zip(kept, np.cumsum([p, *(design.randoms[j].size for j in kept)]), strict=False))
    column = 0
    for j, random in enumerate(design.randoms):
        q, m = len(random.levels), len(random.term.columns)
        first = int(dense_start[j]) if j in dense_start else ASIDE
        if random.term.correlated:
            found.append(Covariance(parameter, first, q, m, column if first == ASIDE else 0))
            parameter += found[-1].n_parameters
        else:
            for a in range(m):
                at = ASIDE if first == ASIDE else first + a * q
                found.append(Ridge(parameter, at, q, column + a if first == ASIDE else 0))
                parameter += 1
        if j in chosen:
            column += m
    return tuple(found)


def symmetric_root(matrix: Floats) -> Floats:
    """Lower Cholesky factor.

    Parameters
    ----------
    matrix : ndarray, shape (p, p)
        Positive definite.

    Returns
    -------
    ndarray, shape (p, p)
    """
    return np.asarray(linalg.cholesky(matrix, lower=True, check_finite=False))
