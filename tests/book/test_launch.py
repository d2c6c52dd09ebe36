"""The row at the head of a page: addresses of hosts follow from the one address of the repository."""

from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from docutils import nodes

from coldcarbon.book.launch import launch_links, launch_row
from coldcarbon.book.project import Project

ADDRESS = "https://github.com/someone/cold-carbon"
PAGE = "notebooks/xiao2023/roots"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n', encoding="utf-8")
    return Project(tmp_path)


def links(row: nodes.Node) -> dict[str, str]:
    return {link.astext(): link["refuri"] for link in row.findall(nodes.reference)}


def test_hosts_open_the_committed_notebook() -> None:
    found = launch_links(ADDRESS, "main", f"{PAGE}.ipynb")
    assert found["Colab"] == f"https://colab.research.google.com/github/someone/cold-carbon/blob/main/{PAGE}.ipynb"
    binder = urlsplit(found["Binder"])
    assert (binder.hostname, binder.path) == ("mybinder.org", "/v2/gh/someone/cold-carbon/main")
    assert parse_qs(binder.query) == {"urlpath": [f"lab/tree/{PAGE}.ipynb"]}


def test_a_branch_with_a_slash_stays_one_part_of_the_address() -> None:
    assert urlsplit(launch_links(ADDRESS, "a/b", "n.ipynb")["Binder"]).path.endswith("/cold-carbon/a%2Fb")


def test_elsewhere_than_on_github_there_is_binder_alone() -> None:
    address = "https://git.example.org/group/cold-carbon"
    found = launch_links(address, "main", f"{PAGE}.ipynb")
    assert list(found) == ["Binder"]
    kind, repository, branch = urlsplit(found["Binder"]).path.removeprefix("/v2/").split("/")
    assert (kind, unquote(repository), branch) == ("git", address, "main")


@pytest.mark.parametrize("address", ["git@host.example:a/b", "http://github.com/a/b", "https://github.com/a", "a/b"])
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match=r"project\.urls\.Repository"):
        launch_links(address, "main", "n.ipynb")


def test_without_an_address_the_row_stays_within_the_book(project: Project) -> None:
    assert links(launch_row(project, PAGE)) == {"Executed notebook (.ipynb)": "roots.ipynb"}


def test_a_bundle_is_offered_with_its_size_if_it_is_there(project: Project) -> None:
    project.bundles.mkdir(parents=True)
    (project.bundles / "coldcarbon-xiao2023-roots.zip").write_bytes(bytes(2_340_000))
    found = links(launch_row(project, PAGE))
    assert found["Bundle to run it yourself (.zip, 2.3 MB)"] == "../../bundles/coldcarbon-xiao2023-roots.zip"


@pytest.mark.parametrize("written", [ADDRESS, f"{ADDRESS}.git", f"{ADDRESS}/"])
def test_with_an_address_the_row_names_the_hosts(project: Project, written: str) -> None:
    with (project.root / "pyproject.toml").open("a", encoding="utf-8") as stream:
        stream.write(f'[project.urls]\nRepository = "{written}"\n[tool.coldcarbon]\nbranch = "trunk"\n')
    row = launch_row(project, PAGE)
    found = links(row)
    assert list(found) == ["Executed notebook (.ipynb)", "Run on Binder", "Run on Colab"]
    assert {"Run on " + host: address for host, address in launch_links(ADDRESS, "trunk", f"{PAGE}.ipynb").items()} == {
        name: address for name, address in found.items() if name.startswith("Run")
    }
    assert row.astext() == " · ".join(found)
