"""What several tests of the book write into small notebooks, and rows of a small ledger."""

from typing import Any

from coldcarbon.claims import Claim

HEADER = """---
jupytext:
  formats: ipynb,md:myst
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  language: python
  name: python3
---
"""


def cell(code: str) -> str:
    """A code cell of a text notebook."""
    return f"```{{code-cell}} ipython3\n{code.strip()}\n```\n\n"


def claim_row(row_id: str = "xiao2023/mini/n", **fields: Any) -> Claim:
    """A ledger row on data; `fields` replace its values."""
    paper, chapter, _ = row_id.split("/")
    values: dict[str, Any] = {
        "id": row_id,
        "published_id": f"{paper}-n",
        "paper": paper,
        "chapter": f"{paper}/{chapter}",
        "statement": "A number of the paper",
        "headline": False,
        "published": 60.0,
        "unit": "%",
        "comparison": "approx",
        "ours": 59.333,
        "low": 55.561,
        "high": 62.649,
        "n": 1232,
        "evidence": "real",
        "tolerance": 5.0,
        "tolerance_kind": "absolute",
        "verdict": "reproduced",
        "reason": "59.3 and about 60 agree within 5",
        "page": f"notebooks/{paper}/{chapter}.html#claim-{row_id.replace('/', '-')}",
    }
    return Claim.from_dict(values | fields)


def row_without_evidence(row_id: str) -> Claim:
    """A ledger row that nothing can test."""
    empty = dict.fromkeys(("ours", "low", "high", "n", "evidence", "tolerance", "tolerance_kind"))
    return claim_row(row_id, **empty, verdict="not testable", reason="needs a file")
