"""The lock follows from pyproject.toml, and every way to an environment from both."""

import json
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

from coldcarbon.book.environment import (
    INSTALL,
    environment_text,
    generated_files,
    plain_commands,
    stale_files,
    write_generated,
)
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


@pytest.mark.parametrize("name", generated_files(PROJECT))
def test_written_files_follow_from_pyproject_and_lock(name: str) -> None:
    assert name not in stale_files(PROJECT), "run `coldcarbon lock --keep`"


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


@pytest.fixture
def small(tmp_path: Path) -> Project:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\nversion = "1"\nlicense = "MIT"\nrequires-python = ">=3.11"\n'
        'dependencies = ["a>=1,<2", "b"]\n[tool.coldcarbon]\nnot-on-conda-forge = ["b"]\nhosted-python = "3.13"\n'
    )
    (tmp_path / "book").mkdir()
    for name in ("CITATION.cff", "book/references.bib"):
        shutil.copy(PROJECT.root / name, tmp_path / name)
    return Project(tmp_path)


def test_what_is_stale_is_written_and_nothing_else(small: Project) -> None:
    assert stale_files(small) == list(generated_files(small))
    assert write_generated(small) == list(generated_files(small))
    assert write_generated(small) == []
    postbuild = small.root / ".binder" / "postBuild"
    postbuild.write_text("#!/bin/bash\npip install something-else\n")
    assert write_generated(small) == [".binder/postBuild"]
    content = yaml.safe_load((small.root / "environment.yml").read_text())
    assert content["name"] == "x"
    assert content["dependencies"][:3] == ["python >=3.11", "pip", "a <2,>=1"]
    assert content["dependencies"][3] == {"pip": ["b", "-e ."]}


def test_binder_takes_the_lock_with_its_hashes(small: Project) -> None:
    write_generated(small)
    folder = small.root / ".binder"
    assert (folder / "runtime.txt").read_text() == "python-3.13\n"
    lines = [line for line in (folder / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert lines == ["--require-hashes", "-r ../requirements.lock"]
    # With a folder of its own, Binder reads none of these from the root.
    assert not {path.name for path in folder.iterdir()} - {"runtime.txt", "requirements.txt", "postBuild"}
    script = (folder / "postBuild").read_text().splitlines()
    assert script[0] == "#!/bin/bash"
    assert script[-1] == f"python {INSTALL[1]}"


def test_the_dev_container_runs_the_plain_commands(small: Project) -> None:
    content = json.loads(generated_files(small)[".devcontainer/devcontainer.json"])
    assert content["postCreateCommand"].split(" && ") == plain_commands()
    assert content["image"].endswith("python:1-3.13-bookworm")
    extensions = content["customizations"]["vscode"]["extensions"]
    assert all(re.fullmatch(r"[\w-]+\.[\w-]+", name) for name in extensions)


def test_the_hosted_python_is_one_the_lock_supports() -> None:
    assert PROJECT.settings["tool"]["coldcarbon"]["hosted-python"] in PYTHONS


def test_the_commands_for_windows_are_those_for_unix() -> None:
    unix, windows = plain_commands(("book", "test")), plain_commands(("book", "test"), windows=True)
    assert [line.replace("\\", "/").replace(".venv/Scripts/", ".venv/bin/") for line in windows] == [
        line.replace("python3 -m venv", "py -m venv") for line in unix
    ]
    assert len(unix) == 5


def test_the_commands_install_what_make_installs() -> None:
    makefile = (PROJECT.root / "Makefile").read_text(encoding="utf-8")
    for line in plain_commands()[1:]:
        for word in re.findall(r"--[a-z-]+|\S+\.lock", line):
            assert word in makefile, word


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
