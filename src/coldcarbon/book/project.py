"""Where the parts of a checkout lie."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

__all__ = ["Project", "find_project"]


@dataclass(frozen=True)
class Project:
    """A checkout of the book.

    Attributes
    ----------
    root : Path
        The folder that holds ``_config.yml`` and ``notebooks``.
    """

    root: Path

    @property
    def lock(self) -> Path:
        """Locked versions of all packages."""
        return self.root / "requirements.lock"

    @property
    def build(self) -> Path:
        """What a build writes; not committed."""
        return self.root / "book" / "_build"

    @property
    def html(self) -> Path:
        """The built pages."""
        return self.build / "html"

    @property
    def claims(self) -> Path:
        """All ledger rows of the last build."""
        return self.build / "claims.json"

    @property
    def ledger(self) -> Path:
        """The recorded ledger."""
        return self.root / "results" / "ledger.json"

    @property
    def settings(self) -> dict[str, Any]:
        """Content of ``pyproject.toml``."""
        return tomllib.loads((self.root / "pyproject.toml").read_text(encoding="utf-8"))

    @property
    def repository(self) -> str:
        """Public address of the repository; empty while there is none."""
        return self.settings["project"].get("urls", {}).get("Repository", "").rstrip("/").removesuffix(".git")

    @property
    def branch(self) -> str:
        """The branch whose committed files launch links and hosted notebooks take."""
        return self.settings.get("tool", {}).get("coldcarbon", {}).get("branch", "main")

    @property
    def bundles(self) -> Path:
        """The bundles of all chapters, among the built pages."""
        return self.html / "bundles"

    def notebooks(self) -> list[Path]:
        """All text notebooks, in order of their names."""
        return sorted(path for path in (self.root / "notebooks").glob("*/*.md") if is_notebook(path))

    def notebook(self, chapter: str) -> Path:
        """Text notebook of a chapter.

        Raises
        ------
        click.UsageError
            If there is no such chapter; those there are are named.
        """
        path = self.root / "notebooks" / f"{chapter}.md"
        if not path.is_file():
            known = ", ".join(self.chapter(path) for path in self.notebooks())
            raise click.UsageError(f"there is no chapter {chapter!r}; the chapters are {known}")
        return path

    def chapter(self, notebook: Path) -> str:
        """``PAPER/CHAPTER`` of a notebook's path."""
        return notebook.relative_to(self.root / "notebooks").with_suffix("").as_posix()


def is_notebook(path: Path) -> bool:
    """True for a MyST Markdown file with a jupytext header."""
    with path.open(encoding="utf-8") as stream:
        head = stream.read(400)
    return head.startswith("---") and "jupytext:" in head


def find_project(start: Path | None = None) -> Project:
    """The checkout that holds a folder.

    Parameters
    ----------
    start : Path, optional
        Where to start looking upwards; the working directory by default.

    Raises
    ------
    click.UsageError
        If no folder above holds ``_config.yml`` and ``notebooks``.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "_config.yml").is_file() and (folder / "notebooks").is_dir():
            return Project(folder)
    raise click.UsageError(f"{here} is not inside a checkout of Cold Carbon: no _config.yml with notebooks/ above it")
