"""The design of the root-profile study with a planted truth.

`root_profiles` makes a table as `coldcarbon.readers.root_profiles.read` gives it: profiles come in references, a
reference lies in one biome, and profiles of one reference are alike. `measured_profiles` makes the step before it: root
counts by depth, from which D50, D95 and the shape are to be recovered.

The planted values are round numbers of the usual order, chosen here; none is estimated from the data set.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from coldcarbon.readers import biomes
from coldcarbon.readers import root_profiles as reader
from coldcarbon.stats import depth_distribution

__all__ = ["BIOME_DESIGNS", "LAYER_BOUNDS_CM", "BiomeDesign", "measured_profiles", "root_profiles", "true_shares"]

Floats = NDArray[np.float64]

LAYER_BOUNDS_CM: Final = (0.0, 20.0, 40.0, 60.0, 80.0, 100.0, 150.0, 200.0)
"""Layer bounds of the study design, in cm."""

REFERENCE_SD: Final = 0.45  # of log D50 between references of a biome
PROFILE_SD: Final = 0.40  # of log D50 between profiles of a reference
STEEPNESS_SD: Final = 0.25  # of log(log(D95 / D50)), which keeps D95 below D50 in the soil
SAMPLING_MEDIAN_M: Final = 0.9
SAMPLING_SD: Final = 0.7  # of log sampling depth
SHALLOWEST_SAMPLING_M: Final = 0.2
REACHED_MAXIMUM: Final = 0.12  # share of profiles dug to the deepest root
PROFILES_PER_REFERENCE: Final = 2.4  # mean of a geometric distribution
NO_COORDINATES: Final = 0.02  # share among profiles whose biome needs none


@dataclass(frozen=True)
class BiomeDesign:
    """Planted values of one biome and a vegetation that the reader's table places in it.

    Depths in m; ``weight`` is the chance that a reference lies in this biome.
    """

    weight: float
    median_d50_m: float
    median_d95_m: float
    vegetation: str
    id_letters: str
    latitudes: tuple[float, float]
    rainfall_season: str
    map_mm_per_year: float
    pet_mm_per_year: float
    umd_cover_class: int
    anthropogenic: bool = False


BIOME_DESIGNS: Final[dict[str, BiomeDesign]] = {
    biomes.TROPICAL_FORESTS: BiomeDesign(
        0.15, 0.12, 0.80, "EBL forest / tropical", "RE", (-20, 20), "tropical, seasonal", 2300, 1400, 2
    ),
    biomes.TEMPERATE_FORESTS: BiomeDesign(
        0.20, 0.15, 0.90, "DBL forest / temperate", "TD", (35, 55), "summer maximum", 1000, 800, 4
    ),
    biomes.BOREAL_FORESTS: BiomeDesign(
        0.08, 0.08, 0.50, "ENL forest / boreal", "BF", (50, 65), "summer maximum", 550, 550, 1
    ),
    biomes.SAVANNAS: BiomeDesign(0.14, 0.18, 1.10, "Savanna", "RG", (-25, 25), "tropical, seasonal", 900, 1700, 7),
    biomes.TEMPERATE_GRASSLANDS: BiomeDesign(
        0.15, 0.09, 0.70, "Grassland", "TG", (35, 55), "summer maximum", 600, 1000, 10
    ),
    biomes.SHRUBLANDS: BiomeDesign(
        0.07, 0.20, 1.20, "Closed shrubland", "SC", (31, 43), "winter maximum", 550, 1300, 8
    ),
    biomes.DESERTS: BiomeDesign(0.12, 0.22, 1.10, "Open shrubland", "D", (30, 42), "winter maximum", 180, 1500, 9),
    biomes.TUNDRA: BiomeDesign(0.05, 0.07, 0.30, "Tundra", "TU", (66, 75), "summer maximum", 250, 400, 10),
    biomes.CROPLANDS: BiomeDesign(
        0.04, 0.06, 0.50, "Pasture", "TG", (45, 58), "summer maximum", 800, 750, 10, anthropogenic=True
    ),
}
"""Design by biome, in the order of `coldcarbon.readers.root_profiles.BIOMES`."""


def _measured_part(d50: Floats, d95: Floats, sampling_depth: Floats) -> tuple[Floats, Floats]:
    """D50 and D95 of the roots above the sampling depth only."""
    shape = depth_distribution.shape_parameter(d50, d95)
    inside = depth_distribution.cumulative_fraction(sampling_depth, d50, shape)
    return (
        depth_distribution.depth_of_fraction(0.50 * inside, d50, shape),
        depth_distribution.depth_of_fraction(0.95 * inside, d50, shape),
    )


@cache
def _true_share_table(bounds: tuple[float, ...], nodes: int = 24) -> dict[str, dict[str, tuple[float, ...]]]:
    """Mean layer shares by biome over the planted distributions, by Gauss-Hermite quadrature."""
    points, weights = np.polynomial.hermite_e.hermegauss(nodes)
    weights = weights / weights.sum()
    size, steep, sampled = (grid.ravel() for grid in np.meshgrid(points, points, points, indexing="ij"))
    chance = np.einsum("i,j,k->ijk", weights, weights, weights).ravel()
    spread = float(np.hypot(REFERENCE_SD, PROFILE_SD))
    sampling_depth = np.maximum(SAMPLING_MEDIAN_M * np.exp(SAMPLING_SD * sampled), SHALLOWEST_SAMPLING_M)
    table: dict[str, dict[str, tuple[float, ...]]] = {"extrapolated": {}, "measured": {}}
    for biome, design in BIOME_DESIGNS.items():
        d50 = design.median_d50_m * np.exp(spread * size)
        ratio = np.log(design.median_d95_m / design.median_d50_m)
        d95 = d50 * np.exp(ratio * np.exp(STEEPNESS_SD * steep))
        whole = chance @ depth_distribution.layer_shares(d50 * 100, d95 * 100, bounds)
        part50, part95 = _measured_part(d50, d95, sampling_depth)
        part = chance @ depth_distribution.layer_shares(part50 * 100, part95 * 100, bounds)
        mixed = REACHED_MAXIMUM * whole + (1 - REACHED_MAXIMUM) * part
        table["extrapolated"][biome] = tuple(float(x) for x in whole)
        table["measured"][biome] = tuple(float(x) for x in mixed)
    return table


def true_shares(which: str = "extrapolated", bounds_cm: Sequence[float] = LAYER_BOUNDS_CM) -> pd.DataFrame:
    """Planted mean share of roots by biome and layer, exact up to quadrature (before depths are rounded to cm).

    Parameters
    ----------
    which : {"extrapolated", "measured"}
        From the depths of the whole profile, or of the part above the sampling depth.
    bounds_cm : sequence of float, length layers + 1
        Rising layer bounds in cm.

    Returns
    -------
    pandas.DataFrame, shape (10, layers)
        Shares (0 to 1, not rescaled) by biome, and "all": what a profile drawn at random has on average. Columns like
        "0-20".

    Raises
    ------
    ValueError
        For an unknown choice or bounds that do not rise.
    """
    if which not in ("extrapolated", "measured"):
        raise ValueError(f"which must be 'extrapolated' or 'measured', not {which!r}")
    bounds = tuple(float(b) for b in bounds_cm)
    shares = pd.DataFrame(_true_share_table(bounds)[which]).T
    shares.columns = pd.Index([f"{a:g}-{b:g}" for a, b in pairwise(bounds)])
    weights = np.array([design.weight for design in BIOME_DESIGNS.values()])
    shares.loc["all"] = weights @ shares.to_numpy()
    shares.index.name = "biome"
    return shares


def root_profiles(seed: int = 0, n_references: int = 232, *, sizes: ArrayLike | None = None) -> pd.DataFrame:
    """Simulate the compilation of root profiles.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    n_references : int
        References, unless ``sizes`` says how many; each carries one or more profiles (geometric, 2.4 on average).
    sizes : array_like of int, shape (references,), optional
        Profiles of each reference, at least 1: the sizes of a real compilation, whose largest reference may carry far
        more than a geometric distribution gives.

    Returns
    -------
    pandas.DataFrame
        Columns, types and units of `coldcarbon.readers.root_profiles.read`; D50 and D95 rounded to cm as in the file.
        ``attrs["truth"]`` holds ``biomes`` (biome: weight, median_d50_m, median_d95_m), the standard deviations
        ``reference_sd``, ``profile_sd`` (of log D50) and ``steepness_sd``, and ``mean_share`` (measured and
        extrapolated: the mean share over all profiles in each layer of ``layer_bounds_cm``).
        ``attrs["simulated"]`` is True.

    Raises
    ------
    ValueError
        For fewer than two references, or sizes that are not whole numbers of at least 1.

    Notes
    -----
    A reference draws its biome with the planted weights and its own log D50 about the biome's median; its profiles
    scatter about that. Extrapolated depths are the true ones, measured depths those of the roots above the
    sampling depth. Size of a reference and depth of its roots are independent.
    """
    given = None if sizes is None else _checked_sizes(sizes)
    n_references = n_references if given is None else len(given)
    if n_references < 2:
        raise ValueError("a compilation needs at least two references")
    rng = np.random.default_rng(seed)
    names = np.array(list(BIOME_DESIGNS))
    designs = list(BIOME_DESIGNS.values())
    chance = np.array([design.weight for design in designs])
    biome_of_reference = rng.choice(len(names), size=n_references, p=chance / chance.sum())
    size = rng.geometric(1 / PROFILES_PER_REFERENCE, size=n_references) if given is None else given
    reference_effect = rng.normal(0, REFERENCE_SD, n_references)
    low, high = np.array([design.latitudes for design in designs]).T
    latitude = rng.uniform(low[biome_of_reference], high[biome_of_reference]).round(2)
    longitude = rng.uniform(-180, 180, n_references).round(2)

    reference = np.repeat(np.arange(n_references), size)
    biome = biome_of_reference[reference]
    n = len(reference)

    def planted(field: str) -> NDArray[np.generic]:
        return np.array([getattr(design, field) for design in designs])[biome]

    median = planted("median_d50_m").astype(float)
    ratio = np.log(planted("median_d95_m").astype(float) / median)
    d50 = median * np.exp(reference_effect[reference] + rng.normal(0, PROFILE_SD, n))
    d95 = d50 * np.exp(ratio * np.exp(rng.normal(0, STEEPNESS_SD, n)))
    sampling_depth = np.maximum(SAMPLING_MEDIAN_M * np.exp(rng.normal(0, SAMPLING_SD, n)), SHALLOWEST_SAMPLING_M)
    reached = rng.random(n) < REACHED_MAXIMUM
    part50, part95 = _measured_part(d50, d95, sampling_depth)
    measured50, measured95 = np.where(reached, d50, part50), np.where(reached, d95, part95)
    sampling_depth = np.where(reached, np.maximum(sampling_depth, 1.5 * d95), sampling_depth)
    unplaced = np.isin(planted("vegetation"), ["EBL forest / tropical", "ENL forest / boreal"])
    no_place = unplaced & (rng.random(n) < NO_COORDINATES)
    letters = planted("id_letters")
    full_to_file = {full: cut for cut, full in reader.VEGETATION.items()}
    vegetation = pd.Series(planted("vegetation"), dtype="str")
    ids = pd.Series([f"{a}{b:03d}{c}" for a, b, c in zip(letters, reference, _within(size), strict=True)], dtype="str")
    trees, shrubs = vegetation.str.contains("forest"), vegetation.str.contains("shrubland")
    missing_text = pd.Series([np.nan] * n, dtype="str")
    frame = pd.DataFrame(
        {
            "profile_id": ids,
            "source_id": ids,
            "id_letters": pd.Series(letters, dtype="str"),
            "reference": pd.Series([f"Simulated reference {r:03d}" for r in reference], dtype="str"),
            "location": pd.Series([f"Simulated site {r:03d}" for r in reference], dtype="str"),
            "latitude_degrees_north": np.where(no_place, np.nan, latitude[reference]),
            "longitude_degrees_east": np.where(no_place, np.nan, longitude[reference]),
            "has_coordinates": ~no_place,
            "elevation_m": np.nan,
            "elevation_text": missing_text,
            "vegetation": vegetation,
            "vegetation_in_file": vegetation.map(full_to_file),
            "umd_cover_class": pd.Series(planted("umd_cover_class").astype(int), dtype="Int64"),
            "rainfall_season": pd.Series(planted("rainfall_season"), dtype="str").mask(no_place),
            "map_mm_per_year": np.where(no_place, np.nan, planted("map_mm_per_year").astype(float)),
            "pet_mm_per_year": np.where(no_place, np.nan, planted("pet_mm_per_year").astype(float)),
            "anthropogenic": planted("anthropogenic").astype(bool),
            "wetland": False,
            "in_2002_compilation": rng.random(n) < 0.85,
            "measurement": pd.Series(["mass"] * n, dtype="str"),
            "maximum_root_diameter": pd.Series(["Total"] * n, dtype="str"),
            "total_root_mass_kg_per_m2": np.nan,
            "texture": missing_text,
            "organic_horizon_cm": 0.0,
            "broadleaved_trees": trees & vegetation.str.contains("BL"),
            "needleleaved_trees": trees & vegetation.str.contains("NL"),
            "shrubs": shrubs,
            "semi_shrubs": False,
            "grasses": ~trees & ~shrubs,
            "forbs": ~trees & ~shrubs,
            "succulents": False,
            "tree_phenology": missing_text,
            "sampling_depth_m": sampling_depth.round(2),
            "reached_maximum": reached,
            "d50_m": measured50.round(2),
            "d95_m": measured95.round(2),
            "d50_extrapolated_m": d50.round(2),
            "d95_extrapolated_m": d95.round(2),
        }
    )
    frame["d50_is_zero"] = frame["d50_m"] == 0
    frame["d50_extrapolated_is_zero"] = frame["d50_extrapolated_m"] == 0
    frame = frame[list(reader.COLUMNS)]
    # plain containers only: pandas compares and copies attrs with every operation
    frame.attrs["units"] = dict(reader.UNITS)
    frame.attrs["source"] = "simulated design"
    frame.attrs["simulated"] = True
    frame.attrs["truth"] = {
        "biomes": {
            name: {"weight": d.weight, "median_d50_m": d.median_d50_m, "median_d95_m": d.median_d95_m}
            for name, d in BIOME_DESIGNS.items()
        },
        "reference_sd": REFERENCE_SD,
        "profile_sd": PROFILE_SD,
        "steepness_sd": STEEPNESS_SD,
        "layer_bounds_cm": list(LAYER_BOUNDS_CM),
        "mean_share": {which: true_shares(which).to_numpy()[-1].tolist() for which in ("measured", "extrapolated")},
    }
    return frame


def _checked_sizes(sizes: ArrayLike) -> NDArray[np.int64]:
    numbers = np.asarray(sizes, float)
    if numbers.ndim != 1 or not np.all(np.isfinite(numbers) & (numbers >= 1) & (numbers == np.round(numbers))):
        raise ValueError("sizes must be one sequence of whole numbers of at least 1")
    return numbers.astype(np.int64)


def _within(size: NDArray[np.int64]) -> NDArray[np.int64]:
    """Count 1, 2 ... within each reference."""
    return np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + 1


def measured_profiles(
    seed: int = 0,
    n_profiles: int = 300,
    *,
    d50_m: ArrayLike | None = None,
    d95_m: ArrayLike | None = None,
    depths_m: Sequence[float] = (0.05, 0.10, 0.15, 0.20, 0.30, 0.40, 0.50, 0.60, 0.80, 1.0, 1.25, 1.5, 2.0),
    sampling_depth_m: ArrayLike | None = None,
    roots_counted: int = 400,
    noise_sd: float | None = None,
) -> pd.DataFrame:
    """Simulate profiles as dug: cumulative roots at depths, down to a sampling depth, with noise.

    Parameters
    ----------
    seed : int
        The same seed gives the same table.
    n_profiles : int
        Profiles, unless ``d50_m`` says how many.
    d50_m, d95_m : array_like, scalar or shape (n_profiles,), optional
        Planted depths in m, both or none. By default drawn from the biome design without reference effects.
    depths_m : sequence of float
        Lower bounds of the samples in m, rising, first above 0.
    sampling_depth_m : array_like, scalar or shape (n_profiles,), optional
        Samples below it were not taken (at least four are kept); None: all were.
    roots_counted : int
        Roots found in a profile. Each falls into a layer by the planted curve, so neighbouring points of the
        cumulative curve share their errors, and the fraction refers to the roots found: it ends at 1.
    noise_sd : float, optional
        If given, no roots are counted: independent normal errors of this size are added to the true fraction of all
        roots, as non-linear least squares assumes. Fractions may then leave 0 to 1 and need not rise.

    Returns
    -------
    pandas.DataFrame
        Long: profile_id (0 ... n - 1), depth_m, cumulative_fraction, roots (found between the depth above and this
        one; missing if none are counted). ``attrs["truth"]`` holds lists d50_m, d95_m, c,
        sampling_depth_m, one entry per profile.

    Raises
    ------
    ValueError
        If only one of the depths is given, a pair has no curve, or a number is out of range.
    """
    if (d50_m is None) != (d95_m is None):
        raise ValueError("give both d50_m and d95_m or neither")
    depths = np.asarray(depths_m, float)
    if depths.ndim != 1 or len(depths) < 4 or depths[0] <= 0 or np.any(np.diff(depths) <= 0):
        raise ValueError("depths_m must be at least four rising depths above 0")
    if roots_counted < 1 or (noise_sd is not None and noise_sd < 0):
        raise ValueError("roots_counted must be at least 1 and noise_sd not negative")
    rng = np.random.default_rng(seed)
    if d50_m is None or d95_m is None:
        d50, d95 = _drawn_depths(rng, n_profiles)
    else:
        given = np.broadcast_arrays(np.atleast_1d(np.asarray(d50_m, float)), np.atleast_1d(np.asarray(d95_m, float)))
        count = n_profiles if given[0].size == 1 else given[0].size
        d50, d95 = (np.broadcast_to(values, (count,)) for values in given)
    shape = depth_distribution.shape_parameter(d50, d95, invalid="raise")
    deepest = depths[-1] if sampling_depth_m is None else np.asarray(sampling_depth_m, float)
    sampling_depth = np.broadcast_to(np.maximum(deepest, depths[3]), d50.shape)
    taken = depths <= sampling_depth[:, None] + 1e-9
    fraction = depth_distribution.cumulative_fraction(depths, d50[:, None], shape[:, None])
    if noise_sd is not None:
        observed = fraction + rng.normal(0, noise_sd, fraction.shape)
        counts = np.full(fraction.shape, np.nan)
    else:
        layer = np.diff(fraction, axis=1, prepend=0.0) * taken
        counts = rng.multinomial(roots_counted, layer / layer.sum(axis=1, keepdims=True))
        observed = counts.cumsum(axis=1) / roots_counted
    frame = pd.DataFrame(
        {
            "profile_id": np.repeat(np.arange(len(d50)), taken.sum(axis=1)),
            "depth_m": np.broadcast_to(depths, taken.shape)[taken],
            "cumulative_fraction": observed[taken],
            "roots": counts[taken].astype(float),
        }
    )
    frame.attrs["units"] = {"depth_m": "m", "cumulative_fraction": "1", "roots": "count"}
    frame.attrs["simulated"] = True
    frame.attrs["truth"] = {
        "d50_m": d50.tolist(),
        "d95_m": d95.tolist(),
        "c": shape.tolist(),
        "sampling_depth_m": sampling_depth.tolist(),
    }
    return frame


def _drawn_depths(rng: np.random.Generator, n: int) -> tuple[Floats, Floats]:
    """D50 and D95 in m of independent profiles over all biomes."""
    designs = list(BIOME_DESIGNS.values())
    chance = np.array([design.weight for design in designs])
    biome = rng.choice(len(designs), size=n, p=chance / chance.sum())
    median, lower = np.array([[design.median_d50_m, design.median_d95_m] for design in designs])[biome].T
    d50 = median * np.exp(rng.normal(0, np.hypot(REFERENCE_SD, PROFILE_SD), n))
    return d50, d50 * np.exp(np.log(lower / median) * np.exp(rng.normal(0, STEEPNESS_SD, n)))
