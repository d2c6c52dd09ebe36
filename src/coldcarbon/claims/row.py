"""One row of the ledger."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

from coldcarbon.claims.verdict import VERDICTS

__all__ = ["Claim"]


@dataclass(frozen=True)
class Claim:
    """A published number joined with ours, the evidence and the verdict.

    Numbers of one row share one unit. What is missing is None.

    Attributes
    ----------
    id : str
        Unique in the book: chapter, published number and variant.
    published_id, paper, chapter, statement : str
        What is claimed, where it is printed and where it is tested.
    headline : bool
        The paper's abstract or conclusions print it.
    published, unit, comparison
        The printed number, its unit and how it is meant.
    ours, low, high, n
        Our number, its 95 % interval and the number of independent units behind it.
    datasets, data_hashes
        Names of the data sets and one sha256 for each.
    evidence, tolerance, tolerance_kind, verdict, reason
        See `coldcarbon.claims.verdict`.
    page : str
        Address of the computing cell within the built book.
    computed : str
        ``here``, or ``recorded`` when the row is a former run's.
    recorded_on : str or None
        Date of that run.
    """

    id: str
    published_id: str | None
    paper: str
    chapter: str
    statement: str
    headline: bool
    published: float | None
    unit: str
    comparison: str | None
    ours: float | None
    low: float | None
    high: float | None
    n: int | None
    evidence: str | None
    tolerance: float | None
    tolerance_kind: str | None
    verdict: str
    reason: str
    page: str
    datasets: list[str] = field(default_factory=list)
    data_hashes: dict[str, str] = field(default_factory=dict)
    computed: str = "here"
    recorded_on: str | None = None

    def __post_init__(self) -> None:
        if self.evidence not in VERDICTS:
            raise ValueError(f"{self.id}: evidence {self.evidence!r} is none of {list(VERDICTS)}")
        if self.verdict not in VERDICTS[self.evidence]:
            allowed = ", ".join(VERDICTS[self.evidence])
            raise ValueError(f"{self.id}: {self.evidence} evidence cannot give {self.verdict!r}, only {allowed}")
        if not self.reason or "\n" in self.reason:
            raise ValueError(f"{self.id}: the reason must be one line")
        if self.computed not in ("here", "recorded"):
            raise ValueError(f"{self.id}: computed is {self.computed!r}, not here or recorded")
        for name in ("published", "ours", "low", "high", "tolerance"):
            value = getattr(self, name)
            if value is not None and not math.isfinite(value):
                raise ValueError(f"{self.id}: {name} is {value}; leave it None if it is missing")

    def to_dict(self) -> dict[str, Any]:
        """Plain mapping, ready for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, row: dict[str, Any]) -> Claim:
        """Claim from a mapping as `to_dict` makes it; unknown or missing keys raise TypeError."""
        return cls(**row)
