"""Cross mapping: times against rEDM and multispatialCCM, and agreement with their recorded answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from golden import frame, results
from harness import Agreement, Case

from coldcarbon.stats import crossmap

SIZES = range(10, 61, 5)


def sardine() -> pd.DataFrame:
    """Read the sardine series from the package that carries it."""
    import pyEDM

    return pyEDM.sampleData["sardine_anchovy_sst"]


def protists() -> pd.DataFrame:
    return frame("paramecium_didinium")


def plots() -> pd.DataFrame:
    """Read the replicated series, gaps between plots as NaN."""
    return frame("ccm_multispatial").replace(-9999, np.nan)


def plots_as_r_reads_them() -> pd.DataFrame:
    """Leave out the last rows, as many as there are gaps, as multispatialCCM does."""
    table = plots()
    return table.iloc[: int(table["A"].notna().sum())]


def full_library(name: str, effect: str, cause: str) -> Callable[[], float]:
    def compare() -> float:
        ours = crossmap.simplex(protists() if name == "parame_didin" else sardine(), effect, cause, E=3, Tp=0)
        r = results("07_ccm")["full"][name]
        predicted = np.asarray(r["pred"], float)
        apart = np.abs(ours.predictions["predicted"].to_numpy() - predicted).max() / np.abs(predicted).max()
        return float(max(apart, abs(ours.rho - r["rho"]) / abs(r["rho"]), abs(ours.n - r["n_pred"])))

    return compare


def dimensions() -> float:
    apart = 0.0
    for name, table in (("anchovy", sardine()), ("paramecium", protists())):
        ours = crossmap.choose_embedding(table, name, dimensions=range(1, 9)).table["rho"]
        apart = max(apart, float(np.abs(ours.to_numpy() - results("07_ccm")["embed_dim"][name]["rho"]).max()))
    return apart


def curves() -> float:
    """Largest difference of mean rho: both sides draw 500 libraries per size at random."""
    apart = 0.0
    pairs = (
        ("anchovy_sst", "anchovy", "np_sst"),
        ("sardine_sst", "sardine", "np_sst"),
        ("sardine_anchovy", "sardine", "anchovy"),
        ("parame_didin", "paramecium", "didinium"),
    )
    for name, one, other in pairs:
        r = results("07_ccm")[name]
        table = protists() if name == "parame_didin" else sardine()
        for effect, cause in ((one, other), (other, one)):
            ours = crossmap.cross_map(
                table, cause=cause, effect=effect, E=3, library_sizes=r["LibSize"], n_samples=500, seed=1
            )
            apart = max(apart, float(np.abs(ours.rho.mean(axis=1) - r[f"{effect}:{cause}"]).max()))
    return apart


def replicates() -> float:
    """Largest difference of mean and spread of rho: both sides draw 800 libraries per size."""
    apart = 0.0
    sizes = [5, 10, 20, 51, 102, 151, 197]
    for name, cause, effect in (("A_from_B", "A", "B"), ("B_from_A", "B", "A")):
        r = results("07_ccm")["multispatial"][name]
        ours = crossmap.cross_map(
            plots_as_r_reads_them(),
            cause=cause,
            effect=effect,
            E=2,
            replace=True,
            library_sizes=sizes,
            n_samples=800,
            seed=2,
        )
        places = [r["Lobs"].index(size) for size in sizes]
        apart = max(apart, float(np.abs(ours.rho.mean(axis=1) - np.array(r["rho"])[places]).max()))
        apart = max(apart, float(np.abs(ours.rho.std(axis=1) - np.array(r["sdevrho"])[places]).max()))
    return apart


def both_directions(read: Callable[[], pd.DataFrame], one: str, other: str, sizes: range) -> Callable[[], object]:
    """Do what one call of rEDM's CCM does."""
    table = read()

    def call() -> object:
        return [
            crossmap.cross_map(table, cause=cause, effect=effect, E=3, library_sizes=sizes)
            for cause, effect in ((one, other), (other, one))
        ]

    return call


def replicated() -> Callable[[], object]:
    table = plots()
    sizes = results("07_ccm")["multispatial"]["A_from_B"]["Lobs"]
    return lambda: crossmap.cross_map(
        table, cause="A", effect="B", E=2, replace=True, library_sizes=sizes, n_samples=100
    )


def with_surrogates() -> Callable[[], object]:
    table = protists()
    return lambda: crossmap.cross_map(
        table, cause="didinium", effect="paramecium", E=3, surrogates="phase", n_surrogates=1000
    )


def thousand_surrogates() -> Callable[[], object]:
    values = protists()["didinium"]
    return lambda: crossmap.surrogate_series(values, "phase", 1000)


CASES = [
    Case("ccm_sardine", lambda: both_directions(sardine, "np_sst", "anchovy", range(10, 71, 10)), "ccm_sardine", 1.0),
    Case(
        "ccm_parame", lambda: both_directions(protists, "didinium", "paramecium", range(10, 61, 10)), "ccm_parame", 1.0
    ),
    Case("ccm_multispatial", replicated, "ccm_multispatial", 1.0, "160 library sizes"),
    Case("thousand_surrogates", thousand_surrogates, None, None),
    Case("cross_map_with_1000_surrogates", with_surrogates, None, None),
]

AGREEMENT = [
    Agreement(
        "simplex, all states, sea temperature from anchovy",
        "rEDM::Simplex",
        "crossmap.simplex",
        full_library("anchovy_sst", "anchovy", "np_sst"),
        1e-10,
    ),
    Agreement(
        "simplex, all states, Didinium from Paramecium",
        "rEDM::Simplex",
        "crossmap.simplex",
        full_library("parame_didin", "paramecium", "didinium"),
        1e-10,
    ),
    Agreement("embedding dimension", "rEDM::EmbedDimension", "crossmap.choose_embedding", dimensions, 1e-6),
    Agreement(
        "cross mapping, library-size curve",
        "rEDM::CCM",
        "crossmap.cross_map",
        curves,
        0.03,
        "absolute; random libraries on both sides",
        "ccm_parame",
    ),
    Agreement(
        "cross mapping of replicates",
        "multispatialCCM::CCM_boot",
        "crossmap.cross_map(replace=True)",
        replicates,
        0.02,
        "absolute; random libraries on both sides; the series cut by as many rows as it has gaps, which R leaves out",
        "ccm_multispatial",
    ),
]
