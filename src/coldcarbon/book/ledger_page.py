"""The ledger as a page: one part per paper, each row a target, and the script that filters them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from coldcarbon.book.anchors import LEDGER_PAGE, section_of
from coldcarbon.book.tables import claims_table
from coldcarbon.claims import Claim
from coldcarbon.published import PAPERS

__all__ = ["SHORT_TITLES", "add_filter", "ledger_parts"]

SHORT_TITLES = {
    "xiao2023": "Depth of belowground production",
    "liu2022": "Seasonal CO₂ balance of the north",
    "zhao2022": "Soil carbon of the plateau in a model",
    "yun2024": "Biomass above and below ground on permafrost",
    "han2022": "Oxygen production on the plateau",
}
FILTER_PLACE = "ledger-filter"  # ledger.js builds its form here


def ledger_parts(claims: Sequence[Claim], *, to_root: str) -> list[nodes.Node]:
    """One section with a table per paper that has rows, and before them the place of the filter.

    Parameters
    ----------
    claims : sequence of Claim
        All rows.
    to_root : str
        Relative path from the page to the root of the book.
    """
    parts: list[nodes.Node] = [nodes.container("", ids=[FILTER_PLACE])]
    for paper in PAPERS:
        rows = [claim for claim in claims if claim.paper == paper]
        if rows:
            table = claims_table(rows, to_root=to_root, in_ledger=True, caption=f"{paper}: {len(rows)} rows")
            title = nodes.title("", f"{SHORT_TITLES[paper]} ({paper})")
            parts.append(nodes.section("", title, table, ids=[section_of(paper)]))
    return parts if len(parts) > 1 else [claims_table([], to_root=to_root)]


def add_filter(app: Sphinx, page: str, _template: str, _context: dict[str, Any], _doctree: object) -> None:
    """Load the script of the filter on the ledger's page, and on no other."""
    if page == LEDGER_PAGE:
        app.add_js_file("ledger.js", loading_method="defer")
