"""Files that are whole or as before, whatever goes wrong while they are written."""

import errno
import os
import stat
from pathlib import Path

import pytest
from click.testing import CliRunner

from coldcarbon.cli import main
from coldcarbon.whole_files import UnwrittenError, replacing, unwritten, why, write_bytes, write_text


def test_a_file_is_made_and_replaced_with_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "new" / "file.txt"
    write_text(path, "one\n")
    path.chmod(0o640)
    write_bytes(path, b"two\n")
    assert path.read_text() == "two\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in path.parent.iterdir()] == ["file.txt"]
    mask = os.umask(0o027)
    try:
        write_text(tmp_path / "fresh", "x")
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "fresh").stat().st_mode) == 0o640


def write_half(path: Path, error: BaseException) -> None:
    with replacing(path) as part:
        part.write_text("half of")
        raise error


@pytest.mark.parametrize("before", ["old\n", None])
@pytest.mark.parametrize(
    ("number", "words"), [(errno.ENOSPC, "disk is full"), (errno.EFBIG, "disk is full"), (errno.EROFS, "may not be")]
)
def test_an_error_leaves_what_was_there_and_says_what_to_do(tmp_path: Path, before, number, words) -> None:
    path = tmp_path / "file.txt"
    if before:
        path.write_text(before)
    with pytest.raises(UnwrittenError, match=rf"file\.txt could not be written; .*{words}.*, then run again\."):
        write_half(path, OSError(number, os.strerror(number)))
    assert [p.read_text() for p in tmp_path.iterdir()] == ([before] if before else [])


def test_an_interruption_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "file.txt"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_half(path, KeyboardInterrupt())
    assert [p.read_text() for p in tmp_path.iterdir()] == ["old"]


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), unwritten(tmp_path / "x"):
        (tmp_path / "absent").read_text()
    assert why(FileNotFoundError(errno.ENOENT, "absent")) == ""


def test_the_command_line_says_it_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "page.html")

    monkeypatch.setattr("coldcarbon.book.build.build_book", full)
    done = CliRunner().invoke(main, ["book"])
    assert done.exit_code == 1
    assert (
        done.output
        == "Error: page.html: The disk is full (No space left on device). Free some space, then run again.\n"
    )
