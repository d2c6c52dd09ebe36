"""Archives replayed in the shapes the two hosts document."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest
import requests
from pooch import downloaders
from pytest_httpserver import HTTPServer

from coldcarbon import catalogue
from coldcarbon.catalogue import archives, network
from coldcarbon.catalogue.registry import File

TABLE = b"site,eta_percent\nA,41\n"
LATIN = "name;Standort\nx;Höhe\n".encode("latin-1")


def zipped() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("code/run.R", "x <- 1")
        archive.writestr("data/plots.tsv", "plot\tyear\n1\t1995\n")
    return buffer.getvalue()


CONTENTS = {"eta and climate.csv": TABLE, "all.zip": zipped(), "latin.txt": LATIN, "readme.pdf": b"%PDF-"}


def md5(body: bytes) -> str:
    return hashlib.md5(body).hexdigest()


@pytest.fixture
def zenodo(make, httpserver: HTTPServer, monkeypatch):
    """A record as Zenodo's interface gives it: files with key, size, checksum and links."""
    base = httpserver.url_for("").rstrip("/")
    monkeypatch.setattr(downloaders, "doi_to_url", lambda doi, **_: "https://zenodo.org/records/11218337")
    monkeypatch.setattr(downloaders.ZenodoRepository, "base_api_url", f"{base}/api/records")
    monkeypatch.setattr(archives, "RESOLVER", base)
    made = make("paper-archive", {}, source="archive", default=False, doi="10.5281/zenodo.11218337")
    files = [
        {
            "id": f"id-{number}",
            "key": name,
            "size": len(body),
            "checksum": f"md5:{md5(body)}",
            "links": {"self": f"{base}/api/records/11218337/files/{name}/content"},
        }
        for number, (name, body) in enumerate(CONTENTS.items())
    ]
    record = {"id": 11218337, "doi": "10.5281/zenodo.11218337", "metadata": {"title": "t"}, "files": files}
    return made, record, httpserver


def serve(httpserver: HTTPServer, record: dict[str, object]) -> None:
    httpserver.expect_request("/api/records/11218337").respond_with_json(record)
    for name, body in CONTENTS.items():
        httpserver.expect_request(f"/api/records/11218337/files/{name}/content").respond_with_data(body)


def test_a_record_is_stored_with_the_checksums_it_states(zenodo, cache: Path, left, monkeypatch) -> None:
    _, record, httpserver = zenodo
    serve(httpserver, record)
    assert not catalogue.present("paper-archive")
    assert catalogue.hashes(["paper-archive"]) == {"paper-archive": ""}
    report = catalogue.fetch(["paper-archive"])
    assert report.fetched == ["paper-archive"]
    assert left(cache) == sorted(f"paper-archive/{name}" for name in [*CONTENTS, "archive.json"])
    stored = json.loads((cache / "paper-archive" / "archive.json").read_text())
    assert stored["doi"] == "10.5281/zenodo.11218337"
    assert {name: entry["checksum"] for name, entry in stored["files"].items()} == {
        name: f"md5:{md5(body)}" for name, body in CONTENTS.items()
    }
    assert {name: entry["bytes"] for name, entry in stored["files"].items()} == {
        name: len(body) for name, body in CONTENTS.items()
    }
    # From here on without the network.
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    assert catalogue.present("paper-archive")
    assert catalogue.path("paper-archive", "eta and climate.csv").read_bytes() == TABLE
    assert set(catalogue.verify(["paper-archive"])["status"]) == {"ok"}
    assert len(catalogue.hashes(["paper-archive"])["paper-archive"]) == 64
    with pytest.raises(catalogue.UnknownDatasetError, match=r"other\.csv"):
        catalogue.path("paper-archive", "other.csv")


def test_the_columns_found_are_listed(zenodo) -> None:
    _, record, httpserver = zenodo
    serve(httpserver, record)
    found = catalogue.fetch(["paper-archive"]).columns["paper-archive"]
    assert found["eta and climate.csv"] == ["site", "eta_percent"]
    assert found["all.zip: data/plots.tsv"] == ["plot", "year"]
    assert found["all.zip: code/run.R"] is None
    assert found["latin.txt"] == ["name", "Standort"]
    assert found["readme.pdf"] is None


def test_figshare(make, httpserver: HTTPServer, monkeypatch, cache) -> None:
    base = httpserver.url_for("").rstrip("/")
    doi = "10.6084/m9.figshare.12840050"
    url = "https://figshare.com/articles/dataset/Datasets_of_NPP/12840050"
    monkeypatch.setattr(downloaders, "doi_to_url", lambda *_, **__: url)
    monkeypatch.setattr(archives, "RESOLVER", base)
    get = requests.get
    monkeypatch.setattr(
        requests, "get", lambda url, **options: get(url.replace("https://api.figshare.com", base), **options)
    )
    httpserver.expect_request("/v2/articles", query_string={"doi": doi}).respond_with_json(
        [{"id": 12840050, "title": "Datasets", "doi": doi, "url": f"{base}/v2/articles/12840050"}]
    )
    files = [
        {
            "id": 24377000,
            "name": "npp.csv",
            "size": len(TABLE),
            "is_link_only": False,
            "download_url": f"{base}/files/24377000",
            "supplied_md5": md5(TABLE),
            "computed_md5": md5(TABLE),
        }
    ]
    httpserver.expect_request("/v2/articles/12840050").respond_with_json({"id": 12840050, "files": files})
    httpserver.expect_request("/files/24377000").respond_with_data(TABLE)
    make("npp-archive", {}, source="archive", default=False, doi=doi)
    report = catalogue.fetch(["npp-archive"])
    assert report.columns == {"npp-archive": {"npp.csv": ["site", "eta_percent"]}}
    assert (cache / "npp-archive" / "npp.csv").read_bytes() == TABLE


def test_other_bytes_than_the_archive_states_are_set_aside(zenodo, cache, left) -> None:
    _, record, httpserver = zenodo
    record["files"][0]["checksum"] = f"md5:{md5(b'something else')}"
    serve(httpserver, record)
    with pytest.raises(catalogue.DataCorruptError, match=r"eta and climate\.csv\.bad-"):
        catalogue.fetch(["paper-archive"])
    assert "paper-archive/archive.json" not in left(cache)
    assert not catalogue.present("paper-archive")


@pytest.mark.parametrize(
    "answer",
    [{"status": 404, "message": "not found"}, {"status": 429, "message": "slow down"}, {"files": "no list"}, {}],
)
def test_an_archive_that_refuses_or_speaks_in_riddles(zenodo, answer, cache, left) -> None:
    made, _, httpserver = zenodo
    status = answer.get("status", 200)
    httpserver.expect_request("/api/records/11218337").respond_with_json(answer, status=status)
    report = catalogue.fetch(["paper-archive"])
    error = report.failed["paper-archive"]
    assert isinstance(error, catalogue.NetworkError)
    assert made.doi in str(error)
    assert "status" not in answer or str(status) in str(error)
    assert len(httpserver.log) == (network.ATTEMPTS if status == 429 else 1)
    assert left(cache) == []


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/passwd", "a/../../b.csv", "archive.json"])
def test_a_file_name_that_leaves_the_folder_is_refused(zenodo, name, cache, left) -> None:
    _, record, httpserver = zenodo
    record["files"][0]["key"] = name
    serve(httpserver, record)
    assert "not safe" in str(catalogue.fetch(["paper-archive"]).failed["paper-archive"])
    assert left(cache) == []


def test_a_damaged_record_is_named(zenodo, cache) -> None:
    _, record, httpserver = zenodo
    serve(httpserver, record)
    catalogue.fetch(["paper-archive"])
    place = cache / "paper-archive" / "archive.json"
    place.write_text("{half")
    with pytest.raises(catalogue.DataCorruptError, match=r"archive\.json"):
        catalogue.present("paper-archive")
    table = catalogue.table().set_index("name")
    assert table.loc["paper-archive", "status"] == "altered: archive.json"
    assert list(catalogue.verify(["paper-archive"])["status"]) == ["altered"]


def test_columns_of_an_archive_that_was_not_fetched(zenodo) -> None:
    made, _, _ = zenodo
    with pytest.raises(catalogue.DataMissingError, match="coldcarbon data fetch paper-archive"):
        catalogue.columns(made)


def test_a_mirror_may_hold_an_archive(zenodo, cache, mirror: Path) -> None:
    _, record, httpserver = zenodo
    serve(httpserver, record)
    catalogue.fetch(["paper-archive"])
    (cache / "paper-archive").rename(mirror / "paper-archive")
    assert catalogue.present("paper-archive")
    assert catalogue.path("paper-archive", "all.zip") == mirror / "paper-archive" / "all.zip"


def stated(name: str = "x.csv", **changes: object) -> File:
    values: dict[str, object] = {"bytes": 4, "checksum": f"md5:{md5(b'site')}", "url": "https://a.example/x.csv"}
    return File(name, **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("listed", "words"),
    [
        ([stated("../x.csv")], "leads out of the folder"),
        ([stated("/etc/x.csv")], "absolute"),
        ([stated("data\\x.csv")], "parts folders"),
        ([stated("Table.csv"), stated("table.csv")], "one file on some machines"),
        ([stated("Archive.json")], "we need ourselves"),
        ([stated("data/.incoming-x")], "we need ourselves"),
        ([stated(url="file:///etc/passwd")], "not of the web"),
        ([stated(url="http://a.example/x.csv")], "not of the web"),
        ([stated(checksum="crc32:1234")], "unknown kind"),
        ([stated(bytes=10**12)], "would have"),
        ([stated(f"{number}.csv") for number in range(2001)], "more than 2000"),
    ],
)
def test_a_listing_that_is_not_safe_to_store(listed, words) -> None:
    assert words in archives._listing_fault(listed)
    assert archives._listing_fault([stated("data/x.csv"), stated("höhe.csv", bytes=0)]) == ""


@pytest.mark.parametrize("name", ["../../evil.csv", "/evil.csv", "a/../../evil.csv"])
def test_an_archive_that_names_a_file_elsewhere_is_not_fetched(zenodo, cache, left, name) -> None:
    _, record, httpserver = zenodo
    record["files"][0]["key"] = name
    serve(httpserver, record)
    report = catalogue.fetch(["paper-archive"])
    assert "not safe to store" in str(report.failed["paper-archive"])
    assert left(cache.parent) == []
    assert [request.path for request, _ in httpserver.log] == ["/api/records/11218337"]


def test_an_archive_that_sends_more_than_it_states_is_cut_off(zenodo, cache, left) -> None:
    _, record, httpserver = zenodo
    record["files"] = record["files"][:1]
    record["files"][0]["size"] = 5
    serve(httpserver, record)
    with pytest.raises(catalogue.DataCorruptError, match="more than the 5 bytes"):
        catalogue.fetch(["paper-archive"])
    assert left(cache) == []


def test_a_record_that_was_tampered_with_leads_nowhere(make, put, cache) -> None:
    make("paper-archive", {}, source="archive", default=False, doi="10.5281/zenodo.11218337")
    entry = {"bytes": 4, "checksum": f"md5:{md5(b'site')}", "url": "https://a.example/x"}
    record = {"doi": "", "files": {"../../secret.csv": entry}}
    put(cache, "paper-archive", {"archive.json": json.dumps(record).encode()})
    (cache.parent / "secret.csv").write_bytes(b"keep")
    with pytest.raises(catalogue.DataCorruptError, match="leads out of the folder"):
        catalogue.present("paper-archive")
    assert (cache.parent / "secret.csv").read_bytes() == b"keep"


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(5_000_000))
    return buffer.getvalue()


def slip() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("../evil.csv", "a,b\n")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("all.zip", bomb(), "would grow"),
        ("all.zip", slip(), "leads out of the folder"),
        ("book.xlsx", bomb(), "would grow"),
        ("book.xlsx", b"no zip at all", "book.xlsx"),
    ],
)
def test_an_archive_within_that_attacks_is_not_opened(tmp_path, monkeypatch, name, body, words) -> None:
    path = tmp_path / name
    path.write_bytes(body)
    monkeypatch.setattr(archives.pd, "read_excel", lambda *_, **__: pytest.fail("it was opened"))
    ((told, columns),) = archives._columns(path, name).items()
    assert columns is None
    assert words in told
    assert [file.name for file in tmp_path.iterdir()] == [name]


def test_a_line_without_end_is_not_read_to_its_end(tmp_path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b"a," * (2 * archives.HEADER))
    read: list[int] = []

    class Counting(io.BufferedReader):
        def read(self, size: int | None = -1) -> bytes:
            read.append(size or -1)
            return super().read(size)

    with Counting(path.open("rb", buffering=0)) as source:
        assert len(archives._header(source, ",")) == archives.HEADER // 2 + 1
    assert read == [archives.HEADER]
