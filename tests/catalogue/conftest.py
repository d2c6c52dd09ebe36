"""A small catalogue on a local server, and a clean memory, for every test of the catalogue."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from coldcarbon.catalogue import network, packages, registry, storage
from coldcarbon.catalogue.registry import Dataset, File


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("COLDCARBON_MIRROR", "COLDCARBON_DATA", "COLDCARBON_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(network, "CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(network, "READ_SECONDS", 1.0)
    monkeypatch.setattr(network, "FIRST_PAUSE", 0.01)
    network.hosts.forget()
    storage.forget()
    packages._sources.cache_clear()


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "mirror"
    folder.mkdir()
    monkeypatch.setenv("COLDCARBON_MIRROR", str(folder))
    return folder


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Dataset]:
    """Give the catalogue under test: empty, to be filled by `make`."""
    held: dict[str, Dataset] = {}
    monkeypatch.setattr(registry, "_catalogue", lambda: held)
    return held


Make = Callable[..., Dataset]


@pytest.fixture
def make(known: dict[str, Dataset]) -> Make:
    """Register a data set whose files have given contents, at given addresses."""

    def make(name: str, contents: dict[str, bytes], base: str = "http://127.0.0.1:9", **changes: object) -> Dataset:
        files = tuple(
            File(file, len(body), f"sha256:{hashlib.sha256(body).hexdigest()}", url=f"{base}/{name}/{file}")
            for file, body in contents.items()
        )
        values: dict[str, object] = {
            "name": name,
            "source": "file",
            "default": True,
            "kind": "observation",
            "licence": "CC0-1.0",
            "licence_note": "",
            "doi": "",
            "description": "",
            "redistributable": True,
            "files": files,
            "origin": "repository somebody/something at 0123456789",
        }
        known[name] = Dataset(**(values | changes))  # type: ignore[arg-type]
        return known[name]

    return make


def put(folder: Path, dataset: str, contents: dict[str, bytes]) -> None:
    """Lay files out as a mirror or a cache does."""
    (folder / dataset).mkdir(parents=True, exist_ok=True)
    for name, body in contents.items():
        (folder / dataset / name).write_bytes(body)


def left(folder: Path) -> list[str]:
    """List every file under a folder, locks apart."""
    return sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and ".locks" not in path.parts
    )


@pytest.fixture(name="put")
def put_fixture() -> Callable[[Path, str, dict[str, bytes]], None]:
    return put


@pytest.fixture(name="left")
def left_fixture() -> Callable[[Path], list[str]]:
    return left
