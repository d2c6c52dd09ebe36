"""The source "archive": a paper's own record, found by its DOI, kept with the checksums its host states."""

from __future__ import annotations

import csv
import datetime
import io
import json
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol
from urllib.parse import urlsplit

import pandas as pd
import pooch
import requests
from pooch import downloaders

from coldcarbon.catalogue import files, limits, network, settings, storage
from coldcarbon.catalogue.errors import DataCorruptError, DataMissingError, NetworkError
from coldcarbon.catalogue.progress import Bar
from coldcarbon.catalogue.registry import Dataset, File
from coldcarbon.catalogue.unpacking import archive_fault, names_fault

RECORD = "archive.json"
RESOLVER = "https://doi.org"
SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t", ".txt": None}
SHEETS = {".xlsx", ".xls", ".ods"}
ZIPPED = {".zip", ".xlsx", ".ods"}
ALGORITHMS = {"md5", "sha1", "sha256", "sha512"}
MOST_FILES = 2_000
HEADER = 1 << 16  # bytes in which the first line of a table ends


class Repository(Protocol):
    """What pooch's repository classes offer once a DOI is resolved."""

    def populate_registry(self, pooch: pooch.Pooch) -> None:
        """Fill the registry with names and checksums."""

    def download_url(self, file_name: str) -> str:
        """Give the address of a file."""


def fetch(dataset: Dataset, bar: Bar) -> None:
    """Resolve the DOI, store all files of the archive and a record of their checksums; hold the lock.

    Parameters
    ----------
    dataset : Dataset
        Of the source "archive".
    bar : Bar
        Counts the bytes.

    Raises
    ------
    NetworkError
        If the resolver or the archive does not answer, or gives an answer pooch does not understand.
    DataCorruptError
        If a file has another checksum than the archive states.
    StorageError
        If the cache cannot take it.
    """
    listed = resolve(dataset)
    bar.grow(sum(file.bytes for file in listed))
    folder = settings.cache() / dataset.name
    missing = [file for file in listed if not _there(folder / file.name, file)]
    files.fetch(dataset, missing, bar)
    record = {
        "doi": dataset.doi,
        "fetched_on": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "files": {file.name: {"bytes": file.bytes, "checksum": file.checksum, "url": file.url} for file in listed},
    }
    target = folder / RECORD
    with storage.incoming(target) as part:
        part.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        storage.settle(part, target)


def resolve(dataset: Dataset) -> list[File]:
    """Ask the archive what it holds.

    Parameters
    ----------
    dataset : Dataset
        Its DOI names the archive.

    Returns
    -------
    list of File
        Name, size, address and checksum as the archive's programming interface states them.

    Raises
    ------
    NetworkError
        As `fetch`.
    """
    network.hosts.require(RESOLVER)
    url = f"{RESOLVER}/{dataset.doi}"
    register = pooch.create(path=settings.cache() / dataset.name, base_url="")

    def ask() -> Repository:
        with warnings.catch_warnings():
            # An article's DOI without a version means its newest one: the record keeps what came.
            warnings.filterwarnings("ignore", message=".*doesn't specify which version", category=UserWarning)
            repository: Repository = downloaders.doi_to_repository(
                dataset.doi,
                headers=downloaders.REQUESTS_HEADERS,
                timeout=network.timeouts(),
                hooks={"response": limits.refuse_other_scheme},
            )
            _raise_refusal(repository)
            repository.populate_registry(register)
        return repository

    try:
        repository = network.polite(url, ask)
        sizes = _sizes(repository)
        found = [
            File(name, sizes.get(name, 0), str(checksum), url=str(repository.download_url(name)))
            for name, checksum in register.registry.items()
        ]
    except requests.RequestException as error:
        raise NetworkError(f"The archive of doi {dataset.doi} did not answer. {network.REMEDY}") from error
    except (LookupError, TypeError, ValueError) as error:
        raise NetworkError(
            f"The archive of doi {dataset.doi} gave an answer that is not understood "
            f"({type(error).__name__}: {error}). Try again later, or download it in a browser from {url}."
        ) from error
    if not found:
        raise NetworkError(f"The archive of doi {dataset.doi} lists no files: look at {url} in a browser.")
    if fault := _listing_fault(found):
        raise NetworkError(
            f"What the archive of doi {dataset.doi} lists is not safe to store, and nothing was fetched: {fault}. "
            f"Look at it in a browser: {url}."
        )
    return found


def recorded(dataset: Dataset) -> tuple[File, ...]:
    """Read what a fetched archive holds, without the network.

    Parameters
    ----------
    dataset : Dataset
        Of the source "archive".

    Returns
    -------
    tuple of File
        Empty where it was never fetched.

    Raises
    ------
    DataCorruptError
        If the record beside the files cannot be read.
    """
    mirror = settings.mirror()
    for folder in ([mirror] if mirror else []) + [settings.cache()]:
        path = folder / dataset.name / RECORD
        with storage.storage_errors(path):
            if not path.is_file():
                continue
            text = path.read_text(encoding="utf-8", errors="replace")
        try:
            entries: Mapping[str, Mapping[str, Any]] = json.loads(text)["files"]
            listed = tuple(
                File(name, int(entry["bytes"]), str(entry["checksum"]), url=str(entry["url"]))
                for name, entry in entries.items()
            )
            if fault := _listing_fault(listed):
                raise ValueError(fault)
            return listed
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            raise DataCorruptError(
                f"{path}: this record of what {dataset.name} holds cannot be read ({error}). "
                f"Remove it and run `coldcarbon data fetch {dataset.name}`."
            ) from error
    return ()


def columns(dataset: Dataset) -> dict[str, list[str] | None]:
    """List the columns of every table in a fetched archive. No reader is promised for any of them.

    Parameters
    ----------
    dataset : Dataset
        Of the source "archive".

    Returns
    -------
    dict of str to list of str, or None
        By file name (or "file.zip: member", or "file.xlsx: sheet"); None for what is no table or cannot be read.

    Raises
    ------
    DataMissingError
        If the archive was not fetched.
    DataCorruptError
        If a file is not what the archive stated.
    """
    listed = recorded(dataset)
    if not listed:
        raise DataMissingError(f"{dataset.name} was not fetched: run `coldcarbon data fetch {dataset.name}`.")
    found: dict[str, list[str] | None] = {}
    for file in listed:
        path = storage.locate(dataset, file)
        if path is None:
            raise DataMissingError(f"{dataset.name} lacks {file.name}: run `coldcarbon data fetch {dataset.name}`.")
        found |= _columns(path, file.name)
    return found


def _columns(path: Path, name: str) -> dict[str, list[str] | None]:
    suffix = path.suffix.lower()
    try:
        if suffix in ZIPPED:
            with zipfile.ZipFile(path) as archive:
                if fault := archive_fault(archive.infolist()):
                    return {f"{name} (not opened: {fault})": None}
        if suffix in SEPARATORS:
            with path.open("rb") as text:
                return {name: _header(text, SEPARATORS[suffix])}
        if suffix in SHEETS:
            sheets = pd.read_excel(path, sheet_name=None, nrows=0)
            return {f"{name}: {sheet}": [str(c) for c in frame.columns] for sheet, frame in sheets.items()}
        if suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                return {f"{name}: {member}": _member(archive, member) for member in archive.namelist()}
    except (ValueError, ImportError, OSError, zipfile.BadZipFile):
        return {name: None}
    return {name: None}


def _member(archive: zipfile.ZipFile, member: str) -> list[str] | None:
    suffix = PurePosixPath(member).suffix.lower()
    if suffix not in SEPARATORS:
        return None
    try:
        with archive.open(member) as text:
            return _header(text, SEPARATORS[suffix])
    except (ValueError, RuntimeError, NotImplementedError):
        return None


def _header(source: IO[bytes], separator: str | None) -> list[str]:
    """Read the first line of a text table, and no more than `HEADER` of it; "?" stands for what is not UTF-8."""
    start = source.read(HEADER).decode("utf-8-sig", errors="replace").lstrip()
    try:
        delimiter = separator or csv.Sniffer().sniff(start.partition("\n")[0], delimiters=",;\t| ").delimiter
        return next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter))
    except (csv.Error, StopIteration) as error:
        raise ValueError(f"no table with a header ({error})") from error


def _there(path: Path, file: File) -> bool:
    with storage.storage_errors(path):
        return path.is_file() and storage.matches(path, file)


def _raise_refusal(repository: Repository) -> None:
    """Raise what an archive's interface reports as JSON ({"status": 429, ...}) the way `requests` would."""
    answer: Any = getattr(repository, "api_response", None)
    status = answer.get("status") if isinstance(answer, dict) else None
    if isinstance(status, int) and status >= 400:
        response = requests.Response()
        response.status_code = status
        response.reason = str(answer.get("message", ""))
        raise requests.HTTPError(response=response)


def _sizes(repository: Repository) -> dict[str, int]:
    """Read the sizes from the archive's answer, which pooch keeps but does not offer."""
    answer: Any = getattr(repository, "api_response", None)
    entries = answer.get("files", []) if isinstance(answer, dict) else answer
    sizes: dict[str, int] = {}
    for entry in entries if isinstance(entries, list) else []:
        name = entry.get("key") or entry.get("filename") or entry.get("name")
        size = entry.get("size", entry.get("filesize", 0))
        if isinstance(name, str) and isinstance(size, int):
            sizes[name] = size
    return sizes


def _listing_fault(listed: Sequence[File]) -> str:
    """Say why files that an archive lists may not be stored; "" if they may."""
    if len(listed) > MOST_FILES:
        return f"it names {len(listed)} files, more than {MOST_FILES}"
    for file in listed:
        if file.name.casefold() == RECORD or storage.INCOMING in file.name:
            return f"the name {file.name!r} is one we need ourselves"
        if file.bytes < 0 or file.bytes > limits.LARGEST:
            return f"{file.name!r} would have {file.bytes} bytes"
        if file.algorithm not in ALGORITHMS:
            return f"{file.name!r} has a checksum of an unknown kind ({file.algorithm!r})"
        if urlsplit(file.url).scheme not in {"https", urlsplit(RESOLVER).scheme}:
            return f"{file.name!r} has an address that is not of the web ({file.url})"
    return names_fault(file.name for file in listed)
