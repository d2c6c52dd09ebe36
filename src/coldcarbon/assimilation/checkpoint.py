"""State of a run on disk: written whole or not at all, and refused where it belongs to another run."""

from __future__ import annotations

import json
import os
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

__all__ = ["CheckpointError", "read", "write"]

HEADER = "header"


class CheckpointError(ValueError):
    """A checkpoint that cannot be read, or belongs to another run."""


def write(path: str | Path, header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> None:
    """Write a checkpoint.

    A new file beside it replaces the old one when it is complete, so that a kill leaves the old one or the new one.

    Parameters
    ----------
    path : str or pathlib.Path
        File; its folder is made.
    header : mapping
        Anything JSON can hold.
    arrays : mapping of str to numpy.ndarray
        The rest.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **{HEADER: np.array(json.dumps(dict(header)))}, **arrays)  # type: ignore[arg-type]
            file.flush()
            os.fsync(file.fileno())
        Path(part).replace(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise


def read(path: str | Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Read a checkpoint.

    Parameters
    ----------
    path : str or pathlib.Path
        File.

    Returns
    -------
    header : dict
    arrays : dict of numpy.ndarray

    Raises
    ------
    CheckpointError
        If the file is no checkpoint.
    FileNotFoundError
        If there is none.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        header = json.loads(str(arrays.pop(HEADER)))
    except (KeyError, EOFError, ValueError, zipfile.BadZipFile) as fault:
        raise CheckpointError(f"{path} is no checkpoint ({fault}); delete it to start anew") from fault
    return header, arrays


def same_run(path: str | Path, stored: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    """Refuse a checkpoint whose settings differ from those asked for, naming the first that does."""
    asked = json.loads(json.dumps(dict(asked)))
    for name in sorted({*stored, *asked}):
        if stored.get(name) != asked.get(name):
            raise CheckpointError(
                f"{path} belongs to another run: {name} is {stored.get(name)!r} there and {asked.get(name)!r} here; "
                "delete it or name another file"
            )
