"""What describes a release says the same everywhere, and satisfies those who read it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pybtex.database import parse_file

from coldcarbon.book.metadata import citation, zenodo_text
from coldcarbon.book.project import Project, find_project
from coldcarbon.published import PAPERS

PROJECT = find_project(Path(__file__))


def schema_faults(path: Path) -> str:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.citation-file-format", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ""


@pytest.fixture
def copy(tmp_path: Path) -> Project:
    (tmp_path / "book").mkdir()
    for name in ("CITATION.cff", "pyproject.toml", "book/references.bib"):
        shutil.copy(PROJECT.root / name, tmp_path / name)
    return Project(tmp_path)


def test_the_citation_is_a_good_one() -> None:
    assert schema_faults(PROJECT.root / "CITATION.cff") == ""


@pytest.mark.parametrize("field", ["title", "authors", "message"])
def test_a_citation_without_a_needed_field_is_refused(copy: Project, field: str) -> None:
    path = copy.root / "CITATION.cff"
    path.write_text(yaml.safe_dump({key: value for key, value in citation(copy).items() if key != field}))
    assert field in schema_faults(path)


def test_citation_and_package_agree() -> None:
    cited, about = citation(PROJECT), PROJECT.settings["project"]
    assert str(cited["version"]) == about["version"]
    assert cited["license"] == about["license"]
    assert cited.get("repository-code", "") == PROJECT.repository


def test_the_archive_is_told_what_the_citation_says() -> None:
    described = json.loads(zenodo_text(PROJECT))
    cited = citation(PROJECT)
    assert described["title"] == cited["title"]
    assert [creator["name"] for creator in described["creators"]] == [author["name"] for author in cited["authors"]]
    assert described["version"] == PROJECT.settings["project"]["version"]
    assert described["license"] == "bsd-3-clause"
    entries = parse_file(PROJECT.root / "book" / "references.bib", "bibtex").entries
    named = {paper["identifier"] for paper in described["related_identifiers"]}
    assert named == {entries[paper].fields["doi"] for paper in PAPERS}


def test_a_change_of_version_reaches_the_archive(copy: Project) -> None:
    path = copy.root / "pyproject.toml"
    path.write_text(path.read_text().replace('version = "0.1.0"', 'version = "9.8.7"', 1))
    assert json.loads(zenodo_text(copy))["version"] == "9.8.7"


def test_a_citation_without_what_the_archive_wants_is_said(copy: Project) -> None:
    path = copy.root / "CITATION.cff"
    path.write_text(path.read_text().replace("abstract:", "comment:"))
    with pytest.raises(KeyError, match="abstract"):
        zenodo_text(copy)


def test_the_licences_are_stated_on_one_page_and_linked() -> None:
    page = (PROJECT.root / "book" / "licences.md").read_text(encoding="utf-8")
    for licence, file in (("BSD-3-Clause", "LICENSE"), ("CC-BY-4.0", "LICENSE-text")):
        assert f"`{licence}` (`{file}`)" in page
        assert (PROJECT.root / file).is_file()
    assert PROJECT.settings["project"]["license-files"] == ["LICENSE", "LICENSE-text"]
    assert "book/licences.md" in (PROJECT.root / "README.md").read_text(encoding="utf-8")
