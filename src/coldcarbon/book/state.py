"""What the extension knows of the book it builds."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from coldcarbon.book.project import Project
from coldcarbon.claims import Claim

__all__ = ["Book"]


@dataclass
class Book:
    """State of one build.

    Attributes
    ----------
    project : Project
        The checkout.
    keys, records, datasets, executed : dict
        By page: the key of its results, time and memory of its run, the data sets it declares, the executed notebook.
    claims : dict of id to Claim
        All ledger rows.
    """

    project: Project
    keys: dict[str, str] = field(default_factory=dict)
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    datasets: dict[str, list[str]] = field(default_factory=dict)
    executed: dict[str, nbformat.NotebookNode] = field(default_factory=dict)
    claims: dict[str, Claim] = field(default_factory=dict)

    @property
    def store(self) -> Path:
        """Folder of executed notebooks."""
        return self.project.build / ".jupyter_cache"
