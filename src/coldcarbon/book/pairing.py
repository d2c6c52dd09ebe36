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
from coldcarbon.whole_files import write_text

__all__ = ["INSTALL_TAG", "install_code", "paired_text", "stale_pairs", "write_pairs"]

INSTALL_TAG = "install"
# The lock with its hashes, then the package, as on any other machine. Numbers of before and after must not mix.
INSTALL = """\
# Hosted notebooks start without the package. Where it is there, this does nothing.
import importlib.util
import subprocess
import sys

if importlib.util.find_spec("coldcarbon") is None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet"]
    lock = "{repository}/raw/{branch}/requirements.lock"
    subprocess.run([*pip, "--require-hashes", "-r", lock], check=True)
    package = "git+{repository}@{branch}"
    subprocess.run([*pip, "--no-build-isolation", "--no-deps", package], check=True)
    if {{"numpy", "pandas"}} & set(sys.modules):
        raise SystemExit("Installed. Restart the session once, then run all cells.")"""


def install_code(repository: str, branch: str) -> str:
    """Code of the cell that installs the package where it is not there, from its public address.

    Parameters
    ----------
    repository : str
        Public address of the repository.
    branch : str
        What to take of it.
    """
    return INSTALL.format(repository=repository, branch=branch)


def paired_text(notebook: Path, install: str = "") -> str:
    """Text of the .ipynb that pairs with a text notebook.

    Cell ids are hashes of content, so that a change of one cell changes one id.

    Parameters
    ----------
    notebook : Path
        The text notebook.
    install : str
        Code of a first cell that the text does not have; none if empty.
    """
    content = jupytext.read(notebook)
    # An editor that keeps both forms in step may have brought the cell into the text.
    content.cells = [cell for cell in content.cells if INSTALL_TAG not in cell.metadata.get("tags", ())]
    if install:
        content.cells.insert(0, nbformat.v4.new_code_cell(install, metadata={"tags": [INSTALL_TAG]}))
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
    texts = {path.with_suffix(".ipynb"): _text(project, path) for path in project.notebooks()}
    stale = {path for path, text in texts.items() if not path.exists() or path.read_text(encoding="utf-8") != text}
    return sorted(stale | (set((project.root / "notebooks").glob("*/*.ipynb")) - set(texts)))


def write_pairs(project: Project) -> list[Path]:
    """Bring all pairs up to date; returns what was written or removed."""
    stale = stale_pairs(project)
    for path in stale:
        source = path.with_suffix(".md")
        if source.exists():
            write_text(path, _text(project, source), newline="\n")
        else:
            path.unlink()
    return stale


def _text(project: Project, notebook: Path) -> str:
    return paired_text(notebook, install_code(project.repository, project.branch) if project.repository else "")
