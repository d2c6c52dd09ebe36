"""Renderer plug-in of myst-nb: figures, tables and ledger rows as the helper functions publish them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from docutils import nodes
from myst_nb.core.render import MimeData, MimeRenderPlugin, NbElementRenderer, create_figure_context

from coldcarbon.book.anchors import LEDGER_PAGE, anchor_of, row_address
from coldcarbon.book.tables import badge
from coldcarbon.chapter import ANSWER_MIME, CLAIM_MIME, answer_text
from coldcarbon.figures.captioned import METADATA_KEY

__all__ = ["EvidenceRenderer"]


class EvidenceRenderer(MimeRenderPlugin):
    """Makes numbered, captioned and labelled figures and tables of the outputs that carry our metadata."""

    mime_priority_overrides: ClassVar[Sequence[tuple[str, str, int | None]]] = [
        ("*", CLAIM_MIME, 1),
        ("*", ANSWER_MIME, 1),
    ]

    @staticmethod
    def handle_mime(renderer: NbElementRenderer, data: MimeData, inline: bool) -> list[nodes.Element] | None:
        """Nodes of an output of ours; None leaves any other output to myst-nb."""
        if inline:
            return None
        if data.mime_type == CLAIM_MIME:
            return _claim(renderer, data.content)
        if data.mime_type == ANSWER_MIME:
            return _answer(data.content)
        ours = data.output_metadata.get(METADATA_KEY)
        if ours is None:
            return None
        # Each output comes once per mime type it offers, all with the same metadata.
        if (ours["kind"], data.mime_type) == ("figure", "image/png"):
            return _figure(renderer, data, ours)
        if (ours["kind"], data.mime_type) == ("table", "text/markdown"):
            return _table(renderer, data, ours)
        return []


def _figure(renderer: NbElementRenderer, data: MimeData, ours: dict[str, str]) -> list[nodes.Element]:
    (image,) = renderer.render_image(data)
    image["alt"] = ours["alt"]
    box = nodes.Element()
    options = {"name": ours["name"], "caption": f"{ours['caption']}\n\n{ours['label']}", "classes": "evidence"}
    parser = renderer.renderer
    with parser.current_node_context(box), create_figure_context(parser, options, data.line or 0):
        parser.current_node.append(image)
    return box.children  # type: ignore[return-value]


def _table(renderer: NbElementRenderer, data: MimeData, ours: dict[str, str]) -> list[nodes.Element]:
    text = f"````{{table}} {ours['caption']} {ours['label']}.\n:name: {ours['name']}\n\n{ours['body']}\n````"
    box = nodes.container(classes=["evidence", "scrolling-table"])
    with renderer.renderer.current_node_context(box):
        renderer.renderer.nested_render_text(text, data.line or 0)
    return [box]


def _claim(renderer: NbElementRenderer, row: dict[str, Any]) -> list[nodes.Element]:
    """One line under the cell that computed it; the ledger links here, and the line back to its row."""
    env = renderer.renderer.sphinx_env
    claim = env.app.coldcarbon_book.claims[row["id"]]
    line = nodes.paragraph("", "", badge(claim), nodes.Text(f" {claim.statement}. "))
    line += nodes.emphasis("", claim.reason[0].upper() + claim.reason[1:] + ".")
    if LEDGER_PAGE in env.found_docs:
        address = row_address(claim.id, "../" * env.docname.count("/"))
        line += [nodes.Text(" "), nodes.reference("", "In the ledger", refuri=address, internal=True)]
    return [nodes.container("", line, ids=[anchor_of(claim.id)], classes=["claim"])]


def _answer(answer: dict[str, Any]) -> list[nodes.Element]:
    """What a solution comes to, in one line."""
    line = nodes.paragraph("", "", nodes.strong("", "Answer:"), nodes.Text(f" {answer_text(answer)}"))
    return [nodes.container("", line, classes=["answer"])]
