"""The data catalogue as a page."""

from docutils import nodes

from coldcarbon import catalogue
from coldcarbon.book.datasets import data_catalogue


def test_every_data_set_stands_in_the_overview_with_the_chapters_that_declare_it() -> None:
    drawn = data_catalogue({"notebooks/paper/first": ["srdb"], "notebooks/paper/second": ["srdb", "abcflux"]})
    rows = [[entry.astext() for entry in row.findall(nodes.entry)] for node in drawn for row in node.findall(nodes.row)]
    by_name = {row[0]: row for row in rows[1:]}
    assert set(by_name) == set(catalogue.datasets())
    assert by_name["srdb"][3] == "paper/first, paper/second"
    assert by_name["abcflux"][3] == "paper/second"
