"""The data catalogue as a page."""

import re
from html import unescape
from pathlib import Path

import pytest
from docutils import nodes

from coldcarbon import catalogue
from coldcarbon.book.datasets import data_catalogue, label_of
from coldcarbon.book.project import find_project

ROOT = find_project(Path(__file__)).root
DECLARED = {"notebooks/paper/first": ["srdb"], "notebooks/paper/second": ["srdb", "abcflux"]}


@pytest.fixture(scope="module")
def drawn() -> list[nodes.Node]:
    return data_catalogue(DECLARED, ROOT)


@pytest.fixture(scope="module")
def entries(drawn: list[nodes.Node]) -> dict[str, nodes.section]:
    return {node["ids"][0]: node for node in drawn if isinstance(node, nodes.section)}


def facts(entry: nodes.section) -> dict[str, nodes.field]:
    return {next(iter(field.findall(nodes.field_name))).astext(): field[1] for field in entry.findall(nodes.field)}


def html(entry: nodes.section) -> str:
    return "".join(node.astext() for node in entry.findall(nodes.raw))


def test_the_overview_leads_to_every_entry(drawn, entries) -> None:
    links = [link["refid"] for link in drawn[0].findall(nodes.reference)]
    assert links == list(entries) == sorted(catalogue.datasets())
    assert [entry["names"] for entry in entries.values()] == [[label_of(name)] for name in entries]


def test_an_entry_links_the_chapters_that_declare_it(entries) -> None:
    targets = {
        name: [x["reftarget"] for x in entry.findall(lambda n: n.tagname == "pending_xref")]
        for name, entry in entries.items()
    }
    assert targets["srdb"] == ["/notebooks/paper/first", "/notebooks/paper/second"]
    assert targets["abcflux"] == ["/notebooks/paper/second"]
    assert targets["gistemp-zonal"] == []
    assert facts(entries["gistemp-zonal"])["Chapters"].astext() == "none"


def test_every_file_stands_with_its_bytes_and_its_whole_hash(entries) -> None:
    for name, entry in entries.items():
        page = html(entry)
        for file in catalogue.get(name).files:
            assert f"<td>{file.bytes:,}</td><td>{file.sha256}</td>" in page
            assert not file.url or f'href="{file.url}"' in page
            assert len(file.sha256) == 64


def test_every_column_stands_with_unit_missing_code_and_meaning(entries) -> None:
    for name, entry in entries.items():
        cells = [
            unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", html(entry))
        ]
        for table in catalogue.described(name):
            for column in table.columns:
                at = [i for i, cell in enumerate(cells) if cell == column.name]
                expected = [column.unit, column.missing, column.meaning]
                assert expected in [cells[i + 1 : i + 4] for i in at], (name, column.name)


def test_a_citation_has_words_where_the_bibliography_has_the_work(entries) -> None:
    cited = facts(entries["srdb"])["Cite"].astext()
    assert re.match(r"Jian et al\. \(2021\), .+, https://doi\.org/10\.5194/essd-13-255-2021$", cited)
    assert facts(entries["ndvi-extremes"])["Cite"].astext() == "has no DOI: name the package bess-jpl 1.28.0"


def test_each_table_has_caption_and_headers(entries) -> None:
    for entry in entries.values():
        for table in re.findall(r"<table.*?</table>", html(entry), re.DOTALL):
            assert re.search(r"<caption>[^<]+</caption>", table)
            assert table.count("<th scope=col>") >= 3
            assert table.count("<th scope=row>") == table.count("<tr>") - 1


def test_what_a_licence_forbids_is_said(entries) -> None:
    assert "not by us" in facts(entries["abcflux"])["Passing on"].astext()
    assert "the bundle of a chapter holds it" in facts(entries["srdb"])["Passing on"].astext()
    assert "large" in facts(entries["davos-flux"])["Passing on"].astext()


def test_text_of_the_registry_cannot_become_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    column = catalogue.Column("<b>x</b>", "<i>", "&", "<script>")
    table = catalogue.Table("srdb.read", "1 rows", "a row", (column,))
    monkeypatch.setattr(catalogue, "described", lambda name: (table,) if name == "srdb" else ())
    page = "".join(html(node) for node in data_catalogue({}, ROOT) if isinstance(node, nodes.section))
    assert "<script>" not in page
    assert "<code>&lt;b&gt;x&lt;/b&gt;</code>" in page
