"""The mode of a posterior by Gauss-Newton, and the normal distribution that fits it there.

In scores in which the uniform prior is standard normal the cost is ``(r'r + z'z) / 2`` with residuals r: least squares
without bounds. With the Jacobian J of the residuals the covariance at the mode is ``(J'J + I)^-1`` in scores; in the
unit box, where a uniform prior has variance 1/12, it is ``(J'J + 12 I)^-1`` (Laplace approximation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.assimilation.box import Box, from_normal, to_normal
from coldcarbon.assimilation.rounding import blunt
from coldcarbon.assimilation.target import Target

__all__ = ["Laplace", "jacobian", "laplace", "score_jacobian"]

Array = NDArray[np.float64]
STEP = 1e-3  # of a difference, in the coordinates it is taken in
DECIMALS = 4  # of scores along the search: far below any SD, far above what another processor's arithmetic changes
EDGE = 0.02  # starts stay so far from the bounds, where scores run to infinity
DAMPING = (1e-3, 1e6)  # where Levenberg's damping begins, and where it gives up


@dataclass(frozen=True)
class Laplace:
    """Modes of some problems, best first, and the normal approximation at the best.

    Attributes
    ----------
    box : Box
        Priors.
    names : tuple of str
        Problems.
    modes : numpy.ndarray, shape (problems, starts, d)
        Where the searches ended, in own units, lowest cost first.
    cost : numpy.ndarray, shape (problems, starts)
        Half the sum of squares of residuals and scores there.
    converged : numpy.ndarray of bool, shape (problems, starts)
        Whether the search ended because nothing was left to gain.
    covariance : numpy.ndarray, shape (problems, d, d)
        At the best mode, in own units, for walks in the box.
    covariance_of_scores : numpy.ndarray, shape (problems, d, d)
        The same in scores, for ``outside="transform"``.
    runs : int
        Simulations that it took.
    """

    box: Box
    names: tuple[str, ...]
    modes: Array
    cost: Array
    converged: NDArray[np.bool_]
    covariance: Array
    covariance_of_scores: Array
    runs: int

    def contraction(self, place: int) -> Array:
        """Share of prior SD that data take away, by this approximation.

        Scores are taken as normal about the mode and carried back into the box, so that a mode near a bound is not
        given room beyond it.

        Parameters
        ----------
        place : int
            Position of the problem.

        Returns
        -------
        numpy.ndarray, shape (d,)
        """
        nodes, weights = np.polynomial.hermite_e.hermegauss(80)
        weights = weights / weights.sum()
        middle = to_normal(self.box.unit(self.modes[place, 0]))
        spread = np.sqrt(np.diag(self.covariance_of_scores[place]))
        values = from_normal(middle[:, None] + spread[:, None] * nodes)
        mean = values @ weights
        return np.asarray(1 - np.sqrt(12 * ((values - mean[:, None]) ** 2 @ weights)))

    def starts(self, chains: int, random: np.random.Generator, wider: float = 1.5) -> Array:
        """Dispersed starts: normal draws about the best modes, wider than the approximation, held inside the box.

        Parameters
        ----------
        chains : int
            How many for each problem. Chain k starts about mode k, if so many searches converged.
        random : numpy.random.Generator
            Where chance comes from.
        wider : float
            Factor on the standard deviation.

        Returns
        -------
        numpy.ndarray, shape (problems, chains, d)
        """
        found = np.empty((len(self.names), chains, len(self.box)))
        for place in range(len(self.names)):
            good = np.nonzero(self.converged[place])[0]
            good = good if good.size else np.array([0])
            root = np.linalg.cholesky(self.covariance_of_scores[place])
            for chain in range(chains):
                middle = to_normal(self.box.unit(self.modes[place, good[chain % good.size]]))
                score = middle + wider * (root @ random.standard_normal(len(self.box)))
                found[place, chain] = self.box.natural(np.clip(from_normal(score), EDGE / 4, 1 - EDGE / 4))
        return found


def jacobian(target: Target, points: ArrayLike, step: float = STEP) -> list[Array]:
    """Derivatives of the residuals by central differences, in the unit box.

    At a bound the difference is taken inside it.

    Parameters
    ----------
    target : Target
        Its residuals are taken.
    points : array_like, shape (problems, k, d)
        Where, in own units.
    step : float
        As a share of the range.

    Returns
    -------
    list of numpy.ndarray
        For each problem shape (k, n, d): change of a residual over the whole range of a parameter.
    """
    unit = target.box.unit(points)
    problems, k, d = unit.shape
    moves = step * np.eye(d)
    up, down = np.minimum(unit[:, :, None] + moves, 1), np.maximum(unit[:, :, None] - moves, 0)
    both = np.concatenate([up, down], axis=2).reshape(problems, -1, d)
    width = np.diagonal(up - down, axis1=2, axis2=3)
    found = []
    for place, values in enumerate(target.residuals(target.box.natural(both))):
        values = values.reshape(k, 2, d, -1)
        found.append(np.swapaxes((values[:, 0] - values[:, 1]) / width[place][..., None], 1, 2))
    return found


def score_jacobian(target: Target, score: Array) -> tuple[list[Array], list[Array]]:
    """Residuals and their derivatives in scores, by forward differences: d + 1 runs a point.

    Parameters
    ----------
    target : Target
        Its residuals are taken.
    score : numpy.ndarray, shape (problems, k, d)
        Where.

    Returns
    -------
    residuals, slopes : list of numpy.ndarray
        For each problem shapes (k, n) and (k, n, d).
    """
    problems, k, d = score.shape
    moved = np.concatenate([score[:, :, None], score[:, :, None] + STEP * 10 * np.eye(d)], axis=2)
    natural = target.box.natural(from_normal(moved.reshape(problems, -1, d)))
    values = [v.reshape(k, d + 1, -1) for v in target.residuals(natural)]
    slopes = [np.swapaxes((v[:, 1:] - v[:, :1]) / (STEP * 10), 1, 2) for v in values]
    return [v[:, 0] for v in values], slopes


def laplace(target: Target, starts: ArrayLike, *, iterations: int = 40, tolerance: float = 1e-4) -> Laplace:
    """Search for modes from several starts at once (Levenberg-Marquardt), and approximate the posterior at the best.

    Parameters
    ----------
    target : Target
        With residuals.
    starts : array_like, shape (problems, starts, d)
        In own units.
    iterations : int
        At most so many.
    tolerance : float
        A search ends when an iteration gains less, in units of the cost.

    Returns
    -------
    Laplace

    Raises
    ------
    ValueError
        If no start of a problem gives finite residuals.
    """
    unit = np.clip(target.box.unit(starts), EDGE, 1 - EDGE)
    score = np.round(to_normal(unit), DECIMALS)
    problems, k, d = score.shape
    damping = np.full((problems, k), DAMPING[0])
    ended = np.zeros((problems, k), dtype=np.bool_)
    runs = 0
    cost = np.full((problems, k), np.inf)
    for _ in range(iterations):
        residual, slope = score_jacobian(target, score)
        runs += k * (d + 1)
        proposal = score.copy()
        for place in range(problems):
            cost[place] = 0.5 * ((residual[place] ** 2).sum(-1) + (score[place] ** 2).sum(-1))
            for j in range(k):
                jac, res = slope[place][j], residual[place][j]
                if not (np.isfinite(jac).all() and np.isfinite(res).all()):
                    cost[place, j], ended[place, j] = np.inf, True
                    continue
                curvature = jac.T @ jac + np.eye(d)
                gradient = jac.T @ res + score[place, j]
                move = np.linalg.solve(curvature + damping[place, j] * np.diag(np.diag(curvature)), gradient)
                move = move * min(1.0, 2.0 / max(float(np.abs(move).max()), 1e-12))
                proposal[place, j] = np.round(score[place, j] - move, DECIMALS)
        new = target.residuals(target.box.natural(from_normal(proposal)))
        runs += k
        for place in range(problems):
            with np.errstate(invalid="ignore"):
                there = 0.5 * ((new[place] ** 2).sum(-1) + (proposal[place] ** 2).sum(-1))
            better = (there < cost[place]) & ~ended[place]
            ended[place] |= (better & (cost[place] - there < tolerance)) | (damping[place] > DAMPING[1])
            score[place][better] = proposal[place][better]
            cost[place][better] = there[better]
            damping[place] = np.where(better, damping[place] / 5, damping[place] * 4)
        if ended.all():
            break
    if not np.isfinite(cost).any(axis=1).all():
        place = int(np.argmin(np.isfinite(cost).any(axis=1)))
        raise ValueError(f"{target.names[place]}: the model gives no finite residuals at any start")
    order = np.argsort(cost, axis=1)
    modes = np.take_along_axis(target.box.natural(from_normal(score)), order[..., None], axis=1)
    best = modes[:, :1]
    slopes = jacobian(target, best)
    runs += 2 * d
    widths = target.box.widths
    in_box, in_scores = np.empty((problems, d, d)), np.empty((problems, d, d))
    for place in range(problems):
        slope_unit = slopes[place][0]
        in_unit = np.linalg.inv(slope_unit.T @ slope_unit + 12 * np.eye(d))
        in_box[place] = blunt(in_unit) * widths[:, None] * widths
        z = to_normal(target.box.unit(best[place, 0]))
        slope_score = slope_unit * (np.exp(-0.5 * z**2) / np.sqrt(2 * np.pi))
        in_scores[place] = blunt(np.linalg.inv(slope_score.T @ slope_score + np.eye(d)))
    return Laplace(
        target.box, target.names, modes, np.take_along_axis(cost, order, axis=1),
        np.take_along_axis(ended & np.isfinite(cost), order, axis=1), in_box, in_scores, runs,
    )  # fmt: skip
