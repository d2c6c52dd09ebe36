"""The ledger's page: a row and its cell lead to each other, the filter works in a browser, other pages link to it."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from coldcarbon.book.anchors import LEDGER_PAGE, anchor_of, row_anchor_of
from coldcarbon.book.front_figure import overview_alt
from coldcarbon.book.pages import Page
from coldcarbon.book.project import Project
from coldcarbon.claims import Claim

pytestmark = pytest.mark.built

Row = dict[str, Any]
SECONDS = 180
MOST_BYTES = 1_500_000
LINKED_ROWS = 3


def test_a_row_and_its_cell_lead_to_each_other(rows: list[Row], every_page: dict[str, Page]) -> None:
    ledger = every_page[LEDGER_PAGE].soup
    for row in rows:
        shown = ledger.find(id=row_anchor_of(row["id"]))
        assert shown is not None, row["id"]
        assert shown.a["href"] == f"../{row['page']}", row["id"]
    lines = {
        line["id"]: line.find_all("a")[-1]["href"]
        for page in every_page.values()
        for line in page.soup.select("div.claim")
    }
    wanted = {anchor_of(row["id"]): f"../../{LEDGER_PAGE}.html#{row_anchor_of(row['id'])}" for row in rows}
    assert lines == wanted


def test_every_row_stands_once_under_its_paper(rows: list[Row], every_page: dict[str, Page]) -> None:
    ledger = every_page[LEDGER_PAGE].soup
    targets = [tag["id"] for tag in ledger.select("table.ledger tbody tr")]
    assert len(set(targets)) == len(targets) == len(rows)
    for section in ledger.select("section[id^=rows-]"):
        paper = section["id"].removeprefix("rows-")
        assert section.h2.get_text().count(paper) == 1
        wanted = {row_anchor_of(row["id"]) for row in rows if row["paper"] == paper}
        assert {tag["id"] for tag in section.select("tbody tr")} == wanted


def test_the_page_stays_light(project: Project) -> None:
    assert (project.html / f"{LEDGER_PAGE}.html").stat().st_size < MOST_BYTES


def test_the_front_page_shows_the_counts_of_the_ledger(rows: list[Row], every_page: dict[str, Page]) -> None:
    front = every_page["book/index"].soup
    claims = [Claim.from_dict(row) for row in rows]
    assert front.select_one("figure.overview img")["alt"] == overview_alt(claims)
    counts = Counter((row["paper"], row["verdict"]) for row in rows)
    for link in front.select("table.counts a"):
        number, _, words = link.get_text().partition(" of ")
        paper, _, verdict = words.partition(": ")
        total = sum(n for (of, _), n in counts.items() if of == paper)
        assert int(number) == (total if verdict == "all" else counts[paper, verdict])


def test_each_finding_quotes_the_ledger(rows: list[Row], every_page: dict[str, Page]) -> None:
    findings = every_page["book/index"].soup.select(".findings > ol > li")
    assert len(findings) == 5
    known = {f"../{LEDGER_PAGE}.html#{row_anchor_of(row['id'])}" for row in rows}
    for finding in findings:
        quoted = [link["href"] for link in finding.find_all("a") if "ledger.html" in link["href"]]
        assert quoted, finding.get_text()
        assert set(quoted) <= known


def test_slips_are_all_listed(rows: list[Row], every_page: dict[str, Page]) -> None:
    links = {link["href"] for link in every_page["book/changes"].soup.select("#slips-in-the-papers a")}
    wrong = [row for row in rows if row["verdict"] == "inconsistent"]
    assert {f"../{LEDGER_PAGE}.html#{row_anchor_of(row['id'])}" for row in wrong} <= links


def test_every_notebook_has_its_time_and_every_data_set_its_hash(
    every_page: dict[str, Page], chapters: dict[str, list[str]]
) -> None:
    page = every_page["book/reproducibility"].soup
    timed = {row.td.get_text(strip=True) for row in page.select("table.timings tbody tr")}
    assert {name.removeprefix("notebooks/") for name in chapters} <= timed
    hashed = {row.td.get_text(strip=True) for row in page.select("table.hashes tbody tr")}
    assert hashed == {name for names in chapters.values() for name in names}
    assert not [row for row in page.select("table.packages tbody tr") if "not locked" in row.get_text()]


@pytest.fixture(scope="module", params=["file", "server"])
def found(
    request: pytest.FixtureRequest,
    project: Project,
    rows: list[Row],
    site: str,
    in_browser: Callable[..., dict[str, Any]],
) -> dict[str, Any]:
    """What a reader in Chromium saw of the filter, the page opened as a file or asked of a server."""
    step = max(1, len(rows) // LINKED_ROWS)
    targets = [row_anchor_of(row["id"]) for row in rows[step - 1 :: step]]
    page = Path(f"{LEDGER_PAGE}.html")
    address = (project.html / page).as_uri() if request.param == "file" else f"{site}{page.as_posix()}"
    return in_browser("ledger.mjs", address, *targets, seconds=SECONDS)


def test_without_its_script_the_whole_ledger_stands_there(found: dict[str, Any], rows: list[Row]) -> None:
    assert found["withoutScript"] == {"rows": len(rows), "hidden": 0, "controls": 0}
    assert not found["errors"]


def test_each_choice_shows_its_rows_and_no_other(found: dict[str, Any], rows: list[Row]) -> None:
    assert found["all"]["rows"] == len(rows)
    for name, seen_as in (("paper", "papers"), ("verdict", "verdicts"), ("evidence", "evidence")):
        counts = Counter(row[name] or "none" for row in rows)
        assert set(found["choices"][name]) == set(counts), name
        for value, seen in found["choices"][name].items():
            assert seen[seen_as] == [value]
            assert seen["rows"] == counts[value], value
            assert seen["said"] == f"{counts[value]} of {len(rows)} rows shown"
            assert seen["headings"] == len(seen["papers"]), "a part without rows is hidden"


def test_keyboard_and_words_narrow_it_and_the_address_keeps_both(found: dict[str, Any], rows: list[Row]) -> None:
    differing = [row for row in rows if row["verdict"] == "differs"]
    assert found["typed"]["rows"] == len(differing)
    assert found["typed"]["query"] == "?verdict=differs"
    assert 0 < found["words"]["rows"] < len(differing)
    assert all(word in found["words"]["first"].lower() for word in ("differs", "mean", "bnpp"))
    assert found["words"]["query"].startswith("?verdict=differs&words=MEAN")
    assert (found["again"]["rows"], found["again"]["query"]) == (len(rows), "")
    assert found["live"] == "polite"
    assert found["labels"] == [1, 1, 1, 1]


def test_a_link_names_a_filter(found: dict[str, Any], rows: list[Row]) -> None:
    wanted = [row for row in rows if (row["paper"], row["verdict"]) == ("xiao2023", "same conclusion")]
    assert found["named"]["rows"] == len(wanted)
    assert (found["named"]["papers"], found["named"]["verdicts"]) == (["xiao2023"], ["same conclusion"])
    assert found["unknown"]["rows"] == len(rows)
    assert (found["none"]["rows"], found["none"]["headings"]) == (0, 0)


def test_a_link_to_a_row_brings_it_into_view_whatever_the_filter(found: dict[str, Any]) -> None:
    assert len(found["linked"]) >= LINKED_ROWS
    assert all(found["linked"].values()), found["linked"]
