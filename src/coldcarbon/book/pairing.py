"""Write each text notebook's .ipynb pair: one way, without outputs, the same bytes each time.

``jupytext --sync`` decides by time stamps, which a checkout scrambles, and could throw away an edit of the text.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path

import jupytext
import nbformat

from coldcarbon.book.project import Project

__all__ = ["paired_text", "stale_pairs", "write_pairs"]


def paired_text(notebook: Path) -> str:
    """Text of the .ipynb that pairs with a text notebook.

    Cell ids are hashes of content, so that a change of one cell changes one id.
    """
    content = jupytext.read(notebook)
    seen: Counter[str] = Counter()
    for cell in content.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\0{cell.source}".encode()).hexdigest()[:12]
        cell["id"] = f"{digest}-{seen[digest]}" if seen[digest] else digest
        seen[digest] += 1
        if cell.cell_type == "code":
            cell["outputs"], cell["execution_count"] = [], None
    content.nbformat, content.nbformat_minor = 4, 5
    content.metadata.get("jupytext", {}).pop("text_representation", None)
    return nbformat.writes(content) + "\n"


def stale_pairs(project: Project) -> list[Path]:
    """The .ipynb files that are absent, differ from their text, or have lost it."""
    texts = {path.with_suffix(".ipynb"): paired_text(path) for path in project.notebooks()}
    stale = {path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    return sorted(stale | (set((project.root / "notebooks").glob("*/*.ipynb")) - set(texts)))


def write_pairs(project: Project) -> list[Path]:
    """Bring all pairs up to date; returns what was written or removed."""
    stale = stale_pairs(project)
    for path in stale:
        source = path.with_suffix(".md")
        if source.exists():
            path.write_text(paired_text(source), encoding="utf-8")
        else:
            path.unlink()
    return stale
