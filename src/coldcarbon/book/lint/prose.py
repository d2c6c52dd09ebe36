"""A MyST page as its prose, its directives and its code cells, each with its line.

The page is read by the parser that builds the book: what is code, mathematics or a target there is so here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from myst_parser.config.main import MdParserConfig
from myst_parser.parsers.mdit import create_md_parser

__all__ = ["EXTENSIONS", "OTHER", "Directive", "Page", "Passage", "read_page"]

# As `myst_enable_extensions` in _config.yml; a test compares them.
EXTENSIONS = ("amsmath", "attrs_inline", "colon_fence", "deflist", "dollarmath", "substitution", "tasklist")
# Stands in a passage for what is no text: a role, mathematics, code.
OTHER = "\ufffc"
NOT_PROSE = re.compile(
    r"code|code-block|code-cell|sourcecode|literalinclude|math|mermaid|glue:.*|image|include|raw|eval-rst|toctree|"
    r"tableofcontents|bibliography|claims|ledger|overview|verdicts|coverage|datasets|benchmarks|build|changes|slips|"
    r"changelog"
)
# Directives whose argument the reader sees.
TITLED = re.compile(
    r"admonition|note|tip|hint|warning|caution|important|attention|danger|error|seealso|dropdown|card|grid-item-card|"
    r"tab-item|exercise|exercise-start|table|list-table|csv-table|topic|sidebar|margin|epigraph|prf:.*|rubric"
)
PROSE_OPTIONS = ("alt", "caption", "title", "header", "footer")
DIRECTIVE = re.compile(r"\{(?P<name>[^}]+)\}\s*(?P<argument>.*)")
OPTION = re.compile(r":(?P<key>[\w-]+):\s?(?P<value>.*)")


@dataclass(frozen=True)
class Passage:
    """A run of text that the reader sees as one.

    Attributes
    ----------
    text : str
        Without markup; roles, code and mathematics are one `OTHER` each.
    kind : str
        ``h1`` to ``h6`` for a heading, ``li`` for an item of a list, ``p`` for a paragraph, else ``""``.
    starts : tuple of (offset, line)
        Where each line of the page begins in the text.
    """

    text: str
    kind: str
    starts: tuple[tuple[int, int], ...]

    @property
    def line(self) -> int:
        """Line of the page on which the passage begins, counted from one."""
        return self.starts[0][1]

    def line_at(self, offset: int) -> int:
        """Line of the page that holds a character of the text."""
        return self.starts[bisect_right(self.starts, (offset, 10**9)) - 1][1]


@dataclass(frozen=True)
class Directive:
    """A directive: name, argument, options, content, line of its opening fence, and whether another holds it."""

    name: str
    argument: str
    options: dict[str, str]
    content: str
    line: int
    nested: bool


@dataclass
class Page:
    """Passages and directives in the order of the page; directives within others follow them.

    ``comments`` are the lines that the parser takes for comments and leaves out, because they begin with ``%``.
    """

    passages: list[Passage] = field(default_factory=list)
    directives: list[Directive] = field(default_factory=list)
    comments: list[int] = field(default_factory=list)

    def named(self, *names: str) -> list[Directive]:
        """Directives of these names."""
        return [directive for directive in self.directives if directive.name in names]


def read_page(text: str, first_line: int = 1) -> Page:
    """Read a page or a part of one.

    Parameters
    ----------
    text : str
        MyST Markdown.
    first_line : int
        Line of the page on which the text begins.

    Returns
    -------
    Page
    """
    page = Page()
    _collect(page, text, first_line)
    return page


@cache
def _parser() -> MarkdownIt:
    return create_md_parser(MdParserConfig(enable_extensions=set(EXTENSIONS)), RendererHTML)


def _collect(page: Page, text: str, first_line: int, *, nested: bool = False) -> None:
    tokens = _parser().parse(text)
    open_tags: list[str] = []
    for token in tokens:
        # Only fences, headings, items and paragraphs decide what a passage is; inline tokens lie within them.
        if token.nesting == 1:
            open_tags.append(token.tag)
        elif token.nesting == -1 and open_tags:
            open_tags.pop()
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "inline":
            _add(page, _inline(token.children or [], _kind(open_tags), line))
        elif token.type == "myst_line_comment":
            page.comments.append(line)
        elif token.type == "html_block":
            _add(page, Passage(re.sub(r"<[^>]*>", " ", token.content), "", ((0, line),)))
        elif token.type in ("fence", "colon_fence") and (match := DIRECTIVE.match(token.info)):
            _directive(page, match["name"], match["argument"].strip(), token.content, line, nested)


def _kind(open_tags: list[str]) -> str:
    if open_tags and re.fullmatch(r"h[1-6]", open_tags[-1]):
        return open_tags[-1]
    return "li" if "li" in open_tags else "p" if open_tags[-1:] == ["p"] else ""


def _directive(page: Page, name: str, argument: str, content: str, line: int, nested: bool) -> None:
    options, body, skipped = _options(content)
    page.directives.append(Directive(name, argument, options, body, line, nested))
    if argument and TITLED.fullmatch(name):
        _collect(page, argument, line, nested=True)
    for key in PROSE_OPTIONS:
        if options.get(key):
            _collect(page, options[key], line, nested=True)
    if not NOT_PROSE.fullmatch(name):
        _collect(page, body, line + 1 + skipped, nested=True)


def _options(content: str) -> tuple[dict[str, str], str, int]:
    """Options and body of a directive, and how many lines the options take."""
    lines = content.split("\n")
    options: dict[str, str] = {}
    if lines[0].strip() == "---" and "---" in (line.strip() for line in lines[1:]):
        end = next(i for i, line in enumerate(lines[1:], start=1) if line.strip() == "---")
        for line in lines[1:end]:
            key, _, value = line.partition(":")
            options[key.strip()] = value.strip()
        return options, "\n".join(lines[end + 1 :]), end + 1
    count = 0
    for line in lines:
        match = OPTION.fullmatch(line.strip())
        if not match:
            break
        options[match["key"]] = match["value"].strip()
        count += 1
    return options, "\n".join(lines[count:]), count


def _inline(children: list[Token], kind: str, line: int) -> Passage:
    text = ""
    starts = [(0, line)]
    for child in children:
        if child.type in ("softbreak", "hardbreak"):
            line += 1
            text += " "
            starts.append((len(text), line))
        elif child.type in ("text", "image", "text_special"):
            text += child.content
        elif child.type == "math_inline":
            # A lone number in dollars is a number in prose.
            bare = re.sub(r"\\[a-zA-Z]+|\\.|[{}~]", " ", child.content)
            text += OTHER if re.search(r"[a-zA-Z]", bare) else f" {bare} "
        elif child.type == "html_inline":
            text += " "
        elif child.content or child.type == "footnote_ref":
            text += OTHER
    return Passage(text, kind, tuple(starts))


def _add(page: Page, passage: Passage) -> None:
    if passage.text.strip():
        page.passages.append(passage)
