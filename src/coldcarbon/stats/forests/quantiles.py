"""Quantiles of the response from the rows that share leaves with a new row."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.forests.grow import in_threads

if TYPE_CHECKING:
    from coldcarbon.stats.forests.forest import Forest

__all__ = ["leaf_quantiles"]

Floats = NDArray[np.float64]
_CELLS = 4_000_000  # weights of new rows on training rows held at once (32 MB)


def leaf_quantiles(
    forest: Forest,
    rows: NDArray[np.float32],
    quantiles: Sequence[float],
    *,
    out_of_bag: NDArray[np.bool_] | None = None,
    n_jobs: int = 1,
) -> Floats:
    """Weighted quantiles of the training responses (Meinshausen 2006).

    Parameters
    ----------
    forest : Forest
        As grown.
    rows : numpy.ndarray of float32, shape (m, columns)
        Standardised new rows.
    quantiles : sequence of float
        Between 0 and 1.
    out_of_bag : numpy.ndarray of bool, shape (trees, m), optional
        Trees that may speak for each row, where ``rows`` are the training rows; all trees if left out.
    n_jobs : int
        Threads.

    Returns
    -------
    numpy.ndarray, shape (m, quantiles)
        Smallest response at which the weights reach the quantile.
    """
    from scipy import sparse

    wanted = np.asarray(quantiles, float)
    if wanted.ndim != 1 or not wanted.size or not ((wanted > 0) & (wanted < 1)).all():
        raise ValueError("quantiles must be a sequence of numbers between 0 and 1")
    ascending = np.argsort(forest.response, kind="stable")
    y = forest.response[ascending]
    training = forest.predictors[ascending]
    often = np.ones(len(y)) if forest.multiplicity is None else forest.multiplicity[ascending].astype(float)
    m, n, n_trees = len(rows), len(y), forest.n_trees

    def leaves_of(t: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        return forest.trees[t].apply(training), forest.trees[t].apply(rows)

    both = in_threads(leaves_of, range(n_trees), n_jobs)
    first = np.concatenate([[0], np.cumsum([tree.node_count for tree in forest.trees])])
    of_training = np.array([part[0] for part in both]) + first[:-1, None]
    of_new = np.array([part[1] for part in both]) + first[:-1, None]
    every_row = np.broadcast_to(np.arange(n), (n_trees, n)).ravel()
    size = np.bincount(of_training.ravel(), weights=np.tile(often, n_trees), minlength=first[-1])
    shares = sparse.csr_array(
        (often[every_row] / size[of_training.ravel()], (of_training.ravel(), every_row)), shape=(int(first[-1]), n)
    )
    place_of = np.empty(n, np.intp)
    place_of[ascending] = np.arange(n)
    speaks = np.ones((n_trees, m), bool) if out_of_bag is None else out_of_bag
    result = np.full((m, wanted.size), np.nan)
    step = max(_CELLS // n, 1)
    for start in range(0, m, step):
        part = slice(start, min(start + step, m))
        tree_index, row_index = np.nonzero(speaks[:, part])
        here = np.array(of_new[:, part])[tree_index, row_index]
        # a training row does not speak for itself, and its share of the leaf falls to the others
        others = size[here] if out_of_bag is None else size[here] - often[place_of[row_index + start]]
        enough = others > 0
        member = sparse.csr_array(
            ((size[here] / np.where(enough, others, 1.0))[enough], (row_index[enough], here[enough])),
            shape=(part.stop - part.start, int(first[-1])),
        )
        weights = (member @ shares).toarray()
        if out_of_bag is not None:
            weights[np.arange(len(weights)), place_of[part]] = 0.0
        reached = np.cumsum(weights, axis=1)
        total = reached[:, -1:]
        known = total[:, 0] > 0
        for k, level in enumerate(wanted):
            # a hair below, so that rounding does not push a level that is just reached to the next row
            place = (reached >= level * total * (1 - 1e-12)).argmax(axis=1)
            result[part, k] = np.where(known, y[place], np.nan)
    return result
