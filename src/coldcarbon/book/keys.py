"""What a notebook's results depend on, as one hash.

The key covers the notebook's own code, the modules of `coldcarbon` it imports directly or through others (with the
files that lie beside them), the registry rows and bytes of its data sets, the printed numbers of the papers it names,
the records of earlier runs it shows, the lock and the Python version. Nothing else re-runs a notebook, and none of
these can change and leave an old number.
"""

from __future__ import annotations

import ast
import hashlib
import json
import platform
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import grimp
import jupytext

import coldcarbon
from coldcarbon import catalogue
from coldcarbon.book.project import Project
from coldcarbon.published import PAPERS

__all__ = ["code_of", "digest", "imported_modules", "notebook_key"]

PACKAGE = "coldcarbon"
PACKAGE_FOLDER = Path(coldcarbon.__file__).parent
# Read row by row (data sets) or paper by paper instead of as a whole.
REGISTRIES = re.compile(r"catalogue/.*\.csv|published/.*\.csv")


def notebook_key(project: Project, notebook: Path) -> str:
    """Hash of all that a notebook's results depend on.

    Parameters
    ----------
    project : Project
        The checkout.
    notebook : Path
        A text notebook.

    Returns
    -------
    str
        32 hexadecimal digits.

    Raises
    ------
    coldcarbon.catalogue.DataError
        If a file of its data is not what the catalogue pins.
    SyntaxError
        If a cell is no valid Python; the message names the notebook.
    """
    code = code_of(notebook)
    declared = catalogue.declared(notebook)
    datasets = declared[1] if declared else []
    parts = {
        "code": code,
        "python": platform.python_version(),
        "lock": digest(project.lock.read_bytes()),
        "state": catalogue.state(datasets) if datasets else "",
        # "partial" does not say which, and sets fetched on request do not count for the state.
        "present": [] if catalogue.mode() == "simulated" else [d for d in sorted(datasets) if catalogue.present(d)],
        "data": catalogue.hashes(datasets),
        "datasets": [repr(catalogue.datasets()[name]) for name in sorted(datasets)],
        "published": {
            path.name: digest(path.read_bytes())
            for paper in PAPERS
            if paper in code or "PAPERS" in code
            for path in sorted((PACKAGE_FOLDER / "published").glob(f"{paper}*.csv"))
        },
        "recorded": {
            path.name: digest(path.read_bytes())
            for path in sorted((project.root / "results").glob("*.json"))
            if f'recorded.matching("{path.stem}"' in code
        },
        "modules": {
            path.relative_to(PACKAGE_FOLDER).as_posix(): digest(path.read_bytes())
            for path in _sources(_modules_of(code, notebook))
        },
    }
    return digest(json.dumps(parts, sort_keys=True).encode())[:32]


def code_of(notebook: Path) -> str:
    """All code cells of a notebook as one text."""
    cells = jupytext.read(notebook).cells
    return "\n".join(cell.source for cell in cells if cell.cell_type == "code")


def imported_modules(code: str) -> set[str]:
    """Modules of the package that a Python text imports, directly or through others.

    Parameters
    ----------
    code : str
        Python source.

    Returns
    -------
    set of str
        Dotted names, packages above each module included, since importing a module runs them.

    Raises
    ------
    SyntaxError
        If the text is no valid Python.
    """
    graph = _graph()
    named: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            named |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    found = _with_parents(name for name in named if name.split(".")[0] == PACKAGE) & graph.modules
    # grimp follows imports between modules; a package's own __init__ runs too, and may import more.
    while True:
        upstream = set().union(*(graph.find_upstream_modules(module) for module in found)) if found else set()
        larger = _with_parents(found | upstream) & graph.modules
        if larger == found:
            return found
        found = larger


def _modules_of(code: str, notebook: Path) -> set[str]:
    try:
        return imported_modules(code)
    except SyntaxError as error:
        line = (error.text or "").strip()
        raise SyntaxError(f"{notebook}: no valid Python near {line!r} ({error.msg})") from error


@cache
def _graph() -> grimp.ImportGraph:
    return grimp.build_graph(PACKAGE, cache_dir=None)


def _with_parents(modules: Iterable[str]) -> set[str]:
    return {".".join(parts[:i]) for parts in (m.split(".") for m in modules) for i in range(1, len(parts) + 1)}


def _sources(modules: Iterable[str]) -> list[Path]:
    """Files of the modules, with the data files that lie in their packages."""
    files: set[Path] = set()
    for module in modules:
        place = PACKAGE_FOLDER.joinpath(*module.split(".")[1:])
        if not place.is_dir():
            files.add(place.with_suffix(".py"))
            continue
        files.add(place / "__init__.py")
        files |= {p for p in place.iterdir() if p.is_file() and p.suffix != ".py"}
        files |= {p for sub in place.iterdir() if _holds_data(sub) for p in sub.rglob("*") if p.is_file()}
    return sorted(f for f in files if not REGISTRIES.fullmatch(f.relative_to(PACKAGE_FOLDER).as_posix()))


def _holds_data(folder: Path) -> bool:
    return folder.is_dir() and folder.name != "__pycache__" and not (folder / "__init__.py").exists()


def digest(content: bytes) -> str:
    """SHA-256 as 64 hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()
