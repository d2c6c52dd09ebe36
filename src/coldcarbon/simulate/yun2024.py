"""Study design of Yun et al. (2024) with planted truths: eight sites, 21 sites by type, 27 years, species, plots.

`panel` makes many data sets at once, as ratios of plots with the climate of their site and type; `study` makes one, by
species and plot. Planted by default is what the paper prints: mean, change, early and late sensitivity to soil
temperature, warming, moisture and its decline. What it does not print is chosen here, in the constants below.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon import published
from coldcarbon.simulate.memory import with_memory

__all__ = ["CLIMATE", "SITES", "TYPES", "Panel", "panel", "plot_ratios", "printed_truth", "study"]

Floats = NDArray[np.float64]

SITES: Final = ("XDT", "LDH", "TSH", "HSX", "QML", "BLH", "TM", "KXL")
TYPES: Final = ("wetland", "meadow", "steppe")
WETLAND_SITES: Final = ("KXL", "BLH", "HSX", "TSH", "QML")
"""Five sites have a wetland; the caption of Fig. 2 names these five as those with all three types."""

CLIMATE: Final = {
    "air_temperature_degrees_celsius": "degrees_celsius",
    "precipitation_mm": "mm per growing season",
    "net_radiation_W_per_m2": "W m-2",
    "soil_temperature_degrees_celsius": "degrees_celsius",
    "soil_moisture_percent": "percent",
    "thaw_depth_m": "m",
}
"""Columns of the growing season's climate and their units; the first three are the same for all types of a site."""

# Not printed in the main text: round numbers of the usual order, by type where three stand.
LEVEL: Final = {
    "air_temperature_degrees_celsius": (6.0, 6.0, 6.0),
    "precipitation_mm": (300.0, 300.0, 300.0),
    "net_radiation_W_per_m2": (110.0, 110.0, 110.0),
    "soil_temperature_degrees_celsius": (5.0, 6.0, 7.0),
    "thaw_depth_m": (1.6, 2.0, 2.4),
}
PER_DECADE: Final = {
    "air_temperature_degrees_celsius": 0.4,
    "precipitation_mm": 0.0,
    "net_radiation_W_per_m2": 0.0,
    "thaw_depth_m": 0.1,
}
YEAR_SD: Final = dict(zip(CLIMATE, (0.7, 45.0, 6.0, 0.6, 1.5, 0.12), strict=True))
SITE_SD: Final = dict(zip(CLIMATE, (1.5, 60.0, 8.0, 1.2, 0.0, 0.4), strict=True))
CORRELATION: Final = np.array(
    [
        [1.0, -0.3, 0.4, 0.6, -0.3, 0.4],
        [-0.3, 1.0, -0.5, -0.3, 0.6, -0.2],
        [0.4, -0.5, 1.0, 0.4, -0.4, 0.2],
        [0.6, -0.3, 0.4, 1.0, -0.4, 0.6],
        [-0.3, 0.6, -0.4, -0.4, 1.0, -0.3],
        [0.4, -0.2, 0.2, 0.6, -0.3, 1.0],
    ]
)
"""Of one year's anomalies, in the order of `CLIMATE`."""
CLIMATE_SHARES: Final = (0.5, 0.3)
"""Of the variance of anomalies: what all sites share in a year, what the types of a site share; the rest is alone."""

ETA_SHARES: Final = {"site": 0.35, "year": 0.15, "site and year": 0.15, "plot": 0.35}
"""Of the variance of plot ratios that trend, its spread over sites and temperature leave."""
SPECIES_LEVEL_CV, SPECIES_SLOPE, SPECIES_NOISE_CV = 0.15, 0.5, 0.2
"""Spread of species' levels over the mean; spread of their changes over the type's change; noise of a plot's value."""
LEAST_RATIO = 0.03  # a ratio cannot be negative; few are held here


@cache
def _printed() -> pd.Series:
    table = published.load("yun2024")
    return pd.Series(table["value"].to_numpy(), index=table.index.str.removeprefix("yun2024-"))


@cache
def _truth() -> pd.DataFrame:
    paper, spread = _printed(), published.load("yun2024")["uncertainty"]
    rows = {}
    for kind in TYPES:
        first, last = (paper.get(f"soilmoisture-{end}-{kind}", np.nan) for end in ("start", "end"))
        level = paper["soilmoisture-mean-wetland"] if np.isnan(first) else (first + last) / 2
        rows[kind] = {
            "mean": paper[f"eta-mean-{kind}"],
            "mean_sd": spread[f"yun2024-eta-mean-{kind}"],
            "change": paper[f"eta-change-{kind}"],
            "change_sd": spread[f"yun2024-eta-change-{kind}"],
            "sensitivity_early": paper[f"gamma-tsoil-early-{kind}"],
            "sensitivity_late": paper[f"gamma-tsoil-late-{kind}"],
            "warming_per_decade": paper[f"soil-warming-{kind}"],
            "moisture_percent": level,
            "moisture_change_percent": 0.0 if np.isnan(first) else last - first,
            "species_least": int(paper[f"n-species-min-{kind}-fig1"]),
            "species_most": int(paper[f"n-species-max-{kind}-fig1"]),
            "turnover": int(paper[f"species-turnover-{kind}"]),
        }
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("type")
    # 0.2 is printed with one decimal and would make many plots negative: the meadow's CV is set between the others'
    others = (table["mean_sd"] / table["mean"]).drop("meadow").mean()
    table["mean_sd"] = table["mean_sd"].mask(table.index == "meadow", others * table["mean"])
    table["sensitivity_per_moisture_sd"] = 0.0
    return table


def printed_truth() -> pd.DataFrame:
    """What is planted by default, by vegetation type.

    Returns
    -------
    pandas.DataFrame
        By type: mean, mean_sd (spread of plot ratios; the meadow's is ours), change (1995 to 2021) and change_sd (over
        sites; the paper leaves open what its plus-minus is), sensitivity_early and sensitivity_late (per degree, 1995
        to 2007 and 2009 to 2021), sensitivity_per_moisture_sd (0: the paper prints no size), warming_per_decade
        (degrees), moisture_percent, moisture_change_percent, species_least and species_most (per site), turnover
        (species replaced).
    """
    return _truth().copy()


@dataclass(frozen=True)
class Panel:
    """Simulated plot ratios and climate of many data sets (`panel`).

    Attributes
    ----------
    eta : ndarray, shape (replicates, site types, plots, years)
        Above- to belowground biomass; NaN where a site and type was not visited.
    climate : dict of str to ndarray, shape (replicates, site types, years)
        The growing season's, in the columns and units of `CLIMATE`; without gaps.
    site, vegetation : ndarray of str, shape (site types,)
        Site and type of each row of the design.
    years : ndarray, shape (years,)
        Calendar years.
    truth : pandas.DataFrame
        By type what was planted: the columns of `printed_truth`, and change_by_warming, the part of the change that the
        planted warming makes with the planted sensitivities. `change` is the straight line through both parts.
    site_changes : ndarray, shape (replicates, site types)
        Planted change of each site and type over the record.
    """

    eta: Floats
    climate: dict[str, Floats]
    site: NDArray[np.str_]
    vegetation: NDArray[np.str_]
    years: NDArray[np.int64]
    truth: pd.DataFrame
    site_changes: Floats

    def site_mean(self) -> Floats:
        """Mean over plots, (replicates, site types, years)."""
        return self.eta.mean(axis=2)

    def type_mean(self, of: Floats | None = None) -> Floats:
        """Mean over the sites of a type, (replicates, types in the order of `TYPES`, years).

        Parameters
        ----------
        of : ndarray, shape (replicates, site types, years), optional
            A variable of the climate; the ratio by default. Sites without a value are left out.
        """
        values = self.site_mean() if of is None else of
        return np.stack([np.nanmean(values[:, self.vegetation == kind], axis=1) for kind in TYPES], axis=1)

    def frame(self, replicate: int = 0) -> pd.DataFrame:
        """One data set in long form: site, type, plot, year, eta and the columns of `CLIMATE`; units in ``attrs``."""
        _, rows, plots, years = self.eta.shape
        row, plot, year = (index.ravel() for index in np.indices((rows, plots, years)))
        table = pd.DataFrame(
            {
                "site": self.site[row],
                "type": self.vegetation[row],
                "plot": plot + 1,
                "year": self.years[year],
                "eta": self.eta[replicate].ravel(),
            }
        )
        for name, values in self.climate.items():
            table[name] = values[replicate][row, year]
        table.attrs["units"] = {"eta": "1", **CLIMATE}
        table.attrs["truth"] = self.truth.to_dict(orient="index")
        return table


def _climate(
    rng: np.random.Generator,
    replicates: int,
    site: Floats,
    kind: Floats,
    truth: pd.DataFrame,
    years: Floats,
    ar1: float,
) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Climate of each site and type, and its anomalies in standard deviations."""
    time = years - years.mean()
    rows, length = len(site), len(years)
    shared, of_site = CLIMATE_SHARES

    def draw(n: int) -> Floats:
        return with_memory(rng.standard_normal((len(CLIMATE), replicates, n, length)), ar1)

    of_place = draw(len(SITES))[:, :, site]
    year, alone = draw(1), draw(rows)
    alone[:3] = of_place[:3]  # air, rain and radiation know no type
    together = np.sqrt(of_site) * of_place + np.sqrt(1 - shared - of_site) * alone
    together[:3] = np.sqrt(1 - shared) * of_place[:3]
    mixed = np.einsum("ij,jrsy->irsy", np.linalg.cholesky(CORRELATION), np.sqrt(shared) * year + together)
    anomalies = dict(zip(CLIMATE, mixed, strict=True))
    trend = {name: np.full(rows, slope / 10) for name, slope in PER_DECADE.items()}
    trend["soil_temperature_degrees_celsius"] = truth["warming_per_decade"].to_numpy()[kind] / 10
    trend["soil_moisture_percent"] = truth["moisture_change_percent"].to_numpy()[kind] / np.ptp(years)
    levels = LEVEL | {"soil_moisture_percent": tuple(truth["moisture_percent"])}
    climate = {}
    for name in CLIMATE:
        places = SITE_SD[name] * rng.standard_normal((replicates, len(SITES)))[:, site, None]
        mean = np.array(levels[name])[kind][:, None] + trend[name][:, None] * time
        climate[name] = np.maximum(mean + places, 0.1) + YEAR_SD[name] * anomalies[name]
    for name in ("soil_moisture_percent", "precipitation_mm", "thaw_depth_m"):
        climate[name] = np.maximum(climate[name], 0.1)
    return climate, anomalies


def panel(
    seed: int,
    *,
    replicates: int = 1,
    plots: int = 5,
    first_year: int = 1995,
    last_year: int = 2021,
    truth: Mapping[str, Any] | None = None,
    ar1: float = 0.3,
    year_sd_factor: float = 1.0,
    extreme_drop: float = 0.0,
    gap_share: float = 0.0,
) -> Panel:
    r"""Simulate plot ratios and climate of the whole design, many data sets at once.

    The ratio of plot p at site and type s in year y is
    :math:`\mu + a_s + (b + b_s)(y - \bar y) + \gamma(y, m)\,(T_{sy} - \bar T_s) + u_y + v_{sy} + e_{spy}`, with
    :math:`\gamma` early up to 2007, late from 2009 and their mean in 2008, plus ``sensitivity_per_moisture_sd`` times
    the detrended moisture anomaly in standard deviations; :math:`\bar T_s` the planted mean over the record. b is
    chosen so that the straight line through both parts changes by ``change``. :math:`u` and :math:`v` remember by
    ``ar1``.

    Parameters
    ----------
    seed : int
        The same seed gives the same data.
    replicates, plots : int
        Data sets; plots per site and type (five are printed).
    first_year, last_year : int
        Of the record, inclusive.
    truth : mapping of str to number or to mapping of type to number, optional
        Replaces columns of `printed_truth`, for example ``{"change": 0.0}`` or
        ``{"sensitivity_late": {"steppe": -0.02}}``.
    ar1 : float
        Memory of all anomalies over one year; -1 < ar1 < 1.
    year_sd_factor : float
        Multiplies the spread of the shared year effect of the ratio; 0 leaves it out.
    extreme_drop : float
        How much lower the ratio is in 1998 and 2014; the paper prints 0.04 to 0.12.
    gap_share : float
        Share of years of a site and type without harvest, at random.

    Returns
    -------
    Panel

    Raises
    ------
    ValueError
        For a name or type in ``truth`` that is not there, or numbers out of range.
    """
    if replicates < 1 or plots < 1 or last_year - first_year < 3:
        raise ValueError("at least one replicate, one plot and four years are needed")
    if not -1 < ar1 < 1:
        raise ValueError(f"ar1 must lie between -1 and 1, not {ar1:g}")
    if not 0 <= gap_share < 1 or year_sd_factor < 0:
        raise ValueError("gap_share must lie from 0 up to 1, year_sd_factor must not be negative")
    planted = _planted(truth)
    years = np.arange(first_year, last_year + 1)
    time = years - years.mean()
    cells = [(s, k) for k, kind in enumerate(TYPES) for s, name in enumerate(SITES) if k or name in WETLAND_SITES]
    site, kind = np.array(cells).T
    rng = np.random.default_rng(seed)
    climate, anomalies = _climate(rng, replicates, site, kind, planted, years.astype(float), ar1)

    by_type = {name: planted[name].to_numpy(float)[kind] for name in planted}
    late = np.where(years < 2008, 0.0, np.where(years > 2008, 1.0, 0.5))
    gamma = by_type["sensitivity_early"][:, None] * (1 - late) + by_type["sensitivity_late"][:, None] * late
    warming = by_type["warming_per_decade"][:, None] / 10 * time
    by_warming = (gamma * warming) @ time / (time @ time) * np.ptp(time)
    planted["change_by_warming"] = [by_warming[kind == k][0] for k in range(len(TYPES))]
    own = rng.standard_normal((replicates, len(site))) * by_type["change_sd"]
    site_changes = by_type["change"] + own

    moist = gamma + by_type["sensitivity_per_moisture_sd"][:, None] * anomalies["soil_moisture_percent"]
    soil = YEAR_SD["soil_temperature_degrees_celsius"] * anomalies["soil_temperature_degrees_celsius"]
    answer = moist * (warming + soil)

    left = by_type["mean_sd"] ** 2 - (by_type["change"] ** 2 + by_type["change_sd"] ** 2) / 12
    left -= (gamma**2).mean(axis=1) * YEAR_SD["soil_temperature_degrees_celsius"] ** 2
    left = np.maximum(left, 0.15 * by_type["mean_sd"] ** 2)
    sd = {name: np.sqrt(share * left) for name, share in ETA_SHARES.items()}
    level = by_type["mean"] + sd["site"] * rng.standard_normal((replicates, len(site)))
    common = with_memory(rng.standard_normal((replicates, 1, len(years))), ar1) * sd["year"][:, None]
    local = with_memory(rng.standard_normal((replicates, len(site), len(years))), ar1) * sd["site and year"][:, None]
    signal = level[..., None] + (site_changes - by_warming)[..., None] * time / np.ptp(time)
    signal = signal + answer + year_sd_factor * common + local
    signal[..., np.isin(years, _printed()[["extreme-year-1", "extreme-year-2"]])] -= extreme_drop
    signal[rng.random(signal.shape) < gap_share] = np.nan
    noise = sd["plot"][:, None, None] * rng.standard_normal((replicates, len(site), plots, len(years)))
    eta = np.maximum(signal[:, :, None] + noise, LEAST_RATIO)
    names = np.array(SITES)[site], np.array(TYPES)[kind]
    return Panel(eta, climate, *names, years, planted, site_changes)


def _planted(truth: Mapping[str, Any] | None) -> pd.DataFrame:
    planted = printed_truth()
    for name, value in (truth or {}).items():
        if name not in planted:
            raise ValueError(
                f"nothing called {name!r} can be planted; known are {', '.join(map(str, planted.columns))}"
            )
        values = value if isinstance(value, Mapping) else dict.fromkeys(TYPES, value)
        if unknown := set(values) - set(TYPES):
            raise ValueError(f"{name}: no vegetation type is called {sorted(unknown)[0]!r}")
        for kind, number in values.items():
            planted.loc[kind, name] = number
    return planted


def study(seed: int, **options: Any) -> pd.DataFrame:
    """One data set by species, plot, site, type and year, as the paper's 26,337 measurements.

    Species of a site and type carry levels and trends of their own whose weighted mean is zero, so that plot ratios
    (Eq. 2) follow the planted trend of the site. As many species as printed are replaced half way: short series.

    Parameters
    ----------
    seed : int
        The same seed gives the same data.
    **options
        As in `panel`; ``gap_share`` is 0.05 unless given.

    Returns
    -------
    pandas.DataFrame
        Columns site, type, species, plot, year, eta, aboveground_g, belowground_g (of a plant), individuals (in a
        plot) and those of `CLIMATE`; ``attrs["units"]``, ``attrs["truth"]`` (by type, as `Panel.truth`) and
        ``attrs["species_changes"]`` (planted change by site, type and species).

    Raises
    ------
    ValueError
        As `panel`, or for more than one replicate.
    """
    options = {"gap_share": 0.05} | options
    if options.get("replicates", 1) != 1:
        raise ValueError("one data set is made at a time; for many take panel")
    plots = panel(seed, **options)
    rng = np.random.default_rng([seed, 1])
    long = plots.frame().dropna(subset="eta")
    truth = plots.truth
    limits = {end: truth[f"species_{end}"].astype(int).to_dict() for end in ("least", "most")}
    pool, turnover = limits["most"], truth["turnover"].astype(int).to_dict()
    level = {kind: SPECIES_LEVEL_CV * np.clip(rng.standard_normal(n), -2, 2) for kind, n in pool.items()}
    slope = {kind: SPECIES_SLOPE * rng.standard_normal(n) for kind, n in pool.items()}
    rosters = []
    for site, kind in zip(plots.site, plots.vegetation, strict=True):
        least, most = (limits[end][kind] for end in ("least", "most"))
        chosen = np.sort(rng.choice(most, rng.integers(least, most + 1), replace=False))
        abundance = rng.lognormal(2.5, 0.6, len(chosen))
        weight = abundance / abundance.sum()
        # half of what a species does it does everywhere, half at this site only
        own = [x[kind][chosen] + scale * rng.standard_normal(len(chosen)) / 2 for x, scale in
               ((level, SPECIES_LEVEL_CV), (slope, SPECIES_SLOPE))]  # fmt: skip
        roster = pd.DataFrame({"site": site, "type": kind, "species": chosen + 1, "abundance": abundance})
        roster["level"] = truth.loc[kind, "mean"] * (own[0] - weight @ own[0])
        roster["change"] = abs(truth.loc[kind, "change"]) * (own[1] - weight @ own[1])
        rosters.append(roster)
    roster = pd.concat(rosters, ignore_index=True)
    replaced = np.zeros(len(roster), bool)
    for kind in TYPES:
        of_type = np.flatnonzero(roster["type"] == kind)
        replaced[rng.choice(of_type, turnover[kind], replace=False)] = True
    roster["replaced"] = replaced
    rows = long.merge(roster, on=["site", "type"])
    middle, span = plots.years.mean(), np.ptp(plots.years)
    centre = rows["eta"] + rows["level"] + rows["change"] * (rows["year"] - middle) / span
    noise = np.sqrt(np.log1p(SPECIES_NOISE_CV**2))
    rows["eta"] = np.maximum(centre, LEAST_RATIO) * np.exp(noise * rng.standard_normal(len(rows)) - noise**2 / 2)
    rows["belowground_g"] = rng.lognormal(np.log(3.0), 0.4, len(rows))
    rows["aboveground_g"] = rows["eta"] * rows["belowground_g"]
    rows["individuals"] = 1 + rng.poisson(rows["abundance"])
    newcomer = rows["replaced"] & (rows["year"] > middle)
    names = rows["type"] + " species " + rows["species"].astype(str)
    rows["species"] = names + np.where(newcomer, " (newcomer)", "")
    columns = ["site", "type", "species", "plot", "year", "eta", "aboveground_g", "belowground_g", "individuals"]
    table = rows[[*columns, *CLIMATE]].sort_values(columns[:5], ignore_index=True)
    table.attrs["units"] = {"eta": "1", "aboveground_g": "g", "belowground_g": "g", "individuals": "1 m-2", **CLIMATE}
    table.attrs["truth"] = truth.to_dict(orient="index")
    change = dict(zip(zip(plots.site, plots.vegetation, strict=True), plots.site_changes[0], strict=True))
    kinds = zip(roster["site"], roster["type"], strict=True)
    roster["change"] += [change[key] for key in kinds]
    roster["species"] = roster["type"] + " species " + roster["species"].astype(str)
    table.attrs["species_changes"] = roster.set_index(["site", "type", "species"])["change"].to_dict()
    return table


def plot_ratios(records: pd.DataFrame) -> pd.DataFrame:
    """Ratio of plots from species (Eqs. 2 and 3): the mean over species, weighted by individuals.

    Parameters
    ----------
    records : pandas.DataFrame
        As `study` returns.

    Returns
    -------
    pandas.DataFrame
        By site, type, plot and year: eta and the columns of `CLIMATE` that are there.
    """
    keys = ["site", "type", "plot", "year"]
    grouped = records.assign(product=records["eta"] * records["individuals"]).groupby(keys, sort=True)
    sums = grouped[["product", "individuals"]].sum()
    climate = [name for name in CLIMATE if name in records]
    table = grouped[climate].first()
    table.insert(0, "eta", sums["product"] / sums["individuals"])
    return table.reset_index()
