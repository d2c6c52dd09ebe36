"""The Global Carbon Budget 2020: yearly sources and sinks, and the land of each vegetation model (workbook, GtC yr-1).

Sheets that are read (doi:10.5194/essd-12-3269-2020): "Global Carbon Budget" (1959-2019), "Historical Budget"
(1750-2019), "Terrestrial Sink" and "Land-Use Change Emissions" (1959-2019; 17 models each, and three bookkeeping
models). 1 GtC is 1 PgC. Sinks are positive as sinks, emissions as emissions: the workbook's own signs, so that **uptake
is positive**.

What is odd in it:

- the header stands in row 21, 16, 25 or 29 of a sheet, below notes, and empty columns part groups: found by the cell
  "Year";
- below 2019 the main sheet has a row "2020*" with values such as "~9.3": no year, left out and named in
  ``attrs["left_out"]``;
- model names have stray blanks ("LPJ "); OCN is "OCNv2" and ORCHIDEE "ORCHIDEE-v3";
- the land sink is what models have without land-use change (S2); emissions from land-use change come apart from
  bookkeeping models. `net_land` is land sink minus land-use emissions: what an inversion sees (but for rivers).
  In 2000-2016 the two are 3.1 and 1.5 PgC yr-1, the net 1.6; inversions have 1.5 to 2.5. In 1980-2017 they are 2.70
  and 1.40, the net 1.29;
- the budget does not close: ``budget_imbalance`` reaches 2.3 PgC yr-1 in a year, -0.1 on average over 1980-2017;
- ISBA-CTRIP's years run from July to June, judged by its monthly file (see `coldcarbon.readers.trendy`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import numbers

__all__ = ["BUDGET", "read", "read_models"]

DATASET: Final = "global-carbon-budget-2020"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
BUDGET: Final[dict[str, str]] = {
    "fossil emissions excluding carbonation": "fossil_emission",
    "land-use change emissions": "land_use_emission",
    "atmospheric growth": "atmospheric_growth",
    "ocean sink": "ocean_sink",
    "land sink": "land_sink",
    "cement carbonation sink": "cement_sink",
    "budget imbalance": "budget_imbalance",
}
"""Columns of the budget and their names here, all in PgC yr-1."""
_GROUPS: Final = ("GCB", "MMM (multi-model mean)", "Model Spread (sd)")
_BOOKKEEPING: Final = ("H&N", "BLUE", "OSCAR")
_LARGEST: Final = 30.0  # PgC yr-1: in MtC or GtCO2 the emissions of 2019 are larger


def _sheet(path: Path, sheet: str) -> pd.DataFrame:
    try:
        table = pd.read_excel(path, sheet_name=sheet, header=None, engine="openpyxl")
    except OSError as error:
        raise ReaderError(path, f"cannot be read ({error.strerror or error})", _REMEDY) from error
    except ValueError as error:  # pandas: no such sheet
        raise ReaderError(path, f"no sheet {sheet!r} ({error})", _REMEDY) from error
    except Exception as error:  # openpyxl lets errors of zip, XML and keys through
        raise ReaderError(path, f"not a workbook that can be read ({error})", _REMEDY) from error
    return table


@dataclass(frozen=True)
class _Cells:
    """Cells under the header by year, the row of the sheet of each year, and the rows below that are none."""

    table: pd.DataFrame
    rows: NDArray[np.int64]
    left_out: dict[str, str]


def _years(path: Path, sheet: str) -> _Cells:
    table = _sheet(path, sheet)
    first = table.iloc[:, 0].astype(str).str.strip().str.lower() if table.shape[1] else pd.Series(dtype=str)
    header = np.flatnonzero(first == "year")
    if not len(header):
        raise ReaderError(path, f"sheet {sheet!r} has no row that begins with 'Year'", _REMEDY)
    top = int(header[0])
    names = [str(name).strip() if isinstance(name, str) else "" for name in table.iloc[top]]
    twice = [name for place, name in enumerate(names) if name and name in names[:place]]
    if twice:
        problem = f"sheet {sheet!r}: this column stands there twice"
        raise ReaderError(path, problem, _REMEDY, row=top + 1, column=twice[0])
    cells = table.iloc[top + 1 :].set_axis(pd.Index(names), axis=1)
    cells = cells.loc[:, [bool(name) for name in names]]
    years = pd.to_numeric(cells.iloc[:, 0], errors="coerce")
    years = years.where(years % 1 == 0)
    left_out = {
        f"{sheet}, row {int(str(row)) + 1}": str(label)
        for row, label in cells.iloc[:, 0][years.isna()].dropna().items()
    }
    kept = cells[years.notna()]
    index = years.dropna().astype(int)
    wrong = np.flatnonzero(np.diff(index) != 1)
    if len(wrong):
        row = int(str(index.index[wrong[0] + 1])) + 1
        problem = f"sheet {sheet!r}: {index.iloc[wrong[0] + 1]} follows {index.iloc[wrong[0]]}"
        raise ReaderError(path, problem, _REMEDY, row=row, column="Year")
    if index.empty:
        raise ReaderError(path, f"sheet {sheet!r} has no years", _REMEDY)
    later = years.isna() & (np.arange(len(years)) < int(np.flatnonzero(years.notna())[-1])) & cells.iloc[:, 0].notna()
    if later.any():  # notes stand below the years
        row = int(str(later.index[later][0])) + 1
        problem = f"sheet {sheet!r}: {cells.iloc[:, 0][later].iloc[0]!r} is no year"
        raise ReaderError(path, problem, _REMEDY, row=row, column="Year")
    rows = np.array([int(str(row)) + 1 for row in kept.index])
    return _Cells(kept.iloc[:, 1:].set_axis(pd.Index(index, name="year"), axis=0), rows, left_out)


def _number(path: Path, sheet: str, cells: _Cells, name: str, *, empty: bool) -> pd.Series:
    """Numbers of a column; ``empty`` cells are NaN or refused."""
    return numbers(
        path,
        cells.table[name],
        -_LARGEST,
        _LARGEST,
        remedy=f"{_REMEDY}; all is in PgC yr-1",
        lines=cells.rows,
        missing=None if empty else (),
        within=f"sheet {sheet!r}",
    )


def read(path: str | Path | None = None, *, historical: bool = False) -> pd.DataFrame:
    """Read the budget by year.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The workbook; by default the verified copy of the catalogue's "global-carbon-budget-2020".
    historical : bool
        The sheet from 1750 on in place of that from 1959 on; its early cells may be empty (NaN).

    Returns
    -------
    pandas.DataFrame
        Index ``year``; columns as `BUDGET` names them, and ``net_land`` = land_sink - land_use_emission; PgC yr-1.
        ``attrs["units"]``, ``attrs["source"]``, ``attrs["left_out"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the workbook or a sheet cannot be read, a column or year is missing, or a value is no number or of another
        unit; names file, sheet, row or year, column and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    sheet = "Historical Budget" if historical else "Global Carbon Budget"
    cells = _years(file, sheet)
    absent = [name for name in BUDGET if name not in cells.table]
    if absent:
        found = ", ".join(map(str, cells.table.columns))
        raise ReaderError(file, f"sheet {sheet!r}, missing: {', '.join(map(repr, absent))} (found {found})", _REMEDY)
    frame = pd.DataFrame(
        {name: _number(file, sheet, cells, source, empty=historical) for source, name in BUDGET.items()}
    )
    frame["net_land"] = frame["land_sink"] - frame["land_use_emission"]
    frame.attrs["units"] = dict.fromkeys(frame.columns, "PgC yr-1")
    frame.attrs["source"] = "Global Carbon Budget 2020 (doi:10.5194/essd-12-3269-2020)"
    frame.attrs["left_out"] = cells.left_out
    return frame


def read_models(path: str | Path | None = None) -> pd.DataFrame:
    """Read land sink and land-use emissions of each vegetation model.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        As `read`.

    Returns
    -------
    pandas.DataFrame
        Columns year, model, ``land_sink`` (S2), ``land_use_emission`` and ``net_land`` (their difference, which is the
        net biome production of S3), PgC yr-1; 17 models. Bookkeeping models and means are not among them.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `read`; if the two sheets do not hold the same models and years.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    parts = {}
    for name, sheet in (("land_sink", "Terrestrial Sink"), ("land_use_emission", "Land-Use Change Emissions")):
        cells = _years(file, sheet)
        models = [str(model) for model in cells.table if model not in (*_GROUPS, *_BOOKKEEPING)]
        parts[name] = pd.DataFrame({m: _number(file, sheet, cells, m, empty=False) for m in models})
    sink, emission = parts.values()
    if list(sink) != list(emission) or not sink.index.equals(emission.index):
        differ = sorted(set(map(str, sink)) ^ set(map(str, emission)))
        raise ReaderError(file, f"the sheets differ in models or years ({', '.join(differ)})", _REMEDY)
    frame = sink.reset_index().melt("year", var_name="model", value_name="land_sink")
    frame["land_use_emission"] = emission.reset_index().melt("year")["value"]
    frame = frame.sort_values(["model", "year"], ignore_index=True)
    frame["net_land"] = frame["land_sink"] - frame["land_use_emission"]
    frame.attrs["units"] = dict.fromkeys(("land_sink", "land_use_emission", "net_land"), "PgC yr-1")
    frame.attrs["source"] = "Global Carbon Budget 2020 (doi:10.5194/essd-12-3269-2020)"
    return frame
