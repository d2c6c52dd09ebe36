"""A bundle of each paper runs in an empty environment, by the commands of its own README.

``.ci/run`` runs the first of them; ``make soak`` all.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from coldcarbon import catalogue
from coldcarbon.book.bundle import bundle_name, write_bundle
from coldcarbon.book.pages import Page, is_foreign
from coldcarbon.book.project import find_project
from coldcarbon.published import PAPERS

PROJECT = find_project(Path(__file__).parent)
# Quick ones whose data all go along, so that a run needs no other host.
CHAPTERS = (
    "xiao2023/root-profiles",
    "liu2022/inversions",
    "zhao2022/observations",
    "yun2024/sensitivity-windows",
    "han2022/transect",
)
UV = str(Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv"))
KEPT_OUT = ("COLDCARBON", "VIRTUAL_ENV", "JUPYTER", "PYTEST", "PYTHONPATH", "PYTHONHOME")


def commands(readme: str) -> list[str]:
    """What the README of a bundle tells a reader of this system to type."""
    unix, windows = re.split(r"^Windows", readme, maxsplit=1, flags=re.MULTILINE)
    return re.findall(r"^    (.+)$", windows if os.name == "nt" else unix, re.MULTILINE)


def environment(folder: Path) -> dict[str, str]:
    """Variables of a reader who has no checkout and has run nothing yet."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(KEPT_OUT)}
    kept |= {"HOME": str(folder / "home"), "COLDCARBON_CACHE": str(folder / "cache"), "COLDCARBON_OFFLINE": "1"}
    known = subprocess.run([UV, "cache", "dir"], capture_output=True, text=True, check=True).stdout.strip()
    return kept | {"UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", known)}


def test_there_is_one_chapter_of_each_paper() -> None:
    assert sorted(chapter.partition("/")[0] for chapter in CHAPTERS) == sorted(PAPERS)
    for chapter in CHAPTERS:
        declared = catalogue.declared(PROJECT.notebook(chapter))
        assert declared
        assert all(catalogue.get(name).redistributable for name in declared[1])


@pytest.mark.soak
@pytest.mark.skipif(os.name == "nt", reason="the commands for PowerShell are compared with these in another test")
@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_bundle_runs_in_an_empty_environment(chapter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    shutil.unpack_archive(write_bundle(PROJECT, chapter, tmp_path / "packed"), tmp_path)
    here = tmp_path / bundle_name(chapter)
    variables = environment(tmp_path)

    def do(command: str) -> str:
        # The installer of the lock does what pip is told to, ten times faster.
        fast = command.replace("python3 -m venv", f"{UV} venv --quiet --python {sys.executable}")
        fast = fast.replace(".venv/bin/python -m pip install", f"{UV} pip install --quiet --python .venv/bin/python")
        words = shlex.split(fast)
        while "=" in words[0]:
            name, _, value = words.pop(0).partition("=")
            variables[name] = value
        done = subprocess.run(words, cwd=here, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    told = commands((here / "README.txt").read_text(encoding="utf-8"))
    assert len(told) == 4
    for command in told[:3]:
        do(command)
    where = do('.venv/bin/python -c "import coldcarbon; print(coldcarbon.__file__)"').strip()
    assert Path(where).is_relative_to(here), "the checkout must not be in reach"
    written = do(told[3]).split()

    name = chapter.rpartition("/")[2]
    assert written == [f"executed/{name}.ipynb", f"executed/{name}.html"]
    has_data = (here / "data").is_dir()
    state = f"Data state of {chapter}: {'real' if has_data else 'simulated'}"
    executed = nbformat.read(here / written[0], as_version=4)
    outputs = [output for cell in executed.cells for output in cell.get("outputs", [])]
    assert state in "".join(output.get("text", "") for output in outputs)
    page = Page((here / written[1]).read_text(encoding="utf-8"))
    assert state in page.soup.get_text()
    assert not [address for address in page.requests if is_foreign(address)]
    assert page.soup.find_all("img")


@pytest.mark.soak
@pytest.mark.skipif(os.name == "nt", reason="the commands for PowerShell are compared with these in another test")
def test_a_fresh_copy_runs_by_the_plain_commands_of_the_readme(tmp_path: Path) -> None:
    readme = (PROJECT.root / "README.md").read_text(encoding="utf-8")
    (block,) = (found for found in re.findall(r"^```console\n(.*?)^```", readme, re.M | re.S) if "-m venv" in found)
    told = [line.removeprefix("$ ") for line in block.splitlines()]
    assert told[-2:] == [".venv/bin/coldcarbon book", ".venv/bin/coldcarbon test"]
    here = tmp_path / "copy"
    archive = subprocess.run(["git", "archive", "HEAD"], cwd=PROJECT.root, check=True, capture_output=True).stdout
    here.mkdir()
    subprocess.run(["tar", "x"], input=archive, cwd=here, check=True)
    # With pip, as told; of the book one chapter, on what was planted, and of the tests those of a room.
    variables = environment(tmp_path)
    for command in (*told[:3], ".venv/bin/coldcarbon run xiao2023/root-profiles", f"{told[-1]} tests/published"):
        words = shlex.split(command.replace("python3 -m venv", f"{sys.executable} -m venv"))
        done = subprocess.run(words, cwd=here, env=variables, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    assert (here / "book" / "_build" / "run" / "xiao2023" / "root-profiles" / "root-profiles.html").is_file()
