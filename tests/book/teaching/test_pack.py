"""The pack is written as a whole, the same twice, and an interruption leaves the former one."""

import errno
from pathlib import Path

import pytest
from small_chapter import NAME

from coldcarbon.book.project import Project
from coldcarbon.book.teaching import pack as module
from coldcarbon.book.teaching.pack import write_teaching
from coldcarbon.teaching.answers import read
from coldcarbon.whole_files import UnwrittenError


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_pack_holds_notebooks_answers_slides_and_questions(pack: Path) -> None:
    names = {name for name in contents(pack) if "/shared/" not in name}
    assert names == {
        f"{NAME}-student.ipynb",
        f"{NAME}-teacher.ipynb",
        "xiao2023/answers.json",
        f"slides/{NAME}.html",
        "questions/questions.gift",
        "questions/questions.json",
        "questions/questions.md",
    }
    answers = read(pack / "xiao2023" / "answers.json")
    assert answers is not None
    assert [answer.quantity for answer in answers] == ["the double", "larger one"]


def test_what_is_written_is_what_is_named(built: Project, tmp_path: Path) -> None:
    written = write_teaching(built, tmp_path / "out")
    assert {path.relative_to(tmp_path / "out").as_posix() for path in written} == set(contents(tmp_path / "out"))


def test_the_same_build_gives_the_same_bytes(built: Project, pack: Path, tmp_path: Path) -> None:
    write_teaching(built, tmp_path / "again")
    assert contents(tmp_path / "again") == contents(pack)


def test_what_was_there_before_is_replaced_as_a_whole(built: Project, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "stale.ipynb").write_text("{}")
    write_teaching(built, tmp_path / "out")
    assert not (tmp_path / "out" / "stale.ipynb").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("at", ["write_shared", "bank_files"])
def test_an_interruption_leaves_the_former_pack(
    built: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "former.ipynb").write_text("{}")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, at, interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_teaching(built, tmp_path / "out")
    assert contents(tmp_path) == {"out/former.ipynb": b"{}"}


def test_an_interruption_in_between_puts_the_former_pack_back(
    built: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "former.ipynb").write_text("{}")
    rename = Path.rename

    def interrupted(self: Path, target: Path) -> Path:
        if self.name == "new":
            raise KeyboardInterrupt
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_teaching(built, tmp_path / "out")
    assert contents(tmp_path) == {"out/former.ipynb": b"{}"}


def test_a_full_disk_is_named_and_leaves_the_former_pack(
    built: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "former.ipynb").write_text("{}")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "write_shared", full)
    with pytest.raises(UnwrittenError, match="out"):
        write_teaching(built, tmp_path / "out")
    assert contents(tmp_path) == {"out/former.ipynb": b"{}"}
