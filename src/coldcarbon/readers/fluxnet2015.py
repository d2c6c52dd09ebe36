"""Monthly carbon fluxes of eddy-covariance towers: FLUXNET2015, 51 towers north of 50 N and three in Tibet.

Files ``FLX_SITE_FLUXNET2015_SUBSET_MM_FIRST-LAST_VERSION.csv`` (doi:10.1038/s41597-020-0534-3), one per tower and one
row per month, and ``FluxNET_sites.csv`` with name, place, elevation, vegetation (IGBP) and licence of 267 towers.
Monthly files hold *mean daily* values: fluxes in g C m-2 d-1, precipitation in mm d-1. `read` gives both these and the
sum of the month (times its days). NEE is positive to the atmosphere in the files: **uptake is positive here**.

Counted in the 54 files: 5,256 months, none missing between the first and the last of a tower; 96 months without NEE,
whole years of BE-Bra (2003), CA-Obs (1997, 1998), DE-Lnf (2007 to 2009), RU-Cok (2014) and SJ-Adv (2011). North of
50 N:

====================================================  ======  ===========
rule                                                  towers  tower-years
====================================================  ======  ===========
all files                                             51      430
all twelve months of NEE                              51      422
files of at least 3 years                             48      425
of these, years with all months of NEE                48      417
the same without cropland (its 7 towers, 6 of them)   42      369
and without Greenland (3 towers)                      39      343
each month at least half measured, 3 such years       23      206
9 months of the year at least half measured           34      295
====================================================  ======  ===========

The paper says 48 towers with at least three years, 426 tower-years, without cropland and without Greenland: the number
of towers is that of all files, cropland and Greenland included. FLUXNET2015 has five more towers there under another
licence (RU-Sam, RU-SkP, RU-Tks, RU-Vrk, SE-St1), which are not here. It ends in 2014.

What is odd in them:

- **-9999** is missing; a column that a tower did not measure is absent, and missing throughout;
- **quality**: ``*_QC`` is the share (0 to 1) of half-hours that were measured or filled with high quality. In the north
  718 months of NEE have a share of 0. Nothing is dropped here; the columns ``*_quality`` are for a threshold. GPP and
  respiration have no quality of their own;
- **constant fills**: CA-Man has one value of GPP and of respiration for 12 months (2005), GL-ZaH for two times 12
  (2006, 2011), RU-Fyo a soil water of 60.172 % for 11, GL-NuF one NEE for 4. ``*_constant`` mark runs of at least
  `CONSTANT_RUN` equal values that are not 0. BE-Bra holds a release of 1.885 or 1.888 in thirteen months of 1996 to
  1998 that lie apart, CA-NS1 one value in two Aprils, all of quality 0: ``uptake_repeats_other_year``;
- **zeros**: precipitation of exactly 0 over months in Alaska and Siberia means that nobody measured snow;
- **two partitionings**: night-time (``NT``, Reichstein) and day-time (``DT``, Lasslop). Night-time GPP is negative in
  720 months, most in winter, day-time GPP never. ``NEE = TER - GPP`` holds within a standard deviation of 0.19 for the
  night-time and 0.69 g C m-2 d-1 for the day-time method: exact in neither, since gaps are filled each in its way.
  ``gpp`` and ``ter`` are means of both methods, missing where one is (a year each of CA-SF3, DK-Eng and SJ-Adv);
- **soil water** is there for 35 of 54 towers (32 of 51 in the north), in percent of volume at a depth that differs and
  is not stated; PPFD for 47 (46); temperature of the soil (shallowest sensor) for all;
- **permafrost** is not in these files; `coldcarbon.readers.abcflux` has a flag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.months import consecutive_months
from coldcarbon.readers.text_tables import TextTable, numbers, refuse_repeated, rows_of, text_of

__all__ = ["COLUMNS", "UNITS", "add_derived", "read", "read_file", "read_sites", "site_years"]

DATASET: Final = "fluxnet2015-monthly"
SITES_FILE: Final = "FluxNET_sites.csv"
MISSING: Final = "-9999"
CONSTANT_RUN: Final = 3
"""Equal values in consecutive months from which on they are marked as a fill."""
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
_NAME: Final = re.compile(r"^FLX_([A-Z]{2}-[A-Za-z0-9]{3})_FLUXNET2015_\w+_MM_(\d{4})-(\d{4})_(\d+-\d+)\.csv$")

# column of the file -> (column of the frame, lowest, highest value that makes sense, required)
_NUMBERS: Final[dict[str, tuple[str, float, float, bool]]] = {
    "NEE_VUT_REF": ("uptake_g_C_per_m2_per_day", -40, 40, True),
    "NEE_VUT_REF_QC": ("uptake_quality", 0, 1, True),
    "NEE_VUT_REF_RANDUNC": ("uptake_random_uncertainty_g_C_per_m2_per_day", 0, 40, False),
    "NEE_VUT_25": ("uptake_threshold_75_g_C_per_m2_per_day", -40, 40, False),
    "NEE_VUT_75": ("uptake_threshold_25_g_C_per_m2_per_day", -40, 40, False),
    "GPP_NT_VUT_REF": ("gpp_night_g_C_per_m2_per_day", -20, 50, True),
    "GPP_DT_VUT_REF": ("gpp_day_g_C_per_m2_per_day", -20, 50, True),
    "RECO_NT_VUT_REF": ("ter_night_g_C_per_m2_per_day", -5, 50, True),
    "RECO_DT_VUT_REF": ("ter_day_g_C_per_m2_per_day", -5, 50, True),
    "TA_F": ("air_temperature_degrees_celsius", -70, 50, True),
    "TA_F_QC": ("air_temperature_quality", 0, 1, True),
    "SW_IN_F": ("shortwave_W_per_m2", -10, 500, True),
    "SW_IN_F_QC": ("shortwave_quality", 0, 1, False),
    "PPFD_IN": ("ppfd_umol_per_m2_per_s", -20, 1500, False),
    "PPFD_IN_QC": ("ppfd_quality", 0, 1, False),
    "P_F": ("precipitation_mm_per_day", 0, 100, True),
    "P_F_QC": ("precipitation_quality", 0, 1, False),
    "VPD_F": ("vapour_pressure_deficit_hPa", 0, 100, False),
    "TS_F_MDS_1": ("soil_temperature_degrees_celsius", -70, 60, False),
    "TS_F_MDS_1_QC": ("soil_temperature_quality", 0, 1, False),
    "SWC_F_MDS_1": ("soil_water_percent", 0, 100, False),
    "SWC_F_MDS_1_QC": ("soil_water_quality", 0, 1, False),
}
_SITE_COLUMNS: Final[dict[str, str]] = {
    "SITE_ID": "site",
    "SITE_NAME": "site_name",
    "LOCATION_LAT": "latitude_degrees_north",
    "LOCATION_LONG": "longitude_degrees_east",
    "LOCATION_ELEV": "elevation_m",
    "IGBP": "igbp",
    "FLUXNET2015": "licence",
}
_FLUXES: Final = ("uptake", "gpp_night", "gpp_day", "ter_night", "ter_day", "gpp", "ter")
_DERIVED: Final = (
    "gpp_g_C_per_m2_per_day",
    "ter_g_C_per_m2_per_day",
    *(f"{name}_g_C_per_m2_per_month" for name in _FLUXES),
    "precipitation_mm_per_month",
    "uptake_constant",
    "partition_constant",
    "soil_water_constant",
    "uptake_repeats_other_year",
)
COLUMNS: Final = (
    *_SITE_COLUMNS.values(),
    "year",
    "month",
    "days",
    *(name for name, *_ in _NUMBERS.values()),
    *_DERIVED,
)
UNITS: Final[dict[str, str]] = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "elevation_m": "m above sea level",
    "days": "days of the month",
    **{f"{name}_g_C_per_m2_per_day": "g C m-2 d-1 (mean of the month)" for name in _FLUXES},
    **{f"{name}_g_C_per_m2_per_month": "g C m-2 month-1 (sum)" for name in _FLUXES},
    "uptake_random_uncertainty_g_C_per_m2_per_day": "g C m-2 d-1 (random uncertainty)",
    "uptake_threshold_25_g_C_per_m2_per_day": "g C m-2 d-1 (25th percentile over thresholds of friction velocity)",
    "uptake_threshold_75_g_C_per_m2_per_day": "g C m-2 d-1 (75th percentile over thresholds of friction velocity)",
    "air_temperature_degrees_celsius": "degrees Celsius",
    "soil_temperature_degrees_celsius": "degrees Celsius (shallowest sensor)",
    "shortwave_W_per_m2": "W m-2",
    "ppfd_umol_per_m2_per_s": "umol m-2 s-1",
    "precipitation_mm_per_day": "mm d-1",
    "precipitation_mm_per_month": "mm month-1",
    "vapour_pressure_deficit_hPa": "hPa",
    "soil_water_percent": "% of volume (shallowest sensor)",
    **{
        name: "share 0 to 1 measured or filled with high quality" for name, *_ in _NUMBERS.values() if "quality" in name
    },
}


def _rows(path: Path) -> TextTable:
    return rows_of(path, text_of(path, remedy=_REMEDY), remedy=_REMEDY)


def read_sites(path: str | Path | None = None) -> pd.DataFrame:
    """Read the table of towers.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        ``FluxNET_sites.csv``; by default the verified copy of the catalogue's "fluxnet2015-monthly".

    Returns
    -------
    pandas.DataFrame
        Columns site, site_name, latitude_degrees_north, longitude_degrees_east, elevation_m, igbp and licence (of
        FLUXNET2015, missing for towers that are not part of it); one row per tower.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks a column, names a tower twice, or places one outside the globe.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET, SITES_FILE)) if path is None else Path(path)
    rows = _rows(file)
    table = rows.columns(_SITE_COLUMNS)
    limits = {"LOCATION_LAT": (-90.0, 90.0), "LOCATION_LONG": (-180.0, 180.0), "LOCATION_ELEV": (-500.0, 9000.0)}
    columns: dict[str, object] = {}
    for source, name in _SITE_COLUMNS.items():
        text = table[source]
        if source in limits:
            columns[name] = numbers(file, text, *limits[source], remedy=_REMEDY, lines=rows.lines, missing=("",))
        else:
            columns[name] = text.mask(text == "")
    sites = pd.DataFrame(columns)
    repeated = sites["site"].duplicated()
    what = "this tower stands there before"
    refuse_repeated(file, repeated, what, remedy=_REMEDY, lines=rows.lines, column="SITE_ID")
    return sites


def read_file(path: str | Path) -> pd.DataFrame:
    """Read the months of one tower.

    Parameters
    ----------
    path : str or pathlib.Path
        A monthly file of FLUXNET2015, with its original name (the tower is named nowhere else).

    Returns
    -------
    pandas.DataFrame
        As `read`, without the columns of the table of towers except ``site``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read or is cut off, its name is another, a column is missing, a month is missing or out of
        order, or a value is no number or cannot be in the unit; names file, row (the header is 1), column, remedy.
    """
    file = Path(path)
    name = _NAME.match(file.name)
    if name is None:
        remedy = "Keep the original name, FLX_SITE_FLUXNET2015_SUBSET_MM_FIRST-LAST_VERSION.csv"
        raise ReaderError(file, "the name is not that of a monthly file", remedy)
    rows = _rows(file)
    wanted = [source for source, (*_, needed) in _NUMBERS.items() if needed or source in rows.header]
    table = rows.columns(["TIMESTAMP", *wanted])
    stamps = table["TIMESTAMP"].tolist()
    months = consecutive_months(file, stamps, remedy=_REMEDY, column="TIMESTAMP", first_row=2)
    expected = pd.period_range(f"{name[2]}-01", f"{name[3]}-12", freq="M")
    if not months.equals(expected):
        problem = f"months from {months[0]} to {months[-1]}, and the name says {expected[0]} to {expected[-1]}"
        raise ReaderError(file, problem, _REMEDY, row=len(stamps) + 1, column="TIMESTAMP")
    columns: dict[str, object] = {
        "site": name[1],
        "year": months.year.to_numpy(),
        "month": months.month.to_numpy(),
        "days": months.days_in_month.to_numpy(),
    }
    for source, (target, lowest, highest, _) in _NUMBERS.items():
        values = np.full(len(stamps), np.nan)
        if source in table:
            column = table[source]
            values = numbers(
                file, column, lowest, highest, remedy=_REMEDY, lines=rows.lines, missing=(MISSING,)
            ).to_numpy()
        columns[target] = -values if source.startswith("NEE") and not source.endswith(("QC", "UNC")) else values
    return add_derived(pd.DataFrame(columns))


def _in_runs(values: NDArray[np.float64], site: NDArray[np.int64], length: int) -> NDArray[np.bool_]:
    """Values that belong to a run, within a site, of at least so many equal ones that are not 0."""
    if len(values) == 0:
        return np.zeros(0, dtype=bool)
    differ = (values[1:] != values[:-1]) | (site[1:] != site[:-1])  # NaN equals nothing
    starts = np.concatenate([[True], differ])
    run = np.cumsum(starts) - 1
    return (np.bincount(run)[run] >= length) & (values != 0)


def add_derived(months: pd.DataFrame) -> pd.DataFrame:
    """Add means of the two partitionings, sums of the month and flags of fills.

    Parameters
    ----------
    months : pandas.DataFrame
        Rows of one or more towers in the order of time, with the columns of `COLUMNS` except the derived ones.

    Returns
    -------
    pandas.DataFrame
        With ``gpp_*`` and ``ter_*`` (means of the night-time and the day-time method, missing where one is), sums of
        the month, and the flags ``uptake_constant``, ``partition_constant`` (any of the four partitioned fluxes; in the
        day-time method zeros of winter are not marked), ``soil_water_constant``, ``uptake_repeats_other_year``.
    """
    frame = months.copy()
    for name in ("gpp", "ter"):
        both = frame[[f"{name}_night_g_C_per_m2_per_day", f"{name}_day_g_C_per_m2_per_day"]]
        frame[f"{name}_g_C_per_m2_per_day"] = both.mean(axis=1, skipna=False)
    for name in _FLUXES:
        frame[f"{name}_g_C_per_m2_per_month"] = frame[f"{name}_g_C_per_m2_per_day"] * frame["days"]
    frame["precipitation_mm_per_month"] = frame["precipitation_mm_per_day"] * frame["days"]
    site = pd.factorize(frame["site"])[0]

    def constant(name: str) -> NDArray[np.bool_]:
        return _in_runs(frame[name].to_numpy(dtype=float), site, CONSTANT_RUN)

    frame["uptake_constant"] = constant("uptake_g_C_per_m2_per_day")
    partitioned = [f"{name}_g_C_per_m2_per_day" for name in ("gpp_night", "gpp_day", "ter_night", "ter_day")]
    frame["partition_constant"] = np.logical_or.reduce([constant(name) for name in partitioned])
    frame["soil_water_constant"] = constant("soil_water_percent")
    known = frame["uptake_g_C_per_m2_per_day"].notna() & (frame["uptake_g_C_per_m2_per_day"] != 0)
    repeated = frame.duplicated(["site", "month", "uptake_g_C_per_m2_per_day"], keep=False)
    frame["uptake_repeats_other_year"] = repeated & known
    return frame


def read(
    folder: str | Path | None = None, sites: Iterable[str] | None = None, *, least_latitude: float = -90.0
) -> pd.DataFrame:
    """Read the towers, one row per tower and month.

    Parameters
    ----------
    folder : str or pathlib.Path, optional
        Folder with the monthly files and the table of towers; by default the verified copies of the catalogue's
        "fluxnet2015-monthly".
    sites : iterable of str, optional
        Towers to read, such as "FI-Hyy"; by default all.
    least_latitude : float
        Leave out towers south of this; 50 leaves out the three Tibetan ones.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, ``attrs["units"]``, ``attrs["source"]``; towers in the order of their names, months in order.
        Uptake is positive (minus NEE); GPP and TER are positive. Nothing is dropped for its quality.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `read_file` and `read_sites`; if the table does not list a tower, or a folder holds two files of one.
    ValueError
        For a tower of which there is no file.
    coldcarbon.catalogue.DataError
        With no ``folder``, if the data set is missing or does not verify.
    """
    if folder is None:
        paths = [Path(path) for path in catalogue.paths(DATASET).values()]
    else:
        paths = sorted(Path(folder).glob("*.csv"))
    tables = {path.name: path for path in paths}
    if SITES_FILE not in tables:
        raise ReaderError(Path(folder or "."), f"no {SITES_FILE} beside the towers", _REMEDY)
    table = read_sites(tables[SITES_FILE])
    files: dict[str, Path] = {}
    for path in sorted(paths):
        found = _NAME.match(path.name)
        if found and found[1] in files:
            raise ReaderError(path, f"a second file of {found[1]}", "Keep one of them")
        if found:
            files[found[1]] = path
    wanted = sorted(files) if sites is None else list(sites)
    unknown = [site for site in wanted if site not in files]
    if unknown:
        raise ValueError(f"no file of {', '.join(unknown)}; there are {', '.join(files)}")
    table = table.set_index("site")
    unlisted = [site for site in wanted if site not in table.index]
    if unlisted:
        raise ReaderError(tables[SITES_FILE], f"does not list {unlisted[0]}", _REMEDY, column="SITE_ID")
    latitudes = dict(zip(table.index, table["latitude_degrees_north"].astype(float), strict=True))
    wanted = [site for site in wanted if latitudes[site] >= least_latitude]
    if not wanted:
        raise ValueError("no tower is left")
    frame = pd.concat([read_file(files[site]) for site in wanted], ignore_index=True)
    frame = frame.merge(table.reset_index(), on="site", how="left", validate="many_to_one")[list(COLUMNS)]
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "FLUXNET2015, monthly (doi:10.1038/s41597-020-0534-3)"
    return frame


def site_years(months: pd.DataFrame, *, least_quality: float = 0.0, least_months: int = 12) -> pd.DataFrame:
    """Count the years of each tower under a rule of quality.

    Parameters
    ----------
    months : pandas.DataFrame
        As `read` gives it.
    least_quality : float
        Least ``uptake_quality`` of a month that counts, 0 to 1.
    least_months : int
        Least number of such months in a year that counts.

    Returns
    -------
    pandas.DataFrame
        Index the towers; columns ``first_year``, ``last_year``, ``years_in_file`` and ``years`` (that count).

    Raises
    ------
    ValueError
        For a quality outside 0 to 1 or months outside 1 to 12.
    """
    if not 0 <= least_quality <= 1 or not 1 <= least_months <= 12:
        raise ValueError("least_quality lies between 0 and 1, least_months between 1 and 12")
    good = months["uptake_g_C_per_m2_per_day"].notna() & (months["uptake_quality"].fillna(0) >= least_quality)
    counted = good.groupby([months["site"], months["year"]]).sum() >= least_months
    years = months.groupby("site")["year"]
    return pd.DataFrame(
        {
            "first_year": years.min(),
            "last_year": years.max(),
            "years_in_file": years.nunique(),
            "years": counted.groupby("site").sum().astype(int),
        }
    )
