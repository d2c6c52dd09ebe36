"""Run one chapter by itself, in a checkout or in an unpacked bundle, and write what it gives."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import click
import jupytext
import nbformat
from nbconvert import HTMLExporter
from tqdm import tqdm

from coldcarbon import catalogue
from coldcarbon.book.build import absences
from coldcarbon.book.citations import citations_above
from coldcarbon.book.collect import faults
from coldcarbon.book.execute import ExecutionFailedError, Job, execute
from coldcarbon.book.plain import plain_notebook
from coldcarbon.whole_files import write_text

__all__ = ["page_of", "run_chapter"]

MATHJAX = Path("book", "_static", "mathjax", "tex-mml-chtml.js")
# The page must stand alone, and nbconvert's own template asks other hosts for three scripts; it also has no place for
# the alt text of a picture.
TEMPLATE = """{%- extends 'lab/index.html.j2' -%}
{%- block html_head_js_requirejs -%}{%- endblock -%}
{%- block html_head_js_mermaidjs -%}{%- endblock -%}
{%- block html_head_js_mathjax -%}{{ resources.maths }}{%- endblock -%}
{%- block data_png scoped -%}
<div class="jp-RenderedImage jp-OutputArea-output {{ extra_class }}">
<img alt="{{ (output | get_metadata('alt', 'image/png') or '') | escape_html }}"
 width="{{ output | get_metadata('width', 'image/png') or '' }}"
 src="data:image/png;base64,{{ output.data['image/png'] | escape_html }}">
</div>
{%- endblock -%}
"""
# MathJax would ask for a font file when it first needs it; here it finds them all in the page.
MATHJAX_SETTINGS = """MathJax = {
  tex: {inlineMath: [['$', '$'], ['\\\\(', '\\\\)']], processEscapes: true, tags: 'ams'},
  startup: {ready() {
    const fonts = FONTS;
    for (const face of Object.values(MathJax._.output.chtml.fonts.tex_ts.TeXFont.defaultFonts)) {
      face.src = face.src.replace(/url\\("%%URL%%\\/([^"]+)"\\)/, (_, name) => `url("${fonts[name]}")`);
    }
    MathJax.startup.defaultReady();
  }}
};"""
TITLE = re.compile(r"^# +(.+)$", re.MULTILINE)


def run_chapter(notebook: Path, folder: Path) -> list[Path]:
    """Execute a notebook and write it with its results, as a notebook and as a page that needs no other file.

    Data that the notebook declares and that are absent are fetched first, if the network can be had.

    Parameters
    ----------
    notebook : Path
        Text notebook (``.md``) or its pair (``.ipynb``). It runs in the folder that holds it.
    folder : Path
        Where to write; made if absent.

    Returns
    -------
    list of Path
        The executed ``.ipynb`` and the ``.html``, named as the notebook.

    Raises
    ------
    click.ClickException
        If the notebook cannot be read, its data are damaged or are wanted and missing, or a cell fails; page and
        cell are named.
    """
    notebook = notebook.resolve()
    content = _read(notebook)
    try:
        declared = catalogue.declared(notebook)
        name, datasets = declared if declared else (notebook.stem, [])
        if catalogue.mode() != "simulated":
            for line in absences(catalogue.fetch((d for d in datasets if catalogue.get(d).default), say=_say)):
                _say(line)
        state = catalogue.state(datasets) if datasets else "no data needed"
    except catalogue.DataError as error:
        raise click.ClickException(str(error)) from error
    _say(f"{name}: data state {state}")
    n_cells = sum(cell.cell_type == "code" for cell in content.cells)
    try:
        with tqdm(total=n_cells, unit="cell", desc=name, disable=None, leave=False) as bar:
            executed, record = execute(Job(name, notebook, content), on_cell=bar.update, environment={})
    except ExecutionFailedError as failure:
        raise click.ClickException(str(failure)) from failure
    _say(f"{name}: {n_cells} cells in {record['execution_seconds']:.0f} s")
    for fault in faults(executed, name):
        _say(f"the book would refuse this: {fault}")
    result = plain_notebook(executed, citations_above(notebook))
    written = [folder / f"{notebook.stem}{suffix}" for suffix in (".ipynb", ".html")]
    write_text(written[0], nbformat.writes(result) + "\n")
    write_text(written[1], page_of(result, mathjax=_mathjax_above(notebook)))
    return written


def page_of(notebook: nbformat.NotebookNode, *, mathjax: Path | None = None) -> str:
    """HTML of an executed notebook with pictures, styles and, if needed, the drawing of formulas inside it.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With outputs and plain Markdown.
    mathjax : Path, optional
        ``tex-mml-chtml.js`` beside its fonts; without it formulas are shown as their TeX source.

    Returns
    -------
    str
        A page that asks nothing of any host.
    """
    exporter = HTMLExporter(raw_template=TEMPLATE, embed_images=True)
    notebook = _without_glue(notebook)
    prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    title = TITLE.search(prose)
    maths = _maths(mathjax) if mathjax and ("$" in prose or r"\begin{" in prose) else ""
    resources = {"metadata": {"name": title[1].strip() if title else "Chapter"}, "maths": maths}
    page, _ = exporter.from_notebook_node(notebook, resources)
    return str(page)


def _read(notebook: Path) -> nbformat.NotebookNode:
    try:
        content = jupytext.read(notebook)
    except FileNotFoundError as error:
        raise click.ClickException(f"there is no notebook {notebook}") from error
    except (OSError, ValueError, nbformat.reader.NotJSONError, jupytext.formats.JupytextFormatError) as error:
        raise click.ClickException(f"{notebook} cannot be read as a notebook: {error}") from error
    if not any(cell.cell_type == "code" for cell in content.cells):
        raise click.ClickException(f"{notebook} has no code cell: is it a text notebook (MyST .md) or its .ipynb?")
    return content


def _without_glue(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Numbers named for the prose stand in it already; as outputs they show nothing."""
    copy = nbformat.from_dict(notebook)
    for cell in copy.cells:
        if "outputs" in cell:
            cell.outputs = [output for output in cell.outputs if "scrapbook" not in output.get("metadata", {})]
    return copy


def _mathjax_above(notebook: Path) -> Path | None:
    """The MathJax of the checkout or the bundle that holds a notebook."""
    return next((path for folder in notebook.parents if (path := folder / MATHJAX).is_file()), None)


def _maths(mathjax: Path) -> str:
    fonts = {
        path.name: f"data:font/woff;base64,{base64.b64encode(path.read_bytes()).decode('ascii')}"
        for path in sorted(mathjax.parent.rglob("*.woff"))
    }
    settings = MATHJAX_SETTINGS.replace("FONTS", json.dumps(fonts))
    script = mathjax.read_text(encoding="utf-8").replace("</script", r"<\/script")
    return f"<script>{settings}</script>\n<script>{script}</script>"


def _say(text: str) -> None:
    click.echo(text, err=True)
