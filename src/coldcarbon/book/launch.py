"""The row at the head of a chapter's page: take it away, or run it on a machine of others."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from docutils import nodes

from coldcarbon.book.bundle import bundle_name
from coldcarbon.book.project import Project

__all__ = ["launch_links", "launch_row"]

BINDER = "https://mybinder.org/v2"
COLAB = "https://colab.research.google.com/github"


def launch_links(repository: str, branch: str, path: str) -> dict[str, str]:
    """Where a committed notebook can be run at a click.

    Parameters
    ----------
    repository : str
        Public address of the repository; empty while there is none.
    branch : str
        Its branch.
    path : str
        The committed ``.ipynb``, from the root of the repository.

    Returns
    -------
    dict of str to str
        Address by the name of the host. Empty without a repository; Colab opens only what lies on GitHub.

    Raises
    ------
    ValueError
        If the address is none of a public repository.
    """
    if not repository:
        return {}
    parts = urlsplit(repository)
    name = parts.path.strip("/")
    if parts.scheme != "https" or not parts.hostname or "/" not in name:
        raise ValueError(f"project.urls.Repository is {repository!r}; https://HOST/OWNER/NAME is wanted")
    lab = f"?urlpath={quote(f'lab/tree/{path}', safe='')}"
    if parts.hostname != "github.com":
        return {"Binder": f"{BINDER}/git/{quote(repository, safe='')}/{quote(branch, safe='')}{lab}"}
    return {
        "Binder": f"{BINDER}/gh/{quote(name)}/{quote(branch, safe='')}{lab}",
        "Colab": f"{COLAB}/{quote(name)}/blob/{quote(branch)}/{quote(path)}",
    }


def launch_row(project: Project, page: str) -> nodes.Node:
    """Links to the executed notebook, to the bundle if it is built, and to hosts that run the committed notebook.

    Parameters
    ----------
    project : Project
        The checkout.
    page : str
        Name of a chapter's page.
    """
    links = [("Executed notebook (.ipynb)", f"{page.rpartition('/')[2]}.ipynb", True)]
    bundle = project.bundles / f"{bundle_name(page.removeprefix('notebooks/'))}.zip"
    if bundle.is_file():
        size = max(bundle.stat().st_size / 1e6, 0.1)
        address = "../" * page.count("/") + bundle.relative_to(project.html).as_posix()
        links.append((f"Bundle to run it yourself (.zip, {size:.1f} MB)", address, True))
    hosts = launch_links(project.repository, project.branch, f"{page}.ipynb")
    links += [(f"Run on {host}", address, False) for host, address in hosts.items()]
    row = nodes.paragraph("", classes=["launch"])
    for number, (words, address, internal) in enumerate(links):
        row += nodes.Text(" · " if number else "")
        row += nodes.reference("", words, refuri=address, internal=internal)
    return row
