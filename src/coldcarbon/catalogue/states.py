"""The data state of a chapter, the hashes behind its cache key, and the label its figures carry."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Literal

from coldcarbon.catalogue import fetching, registry, settings
from coldcarbon.catalogue.errors import DataMissingError
from coldcarbon.catalogue.registry import Dataset, File

State = Literal["real", "partial", "simulated"]

SIMULATED = "Simulated"


def present(name: str) -> bool:
    """Tell whether a data set is wholly on this machine with the registered hashes; never downloads.

    Raises
    ------
    UnknownDatasetError
        If the catalogue does not list it.
    DataCorruptError
        If a file has another hash.
    """
    return fetching.is_present(registry.get(name))


def state(names: Sequence[str] | None = None) -> State:
    """Give the data state over the data sets a chapter declares; never downloads.

    Only default sources count; archives and large packages fetched on request do not.

    Parameters
    ----------
    names : sequence of str, optional
        Data sets; all default ones if not given.

    Returns
    -------
    {"real", "partial", "simulated"}
        "real" where every default source among the names is present and verified (so also where there is
        none), "simulated" where none is, or where COLDCARBON_DATA=simulated; else "partial".

    Raises
    ------
    DataCorruptError
        If a file has another hash than registered, whatever COLDCARBON_DATA says but "simulated".
    DataMissingError
        If COLDCARBON_DATA=real and something is missing; the message lists all of it.
    UnknownDatasetError
        If a name is not in the catalogue.
    """
    chosen = [dataset for dataset in registry.select(names) if dataset.default]
    mode = settings.mode()
    if mode == "simulated":
        return "simulated"
    missing = {dataset.name: files for dataset in chosen if (files := fetching.missing_files(dataset))}
    if not missing:
        return "real"
    if mode == "real":
        lines = [f"  {_missing_line(registry.get(name), files)}" for name, files in missing.items()]
        raise DataMissingError(
            "COLDCARBON_DATA=real, but data is missing:\n"
            + "\n".join(lines)
            + f"\nRun `coldcarbon data fetch {' '.join(missing)}`, or name a folder that holds them in "
            "COLDCARBON_MIRROR, or set COLDCARBON_DATA=auto."
        )
    return "simulated" if len(missing) == len(chosen) else "partial"


def hashes(names: Iterable[str]) -> dict[str, str]:
    """Give one hash per data set: for the ledger and for cache keys.

    Parameters
    ----------
    names : iterable of str
        Data sets.

    Returns
    -------
    dict of str to str
        SHA-256 of the sorted lines "file:sha256" (for an archive: "file:md5", as it states them; "" before
        it is fetched). They are the registered hashes, which every file that is used has.

    Raises
    ------
    UnknownDatasetError
        If a name is not in the catalogue.
    """
    result: dict[str, str] = {}
    for dataset in registry.select(names):
        lines = sorted(f"{file.name}:{file.digest}" for file in fetching.files_of(dataset))
        result[dataset.name] = hashlib.sha256("\n".join(lines).encode()).hexdigest() if lines else ""
    return result


def evidence_label(names: Iterable[str], state: State) -> str:
    """Write the label of a figure or table that shows these data sets.

    Parameters
    ----------
    names : iterable of str
        The data sets shown.
    state : {"real", "partial", "simulated"}
        State of the chapter. In the partial state each data set is labelled as it is here: data where it is
        present, simulated where it is not.

    Returns
    -------
    str
        "Data (observed): NAME (DOI)" or "Data (model product): ..."; without a DOI the licence and the source
        stand in its place; several are joined by "; ". "Simulated" where nothing shown is data.
        A map counts as a model product: it was derived, not observed.

    Raises
    ------
    UnknownDatasetError
        If a name is not in the catalogue.
    """
    chosen = registry.select(names)
    if state == "simulated" or not chosen:
        return SIMULATED
    shown = chosen if state == "real" else [dataset for dataset in chosen if fetching.is_present(dataset)]
    parts: list[str] = []
    for label, wanted in (("Data (observed)", True), ("Data (model product)", False)):
        sources = [_source(dataset) for dataset in shown if (dataset.kind == "observation") == wanted]
        if sources:
            parts.append(f"{label}: {', '.join(sources)}")
    if not parts:
        return SIMULATED
    others = [dataset.name for dataset in chosen if dataset not in shown]
    if others:
        parts.append(f"{SIMULATED}: {', '.join(others)}")
    return "; ".join(parts)


def _source(dataset: Dataset) -> str:
    return f"{dataset.name} ({f'doi {dataset.doi}' if dataset.doi else f'{dataset.licence}, {dataset.origin}'})"


def _missing_line(dataset: Dataset, files: list[File]) -> str:
    named = ", ".join(file.name for file in files[:3])
    more = f" and {len(files) - 3} more" if len(files) > 3 else ""
    return f"{dataset.name} ({dataset.source}): {len(files)} of {len(dataset.files)} files: {named}{more}"
