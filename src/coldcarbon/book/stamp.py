"""The stamp at the foot of a page: data, code and machine that made it."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes

from coldcarbon import __version__, catalogue
from coldcarbon.book.project import Project

__all__ = ["Unsearched", "commit_of", "depart_unsearched", "stamp", "unsearched", "visit_unsearched", "without_data"]

SHORT_HASH = 12


class Unsearched(nodes.container, nodes.comment):
    """A box whose words the search leaves out, as those of comments: days and seconds differ from build to build."""


def unsearched(content: Sequence[nodes.Node], classes: Sequence[str] = ()) -> list[nodes.Node]:
    """Put nodes into an `Unsearched` box."""
    box = Unsearched(classes=list(classes))
    box += list(content)
    return [box]


def visit_unsearched(self: Any, node: nodes.Node) -> None:
    """Begin it as any box."""
    self.visit_container(node)


def depart_unsearched(self: Any, node: nodes.Node) -> None:
    """End it as any box."""
    self.depart_container(node)


def stamp(
    project: Project, page: str, datasets: Sequence[str], record: dict[str, Any] | None, *, to_root: str
) -> nodes.Node:
    """Nodes of the stamp.

    Parameters
    ----------
    project : Project
        The checkout.
    page : str
        Name of the page.
    datasets : sequence of str
        The data sets behind it.
    record : dict or None
        Time and memory of the notebook's run; None for a page of prose.
    to_root : str
        Relative path to the root of the book.
    """
    state = catalogue.state(datasets) if datasets else "no data needed"
    items = [f"Data state: {state}."]
    hashes = catalogue.hashes(datasets)
    if hashes:
        items.append("Data (sha256): " + ", ".join(f"{n} {h[:SHORT_HASH]}" for n, h in sorted(hashes.items())) + ".")
    items.append(f"coldcarbon {__version__}, commit {commit_of(project.root)}.")
    if record:
        seconds, memory = record["execution_seconds"], record["peak_memory_mb"]
        used = f" with at most {memory:.0f} MB" if memory else ""
        items.append(f"Run on {record['executed_at']} in {seconds:.0f} s{used}.")
    listing = nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", text)) for text in items))
    box = unsearched([listing], classes=["stamp"])[0]
    if record:
        link = nodes.reference("", "Executed notebook (.ipynb)", refuri=f"{to_root}{page}.ipynb", internal=True)
        listing += nodes.list_item("", addnodes.compact_paragraph("", "", link))
    return box


def without_data(datasets: Sequence[str]) -> nodes.Node:
    """Warning at the head of a chapter that ran without its data.

    Parameters
    ----------
    datasets : sequence of str
        The data sets it declares.
    """
    missing = ", ".join(name for name in datasets if not catalogue.present(name)) or ", ".join(datasets)
    text = (
        f"This page was built without {missing}. Its figures, tables and numbers come from the simulated study design, "
        "not from observations, and sentences about what the data show do not apply to them. Verdicts on real data are "
        "those recorded by the last run that had them."
    )
    return nodes.warning("", nodes.paragraph("", text))


@cache
def commit_of(root: Path) -> str:
    """Short hash of the checkout's commit, with a mark if files differ from it."""
    try:
        short = _git(root, "rev-parse", "--short=10", "HEAD")
        return f"{short} with uncommitted changes" if _git(root, "status", "--porcelain") else short
    except (OSError, subprocess.CalledProcessError):
        return "unknown (not a git checkout)"


def _git(root: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()
