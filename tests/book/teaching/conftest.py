"""One small chapter, run once."""

import json
from pathlib import Path

import jupytext
import nbformat
import pytest
from small_chapter import CHAPTER, NAME, put, put_build

from coldcarbon.book.collect import ledger_rows, resolve
from coldcarbon.book.execute import Job, execute
from coldcarbon.book.project import Project
from coldcarbon.book.teaching.pack import write_teaching


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A checkout with a build of the small chapter."""
    project = put(tmp_path_factory.mktemp("checkout"), CHAPTER)
    path = project.notebook(NAME)
    executed, _ = execute(Job("small", path, jupytext.read(path)))
    put_build(project, executed)
    rows = [row.to_dict() for row in resolve(ledger_rows(executed, "small.html"), {})]
    project.claims.write_text(json.dumps(rows), encoding="utf-8")
    return project


@pytest.fixture(scope="session")
def pack(built: Project) -> Path:
    """The teacher's pack of the small chapter."""
    folder = built.build / "teach"
    write_teaching(built, folder)
    return folder


@pytest.fixture(scope="session")
def copies(pack: Path) -> dict[str, nbformat.NotebookNode]:
    """The student's and the teacher's notebook."""
    return {who: nbformat.read(pack / f"{NAME}-{who}.ipynb", as_version=4) for who in ("student", "teacher")}
