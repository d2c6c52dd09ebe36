"""What a zip archive may not hold, looked at before anything is taken out of it."""

from __future__ import annotations

import stat
import unicodedata
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath

MOST_MEMBERS = 10_000
LARGEST_TOTAL = 4 * 10**9
"""Bytes of all members together."""
HIGHEST_RATIO = 200
"""Bytes of a member for each compressed one: tables of numbers reach 20, a bomb 1,000."""
SMALL = 1_000_000
"""Bytes up to which a member is no bomb, however well it is compressed."""

_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA}
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # the member, strongly, its name


def name_fault(name: str) -> str:
    """Say why a name from elsewhere may not become the name of a file here; "" if it may.

    Parameters
    ----------
    name : str
        With slashes between folders, as archives have it.
    """
    parts = name.rstrip("/").split("/")
    if not name.strip("/") or name.startswith("/"):
        return "it is empty or absolute"
    if "\\" in name or ":" in name:
        return "it holds a character that parts folders or names a drive on some machines"
    if any(not character.isprintable() for character in name):
        return "it holds a character that cannot be seen"
    if any(part in {"", ".", ".."} for part in parts):
        return "it leads out of the folder or through it in a roundabout way"
    if any(part != part.rstrip(" .") for part in parts):
        return "it ends in a blank or a dot, which some machines drop"
    if any(PurePosixPath(part).stem.upper() in _DEVICES for part in parts):
        return "it is the name of a device on some machines"
    return ""


def names_fault(names: Iterable[str]) -> str:
    """Say why names may not become files of one folder: each as `name_fault`, and no two in one place; "" if they may.

    Parameters
    ----------
    names : iterable of str
        As `name_fault`; folders end in a slash.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        if fault := name_fault(name):
            return f"the name {name!r}: {fault}"
        place = unicodedata.normalize("NFC", name.rstrip("/")).casefold()
        folders |= {str(parent): name for parent in PurePosixPath(place).parents}
        if not name.endswith("/"):
            if place in files:
                return f"{files[place]!r} and {name!r} would be one file on some machines"
            files[place] = name
    for place, name in files.items():
        if place in folders:
            return f"{name!r} would be a file, and a folder for {folders[place]!r}"
    return ""


def member_fault(member: zipfile.ZipInfo) -> str:
    """Say why a member may not be read: a link, a device, encrypted, a bomb, a bad name; "" if it may.

    Parameters
    ----------
    member : zipfile.ZipInfo
        As `zipfile.ZipFile.infolist` gives it.
    """
    if fault := name_fault(member.orig_filename):
        return f"the name {member.orig_filename!r}: {fault}"
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        return f"{member.filename!r} is a link or a device, no file"
    if member.flag_bits & _ENCRYPTED:
        return f"{member.filename!r} is encrypted"
    if member.compress_type not in _METHODS:
        return f"{member.filename!r} is compressed in an unknown way"
    if member.file_size > max(SMALL, HIGHEST_RATIO * member.compress_size):
        return f"{member.filename!r} would grow from {member.compress_size} to {member.file_size} bytes"
    return ""


def archive_fault(members: Sequence[zipfile.ZipInfo]) -> str:
    """Say why an archive may not be opened; "" if it may.

    Parameters
    ----------
    members : sequence of zipfile.ZipInfo
        All of them.
    """
    if len(members) > MOST_MEMBERS:
        return f"it has {len(members)} members, more than {MOST_MEMBERS}"
    total = sum(member.file_size for member in members)
    if total > LARGEST_TOTAL:
        return f"its members would take {total} bytes, more than {LARGEST_TOTAL}"
    for member in members:
        if fault := member_fault(member):
            return fault
    return names_fault(member.filename for member in members)


_DEVICES = {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(1, 10))}
