"""Cases to time and agreements to check, one file per room of `coldcarbon.stats`, and the runner over them.

A file of this folder such as ``gamm.py`` exposes ``CASES: list[Case]`` and ``AGREEMENT: list[Agreement]``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Agreement", "Case"]


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
