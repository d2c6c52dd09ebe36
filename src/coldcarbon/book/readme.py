"""The lines of the README that come from the ledger."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from coldcarbon.book.project import Project
from coldcarbon.book.tables import ours_text, published_text
from coldcarbon.claims import Claim, recorded_rows
from coldcarbon.published import PAPERS
from coldcarbon.whole_files import write_text

__all__ = ["ledger_lines", "readme_text", "write_readme"]

START = "<!-- ledger: written by `make ledger` -->\n"
END = "<!-- end of ledger -->"
ROWS_PER_PAPER = 6


def ledger_lines(rows: Sequence[Claim]) -> str:
    """Verdict counts and the first rows that rest on data, as Markdown.

    Parameters
    ----------
    rows : sequence of Claim
        The recorded ledger.
    """
    lines = []
    for paper in PAPERS:
        own = [row for row in rows if row.paper == paper]
        if own:
            counts = Counter(row.verdict for row in own).most_common()
            lines.append(f"**{paper}**: " + ", ".join(f"{n} {verdict}" for verdict, n in counts) + ".")
    lines += ["", "| claim | paper | ours | verdict |", "|---|---|---|---|"]
    for paper in PAPERS:
        real = [row for row in rows if row.paper == paper and row.evidence == "real"]
        lines += [
            f"| {row.statement} | {published_text(row)} | {ours_text(row)} | {row.verdict} |"
            for row in real[:ROWS_PER_PAPER]
        ]
    return "\n".join(lines) + "\n"


def readme_text(project: Project) -> str:
    """The README with the lines of the recorded ledger in their place.

    Raises
    ------
    ValueError
        If the README has lost the marks of that place.
    """
    text = (project.root / "README.md").read_text(encoding="utf-8")
    head, start, rest = text.partition(START)
    _, end, tail = rest.partition(END)
    if not start or not end:
        raise ValueError(f"README.md: the marks {START.strip()!r} and {END!r} are needed")
    return head + start + ledger_lines(list(recorded_rows(project.ledger).values())) + end + tail


def write_readme(project: Project) -> None:
    """Bring the README up to date with the ledger."""
    write_text(project.root / "README.md", readme_text(project))
