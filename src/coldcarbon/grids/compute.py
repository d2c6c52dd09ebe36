"""A function over a grid, chunk by chunk, into a Zarr store that can be resumed."""

from __future__ import annotations

import functools
import hashlib
import inspect
import json
import os
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from concurrent.futures.process import BrokenProcessPool
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike

from coldcarbon.grids.chunks import Chunk, Floats, checked_axis, cut_into_chunks
from coldcarbon.grids.errors import ChunksFailedError
from coldcarbon.grids.schema import GRID, check_schema, checked_result, schema_of, template_like
from coldcarbon.grids.store import GridStore
from coldcarbon.grids.workers import Task, Team, WorkersLostError, team_of

__all__ = ["compute_to_zarr", "map_to_zarr"]

NAMED = 5  # failed chunks that a message names


def compute_to_zarr(
    function: Callable[..., xr.Dataset],
    latitude: ArrayLike,
    longitude: ArrayLike,
    store: str | os.PathLike[str],
    *,
    settings: Mapping[str, Any],
    constants: Mapping[str, Any] | None = None,
    chunk: tuple[int, int] = (100, 100),
    scheduler: str | None = None,
    workers: int | None = None,
    retries: int = 2,
    overwrite: bool = False,
    progress: bool | None = None,
) -> xr.Dataset:
    """Compute a grid that need not fit into memory, and write it chunk by chunk.

    Parameters
    ----------
    function : callable
        ``function(latitude, longitude, **constants) -> xarray.Dataset`` is given the cell centres of one chunk, reads
        what it needs there, and returns variables on latitude and longitude, in this order of cells. Further dimensions
        (layer, quantile) and their coordinates are kept, as are attributes; they must be the same for all chunks.
        Missing values are allowed, also in all cells of a chunk (the sea).
    latitude, longitude : array_like
        Cell centres of the whole grid in degrees; latitudes rise or fall, longitudes rise from -180 to 180.
    store : path
        Folder of the Zarr store, such as ``map.zarr``; ``map.zarr.progress`` and ``map.zarr.lock`` lie beside it.
    settings : mapping
        All else that the result depends on, as plain numbers and text: seeds, sizes, hashes of data. A store made with
        other settings is refused. What is in ``constants`` is not looked at: put here what tells one from another.
    constants : mapping, optional
        Large inputs that are the same for all chunks (a forest): handed to ``function`` by name, and sent to each
        worker once.
    chunk : (int, int)
        Latitudes and longitudes of a chunk. A chunk with all its inputs and results, times two for each worker, has to
        fit into memory.
    scheduler : str, optional
        "threads", "processes", "synchronous", or the address of a Dask scheduler such as ``tcp://host:8786``. By
        default what the environment variable COLDCARBON_DASK says, and threads without it.
    workers : int, optional
        Threads or processes; all cores by default. Not with an address.
    retries : int
        How often a failed chunk is tried again by a Dask scheduler; what is left after a worker died is tried again as
        often. An error in a thread or a process of this machine would only come again, and is not retried.
    overwrite : bool
        Remove what is there.
    progress : bool, optional
        Draw a bar after two seconds; by default on a terminal only.

    Returns
    -------
    xarray.Dataset
        The store, opened on Dask arrays: nothing is in memory.

    Raises
    ------
    StoreMismatchError
        If the store was made by another function, with other settings or on other axes.
    StoreBusyError
        If another process is writing to it.
    ChunksFailedError
        If chunks failed for good; all others are in the store, and the next call computes those that are missing. If
        all of the first chunks fail, the run stops.
    ValueError, TypeError
        If an axis is out of order, or a result does not fit its chunk or the chunks before it.
    ConnectionError
        If no scheduler answers at the address.

    Notes
    -----
    A chunk is recorded after it has been written, so that a call after an interruption, whatever its kind, computes
    only what is missing. At most two chunks for each worker are under way, so that memory does not grow with the grid.
    Results are sent to this process, which alone writes: workers need this package and the data the function reads, but
    not the folder of the store.

    Examples
    --------
    >>> def height(latitude, longitude, scale):
    ...     values = scale * (latitude[:, None] + longitude)
    ...     return xr.Dataset({"height": (("latitude", "longitude"), values, {"units": "m"})})
    >>> grid = compute_to_zarr(height, [1.5, 0.5], [0.5, 1.5], "height.zarr",
    ...                        settings={"scale": 2}, constants={"scale": 2})   # doctest: +SKIP
    """
    axes = {"latitude": checked_axis("latitude", latitude), "longitude": checked_axis("longitude", longitude)}

    def block_of(chunk: Chunk, _: bool) -> tuple[Any, ...]:
        return tuple(axes[name][chunk.region[name]] for name in GRID)

    return _run(
        function,
        block_of,
        axes,
        store,
        settings=settings,
        constants=constants,
        chunk=chunk,
        scheduler=scheduler,
        workers=workers,
        retries=retries,
        overwrite=overwrite,
        progress=progress,
    )


def map_to_zarr(
    function: Callable[..., xr.Dataset],
    inputs: xr.Dataset,
    store: str | os.PathLike[str],
    *,
    settings: Mapping[str, Any],
    constants: Mapping[str, Any] | None = None,
    chunk: tuple[int, int] = (100, 100),
    scheduler: str | None = None,
    workers: int | None = None,
    retries: int = 2,
    overwrite: bool = False,
    progress: bool | None = None,
) -> xr.Dataset:
    """Apply a function to each chunk of gridded inputs, and write the results chunk by chunk.

    As `compute_to_zarr`, but the function is given inputs in place of cell centres.

    Parameters
    ----------
    function : callable
        ``function(block, **constants) -> xarray.Dataset`` is given the inputs of one chunk, in memory, and returns
        variables on the same latitudes and longitudes.
    inputs : xarray.Dataset
        With dimensions latitude and longitude, opened lazily (``chunks={}``) if it is large. Their values are not part
        of the fingerprint: put hashes of the data into ``settings``.
    store, settings, constants, chunk, scheduler, workers, retries, overwrite, progress
        As `compute_to_zarr`. On a Dask scheduler this process reads the blocks and sends them.

    Returns
    -------
    xarray.Dataset
        The store, opened on Dask arrays.

    Raises
    ------
    ValueError
        If the inputs have no latitude or longitude; and as `compute_to_zarr`.
    """
    lacking = [name for name in GRID if name not in inputs.dims or name not in inputs.coords]
    if lacking:
        dimensions = ", ".join(map(str, inputs.dims)) or "none"
        raise ValueError(f"the inputs lack {' and '.join(lacking)} with coordinates; their dimensions are {dimensions}")
    axes = {name: checked_axis(name, inputs[name]) for name in GRID}

    def block_of(chunk: Chunk, same_memory: bool) -> tuple[Any, ...]:
        block = inputs.isel(chunk.region)
        return (block if same_memory else block.compute(scheduler="threads"),)

    return _run(
        function,
        block_of,
        axes,
        store,
        settings=settings,
        constants=constants,
        chunk=chunk,
        scheduler=scheduler,
        workers=workers,
        retries=retries,
        overwrite=overwrite,
        progress=progress,
    )


def _run(
    function: Callable[..., xr.Dataset],
    block_of: Callable[[Chunk, bool], tuple[Any, ...]],
    axes: Mapping[str, Floats],
    store: str | os.PathLike[str],
    *,
    settings: Mapping[str, Any],
    constants: Mapping[str, Any] | None,
    chunk: tuple[int, int],
    scheduler: str | None,
    workers: int | None,
    retries: int,
    overwrite: bool,
    progress: bool | None,
) -> xr.Dataset:
    from tqdm import tqdm

    chunks = cut_into_chunks(axes["latitude"], axes["longitude"], chunk)
    if retries < 0:
        raise ValueError(f"retries must be at least 0, not {retries}")
    with GridStore(store, _fingerprint(function, settings, axes, chunk), overwrite=overwrite) as grid:
        missing = [one for one in chunks if one.key not in grid.finished]
        if missing:
            task = Task(function, dict(constants or {}))
            with tqdm(
                total=len(chunks),
                initial=len(chunks) - len(missing),
                unit="chunk",
                desc=grid.path.name,
                delay=2,
                disable=None if progress is None else not progress,
                leave=False,
            ) as bar:
                run = _Run(grid, axes, chunk, bar.update)
                while missing and not run.stopped:
                    try:
                        with team_of(task, scheduler, workers, retries) as team:
                            run.compute(missing, team, block_of)
                        break
                    except WorkersLostError as error:
                        # a worker died, for want of memory perhaps: others take what is left
                        missing = run.left_after(error, missing, retries)
            run.raise_failures(len(chunks))
        return grid.open()


class _Run:
    """Chunks under way, those that failed, and what is done with a result."""

    def __init__(
        self, grid: GridStore, axes: Mapping[str, Floats], chunk: tuple[int, int], count: Callable[[], object]
    ) -> None:
        self.grid = grid
        self.axes = axes
        self.chunk = chunk
        self.count = count
        self.failed: dict[str, tuple[Chunk, BaseException]] = {}
        self.losses: Counter[str] = Counter()
        self.under_way: dict[Future[Any], Chunk] = {}
        self.written = self.written_before = self.fruitless = 0
        self.stopped = False

    def compute(self, chunks: list[Chunk], team: Team, block_of: Callable[[Chunk, bool], tuple[Any, ...]]) -> None:
        """Keep two chunks for each worker under way until none is left."""
        waiting = deque(chunks)
        self.under_way.clear()
        while waiting or self.under_way:
            limit = 2 * team.size()
            self.stopped = not self.written and len(self.failed) >= limit
            if self.stopped:
                return
            while waiting and len(self.under_way) < limit:
                # a chunk at which a worker died goes alone, so that no other is blamed for it
                if self.under_way and (self.losses[waiting[0].key] or self._one_is_alone()):
                    break
                one = waiting.popleft()
                try:
                    future = team.submit(*block_of(one, team.same_memory))
                except BrokenProcessPool as error:
                    raise WorkersLostError("a process died") from error
                self.under_way[future] = one
            for future in wait(self.under_way, return_when=FIRST_COMPLETED).done:
                self.take(self.under_way[future], future)
                del self.under_way[future]

    def _one_is_alone(self) -> bool:
        return any(self.losses[chunk.key] for chunk in self.under_way.values())

    def left_after(self, error: WorkersLostError, chunks: list[Chunk], retries: int) -> list[Chunk]:
        """Chunks to be tried after a worker died, those it may have died of last."""
        self.fruitless = 0 if self.written > self.written_before else self.fruitless + 1
        self.written_before = self.written
        if self.fruitless > retries and not (self.written and self.under_way):
            # not the fault of a chunk: no worker lives long enough to be given one, or to finish one
            self.stopped = True
            self.failed |= {chunk.key: (chunk, error) for chunk in (self.under_way.values() or chunks[:1])}
        for chunk in self.under_way.values():
            self.losses[chunk.key] += 1
            if self.losses[chunk.key] > retries and len(self.under_way) == 1:
                self.failed[chunk.key] = (chunk, error)
        left = [one for one in chunks if one.key not in self.grid.finished and one.key not in self.failed]
        return sorted(left, key=lambda one: self.losses[one.key])

    def take(self, chunk: Chunk, future: Future[Any]) -> None:
        """Write the result of a chunk, or note its failure."""
        if future.cancelled():
            raise WorkersLostError(f"the scheduler gave up {chunk.name}: its inputs were lost with a worker")
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            raise WorkersLostError(f"a process died at {chunk.name} or at a chunk beside it") from error
        if error is not None:
            self.failed[chunk.key] = (chunk, error)
            return
        result = checked_result(future.result(), chunk, *(self.axes[name][chunk.region[name]] for name in GRID))
        schema = schema_of(result)
        if self.grid.schema is None:
            self.grid.create(schema, *template_like(result, self.axes["latitude"], self.axes["longitude"], self.chunk))
        else:
            check_schema(schema, self.grid.schema, chunk)
        self.grid.write(chunk, result)
        self.written += 1
        self.count()

    def raise_failures(self, total: int) -> None:
        """Name the chunks that failed, with the error of the first."""
        if not self.failed:
            return
        failed = list(self.failed.values())
        named = "; ".join(f"{chunk.name}: {type(error).__name__}: {error}" for chunk, error in failed[:NAMED])
        more = f"; and {len(failed) - NAMED} more" if len(failed) > NAMED else ""
        missing = total - len(self.grid.finished)
        what = "all chunks tried failed, the run stopped" if self.stopped else f"{len(failed)} of {total} chunks failed"
        raise ChunksFailedError(
            f"{what} ({named}{more}). {total - missing} are in {self.grid.path}; the next call computes the {missing} "
            "that are missing"
        ) from failed[0][1]


def _fingerprint(
    function: Callable[..., Any], settings: Mapping[str, Any], axes: Mapping[str, Floats], chunk: tuple[int, int]
) -> dict[str, Any]:
    """What decides whether chunks of an earlier call may be kept."""
    inner: Any = function
    while isinstance(inner, functools.partial):
        inner = inner.func
    if not hasattr(inner, "__qualname__"):
        inner = type(inner)
    try:
        code = inspect.getsource(inner)
    except (OSError, TypeError):
        code = getattr(getattr(inner, "__code__", None), "co_code", b"").hex()
    try:
        plain = json.loads(json.dumps(dict(settings), default=_plain))
    except (TypeError, ValueError) as error:
        raise ValueError(f"settings must be plain numbers and text: {error}") from error
    return {
        "function": f"{inner.__module__}.{inner.__qualname__}",
        "text of the function": hashlib.sha256(code.encode()).hexdigest()[:16],
        "settings": plain,
        **{
            name: f"{len(axis)} cells from {axis[0]:.10g} to {axis[-1]:.10g}, "
            f"digest {hashlib.sha256(axis.tobytes()).hexdigest()[:16]}"
            for name, axis in axes.items()
        },
        "chunk": [int(number) for number in chunk],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{value!r} is a {type(value).__name__}")
