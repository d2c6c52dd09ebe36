"""How far a simulation is from what was observed: the cost of zhao2022 (Eqs. 3 and 4) and errors to choose from.

``J = sum (y - y_sim)^2 / (2 sigma^2)``, and the likelihood is proportional to ``exp(-J)``. Everything hangs on sigma:
the paper takes 30 % of the observation, which rewards simulations that are too low and, for a flux near zero, gives a
single month boundless weight. Each error model here returns the log-likelihood up to a constant, and residuals whose
squares sum to twice the cost (for derivatives).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

__all__ = ["Constant", "Error", "Logarithmic", "Misfit", "Relative", "RelativeToSimulation", "Unknown"]

Array = NDArray[np.float64]


class Error(Protocol):
    """What an error model answers."""

    def refuse(self, observed: Array) -> str:
        """Why the first unusable observation cannot be used, or nothing."""

    def unusable(self, observed: Array) -> NDArray[np.bool_]:
        """Which observations it cannot take."""

    def log_likelihood(self, simulated: Array, observed: Array) -> Array:
        """Log-likelihood up to a constant, shape (...,) for simulations (..., n)."""

    def residuals(self, simulated: Array, observed: Array) -> Array:
        """Residuals in units of sigma, shape (..., n)."""


def _positive(name: str, value: float) -> None:
    if not (np.isfinite(value) and value > 0):
        raise ValueError(f"{name} = {value:g}; it must be positive")


class _Gaussian:
    """Fixed sigma: the log-likelihood is minus the cost."""

    def refuse(self, observed: Array) -> str:  # noqa: ARG002  # others look at it
        return ""

    def unusable(self, observed: Array) -> NDArray[np.bool_]:
        return np.zeros(observed.shape, dtype=np.bool_)

    def sigma(self, observed: Array) -> Array:
        raise NotImplementedError

    def log_likelihood(self, simulated: Array, observed: Array) -> Array:
        scaled = self.residuals(simulated, observed)
        return np.asarray(-0.5 * np.einsum("...n,...n->...", scaled, scaled))

    def residuals(self, simulated: Array, observed: Array) -> Array:
        return np.asarray((observed - simulated) / self.sigma(observed))


@dataclass(frozen=True)
class Relative(_Gaussian):
    """Sigma is a share of the observation: Eq. 4 of zhao2022, with a floor if one is given.

    Attributes
    ----------
    share : float
        Of the observation's size; 0.3 in the paper.
    floor : float
        Least sigma, in the unit of the observation; the paper names none.
    """

    share: float = 0.3
    floor: float = 0.0

    def __post_init__(self) -> None:
        _positive("share", self.share)
        if not self.floor >= 0:
            raise ValueError(f"floor = {self.floor:g}; it cannot be negative")

    def sigma(self, observed: Array) -> Array:
        """Error of each observation."""
        return np.asarray(np.maximum(self.share * np.abs(observed), self.floor))

    def unusable(self, observed: Array) -> NDArray[np.bool_]:
        """Observations with sigma zero."""
        return np.asarray(self.sigma(observed) == 0)

    def refuse(self, observed: Array) -> str:
        """Why they cannot be taken."""
        return "is zero, and so is its error: give the error a floor" if self.unusable(observed).any() else ""


@dataclass(frozen=True)
class Constant(_Gaussian):
    """The same sigma for every observation.

    Attributes
    ----------
    value : float
        In the unit of the observation.
    """

    value: float

    def __post_init__(self) -> None:
        _positive("sigma", self.value)

    def sigma(self, observed: Array) -> Array:
        """Error of each observation."""
        return np.full(observed.shape, self.value)


@dataclass(frozen=True)
class Logarithmic(_Gaussian):
    """Errors of the logarithm: being twice too high costs as much as being twice too low.

    Attributes
    ----------
    sd : float
        Standard deviation of the natural logarithm.
    """

    sd: float = 0.3

    def __post_init__(self) -> None:
        _positive("sd", self.sd)

    def unusable(self, observed: Array) -> NDArray[np.bool_]:
        """Observations without a logarithm."""
        return np.asarray(observed <= 0)

    def refuse(self, observed: Array) -> str:
        """Why they cannot be taken."""
        return "has no logarithm: choose another error" if self.unusable(observed).any() else ""

    def residuals(self, simulated: Array, observed: Array) -> Array:
        """Difference of logarithms in units of sd; NaN where the simulation is not positive."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((np.log(observed) - np.log(simulated)) / self.sd)


@dataclass(frozen=True)
class RelativeToSimulation:
    """Sigma is a share of the simulation, so the likelihood has the term ``-sum log sigma``.

    Attributes
    ----------
    share, floor : float
        As in `Relative`.
    """

    share: float = 0.3
    floor: float = 0.0

    def __post_init__(self) -> None:
        Relative(self.share, self.floor)

    def refuse(self, observed: Array) -> str:  # noqa: ARG002  # others look at it
        """Nothing is refused."""
        return ""

    def unusable(self, observed: Array) -> NDArray[np.bool_]:
        """No observation."""
        return np.zeros(observed.shape, dtype=np.bool_)

    def _sigma(self, simulated: Array) -> Array:
        return np.asarray(np.maximum(self.share * np.abs(simulated), self.floor))

    def log_likelihood(self, simulated: Array, observed: Array) -> Array:
        """Gaussian with a sigma that moves."""
        sigma = self._sigma(simulated)
        with np.errstate(invalid="ignore", divide="ignore"):
            terms = 0.5 * ((observed - simulated) / sigma) ** 2 + np.log(sigma)
        return np.asarray(-terms.sum(axis=-1))

    def residuals(self, simulated: Array, observed: Array) -> Array:
        """Without the term of log sigma: for proposals, not for the posterior."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((observed - simulated) / self._sigma(simulated))


@dataclass(frozen=True)
class Unknown:
    """One sigma for all observations, not known: half-normal prior, integrated out.

    Attributes
    ----------
    scale : float
        Of the half-normal prior, in the unit of the observation.
    """

    scale: float
    _grid: tuple[Array, Array] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        _positive("scale", self.scale)
        sigma = self.scale * np.geomspace(1e-4, 8, 400)
        weight = np.log(np.gradient(sigma)) - 0.5 * (sigma / self.scale) ** 2
        object.__setattr__(self, "_grid", (sigma, weight))

    def refuse(self, observed: Array) -> str:  # noqa: ARG002  # others look at it
        """Nothing is refused."""
        return ""

    def unusable(self, observed: Array) -> NDArray[np.bool_]:
        """No observation."""
        return np.zeros(observed.shape, dtype=np.bool_)

    def log_likelihood(self, simulated: Array, observed: Array) -> Array:
        """``log of the integral of sigma^-n exp(-SSE / 2 sigma^2) p(sigma)``, by quadrature."""
        difference = observed - simulated
        squares = np.einsum("...n,...n->...", difference, difference)
        sigma, weight = self._grid
        terms = weight - observed.size * np.log(sigma) - 0.5 * squares[..., None] / sigma**2
        with np.errstate(invalid="ignore"):
            return np.asarray(special.logsumexp(terms, axis=-1))

    def residuals(self, simulated: Array, observed: Array) -> Array:
        """In units of the scale: for proposals, not for the posterior."""
        return np.asarray((observed - simulated) / self.scale)


@dataclass(frozen=True)
class Misfit:
    """Observations of one kind with their error: one term of Eq. 3.

    Attributes
    ----------
    name : str
        What was observed, for messages.
    observed : array_like, shape (n,)
        Observations, without gaps.
    error : Error
        How they err.
    labels : sequence of str, length n
        Site, or site and month, of each; messages name them.
    weight : float
        Multiplies the log-likelihood: below one where n observations are worth fewer independent ones.

    Raises
    ------
    ValueError
        For observations that are missing, infinite or unusable with the error, by name.
    """

    name: str
    observed: ArrayLike
    error: Error
    labels: Sequence[str]
    weight: float = 1.0

    def __post_init__(self) -> None:
        values = np.array(self.observed, dtype=np.float64)
        labels = tuple(str(label) for label in self.labels)
        if values.ndim != 1 or not values.size:
            raise ValueError(f"{self.name}: observations are a list of numbers; got shape {values.shape}")
        if len(labels) != values.size:
            raise ValueError(f"{self.name}: {len(labels)} labels for {values.size} observations")
        missing = ~np.isfinite(values)
        if missing.any():
            place = int(np.argmax(missing))
            raise ValueError(f"{self.name}, {labels[place]}: the observation is missing or infinite ({values[place]})")
        reason = self.error.refuse(values)
        if reason:
            place = int(np.argmax(self.error.unusable(values)))
            raise ValueError(f"{self.name}, {labels[place]}: the observation {values[place]:g} {reason}")
        _positive(f"weight of {self.name}", self.weight)
        object.__setattr__(self, "observed", values)
        object.__setattr__(self, "labels", labels)

    def __len__(self) -> int:
        return int(np.size(self.observed))

    def log_likelihood(self, simulated: ArrayLike) -> Array:
        """Weighted log-likelihood, minus the cost of Eq. 3 where sigma is fixed.

        Parameters
        ----------
        simulated : array_like, shape (..., n)
            What the model says of each observation.

        Returns
        -------
        numpy.ndarray, shape (...,)
            NaN where a simulation is not finite.
        """
        return self.weight * self.error.log_likelihood(np.asarray(simulated), np.asarray(self.observed))

    def residuals(self, simulated: ArrayLike) -> Array:
        """Residuals in units of sigma, times the root of the weight.

        Parameters
        ----------
        simulated : array_like, shape (..., n)
            As in `log_likelihood`.

        Returns
        -------
        numpy.ndarray, shape (..., n)
        """
        return float(np.sqrt(self.weight)) * self.error.residuals(np.asarray(simulated), np.asarray(self.observed))
