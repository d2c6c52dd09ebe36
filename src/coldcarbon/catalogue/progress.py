"""One progress bar for many downloads at once."""

from __future__ import annotations

import sys
import threading

from tqdm import tqdm


class CancelledError(Exception):
    """Another thread failed, or the user pressed Ctrl-C: this download stops, its part is removed."""


class Bar:
    """A bar over all bytes of a fetch, shown after two seconds and only on a terminal.

    Parameters
    ----------
    total : int
        Bytes expected.
    show : bool or None
        None shows it where the error stream is a terminal.
    """

    def __init__(self, total: int, show: bool | None = None) -> None:
        self._lock = threading.Lock()
        self.cancelled = threading.Event()
        self._bar = tqdm(
            total=total,
            unit="B",
            unit_scale=True,
            delay=2,
            file=sys.stderr,
            disable=None if show is None else not show,
        )

    def describe(self, text: str) -> None:
        """Write in front of the bar what is being fetched."""
        self._bar.set_description_str(text, refresh=False)

    def grow(self, count: int) -> None:
        """Add to the bytes expected, where they become known late."""
        with self._lock:
            self._bar.total = (self._bar.total or 0) + count

    def add(self, count: int) -> None:
        """Count bytes (negative where a download starts again)."""
        with self._lock:
            self._bar.update(count)

    def write(self, text: str) -> None:
        """Print a line without breaking the bar."""
        tqdm.write(text, file=sys.stderr)

    def close(self) -> None:
        """Take the bar away."""
        self._bar.close()


class Share:
    """One download's share of a bar, in the form pooch's downloader expects.

    Parameters
    ----------
    bar : Bar
        The bar.
    expected : int
        Bytes of this file: what is sent may be compressed, so the stated length is not used.
    """

    def __init__(self, bar: Bar, expected: int) -> None:
        self.total = expected
        self._bar = bar
        self._expected = expected
        self._counted = 0

    def update(self, count: int) -> None:
        """Count up to `count` more bytes.

        Raises
        ------
        CancelledError
            If the fetch is being given up.
        """
        if self._bar.cancelled.is_set():
            raise CancelledError
        step = min(count, self._expected - self._counted)
        self._counted += step
        self._bar.add(step)

    def reset(self) -> None:
        """Start counting again; called by pooch before it fills the bar."""
        self._bar.add(-self._counted)
        self._counted = 0

    def sleep(self, seconds: float) -> None:
        """Wait between two attempts, no longer than the fetch goes on."""
        self._bar.cancelled.wait(seconds)

    def close(self) -> None:
        """Count what is missing to the whole file."""
        self.update(self._expected)
