"""The three towers of the Tibetan plateau in FLUXNET2015, month by month: NEP and weather.

Read through `coldcarbon.readers.fluxnet2015`; here they get their vegetation and what is known against them.

- **CN-HaM** (Haibei, alpine meadow, 2002 to 2004), **CN-Ha2** (Haibei, shrub meadow, 2003 to 2005), **CN-Dan**
  (Dangxiong, steppe meadow, 2004 and 2005): 96 months. The two of Haibei stand 30 km apart; CN-Dan, the only one that
  can stand for steppe, grows what its authors call steppe meadow.
- From April to December 2004 CN-HaM has no random uncertainty, an air temperature of quality 0 (nothing measured) and a
  night-time respiration of a quarter of that of other years, while the flux claims to be wholly measured:
  ``doubtful``. It looks as if it had been filled before it came to FLUXNET.
- CN-Ha2 takes up carbon in midwinter, at -12 degrees Celsius: an open-path sensor that heats itself does that.
  ``winter_uptake`` marks months below `FROZEN` degrees with NEP above 0.
- The table of towers gives no elevation for any of the three; CN-Ha2 is filed as wetland.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coldcarbon.readers import fluxnet2015

__all__ = ["COLUMNS", "FROZEN", "TOWERS", "UNITS", "read", "tidy"]

DATASET: Final = fluxnet2015.DATASET
TOWERS: Final = {"CN-Dan": "steppe", "CN-Ha2": "meadow", "CN-HaM": "meadow"}
"""Tower: the vegetation type it stands for here."""
FROZEN: Final = -5.0
"""Monthly mean air temperature (degrees Celsius) below which plants take up nothing."""
UNITS: Final = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "days": "days of the month",
    "nep_g_C_per_m2_per_month": "g C m-2 month-1 (sum; uptake positive)",
    "nep_threshold_25_g_C_per_m2_per_month": "g C m-2 month-1 (25th percentile over friction velocities)",
    "nep_threshold_75_g_C_per_m2_per_month": "g C m-2 month-1 (75th percentile over friction velocities)",
    "nep_quality": "share 0 to 1 measured or filled with high quality",
    "respiration_night_g_C_per_m2_per_month": "g C m-2 month-1",
    "air_temperature_degrees_celsius": "degrees Celsius",
    "air_temperature_quality": "share 0 to 1",
    "precipitation_mm_per_month": "mm month-1",
}
COLUMNS: Final = (
    "site",
    "vegetation",
    "latitude_degrees_north",
    "longitude_degrees_east",
    "year",
    "month",
    *[name for name in UNITS if not name.endswith(("north", "east"))],
    "doubtful",
    "winter_uptake",
)


def read(folder: str | Path | None = None) -> pd.DataFrame:
    """Read the months of the three towers.

    Parameters
    ----------
    folder : str or pathlib.Path, optional
        As in `coldcarbon.readers.fluxnet2015.read`.

    Returns
    -------
    pandas.DataFrame
        Columns `COLUMNS`, one row per tower and month, in order; ``attrs["units"]``, ``attrs["source"]``. NEP is the
        sum of the month, positive for uptake (minus NEE). Nothing is dropped.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `coldcarbon.readers.fluxnet2015.read`.
    coldcarbon.catalogue.DataError
        With no ``folder``, if the data set is missing or does not verify.
    """
    frame = tidy(fluxnet2015.read(folder, sites=list(TOWERS)))
    frame.attrs["source"] = "FLUXNET2015, monthly (doi:10.1038/s41597-020-0534-3)"
    return frame


def tidy(months: pd.DataFrame) -> pd.DataFrame:
    """Months of towers in the columns used here, with flags.

    Parameters
    ----------
    months : pandas.DataFrame
        As `coldcarbon.readers.fluxnet2015.read` gives them, of towers in `TOWERS`.

    Returns
    -------
    pandas.DataFrame
        As `read`.

    Raises
    ------
    ValueError
        For a tower that is not of the plateau.
    """
    strangers = sorted(set(months["site"]) - set(TOWERS))
    if strangers:
        raise ValueError(f"{', '.join(strangers)}: not among the towers {', '.join(TOWERS)}")
    frame = months.assign(
        vegetation=months["site"].map(TOWERS),
        nep_g_C_per_m2_per_month=months["uptake_g_C_per_m2_per_month"],
        nep_quality=months["uptake_quality"],
        respiration_night_g_C_per_m2_per_month=months["ter_night_g_C_per_m2_per_month"],
    )
    for part in ("25", "75"):
        per_day = months[f"uptake_threshold_{part}_g_C_per_m2_per_day"]
        frame[f"nep_threshold_{part}_g_C_per_m2_per_month"] = per_day * months["days"]
    unmeasured = months["uptake_random_uncertainty_g_C_per_m2_per_day"].isna() & (
        months["air_temperature_quality"] == 0
    )
    frame["doubtful"] = unmeasured
    cold = frame["air_temperature_degrees_celsius"] < FROZEN
    frame["winter_uptake"] = np.asarray(cold & (frame["nep_g_C_per_m2_per_month"] > 0))
    frame = frame[list(COLUMNS)].reset_index(drop=True)
    frame.attrs["units"] = dict(UNITS)
    return frame
