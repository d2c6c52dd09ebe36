"""Numbers computed by an earlier run with a program that a build does not have, shown only where they still belong."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from coldcarbon.book.project import find_project

__all__ = ["matching"]


def matching(name: str, fingerprint: Mapping[str, Any], folder: Path | None = None) -> dict[str, Any] | None:
    """A record of ``results/`` if it was made from just these inputs.

    Parameters
    ----------
    name : str
        Of the file in ``results``, without ``.json``.
    fingerprint : mapping
        What the numbers depend on, such as hashes of data and folds; plain JSON.
    folder : Path, optional
        Where records lie; ``results`` of this checkout if left out.

    Returns
    -------
    dict or None
        The record. None where there is no checkout or no such file, and where its ``fingerprint`` differs: numbers
        of other data or other folds cannot stand beside ours.

    Raises
    ------
    ValueError
        If the file is there and no record; the message names it.
    """
    try:
        place = (folder or find_project().root / "results") / f"{name}.json"
    except click.UsageError:
        return None  # a bundle holds a notebook and no records
    if not place.is_file():
        return None
    try:
        record = json.loads(place.read_text(encoding="utf-8"))
        recorded = record["fingerprint"]
    except (json.JSONDecodeError, KeyError, TypeError) as error:
        raise ValueError(
            f"{place} is no record with a fingerprint ({error}): restore it from the repository"
        ) from error
    return record if recorded == json.loads(json.dumps(fingerprint)) else None
