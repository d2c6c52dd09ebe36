"""Tables of the page for teachers: learning goals of all chapters, and the blocks of a module."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from docutils import nodes

from coldcarbon.book.project import Project
from coldcarbon.book.tables import Cell, plain_table
from coldcarbon.book.teaching.head import Head, read_head
from coldcarbon.book.teaching.plan import Module, page_address, title_of

__all__ = ["goals_table", "heads", "module_nodes"]

Parse = Callable[[str], Sequence[nodes.Node]]


def heads(project: Project, paper: str = "") -> list[Head]:
    """Heads of all chapters, or of those of one paper, in the order of their files."""
    found = [(project.chapter(path), path) for path in project.notebooks()]
    return [
        read_head(chapter, path.read_text(encoding="utf-8"))
        for chapter, path in found
        if not paper or chapter.startswith(f"{paper}/")
    ]


def goals_table(chapters: Sequence[Head], parse: Parse, *, to_root: str) -> nodes.Node:
    """Chapters with what one learns, how long it takes and what one has to know.

    Parameters
    ----------
    chapters : sequence of Head
        In the order of the rows.
    parse : callable
        Turns MyST Markdown into inline nodes.
    to_root : str
        Relative path from the page to the root of the book.
    """
    rows: list[list[Cell]] = []
    for head in chapters:
        title = nodes.reference(
            "", "", *parse(head.title), refuri=f"{to_root}notebooks/{head.chapter}.html", internal=True
        )
        needs = nodes.inline("", "", *parse(head.needs))
        rows.append([title, "", f"{head.minutes} min", needs])
    table = plain_table(["Chapter", "You will learn", "Time", "Prerequisites"], rows, classes=["goals"])
    # A list has no place in the paragraph of a cell, so it takes the place of that.
    for row, head in zip(next(table.findall(nodes.tbody)).findall(nodes.row), chapters, strict=True):
        items = [nodes.list_item("", nodes.paragraph("", "", *parse(goal))) for goal in head.goals]
        entry = list(row.findall(nodes.entry))[1]
        entry.replace(entry.children[0], nodes.bullet_list("", *items))
    return table


def module_nodes(module: Module, titles: dict[str, str], *, to_root: str) -> list[nodes.Node]:
    """A module as a few lines and a table of its blocks with links to where they stand."""
    lines = [("For", module.audience), ("Before", module.before), ("To keep", module.keep)]
    found: list[nodes.Node] = [nodes.paragraph("", "", nodes.strong("", module.title))]
    for name, text in lines:
        found.append(nodes.paragraph("", "", nodes.strong("", f"{name}: "), nodes.Text(text)))
    rows: list[list[Cell]] = []
    start = 0
    for block in module.blocks:
        where: Cell = title_of(block, titles).replace("`", "")
        if address := page_address(block):
            where = nodes.reference("", str(where), refuri=f"{to_root}{address}", internal=True)
        rows.append([f"{start}–{start + block.minutes}", block.what, where, block.materials or "–"])
        start += block.minutes
    head = ["Minutes", "What the class does", "Where", "Materials"]
    return [*found, plain_table(head, rows, classes=["module"])]
