"""A small chapter of its own is run: what is written, what it asks of hosts, and how it fails."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import click
import nbformat
import pytest

from coldcarbon import catalogue
from coldcarbon.book.build import absences
from coldcarbon.book.pages import Page, is_foreign
from coldcarbon.book.pdf import QUIET, find_browser
from coldcarbon.book.project import find_project
from coldcarbon.book.run import page_of, run_chapter
from support import HEADER

CHAPTER = (
    HEADER
    + """
# Roots & depth

```{code-cell} ipython3
import matplotlib.pyplot as plt
from coldcarbon.chapter import Chapter
chapter = Chapter("xiao2023/small", datasets=["schenk-jackson-root-profiles"])
```

```{code-cell} ipython3
fig, ax = plt.subplots()
ax.plot([0, 1])
ax.set(xlabel="depth (m)", ylabel="share")
chapter.figure(fig, "fig-a", caption="A line.", alt="A rising line")
chapter.glue(xiao2023_share_percent=12.345)
```

The share is {glue:text}`xiao2023_share_percent:.1f` %, with $c = \\frac{1}{2}$.
"""
)
MATHJAX = find_project(Path(__file__).parent).root / "book" / "_static" / "mathjax" / "tex-mml-chtml.js"


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCARBON_DATA", "simulated")
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")


def put(folder: Path, text: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "small.md"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.usefixtures("simulated")
def test_a_chapter_outside_a_checkout_is_run_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    notebook = put(tmp_path / "bundle" / "notebooks" / "xiao2023", CHAPTER)
    shutil.copytree(MATHJAX.parent, tmp_path / "bundle" / "book" / "_static" / "mathjax")
    written = run_chapter(notebook, tmp_path / "out" / "deep")
    assert [path.relative_to(tmp_path).as_posix() for path in written] == [
        "out/deep/small.ipynb",
        "out/deep/small.html",
    ]

    executed = nbformat.read(written[0], as_version=4)
    nbformat.validate(executed)
    assert [cell.execution_count for cell in executed.cells if cell.cell_type == "code"] == [1, 2]
    assert "The share is 12.3 %" in executed.cells[-1].source

    text = written[1].read_text(encoding="utf-8")
    page = Page(text)
    assert page.soup.title is not None
    assert page.soup.title.string == "Roots & depth"
    assert not [a for a in page.requests if is_foreign(a)]
    assert not [a for a in page.requests if not a.startswith("data:")], "the page must stand alone"
    assert "A rising line. Simulated." in [picture["alt"] for picture in page.soup.find_all("img")]
    assert "The share is 12.3 %" in page.soup.get_text()
    assert "Data state of xiao2023/small: simulated" in page.soup.get_text()
    assert "data state simulated" in capsys.readouterr().err
    # Every font that MathJax may want is in the page, and no other place is left to ask.
    assert len(set(re.findall(r'"(MathJax_[\w-]+\.woff)": "data:font/woff', text))) == len(
        [*MATHJAX.parent.rglob("*.woff")]
    )


@pytest.mark.usefixtures("simulated")
def test_what_the_book_would_refuse_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_chapter(put(tmp_path / "a", CHAPTER.replace("ax.plot([0, 1])", "ax.plot([0, 1]);")), tmp_path / "out")
    assert "refuse" not in capsys.readouterr().err
    shown = CHAPTER.replace("_percent=12.345)\n", "_percent=12.345)\nax\n")
    run_chapter(put(tmp_path / "b", shown), tmp_path / "out")
    assert "the book would refuse this: xiao2023/small, code cell 2 of 2" in capsys.readouterr().err


def test_a_page_without_formulas_leaves_mathjax_out() -> None:
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Words\n\nOnly words.")])
    assert "MathJax" not in page_of(notebook, mathjax=MATHJAX)
    notebook.cells[0].source += " And $x$."
    assert "MathJax = {" in page_of(notebook, mathjax=MATHJAX)
    assert not [a for a in Page(page_of(notebook)).requests if is_foreign(a)], "without MathJax beside it"


def test_a_browser_draws_the_formulas_from_the_page_alone(tmp_path: Path) -> None:
    try:
        browser = find_browser()
    except click.ClickException as error:
        pytest.skip(error.message)
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(r"# F" + "\n\n" + r"$\frac{1}{\mathcal{L}}$")]
    )
    page = tmp_path / "f.html"
    page.write_text(page_of(notebook, mathjax=MATHJAX), encoding="utf-8")
    command = [browser, "--headless", "--no-sandbox", *QUIET, f"--user-data-dir={tmp_path / 'profile'}"]
    command += ["--virtual-time-budget=10000", "--dump-dom", page.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    drawn = Page(dom)
    assert drawn.soup.select("mjx-container mjx-mfrac")
    faces = [a for a in drawn.requests if "font" in a or a.endswith(".woff")]
    assert faces
    assert all(a.startswith("data:font/woff;base64,") for a in faces)


@pytest.mark.usefixtures("simulated")
def test_a_failing_cell_is_named(tmp_path: Path) -> None:
    notebook = put(tmp_path, CHAPTER.replace('"fig-a"', '"fig-a", colour="red"'))
    with pytest.raises(click.ClickException) as caught:
        run_chapter(notebook, tmp_path / "out")
    assert "xiao2023/small, code cell 2 of 2 ('fig, ax = plt.subplots()')" in caught.value.message
    assert "unexpected keyword argument 'colour'" in caught.value.message
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("a.md", None, "there is no notebook"),
        ("a.md", "# Prose alone\n", "no code cell"),
        ("a.ipynb", "{", "cannot be read"),
        ("a.ipynb", "# text in the wrong file", "cannot be read"),
        ("a.md", HEADER + "```{code-cell} ipython3\nChapter(name)\n```\n", "write it as a literal"),
    ],
)
def test_what_is_no_chapter_is_said_plainly(tmp_path: Path, name: str, text: str | None, complaint: str) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(click.ClickException, match=complaint) as caught:
        run_chapter(tmp_path / name, tmp_path / "out")
    assert name in caught.value.message


def test_wanted_data_that_are_missing_stop_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCARBON_DATA", "real")
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COLDCARBON_MIRROR", raising=False)
    with pytest.raises(click.ClickException, match="schenk-jackson-root-profiles"):
        run_chapter(put(tmp_path, CHAPTER), tmp_path / "out")


def test_a_damaged_file_stops_the_run_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    damaged = tmp_path / "mirror" / "schenk-jackson-root-profiles" / "root_profiles_D50D95.csv"
    damaged.parent.mkdir(parents=True)
    damaged.write_text("not it")
    monkeypatch.setenv("COLDCARBON_MIRROR", str(tmp_path / "mirror"))
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    monkeypatch.delenv("COLDCARBON_DATA", raising=False)
    with pytest.raises(click.ClickException, match=re.escape(str(damaged))):
        run_chapter(put(tmp_path, CHAPTER), tmp_path / "out")


@pytest.mark.usefixtures("simulated")
def test_the_pair_runs_like_its_text(tmp_path: Path) -> None:
    cells = [nbformat.v4.new_code_cell("print('ran')")]
    (tmp_path / "pair.ipynb").write_text(json.dumps(nbformat.v4.new_notebook(cells=cells)))
    ran, _ = run_chapter(tmp_path / "pair.ipynb", tmp_path / "out")
    assert nbformat.read(ran, as_version=4).cells[0].outputs[0].text == "ran\n"


def test_data_that_cannot_be_had_are_named_once_per_reason() -> None:
    offline, gone = catalogue.NetworkError("no connection"), catalogue.NetworkError("404")
    report = catalogue.FetchReport(present=["a"], failed={"b": offline, "c": gone, "d": offline})
    assert absences(report) == ["without b, d: no connection", "without c: 404"]
