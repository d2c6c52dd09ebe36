"""Directives that draw ledger, counts and catalogue on a page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from coldcarbon.book.crosswalk import crosswalk, performance, read_record
from coldcarbon.book.datasets import data_catalogue
from coldcarbon.book.grid_costs import grid_costs
from coldcarbon.book.state import Book
from coldcarbon.book.tables import claims_table, counts_table
from coldcarbon.claims import headline_coverage
from coldcarbon.published import PAPERS

__all__ = ["DIRECTIVES"]

FEW = 6  # rows that nothing can test and that still stand among the others


class BookDirective(SphinxDirective):
    """A directive that knows the book being built."""

    @property
    def book(self) -> Book:
        """The book being built."""
        return self.env.app.coldcarbon_book  # type: ignore[attr-defined]

    @property
    def to_root(self) -> str:
        """Relative path from this page to the root of the book."""
        return "../" * self.env.docname.count("/")


class Claims(BookDirective):
    """Ledger rows of one chapter: ``{claims} PAPER/CHAPTER``. Many that nothing can test are folded."""

    required_arguments = 1

    def run(self) -> Sequence[nodes.Node]:
        """Draw the table."""
        rows = [claim for claim in self.book.claims.values() if claim.chapter == self.arguments[0]]
        given_up = [claim for claim in rows if claim.evidence is None]
        if len(given_up) <= FEW or len(given_up) == len(rows):
            return [claims_table(rows, to_root=self.to_root)]
        tested = claims_table([claim for claim in rows if claim.evidence is not None], to_root=self.to_root)
        title = nodes.title("", f"{len(given_up)} more that nothing at hand can test")
        return [tested, nodes.admonition("", title, claims_table(given_up, to_root=self.to_root), classes=["dropdown"])]


class Ledger(BookDirective):
    """Ledger rows of a paper, or of all: ``{ledger} [PAPER]``."""

    optional_arguments = 1
    option_spec: ClassVar = {"headline": directives.flag}

    def run(self) -> Sequence[nodes.Node]:
        """Draw the table."""
        rows = list(self.book.claims.values())
        if self.arguments:
            rows = [claim for claim in rows if claim.paper == self.arguments[0]]
        if "headline" in self.options:
            rows = [claim for claim in rows if claim.headline]
        return [claims_table(rows, to_root=self.to_root, with_chapter=True)]


class Verdicts(BookDirective):
    """Number of rows by paper and verdict, and how many printed numbers and headline numbers they test."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw the table and one line per paper."""
        rows = list(self.book.claims.values())
        items = nodes.bullet_list()
        for paper in PAPERS:
            tested, untested = headline_coverage(rows, paper)
            numbers = {claim.published_id for claim in rows if claim.paper == paper and claim.published_id}
            headlines = f"among them {len(tested)} of {len(tested) + len(untested)} headline numbers"
            if not tested and not untested:
                headlines = "its abstract and conclusions print none of their own"
            text = f"{paper}: {len(numbers)} printed numbers tested, {headlines}."
            items += nodes.list_item("", nodes.paragraph("", text))
        return [counts_table(rows, PAPERS), items]


class Datasets(BookDirective):
    """The data catalogue."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw the overview and the entries."""
        return data_catalogue(self.book.datasets)


class Crosswalk(BookDirective):
    """Calls in R and here, with their differences, as recorded."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw one table per room."""
        return crosswalk(read_record(self.book.project.root / "results" / "crosswalk.json"))


class Performance(BookDirective):
    """Times of the statistics here and in R and the cost of maps, as recorded."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw the tables."""
        folder = self.book.project.root / "benchmarks"
        return [*performance(read_record(folder / "results.json")), *grid_costs(read_record(folder / "grids.json"))]


DIRECTIVES = {
    "claims": Claims,
    "ledger": Ledger,
    "verdicts": Verdicts,
    "datasets": Datasets,
    "crosswalk": Crosswalk,
    "performance": Performance,
}
