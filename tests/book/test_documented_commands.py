"""Commands that a reader is told to type exist, and are the same on each system."""

import re
from pathlib import Path

import pytest

from coldcarbon.book.bundle import COMMANDS, MIRROR
from coldcarbon.book.environment import plain_commands
from coldcarbon.book.project import find_project
from commands import blocks, fault

ROOT = find_project(Path(__file__)).root
TEXTS = ["README.md", "CONTRIBUTING.md", "book/how-to-run.md", "book/index.md", "book/data.md", "book/licences.md"]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def shown(words: str) -> list[str]:
    """Commands in fenced blocks."""
    return [line for kind in ("console", "powershell") for block in blocks(words, kind) for line in block if line]


def spoken(words: str) -> list[str]:
    """Commands of ours in the running text."""
    prose = re.sub(r"^```.*?^```", "", words, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"`((?:make|coldcarbon) [^`]+)`", prose)


@pytest.mark.parametrize("name", TEXTS)
def test_every_command_in_a_text_exists(name: str) -> None:
    found = {line: wrong for line in shown(text(name)) if (wrong := fault(line))}
    # A sentence may name a verb without what it works on.
    found |= {line: w for line in spoken(text(name)) if (w := fault(line)) and not w.startswith("Missing argument")}
    assert found == {}


def test_the_readme_names_commands_at_all() -> None:
    assert len(shown(text("README.md"))) > 10
    assert spoken(text("README.md"))


@pytest.mark.parametrize("name", ["README.md", "book/how-to-run.md"])
def test_without_make_the_commands_are_those_of_the_environment(name: str) -> None:
    unix = [block for block in blocks(text(name), "console") if any("venv" in line for line in block)]
    windows = blocks(text(name), "powershell")
    assert unix == [plain_commands(("book", "test"))]
    assert windows == [plain_commands(("book", "test"), windows=True)]


def test_the_commands_in_a_bundle_are_the_same_on_each_system() -> None:
    words = {"wheel": "coldcarbon-1-py3-none-any.whl", "notebook": "notebooks/a/b.md", "pair": "notebooks/a/b.ipynb"}
    filled = COMMANDS.format(**words, **MIRROR)
    unix, windows = (re.findall(r"^    (.+)$", part, re.MULTILINE) for part in filled.split("Windows"))
    assert [fault(line) for line in unix] == [""] * 4
    assert windows.pop(3) == '$env:COLDCARBON_MIRROR = "data"'
    plain = [
        line.replace(".venv\\Scripts\\", ".venv/bin/").replace("py -m venv", "python3 -m venv") for line in windows
    ]
    assert plain == [line.removeprefix("COLDCARBON_MIRROR=data ") for line in unix]


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("make bokk", "no target ['bokk']"),
        ("coldcarbon bokk", "no verb 'bokk'"),
        (".venv\\Scripts\\coldcarbon book --fast", "No such option"),
        ("coldcarbon data list --nothing", "No such option"),
        ("coldcarbon bundle", "Missing argument"),
        (".venv/bin/python -m pip install --require-hash x", "pip knows no"),
        ("rm -rf /", "unknown program rm"),
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str, wrong: str) -> None:
    assert wrong in fault(command)
