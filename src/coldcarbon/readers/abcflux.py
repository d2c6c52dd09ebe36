"""Monthly CO2 fluxes of arctic and boreal towers and chambers: ABCflux, version 2 as of April 2024.

The file is a zip with one CSV of 167 columns and 26,155 records (and a row of explanations amid them): NEE, GPP and
ecosystem respiration in g C m-2 month-1, place, permafrost, biome, method and source. `read` takes the columns that
bear on CO2 and turns signs once: **uptake is positive**, GPP and TER too. Names of persons and their e-mail addresses
stay in the file.

Counted: 20,299 records of towers (``EC``), 5,747 of chambers, 105 by diffusion, 4 others; 22,548 with NEE; 1986 to
2024; latitude 43 to 83 N, one record without coordinates. Permafrost: 9,616 yes, 9,144 no, 7,395 without an answer.

What is odd in it, and what happens here (nothing is dropped but the row of explanations, see ``attrs["left_out"]``):

- **encoding**: UTF-8 in most fields, the character set of old Macintoshes in some: decoded field by field;
- **missing** is NA, empty, NaN, "-", "N/A", "Unknown", "####...", Inf, a sentence, or a partitioning that ran away
  (GPP of -1e142 at RU-Che): all NaN here, counted by column in ``attrs["not_numbers"]``; other texts are refused;
- **site_id is "NA" for 16,467 records**. ``site_reference`` is what names a tower (FLUXNET's own names, such as
  RU-Cok, where there is one), with name and coordinates beside it; `match_towers` looks for both;
- **duplicates**: a month of a tower stands there once per partitioning (Reichstein, Lasslop) with the same NEE, and
  again from every network that carries the tower, with another NEE. Of the 20,299 records of towers 16,152 share tower
  and month with another, 13,242 of them NEE as well; 11,633 months of 167 towers are left when one is kept.
  ``duplicate_group`` numbers them, ``partition_twin`` marks those whose NEE another record of the same source has, and
  ``preferred`` one record of each month by the order `SOURCE_ORDER`, then Reichstein before others, then the order of
  the file. `one_per_month` gives one row per tower and month with GPP and TER as means of the partitionings of the
  preferred source. What comes from FLUXNET2015 agrees with its own files: a median difference below 1.6 g C m-2 month-1
  at each of 29 towers;
- **the sign of GPP**: negative in the file (uptake), except for some contributors. A group of one tower, source and
  partitioning whose GPP is more often positive than negative in June to August is turned: ``gpp_sign_reversed`` (323
  records of towers, among them RU-Che and RU-Cok of their contributors, and 99 of chambers). At two towers of Wolf
  Creek GPP is positive and respiration negative, while NEE is their sum: the columns are swapped, and swapped back,
  ``gpp_and_ter_swapped`` (192 records);
- **partitionings that ran away**: respiration of 34,432 g C m-2 in one month at Atqasuk. Kept below 1e5: look at them;
- **months**: 35 records are of whole seasons and have no month or no year;
- **permafrost** is of the record, not of the tower: the answers of one tower may differ between networks, and US-Atq in
  arctic Alaska has none from FLUXNET2015. ``permafrost`` is yes, no or missing as given;
- **soil moisture** is in percent in some records and a fraction in others: kept as it stands, without a unit;
- **precipitation** of a month reaches 2,149 mm: some are not of a month. Kept.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd

from coldcarbon import catalogue
from coldcarbon.readers import ReaderError
from coldcarbon.readers.text_tables import numbers, rows_of, text_of

__all__ = ["COLUMNS", "SOURCE_ORDER", "UNITS", "flag_records", "match_towers", "one_per_month", "read"]

DATASET: Final = "abcflux"
_REMEDY: Final = f"Fetch the file again (coldcarbon data fetch {DATASET}) or compare it with the original"
_EXPLANATION: Final = ("biome", "Biome of the study site")  # column and text of the row that explains the columns

SOURCE_ORDER: Final = (
    "Fluxnet2015",
    "ICOS Warm Winters",
    "ICOS Ecosystem Thematic Centre",
    "Ameriflux- beta ONEFLUX",
    "Fluxnet-CH4",
    "Ameriflux",
    "ICOS Sweden",
    "European Fluxes Database Cluster",
    "AsiaFlux",
    "Ameriflux BASE",
    "User-contributed",
)
"""Sources in the order in which one is preferred for a month: networks that process alike first. Others come last."""

_MISSING: Final = {
    *("", "NA", "NaN", "N/A", "-", "Inf", "-Inf", "Unknown", "unknown", "TBD"),
    "See separate data file for air and soil data",
}
# column of the file -> (column of the frame, lowest, highest value that makes sense)
_NUMBERS: Final[dict[str, tuple[str, float, float]]] = {
    "latitude": ("latitude_degrees_north", -90, 90),
    "longitude": ("longitude_degrees_east", -180, 180),
    "year": ("year", 1950, 2100),
    "month": ("month", 1, 12),
    "nee": ("uptake_g_C_per_m2_per_month", -1000, 1000),
    "gpp": ("gpp_g_C_per_m2_per_month", -1e5, 1e5),
    "reco": ("ter_g_C_per_m2_per_month", -1e5, 1e5),
    "tair": ("air_temperature_degrees_celsius", -70, 60),
    "tsoil_surface": ("soil_temperature_degrees_celsius", -60, 60),
    "precip": ("precipitation_mm_per_month", 0, 5000),
    "ppfd": ("ppfd_umol_per_m2_per_s", -50, 3000),
    "soil_moisture": ("soil_moisture_as_given", -10, 1000),
    "gap_fill_perc_nee": ("gap_filled_percent", 0, 110),
}
_TEXTS: Final[dict[str, str]] = {
    "site_name": "site_name",
    "site_reference": "site_reference",
    "site_id": "site_id",
    "country": "country",
    "biome": "biome",
    "land_cover_bawld": "land_cover",
    "permafrost": "permafrost_in_file",
    "disturbance": "disturbance",
    "flux_method": "flux_method",
    "partition_method": "partition_method",
    "data_usage": "data_usage",
    "extraction_source_co2": "source",
}
_PERMAFROST: Final[dict[str, bool]] = {
    "yes": True,
    "permafrost present": True,
    "yes (sporadic)": True,
    "no": False,
    "absence": False,
}
_FLAGS: Final = (
    "permafrost",
    "gpp_sign_reversed",
    "gpp_and_ter_swapped",
    "duplicate_group",
    "partition_twin",
    "preferred",
)
COLUMNS: Final = ("line", *_TEXTS.values(), *(name for name, _, _ in _NUMBERS.values()), *_FLAGS)
UNITS: Final[dict[str, str]] = {
    "latitude_degrees_north": "degrees north",
    "longitude_degrees_east": "degrees east",
    "uptake_g_C_per_m2_per_month": "g C m-2 month-1 (positive = uptake)",
    "gpp_g_C_per_m2_per_month": "g C m-2 month-1 (positive = uptake)",
    "ter_g_C_per_m2_per_month": "g C m-2 month-1 (positive = release)",
    "air_temperature_degrees_celsius": "degrees Celsius",
    "soil_temperature_degrees_celsius": "degrees Celsius (about 0-10 cm)",
    "precipitation_mm_per_month": "mm month-1",
    "ppfd_umol_per_m2_per_s": "umol m-2 s-1",
    "gap_filled_percent": "% of NEE that was filled",
}
_TOWER: Final = ["flux_method", "site_name", "site_reference"]
_BLANKS: Final = " \t\r\n"  # a byte of a letter that is not decoded yet may look like another
_RUNAWAY: Final = 1e6  # beyond, a number is none: partitionings that did not converge
_TYPICAL: Final = (2.0, 60.0)  # g C m-2 month-1: median of |NEE|; outside, the file is in another unit
_ENOUGH_FOR_MEDIAN: Final = 50


def _decoded(field: str) -> str:
    """Text of a field that was read byte by byte: UTF-8 if it is that, else the old Macintosh set."""
    if field.isascii():
        return field
    raw = field.encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("mac_roman")


def _content(path: Path) -> str:
    try:
        if path.suffix.lower() == ".zip":
            with zipfile.ZipFile(path) as archive:
                members = [n for n in archive.namelist() if n.endswith(".csv") and not n.startswith("__MACOSX")]
                if len(members) != 1:
                    raise ReaderError(path, f"{len(members)} tables in the archive, not one", _REMEDY)
                content = archive.read(members[0])
        else:
            content = path.read_bytes()
    except (OSError, zipfile.BadZipFile, EOFError) as error:
        raise ReaderError(path, f"cannot be read ({error})", _REMEDY) from error
    return text_of(path, remedy=_REMEDY, encoding="latin-1", content=content)  # bytes as they are, see _decoded


def _table(path: Path) -> tuple[pd.DataFrame, dict[str, list[int]]]:
    """Wanted columns as text, with the line on which a record ends, and the lines that were left out."""
    rows = rows_of(path, _content(path), remedy=_REMEDY, blanks=_BLANKS)
    table = rows.columns([*_TEXTS, *_NUMBERS])
    foreign = ~table[list(_TEXTS)].apply(lambda column: column.map(str.isascii))
    if foreign.any(axis=None):
        if not any(map(_is_utf8, table[list(_TEXTS)].to_numpy()[foreign.to_numpy()])):
            problem = "no name with other letters than English ones is in UTF-8: the file has been saved anew"
            row = int(rows.lines[int(foreign.any(axis=1).to_numpy().argmax())])
            raise ReaderError(path, problem, _REMEDY, row=row)
        for name in foreign.columns[foreign.any()]:
            table[name] = table[name].map(_decoded).str.strip()
    explained = (table[_EXPLANATION[0]] == _EXPLANATION[1]).to_numpy()
    left_out = {"row of explanations": rows.lines[explained].tolist()}
    table.insert(0, "line", rows.lines)
    table = table[~explained].reset_index(drop=True)
    if table.empty:
        raise ReaderError(path, "the file has a header and no records", _REMEDY, row=1)
    return table, left_out


def _is_utf8(field: str) -> bool:
    try:
        field.encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _number(path: Path, table: pd.DataFrame, source: str, lowest: float, highest: float) -> tuple[pd.Series, int]:
    """Numbers of a column and how many records hold a text in their place (NA and empty fields not counted)."""
    column = table[source]
    filler = column.isin(_MISSING) | column.str.fullmatch("#{10,}")
    ran_away = pd.to_numeric(column.mask(filler), errors="coerce").abs().between(_RUNAWAY, np.inf, inclusive="left")
    filler |= ran_away
    lines = table["line"].to_numpy()
    values = numbers(path, column.mask(filler, ""), lowest, highest, remedy=_REMEDY, lines=lines, missing=("",))
    return values, int((filler & ~column.isin(["", "NA"])).sum())


def read(path: str | Path | None = None) -> pd.DataFrame:
    """Read the records.

    Parameters
    ----------
    path : str or pathlib.Path, optional
        The zip, or the CSV in it; by default the verified copy of the catalogue's "abcflux".

    Returns
    -------
    pandas.DataFrame
        One row per record in the order of the file, columns `COLUMNS`; ``line`` is the line on which it ends. ``year``
        and ``month`` may be missing. ``attrs["units"]``, ``attrs["source"]``, ``attrs["left_out"]`` (reason: lines),
        ``attrs["not_numbers"]`` (column of the file: records with a text in place of a number).

    Raises
    ------
    coldcarbon.readers.ReaderError
        If the file cannot be read or is cut off, lacks a column, holds something that is neither number nor missing,
        lies outside the globe, or is of another unit's order of magnitude; names file, line, column and remedy.
    coldcarbon.catalogue.DataError
        With no ``path``, if the data set is missing or does not verify.
    """
    file = Path(catalogue.path(DATASET)) if path is None else Path(path)
    table, left_out = _table(file)
    columns: dict[str, pd.Series] = {"line": table["line"]}
    for source, name in _TEXTS.items():
        columns[name] = table[source].mask(table[source].isin(["", "NA"]))
    not_numbers: dict[str, int] = {}
    for source, (name, lowest, highest) in _NUMBERS.items():
        columns[name], count = _number(file, table, source, lowest, highest)
        if count:
            not_numbers[source] = count
    net = columns["uptake_g_C_per_m2_per_month"].abs().dropna()
    if len(net) >= _ENOUGH_FOR_MEDIAN and not _TYPICAL[0] <= net.median() <= _TYPICAL[1]:
        problem = (
            f"the median of its absolute values is {net.median():.3g}, and in g C m-2 month-1 it would lie between "
            f"{_TYPICAL[0]:g} and {_TYPICAL[1]:g}"
        )
        raise ReaderError(file, problem, "Bring the fluxes to g C m-2 month-1 first", column="nee")
    for name in ("year", "month"):
        columns[name] = columns[name].astype("Int64")
    for name in ("uptake", "gpp"):
        columns[f"{name}_g_C_per_m2_per_month"] = -columns[f"{name}_g_C_per_m2_per_month"]
    frame = flag_records(pd.DataFrame(columns))
    frame.attrs["units"] = dict(UNITS)
    frame.attrs["source"] = "ABCflux, version 2 (April 2024)"
    frame.attrs["left_out"] = {reason: lines for reason, lines in left_out.items() if lines}
    frame.attrs["not_numbers"] = not_numbers
    return frame


def flag_records(records: pd.DataFrame) -> pd.DataFrame:
    """Settle signs and add the flags of `read` to a frame that has everything else.

    Parameters
    ----------
    records : pandas.DataFrame
        Columns of `COLUMNS` without the flags; fluxes as most contributors give them, NEE and GPP times -1.

    Returns
    -------
    pandas.DataFrame
        With the columns of `COLUMNS`, in their order; no row is dropped. GPP of reversed sign is turned.
    """
    frame = records.reset_index(drop=True).copy()
    uptake, gpp, ter = (f"{name}_g_C_per_m2_per_month" for name in ("uptake", "gpp", "ter"))
    answer = frame["permafrost_in_file"].str.lower().map(_PERMAFROST)
    frame["permafrost"] = answer.astype("boolean")
    groups = frame.groupby([*_TOWER, "source", "partition_method"], dropna=False, sort=False).ngroup()
    summer = frame["month"].isin([6, 7, 8]).fillna(False).astype(bool)
    up = np.sign(frame[gpp].fillna(0)).where(summer, 0).groupby(groups).transform("sum")
    breath = np.sign(frame[ter].fillna(0)).groupby(groups).transform("sum")
    swapped = (up < 0) & (breath < 0)
    frame["gpp_sign_reversed"] = (up < 0) & ~swapped
    frame["gpp_and_ter_swapped"] = swapped
    turned = frame[gpp].where(~frame["gpp_sign_reversed"], -frame[gpp])
    frame[gpp], frame[ter] = turned.where(~swapped, -frame[ter]), frame[ter].where(~swapped, -frame[gpp])
    dated = frame["year"].notna() & frame["month"].notna()
    key = [*_TOWER, "year", "month"]
    shared = dated & frame.duplicated(key, keep=False)
    number = frame.groupby(key, dropna=False, sort=False).ngroup()
    frame["duplicate_group"] = number.where(shared).astype("Int64")
    twin = frame.duplicated([*key, "source", uptake], keep=False) & frame[uptake].notna()
    frame["partition_twin"] = shared & twin
    rank = {source: place for place, source in enumerate(SOURCE_ORDER)}
    order = pd.DataFrame(
        {
            "without": frame[uptake].isna(),
            "source": frame["source"].map(rank).fillna(len(rank)),
            "method": frame["partition_method"] != "Reichstein",
            "group": number,
        }
    ).sort_values(["group", "without", "source", "method"], kind="stable")
    first = order.index[~order["group"].duplicated()]
    frame["preferred"] = ~shared
    frame.loc[first, "preferred"] = True
    return frame[list(COLUMNS)]


def one_per_month(records: pd.DataFrame, flux_method: str = "EC") -> pd.DataFrame:
    """One row per tower and month: NEE of the preferred record, GPP and TER as means of its source's partitionings.

    Parameters
    ----------
    records : pandas.DataFrame
        As `read` gives it.
    flux_method : str
        "EC" for towers, "Chamber" and so on.

    Returns
    -------
    pandas.DataFrame
        Columns of `COLUMNS` and ``partitionings`` (records that were averaged); records without month or uptake are not
        among them. ``attrs`` as before.
    """
    chosen = records[(records["flux_method"] == flux_method) & records["year"].notna() & records["month"].notna()]
    key = [*_TOWER, "year", "month"]
    kept = chosen[chosen["preferred"] & chosen["uptake_g_C_per_m2_per_month"].notna()]
    same = [*key, "source", "uptake_g_C_per_m2_per_month"]
    means = chosen.groupby(same, dropna=False).agg(
        gpp=("gpp_g_C_per_m2_per_month", "mean"),
        ter=("ter_g_C_per_m2_per_month", "mean"),
        partitionings=("line", "size"),
    )
    joined = kept.merge(means.reset_index(), on=same, how="left", validate="one_to_one")
    joined["gpp_g_C_per_m2_per_month"] = joined.pop("gpp")
    joined["ter_g_C_per_m2_per_month"] = joined.pop("ter")
    joined = joined.sort_values(key, ignore_index=True)
    joined.attrs = dict(records.attrs)
    return joined


def match_towers(towers: pd.DataFrame, records: pd.DataFrame, *, within_degrees: float = 0.02) -> pd.DataFrame:
    """Look up towers of another source: by reference, else by coordinates.

    Parameters
    ----------
    towers : pandas.DataFrame
        Columns ``site``, ``latitude_degrees_north``, ``longitude_degrees_east``; repeated rows count once.
    records : pandas.DataFrame
        As `read` gives it.
    within_degrees : float
        Largest difference of latitude, and of longitude times the cosine of latitude, of records at the same place.

    Returns
    -------
    pandas.DataFrame
        Index ``site``; columns ``matched_by`` ("reference", "coordinates" or "none"), ``records``, ``permafrost``
        (what the records of the same reference say with one voice, else what all of the place do; missing where they
        are silent or differ), ``permafrost_yes``, ``permafrost_no`` (records that say so), ``biome``.

    Notes
    -----
    Records of any method count, since networks often leave the question open and chambers beside a tower answer it.
    """
    sites = towers.drop_duplicates("site")
    rows = []
    for site, latitude, longitude in zip(
        sites["site"], sites["latitude_degrees_north"], sites["longitude_degrees_east"], strict=True
    ):
        by_name = (records["site_reference"] == site).fillna(False).to_numpy(dtype=bool)
        across = (records["longitude_degrees_east"] - longitude + 180) % 360 - 180
        near = (np.abs(records["latitude_degrees_north"] - latitude) <= within_degrees).to_numpy() & (
            np.abs(across) * np.cos(np.radians(latitude)) <= within_degrees
        ).to_numpy()
        there = records[by_name | near]
        voices = [set(part["permafrost"].dropna()) for part in (records[by_name], there)]
        answer = next((bool(*voice) for voice in voices if len(voice) == 1), None)
        said = there["permafrost"].value_counts()
        biomes = there["biome"].dropna().mode()
        rows.append(
            {
                "site": site,
                "matched_by": "reference" if by_name.any() else "coordinates" if near.any() else "none",
                "records": len(there),
                "permafrost": answer,
                "permafrost_yes": int(said.get(True, 0)),
                "permafrost_no": int(said.get(False, 0)),
                "biome": biomes.iloc[0] if len(biomes) else None,
            }
        )
    table = pd.DataFrame(rows).set_index("site")
    return table.astype({"permafrost": "boolean", "biome": "str"})
