"""Lint of code cells: their style, values typed where results belong, numbers typed into captions and statements."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from coldcarbon.book.lint.literals import Flow, called_name
from coldcarbon.book.lint.prose import OTHER, read_page
from coldcarbon.book.lint.typed_numbers import around, typed_numbers

__all__ = ["Cell", "lint_cells"]

LONGEST_CELL = 15
LONGEST_LINE = 88
LESSON = "lesson"  # tag of a cell whose function is the lesson
TEXT_KEYWORDS = ("caption", "alt", "statement", "note")
VALUE_KEYWORDS = ("ours", "low", "high", "n", "readings", "summary")
BANNED_CALLS = {
    "open": "data come through coldcarbon.catalogue and a reader",
    "display": "show figures and tables with chapter.figure and chapter.table",
    "show_figure": "use chapter.figure, which knows the evidence",
    "show_table": "use chapter.table, which knows the evidence",
    "publish_display_data": "use chapter.figure, chapter.table or chapter.claim",
    "plt.show": "show the figure with chapter.figure",
    "eval": "write the code out; the cache key cannot see into a text",
    "exec": "write the code out; the cache key cannot see into a text",
    "__import__": "use an import statement; the cache key reads those",
}
BANNED_IMPORTS = {
    "importlib": "use an import statement; the cache key reads those",
    "runpy": "use an import statement; the cache key reads those",
    "subprocess": "a notebook runs Python only",
    "IPython": "show figures and tables with chapter.figure and chapter.table",
    "myst_nb": "name numbers with chapter.glue, which refuses what a page cannot print",
}
LOCAL_PATH = re.compile(r"\.{1,2}/|.*/\.\./|/\w|~/|[A-Za-z]:\\")
ALLOW = "or if it is no result allow it, with the reason, in allowed_numbers.toml"
COMPUTE = "compute it in the notebook, or read it with coldcarbon.published"


@dataclass(frozen=True)
class Cell:
    """A code cell: its number among how many, its code, the line of the page where that begins, and its tags."""

    number: int
    count: int
    source: str
    line: int
    tags: tuple[str, ...]

    @property
    def place(self) -> str:
        """The cell in words, for messages."""
        first = self.source.strip().partition("\n")[0]
        return f"code cell {self.number} of {self.count}, {textwrap.shorten(first, 50, placeholder=' ...')!r}"


def lint_cells(cells: Iterable[Cell], page: str) -> Iterator[str]:
    """Faults of a notebook's code cells.

    Parameters
    ----------
    cells : iterable of Cell
        In their order: what is typed in one cell is known in the next.
    page : str
        Path of the notebook within the project, ``notebooks/PAPER/CHAPTER.md``.

    Yields
    ------
    str
        One line per fault: page, line and cell, what is wrong, what to do.
    """
    paper = page.split("/")[-2] if "/" in page else ""
    flow = Flow()
    chapters: set[str] = set()
    for cell in cells:
        faults = list(_style(cell))
        try:
            tree = _parse(cell.source)
        except SyntaxError as error:
            faults.append((error.lineno or 1, f"no valid Python: {error.msg}"))
            tree = ast.Module([], [])
        for statement in _statements(tree.body):
            chapters |= _chapter_names(statement)
            for node in _own_nodes(statement):
                faults += [*_values(node, flow, chapters, paper), *_texts(node, flow, page)]
            flow.see(statement)
        for line, text in sorted(faults):
            yield f"{page}, line {cell.line + line - 1} ({cell.place}): {text}"


def _parse(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:
        return ast.parse(re.sub(r"(?m)^([ \t]*)[%!].*", r"\1pass", source))


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """Statements in order, each before those within it."""
    for statement in body:
        yield statement
        for block in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, block, []))
        for handler in (*getattr(statement, "handlers", []), *getattr(statement, "cases", [])):
            yield from _statements(handler.body)


def _own_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """Expressions of a statement, without those of the statements within it."""
    todo: list[ast.AST] = [statement]
    while todo:
        node = todo.pop()
        yield node
        todo += [
            child
            for child in ast.iter_child_nodes(node)
            if not isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)
        ]


def _chapter_names(statement: ast.stmt) -> set[str]:
    match statement:
        case ast.Assign(value=ast.Call() as call) if called_name(call).rpartition(".")[2] == "Chapter":
            return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    return set()


def _values(node: ast.AST, flow: Flow, chapters: set[str], paper: str) -> Iterator[tuple[int, str]]:
    """Literals where a result belongs."""
    if isinstance(node, ast.Dict):
        given = {key: value for key, value in _pairs(node) if key}
        if {"published_id", "readings"} & set(given):
            yield from _ledger_values(given, flow)
        return
    if not isinstance(node, ast.Call):
        return
    holder, _, method = called_name(node).rpartition(".")
    if holder not in chapters:
        return
    named = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    spread = [keyword.value for keyword in node.keywords if keyword.arg is None]
    if method == "glue":
        for key, value in [*named.items(), *(pair for item in spread for pair in _pairs(item))]:
            if flow.typed_in(value):
                yield value.lineno, f"glues {key or '**'} = {ast.unparse(value)}, a typed value; {COMPUTE}"
            if key and not key.startswith(f"{paper}_"):
                yield value.lineno, f"glue key {key} must begin with {paper}_: keys are shared by the whole book"
    elif method in ("claim", "check", "recovery"):
        order = {"claim": ("ours", "low", "high"), "check": ("readings",), "recovery": ("summary",)}[method]
        yield from _ledger_values({**named, **dict(zip(order, node.args[1:], strict=False))}, flow)
        for value in spread:
            if not isinstance(value, ast.Dict) and flow.typed_in(value):
                yield value.lineno, f"enters {ast.unparse(value)}, which holds typed values only; {COMPUTE}"


def _pairs(node: ast.expr) -> list[tuple[str, ast.expr]]:
    """Keys and values of a dict written out; any other expression is one value without a key."""
    if not isinstance(node, ast.Dict):
        return [("", node)]
    names = [str(key.value) if isinstance(key, ast.Constant) else "" for key in node.keys]
    return list(zip(names, node.values, strict=True))


def _ledger_values(named: dict[str, ast.expr], flow: Flow) -> Iterator[tuple[int, str]]:
    for key in VALUE_KEYWORDS:
        value = named.get(key)
        # No interval is none; and a single calculation has one unit behind it.
        if value is None or (isinstance(value, ast.Constant) and value.value == (1 if key == "n" else None)):
            continue
        parts = value.values if isinstance(value, ast.Dict) and value.values else [value]
        for part in parts:
            if flow.typed_in(part):
                yield part.lineno, f"{key} of a ledger row is {ast.unparse(part)}, a typed value; {COMPUTE}"


def _texts(node: ast.AST, flow: Flow, page: str) -> Iterator[tuple[int, str]]:
    """Numbers typed into captions, alt texts and statements."""
    pairs: list[tuple[str, ast.expr]] = []
    if isinstance(node, ast.Call):
        pairs = [(keyword.arg or "", keyword.value) for keyword in node.keywords]
    elif isinstance(node, ast.Dict):
        pairs = _pairs(node)
    for key, value in pairs:
        if key not in TEXT_KEYWORDS:
            continue
        for part in _constant_texts(value, flow, frozenset()):
            for passage in read_page(part).passages:
                for offset, number in typed_numbers(passage.text, page):
                    where = f"{number} is typed into {key} ({around(passage.text, offset)})"
                    yield value.lineno, f"{where}; fill it in with an f-string, {ALLOW}"


def _constant_texts(node: ast.expr, flow: Flow, seen: frozenset[str]) -> Iterator[str]:
    """Constant parts of a text as it is put together; what is filled in is one `OTHER`."""
    match node:
        case ast.Constant(value=str() as text):
            yield text
        case ast.JoinedStr():
            parts = ""
            for part in node.values:
                if isinstance(part, ast.Constant):
                    parts += str(part.value)
                elif isinstance(part, ast.FormattedValue):
                    constant = isinstance(part.value, ast.Constant)
                    parts += ast.unparse(part.value).strip("'\"") if constant else OTHER
            yield parts
        case ast.BinOp():
            yield from _constant_texts(node.left, flow, seen)
            yield from _constant_texts(node.right, flow, seen)
        case ast.IfExp():
            yield from _constant_texts(node.body, flow, seen)
            yield from _constant_texts(node.orelse, flow, seen)
        case ast.Tuple() | ast.List():
            for item in node.elts:
                yield from _constant_texts(item, flow, seen)
        case ast.Name() if node.id not in seen:
            for value in flow.texts.get(node.id, []):
                yield from _constant_texts(value, flow, seen | {node.id})
        case ast.Call(func=ast.Attribute(attr="format" | "join" | "strip" | "replace" | "dedent") as function):
            yield from _constant_texts(function.value, flow, seen)
            for argument in node.args:
                yield from _constant_texts(argument, flow, seen)


def _style(cell: Cell) -> Iterator[tuple[int, str]]:
    """Faults of one cell whatever it computes."""
    lines = cell.source.split("\n")
    count = sum(bool(line.strip()) for line in lines)
    if count > LONGEST_CELL:
        yield 1, f"{count} lines; a cell has at most {LONGEST_CELL}: split it, or move code into the package"
    for number, line in enumerate(lines, start=1):
        if len(line) > LONGEST_LINE:
            yield number, f"{len(line)} characters in a line; the page holds {LONGEST_LINE}"
    try:
        tree = ast.parse(cell.source)
    except SyntaxError:
        for number, line in enumerate(lines, start=1):
            if re.match(r"\s*[%!]", line):
                yield number, "a magic or shell command; a notebook runs Python only"
        try:
            tree = _parse(cell.source)
        except SyntaxError:
            return
    for node in ast.walk(tree):
        for text in (*_style_of(node), *([] if LESSON in cell.tags else _definitions(node))):
            yield getattr(node, "lineno", 1), text


def _definitions(node: ast.AST) -> Iterator[str]:
    remedy = f"move it into the package, or tag the cell {LESSON} if the function is the lesson"
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            yield f"defines {node.name}; {remedy}"
        case ast.Assign(value=ast.Lambda()) | ast.AnnAssign(value=ast.Lambda()) | ast.NamedExpr(value=ast.Lambda()):
            yield f"names a lambda; {remedy}"


def _style_of(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import():
            modules = [alias.name for alias in node.names]
        case ast.ImportFrom():
            modules = [node.module or ""]
        case _:
            modules = []
    for module in modules:
        remedy = BANNED_IMPORTS.get(module.partition(".")[0])
        if remedy:
            yield f"imports {module}; {remedy}"
    if isinstance(node, ast.Call):
        called = called_name(node)
        if called in BANNED_CALLS:
            yield f"calls {called}; {BANNED_CALLS[called]}"
        last = called.rpartition(".")[2]
        if (last.startswith("read") or last in ("Path", "loadtxt", "genfromtxt", "load")) and _has_text(node):
            yield f"{called} of a file named here; data come through coldcarbon.catalogue and a reader"
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and LOCAL_PATH.match(node.value):
        yield f"a path of this machine or folder ({node.value!r}); data come through coldcarbon.catalogue"


def _has_text(call: ast.Call) -> bool:
    """True if the first argument is a text that looks like a file's name."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, str):
        return bool(re.search(r"[/\\]|\.\w{1,5}$", first.value))
    return False
