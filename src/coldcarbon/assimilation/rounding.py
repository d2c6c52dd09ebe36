"""Rounding of what is learnt, so that a run does not depend on the last digit.

Linear algebra is done by kernels that its library chooses for the processor it finds. They differ in the last digit.
A chain whose steps learn from its past makes another run of that: after some thousand steps nothing is alike. What is
learnt shapes proposals only, and any proposals sample the same posterior; so it can be rounded, and is the same again.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["blunt", "oriented", "root"]

Array = NDArray[np.float64]
RANK = 1e-8  # of the largest variance: less is none


def blunt(values: ArrayLike, digits: int = 6) -> Array:
    """Round to so many digits of the largest.

    Parameters
    ----------
    values : array_like, shape (..., n, n) or (n,)
        For matrices the largest is that of each matrix.
    digits : int
        How many.

    Returns
    -------
    numpy.ndarray
        Of the same shape; symmetric matrices stay so.
    """
    array = np.asarray(values, dtype=np.float64)
    axes = tuple(range(max(array.ndim - 2, 0), array.ndim))
    largest = np.abs(array).max(axis=axes, keepdims=True, initial=0.0)
    with np.errstate(divide="ignore"):
        unit = np.where(largest > 0, 2.0 ** (np.ceil(np.log2(largest)) - np.ceil(digits / np.log10(2))), 1.0)
    return np.asarray(np.round(array / unit) * unit)


def oriented(vectors: ArrayLike, decimals: int = 8) -> Array:
    """Orthonormal columns rounded, made orthonormal again, each with its largest entry positive.

    Parameters
    ----------
    vectors : array_like, shape (d, r)
        Orthonormal columns, such as eigenvectors, whose sign is a matter of chance.
    decimals : int
        How many are kept.

    Returns
    -------
    numpy.ndarray, shape (d, r)
    """
    columns = np.asarray(vectors, dtype=np.float64)
    places = np.arange(columns.shape[1])
    columns = np.round(columns * np.sign(columns[np.abs(columns).argmax(axis=0), places]), decimals)
    basis, triangle = np.linalg.qr(columns)
    return np.asarray(basis * np.sign(np.diagonal(triangle)))


def root(covariance: ArrayLike) -> Array:
    """Symmetric square root of a covariance; directions without variance are allowed.

    Other roots hang on the sign that a library happens to give an eigenvector; this one does not.

    Parameters
    ----------
    covariance : array_like, shape (d, d)
        Symmetric, no variance negative.

    Returns
    -------
    numpy.ndarray, shape (d, d)
    """
    values, vectors = np.linalg.eigh(np.asarray(covariance, dtype=np.float64))
    kept = np.where(values > RANK * max(float(values.max()), 0.0), values, 0.0)
    return np.asarray((vectors * np.sqrt(kept)) @ vectors.T)
