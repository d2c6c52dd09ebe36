"""Koeppen-Geiger climate classes of the land, 0.5 degree (table of R's package kgc, doi:10.1127/0941-2948/2010/0430).

The file is an R data frame ``climatezones`` of 92,416 rows: ``Lat``, ``Lon`` (cell centres) and ``Cls`` (30 classes).
Cells at the coast count as whole land cells, so that their area is 158.6 million km2, 6 % above the land of the
Earth (149 million km2); 14.9 million km2 of it is ice (EF), nearly all Antarctica and Greenland. Areas by class are too
large by about that much, most for classes of coasts and islands.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import xarray as xr

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.gridded import cell_areas_km2, codes_to_names, field, indices_on_axis, regular_axis, with_axes
from coldcarbon.readers.text_tables import number_columns, r_tables

__all__ = ["CLASSES", "GROUPS", "ICE", "SOURCE", "class_areas", "fields_of", "read"]

DATASET: Final = "koppen-geiger"
SOURCE: Final = "Koeppen-Geiger climate zones (doi:10.1127/0941-2948/2010/0430, R package kgc)"
CLASSES: Final = (
    *("Af", "Am", "As", "Aw", "BSh", "BSk", "BWh", "BWk", "Cfa", "Cfb", "Cfc", "Csa", "Csb", "Csc", "Cwa", "Cwb"),
    *("Cwc", "Dfa", "Dfb", "Dfc", "Dfd", "Dsa", "Dsb", "Dsc", "Dsd", "Dwa", "Dwb", "Dwc", "Dwd", "EF", "ET"),
)
"""Classes, in the order of their codes 1 to 31 (Dsd does not occur in the file)."""
GROUPS: Final = ("tropical", "arid", "temperate", "cold", "polar")
"""First letters A to E, in the order of their codes 1 to 5."""
ICE: Final = "EF"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"


def read(path: str | Path | None = None, *, drop_ice: bool = False) -> xr.Dataset:
    """Read the climate classes.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The R data file; by default the verified copy of the catalogue's "koppen-geiger".
    drop_ice : bool
        Make cells of the class EF (perpetual frost) missing.

    Returns
    -------
    xarray.Dataset, dims (latitude 360 ascending, longitude 720)
        ``climate_class`` and ``climate_group``, codes as float32, NaN off the land, with the names in the attributes
        ``flag_values`` and ``flag_meanings``; `coldcarbon.readers.grid_points.at_points` gives the names.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks the table or a column, or holds a cell that is not one, twice, or a class
        that is none; names file, row (counted from 1), column and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    table = _table(file)
    latitude, longitude = regular_axis(-89.75, 89.75, 0.5), regular_axis(-179.75, 179.75, 0.5)
    row = indices_on_axis(file, table["Lat"], latitude, column="Lat", remedy=_REMEDY)
    column = indices_on_axis(file, table["Lon"], longitude, column="Lon", remedy=_REMEDY)
    names = table["Cls"].astype(str)
    unknown = ~names.isin(CLASSES)
    if unknown.any():
        first = int(np.flatnonzero(unknown)[0])
        raise ReaderError(file, f"{names.iloc[first]!r} is no climate class", _REMEDY, row=first + 1, column="Cls")
    repeated = pd.Series(row * len(longitude) + column).duplicated()
    if repeated.any():
        raise ReaderError(
            file, "this cell stands there before", _REMEDY, row=int(np.flatnonzero(repeated)[0]) + 1, column="Lat"
        )
    codes = np.full((len(latitude), len(longitude)), np.nan, dtype=np.float32)
    codes[row, column] = names.map({name: code for code, name in enumerate(CLASSES, 1)}).to_numpy()
    if drop_ice:
        codes[codes == CLASSES.index(ICE) + 1] = np.nan
    return with_axes(file, fields_of(codes, SOURCE), latitude, longitude, title=SOURCE)


def fields_of(codes: np.ndarray, source: str) -> dict[str, xr.Variable]:
    """Fields of classes and of their groups.

    Parameters
    ----------
    codes : numpy.ndarray, shape (n_latitude, n_longitude)
        Codes 1 to 31 in the order of `CLASSES`, NaN where there is no class.
    source : str
        Where they come from.

    Returns
    -------
    dict of str to xarray.Variable
        ``climate_class`` and ``climate_group`` (by the first letter).
    """
    letters = np.array([np.nan, *("ABCDE".index(name[0]) + 1 for name in CLASSES)], dtype=np.float32)
    groups = letters[np.nan_to_num(codes).astype(int)]
    return {
        name: field(
            values,
            units="1",
            long_name=text,
            source=source,
            flag_values=np.arange(1, len(meanings) + 1, dtype=np.float32),
            flag_meanings=" ".join(meanings),
        )
        for name, values, text, meanings in (
            ("climate_class", codes, "Koeppen-Geiger climate class", CLASSES),
            ("climate_group", groups, "Koeppen-Geiger main group", GROUPS),
        )
    }


def class_areas(dataset: xr.Dataset, name: str = "climate_class") -> pd.DataFrame:
    """Cells and area of each class.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `read` gives it.
    name : {"climate_class", "climate_group"}
        Field to count.

    Returns
    -------
    pandas.DataFrame
        Index the names that occur; columns ``cells``, ``area_km2`` (cells whole, on a sphere) and ``area_share``.
    """
    names = pd.Series(codes_to_names(dataset[name], dataset[name].attrs).ravel(), name=name)
    areas = pd.Series(cell_areas_km2(dataset).to_numpy().ravel())
    table = areas.groupby(names).agg(cells="size", area_km2="sum")
    return table.assign(area_share=table["area_km2"] / table["area_km2"].sum())


def _table(path: Path) -> pd.DataFrame:
    import rdata  # here: only this reader of grids needs it

    try:
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # guesses at what is refused below
            objects = rdata.read_rda(path, constructor_dict=r_tables())
    except Exception as error:  # whatever a parser meets in a file that is none
        raise ReaderError(path, f"not an R data file that can be read ({error})", _REMEDY) from error
    table = objects.get("climatezones")
    if not isinstance(table, pd.DataFrame):
        found = ", ".join(objects) or "nothing"
        raise ReaderError(path, f"it holds no data frame 'climatezones' (found {found})", _REMEDY)
    number_columns(path, table, ("Lat", "Lon"), remedy=_REMEDY)
    if list(table.columns).count("Cls") != 1:
        found = ", ".join(map(str, table.columns))
        raise ReaderError(path, f"the column is not there once (found {found})", _REMEDY, column="Cls")
    if table.empty:
        raise ReaderError(path, "the table has no rows", _REMEDY)
    return table
