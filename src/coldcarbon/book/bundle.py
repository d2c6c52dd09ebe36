"""Pack a chapter so that it runs in an empty environment: notebook, package, lock, data, licences, instructions."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from textwrap import fill

import click
from tqdm import tqdm

from coldcarbon import catalogue
from coldcarbon.book.citations import BIBLIOGRAPHY
from coldcarbon.book.pairing import paired_text
from coldcarbon.book.project import Project

__all__ = ["bundle_name", "write_all_bundles", "write_bundle"]

# The oldest time a zip can hold, for every file: the same content gives the same bytes.
TIMESTAMP = (1980, 1, 1, 0, 0, 0)
UNIX = 3  # a zip notes the system that wrote it; the same bytes come from each
COMPRESSED = (".whl", ".woff", ".png", ".gz", ".zip", ".xlsx", ".parquet")
README_WIDTH = 100
COMMANDS = """\
Linux and macOS, in this folder:

    python3 -m venv .venv
    .venv/bin/python -m pip install --require-hashes -r requirements.lock
    .venv/bin/python -m pip install --no-deps {wheel}
    {mirror}.venv/bin/coldcarbon run {notebook}

Windows (PowerShell), in this folder:

    py -m venv .venv
    .venv\\Scripts\\python -m pip install --require-hashes -r requirements.lock
    .venv\\Scripts\\python -m pip install --no-deps {wheel}
    {windows_mirror}.venv\\Scripts\\coldcarbon run {notebook}

The executed notebook and a page of it are written to executed/. To work in the notebook itself,
open {pair} in Jupyter with .venv as its kernel{mirror_note}.
"""
MIRROR = {
    "mirror": "COLDCARBON_MIRROR=data ",
    "windows_mirror": '$env:COLDCARBON_MIRROR = "data"\n    ',
    "mirror_note": ",\nand COLDCARBON_MIRROR set to the full path of data/",
}


def bundle_name(chapter: str) -> str:
    """Name of a chapter's bundle, and of the folder it unpacks to."""
    return f"coldcarbon-{chapter.replace('/', '-')}"


def write_bundle(project: Project, chapter: str, folder: Path) -> Path:
    """Write a zip with all that a chapter needs to run.

    Data that may be passed on are put in, as ``COLDCARBON_MIRROR`` expects them; the others are fetched by the first
    run, and the README inside says which, from where and under which licence.

    Parameters
    ----------
    project : Project
        The checkout.
    chapter : str
        ``PAPER/CHAPTER``.
    folder : Path
        Where to write; made if absent.

    Returns
    -------
    Path
        The zip; the same content gives the same bytes, and a zip that holds it already is left alone.

    Raises
    ------
    click.UsageError
        If there is no such chapter.
    click.ClickException
        If the data are damaged or the package cannot be built.
    """
    (path,) = _write(project, [project.notebook(chapter)], folder)
    return path


def write_all_bundles(project: Project, pages: Iterable[str]) -> list[Path]:
    """Write the bundles of a book's chapters among its pages, and delete those of chapters that are gone.

    Parameters
    ----------
    project : Project
        The checkout.
    pages : iterable of str
        Names of the book's pages; those that are no notebooks are passed over.

    Returns
    -------
    list of Path
        The bundles there are now. One that holds its content already is not written again.

    Raises
    ------
    click.ClickException
        If the data are damaged or the package cannot be built.
    """
    wanted = set(pages)
    notebooks = [n for n in project.notebooks() if n.relative_to(project.root).with_suffix("").as_posix() in wanted]
    written = _write(project, notebooks, project.bundles)
    for path in set(project.bundles.glob("*.zip")) - set(written):
        path.unlink()
    return written


def _write(project: Project, notebooks: Sequence[Path], folder: Path) -> list[Path]:
    """Write bundles with one wheel for all."""
    declared = {notebook: _declared(notebook) for notebook in notebooks}
    datasets = sorted({name for names in declared.values() for name in names if catalogue.get(name).bundled})
    try:
        data = {dataset: _files(dataset) for dataset in datasets}
    except catalogue.DataError as error:
        raise click.ClickException(str(error)) from error
    missing = [dataset for dataset in datasets if not data[dataset]]
    if missing:
        click.echo(f"without {', '.join(missing)}: the first run of a bundle fetches what it needs", err=True)
    if not notebooks:
        return []
    with tempfile.TemporaryDirectory() as place:
        wheel = _build_wheel(project, Path(place))
        shared = {wheel.name: wheel.read_bytes()}
    along = (Path(project.lock.name), BIBLIOGRAPHY, Path("LICENSE"), Path("LICENSE-text"), *_mathjax(project))
    shared |= {path.as_posix(): (project.root / path).read_bytes() for path in along}
    written = []
    for notebook in tqdm(notebooks, unit="bundle", desc="bundles", disable=None, leave=False):
        names = declared[notebook]
        files = {dataset: data[dataset] for dataset in names if dataset in data}
        chapter, relative = project.chapter(notebook), notebook.relative_to(project.root)
        contents = dict(shared)
        contents |= {f"data/{d}/{file}": path.read_bytes() for d, held in files.items() for file, path in held.items()}
        contents[relative.as_posix()] = notebook.read_bytes()
        contents[relative.with_suffix(".ipynb").as_posix()] = paired_text(notebook).encode()
        included = {dataset for dataset, held in files.items() if held}
        contents["README.txt"] = _readme(chapter, relative, wheel.name, names, included).encode()
        name = bundle_name(chapter)
        folder.mkdir(parents=True, exist_ok=True)
        target = folder / f"{name}.zip"
        _write_zip(target, {f"{name}/{path}": content for path, content in contents.items()})
        written.append(target)
    return written


def _declared(notebook: Path) -> list[str]:
    try:
        declared = catalogue.declared(notebook)
    except catalogue.DataError as error:
        raise click.ClickException(str(error)) from error
    return declared[1] if declared else []


def _files(dataset: str) -> dict[str, Path]:
    """Verified files of a data set by name, fetched if need be; none if it cannot be had now."""
    if catalogue.mode() == "simulated" and not catalogue.present(dataset):
        return {}
    try:
        return catalogue.paths(dataset)
    except catalogue.DataMissingError:
        return {}


def _mathjax(project: Project) -> Iterable[Path]:
    """MathJax with its fonts and its licence, which the page of the run takes in."""
    folder = project.root / "book" / "_static" / "mathjax"
    return sorted(path.relative_to(project.root) for path in folder.rglob("*") if path.is_file())


def _build_wheel(project: Project, folder: Path) -> Path:
    """Build the package with the backend that the lock installed: no network, the same bytes each time."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=project.root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise click.ClickException(f"the wheel was not built:\n{done.stderr.strip() or done.stdout.strip()}")
    return next(folder.glob("*.whl"))


def _readme(chapter: str, notebook: Path, wheel: str, names: Sequence[str], included: set[str]) -> str:
    mirror = MIRROR if included else dict.fromkeys(MIRROR, "")
    commands = COMMANDS.format(
        wheel=wheel, notebook=notebook.as_posix(), pair=notebook.with_suffix(".ipynb").as_posix(), **mirror
    )
    parts = [
        f"Cold Carbon: the chapter {chapter}, ready to run",
        "It needs Python 3.11, 3.12 or 3.13 and a connection to a package index; installing takes about 1.5 GB.\n"
        "Where the first command finds another Python than these, name one of them: python3.13 or py -3.13.",
        commands.rstrip(),
        _data_section(names, included),
        "Code is under the licence in LICENSE, prose and figures under that in LICENSE-text, MathJax under that in\n"
        "book/_static/mathjax/LICENSE.",
    ]
    return "\n\n".join(parts) + "\n"


def _data_section(names: Sequence[str], included: set[str]) -> str:
    if not names:
        return "The chapter needs no data."
    lines = ["Data (the sha256 of every file is checked before it is used):", ""]
    for name in sorted(names):
        dataset = catalogue.get(name)
        if name in included:
            where = f"in data/{name}"
        elif not dataset.default:
            where = f"not in this bundle; `coldcarbon data fetch {name}` fetches it on request"
        else:
            where = "not in this bundle; the first run fetches it"
        cite = f"; cite doi {dataset.doi}" if dataset.doi else ""
        note = f" ({dataset.licence_note})" if dataset.licence_note else ""
        terms = f"Licence: {dataset.licence}{note}. Source: {dataset.origin}{cite}"
        text = f"- {name} ({where}): {dataset.description}. {terms}."
        lines.append(fill(text, README_WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False))
    lines += ["", "What cannot be fetched is replaced by the chapter's simulated design, and every figure says so."]
    return "\n".join(lines)


def _write_zip(target: Path, contents: Mapping[str, bytes]) -> None:
    """Write in one step: a bundle is whole or not there. Its comment tells whether it holds this already."""
    digests = "".join(f"{path}:{hashlib.sha256(contents[path]).hexdigest()}\n" for path in sorted(contents))
    comment = hashlib.sha256(digests.encode()).hexdigest().encode()
    if _comment(target) == comment:
        return
    partial = target.with_name(f"{target.name}.partial")
    try:
        with zipfile.ZipFile(partial, "w") as archive:
            archive.comment = comment
            for path in tqdm(sorted(contents), unit="file", desc=target.name, disable=None, leave=False):
                entry = zipfile.ZipInfo(path, TIMESTAMP)
                entry.create_system = UNIX
                entry.external_attr = 0o644 << 16
                packed = zipfile.ZIP_STORED if path.endswith(COMPRESSED) else zipfile.ZIP_DEFLATED
                archive.writestr(entry, contents[path], packed)
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _comment(path: Path) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment
    except (OSError, zipfile.BadZipFile):
        return b""
