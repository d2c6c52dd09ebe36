"""An executed notebook whose prose any notebook viewer can show.

The book's sources are MyST: numbers stand in the prose as glue, citations and references as roles. JupyterLab, Colab
and GitHub know none of them, so the copies we hand out have the numbers filled in and the roles written as words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import nbformat

from coldcarbon.chapter import CLAIM_MIME

__all__ = ["glued_values", "plain_markdown", "plain_notebook"]

GLUE_PREFIX = "application/papermill.record/"
GLUE_ROLE = re.compile(r"\{glue:[a-z]+\}`(?P<key>[^`:]+)(?::(?P<format>[^`]*))?`")
CITATION = re.compile(r"\{cite(?::[a-z]+)?\}`(?P<keys>[^`]+)`")
TEXT_ROLE = re.compile(r"\{(?:ref|doc|numref|term|eq|prf:ref|download)\}`(?P<text>[^`]+)`")
EQUATION_LABEL = re.compile(r"^\$\$ \([\w-]+\)$", re.MULTILINE)
TITLE_AND_TARGET = re.compile(r"(?P<title>.+?)\s*<[^>]*>")
TARGET_LINE = re.compile(r"^\([a-z0-9-]+\)=\n?", re.MULTILINE)
FENCE = re.compile(r"^(?P<fence>:{3,}|`{3,})\{(?P<name>[\w:-]+)\}[ \t]*(?P<title>[^\n]*)$")
PLAIN_FENCE = re.compile(r"^(:{3,}|`{3,})\s*$")
LEFT_OUT = ("claims", "ledger", "headlines", "verdicts", "datasets", "bibliography")
CLAIMS = re.compile(r"^```\{claims\}[^\n]*\n```$", re.MULTILINE)
OPTION = re.compile(r"^:[\w-]+:")


def plain_notebook(
    notebook: nbformat.NotebookNode, citations: Mapping[str, str] = MappingProxyType({})
) -> nbformat.NotebookNode:
    """Copy of an executed notebook with plain Markdown and without the book's own metadata.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs.
    citations : mapping of str to str
        What a citation reads, by key; a key that is not there stands for itself.

    Returns
    -------
    nbformat.NotebookNode
        The claims of the chapter are listed where the book draws their table.
    """
    copy = nbformat.from_dict(notebook)
    values = glued_values(copy)
    claims = "\n".join(f"- {text}" for text in _claim_texts(copy))
    for number, cell in enumerate(copy.cells, 1):
        cell["id"] = f"cell-{number}"  # those of a fresh reading are random
        if cell.cell_type == "markdown":
            cell.source = plain_markdown(CLAIMS.sub(lambda _: claims, cell.source), values, citations)
        cell.metadata.pop("_sphinx", None)
    copy.metadata.get("kernelspec", {}).pop("coldcarbon_key", None)
    copy.metadata.pop("source_map", None)
    return copy


def glued_values(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """Text of each glued number, by its key."""
    values: dict[str, str] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            key = output.get("metadata", {}).get("scrapbook", {}).get("name")
            if key:
                values[key] = output.data.get(f"{GLUE_PREFIX}text/plain", "")
    return values


def _claim_texts(notebook: nbformat.NotebookNode) -> list[str]:
    """Each claim as the chapter prints it in one line: verdict, statement, reason."""
    outputs = (output for cell in notebook.cells for output in cell.get("outputs", []))
    return [output.data["text/plain"] for output in outputs if CLAIM_MIME in output.get("data", {})]


def plain_markdown(source: str, values: Mapping[str, str], citations: Mapping[str, str] = MappingProxyType({})) -> str:
    """Markdown with glue filled in, roles as words, admonitions as paragraphs and directives of the book left out.

    Parameters
    ----------
    source : str
        MyST Markdown of one cell.
    values : mapping
        As `glued_values` gives them.
    citations : mapping
        What a citation reads, by key.
    """
    text = CITATION.sub(
        lambda match: "; ".join(citations.get(key.strip(), key.strip()) for key in match["keys"].split(",")), source
    )
    text = EQUATION_LABEL.sub("$$", text)
    text = GLUE_ROLE.sub(lambda match: _formatted(values.get(match["key"], match["key"]), match["format"]), text)
    text = TEXT_ROLE.sub(lambda match: _title(match["text"]), text)
    text = TARGET_LINE.sub("", text)
    lines: list[str] = []
    open_fences: list[tuple[str, bool, str]] = []
    for line in text.split("\n"):
        start = FENCE.match(line)
        if start:
            first, last = _frame(start["name"], start["title"].strip())
            open_fences.append((start["fence"], start["name"] not in LEFT_OUT, last))
            lines += first
        elif open_fences and PLAIN_FENCE.match(line) and line.strip() == open_fences[-1][0]:
            last = open_fences.pop()[2]
            lines += [last] if last else []
        elif open_fences and OPTION.match(line):
            continue
        elif all(keep for _, keep, _ in open_fences):
            lines.append(line)
    return "\n".join(lines).strip("\n")


def _frame(name: str, argument: str) -> tuple[list[str], str]:
    """What stands for the opening of a directive, and for its end."""
    if name == "math":
        return ["$$"], "$$"
    if name in ("code", "code-block"):
        return [f"```{argument}"], "```"
    if name in LEFT_OUT or name.endswith("-end"):
        return [], ""
    kind = name.removesuffix("-start")
    # What follows the name of a solution is the label of its exercise, not a title.
    title = "Solution" if kind == "solution" else argument or ("Exercise" if kind == "exercise" else "")
    return ([f"**{title}**", ""] if title else []), ""


def _formatted(text: str, spec: Any) -> str:
    text = text.strip("'\"")
    try:
        return format(float(text), spec) if spec else text
    except ValueError:
        return text


def _title(text: str) -> str:
    match = TITLE_AND_TARGET.fullmatch(text)
    return match["title"] if match else text
