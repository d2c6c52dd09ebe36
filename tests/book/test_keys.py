"""Each thing a notebook's results depend on changes its key, and nothing else does."""

import hashlib
import platform
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from coldcarbon import catalogue
from coldcarbon.book import keys
from coldcarbon.book.project import Project
from coldcarbon.catalogue import registry, storage
from coldcarbon.catalogue.registry import Dataset, File
from support import HEADER

PAGE = (
    HEADER
    + """
# Title

Prose.

```{code-cell} ipython3
"""
)
NOTEBOOKS = {
    "roots": """from coldcarbon.chapter import Chapter
from coldcarbon.stats import depth_distribution

chapter = Chapter("xiao2023/roots", datasets=["tiny-a", "tiny-b"])""",
    "letters": """from coldcarbon import published
from coldcarbon.stats import multiple_comparisons

number = published.get("liu2022-any")
record = recorded.matching("elsewhere", {})""",
    "all": """from coldcarbon import published

counts = {paper: len(published.load(paper)) for paper in published.PAPERS}""",
}
CONTENTS = {"tiny-a": b"depth,share\n20,0.6\n", "tiny-b": b"depth,share\n20,0.5\n"}
Keys = Callable[[], dict[str, str]]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of three notebooks, with a copy of the package that a test may edit and two small data sets."""
    package = tmp_path / "package"
    shutil.copytree(keys.PACKAGE_FOLDER, package, ignore=shutil.ignore_patterns("__pycache__", "natural_earth"))
    (package / "figures" / "natural_earth").mkdir()
    (package / "figures" / "natural_earth" / "coast.json").write_text("{}")
    monkeypatch.setattr(keys, "PACKAGE_FOLDER", package)
    held = {
        name: Dataset(
            name=name,
            source="file",
            default=True,
            kind="observation",
            licence="CC0-1.0",
            licence_note="",
            doi="",
            description="",
            redistributable=True,
            files=(File("a.csv", len(body), f"sha256:{hashlib.sha256(body).hexdigest()}"),),
            origin="somewhere",
        )
        for name, body in CONTENTS.items()
    }
    monkeypatch.setattr(registry, "_catalogue", lambda: held)
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path / "cache"))
    for variable in ("COLDCARBON_MIRROR", "COLDCARBON_DATA"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / "notebooks" / "xiao2023"
    folder.mkdir(parents=True)
    for name, code in NOTEBOOKS.items():
        (folder / f"{name}.md").write_text(f"{PAGE}{code}\n```\n")
    (tmp_path / "requirements.lock").write_text("numpy==2.3.0\npandas==3.0.0\n")
    for name in CONTENTS:
        put(tmp_path, name)
    return Project(tmp_path)


def put(root: Path, dataset: str, body: bytes | None = None) -> None:
    target = root / "cache" / dataset / "a.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(CONTENTS[dataset] if body is None else body)
    storage.forget()


@pytest.fixture
def changed(project: Project) -> Callable[[], set[str]]:
    """Names of the notebooks whose key changed since the test began."""

    def now() -> dict[str, str]:
        return {path.stem: keys.notebook_key(project, path) for path in project.notebooks()}

    before = now()
    return lambda: {name for name, key in now().items() if key != before[name]}


def append(path: Path, text: str) -> None:
    assert path.is_file(), path
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("stats/depth_distribution.py", {"roots"}),
        ("stats/multiple_comparisons.py", {"letters"}),
        ("stats/__init__.py", {"roots", "letters"}),
        ("chapter.py", {"roots"}),
        # reached through the chapter, two imports away
        ("claims/verdict.py", {"roots"}),
        ("figures/natural_earth/coast.json", {"roots"}),
        ("published/__init__.py", {"roots", "letters", "all"}),
        ("__init__.py", {"roots", "letters", "all"}),
        # no notebook imports these
        ("forensics.py", set()),
        ("readers/root_profiles.py", set()),
        ("book/lint/pages.py", set()),
        ("cli.py", set()),
    ],
)
def test_a_changed_helper_touches_the_notebooks_that_import_it(
    project: Project, changed: Callable[[], set[str]], file: str, touched: set[str]
) -> None:
    append(keys.PACKAGE_FOLDER / file, "\n")
    assert changed() == touched


@pytest.mark.parametrize(
    ("file", "touched"),
    [
        ("xiao2023.csv", {"roots", "all"}),
        ("liu2022.csv", {"letters", "all"}),
        ("zhao2022-table1.csv", {"all"}),
    ],
)
def test_a_changed_printed_number_touches_the_notebooks_of_its_paper(
    project: Project, changed: Callable[[], set[str]], file: str, touched: set[str]
) -> None:
    path = keys.PACKAGE_FOLDER / "published" / file
    text = path.read_text(encoding="utf-8")
    cut = text.rstrip().rfind("1")
    path.write_text(text[:cut] + "2" + text[cut + 1 :], encoding="utf-8")
    assert changed() == touched


@pytest.mark.parametrize("change", [{"licence": "CC-BY-4.0"}, {"doi": "10.1/2"}, {"kind": "model product"}])
def test_a_changed_registry_row_touches_the_notebooks_that_declare_it(
    project: Project, changed: Callable[[], set[str]], change: dict[str, str]
) -> None:
    held = catalogue.registry._catalogue()
    held["tiny-other"] = replace(held["tiny-a"], name="tiny-other")
    assert changed() == set()
    held["tiny-a"] = replace(held["tiny-a"], **change)
    assert changed() == {"roots"}


def test_a_changed_hash_in_the_registry_touches_the_notebooks_that_declare_it(
    project: Project, changed: Callable[[], set[str]]
) -> None:
    held, body = catalogue.registry._catalogue(), b"other bytes"
    file = File("a.csv", len(body), f"sha256:{hashlib.sha256(body).hexdigest()}")
    held["tiny-b"] = replace(held["tiny-b"], files=(file,))
    put(project.root, "tiny-b", body)
    assert changed() == {"roots"}


def test_a_changed_data_byte_gives_no_key_at_all(project: Project, changed: Callable[[], set[str]]) -> None:
    put(project.root, "tiny-b", CONTENTS["tiny-b"].replace(b"0.5", b"0.6"))
    with pytest.raises(catalogue.DataCorruptError, match="tiny-b"):
        changed()


def test_the_state_of_the_data_is_part_of_the_key(
    project: Project, changed: Callable[[], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    notebook = project.notebook("xiao2023/roots")
    seen = {keys.notebook_key(project, notebook)}
    for absent in (["tiny-a"], ["tiny-b"], ["tiny-a", "tiny-b"]):
        for name in CONTENTS:
            put(project.root, name)
        for name in absent:
            (project.root / "cache" / name / "a.csv").unlink()
        assert changed() == {"roots"}
        seen.add(keys.notebook_key(project, notebook))
    # Either data set missing is "partial", and the results differ.
    assert len(seen) == 4
    absent_key = keys.notebook_key(project, notebook)
    for name in CONTENTS:
        put(project.root, name)
    assert changed() == set()
    monkeypatch.setenv("COLDCARBON_DATA", "simulated")
    assert changed() == {"roots"}
    assert keys.notebook_key(project, notebook) == absent_key


def test_lock_and_python_touch_every_notebook(
    project: Project, changed: Callable[[], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    former = project.lock.read_text()
    project.lock.write_text(former.replace("2.3.0", "2.3.1"))
    assert changed() == set(NOTEBOOKS)
    project.lock.write_text(former)
    assert changed() == set()
    monkeypatch.setattr(platform, "python_version", lambda: "3.99.0")
    assert changed() == set(NOTEBOOKS)


def test_code_touches_its_own_notebook_and_prose_none(project: Project, changed: Callable[[], set[str]]) -> None:
    letters = project.notebook("xiao2023/letters")
    letters.write_text(letters.read_text().replace("Prose.", "Other prose, with `code`."))
    assert changed() == set()
    letters.write_text(letters.read_text().replace("number =", "printed ="))
    assert changed() == {"letters"}


def test_files_beside_the_package_do_not_count(project: Project, changed: Callable[[], set[str]]) -> None:
    (project.root / "README.md").write_text("new")
    (keys.PACKAGE_FOLDER / "stats" / "__pycache__").mkdir()
    (keys.PACKAGE_FOLDER / "stats" / "__pycache__" / "x.pyc").write_bytes(b"1")
    assert changed() == set()


def test_a_cell_that_is_no_python_is_named(project: Project) -> None:
    letters = project.notebook("xiao2023/letters")
    letters.write_text(letters.read_text().replace("number =", "number = ="))
    with pytest.raises(SyntaxError, match=r"letters\.md: no valid Python near 'number = ="):
        keys.notebook_key(project, letters)


@pytest.mark.parametrize(
    ("code", "inside", "outside"),
    [
        ("import coldcarbon.stats.uncertainty", "coldcarbon.stats.uncertainty", "coldcarbon.chapter"),
        ("from coldcarbon.stats import uncertainty as u", "coldcarbon.stats.uncertainty", "coldcarbon.forensics"),
        ("def f():\n    from coldcarbon import forensics", "coldcarbon.forensics", "coldcarbon.chapter"),
        ("from coldcarbon.figures import show_figure", "coldcarbon.figures.captioned", "coldcarbon.stats"),
        ("from coldcarbon.simulate import xiao2023", "coldcarbon.simulate", "coldcarbon.chapter"),
        ("import numpy", None, "coldcarbon"),
        ("from . import stats", None, "coldcarbon"),
    ],
)
def test_imported_modules(code: str, inside: str | None, outside: str) -> None:
    modules = keys.imported_modules(code)
    assert inside is None or inside in modules
    assert outside not in modules


def test_a_record_counts_for_the_notebook_that_shows_it(project: Project, changed: Callable[[], set[str]]) -> None:
    folder = project.root / "results"
    folder.mkdir()
    (folder / "another.json").write_text("{}")
    assert changed() == set()
    (folder / "elsewhere.json").write_text("{}")
    assert changed() == {"letters"}
