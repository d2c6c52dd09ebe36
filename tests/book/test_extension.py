"""The build: what it puts on a page, and each way in which it must fail, naming page and cell."""

import json
import re
from dataclasses import dataclass
from io import StringIO

import nbformat
import pytest
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from coldcarbon import catalogue
from coldcarbon.claims import Claim, update
from support import HEADER, cell

PAGE = (
    HEADER
    + """
# Mini

"""
)
FIRST = 'from coldcarbon.chapter import Chapter\nchapter = Chapter("xiao2023/mini", datasets=[])'
FIGURE = """
import matplotlib.pyplot as plt
fig, ax = plt.subplots()
ax.plot([0, 1], [0, 1])
ax.set(xlabel="depth (cm)", ylabel="share (%)")
chapter.figure(fig, "fig-mini", caption="A {glue:text}`xiao2023_share:.1f` line", alt="A line", evidence="printed")
"""
CLAIM = """
chapter.check("xiao2023-n-npp-profiles", {"both sources": (367 + 358, 367 + 358)}, statement="Profiles add up")
chapter.glue(xiao2023_share=57.26)
"""
PROSE = "\nThe share is {glue:text}`xiao2023_share:.1f` %, see {numref}`fig-mini`.\n"


@dataclass
class Built:
    app: Sphinx
    warnings: str

    def page(self, name):
        return (self.app.outdir / f"{name}.html").read_text(encoding="utf-8")


@pytest.fixture
def build(tmp_path):
    """Build a book of one notebook and one page of prose; returns pages and warnings."""
    root = tmp_path / "checkout"
    (root / "notebooks/xiao2023").mkdir(parents=True)
    (root / "book/_build").mkdir(parents=True)
    (root / "requirements.lock").write_text("numpy==1\n", encoding="utf-8")
    (root / "pyproject.toml").write_text("[project]\nname = 'mini'\n", encoding="utf-8")

    def run(
        *cells,
        first=FIRST,
        prose=PROSE,
        index="# Book\n\n```{ledger}\n```\n\n```{verdicts}\n```\n\n```{datasets}\n```\n",
    ):
        text = PAGE + "".join(cell(code) for code in (first, *cells)) + prose
        (root / "notebooks/xiao2023/mini.md").write_text(text, encoding="utf-8")
        toc = "\n```{toctree}\nnotebooks/xiao2023/mini\n```\n"
        (root / "index.md").write_text(index + toc, encoding="utf-8")
        warnings = StringIO()
        settings = {
            "extensions": ["myst_nb", "coldcarbon.book"],
            "master_doc": "index",
            "exclude_patterns": ["book/_build/**", "**/*.ipynb"],
            "nb_execution_mode": "cache",
            "nb_execution_raise_on_error": True,
            "numfig": True,
            "nitpicky": True,
            "html_theme": "basic",
        }
        out = root / "book/_build/html"
        app = Sphinx(root, None, out, out / ".doctrees", "html", settings, StringIO(), warnings, freshenv=True)
        app.build()
        return Built(app, warnings.getvalue())

    return run


def test_a_good_book(build):
    built = build(CLAIM, FIGURE)
    assert built.warnings == ""
    page = built.page("notebooks/xiao2023/mini")
    assert re.search("The share is <span[^>]*>57.3</span> %", page)
    assert 'alt="A line. From the paper."' in page
    assert "From the paper" in page
    assert 'id="claim-xiao2023-mini-n-npp-profiles"' in page
    assert "commit unknown (not a git checkout)" in page
    assert "Data state: no data needed." in page
    index = built.page("index")
    assert 'href="notebooks/xiao2023/mini.html#claim-xiao2023-mini-n-npp-profiles"' in index
    assert "verdict-consistent" in index
    assert "schenk-jackson-root-profiles" in index
    rows = json.loads((built.app.srcdir / "book/_build/claims.json").read_text(encoding="utf-8"))
    assert [Claim.from_dict(row).verdict for row in rows] == ["consistent"]
    handed_out = nbformat.read(built.app.outdir / "notebooks/xiao2023/mini.ipynb", as_version=4)
    assert "The share is 57.3 %" in handed_out.cells[-1].source


def test_an_answer_is_one_line(build):
    built = build(CLAIM, FIGURE, 'chapter.answer("e-share", "share of roots", 57.26, "%")')
    page = built.page("notebooks/xiao2023/mini")
    assert re.search(r'<div class="answer[^>]*>\s*<p><strong>Answer:</strong> share of roots = 57.26 %</p>', page)


def test_an_unchanged_notebook_is_not_run_again(build):
    first = build(CLAIM, FIGURE).app.coldcarbon_book.records
    second = build(CLAIM, FIGURE, prose=PROSE + "\nMore words.\n").app.coldcarbon_book.records
    assert second == first


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ((CLAIM, FIGURE, "1 / 0"), r"notebooks/xiao2023/mini, code cell 4 of 4 .*ZeroDivisionError"),
        ((CLAIM, FIGURE, "import warnings\nwarnings.warn('look')"), "code cell 4 of 4 .*stderr"),
        ((CLAIM, FIGURE, "import pandas as pd\npd.DataFrame({'a': [1]})"), "code cell 4 of 4 .*table without evidence"),
        ((CLAIM, FIGURE, "from IPython.display import display\ndisplay(fig)"), "code cell 4 of 4 .*figure without"),
        ((CLAIM, FIGURE, 'chapter.answer("e", "rain", 3.0, "Kgs")'), "mini, e, 'rain': the unit 'Kgs' is not known"),
        ((CLAIM, CLAIM, FIGURE), "two ledger rows are called 'xiao2023/mini/n-npp-profiles'"),
    ],
)
def test_a_faulty_cell_stops_the_build(build, cells, complaint):
    with pytest.raises((ExtensionError, ValueError), match=f"(?s){complaint}"):
        build(*cells)


@pytest.mark.parametrize(
    ("prose", "complaint"),
    [
        ("\n{glue:text}`xiao2023_absent`\n", "xiao2023_absent"),
        ("\n{numref}`fig-absent`\n", "fig-absent"),
        ("\n![](picture.png)\n", "no alt text"),
    ],
)
def test_a_faulty_page_is_warned_of(build, prose, complaint, tmp_path):
    (tmp_path / "checkout/notebooks/xiao2023/picture.png").write_bytes(b"\x89PNG\r\n")
    built = build(CLAIM, FIGURE, prose=PROSE + prose)
    assert complaint in built.warnings
    assert "mini" in built.warnings


def test_a_chapter_of_another_name_is_refused(build):
    with pytest.raises(ExtensionError, match="needs one Chapter"):
        build(first='chapter = Chapter("xiao2023/other", datasets=[])')


def test_damaged_data_stop_the_build(build, monkeypatch):
    def damaged(_names):
        raise catalogue.DataCorruptError("roots.csv is not what the catalogue pins")

    monkeypatch.setattr(catalogue, "state", damaged)
    monkeypatch.setattr(catalogue, "declared", lambda _path: ("xiao2023/mini", ["srdb"]))
    with pytest.raises(ExtensionError, match=r"roots\.csv"):
        build(CLAIM)


def test_without_data_the_recorded_row_is_shown_as_such(build, tmp_path, monkeypatch):
    monkeypatch.setenv("COLDCARBON_DATA", "simulated")
    row = Claim(
        id="xiao2023/mini/n-root-profiles",
        published_id="xiao2023-n-root-profiles",
        paper="xiao2023",
        chapter="xiao2023/mini",
        statement="Profiles",
        headline=False,
        published=559.0,
        unit="count",
        comparison="eq",
        ours=559.0,
        low=None,
        high=None,
        n=232,
        evidence="real",
        tolerance=0.5,
        tolerance_kind="absolute",
        verdict="reproduced",
        reason="559 and 559 agree within 0.5",
        page="elsewhere.html",
        datasets=["schenk-jackson-root-profiles"],
    )
    update(tmp_path / "checkout/results/ledger.json", [row], version="0.1")
    data = 'chapter = Chapter("xiao2023/mini", datasets=["schenk-jackson-root-profiles"])'
    claim = 'chapter.claim("xiao2023-n-root-profiles", 3, n=3, statement="Profiles")'
    other = 'chapter.claim("xiao2023-pdd-obs-0-20", 3, n=3, statement="Share")'
    built = build(CLAIM, FIGURE, claim, other, first=f"from coldcarbon.chapter import Chapter\n{data}")
    claims = built.app.coldcarbon_book.claims
    assert (claims[row.id].computed, claims[row.id].verdict) == ("recorded", "reproduced")
    assert claims["xiao2023/mini/pdd-obs-0-20"].verdict == "not testable"
    page = built.page("notebooks/xiao2023/mini")
    assert "reproduced (recorded " in page
    assert "This page was built without schenk-jackson-root-profiles" in page
