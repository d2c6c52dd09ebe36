"""What would stop the code on Windows, or on a file system that does not tell case: looked for without one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coldcarbon.book.project import find_project

ROOT = find_project(Path(__file__)).root
SOURCE = ROOT / "src" / "coldcarbon"
# Names that Python has on some systems only, by module.
ELSEWHERE = {
    "os": {"geteuid", "getuid", "fork", "getpgid", "killpg", "setsid", "sched_getaffinity", "uname", "mkfifo", "chown"},
    "signal": {"SIGKILL", "SIGHUP", "SIGALRM", "alarm", "setitimer"},
    "time": {"tzset"},
}
MODULES = {"fcntl", "resource", "pwd", "grp", "termios", "pty"}
# Methods and functions that read or write text in the encoding of the machine unless told.
TEXT = {"read_text": 0, "write_text": 1}
# An `open` of these is no text file's.
OPENS_OTHERWISE = re.compile(r"^(os|gzip|tarfile|zipfile|lzma|bz2|Image|zarr|array|store|grid)$|archive|member|entry")
RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com[1-9]|lpt[1-9])(\..*)?")


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def guarded(tree: ast.AST) -> set[int]:
    """Lines that run only where the name is there: under a test of the platform or of the name itself."""
    found: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If | ast.IfExp) and re.search(
            r"hasattr|sys\.platform|os\.name|platform\.system", ast.unparse(node.test)
        ):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
        if isinstance(node, ast.Try) and any("ImportError" in ast.unparse(h.type) for h in node.handlers if h.type):
            found |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def only_elsewhere(text: str) -> Iterator[str]:
    tree = ast.parse(text)
    safe = guarded(tree)
    for node in ast.walk(tree):
        if getattr(node, "lineno", 0) in safe:
            continue
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.attr in ELSEWHERE.get(node.value.id, ()):
                yield f"line {node.lineno}: {node.value.id}.{node.attr}"
        elif isinstance(node, ast.Import):
            yield from (f"line {node.lineno}: {a.name}" for a in node.names if a.name.split(".")[0] in MODULES)
        elif isinstance(node, ast.ImportFrom) and node.module in MODULES:
            yield f"line {node.lineno}: {node.module}"


def without_encoding(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or any(keyword.arg == "encoding" for keyword in node.keywords):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        owner = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
        # By position: read_text(encoding), write_text(data, encoding); a member of a package has read_text too.
        if name in TEXT and len(node.args) <= TEXT[name]:
            yield f"line {node.lineno}: {name} without encoding"
        if name == "open" and not OPENS_OTHERWISE.search(owner):
            mode = [ast.literal_eval(a) for a in node.args if isinstance(a, ast.Constant)][-1:]
            mode += [ast.literal_eval(k.value) for k in node.keywords if k.arg == "mode"]
            if not any("b" in str(word) for word in mode):
                yield f"line {node.lineno}: open without encoding"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_code_keeps_to_what_every_system_has(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert [*only_elsewhere(text), *without_encoding(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "import os\nos.geteuid()",
        "import fcntl",
        "from resource import getrusage",
        "import signal, os\nos.kill(1, signal.SIGKILL)",
        "from pathlib import Path\nPath('a').read_text()",
        "from pathlib import Path\nPath('a').write_text('b')",
        "open('a')",
        "from pathlib import Path\nPath('a').open('w')",
    ],
)
def test_what_would_fail_is_found(text: str) -> None:
    assert [*only_elsewhere(text), *without_encoding(text)]


@pytest.mark.parametrize(
    "text",
    [
        "import os, sys\nif sys.platform == 'linux' and os.geteuid() == 0:\n    pass",
        "import os\nn = len(os.sched_getaffinity(0)) if hasattr(os, 'sched_getaffinity') else 1",
        "try:\n    import fcntl\nexcept ImportError:\n    fcntl = None",
        "from pathlib import Path\nPath('a').read_text(encoding='utf-8')",
        "from pathlib import Path\nPath('a').open('rb')",
    ],
)
def test_what_works_is_left_alone(text: str) -> None:
    assert [*only_elsewhere(text), *without_encoding(text)] == []


def committed() -> list[str]:
    folders = ("book", "notebooks", "src", "tests", "results", "benchmarks", ".github", ".binder", ".devcontainer")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")] + list(ROOT.glob("*"))
    names = [path.relative_to(ROOT).as_posix() for path in files if path.is_file()]
    return [name for name in names if "__pycache__" not in name and not name.startswith("book/_build/")]


def test_file_names_are_good_on_every_system() -> None:
    names = committed()
    assert len(names) > 100
    assert [name for name in names if re.search(r'[<>:"\\|?*\x00-\x1f]', name)] == []
    assert [
        name for name in names if any(RESERVED.fullmatch(p) or p.endswith((".", " ")) for p in name.split("/"))
    ] == []
    assert [name for name in names if len(name) > 150] == []
    lower = [name.lower() for name in names]
    assert sorted(name for name in names if lower.count(name.lower()) > 1) == []


def test_a_checkout_has_the_same_bytes_everywhere() -> None:
    assert "* text=auto eol=lf" in (ROOT / ".gitattributes").read_text(encoding="utf-8").splitlines()
