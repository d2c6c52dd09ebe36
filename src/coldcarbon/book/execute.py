"""Run the notebooks that have no valid result yet, one per core, and keep what they give.

The store is jupyter-cache, as myst-nb reads it. Its own key is a notebook's cells and kernelspec; we add
`coldcarbon.book.keys.notebook_key` to the kernelspec, so that a result is found only while everything it depends on is
unchanged.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbclient.util import run_sync
from tqdm import tqdm

__all__ = ["THREAD_LIMITS", "ExecutionFailedError", "Job", "execute", "run_jobs", "with_key"]

# One kernel per core already fills the machine.
THREAD_LIMITS = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "NUMBA_NUM_THREADS"), "1"
)
CELL_TIMEOUT_SECONDS = 1800
# Kilobytes on Linux, bytes on macOS; Windows has no such module.
PEAK_MEMORY = "__import__('resource').getrusage(__import__('resource').RUSAGE_SELF).ru_maxrss"


class ExecutionFailedError(Exception):
    """A cell failed; the message names page and cell."""


@dataclass(frozen=True)
class Job:
    """A notebook to run.

    Attributes
    ----------
    name : str
        Page, for messages.
    path : Path
        Its file; it runs in the folder that holds it.
    notebook : nbformat.NotebookNode
        Content as the book reads it, the key in its kernelspec.
    """

    name: str
    path: Path
    notebook: nbformat.NotebookNode


def with_key(source: str, key: str) -> str:
    """Text of a notebook with the key in its kernelspec, where the store's own key sees it."""
    return re.sub(r"(?m)^kernelspec:\n", f"kernelspec:\n  coldcarbon_key: '{key}'\n", source, count=1)


def run_jobs(jobs: Sequence[Job], store: Path, *, say: Callable[[str], None] = print) -> dict[str, dict[str, Any]]:
    """Run what the store lacks and add it to the store.

    Parameters
    ----------
    jobs : sequence of Job
        All notebooks of the book.
    store : Path
        Folder of the jupyter-cache.
    say : callable
        Takes one line per notebook.

    Returns
    -------
    dict of name to record
        ``execution_seconds``, ``peak_memory_mb`` and ``executed_at`` of each notebook.

    Raises
    ------
    ExecutionFailedError
        If any notebook failed, after the others have run; results of those are kept.
    """
    cache = get_cache(str(store))
    todo = [job for job in jobs if not _is_stored(cache, job.notebook)]
    failures: list[str] = []
    n_cells = sum(cell.cell_type == "code" for job in todo for cell in job.notebook.cells)
    if todo:
        say(f"running {len(todo)} of {len(jobs)} notebooks on {_cores()} cores")
    with tqdm(total=n_cells, unit="cell", disable=None, leave=False) as bar, ThreadPoolExecutor(_cores()) as pool:
        running = {pool.submit(execute, job, on_cell=bar.update): job for job in todo}
        for future in as_completed(running):
            job = running[future]
            try:
                notebook, record = future.result()
            except ExecutionFailedError as failure:
                failures.append(str(failure))
                say(f"  failed   {job.name}")
                continue
            bundle = CacheBundleIn(notebook, str(job.path), data=record)
            cache.cache_notebook_bundle(bundle, check_validity=False, overwrite=True)
            say(f"  {record['execution_seconds']:6.1f} s   {job.name}")
    if failures:
        raise ExecutionFailedError("\n\n".join(failures))
    return {job.name: cache.match_cache_notebook(job.notebook).data for job in jobs}


def execute(
    job: Job, *, on_cell: Callable[[], object] = lambda: None, environment: dict[str, str] | None = None
) -> tuple[nbformat.NotebookNode, dict[str, Any]]:
    """Run one notebook in a fresh kernel.

    Parameters
    ----------
    job : Job
        The notebook.
    on_cell : callable
        Called after each code cell.
    environment : dict, optional
        Variables for the kernel besides this process's. By default the catalogue stays off the network: the build has
        fetched the data already.

    Returns
    -------
    notebook : nbformat.NotebookNode
        With outputs.
    record : dict
        ``execution_seconds``, ``peak_memory_mb``, ``executed_at``.

    Raises
    ------
    ExecutionFailedError
        With page, cell, its first line and the traceback.
    """
    notebook = nbformat.from_dict(job.notebook)
    extra = {"COLDCARBON_OFFLINE": "1"} if environment is None else environment
    client = NotebookClient(
        notebook,
        timeout=CELL_TIMEOUT_SECONDS,
        extra_arguments=["--IPKernelApp.log_level=40"],  # or each kernel warns that loopback is not encrypted
        record_timing=False,  # times in the cells' metadata would change the store's key
        resources={"metadata": {"path": str(job.path.parent)}},
        on_cell_executed=lambda **_: on_cell(),
    )
    started = time.monotonic()
    peak_mb: float | None = None
    try:
        with client.setup_kernel(env={**os.environ, **THREAD_LIMITS, **extra}):
            for index, cell in enumerate(notebook.cells):
                client.execute_cell(cell, index)
            peak_mb = _peak_memory_mb(client)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        raise ExecutionFailedError(_explain(job, notebook, error)) from error
    except (NoSuchKernel, RuntimeError, OSError) as error:
        raise ExecutionFailedError(f"{job.name}: its kernel did not start: {error}") from error
    record = {
        "execution_seconds": round(time.monotonic() - started, 2),
        "peak_memory_mb": peak_mb,
        "executed_at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }
    return notebook, record


def _peak_memory_mb(client: Any) -> float | None:
    ask = run_sync(client.kc.execute_interactive)
    reply = ask("", user_expressions={"peak": PEAK_MEMORY}, timeout=60)
    answer = reply["content"]["user_expressions"]["peak"]
    if answer["status"] != "ok":
        return None
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return round(int(answer["data"]["text/plain"]) / unit, 1)


def _explain(job: Job, notebook: nbformat.NotebookNode, error: Exception) -> str:
    done = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code" and cell.get("execution_count")]
    code_cells = [i for i, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    index = done[-1] if done else code_cells[0]
    first_line = notebook.cells[index].source.strip().partition("\n")[0]
    place = f"{job.name}, code cell {code_cells.index(index) + 1} of {len(code_cells)} ({first_line!r})"
    return f"{place}:\n{_without_colours(str(error))}"


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def _is_stored(cache: Any, notebook: nbformat.NotebookNode) -> bool:
    try:
        cache.match_cache_notebook(notebook)
    except KeyError:
        return False
    return True


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
