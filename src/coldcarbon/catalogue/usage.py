"""Which chapter declares which data sets, read from the text of the notebooks without running them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from coldcarbon.catalogue.errors import DataError


def declared(notebook: Path) -> tuple[str, list[str]] | None:
    """Read the `Chapter("paper/chapter", datasets=[...])` call of a notebook.

    Parameters
    ----------
    notebook : Path
        A text notebook (MyST, `.md`) or an `.ipynb`.

    Returns
    -------
    tuple of str and list of str, or None
        Name of the chapter and its data sets; None where the notebook declares none.

    Raises
    ------
    DataError
        If the name or the data sets are no literals, or there are two such calls: they must be readable
        without running the notebook.
    """
    found = [_read_call(call, notebook) for code in _code_cells(notebook) for call in _calls(code, notebook)]
    if len(found) > 1:
        raise DataError(f"{notebook} calls Chapter {len(found)} times: a chapter declares itself once.")
    return found[0] if found else None


def used_in(folder: Path) -> dict[str, list[str]]:
    """List for each data set the chapters that declare it.

    Parameters
    ----------
    folder : Path
        Folder of the text notebooks, searched in depth; it need not exist.

    Returns
    -------
    dict of str to list of str
        Chapters in the order of their files.

    Raises
    ------
    DataError
        As `declared`.
    """
    found: dict[str, list[str]] = {}
    for notebook in sorted(folder.rglob("*.md")):
        if any(part.startswith((".", "_")) for part in notebook.relative_to(folder).parts):
            continue
        chapter = declared(notebook)
        if chapter is not None:
            for name in chapter[1]:
                found.setdefault(name, []).append(chapter[0])
    return found


def _code_cells(notebook: Path) -> Iterator[str]:
    text = notebook.read_text(encoding="utf-8")
    if notebook.suffix == ".md" and "code-cell" not in text:
        return
    import jupytext  # here: importing it costs more than most calls of the catalogue

    cells = jupytext.reads(text, fmt="ipynb" if notebook.suffix == ".ipynb" else "md:myst").cells
    yield from (cell.source for cell in cells if cell.cell_type == "code")


def _calls(code: str, notebook: Path) -> Iterator[ast.Call]:
    if "Chapter" not in code:
        return
    plain = "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in code.splitlines())
    try:
        tree = ast.parse(plain)
    except SyntaxError as error:
        raise DataError(f"{notebook}: a cell that names Chapter is no valid Python ({error}).") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            function = node.func
            name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
            if name == "Chapter":
                yield node


def _read_call(call: ast.Call, notebook: Path) -> tuple[str, list[str]]:
    values: dict[str, object] = {}
    given = [*zip(("name", "datasets"), call.args, strict=False), *((k.arg, k.value) for k in call.keywords)]
    for key, node in given:
        if key in {"name", "datasets"}:
            try:
                values[key] = ast.literal_eval(node)
            except (ValueError, TypeError, SyntaxError):
                raise DataError(
                    f"{notebook}, line {node.lineno} of the cell: `{key}` of Chapter is `{ast.unparse(node)}`; "
                    "write it as a literal, so that it can be read without running the notebook."
                ) from None
    name, datasets = values.get("name"), values.get("datasets", [])
    if not isinstance(name, str) or not name:
        raise DataError(f"{notebook}: Chapter needs its name as a text, for example 'xiao2023/root-profiles'.")
    if not isinstance(datasets, list | tuple) or not all(isinstance(item, str) for item in datasets):
        raise DataError(f"{notebook}: `datasets` of Chapter must be a list of names, not {datasets!r}.")
    return name, list(datasets)
