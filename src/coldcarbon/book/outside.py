"""Links to other hosts: which lead nowhere any more. Sphinx asks them, with patience and without noise."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
from sphinx.application import Sphinx

from coldcarbon.book.project import Project

__all__ = ["check_outside", "handle_of", "setup_outside"]

# Publishers turn programs away with 403, so their page says nothing of a DOI. Its register does.
DOI = re.compile(r"https?://(?:dx\.)?doi\.org/(?P<doi>10\.[^?#]+)", re.IGNORECASE)
REGISTER = "https://doi.org/api/handles/"
BROKEN = ("broken", "timeout")


def handle_of(_app: Sphinx | None, address: str) -> str | None:
    """Entry of a DOI in its register, to ask in place of the publisher; None for any other address."""
    match = DOI.fullmatch(address)
    return REGISTER + match["doi"] if match else None


def setup_outside(app: Sphinx) -> None:
    """Have Sphinx ask the register of DOIs."""
    app.connect("linkcheck-process-uri", handle_of)


def check_outside(project: Project) -> list[str]:
    """Ask every address that a page links to.

    Executed notebooks come from the store, so this follows a build. The settings are those of ``_config.yml``.

    Parameters
    ----------
    project : Project
        The checkout.

    Returns
    -------
    list of str
        One line per address that leads nowhere: page, line, address and answer.

    Raises
    ------
    click.ClickException
        If the pages could not be read.
    """
    words = ["build", ".", "--path-output", "book", "--builder", "custom"]
    words += ["--custom-builder", "linkcheck", "--all", "-n"]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    command = [sys.executable, "-c", "from jupyter_book.cli.main import main; main()", *words]
    answers = project.build / "linkcheck" / "output.json"
    answers.unlink(missing_ok=True)
    subprocess.run(command, cwd=project.root, env={**os.environ, "PATH": path}, check=False)
    if not answers.is_file():
        raise click.ClickException("no link was asked; the messages above say why")
    return broken(answers.read_text(encoding="utf-8"))


def broken(answers: str) -> list[str]:
    """Lines of Sphinx's ``output.json`` that lead nowhere."""
    rows = [json.loads(line) for line in answers.splitlines() if line.strip()]
    return [
        f"{row['filename']}, line {row['lineno']}: {row['uri']}: {row['info'] or row['status']}"
        for row in rows
        if row["status"] in BROKEN
    ]
