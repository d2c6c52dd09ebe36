"""The lock and environment.yml follow from pyproject.toml."""

import os
import re
import shutil
import subprocess
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from coldcarbon.book.environment import environment_text, write_environment
from coldcarbon.book.project import Project, find_project

PROJECT = find_project(Path(__file__))
PIN = re.compile(
    r"(?P<requirement>[A-Za-z0-9._-]+(?:\[[^\]]*\])?==\S+(?: ; [^\\]+?)?)(?P<hashes>(?: \\\n    --hash=\S+)*)\n"
)
PYTHONS = ("3.11", "3.12", "3.13")
PLATFORMS = ("linux", "darwin", "win32")
SYSTEMS = {"linux": "Linux", "darwin": "Darwin", "win32": "Windows"}


def pins() -> list[tuple[Requirement, list[str]]]:
    found = PIN.finditer(PROJECT.lock.read_text(encoding="utf-8"))
    return [(Requirement(match["requirement"]), re.findall(r"--hash=(\S+)", match["hashes"])) for match in found]


def wanted() -> list[Requirement]:
    settings = PROJECT.settings
    return [Requirement(line) for line in (*settings["project"]["dependencies"], *settings["dependency-groups"]["dev"])]


def environment(python: str, platform: str) -> dict[str, str]:
    return {
        **{key: str(value) for key, value in default_environment().items()},
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
        "platform_system": SYSTEMS[platform],
        "os_name": "nt" if platform == "win32" else "posix",
    }


def test_the_lock_is_read_whole() -> None:
    text = PROJECT.lock.read_text(encoding="utf-8")
    assert PIN.sub("", text) == ""
    assert len(pins()) > 100


def test_every_pin_has_hashes_and_no_address() -> None:
    without = [str(pin) for pin, hashes in pins() if not hashes]
    assert without == []
    assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", digest) for _, hashes in pins() for digest in hashes)
    text = PROJECT.lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert "--index" not in text
    assert "--find-links" not in text


@pytest.mark.parametrize(("python", "platform"), list(product(PYTHONS, PLATFORMS)))
def test_the_lock_satisfies_pyproject_everywhere(python: str, platform: str) -> None:
    here = environment(python, platform)
    versions: dict[str, list[str]] = {}
    for pin, _ in pins():
        if pin.marker is None or pin.marker.evaluate(here):
            versions.setdefault(canonicalize_name(pin.name), []).append(next(iter(pin.specifier)).version)
    assert [name for name, found in versions.items() if len(found) != 1] == []
    for requirement in wanted():
        if requirement.marker is None or requirement.marker.evaluate(here):
            (version,) = versions.get(canonicalize_name(requirement.name), [""])
            assert version, f"{requirement.name} is not in requirements.lock; run `make lock`"
            assert requirement.specifier.contains(version, prereleases=True), f"{requirement} but locked {version}"


def test_python_versions_are_those_of_pyproject() -> None:
    specifier = Requirement(f"python{PROJECT.settings['project']['requires-python']}").specifier
    assert all(specifier.contains(python) for python in PYTHONS)
    assert not specifier.contains("3.10")
    assert not specifier.contains("3.14")


def test_environment_yml_follows_from_pyproject() -> None:
    written = (PROJECT.root / "environment.yml").read_text(encoding="utf-8")
    assert written == environment_text(PROJECT), "run `make lock`"


def test_environment_yml_names_every_dependency_once() -> None:
    content = yaml.safe_load(environment_text(PROJECT))
    assert content["channels"] == ["conda-forge", "nodefaults"]
    conda = [line for line in content["dependencies"] if isinstance(line, str)]
    (pip,) = (line["pip"] for line in content["dependencies"] if isinstance(line, dict))
    assert pip[-1] == "-e ."
    names = [re.match(r"[\w.-]+", line).group() for line in (*conda, *pip[:-1])]  # type: ignore[union-attr]
    dependencies = [Requirement(line).name for line in PROJECT.settings["project"]["dependencies"]]
    assert sorted(names) == sorted([*dependencies, "python", "pip"])
    assert {re.match(r"[\w.-]+", line).group() for line in pip[:-1]} == set(  # type: ignore[union-attr]
        PROJECT.settings["tool"]["coldcarbon"]["not-on-conda-forge"]
    )


def test_write_environment(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nrequires-python = ">=3.11"\ndependencies = ["a>=1,<2", "b"]\n'
        '[tool.coldcarbon]\nnot-on-conda-forge = ["b"]\n'
    )
    write_environment(Project(tmp_path))
    content = yaml.safe_load((tmp_path / "environment.yml").read_text())
    assert content["name"] == "x"
    assert content["dependencies"][:3] == ["python >=3.11", "pip", "a <2,>=1"]
    assert content["dependencies"][3] == {"pip": ["b", "-e ."]}


@pytest.mark.skipif(not shutil.which("awk") or os.name == "nt", reason="make is not used here")
def test_make_takes_the_installer_from_the_lock(tmp_path: Path) -> None:
    makefile = (PROJECT.root / "Makefile").read_text(encoding="utf-8")
    (program,) = re.findall(r"^\tawk '(.+)' requirements\.lock > \.venv/installer\.txt$", makefile, re.MULTILINE)
    command = ["awk", program.replace("$$", "$"), str(PROJECT.lock)]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    (match,) = PIN.finditer(text)
    assert match.group() == text
    assert Requirement(match["requirement"]).name == "uv"
    assert "--hash=sha256:" in match["hashes"]
    first = next(line for line in makefile.splitlines() if re.search(r"-m pip install|uv pip", line))
    assert first.endswith("--require-hashes -r .venv/installer.txt")
