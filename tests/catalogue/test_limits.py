"""A host that sends too much, too slowly, or leads elsewhere."""

import gzip
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from coldcarbon import catalogue
from coldcarbon.catalogue import limits

BODY = b"year,ndvi\n1982,0.31\n" * 50


def test_a_server_that_sends_more_is_cut_off_and_nothing_stays(make, httpserver: HTTPServer, cache, left) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    sent: list[int] = []

    def endless() -> Iterator[bytes]:
        while True:
            sent.append(1 << 16)
            yield b"0" * (1 << 16)

    httpserver.expect_request("/soil/x.csv").respond_with_handler(lambda _: Response(endless()))
    with pytest.raises(catalogue.DataCorruptError, match=rf"more than the {len(BODY)} bytes"):
        catalogue.path("soil")
    assert left(cache) == []
    assert sum(sent) < 50e6


def test_one_byte_too_many_is_too_many(make, httpserver: HTTPServer, cache, left) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/soil/x.csv").respond_with_data(BODY + b"\n")
    with pytest.raises(catalogue.DataCorruptError, match="cut off"):
        catalogue.path("soil")
    assert left(cache) == []


def test_a_bomb_in_the_compression_of_the_transfer(make, httpserver: HTTPServer, cache, left) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    bomb = gzip.compress(bytes(30_000_000))
    assert len(bomb) < 50_000
    httpserver.expect_request("/soil/x.csv").respond_with_data(bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(catalogue.DataCorruptError, match="more than"):
        catalogue.path("soil")
    assert left(cache) == []


def test_what_was_compressed_for_the_transfer_is_welcome(make, httpserver: HTTPServer) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    packed = gzip.compress(BODY)
    httpserver.expect_request("/soil/x.csv").respond_with_data(packed, headers={"Content-Encoding": "gzip"})
    assert catalogue.path("soil").read_bytes() == BODY


def test_a_server_that_drips_is_given_up(make, httpserver: HTTPServer, monkeypatch, cache, left) -> None:
    """Each byte comes in time for the limit of one read, which alone would let it go on for hours."""
    monkeypatch.setattr(limits, "START_SECONDS", 0.6)
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))

    def drip() -> Iterator[bytes]:
        for _ in range(40):
            time.sleep(0.1)
            yield b"y"

    httpserver.expect_request("/soil/x.csv").respond_with_handler(
        lambda _: Response(drip(), headers={"Content-Length": str(len(BODY))})
    )
    start = time.monotonic()
    with pytest.raises(catalogue.NetworkError, match=r"given up .* slower than 20 kB/s"):
        catalogue.path("soil")
    assert time.monotonic() - start < 3
    assert left(cache) == []
    assert len(httpserver.log) <= 1


@pytest.mark.parametrize("target", ["file:///etc/hostname", "ftp://127.0.0.1/x.csv", "gopher://127.0.0.1/"])
def test_a_redirect_out_of_the_web_is_refused(make, httpserver: HTTPServer, cache, left, target) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/soil/x.csv").respond_with_data("", status=302, headers={"Location": target})
    with pytest.raises(catalogue.NetworkError, match="is not followed"):
        catalogue.path("soil")
    assert left(cache) == []
    assert len(httpserver.log) == 1


def test_a_redirect_within_the_web_is_followed(make, httpserver: HTTPServer) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/soil/x.csv").respond_with_data("", status=302, headers={"Location": "/moved"})
    httpserver.expect_request("/moved").respond_with_data(BODY)
    assert catalogue.path("soil").read_bytes() == BODY


@pytest.mark.parametrize(
    ("before", "after", "followed"),
    [
        ("https://a.example/x", "http://a.example/x", False),
        ("https://a.example/x", "http://b.example/x", False),
        ("https://a.example/x", "https://b.example/x", True),
        ("http://a.example/x", "https://a.example/x", True),
        ("https://a.example/x", "/y", True),
        ("https://a.example/x", "//b.example/y", True),
        ("https://a.example/x", "javascript:alert(1)", False),
    ],
)
def test_where_a_redirect_may_lead(before: str, after: str, followed: bool) -> None:
    response = requests.Response()
    response.status_code, response.url, response.headers["location"] = 301, before, after
    if followed:
        limits.refuse_other_scheme(response)
        return
    with pytest.raises(catalogue.NetworkError, match="is not followed"):
        limits.refuse_other_scheme(response)


def test_a_guard_lets_nothing_through_but_what_is_stated(tmp_path: Path) -> None:
    with limits.Guard("https://a.example/x", tmp_path / "x", 5) as guard:
        guard.write(b"123")
        guard.write(b"45")
        with pytest.raises(catalogue.DataCorruptError):
            guard.write(b"6")
    assert (tmp_path / "x").read_bytes() == b"12345"


def test_large_files_get_more_time() -> None:
    assert limits.allowed_seconds(0) == 60
    assert limits.allowed_seconds(200_000_000) == pytest.approx(60 + 10_000)


def test_what_arrives_by_handler_has_no_part_under_its_name(make, httpserver: HTTPServer, cache: Path) -> None:
    """Looked at while the download runs: the final name is not there before the last byte is checked."""
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    seen: list[bool] = []

    def slowly(_: Request) -> Response:
        def parts() -> Iterator[bytes]:
            for start in range(0, len(BODY), 200):
                seen.append((cache / "soil" / "x.csv").exists())
                yield BODY[start : start + 200]

        return Response(parts())

    httpserver.expect_request("/soil/x.csv").respond_with_handler(slowly)
    assert catalogue.path("soil").read_bytes() == BODY
    assert seen == [False] * len(seen)
    assert len(seen) == 5
