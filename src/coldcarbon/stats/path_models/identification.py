"""Whether the moments tell the parameters apart: rank of the Jacobian at random points.

A model is locally identified almost everywhere if d(sigma, mu) / d phi has full column rank at a point drawn at
random (Wald 1950; Bekker, Merckens and Wansbeek 1994). Rank at one generic point is the rank almost everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from coldcarbon.stats.path_models.likelihood import Likelihood
from coldcarbon.stats.path_models.moments import SampleMoments
from coldcarbon.stats.path_models.notices import IdentificationError
from coldcarbon.stats.path_models.specification import Specification

__all__ = ["Identification", "check", "require_identified"]

Floats = NDArray[np.float64]
ZERO = 1e-9  # singular value, relative to the largest, of a Jacobian with columns of length one
POINTS = 3


@dataclass(frozen=True)
class Identification:
    """Rank of the Jacobian; ``unidentified`` names parameters that can move without moving any moment."""

    rank: int
    n_free: int
    n_moments: int
    unidentified: tuple[str, ...]

    @property
    def identified(self) -> bool:
        """Whether the rank is full."""
        return self.rank == self.n_free


def _random_point(spec: Specification, generator: np.random.Generator) -> tuple[Likelihood, Floats]:
    p = spec.n_observed
    root = generator.normal(size=(p, 2 * p))
    moments = SampleMoments(spec.observed, 2 * p, root @ root.T / (2 * p), generator.normal(size=p), None)
    likelihood = Likelihood(spec, moments)
    theta = np.empty(spec.n_entries)
    for entry in spec.entries:
        if entry.matrix == "A":
            theta[entry.index] = generator.choice([-1.0, 1.0]) * generator.uniform(0.2, 0.7)
        elif entry.matrix == "S" and entry.row == entry.column:
            theta[entry.index] = generator.uniform(1.0, 2.0)
        else:
            theta[entry.index] = generator.uniform(-0.3, 0.3)
    return likelihood, spec.expand(spec.reduce(theta))


def jacobian(likelihood: Likelihood, theta: Floats) -> Floats:
    """Derivatives of the modelled moments in the free parameters.

    Parameters
    ----------
    likelihood : Likelihood
        Of the model.
    theta : ndarray, shape (t,)
        Free entries.

    Returns
    -------
    ndarray, shape (moments, q)
        Rows: lower triangle of Sigma, then mu where means are modelled.
    """
    spec, p = likelihood.specification, likelihood.p
    state = likelihood.bare_state(theta)
    rows, columns = np.tril_indices(p)
    found = likelihood.covariance_slopes(state)[rows, columns]
    if spec.mean_structure:
        b = state.effects[:p]
        mean = np.concatenate(
            [
                b[:, spec.a_rows] * state.means[spec.a_columns],
                np.zeros((p, len(spec.s_rows))),
                b[:, spec.m_rows],
            ],
            axis=1,
        )
        found = np.concatenate([found, mean])
    return found if spec.spread is None else found @ spec.spread


@lru_cache(maxsize=128)
def check(specification: Specification) -> Identification:
    """Rank at random points.

    Parameters
    ----------
    specification : Specification
        Of the model.

    Returns
    -------
    Identification
        Of the point of largest rank.
    """
    spec = specification
    generator = np.random.default_rng(20)
    best: tuple[int, Floats] = (-1, np.empty((0, spec.n_free)))
    for _ in range(POINTS):
        likelihood, theta = _random_point(spec, generator)
        try:
            matrix = jacobian(likelihood, theta)
        except np.linalg.LinAlgError:
            continue
        length = np.linalg.norm(matrix, axis=0)
        matrix = matrix / np.where(length > 0, length, 1.0)
        _, singular, vectors = np.linalg.svd(matrix)
        rank = int((singular > ZERO * singular.max(initial=1.0)).sum())
        if rank > best[0]:
            best = (rank, vectors[rank:])
        if rank == spec.n_free:
            break
    rank, null = best
    names: tuple[str, ...] = ()
    if rank < spec.n_free:
        moves = null if spec.spread is None else null @ spec.spread.T
        free = np.abs(moves).max(axis=0) > 1e-7
        names = tuple(entry.text for entry, can_move in zip(spec.entries, free, strict=True) if can_move)
    return Identification(rank, spec.n_free, spec.n_moments, names)


def require_identified(specification: Specification) -> None:
    """Refuse a model whose parameters the moments cannot tell apart.

    Parameters
    ----------
    specification : Specification
        Of the model.

    Raises
    ------
    IdentificationError
        Naming the parameters.
    """
    found = check(specification)
    if found.identified:
        return
    count = f"{found.n_free} free parameters, {found.n_moments} moments, rank {found.rank}"
    raise IdentificationError(
        f"the model is not identified ({count}): {', '.join(found.unidentified)} can move without moving any variance "
        "or covariance; fix one of them, or add a variable that causes one side of the loop only",
        found.unidentified,
    )
