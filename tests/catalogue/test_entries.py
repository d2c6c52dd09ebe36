"""One data set in words."""

import pytest

from coldcarbon import catalogue
from coldcarbon.catalogue import entries

BODY = b"a,b\n1,2\n"


def test_an_entry_says_whose_it_is_and_how_to_have_it(make, put, cache) -> None:
    make("soil", {"x.csv": BODY}, licence="CC BY 4.0", licence_note="cite it", doi="10.5/x")
    told = catalogue.entry("soil", ["paper/first", "paper/second"])
    assert told["Licence"] == "CC BY 4.0 (cite it)"
    assert told["Cite"] == "https://doi.org/10.5/x"
    assert told["Source"] == "http://127.0.0.1:9/soil/x.csv"
    assert told["Fetch"] == "coldcarbon data fetch soil"
    assert told["Chapters"] == "paper/first, paper/second"
    assert told["Here"] == "no"
    put(cache, "soil", {"x.csv": BODY})
    assert catalogue.entry("soil")["Here"] == "yes, every file verified"
    assert catalogue.entry("soil")["Chapters"] == "none"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "the bundle of a chapter holds it"),
        ({"default": False}, "allowed, but it is large"),
        ({"redistributable": False}, "not by us"),
        ({"redistributable": False, "default": False}, "not by us"),
    ],
)
def test_passing_on(make, changes, words) -> None:
    dataset = make("soil", {"x.csv": BODY}, **changes)
    assert words in entries.passing_on(dataset)
    assert dataset.bundled == ("bundle of a chapter" in words)


def test_files_of_one_commit_share_an_address(make) -> None:
    two = make("soil", {"data/abc-1.csv": BODY, "data/abc-2.csv": BODY})
    assert entries.address(two) == "http://127.0.0.1:9/soil/data/"
    assert entries.address(make("none", {})) == ""


def test_every_registered_file_has_a_fixed_address() -> None:
    for name, dataset in catalogue.datasets().items():
        source = catalogue.entry(name)["Source"]
        if dataset.source == "file":
            assert source.startswith("https://")
            assert len(source.split("/")) > 5, "a commit is part of the address"
        elif dataset.wheel:
            assert dataset.wheel.sha256 in source
            assert dataset.wheel.version in source


@pytest.mark.parametrize(("count", "text"), [(0, "-"), (3374, "3.4 kB"), (100_000, "0.1 MB"), (4_177_701, "4.2 MB")])
def test_sizes(count, text) -> None:
    assert catalogue.size_text(count) == text
