"""Cases to time and agreements to check, one file per room of `coldcarbon.stats`, and the runner over them.

A file of this folder such as ``gamm.py`` exposes ``CASES: list[Case]`` and ``AGREEMENT: list[Agreement]``.
Run: python benchmarks/harness.py [--rooms gamm,mixed] [--record]
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Agreement", "Case", "Room", "read_rooms"]

FOLDER = Path(__file__).parent
# Threads would let one side of a ratio use both cores; they are set before numpy is first imported.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")}


@dataclass(frozen=True)
class Case:
    """One call to be timed, and the call in R it is held against.

    ``prepare`` reads the data and returns the call; only the call is timed. ``r`` names the same fit in
    tests/golden/r/fits.R (None: R has no counterpart there). ``goal`` is the largest time ratio Python to R that is
    aimed at (None: no goal).
    """

    name: str
    prepare: Callable[[], Callable[[], object]]
    r: str | None
    goal: float | None
    remark: str = ""


@dataclass(frozen=True)
class Agreement:
    """One method held against R's recorded results.

    ``compare`` computes our answer and returns the largest relative difference from R's; it may not exceed
    ``tolerance``. ``case`` links to a `Case` by name, for the time ratio.
    """

    method: str
    r_call: str
    our_call: str
    compare: Callable[[], float]
    tolerance: float
    remark: str = ""
    case: str | None = None


@dataclass(frozen=True)
class Room:
    """The cases and agreements of one file, or why it could not be read."""

    name: str
    cases: list[Case] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    fault: str = ""


def read_rooms(names: Sequence[str] = (), folder: Path = FOLDER) -> list[Room]:
    """The rooms of a folder, or those named; a file that fails to import becomes a room with a fault.

    Parameters
    ----------
    names : sequence of str
        Names of files without ``.py``; all files that expose CASES or AGREEMENT if empty.
    folder : Path
        Where they lie.
    """
    for place in (folder, FOLDER.parent / "tests" / "stats"):
        if str(place) not in sys.path:
            sys.path.insert(0, str(place))
    found = sorted(path.stem for path in folder.glob("*.py") if exposes_cases(path))
    if unknown := sorted(set(names) - set(found)):
        raise SystemExit(f"no room {', '.join(unknown)}; the rooms are {', '.join(found)}")
    rooms = []
    for name in names or found:
        try:
            module = importlib.import_module(name)
        except Exception as error:  # a broken room is reported and the others run
            rooms.append(Room(name, fault=f"{type(error).__name__}: {error}"))
        else:
            rooms.append(Room(name, list(getattr(module, "CASES", [])), list(getattr(module, "AGREEMENT", []))))
    return rooms


def exposes_cases(path: Path) -> bool:
    """Whether a file assigns CASES or AGREEMENT at the start of a line."""
    return any(line.startswith(("CASES", "AGREEMENT")) for line in path.read_text(encoding="utf-8").splitlines())


if __name__ == "__main__":
    if any(os.environ.get(name) != value for name, value in ONE_THREAD.items()):
        again = subprocess.run([sys.executable, *sys.argv], env={**os.environ, **ONE_THREAD}, check=False)
        raise SystemExit(again.returncode)
    from runner import main

    main()
