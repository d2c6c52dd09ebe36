"""Print the built pages to one PDF with Chromium, in the order of the table of contents."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sphinx_external_toc.parsing import parse_toc_yaml
from tqdm import tqdm

from coldcarbon.book.project import Project
from coldcarbon.whole_files import replacing

if TYPE_CHECKING:
    from pypdf import PdfWriter

__all__ = ["find_browser", "pages_in_order", "print_book"]

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
# Where the installers of macOS and Windows put it, off the path.
BROWSER_FILES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
# The background services ask hosts of their own, which a page of ours never does.
QUIET: tuple[str, ...] = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
QUIET += ("--disable-component-update", "--disable-sync", "--disable-extensions")
MATHS_MILLISECONDS = 10_000  # of the page's own clock, which runs as fast as the page allows
PAGE_SECONDS = 120


def print_book(project: Project) -> Path:
    """Print every page of the table of contents and join them, one bookmark per page.

    Links between the pages lead within the PDF; the folder of this build is not named in it.

    Parameters
    ----------
    project : Project
        The checkout; the book must have been built.

    Returns
    -------
    Path
        ``book/_build/coldcarbon.pdf``.

    Raises
    ------
    click.ClickException
        If pages are missing, there is no Chromium or Chrome, or it fails on a page.
    """
    try:
        from pypdf import PdfWriter
    except ImportError as error:
        raise click.ClickException("joining the pages needs pypdf; requirements.lock has it") from error
    pages = [project.html / f"{name}.html" for name in pages_in_order(project)]
    missing = [path.relative_to(project.html).as_posix() for path in pages if not path.is_file()]
    if missing:
        raise click.ClickException(f"not built: {', '.join(missing)}; run `make book` first")
    browser = find_browser()
    target = project.build / "coldcarbon.pdf"
    first_sheets: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as place, PdfWriter() as book:
        for number, page in enumerate(tqdm(pages, unit="page", desc=target.name, disable=None, leave=False)):
            sheet = Path(place) / f"{number}.pdf"
            _print_page(browser, page, sheet, Path(place) / "profile")
            first_sheets[page.as_uri()] = len(book.pages)
            book.append(sheet, outline_item=_title(page), import_outline=False)
        _link_within(book, first_sheets)
        book.add_metadata({"/Title": "Cold Carbon: five papers, re-run"})
        with replacing(target) as part:
            book.write(part)
    return target


def pages_in_order(project: Project) -> list[str]:
    """Names of all pages, as ``_toc.yml`` orders them."""
    toc = parse_toc_yaml(project.root / "_toc.yml")
    ordered: list[str] = []

    def walk(name: str) -> None:
        ordered.append(name)
        for tree in toc[name].subtrees:
            for item in tree.items:
                if isinstance(item, str) and item not in ordered:
                    walk(str(item))

    walk(toc.root.docname)
    return ordered


def find_browser() -> str:
    """Chromium or a browser made of it.

    Raises
    ------
    click.ClickException
        If there is none.
    """
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    for path in BROWSER_FILES:
        if Path(path).is_file():
            return path
    raise click.ClickException(
        f"no Chromium or Chrome found (looked for {', '.join(BROWSERS)}); install one, for example the package "
        "`chromium` of your system, or print the pages from any browser"
    )


def _print_page(browser: str, page: Path, target: Path, profile: Path) -> None:
    command = [browser, "--headless", *QUIET, f"--user-data-dir={profile}", "--no-pdf-header-footer"]
    if sys.platform == "linux" and os.geteuid() == 0:
        command.append("--no-sandbox")  # root has no sandbox
    command += [f"--virtual-time-budget={MATHS_MILLISECONDS}", f"--print-to-pdf={target}", page.as_uri()]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=PAGE_SECONDS, check=False)
    except subprocess.TimeoutExpired as error:
        raise click.ClickException(f"{page.name}: {browser} did not print it within {PAGE_SECONDS} s") from error
    if done.returncode or not target.is_file():
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise click.ClickException(f"{page.name}: {browser} did not print it: {last}")


def _link_within(book: PdfWriter, first_sheets: dict[str, int]) -> None:
    """Turn links to files of this build into links to sheets; those to no printed page are dropped."""
    from pypdf.generic import ArrayObject, NameObject

    for sheet in book.pages:
        kept = ArrayObject()
        for reference in sheet.get("/Annots", ()):
            annotation = reference.get_object()
            address = str(annotation.get("/A", {}).get("/URI", ""))
            if address.startswith("file:"):
                number = first_sheets.get(address.partition("#")[0].partition("?")[0])
                if number is None:
                    continue
                del annotation["/A"]
                place = ArrayObject([book.pages[number].indirect_reference, NameObject("/Fit")])
                annotation[NameObject("/Dest")] = place
            kept.append(reference)
        if "/Annots" in sheet:
            sheet[NameObject("/Annots")] = kept


class _Title(HTMLParser):
    """Takes the text of <title>."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self._inside = False

    def handle_starttag(self, tag: str, _attrs: object) -> None:
        self._inside = tag == "title" and not self.text

    def handle_data(self, data: str) -> None:
        if self._inside:
            self.text += data

    def handle_endtag(self, _tag: str) -> None:
        self._inside = False


def _title(page: Path) -> str:
    """Title of a page, without the book's that the theme adds to it."""
    parser = _Title()
    parser.feed(page.read_text(encoding="utf-8"))
    return " ".join(parser.text.partition("—")[0].split()) or page.stem
