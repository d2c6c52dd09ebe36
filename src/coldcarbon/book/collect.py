"""What the executed notebooks say: their ledger rows, and outputs that no page may show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import nbformat

from coldcarbon.book.anchors import anchor_of
from coldcarbon.chapter import CLAIM_MIME
from coldcarbon.claims import Claim
from coldcarbon.figures.captioned import METADATA_KEY

# What a plotting call returns, shown because it was the last line of a cell.
OBJECT_NAME = re.compile(r" at 0x[0-9a-f]+|^\[?Text\(|<(?:matplotlib|Axes\b)")
WARNING_NAME = re.compile(r"\b\w*(?:Warning|Error)\b: ")

__all__ = ["faults", "ledger_rows", "resolve"]


def ledger_rows(notebook: nbformat.NotebookNode, page: str) -> list[dict[str, Any]]:
    """Ledger rows of an executed notebook, with the address of the cell that made each.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs.
    page : str
        Address of its page within the built book.
    """
    rows = [dict(output.data[CLAIM_MIME]) for _, output in _outputs(notebook) if CLAIM_MIME in output.get("data", {})]
    return [{**row, "page": f"{page}#{anchor_of(row['id'])}"} for row in rows]


def resolve(rows: Iterable[Mapping[str, Any]], recorded: Mapping[str, Claim]) -> list[Claim]:
    """Ledger rows of the book: computed here, or else as recorded by the last run on real data.

    Parameters
    ----------
    rows : iterable of mapping
        As `ledger_rows` gives them; a pending row could not be computed for lack of data.
    recorded : mapping of id to Claim
        The recorded ledger.

    Raises
    ------
    ValueError
        If two rows share an id.
    """
    resolved: dict[str, Claim] = {}
    for row in rows:
        if row["id"] in resolved:
            raise ValueError(f"two ledger rows are called {row['id']!r} ({resolved[row['id']].page} and {row['page']})")
        resolved[row["id"]] = _without_data(row, recorded) if row.get("pending") else Claim.from_dict(dict(row))
    return list(resolved.values())


def _without_data(row: Mapping[str, Any], recorded: Mapping[str, Claim]) -> Claim:
    former = recorded.get(row["id"])
    if former is not None:
        return Claim.from_dict({**former.to_dict(), "page": row["page"]})
    known = {key: value for key, value in row.items() if key != "pending"}
    empty = dict.fromkeys(("ours", "low", "high", "n", "evidence", "tolerance", "tolerance_kind"))
    reason = f"needs {', '.join(row['datasets'])}, absent in this build, and no run on real data has recorded it"
    return Claim.from_dict({**known, **empty, "verdict": "not testable", "reason": reason})


def faults(notebook: nbformat.NotebookNode, name: str) -> list[str]:
    """Outputs that no page may show: pictures and tables without evidence label, and warnings.

    Returns
    -------
    list of str
        One line each, naming page and cell.
    """
    found = []
    for place, output in _outputs(notebook):
        where = f"{name}, code cell {place}"
        if output.output_type == "stream" and output.name == "stderr":
            found.append(f"{where}: writes to stderr: {_telling_line(output.text)}")
        data = output.get("data", {})
        if METADATA_KEY in output.get("metadata", {}):
            continue
        page_text = str(data.get("text/html", ""))
        if any(mime.startswith("image/") for mime in data) or re.search(r"<(img|svg|canvas)\b", page_text):
            found.append(f"{where}: a figure without caption, alt text and evidence label; show it with chapter.figure")
        if OBJECT_NAME.search(str(data.get("text/plain", ""))):
            found.append(f"{where}: shows the name of an object; end the cell with a semicolon or an assignment")
        if "<table" in page_text:
            found.append(f"{where}: a table without evidence label; show it with chapter.table")
    return found


def _telling_line(text: str) -> str:
    """The line that names the warning, which Python follows by the line of code it came from; else the last."""
    lines = text.strip().splitlines() or [""]
    return next((line.strip() for line in lines if WARNING_NAME.search(line)), lines[-1])


def _outputs(notebook: nbformat.NotebookNode) -> Iterable[tuple[str, nbformat.NotebookNode]]:
    """Each output with its cell's number and first line."""
    code_cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for number, cell in enumerate(code_cells, start=1):
        first_line = cell.source.strip().partition("\n")[0]
        for output in cell.get("outputs", []):
            yield f"{number} of {len(code_cells)} ({first_line!r})", output
