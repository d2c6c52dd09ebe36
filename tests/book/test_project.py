"""Where the parts of a checkout lie."""

from pathlib import Path

import click
import pytest

from coldcarbon.book.project import Project, find_project, is_notebook

HEADER = "---\njupytext:\n  formats: ipynb,md:myst\n---\n\n# Title\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "notebooks" / "xiao2023"
    folder.mkdir(parents=True)
    (tmp_path / "_config.yml").write_text("title: x\n")
    for name in ("roots", "claims"):
        (folder / f"{name}.md").write_text(HEADER)
    (folder / "notes.md").write_text("# Title\n")
    return tmp_path


def test_it_is_found_from_any_folder_within(root: Path) -> None:
    assert find_project(root / "notebooks" / "xiao2023").root == root.resolve()
    assert find_project(root).root == root.resolve()


def test_outside_the_message_says_what_was_sought(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match=r"no _config\.yml"):
        find_project(tmp_path)


def test_notebooks_are_text_with_a_jupytext_header(root: Path) -> None:
    assert [path.stem for path in Project(root).notebooks()] == ["claims", "roots"]
    assert not is_notebook(root / "notebooks" / "xiao2023" / "notes.md")


def test_chapters_and_their_files(root: Path) -> None:
    project = Project(root)
    path = project.notebook("xiao2023/roots")
    assert project.chapter(path) == "xiao2023/roots"
    with pytest.raises(click.UsageError, match="'xiao2023/rots'; the chapters are xiao2023/claims, xiao2023/roots"):
        project.notebook("xiao2023/rots")


def test_the_public_address_is_read_from_pyproject(root: Path) -> None:
    (root / "pyproject.toml").write_text('[project]\nname = "x"\n')
    assert Project(root).repository == ""
    (root / "pyproject.toml").write_text('[project]\nname = "x"\n[project.urls]\nRepository = "https://x.example"\n')
    assert Project(root).repository == "https://x.example"
