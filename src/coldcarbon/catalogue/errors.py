"""What can go wrong with data: each error says what was wrong, where, and what to do."""

from __future__ import annotations


class DataError(Exception):
    """Anything the catalogue cannot do; the message names the place and the remedy."""


class UnknownDatasetError(DataError):
    """A data set, or a file of one, that the catalogue does not list."""


class DataMissingError(DataError):
    """Data that is not on this machine and could not be fetched."""


class NetworkError(DataMissingError):
    """A host that did not answer, refused, or does not hold the file."""


class DataCorruptError(DataError):
    """A file whose hash differs from the registered one. It stops every build."""


class StorageError(DataError):
    """A full disk, a read-only or otherwise unusable cache folder."""
