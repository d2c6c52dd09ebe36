"""The notebook linter: no result typed into prose, captions, ledger or glue; one style; the parts every chapter has.

A number that is no result may stand in prose if a pattern of ``allowed_numbers.toml`` covers it. Each pattern has its
reason beside it, and examples that a test tries.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import jupytext

from coldcarbon.book.lint.cells import ALLOW, Cell, lint_cells
from coldcarbon.book.lint.prose import Page, Passage, read_page
from coldcarbon.book.lint.typed_numbers import around, typed_numbers
from coldcarbon.book.project import Project, is_notebook

__all__ = ["lint_notebook", "lint_project", "lint_prose"]

HIDDEN = ("raw", "eval-rst", "include")


def lint_prose(path: Path) -> list[str]:
    """Results typed into a page of prose.

    Parameters
    ----------
    path : Path
        A MyST Markdown file; of a notebook, its Markdown is read.

    Returns
    -------
    list of str
        One line per fault: page, line, what is wrong, what to do.
    """
    page = read_page(path.read_text(encoding="utf-8"))
    name = _page_name(path)
    faults = [fault for passage in page.passages for fault in _numbers(passage, name)]
    faults += [
        f"{name}, line {line}: a line that begins with % is a comment and not on the page; end the line before with it"
        for line in page.comments
    ]
    for directive in page.named(*HIDDEN):
        faults.append(
            f"{name}, line {directive.line}: the directive {directive.name} hides its text from this check; write "
            "MyST Markdown"
        )
    return faults


def lint_notebook(path: Path) -> list[str]:
    """All faults of a text notebook: its prose, its code cells and its parts.

    Parameters
    ----------
    path : Path
        ``notebooks/PAPER/CHAPTER.md``.

    Returns
    -------
    list of str
        One line per fault: page, line and cell, what is wrong, what to do.
    """
    page = read_page(path.read_text(encoding="utf-8"))
    name = _page_name(path)
    cells, faults = _code_cells(path, page)
    return [
        *lint_prose(path),
        *(f"{name}, {fault}" for fault in faults),
        *_parts(page, name, cells),
        *lint_cells(cells, name),
    ]


def lint_project(project: Project) -> list[str]:
    """Faults of all notebooks and pages of prose.

    Parameters
    ----------
    project : Project
        The checkout.

    Returns
    -------
    list of str
        As `lint_notebook` gives them.
    """
    pages = sorted([*project.root.glob("notebooks/**/*.md"), *project.root.glob("book/*.md")])
    return [fault for path in pages for fault in (lint_notebook(path) if is_notebook(path) else lint_prose(path))]


def _page_name(path: Path) -> str:
    parts = path.resolve().parts
    starts = [i for i, part in enumerate(parts[:-1]) if part in ("notebooks", "book")]
    return "/".join(parts[starts[-1] :]) if starts else path.name


def _code_cells(path: Path, page: Page) -> tuple[list[Cell], list[str]]:
    """Code cells with their lines, and faults where a cell will not run."""
    cells = [cell for cell in jupytext.read(path).cells if cell.cell_type == "code"]
    fences = page.named("code-cell")
    if len(fences) != len(cells):
        nested = [f"line {fence.line}: a code cell within a directive does not run" for fence in fences if fence.nested]
        return [], nested or [f"{len(fences)} code cells are written and {len(cells)} are read; check the fences"]
    lines = path.read_text(encoding="utf-8").split("\n")
    found = []
    for number, (cell, fence) in enumerate(zip(cells, fences, strict=True), start=1):
        # The fence knows the options above the code only as text; the code begins where its first line stands.
        first = cell.source.partition("\n")[0]
        line = next(i for i in range(fence.line, len(lines) + 1) if not first or lines[i].strip() == first.strip())
        found.append(Cell(number, len(cells), cell.source, line + 1, tuple(cell.metadata.get("tags", ()))))
    return found, []


def _numbers(passage: Passage, name: str) -> Iterator[str]:
    for offset, number in typed_numbers(passage.text, name):
        yield (
            f"{name}, line {passage.line_at(offset)}: {number} is typed into prose ({around(passage.text, offset)}); "
            f"glue it with chapter.glue, {ALLOW}"
        )


def _parts(page: Page, name: str, cells: list[Cell]) -> Iterator[str]:
    """The parts that every chapter has, and those that stand before its first cell."""
    first_cell = cells[0].line if cells else 10**9
    opening = [passage for passage in page.passages if passage.line < first_cell]
    titles = [i for i, passage in enumerate(opening) if passage.kind == "h1"]
    if not titles:
        yield f"{name}, line 1: no title before the first cell; begin with '# Title'"
        return
    title = titles[0]
    after = opening[title + 1] if title + 1 < len(opening) else None
    if after is None or not after.text.strip().endswith("?"):
        yield f"{name}, line {opening[title].line}: the title is not followed by the chapter's question, one sentence"
    learn = [d for d in page.named("admonition") if d.argument == "You will learn" and d.line < first_cell]
    if not learn:
        yield f"{name}, line {opening[title].line}: no admonition 'You will learn' before the first cell"
    for directive in learn:
        bullets = len(re.findall(r"(?m)^[-*] ", directive.content))
        if bullets != 3:
            yield f"{name}, line {directive.line}: 'You will learn' has {bullets} bullets; it needs three"
    if not any(re.search(r"\bTime\b", p.text) and re.search(r"Prerequisites|You need", p.text) for p in opening):
        yield f"{name}, line {opening[title].line}: no line with 'Time:' and 'You need:' before the first cell"
    chapter = "/".join(Path(name).with_suffix("").parts[-2:])
    claims = page.named("claims")
    if not any(directive.argument == chapter and directive.line < first_cell for directive in claims):
        yield f"{name}, line {opening[title].line}: no directive {{claims}} {chapter} before the first cell"
    yield from _exercises(page, name)
    if not any(p.kind.startswith("h") and p.text.strip().lower() == "further reading" for p in page.passages):
        yield f"{name}: no section 'Further reading'"


def _exercises(page: Page, name: str) -> Iterator[str]:
    exercises = page.named("exercise", "exercise-start")
    solved = {directive.argument for directive in page.named("solution", "solution-start")}
    if len(exercises) < 2:
        yield f"{name}: {len(exercises)} exercises; a chapter has at least two, each with a solution"
    for exercise in exercises:
        label = exercise.options.get("label", "")
        if label not in solved:
            yield f"{name}, line {exercise.line}: no solution for the exercise {label or '(it has no label)'}"
    for kind in ("exercise", "solution"):
        starts, ends = page.named(f"{kind}-start"), page.named(f"{kind}-end")
        if len(starts) != len(ends):
            yield f"{name}: {len(starts)} {kind}-start and {len(ends)} {kind}-end; each gate needs both"
