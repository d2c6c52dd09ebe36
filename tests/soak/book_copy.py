"""A copy of the checkout that is built, interrupted and compared; by default a short book of a few quick pages.

``COLDCARBON_SOAK=full`` takes the whole book.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import yaml

from coldcarbon.book.project import find_project

FULL = os.environ.get("COLDCARBON_SOAK", "").strip() == "full"
ROOT = find_project(Path(__file__)).root
CHAPTERS = ("xiao2023/claims", "liu2022/inversions")
PAGES = ("book/index", "book/how-to-run", "book/reproducibility", "book/licences", "book/bibliography")
# Links from the pages of the short book to those that it lacks.
WITHOUT_TARGETS = ["ref", "toc", "myst", "bibtex", "app", "sphinx_exercise"]
HOURS = 3600.0
SECONDS_TO_STOP = 60.0  # after Ctrl-C, with notebooks running


@dataclass(frozen=True)
class Run:
    """What a build gave: exit code (negative for a signal), seconds, and what it said."""

    code: int
    seconds: float
    said: str


def copy(target: Path) -> Path:
    """Files of the checkout as they stand now, what git ignores left out; a short book unless the whole is wanted."""
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(None, names):
        source, place = ROOT / name, target / name
        if source.is_file():
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, place)
    if not FULL:
        _shorten(target)
    return target


def _shorten(root: Path) -> None:
    files = [{"file": f"notebooks/{chapter}"} for chapter in CHAPTERS] + [{"file": page} for page in PAGES[1:]]
    toc = {"format": "jb-book", "root": PAGES[0], "chapters": files}
    (root / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    settings["sphinx"]["config"]["suppress_warnings"] = WITHOUT_TARGETS
    (root / "_config.yml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    for notebook in (root / "notebooks").glob("*/*"):
        if not notebook.name.startswith(tuple(f"{chapter.split('/')[1]}." for chapter in CHAPTERS)) or (
            f"{notebook.parent.name}/{notebook.stem}" not in CHAPTERS
        ):
            notebook.unlink() if notebook.is_file() else shutil.rmtree(notebook)


def build(
    root: Path,
    *,
    stop: tuple[float, signal.Signals] | None = None,
    verb: str = "book",
    largest_file: int | None = None,
    log: Path | None = None,
) -> Run:
    """Build the copy.

    ``stop`` sends a signal to all its processes after so many seconds, as a terminal does; ``largest_file`` is a size
    in bytes beyond which nothing can be written, as on a full disk.
    """
    environment = {**os.environ, "PYTHONPATH": str(root / "src"), "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "coldcarbon.cli", verb]
    started = time.monotonic()
    log = log or root.parent / f"{root.name}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            cwd=root,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _prepared(largest_file),
        )
        try:
            try:
                code = process.wait(timeout=stop[0] if stop else 4 * HOURS)
            except subprocess.TimeoutExpired:
                assert stop is not None
                os.killpg(process.pid, stop[1])
                code = process.wait(timeout=SECONDS_TO_STOP)
        finally:
            with suppress(ProcessLookupError):  # nothing of it outlives this test
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return Run(code, time.monotonic() - started, log.read_text(encoding="utf-8", errors="replace"))


def _prepared(largest_file: int | None) -> None:
    """A shell starts what it runs in the background deaf to Ctrl-C, and children inherit that."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    if largest_file is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))


# What two builds of one checkout may differ in, and why; everything else is compared byte by byte.
DIFFERENCES: dict[str, tuple[bytes, bytes]] = {
    "the stamp says when a notebook ran, how long, and with how much memory": (
        rb"Run on \d{4}-\d\d-\d\d \d\d:\d\d UTC in \d+ s(?: with at most \d+ MB)?",
        b"Run on DAY in SECONDS",
    ),
    "the page on reproducibility tables the same times": (
        rb"(?:<td><p>[\d,\xe2\x80\x93]+</p></td>\s*){2}<td><p>(?:\d{4}-\d\d-\d\d \d\d:\d\d UTC)?</p></td>",
        b"<td>SECONDS</td><td>MB</td><td>DAY</td>",
    ),
    "the stamp names the commit, and a copy has none": (
        rb"commit [0-9a-f]{7,40}(?: with uncommitted changes)?",
        b"commit",
    ),
}


def pages(root: Path) -> dict[str, bytes]:
    """Every file of the built book and the ledger rows, without what `DIFFERENCES` names."""
    built = root / "book" / "_build"
    files = [path for path in sorted((built / "html").rglob("*")) if path.is_file()]
    return {
        path.relative_to(built).as_posix(): normalised(path.read_bytes()) for path in (*files, built / "claims.json")
    }


def normalised(content: bytes) -> bytes:
    """Content without what may differ."""
    for pattern, instead in DIFFERENCES.values():
        content = re.sub(pattern, instead, content)
    return content


def leftovers(root: Path) -> list[str]:
    """Files that were begun and not finished."""
    found = (path for path in root.rglob("*") if path.suffix in (".part", ".partial", ".new"))
    return [path.relative_to(root).as_posix() for path in found]


def different(one: Mapping[str, bytes], other: Mapping[str, bytes]) -> list[str]:
    """Files that only one has, or that differ, with the first place where they do."""
    lines = [f"{name}: only in one of them" for name in sorted(one.keys() ^ other.keys())]
    for name in sorted(one.keys() & other.keys()):
        a, b = one[name], other[name]
        if a != b:
            place = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
            lines.append(f"{name}: {a[max(place - 60, 0) : place + 60]!r} and {b[max(place - 60, 0) : place + 60]!r}")
    return lines
