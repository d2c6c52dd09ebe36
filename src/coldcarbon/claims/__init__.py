"""The ledger: what a paper prints, what we find, on which evidence, and the verdict."""

from coldcarbon.claims.ledger import LedgerError, differences, headline_coverage, read, recorded_rows, update
from coldcarbon.claims.row import Claim
from coldcarbon.claims.verdict import (
    VERDICTS,
    Judgement,
    judge_data,
    judge_printed,
    judge_recovery,
    tolerance_of,
)

__all__ = [
    "VERDICTS",
    "Claim",
    "Judgement",
    "LedgerError",
    "differences",
    "headline_coverage",
    "judge_data",
    "judge_printed",
    "judge_recovery",
    "read",
    "recorded_rows",
    "tolerance_of",
    "update",
]
