"""The rows of the three tables as dataclasses: registry.csv, packages.csv and archives.csv."""

from __future__ import annotations

import csv
import difflib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import groupby
from pathlib import PurePosixPath
from typing import Literal

from coldcarbon.catalogue.errors import UnknownDatasetError

Source = Literal["file", "package", "archive"]

_FORBIDS = ("do not redistribute", "check the terms")


@dataclass(frozen=True)
class File:
    """One file of a data set.

    Attributes
    ----------
    name : str
        File name inside the data set's folder.
    bytes : int
        Size.
    checksum : str
        "sha256:..." for everything registered; an archive may state "md5:...".
    url : str
        Address at a fixed commit; "" for a member of a package.
    member : str
        Path inside the wheel; "" for other sources.
    """

    name: str
    bytes: int
    checksum: str
    url: str = ""
    member: str = ""

    @property
    def algorithm(self) -> str:
        """Name of the hash, as hashlib spells it."""
        return self.checksum.partition(":")[0]

    @property
    def digest(self) -> str:
        """Hexadecimal digest alone."""
        return self.checksum.partition(":")[2]

    @property
    def sha256(self) -> str:
        """The digest where it is a SHA-256, else ""."""
        return self.digest if self.algorithm == "sha256" else ""


@dataclass(frozen=True)
class Wheel:
    """The published wheel that holds a data set: name, version, file name, SHA-256 and size in MB."""

    package: str
    version: str
    file: str
    sha256: str
    megabytes: float


@dataclass(frozen=True)
class Dataset:
    """One data set of the catalogue.

    Attributes
    ----------
    name : str
        Name in the catalogue, also its folder in the mirror and in the cache.
    source : {"file", "package", "archive"}
        How it is fetched.
    default : bool
        Whether the book fetches it unasked.
    kind : str
        "observation", "model product" or "map".
    licence, licence_note, doi, description : str
        As registered; doi is "" where there is none to cite.
    redistributable : bool
        False where the licence forbids it, or asks to check the terms first, or where none is stated.
    files : tuple of File
        Empty for an archive: its files are known once it is fetched.
    origin : str
        Who carries it: repository and commit, package and version, or the archive's DOI.
    wheel : Wheel or None
        Of the source "package" only.
    """

    name: str
    source: Source
    default: bool
    kind: str
    licence: str
    licence_note: str
    doi: str
    description: str
    redistributable: bool
    files: tuple[File, ...]
    origin: str
    wheel: Wheel | None = None

    @property
    def bytes(self) -> int:
        """Size of all its files (0 for an archive)."""
        return sum(file.bytes for file in self.files)

    @property
    def bundled(self) -> bool:
        """Whether the bundle of a chapter holds it: it may be passed on, and is not fetched only on request."""
        return self.redistributable and self.default

    def file(self, name: str) -> File:
        """Look a file up by name.

        Raises
        ------
        UnknownDatasetError
            If the data set has no such file.
        """
        for file in self.files:
            if file.name == name:
                return file
        raise UnknownDatasetError(
            f"Data set {self.name} has no file {name!r}{_meant(name, [f.name for f in self.files])} "
            f"It has {len(self.files)}: coldcarbon.catalogue.datasets()[{self.name!r}].files lists them."
        )


def datasets() -> dict[str, Dataset]:
    """Read the catalogue.

    Returns
    -------
    dict of str to Dataset
        In the order of the tables: files, packages, archives.
    """
    return dict(_catalogue())


def get(name: str) -> Dataset:
    """Look a data set up by name.

    Raises
    ------
    UnknownDatasetError
        If the catalogue does not list it; the message offers names that come close.
    """
    known = _catalogue()
    if name not in known:
        raise UnknownDatasetError(
            f"No data set is called {name!r}{_meant(name, list(known))} `coldcarbon data list` shows them all."
        )
    return known[name]


def select(names: Iterable[str] | None = None) -> list[Dataset]:
    """Give the named data sets, each once; all default ones where no names are given.

    Raises
    ------
    UnknownDatasetError
        If a name is not in the catalogue.
    """
    if names is None:
        return [dataset for dataset in _catalogue().values() if dataset.default]
    return [get(name) for name in dict.fromkeys(names)]


def _meant(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=3)
    return f" (did you mean {' or '.join(close)}?)." if close else "."


def _rows(table: str) -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Yield each data set's name and rows; a data set's rows stand together."""
    text = resources.files("coldcarbon.catalogue").joinpath(table).read_text(encoding="utf-8")
    for name, rows in groupby(csv.DictReader(text.splitlines()), key=lambda row: row["dataset"]):
        yield name, list(rows)


@cache
def _catalogue() -> dict[str, Dataset]:
    found: dict[str, Dataset] = {}
    for table, build in (
        ("registry.csv", _from_files),
        ("packages.csv", _from_package),
        ("archives.csv", _from_archive),
    ):
        for name, rows in _rows(table):
            if name in found:
                raise ValueError(f"{table}: the rows of {name} do not stand together, or two tables hold it")
            found[name] = build(name, rows)
    return found


def _from_files(name: str, rows: list[dict[str, str]]) -> Dataset:
    files = tuple(File(row["file"], int(row["bytes"]), f"sha256:{row['sha256']}", url=row["url"]) for row in rows)
    first = rows[0]
    origin = f"repository {first['repository']} at {first['commit'][:10]}"
    return _dataset(name, "file", True, first, files, origin)


def _from_package(name: str, rows: list[dict[str, str]]) -> Dataset:
    files = tuple(
        File(PurePosixPath(row["member"]).name, int(row["bytes"]), f"sha256:{row['sha256']}", member=row["member"])
        for row in rows
    )
    first = rows[0]
    wheel = Wheel(
        first["package"],
        first["version"],
        first["artifact_file"],
        first["artifact_sha256"],
        float(first["artifact_mb"]),
    )
    origin = f"package {wheel.package} {wheel.version}"
    return _dataset(name, "package", first["default"] == "yes", first, files, origin, wheel)


def _from_archive(name: str, rows: list[dict[str, str]]) -> Dataset:
    (row,) = rows
    return _dataset(name, "archive", row["default"] == "yes", row, (), f"archive doi {row['cite_doi']}")


def _dataset(
    name: str,
    source: Source,
    default: bool,
    row: dict[str, str],
    files: tuple[File, ...],
    origin: str,
    wheel: Wheel | None = None,
) -> Dataset:
    terms = f"{row['licence']}; {row['licence_note']}".lower()
    return Dataset(
        name=name,
        source=source,
        default=default,
        kind=row["kind"],
        licence=row["licence"],
        licence_note=row["licence_note"],
        doi=row["cite_doi"],
        description=row["description"],
        redistributable=not (terms.startswith("none stated") or any(phrase in terms for phrase in _FORBIDS)),
        files=files,
        origin=origin,
        wheel=wheel,
    )
