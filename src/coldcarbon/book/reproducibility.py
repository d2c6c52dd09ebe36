"""What this build was made of: code, machine, packages, data, and what each notebook took."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from docutils import nodes
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from coldcarbon import __version__, catalogue
from coldcarbon.book.project import Project
from coldcarbon.book.stamp import commit_of
from coldcarbon.book.tables import Cell, plain_table

__all__ = ["data_used", "locked_versions", "main_packages", "packages", "timings", "versions"]

NOT_INSTALLED = "not installed"


def versions(project: Project) -> list[nodes.Node]:
    """Code, Python and kind of machine; nothing that names one.

    Parameters
    ----------
    project : Project
        The checkout.
    """
    lines = [
        f"coldcarbon {__version__}, commit {commit_of(project.root)}.",
        f"{platform.python_implementation()} {platform.python_version()}.",
        f"{platform.system()} on {platform.machine()}.",
        f"Data state: {catalogue.state()}.",
    ]
    return [nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", line)) for line in lines))]


def timings(records: Mapping[str, Mapping[str, Any]]) -> list[nodes.Node]:
    """Time and memory of each notebook, as its run recorded them.

    Parameters
    ----------
    records : mapping of page to mapping
        ``execution_seconds``, ``peak_memory_mb`` (None where the system cannot say) and ``executed_at``.
    """
    if not records:
        return [nodes.paragraph("", "This build has run no notebook.")]
    rows: list[list[Cell]] = []
    for page, record in sorted(records.items()):
        memory = record["peak_memory_mb"]
        used = "–" if memory is None else f"{memory:,.0f}"
        rows.append(
            [page.removeprefix("notebooks/"), f"{record['execution_seconds']:.0f}", used, record["executed_at"]]
        )
    total = sum(record["execution_seconds"] for record in records.values())
    largest = max((record["peak_memory_mb"] or 0 for record in records.values()), default=0)
    rows.append(["all, one after the other", f"{total:,.0f}", f"{largest:,.0f}" if largest else "–", ""])
    head = ["Chapter", "Seconds", "Largest memory (MB)", "Run at"]
    return [plain_table(head, rows, classes=["timings"], caption="What each notebook took in the run shown")]


def data_used(declared: Mapping[str, Sequence[str]]) -> list[nodes.Node]:
    """State and hash of each data set that a chapter uses.

    Parameters
    ----------
    declared : mapping of page to sequence of str
        The data sets of each chapter.
    """
    names = sorted({name for used in declared.values() for name in used})
    if not names:
        return [nodes.paragraph("", "No chapter uses data.")]
    hashes = catalogue.hashes(names)
    rows: list[list[Cell]] = []
    for name in names:
        chapters = sum(name in used for used in declared.values())
        missing = "absent" if catalogue.datasets()[name].default else "on request, not fetched"
        here = "present" if name in hashes else missing
        rows.append([name, here, str(chapters), nodes.literal("", hashes[name]) if name in hashes else "–"])
    head = ["Data set", "State", "Chapters", "sha256 of its files"]
    return [plain_table(head, rows, classes=["hashes"], caption="Data behind this build")]


def packages(project: Project) -> list[nodes.Node]:
    """Versions of the packages that the project asks for by name: as locked, and as installed.

    Parameters
    ----------
    project : Project
        The checkout.
    """
    locked = locked_versions(project.lock)
    rows: list[list[Cell]] = []
    for name in main_packages(project):
        try:
            installed = metadata.version(name)
        except metadata.PackageNotFoundError:
            installed = NOT_INSTALLED
        pinned = locked.get(name, "not locked")
        rows.append([name, pinned, installed if installed == pinned else f"{installed} (differs)"])
    head = ["Package", "Locked", "Installed"]
    return [plain_table(head, rows, classes=["packages"], caption="Main packages, as locked and as installed")]


def main_packages(project: Project) -> list[str]:
    """Names of the packages in ``pyproject.toml`` that this machine needs, without extras."""
    asked = map(Requirement, project.settings["project"].get("dependencies", []))
    return sorted(
        {canonicalize_name(one.name) for one in asked if one.marker is None or one.marker.evaluate({"extra": ""})}
    )


def locked_versions(lock: Path) -> dict[str, str]:
    """Version of each package that a lock file holds for this machine; none without the file."""
    if not lock.is_file():
        return {}
    found = {}
    for line in lock.read_text(encoding="utf-8").splitlines():
        if line[:1].isalnum():
            one = Requirement(line.rstrip("\\ "))
            if one.marker is None or one.marker.evaluate({"extra": ""}):
                found[str(canonicalize_name(one.name))] = str(one.specifier).removeprefix("==")
    return found
