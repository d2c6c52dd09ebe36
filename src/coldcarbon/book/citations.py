"""Citations in words, for copies of a notebook that leave the book."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from pybtex.database import Entry, parse_file

__all__ = ["BIBLIOGRAPHY", "citations_above"]

BIBLIOGRAPHY = Path("book", "references.bib")


def citations_above(place: Path) -> Mapping[str, str]:
    """Citations such as "Schenk and Jackson (2002)" by key.

    Parameters
    ----------
    place : Path
        A file or folder of a checkout or of a bundle.

    Returns
    -------
    mapping of str to str
        Empty where no ``book/references.bib`` lies above.
    """
    folders = (place, *place.resolve().parents)
    found = next((path for folder in folders if (path := folder / BIBLIOGRAPHY).is_file()), None)
    return _citations(found) if found else {}


@cache
def _citations(path: Path) -> Mapping[str, str]:
    return {key: _in_words(entry) for key, entry in parse_file(str(path)).entries.items()}


def _in_words(entry: Entry) -> str:
    names = [" ".join(person.prelast_names + person.last_names) for person in entry.persons.get("author", [])]
    who = names[0] if len(names) == 1 else " and ".join(names) if len(names) == 2 else f"{names[0]} et al."
    return f"{who} ({entry.fields.get('year', 'no year')})"
