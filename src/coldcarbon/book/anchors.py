"""Where a row of the ledger stands: at the cell that computes it, and on the ledger's page."""

from __future__ import annotations

import re

__all__ = ["LEDGER_PAGE", "anchor_of", "row_address", "row_anchor_of", "section_of"]

LEDGER_PAGE = "book/ledger"


def anchor_of(row_id: str) -> str:
    """Target of a ledger row on its chapter's page."""
    return f"claim-{_plain(row_id)}"


def row_anchor_of(row_id: str) -> str:
    """Target of a ledger row on the ledger's page."""
    return f"row-{_plain(row_id)}"


def row_address(row_id: str, to_root: str) -> str:
    """Address of a ledger row on the ledger's page.

    Parameters
    ----------
    row_id : str
        As in the ledger.
    to_root : str
        Relative path from the page of the link to the root of the book, such as ``"../../"``.
    """
    return f"{to_root}{LEDGER_PAGE}.html#{row_anchor_of(row_id)}"


def section_of(paper: str) -> str:
    """Target of a paper's rows on the ledger's page."""
    return f"rows-{_plain(paper)}"


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
