"""The source "file": single files at fixed addresses, several at a time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from coldcarbon.catalogue import network, settings, storage
from coldcarbon.catalogue.errors import DataCorruptError, NetworkError, StorageError
from coldcarbon.catalogue.progress import Bar, CancelledError, Share
from coldcarbon.catalogue.registry import Dataset, File

THREADS = 8


def fetch(dataset: Dataset, missing: Sequence[File], bar: Bar) -> None:
    """Download the missing files of one data set into the cache; hold its lock while calling this.

    Parameters
    ----------
    dataset : Dataset
        The data set; its files carry their address.
    missing : sequence of File
        The files to download, each at most once.
    bar : Bar
        Counts the bytes.

    Raises
    ------
    NetworkError
        If a file cannot be had; the files that arrived whole stay.
    DataCorruptError
        If other bytes arrived than registered; they are set aside.
    StorageError
        If the cache cannot take them.
    """
    pool = ThreadPoolExecutor(max_workers=min(THREADS, max(1, len(missing))), thread_name_prefix="fetch")
    try:
        tasks = [pool.submit(one, dataset, file, bar) for file in missing]
        failed = [error for task in tasks if (error := task.exception()) is not None]
    except BaseException:
        bar.cancelled.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
    if failed:
        # A wrong hash or a full disk outweighs a missing file, and is why the others were cancelled.
        raise min(failed, key=lambda error: isinstance(error, NetworkError | CancelledError))


def one(dataset: Dataset, file: File, bar: Bar) -> None:
    """Download one file: to a temporary name, compare the hash, move it to its place.

    Raises
    ------
    NetworkError, DataCorruptError, StorageError
        As `fetch`.
    """
    if bar.cancelled.is_set():
        raise CancelledError
    network.hosts.require(file.url)
    target = settings.cache() / dataset.name / file.name
    try:
        with storage.incoming(target) as part:
            network.download(file.url, part, Share(bar, file.bytes), file.bytes)
            if not storage.matches(part, file):
                raise storage.refuse(dataset, file, part, file.url)
            storage.settle(part, target)
    except (DataCorruptError, StorageError):
        bar.cancelled.set()
        raise
