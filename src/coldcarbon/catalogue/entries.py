"""One data set in words, for the page of the book and for the command line alike."""

from __future__ import annotations

from collections.abc import Sequence

from coldcarbon.catalogue import registry, states
from coldcarbon.catalogue.registry import Dataset


def entry(name: str, chapters: Sequence[str] = ()) -> dict[str, str]:
    """Say what a data set is, whose it is and how to have it.

    Parameters
    ----------
    name : str
        Name of the data set.
    chapters : sequence of str, optional
        The chapters that use it.

    Returns
    -------
    dict of str to str
        Text by label, in the order in which they are shown: "Kind", "Licence", "Cite", "Source", "Passing on",
        "Here", "Fetch", "Chapters".

    Raises
    ------
    UnknownDatasetError
        If the catalogue does not list it.
    DataCorruptError
        If a file has another hash than registered.
    """
    dataset = registry.get(name)
    note = f" ({dataset.licence_note})" if dataset.licence_note else ""
    return {
        "Kind": dataset.kind,
        "Licence": f"{dataset.licence}{note}",
        "Cite": f"https://doi.org/{dataset.doi}" if dataset.doi else f"has no DOI: name the {dataset.origin}",
        "Source": source(dataset),
        "Passing on": passing_on(dataset),
        "Here": here(dataset),
        "Fetch": f"coldcarbon data fetch {name}",
        "Chapters": ", ".join(chapters) or "none",
    }


def source(dataset: Dataset) -> str:
    """Say from where it is fetched, at which fixed state."""
    if dataset.wheel is not None:
        wheel = dataset.wheel
        return (
            f"{wheel.file} of the package {wheel.package} {wheel.version}, about {wheel.megabytes:g} MB, "
            f"sha256 {wheel.sha256}; it is read, not installed"
        )
    if dataset.source == "archive":
        return f"the files that the archive lists under doi {dataset.doi}, with the checksums it states"
    return address(dataset)


def address(dataset: Dataset) -> str:
    """Give the address that all its files begin with, commit included; "" where it has none."""
    urls = [file.url for file in dataset.files if file.url]
    if not urls:
        return ""
    if len(urls) == 1:
        return urls[0]
    common = urls[0]
    for url in urls[1:]:
        while not url.startswith(common):
            common = common[:-1]
    return common[: common.rindex("/") + 1]


def passing_on(dataset: Dataset) -> str:
    """Say whether it may be passed on and whether bundles hold it."""
    if not dataset.redistributable:
        return "not by us: each user fetches it, and bundles hold only its address"
    if dataset.bundled:
        return "allowed; the bundle of a chapter holds it"
    return "allowed, but it is large: bundles hold only its address"


def size_text(count: int) -> str:
    """Write bytes as people read them; "-" where the size is not known before the fetch."""
    if not count:
        return "-"
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


def here(dataset: Dataset) -> str:
    """Say whether it is whole on this machine."""
    if states.present(dataset.name):
        return "yes, every file verified"
    return "no" if dataset.default else "no; it is fetched only on request"
