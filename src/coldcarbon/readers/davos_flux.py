"""Half-hourly fluxes of one tower, Davos (CH-DAV, subalpine spruce), 2013-2022, fetched on request.

The file is a parquet table that the package diive carries as an example: 175,296 half-hours without gap, 2013-01-01 to
2022-12-31, time stamp in the *middle* of the half-hour (local winter time), fluxes of CO2 in umol m-2 s-1. NEE is
positive to the atmosphere in the file: **uptake is positive here**. The tower stands at 46.8 N, south of the paper's
region: it shows how a record is made, not what the north does.

What was verified (the tests repeat it on the file):

- **a third is measured**: 58,197 half-hours (33.2 %) of ``NEE_CUT_REF_orig`` are left after tests of quality and of
  friction velocity (one threshold, 0.288 m s-1, for all years); 60 % by day and 11 % by night, 19 % in January and 45 %
  in May. The rest of ``NEE_CUT_REF_f`` is filled. Where it is measured both are equal;
- **quality** 0 (41,284 of them) and 1 (16,913): kept; 2 is never kept; it is missing for 30,679 half-hours;
- **16 and 84** in names are percentiles of the *threshold* of friction velocity, not of the flux: the annual sum of
  2022 is 64 g C m-2 of uptake with the reference, 170 with the low and -20 with the high threshold;
- **partitioning**: for the night-time method NEE = TER - GPP holds to 0.001 at every half-hour, so that night-time GPP
  is negative at times; for the day-time method it holds within 2.7 umol m-2 s-1 (standard deviation). GPP of the
  day-time method is 8 to 16 % lower in most years;
- **sums by year**: uptake 64 to 439 g C m-2, GPP 1,190 to 1,548 (night-time method), TER 1,017 to 1,291;
- **precipitation** is in mm per half-hour, **soil water** in % at 15 cm, missing for 6 %.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coldcarbon.readers import ReaderError
from coldcarbon.readers.gridded import on_request
from coldcarbon.readers.text_tables import number_columns

__all__ = ["COLUMNS", "GRAMS_PER_HALF_HOUR", "UNITS", "monthly", "read"]

DATASET: Final = "davos-flux"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
GRAMS_PER_HALF_HOUR: Final = 12.011e-6 * 1800
"""g C m-2 in a half-hour of 1 umol m-2 s-1."""

# column of the file -> (column of the frame, sign, lowest, highest value in the file, may be missing)
_NUMBERS: Final[dict[str, tuple[str, int, float, float, bool]]] = {
    "NEE_CUT_REF_f": ("uptake_umol_per_m2_per_s", -1, -100, 100, False),
    "NEE_CUT_REF_orig": ("uptake_measured_umol_per_m2_per_s", -1, -100, 100, True),
    "NEE_CUT_16_f": ("uptake_low_threshold_umol_per_m2_per_s", -1, -100, 100, False),
    "NEE_CUT_84_f": ("uptake_high_threshold_umol_per_m2_per_s", -1, -100, 100, False),
    "QCF_NEE": ("uptake_quality_flag", 1, 0, 2, True),
    "GPP_CUT_REF_f": ("gpp_night_umol_per_m2_per_s", 1, -100, 100, False),
    "GPP_DT_CUT_REF": ("gpp_day_umol_per_m2_per_s", 1, -100, 100, False),
    "Reco_CUT_REF": ("ter_night_umol_per_m2_per_s", 1, -100, 100, False),
    "Reco_DT_CUT_REF": ("ter_day_umol_per_m2_per_s", 1, -100, 100, False),
    "Tair_f": ("air_temperature_degrees_celsius", 1, -60, 50, False),
    "Rg_f": ("shortwave_W_per_m2", 1, -20, 1500, False),
    "PPFD": ("ppfd_umol_per_m2_per_s", 1, -20, 3000, True),
    "VPD_f": ("vapour_pressure_deficit_hPa", 1, 0, 100, False),
    "PREC_TOT_T1_25+20_1": ("precipitation_mm", 1, 0, 100, True),
    "SWC_FF0_0.15_1": ("soil_water_percent", 1, 0, 100, True),
}
COLUMNS: Final = (*(name for name, *_ in _NUMBERS.values()), "measured")
UNITS: Final[dict[str, str]] = {
    **{name: "umol CO2 m-2 s-1" for name in COLUMNS if name.startswith(("uptake_", "gpp_", "ter_"))},
    "uptake_quality_flag": "0 best, 1 good, 2 poor",
    "air_temperature_degrees_celsius": "degrees Celsius",
    "shortwave_W_per_m2": "W m-2",
    "ppfd_umol_per_m2_per_s": "umol m-2 s-1 of photons",
    "vapour_pressure_deficit_hPa": "hPa",
    "precipitation_mm": "mm per half-hour",
    "soil_water_percent": "% of volume at 15 cm",
}
_JULY_GPP: Final = (1.0, 40.0)  # umol m-2 s-1: mean of July; in g C m-2 d-1 or mg it lies elsewhere


def read(path: str | Path | None = None) -> pd.DataFrame:
    """Read the half-hours.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The parquet file; by default the verified copy of the catalogue's "davos-flux".

    Returns
    -------
    pandas.DataFrame
        Index ``time``, the middle of the half-hour; columns `COLUMNS`, ``measured`` tells half-hours whose uptake
        was not filled. ``attrs["units"]``, ``attrs["source"]``, ``attrs["latitude_degrees_north"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks a column or a half-hour, or holds a value that cannot be in the unit; names
        file, row (counted from 1), column and remedy.
    coldcarbon.catalogue.DataMissingError
        With no ``path``, if the data set is not here; nothing is downloaded.
    """
    file = next(iter(on_request(DATASET).values())) if path is None else Path(path)
    try:
        table = pd.read_parquet(file, columns=list(_NUMBERS))
    except (OSError, ValueError) as error:  # pyarrow's errors are of these kinds, a missing column among them
        raise ReaderError(file, f"not a parquet table with the columns that are read ({error})", _REMEDY) from error
    number_columns(file, table, _NUMBERS, remedy=_REMEDY)
    if not isinstance(table.index, pd.DatetimeIndex) or table.empty:
        raise ReaderError(file, "no index of times, or no rows", _REMEDY, column="TIMESTAMP_MIDDLE")
    steps = np.diff(table.index.to_numpy()) != np.timedelta64(30, "m")
    if steps.any():
        first = int(np.flatnonzero(steps)[0])
        problem = f"{table.index[first + 1]} follows {table.index[first]}, and steps are half-hours"
        raise ReaderError(file, problem, _REMEDY, row=first + 2, column="TIMESTAMP_MIDDLE")
    columns = {}
    for source, (name, sign, lowest, highest, may_be_missing) in _NUMBERS.items():
        column = table[source]
        values = column.to_numpy(dtype=float)
        wrong = (values < lowest) | (values > highest) | (np.isnan(values) & (not may_be_missing))
        if wrong.any():
            first = int(np.flatnonzero(wrong)[0])
            problem = f"{values[first]:g} is missing or lies outside {lowest:g} to {highest:g}"
            raise ReaderError(file, problem, _REMEDY, row=first + 1, column=source)
        columns[name] = sign * values
    frame = pd.DataFrame(columns, index=table.index.rename("time"))
    july = frame["gpp_night_umol_per_m2_per_s"][pd.DatetimeIndex(frame.index).month == 7]
    if len(july) and not _JULY_GPP[0] <= july.mean() <= _JULY_GPP[1]:
        problem = f"the mean of July is {july.mean():.3g} umol m-2 s-1, and it would lie between 1 and 40"
        raise ReaderError(file, problem, "Bring the fluxes to umol m-2 s-1 first", column="GPP_CUT_REF_f")
    frame["measured"] = frame["uptake_measured_umol_per_m2_per_s"].notna()
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "Davos CH-DAV, Swiss FluxNet (CC BY 4.0), by way of the package diive"
    frame.attrs["latitude_degrees_north"] = 46.8
    return frame


def monthly(half_hours: pd.DataFrame, *, least_share: float = 0.0) -> pd.DataFrame:
    """Sums and means by month, in the units of the other towers.

    Parameters
    ----------
    half_hours : pandas.DataFrame
        As `read` gives it.
    least_share : float
        Months with a smaller share of measured half-hours get no uptake (NaN), 0 to 1.

    Returns
    -------
    pandas.DataFrame
        Index ``month`` (Period); ``uptake``, ``uptake_low_threshold``, ``uptake_high_threshold``, ``gpp_night``,
        ``gpp_day``, ``ter_night``, ``ter_day``, ``gpp``, ``ter`` (means of both methods), each
        ``..._g_C_per_m2_per_month``; means of temperature, radiation and soil water, sum of precipitation,
        ``measured_share``. A month that is not whole is NaN.

    Raises
    ------
    ValueError
        For a share outside 0 to 1.
    """
    if not 0 <= least_share <= 1:
        raise ValueError(f"least_share lies between 0 and 1, not {least_share:g}")
    month = pd.DatetimeIndex(half_hours.index).to_period("M").rename("month")
    fluxes = [name for name in COLUMNS if name.endswith("umol_per_m2_per_s") and "measured" not in name]
    fluxes.remove("ppfd_umol_per_m2_per_s")
    sums = half_hours[fluxes].groupby(month).sum() * GRAMS_PER_HALF_HOUR
    sums.columns = pd.Index([name.replace("umol_per_m2_per_s", "g_C_per_m2_per_month") for name in fluxes])
    for name in ("gpp", "ter"):
        sums[f"{name}_g_C_per_m2_per_month"] = (
            sums[f"{name}_night_g_C_per_m2_per_month"] + sums[f"{name}_day_g_C_per_m2_per_month"]
        ) / 2
    months = pd.PeriodIndex(sums.index)
    whole = half_hours["measured"].groupby(month).size().to_numpy() == months.days_in_month.to_numpy() * 48
    share = half_hours["measured"].groupby(month).mean()
    sums.loc[~whole] = np.nan
    uptakes = [name for name in sums if str(name).startswith("uptake")]
    sums.loc[share.to_numpy() < least_share, uptakes] = np.nan
    means = ["air_temperature_degrees_celsius", "shortwave_W_per_m2", "ppfd_umol_per_m2_per_s", "soil_water_percent"]
    rain = half_hours["precipitation_mm"].groupby(month).sum(min_count=1).rename("precipitation_mm_per_month")
    frame = pd.concat([sums, half_hours[means].groupby(month).mean(), rain, share.rename("measured_share")], axis=1)
    frame.attrs = dict(half_hours.attrs)
    return frame
