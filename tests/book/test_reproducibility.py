"""The record of a build: versions, times, data, packages."""

import getpass
import platform
import socket
from importlib import metadata
from pathlib import Path

import pytest
from docutils import nodes

from coldcarbon import catalogue
from coldcarbon.book.project import Project, find_project
from coldcarbon.book.reproducibility import data_used, locked_versions, main_packages, packages, timings, versions

LOCK = """\
numpy==2.4.1 \\
    --hash=sha256:aaaa
Appnope==1.0.0 ; sys_platform == 'nowhere' \\
    --hash=sha256:bbbb
ruamel.yaml==0.18 ; python_version >= '3' \\
    --hash=sha256:cccc
    # via something
"""


def cells(page: list[nodes.Node]) -> list[list[str]]:
    return [[entry.astext() for entry in row.findall(nodes.entry)] for row in page[0].findall(nodes.row)][1:]


def test_the_lock_is_read_for_this_machine(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    assert locked_versions(tmp_path / "requirements.lock") == {"numpy": "2.4.1", "ruamel-yaml": "0.18"}
    assert locked_versions(tmp_path / "absent.lock") == {}


def test_packages_are_those_asked_for_and_a_difference_is_said(tmp_path: Path) -> None:
    (tmp_path / "requirements.lock").write_text(LOCK, encoding="utf-8")
    asked = ["numpy>=2", "click", "nowhere-to-be-found", "appnope; sys_platform == 'nowhere'"]
    (tmp_path / "pyproject.toml").write_text(f"[project]\nname = 'x'\ndependencies = {asked}\n", encoding="utf-8")
    project = Project(tmp_path)
    assert main_packages(project) == ["click", "nowhere-to-be-found", "numpy"]
    rows = {row[0]: row[1:] for row in cells(packages(project))}
    assert rows["numpy"] == ["2.4.1", f"{metadata.version('numpy')} (differs)"]
    assert rows["click"] == ["not locked", f"{metadata.version('click')} (differs)"]
    assert rows["nowhere-to-be-found"] == ["not locked", "not installed (differs)"]


def test_what_this_project_asks_for_is_locked() -> None:
    project = find_project(Path(__file__).parent)
    assert set(main_packages(project)) <= set(locked_versions(project.lock))


def test_versions_name_no_machine() -> None:
    (listing,) = versions(find_project(Path(__file__).parent))
    text = listing.astext()
    assert platform.python_version() in text
    for name in (socket.gethostname(), str(Path.home()), str(Path.cwd())):
        assert name not in text
    assert f"{getpass.getuser()}@" not in text


def test_times_are_those_recorded_with_their_sum() -> None:
    records = {
        "notebooks/liu2022/towers": {"execution_seconds": 61.2, "peak_memory_mb": 1234.5, "executed_at": "today"},
        "notebooks/han2022/claims": {"execution_seconds": 9.9, "peak_memory_mb": None, "executed_at": "then"},
    }
    assert cells(timings(records)) == [
        ["han2022/claims", "10", "–", "then"],
        ["liu2022/towers", "61", "1,234", "today"],
        ["all, one after the other", "71", "1,234", ""],
    ]
    assert timings({})[0].astext() == "This build has run no notebook."


def test_data_stand_with_their_state_and_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    absent, here = sorted(name for name, dataset in catalogue.datasets().items() if dataset.default)[:2]
    asked = next(name for name, dataset in catalogue.datasets().items() if not dataset.default)
    monkeypatch.setattr(catalogue, "hashes", lambda names: {name: "f" * 64 for name in names if name == here})
    found = {row[0]: row[1:] for row in cells(data_used({"a": [here, absent], "b": [here, asked], "c": []}))}
    assert found == {
        absent: ["absent", "1", "–"],
        here: ["present", "2", "f" * 64],
        asked: ["on request, not fetched", "1", "–"],
    }
    assert data_used({"c": []})[0].astext() == "No chapter uses data."
