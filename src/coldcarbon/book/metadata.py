"""What the archive of a release says of it, from ``CITATION.cff``, ``pyproject.toml`` and the bibliography."""

from __future__ import annotations

import json
from typing import Any

import yaml
from pybtex.database import parse_file

from coldcarbon.book.citations import BIBLIOGRAPHY
from coldcarbon.book.project import Project
from coldcarbon.published import PAPERS

__all__ = ["citation", "zenodo_text"]

NOTES = "Prose, figures and tables are under CC-BY-4.0 (LICENSE-text). Data sets are not part of it and have their own."


def citation(project: Project) -> dict[str, Any]:
    """Content of ``CITATION.cff``."""
    return yaml.safe_load((project.root / "CITATION.cff").read_text(encoding="utf-8"))


def zenodo_text(project: Project) -> str:
    """Content of ``.zenodo.json``, which describes each release in the archive.

    The licence of a deposit is that of the code; its notes name the one of the prose.

    Raises
    ------
    KeyError
        If ``CITATION.cff`` lacks a field that the archive wants, or the bibliography one of the papers.
    """
    cited, about = citation(project), project.settings["project"]
    entries = parse_file(project.root / BIBLIOGRAPHY, "bibtex").entries
    papers = [{"identifier": entries[paper].fields["doi"], "relation": "references"} for paper in sorted(PAPERS)]
    creators = [{"name": author["name"]} for author in cited["authors"]]
    described = {
        "title": cited["title"],
        "description": cited["abstract"],
        "upload_type": cited["type"],
        "version": about["version"],
        "creators": creators,
        "license": about["license"].lower(),
        "access_right": "open",
        "keywords": cited["keywords"],
        "notes": NOTES,
        "related_identifiers": papers,
    }
    return json.dumps(described, indent=2, ensure_ascii=False) + "\n"
