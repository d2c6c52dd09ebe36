"""Take out of the built pages' shared files what no page ever asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urlsplit

from coldcarbon.book.pages import built_pages, css_requests, is_foreign
from coldcarbon.whole_files import write_text

__all__ = ["needed_files", "strip_static"]

SHARED = "_static"
TEXT = (".css", ".js")
ADDRESS = re.compile(r"""\b(?:src|srcset|href|data|poster)=["']([^"']+)["']""")
SOURCE_MAP = re.compile(r"\n?(?://# sourceMappingURL=\S+|/\*# sourceMappingURL=.*?\*/)\s*\Z")
# Every browser that knows the rest of the pages takes WOFF2, which stands first.
OLD_FONT = re.compile(r"""(format\(["']?woff2["']?\)),\s*url\([^)]*\)\s*format\(["']?truetype["']?\)""")
LICENCE = re.compile("licen[cs]e", re.IGNORECASE)


def strip_static(root: Path) -> list[Path]:
    """Delete shared files that no page asks for, and drop what only those were for from the rest.

    Kept are the files that a page, or a style sheet it asks for, names; those a script names; and licences.

    Parameters
    ----------
    root : Path
        Folder of the built pages.

    Returns
    -------
    list of Path
        What was deleted.
    """
    shared = root / SHARED
    for path in sorted(shared.rglob("*")):
        if path.suffix in TEXT:
            text = path.read_text(encoding="utf-8")
            slim = OLD_FONT.sub(r"\1", SOURCE_MAP.sub("\n", text))
            if slim != text:
                write_text(path, slim)
    kept = needed_files(root, built_pages(root))
    gone = [path for path in sorted(shared.rglob("*")) if path.is_file() and path.resolve() not in kept]
    gone = [path for path in gone if not LICENCE.search(path.name)]
    for path in gone:
        path.unlink()
    for folder in sorted((path for path in shared.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    return gone


def needed_files(root: Path, pages: Iterable[Path]) -> set[Path]:
    """Files below a folder that its pages ask for or link to, through style sheets and scripts too.

    Parameters
    ----------
    root : Path
        Folder of the built pages.
    pages : iterable of Path
        The pages.

    Returns
    -------
    set of Path
        Resolved paths.
    """
    needed: set[Path] = set()
    waiting: list[Path] = []
    by_name: dict[str, list[Path]] = {}
    for path in (root / SHARED).rglob("*"):
        if path.is_file():
            by_name.setdefault(path.name, []).append(path.resolve())

    def ask(base: Path, addresses: Iterable[str]) -> None:
        for address in addresses:
            if not is_foreign(address) and not address.startswith(("data:", "#")):
                waiting.append((base.parent / unquote(urlsplit(address).path)).resolve())

    for path in pages:
        # Every address of the page, whether it is asked for or only linked to; text that looks like one does no harm.
        named = ADDRESS.findall(path.read_text(encoding="utf-8"))
        ask(path, (address for value in named for address in [value, *value.split(" ")]))
    while waiting:
        path = waiting.pop()
        if path in needed or not path.is_file():
            continue
        needed.add(path)
        if path.suffix == ".css":
            ask(path, css_requests(path.read_text(encoding="utf-8")))
        elif path.suffix == ".js":
            script = path.read_text(encoding="utf-8")
            waiting += [file for name, files in by_name.items() if name in script for file in files]
    return needed
