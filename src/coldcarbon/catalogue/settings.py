"""The four environment variables the catalogue obeys, read anew at each call."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import pooch

from coldcarbon.catalogue.errors import DataError

Mode = Literal["auto", "real", "simulated"]

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


def mode() -> Mode:
    """Read COLDCARBON_DATA.

    Returns
    -------
    {"auto", "real", "simulated"}
        "auto" where the variable is unset or empty.

    Raises
    ------
    DataError
        On any other value.
    """
    value = os.environ.get("COLDCARBON_DATA", "").strip().lower()
    match value:
        case "" | "auto":
            return "auto"
        case "real":
            return "real"
        case "simulated":
            return "simulated"
    raise DataError(f"COLDCARBON_DATA is {value!r}: set it to auto, real or simulated, or unset it.")


def offline() -> bool:
    """Tell whether COLDCARBON_OFFLINE forbids asking the network.

    Raises
    ------
    DataError
        If the variable holds something that is neither yes nor no.
    """
    value = os.environ.get("COLDCARBON_OFFLINE", "").strip().lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise DataError(f"COLDCARBON_OFFLINE is {value!r}: set it to 1 or 0, or unset it.")


def mirror() -> Path | None:
    """Give the folder COLDCARBON_MIRROR names, laid out as data set/file; None where it is unset.

    Raises
    ------
    DataError
        If the folder does not exist: a mistyped mirror must not turn into simulated data in silence.
    """
    value = os.environ.get("COLDCARBON_MIRROR", "").strip()
    if not value:
        return None
    folder = Path(value).expanduser()
    if not folder.is_dir():
        raise DataError(
            f"COLDCARBON_MIRROR names {folder}, which is no folder (seen from {Path.cwd()}): "
            "give the full path of a folder laid out as data set/file, or unset it."
        )
    return folder.absolute()


def cache() -> Path:
    """Give the folder downloads are kept in: COLDCARBON_CACHE, else the user's cache (it need not exist)."""
    value = os.environ.get("COLDCARBON_CACHE", "").strip()
    return Path(value).expanduser().absolute() if value else Path(pooch.os_cache("coldcarbon"))
