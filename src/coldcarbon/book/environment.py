"""The lock and the conda environment, both written from ``pyproject.toml``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from packaging.requirements import Requirement

from coldcarbon.book.project import Project

__all__ = ["environment_text", "write_environment", "write_lock"]

OLDEST_PYTHON = "3.11"


def write_lock(project: Project, *, upgrade: bool = False) -> None:
    """Resolve all dependencies, for every supported Python, into ``requirements.lock``: hashes, no addresses."""
    words = ["pip", "compile", "--quiet", "--universal", "--python-version", OLDEST_PYTHON, "--generate-hashes"]
    words += ["--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--group", "dev"]
    words += ["pyproject.toml", "--output-file", project.lock.name, *(["--upgrade"] if upgrade else [])]
    subprocess.run([_uv(), *words], cwd=project.root, check=True)


def environment_text(project: Project) -> str:
    """Content of ``environment.yml``: the conda-forge route to the ranges of ``pyproject.toml``."""
    settings = project.settings
    name, python = settings["project"]["name"], settings["project"]["requires-python"]
    pip_only = set(settings["tool"]["coldcarbon"]["not-on-conda-forge"])
    requirements = [Requirement(line) for line in settings["project"]["dependencies"]]
    lines = ["# Written by `make lock` from pyproject.toml; change it there.", f"name: {name}"]
    lines += ["channels: [conda-forge, nodefaults]", "dependencies:", f"  - python {python}", "  - pip"]
    lines += [f"  - {r.name} {r.specifier}" for r in requirements if r.name not in pip_only]
    lines += ["  - pip:", *(f"      - {requirement}" for requirement in requirements if requirement.name in pip_only)]
    return "\n".join([*lines, "      - -e .", ""])


def write_environment(project: Project) -> None:
    """Write ``environment.yml``."""
    (project.root / "environment.yml").write_text(environment_text(project), encoding="utf-8")


def _uv() -> str:
    beside = Path(sys.executable).with_name("uv.exe" if os.name == "nt" else "uv")
    return str(beside) if beside.exists() else "uv"
