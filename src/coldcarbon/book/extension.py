"""The Sphinx extension: data checked, notebooks run, rows collected, pages stamped, and no silent failure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from jupyter_cache import get_cache
from myst_nb.core.read import create_nb_reader
from myst_parser.config.main import MdParserConfig
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import ExtensionError
from sphinx.util import logging

from coldcarbon import __version__, catalogue
from coldcarbon.book.citations import citations_above
from coldcarbon.book.collect import faults, ledger_rows, resolve
from coldcarbon.book.directives import DIRECTIVES, ROLES
from coldcarbon.book.execute import ExecutionFailedError, Job, run_jobs, with_key
from coldcarbon.book.exercises import answer_faults
from coldcarbon.book.keys import notebook_key
from coldcarbon.book.launch import launch_row
from coldcarbon.book.ledger_page import add_filter
from coldcarbon.book.mend import mend_pages
from coldcarbon.book.outside import setup_outside
from coldcarbon.book.pages import built_pages
from coldcarbon.book.plain import plain_notebook
from coldcarbon.book.project import Project
from coldcarbon.book.redirects import read_moved, relative_targets
from coldcarbon.book.stamp import Unsearched, depart_unsearched, stamp, visit_unsearched, without_data
from coldcarbon.book.state import Book
from coldcarbon.book.static_files import strip_static
from coldcarbon.book.tables import depart_caption, table_caption, visit_caption
from coldcarbon.claims import recorded_rows
from coldcarbon.whole_files import write_text

__all__ = ["setup"]

logger = logging.getLogger(__name__)


def prepare(app: Sphinx, config: Config) -> None:
    """Check the data of every chapter; a damaged file stops the build here."""
    project = Project(Path(app.srcdir))
    book = app.coldcarbon_book = Book(project)  # type: ignore[attr-defined]
    config.nb_execution_cache_path = str(book.store)
    config["redirects"] = relative_targets(read_moved(project.root))
    for path in project.notebooks():
        page = path.relative_to(project.root).with_suffix("").as_posix()
        declared = catalogue.declared(path)
        if declared is None or declared[0] != project.chapter(path):
            raise ExtensionError(f"{page}: needs one Chapter({project.chapter(path)!r}, datasets=[...]), all literals")
        book.datasets[page] = declared[1]
        try:
            book.keys[page] = notebook_key(project, path)
        except catalogue.DataError as error:
            raise ExtensionError(str(error)) from error


def run_notebooks(app: Sphinx) -> None:
    """Run what has no valid result, then collect ledger rows and refuse unlabelled outputs."""
    book: Book = app.coldcarbon_book  # type: ignore[attr-defined]
    jobs = _jobs(app, book)
    try:
        book.records = run_jobs(jobs, book.store, say=logger.info)
    except ExecutionFailedError as failure:
        raise ExtensionError(f"notebooks failed:\n{failure}") from failure
    cache = get_cache(str(book.store))
    book.executed = {job.name: cache.merge_match_into_notebook(job.notebook)[1] for job in jobs}
    looked_for = (faults, answer_faults)
    complaints = [line for page, found in book.executed.items() for look in looked_for for line in look(found, page)]
    if complaints:
        raise ExtensionError("\n".join(["outputs that no page may show:", *complaints]))
    rows = [row for page, notebook in book.executed.items() for row in ledger_rows(notebook, f"{page}.html")]
    book.claims = {claim.id: claim for claim in resolve(rows, recorded_rows(book.project.ledger))}


def _jobs(app: Sphinx, book: Book) -> list[Job]:
    """The notebooks of the book, read just as myst-nb will read them."""
    found = app.project.discover(app.config.exclude_patterns, app.config.include_patterns)
    jobs = []
    for page in sorted(found & book.keys.keys()):
        path = book.project.root / f"{page}.md"
        source = with_key(path.read_text(encoding="utf-8"), book.keys[page])
        reader = create_nb_reader(str(path), MdParserConfig(), app.env.mystnb_config, source)  # type: ignore[attr-defined]
        if reader is None:
            raise ExtensionError(f"{page}: not readable as a MyST notebook")
        jobs.append(Job(page, path, reader.read(source)))
    return jobs


def add_key(app: Sphinx, docname: str, source: list[str]) -> None:
    """Give myst-nb the key, so that it finds the result of exactly this code and these data."""
    key = app.coldcarbon_book.keys.get(docname)  # type: ignore[attr-defined]
    if key:
        source[0] = with_key(source[0], key)


def read_every_page(_app: Sphinx, env: BuildEnvironment, *_: set[str]) -> list[str]:
    """Numbers glued on one page come from another, and the ledger from all: no page is left as it was."""
    return sorted(env.found_docs)


def check_alt(_app: Sphinx, doctree: nodes.document) -> None:
    """Warn, which fails a strict build, of every picture without alt text."""
    for image in doctree.findall(nodes.image):
        if not image.get("alt", "").strip():
            logger.warning("picture %s has no alt text", image["uri"], location=image)


def add_stamp(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Say at the foot of each page which data, code and machine made it; at its head what to take away."""
    book: Book = app.coldcarbon_book  # type: ignore[attr-defined]
    sections = [node for node in doctree.children if isinstance(node, nodes.section)]
    if not sections:
        return
    if docname in book.datasets and catalogue.state(book.datasets[docname]) != "real":
        sections[0].insert(1, without_data(book.datasets[docname]))
    if docname in book.datasets:
        sections[0].insert(1, launch_row(book.project, docname))
    names = book.datasets.get(docname, sorted({n for names in book.datasets.values() for n in names}))
    record, to_root = book.records.get(docname), "../" * docname.count("/")
    sections[-1] += stamp(book.project, docname, names, record, to_root=to_root)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Mend the pages, drop what none asks for, and write the ledger rows and the executed notebooks beside them."""
    if exception is not None or app.builder.name != "html":
        return
    mend_pages(built_pages(Path(app.outdir)))
    strip_static(Path(app.outdir))
    book: Book = app.coldcarbon_book  # type: ignore[attr-defined]
    rows = [claim.to_dict() for claim in book.claims.values()]
    write_text(book.project.claims, json.dumps(rows, indent=1, ensure_ascii=False) + "\n")
    for page, notebook in book.executed.items():
        target = Path(app.outdir) / f"{page}.ipynb"
        write_text(target, nbformat.writes(plain_notebook(notebook, citations_above(book.project.root))) + "\n")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension with Sphinx."""
    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    for name, role in ROLES.items():
        app.add_role(name, role)
    app.add_node(table_caption, html=(visit_caption, depart_caption))
    app.add_node(Unsearched, html=(visit_unsearched, depart_unsearched))
    app.connect("config-inited", prepare, priority=400)  # before myst-nb reads its settings
    app.connect("builder-inited", run_notebooks, priority=900)
    app.connect("source-read", add_key)
    app.connect("env-get-outdated", read_every_page)
    app.connect("doctree-read", check_alt)
    app.connect("doctree-resolved", add_stamp)
    app.connect("html-page-context", add_filter)
    app.connect("build-finished", finish, priority=900)  # when the redirects are written
    setup_outside(app)
    return {"version": __version__, "parallel_read_safe": False, "parallel_write_safe": True}
