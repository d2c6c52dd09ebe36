"""Numbers of the ledger in a sentence: ``{ledger}`ROW-ID:ours` `` prints ours with its unit and links to the row."""

from __future__ import annotations

from collections.abc import Callable

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from coldcarbon.book.anchors import LEDGER_PAGE, row_address
from coldcarbon.book.state import Book
from coldcarbon.book.tables import number_text, published_text, unit_text
from coldcarbon.claims import Claim, recorded_rows

__all__ = ["QUANTITIES", "LedgerNumber", "quoted_text"]

logger = logging.getLogger(__name__)


def _ours(claim: Claim) -> str:
    return "" if claim.ours is None else f"{number_text(claim.ours)} {_short_unit(claim)}"


def _interval(claim: Claim) -> str:
    if claim.low is None or claim.high is None:
        return ""
    return f"{number_text(claim.low)} to {number_text(claim.high)} {_short_unit(claim)}"


def _published(claim: Claim) -> str:
    return "" if claim.published is None else published_text(claim)


def _short_unit(claim: Claim) -> str:
    """The unit; of a share only the sign, since the sentence says of what."""
    return "%" if claim.unit.startswith("%") else unit_text(claim.unit)


QUANTITIES: dict[str, Callable[[Claim], str]] = {
    "ours": _ours,
    "interval": _interval,
    "published": _published,
    "n": lambda claim: "" if claim.n is None else f"{claim.n:,}",
    "verdict": lambda claim: claim.verdict,
}


def quoted_text(claim: Claim, quantity: str) -> str:
    """What a sentence says of a row.

    Parameters
    ----------
    claim : Claim
        The row.
    quantity : str
        One of `QUANTITIES`.

    Returns
    -------
    str
        Such as ``"−1.61 gC m⁻² yr⁻²"``; a row of a former run says so.

    Raises
    ------
    ValueError
        If there is no such quantity, or the row does not have it.
    """
    if quantity not in QUANTITIES:
        raise ValueError(f"{claim.id}: {quantity!r} is none of {', '.join(QUANTITIES)}")
    text = QUANTITIES[quantity](claim).strip()
    if not text:
        raise ValueError(f"{claim.id}: the row has no {quantity!r}")
    if quantity != "verdict":
        text = text.replace("-", "\N{MINUS SIGN}").replace(" ", "\N{NO-BREAK SPACE}")
    # what the paper prints is the same in every build
    former = claim.computed != "here" and quantity != "published"
    return f"{text} (recorded {claim.recorded_on})" if former else text


class LedgerNumber(SphinxRole):
    """The role. A row that is not there, or has not what is asked, is warned of, which fails a strict build."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Print the number and link it to its row."""
        row_id, _, quantity = self.text.rpartition(":")
        book: Book = self.env.app.coldcarbon_book  # type: ignore[attr-defined]
        here = book.claims.get(row_id)
        # A book of some chapters only has not all rows; the number is then that of the last whole run.
        claim = here or recorded_rows(book.project.ledger).get(row_id)
        try:
            if claim is None:
                raise ValueError(f"the ledger has no row {row_id!r}")
            text = quoted_text(claim, quantity.strip())
        except ValueError as error:
            logger.warning("%s", error, location=self.get_location())
            return [nodes.Text(self.text)], []
        if here is None or LEDGER_PAGE not in self.env.found_docs:
            return [nodes.Text(text)], []
        address = row_address(row_id, "../" * self.env.docname.count("/"))
        return [nodes.reference(self.rawtext, text, refuri=address, internal=True)], []
