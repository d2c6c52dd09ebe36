"""Files on disk: where they lie, whether they are what the registry says, and how they get there whole."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pooch
from filelock import FileLock, Timeout

from coldcarbon.catalogue import settings
from coldcarbon.catalogue.errors import DataCorruptError, DataError, StorageError
from coldcarbon.catalogue.registry import Dataset, File

INCOMING = ".incoming-"
LOCK_SECONDS = 3600.0

_FULL = {errno.ENOSPC, errno.EDQUOT}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}

_hashed: dict[tuple[str, str, int, int], str] = {}


def digest(path: Path, algorithm: str = "sha256") -> str:
    """Hash a file, once per process as long as its size and time of change stay the same.

    Parameters
    ----------
    path : Path
        The file.
    algorithm : str
        Name of the hash as hashlib spells it.

    Returns
    -------
    str
        Hexadecimal digest.
    """
    status = path.stat()
    key = (algorithm, str(path), status.st_size, status.st_mtime_ns)
    if key not in _hashed:
        _hashed[key] = pooch.file_hash(str(path), alg=algorithm)
    return _hashed[key]


def forget() -> None:
    """Forget every hash, so that the next look reads the bytes again."""
    _hashed.clear()


def matches(path: Path, file: File) -> bool:
    """Tell whether a file on disk has the registered hash."""
    return digest(path, file.algorithm) == file.digest


def places(dataset: Dataset, file: File) -> list[tuple[Path, bool]]:
    """List where a file may lie, in order of search, each with whether it belongs to the cache."""
    mirror = settings.mirror()
    found = [(mirror / dataset.name / file.name, False)] if mirror else []
    return [*found, (settings.cache() / dataset.name / file.name, True)]


def locate(dataset: Dataset, file: File) -> Path | None:
    """Find a verified file: the mirror first, then the cache.

    Parameters
    ----------
    dataset : Dataset
        The data set.
    file : File
        One of its files.

    Returns
    -------
    Path or None
        None where neither folder has it.

    Raises
    ------
    DataCorruptError
        If the first file found has another hash. In the cache it is set aside; in the mirror it is left.
    StorageError
        If it cannot be read.
    """
    for path, in_cache in places(dataset, file):
        with storage_errors(path):
            if not path.is_file():
                continue
            if matches(path, file):
                return path
        if in_cache:
            raise _altered(dataset, file, path, set_aside(path))
        raise DataCorruptError(
            f"{path}: this file of {dataset.name} in the mirror is altered or cut short (expected "
            f"{_short(file.checksum)}, found {_short(digest(path, file.algorithm))}). "
            "It was left where it is: replace or remove it, then run again."
        )
    return None


def set_aside(path: Path) -> Path:
    """Rename a bad file to NAME.bad-<first 8 of its SHA-256>, so that it is neither used nor lost.

    Returns
    -------
    Path
        The new name; the old one where the folder cannot be written.
    """
    bad = path.with_name(f"{path.name}.bad-{digest(path)[:8]}")
    with suppress(OSError):
        path.replace(bad)
        return bad
    return path


def refuse(dataset: Dataset, file: File, path: Path, origin: str) -> DataCorruptError:
    """Set a bad arrival aside under its final name and give the error to raise.

    Parameters
    ----------
    dataset, file : Dataset, File
        What should have arrived.
    path : Path
        The bad bytes, in the folder of the data set, under a temporary name.
    origin : str
        Where they came from.
    """
    found = _short(f"{file.algorithm}:{digest(path, file.algorithm)}")
    aside = path.with_name(f"{file.name}.bad-{digest(path)[:8]}")
    kept = path
    with suppress(OSError):
        path.replace(aside)
        kept = aside
    return DataCorruptError(
        f"{origin} gave {kept.stat().st_size} bytes for {dataset.name}/{file.name} that are not the registered "
        f"{file.bytes} (expected {_short(file.checksum)}, found {found}). They were set aside as {kept} and are "
        "not used. Run again to fetch anew; if it happens again the source has changed: please report it."
    )


@contextmanager
def incoming(target: Path) -> Iterator[Path]:
    """Give a temporary file beside the target; whatever is left of it afterwards is removed.

    The caller renames it to the target once it is whole, so that no reader ever sees a part of a file.

    Raises
    ------
    StorageError
        If the folder cannot be made or written, or the disk is full.
    """
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=INCOMING, dir=target.parent)
        os.close(handle)
        path = Path(name)
    try:
        with storage_errors(target):
            yield path
    finally:
        with suppress(OSError):
            path.unlink(missing_ok=True)


def settle(path: Path, target: Path) -> None:
    """Move a whole, verified file to its place in one step, readable as the user's other files are."""
    with storage_errors(target):
        path.chmod(0o644)
        path.replace(target)


@contextmanager
def locked(dataset: Dataset, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the cache folder of one data set, so that two processes do not fetch it at once.

    Raises
    ------
    StorageError
        If the lock cannot be made, or is held for more than an hour.
    """
    folder = settings.cache()
    path = folder / ".locks" / f"{dataset.name}.lock"
    with storage_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path)
        try:
            lock.acquire(timeout=1)
        except Timeout:
            say(f"{dataset.name}: another process is fetching it; waiting")
            try:
                lock.acquire(timeout=LOCK_SECONDS)
            except Timeout:
                raise StorageError(
                    f"{path} has been held by another process for {LOCK_SECONDS:.0f} s: "
                    "end that process, then run again."
                ) from None
    try:
        _sweep(folder / dataset.name)
        yield
    finally:
        lock.release()


def _sweep(folder: Path) -> None:
    """Remove what a killed process left half-written; only the holder of the lock may."""
    for left in list(folder.rglob(f"{INCOMING}*")):
        if left.is_dir():
            shutil.rmtree(left, ignore_errors=True)
        else:
            with suppress(OSError):
                left.unlink()


@contextmanager
def storage_errors(path: Path) -> Iterator[None]:
    """Turn an error of the file system into one that says what to do; other errors pass."""
    try:
        yield
    except DataError:
        raise
    except OSError as error:
        if error.errno in _FULL:
            raise StorageError(
                f"The disk holding {path.parent} is full: nothing half-written was kept. "
                "Free some space, or name another folder in COLDCARBON_CACHE, then run again."
            ) from error
        if error.errno in _FORBIDDEN:
            raise StorageError(
                f"{path.parent} cannot be read or written ({error.strerror}): name a folder you may write in "
                "COLDCARBON_CACHE, or a folder that already holds the data in COLDCARBON_MIRROR."
            ) from error
        if error.errno is None:
            raise
        raise StorageError(
            f"{path} cannot be used ({error.strerror}): name another folder in COLDCARBON_CACHE."
        ) from error


def _altered(dataset: Dataset, file: File, path: Path, kept: Path) -> DataCorruptError:
    found = _short(f"{file.algorithm}:{digest(kept, file.algorithm)}")
    done = (
        f"It was set aside as {kept}"
        if kept != path
        else "It could not be renamed (the folder cannot be written): remove it yourself"
    )
    return DataCorruptError(
        f"{path}: this file of {dataset.name} is altered or cut short (expected {_short(file.checksum)}, "
        f"found {found}). {done}; run `coldcarbon data fetch {dataset.name}` to fetch it anew."
    )


def _short(checksum: str) -> str:
    algorithm, _, value = checksum.rpartition(":")
    return f"{algorithm or 'hash'} {value[:12]}…"
