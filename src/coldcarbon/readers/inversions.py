"""CO2 flux of the land by latitude and month from atmospheric inversions: seven files of five systems.

The files are zonal totals that a study of the Southern Ocean made from the producers' gridded fluxes
(doi:10.1126/science.abi4355, its public repository): ``SFCO2_LND``, ``SFCO2_OCN``, ``SFCO2_FFF`` and their sum
``SFCO2`` on time x latitude, "Pg C yr-1 degree-1" and positive to the atmosphere. `read` turns the sign of land and
ocean once: **uptake is positive**. Fossil fluxes keep theirs and are called emission.

=============  ============  ===========  ==========  ============================  ==============
system         family        cells        months      first to last                 a month holds
=============  ============  ===========  ==========  ============================  ==============
CAMSv20r1      CAMS          96, 1.895 N  365         1990-01 to 2020-05            total x 12
CT2017         CT            180, 1 deg   204         2000-01 to 2016-12            mean rate
CT2019B        CT            180, 1 deg   228         2000-01 to 2018-12            mean rate
CTE2018        CTE           180, 1 deg   216         2000-01 to 2017-12            mean rate
CTE2020        CTE           180, 1 deg   240         2000-01 to 2019-12            mean rate
MIROC          MIROC         180, 1 deg   288         1996-01 to 2019-12            total x 12
s99oc_v2020    CarboScope    90, 2 deg    252         1999-01 to 2019-12            mean rate
=============  ============  ===========  ==========  ============================  ==============

No file has a gap; all seven share 2000-01 to 2016-12. CT2017 and CT2019B, CTE2018 and CTE2020 are versions of one
system (siblings): they are not independent. MIROC is JAMSTEC's system (MIROC4-ACTM), s99oc Jena CarboScope with
stations from 1999 on.

What was verified (the tests repeat it on the files):

- **means or totals**: all systems carry nearly the same fossil emissions, which hardly change from month to month.
  Beside CTE2020 the fossil flux of CAMS follows the length of the month (February 0.920, in leap years 0.953: 28 and 29
  days of 30.44), so its months are totals times 12; the others stay within a few percent. `month_lengths` gives the
  table. Totals become mean rates here: value / 12 / days * 365.25;
- **MIROC's February is a day short**: its fossil flux is that of 27 days (28 in leap years), in all its years, while
  the other months have their lengths. Whether land and ocean share this the file cannot show; they come from the same
  kind of month totals. Nothing is corrected: MIROC's February, release of the north, may be too small by one part in
  28. No growing season is touched;
- **global totals 2000-2016**: fossil 8.4 to 8.7, total to the atmosphere 4.4 to 4.6 PgC yr-1 (what the atmosphere
  gained, by the Global Carbon Budget: 4.5), land uptake 1.5 to 2.5 PgC yr-1, in July 27 to 32 PgC yr-1;
- **the land is net**: fires are in it (CarbonTracker and CTE: the fire flux was added by the study), rivers and trade
  are not taken out. Fossil emissions differ by up to 0.3 PgC yr-1 between systems, and the land uptake answers for it;
- **time stamps** lie one day early (mid-January is the 15th, 12 h): only year and month are used;
- **the bounds** that the time axis names (``time_bnds``) are not in the files;
- CAMS has grid points on the poles, whose cells are half as wide. No land flux lies there;
- the sum of the parts is ``SFCO2`` to 1e-6.

The latitude cells differ; `read` puts all systems on one axis, conserving the flux of every band (a cell's flux is
spread evenly over its width). `band_flux` adds up value times width, with fractional cells at the edges of a band.
What a cell holds in *land area* no file says: `band_land_area_km2` takes it from a map of classes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.gridded import EARTH_RADIUS_KM, cell_areas_km2, cell_edges, refuse_cut_netcdf, refuse_texts

__all__ = [
    "SYSTEMS",
    "UNITS",
    "System",
    "assemble",
    "band_flux",
    "band_land_area_km2",
    "common_period",
    "month_lengths",
    "read",
    "read_file",
    "read_gridded",
    "zonal",
    "zonal_dataset",
]

Floats = NDArray[np.float64]

DATASET: Final = "inversions-zonal"
SOURCE: Final = "Atmospheric inversions by latitude (doi:10.1126/science.abi4355 and the producers)"
DAYS_PER_YEAR: Final = 365.25
"""Of the rates per year in the files (86,400 s a day)."""
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
_FILE_UNITS: Final = "Pg C yr$^{-1}$ degree$^{-1}$"

UNITS: Final[dict[str, str]] = {
    "land_uptake": "PgC yr-1 degree-1 (mean rate of the month, positive = uptake by land)",
    "ocean_uptake": "PgC yr-1 degree-1 (mean rate of the month, positive = uptake by the ocean)",
    "fossil_emission": "PgC yr-1 degree-1 (mean rate of the month, positive = to the atmosphere)",
}
_VARIABLES: Final = {
    "land_uptake": ("SFCO2_LND", -1.0),
    "ocean_uptake": ("SFCO2_OCN", -1.0),
    "fossil_emission": ("SFCO2_FFF", 1.0),
}
# Global means in PgC yr-1 beyond which a file is in another unit: ten times off is outside, any real year inside.
_PLAUSIBLE: Final = {"fossil_emission": (4.0, 15.0), "land_uptake": (-3.0, 8.0), "ocean_uptake": (-1.0, 6.0)}
_JULY_LAND: Final = (10.0, 60.0)  # July uptake of all land in PgC yr-1
Monthly = Literal["mean", "total"]


@dataclass(frozen=True)
class System:
    """One file: the system, its family (versions of one system are siblings) and what a month holds.

    ``monthly`` is "mean" for the mean rate of the month, "total" for the month's total times 12.
    """

    family: str
    monthly: Monthly
    institution: str


SYSTEMS: Final[dict[str, System]] = {
    "CAMSv20r1": System("CAMS", "total", "LSCE for the Copernicus Atmosphere Monitoring Service"),
    "CT2017": System("CT", "mean", "NOAA CarbonTracker"),
    "CT2019B": System("CT", "mean", "NOAA CarbonTracker"),
    "CTE2018": System("CTE", "mean", "CarbonTracker Europe, Wageningen"),
    "CTE2020": System("CTE", "mean", "CarbonTracker Europe, Wageningen"),
    "MIROC": System("MIROC", "total", "JAMSTEC"),
    "s99oc_v2020": System("CarboScope", "mean", "MPI for Biogeochemistry, Jena"),
}
"""The seven files, in the order of `read`."""


def _open(path: Path) -> xr.Dataset:
    refuse_cut_netcdf(path, _REMEDY)
    try:
        with xr.open_dataset(path) as opened:
            return opened.load()
    except (OSError, ValueError, RuntimeError, KeyError) as error:  # truncated and foreign files give any of these
        raise ReaderError(path, f"not a NetCDF file that can be read ({error})", _REMEDY) from error


def _months(path: Path, dataset: xr.Dataset) -> pd.PeriodIndex:
    """Months of the time axis, which has to run without gap or repetition."""
    if "time" not in dataset.coords or dataset["time"].ndim != 1 or dataset.sizes["time"] == 0:
        raise ReaderError(path, "no axis of times", _REMEDY, column="time")
    values = dataset["time"].to_numpy()
    if not np.issubdtype(values.dtype, np.datetime64):
        raise ReaderError(path, "the times are no dates (units such as 'hours since ...')", _REMEDY, column="time")
    months = pd.DatetimeIndex(values).to_period("M")
    steps = np.diff(months.asi8)
    wrong = np.flatnonzero(steps != 1)
    if len(wrong):
        first = int(wrong[0])
        what = "a gap" if steps[first] > 1 else "a repetition or a step back"
        problem = f"{what} in the months: {months[first + 1]} follows {months[first]}"
        raise ReaderError(path, problem, _REMEDY, row=first + 2, column="time")
    return months


def _latitude_edges(path: Path, latitude: Floats, column: str) -> Floats:
    if latitude.ndim != 1 or len(latitude) < 2 or not (np.diff(latitude) > 0).all():
        raise ReaderError(path, "latitudes are not strictly rising", _REMEDY, column=column)
    outside = np.flatnonzero(~(np.abs(latitude) <= 90 + 1e-6))
    if len(outside):
        problem = f"latitude {latitude[outside[0]]:g} lies outside the globe"
        raise ReaderError(path, problem, _REMEDY, row=int(outside[0]) + 1, column=column)
    return cell_edges(latitude, limit=90.0)


def _finite(path: Path, name: str, values: Floats, months: pd.PeriodIndex, latitude: Floats) -> None:
    missing = np.argwhere(~np.isfinite(values))
    if len(missing):
        row, cell = (int(x) for x in missing[0])
        problem = f"no value in {months[row]} at latitude {latitude[cell]:g} (and {len(missing) - 1} more)"
        raise ReaderError(path, problem, _REMEDY, row=row + 1, column=name)


def zonal_dataset(months: pd.PeriodIndex, edges: Floats, fields: Mapping[str, Floats]) -> xr.Dataset:
    """Put rates by month and latitude cell onto their axes.

    Parameters
    ----------
    months : pandas.PeriodIndex, shape (n,)
        Months in order.
    edges : numpy.ndarray, shape (m + 1,)
        Rising edges of the latitude cells in degrees north.
    fields : mapping of str to numpy.ndarray, shape (n, m)
        Names of `UNITS` and rates in PgC yr-1 degree-1.

    Returns
    -------
    xarray.Dataset, dims (time, latitude)
        As `read_file` gives it, without the attributes of a system.
    """
    coords = {
        "time": ("time", months.to_timestamp().to_numpy(), {"long_name": "first day of the month"}),
        "latitude": (
            "latitude",
            (edges[:-1] + edges[1:]) / 2,
            {"units": "degrees_north", "long_name": "middle of the cell"},
        ),
        "south": ("latitude", edges[:-1], {"units": "degrees_north", "long_name": "southern edge of the cell"}),
        "north": ("latitude", edges[1:], {"units": "degrees_north", "long_name": "northern edge of the cell"}),
        "days": ("time", months.days_in_month.to_numpy(), {"units": "days", "long_name": "length of the month"}),
    }
    described = {
        name: (
            ("time", "latitude"),
            values,
            {"units": UNITS.get(name, UNITS["land_uptake"]).split(" (")[0], "long_name": UNITS.get(name, "")},
        )
        for name, values in fields.items()
    }
    return xr.Dataset(
        described, coords=coords, attrs={"source": SOURCE, "sign": "uptake by land and ocean is positive"}
    )


def _to_rates(values: Floats, days: NDArray[np.int64], monthly: Monthly) -> Floats:
    """Mean rates per year; totals times 12 are spread over the days of their month."""
    return values if monthly == "mean" else values / 12 / days[:, None] * DAYS_PER_YEAR


def _check_magnitude(path: Path, dataset: xr.Dataset) -> None:
    widths = (dataset["north"] - dataset["south"]).to_numpy()
    for name, (low, high) in _PLAUSIBLE.items():
        total = dataset[name].to_numpy() @ widths
        whole = total[: len(total) // 12 * 12]
        if len(whole) == 0:
            continue
        mean = float(whole.mean())
        if not low <= mean <= high:
            problem = f"the global mean is {mean:.3g} PgC yr-1, and it would lie between {low:g} and {high:g}"
            raise ReaderError(
                path, problem, "Compare unit, sign and grid with the original", column=_VARIABLES[name][0]
            )
    july = dataset["land_uptake"].to_numpy()[dataset["time"].dt.month.to_numpy() == 7] @ widths
    if len(july) and not _JULY_LAND[0] <= july.mean() <= _JULY_LAND[1]:
        problem = (
            f"land takes up {july.mean():.3g} PgC yr-1 in July, and it would be {_JULY_LAND[0]:g} to {_JULY_LAND[1]:g}"
        )
        raise ReaderError(path, problem, "Compare unit and sign with the original", column="SFCO2_LND")


def read_file(path: str | Path, *, monthly: Monthly | None = None) -> xr.Dataset:
    """Read one zonal file on its own latitude cells.

    Parameters
    ----------
    path : str or pathlib.Path
        NetCDF file ``SYSTEM_fluxes_za_ts_monthly.nc``.
    monthly : {"mean", "total"}, optional
        What a month holds; by default as `SYSTEMS` says for the system in the file's name.

    Returns
    -------
    xarray.Dataset, dims (time, latitude)
        ``land_uptake``, ``ocean_uptake``, ``fossil_emission`` in PgC yr-1 degree-1 (`UNITS`): mean rates of the month,
        times the first day of it; coordinates ``south`` and ``north`` are the edges of the cells, ``days`` the lengths
        of the months. ``attrs["system"]``, ``attrs["family"]``, ``attrs["monthly_in_file"]``.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks a variable or a month, holds a missing value, another unit, or fluxes of
        another order of magnitude; names file, row (month, counted from 1), column and remedy.
    ValueError
        If the name of the file is none of `SYSTEMS` and ``monthly`` is not given.
    """
    file = Path(path)
    name = file.name.removesuffix(".nc").removesuffix("_fluxes_za_ts_monthly")
    system = SYSTEMS.get(name)
    if monthly is None and system is None:
        known = ", ".join(SYSTEMS)
        raise ValueError(f"{file.name} is none of {known}: say with monthly= whether its months are means or totals")
    convention: Monthly = monthly or (system.monthly if system else "mean")
    if convention not in ("mean", "total"):
        raise ValueError(f"monthly must be 'mean' or 'total', not {monthly!r}")
    dataset = _open(file)
    absent = [source for source, _ in _VARIABLES.values() if source not in dataset]
    absent += [] if "lat" in dataset.coords else ["lat"]
    if absent:
        found = ", ".join(sorted(map(str, dataset.variables)))
        raise ReaderError(file, f"missing: {', '.join(map(repr, absent))} (found {found})", _REMEDY)
    months = _months(file, dataset)
    latitude = dataset["lat"].to_numpy().astype(float)
    edges = _latitude_edges(file, latitude, "lat")
    fields: dict[str, Floats] = {}
    for target, (source, sign) in _VARIABLES.items():
        variable = dataset[source]
        if set(variable.dims) != {"time", "lat"}:
            raise ReaderError(file, f"dimensions {variable.dims}, not time and lat", _REMEDY, column=source)
        refuse_texts(file, variable, _REMEDY)
        if variable.attrs.get("units") != _FILE_UNITS:
            problem = f"units {variable.attrs.get('units')!r}, not {_FILE_UNITS!r}"
            raise ReaderError(file, problem, _REMEDY, column=source)
        values = variable.transpose("time", "lat").to_numpy().astype(float)
        _finite(file, source, values, months, latitude)
        fields[target] = sign * _to_rates(values, months.days_in_month.to_numpy(), convention)
    result = zonal_dataset(months, edges, fields)
    _check_magnitude(file, result)
    result.attrs |= {
        "system": name,
        "family": system.family if system else name,
        "monthly_in_file": convention,
    }
    return result


def read(folder: str | Path | None = None, systems: Iterable[str] | None = None) -> xr.Dataset:
    """Read the zonal inversions onto one axis of one-degree cells.

    Parameters
    ----------
    folder : str or pathlib.Path, optional
        Folder with the files; by default the verified copies of the catalogue's "inversions-zonal".
    systems : iterable of str, optional
        Keys of `SYSTEMS`; by default all seven.

    Returns
    -------
    xarray.Dataset, dims (system, time, latitude 180)
        As `read_file`, with coordinate ``family`` by system; NaN in months that a system does not have. Fluxes of any
        band with whole degrees as edges are those of the file's own cells.

    Raises
    ------
    coldcarbon.readers.ReaderError
        As `read_file`.
    ValueError
        For an unknown system.
    coldcarbon.catalogue.DataError
        With no ``folder``, if the data set is missing or does not verify.
    """
    wanted = list(SYSTEMS if systems is None else systems)
    unknown = [name for name in wanted if name not in SYSTEMS]
    if unknown or not wanted:
        raise ValueError(f"systems must be among {', '.join(SYSTEMS)}, not {', '.join(unknown) or 'none'}")
    names = {name: f"{name}_fluxes_za_ts_monthly.nc" for name in wanted}
    if folder is None:
        files = {name: Path(catalogue.path(DATASET, file)) for name, file in names.items()}
    else:
        files = {name: Path(folder) / file for name, file in names.items()}
    return assemble({name: read_file(file) for name, file in files.items()})


def assemble(members: Mapping[str, xr.Dataset], step_degrees: float = 1.0) -> xr.Dataset:
    """Put members with cells and months of their own onto common axes.

    Parameters
    ----------
    members : mapping of str to xarray.Dataset
        By system, as `read_file` or `zonal` gives them; only variables that all members have are kept.
    step_degrees : float
        Width of the common latitude cells; divides 180.

    Returns
    -------
    xarray.Dataset, dims (system, time, latitude)
        A cell's flux is spread evenly over its width, so that the flux of the globe, and of every band whose edges are
        edges of common cells, is conserved exactly.

    Raises
    ------
    ValueError
        Without members, or for a step that does not divide 180.
    """
    if not members:
        raise ValueError("there is no member to put together")
    cells = round(180 / step_degrees)
    if not np.isclose(cells * step_degrees, 180):
        raise ValueError(f"a step of {step_degrees:g} degrees does not divide 180")
    edges = np.linspace(-90, 90, cells + 1)
    shared = [name for name in UNITS if all(name in member for member in members.values())]
    periods = [pd.DatetimeIndex(member["time"].to_numpy()).to_period("M") for member in members.values()]
    months = pd.period_range(min(p[0] for p in periods), max(p[-1] for p in periods), freq="M")
    stacked = {name: np.full((len(members), len(months), cells), np.nan) for name in shared}
    for place, (member, own) in enumerate(zip(members.values(), periods, strict=True)):
        overlap = _overlap(member["south"].to_numpy(), member["north"].to_numpy(), edges[:-1], edges[1:])
        rows = months.get_indexer(own)
        for name in shared:
            stacked[name][place, rows] = member[name].to_numpy() @ overlap / step_degrees
    frame = zonal_dataset(months, edges, {name: stacked[name][0] for name in shared})
    for name in shared:
        frame[name] = (("system", "time", "latitude"), stacked[name], frame[name].attrs)
    families = [str(member.attrs.get("family", name)) for name, member in members.items()]
    conventions = [str(member.attrs.get("monthly_in_file", "mean")) for member in members.values()]
    return frame.assign_coords(
        system=("system", list(members)), family=("system", families), monthly_in_file=("system", conventions)
    )


def _overlap(south: Floats, north: Floats, to_south: Floats, to_north: Floats) -> Floats:
    """Degrees that each cell shares with each target cell, shape (cells, targets)."""
    shared = np.minimum(north[:, None], to_north[None]) - np.maximum(south[:, None], to_south[None])
    return np.maximum(shared, 0.0)


def band_flux(
    dataset: xr.Dataset,
    south: float,
    north: float,
    *,
    variable: str = "land_uptake",
    per: Literal["month", "year"] = "month",
) -> pd.DataFrame:
    """Flux of a latitude band by month: sum of value times width, cells at the edges by their part within the band.

    Parameters
    ----------
    dataset : xarray.Dataset
        As `read`, `read_file` or `zonal` gives it, rates in PgC yr-1 degree-1.
    south, north : float
        Edges of the band in degrees north.
    variable : str
        ``land_uptake``, ``ocean_uptake`` or ``fossil_emission``.
    per : {"month", "year"}
        "month": what flows in the month, in TgC month-1 (rate times days / 365.25), to be added up to seasons;
        "year": the rate of the month in PgC yr-1.

    Returns
    -------
    pandas.DataFrame, shape (months, systems)
        Index a monthly PeriodIndex, columns the systems; NaN where a system has no month. ``attrs["units"]``,
        ``attrs["band"]``.

    Raises
    ------
    ValueError
        For a band that is empty or leaves the globe, or an unknown variable or choice.

    Notes
    -----
    ``F(t) = sum_i f_i(t) |cell_i ∩ [south, north]|``.
    """
    if not -90 <= south < north <= 90:
        raise ValueError(f"a band needs -90 <= south < north <= 90, not {south:g} and {north:g}")
    if per not in ("month", "year"):
        raise ValueError(f"per must be 'month' or 'year', not {per!r}")
    if variable not in dataset:
        raise ValueError(f"no variable {variable!r}; there are {', '.join(map(str, dataset.data_vars))}")
    widths = _overlap(dataset["south"].to_numpy(), dataset["north"].to_numpy(), np.array([south]), np.array([north]))
    values = dataset[variable]
    if "system" not in values.dims:
        values = values.expand_dims(system=[str(dataset.attrs.get("system", variable))])
    rates = values.transpose("time", "system", "latitude").to_numpy() @ widths[:, 0]
    units = "PgC yr-1"
    if per == "month":
        rates = rates * dataset["days"].to_numpy()[:, None] / DAYS_PER_YEAR * 1000
        units = "TgC month-1"
    index = pd.DatetimeIndex(dataset["time"].to_numpy()).to_period("M").rename("month")
    frame = pd.DataFrame(rates, index=index, columns=pd.Index(values["system"].to_numpy(), name="system"))
    frame.attrs |= {"units": units, "band": (south, north), "variable": variable}
    return frame


def common_period(dataset: xr.Dataset) -> tuple[int, int]:
    """First and last calendar year that all systems have whole.

    Parameters
    ----------
    dataset : xarray.Dataset, dims (system, time, latitude)
        As `read` gives it.

    Returns
    -------
    tuple of int

    Raises
    ------
    ValueError
        If there is no such year.
    """
    present = np.isfinite(dataset["land_uptake"].transpose("time", ...).to_numpy()).all(axis=(1, 2))
    year = dataset["time"].dt.year.to_numpy()
    whole = pd.Series(present).groupby(year).sum()
    years = whole.index[whole == 12]
    if len(years) == 0:
        raise ValueError("no calendar year is whole in all systems")
    return int(years.min()), int(years.max())


def month_lengths(dataset: xr.Dataset, reference: str = "CTE2020") -> pd.DataFrame:
    """Fossil emission of February beside the mean of January and March: evidence on what a month holds.

    Parameters
    ----------
    dataset : xarray.Dataset, dims (system, time, latitude)
        As `read` gives it (rates; what the file held is computed back from ``monthly_in_file``).
    reference : str
        System whose ratio the others are divided by.

    Returns
    -------
    pandas.DataFrame
        Index the systems; columns ``common_years`` and ``leap_years`` (ratio as the file has it, 2000 to 2016),
        ``leap_over_common`` (29 / 28 = 1.036 if months are totals, 1 if they are means), ``days_of_february`` (days
        that the fossil flux of a common February stands for, if those of January and March stand for 31 and the
        reference holds mean rates: 28 if months are totals, 31 if they are means).

    Raises
    ------
    ValueError
        If the reference is not there.
    """
    systems = [str(name) for name in dataset["system"].to_numpy()]
    if reference not in systems:
        raise ValueError(f"the reference {reference!r} is none of {', '.join(systems)}")
    flux = band_flux(dataset, -90, 90, variable="fossil_emission", per="year")
    months = pd.PeriodIndex(flux.index)
    totals = dataset["monthly_in_file"].to_numpy() == "total"
    scale = np.where(totals[None], months.days_in_month.to_numpy()[:, None] * 12 / DAYS_PER_YEAR, 1.0)
    flux = (flux * scale)[(months.year >= 2000) & (months.year <= 2016)]
    months = pd.PeriodIndex(flux.index)

    years = np.unique(months.year)
    january, february, march = (flux.to_numpy()[months.month == month] for month in (1, 2, 3))
    ratio = february / ((january + march) / 2)
    leap = np.array([pd.Period(year=int(year), month=2, freq="M").days_in_month == 29 for year in years])
    common_years, leap_years = ratio[~leap].mean(axis=0), ratio[leap].mean(axis=0)
    columns = {
        "common_years": common_years,
        "leap_years": leap_years,
        "leap_over_common": leap_years / common_years,
        "days_of_february": 31 * common_years / common_years[systems.index(reference)],
    }
    return pd.DataFrame(columns, index=flux.columns)


# ---- gridded inversions that a user brings

_AREA_UNITS: Final[dict[str, float]] = {  # to g C m-2 d-1
    "gc m-2 d-1": 1.0,
    "gc m-2 day-1": 1.0,
    "gc m-2 yr-1": 1 / DAYS_PER_YEAR,
    "kgc m-2 yr-1": 1000 / DAYS_PER_YEAR,
    "gc m-2 s-1": 86400.0,
    "kgc m-2 s-1": 86400.0 * 1000,
    "kg m-2 s-1": 86400.0 * 1000,
    "mol m-2 s-1": 86400.0 * 12.011,
    "umol m-2 s-1": 86400.0 * 12.011e-6,
}
_MONTH_UNITS: Final[dict[str, float]] = {  # to g C m-2 month-1
    "gc m-2 month-1": 1.0,
    "kgc m-2 month-1": 1000.0,
}
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "time": ("time", "date"),
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon"),
}


def read_gridded(
    path: str | Path, variable: str, *, positive: Literal["up", "down"] = "up", units: str | None = None
) -> xr.Dataset:
    """Read a gridded inversion that the user has: one variable on time, latitude and longitude (CF names).

    Parameters
    ----------
    path : str or pathlib.Path
        NetCDF file.
    variable : str
        Flux of the land, for example ``bio_flux_opt`` of CarbonTracker or ``flux_apos_bio`` of CAMS.
    positive : {"up", "down"}
        Direction of positive values in the file: up, to the atmosphere (as nearly all inversions), or down.
    units : str, optional
        Unit of the file, if its attribute ``units`` is missing or wrong. Per area and time, of carbon: gC, kgC, mol
        or umol m-2 s-1; gC or kgC m-2 yr-1; gC m-2 d-1; gC or kgC m-2 month-1 (total of the month). "kg m-2 s-1" is
        taken as kilograms of carbon.

    Returns
    -------
    xarray.Dataset, dims (time, latitude, longitude)
        ``land_uptake`` in g C m-2 d-1, positive = uptake, NaN where the file has none; latitude rising, longitude
        rising from -180; ``days`` by time. `zonal` makes it a member for `assemble`.

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read, lacks the variable or an axis, has a gap in its months, leaves the globe, is in a
        unit that is not listed, or holds fluxes beyond 100 g C m-2 d-1.
    ValueError
        For an unknown direction.
    """
    if positive not in ("up", "down"):
        raise ValueError(f"positive must be 'up' or 'down', not {positive!r}")
    file = Path(path)
    dataset = _open(file)
    if variable not in dataset:
        found = ", ".join(sorted(map(str, dataset.data_vars)))
        raise ReaderError(file, f"no variable {variable!r} (found {found})", "Name one of them")
    names = {}
    for target, known in _NAMES.items():
        name = next((name for name in known if name in dataset[variable].dims and name in dataset.coords), None)
        if name is None:
            problem = f"no axis of {target} (dimensions {', '.join(map(str, dataset[variable].dims))})"
            raise ReaderError(file, problem, f"Rename it to {known[0]}", column=variable)
        names[name] = target
    grid = dataset[[variable]].rename(names)
    if set(grid[variable].dims) != set(_NAMES):
        problem = f"dimensions {', '.join(map(str, grid[variable].dims))}, not time, latitude, longitude"
        raise ReaderError(file, problem, "Choose one level or member first", column=variable)
    refuse_texts(file, grid[variable], _REMEDY)
    months = _months(file, grid)
    if float(grid["longitude"].max()) > 180:
        grid = grid.assign_coords(longitude=(grid["longitude"] + 180) % 360 - 180)
    grid = grid.sortby(["latitude", "longitude"])
    for axis, limit in (("latitude", 90.0), ("longitude", 180.0)):
        centres = grid[axis].to_numpy().astype(float)
        if not (np.abs(centres) <= limit).all() or len(np.unique(centres)) < len(centres) or len(centres) < 2:
            problem = f"centres from {centres.min():g} to {centres.max():g} leave the globe or repeat"
            raise ReaderError(file, problem, "Give degrees north and east", column=axis)
    given = units if units is not None else str(grid[variable].attrs.get("units", ""))
    unit = " ".join(given.replace("µ", "u").replace("gC", "gc").lower().replace("g c ", "gc ").split())
    values = grid[variable].transpose("time", "latitude", "longitude").to_numpy().astype(float)
    days = months.days_in_month.to_numpy()
    if unit in _AREA_UNITS:
        values = values * _AREA_UNITS[unit]
    elif unit in _MONTH_UNITS:
        values = values * _MONTH_UNITS[unit] / days[:, None, None]
    else:
        remedy = f"Give units= as one of {', '.join([*_AREA_UNITS, *_MONTH_UNITS])}"
        raise ReaderError(file, f"unknown unit {given!r}", remedy, column=variable)
    if not np.isfinite(values).any():
        raise ReaderError(file, "no value at all", _REMEDY, column=variable)
    largest = float(np.nanmax(np.abs(values)))
    if not 1e-3 < largest < 100:
        problem = f"the largest flux is {largest:.3g} g C m-2 d-1, and it would lie between 0.001 and 100"
        raise ReaderError(file, problem, "Compare the unit with the original, or give units=", column=variable)
    attributes = {"units": "g C m-2 d-1", "long_name": "mean uptake of the month by land, positive = uptake"}
    return xr.Dataset(
        {"land_uptake": (("time", "latitude", "longitude"), -values if positive == "up" else values, attributes)},
        coords={
            "time": ("time", months.to_timestamp().to_numpy()),
            "latitude": ("latitude", grid["latitude"].to_numpy().astype(float), {"units": "degrees_north"}),
            "longitude": ("longitude", grid["longitude"].to_numpy().astype(float), {"units": "degrees_east"}),
            "days": ("time", days),
        },
        attrs={"source": file.name, "sign": "uptake by land is positive"},
    )


def zonal(gridded: xr.Dataset) -> xr.Dataset:
    """Sum a gridded inversion over longitude, into what `read_file` gives.

    Parameters
    ----------
    gridded : xarray.Dataset, dims (time, latitude, longitude)
        As `read_gridded` gives it. Cells without a value count as none.

    Returns
    -------
    xarray.Dataset, dims (time, latitude)
        ``land_uptake`` in PgC yr-1 degree-1, for `band_flux` and `assemble`.
    """
    edges = cell_edges(gridded["latitude"], limit=90.0)
    widths = np.diff(edges)
    areas = 1e6 * cell_areas_km2(gridded).to_numpy()  # m2
    grams_per_day = np.einsum("tij,ij->ti", np.nan_to_num(gridded["land_uptake"].to_numpy()), areas)
    months = pd.DatetimeIndex(gridded["time"].to_numpy()).to_period("M")
    result = zonal_dataset(months, edges, {"land_uptake": grams_per_day * DAYS_PER_YEAR / 1e15 / widths})
    result.attrs |= {"source": str(gridded.attrs.get("source", "")), "monthly_in_file": "mean"}
    return result


def band_land_area_km2(land: xr.DataArray, south: float, north: float) -> float:
    """Area of land in a band, from a map that is missing off the land.

    Parameters
    ----------
    land : xarray.DataArray, dims (latitude, longitude)
        Any field that is NaN off the land, such as ``climate_class`` of `coldcarbon.readers.koppen.read` with
        ``drop_ice=True``. Cells at the coast count whole there: its land is 6 % above the true one.
    south, north : float
        Edges of the band in degrees north; cells that an edge cuts count by the part of the sphere within.

    Returns
    -------
    float
        Area in km2.

    Raises
    ------
    ValueError
        For a band that is empty or leaves the globe.
    """
    if not -90 <= south < north <= 90:
        raise ValueError(f"a band needs -90 <= south < north <= 90, not {south:g} and {north:g}")
    edges = cell_edges(land["latitude"], limit=90.0)
    low, high = np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])
    low, high = np.clip(low, south, north), np.clip(high, south, north)
    across = np.radians(np.diff(cell_edges(land["longitude"])))
    strips = EARTH_RADIUS_KM**2 * (np.sin(np.radians(high)) - np.sin(np.radians(low)))
    present = np.isfinite(land.transpose("latitude", "longitude").to_numpy())
    return float(strips @ (present @ across))
