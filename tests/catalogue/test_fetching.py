import errno
import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path

import pooch
import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from coldcarbon import catalogue
from coldcarbon.catalogue import fetching, network, storage

BODY = b"depth,share\n0.2,0.5\n" * 50


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A host that takes connections and never answers."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(32)
        yield int(server.getsockname()[1])


def asked(server: HTTPServer, path: str) -> int:
    return sum(request.path == path for request, _ in server.log)


def test_a_file_is_fetched_once_and_used_from_the_cache(make, httpserver: HTTPServer, cache: Path, left) -> None:
    make("soil", {"a b+c.csv": BODY}, httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/soil/a b+c.csv").respond_with_data(BODY)
    first = catalogue.path("soil")
    assert first.read_bytes() == BODY
    assert first == cache / "soil" / "a b+c.csv"
    assert catalogue.path("soil", "a b+c.csv") == first
    assert len(httpserver.log) == 1
    assert left(cache) == ["soil/a b+c.csv"]
    assert first.stat().st_mode & 0o444 == 0o444


def test_not_found_names_the_address_and_leaves_the_others(make, httpserver: HTTPServer, cache, left) -> None:
    base = httpserver.url_for("").rstrip("/")
    make("gone", {"x.csv": BODY}, base)
    make("here", {"y.csv": BODY}, base)
    httpserver.expect_request("/gone/x.csv").respond_with_data("no", status=404)
    httpserver.expect_request("/here/y.csv").respond_with_data(BODY)
    report = catalogue.fetch(["gone", "here"])
    assert report.fetched == ["here"]
    message = str(report.failed["gone"])
    assert f"{base}/gone/x.csv" in message
    assert "404" in message
    assert "COLDCARBON_MIRROR" in message
    assert asked(httpserver, "/gone/x.csv") == 1
    assert left(cache) == ["here/y.csv"]
    with pytest.raises(catalogue.DataMissingError, match="404"):
        catalogue.path("gone")


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize("after", ["0", "", "date"])
def test_a_busy_host_is_asked_again(make, httpserver: HTTPServer, status: int, after: str) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    value = formatdate(time.time(), usegmt=True) if after == "date" else after
    headers = {"Retry-After": value} if value else {}
    httpserver.expect_ordered_request("/soil/x.csv").respond_with_data("wait", status=status, headers=headers)
    httpserver.expect_ordered_request("/soil/x.csv").respond_with_data("wait", status=status, headers=headers)
    httpserver.expect_ordered_request("/soil/x.csv").respond_with_data(BODY)
    assert catalogue.path("soil").read_bytes() == BODY


def test_retry_after_is_honoured(make, httpserver: HTTPServer) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    httpserver.expect_ordered_request("/soil/x.csv").respond_with_data("", status=429, headers={"Retry-After": "1"})
    httpserver.expect_ordered_request("/soil/x.csv").respond_with_data(BODY)
    start = time.monotonic()
    catalogue.path("soil")
    assert time.monotonic() - start >= 1.0


@pytest.mark.parametrize("status", [429, 503])
def test_a_host_that_stays_busy_is_named_and_left_alone(make, httpserver: HTTPServer, status, cache, left) -> None:
    base = httpserver.url_for("").rstrip("/")
    make("one", {"x.csv": BODY}, base)
    make("two", {"y.csv": BODY}, base)
    httpserver.expect_request("/one/x.csv").respond_with_data("wait", status=status)
    report = catalogue.fetch()
    assert set(report.failed) == {"one", "two"}
    assert str(status) in str(report.failed["one"])
    assert f"after {network.ATTEMPTS} attempts" in str(report.failed["one"])
    assert asked(httpserver, "/one/x.csv") == network.ATTEMPTS
    assert asked(httpserver, "/two/y.csv") == 0
    assert left(cache) == []


def test_a_host_that_asks_for_an_hour_is_not_waited_for(make, httpserver: HTTPServer) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/soil/x.csv").respond_with_data("", status=429, headers={"Retry-After": "3600"})
    with pytest.raises(catalogue.NetworkError, match="3600 s of patience"):
        catalogue.path("soil")
    assert len(httpserver.log) == 1


def test_a_body_that_breaks_off_is_asked_again_and_never_kept(make, httpserver: HTTPServer, cache, left) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))

    def cut(_: Request) -> Response:
        return Response(iter([BODY[:100]]), headers={"Content-Length": str(len(BODY))})

    httpserver.expect_request("/soil/x.csv").respond_with_handler(cut)
    with pytest.raises(catalogue.NetworkError, match=f"broke off or did not answer {network.ATTEMPTS} times"):
        catalogue.path("soil")
    assert asked(httpserver, "/soil/x.csv") == network.ATTEMPTS
    assert left(cache) == []


def flipped(body: bytes) -> bytes:
    return bytes([body[0] ^ 1]) + body[1:]


@pytest.mark.parametrize("bad", [flipped(BODY), BODY[:-1], b""], ids=["one byte", "cut short", "empty"])
def test_altered_bytes_stop_the_fetch_and_are_set_aside(make, httpserver: HTTPServer, cache, left, bad) -> None:
    base = httpserver.url_for("").rstrip("/")
    make("soil", {"x.csv": BODY}, base)
    httpserver.expect_oneshot_request("/soil/x.csv").respond_with_data(bad)
    with pytest.raises(catalogue.DataCorruptError) as caught:
        catalogue.path("soil")
    (kept,) = left(cache)
    assert kept.startswith("soil/x.csv.bad-")
    assert (cache / kept).read_bytes() == bad
    assert str(cache / kept) in str(caught.value)
    assert f"{base}/soil/x.csv" in str(caught.value)
    # A later run fetches anew.
    httpserver.expect_request("/soil/x.csv").respond_with_data(BODY)
    assert catalogue.path("soil").read_bytes() == BODY


def test_no_connection_is_settled_at_once_and_remembered(make, closed_port: int, monkeypatch) -> None:
    for number in range(20):
        make(f"set{number}", {"x.csv": BODY}, f"http://127.0.0.1:{closed_port}")
    looks = []
    connect = socket.create_connection
    monkeypatch.setattr(network.socket, "create_connection", lambda *a, **k: looks.append(a) or connect(*a, **k))
    start = time.monotonic()
    report = catalogue.fetch()
    assert time.monotonic() - start < 5
    assert len(report.failed) == 20
    assert len(looks) == 1
    assert "offline" in str(report.failed["set0"])


def test_a_name_that_is_looked_up_for_ever_does_not_hold_the_run(make, monkeypatch) -> None:
    make("soil", {"x.csv": BODY}, "http://somewhere.invalid")
    monkeypatch.setattr(network, "CONNECT_SECONDS", 0.2)
    released = threading.Event()

    def look_up_for_ever(*_: object, **__: object) -> None:
        released.wait(30)
        raise OSError("given up")

    monkeypatch.setattr(network.socket, "create_connection", look_up_for_ever)
    start = time.monotonic()
    with pytest.raises(catalogue.NetworkError, match="no connection"):
        catalogue.path("soil")
    assert time.monotonic() - start < 2
    released.set()


def test_a_silent_host_is_given_up(make, silent_port: int, monkeypatch, cache, left) -> None:
    monkeypatch.setattr(network, "READ_SECONDS", 0.1)
    make("soil", {"x.csv": BODY}, f"http://127.0.0.1:{silent_port}")
    with pytest.raises(catalogue.NetworkError, match="ReadTimeout"):
        catalogue.path("soil")
    assert left(cache) == []


def test_being_offline_by_wish_asks_nobody(make, httpserver: HTTPServer, monkeypatch) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    with pytest.raises(catalogue.DataMissingError, match="COLDCARBON_OFFLINE"):
        catalogue.path("soil")
    assert httpserver.log == []


def test_many_small_files_come_together(make, httpserver: HTTPServer, cache) -> None:
    contents = {f"{number}.txt": str(number).encode() * 40 for number in range(40)}
    make("cmip", contents, httpserver.url_for("").rstrip("/"))
    for name, body in contents.items():
        httpserver.expect_request(f"/cmip/{name}").respond_with_data(body)
    found = catalogue.paths("cmip")
    assert list(found) == list(contents)
    assert {name: place.read_bytes() for name, place in found.items()} == contents
    assert len(httpserver.log) == len(contents)
    with pytest.raises(catalogue.UnknownDatasetError, match="has 40 files: name one"):
        catalogue.path("cmip")


def test_files_that_arrived_stay_and_only_the_rest_is_asked_for(make, httpserver: HTTPServer) -> None:
    make("soil", {"a.csv": BODY, "b.csv": BODY}, httpserver.url_for("").rstrip("/"))
    httpserver.expect_request("/soil/a.csv").respond_with_data(BODY)
    httpserver.expect_oneshot_request("/soil/b.csv").respond_with_data("", status=404)
    assert not catalogue.fetch().complete
    httpserver.expect_request("/soil/b.csv").respond_with_data(BODY)
    assert catalogue.fetch().fetched == ["soil"]
    assert asked(httpserver, "/soil/a.csv") == 1


def test_a_licence_that_forbids_redistribution_is_shown_first(make, httpserver: HTTPServer) -> None:
    make(
        "closed",
        {"x.csv": BODY},
        httpserver.url_for("").rstrip("/"),
        licence="none stated",
        licence_note="download, do not redistribute",
        redistributable=False,
    )
    heard: list[tuple[str, int]] = []
    httpserver.expect_request("/closed/x.csv").respond_with_data(BODY)
    catalogue.fetch(say=lambda text: heard.append((text, len(httpserver.log))))
    ((text, requests_before),) = heard
    assert requests_before == 0
    assert "closed: licence: none stated; download, do not redistribute" in text
    heard.clear()
    catalogue.fetch(say=lambda text: heard.append((text, 0)))
    assert heard == []


def fails_with(number: int) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    return fail


class FullDisk(pooch.HTTPDownloader):
    """Writes a part of the file, then finds the disk full."""

    def __call__(self, url, output_file, pooch, check_only=False):
        output_file.write(BODY[:10])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_named_and_nothing_stays(make, httpserver: HTTPServer, monkeypatch, cache, left) -> None:
    for name in ("one", "two"):
        make(name, {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    monkeypatch.setattr(network.pooch, "HTTPDownloader", FullDisk)
    report = catalogue.fetch()
    assert set(report.failed) == {"one", "two"}
    for error in report.failed.values():
        assert isinstance(error, catalogue.StorageError)
        assert "is full" in str(error)
        assert "COLDCARBON_CACHE" in str(error)
    assert left(cache) == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EROFS])
def test_a_cache_that_cannot_be_written(make, httpserver: HTTPServer, monkeypatch, cache, left, number: int) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    monkeypatch.setattr(storage.Path, "mkdir", fails_with(number))
    with pytest.raises(catalogue.StorageError, match="COLDCARBON_CACHE"):
        catalogue.path("soil")
    assert left(cache) == []
    assert httpserver.log == []


def test_a_read_only_cache_that_holds_the_data_serves_it(make, put, monkeypatch, cache) -> None:
    make("soil", {"x.csv": BODY})
    put(cache, "soil", {"x.csv": BODY})
    for name in ("mkdir", "replace", "unlink", "chmod"):
        monkeypatch.setattr(storage.Path, name, fails_with(errno.EROFS))
    assert catalogue.path("soil").read_bytes() == BODY
    assert catalogue.fetch().present == ["soil"]


@pytest.mark.skipif(os.getuid() != 0 or shutil.which("unshare") is None, reason="needs a mount of its own")
def test_a_cache_mounted_read_only(cache: Path, monkeypatch) -> None:
    cache.mkdir()
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    code = "from coldcarbon import catalogue; catalogue.path('gistemp-zonal')"
    script = f"mount -t tmpfs -o ro none {cache} || exit 77; exec {sys.executable} -c {json.dumps(code)}"
    done = subprocess.run(["unshare", "-m", "sh", "-c", script], capture_output=True, text=True, check=False)
    if done.returncode == 77 or "unshare" in done.stderr:
        pytest.skip("this machine does not let a test mount a folder")
    assert done.returncode == 1
    assert "StorageError" in done.stderr
    assert "COLDCARBON_CACHE" in done.stderr


def test_an_interrupted_download_leaves_nothing(make, httpserver: HTTPServer, monkeypatch, cache, left) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))

    class Interrupted(pooch.HTTPDownloader):
        def __call__(self, url, output_file, pooch, check_only=False):
            output_file.write(BODY[:10])
            raise KeyboardInterrupt

    monkeypatch.setattr(network.pooch, "HTTPDownloader", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        catalogue.fetch()
    assert left(cache) == []


def test_what_a_killed_process_left_is_removed_by_the_next(make, put, httpserver: HTTPServer, cache, left) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    put(cache, "soil", {f"{storage.INCOMING}abc": b"half"})
    put(cache, f"soil/{storage.INCOMING}work", {"wheel": b"half"})
    httpserver.expect_request("/soil/x.csv").respond_with_data(BODY)
    catalogue.fetch()
    assert left(cache) == ["soil/x.csv"]


TWO = """
import hashlib, sys
from coldcarbon import catalogue
from coldcarbon.catalogue import registry
body = {body!r}
file = registry.File("x.csv", len(body), "sha256:" + hashlib.sha256(body).hexdigest(), url={url!r})
made = registry.Dataset("soil", "file", True, "observation", "CC0", "", "", "", True, (file,), "")
registry._catalogue = lambda: dict(soil=made)
report = catalogue.fetch()
print(report.fetched, report.present)
"""


def test_two_processes_at_once_ask_once(httpserver: HTTPServer, cache, left) -> None:
    def slow(_: Request) -> Response:
        time.sleep(1.5)
        return Response(BODY)

    httpserver.expect_request("/soil/x.csv").respond_with_handler(slow)
    code = TWO.format(body=BODY, url=httpserver.url_for("/soil/x.csv"))
    both = [
        subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    results = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], results
    assert sorted(out.strip() for out, _ in results) == ["['soil'] []", "[] ['soil']"]
    assert asked(httpserver, "/soil/x.csv") == 1
    assert left(cache) == ["soil/x.csv"]


def test_the_mirror_is_read_first_and_in_place(make, put, mirror: Path, cache, httpserver: HTTPServer) -> None:
    make("soil", {"x.csv": BODY, "y.csv": BODY}, httpserver.url_for("").rstrip("/"))
    put(mirror, "soil", {"x.csv": BODY})
    httpserver.expect_request("/soil/y.csv").respond_with_data(BODY)
    found = catalogue.paths("soil")
    assert found == {"x.csv": mirror / "soil" / "x.csv", "y.csv": cache / "soil" / "y.csv"}
    assert len(httpserver.log) == 1


def test_a_mirror_with_one_byte_changed_stops_and_is_left(make, put, mirror: Path, left) -> None:
    make("soil", {"x.csv": BODY})
    put(mirror, "soil", {"x.csv": flipped(BODY)})
    for ask in (lambda: catalogue.path("soil"), lambda: catalogue.state(["soil"]), lambda: catalogue.fetch()):
        with pytest.raises(catalogue.DataCorruptError, match=str(mirror / "soil" / "x.csv")):
            ask()
    assert left(mirror) == ["soil/x.csv"]


def test_a_cache_with_one_byte_changed_stops_and_is_set_aside(make, put, cache, left, httpserver: HTTPServer) -> None:
    make("soil", {"x.csv": BODY}, httpserver.url_for("").rstrip("/"))
    put(cache, "soil", {"x.csv": flipped(BODY)})
    with pytest.raises(catalogue.DataCorruptError) as caught:
        catalogue.state(["soil"])
    (kept,) = left(cache)
    assert kept.startswith("soil/x.csv.bad-")
    assert str(cache / "soil" / "x.csv") in str(caught.value)
    assert kept in str(caught.value)
    httpserver.expect_request("/soil/x.csv").respond_with_data(BODY)
    assert catalogue.path("soil").read_bytes() == BODY


def test_a_byte_changed_within_a_run_is_seen(make, put, cache) -> None:
    make("soil", {"x.csv": BODY})
    put(cache, "soil", {"x.csv": BODY})
    place = catalogue.path("soil")
    time.sleep(0.02)
    place.write_bytes(flipped(BODY))
    with pytest.raises(catalogue.DataCorruptError):
        catalogue.path("soil")


def test_a_mirror_that_is_no_folder_is_a_mistake_not_a_wish(make, monkeypatch, tmp_path) -> None:
    make("soil", {"x.csv": BODY})
    monkeypatch.setenv("COLDCARBON_MIRROR", str(tmp_path / "nowhere"))
    with pytest.raises(catalogue.DataError, match="COLDCARBON_MIRROR"):
        catalogue.state(["soil"])


def test_unknown_files_and_names(make, put, cache) -> None:
    make("soil", {"x.csv": BODY})
    put(cache, "soil", {"x.csv": BODY})
    with pytest.raises(catalogue.UnknownDatasetError, match=r"no file 'z\.csv'"):
        catalogue.path("soil", "z.csv")
    with pytest.raises(catalogue.UnknownDatasetError, match="nothing"):
        catalogue.fetch(["nothing"])


def test_the_progress_bar_counts_every_byte_once(make, httpserver: HTTPServer, monkeypatch) -> None:
    contents = {f"{number}.txt": BODY for number in range(5)}
    make("soil", contents, httpserver.url_for("").rstrip("/"))
    first = iter([True])

    def once_cut(request: Request) -> Response:
        if next(first, False):
            return Response(iter([BODY[:100]]), headers={"Content-Length": str(len(BODY))})
        return Response(BODY)

    for name in contents:
        httpserver.expect_request(f"/soil/{name}").respond_with_handler(once_cut)
    bars = []
    monkeypatch.setattr(fetching, "Bar", lambda *a: bars.append(fetching_bar(*a)) or bars[-1])
    catalogue.fetch(progress=True)
    assert bars[0]._bar.n == bars[0]._bar.total == 5 * len(BODY)


fetching_bar = fetching.Bar
