"""A small valid file for every reader, and how to take it apart to damage it."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import rdata
import xarray as xr

import abcflux_file
import fluxnet_files
import grid_files
import inversion_files
import root_profile_file
import srdb_file
import test_calm_active_layer
import test_carbon_budget
import test_cmip6_regional
import test_davos_flux
import test_gistemp
import test_gridded_production
import test_plateau_boundary
import test_qtp_active_layer
import test_qtp_stations
import test_rasters
import test_root_shoot
import test_sevilleta
import test_tibet_transect
import test_trendy
from coldcarbon.readers import (
    abcflux,
    calm_active_layer,
    carbon_budget,
    cmip6_regional,
    cru_normals,
    davos_flux,
    fluxnet2015,
    geotiff,
    gistemp,
    gridded_production,
    hadex2,
    hwsd,
    inversions,
    itur,
    koppen,
    land_fraction,
    ndvi,
    plateau_boundary,
    plateau_towers,
    qtp_active_layer,
    qtp_stations,
    rasters,
    root_profiles,
    root_shoot,
    sevilleta,
    srdb,
    srdb_stocks,
    tibet_transect,
    trendy,
)

# Readers that only join what other readers read.
JOINED = {
    "covariates.read": "opens the grids by their readers",
    "plateau_cells.read": "joins five readers, each of which is here",
}


@dataclass
class Table:
    """Header and rows of a file; ``first`` is the row of the file, as messages count, of the first of them."""

    header: list[str]
    rows: list[list[Any]]
    first: int = 2

    def copy(self) -> Table:
        return Table(list(self.header), [list(row) for row in self.rows], self.first)

    def set(self, row: int, column: str, value: Any) -> Table:
        new = self.copy()
        new.rows[row][new.header.index(column)] = value
        return new


class Text:
    """Fields between delimiters below ``preamble`` lines; without delimiter blanks part them and there is no header."""

    def __init__(self, delimiter=",", encoding="utf-8", preamble=0, member="", header=(), ends="\n"):
        self.delimiter, self.encoding, self.preamble, self.member = delimiter, encoding, preamble, member
        self.header, self.ends = list(header), ends

    def content(self, path: Path) -> bytes:
        return zipfile.ZipFile(path).read(self.member) if self.member else path.read_bytes()

    def put(self, path: Path, content: bytes) -> None:
        if self.member:
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr(self.member, content)
        else:
            path.write_bytes(content)

    def load(self, path: Path) -> Table:
        lines = self.content(path).decode(self.encoding).splitlines()
        if self.header:
            return Table(list(self.header), [line.split() for line in lines], 1)
        rows = list(csv.reader(lines[self.preamble :], delimiter=self.delimiter))
        return Table(rows[0], rows[1:], self.preamble + 2)

    def save(self, path: Path, table: Table) -> None:
        if self.header:
            text = "".join(" ".join(map(str, row)) + "\n" for row in table.rows)
        else:
            stream = io.StringIO()
            writer = csv.writer(stream, delimiter=self.delimiter, lineterminator=self.ends)
            writer.writerow(table.header)
            writer.writerows(table.rows)
            before = self.content(path).decode(self.encoding).splitlines()[: self.preamble]
            text = "".join(line + "\n" for line in before) + stream.getvalue()
        self.put(path, text.encode(self.encoding))


class Parquet:
    def load(self, path: Path) -> Table:
        frame = pd.read_parquet(path)
        self.index = frame.index.name
        frame = frame.reset_index() if self.index else frame
        return Table(list(frame), frame.to_numpy(dtype=object).tolist(), 1)

    def save(self, path: Path, table: Table) -> None:
        frame = pd.DataFrame(table.rows, columns=pd.Index(table.header)).infer_objects()
        mixed = [name for name in frame if frame[name].dtype == object]
        frame = frame.astype(dict.fromkeys(mixed, "str"))
        (frame.set_index(self.index) if self.index and self.index in frame else frame).to_parquet(path)


class Sheet:
    def __init__(self, name: str, header: int, rows: int):
        self.name, self.header, self.rows = name, header, rows

    def load(self, path: Path) -> Table:
        page = openpyxl.load_workbook(path)[self.name]
        rows = [list(row) for row in page.iter_rows(values_only=True)][self.header - 1 : self.header + self.rows]
        return Table(list(rows[0]), rows[1:], self.header + 1)

    def save(self, path: Path, table: Table) -> None:
        book = openpyxl.load_workbook(path)
        page = book[self.name]
        page.delete_rows(self.header, self.rows + 1)
        for number, row in enumerate([table.header, *table.rows]):
            page.insert_rows(self.header + number)
            for place, value in enumerate(row, 1):
                page.cell(self.header + number, place, value)
        book.save(path)


class RTable:
    def __init__(self, name: str = ""):
        self.name = name

    def load(self, path: Path) -> Table:
        stored = rdata.read_rda(path)[self.name] if self.name else rdata.read_rds(path)
        return Table(list(stored), stored.astype(object).to_numpy().tolist(), 1)

    def save(self, path: Path, table: Table) -> None:
        frame = pd.DataFrame(table.rows, columns=pd.Index(table.header)).infer_objects()
        for place, name in enumerate(table.header):
            if frame.dtypes.iloc[place] in (object, "str"):
                frame.isetitem(place, frame.iloc[:, place].astype("str").astype("category"))
                assert name
        write = (lambda f: rdata.write_rda(path, {self.name: f})) if self.name else (lambda f: rdata.write_rds(path, f))
        write(frame)


class Grid:
    """A NetCDF file."""

    def load(self, path: Path) -> xr.Dataset:
        return xr.load_dataset(path)

    def save(self, path: Path, dataset: xr.Dataset) -> None:
        kind = "NETCDF3_CLASSIC" if path.read_bytes()[:3] == b"CDF" else "NETCDF4"
        path.unlink()
        for variable in dataset.variables.values():
            variable.encoding = {
                k: v for k, v in variable.encoding.items() if k == "_FillValue" and variable.dtype.kind == "f"
            }
        dataset.to_netcdf(path, format=kind)


class Raw:
    """A file of which only the bytes are damaged, and what `damages` knows of its kind."""


@dataclass
class Sample:
    """A reader, a maker of a valid folder, the file in it that is damaged, and what its columns are.

    ``missing`` is the file's own mark for missing; None where it has none. ``swap`` are latitude and longitude;
    ``unit`` is what another unit does to the table or data set: (column or variable, factor, offset).
    """

    reader: str
    make: Callable[[Path], Any]
    file: str
    read: Callable[[Path], Any]
    form: Any
    numbers: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    missing: Any = None
    may_miss: tuple[str, ...] | None = None  # numbers that may be missing; all if None
    swap: tuple[str, str] | None = None
    unit: tuple[str, float, float] | None = None
    ordered: bool = False  # rows are a series
    tags: frozenset[str] = field(default_factory=frozenset)


def _abcflux(folder: Path) -> None:
    records = [
        abcflux_file.record(month=str(m), nee=str(-20 - m), site_name="Kuusamo ä", longitude="128.5")
        for m in range(1, 9)
    ]
    abcflux_file.write(folder, *records)


def _srdb(folder: Path) -> None:
    srdb_file.write(folder, *({"NPP": str(600 + i), "Longitude": "110", "Site_name": "Plöt"} for i in range(25)))


def _stocks(folder: Path) -> None:
    rows = [{"Longitude": "110", "Study_number": str(i + 1)} for i in range(4)]
    srdb_file.write(folder, *rows)
    path = folder / "srdb.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table["C_AG"], table["C_BG"] = [str(100 + i) for i in range(4)], "400"
    table.to_csv(path, index=False)


def _calm(folder: Path) -> None:
    rows = [test_calm_active_layer.row(str(140 + i), str(2001 + i)) for i in range(4)]
    test_calm_active_layer.write(folder, *(row.replace("Rivers", "Flüsse") for row in rows))


def _roots(folder: Path) -> None:
    rows = [{"  ID": f"TG0{i}", "D50": f"0.{i}1", "location": "Torneträsk"} for i in range(1, 6)]
    root_profile_file.write(folder, *rows)


def _trendy(folder: Path) -> None:
    test_trendy.write(folder)


def _cmip6(folder: Path) -> None:
    for variable in ("npp", "rh"):
        test_cmip6_regional.write(folder, test_cmip6_regional.rows(), variable=variable)


def _stations(folder: Path) -> None:
    text = ",A,B\n" + "".join(f"{2001 + i},{2 + i / 10},{1 + i / 7:.3f}\n" for i in range(5))
    test_qtp_stations.write(folder, text)


def _soil(folder: Path) -> None:
    test_qtp_active_layer.write(
        folder, test_qtp_active_layer.days("2002-01-01", "2002-01-12", lambda d: -6.0 + d.day / 10)
    )


def _towers(folder: Path) -> None:
    frame = fluxnet_files.table(2004, 2005)
    fluxnet_files.write(folder, frame, "CN-Dan", ("2004", "2005"))
    for site in ("CN-Ha2", "CN-HaM"):
        fluxnet_files.write(folder, frame, site, ("2004", "2005"))
    fluxnet_files.write_sites(
        folder,
        *(
            f"{site},Haibé,CC-BY-4.0,,{37 + i},{101 + i},{3200 + i},GRA,-1,500"
            for i, site in enumerate(plateau_towers.TOWERS)
        ),
    )


def _sevilleta(folder: Path) -> None:
    test_sevilleta.write(folder, *({"Sample": str(i), "wt_by_vol": f"0.{i}"} for i in range(1, 6)))


def _gistemp(folder: Path) -> None:
    test_gistemp.write(folder, *(test_gistemp.row(2000 + i, f".{i}5") for i in range(5)))


def _cru(folder: Path) -> None:
    grid_files.write_cru(folder, grid_files.cru_table())


def _davos(folder: Path) -> None:
    test_davos_flux.write(folder, test_davos_flux.table(days=3))


def _ma(folder: Path) -> None:
    test_root_shoot.ma(folder, *((32 + i / 10, 100.5, 5 + i, "grass") for i in range(5)))


def _climate(folder: Path) -> None:
    test_root_shoot.climate(folder, *({"Longitude": 100.5, "Tg": 5 + i, "Sand": 50} for i in range(5)))


def _inversions(folder: Path) -> None:
    for system in ("CT2017", "CTE2018"):
        inversion_files.write(folder, system, inversion_files.fluxes(months=24, step=10.0))


def _production(folder: Path) -> None:
    for name, yearly in (("npp", 0.5), ("rh", 0.4)):
        test_gridded_production.write(folder, name, yearly, latitude=(95.0 - 60, 94.0 - 60))


def _share(folder: Path) -> None:
    dataset = test_rasters.permafrost()
    dataset.to_netcdf(folder / "pfr.nc")


def _budget(folder: Path) -> None:
    test_carbon_budget.workbook(folder / "budget.xlsx")


def _fine_soil(folder: Path) -> None:
    """Quarter-degree cells of a few degrees, the sea in the west."""
    axes = {"lat": 30.125 + np.arange(8) / 4, "lon": 100.125 + np.arange(12) / 4}
    for name, level in (("T_OC", 2.0), ("T_SAND", 40.0), ("T_SILT", 35.0), ("T_CLAY", 25.0)):
        values = np.where(np.arange(12) < 3, np.nan, level + np.zeros((8, 12)))
        data = xr.DataArray(values, coords=axes, dims=("lat", "lon"), name=name, attrs={"units": "%"})
        data.to_netcdf(folder / f"{name}.nc4", encoding={name: {"_FillValue": -1.0}})


def _loaded(dataset: xr.Dataset) -> xr.Dataset:
    with dataset:
        return dataset.load()


_FLUX_NUMBERS = tuple(name for name, (*_, needed) in fluxnet2015._NUMBERS.items() if needed)
_FLUX = "FLX_CN-Dan_FLUXNET2015_SUBSET_MM_2004-2005_1-4.csv"
_SRDB_NUMBERS = (*srdb._NUMBERS, *srdb.PRODUCTION)
_DAVOS_MAY_MISS = tuple(name for name, (*_, may) in davos_flux._NUMBERS.items() if may)
_TRANSECT = tuple(
    source for source, *_ in (*tibet_transect._SITE_NUMBERS.values(), *tibet_transect._LAYER_NUMBERS.values())
)

SAMPLES: list[Sample] = [
    Sample(
        "abcflux.read",
        _abcflux,
        "ABC.zip",
        lambda f: abcflux.read(f / "ABC.zip"),
        Text(member="ABC.csv", ends="\r\n"),
        tuple(abcflux._NUMBERS),
        (*abcflux._NUMBERS, *abcflux._TEXTS),
        "NA",
        None,
        ("latitude", "longitude"),
        ("latitude", 1000.0, 0.0),
    ),
    Sample(
        "calm_active_layer.read",
        _calm,
        "calm.tab",
        lambda f: calm_active_layer.read(f / "calm.tab"),
        Text("\t", preamble=3),
        ("Latitude", "Longitude", "Date/Time", "ALD [cm]"),
        tuple(calm_active_layer._OF_FILE),
        "",
        ("ALD [cm]",),
        ("Latitude", "Longitude"),
        ("ALD [cm]", 1000.0, 0.0),
    ),
    Sample(
        "carbon_budget.read",
        _budget,
        "budget.xlsx",
        lambda f: carbon_budget.read(f / "budget.xlsx"),
        Sheet("Global Carbon Budget", 2, 3),
        tuple(carbon_budget.BUDGET),
        ("Year", *carbon_budget.BUDGET),
        None,
        (),
        None,
        ("fossil emissions excluding carbonation", 1000.0, 0.0),
        True,
    ),
    Sample(
        "carbon_budget.read_models",
        _budget,
        "budget.xlsx",
        lambda f: carbon_budget.read_models(f / "budget.xlsx"),
        Sheet("Terrestrial Sink", 2, 3),
        ("CLM5.0", "LPJ "),
        ("Year", "CLM5.0"),
        None,
        (),
        None,
        ("CLM5.0", 1000.0, 0.0),
        True,
    ),
    Sample(
        "cmip6_regional.read",
        _cmip6,
        test_cmip6_regional.name_of(),
        cmip6_regional.read,
        Text(header=("year", "value")),
        ("year", "value"),
        (),
        None,
        (),
        None,
        ("value", 1000.0, 0.0),
        True,
    ),
    Sample(
        "cmip6_regional.read_file",
        _cmip6,
        test_cmip6_regional.name_of(),
        lambda f: cmip6_regional.read_file(f / test_cmip6_regional.name_of()),
        Text(header=("year", "value")),
        ("year", "value"),
        (),
        None,
        (),
        None,
        ("value", 1000.0, 0.0),
        True,
    ),
    Sample(
        "cru_normals.read",
        _cru,
        "normals.parquet",
        lambda f: cru_normals.read(f / "normals.parquet"),
        Parquet(),
        cru_normals._COLUMNS,
        cru_normals._COLUMNS,
        None,
        (),
        ("Latitude", "Longitude"),
        ("NormalTemperature", 1.0, 273.15),
    ),
    Sample(
        "davos_flux.read",
        _davos,
        "davos.parquet",
        lambda f: davos_flux.read(f / "davos.parquet"),
        Parquet(),
        tuple(davos_flux._NUMBERS),
        tuple(davos_flux._NUMBERS),
        np.nan,
        _DAVOS_MAY_MISS,
        None,
        ("Tair_f", 1.0, 273.15),
        True,
    ),
    Sample(
        "fluxnet2015.read",
        _towers,
        _FLUX,
        fluxnet2015.read,
        Text(),
        _FLUX_NUMBERS,
        ("TIMESTAMP", *_FLUX_NUMBERS),
        "-9999",
        None,
        None,
        ("TA_F", 1.0, 273.15),
        True,
    ),
    Sample(
        "fluxnet2015.read_file",
        _towers,
        _FLUX,
        lambda f: fluxnet2015.read_file(f / _FLUX),
        Text(),
        _FLUX_NUMBERS,
        ("TIMESTAMP", *_FLUX_NUMBERS),
        "-9999",
        None,
        None,
        ("TA_F", 1.0, 273.15),
        True,
    ),
    Sample(
        "fluxnet2015.read_sites",
        _towers,
        "FluxNET_sites.csv",
        lambda f: fluxnet2015.read_sites(f / "FluxNET_sites.csv"),
        Text(ends="\r\n"),
        ("LOCATION_LAT", "LOCATION_LONG", "LOCATION_ELEV"),
        tuple(fluxnet2015._SITE_COLUMNS),
        "",
        None,
        ("LOCATION_LAT", "LOCATION_LONG"),
        ("LOCATION_ELEV", 1000.0, 0.0),
    ),
    Sample(
        "geotiff.read_band",
        grid_files.write_ndvi,
        "NDVI_maximum.tif",
        lambda f: geotiff.read_band(f / "NDVI_maximum.tif", kinds=("F",), remedy="Fetch it again"),
        Raw(),
        tags=frozenset({"tiff"}),
    ),
    Sample(
        "gistemp.read",
        _gistemp,
        "zones.csv",
        lambda f: gistemp.read(f / "zones.csv"),
        Text(),
        gistemp.COLUMNS,
        ("Year", *gistemp.COLUMNS),
        None,
        (),
        None,
        ("Glob", 1000.0, 0.0),
        True,
    ),
    Sample(
        "gridded_production.read",
        _production,
        "rh.nc",
        lambda f: gridded_production.read(f / "npp.nc", f / "rh.nc"),
        Grid(),
        ("rh",),
        unit=("rh", 1e6, 0.0),
        swap=("lat", "lon"),
        missing=np.nan,
        ordered=True,
    ),
    Sample(
        "hadex2.read",
        grid_files.write_hadex2,
        "hadex2.nc",
        lambda f: hadex2.read(f / "hadex2.nc", first_year=1951, last_year=1960, minimum_years=3),
        Grid(),
        ("PRCPTOT",),
        unit=("PRCPTOT", 1e6, 0.0),
        swap=("lat", "lon"),
        missing=np.nan,
    ),
    Sample(
        "hwsd.read",
        grid_files.write_hwsd,
        "T_SAND.nc4",
        lambda f: _loaded(hwsd.read(f)),
        Grid(),
        ("T_SAND",),
        unit=("T_SAND", 1000.0, 0.0),
        swap=("lat", "lon"),
        missing=np.nan,
        tags=frozenset({"minus one"}),
    ),
    Sample(
        "inversions.read",
        _inversions,
        "CT2017_fluxes_za_ts_monthly.nc",
        lambda f: inversions.read(f, ["CT2017", "CTE2018"]),
        Grid(),
        ("SFCO2_LND", "SFCO2_OCN", "SFCO2_FFF"),
        unit=("SFCO2_FFF", 1000.0, 0.0),
        ordered=True,
    ),
    Sample(
        "inversions.read_file",
        _inversions,
        "CT2017_fluxes_za_ts_monthly.nc",
        lambda f: inversions.read_file(f / "CT2017_fluxes_za_ts_monthly.nc"),
        Grid(),
        ("SFCO2_LND", "SFCO2_OCN", "SFCO2_FFF"),
        unit=("SFCO2_FFF", 1000.0, 0.0),
        ordered=True,
    ),
    Sample(
        "inversions.read_gridded",
        _production,
        "npp.nc",
        lambda f: inversions.read_gridded(f / "npp.nc", "npp"),
        Grid(),
        ("npp",),
        unit=("npp", 1e6, 0.0),
        swap=("lat", "lon"),
        missing=np.nan,
        ordered=True,
    ),
    Sample(
        "itur.read",
        grid_files.write_itur,
        "v7_mt_month03.npz",
        itur.read,
        Raw(),
        tags=frozenset({"npz"}),
    ),
    Sample(
        "koppen.read",
        grid_files.write_koppen,
        "zones.rda",
        lambda f: koppen.read(f / "zones.rda"),
        RTable("climatezones"),
        ("Lat", "Lon"),
        ("Lat", "Lon", "Cls"),
        None,
        (),
        ("Lat", "Lon"),
        ("Lat", 1000.0, 0.0),
    ),
    Sample(
        "land_fraction.read",
        _fine_soil,
        "T_SAND.nc4",
        land_fraction.read,
        Grid(),
        ("T_SAND",),
        unit=("T_SAND", 1000.0, 0.0),
        swap=("lat", "lon"),
        missing=np.nan,
    ),
    Sample("ndvi.read", grid_files.write_ndvi, "NDVI_minimum.tif", ndvi.read, Raw(), tags=frozenset({"tiff"})),
    Sample(
        "plateau_boundary.read",
        lambda f: test_plateau_boundary.write(f, test_plateau_boundary.SQUARE),
        "outline.geojson",
        lambda f: plateau_boundary.read(f / "outline.geojson"),
        Raw(),
        tags=frozenset({"geojson"}),
    ),
    Sample(
        "plateau_towers.read",
        _towers,
        _FLUX,
        plateau_towers.read,
        Text(),
        _FLUX_NUMBERS,
        ("TIMESTAMP", *_FLUX_NUMBERS),
        "-9999",
        None,
        None,
        ("TA_F", 1.0, 273.15),
        True,
    ),
    Sample(
        "qtp_active_layer.read",
        _soil,
        qtp_active_layer.WORKBOOK,
        lambda f: qtp_active_layer.read(f / qtp_active_layer.WORKBOOK, sheets=["Ch04"]),
        Sheet("Ch04", 1, 12),
        ("10cmGT", "50cmGT"),
        ("Year", "Month", "Day"),
        None,
        None,
        None,
        ("10cmGT", 1.0, 273.15),
        True,
    ),
    Sample(
        "qtp_stations.read",
        _stations,
        qtp_stations.GROUND,
        lambda f: qtp_stations.read(f / qtp_stations.AIR, f / qtp_stations.GROUND),
        Text(),
        ("A", "B"),
        ("A", "B"),
        "NA",
        None,
        None,
        ("A", 1.0, 273.15),
        True,
    ),
    Sample(
        "rasters.read",
        _share,
        "pfr.nc",
        lambda f: rasters.read(f / "pfr.nc"),
        Grid(),
        ("PFR",),
        unit=("PFR", 1000.0, 0.0),
        swap=("lat", "lon"),
        missing=np.nan,
    ),
    Sample(
        "root_profiles.read",
        _roots,
        "root_profiles.csv",
        lambda f: root_profiles.read(f / "root_profiles.csv"),
        Text(encoding="latin-1"),
        tuple(root_profiles._NUMBERS),
        tuple(root_profiles._NUMBERS),
        "-999",
        None,
        ("Latitude", "Longitude"),
        ("D50", 1000.0, 0.0),
    ),
    Sample(
        "root_shoot.read_climate",
        _climate,
        "climate.csv",
        lambda f: root_shoot.read_climate(f / "climate.csv"),
        Text(),
        ("Latitude", "Longitude", "ratio", *root_shoot.CLIMATE),
        ("Latitude", "Longitude", "ratio", *root_shoot.CLIMATE),
        "NA",
        ("ratio", *root_shoot.CLIMATE),
        ("Latitude", "Longitude"),
        ("Tg", 1.0, 273.15),
    ),
    Sample(
        "root_shoot.read_ma2021",
        _ma,
        "ma.csv",
        lambda f: root_shoot.read_ma2021(f / "ma.csv"),
        Text(),
        ("latitude", "longitude", "ratio"),
        ("latitude", "longitude", "ratio", "vegetationType"),
        "NA",
        ("ratio",),
        ("latitude", "longitude"),
        ("ratio", 1000.0, 0.0),
    ),
    Sample(
        "sevilleta.read",
        _sevilleta,
        sevilleta.ROWS,
        lambda f: sevilleta.read(f / sevilleta.ROWS),
        Text(ends="\r\n"),
        ("Date", "Sample", *sevilleta._UNITS_OF_FILE, "Latitude", "Longitude", "precip_annual"),
        (*sevilleta._OTHER, *sevilleta._UNITS_OF_FILE),
        "NA",
        None,
        ("Latitude", "Longitude"),
        ("wt_by_vol", 1000.0, 0.0),
    ),
    Sample(
        "srdb.read",
        _srdb,
        "srdb.csv",
        lambda f: srdb.read(f / "srdb.csv"),
        Text(),
        _SRDB_NUMBERS,
        _SRDB_NUMBERS,
        "",
        None,
        ("Latitude", "Longitude"),
        ("NPP", 1000.0, 0.0),
    ),
    Sample(
        "srdb_stocks.read",
        _stocks,
        "srdb.csv",
        lambda f: srdb_stocks.read(f / "srdb.csv"),
        Text(),
        ("C_AG", "C_BG"),
        ("C_AG", "C_BG"),
        "",
        None,
        ("Latitude", "Longitude"),
        ("C_AG", 10_000.0, 0.0),
    ),
    Sample(
        "tibet_transect.read",
        lambda f: test_tibet_transect.write(f, test_tibet_transect.rows()),
        "layers.rds",
        lambda f: tibet_transect.read(f / "layers.rds"),
        RTable(),
        ("pro_lat", "pro_long", "lyr_c_org", "lyr_top"),
        ("pro_lat", "lyr_c_org", "entry_name"),
        None,
        (),
        ("pro_lat", "pro_long"),
        ("lyr_c_org", 1000.0, 0.0),
    ),
    Sample(
        "trendy.read",
        _trendy,
        "DGVM_LPJ_monthly.csv",
        lambda f: trendy.read(f, ["LPJ"]),
        Text(header=("month", *trendy.BANDS)),
        trendy.BANDS,
        (),
        None,
        (),
        None,
        ("global", 1000.0, 0.0),
        True,
    ),
    Sample(
        "trendy.read_file",
        _trendy,
        "DGVM_LPJreg_monthly.csv",
        lambda f: trendy.read_file(f / "DGVM_LPJreg_monthly.csv"),
        Text(header=("month", *trendy.REGIONS, "global")),
        (*trendy.REGIONS, "global"),
        (),
        None,
        (),
        None,
        ("global", 1000.0, 0.0),
        True,
    ),
]
