"""Archives that attack, one attack each."""

import io
import stat
import struct
import zipfile
from collections.abc import Callable

import pytest

from coldcarbon.catalogue import unpacking
from coldcarbon.catalogue.unpacking import archive_fault, member_fault, name_fault, names_fault

Plant = Callable[[zipfile.ZipFile], object]


def members(plant: Plant, method: int = zipfile.ZIP_DEFLATED) -> list[zipfile.ZipInfo]:
    """What a zip lists that was really written, so that Python's own reading of it is part of the test."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr("data/plots.csv", "plot,year\n1,1995\n")
        plant(archive)
    with zipfile.ZipFile(buffer) as archive:
        return archive.infolist()


def many(count: int, body: str = "") -> Plant:
    return lambda archive: [archive.writestr(f"{number}.csv", body) for number in range(count)]


def kind(name: str, mode: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.create_system = 3
    member.external_attr = (mode | 0o644) << 16
    return member


ATTACKS: dict[str, tuple[Plant, str]] = {
    "zip slip": (lambda a: a.writestr("../../evil.csv", "x"), "leads out of the folder"),
    "slip within": (lambda a: a.writestr("data/../../evil.csv", "x"), "leads out of the folder"),
    "absolute": (lambda a: a.writestr("/etc/evil", "x"), "absolute"),
    "drive": (lambda a: a.writestr("C:/evil", "x"), "names a drive"),
    "backslash": (lambda a: a.writestr("..\\evil.csv", "x"), "leads|parts folders"),
    "stream": (lambda a: a.writestr("data/plots.csv:hidden", "x"), "names a drive"),
    "device name": (lambda a: a.writestr("data/NUL.csv", "x"), "name of a device"),
    "trailing dot": (lambda a: a.writestr("data/x.csv.", "x"), "blank or a dot"),
    "unseen": (lambda a: a.writestr("data/\u202evsc.exe", "x"), "cannot be seen"),
    "link": (lambda a: a.writestr(kind("data/link", stat.S_IFLNK), "/etc/passwd"), "link or a device"),
    "device": (lambda a: a.writestr(kind("data/null", stat.S_IFCHR), ""), "link or a device"),
    "pipe": (lambda a: a.writestr(kind("data/pipe", stat.S_IFIFO), ""), "link or a device"),
    "bomb": (lambda a: a.writestr("data/bomb.csv", bytes(3_000_000)), "would grow"),
    "case": (lambda a: a.writestr("data/PLOTS.csv", "x"), "one file on some machines"),
    "accents": (
        lambda a: [a.writestr(name, "x") for name in ("data/h\u00f6he.csv", "data/ho\u0308he.csv")],
        "one file on some machines",
    ),
    "file as folder": (lambda a: a.writestr("data/plots.csv/x", "x"), "a file, and a folder"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_seen(attack: str) -> None:
    plant, words = ATTACKS[attack]
    fault = archive_fault(members(plant))
    assert fault
    assert any(word in fault for word in words.split("|"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_there_twice() -> None:
    assert "one file" in archive_fault(members(lambda a: a.writestr("data/plots.csv", "other")))


def test_an_honest_archive_passes() -> None:
    def plant(archive: zipfile.ZipFile) -> None:
        archive.mkdir("code")
        archive.writestr("code/run.R", "x <- 1")
        archive.writestr("Höhe (m), 2019–2020.csv", "a,b\n" * 1000)
        archive.writestr(kind("code/plots.csv", stat.S_IFREG), "a\n")

    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        assert archive_fault(members(plant, method)) == ""


def test_an_encrypted_member() -> None:
    member = zipfile.ZipInfo("data/x.csv")
    member.flag_bits |= 0x1
    assert "encrypted" in member_fault(member)


def test_a_member_compressed_in_an_unknown_way() -> None:
    member = zipfile.ZipInfo("data/x.csv")
    member.compress_type = 98
    assert "unknown way" in member_fault(member)


def test_a_name_with_a_zero_byte_that_python_would_cut() -> None:
    member = zipfile.ZipInfo("data/x.csv\0.exe")
    assert member.filename == "data/x.csv"
    assert "cannot be seen" in member_fault(member)


def test_too_many_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "MOST_MEMBERS", 20)
    assert archive_fault(members(many(19))) == ""
    assert "more than 20" in archive_fault(members(many(20)))


def test_too_much_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "LARGEST_TOTAL", 5000)
    assert "would take" in archive_fault(members(many(6, "x" * 999)))


def test_a_size_that_is_a_lie_is_no_way_round() -> None:
    """The list at the end says 10 bytes; Python reads no more than that, and finds the checksum wrong."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb.csv", bytes(3_000_000))
    body = bytearray(buffer.getvalue())
    at = body.rindex(b"PK\x01\x02")
    body[at + 24 : at + 28] = struct.pack("<I", 10)
    with zipfile.ZipFile(io.BytesIO(bytes(body))) as archive:
        assert archive_fault(archive.infolist()) == ""
        with pytest.raises(zipfile.BadZipFile), archive.open("bomb.csv") as member:
            member.read(100)


@pytest.mark.parametrize("name", ["a.csv", "data/a b.csv", "data/", ".hidden", "données/é.csv", "a..b", "console.csv"])
def test_names_that_may_be(name: str) -> None:
    assert name_fault(name) == ""


@pytest.mark.parametrize("name", ["", "/", "a//b", "./a", "..", "a/..", "con", "a/Lpt1.txt", "x ", "a\nb", "a\x7f"])
def test_names_that_may_not_be(name: str) -> None:
    assert name_fault(name)
    assert names_fault(["good.csv", name])
