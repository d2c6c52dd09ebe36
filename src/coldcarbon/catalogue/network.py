"""Asking hosts politely: one look whether they answer, retries with back-off, a memory of those that failed."""

from __future__ import annotations

import email.utils
import socket
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import pooch
import requests
from pooch.downloaders import REQUESTS_HEADERS

from coldcarbon.catalogue import settings
from coldcarbon.catalogue.errors import NetworkError
from coldcarbon.catalogue.limits import Guard
from coldcarbon.catalogue.progress import Share

CONNECT_SECONDS = 4.0
READ_SECONDS = 30.0
ATTEMPTS = 4
FIRST_PAUSE = 1.0
LONGEST_PAUSE = 60.0
CHUNK = 1 << 16
BUSY = {429, 500, 502, 503, 504}

REMEDY = (
    "Fetch again later, name a folder that holds the data in COLDCARBON_MIRROR, "
    "or go on without: the chapters that need it then run on simulated data and say so."
)

Answer = TypeVar("Answer")


class Hosts:
    """What this process has learnt about hosts: which answer, which failed and why, which asked for patience."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._probes: dict[str, threading.Lock] = {}
        self._reached: set[str] = set()
        self._failed: dict[str, str] = {}
        self._not_before: dict[str, float] = {}

    def require(self, url: str) -> None:
        """Return if the host of an address may be asked; look once whether it answers at all.

        Raises
        ------
        NetworkError
            If asking is forbidden, or the host failed before in this run, or does not answer now.
        """
        self.require_any(host_of(url), [url])

    def require_any(self, name: str, urls: Iterable[str]) -> None:
        """As `require`, for a service with several addresses of which one is enough."""
        if settings.offline():
            raise NetworkError(f"{name} was not asked: COLDCARBON_OFFLINE is set. {REMEDY}")
        with self._lock:
            probe = self._probes.setdefault(name, threading.Lock())
        with probe:
            with self._lock:
                if name in self._reached and name not in self._failed:
                    return
                known = self._failed.get(name)
            if known is None:
                if _any_answers([_endpoint(url) for url in urls]):
                    with self._lock:
                        self._reached.add(name)
                    return
                known = self.fail(name, "no connection (is this machine offline?)")
        raise NetworkError(f"{name}: {known}; it is not asked again in this run. {REMEDY}")

    def fail(self, name: str, reason: str) -> str:
        """Remember that a host failed; the first reason stands and is returned."""
        with self._lock:
            return self._failed.setdefault(name, reason)

    def failed(self, name: str) -> str | None:
        """Give the reason a host failed for, or None."""
        with self._lock:
            return self._failed.get(name)

    def pause(self, name: str, seconds: float) -> None:
        """Let every thread wait before it asks this host again."""
        with self._lock:
            self._not_before[name] = max(self._not_before.get(name, 0.0), time.monotonic() + seconds)

    def wait(self, name: str, sleep: Callable[[float], object] = time.sleep) -> None:
        """Sleep until the host may be asked again."""
        with self._lock:
            left = self._not_before.get(name, 0.0) - time.monotonic()
        if left > 0:
            sleep(left)

    def forget(self) -> None:
        """Forget everything, as a new run would."""
        with self._lock:
            self._reached.clear()
            self._failed.clear()
            self._not_before.clear()


hosts = Hosts()


def host_of(url: str) -> str:
    """Give the host (and port, where it is named) of an address."""
    return urlsplit(url).netloc.rpartition("@")[2]


def timeouts() -> tuple[float, float]:
    """Seconds allowed for connecting and for each read, as `requests` takes them."""
    return CONNECT_SECONDS, READ_SECONDS


def polite(url: str, ask: Callable[[], Answer], sleep: Callable[[float], object] = time.sleep) -> Answer:
    """Ask a host, again after a pause where it is busy or breaks off, and say so when it stays that way.

    Parameters
    ----------
    url : str
        The address asked, for the host's memory and for messages.
    ask : callable
        Does the asking; called up to `ATTEMPTS` times, each time from the start.
    sleep : callable
        Waits so many seconds; may return early.

    Returns
    -------
    object
        What `ask` returned.

    Raises
    ------
    NetworkError
        No connection; 404 and other refusals; still busy after the last attempt.
    """
    name = host_of(url)
    reason = ""
    for attempt in range(ATTEMPTS):
        hosts.require(url)
        hosts.wait(name, sleep)
        pause = FIRST_PAUSE * 2**attempt
        try:
            return ask()
        except requests.HTTPError as error:
            status = error.response.status_code
            if status not in BUSY:
                raise NetworkError(f"{url} answered {_status(error.response)}. {_meaning(status)}") from error
            reason = f"still answered {_status(error.response)} after {attempt + 1} attempts"
            asked = _retry_after(error.response)
            if asked is not None and asked > LONGEST_PAUSE:
                reason = f"answered {_status(error.response)} and asks for {asked:.0f} s of patience"
                break
            pause = pause if asked is None else asked
        except requests.ConnectTimeout as error:
            hosts.fail(name, "no connection")
            raise NetworkError(f"{url} could not be reached: no connection. {REMEDY}") from error
        except requests.RequestException as error:
            # Also a body that ends before its stated length: nothing of it is kept.
            reason = f"broke off or did not answer {attempt + 1} times ({type(error).__name__})"
        if attempt + 1 < ATTEMPTS:
            hosts.pause(name, pause)
    hosts.fail(name, reason)
    raise NetworkError(f"{url}: the host {reason}; it is not asked again in this run. {REMEDY}")


def download(url: str, path: Path, share: Share, size: int) -> None:
    """Download one address to a file with pooch's downloader; unchecked, the caller compares the hash.

    Parameters
    ----------
    url : str
        Address.
    path : Path
        A temporary file; overwritten.
    share : Share
        Counts the bytes; the download stops where it says so.
    size : int
        Bytes that are registered or stated, 0 where nobody states them: not one more is written.

    Raises
    ------
    NetworkError
        As `polite`; if it is led to another scheme, or takes longer than `limits.allowed_seconds`.
    DataCorruptError
        If more bytes come.
    """

    def ask() -> None:
        share.reset()
        with Guard(url, path, size) as guard:
            downloader = pooch.HTTPDownloader(
                progressbar=share,
                chunk_size=CHUNK,
                headers=REQUESTS_HEADERS,
                timeout=timeouts(),
                hooks={"response": guard.look},
            )
            downloader(url, guard, None)

    polite(url, ask, share.sleep)


def _status(response: requests.Response) -> str:
    return f"{response.status_code} {response.reason}".strip()


def _meaning(status: int) -> str:
    if status in {404, 410}:
        return f"The file is no longer at its registered address. Update coldcarbon, or report it. {REMEDY}"
    if status in {401, 403}:
        return f"The host does not let this machine have it. {REMEDY}"
    return REMEDY


def _retry_after(response: requests.Response) -> float | None:
    """Read Retry-After: seconds or a date (RFC 9110, section 10.2.3); None where it is absent or unreadable."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdecimal():
        return float(text)
    try:
        moment = email.utils.parsedate_to_datetime(text)
    except ValueError:
        return None
    return max(0.0, moment.timestamp() - time.time())


def _endpoint(url: str) -> tuple[str, int]:
    """Give the host and port a request for an address really connects to: the proxy's, where one is set."""
    proxies = requests.utils.get_environ_proxies(url)
    proxy = requests.utils.select_proxy(url, proxies)
    parts = urlsplit(requests.utils.prepend_scheme_if_needed(proxy, "http") if proxy else url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _any_answers(endpoints: list[tuple[str, int]]) -> bool:
    """Tell whether one of several hosts accepts a connection within `CONNECT_SECONDS`.

    Looking a name up has no time limit of its own, hence threads that are left behind when time is up.
    """
    answered = threading.Event()
    finished = threading.Semaphore(0)

    def look(endpoint: tuple[str, int]) -> None:
        try:
            with socket.create_connection(endpoint, timeout=CONNECT_SECONDS):
                answered.set()
        except (OSError, UnicodeError):
            pass
        finally:
            finished.release()

    end = time.monotonic() + CONNECT_SECONDS
    unique = set(endpoints)
    for endpoint in unique:
        threading.Thread(target=look, args=(endpoint,), daemon=True).start()
    for _ in unique:
        if not finished.acquire(timeout=max(0.0, end - time.monotonic())):
            break
        if answered.is_set():
            return True
    return answered.is_set()
