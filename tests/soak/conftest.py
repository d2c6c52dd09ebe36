"""One clean build of a copy of the checkout, which the long tests compare with."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import book_copy
import pytest


@dataclass(frozen=True)
class Reference:
    """A clean build: folder, pages without what may differ, seconds it took."""

    root: Path
    pages: dict[str, bytes]
    seconds: float


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a line of progress at once, whatever pytest keeps back."""

    def now(line: str) -> None:
        with capsys.disabled():
            print(f"\n  {line}", end="", flush=True)

    return now


@pytest.fixture(scope="session")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    if sys.platform == "win32":
        pytest.skip("signals and limits of POSIX")
    root = book_copy.copy(tmp_path_factory.mktemp("first") / "book-one")
    done = book_copy.build(root)
    assert done.code == 0, done.said[-3000:]
    return Reference(root, book_copy.pages(root), done.seconds)


@pytest.fixture
def second(reference: Reference, tmp_path: Path) -> Path:
    """Another folder with just the files of the first, not built."""
    root = tmp_path / "a-second-book"
    shutil.copytree(reference.root, root, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    return root


@pytest.fixture
def read_only() -> Callable[[Path], AbstractContextManager[None]]:
    """Make a folder unwritable: by its permissions, or, since root heeds none, by mounting it so."""

    @contextmanager
    def locked(folder: Path) -> Iterator[None]:
        if os.geteuid() != 0:
            modes = {path: path.stat().st_mode for path in (folder, *(p for p in folder.rglob("*") if p.is_dir()))}
            for path in modes:
                path.chmod(0o555)
            try:
                yield
            finally:
                for path, mode in modes.items():
                    path.chmod(mode)
            return
        mount = ["mount", "--bind", str(folder), str(folder)]
        if subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("root heeds no permissions, and may mount nothing here")
        try:
            subprocess.run(["mount", "-o", "remount,ro,bind", str(folder)], check=True, capture_output=True)
            yield
        finally:
            subprocess.run(["umount", "--lazy", str(folder)], check=True, capture_output=True)

    return locked


class SmallDisk:
    """A disk in memory that can be made larger."""

    def __init__(self, place: Path, kilobytes: int) -> None:
        self.place = place
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)]
        if sys.platform != "linux" or subprocess.run(command, check=False, capture_output=True).returncode:
            pytest.skip("may mount no disk in memory here")

    def enlarge(self, kilobytes: int) -> None:
        """Give it so much space in all."""
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(self.place)], check=True)

    def take_away(self) -> None:
        """Unmount it."""
        subprocess.run(["umount", "--lazy", str(self.place)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[int], SmallDisk]]:
    """Mount a disk of so many kilobytes, or skip where this process may not."""
    mounted: list[SmallDisk] = []

    def make(kilobytes: int) -> SmallDisk:
        mounted.append(SmallDisk(tmp_path / "small", kilobytes))
        return mounted[-1]

    yield make
    for disk in mounted:
        disk.take_away()
