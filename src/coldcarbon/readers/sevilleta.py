"""Root growth at two depths from the root donuts of the Sevilleta (Collins 2021, EDI knb-lter-sev.175).

A root donut is a ring of soil, freed of roots, between two tubes; once a year the roots that have grown into it are
taken out, from 0-15 and from 15-30 cm, dried and weighed. Two files belong together: ``sev175_root_mass.csv`` has the
rows, ``sev 175_root_donut_meta_data.csv`` their units, and `read` takes the units from there.

What is odd in it, and what happens here (every row is kept, in the order of the file):

- NA is missing (text); the mass per volume is NA where no soil came out (volume 0), which `no_soil` marks;
- one sample spans 0-30 cm: kept, with its bounds;
- the treatment of a plot is in no column. The metadata point to the R script of the data set, whose plot numbers are
  repeated in `TREATED_PLOTS`; for three sites it says nothing: "not stated";
- the analysis of the data's authors leaves out a few very heavy samples, again by the script: `left_out_by_authors`.

Mass per volume (mg ml-1, which is kg m-3) times the thickness of the layer is mass per area, whatever volume of soil
came out. It is dry mass: no carbon content was measured.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import TextTable, numbers, refuse_repeated, rows_of, text_of

__all__ = ["COLUMNS", "SITES", "TREATED_PLOTS", "UNITS", "read"]

DATASET: Final = "sevilleta-bnpp"
ROWS: Final = "sev175_root_mass.csv"
METADATA: Final = "sev 175_root_donut_meta_data.csv"
MISSING: Final = "NA"
_REMEDY: Final = f"Fetch the files again (coldcarbon data fetch {DATASET}) or compare them with the original"

SITES: Final[dict[str, str]] = {
    "C": "creosote shrubland",
    "DW": "mixed grassland",
    "DWB": "mixed grassland, burned 2009",
    "F": "plains grassland",
    "M": "desert grassland",
    "EB": "plains grassland, drought experiment",
    "EG": "desert grassland, drought experiment",
    "W": "mixed grassland, warming experiment",
}
"""Site codes of the file, after its metadata."""

TREATED_PLOTS: Final[dict[str, dict[str, tuple[int, ...]]]] = {
    "F": {"fertilized": (2, 4, 6, 8, 10, 11, 14, 16, 17, 19)},
    "M": {"rain added": (1, 2, 3, 4, 5, 6, 7, 9, 10, 12)},
}
"""Plots with a treatment; the other plots of these sites are controls. The burned site is one treatment as a whole."""

_BURNED: Final = "DWB"
_NOT_STATED: Final = ("EB", "EG", "W")
_HEAVIEST_MG_PER_ML: Final = 6.0  # the authors' limits
_HEAVIEST_FERTILIZER_SITE_MG: Final = 4500.0

# variable -> (unit as the metadata name it, lowest, highest, typical value between)
_UNITS_OF_FILE: Final[dict[str, tuple[str, float, float]]] = {
    "Volume": ("ml", 0.0, 20_000.0),
    "Root_Weight": ("mg", 0.0, 100_000.0),
    "wt_by_vol": ("mg/ml", 0.0, 100.0),
}
_TYPICAL_MG_PER_ML: Final = (0.01, 5.0)  # median outside: another unit
_OTHER: Final = ("Date", "Site", "Sample", "Depth", "Notes", "Latitude", "Longitude", "precip_annual")

COLUMNS: Final = (
    "year",
    "site",
    "site_name",
    "donut_id",
    "treatment",
    "depth_top_cm",
    "depth_bottom_cm",
    "volume_ml",
    "root_dry_mass_mg",
    "root_dry_mass_mg_per_ml",
    "bnpp_dry_mass_g_per_m2_per_year",
    "no_soil",
    "left_out_by_authors",
    "latitude_degrees_north",
    "longitude_degrees_east",
    "precipitation_mm_per_year",
    "notes",
)

UNITS: Final[dict[str, str]] = {
    "depth_top_cm": "cm",
    "depth_bottom_cm": "cm",
    "volume_ml": "ml",
    "root_dry_mass_mg": "mg",
    "root_dry_mass_mg_per_ml": "mg ml-1",
    "bnpp_dry_mass_g_per_m2_per_year": "g dry mass m-2 yr-1",
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "precipitation_mm_per_year": "mm yr-1",
}


def _rows(path: Path, encoding: str) -> TextTable:
    return rows_of(path, text_of(path, remedy=_REMEDY, encoding=encoding), remedy=_REMEDY)


def _check_units(path: Path) -> None:
    """Hold the units of the metadata against those this reader converts from."""
    table = _rows(path, "latin-1")
    stated = {row[0]: (row[2], int(end)) for row, end in zip(table.rows, table.lines, strict=True) if len(row) > 2}
    for variable, (unit, _, _) in _UNITS_OF_FILE.items():
        if variable not in stated:
            raise ReaderError(path, f"does not describe {variable!r}", _REMEDY)
        text, end = stated[variable]
        if re.split(r"[,\s]", text)[0] != unit:
            problem = f"{variable} is in {text!r}, and this reader knows {unit!r}"
            raise ReaderError(path, problem, "Convert the column first", row=end, column=variable)


def _number(rows: TextTable, column: pd.Series, lowest: float, highest: float) -> pd.Series:
    return numbers(rows.path, column, lowest, highest, remedy=_REMEDY, lines=rows.lines, missing=(MISSING,))


def _depths(path: Path, column: pd.Series, ends: np.ndarray) -> tuple[pd.Series, pd.Series]:
    bounds = column.str.extract(r"^(\d+)-(\d+)$").astype(float)
    wrong = ~(bounds[0] < bounds[1])
    if wrong.any():
        i = int(np.flatnonzero(wrong.to_numpy())[0])
        problem = f"{column.iloc[i]!r} is no depth range such as 0-15"
        raise ReaderError(path, problem, _REMEDY, row=int(ends[i]), column="Depth")
    return bounds[0], bounds[1]


def _treatments(site: pd.Series, sample: pd.Series) -> pd.Series:
    treatment = pd.Series("control", index=site.index, dtype="str")
    for code, treated in TREATED_PLOTS.items():
        for name, plots in treated.items():
            treatment = treatment.mask((site == code) & sample.isin(plots), name)
    treatment = treatment.mask(site == _BURNED, "burned")
    return treatment.mask(site.isin(_NOT_STATED), "not stated")


def read(path: str | Path | None = None, metadata: str | Path | None = None) -> pd.DataFrame:
    """Read the root donuts.

    Parameters
    ----------
    path, metadata : str or pathlib.Path, optional
        The file of rows and that of units; by default the verified copies of the catalogue's "sevilleta-bnpp". With
        only ``path`` the metadata are looked for beside it.

    Returns
    -------
    pandas.DataFrame
        One row per sample (a donut, a year, a depth), columns `COLUMNS`, ``attrs["units"]`` and ``attrs["source"]``.
        Years count harvests; mass is dry mass.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If a file cannot be read, lacks a column or a field, holds what is no number, no site or no depth range, states
        another unit, or is of another unit's order of magnitude, or has one sample twice; names file, row, column and
        remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET, ROWS)) if path is None else Path(path)
    if metadata is not None:
        units = Path(metadata)
    else:
        units = Path(catalogue.path(DATASET, METADATA)) if path is None else file.with_name(METADATA)
    _check_units(units)
    rows = _rows(file, "utf-8")
    ends = rows.lines
    table = rows.columns((*_OTHER, *_UNITS_OF_FILE))
    unknown = np.flatnonzero(~table["Site"].isin(list(SITES)))
    if unknown.size:
        problem = f"{table['Site'].iloc[unknown[0]]!r} is none of {', '.join(SITES)}"
        raise ReaderError(file, problem, _REMEDY, row=int(ends[unknown[0]]), column="Site")
    twice = table.duplicated(["Date", "Site", "Sample", "Depth"])
    what = "the same sample as in an earlier row"
    refuse_repeated(file, twice, what, remedy=_REMEDY, lines=ends, column="Sample")
    year = numbers(file, table["Date"], 1990, 2100, remedy=_REMEDY, lines=ends).astype(int)
    sample = numbers(file, table["Sample"], 1, 1000, remedy=_REMEDY, lines=ends).astype(int)
    top, bottom = _depths(file, table["Depth"], ends)
    measured = {name: _number(rows, table[name], *limits[1:]) for name, limits in _UNITS_OF_FILE.items()}
    density = measured["wt_by_vol"]
    typical = density[density > 0].median()
    if not _TYPICAL_MG_PER_ML[0] <= typical <= _TYPICAL_MG_PER_ML[1]:
        problem = "the median is {:.3g}, and in mg per ml it would lie between {:g} and {:g}"
        remedy = "Bring the column to mg per ml first"
        raise ReaderError(file, problem.format(typical, *_TYPICAL_MG_PER_ML), remedy, column="wt_by_vol")
    heavy = (density >= _HEAVIEST_MG_PER_ML) | (
        (table["Site"] == "F") & (measured["Root_Weight"] > _HEAVIEST_FERTILIZER_SITE_MG)
    )
    frame = pd.DataFrame(
        {
            "year": year,
            "site": table["Site"],
            "site_name": table["Site"].map(SITES),
            "donut_id": table["Site"] + "-" + sample.astype(str),
            "treatment": _treatments(table["Site"], sample),
            "depth_top_cm": top,
            "depth_bottom_cm": bottom,
            "volume_ml": measured["Volume"],
            "root_dry_mass_mg": measured["Root_Weight"],
            "root_dry_mass_mg_per_ml": density,
            # kg m-3 times cm is 10 g m-2
            "bnpp_dry_mass_g_per_m2_per_year": density * (bottom - top) * 10,
            "no_soil": measured["Volume"] == 0,
            "left_out_by_authors": heavy,
            "latitude_degrees_north": _number(rows, table["Latitude"], -90, 90),
            "longitude_degrees_east": _number(rows, table["Longitude"], -180, 180),
            "precipitation_mm_per_year": _number(rows, table["precip_annual"], 0, 15000),
            "notes": table["Notes"].mask(table["Notes"] == MISSING),
        }
    )[list(COLUMNS)]
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "EDI knb-lter-sev.175 (doi:10.6073/pasta/e38868ae3c3e11845128d2539c27520b)"
    return frame
