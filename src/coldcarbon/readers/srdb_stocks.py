"""Stocks of plants above and below ground from the soil respiration database (Jian and others 2021).

`coldcarbon.readers.srdb` reads the fluxes of the same file; this adds the columns ``C_AG`` and ``C_BG``, the carbon in
plants above and below ground in g C m-2, and their ratio. What is odd in them, and what happens here:

- a study that measured respiration in eight treatments gives the same stocks eight times: `stock_repeat` marks a record
  whose two stocks an earlier record of the same study already gives;
- some studies give dry mass under these names. It cancels from the ratio if it was done for both;
- stocks below ground are what was washed out of soil, with dead roots where nobody told them apart: several kg C m-2
  under wetlands, far more than can have grown. The file says nothing of this.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import srdb
from coldcarbon.readers.text_tables import numbers

__all__ = ["COLUMNS", "UNITS", "flag_repeats", "read"]

DATASET: Final = "srdb"
STOCKS: Final = {"C_AG": "aboveground_g_C_per_m2", "C_BG": "belowground_g_C_per_m2"}
_LARGEST: Final = 200_000.0  # g C m-2; the densest forests hold about 100,000

COLUMNS: Final = (
    "record_number",
    "study_number",
    "latitude_degrees_north",
    "longitude_degrees_east",
    "elevation_m",
    "ecosystem_type",
    "manipulated",
    *STOCKS.values(),
    "eta",
    "stock_repeat",
)
UNITS: Final = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "elevation_m": "m above sea level",
    **dict.fromkeys(STOCKS.values(), "g C m-2"),
    "eta": "1 (aboveground per belowground stock)",
}


def read(path: str | Path | None = None) -> pd.DataFrame:
    """Read the records that give both stocks.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The CSV file; by default the verified copy of the catalogue's "srdb".

    Returns
    -------
    pandas.DataFrame
        One row per record with both stocks above zero, in the order of the file, columns `COLUMNS`, ``attrs`` units
        and source.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `coldcarbon.readers.srdb.read`, and if a stock is absent, no number, negative or impossibly large.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    frame, texts, rows = srdb.read_with(file, STOCKS)
    for source, name in STOCKS.items():
        stocks = numbers(file, texts[source], 0, _LARGEST, remedy=rows.remedy, lines=rows.lines, missing=("",))
        frame[name] = stocks.to_numpy()
    both = frame[(frame[list(STOCKS.values())] > 0).all(axis=1)].reset_index(drop=True)
    found = flag_repeats(both)
    found.attrs["units"] = dict(UNITS)
    found.attrs["source"] = "SRDB (doi:10.5194/essd-13-255-2021)"
    return found


def flag_repeats(frame: pd.DataFrame) -> pd.DataFrame:
    """Add `eta` and `stock_repeat` to a frame that has everything else.

    Parameters
    ----------
    frame : pandas.DataFrame
        Columns of `COLUMNS` without these two; stocks above zero.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`.
    """
    above, below = STOCKS.values()
    flagged = frame.assign(eta=frame[above] / frame[below])
    flagged["stock_repeat"] = flagged.duplicated(["study_number", above, below])
    return flagged[list(COLUMNS)]
