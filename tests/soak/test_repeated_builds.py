"""Builds of the book again, interrupted, on a full disk and in a folder that cannot be written: the same pages."""

import random
import shutil
import signal
from pathlib import Path

import book_copy
import pytest

pytestmark = pytest.mark.soak
MOMENTS = 10
SEED = 2026
SMALL = 100_000  # bytes: executed notebooks and pages are larger


def test_two_clean_builds_give_the_same_bytes(reference, second, say):
    """Apart from what `book_copy.DIFFERENCES` names with its reason; paths of the two folders differ as well."""
    done = book_copy.build(second)
    assert done.code == 0, done.said[-3000:]
    say(f"{len(reference.pages)} files; {reference.seconds:.0f} s and {done.seconds:.0f} s")
    assert book_copy.different(reference.pages, book_copy.pages(second)) == []
    for reason, (pattern, _) in book_copy.DIFFERENCES.items():
        assert pattern, reason
    again = book_copy.build(second)
    assert "Nothing changed since the last build." in again.said


def test_builds_interrupted_at_ten_moments_and_resumed_give_the_same_pages(reference, second, say):
    """Each from nothing; of the whole book one build after the other goes on where the last broke off."""
    moments = random.Random(SEED)
    last = 0.15 if book_copy.FULL else 0.95
    for number in range(MOMENTS):
        kind = (signal.SIGINT, signal.SIGKILL)[number % 2]
        after = moments.uniform(0.02, last) * reference.seconds
        if not (book_copy.FULL and number):
            shutil.rmtree(second / "book" / "_build", ignore_errors=True)
        broken = book_copy.build(second, stop=(after, kind))
        assert broken.code != 0 or broken.seconds < after, "it went on after the signal"
        say(f"{number + 1:2d}/{MOMENTS} {kind.name} after {after:.0f} s, code {broken.code}")
        if book_copy.FULL and number < MOMENTS - 1:
            continue
        resumed = book_copy.build(second)
        say(f"      resumed in {resumed.seconds:.0f} s")
        assert resumed.code == 0, resumed.said[-3000:]
        assert book_copy.different(reference.pages, book_copy.pages(second)) == []
        assert book_copy.leftovers(second / "book" / "_build" / "html") == []


def test_a_build_that_may_write_no_large_file_says_so_and_the_next_one_succeeds(reference, second, say):
    """A limit of the size of files stands for a full disk: both refuse to write on."""
    full = book_copy.build(second, largest_file=SMALL)
    say(f"no file larger than {SMALL:,} bytes: exit code {full.code} after {full.seconds:.0f} s")
    assert full.code > 0, full.said[-3000:]
    assert "large" in full.said or "full" in full.said, full.said[-3000:]
    done = book_copy.build(second)
    assert done.code == 0, done.said[-3000:]
    assert book_copy.different(reference.pages, book_copy.pages(second)) == []
    assert book_copy.leftovers(second) == []


def test_a_disk_that_fills_up_during_a_build_and_is_cleared(reference, small_disk, say):
    """Three times at another stage: the disk in memory is made larger after each, and in the end large enough."""
    sizes = {path: path.stat().st_size // 1024 + 4 for path in reference.root.rglob("*") if path.is_file()}
    built = sum(size for path, size in sizes.items() if "_build" in path.parts or "__pycache__" in path.parts)
    files = sum(sizes.values()) - built
    disk = small_disk(files + 2 * built)
    root = disk.place / "book"
    shutil.copytree(reference.root, root, ignore=shutil.ignore_patterns("_build", "__pycache__"))
    used = shutil.disk_usage(disk.place).used // 1024
    for share in (0.4, 0.6, 0.8):
        disk.enlarge(used + int(share * built))  # less than at first: what a build may add
        full = book_copy.build(root, log=reference.root.parent / "full.log")
        say(f"space for {share:.0%} of a build: exit code {full.code} after {full.seconds:.0f} s")
        assert full.code > 0, full.said[-3000:]
        assert "No space left" in full.said or "full" in full.said, full.said[-3000:]
        ledger = root / "results" / "ledger.json"
        assert ledger.read_bytes() == (reference.root / "results" / "ledger.json").read_bytes()
    disk.enlarge(used + 4 * built)
    done = book_copy.build(root, log=reference.root.parent / "full.log")
    assert done.code == 0, done.said[-3000:]
    assert book_copy.different(reference.pages, book_copy.pages(root)) == []
    assert book_copy.leftovers(root / "book" / "_build" / "html") == []


def test_a_build_in_a_folder_that_cannot_be_written_says_so(reference, second, read_only, say):
    before = book_copy.pages(reference.root)
    with read_only(reference.root):
        done = book_copy.build(reference.root, verb="book")
        # nothing changed, so that nothing is written
        assert done.code == 0, done.said[-2000:]
    with read_only(second):
        refused = book_copy.build(second)
        say(f"exit code {refused.code} after {refused.seconds:.0f} s")
        assert refused.code > 0
        assert "Read-only" in refused.said or "denied" in refused.said, refused.said[-2000:]
    assert not (second / "book" / "_build").exists() or not any((second / "book" / "_build").rglob("*.html"))
    assert book_copy.pages(reference.root) == before


def test_the_comparison_finds_a_changed_byte(tmp_path: Path):
    one = {"a.html": b"Run on 2026-01-02 03:04 UTC in 12 s with at most 300 MB. 4.25", "b": b""}
    other = {"a.html": b"Run on 2026-01-03 03:05 UTC in 9 s. 4.26", "c": b""}
    normal = [{name: book_copy.normalised(content) for name, content in pages.items()} for pages in (one, other)]
    found = book_copy.different(*normal)
    assert [line.partition(":")[0] for line in found] == ["b", "c", "a.html"]
    assert "4.25" in found[2]
    assert "4.26" in found[2]
