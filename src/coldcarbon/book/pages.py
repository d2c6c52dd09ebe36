"""What a built page asks of other hosts, shows without words, and links to: read from its HTML, no browser needed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

__all__ = ["EVIDENCE_LABEL", "Page", "broken_links", "built_pages", "css_requests", "is_foreign", "secrets"]

EVIDENCE_LABEL = re.compile(r"Data \(observed\): \S|Data \(model product\): \S|\bSimulated\b|\bFrom the paper\b")
# Attributes whose address a browser asks for while it shows the page. A link that is only followed is none.
LOADING = {
    "script": ("src",),
    "img": ("src", "srcset"),
    "source": ("src", "srcset"),
    "iframe": ("src",),
    "embed": ("src",),
    "object": ("data",),
    "video": ("src", "poster"),
    "audio": ("src",),
    "track": ("src",),
    "input": ("src",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"),
}
# Relations of <link> that name a page and load nothing.
NAMING = {"author", "canonical", "help", "index", "license", "next", "prev", "search", "alternate", "me"}
CSS_ADDRESS = re.compile(r"""@import\s+["']([^"']+)["']|url\(\s*(?:"([^"]*)"|'([^']*)'|([^"'()\s]+))\s*\)""")
CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
SRCSET_ADDRESS = re.compile(r"(?:^|,\s+)(\S+)")
LOCAL_SCHEMES = {"", "data", "blob", "about", "file"}
# What keys and passwords look like: those of well-known hosts by their first letters, others by the word before them.
SECRET = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"
    r"|\b(?:gh[opsu]_|github_pat_|glpat-|xox[abprs]-|sk-|hf_)[\w-]{20,}"
    r"|\beyJ[\w-]{15,}\.eyJ[\w-]{15,}\."
    r"|://[^/\s:@\"'<>]+:[^/\s:@\"'<>]+@[\w.-]"
    r"|(?:api[_-]?key|access[_-]?token|auth[_-]?token|secret|passw(?:or)?d)[\"']?\s*[:=]\s*[\"'][^\"'\s]{8,}[\"']",
    re.IGNORECASE,
)


class Page:
    """One HTML page.

    Parameters
    ----------
    html : str
        Its text.
    """

    def __init__(self, html: str) -> None:
        self.soup = BeautifulSoup(html, "html.parser")

    @cached_property
    def requests(self) -> list[str]:
        """Addresses a browser asks for while it shows the page, those in its styles included."""
        found: list[str] = []
        for tag in self.soup.find_all(list(LOADING)):
            for name in LOADING[tag.name]:
                value = _attribute(tag, name)
                found += SRCSET_ADDRESS.findall(value) if name == "srcset" else [value] if value else []
        for tag in self.soup.find_all("link"):
            if not set(_attribute(tag, "rel").lower().split()) <= NAMING:
                found.append(_attribute(tag, "href"))
        for tag in self.soup.find_all("meta", attrs={"http-equiv": re.compile("^refresh$", re.IGNORECASE)}):
            found.append(_attribute(tag, "content").partition("=")[2].strip())
        for tag in self.soup.find_all("style"):
            found += css_requests(tag.get_text())
        for tag in self.soup.find_all(style=True):
            found += css_requests(_attribute(tag, "style"))
        return [address for address in found if address]

    @cached_property
    def links(self) -> list[str]:
        """Addresses of the page's links."""
        return [_attribute(tag, "href") for tag in self.soup.find_all("a", href=True)]

    @cached_property
    def targets(self) -> set[str]:
        """What a link's fragment can name."""
        ids = {_attribute(tag, "id") for tag in self.soup.find_all(id=True)}
        return ids | {_attribute(tag, "name") for tag in self.soup.find_all("a", attrs={"name": True})}

    @cached_property
    def pictures_without_words(self) -> list[str]:
        """Sources of the pictures without alternative text; an empty one says that a picture is decoration."""
        pictures = [tag for tag in self.soup.find_all("img") if _attribute(tag, "role") != "presentation"]
        return [_attribute(tag, "src")[:80] for tag in pictures if not _attribute(tag, "alt").strip()]

    @cached_property
    def evidence(self) -> dict[str, str]:
        """Evidence label of each figure and table that a code cell shows, "" where it has none.

        By its id, or its position where it has none.
        """
        found: dict[str, str] = {}
        for output in self.soup.select("div.cell_output"):
            for tag in output.find_all(["figure", "table", "img"]):
                if tag.find_parent(["figure", "table"]):
                    continue  # a picture in a figure is the figure's
                name = _attribute(tag, "id") or f"{tag.name} {len(found) + 1} without a name"
                caption = tag.find("figcaption") or tag.find("caption")
                words = caption.get_text(" ", strip=True) if caption else ""
                label = EVIDENCE_LABEL.search(words)
                found[name] = words[label.start() :].removesuffix("#").strip() if label else ""
        return found

    @cached_property
    def pictures(self) -> list[str]:
        """Addresses of the pictures that the page shows, each once."""
        found = [_attribute(tag, "src") for tag in self.soup.find_all("img")]
        return [address for address in dict.fromkeys(found) if address and not address.startswith("data:")]

    @cached_property
    def undescribed_tables(self) -> list[str]:
        """Tables without caption or header cells, or with a header cell that does not say what it heads."""
        found = []
        for table in self.soup.find_all("table"):
            heads = table.find_all("th")
            words = table.caption.get_text(" ", strip=True) if table.caption else ""
            if not words or not heads or not all(_attribute(head, "scope") for head in heads):
                found.append(f"{words or 'no caption'}: {table.get_text(' ', strip=True)[:60]}")
        return found

    @cached_property
    def numberless_figures(self) -> list[str]:
        """Alternative texts of the figures of code cells that hold no number but those of the evidence label."""
        texts = [_attribute(tag, "alt") for tag in self.soup.select("div.cell_output figure img")]
        return [text for text in texts if not re.search("[0-9]", EVIDENCE_LABEL.split(text)[0])]

    @property
    def stamp(self) -> str:
        """Text of the stamp at the foot; "" where there is none."""
        box = self.soup.select_one("div.stamp")
        return box.get_text(" ", strip=True) if box else ""


def css_requests(text: str) -> list[str]:
    """Addresses that a style sheet asks for."""
    return [next(filter(None, groups), "") for groups in CSS_ADDRESS.findall(CSS_COMMENT.sub("", text))]


def secrets(text: str) -> list[str]:
    """What looks like a key or a password in a text."""
    return [found[0] for found in SECRET.finditer(text)]


def is_foreign(address: str) -> bool:
    """True if an address leads to a host."""
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return True
    return bool(parts.netloc) or parts.scheme.lower() not in LOCAL_SCHEMES


def built_pages(root: Path) -> list[Path]:
    """All pages below a folder but the theme's templates."""
    return sorted(path for path in root.rglob("*.html") if "_static" not in path.relative_to(root).parts)


def broken_links(root: Path, pages: Iterable[Path] | None = None) -> list[str]:
    """Links and requests within the book that lead nowhere.

    Parameters
    ----------
    root : Path
        Folder of the built book.
    pages : iterable of Path, optional
        The pages to check; by default all below `root` but those of the theme.

    Returns
    -------
    list of str
        One line each: page, link, and what is missing.
    """
    known: dict[Path, Page] = {}

    def read(path: Path) -> Page:
        if path not in known:
            known[path] = Page(path.read_text(encoding="utf-8"))
        return known[path]

    found = []
    for path in built_pages(root) if pages is None else pages:
        page = read(path)
        for address in dict.fromkeys([*page.links, *page.requests]):
            if is_foreign(address) or address.startswith(("data:", "blob:", "about:")):
                continue
            parts = urlsplit(address)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path.resolve()
            where = f"{path.relative_to(root).as_posix()}: {address}"
            if not target.is_file():
                found.append(f"{where}: no such file")
            elif not target.is_relative_to(root.resolve()):
                found.append(f"{where}: leads out of the book")
            elif parts.fragment and target.suffix == ".html" and not _has_target(read(target), parts.fragment):
                found.append(f"{where}: no such place on that page")
    return found


def _has_target(page: Page, fragment: str) -> bool:
    return fragment in page.targets or unquote(fragment) in page.targets


def _attribute(tag: Tag, name: str) -> str:
    value = tag.get(name)
    return " ".join(value) if isinstance(value, list) else str(value or "")
