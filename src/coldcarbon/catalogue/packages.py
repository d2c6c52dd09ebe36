"""The source "package": members of published wheels, fetched by pip with the user's own settings, not installed."""

from __future__ import annotations

import ast
import functools
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from packaging.utils import parse_wheel_filename

from coldcarbon.catalogue import limits, network, settings, storage
from coldcarbon.catalogue.errors import (
    DataCorruptError,
    DataError,
    DataMissingError,
    NetworkError,
    StorageError,
    UnknownDatasetError,
)
from coldcarbon.catalogue.progress import Bar, Share
from coldcarbon.catalogue.registry import Dataset, File, Wheel
from coldcarbon.catalogue.unpacking import member_fault

INDEX = "The package index pip is set up to use"
ANY_PYTHON = "3.11"
CONFIG_SECONDS = 30.0
COPIES = 3  # of the wheel, while pip has it in several folders
ROUNDING = 5_000_000  # bytes: sizes of wheels are registered in MB, and pip writes notes of its own


def fetch(dataset: Dataset, missing: Sequence[File], bar: Bar) -> None:
    """Fetch the wheel, take the missing members out, throw the wheel away; hold the lock while calling this.

    Parameters
    ----------
    dataset : Dataset
        The data set, with its wheel.
    missing : sequence of File
        The members to take out.
    bar : Bar
        Counts the bytes of the wheel.

    Raises
    ------
    NetworkError
        If the package index does not answer.
    DataMissingError
        If pip is not there, or finds no such version.
    DataCorruptError
        If the wheel or a member is not the registered one; it is set aside.
    StorageError
        If the cache cannot take it.
    """
    wheel = dataset.wheel
    if wheel is None:
        raise UnknownDatasetError(f"Data set {dataset.name} names no package.")
    folder = settings.cache() / dataset.name
    with _work_folder(folder) as work:
        artifact = _download(dataset, wheel, work, bar)
        for file in missing:
            _extract(dataset, file, artifact, folder / file.name)


def pip_arguments(wheel: Wheel) -> list[str]:
    """Say to pip which file of a release is meant, so that every machine gets the same one.

    Parameters
    ----------
    wheel : Wheel
        Its file name carries the tags (`packaging.utils.parse_wheel_filename`).

    Returns
    -------
    list of str
        Options and requirement for `pip download`.
    """
    _, _, _, tags = parse_wheel_filename(wheel.file)
    interpreter = max(tag.interpreter for tag in tags)
    # A tag such as cp39 names implementation and version; py3 stands for any Python 3.
    implementation, digits = interpreter[:2], interpreter[2:]
    python = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else ANY_PYTHON
    options = ["--python-version", python, "--implementation", implementation]
    for abi in sorted({tag.abi for tag in tags}):
        options += ["--abi", abi]
    for platform in sorted({tag.platform for tag in tags}):
        options += ["--platform", platform]
    return [*options, f"{wheel.package}=={wheel.version}"]


@contextmanager
def _work_folder(folder: Path) -> Iterator[Path]:
    """Give a folder beside the data, on the same disk, that is gone afterwards whatever happens."""
    with storage.storage_errors(folder / "any"):
        folder.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=storage.INCOMING, dir=folder))
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _download(dataset: Dataset, wheel: Wheel, work: Path, bar: Bar) -> Path:
    """Run pip and give the path of the wheel, its hash checked."""
    temporary, target = work / "tmp", work / "wheel"
    with storage.storage_errors(work / "any"):
        temporary.mkdir()
        target.mkdir()
    command = [
        *_pip(),
        "download",
        "--no-deps",
        "--only-binary=:all:",
        "--ignore-requires-python",
        "--disable-pip-version-check",
        "--no-input",
        "--progress-bar=off",
        f"--dest={target}",
        *require(dataset),
        *pip_arguments(wheel),
    ]
    # pip works in TMPDIR: on the disk of the cache it is counted, and removed with the rest.
    environment = os.environ | {"TMPDIR": str(temporary), "PYTHONWARNINGS": "ignore"}
    log = work / "pip.log"
    with storage.storage_errors(log), log.open("w+", encoding="utf-8", errors="replace") as out:
        code = _run(command, environment, out.fileno(), work, Share(bar, round(wheel.megabytes * 1e6)), wheel)
        out.seek(0)
        text = out.read()
    if code != 0:
        raise _explained(dataset, wheel, text, work)
    found = sorted(target.iterdir())
    if [path.name for path in found] != [wheel.file]:
        raise DataMissingError(
            f"{INDEX} gave {', '.join(path.name for path in found) or 'nothing'} for {wheel.package} "
            f"{wheel.version}, not {wheel.file}, which holds {dataset.name}. {network.REMEDY}"
        )
    artifact = File(wheel.file, found[0].stat().st_size, f"sha256:{wheel.sha256}")
    if not storage.matches(found[0], artifact):
        moved = found[0].replace(work.parent / f"{storage.INCOMING}{wheel.file}")
        raise storage.refuse(dataset, artifact, moved, INDEX)
    return found[0]


def _run(command: list[str], environment: dict[str, str], out: int, work: Path, share: Share, wheel: Wheel) -> int:
    """Run pip to its end, counting what it has written; end it where the fetch is given up, or takes too much."""
    counted = 0
    expected = round(wheel.megabytes * 1e6)
    end = time.monotonic() + limits.allowed_seconds(expected)
    process = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    try:
        while True:
            try:
                code = process.wait(timeout=0.2)
                break
            except subprocess.TimeoutExpired:
                written = _size(work)
                share.update(max(0, written - counted))
                counted = max(counted, written)
                if written > COPIES * expected + ROUNDING:
                    raise DataCorruptError(
                        f"{INDEX} sends more than the {wheel.megabytes:g} MB registered for {wheel.file}: "
                        "it was cut off and nothing was kept."
                    ) from None
                if time.monotonic() > end:
                    raise NetworkError(f"{INDEX} was too slow with {wheel.file}: given up. {network.REMEDY}") from None
    except BaseException:
        process.terminate()
        process.wait()
        raise
    if code == 0:
        share.close()
    return code


def _size(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).stat().st_size
            except OSError:
                continue
    return total


def _extract(dataset: Dataset, file: File, artifact: Path, target: Path) -> None:
    """Take one member out of the wheel: to a temporary name, compare the hash, move it to its place."""
    with storage.incoming(target) as part:
        try:
            with zipfile.ZipFile(artifact) as archive:
                _copy(archive, file, part)
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise DataCorruptError(
                f"{artifact.name} has the registered hash but no readable member {file.member} "
                f"({error}): the registry row of {dataset.name} is wrong; please report it."
            ) from error
        if not storage.matches(part, file):
            raise storage.refuse(dataset, file, part, f"member {file.member} of {artifact.name}")
        storage.settle(part, target)


def _copy(archive: zipfile.ZipFile, file: File, part: Path) -> None:
    """Copy a member that is just as large as it is registered; the wheel is data here, and nothing of it is run.

    Raises
    ------
    ValueError
        If it is a link, encrypted, of another size, or stands there twice.
    """
    found = [member for member in archive.infolist() if member.filename == file.member]
    if len(found) > 1:
        raise ValueError(f"it stands there {len(found)} times")
    member = archive.getinfo(file.member)
    if fault := member_fault(member):
        raise ValueError(fault)
    if member.file_size != file.bytes:
        raise ValueError(f"it has {member.file_size} bytes, not the registered {file.bytes}")
    with archive.open(member) as source, part.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)


def _pip() -> list[str]:
    return [sys.executable, "-m", "pip"]


def require(dataset: Dataset) -> list[str]:
    """Look whether an index answers before pip is started, which would try for minutes.

    Parameters
    ----------
    dataset : Dataset
        Of the source "package", for the message.

    Returns
    -------
    list of str
        Further options for pip: with no index in reach, only folders named in `find-links` are searched.

    Raises
    ------
    NetworkError
        If neither an index nor such a folder is there.
    """
    remote, folders = _sources()
    if not remote:
        return []
    try:
        network.hosts.require_any(INDEX, remote)
    except NetworkError as error:
        if folders:
            return ["--no-index"]
        raise NetworkError(f"{dataset.origin} cannot be fetched. {error}") from error
    return []


@functools.cache
def _sources() -> tuple[list[str], bool]:
    """Read from pip's settings the addresses it would ask, and whether it also searches a folder.

    The addresses may hold passwords: they are never shown.
    """
    try:
        answer = subprocess.run(
            [*_pip(), "config", "list"], capture_output=True, text=True, timeout=CONFIG_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return [], False
    if answer.returncode != 0:
        if "No module named pip" in answer.stderr:
            raise DataMissingError(
                f"pip is missing from {sys.prefix}, and packages are fetched with it: "
                "run `python -m ensurepip` there, then fetch again."
            )
        raise DataError(f"pip does not run in {sys.prefix}: {_last_lines(answer.stderr)}")
    values: dict[str, list[str]] = {}
    for line in answer.stdout.splitlines():
        name, found, value = line.partition("=")
        if found:
            key = name.rpartition(".")[2]
            try:
                values.setdefault(key, []).extend(str(ast.literal_eval(value)).split())
            except (ValueError, SyntaxError):
                continue
    links = values.get("find-links", [])
    if _yes(values.get("no-index", [])):
        indexes: list[str] = []
    else:
        indexes = [*(values.get("index-url") or _pip_default()), *values.get("extra-index-url", [])]
    every = [*indexes, *links]
    remote = [url for url in every if url.startswith(("http://", "https://"))]
    if remote and values.get("proxy"):
        remote = values["proxy"]
    return remote, len(links) > sum(link.startswith(("http://", "https://")) for link in links)


def _yes(values: list[str]) -> bool:
    return bool(values) and values[-1].lower() in {"1", "true", "yes", "on", "y", "t"}


def _pip_default() -> list[str]:
    """Ask pip itself for the index it uses where none is set."""
    try:
        from pip._internal.models.index import PyPI
    except ImportError:
        return []
    return [str(PyPI.simple_url)]


def _explained(dataset: Dataset, wheel: Wheel, log: str, work: Path) -> DataError:
    """Turn what pip printed into an error that says what to do."""
    name = f"{wheel.package} {wheel.version}, which holds {dataset.name},"
    if "No space left on device" in log or "Disk quota exceeded" in log:
        return StorageError(
            f"The disk holding {work.parent} is full: nothing half-written was kept. "
            "Free some space, or name another folder in COLDCARBON_CACHE, then run again."
        )
    if "No matching distribution found" in log:
        if network.hosts.failed(INDEX):
            return NetworkError(f"{name} is in no folder pip searches, and no index answers. {network.REMEDY}")
        return DataMissingError(f"{INDEX} does not offer {name} as {wheel.file}. {network.REMEDY}")
    return DataMissingError(f"pip could not fetch {name} and said: {_last_lines(log)} {network.REMEDY}")


def _last_lines(log: str) -> str:
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines
    return " / ".join(errors[-3:]) or "nothing."
