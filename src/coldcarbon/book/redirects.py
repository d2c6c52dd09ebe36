"""Pages that moved: their old addresses lead on, and none that was ever published is lost."""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Collection, Mapping
from pathlib import Path

from coldcarbon.whole_files import write_text

__all__ = ["faults", "read_moved", "read_published", "relative_targets", "write_published"]

MOVED = Path("book", "moved.toml")
PUBLISHED = Path("book", "addresses.txt")


def read_moved(root: Path) -> dict[str, str]:
    """New page by old page, as ``book/moved.toml`` has them; none without the file."""
    path = root / MOVED
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def read_published(root: Path) -> list[str]:
    """All pages that were ever published, as ``book/addresses.txt`` has them, one a line."""
    path = root / PUBLISHED
    return path.read_text(encoding="utf-8").split() if path.is_file() else []


def write_published(root: Path, pages: Collection[str]) -> list[str]:
    """Add pages to the list of those published; none is ever taken off.

    Returns
    -------
    list of str
        The pages that are new.
    """
    published = read_published(root)
    new = sorted(set(pages) - set(published))
    if new:
        text = "".join(f"{page}\n" for page in sorted({*published, *pages}))
        write_text(root / PUBLISHED, text, newline="\n")
    return new


def faults(moved: Mapping[str, str], published: Collection[str], pages: Collection[str]) -> list[str]:
    """What would leave a reader with an old address before nothing.

    Parameters
    ----------
    moved : mapping
        New page by old page.
    published : collection of str
        Pages that were ever published.
    pages : collection of str
        Pages of the book as it is.

    Returns
    -------
    list of str
        One line per fault; none if every old address leads to a page in one step.
    """
    found = [f"{old} is a page of the book and cannot lead to {moved[old]}" for old in moved if old in pages]
    found += [f"{old} leads to {new}, which is no page of the book" for old, new in moved.items() if new not in pages]
    lost = sorted(set(published) - set(pages) - set(moved))
    found += [
        f'{old} is gone: name the page that has its content now in {MOVED.as_posix()}, "{old}" = "..."' for old in lost
    ]
    unrecorded = sorted({*pages, *moved} - set(published))
    return found + [f"{page} is not in {PUBLISHED.as_posix()}: run `make notebooks`" for page in unrecorded]


def relative_targets(moved: Mapping[str, str]) -> dict[str, str]:
    """Address of the new page by old page, relative to it, as the extension that writes them wants it."""
    return {old: f"{posixpath.relpath(new, posixpath.dirname(old))}.html" for old, new in moved.items()}
