"""The catalogue as one table, and a look at every byte on disk."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from coldcarbon.catalogue import fetching, registry, storage
from coldcarbon.catalogue.errors import DataCorruptError, StorageError
from coldcarbon.catalogue.registry import Dataset

VERIFY_COLUMNS = ["name", "file", "status", "path", "kept_as"]


def table(used_in: Mapping[str, Sequence[str]] | None = None) -> pd.DataFrame:
    """List the catalogue. Moves nothing and downloads nothing.

    Parameters
    ----------
    used_in : mapping of str to sequence of str, optional
        For each data set the chapters that declare it (`used_in` finds them).

    Returns
    -------
    pandas.DataFrame
        One row per data set: name, source, kind, default (bool), files (count), bytes, download_bytes (what is
        fetched; about the wheel's size for a package; 0 where not known before the fetch), licence,
        licence_note, redistributable (bool), doi, origin, description, used_in (list of str),
        present (bool), status ("present", "absent", "n of m files" or "altered: FILE").
    """
    rows = []
    for dataset in registry.datasets().values():
        status = _status(dataset)
        rows.append(
            {
                "name": dataset.name,
                "source": dataset.source,
                "kind": dataset.kind,
                "default": dataset.default,
                "files": len(fetching.files_of(dataset)) if not status.startswith("altered") else len(dataset.files),
                "bytes": dataset.bytes,
                "download_bytes": round(dataset.wheel.megabytes * 1e6) if dataset.wheel else dataset.bytes,
                "licence": dataset.licence,
                "licence_note": dataset.licence_note,
                "redistributable": dataset.redistributable,
                "doi": dataset.doi,
                "origin": dataset.origin,
                "description": dataset.description,
                "used_in": list((used_in or {}).get(dataset.name, [])),
                "present": status == "present",
                "status": status,
            }
        )
    return pd.DataFrame(rows)


def verify(names: Iterable[str] | None = None) -> pd.DataFrame:
    """Read every byte on disk again, in the mirror and in the cache, and compare the hashes.

    Parameters
    ----------
    names : iterable of str, optional
        Data sets; all of the catalogue if not given, also those fetched on request.

    Returns
    -------
    pandas.DataFrame
        One row per file found (and one per data set not found): name, file, status ("ok", "altered",
        "missing", "unreadable"), path, kept_as (where an altered file of the cache was set aside).
        An altered file of the mirror is left where it is.

    Raises
    ------
    UnknownDatasetError
        If a name is not in the catalogue.
    """
    storage.forget()
    chosen = list(registry.datasets().values()) if names is None else registry.select(names)
    rows = [row for dataset in chosen for row in _verify_one(dataset)]
    return pd.DataFrame(rows, columns=VERIFY_COLUMNS)


def _verify_one(dataset: Dataset) -> list[dict[str, str]]:
    try:
        listed = fetching.files_of(dataset)
    except DataCorruptError as error:
        return [_row(dataset, "", "altered", Path(), str(error))]
    rows: list[dict[str, str]] = []
    for file in listed:
        found = False
        for path, in_cache in storage.places(dataset, file):
            try:
                if not path.is_file():
                    continue
                found = True
                if storage.matches(path, file):
                    rows.append(_row(dataset, file.name, "ok", path))
                else:
                    kept = storage.set_aside(path) if in_cache else path
                    rows.append(_row(dataset, file.name, "altered", path, str(kept)))
            except OSError as error:
                found = True
                rows.append(_row(dataset, file.name, "unreadable", path, str(error.strerror)))
        if not found:
            rows.append(_row(dataset, file.name, "missing", Path()))
    if all(row["status"] == "missing" for row in rows):
        return [_row(dataset, "", "missing", Path())]
    return rows


def _row(dataset: Dataset, file: str, status: str, path: Path, kept: str = "") -> dict[str, str]:
    return {
        "name": dataset.name,
        "file": file,
        "status": status,
        "path": str(path) if path.parts else "",
        "kept_as": kept,
    }


def _status(dataset: Dataset) -> str:
    try:
        listed = fetching.files_of(dataset)
    except (DataCorruptError, StorageError):
        return "altered: archive.json"
    have = 0
    for file in listed:
        for path, _ in storage.places(dataset, file):
            try:
                if not path.is_file():
                    continue
                if not storage.matches(path, file):
                    return f"altered: {path}"
            except OSError:
                return f"unreadable: {path}"
            have += 1
            break
    if not have:
        return "absent"
    return "present" if have == len(listed) else f"{have} of {len(listed)} files"
