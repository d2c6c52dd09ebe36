"""What a download may not do: send more than is registered, take for ever, or lead away to another kind of address."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

import requests

from coldcarbon.catalogue.errors import DataCorruptError, NetworkError

LARGEST = 20 * 10**9
"""Bytes of a file whose size nobody states."""
START_SECONDS = 60.0
SLOWEST = 20_000.0
"""Bytes a second below which a download is given up, after `START_SECONDS`."""


def allowed_seconds(size: int) -> float:
    """Give the time a download of so many bytes may take."""
    return START_SECONDS + size / SLOWEST


def refuse_other_scheme(response: requests.Response, *_: object, **__: object) -> None:
    """Look at a redirect before it is followed: it may lead elsewhere, but only by the same scheme or by HTTPS.

    Parameters
    ----------
    response : requests.Response
        Any answer; `requests` calls this for each if it is given as a hook.

    Raises
    ------
    NetworkError
        If it leads from HTTPS to HTTP, or to a file, or anywhere else that is not the web.
    """
    if not response.is_redirect:
        return
    target = urljoin(response.url, response.headers["location"])
    before, after = urlsplit(response.url).scheme, urlsplit(target).scheme
    if after not in {before, "https"}:
        raise NetworkError(
            f"{response.url} leads to {target}: from {before} to {after or 'no address at all'} is not followed. "
            "Report it: the address has changed, or somebody between you and the host interferes."
        )


class Guard:
    """Watch one download: use it as a context, write into it, and give `look` to `requests` as a hook.

    Parameters
    ----------
    url : str
        The address, for messages.
    path : Path
        File to write, overwritten.
    size : int
        Bytes that are registered or stated; 0 where nobody states them.

    Raises
    ------
    DataCorruptError
        From `write`, as soon as more bytes come.
    NetworkError
        From `look`, as `refuse_other_scheme`; at the end of the context, if the time was up.
    """

    def __init__(self, url: str, path: Path, size: int) -> None:
        self._url = url
        self._limit = size or LARGEST
        self._left = self._limit
        self._seconds = allowed_seconds(size or LARGEST)
        self._file = path.open("wb")
        self._response: requests.Response | None = None
        self._late = threading.Event()
        self._timer = threading.Timer(self._seconds, self._stop)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        self._file.close()
        if self._response is not None:
            self._response.close()  # else a host that still sends would be held until the memory of it is freed
        if self._late.is_set() and (error is None or isinstance(error, Exception)):
            raise NetworkError(
                f"{self._url} was given up after {self._seconds:.0f} s: it came slower than {SLOWEST / 1000:g} kB/s."
            ) from error

    def look(self, response: requests.Response, *_: Any, **__: Any) -> None:
        """Refuse a redirect to another scheme; remember the answer, to be able to break it off."""
        refuse_other_scheme(response)
        self._response = response
        if self._late.is_set():
            self._stop()

    def write(self, part: bytes) -> int:
        """Write bytes, never more than are registered."""
        self._left -= len(part)
        if self._left < 0:
            raise DataCorruptError(
                f"{self._url} sends more than the {self._limit} bytes that are registered or stated: it was cut off "
                "and nothing was kept. Run again; if it happens again the source has changed: please report it."
            )
        return self._file.write(part)

    def flush(self) -> None:
        """Nothing to do: the file is closed at the end."""

    def _stop(self) -> None:
        self._late.set()
        if self._response is not None:
            with suppress(ValueError, RuntimeError, OSError, AttributeError):  # it has ended by itself
                self._response.raw.shutdown()
