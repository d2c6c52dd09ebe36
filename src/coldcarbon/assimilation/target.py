"""What a sampler walks on: the posterior of one problem or of several that are sampled side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.assimilation.box import Box
from coldcarbon.assimilation.cost import Misfit

__all__ = ["Calibration", "Calibrations", "Density", "Target", "flux", "linear", "soil_carbon"]

Array = NDArray[np.float64]
SAMPLING, DERIVATIVES = 1e-4, 1e-8  # how far the spin-up goes: enough for a likelihood, enough for differences


class Target(Protocol):
    """Densities of some problems over one box."""

    box: Box
    names: tuple[str, ...]

    def log_density(self, points: Array) -> Array:
        """Log-density up to a constant, shape (problems, k), of points (problems, k, d)."""

    def residuals(self, points: Array) -> list[Array]:
        """For each problem residuals (k, n) of points (problems, k, d); half their squares are the cost."""


@dataclass(frozen=True)
class Density:
    """A density given as a function: for tests and examples.

    Attributes
    ----------
    box : Box
        Prior; the density is zero outside.
    function : callable
        Log-density of points (problems, k, d), shape (problems, k).
    names : tuple of str
        Problems.
    residual : callable, optional
        Residuals of points (problems, k, d): a list of arrays (k, n).
    """

    box: Box
    function: Callable[[Array], Array]
    names: tuple[str, ...] = ("",)
    residual: Callable[[Array], list[Array]] | None = None

    def log_density(self, points: Array) -> Array:
        """As `Target`."""
        return self.function(points)

    def residuals(self, points: Array) -> list[Array]:
        """As `Target`."""
        if self.residual is None:
            raise ValueError("this density has no residuals; give `residual` to look for its mode")
        return self.residual(points)


def linear(box: Box, slopes: ArrayLike, data: ArrayLike) -> Density:
    """A model that is linear in its parameters, with errors of one: what a curved model is near its mode.

    Parameters
    ----------
    box : Box
        Priors of d parameters.
    slopes : array_like, shape (n, d)
        What each observation expected gains by one unit of each parameter.
    data : array_like, shape (problems, n)
        Observations of each problem.

    Returns
    -------
    Density
        With residuals.

    Raises
    ------
    ValueError
        For shapes that do not fit, or numbers that are not finite.
    """
    design, observed = np.array(slopes, dtype=np.float64), np.array(data, dtype=np.float64)
    if design.ndim != 2 or observed.ndim != 2 or design.shape != (observed.shape[1], len(box)):
        raise ValueError(f"slopes {design.shape} and data {observed.shape} do not fit {len(box)} parameters")
    if not (np.isfinite(design).all() and np.isfinite(observed).all()):
        raise ValueError("slopes and data must be finite")

    def residuals(points: Array) -> Array:
        return np.asarray(points @ design.T - observed[:, None])

    return Density(
        box,
        lambda points: np.asarray(-0.5 * (residuals(points) ** 2).sum(axis=-1)),
        tuple(f"problem {k + 1}" for k in range(len(observed))),
        lambda points: list(residuals(points)),
    )


Pick = Callable[[Any], Array]


class Model(Protocol):
    """A simulator of many parameter sets at once, as `coldcarbon.century.Simulator`."""

    @property
    def run_many(self) -> Callable[..., Any]:
        """Takes parameters (sets, groups, d), `tolerance` and `check`; every array of its result begins with sets."""


def soil_carbon(sites: ArrayLike, factor: float = 1.0, litter: bool = False) -> Pick:
    """Takes soil organic carbon, kg m-2, from a result of the model.

    Parameters
    ----------
    sites : array_like of int, shape (n,)
        Positions of the sites observed.
    factor : float
        From the model's depth to the depth observed.
    litter : bool
        Whether litter in the soil counts (`somtc` instead of `somsc`).

    Returns
    -------
    callable
        From a result to an array (sets, n).
    """
    places = np.asarray(sites, dtype=np.int64)
    kilograms = factor / 1000.0

    def pick(result: Any) -> Array:
        return np.asarray((result.somtc if litter else result.somsc)[:, places] * kilograms)

    return pick


def flux(towers: ArrayLike, months: ArrayLike) -> Pick:
    """Takes monthly NEP, g m-2 month-1, uptake positive, from a result of the model.

    Parameters
    ----------
    towers, months : array_like of int, shape (n,)
        Which series with weather, and which of its months, each observation belongs to.

    Returns
    -------
    callable
        From a result to an array (sets, n).
    """
    rows, columns = np.asarray(towers, dtype=np.int64), np.asarray(months, dtype=np.int64)

    def pick(result: Any) -> Array:
        flows = result.fluxes
        return np.asarray(flows[:, rows, 0, columns] - flows[:, rows, 1, columns])

    return pick


@dataclass(frozen=True)
class Calibration:
    """One problem: which parameters are adjusted to which observations.

    Attributes
    ----------
    name : str
        For tables and messages.
    group : int
        Group of sites of the model that follows these parameters (say 0 meadow, 1 steppe).
    terms : sequence of (Misfit, callable)
        Observations, and how to take from a result what the model says of them.
    """

    name: str
    group: int
    terms: Sequence[tuple[Misfit, Pick]]


class Calibrations:
    """Several calibrations of one model, evaluated together.

    Calibrations of different groups share a simulation: the model runs each group's sites under its own parameters.
    A misfit that two calibrations share is the same object in both, and is worked out once. Cost of an evaluation
    grows with the number of simulations.

    Parameters
    ----------
    model : Model
        A simulator, such as `coldcarbon.century.Simulator`.
    box : Box
        Priors.
    calibrations : sequence of Calibration
        The problems.
    groups : int
        Groups that the model's sites follow, if the problems are not about all of them.
    options
        Passed to the model's `run_many`, for example ``relaxation``.

    Raises
    ------
    ValueError
        For no calibrations, repeated names, or one without observations.
    """

    def __init__(
        self, model: Model, box: Box, calibrations: Sequence[Calibration], groups: int = 1, **options: Any
    ) -> None:
        names = tuple(c.name for c in calibrations)
        if not names or len(set(names)) < len(names):
            raise ValueError("calibrations need names, each once")
        for c in calibrations:
            if not c.terms:
                raise ValueError(f"calibration {c.name!r} has no observations")
            if c.group < 0:
                raise ValueError(f"calibration {c.name!r} has group {c.group}; groups count from 0")
        self.model, self.box, self.names, self.options = model, box, names, options
        self.calibrations = tuple(calibrations)
        self._groups = max(groups, 1 + max(c.group for c in calibrations))
        seen = [0] * self._groups
        self._slots = []
        for c in calibrations:
            self._slots.append(seen[c.group])
            seen[c.group] += 1
        self._n_slots = max(seen)
        self._terms: list[tuple[Misfit, Pick, list[int]]] = []
        for place, c in enumerate(calibrations):
            for misfit, pick in c.terms:
                known = [users for m, p, users in self._terms if m is misfit and p is pick]
                if known:
                    known[0].append(place)
                else:
                    self._terms.append((misfit, pick, [place]))
        filler = {slot: place for place, slot in enumerate(self._slots)}
        by_slot = {(c.group, s): place for place, (c, s) in enumerate(zip(calibrations, self._slots, strict=True))}
        # whose point a group runs in a slot where it has no calibration: any will do, its result is not looked at
        self._source = np.array(
            [[by_slot.get((g, s), filler[s]) for g in range(self._groups)] for s in range(self._n_slots)]
        )

    def only(self, *names: str) -> Calibrations:
        """Some of the calibrations.

        Parameters
        ----------
        names : str
            Which.

        Returns
        -------
        Calibrations
        """
        unknown = [name for name in names if name not in self.names]
        if unknown:
            raise ValueError(f"no calibration {unknown[0]!r}; there are {', '.join(self.names)}")
        chosen = [c for c in self.calibrations if c.name in names]
        return Calibrations(self.model, self.box, chosen, self._groups, **self.options)

    def run(self, points: Array, tolerance: float = SAMPLING) -> tuple[Any, int]:
        """Run the model: its result for (slots times k) sets, and k."""
        k = points.shape[1]
        sets = points[self._source]  # (slots, groups, k, d)
        sets = np.ascontiguousarray(np.swapaxes(sets, 1, 2)).reshape(self._n_slots * k, self._groups, -1)
        return self.model.run_many(sets, tolerance=tolerance, check=False, **self.options), k

    def log_density(self, points: Array) -> Array:
        """Log-likelihood of points (problems, k, d), shape (problems, k); the prior is flat within the box."""
        result, k = self.run(points)
        total = np.zeros((len(self.names), k))
        for misfit, pick, users in self._terms:
            value = misfit.log_likelihood(pick(result)).reshape(self._n_slots, k)
            for place in users:
                total[place] += value[self._slots[place]]
        return total

    def simulate(self, points: Array, tolerance: float = SAMPLING) -> list[dict[str, Array]]:
        """What the model says of each observation.

        Parameters
        ----------
        points : numpy.ndarray, shape (problems, k, d)
            Parameters in their own units.
        tolerance : float
            Of the spin-up.

        Returns
        -------
        list of dict
            For each problem arrays (k, n) by the name of the misfit.
        """
        result, k = self.run(np.asarray(points, dtype=np.float64), tolerance)
        picked = {id(misfit): pick(result).reshape(self._n_slots, k, -1) for misfit, pick, _ in self._terms}
        return [
            {misfit.name: picked[id(misfit)][slot] for misfit, _ in c.terms}
            for c, slot in zip(self.calibrations, self._slots, strict=True)
        ]

    def residuals(self, points: Array) -> list[Array]:
        """Residuals of points (problems, k, d): for each problem an array (k, n)."""
        said = self.simulate(points, DERIVATIVES)
        return [
            np.concatenate([misfit.residuals(values[misfit.name]) for misfit, _ in c.terms], axis=-1)
            for c, values in zip(self.calibrations, said, strict=True)
        ]
