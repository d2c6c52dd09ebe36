"""Building again with nothing changed is noticed, and any change is."""

import json
from pathlib import Path

import pytest

from coldcarbon.book.project import Project
from coldcarbon.book.unchanged import digest_of_inputs, is_unchanged, remember
from support import HEADER

CELL = """
```{code-cell} ipython3
from coldcarbon.chapter import Chapter
chapter = Chapter("xiao2023/a", datasets=[])
```
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    files = {
        "_config.yml": "title: A\n",
        "_toc.yml": "root: book/index\n",
        "requirements.lock": "",
        "pyproject.toml": "",
        "book/index.md": "# A\n",
        "results/ledger.json": "{}",
        "notebooks/xiao2023/a.md": HEADER + CELL,
        "book/_build/html/index.html": "<p>A</p>",
        "book/_build/claims.json": json.dumps([]),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Project(tmp_path)


def test_the_same_inputs_are_known_again(project: Project) -> None:
    assert not is_unchanged(project, digest_of_inputs(project))
    remember(project, digest_of_inputs(project))
    assert is_unchanged(project, digest_of_inputs(project))


@pytest.mark.parametrize(
    "name",
    ["_toc.yml", "book/index.md", "results/ledger.json", "notebooks/xiao2023/a.md", "requirements.lock", "book/new.md"],
)
def test_any_change_is_noticed(project: Project, name: str) -> None:
    remember(project, digest_of_inputs(project))
    with (project.root / name).open("a", encoding="utf-8") as stream:
        stream.write("\n```{code-cell} ipython3\n1 + 1\n```\n")
    assert not is_unchanged(project, digest_of_inputs(project))


def test_a_page_that_is_gone_or_cut_off_is_written_again(project: Project) -> None:
    remember(project, digest_of_inputs(project))
    (project.html / "index.html").write_text("<p>", encoding="utf-8")
    assert not is_unchanged(project, digest_of_inputs(project))
    (project.html / "index.html").unlink()
    assert not is_unchanged(project, digest_of_inputs(project))


def test_the_data_mode_counts(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    remember(project, digest_of_inputs(project))
    monkeypatch.setenv("COLDCARBON_DATA", "simulated")
    assert not is_unchanged(project, digest_of_inputs(project))
