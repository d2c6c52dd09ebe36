"""Zonal annual anomalies of surface temperature, GISTEMP v4, 1880-2020.

The file is ``ZonAnn.Ts+dSST.csv``: ``Year``, three hemispheric columns, three broad and eight narrow zones, in degrees
Celsius against the mean of 1951-1980, land and ocean together. 141 years, none missing. No zone begins at 50 N:
``44N-64N`` and ``64N-90N`` come nearest, and `band_mean` weights them by area of the sphere; the broad zones of the
file are such means within 0.1. There are no months, so that springs cannot be told from autumns, and the ocean is in
it: the land warms faster.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import numbers, rows_of, text_of

__all__ = ["COLUMNS", "NARROW_ZONES", "band_mean", "read"]

DATASET: Final = "gistemp-zonal"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
COLUMNS: Final = (
    *("Glob", "NHem", "SHem", "24N-90N", "24S-24N", "90S-24S"),
    *("64N-90N", "44N-64N", "24N-44N", "EQU-24N", "24S-EQU", "44S-24S", "64S-44S", "90S-64S"),
)
"""Zones in the order of the file."""
NARROW_ZONES: Final[dict[str, tuple[float, float]]] = {
    "64N-90N": (64, 90),
    "44N-64N": (44, 64),
    "24N-44N": (24, 44),
    "EQU-24N": (0, 24),
    "24S-EQU": (-24, 0),
    "44S-24S": (-44, -24),
    "64S-44S": (-64, -44),
    "90S-64S": (-90, -64),
}
"""Zones that cover the globe without overlap: their edges in degrees north."""
_LARGEST: Final = 15.0  # degrees Celsius


def read(path: str | Path | None = None) -> pd.DataFrame:
    """Read the anomalies.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The CSV file; by default the verified copy of the catalogue's "gistemp-zonal".

    Returns
    -------
    pandas.DataFrame, shape (years, 14)
        Index ``year``, columns `COLUMNS`, degrees Celsius against 1951-1980; ``attrs["units"]``, ``attrs["source"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read or is cut off, lacks a zone or a year, or holds something that is no number or no
        anomaly (the original's ``***`` for a missing value included); names file, row, column and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    rows = rows_of(file, text_of(file, remedy=_REMEDY), remedy=_REMEDY)
    table = rows.columns(("Year", *COLUMNS))
    years: list[int] = []
    for line, text in zip(rows.lines, table["Year"], strict=True):
        if not re.fullmatch(r"[0-9]{4}", text):
            raise ReaderError(file, f"{text!r} is no year", _REMEDY, row=int(line), column="Year")
        if years and int(text) != years[-1] + 1:
            raise ReaderError(file, f"{text} follows {years[-1]}", _REMEDY, row=int(line), column="Year")
        years.append(int(text))
    values = {
        name: numbers(file, table[name], -_LARGEST, _LARGEST, remedy=_REMEDY, lines=rows.lines).to_numpy()
        for name in COLUMNS
    }
    frame = pd.DataFrame(values, index=pd.Index(years, name="year"))
    frame.attrs["units"] = dict.fromkeys(COLUMNS, "degrees Celsius against the mean of 1951-1980")
    frame.attrs["source"] = "GISTEMP v4, zonal annual means (public domain)"
    return frame


def band_mean(anomalies: pd.DataFrame, south: float, north: float) -> pd.Series:
    """Mean over a band, from the narrow zones by their area of the sphere within it.

    Parameters
    ----------
    anomalies : pandas.DataFrame
        As `read` gives it.
    south, north : float
        Edges of the band in degrees north.

    Returns
    -------
    pandas.Series
        By year, degrees Celsius. A zone that an edge cuts counts with its own mean: within it nothing is known.

    Raises
    ------
    ValueError
        For a band that is empty or leaves the globe.
    """
    if not -90 <= south < north <= 90:
        raise ValueError(f"a band needs -90 <= south < north <= 90, not {south:g} and {north:g}")
    edges = np.clip(np.array(list(NARROW_ZONES.values()), dtype=float), south, north)
    weights = np.diff(np.sin(np.radians(edges)), axis=1)[:, 0]
    mean = anomalies[list(NARROW_ZONES)].to_numpy() @ (weights / weights.sum())
    return pd.Series(mean, index=anomalies.index, name=f"{south:g} to {north:g} degrees north")
