"""Whether anything changed since the last build, so that building again costs seconds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from coldcarbon import catalogue
from coldcarbon.book.keys import PACKAGE_FOLDER, digest, notebook_key
from coldcarbon.book.project import Project
from coldcarbon.whole_files import write_text

__all__ = ["digest_of_inputs", "forget", "is_unchanged", "remember"]

# Beside the notebooks, whose keys cover their data too: all that a page is made from.
PAGES = ("_config.yml", "_toc.yml", "README.md", "CITATION.cff", "LICENSE", "LICENSE-text", "pyproject.toml")
FOLDERS = ("book", "notebooks", "results", "benchmarks")


def digest_of_inputs(project: Project) -> str:
    """Hash of everything that the built pages depend on.

    Parameters
    ----------
    project : Project
        The checkout.

    Returns
    -------
    str
        64 hexadecimal digits.
    """
    keys = {str(path.relative_to(project.root)): notebook_key(project, path) for path in project.notebooks()}
    files = {str(path): digest(path.read_bytes()) for path in _files(project)}
    parts = [catalogue.mode(), catalogue.state(), keys, files]
    return digest(json.dumps(parts, sort_keys=True).encode())


def is_unchanged(project: Project, inputs: str) -> bool:
    """Whether the last build was made from just this and all its pages are still there."""
    if not _note(project).is_file():
        return False
    note = json.loads(_note(project).read_text(encoding="utf-8"))
    return note == {"inputs": inputs, "pages": _pages(project)} and project.claims.is_file()


def remember(project: Project, inputs: str) -> None:
    """Note what a build that went well was made from."""
    note = {"inputs": inputs, "pages": _pages(project)}
    write_text(_note(project), json.dumps(note))


def forget(project: Project) -> None:
    """Take the note away before pages are written, so that a build that breaks off is never taken for a whole one."""
    _note(project).unlink(missing_ok=True)


def _note(project: Project) -> Path:
    return project.build / "built-from.json"


def _pages(project: Project) -> dict[str, int]:
    """Size of each written page, notebook and bundle, so that one that is gone or cut off is written again."""
    files = [path for suffix in ("html", "ipynb", "zip") for path in sorted(project.html.rglob(f"*.{suffix}"))]
    return {path.relative_to(project.html).as_posix(): path.stat().st_size for path in files}


def _files(project: Project) -> Iterator[Path]:
    yield from (path for name in PAGES if (path := project.root / name).is_file())
    for folder in FOLDERS:
        for path in sorted((project.root / folder).rglob("*")):
            if path.is_file() and project.build not in path.parents and "__pycache__" not in path.parts:
                yield path
    yield from (p for p in sorted(PACKAGE_FOLDER.rglob("*")) if p.is_file() and "__pycache__" not in p.parts)
