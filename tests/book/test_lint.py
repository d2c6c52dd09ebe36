"""Each rule of the linter with text it refuses and text it accepts; then the project's own pages."""

import ast
from pathlib import Path

import pytest
import yaml

from coldcarbon.book.lint.literals import Flow
from coldcarbon.book.lint.pages import lint_notebook, lint_project, lint_prose
from coldcarbon.book.lint.prose import EXTENSIONS, read_page
from coldcarbon.book.lint.typed_numbers import AllowedNumber, allowed_numbers, typed_numbers
from coldcarbon.book.project import Project, find_project, is_notebook
from support import HEADER

PROJECT = find_project(Path(__file__))
PAGE = (
    HEADER
    + """
"""
)
OPENING = """(xiao2023-roots)=
# Roots

How deep do roots go, and what does the answer hang on?

:::{admonition} You will learn
:class: tip
- one thing;
- another thing,
  over two lines;
- a third thing.
:::

*Time:* 40 minutes. *You need:* means and quantiles.

```{claims} xiao2023/roots
```

"""
FIRST_CELL = """import numpy as np
from coldcarbon import published
from coldcarbon.chapter import Chapter
from coldcarbon.forensics import Interval
chapter = Chapter("xiao2023/roots", datasets=[])
frame = chapter.load(published.load, published.load)"""
ENDING = """
## Exercises

```{exercise} One
:label: roots-one
Do it.
```

```{solution-start} roots-one
:class: dropdown
```

```{code-cell} ipython3
frame.mean()
```

```{solution-end}
```

```{exercise-start} Two
:label: roots-two
```

Do that.

```{exercise-end}
```

```{solution} roots-two
That.
```

## Further reading

{cite:t}`schenk2002`.
"""


def chapter(tmp_path: Path, body: str = "", *, opening: str = OPENING, ending: str = ENDING) -> Path:
    path = tmp_path / "notebooks" / "xiao2023" / "roots.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{PAGE}{opening}{cell(FIRST_CELL)}\n{body}\n{ending}", encoding="utf-8")
    return path


def cell(code: str, tags: str = "") -> str:
    options = f":tags: [{tags}]\n\n" if tags else ""
    return f"```{{code-cell}} ipython3\n{options}{code}\n```\n"


def prose(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "book" / "page.md"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return lint_prose(path)


def complaints(tmp_path: Path, code: str, tags: str = "") -> list[str]:
    return lint_notebook(chapter(tmp_path, cell(code, tags)))


# Allowed numbers


@pytest.mark.parametrize("entry", allowed_numbers(), ids=lambda entry: entry.reason[:40])
def test_the_allow_list_allows_and_refuses_its_examples(entry: AllowedNumber) -> None:
    page = entry.pages[0].replace("*", "page.md") if entry.pages else "book/page.md"
    for example in entry.allows:
        assert entry.pattern.search(example), example
        assert typed_numbers(example, page) == [], example
    for example in entry.refuses:
        assert typed_numbers(example, page), example
    assert entry.reason.endswith(".")


@pytest.mark.parametrize("entry", [e for e in allowed_numbers() if e.pages], ids=lambda entry: entry.reason[:40])
def test_an_allowance_for_a_page_holds_for_that_page_only(entry: AllowedNumber) -> None:
    assert any(typed_numbers(example, "book/other.md") for example in entry.allows)


def test_allowances_name_pages_that_exist() -> None:
    globs = [glob for entry in allowed_numbers() for glob in entry.pages]
    assert [glob for glob in globs if not list(PROJECT.root.glob(glob))] == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("a share of 62.3 %", ["62.3"]),
        ("of 1,234 and .5", ["1,234", ".5"]),
        ("from 57 to 62", ["57", "62"]),
        ("½ of it", ["½"]),
        ("n=559", ["559"]),
        ("−0.5 and -0.7", ["0.5", "0.7"]),
        ("a 95 % interval of 3", ["3"]),
        ("CO2, D95, R2, xiao2023, ERA5 and v1.2", []),
        ("in 2023, Fig. 2a and Eqs. 1-3", []),
        ("sixty per cent", []),
    ],
)
def test_typed_numbers(text: str, numbers: list[str]) -> None:
    assert [number for _, number in typed_numbers(text)] == numbers


# Prose


@pytest.mark.parametrize(
    "text",
    [
        "The share is 62 %.",
        "## A share of 62 %",
        "- item\n- item with 62",
        "1. first\n2. second with 62",
        "| a | b |\n|---|---|\n| x | 62 |",
        "> quoted 62",
        "**62** of them",
        "a [share of 62](ledger.md)",
        "![a bar of 62](x.png)",
        "$62.3$ of them",
        r"$62\,\%$ of them",
        r"about $\approx 62$",
        ":::{admonition} A share of 62\ntext\n:::",
        ":::{admonition} A\n62 of them\n:::",
        "::::{grid} 2\n:::{grid-item-card} A\n:link: x\n62\n:::\n::::",
        "```{figure} x.png\n:alt: a bar of 62\n:width: 80%\n\nCaption.\n```",
        "```{figure} x.png\n:alt: a bar\n\nCaption with 62.\n```",
        "```{exercise} One\n:label: e-1\n\nCompute 62.\n```",
        "Term\n: Defined as 62.",
        "<p>62</p>",
        "Text[^a].\n\n[^a]: A note with 62.",
    ],
)
def test_a_number_in_prose_is_refused(tmp_path: Path, text: str) -> None:
    (fault,) = prose(tmp_path, f"# Title\n\n{text}\n")
    assert fault.startswith("book/page.md, line ")
    assert "62" in fault
    assert "chapter.glue" in fault


@pytest.mark.parametrize(
    "text",
    [
        "The share is {glue:text}`xiao2023_share_percent:.1f` %.",
        "`x = 62` and ``y = 63``",
        "```python\nx = 62\n```",
        "    x = 62",
        "```{code-block} python\n:lineno-start: 7\nx = 62\n```",
        "$x_{62} = 62 y$",
        "$$\nx = 62\n$$",
        "\\begin{align}\nx &= 62\n\\end{align}",
        "```{math}\n:label: eq-62\nx = 62\n```",
        "(target-62)=\n## Section",
        "[the ledger](https://x.example/62) and <https://x.example/62>",
        "{doc}`page-62`, {numref}`fig-62` and CO{sub}`2`",
        "1. first\n2. second",
        '+++ {"a": 62}',
        ":::{admonition} A\n:class: tip-62\n:name: a-62\nNone.\n:::",
        "::::{grid} 1 1 3 3\n:gutter: 3\n:::{grid-item-card} A\n:link: page-62\nText.\n:::\n::::",
        "```{figure} x62.png\n:alt: a bar\n:width: 62%\n\nCaption.\n```",
        "```{claims} xiao2023/roots\n```",
    ],
)
def test_what_is_no_number_in_prose_is_accepted(tmp_path: Path, text: str) -> None:
    assert prose(tmp_path, f"# Title\n\n{text}\n") == []


def test_the_header_of_a_page_is_no_prose(tmp_path: Path) -> None:
    assert prose(tmp_path, "---\nnumbering: 62\n---\n\n# Title\n") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Title\n\nOne line\nand 62 in the next", 4),
        ("# Title\n\n{ref}`a` and `b`\nthen\n62", 5),
        (":::{admonition} A\n:class: tip\n\n- b\n- c 62\n:::", 5),
        ("::::{grid} 1\n\n:::{card} B\n---\nname: x\n---\nText\n62\n:::\n::::", 8),
        ("- a\n- b\n\n  more\n  62", 5),
    ],
)
def test_the_line_is_named(tmp_path: Path, text: str, line: int) -> None:
    (fault,) = prose(tmp_path, text)
    assert fault.startswith(f"book/page.md, line {line}: 62 is typed")


def test_a_line_that_the_parser_takes_for_a_comment_is_refused(tmp_path: Path) -> None:
    (fault,) = prose(tmp_path, "# Title\n\nIt reaches some\n% of the towers.\n")
    assert fault.startswith("book/page.md, line 4: a line that begins with % is a comment")


@pytest.mark.parametrize("name", ["raw} html", "eval-rst}", "include} other.md"])
def test_directives_that_hide_their_text_are_refused(tmp_path: Path, name: str) -> None:
    (fault,) = prose(tmp_path, f"# Title\n\n```{{{name}\n62\n```\n")
    assert "hides its text" in fault


def test_the_parser_is_that_of_the_book() -> None:
    config = yaml.safe_load((PROJECT.root / "_config.yml").read_text(encoding="utf-8"))
    assert sorted(config["parse"]["myst_enable_extensions"]) == sorted(EXTENSIONS)


def test_reading_a_page_gives_directives_with_their_parts() -> None:
    page = read_page("::::{note}\n:::{exercise} T\n:label: a\n\nText.\n:::\n::::\n", first_line=10)
    outer, inner = page.directives
    assert (outer.name, outer.nested, outer.line) == ("note", False, 10)
    assert (inner.name, inner.argument, inner.options, inner.nested, inner.line) == (
        "exercise",
        "T",
        {"label": "a"},
        True,
        11,
    )
    assert [passage.text for passage in page.passages] == ["T", "Text."]


# Captions, alt texts, statements and notes


@pytest.mark.parametrize(
    "code",
    [
        'chapter.figure(frame, "fig-a", caption="A share of 62 %.", alt="Bars")',
        'chapter.figure(frame, "fig-a", caption="Bars", alt="A bar of 62 %")',
        'chapter.table(frame, "tab-a", caption=f"{len(frame)} rows, 62 of them good")',
        'chapter.table(frame, "tab-a", caption=f"{62.3} rows")',
        'chapter.table(frame, "tab-a", caption="Rows: " + "62")',
        'chapter.table(frame, "tab-a", caption="{} of 62".format(len(frame)))',
        'chapter.table(frame, "tab-a", caption="one " "and 62")',
        'chapter.table(frame, "tab-a", caption="good 62" if len(frame) else "bad")',
        'words = "a share of 62 %"\nchapter.table(frame, "tab-a", caption=f"Table: " + words)',
        'chapter.claim("a", frame.mean(), n=len(frame), statement="The share is 62 %")',
        'chapter.not_testable("a", missing="x", statement="The share is 62 %")',
        'chapter.check("a", frame.readings(), statement="A share", note="it was 62")',
        'checks = {"a": {"published_id": "a", "statement": "The share is 62 %"}}',
    ],
)
def test_a_number_in_a_caption_or_statement_is_refused(tmp_path: Path, code: str) -> None:
    (fault,) = complaints(tmp_path, code)
    assert "62" in fault
    assert "f-string" in fault
    assert "code cell 2 of 3" in fault


@pytest.mark.parametrize(
    "code",
    [
        'chapter.figure(frame, "fig-62", caption=f"{len(frame):.62f} of {len(frame)} rows.", alt="Bars")',
        'chapter.figure(frame, "fig-a", caption="Shares in 0-20 cm with 95 % intervals, as in Fig. 2a.", alt="D50")',
        'chapter.table(frame, "tab-a", caption=f"Mean of {frame["62"].mean():.1f}", formats={"a": ".62f"})',
        'chapter.table(frame, "tab-a", caption="Where $x_{62}$ and `62` stand")',
        'chapter.claim("a-62", frame.mean(), n=len(frame), statement="The share of the top layer")',
        'other = dict(title="62")',
    ],
)
def test_what_an_f_string_fills_in_is_accepted(tmp_path: Path, code: str) -> None:
    if "frame[" in code:
        code = code.replace('frame["62"]', "frame['62']")
    assert [fault for fault in complaints(tmp_path, code) if "characters in a line" not in fault] == []


# Literals where a result belongs


@pytest.mark.parametrize(
    "code",
    [
        "chapter.glue(xiao2023_share_percent=62.3)",
        "chapter.glue(xiao2023_share_percent=-62.3 + 1 / 2)",
        "chapter.glue(xiao2023_share_percent=float(62.3))",
        "chapter.glue(xiao2023_share_percent=round(62.345, 1))",
        "chapter.glue(xiao2023_share_percent=np.round(np.array([62.345]), 1)[0])",
        "chapter.glue(xiao2023_share_percent=np.float64('62.3').item())",
        "share = 62.3\nchapter.glue(xiao2023_share_percent=share)",
        "share = 0.623\npercent = 100 * share\nchapter.glue(xiao2023_share_percent=percent)",
        "share, other = 62.3, len(frame)\nchapter.glue(xiao2023_share_percent=share)",
        "share = frame.mean()\nshare = 62.3\nchapter.glue(xiao2023_share_percent=share)",
        "shares = {'top': 62.3}\nchapter.glue(xiao2023_share_percent=shares['top'])",
        "shares = [57, 62]\nchapter.glue(xiao2023_share_percent=sum(shares) / len(shares))",
        "shares = dict(xiao2023_share_percent=62.3)\nchapter.glue(**shares)",
        "chapter.glue(**{'xiao2023_share_percent': 62.3})",
        "for share in [57, 62]:\n    chapter.glue(xiao2023_share_percent=share)",
        "chapter.glue(xiao2023_share_percent=max([x for x in (57, 62)]))",
        "chapter.glue(xiao2023_share_percent=62 if len(frame) else frame.mean())",
        "chapter.glue(xiao2023_name='tundra')",
        "name = 'tundra'\nchapter.glue(xiao2023_name=f'{name}')",
        "chapter.claim('a', 62.3, n=len(frame), statement='A')",
        "chapter.claim('a', ours=62.3, n=len(frame), statement='A')",
        "chapter.claim('a', frame.mean(), 60, frame.max(), n=len(frame), statement='A')",
        "chapter.claim('a', frame.mean(), high=60, n=len(frame), statement='A')",
        "chapter.claim('a', frame.mean(), n=559, statement='A')",
        "chapter.check('a', {'one': (57, 62)}, statement='A')",
        "chapter.check('a', {'one': frame.range(), 'two': Interval(57, 62)}, statement='A')",
        "readings = {'one': (57, 62)}\nchapter.check('a', readings, statement='A')",
        "chapter.check('a', readings={'one': (57, 62)}, statement='A')",
        "chapter.recovery('a', {'coverage': 0.95, 'n_replicates': len(frame)}, statement='A')",
        "summary = {'coverage': 0.95}\nchapter.recovery('a', summary, statement='A')",
        "checks = {'a': {'published_id': 'a', 'readings': {'one': Interval(57, 62)}}}",
        "checks = {}\nchecks['a'] = {'published_id': 'a', 'readings': {'one': (57, 62)}}",
    ],
)
def test_a_typed_value_is_refused(tmp_path: Path, code: str) -> None:
    (fault,) = complaints(tmp_path, code)
    assert "typed value" in fault
    assert "compute it" in fault


@pytest.mark.parametrize(
    "code",
    [
        "chapter.glue(xiao2023_share_percent=100 * frame['share'].mean())",
        "share = 62.3\nshare = frame.mean()\nchapter.glue(xiao2023_share_percent=share)",
        "total = 0\nfor row in frame:\n    total += row\nchapter.glue(xiao2023_total_count=total)",
        "found = {}\nfound['a'] = frame.mean()\nchapter.glue(xiao2023_share_percent=found['a'])",
        "found = {'a': []}\nfound['a'].append(frame.mean())\nchapter.glue(xiao2023_share_percent=found['a'][0])",
        "found = {}\nfound.update(a=frame.mean())\nchapter.glue(xiao2023_share_percent=found['a'])",
        "names = ['a', 'b']\nchapter.glue(xiao2023_share_percent=sum(frame[name] for name in names))",
        "for name in ['a', 'b']:\n    chapter.glue(**{f'xiao2023_{name}': frame[name]})",
        "chapter.glue(xiao2023_share_percent=published.get('xiao2023-share').value)",
        "chapter.glue(xiao2023_draw=np.random.default_rng(1).normal())",
        "chapter.glue(xiao2023_state=chapter.state)",
        "chapter.claim('a', frame.mean(), None, None, n=1, statement='A')",
        "chapter.claim('a', ours=frame.mean(), low=None, n=len(frame), statement='A')",
        "chapter.check('a', {'one': Interval(0, frame.max())}, statement='A')",
        "readings = {name: (frame.min(), frame.max()) for name in ['a']}\nchapter.check('a', readings, statement='A')",
        "chapter.recovery('a', frame.summary(), statement='A')",
        "if len(frame):\n    chapter.glue(xiao2023_n=len(frame))",
        "other = {'glue': 62}\nother.get('glue', 62)",
    ],
)
def test_a_computed_value_is_accepted(tmp_path: Path, code: str) -> None:
    assert complaints(tmp_path, code) == []


def test_what_one_cell_types_is_known_in_the_next(tmp_path: Path) -> None:
    body = cell("share = 62.3") + "\nProse.\n\n" + cell("chapter.glue(xiao2023_share_percent=share)")
    path = chapter(tmp_path, body)
    (fault,) = lint_notebook(path)
    assert "code cell 3 of 4" in fault
    line = int(fault.split("line ")[1].split(" ")[0])
    assert path.read_text().split("\n")[line - 1] == "chapter.glue(xiao2023_share_percent=share)"


def test_the_chapter_may_have_another_name(tmp_path: Path) -> None:
    assert len(complaints(tmp_path, "page = Chapter('xiao2023/roots')\npage.glue(xiao2023_a=1)")) == 1


def test_glue_keys_begin_with_the_paper(tmp_path: Path) -> None:
    (fault,) = complaints(tmp_path, "chapter.glue(share_percent=frame.mean())")
    assert "must begin with xiao2023_" in fault


@pytest.mark.parametrize(
    ("expression", "typed"),
    [("1", True), ("(1, unknown)", False), ("-x", True), ("x + unknown", False), ("x.real", True), ("f(x)", False)],
)
def test_flow(expression: str, typed: bool) -> None:
    flow = Flow()
    flow.see(ast.parse("x = 1").body[0])
    assert flow.typed_in(ast.parse(expression, mode="eval").body) is typed


# Style of cells


@pytest.mark.parametrize(
    ("code", "complaint"),
    [
        ("\n".join(f"x{i} = frame" for i in range(16)), "16 lines; a cell has at most 15"),
        ("# comment\n" + "\n\n".join(f"x{i} = frame" for i in range(15)), "16 lines"),
        (f"x = '{'a' * 90}'", "96 characters"),
        ("def share(x):\n    return x", "defines share"),
        ("async def share(x):\n    return x", "defines share"),
        ("class Share:\n    pass", "defines Share"),
        ("share = lambda x: x", "names a lambda"),
        ("import importlib", "imports importlib"),
        ("from importlib import import_module", "imports importlib"),
        ("__import__('os')", "calls __import__"),
        ("exec('x = 1')", "calls exec"),
        ("from IPython.display import display as show", "imports IPython"),
        ("from myst_nb import glue", "imports myst_nb"),
        ("import subprocess", "imports subprocess"),
        ("plt.show()", "calls plt.show"),
        ("display(frame)", "calls display"),
        ("show_figure(frame)", "calls show_figure"),
        ("with open(frame.name) as stream:\n    pass", "calls open"),
        ("folder = '../data'", "'../data'"),
        ("folder = './data'", "'./data'"),
        ("folder = '/data/roots'", "'/data/roots'"),
        ("table = frame.read_csv('roots.csv')", "frame.read_csv of a file"),
        ("table = np.load('roots.npy')", "np.load of a file"),
        ("%matplotlib inline", "a magic"),
        ("!ls", "a magic"),
        ("x = = 1", "no valid Python"),
    ],
)
def test_style_is_refused(tmp_path: Path, code: str, complaint: str) -> None:
    (fault,) = complaints(tmp_path, code)
    assert complaint in fault
    assert "code cell 2 of 3" in fault


@pytest.mark.parametrize(
    ("code", "tags"),
    [
        ("\n\n".join(f"x{i} = frame" for i in range(15)), ""),
        (f"x = '{'a' * 82}'", ""),
        ("def share(x):\n    return x", "lesson"),
        ("share = lambda x: x", "lesson, hide-input"),
        ("shares = sorted(frame, key=lambda row: row.share)", ""),
        ("print(frame.mean())", ""),
        ("frame.plot.show_labels()", ""),
        ("value = 7 % frame", ""),
        ("label = 'Mg ha⁻¹ / yr'", ""),
        ("table = frame.read_csv(frame.path)", ""),
        ("profiles = chapter.load(frame.read, frame.simulate)", ""),
        ("curve = published.load('xiao2023')", ""),
    ],
)
def test_style_is_accepted(tmp_path: Path, code: str, tags: str) -> None:
    assert complaints(tmp_path, code, tags) == []


def test_lines_are_counted_without_the_options_of_the_cell(tmp_path: Path) -> None:
    path = chapter(tmp_path, cell("x = frame\nplt.show()", "hide-input"))
    (fault,) = lint_notebook(path)
    line = int(fault.split("line ")[1].split(" ")[0])
    assert path.read_text().split("\n")[line - 1] == "plt.show()"


def test_a_code_cell_within_a_directive_is_refused(tmp_path: Path) -> None:
    faults = lint_notebook(chapter(tmp_path, "````{note}\n```{code-cell} ipython3\n1\n```\n````\n"))
    assert any("within a directive does not run" in fault for fault in faults)


# Parts of a chapter


def test_a_chapter_with_all_its_parts_is_accepted(tmp_path: Path) -> None:
    assert lint_notebook(chapter(tmp_path)) == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("# Roots\n", "", "no title"),
        ("hang on?", "hang on.", "not followed by the chapter's question"),
        ("How deep do roots go, and what does the answer hang on?\n", "", "not followed by the chapter's question"),
        ("You will learn", "You learn", "no admonition 'You will learn'"),
        ("- a third thing.\n", "", "has 2 bullets"),
        ("- a third thing.\n", "- a third thing.\n- a fourth.\n", "has 4 bullets"),
        ("*Time:* 40 minutes. *You need:* means and quantiles.", "*You need:* means.", "no line with 'Time:'"),
        ("*You need:* means and quantiles.", "", "no line with 'Time:'"),
        ("{claims} xiao2023/roots", "{claims} xiao2023/claims", "no directive {claims} xiao2023/roots"),
        ("```{claims} xiao2023/roots\n```\n", "", "no directive {claims} xiao2023/roots"),
    ],
)
def test_a_missing_part_of_the_opening_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in OPENING
    (fault,) = lint_notebook(chapter(tmp_path, opening=OPENING.replace(old, new)))
    assert fault.startswith("notebooks/xiao2023/roots.md, line ")
    assert complaint in fault


def test_the_opening_stands_before_the_first_cell(tmp_path: Path) -> None:
    title, rest = OPENING.split("\n:::{admonition}")
    body = "\n:::{admonition}" + rest
    faults = lint_notebook(chapter(tmp_path, body, opening=title + "\n"))
    assert len(faults) == 3
    assert all("before the first cell" in fault for fault in faults)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("```{solution} roots-two\nThat.\n```\n", "", "no solution for the exercise roots-two"),
        ("```{solution} roots-two", "```{solution} roots-three", "no solution for the exercise roots-two"),
        (":label: roots-two\n", "", "it has no label"),
        ("```{solution-end}\n```\n", "", "1 solution-start and 0 solution-end"),
        ("## Further reading", "## Reading", "no section 'Further reading'"),
    ],
)
def test_a_missing_part_of_the_ending_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    assert old in ENDING
    (fault,) = lint_notebook(chapter(tmp_path, ending=ENDING.replace(old, new)))
    assert complaint in fault


def test_one_exercise_is_too_few(tmp_path: Path) -> None:
    start, end = ENDING.index("```{exercise-start}"), ENDING.index("## Further")
    (fault,) = lint_notebook(chapter(tmp_path, ending=ENDING[:start] + ENDING[end:]))
    assert "1 exercises; a chapter has at least two" in fault


# The project


def test_a_project_is_linted_page_by_page(tmp_path: Path) -> None:
    chapter(tmp_path, "A share of 62 %.\n")
    (tmp_path / "notebooks" / "xiao2023" / "notes.md").write_text("# Notes\n\n63 of them.\n")
    (tmp_path / "book").mkdir()
    (tmp_path / "book" / "index.md").write_text("# Book\n\n64 of them.\n")
    faults = lint_project(Project(tmp_path))
    assert [fault.partition(",")[0] for fault in faults] == [
        "book/index.md",
        "notebooks/xiao2023/notes.md",
        "notebooks/xiao2023/roots.md",
    ]


PAGES = sorted([*PROJECT.root.glob("notebooks/**/*.md"), *PROJECT.root.glob("book/*.md")])


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(PROJECT.root).as_posix())
def test_the_pages_of_this_project(path: Path) -> None:
    assert (lint_notebook(path) if is_notebook(path) else lint_prose(path)) == []
