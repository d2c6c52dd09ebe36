"""Twins of the real design: planted parameters at the real sites and towers, and observations made from them.

Sites, climate, soil and months are those of the observations given; carbon and fluxes are the model's, with errors as
zhao2022 takes them. Many twins are calibrated side by side: `Twins` is a target for `coldcarbon.assimilation`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.assimilation import Box
from coldcarbon.century import SYMBOLS, Simulator, priors
from coldcarbon.century.inputs import Observations

__all__ = ["TYPES", "Twins", "draw_truths", "twins"]

Floats = NDArray[np.float64]
Errors = Literal["known", "observed"]
TYPES: Final = ("meadow", "steppe")
KINDS: Final = ("SOC", "NEP")
SAMPLING, DERIVATIVES = 1e-4, 1e-8  # how far the spin-up goes
AT_ONCE: Final = 2_000  # sets of one run: 50 MB


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
