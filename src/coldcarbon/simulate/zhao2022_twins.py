"""Twins of the real design: planted parameters at the real sites and towers, and observations made from them.

Sites, climate, soil and months are those of the observations given; carbon and fluxes are the model's, with errors as
zhao2022 takes them. Many twins are calibrated side by side: `Twins` is a target for `coldcarbon.assimilation`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats
from scipy.special import ndtr, ndtri

from coldcarbon import assimilation
from coldcarbon.assimilation import Box, Calibration, Calibrations, Misfit, Relative, Target
from coldcarbon.century import SYMBOLS, Simulator, priors
from coldcarbon.century.inputs import Observations

__all__ = [
    "TYPES",
    "Twins",
    "alone_and_together",
    "coverage_over",
    "draw_truths",
    "intervals",
    "resampled_widths",
    "scores_at_modes",
    "season_means",
    "slice_of_cost",
    "straightened",
    "trade_offs",
    "twins",
    "width_left",
]

Floats = NDArray[np.float64]
Errors = Literal["known", "observed"]
TYPES: Final = ("meadow", "steppe")
KINDS: Final = ("SOC", "NEP")
SAMPLING, DERIVATIVES = 1e-4, 1e-8  # how far the spin-up goes
AT_ONCE: Final = 2_000  # sets of one run: 50 MB
PRIOR_INFORMATION: Final = 12.0  # one over the variance of a uniform distribution of width one
NORMAL_95: Final = 1.959963984540054
BROKEN: Final = 50.0  # residual of a model in which nothing grows: as bad as can be


@dataclass(frozen=True)
class Twins:
    """Calibrations of twins of both vegetation types; the first half of the problems is meadow, the second steppe.

    Problem ``place * replicates + r`` is replicate r of ``TYPES[place]``. Meadow and steppe of one replicate share a
    simulation; cost grows with replicates.

    Attributes
    ----------
    observations : Observations
        Of both types: the design. Its values are not used.
    simulator : Simulator
        Of its sites, weather and groups.
    box : Box
        Priors.
    truth : numpy.ndarray, shape (2, replicates, 24)
        Planted parameters of meadow and steppe.
    soil_carbon : numpy.ndarray, shape (replicates, n)
        Made up soil carbon, kg m-2, in the rows of the design.
    nep, nep_sd : numpy.ndarray, shape (replicates, m)
        Made up NEP and the standard deviation its errors were drawn with, g C m-2 month-1, uptake positive.
    share : float
        Standard deviation of the logarithm of soil carbon; share of NEP.
    floor : float
        Least standard deviation of NEP, g C m-2 month-1.
    kinds : tuple of {"SOC", "NEP"}
        What a calibration sees.
    errors : {"known", "observed"}
        Known: soil carbon errs in its logarithm, and NEP by `nep_sd`, as the twins were made. Observed: sigma is a
        share of the observation, as in the paper, of NEP with the floor.
    """

    observations: Observations
    simulator: Simulator
    box: Box
    truth: Floats
    soil_carbon: Floats
    nep: Floats
    nep_sd: Floats
    share: float
    floor: float
    kinds: tuple[str, ...] = KINDS
    errors: Errors = "known"

    def __post_init__(self) -> None:
        if not self.kinds or set(self.kinds) - set(KINDS):
            raise ValueError(f"a calibration sees some of {', '.join(KINDS)}; got {self.kinds}")
        if self.errors not in get_args(Errors):
            raise ValueError(f"no errors {self.errors!r}; there are {', '.join(get_args(Errors))}")

    @property
    def replicates(self) -> int:
        """Twins of each type."""
        return int(self.truth.shape[1])

    @property
    def names(self) -> tuple[str, ...]:
        """Problems."""
        return tuple(f"{place} {r + 1}" for place in TYPES for r in range(self.replicates))

    def seeing(self, *kinds: str, errors: Errors | None = None) -> Twins:
        """The same twins, seen by other observations or with another idea of their errors.

        Parameters
        ----------
        kinds : {"SOC", "NEP"}
            What is seen; as before if none is named.
        errors : {"known", "observed"}, optional
            As in the attributes; as before unless given.

        Returns
        -------
        Twins
        """
        return replace(self, kinds=kinds or self.kinds, errors=errors or self.errors)

    def first(self, replicates: int) -> Twins:
        """The first so many twins of each type.

        Parameters
        ----------
        replicates : int
            How many.

        Returns
        -------
        Twins
        """
        cut = {name: getattr(self, name)[:replicates] for name in ("soil_carbon", "nep", "nep_sd")}
        return replace(self, truth=self.truth[:, :replicates], **cut)

    def residuals(self, points: ArrayLike) -> list[Floats]:
        """Residuals in units of sigma of points (2 replicates, k, 24): for each problem (k, observations)."""
        return self._residuals(np.asarray(points, dtype=np.float64), DERIVATIVES)

    def log_density(self, points: ArrayLike) -> Floats:
        """Log-likelihood up to a constant, shape (2 replicates, k); the prior is flat within the box."""
        rows = self._residuals(np.asarray(points, dtype=np.float64), SAMPLING)
        return np.array([-0.5 * np.einsum("kn,kn->k", r, r) for r in rows])

    def _residuals(self, points: Floats, tolerance: float) -> list[Floats]:
        if points.ndim != 3 or len(points) != 2 * self.replicates or points.shape[-1] != len(self.box):
            raise ValueError(f"points of shape {points.shape}; {2 * self.replicates} problems of {len(self.box)}")
        k = points.shape[1]
        sets = points.reshape(2, self.replicates * k, -1).swapaxes(0, 1)
        soil, nep = _run(self.simulator, self.observations, sets, tolerance)
        soil, nep = soil.reshape(self.replicates, k, -1), nep.reshape(self.replicates, k, -1)
        parts = {}
        if "SOC" in self.kinds:
            seen = self.soil_carbon[:, None]
            with np.errstate(divide="ignore", invalid="ignore"):
                known = self.errors == "known"
                parts["SOC"] = np.log(soil / seen) / self.share if known else (soil / seen - 1) / self.share
        if "NEP" in self.kinds:
            sigma = self.nep_sd if self.errors == "known" else np.maximum(self.share * np.abs(self.nep), self.floor)
            parts["NEP"] = (nep - self.nep[:, None]) / sigma[:, None]
        of = {"SOC": self.observations.soil_carbon["vegetation"], "NEP": self.observations.nep["vegetation"]}
        found = []
        for place in TYPES:
            chosen = [part[..., (of[kind] == place).to_numpy()] for kind, part in parts.items()]
            found += list(np.concatenate(chosen, axis=-1))
        return found


def _run(simulator: Simulator, observations: Observations, sets: Floats, tolerance: float) -> tuple[Floats, Floats]:
    """Soil carbon and NEP in the rows of the design, of sets (k, 2, 24), some at a time to bound memory."""
    soil, nep = [], []
    for first in range(0, len(sets), AT_ONCE):
        part = np.ascontiguousarray(sets[first : first + AT_ONCE])
        result = simulator.run_many(part, tolerance=tolerance, check=False)
        soil.append(observations.soil_carbon_of(result))
        nep.append(observations.nep_of(result))
    return np.concatenate(soil), np.concatenate(nep)


def draw_truths(
    observations: Observations,
    simulator: Simulator,
    replicates: int,
    *,
    seed: int,
    mean_between: tuple[float, float] = (1.0, 12.0),
    least: float = 0.1,
    most_draws: int = 20_000,
) -> Floats:
    """Draw parameters from the priors, and keep those that make soils such as there are.

    Much of the prior lets nothing grow at some site, or piles up peat; no calibration would meet it.

    Parameters
    ----------
    observations : Observations
        Design, of both types.
    simulator : Simulator
        Of its sites and groups.
    replicates : int
        Sets to return.
    seed : int
        Of the draws.
    mean_between : tuple of float
        Bounds of the mean soil carbon of a type, kg m-2.
    least : float
        Soil carbon that every site must exceed, kg m-2.
    most_draws : int
        Draws after which to give up.

    Returns
    -------
    numpy.ndarray, shape (2, replicates, 24)
        Of meadow and steppe, drawn independently.

    Raises
    ------
    ValueError
        For no replicates, or if the draws do not suffice.
    """
    if replicates < 1:
        raise ValueError(f"{replicates} replicates; at least one is needed")
    box = Box(SYMBOLS, *priors())
    random = np.random.default_rng(seed)
    kept: list[list[Floats]] = [[], []]
    groups = [(observations.soil_carbon["vegetation"] == place).to_numpy() for place in TYPES]
    for _ in range(0, most_draws, 500):
        sets = box.natural(random.random((500, 2, len(box))))
        soil = _run(simulator, observations, sets, SAMPLING)[0]
        for place, rows in enumerate(groups):
            mean = soil[:, rows].mean(axis=1)
            good = (mean > mean_between[0]) & (mean < mean_between[1]) & (soil[:, rows].min(axis=1) > least)
            kept[place] += list(sets[good, place])
        if min(len(sets) for sets in kept) >= replicates:
            return np.array([of_type[:replicates] for of_type in kept])
    short = [f"{len(sets)} {place}" for place, sets in zip(TYPES, kept, strict=True)]
    raise ValueError(f"only {' and '.join(short)} of {most_draws} draws are such soils; {replicates} are asked for")


def twins(
    observations: Observations,
    simulator: Simulator,
    truth: ArrayLike,
    *,
    seed: int,
    share: float = 0.3,
    floor: float = 10.0,
) -> Twins:
    """Observations made from planted parameters.

    Parameters
    ----------
    observations : Observations
        Design, of both types.
    simulator : Simulator
        Of its sites, weather and groups.
    truth : array_like, shape (2, replicates, 24)
        Parameters of meadow and steppe.
    seed : int
        Of the errors.
    share : float
        Standard deviation of the logarithm of soil carbon, and of NEP as a share of its size.
    floor : float
        Least standard deviation of NEP, g C m-2 month-1.

    Returns
    -------
    Twins

    Raises
    ------
    ValueError
        For a truth of another shape, errors that are not positive, or a truth under which nothing grows.
    """
    planted = np.array(truth, dtype=np.float64)
    if planted.ndim != 3 or planted.shape[0] != len(TYPES) or planted.shape[2] != len(SYMBOLS):
        raise ValueError(f"truth of shape {planted.shape}; it has (2, replicates, {len(SYMBOLS)})")
    if not (share > 0 and floor > 0):
        raise ValueError(f"share {share:g} and floor {floor:g} must be positive")
    soil, nep = _run(simulator, observations, planted.swapaxes(0, 1), DERIVATIVES)
    bad = ~(np.isfinite(nep).all(axis=1) & (soil > 0).all(axis=1))
    if bad.any():
        raise ValueError(f"replicate {int(np.argmax(bad))}: nothing grows at some site under its truth")
    random = np.random.default_rng(seed)
    sd = np.maximum(share * np.abs(nep), floor)
    return Twins(
        observations, simulator, Box(SYMBOLS, *priors()), planted,
        soil * np.exp(share * random.standard_normal(soil.shape)), nep + sd * random.standard_normal(nep.shape), sd,
        share, floor,
    )  # fmt: skip


def alone_and_together(
    observations: Observations, simulator: Simulator, *, share: float = 0.3, floor: float = 10.0
) -> Calibrations:
    """Calibrations of both types by soil carbon, by NEP, and by both, on the observations themselves.

    Parameters
    ----------
    observations : Observations
        Of both types.
    simulator : Simulator
        Of its sites, weather and groups.
    share : float
        Sigma as a share of an observation.
    floor : float
        Least sigma of NEP, g C m-2 month-1.

    Returns
    -------
    Calibrations
        Six, named ``"meadow, SOC"``, ``"meadow, NEP"``, ``"meadow, both"``, and so for steppe.
    """
    problems = []
    for group, place in enumerate(TYPES):
        soil, nep = (x[x["vegetation"] == place] for x in (observations.soil_carbon, observations.nep))
        month = nep["site"] + " " + nep["year"].astype(str) + "-" + nep["month"].astype(str)
        of_soil = Misfit("SOC", soil["soil_carbon_kg_per_m2"], Relative(share), list(soil["site"]))
        of_nep = Misfit("NEP", nep["nep_g_C_per_m2_per_month"], Relative(share, floor=floor), list(month))
        terms = [
            (of_soil, assimilation.soil_carbon(soil["position"])),
            (of_nep, assimilation.flux(nep["tower"], nep["position"])),
        ]
        for kind, chosen in zip((*KINDS, "both"), (terms[:1], terms[1:], terms), strict=True):
            problems.append(Calibration(f"{place}, {kind}", group, chosen))
    return Calibrations(simulator, Box(SYMBOLS, *priors()), problems)


def season_means(
    observations: Observations, simulator: Simulator, sets: ArrayLike, *, least: float, summer: tuple[int, int] = (5, 9)
) -> dict[tuple[str, str], Floats]:
    """Outputs that stand for the observations, with the same parameters in both types.

    Parameters
    ----------
    observations : Observations
        Of both types.
    simulator : Simulator
        Of its sites, weather and groups.
    sets : array_like, shape (k, 24)
        Parameters.
    least : float
        Soil carbon that less counts as, kg m-2: where nothing grows its logarithm has no bound.
    summer : tuple of int
        First and last month of the growing season.

    Returns
    -------
    dict
        By type and output, shape (k,): mean logarithm of soil carbon (kg m-2) over sites, and mean NEP
        (g C m-2 month-1) over the months of summer and over the others.
    """
    twice = np.repeat(np.asarray(sets, dtype=np.float64)[:, None], len(TYPES), axis=1)
    soil, nep = _run(simulator, observations, twice, SAMPLING)
    log_soil = np.log(np.maximum(soil, least))
    warm = observations.nep["month"].between(*summer).to_numpy()
    found = {}
    for place in TYPES:
        rows = (observations.nep["vegetation"] == place).to_numpy()
        found[place, "SOC"] = log_soil[:, observations.soil_carbon["vegetation"] == place].mean(axis=1)
        found[place, "NEP, summer"] = nep[:, rows & warm].mean(axis=1)
        found[place, "NEP, rest of year"] = nep[:, rows & ~warm].mean(axis=1)
    return found


def width_left(information: ArrayLike) -> Floats:
    """Posterior SD over prior SD of each parameter under a flat prior of width one (Laplace approximation).

    Parameters
    ----------
    information : array_like, shape (..., d, d)
        Fisher information ``J'J`` in units of the prior's range.

    Returns
    -------
    numpy.ndarray, shape (..., d)
        Square root of the diagonal of ``12 (F + 12 I)^-1``.
    """
    known = np.asarray(information, dtype=np.float64)
    inverse = np.linalg.inv(known + PRIOR_INFORMATION * np.eye(known.shape[-1]))
    return np.sqrt(PRIOR_INFORMATION * np.diagonal(inverse, axis1=-2, axis2=-1))


def scores_at_modes(found: assimilation.Laplace) -> tuple[Floats, Floats]:
    """Normal approximation at the modes, in scores in which the uniform prior is standard normal.

    Parameters
    ----------
    found : Laplace
        Of some problems.

    Returns
    -------
    score : numpy.ndarray, shape (problems, d)
        Middle.
    covariance : numpy.ndarray, shape (problems, d, d)
    """
    return ndtri(found.box.unit(found.modes[:, 0])), found.covariance_of_scores


def straightened(
    target: Target, score: Floats, covariance: Floats, random: np.random.Generator, *, pairs: int = 32
) -> tuple[Floats, Floats]:
    """Normal approximation by a straight line through the model's answers over a first approximation.

    Points are drawn from the first; a line through the residuals there is fitted by least squares; the scatter about
    it counts as further error (posterior linearization: Garcia-Fernandez, Svensson, Morelande and Sarkka 2015,
    doi:10.1109/TSP.2015.2454485). One step of it.

    Parameters
    ----------
    target : Target
        Its residuals are taken.
    score, covariance : numpy.ndarray, shapes (problems, d) and (problems, d, d)
        First approximation, as of `scores_at_modes`.
    random : numpy.random.Generator
        Where chance comes from.
    pairs : int
        Points are drawn in pairs about the middle; two a pair must outnumber the parameters.

    Returns
    -------
    score, covariance : numpy.ndarray
        As given.

    Raises
    ------
    ValueError
        For too few pairs.
    """
    d = score.shape[1]
    if 2 * pairs <= d + 1:
        raise ValueError(f"{pairs} pairs of points; a line by {d} parameters needs more than {(d + 1) // 2}")
    noise = random.standard_normal((len(score), pairs, d))
    moved = np.einsum("pij,pmj->pmi", np.linalg.cholesky(covariance), np.concatenate([noise, -noise], axis=1))
    unit = np.clip(ndtr(score[:, None] + moved), 1e-6, 1 - 1e-6)
    middle, spread = score.copy(), covariance.copy()
    for p, residuals in enumerate(target.residuals(target.box.natural(unit))):
        held = np.clip(np.nan_to_num(residuals, nan=BROKEN), -BROKEN, BROKEN)
        points = np.column_stack([np.ones(len(held)), moved[p]])
        line = np.linalg.lstsq(points, held, rcond=None)[0]
        scatter = ((held - points @ line) ** 2).sum(axis=0) / (len(points) - d - 1)
        line = line / np.sqrt(1 + scatter)
        level, slope = line[0], line[1:].T
        spread[p] = np.linalg.inv(slope.T @ slope + np.eye(d))
        middle[p] -= spread[p] @ (slope.T @ level + middle[p])
    return middle, spread


def intervals(score: Floats, covariance: Floats) -> tuple[Floats, Floats, Floats]:
    """Mean and central 95 % interval of each parameter, in the unit box, of a normal approximation in scores.

    Parameters
    ----------
    score, covariance : numpy.ndarray, shapes (problems, d) and (problems, d, d)
        As of `scores_at_modes`.

    Returns
    -------
    mean, low, high : numpy.ndarray, shape (problems, d)
        The mean is that of the parameter, not of its score.
    """
    sd = np.sqrt(np.diagonal(covariance, axis1=-2, axis2=-1))
    low, high = (ndtr(score + side * NORMAL_95 * sd) for side in (-1, 1))
    return ndtr(score / np.sqrt(1 + sd**2)), low, high


def coverage_over(
    mean: ArrayLike, low: ArrayLike, high: ArrayLike, truth: ArrayLike, cells: ArrayLike
) -> dict[str, float]:
    """Coverage and bias over some of the parameters of both types, as a row of recovery wants them.

    Parameters
    ----------
    mean, low, high : array_like, shape (2 replicates, d)
        Of each problem, as of `intervals`.
    truth : array_like, shape (2, replicates, d)
        Planted parameters, in the unit box.
    cells : array_like of bool, shape (2, d)
        Types and parameters that count.

    Returns
    -------
    dict
        ``coverage``, its mean over the cells, with a 95 % interval (``coverage_low``, ``coverage_high``) whose unit is
        the replicate, a meadow and a steppe; ``coverage_error``, its standard error; ``bias_in_standard_errors``, the
        root mean square over the cells of the mean error over the SD of errors; ``mean_bias``, the same with its sign,
        averaged; ``bias_error``, the standard error of either if the cells are independent; ``replicates``.

    Raises
    ------
    ValueError
        If no cell counts.
    """
    planted, chosen = np.asarray(truth, dtype=np.float64), np.asarray(cells, dtype=np.bool_)
    if not chosen.any():
        raise ValueError("no parameter of any type counts")
    middle, lower, upper = (np.asarray(x, dtype=np.float64).reshape(planted.shape) for x in (mean, low, high))
    held = ((lower <= planted) & (planted <= upper)).swapaxes(0, 1)[:, chosen].mean(axis=1)
    wrong = (middle - planted).swapaxes(0, 1)[:, chosen]
    bias = wrong.mean(axis=0) / wrong.std(axis=0, ddof=1)
    error = float(held.std(ddof=1) / np.sqrt(len(held)))
    reach = float(stats.t.ppf(0.975, len(held) - 1)) * error
    return {
        "coverage": float(held.mean()), "coverage_low": float(held.mean()) - reach,
        "coverage_high": min(float(held.mean()) + reach, 1.0), "coverage_error": error,
        "bias_in_standard_errors": float(np.sqrt((bias**2).mean())), "mean_bias": float(bias.mean()),
        "bias_error": 1 / float(np.sqrt(wrong.size)), "replicates": len(held),
    }  # fmt: skip


def resampled_widths(
    jacobian: ArrayLike, units: Sequence[ArrayLike], draws: int, random: np.random.Generator
) -> list[Floats]:
    """Widths left, with the units of replication drawn anew: first those of one kind of data alone, then with the next.

    Parameters
    ----------
    jacobian : array_like, shape (truths, n, d)
        Derivatives of the residuals, the kinds of data one after the other.
    units : sequence of array_like of int
        For each kind the unit of each row, counted from 0: site, or year of a tower.
    draws : int
        Samples of units, drawn with replacement within a kind.
    random : numpy.random.Generator
        Where chance comes from.

    Returns
    -------
    list of numpy.ndarray, each of shape (draws, d)
        Mean over truths, under the first kind, the first two, and so on.
    """
    slopes, first = np.asarray(jacobian, dtype=np.float64), 0
    known: Floats | float = 0.0
    found = []
    for rows in units:
        unit = np.asarray(rows)
        n = int(unit.max()) + 1
        parts = [slopes[:, first + np.flatnonzero(unit == u)] for u in range(n)]
        pieces = np.array([part.swapaxes(1, 2) @ part for part in parts])
        weights = random.multinomial(n, np.full(n, 1 / n), draws).astype(np.float64)
        known = known + np.tensordot(weights, pieces, 1)
        found.append(width_left(known).mean(axis=1))
        first += len(unit)
    return found


def trade_offs(
    information: Mapping[tuple[str, str], Floats], symbols: Sequence[str] = SYMBOLS, *, most: int = 2
) -> pd.DataFrame:
    """Pairs of parameters whose errors are most correlated under the Laplace approximation.

    Parameters
    ----------
    information : mapping of (type, kind) to array_like, shape (truths, d, d)
        Fisher information in units of the prior's range.
    symbols : sequence of str
        Parameters.
    most : int
        Pairs of each type and kind.

    Returns
    -------
    pandas.DataFrame
        Type, Seen by, One, Other, Correlation (mean over truths) and Same sign (% of truths).
    """
    first, second = np.triu_indices(len(symbols), 1)
    rows = []
    for (place, kind), known in information.items():
        inverse = np.linalg.inv(np.asarray(known) + PRIOR_INFORMATION * np.eye(len(symbols)))
        sd = np.sqrt(np.diagonal(inverse, axis1=1, axis2=2))
        r = (inverse / sd[:, :, None] / sd[:, None])[:, first, second]
        middle = r.mean(axis=0)
        for k in np.argsort(-np.abs(middle).round(9), kind="stable")[:most]:
            alike = 100 * float((np.sign(r[:, k]) == np.sign(middle[k])).mean())
            rows.append((place, kind, symbols[first[k]], symbols[second[k]], float(middle[k]), alike))
    return pd.DataFrame(rows, columns=["Type", "Seen by", "One", "Other", "Correlation", "Same sign (%)"])


def slice_of_cost(target: Calibrations, mode: ArrayLike, one: int, other: int, n: int = 45) -> tuple[Floats, Floats]:
    """Cost over two parameters, the others held.

    Parameters
    ----------
    target : Calibrations
        Problems.
    mode : array_like, shape (d,)
        Where the others are held, in own units.
    one, other : int
        Positions of the two, which cross their whole priors.
    n : int
        Points each way.

    Returns
    -------
    points : numpy.ndarray, shape (n, n, d)
        In own units; `one` grows along the second axis.
    above : numpy.ndarray, shape (problems, n, n)
        Cost above its least in each problem; infinite where the model fails.
    """
    across = np.linspace(0.005, 0.995, n)
    unit = np.tile(target.box.unit(mode), (n, n, 1))
    unit[..., one], unit[..., other] = across[None], across[:, None]
    points = target.box.natural(unit)
    flat = points.reshape(1, n * n, -1)
    cost = -target.log_density(np.repeat(flat, len(target.names), axis=0)).reshape(-1, n, n)
    return points, cost - np.nanmin(cost, axis=(1, 2), keepdims=True)
