"""Seconds of a call, here and in R, measured the same way: as ``timeit`` of tests/golden/r/common.R does."""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

__all__ = ["RUnavailableError", "process_seconds", "r_installed", "r_seconds", "r_versions", "seconds"]

FOLDER = Path(__file__).parent
GOLDEN = FOLDER.parent / "tests" / "golden"
SHORTEST = 0.05  # seconds that one repeat lasts at least; shorter calls are repeated within it


class RUnavailableError(Exception):
    """R, one of its packages or the case is not there; the message says which."""


def seconds(call: Callable[[], object], repeats: int) -> float:
    """Median seconds of a call after one warm-up."""
    call()
    inner = 1
    while True:
        spent = timed(call, inner)
        if spent >= SHORTEST:
            break
        inner = inner * 10 if spent <= 0 else max(inner + 1, math.ceil(inner * SHORTEST / spent * 1.1))
    return statistics.median(timed(call, inner) / inner for _ in range(repeats))


def timed(call: Callable[[], object], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    return time.perf_counter() - start


def r_installed() -> bool:
    """Whether ``Rscript`` is on the path."""
    return shutil.which("Rscript") is not None


def r_seconds(name: str, repeats: int) -> float:
    """Median seconds of a case of tests/golden/r/fits.R, within one R process.

    Raises
    ------
    RUnavailableError
        If R, a package or the case is missing, or the fit fails.
    """
    return float(json.loads(rscript("r/bench.R", name, str(repeats)).strip().splitlines()[-1])["median"])


def rscript(*words: str) -> str:
    if not r_installed():
        raise RUnavailableError("R is not installed")
    done = subprocess.run(["Rscript", *words], cwd=GOLDEN, capture_output=True, text=True, check=False, env=os.environ)
    if done.returncode == 0:
        return done.stdout
    if missing := re.search(r"there is no package called .(\w[\w.]*)", done.stderr):
        raise RUnavailableError(f"the R package {missing[1]} is not installed")
    said = [line for line in done.stderr.strip().splitlines() if line.strip() and "halted" not in line]
    raise RUnavailableError(f"R failed: {said[-1].strip() if said else 'no message'}")


def process_seconds(room: str, name: str, r: str, repeats: int) -> tuple[float, float]:
    """Seconds of a case as a whole process, start-up, imports and reading included: here and in R."""
    ours = [sys.executable, str(FOLDER / "one.py"), room, name]
    theirs = ["Rscript", "r/one.R", r]
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for command, folder, spent in ((ours, FOLDER.parent, times[0]), (theirs, GOLDEN, times[1])):
            spent.append(run_seconds(command, folder))
    return statistics.median(times[0]), statistics.median(times[1])


def run_seconds(command: Sequence[str], folder: Path) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - start


@cache
def r_versions() -> dict[str, str]:
    """Versions of R, of its BLAS and of the packages the cases use; empty without R."""
    code = (
        'source("r/common.R"); source("r/fits.R"); used <- unique(unlist(lapply(CASES, function(x) x$libs)));'
        "there <- intersect(c(used, 'lme4', 'lmerTest'), rownames(installed.packages()));"
        "v <- as.list(sapply(there, function(p) as.character(packageVersion(p))));"
        'cat(toJSON(c(list(R = paste0(R.version$major, ".", R.version$minor),'
        " BLAS = basename(dirname(extSoftVersion()[['BLAS']]))), v), auto_unbox = TRUE))"
    )
    try:
        return dict(json.loads(rscript("-e", code)))
    except RUnavailableError:
        return {}
