"""Monthly net flux of the land from 13 vegetation models of TRENDY v9, by band and by TransCom region.

Two files per model: ``DGVM_MODEL_monthly.csv`` with the globe, the land north of 30 N, the tropics (30 S to 30 N) and
the south, and ``DGVM_MODELreg_monthly.csv`` with the 11 land regions of TransCom and the globe. Blanks between columns,
no header, no unit; a month is YYYYMM. `read` turns the sign once: **uptake is positive**.

What was verified (the tests repeat it on the files):

- **unit**: PgC month-1, totals of the month, positive to the atmosphere, rounded to 0.001. The twelve months of a year
  add up to the land sink minus the emissions from land-use change that the workbook of the Global Carbon Budget 2020
  gives for the model (simulation S3: land use included): for 11 models with a correlation above 0.96 and a bias
  below 0.16 PgC yr-1 over 1960-2019. Taking the months for rates, weighted by their length, fits worse for nine of
  these eleven (not for ISAM and VISIT, whose months may be rates over equal months: a difference of 2 %);
- **bands**: the three add up to the globe within 0.001, the regions within 0.004; the globe is the same in both files;
- **regions** are not named. The order is TransCom's (`REGIONS`): boreal and temperate North America, tropical and
  temperate South America, northern and southern Africa, boreal and temperate Eurasia, tropical Asia, Australia, Europe.
  The northern ones have their uptake in June and July, the southern ones in January;
- **years**: 1700 to 2019, but SDGVM from 1900 and VISIT from 1860; no month is missing;
- **ISBA-CTRIP's years do not match the workbook**: the correlation is 0.69 as it stands and 0.995 if the year of the
  workbook runs from July of the year before to June. The seasons of the file are right (largest uptake in July), so the
  workbook's years are shifted, not the file's;
- **SDGVM is another run**: 1.3 PgC yr-1 above the workbook (r 0.84), with a northern amplitude of 5.8 PgC month-1
  where the others have 1.3 to 3.9;
- **YIBs** has its largest northern uptake in August and releases until June, when all others take up. Both are named in
  `ODD`: results are to be shown with and without them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.months import consecutive_months
from coldcarbon.readers.text_tables import fields_of, numbers

__all__ = ["BANDS", "MODELS", "NORTHERN_REGIONS", "ODD", "REGIONS", "WORKBOOK_NAMES", "flux", "read", "read_file"]

DATASET: Final = "trendy-v9-bands"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
MODELS: Final = (
    *("CLM5.0", "IBIS", "ISAM", "ISBA-CTRIP", "JSBACH", "JULES-ES", "LPJ", "LPX-Bern", "OCN", "ORCHIDEEv3"),
    *("SDGVM", "VISIT", "YIBs"),
)
"""Models by their names in the files."""
WORKBOOK_NAMES: Final[dict[str, str]] = {"OCN": "OCNv2", "ORCHIDEEv3": "ORCHIDEE-v3"}
"""Models that the workbook of the Global Carbon Budget calls otherwise."""
ODD: Final[dict[str, str]] = {
    "SDGVM": "another run than in the workbook; northern amplitude half as large again as any other",
    "YIBs": "largest northern uptake in August, release until June",
}
"""Models to be shown with and without, and why."""
BANDS: Final = ("global", "north_of_30", "tropics", "south_of_30")
REGIONS: Final = (
    "north_american_boreal",
    "north_american_temperate",
    "south_american_tropical",
    "south_american_temperate",
    "northern_africa",
    "southern_africa",
    "eurasian_boreal",
    "eurasian_temperate",
    "tropical_asia",
    "australia",
    "europe",
)
"""The land regions of TransCom, in the order of the columns."""
NORTHERN_REGIONS: Final = ("north_american_boreal", "eurasian_boreal")
_LARGEST: Final = 12.0  # PgC in a month of the whole land
_SMALLEST: Final = 0.2  # PgC: the largest month of a model is more than this
_ROUNDING: Final = 0.006  # parts against the globe, each rounded to 0.001


def read_file(path: str | Path) -> pd.DataFrame:
    """Read one file.

    Parameters
    ----------
    path : str or pathlib.Path
        A file of bands or, with ``reg`` in its name, of regions.

    Returns
    -------
    pandas.DataFrame
        Index ``month`` (monthly PeriodIndex); columns `BANDS`, or `REGIONS` and ``global``: uptake in PgC month-1.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read or is cut off, has another number of columns, a value that is no number, a gap in its
        months, values of another unit's order of magnitude, or parts that do not add up to the globe; names file,
        row, column and remedy.
    """
    file = Path(path)
    names = (*REGIONS, "global") if file.name.endswith("reg_monthly.csv") else BANDS
    fields = fields_of(file, ("month", *names), remedy=_REMEDY)
    months = consecutive_months(file, fields["month"].tolist(), remedy=_REMEDY, column="month", first_row=1)
    if len(months) % 12:
        raise ReaderError(file, f"the last year ends in {months[-1]}", _REMEDY, row=len(months), column="month")
    columns = [numbers(file, fields[name], -1e9, 1e9, remedy=_REMEDY) for name in names]
    values = np.column_stack([column.to_numpy() for column in columns])
    globe = list(names).index("global")
    largest = np.abs(values).max()
    if not _SMALLEST <= largest <= _LARGEST:
        limits = f"{_SMALLEST:g} and {_LARGEST:g}"
        problem = f"the largest value is {largest:.3g}, and in PgC month-1 it would lie between {limits}"
        raise ReaderError(file, problem, "Bring the file to PgC month-1 first", column="global")
    apart = np.abs(np.delete(values, globe, axis=1).sum(axis=1) - values[:, globe])
    if apart.max() > _ROUNDING:
        row = int(apart.argmax())
        problem = f"the parts differ from the globe by {apart[row]:.3f} PgC in {months[row]}"
        raise ReaderError(file, problem, _REMEDY, row=row + 1, column="global")
    return pd.DataFrame(-values, index=months.rename("month"), columns=pd.Index(names))


def read(folder: str | Path | None = None, models: Iterable[str] | None = None) -> pd.DataFrame:
    """Read all models, bands and regions together.

    Parameters
    ----------
    folder : str or pathlib.Path, optional
        Folder with the files; by default the verified copies of the catalogue's "trendy-v9-bands".
    models : iterable of str, optional
        Names of `MODELS`; by default all.

    Returns
    -------
    pandas.DataFrame
        Columns model, month (Period), days, then `BANDS` and `REGIONS`: uptake in PgC month-1; rows by model and month.
        ``attrs["units"]``, ``attrs["source"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `read_file`; if bands and regions of a model have other months or another globe.
    ValueError
        For an unknown model.
    coldcarbon.catalogue.DataError
        With no ``folder``, if the data set is missing or does not verify.
    """
    wanted = list(MODELS if models is None else models)
    unknown = [name for name in wanted if name not in MODELS]
    if unknown or not wanted:
        raise ValueError(f"models must be among {', '.join(MODELS)}, not {', '.join(unknown) or 'none'}")
    parts = []
    for model in wanted:
        bands, regions = (_path(folder, f"DGVM_{model}{kind}_monthly.csv") for kind in ("", "reg"))
        by_band, by_region = read_file(bands), read_file(regions)
        if not by_band.index.equals(by_region.index):
            raise ReaderError(regions, f"its months are not those of {bands.name}", _REMEDY, column="month")
        apart = (by_band["global"] - by_region.pop("global")).abs()
        if apart.max() > 2 * _ROUNDING:
            row = int(apart.to_numpy().argmax())
            raise ReaderError(regions, f"its globe is not that of {bands.name}", _REMEDY, row=row + 1, column="global")
        both = pd.concat([by_band, by_region], axis=1).reset_index()
        both.insert(0, "model", model)
        parts.append(both)
    frame = pd.concat(parts, ignore_index=True)
    frame.insert(2, "days", frame["month"].dt.days_in_month.astype(int))
    frame.attrs["units"] = dict.fromkeys((*BANDS, *REGIONS), "PgC month-1 (positive = uptake)")
    frame.attrs["source"] = "TRENDY v9, simulation S3, by latitude band and TransCom region"
    return frame


def _path(folder: str | Path | None, name: str) -> Path:
    return Path(catalogue.path(DATASET, name)) if folder is None else Path(folder) / name


def flux(frame: pd.DataFrame, where: str | Iterable[str], *, unit: Literal["PgC", "TgC"] = "TgC") -> pd.DataFrame:
    """Flux of one band or of several regions together, one column per model.

    Parameters
    ----------
    frame : pandas.DataFrame
        As `read` gives it.
    where : str or iterable of str
        A band or region, or regions to add up (bands overlap with regions: do not mix them).
    unit : {"PgC", "TgC"}
        Per month.

    Returns
    -------
    pandas.DataFrame, shape (months, models)
        Index a monthly PeriodIndex from the first month of any model, NaN before a model begins: what
        `coldcarbon.readers.seasons.season_flux` takes.

    Raises
    ------
    ValueError
        For an unknown name or unit.
    """
    names = [where] if isinstance(where, str) else list(where)
    unknown = [name for name in names if name not in (*BANDS, *REGIONS)]
    if unknown or not names:
        raise ValueError(f"there is no {', '.join(unknown) or 'place'}; there are {', '.join((*BANDS, *REGIONS))}")
    if unit not in ("PgC", "TgC"):
        raise ValueError(f"unit must be 'PgC' or 'TgC', not {unit!r}")
    total = frame[names].sum(axis=1, skipna=False) * (1000 if unit == "TgC" else 1)
    wide = frame[["model", "month"]].assign(flux=total).pivot_table(index="month", columns="model", values="flux")
    wide.index = pd.PeriodIndex(wide.index, freq="M", name="month")
    wide.attrs = {"units": f"{unit} month-1", "where": names}
    return wide[list(dict.fromkeys(frame["model"]))]
