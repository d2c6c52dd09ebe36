"""A proposal that knows the shape of a posterior: far steps that are often accepted, where a random walk crawls.

Data see few directions of a parameter space; in the others the posterior is the prior. Averaged over the posterior, the
curvature ``J'J`` of the cost tells the two apart (likelihood-informed subspace: Cui, Martin, Marzouk, Solonen and
Spantini 2014, doi:10.1088/0266-5611/30/11/114015). Within the few a mixture of normal distributions follows ridges that
bend; outside them proposals are drawn from the prior. All is in scores in which the uniform prior is standard normal.

Whatever is learnt from chains is rounded (`blunt`): libraries of linear algebra take another last digit on another
processor, chains whose steps learn from themselves would make another run of it, and no proposal needs seven digits.
"""

from __future__ import annotations

import hashlib
import threading
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.assimilation.laplace import score_jacobian
from coldcarbon.assimilation.rounding import blunt, oriented
from coldcarbon.assimilation.target import Target

__all__ = ["Guide", "learn_guide"]

Array = NDArray[np.float64]
QUIET = threading.Lock()  # filters of warnings belong to the process: two threads that set and restore them collide
LEAST = 0.1  # curvature that counts as information, where the prior's is 1
COMPONENTS = 8
WIDER = 1.05  # factor on the components' SD: an independent proposal must not be narrower than its target
WIDE, WIDE_SHARE = 1.5, 0.25  # every component once more, for the tails: this factor on its SD, so much of the weight
DEFENCE = 0.05  # weight of one wide normal distribution about all draws
SPREAD = 1.5  # its SD, in theirs
PASSES = 40  # of expectation and maximisation
PLACES = 40  # at which curvature is averaged
DIGITS = 6
LEAST_VARIANCE = 1e-2  # added to every component's


@dataclass(frozen=True)
class Guide:
    """Independent proposals for some problems.

    Attributes
    ----------
    bases : sequence of numpy.ndarray, each of shape (d, r)
        Informed directions of each problem, orthonormal.
    weights, means, factors : sequence of numpy.ndarray
        Mixture within them: shapes (k,), (k, r) and (k, r, r), lower triangular.
    """

    bases: Sequence[Array]
    weights: Sequence[Array]
    means: Sequence[Array]
    factors: Sequence[Array]

    @property
    def digest(self) -> str:
        """Tells one guide from another."""
        groups = (self.bases, self.weights, self.means, self.factors)
        parts = [np.ascontiguousarray(blunt(a, 9)) for group in groups for a in group]
        return hashlib.sha256(b"".join(part.tobytes() for part in parts)).hexdigest()

    @cached_property
    def _densities(self) -> list[tuple[Array, Array]]:
        """For each problem transposed inverses of the factors, and the logarithm of each component's height."""
        found = []
        for weight, factor in zip(self.weights, self.factors, strict=True):
            size = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
            found.append((np.swapaxes(np.linalg.inv(factor), 1, 2), np.log(weight) - size))
        return found

    def draw(self, random: np.random.Generator, n: int) -> Array:
        """Draw.

        Parameters
        ----------
        random : numpy.random.Generator
            Where chance comes from.
        n : int
            How many for each problem.

        Returns
        -------
        numpy.ndarray, shape (problems, n, d)
            Scores.
        """
        found = []
        for basis, weight, mean, factor in zip(self.bases, self.weights, self.means, self.factors, strict=True):
            free = random.standard_normal((n, len(basis)))
            which = np.minimum(np.searchsorted(np.cumsum(weight), random.random(n)), len(weight) - 1)
            inner = mean[which] + np.einsum("nij,nj->ni", factor[which], random.standard_normal((n, basis.shape[1])))
            found.append(free + (inner - free @ basis) @ basis.T)
        return np.array(found)

    def log_density(self, scores: ArrayLike) -> Array:
        """Log-density of the proposals, up to a constant.

        Parameters
        ----------
        scores : array_like, shape (problems, n, d)
            Places.

        Returns
        -------
        numpy.ndarray, shape (problems, n)
        """
        places = np.asarray(scores, dtype=np.float64)
        found = np.empty(places.shape[:2])
        parts = zip(places, self.bases, self.means, self._densities, strict=True)
        for k, (place, basis, mean, (inverse, height)) in enumerate(parts):
            inner = place @ basis
            away = (inner - mean[:, None]) @ inverse
            terms = height[:, None] - 0.5 * np.einsum("knr,knr->kn", away, away)
            top = terms.max(axis=0)  # by hand: the library's function takes longer than a simulation
            outer = np.einsum("nd,nd->n", place, place) - np.einsum("nr,nr->n", inner, inner)
            found[k] = top + np.log(np.exp(terms - top).sum(axis=0)) - 0.5 * outer
        return found


def learn_guide(
    target: Target, scores: ArrayLike, random: np.random.Generator, *, components: int = COMPONENTS
) -> Guide:
    """Learn proposals from draws.

    Parameters
    ----------
    target : Target
        With residuals, for the curvature.
    scores : array_like, shape (problems, n, d)
        Draws, in scores.
    random : numpy.random.Generator
        Where chance comes from.
    components : int
        Normal distributions in each mixture.

    Returns
    -------
    Guide

    Raises
    ------
    ValueError
        For fewer than ten draws a component.
    """
    from sklearn.exceptions import ConvergenceWarning  # type: ignore[import-untyped]
    from sklearn.mixture import GaussianMixture  # type: ignore[import-untyped]

    draws = np.asarray(scores, dtype=np.float64)
    if draws.ndim != 3 or draws.shape[1] < 10 * components:
        raise ValueError(
            f"draws have shape {draws.shape}; {components} components need {10 * components} of each problem"
        )
    chosen = random.choice(draws.shape[1], size=PLACES)
    _, slopes = score_jacobian(target, draws[:, chosen])
    guide: tuple[list[Array], list[Array], list[Array], list[Array]] = ([], [], [], [])
    for place, slope in zip(draws, slopes, strict=True):
        slope = slope[np.isfinite(slope).all(axis=(1, 2))]
        curvature = np.einsum("knd,kne->de", slope, slope) / max(len(slope), 1)
        size, vectors = np.linalg.eigh(blunt(curvature, DIGITS))
        informed = max(int((size > LEAST).sum()), 1)
        basis = oriented(vectors[:, ::-1][:, :informed])
        inner = np.round(place @ basis, DIGITS)
        mixture = GaussianMixture(
            components, reg_covar=LEAST_VARIANCE, init_params="k-means++", max_iter=PASSES,
            random_state=int(random.integers(2**31)),
        )  # fmt: skip
        with QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # any mixture makes valid proposals
            mixture.fit(inner)
        around = np.atleast_2d(np.cov(inner, rowvar=False))
        around = SPREAD**2 * around + LEAST_VARIANCE * np.eye(informed)
        covariance = np.concatenate([WIDER**2 * mixture.covariances_, WIDE**2 * mixture.covariances_, around[None]])
        shares = [(1 - WIDE_SHARE - DEFENCE) * mixture.weights_, WIDE_SHARE * mixture.weights_, [DEFENCE]]
        weight = np.round(np.concatenate(shares), DIGITS)
        guide[0].append(basis)
        guide[1].append(np.maximum(weight, 10.0**-DIGITS) / np.maximum(weight, 10.0**-DIGITS).sum())
        guide[2].append(np.round(np.vstack([mixture.means_, mixture.means_, inner.mean(axis=0)]), DIGITS - 1))
        guide[3].append(np.array([np.linalg.cholesky(blunt(part, DIGITS - 1)) for part in covariance]))
    return Guide(*guide)
