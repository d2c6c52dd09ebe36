"""A bundle holds what a chapter needs and no more, and is the same twice; tests/soak runs some where nothing is."""

import hashlib
import re
import shutil
import zipfile
from pathlib import Path

import click
import nbformat
import pytest

from coldcarbon import catalogue
from coldcarbon.book import bundle
from coldcarbon.book.bundle import bundle_name, write_all_bundles, write_bundle
from coldcarbon.book.project import Project, find_project

CHAPTER = "xiao2023/root-profiles"
NAME = "coldcarbon-xiao2023-root-profiles"
DATASET = "schenk-jackson-root-profiles"
PROJECT = find_project(Path(__file__).parent)
UNFETCHED = next(
    name for name, dataset in catalogue.datasets().items() if dataset.default and not dataset.redistributable
)


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLDCARBON_OFFLINE", "1")  # what is here goes along; a test fetches nothing
        return write_bundle(PROJECT, CHAPTER, tmp_path_factory.mktemp("packed"))


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A checkout with one chapter on a data set that may be passed on and one that may not."""
    root = tmp_path / "small"
    notebooks = root / "notebooks" / "xiao2023"
    notebooks.mkdir(parents=True)
    (root / "book").mkdir()
    for name in ("requirements.lock", "LICENSE", "LICENSE-text", "_config.yml", "book/references.bib"):
        shutil.copy(PROJECT.root / name, root / name)
    head = (PROJECT.root / "notebooks" / f"{CHAPTER}.md").read_text(encoding="utf-8").split("(xiao2023", 1)[0]
    call = f'Chapter("xiao2023/small", datasets=["{DATASET}", "{UNFETCHED}"])'
    (notebooks / "small.md").write_text(f"{head}# Small\n\n```{{code-cell}} ipython3\n{call}\n```\n", encoding="utf-8")
    wheel = tmp_path / "coldcarbon-0-py3-none-any.whl"
    wheel.write_bytes(b"wheel")
    monkeypatch.setattr(bundle, "_build_wheel", lambda *_: wheel)
    return Project(root)


def contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {entry.filename: archive.read(entry) for entry in archive.infolist()}


def test_a_bundle_holds_notebook_package_lock_licences_and_instructions(packed: Path) -> None:
    files = {name.removeprefix(f"{NAME}/"): content for name, content in contents(packed).items()}
    assert all(name.startswith(f"{NAME}/") for name in contents(packed))
    for name in ("requirements.lock", "LICENSE", "LICENSE-text", "book/references.bib", f"notebooks/{CHAPTER}.md"):
        assert files[name] == (PROJECT.root / name).read_bytes()
    pair = nbformat.reads(files[f"notebooks/{CHAPTER}.ipynb"].decode(), as_version=4)
    assert all(not cell.outputs for cell in pair.cells if cell.cell_type == "code")
    (wheel,) = (name for name in files if name.endswith(".whl"))
    assert f"--no-deps {wheel}" in files["README.txt"].decode()
    assert "book/_static/mathjax/LICENSE" in files
    assert not [name for name in files if ".venv" in name or "__pycache__" in name or name.startswith("book/_build")]


def test_the_same_content_gives_the_same_bytes(packed: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    again = write_bundle(PROJECT, CHAPTER, tmp_path)
    assert hashlib.sha256(again.read_bytes()).digest() == hashlib.sha256(packed.read_bytes()).digest()
    with zipfile.ZipFile(again) as archive:
        names = [entry.filename for entry in archive.infolist()]
        assert {entry.date_time for entry in archive.infolist()} == {bundle.TIMESTAMP}
    assert names == sorted(names)
    assert [path.name for path in tmp_path.iterdir()] == [again.name], "nothing half-written is left"


def test_the_wheel_holds_the_package_with_its_tables(packed: Path, tmp_path: Path) -> None:
    files = contents(packed)
    (name,) = (name for name in files if name.endswith(".whl"))
    wheel = tmp_path / "coldcarbon.whl"
    wheel.write_bytes(files[name])
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    package = PROJECT.root / "src" / "coldcarbon"
    wanted = {path.relative_to(package.parent).as_posix() for path in package.rglob("*.csv")}
    assert wanted
    assert wanted <= held


def test_only_what_may_be_passed_on_goes_along(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    file = tmp_path / "table.csv"
    file.write_text("a,b\n")

    def paths(dataset: str) -> dict[str, Path]:
        asked.append(dataset)
        return {file.name: file}

    monkeypatch.setattr(bundle.catalogue, "paths", paths)
    files = contents(write_bundle(small, "xiao2023/small", tmp_path / "out"))
    assert asked == [DATASET]
    assert [name for name in files if "/data/" in name] == [f"coldcarbon-xiao2023-small/data/{DATASET}/table.csv"]
    readme = re.sub(r"\s+", " ", files["coldcarbon-xiao2023-small/README.txt"].decode())
    assert "COLDCARBON_MIRROR=data .venv/bin/coldcarbon run notebooks/xiao2023/small.md" in readme
    assert '$env:COLDCARBON_MIRROR = "data" .venv\\Scripts\\coldcarbon run notebooks/xiao2023/small.md' in readme
    assert f"- {DATASET} (in data/{DATASET})" in readme
    unfetched = catalogue.get(UNFETCHED)
    assert f"- {UNFETCHED} (not in this bundle; the first run fetches it): {unfetched.description}" in readme
    assert f"Licence: {unfetched.licence}" in readme
    assert capsys.readouterr().err == ""


def test_data_that_cannot_be_had_are_left_to_the_first_run(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    monkeypatch.setenv("COLDCARBON_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("COLDCARBON_MIRROR", raising=False)
    files = contents(write_bundle(small, "xiao2023/small", tmp_path / "out"))
    assert not [name for name in files if "/data/" in name]
    readme = files["coldcarbon-xiao2023-small/README.txt"].decode()
    assert "COLDCARBON_MIRROR" not in readme, "a mirror that is not there would be refused"
    assert f"without {DATASET}" in capsys.readouterr().err


def test_damaged_data_are_not_packed(small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (file,) = catalogue.get(DATASET).files
    damaged = tmp_path / "mirror" / DATASET / file.name
    damaged.parent.mkdir(parents=True)
    damaged.write_text("not it")
    monkeypatch.setenv("COLDCARBON_MIRROR", str(tmp_path / "mirror"))
    with pytest.raises(click.ClickException, match=re.escape(str(damaged))):
        write_bundle(small, "xiao2023/small", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_all_bundles_share_one_wheel_and_only_what_changed_is_written(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLDCARBON_DATA", "simulated")
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    first = small.notebook("xiao2023/small")
    text = first.read_text(encoding="utf-8")
    first.with_name("other.md").write_text(text.replace("xiao2023/small", "xiao2023/other"), encoding="utf-8")
    first.with_name("draft.md").write_text(text.replace("xiao2023/small", "xiao2023/draft"), encoding="utf-8")
    wheels: list[Path] = []
    build = bundle._build_wheel
    monkeypatch.setattr(bundle, "_build_wheel", lambda *words: wheels.append(build(*words)) or wheels[-1])
    pages = ["book/index", "notebooks/xiao2023/small", "notebooks/xiao2023/other"]
    written = write_all_bundles(small, pages)
    assert [path.stem for path in written] == [bundle_name("xiao2023/other"), bundle_name("xiao2023/small")]
    assert len(wheels) == 1
    before = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in written}
    (small.bundles / "coldcarbon-xiao2023-gone.zip").touch()
    first.write_text(text + "\nMore words.\n", encoding="utf-8")
    assert write_all_bundles(small, pages) == written
    after = {path.name: (path.stat().st_mtime_ns, path.read_bytes()) for path in small.bundles.iterdir()}
    assert after["coldcarbon-xiao2023-other.zip"] == before["coldcarbon-xiao2023-other.zip"]
    assert after["coldcarbon-xiao2023-small.zip"][1] != before["coldcarbon-xiao2023-small.zip"][1]
    assert sorted(after) == sorted(before), "a bundle without a chapter does not stay"


def test_a_cut_off_bundle_is_written_again(small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    path = write_bundle(small, "xiao2023/small", tmp_path / "out")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert write_bundle(small, "xiao2023/small", tmp_path / "out").read_bytes() == whole


def test_names_in_a_bundle_are_good_on_every_system(packed: Path) -> None:
    for name in contents(packed):
        assert re.fullmatch(r"[\w.+-]+(/[\w.+-]+)*", name), name
        assert not re.search(r"(?i)(^|/)(con|prn|aux|nul|com\d|lpt\d)(\.|/|$)", name)
        assert len(name) < 200, "Windows takes 260 characters, the reader's folder included"


def test_an_unknown_chapter_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match=CHAPTER):
        write_bundle(PROJECT, "xiao2023/no-such", tmp_path)


def test_a_package_that_cannot_be_built_is_said(
    small: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("COLDCARBON_OFFLINE", "1")
    (small.root / "pyproject.toml").write_text("[project]\n")
    with pytest.raises(click.ClickException, match="the wheel was not built"):
        write_bundle(small, "xiao2023/small", tmp_path / "out")
