"""The .ipynb pairs follow from the text, whatever the clock says."""

import json
import os
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest

from coldcarbon.book.pairing import INSTALL_TAG, install_code, paired_text, stale_pairs, write_pairs
from coldcarbon.book.project import Project, find_project
from support import HEADER

ADDRESS = "https://github.com/someone/cold-carbon"
TEXT = (
    HEADER
    + """
(a-target)=
# Title

Prose with {glue:text}`x:.1f` and $x^2$.

```{code-cell} ipython3
:tags: [hide-input]

x = 1
```

```{code-cell} ipython3
x
```

:::{admonition} A
:class: tip
- b
:::

```{code-cell} ipython3
x
```
"""
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    folder = tmp_path / "notebooks" / "xiao2023"
    folder.mkdir(parents=True)
    (folder / "roots.md").write_text(TEXT, encoding="utf-8")
    (folder / "claims.md").write_text(TEXT.replace("# Title", "# Claims"), encoding="utf-8")
    (folder / "notes.md").write_text("# No notebook\n", encoding="utf-8")
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    return Project(tmp_path)


@pytest.fixture
def public(project: Project) -> Project:
    """The same with a public address."""
    text = f'[project]\nname = "x"\n[project.urls]\nRepository = "{ADDRESS}"\n[tool.coldcarbon]\nbranch = "trunk"\n'
    (project.root / "pyproject.toml").write_text(text, encoding="utf-8")
    return project


def run_cell(code: str, folder: Path, *before: str) -> tuple[int, str, str]:
    """Run a cell in a fresh interpreter whose `subprocess.run` prints what it is asked."""
    asked = "import subprocess; subprocess.run = lambda words, check: print(*words[1:])"
    script = folder / "cell.py"
    script.write_text("\n".join([asked, *before, code]), encoding="utf-8")
    done = subprocess.run([sys.executable, "-S", str(script)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout, done.stderr


def names(paths: list[Path]) -> list[str]:
    return [path.name for path in paths]


def test_pair_holds_the_same_cells_without_outputs(project: Project) -> None:
    source = project.notebook("xiao2023/roots")
    write_pairs(project)
    text, pair = jupytext.read(source), nbformat.read(source.with_suffix(".ipynb"), as_version=4)
    nbformat.validate(pair)
    assert [(c.cell_type, c.source) for c in pair.cells] == [(c.cell_type, c.source) for c in text.cells]
    code = [cell for cell in pair.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert code[0].metadata.tags == ["hide-input"]
    assert pair.metadata.kernelspec.name == "python3"


def test_pair_turns_back_into_its_text(project: Project) -> None:
    write_pairs(project)
    source = project.notebook("xiao2023/roots")
    pair = jupytext.read(source.with_suffix(".ipynb"))
    again = jupytext.reads(jupytext.writes(pair, fmt="md:myst"), fmt="md:myst")
    first = jupytext.read(source)
    assert [(c.cell_type, c.source, c.metadata) for c in again.cells] == [
        (c.cell_type, c.source, c.metadata) for c in first.cells
    ]


def test_the_same_text_gives_the_same_bytes(project: Project) -> None:
    assert names(write_pairs(project)) == ["claims.ipynb", "roots.ipynb"]
    target = project.notebook("xiao2023/roots").with_suffix(".ipynb")
    content = target.read_bytes()
    target.unlink()
    assert names(write_pairs(project)) == ["roots.ipynb"]
    assert target.read_bytes() == content
    assert write_pairs(project) == []


def test_cell_ids_are_unique_and_change_with_their_cell_only(project: Project) -> None:
    source = project.notebook("xiao2023/roots")
    before = [cell["id"] for cell in json.loads(paired_text(source))["cells"]]
    assert len(set(before)) == len(before)
    source.write_text(source.read_text().replace("x = 1", "x = 2"))
    after = [cell["id"] for cell in json.loads(paired_text(source))["cells"]]
    assert [a == b for a, b in zip(before, after, strict=True)].count(False) == 1


@pytest.mark.parametrize("pair_is_newer", [True, False])
def test_staleness_is_a_matter_of_content_not_of_time(project: Project, pair_is_newer: bool) -> None:
    write_pairs(project)
    source = project.notebook("xiao2023/roots")
    pair = source.with_suffix(".ipynb")
    old, new = (source, pair) if pair_is_newer else (pair, source)
    os.utime(old, (1, 1))
    os.utime(new, (2_000_000_000, 2_000_000_000))
    assert stale_pairs(project) == []
    source.write_text(source.read_text().replace("x = 1", "x = 2"))
    os.utime(old, (1, 1))
    os.utime(new, (2_000_000_000, 2_000_000_000))
    assert stale_pairs(project) == [pair]
    write_pairs(project)
    assert "x = 2" in pair.read_text()
    assert "x = 2" in source.read_text()


def test_an_edited_pair_is_stale_and_the_text_wins(project: Project) -> None:
    write_pairs(project)
    pair = project.notebook("xiao2023/roots").with_suffix(".ipynb")
    pair.write_text(pair.read_text().replace("x = 1", "x = 3"))
    assert stale_pairs(project) == [pair]
    write_pairs(project)
    assert "x = 3" not in pair.read_text()


def test_a_pair_that_lost_its_text_is_removed(project: Project) -> None:
    write_pairs(project)
    source = project.notebook("xiao2023/claims")
    source.unlink()
    assert names(write_pairs(project)) == ["claims.ipynb"]
    assert not source.with_suffix(".ipynb").exists()


def test_text_that_is_no_notebook_has_no_pair(project: Project) -> None:
    write_pairs(project)
    assert not (project.root / "notebooks" / "xiao2023" / "notes.ipynb").exists()


def test_pairs_of_this_project_are_up_to_date() -> None:
    project = find_project(Path(__file__))
    assert [path.relative_to(project.root).as_posix() for path in stale_pairs(project)] == []


def test_without_a_public_address_there_is_no_cell_of_its_own(project: Project) -> None:
    write_pairs(project)
    pair = nbformat.read(project.notebook("xiao2023/roots").with_suffix(".ipynb"), as_version=4)
    assert not [cell for cell in pair.cells if INSTALL_TAG in cell.metadata.get("tags", [])]


def test_with_one_the_first_cell_installs_and_the_rest_is_the_text(public: Project) -> None:
    write_pairs(public)
    source = public.notebook("xiao2023/roots")
    pair, text = nbformat.read(source.with_suffix(".ipynb"), as_version=4), jupytext.read(source)
    nbformat.validate(pair)
    assert pair.cells[0].source == install_code(ADDRESS, "trunk")
    assert pair.cells[0].metadata.tags == [INSTALL_TAG]
    assert [cell.source for cell in pair.cells[1:]] == [cell.source for cell in text.cells]
    assert stale_pairs(public) == []


def test_setting_the_address_makes_the_pairs_stale(project: Project) -> None:
    write_pairs(project)
    with (project.root / "pyproject.toml").open("a", encoding="utf-8") as stream:
        stream.write(f'[project.urls]\nRepository = "{ADDRESS}"\n')
    assert names(stale_pairs(project)) == ["claims.ipynb", "roots.ipynb"]


def test_a_text_that_took_in_the_cell_does_not_give_it_twice(public: Project) -> None:
    write_pairs(public)
    source = public.notebook("xiao2023/roots")
    content = source.with_suffix(".ipynb").read_text(encoding="utf-8")
    jupytext.write(jupytext.read(source.with_suffix(".ipynb")), source, fmt="md:myst")
    assert INSTALL_TAG in source.read_text(encoding="utf-8")
    assert paired_text(source, install_code(ADDRESS, "trunk")) == content


def test_where_the_package_is_there_nothing_is_installed(tmp_path: Path) -> None:
    (tmp_path / "coldcarbon.py").touch()
    assert run_cell(install_code(ADDRESS, "trunk"), tmp_path) == (0, "", "")


def test_where_it_is_not_the_lock_and_the_package_are_installed(tmp_path: Path) -> None:
    code, asked, _ = run_cell(install_code(ADDRESS, "trunk"), tmp_path)
    assert code == 0
    assert asked.splitlines() == [
        f"-m pip install --quiet --require-hashes -r {ADDRESS}/raw/trunk/requirements.lock",
        f"-m pip install --quiet --no-build-isolation --no-deps git+{ADDRESS}@trunk",
    ]


def test_a_session_that_holds_other_versions_is_told_to_restart(tmp_path: Path) -> None:
    code, asked, said = run_cell(install_code(ADDRESS, "trunk"), tmp_path, "import sys; sys.modules['numpy'] = sys")
    assert code == 1
    assert len(asked.splitlines()) == 2
    assert "Restart the session once" in said


def test_the_cell_keeps_to_the_style_of_the_notebooks(tmp_path: Path) -> None:
    path = tmp_path / "cell.py"
    path.write_text(install_code(ADDRESS, "main") + "\n", encoding="utf-8")
    config = find_project(Path(__file__)).root / "notebooks" / "ruff.toml"
    for words in (["check", "--ignore", "D100"], ["format", "--check"]):
        command = [sys.executable, "-m", "ruff", *words, "--config", str(config), str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
    assert len(path.read_text().splitlines()) <= 16
