"""The data catalogue: what there is, fetching and verifying it, and the data state.

Three sources, all checked by hash: single files at fixed addresses, members of published wheels, and the papers'
own archives. `path` gives the verified local file; `state` says whether a chapter runs on data.
"""

import warnings

with warnings.catch_warnings():
    # pooch looks for widgets when a notebook imports it; its own bars are not used here.
    warnings.filterwarnings("ignore", message="IProgress not found")
    import pooch as _pooch  # noqa: F401

from coldcarbon.catalogue.archives import columns
from coldcarbon.catalogue.descriptions import Column, Table, described
from coldcarbon.catalogue.entries import entry, size_text
from coldcarbon.catalogue.errors import (
    DataCorruptError,
    DataError,
    DataMissingError,
    NetworkError,
    StorageError,
    UnknownDatasetError,
)
from coldcarbon.catalogue.fetching import FetchReport, fetch, path, paths
from coldcarbon.catalogue.overview import table, verify
from coldcarbon.catalogue.registry import Dataset, File, Wheel, datasets, get
from coldcarbon.catalogue.settings import cache, mirror, mode, offline
from coldcarbon.catalogue.states import State, evidence_label, hashes, present, state
from coldcarbon.catalogue.usage import declared, used_in

__all__ = [
    "Column",
    "DataCorruptError",
    "DataError",
    "DataMissingError",
    "Dataset",
    "FetchReport",
    "File",
    "NetworkError",
    "State",
    "StorageError",
    "Table",
    "UnknownDatasetError",
    "Wheel",
    "cache",
    "columns",
    "datasets",
    "declared",
    "described",
    "entry",
    "evidence_label",
    "fetch",
    "get",
    "hashes",
    "mirror",
    "mode",
    "offline",
    "path",
    "paths",
    "present",
    "size_text",
    "state",
    "table",
    "used_in",
    "verify",
]
