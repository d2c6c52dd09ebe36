"""Files that are whole or as they were before: written beside their place, then moved there in one step.

A disk that fills up, a folder that cannot be written, a process that is killed: whoever reads the file finds the old
one or the new one, never a part. What is left over of a killed process is a hidden file with ``.part`` at its end.
"""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

__all__ = ["UnwrittenError", "replacing", "unwritten", "why", "write_bytes", "write_text"]

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN: Final = {errno.EACCES, errno.EPERM, errno.EROFS}
PART: Final = ".part"


class UnwrittenError(OSError):
    """A file could not be written; the message says why, what stands in its place, and what to do."""

    def __str__(self) -> str:
        return str(self.strerror)


@contextmanager
def unwritten(path: Path) -> Iterator[None]:
    """Turn an error of the file system while a file is written into one that says what to do.

    Parameters
    ----------
    path : pathlib.Path
        The file, for the message.

    Raises
    ------
    UnwrittenError
        In place of an `OSError` that comes of a full disk, a limit of size, or a folder that cannot be written.
    """
    try:
        yield
    except UnwrittenError:
        raise
    except OSError as error:
        reason = why(error)
        if not reason:
            raise
        left = "what stood there before is as it was" if path.exists() else "no part of it was left"
        raise UnwrittenError(error.errno, f"{path} could not be written; {left}. {reason}") from error


def why(error: OSError) -> str:
    """Why a file could not be written, and what to do.

    Parameters
    ----------
    error : OSError
        Of the file system.

    Returns
    -------
    str
        Two sentences; empty for errors that are no matter of space or permission.
    """
    if isinstance(error, UnwrittenError):
        return str(error)
    if error.errno in _FULL:
        return f"The disk is full ({error.strerror}). Free some space, then run again."
    if error.errno in _FORBIDDEN:
        return f"It may not be written ({error.strerror}). Choose a folder that you may write to, then run again."
    return ""


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Give a file to write to, which takes its place when all went well and is removed when not.

    Parameters
    ----------
    path : str or pathlib.Path
        Where it belongs; its folder is made.

    Yields
    ------
    pathlib.Path
        A hidden file beside it, with the same ending before ``.part``.

    Raises
    ------
    UnwrittenError
        If the disk is full or the folder cannot be written.
    """
    target = Path(path)
    with unwritten(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}-", suffix=PART, dir=target.parent)
        os.close(handle)
        part = Path(name)
        try:
            yield part
            with part.open("rb") as stream:
                os.fsync(stream.fileno())
            part.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask())
            part.replace(target)
        finally:
            with suppress(OSError):
                part.unlink(missing_ok=True)


def write_text(path: str | Path, text: str, *, newline: str | None = None) -> None:
    """Write a text in UTF-8 at one stroke.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    text : str
        Its content.
    newline : str, optional
        As of `open`.

    Raises
    ------
    UnwrittenError
        As `replacing`.
    """
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8", newline=newline)


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write bytes at one stroke.

    Parameters
    ----------
    path : str or pathlib.Path
        The file.
    content : bytes
        Its content.

    Raises
    ------
    UnwrittenError
        As `replacing`.
    """
    with replacing(path) as part:
        part.write_bytes(content)


def _umask() -> int:
    """What the user takes from new files; it can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
