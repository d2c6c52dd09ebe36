"""Densities whose moments are known."""

import numpy as np
from scipy import stats

from coldcarbon.assimilation import Box, Density


def normal(mean, covariance, names=("normal",), low=-8.0, high=8.0):
    """Normal distributions in a box that hardly cuts them; one for each name."""
    mean, covariance = np.asarray(mean, dtype=float), np.asarray(covariance, dtype=float)
    d = len(mean)
    box = Box([f"p{k + 1}" for k in range(d)], np.full(d, low), np.full(d, high))
    root = np.linalg.cholesky(np.linalg.inv(covariance))

    def scaled(points):
        return (points - mean) @ root

    return Density(
        box, lambda points: -0.5 * (scaled(points) ** 2).sum(axis=-1), tuple(names), lambda points: list(scaled(points))
    )


def corner(correlation=0.9, sd=0.6):
    """Correlated normal cut by the unit square, centred on its corner; with its exact moments on a fine grid."""
    box = Box(["x", "y"], [0, 0], [1, 1])
    covariance = sd**2 * np.array([[1, correlation], [correlation, 1]])
    law = stats.multivariate_normal([0.0, 0.0], covariance)
    ticks = (np.arange(600) + 0.5) / 600
    grid = np.stack(np.meshgrid(ticks, ticks, indexing="ij"), axis=-1)
    weight = law.pdf(grid)
    weight /= weight.sum()
    mean = (grid[..., 0] * weight).sum()
    product = (grid.prod(axis=-1) * weight).sum()

    def density(points):
        return law.logpdf(points).reshape(points.shape[:-1])  # SciPy drops axes of length one

    return Density(box, density), covariance, mean, product


def flat(d, names=("flat",)):
    """The prior itself."""
    box = Box([f"p{k + 1}" for k in range(d)], np.zeros(d), np.ones(d))
    return Density(box, lambda points: np.zeros(points.shape[:2]), tuple(names), lambda points: list(0 * points))
