"""Thirty alpine grasslands across the Tibetan plateau: soil of two layers, texture, climate (Chen et al. 2021).

The file is a serialised R table of 4,755 soil layers of the radiocarbon database ISRaD; the entry ``Chen_2021``
(doi:10.1111/ele.13723) has 60 of them: 30 sites, 14 of alpine meadow and 16 of alpine steppe, each with
0-10 cm and 30-50 cm, sampled in 2013 and 2014. Columns of people and their addresses are not read.

What is odd in it, found by counting:

- **no bulk density was entered**, no coarse fragments, no pH, no elevation and no inorganic carbon (0 throughout): the
  column ``ph`` is missing everywhere;
- **gridded soil** (SoilGrids, columns ending ``_SG``) stands at *point depths* 0, 10, 30, 60, 100 and 200 cm: bulk
  density in 10 kg m-3, coarse fragments in % of volume, organic carbon in 5 g kg-1. The units follow from recomputing
  the stock 0-10 cm of the same file: r = 0.995;
- **two kinds of numbers**: organic carbon of the upper layer has two decimals, of the lower layer up to fourteen: there
  it was calculated, not copied (``organic_carbon_calculated``);
- **sand, silt and clay** sum to 99.9 to 100.1 %;
- **climate, three times**: reported by the study, WorldClim 2.1 (BIO1 to BIO19) and CRU TS 3.23. The first two agree
  in the east; in the west WorldClim's precipitation is about half the reported one. The CRU columns cannot belong to
  these sites: their precipitation *rises* to the dry west (620 mm where the study reports 200 mm). They are kept, with
  the name ``cru_suspect_*``, so that nobody takes them up by accident;
- **production is modelled**: gross primary production comes from FLUXCOM, which learns it from satellites and
  *climate*: its correlation with climate is partly made;
- **potential evapotranspiration, twice**: two columns correlate at 0.49 only; read is the one (``pro_PET_mm_yr``) that
  rises to the dry west;
- two soil orders are missing.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import numbers, r_tables

__all__ = ["BIOCLIMATE", "DATASET", "GRIDDED_DEPTHS", "LAYER_COLUMNS", "SITE_COLUMNS", "UNITS", "Transect", "read"]

DATASET: Final = "tibet-transect"
FILE: Final = "ISRaD_lyr_data_filtered_2023-02-08"
SOURCE: Final = "Chen et al. 2021 (doi:10.1111/ele.13723) in ISRaD"
ENTRY: Final = "Chen_2021"
GRIDDED_DEPTHS: Final = (0, 10, 30, 60, 100, 200)
"""Depths in cm at which gridded soil properties stand."""
BIOCLIMATE: Final = tuple(f"bio{number:02d}" for number in range(1, 20))
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"

_BIO_UNITS: Final = {
    **dict.fromkeys((1, 2, 5, 6, 7, 8, 9, 10, 11), "_C"),
    **dict.fromkeys((3, 4), "_C"),
    12: "_mmyr",
    15: "",
    **dict.fromkeys((13, 14, 16, 17, 18, 19), "_mm"),
}
_GRIDDED: Final = {  # name: (column of the file, factor to the unit)
    "gridded_bulk_density_g_per_cm3": ("bd", 0.01),
    "gridded_coarse_percent": ("coarse", 1.0),
    "gridded_carbon_g_per_kg": ("corg", 5.0),
    "gridded_clay_percent": ("clay", 1.0),
}
# name -> (column of the file, lowest and highest value that makes sense)
_SITE_NUMBERS: Final[dict[str, tuple[str, float, float]]] = {
    "latitude_degrees_north": ("pro_lat", 25, 40),
    "longitude_degrees_east": ("pro_long", 73, 105),
    "mean_annual_temperature_degrees_celsius": ("pro_MAT", -20, 25),
    "mean_annual_precipitation_mm": ("pro_MAP", 10, 3000),
    "cru_suspect_temperature_degrees_celsius": ("pro_MAT_CRUTSv323", -30, 30),
    "cru_suspect_precipitation_mm": ("pro_MAP_CRUTSv323", 0, 3000),
    "gpp_g_C_per_m2_per_day": ("pro_GPP_Fluxcom_2001_2012_gC_m2d1", 0, 15),
    "potential_evapotranspiration_mm_per_year": ("pro_PET_mm_yr", 100, 3500),
    "soil_moisture_mm": ("pro_soilMoist_mm_TC", 0, 1000),
    "gridded_carbon_stock_0_10_cm_kg_per_m2": ("pro_corgStock_0_10_cm_SG", 0, 200),
    **{f"bio{k:02d}": (f"pro_BIO{k}{unit}_WC2.1", -60, 3000) for k, unit in sorted(_BIO_UNITS.items())},
    **{
        f"{name}_{depth}_cm": (f"pro_{source}_{depth}_cm_SG", 0, 300)
        for name, (source, _) in _GRIDDED.items()
        for depth in GRIDDED_DEPTHS
    },
}
_LAYER_NUMBERS: Final[dict[str, tuple[str, float, float]]] = {
    "top_cm": ("lyr_top", 0, 1000),
    "bottom_cm": ("lyr_bot", 0, 1000),
    "year": ("lyr_obs_date_y", 1900, 2100),
    "sand_percent": ("lyr_sand_tot_psa", 0, 100),
    "silt_percent": ("lyr_silt_tot_psa", 0, 100),
    "clay_percent": ("lyr_clay_tot_psa", 0, 100),
    "organic_carbon_percent": ("lyr_c_org", 0, 60),
    "nitrogen_percent": ("lyr_n_tot", 0, 10),
    "radiocarbon_per_mille": ("lyr_14c", -1000, 1000),
}
SITE_COLUMNS: Final = ("site", "vegetation", "vegetation_note", *_SITE_NUMBERS)
LAYER_COLUMNS: Final = ("site", "vegetation", *_LAYER_NUMBERS, "ph", "organic_carbon_calculated")
UNITS: Final[dict[str, str]] = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "mean_annual_temperature_degrees_celsius": "degrees Celsius (reported by the study)",
    "mean_annual_precipitation_mm": "mm per year (reported by the study)",
    "cru_suspect_temperature_degrees_celsius": "degrees Celsius (not of these sites)",
    "cru_suspect_precipitation_mm": "mm per year (not of these sites)",
    "gpp_g_C_per_m2_per_day": "g C m-2 d-1, mean of 2001 to 2012 (FLUXCOM, modelled)",
    "potential_evapotranspiration_mm_per_year": "mm per year (gridded)",
    "soil_moisture_mm": "mm of water in the root zone (TerraClimate, modelled)",
    "gridded_carbon_stock_0_10_cm_kg_per_m2": "kg C m-2, whole numbers",
    "bio01": "degrees Celsius, annual mean",
    "bio02": "degrees Celsius, mean daily range",
    "bio05": "degrees Celsius, maximum of the warmest month",
    "bio06": "degrees Celsius, minimum of the coldest month",
    "bio10": "degrees Celsius, mean of the warmest quarter",
    "bio11": "degrees Celsius, mean of the coldest quarter",
    "bio12": "mm per year",
    "bio13": "mm, wettest month",
    "bio14": "mm, driest month",
    "bio16": "mm, wettest quarter",
    "bio17": "mm, driest quarter",
    "top_cm": "cm",
    "bottom_cm": "cm",
    "sand_percent": "% of weight",
    "silt_percent": "% of weight",
    "clay_percent": "% of weight",
    "organic_carbon_percent": "% of weight",
    "nitrogen_percent": "% of weight",
    "radiocarbon_per_mille": "per mille (Delta 14C)",
}


@dataclass(frozen=True)
class Transect:
    """Soil and climate of the sites.

    Attributes
    ----------
    layers : pandas.DataFrame
        Columns `LAYER_COLUMNS`, one row per site and layer, sites in order, layers downwards.
    sites : pandas.DataFrame
        Columns `SITE_COLUMNS`, one row per site.
    """

    layers: pd.DataFrame
    sites: pd.DataFrame

    def __len__(self) -> int:
        return len(self.sites)


def read(path: str | Path | None = None) -> Transect:
    """Read the thirty sites.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The R file; by default the verified copy of the catalogue's "tibet-transect". Reading takes about four seconds.

    Returns
    -------
    Transect
        Both frames with ``attrs["units"]`` and ``attrs["source"]``. Sites are called ``transect-01`` to
        ``transect-30``; ``vegetation`` is "meadow" or "steppe". Nothing is dropped.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, holds no such entry, lacks a column, or holds a value that is no number or cannot be
        in the unit; if a site has a layer twice, or places or climate that differ between its layers.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET, FILE)) if path is None else Path(path)
    table = _table(file)
    rows = table["_row"].to_numpy()
    number = numbers(file, table["site_name"].astype(str), 1, 1000, remedy=_REMEDY, lines=rows, named="site_name")
    table = table.assign(_number=number.astype(int)).sort_values(["_number", "lyr_top"], ignore_index=True)
    name = table["_number"].map("transect-{:02d}".format)
    note = table["pro_veg_note"].astype(str)
    known = {"alpine meadow": "meadow", "alpine steppe": "steppe"}
    vegetation = note.str.split(":").str[0].str.strip().str.lower().map(known)
    if vegetation.isna().any():
        i = int(vegetation.isna().to_numpy().argmax())
        problem = f"{note.iloc[i]!r} is neither alpine meadow nor alpine steppe"
        raise ReaderError(file, problem, _REMEDY, row=int(table["_row"].iloc[i]), column="pro_veg_note")
    layers = pd.DataFrame({"site": name, "vegetation": vegetation, **_numbers(file, table, _LAYER_NUMBERS)})
    layers["ph"] = np.nan
    rounded = (layers["organic_carbon_percent"] * 100).round(6) % 1
    layers["organic_carbon_calculated"] = ~np.isclose(rounded, 0) & ~np.isclose(rounded, 1)
    repeated = layers.duplicated(["site", "top_cm"])
    if repeated.any():
        i = int(repeated.to_numpy().argmax())
        problem = f"{layers['site'].iloc[i]} has a layer twice"
        raise ReaderError(file, problem, _REMEDY, row=int(table["_row"].iloc[i]), column="lyr_top")
    whole = pd.DataFrame({"site": name, "vegetation": vegetation, "vegetation_note": note})
    whole = pd.concat([whole, pd.DataFrame(_numbers(file, table, _SITE_NUMBERS))], axis=1)
    sites = whole.drop_duplicates(ignore_index=True)
    twice = sites["site"].duplicated()
    if twice.any():
        raise ReaderError(file, f"{sites['site'].to_numpy()[twice.to_numpy()][0]} has two places or climates", _REMEDY)
    factors = {f"{name}_{d}_cm": f for name, (_, f) in _GRIDDED.items() for d in GRIDDED_DEPTHS}
    sites = sites.assign(**{column: sites[column] * factor for column, factor in factors.items()})
    for frame in (layers, sites):
        frame.attrs["units"] = {name: unit for name, unit in UNITS.items() if name in frame}
        frame.attrs["source"] = SOURCE
    return Transect(layers[list(LAYER_COLUMNS)], sites[list(SITE_COLUMNS)])


def _numbers(path: Path, table: pd.DataFrame, wanted: dict[str, tuple[str, float, float]]) -> dict[str, pd.Series]:
    """Columns as numbers, each refused if it cannot be in its unit."""
    return {
        name: numbers(path, table[source], low, high, remedy=_REMEDY, lines=table["_row"].to_numpy())
        for name, (source, low, high) in wanted.items()
    }


def _table(path: Path) -> pd.DataFrame:
    import rdata  # here: it takes long to import

    try:
        with warnings.catch_warnings(action="ignore"):  # on classes it makes plain tables of
            table = rdata.read_rds(path, constructor_dict=r_tables())
    except Exception as error:  # whatever a parser meets in a file that is none
        raise ReaderError(path, f"not a serialised R table that can be read ({error})", _REMEDY) from error
    if not isinstance(table, pd.DataFrame):
        raise ReaderError(path, f"it holds {type(table).__name__}, not a table", _REMEDY)
    columns = [source for source, *_ in (*_SITE_NUMBERS.values(), *_LAYER_NUMBERS.values())]
    columns = ["entry_name", "site_name", "pro_veg_note", *columns]
    absent = [column for column in columns if column not in table]
    if absent:
        raise ReaderError(path, f"missing: {', '.join(map(repr, absent))}", _REMEDY)
    table = table[columns].assign(_row=np.arange(1, len(table) + 1))
    chosen = table[table["entry_name"].astype(str) == ENTRY]
    if chosen.empty:
        raise ReaderError(path, f"no rows of {ENTRY}", _REMEDY, column="entry_name")
    return chosen.reset_index(drop=True)
