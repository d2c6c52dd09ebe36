"""Who computes the chunks: threads or processes of this machine, or workers of a Dask scheduler."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import xarray as xr

__all__ = ["ADDRESS", "Task", "Team", "WorkersLostError", "team_of"]

ADDRESS = "COLDCARBON_DASK"
"""Environment variable with the address of a Dask scheduler, such as ``tcp://host:8786``."""

CONNECT_SECONDS = 15
_task: Task | None = None


class WorkersLostError(RuntimeError):
    """Workers died with what they had been given; new ones may take what is left."""


@dataclass(frozen=True)
class Task:
    """A function and the inputs that are the same for all chunks, sent to each worker once.

    Attributes
    ----------
    function : callable
        Given the block and the constants by name.
    constants : mapping
        By name.
    """

    function: Callable[..., Any]
    constants: Mapping[str, Any]

    def __call__(self, *block: Any) -> Any:
        """The result of one block with its values in memory."""
        loaded = [part.compute(scheduler="synchronous") if isinstance(part, xr.Dataset) else part for part in block]
        result = self.function(*loaded, **self.constants)
        return result.compute(scheduler="synchronous") if isinstance(result, xr.Dataset) else result


@dataclass(frozen=True)
class Team:
    """Workers that take blocks.

    Attributes
    ----------
    submit : callable
        Hands a block over and gives a future at once.
    size : callable
        Number of workers now (threads of all of them, on a scheduler).
    same_memory : bool
        Whether blocks need not be loaded before they are handed over.
    """

    submit: Callable[..., Future[Any]]
    size: Callable[[], int]
    same_memory: bool = False


@contextmanager
def team_of(task: Task, scheduler: str | None, workers: int | None, retries: int) -> Iterator[Team]:
    """Workers for a task, gone at the end.

    Parameters
    ----------
    task : Task
        Sent once to each worker.
    scheduler : str, optional
        "threads", "processes", "synchronous" or the address of a Dask scheduler; by default the address in the
        environment variable COLDCARBON_DASK, and threads without it.
    workers : int, optional
        Threads or processes; all cores this process may use by default.
    retries : int
        How often a scheduler tries a failed chunk again.

    Yields
    ------
    Team

    Raises
    ------
    ValueError
        If the scheduler is of none of these kinds, or workers are fewer than one.
    ConnectionError
        If no scheduler answers at the address, or it has no workers.
    """
    kind = scheduler or os.environ.get(ADDRESS) or "threads"
    if workers is not None and workers < 1:
        raise ValueError(f"workers must be at least 1, not {workers}")
    if "://" in kind:
        if workers is not None:
            raise ValueError("workers are those of the scheduler: leave the argument out")
        with _remote(task, kind, retries) as team:
            yield team
    elif kind == "synchronous":
        yield Team(lambda *block: _done(task, block), lambda: 1, same_memory=True)
    elif kind in ("threads", "processes"):
        from dask.system import CPU_COUNT

        number = workers or CPU_COUNT
        if kind == "threads":
            with _closing(ThreadPoolExecutor(number, thread_name_prefix="chunk"), cancel_futures=True) as pool:
                yield Team(lambda *block: pool.submit(task, *block), lambda: number, same_memory=True)
        else:
            import multiprocessing

            import cloudpickle  # type: ignore[import-untyped, unused-ignore]

            processes = ProcessPoolExecutor(
                number, multiprocessing.get_context("spawn"), _receive, (cloudpickle.dumps(task),)
            )
            with _closing(processes, cancel_futures=True) as pool:
                yield Team(lambda *block: pool.submit(_work, *block), lambda: number)
    else:
        raise ValueError(
            "scheduler must be 'threads', 'processes', 'synchronous' or an address such as tcp://host:8786, "
            f"not {kind!r}"
        )


@contextmanager
def _remote(task: Task, address: str, retries: int) -> Iterator[Team]:
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise ConnectionError(
            f"no Dask scheduler answers at {address} ({error}): start one, or unset {ADDRESS} to use this machine"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=CONNECT_SECONDS)
        except TimeoutError:
            raise ConnectionError(
                f"the scheduler at {address} has no workers: start some with `dask worker {address}`"
            ) from None
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph", category=UserWarning)
            (sent,) = client.scatter([task], broadcast=True, hash=False)
            pool = client.get_executor(retries=retries, pure=False)

            def submit(*block: Any) -> Future[Any]:
                if sent.cancelled():
                    raise WorkersLostError(f"all workers of {address} that held the inputs are gone")
                return pool.submit(_apply, sent, *block)

            with _closing(pool):
                yield Team(submit, lambda: max(sum(client.nthreads().values()), 1))


@contextmanager
def _closing(pool: Executor, **at_once: bool) -> Iterator[Executor]:
    """Wait for the workers where all is well; on an error or an interruption leave at once."""
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, **at_once)
        raise
    pool.shutdown()


def _apply(task: Task, *block: Any) -> Any:
    return task(*block)


def _receive(pickled: bytes) -> None:
    """Keep the task in this process."""
    global _task
    import pickle

    _task = pickle.loads(pickled)  # noqa: S301 (from the process that started this one)


def _work(*block: Any) -> Any:
    assert _task is not None  # noqa: S101 (set when the process starts)
    return _task(*block)


def _done(task: Task, block: tuple[Any, ...]) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(task(*block))
    except Exception as error:
        future.set_exception(error)
    return future
