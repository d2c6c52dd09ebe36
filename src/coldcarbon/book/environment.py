"""Ways to one environment, all written from ``pyproject.toml`` and the one lock: conda, Binder, a dev container."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

from coldcarbon.book.metadata import zenodo_text
from coldcarbon.book.project import Project
from coldcarbon.whole_files import write_text

__all__ = ["environment_text", "generated_files", "plain_commands", "stale_files", "write_generated", "write_lock"]

OLDEST_PYTHON = "3.11"
NOTE = "# Written by `make lock`; change pyproject.toml or coldcarbon.book.environment instead."
# What `make book` does, in words of pip. The builder of the package is in the lock, hence no isolation.
INSTALL = (
    "-m pip install --require-hashes -r requirements.lock",
    "-m pip install --no-build-isolation --no-deps --editable .",
)
# The tag of a series: the image is rebuilt under it with the fixes of its system, and a digest would keep the holes.
IMAGE = "mcr.microsoft.com/devcontainers/python:1-{python}-bookworm"


def write_lock(project: Project, *, upgrade: bool = False) -> None:
    """Resolve all dependencies, for every supported Python, into ``requirements.lock``: hashes, no addresses."""
    words = ["pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
    words += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--group", "dev"]
    words += ["pyproject.toml", "--output-file", project.lock.name, *(["--upgrade"] if upgrade else [])]
    subprocess.run([_uv(), *words], cwd=project.root, check=True)


def plain_commands(verbs: tuple[str, ...] = (), *, windows: bool = False) -> list[str]:
    """Commands that make the environment and run verbs in it, on a machine without make.

    Parameters
    ----------
    verbs : tuple of str
        What to run then, such as ``book``.
    windows : bool
        For PowerShell; for a Unix shell otherwise.
    """
    create, scripts = ("py", ".venv\\Scripts\\") if windows else ("python3", ".venv/bin/")
    install = [f"{scripts}python {words}" for words in INSTALL]
    return [f"{create} -m venv .venv", *install, *(f"{scripts}coldcarbon {verb}" for verb in verbs)]


def environment_text(project: Project) -> str:
    """Content of ``environment.yml``: the conda-forge route to the ranges of ``pyproject.toml``."""
    settings = project.settings
    name, python = settings["project"]["name"], settings["project"]["requires-python"]
    pip_only = set(settings["tool"]["coldcarbon"]["not-on-conda-forge"])
    requirements = [Requirement(line) for line in settings["project"]["dependencies"]]
    lines = [NOTE, f"name: {name}"]
    lines += ["channels: [conda-forge, nodefaults]", "dependencies:", f"  - python {python}", "  - pip"]
    lines += [f"  - {r.name} {r.specifier}" for r in requirements if r.name not in pip_only]
    lines += ["  - pip:", *(f"      - {requirement}" for requirement in requirements if requirement.name in pip_only)]
    return "\n".join([*lines, "      - -e .", ""])


def generated_files(project: Project) -> dict[str, str]:
    """Text of each file that is written and not edited, by its path from the root."""
    python = project.settings["tool"]["coldcarbon"]["hosted-python"]
    build = f"#!/bin/bash\n{NOTE}\nset -euo pipefail\npython {INSTALL[1]}\n"
    container = {
        "name": "Cold Carbon",
        "image": IMAGE.format(python=python),
        "postCreateCommand": " && ".join(plain_commands()),
        "customizations": {
            "vscode": {
                "extensions": ["ms-python.python", "ms-toolsai.jupyter"],
                "settings": {"python.defaultInterpreterPath": ".venv/bin/python"},
            }
        },
    }
    return {
        "environment.yml": environment_text(project),
        # The folder is read in place of environment.yml: Binder takes the locked versions.
        ".binder/runtime.txt": f"python-{python}\n",
        ".binder/requirements.txt": f"{NOTE}\n--require-hashes\n-r ../{project.lock.name}\n",
        ".binder/postBuild": build,
        ".devcontainer/devcontainer.json": json.dumps(container, indent=2) + "\n",
        ".zenodo.json": zenodo_text(project),
    }


def stale_files(project: Project) -> list[str]:
    """Written files that are absent or say something else."""
    texts = generated_files(project)
    places = {name: project.root / name for name in texts}
    return [name for name, path in places.items() if not path.is_file() or _read(path) != texts[name]]


def write_generated(project: Project) -> list[str]:
    """Bring the written files up to date; returns those that were not."""
    texts, stale = generated_files(project), stale_files(project)
    for name in stale:
        path = project.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, texts[name], newline="\n")
        if texts[name].startswith("#!"):
            path.chmod(0o755)
    return stale


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    return str(beside) if beside.exists() else "uv"
