"""The design behind belowground production with a planted truth, in the columns that the readers give.

`production` makes a table as `coldcarbon.readers.srdb.read` gives it: records come in studies, a study lies in one
biome, and its records are alike. Copies, repeats, manipulated plots and records of mass instead of carbon are planted
too, and `attrs["truth"]` says where. `root_donuts` makes a table as `coldcarbon.readers.sevilleta.read` gives it.

The planted values are round numbers of the usual order, chosen here; none is estimated from a data set.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import special

from coldcarbon.readers import biomes, sevilleta, srdb

__all__ = ["BIOME_DESIGNS", "BiomeDesign", "clean_records", "production", "root_donuts", "true_means"]

Floats = NDArray[np.float64]

STUDY_SD: Final = 0.55  # of log BNPP between studies of a biome
RECORD_SD: Final = 0.45  # of log BNPP between records of a study
SHARE_STUDY_SD: Final = 0.55  # of the logit of the share below ground
SHARE_RECORD_SD: Final = 0.45
RECORDS_PER_STUDY: Final = 3.5  # mean of a geometric distribution
MANIPULATED: Final = 0.15  # share of records, whose production rises by a quarter
MANIPULATION_GAIN: Final = 1.25
REPEATED: Final = 0.10  # share of records that repeat the one before
COPYING: Final = 0.08  # share of studies that give another study's records again
DECLARED: Final = 0.15  # share of these that say so
MASS: Final = 0.04  # share of studies that give mass instead of carbon growth
USUAL_PER_RAIN: Final = 1.5  # g C of NPP per kg of rain that no clean record exceeds


@dataclass(frozen=True)
class BiomeDesign:
    """Planted values of one biome and words that the table of the reader places in it.

    ``weight`` is the chance that a study lies here, ``median`` that of BNPP in Mg C ha-1 yr-1, ``share`` the median
    share of BNPP in NPP.
    """

    weight: float
    median: float
    share: float
    climate: str
    ecosystem: str
    latitudes: tuple[float, float]
    longitudes: tuple[float, float]
    rain_mm_per_year: float


BIOME_DESIGNS: Final[dict[str, BiomeDesign]] = {
    biomes.TROPICAL_FORESTS: BiomeDesign(0.17, 2.4, 0.30, "Tropical", "Forest", (-15, 15), (-70, 110), 2200),
    biomes.TEMPERATE_FORESTS: BiomeDesign(0.36, 1.8, 0.38, "Temperate", "Forest", (35, 55), (-120, 140), 1000),
    biomes.BOREAL_FORESTS: BiomeDesign(0.10, 0.6, 0.30, "Boreal", "Forest", (52, 64), (-120, 120), 480),
    biomes.SAVANNAS: BiomeDesign(0.03, 2.5, 0.50, "Tropical", "Savanna", (-20, 20), (-60, 130), 1100),
    biomes.TEMPERATE_GRASSLANDS: BiomeDesign(0.20, 1.5, 0.55, "Temperate", "Grassland", (38, 52), (-110, 120), 450),
    biomes.SHRUBLANDS: BiomeDesign(0.03, 1.3, 0.45, "Temperate", "Shrubland", (36, 44), (-5, 30), 600),
    biomes.DESERTS: BiomeDesign(0.02, 0.5, 0.60, "Temperate", "Desert", (35, 45), (-115, 110), 220),
    biomes.TUNDRA: BiomeDesign(0.02, 0.4, 0.50, "Arctic", "Shrubland", (66, 75), (-160, 160), 250),
    biomes.CROPLANDS: BiomeDesign(0.07, 1.6, 0.30, "Temperate", "Agriculture", (35, 58), (-100, 120), 700),
}
"""Design by biome, in the order of `coldcarbon.readers.biomes.BIOMES`."""


def true_means() -> pd.DataFrame:
    """Planted means by biome, exact (the share by quadrature).

    Returns
    -------
    pandas.DataFrame, shape (10, 3)
        By biome, and "all" for a study drawn at random: ``bnpp`` and ``median_bnpp`` (Mg C ha-1 yr-1; for "all" the
        median is missing), ``share`` (0 to 1).
    """
    points, chance = np.polynomial.hermite_e.hermegauss(48)
    spread = float(np.hypot(SHARE_STUDY_SD, SHARE_RECORD_SD))
    rows = {}
    for biome, design in BIOME_DESIGNS.items():
        share = special.expit(special.logit(design.share) + spread * points) @ chance / chance.sum()
        mean = design.median * np.exp((STUDY_SD**2 + RECORD_SD**2) / 2)
        rows[biome] = {"bnpp": mean, "median_bnpp": design.median, "share": share}
    table = pd.DataFrame(rows).T
    weights = np.array([design.weight for design in BIOME_DESIGNS.values()])
    table.loc["all"] = weights @ table.to_numpy()
    table.loc["all", "median_bnpp"] = np.nan
    table.index.name = "biome"
    return table


def _checked_sizes(sizes: ArrayLike) -> NDArray[np.int64]:
    numbers = np.asarray(sizes, float)
    if numbers.ndim != 1 or not np.all(np.isfinite(numbers) & (numbers >= 1) & (numbers == np.round(numbers))):
        raise ValueError("sizes must be one sequence of whole numbers of at least 1")
    if len(numbers) < 2:
        raise ValueError("a compilation needs at least two studies")
    return numbers.astype(np.int64)


def _log_production(rng: np.random.Generator, study: NDArray[np.intp], n_studies: int) -> Floats:
    """Log of BNPP over the median of the biome: a part of the study and a part of the record."""
    return np.asarray(rng.normal(0, STUDY_SD, n_studies)[study] + rng.normal(0, RECORD_SD, len(study)))


def clean_records(seed: int, sizes: ArrayLike, biome: str | None = None) -> pd.DataFrame:
    """Clean records and nothing but their BNPP, for many replicates.

    Parameters
    ----------
    seed : int
        The same seed gives the same records.
    sizes : array_like of int, shape (studies,)
        Records of each study.
    biome : str, optional
        One of the nine; by default each study draws its own. The planted means stand in `true_means`.

    Returns
    -------
    pandas.DataFrame
        Columns study and bnpp (Mg C ha-1 yr-1).

    Raises
    ------
    ValueError
        For an unknown biome, fewer than two studies, or sizes that are not whole numbers of at least 1.
    """
    if biome is not None and biome not in BIOME_DESIGNS:
        raise ValueError(f"{biome!r} is none of {', '.join(BIOME_DESIGNS)}")
    size = _checked_sizes(sizes)
    rng = np.random.default_rng(seed)
    designs = [BIOME_DESIGNS[biome]] if biome is not None else list(BIOME_DESIGNS.values())
    chance = np.array([design.weight for design in designs])
    drawn = rng.choice(len(designs), size=len(size), p=chance / chance.sum())
    study = np.repeat(np.arange(len(size)), size)
    median = np.array([design.median for design in designs])[drawn][study]
    return pd.DataFrame({"study": study, "bnpp": median * np.exp(_log_production(rng, study, len(size)))})


def production(
    seed: int = 0, n_studies: int = 90, *, sizes: ArrayLike | None = None, clean: bool = False, mass_factor: float = 6.0
) -> pd.DataFrame:
    """Simulate the records of production.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    n_studies : int
        Studies, unless ``sizes`` says how many; each has one or more records (geometric, 3.5 on average).
    sizes : array_like of int, shape (studies,), optional
        Records of each study: the sizes of a real compilation.
    clean : bool
        True plants no copies, repeats, manipulated plots or mass.
    mass_factor : float
        By how much production is too large in the studies that give mass: about 2 for dry mass in the place of carbon,
        more for standing roots in the place of growth.

    Returns
    -------
    pandas.DataFrame
        Columns, types and units of `coldcarbon.readers.srdb.read`; flags are made by the reader's own rules.
        ``attrs["truth"]`` holds ``means`` (biome: bnpp, share), the standard deviations, and lists of record numbers:
        ``manipulated``, ``repeats``, ``copies``, ``mass``. ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        For fewer than two studies, sizes that are not whole numbers of at least 1, or a factor that is not positive.
    """
    if not mass_factor > 0:
        raise ValueError("mass_factor must be positive")
    rng = np.random.default_rng(seed)
    if sizes is None and n_studies >= 2:
        sizes = rng.geometric(1 / RECORDS_PER_STUDY, size=n_studies)
    size = _checked_sizes([] if sizes is None else sizes)
    designs = list(BIOME_DESIGNS.values())
    chance = np.array([design.weight for design in designs])
    biome_of_study = rng.choice(len(designs), size=len(size), p=chance / chance.sum())
    study = np.repeat(np.arange(len(size)), size)
    biome = biome_of_study[study]
    n = len(study)

    def planted(name: str) -> NDArray[np.generic]:
        return np.array([getattr(design, name) for design in designs])[biome]

    bnpp = planted("median").astype(float) * np.exp(_log_production(rng, study, len(size)))
    logit = rng.normal(0, SHARE_STUDY_SD, len(size))[study] + rng.normal(0, SHARE_RECORD_SD, n)
    share = special.expit(special.logit(planted("share").astype(float)) + logit)
    anpp = bnpp * (1 - share) / share
    low, high = np.array([design.latitudes for design in designs]).T
    west, east = np.array([design.longitudes for design in designs]).T
    latitude = rng.uniform(low[biome_of_study], high[biome_of_study]).round(2)[study]
    longitude = rng.uniform(west[biome_of_study], east[biome_of_study]).round(2)[study]
    rain = planted("rain_mm_per_year").astype(float) * np.exp(rng.normal(0, 0.2, len(size)))[study]
    # a place has the rain that its most productive plot needs, so that no clean record is suspect
    needed = pd.Series((bnpp + anpp) / srdb.MG_PER_HA).groupby(study).transform("max").to_numpy() / USUAL_PER_RAIN
    rain = np.maximum(rain, needed)
    no_text = pd.Series([np.nan] * n, dtype="str")
    frame = pd.DataFrame(
        {
            "study_number": 1000 + study,
            "study_midyear": 2000.5,
            "years_of_data": 1.0,
            "latitude_degrees_north": latitude,
            "longitude_degrees_east": longitude,
            "elevation_m": 300.0,
            "mat_degrees_celsius": 27 - 0.6 * np.abs(latitude),
            "map_mm_per_year": rain.round(),
            "study_precipitation_mm_per_year": np.nan,
            "country": "Nowhere",
            "region": "Simulated",
            "site_name": [f"Simulated site {s}" for s in study],
            "manipulation": srdb.NOT_MANIPULATED,
            "biome_in_file": planted("climate"),
            "ecosystem_type": planted("ecosystem"),
            "ecosystem_state": "Natural",
            "leaf_habit": "Mixed",
            "stage": "Mature",
            "declared_duplicate_of": no_text,
            "quality_flag": no_text,
            "npp_Mg_C_per_ha_per_year": bnpp + anpp,
            "anpp_Mg_C_per_ha_per_year": anpp,
            "bnpp_Mg_C_per_ha_per_year": bnpp,
            "fine_root_npp_Mg_C_per_ha_per_year": 0.8 * bnpp,
            "soil_respiration_Mg_C_per_ha_per_year": 3 * bnpp + 2,
        }
    )
    frame["record_number"] = np.arange(1.0, n + 1)
    lists: dict[str, list[float]] = {"manipulated": [], "repeats": [], "copies": [], "mass": []}
    if not clean:
        frame, lists = _spoiled(rng, frame, mass_factor)
    for name in srdb._TEXTS.values():
        frame[name] = frame[name].astype("str").where(frame[name].notna())
    fluxes = list(srdb.PRODUCTION.values())
    frame[fluxes] = frame[fluxes].round(3)  # 0.1 g C m-2, as the file
    frame = srdb.flag_records(frame)
    frame.attrs["units"] = dict(srdb.UNITS)
    frame.attrs["source"] = "simulated design"
    frame.attrs["simulated"] = True
    means = true_means()
    frame.attrs["truth"] = {
        "means": {name: {"bnpp": float(row["bnpp"]), "share": float(row["share"])} for name, row in means.iterrows()},
        "study_sd": STUDY_SD,
        "record_sd": RECORD_SD,
        "mass_factor": float(mass_factor),
        **lists,
    }
    return frame


def _spoiled(
    rng: np.random.Generator, frame: pd.DataFrame, mass_factor: float
) -> tuple[pd.DataFrame, dict[str, list[float]]]:
    """Plant mass, manipulated plots, repeats and copies; say which record numbers they have."""
    fluxes = list(srdb.PRODUCTION.values())[:4]
    studies = frame["study_number"].unique()
    massive = frame["study_number"].isin(studies[rng.random(len(studies)) < MASS])
    frame.loc[massive, fluxes] *= mass_factor
    manipulated = pd.Series(rng.random(len(frame)) < MANIPULATED, index=frame.index) & ~massive
    frame.loc[manipulated, fluxes] *= MANIPULATION_GAIN
    frame.loc[manipulated, "manipulation"] = "Fertilized"
    again = frame[(rng.random(len(frame)) < REPEATED) & ~massive & ~manipulated].copy()
    whole = frame[~massive & ~manipulated]
    candidates = whole["study_number"].unique()
    source = candidates[rng.random(len(candidates)) < COPYING]
    copied = whole[whole["study_number"].isin(source)].copy()
    copied["study_number"] += 5000
    copied["latitude_degrees_north"] += 0.1
    copied.loc[rng.random(len(copied)) < DECLARED, "quality_flag"] = "Q13"
    last = frame["record_number"].max()
    again["record_number"] = last + 1 + np.arange(len(again), dtype=float)
    copied["record_number"] = last + 1 + len(again) + np.arange(len(copied), dtype=float)
    lists = {
        "manipulated": frame.loc[manipulated, "record_number"].tolist(),
        "repeats": again["record_number"].tolist(),
        "copies": copied["record_number"].tolist(),
        "mass": frame.loc[massive, "record_number"].tolist(),
    }
    return pd.concat([frame, again, copied], ignore_index=True), lists


def root_donuts(seed: int = 0, *, share: float = 0.6, n_donuts: int = 10, n_years: int = 17) -> pd.DataFrame:
    """Simulate the root donuts of control plots at four sites.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    share : float
        Planted share of 0-15 cm in the growth of 0-30 cm (of the expected values), at every site.
    n_donuts : int
        Donuts of each site, at least 2.
    n_years : int
        Harvests from 2005 on, at least 1.

    Returns
    -------
    pandas.DataFrame
        Columns, types and units of `coldcarbon.readers.sevilleta.read`; ``attrs["truth"]`` holds ``share``.
        ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        For a share outside 0 to 1, or too few donuts or years.
    """
    if not 0 < share < 1 or n_donuts < 2 or n_years < 1:
        raise ValueError("needs a share between 0 and 1, two donuts and one year")
    rng = np.random.default_rng(seed)
    treated = {
        site: {plot for plots in kinds.values() for plot in plots} for site, kinds in sevilleta.TREATED_PLOTS.items()
    }
    rows = []
    for site in ("C", "DW", "F", "M"):
        free = [plot for plot in range(1, 200) if plot not in treated.get(site, set())][:n_donuts]
        for plot in free:
            donut = rng.normal(0, 0.4)
            for year in range(2005, 2005 + n_years):
                for top, part in ((0.0, share), (15.0, 1 - share)):
                    noise = donut + rng.normal(0, 0.8)
                    rows.append((year, site, plot, top, 0.6 * part * np.exp(noise - (0.4**2 + 0.8**2) / 2)))
    table = pd.DataFrame(rows, columns=["year", "site", "plot", "depth_top_cm", "density"])
    volume = 2000.0
    frame = pd.DataFrame(
        {
            "year": table["year"],
            "site": table["site"].astype("str"),
            "site_name": table["site"].map(sevilleta.SITES).astype("str"),
            "donut_id": (table["site"] + "-" + table["plot"].astype(str)).astype("str"),
            "treatment": pd.Series("control", index=table.index, dtype="str"),
            "depth_top_cm": table["depth_top_cm"],
            "depth_bottom_cm": table["depth_top_cm"] + 15.0,
            "volume_ml": volume,
            "root_dry_mass_mg": table["density"] * volume,
            "root_dry_mass_mg_per_ml": table["density"],
            "bnpp_dry_mass_g_per_m2_per_year": table["density"] * 150.0,
            "no_soil": False,
            "left_out_by_authors": False,
            "latitude_degrees_north": 34.35,
            "longitude_degrees_east": -106.7,
            "precipitation_mm_per_year": 230.0,
            "notes": pd.Series(np.nan, index=table.index, dtype="str"),
        }
    )[list(sevilleta.COLUMNS)]
    frame.attrs["units"] = dict(sevilleta.UNITS)
    frame.attrs["source"] = "simulated design"
    frame.attrs["simulated"] = True
    frame.attrs["truth"] = {"share": float(share)}
    return frame
