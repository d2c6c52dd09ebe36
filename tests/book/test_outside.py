"""A link that leads nowhere is found, one that moved or is kept from programs is not."""

import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from threading import Event

import click
import pytest
import yaml
from pytest_httpserver import HTTPServer
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace
from werkzeug import Request, Response

from coldcarbon.book.outside import broken, check_outside, handle_of
from coldcarbon.book.project import Project, find_project

PROJECT = find_project(Path(__file__))


def settings() -> dict[str, object]:
    """What _config.yml tells Sphinx of links, in a hurry."""
    config = yaml.safe_load((PROJECT.root / "_config.yml").read_text(encoding="utf-8"))["sphinx"]["config"]
    ours = {name: value for name, value in config.items() if name.startswith("linkcheck_")}
    assert {"linkcheck_retries", "linkcheck_timeout"} <= set(ours)
    return ours | {"linkcheck_timeout": 2, "linkcheck_retries": 1}


@pytest.fixture
def host() -> Iterator[tuple[HTTPServer, Event]]:
    """A host that answers many at once, and what makes its slow page answer at last."""
    done = Event()
    with HTTPServer(threaded=True) as server:
        yield server, done
        done.set()


@pytest.fixture
def asked(tmp_path: Path, host: tuple[HTTPServer, Event]) -> dict[str, str]:
    """Answers of a host that has every kind of page; lines of what is broken, by path."""
    httpserver, done = host

    def slow(_request: Request) -> Response:
        done.wait(60)
        return Response("late")

    httpserver.expect_request("/good").respond_with_data("<p id='here'>yes</p>", content_type="text/html")
    httpserver.expect_request("/moved").respond_with_data(status=301, headers={"Location": "/good"})
    httpserver.expect_request("/moved-away").respond_with_data(status=301, headers={"Location": "/gone"})
    httpserver.expect_request("/gone").respond_with_data(status=404)
    httpserver.expect_request("/fault").respond_with_data(status=500)
    httpserver.expect_request("/private").respond_with_data(status=401)
    httpserver.expect_request("/slow").respond_with_handler(slow)
    paths = ["good", "good#here", "good#nowhere", "moved", "moved-away", "gone", "fault", "private", "slow"]
    source = tmp_path / "source"
    source.mkdir()
    links = "".join(f"* `{path} <{httpserver.url_for('/')}{path}>`_\n" for path in paths)
    (source / "index.rst").write_text(f"Title\n=====\n\n{links}", encoding="utf-8")
    out = tmp_path / "out"
    with docutils_namespace():
        Sphinx(source, None, out, tmp_path / "trees", "linkcheck", settings(), StringIO(), StringIO()).build()
    done.set()
    found = broken((out / "output.json").read_text(encoding="utf-8"))
    return {path: line for path in paths for line in found if f"{httpserver.url_for('/')}{path}:" in line}


def test_what_leads_nowhere_is_named_with_its_place_and_answer(asked: dict[str, str]) -> None:
    assert sorted(asked) == ["fault", "gone", "moved-away", "slow"]
    assert asked["gone"].startswith("index.rst, line ")
    assert "404" in asked["gone"]
    assert "timed out" in asked["slow"].lower()


@pytest.mark.parametrize("address", ["https://doi.org/10.1000/abc(1)<2>", "http://dx.doi.org/10.1000/abc(1)<2>"])
def test_of_a_doi_its_register_is_asked(address: str) -> None:
    assert handle_of(None, address) == "https://doi.org/api/handles/10.1000/abc(1)<2>"


@pytest.mark.parametrize("address", ["https://example.org/10.1000/abc", "https://doi.org/", "index.html"])
def test_other_addresses_are_asked_themselves(address: str) -> None:
    assert handle_of(None, address) is None


def test_a_report_names_only_what_is_broken() -> None:
    rows = [
        {"filename": "a.md", "lineno": 3, "uri": "https://a.example", "status": status, "info": info}
        for status, info in [("working", ""), ("redirected", "x"), ("ignored", ""), ("broken", "404"), ("timeout", "")]
    ]
    text = "\n".join(json.dumps(row) for row in rows) + "\n"
    assert broken(text) == ["a.md, line 3: https://a.example: 404", "a.md, line 3: https://a.example: timeout"]


def test_a_book_is_asked_about_all_its_pages(tmp_path: Path, host: tuple[HTTPServer, Event]) -> None:
    server, _ = host
    server.expect_request("/good").respond_with_data("yes")
    server.expect_request("/gone").respond_with_data(status=404)
    (tmp_path / "book").mkdir()
    (tmp_path / "_config.yml").write_text("title: A\nonly_build_toc_files: true\n", encoding="utf-8")
    (tmp_path / "_toc.yml").write_text("format: jb-book\nroot: book/index\n", encoding="utf-8")
    text = f"# A\n\n[here]({server.url_for('/good')})\n\n[there]({server.url_for('/gone')})\n"
    (tmp_path / "book" / "index.md").write_text(text, encoding="utf-8")
    (line,) = check_outside(Project(tmp_path))
    assert line.startswith(f"book/index.md, line 5: {server.url_for('/gone')}: 404")
    assert not (tmp_path / "book" / "_build" / "html").exists(), "the pages stay as they are"


def test_a_book_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(click.ClickException, match="no link was asked"):
        check_outside(Project(tmp_path))
