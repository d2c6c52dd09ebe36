"""What can go wrong with a grid that is computed chunk by chunk."""

from __future__ import annotations

__all__ = ["ChunksFailedError", "StoreBusyError", "StoreMismatchError"]


class StoreMismatchError(ValueError):
    """The store was made by another function, with other settings or on other axes; the message says which."""


class StoreBusyError(RuntimeError):
    """Another process is writing to the store."""


class ChunksFailedError(RuntimeError):
    """Some chunks could not be computed; the message names them, the others are in the store."""
