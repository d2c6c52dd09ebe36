"""Directives that draw ledger, counts, catalogue and records on a page, and the role that quotes the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

from coldcarbon.book.crosswalk import crosswalk, performance, read_record
from coldcarbon.book.datasets import data_catalogue
from coldcarbon.book.front_figure import overview
from coldcarbon.book.grid_costs import grid_costs
from coldcarbon.book.ledger_history import ledger_history, slips
from coldcarbon.book.ledger_page import ledger_parts
from coldcarbon.book.quoted import LedgerNumber
from coldcarbon.book.reproducibility import data_used, packages, timings, versions
from coldcarbon.book.stamp import unsearched
from coldcarbon.book.state import Book
from coldcarbon.book.tables import claims_table, counts_table
from coldcarbon.book.teaching.overview import goals_table, heads, module_nodes
from coldcarbon.book.teaching.plan import read_modules
from coldcarbon.claims import headline_coverage, read
from coldcarbon.published import PAPERS

__all__ = ["DIRECTIVES", "ROLES"]

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
        untested = claims_table(given_up, to_root=self.to_root)
        return [tested, nodes.admonition("", title, untested, classes=["dropdown"])]


class Ledger(BookDirective):
    """All ledger rows, one part per paper."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw the tables."""
        return ledger_parts(list(self.book.claims.values()), to_root=self.to_root)


class Headlines(BookDirective):
    """Rows of all chapters on the headline numbers of a paper: ``{headlines} PAPER``."""

    required_arguments = 1

    def run(self) -> Sequence[nodes.Node]:
        """Draw the table."""
        rows = [claim for claim in self.book.claims.values() if claim.headline and claim.paper == self.arguments[0]]
        return [claims_table(rows, to_root=self.to_root, caption=f"Headline claims of {self.arguments[0]}")]


class Overview(BookDirective):
    """All claims by paper and verdict in one figure."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw the figure."""
        claims = list(self.book.claims.values())
        figures = overview(claims, self.book.project.build / "drawn", Path(self.env.srcdir))
        self.set_source_info(figures[0])
        return figures


class Verdicts(BookDirective):
    """Number of rows by paper and verdict."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw the table."""
        return [counts_table(self.book.claims.values(), PAPERS, to_root=self.to_root)]


class Coverage(BookDirective):
    """How many printed numbers of each paper have a row, and how many of those of its abstract and conclusions."""

    def run(self) -> Sequence[nodes.Node]:
        """Write one line per paper."""
        rows = list(self.book.claims.values())
        items = nodes.bullet_list()
        for paper in PAPERS:
            tested, untested = headline_coverage(rows, paper)
            numbers = {claim.published_id for claim in rows if claim.paper == paper and claim.published_id}
            text = f"{paper}: {len(numbers)} printed numbers have a row, among them "
            text += f"{len(tested)} of the {len(tested) + len(untested)} that its abstract and conclusions rest on."
            items += nodes.list_item("", nodes.paragraph("", text))
        return [items]


class Datasets(BookDirective):
    """The data catalogue."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw the overview and the entries, each with a label that pages can refer to."""
        drawn = data_catalogue(self.book.datasets, self.book.project.root)
        for section in drawn:
            if isinstance(section, nodes.section):
                self.state.document.note_explicit_target(section, section)
        return drawn


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


class Build(BookDirective):
    """What this build was made of: ``{build} versions``, ``packages``, ``data`` or ``timings``."""

    required_arguments = 1

    def run(self) -> Sequence[nodes.Node]:
        """Draw the part."""
        part, book = self.arguments[0], self.book
        if part == "versions":
            return unsearched(versions(book.project))
        if part == "packages":
            return packages(book.project)
        if part == "data":
            return data_used(book.datasets)
        if part == "timings":
            return unsearched(timings(book.records))
        raise self.error(f"{part!r} is none of versions, packages, data, timings")


class Changes(BookDirective):
    """Verdicts added, changed and removed, from the history of the recorded ledger."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw counts and list."""
        history = read(self.book.project.ledger)["history"]
        return ledger_history(history, self.book.claims, to_root=self.to_root)


class Slips(BookDirective):
    """Printed numbers that do not fit each other."""

    def run(self) -> Sequence[nodes.Node]:
        """Draw one list per paper."""
        return slips(self.book.claims.values(), to_root=self.to_root)


class Changelog(BookDirective):
    """The project's ``CHANGELOG.md``, without its title."""

    def run(self) -> Sequence[nodes.Node]:
        """Read it where it lies, so that there is one copy."""
        path = self.book.project.root / "CHANGELOG.md"
        self.env.note_dependency(str(path))
        text = path.read_text(encoding="utf-8")
        body = "\n".join(line for line in text.splitlines() if not line.startswith("# "))
        return self.parse_text_to_nodes(body.replace("\n## ", "\n### "), allow_section_headings=True)


class Goals(BookDirective):
    """Learning goals, time and prerequisites of the chapters of a paper: ``{goals} PAPER``."""

    required_arguments = 1

    def run(self) -> Sequence[nodes.Node]:
        """Draw the table."""
        chapters = heads(self.book.project, self.arguments[0])
        return [goals_table(chapters, lambda text: self.parse_inline(text)[0], to_root=self.to_root)]


class TimingPlan(BookDirective):
    """The module of a paper: ``{plan} PAPER``."""

    required_arguments = 1

    def run(self) -> Sequence[nodes.Node]:
        """Draw its head and its blocks."""
        project = self.book.project
        self.env.note_dependency(str(project.root / "book" / "modules.toml"))
        titles = {head.chapter: head.title for head in heads(project)}
        found = [module for module in read_modules(project) if module.paper == self.arguments[0]]
        return [node for module in found for node in module_nodes(module, titles, to_root=self.to_root)]


DIRECTIVES = {
    "claims": Claims,
    "ledger": Ledger,
    "headlines": Headlines,
    "overview": Overview,
    "verdicts": Verdicts,
    "coverage": Coverage,
    "datasets": Datasets,
    "crosswalk": Crosswalk,
    "performance": Performance,
    "build": Build,
    "changes": Changes,
    "slips": Slips,
    "changelog": Changelog,
    "goals": Goals,
    "plan": TimingPlan,
}
ROLES = {"ledger": LedgerNumber()}
