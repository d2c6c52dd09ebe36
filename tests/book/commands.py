"""Whether a command that a text or a workflow names exists, with its options."""

import re
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import click

from coldcarbon.book.project import find_project
from coldcarbon.cli import main

ROOT = find_project(Path(__file__)).root
# Programs that every machine of the named kind has, or that the text tells the reader to have.
KNOWN = {"git", "conda", "gh", "sudo", "cp", "mkdir", "py", "python3", "python", "echo", "cat"}


def blocks(text: str, language: str) -> list[list[str]]:
    """Commands of each fenced block of a language, without prompts."""
    found = re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [[line.removeprefix("$ ").partition("  #")[0].strip() for line in block.splitlines()] for block in found]


def fault(command: str) -> str:
    """What is wrong with a command, or nothing."""
    words = shlex.split(command.replace("\\", "/"), comments=True)
    while words and re.match(r"[A-Za-z_]\w*=", words[0]):
        words = words[1:]
    if not words:
        return ""
    name = words[0].rpartition("/")[2].removesuffix(".exe")
    if name == "make":
        missing = [word for word in words[1:] if "=" not in word and not word.startswith("-") and word not in targets()]
        return f"no target {missing}" if missing else ""
    if name == "coldcarbon":
        return _fault_of_verb(words[1:])
    if words[1:4] == ["-m", "pip", "install"]:
        missing = [word for word in words[4:] if word.startswith("-") and word not in _pip_help()]
        return f"pip knows no {missing}" if missing else ""
    if words[1:3] == ["-m", "pytest"]:
        return _fault_of_tests(words[3:])
    if words[1:3] in (["-m", "venv"], ["-m", "pip_audit"]):
        return ""
    return "" if name in KNOWN else f"unknown program {name}"


@cache
def targets() -> set[str]:
    """Targets of the Makefile."""
    return set(
        re.findall(r"^([a-z]+|\.venv/\.installed):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    )


def _fault_of_verb(words: list[str]) -> str:
    command: click.Command = main
    while isinstance(command, click.Group) and words:
        if words[0].startswith("-"):
            return "" if words[0] in ("--help", "--version", "-h") else f"no option {words[0]}"
        if words[0] not in command.commands:
            return f"no verb {words[0]!r}"
        command, words = command.commands[words[0]], words[1:]
    try:
        command.make_context(command.name, words)
    except click.UsageError as error:
        # A file that a step before writes is not there yet.
        return "" if "does not exist" in error.format_message() else error.format_message()
    except click.exceptions.Exit:
        return ""
    return ""


def _fault_of_tests(words: list[str]) -> str:
    for word in (word for word in words if word.startswith("tests")):
        name, _, test = word.partition("::")
        if not (ROOT / name).exists():
            return f"no tests in {name}"
        if test and f"def {test.partition('[')[0]}(" not in (ROOT / name).read_text(encoding="utf-8"):
            return f"no test {test}"
    return ""


@cache
def _pip_help() -> set[str]:
    command = [sys.executable, "-m", "pip", "install", "--help"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return set(re.findall(r"(?<![\w-])--?[A-Za-z][\w-]*", text))
