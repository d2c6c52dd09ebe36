"""Each directive and the role on a page of a small book, and each way in which they must complain."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from io import StringIO
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

from coldcarbon.book import extension
from coldcarbon.book.directives import FEW
from coldcarbon.claims import update
from support import claim_row, row_without_evidence

ROWS = [
    claim_row(),
    claim_row("han2022/mini/slip", evidence="printed", verdict="inconsistent", reason="sites implies 44"),
    *(row_without_evidence(f"han2022/mini/file-{i}") for i in range(FEW + 1)),
]
LEDGER = "# Ledger\n\n```{ledger}\n```\n"


@dataclass
class Built:
    warnings: str
    page: BeautifulSoup


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Built]:
    """Build a page of prose beside a ledger; returns the page and the warnings."""
    root = tmp_path / "checkout"
    (root / "notebooks").mkdir(parents=True)
    (root / "book" / "_build").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]\nname = 'mini'\ndependencies = ['click']\n", encoding="utf-8")
    (root / "requirements.lock").write_text("click==1.0\n", encoding="utf-8")
    (root / "CHANGELOG.md").write_text("# Changes\n\n## 0.1\n\n- A *first* thing.\n\n", encoding="utf-8")

    def fill(app: Sphinx) -> None:
        app.coldcarbon_book.claims = {row.id: row for row in ROWS}  # type: ignore[attr-defined]

    monkeypatch.setattr(extension, "run_notebooks", fill)

    def run(text: str, *, ledger: str | None = LEDGER) -> Built:
        (root / "book" / "page.md").write_text(f"# Page\n\n{text}\n", encoding="utf-8")
        toc = ["book/page"]
        if ledger:
            (root / "book" / "ledger.md").write_text(ledger, encoding="utf-8")
            toc.append("book/ledger")
        pages = "\n".join(toc)
        (root / "index.md").write_text(f"# Book\n\n```{{toctree}}\n{pages}\n```\n", encoding="utf-8")
        warnings = StringIO()
        settings = {
            "extensions": ["myst_nb", "coldcarbon.book"],
            "master_doc": "index",
            "exclude_patterns": ["book/_build/**", "CHANGELOG.md"],
            "nitpicky": True,
            "numfig": True,
            "html_theme": "basic",
        }
        out = root / "book/_build/html"
        with docutils_namespace():  # each book of this process registers its nodes anew
            app = Sphinx(root, None, out, out / ".doctrees", "html", settings, StringIO(), warnings, freshenv=True)
            app.build()
        html = (out / "book/page.html").read_text(encoding="utf-8")
        return Built(warnings.getvalue(), BeautifulSoup(html, "html.parser"))

    return run


def test_the_role_prints_a_number_and_links_to_its_row(build: Callable[..., Built]) -> None:
    built = build("It is {ledger}`xiao2023/mini/n:ours`, printed {ledger}`xiao2023/mini/n:published`.")
    assert built.warnings == ""
    assert "It is 59.3\N{NO-BREAK SPACE}%, printed about" in built.page.get_text()
    links = [link["href"] for link in built.page.select("p a.reference.internal")]
    assert links == ["../book/ledger.html#row-xiao2023-mini-n"] * 2


def test_the_role_complains_with_page_and_line(build: Callable[..., Built]) -> None:
    wrong = {
        "xiao2023/mini/gone:ours": "the ledger has no row 'xiao2023/mini/gone'",
        "xiao2023/mini/n": "the ledger has no row ''",
        "xiao2023/mini/n:size": "'size' is none of ours",
        "han2022/mini/file-1:ours": "the row has no 'ours'",
    }
    warnings = build("\n\n".join(f"It is {{ledger}}`{role}`." for role in wrong)).warnings
    for line, complaint in zip((3, 5, 7, 9), wrong.values(), strict=True):
        assert re.search(rf"page\.md:{line}\W.*{re.escape(complaint)}", warnings), complaint


def test_in_a_book_of_some_chapters_the_role_prints_what_is_recorded(
    build: Callable[..., Built], tmp_path: Path
) -> None:
    update(tmp_path / "checkout/results/ledger.json", [claim_row("liu2022/other/n", ours=57.0)], version="0.1")
    built = build("It is {ledger}`liu2022/other/n:ours`.")
    assert built.warnings == ""
    assert re.search(r"It is 57\W% \(recorded \d{4}-\d\d-\d\d\)\.", built.page.get_text())
    assert not built.page.select("p a.reference.internal")


def test_without_a_ledger_page_the_role_links_nowhere(build: Callable[..., Built]) -> None:
    built = build("It is {ledger}`xiao2023/mini/n:ours`.", ledger=None)
    assert built.warnings == ""
    assert not built.page.select("p a.reference.internal")


def test_the_overview_is_a_figure_with_its_numbers_in_words(build: Callable[..., Built]) -> None:
    built = build("```{overview}\n```")
    assert built.warnings == ""
    assert f"han2022: 1 inconsistent, {FEW + 1} not testable." in built.page.select_one("figure img")["alt"]
    assert f"All {len(ROWS)} rows" in built.page.select_one("figcaption").get_text()


def test_counts_lead_to_the_filtered_ledger(build: Callable[..., Built]) -> None:
    built = build("```{verdicts}\n```")
    link = next(link for link in built.page.select("table.counts a") if link["href"].endswith("#rows-han2022"))
    assert link["href"] == "../book/ledger.html?paper=han2022&verdict=inconsistent#rows-han2022"
    assert link.get_text() == "1 of han2022: inconsistent"


def test_coverage_counts_printed_numbers_and_those_of_the_abstract(build: Callable[..., Built]) -> None:
    lines = [item.get_text() for item in build("```{coverage}\n```").page.select("section > ul")[0].select("li")]
    assert len(lines) == 5
    assert re.fullmatch(r"xiao2023: 1 printed numbers have a row, among them 0 of the \d+ that .*", lines[0].strip())


def test_headlines_are_those_of_one_paper(build: Callable[..., Built], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(globals(), "ROWS", [replace(row, headline=row is ROWS[1]) for row in ROWS])
    built = build("```{headlines} han2022\n```")
    assert built.warnings == ""
    assert [row.select_one(".verdict").get_text() for row in built.page.select("table.claims tbody tr")] == [
        "inconsistent"
    ]


def test_claims_of_a_chapter_fold_what_nothing_can_test(build: Callable[..., Built]) -> None:
    page = build("```{claims} han2022/mini\n```").page
    first, folded = page.select("table.claims")
    assert len(first.select("tbody tr")) == 1
    assert len(folded.select("tbody tr")) == FEW + 1
    assert folded.find_parent(class_="dropdown")


def test_the_build_is_described(build: Callable[..., Built]) -> None:
    words = {
        "versions": "Data state: ",
        "packages": "click",
        "data": "No chapter uses data.",
        "timings": "This build has run no notebook.",
    }
    built = build("\n\n".join(f"```{{build}} {part}\n```" for part in words))
    assert built.warnings == ""
    assert all(word in built.page.get_text() for word in words.values())


def test_an_unknown_part_of_the_build_is_refused(build: Callable[..., Built]) -> None:
    assert "'size' is none of versions, packages, data, timings" in build("```{build} size\n```").warnings


def test_slips_changes_and_changelog_stand_on_a_page(build: Callable[..., Built], tmp_path: Path) -> None:
    update(tmp_path / "checkout/results/ledger.json", ROWS[:1], version="0.1")
    built = build("```{slips}\n```\n\n```{changes}\n```\n\n## Project\n\n```{changelog}\n```")
    assert built.warnings == ""
    assert "sites implies 44" in built.page.get_text()
    assert [cell.get_text().strip() for cell in built.page.select("table.counts tbody td")][1:3] == ["added", "1"]
    assert built.page.select_one("section section h3").get_text().startswith("0.1")
    assert built.page.select_one("em").get_text() == "first"
