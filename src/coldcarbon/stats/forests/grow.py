"""Which rows each tree sees, and the trees.

scikit-learn grows the trees. Two things make them those of R: a node is split while it holds more than ``nodesize``
rows counted as often as they were drawn (scikit-learn counts distinct rows, so trees are grown to the end and nodes of
at most that weight are closed afterwards, which leaves all other nodes as they are), and each tree keeps how often it
drew each row, for out-of-bag sums.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["draw_counts", "grow_trees", "in_threads", "tree_values", "without_closed_nodes"]

Floats = NDArray[np.float64]
Counts = NDArray[np.uint16]
Grower = Callable[[NDArray[np.float32], Floats, Floats, int, int | None, int], Any]
Item = TypeVar("Item")
Result = TypeVar("Result")

LEAF = -1
_UNUSED = np.random.MT19937(0)


def draw_counts(
    n: int,
    n_trees: int,
    rng: np.random.Generator,
    *,
    replace: bool = True,
    sample_fraction: float = 1.0,
    clusters: NDArray[np.intp] | None = None,
    multiplicity: NDArray[np.intp] | None = None,
) -> Counts:
    """How often each tree draws each row.

    Parameters
    ----------
    n, n_trees : int
        Rows and trees.
    rng : numpy.random.Generator
        Source of chance; the first trees of a longer forest are those of a shorter one.
    replace : bool
        Draw with replacement.
    sample_fraction : float
        Units drawn for each tree, as a share of all units.
    clusters : numpy.ndarray of int, shape (n,), optional
        Codes 0, 1, ...: whole clusters are drawn, so that no cluster is both in and out of bag.
    multiplicity : numpy.ndarray of int, shape (n,), optional
        How often each row stands in the data (a bootstrap sample of it); rows with 0 are never drawn.

    Returns
    -------
    numpy.ndarray of uint16, shape (n_trees, n)
        Zero: out of bag.
    """
    rows = clusters if clusters is not None else np.arange(n)
    n_units = int(rows.max()) + 1
    pool = np.arange(n_units)
    if multiplicity is not None:
        # a cluster stands in the data as often as its rows do
        often = np.zeros(n_units, np.intp)
        often[rows] = multiplicity
        pool = np.repeat(pool, often)
    size = max(round(sample_fraction * pool.size), 1)
    if replace:
        drawn = pool[rng.integers(0, pool.size, (n_trees, size))]
    else:
        order = rng.permuted(np.broadcast_to(np.arange(pool.size), (n_trees, pool.size)), axis=1)
        drawn = pool[order[:, :size]]
    flat = (drawn + n_units * np.arange(n_trees)[:, None]).ravel()
    units = np.bincount(flat, minlength=n_trees * n_units).reshape(n_trees, n_units)
    return np.asarray(units[:, rows] if clusters is not None else units, np.uint16)


def in_threads(work: Callable[[Item], Result], items: Iterable[Item], n_jobs: int) -> list[Result]:
    """Apply a function to items in order, in threads if asked: trees grow and predict without Python's lock.

    Parameters
    ----------
    work : callable
        Done to each item.
    items : iterable
        Such as numbers of trees.
    n_jobs : int
        Threads.

    Returns
    -------
    list
        Results in the order of the items, whatever the number of threads.
    """
    if n_jobs < 1:
        raise ValueError(f"n_jobs must be at least 1, not {n_jobs}")
    if n_jobs == 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(n_jobs) as pool:
        return list(pool.map(work, items))


class _Given(np.random.RandomState):
    """A source of chance that hands out one number, by which the splitter seeds its own: much faster to set up."""

    def __init__(self, number: int) -> None:
        super().__init__(_UNUSED)
        self.number = number

    def randint(self, *_: Any, **__: Any) -> int:  # type: ignore[override]
        return self.number


def _through_the_estimator(
    predictors: NDArray[np.float32], y: Floats, weights: Floats, mtry: int, depth: int | None, seed: int
) -> Any:
    from sklearn.tree import DecisionTreeRegressor  # type: ignore[import-untyped, unused-ignore]

    estimator = DecisionTreeRegressor(max_features=mtry, max_depth=depth, random_state=_Given(seed))
    return estimator.fit(predictors, y, weights, check_input=False).tree_


def _builder() -> Grower:
    """Scikit-learn's tree builder without the checks around it, a fifth of the time of a small tree.

    It is not part of the public interface: where it is absent or has changed, `_through_the_estimator` grows the same
    trees.
    """
    try:
        from sklearn.tree._criterion import MSE  # type: ignore[import-untyped, unused-ignore]
        from sklearn.tree._splitter import BestSplitter  # type: ignore[import-untyped, unused-ignore]
        from sklearn.tree._tree import (  # type: ignore[import-untyped, unused-ignore]
            DepthFirstTreeBuilder,
            Tree,
        )
    except ImportError:
        return _through_the_estimator
    one_output = np.array([1], dtype=np.intp)

    def grow(
        predictors: NDArray[np.float32], y: Floats, weights: Floats, mtry: int, depth: int | None, seed: int
    ) -> Any:
        n, p = predictors.shape
        splitter = BestSplitter(MSE(1, n), mtry, 1, 0.0, _Given(seed), None)
        builder = DepthFirstTreeBuilder(splitter, 2, 1, 0.0, np.iinfo(np.int32).max if depth is None else depth, 0.0)
        tree = Tree(p, one_output, 1)
        builder.build(tree, predictors, y, weights, None)
        return tree

    try:
        grow(np.zeros((2, 1), np.float32), np.zeros((2, 1)), np.ones(2), 1, None, 0)
    except (TypeError, ValueError, AttributeError):
        return _through_the_estimator
    return grow


def grow_trees(
    predictors: NDArray[np.float32],
    y: Floats,
    counts: Counts,
    seeds: Sequence[int],
    *,
    mtry: int,
    minimum_node_size: int,
    maximum_depth: int | None = None,
    n_jobs: int = 1,
) -> list[Any]:
    """Grow one regression tree for each row of counts.

    Parameters
    ----------
    predictors : numpy.ndarray of float32, shape (n, p)
        In C order.
    y : numpy.ndarray, shape (n,)
        Response with mean 0 and variance 1 (nodes with a variance under 2e-16 count as pure).
    counts : numpy.ndarray, shape (trees, n)
        From `draw_counts`.
    seeds : sequence of int, length trees
        One for each tree, so that trees do not depend on the number of threads.
    mtry : int
        Columns looked at for each split.
    minimum_node_size : int
        A node with at most so many rows, counted as often as drawn, is not split: R's ``nodesize`` and
        ``min.node.size``.
    maximum_depth : int, optional
        Of any leaf.
    n_jobs : int
        Threads.

    Returns
    -------
    list of sklearn.tree._tree.Tree
        With closed nodes as leaves.
    """
    grow = _builder()
    column = np.ascontiguousarray(y[:, None])

    def one(t: int) -> Any:
        tree = grow(predictors, column, counts[t].astype(float), mtry, maximum_depth, int(seeds[t]))
        if minimum_node_size > 1:
            tree.children_left[tree.weighted_n_node_samples <= minimum_node_size] = LEAF
        return tree

    if grow is _through_the_estimator:
        from sklearn import config_context  # type: ignore[import-untyped, unused-ignore]

        with config_context(skip_parameter_validation=True):
            return in_threads(one, range(len(counts)), n_jobs)
    return in_threads(one, range(len(counts)), n_jobs)


def tree_values(tree: Any) -> Floats:
    """Mean response of each node.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
        As grown.

    Returns
    -------
    numpy.ndarray, shape (nodes,)
        In the units trees were grown in.
    """
    return np.asarray(tree.value[:, 0, 0])


def without_closed_nodes(tree: Any) -> Any:
    """The same tree without the nodes below those that were closed.

    Parameters
    ----------
    tree : sklearn.tree._tree.Tree
        As grown.

    Returns
    -------
    sklearn.tree._tree.Tree
        With the same leaves and values, in the same order.
    """
    left, right = tree.children_left, tree.children_right
    reached = np.zeros(tree.node_count, bool)
    level = np.zeros(1, np.intp)
    while level.size:
        reached[level] = True
        inner = level[left[level] != LEAF]
        level = np.concatenate([left[inner], right[inner]])
    place = np.cumsum(reached) - 1
    build, arguments, state = tree.__reduce__()
    nodes = state["nodes"][reached]
    inner = nodes["left_child"] != LEAF
    for side in ("left_child", "right_child"):
        nodes[side] = np.where(inner, place[nodes[side]], LEAF)
    smaller = build(*arguments)
    smaller.__setstate__(
        {**state, "node_count": len(nodes), "nodes": nodes, "values": np.ascontiguousarray(state["values"][reached])}
    )
    return smaller
