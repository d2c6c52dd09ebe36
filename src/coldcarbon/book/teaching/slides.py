"""Slides of a chapter: title, what the tagged cells show, claims with their verdicts, exercises.

nbconvert writes them for reveal.js. Its template asks other hosts for six files; ours takes reveal.js and MathJax from
one folder that lies beside the slides, and needs no jQuery and no RequireJS.
"""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click
import nbformat
from nbconvert import SlidesExporter

from coldcarbon.book.build import ledger_rows
from coldcarbon.book.plain import plain_markdown
from coldcarbon.book.project import Project
from coldcarbon.book.teaching.lesson import Lesson
from coldcarbon.chapter import ANSWER_MIME, CLAIM_MIME
from coldcarbon.claims import Claim
from coldcarbon.figures.captioned import METADATA_KEY
from coldcarbon.figures.style import style_variables

__all__ = ["SHARED", "slide_files", "write_shared"]

TAG = "slide"
SHARED = "slides/shared"
ROWS_A_SLIDE = 7
MOST_CLAIMS = 14
# Lines and characters that a slide shows in its usual print.
LONG_TABLE, WIDE_TABLE = 12, 105
# As the pages of the book.
MATHJAX_SETTINGS = "MathJax = {tex: {inlineMath: [['$', '$'], ['\\\\(', '\\\\)']], processEscapes: true, tags: 'ams'}};"
REVEAL_FILES = ("dist/reset.css", "dist/reveal.css", "dist/reveal.js", "dist/theme/white.css", "plugin/notes/notes.js")
FONT_IMPORT = re.compile(r"^@import [^;]+;\n?", re.MULTILINE)
HEADING = re.compile(r"^(?P<level>#{1,4}) +(?P<title>.+)$", re.MULTILINE)
FENCED_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
# Up to the end of a sentence that a new one follows.
FIRST_SENTENCE = re.compile(r".+?[.!?](?=\s+[A-Z*]|\s*$)", re.DOTALL)

TEMPLATE = """{%- extends 'reveal/index.html.j2' -%}
{%- block html_head_js -%}{%- endblock -%}
{%- block jupyter_widgets -%}{%- endblock -%}
{%- block notebook_css -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{{ resources.maths }}{%- endblock -%}
{%- block html_head_css -%}
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="{{ resources.shared }}/reveal/dist/reset.css">
{%- endblock -%}
{%- block body_header -%}
<link rel="stylesheet" href="{{ resources.shared }}/slides.css">
<body>
<main>
<div class="reveal">
<div class="slides">
{%- endblock -%}
{%- block data_png scoped -%}
<img alt="{{ (output | get_metadata('alt', 'image/png') or '') | escape_html }}"
 src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}">
{%- endblock -%}
{%- block footer_js -%}
<script src="{{ resources.shared }}/reveal/dist/reveal.js"></script>
<script src="{{ resources.shared }}/reveal/plugin/notes/notes.js"></script>
<script>
Reveal.initialize({hash: true, slideNumber: "c/t", transition: "none", width: 1200, height: 720, margin: 0.03,
  center: false, pdfSeparateFragments: false, plugins: [RevealNotes]});
</script>
{%- endblock -%}
"""


def slide_files(
    project: Project, lesson: Lesson, values: Mapping[str, str], *, with_code: bool = False
) -> dict[str, str]:
    """Slides of one chapter.

    Parameters
    ----------
    project : Project
        With the ledger rows of the last build.
    lesson : Lesson
        The chapter.
    values : mapping of str to str
        What prose and captions print, by key.
    with_code : bool
        Show the code of the tagged cells too.

    Returns
    -------
    dict of str to str
        One page by its path within the pack.
    """
    cells = [*_title(lesson, values)]
    for heading, notes, cell in _tagged(lesson):
        cells += _shown(heading, notes, cell, lesson, values)
    cells += _claims([row for row in ledger_rows(project) if row.chapter == lesson.chapter])
    cells += _exercises(lesson, values)
    for number, cell in enumerate(cells, start=1):
        cell["id"] = f"slide-{number}"
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"title": lesson.head.title})
    prose = "".join(cell.source for cell in cells if cell.cell_type == "markdown")
    shared = "../shared"
    maths = f"<script>{MATHJAX_SETTINGS}</script>\n<script src='{shared}/mathjax/tex-mml-chtml.js' defer></script>"
    exporter = SlidesExporter(
        raw_template=TEMPLATE,
        reveal_theme="white",
        reveal_url_prefix=f"{shared}/reveal",
        exclude_input=not with_code,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
        exclude_anchor_links=True,
        embed_images=False,
    )
    resources: dict[str, Any] = {"metadata": {"name": lesson.head.title}, "shared": shared}
    resources["maths"] = maths if "$" in prose or r"\(" in prose else ""
    page, _ = exporter.from_notebook_node(notebook, resources)
    return {f"slides/{lesson.chapter}.html": str(page)}


def write_shared(project: Project, folder: Path) -> list[str]:
    """Copy what all slides share: reveal.js, MathJax, the style sheet.

    Parameters
    ----------
    project : Project
        Its MathJax is copied.
    folder : Path
        The pack.

    Returns
    -------
    list of str
        Paths within the pack.

    Raises
    ------
    click.ClickException
        If reveal.js is not installed, as in an environment without the development tools.
    """
    spec = find_spec("sphinx_revealjs")
    if spec is None or not spec.submodule_search_locations:
        raise click.ClickException("slides need sphinx-revealjs, which carries reveal.js; `make teach` installs it")
    source = Path(next(iter(spec.submodule_search_locations))) / "_static" / "revealjs"
    shared = folder / SHARED
    for name in (*REVEAL_FILES, "LICENSE"):
        target = shared / "reveal" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        # The fonts of the theme stay behind: the slides have those of the book.
        text = FONT_IMPORT.sub("", (source / name).read_text(encoding="utf-8"))
        target.write_text(text, encoding="utf-8", newline="\n")
    mathjax = project.root / "book" / "_static" / "mathjax"
    if mathjax.is_dir():
        shutil.copytree(mathjax, shared / "mathjax")
    colours = "".join(f"{name}: {light};" for name, (light, _) in style_variables().items())
    rules = Path(__file__).with_name("slides.css").read_text(encoding="utf-8")
    (shared / "slides.css").write_text(f":root {{{colours}}}\n{rules}", encoding="utf-8", newline="\n")
    return sorted(path.relative_to(folder).as_posix() for path in shared.rglob("*") if path.is_file())


def _markdown(text: str, kind: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(text, metadata={"slideshow": {"slide_type": kind}})


def _title(lesson: Lesson, values: Mapping[str, str]) -> Iterator[nbformat.NotebookNode]:
    head = lesson.head.plain(values, lesson.citations)
    paper = lesson.chapter.partition("/")[0]
    yield _markdown(f"# {head.title}\n\n{head.question}\n\n<small>{html.escape(paper)}</small>", "slide")
    yield _markdown(f"{head.minutes} minutes for one reader. Prerequisites: {head.needs}.", "notes")
    if lesson.state != "real":
        yield _markdown(f"**Computed without all of the real data ({lesson.state}).**", "-")
    goals = "\n".join(f"- {goal}" for goal in head.goals)
    yield _markdown(f"## You will learn\n\n{goals}", "slide")


def _tagged(lesson: Lesson) -> Iterator[tuple[str, str, nbformat.NotebookNode]]:
    """Heading, prose before and after, and cell of each tagged cell outside the solutions."""
    cells = [cell for part in lesson.parts if not part.exercise for cell in part.cells]
    heading, before = lesson.head.title, ""
    for place, cell in enumerate(cells):
        if cell.cell_type == "markdown":
            found = list(HEADING.finditer(FENCED_CODE.sub("", cell.source)))
            heading = found[-1]["title"] if found else heading
            before = f"{before}\n\n{cell.source}"
            continue
        if TAG in cell.metadata.get("tags", []):
            after = cells[place + 1].source if cells[place + 1 : place + 2] else ""
            is_prose = bool(after) and cells[place + 1].cell_type == "markdown"
            yield heading, f"{before}\n\n{_up_to_heading(after) if is_prose else ''}", cell
        before = ""


def _up_to_heading(source: str) -> str:
    found = HEADING.search(source)
    return source[: found.start()] if found else source


def _shown(
    heading: str, notes: str, cell: nbformat.NotebookNode, lesson: Lesson, values: Mapping[str, str]
) -> Iterator[nbformat.NotebookNode]:
    outputs, captions = [], []
    for output in cell.outputs:
        kept, caption = _for_slide(output, lesson, values)
        outputs += kept
        captions += [caption] if caption else []
    yield _markdown(f"## {plain_markdown(heading, values, lesson.citations)}", "slide")
    shown = nbformat.v4.new_code_cell(cell.source, outputs=outputs, metadata={"slideshow": {"slide_type": "-"}})
    yield shown
    words = HEADING.sub("", plain_markdown(notes, values, lesson.citations))
    yield _markdown("\n\n".join([*captions, words.strip()]).strip() or "No notes.", "notes")


def _for_slide(
    output: nbformat.NotebookNode, lesson: Lesson, values: Mapping[str, str]
) -> tuple[list[nbformat.NotebookNode], str]:
    """An output as a slide shows it, and the caption that goes into the notes."""
    data, ours = output.get("data", {}), output.get("metadata", {}).get(METADATA_KEY, {})
    if ours.get("kind") == "caption" or ANSWER_MIME in data or "scrapbook" in output.get("metadata", {}):
        return [], ""
    if CLAIM_MIME in data:
        verdict, _, words = data["text/plain"].partition(": ")
        return [_words(f"{_badge(verdict)} {html.escape(words)}")], ""
    if ours.get("kind") in ("figure", "table"):
        caption = plain_markdown(ours["caption"], values, lesson.citations)
        first = FIRST_SENTENCE.match(caption)
        line = _words(f"<small>{first[0] if first else caption} {_evidence(ours)}</small>")
        if ours["kind"] == "table":
            return [_words(_table(plain_markdown(ours["body"], values, lesson.citations))), line], caption
        return [output, line], caption
    if output.output_type == "stream" and output.text.startswith("Data state of"):
        return [], ""
    return [output], ""


def _table(body: str) -> str:
    """A table in Markdown, in small print if it is long or wide."""
    lines = body.strip().splitlines()
    if len(lines) <= LONG_TABLE and len(lines[0]) <= WIDE_TABLE:
        return body
    return f'<div class="dense" tabindex="0">\n\n{body}\n\n</div>'


def _words(text: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_output("display_data", data={"text/markdown": text, "text/plain": text})


def _evidence(ours: Mapping[str, str]) -> str:
    return f'<span class="evidence">{html.escape(ours["label"])}</span>'


def _badge(verdict: str) -> str:
    known = html.escape(verdict)
    return f'<span class="verdict verdict-{known.replace(" ", "-")}">{known}</span>'


def _claims(rows: Sequence[Claim]) -> Iterator[nbformat.NotebookNode]:
    """Claims that could be tested, those of the abstract first, a few to a slide."""
    tested = sorted((row for row in rows if row.evidence is not None), key=lambda row: not row.headline)
    chosen = tested[:MOST_CLAIMS]
    for start in range(0, len(chosen), ROWS_A_SLIDE):
        lines = [
            f"- {_badge(row.verdict)} {html.escape(row.statement)}" for row in chosen[start : start + ROWS_A_SLIDE]
        ]
        yield _markdown("## The claims and their verdicts\n\n" + "\n".join(lines), "slide")
        notes = "\n".join(
            html.escape(f"- {row.statement}: {row.reason}.") for row in chosen[start : start + ROWS_A_SLIDE]
        )
        rest = len(rows) - len(chosen)
        yield _markdown(f"{notes}\n\n{rest} more claims stand on the page of the chapter." if rest else notes, "notes")


def _exercises(lesson: Lesson, values: Mapping[str, str]) -> Iterator[nbformat.NotebookNode]:
    for number, exercise in enumerate(lesson.exercises, start=1):
        task = plain_markdown(exercise.task, values, lesson.citations)
        title = f": {exercise.title}" if exercise.title else ""
        yield _markdown(f"## Exercise {number}{title}\n\n{task}", "slide")
        quantities = "; ".join(answer.quantity for answer in lesson.answers() if answer.exercise == exercise.label)
        yield _markdown(f"`{exercise.label}`. It asks for: {quantities or 'reasoning'}.", "notes")
