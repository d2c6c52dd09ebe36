"""Timing plans: one module of two hours for each paper, read from ``book/modules.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from docutils import nodes

from coldcarbon.book.lint.prose import read_page
from coldcarbon.book.project import Project
from coldcarbon.published import PAPERS

__all__ = ["MINUTES", "Block", "Module", "page_address", "plan_files", "plan_text", "read_modules", "title_of"]

MINUTES = 120
FILE = Path("book", "modules.toml")
HEADING = re.compile(r"^#{1,4} +(?P<title>.+?)\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A part of a module: how long, what the class does, where it stands, what it needs.

    Attributes
    ----------
    minutes : int
        How long.
    what : str
        What the class does.
    chapter, section : str
        ``PAPER/CHAPTER``, and a heading of it, or empty for the chapter as a whole; both may be empty.
    exercise : str
        Label of an exercise of that chapter, or empty.
    materials : str
        What has to be at hand, or empty.
    """

    minutes: int
    what: str
    chapter: str = ""
    section: str = ""
    exercise: str = ""
    materials: str = ""


@dataclass(frozen=True)
class Module:
    """A module: paper, title, for whom, what to read before, what to keep from it, and its blocks."""

    paper: str
    title: str
    audience: str
    before: str
    keep: str
    blocks: tuple[Block, ...]


def read_modules(project: Project) -> list[Module]:
    """Read the plans and check them against the chapters.

    Parameters
    ----------
    project : Project
        A checkout.

    Returns
    -------
    list of Module
        One per paper, in the order of the papers; empty where there is no file.

    Raises
    ------
    click.ClickException
        If a plan lasts longer or shorter than two hours, names a chapter, section or exercise that is not there, or a
        paper has none or several.
    """
    path = project.root / FILE
    if not path.is_file():
        return []
    try:
        modules = [_module(row) for row in tomllib.loads(path.read_text(encoding="utf-8"))["module"]]
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise click.ClickException(f"{FILE.as_posix()} cannot be read: {error}") from error
    faults = [fault for module in modules for fault in _faults(project, module)]
    if sorted(module.paper for module in modules) != sorted(PAPERS):
        faults.append(f"one module is wanted for each of {', '.join(PAPERS)}")
    if faults:
        raise click.ClickException("\n".join(f"{FILE.as_posix()}: {fault}" for fault in faults))
    return sorted(modules, key=lambda module: PAPERS.index(module.paper))


def plan_files(project: Project, titles: Mapping[str, str]) -> dict[str, str]:
    """Each plan as Markdown.

    Parameters
    ----------
    project : Project
        A checkout.
    titles : mapping of str to str
        Title of each chapter.

    Returns
    -------
    dict of str to str
        Text by path within the pack.
    """
    return {f"plans/{module.paper}.md": plan_text(module, titles) for module in read_modules(project)}


def plan_text(module: Module, titles: Mapping[str, str]) -> str:
    """A plan as Markdown: a head, and a table of its blocks."""
    lines = [f"# {module.title}", "", f"Two hours on {module.paper}.", ""]
    lines += [f"**For:** {module.audience}", "", f"**Before:** {module.before}", "", f"**To keep:** {module.keep}", ""]
    lines += ["| Minutes | What the class does | Where | Materials |", "| --- | --- | --- | --- |"]
    start = 0
    for block in module.blocks:
        cells = [f"{start}–{start + block.minutes}", block.what, title_of(block, titles), block.materials or "–"]
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
        start += block.minutes
    return "\n".join([*lines, ""])


def title_of(block: Block, titles: Mapping[str, str]) -> str:
    """Where a block stands, in words: chapter, section, exercise."""
    exercise = f"exercise `{block.exercise}`" if block.exercise else ""
    parts = [titles.get(block.chapter, block.chapter), ", ".join(part for part in (block.section, exercise) if part)]
    return ": ".join(part for part in parts if part) or "–"


def page_address(block: Block) -> str:
    """Address of a block within the built book; empty if it stands nowhere."""
    if not block.chapter:
        return ""
    anchor = block.exercise or (nodes.make_id(block.section) if block.section else "")
    return f"notebooks/{block.chapter}.html" + (f"#{anchor}" if anchor else "")


def _module(row: Mapping[str, Any]) -> Module:
    words = {key: " ".join(str(value).split()) for key, value in row.items() if key != "block"}
    return Module(**words, blocks=tuple(_block(block) for block in row["block"]))


def _block(row: Mapping[str, Any]) -> Block:
    words = {key: " ".join(str(value).split()) for key, value in row.items() if key != "minutes"}
    return Block(int(row["minutes"]), **words)


def _faults(project: Project, module: Module) -> Sequence[str]:
    faults = []
    total = sum(block.minutes for block in module.blocks)
    if total != MINUTES:
        faults.append(f"the module of {module.paper} lasts {total} minutes, not {MINUTES}")
    for block in module.blocks:
        if not block.chapter:
            if block.section or block.exercise:
                faults.append(f"{module.paper}: {block.section or block.exercise!r} needs its chapter")
            continue
        path = project.root / "notebooks" / f"{block.chapter}.md"
        if not path.is_file():
            faults.append(f"{module.paper}: there is no chapter {block.chapter!r}")
            continue
        text = path.read_text(encoding="utf-8")
        if block.section and block.section not in {match["title"] for match in HEADING.finditer(text)}:
            faults.append(f"{module.paper}: {block.chapter} has no section {block.section!r}")
        labels = {box.options.get("label") for box in read_page(text).named("exercise", "exercise-start")}
        if block.exercise and block.exercise not in labels:
            faults.append(f"{module.paper}: {block.chapter} has no exercise {block.exercise!r}")
    return faults
