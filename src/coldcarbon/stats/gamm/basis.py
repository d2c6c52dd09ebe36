"""What every basis of a smooth offers, and the constraint that makes smooths identifiable."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Basis", "Floats", "SumToZero", "scale_of_penalty"]

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Basis(ABC):
    """A basis with one quadratic penalty.

    Attributes
    ----------
    penalty : ndarray, shape (p, p)
        Of the coefficients, positive semi-definite, as the basis defines it.
    rank : int
        Of the penalty.
    keep_values : bool
        Whether coefficients are values of the function already, so that a tensor product leaves them as they are.
    """

    penalty: Floats
    rank: int
    keep_values: bool

    @abstractmethod
    def evaluate(self, columns: Sequence[Floats]) -> Floats:
        """Basis at new values.

        Parameters
        ----------
        columns : sequence of ndarray, each shape (n,)
            The covariates, in the order they were named.

        Returns
        -------
        ndarray, shape (n, p)
        """


@dataclass(frozen=True)
class SumToZero:
    """Coefficients for which the smooth sums to zero over the data, by one Householder reflection.

    Attributes
    ----------
    reflector : ndarray, shape (p,)
        v of I - v v' (with v'v = 2); the last p - 1 columns of that matrix span the constrained coefficients.
    """

    reflector: Floats

    @classmethod
    def of(cls, means: Floats) -> SumToZero:
        """The constraint of a basis whose columns have these means.

        Parameters
        ----------
        means : ndarray, shape (p,)
            Column means of the basis over the data.

        Returns
        -------
        SumToZero
            Wood (2017), section 5.4.1.
        """
        v = np.array(means, float)
        length = np.linalg.norm(v)
        if length == 0:
            raise ValueError("the basis sums to zero over the data already")
        v[0] += np.copysign(length, v[0])
        return cls(v * np.sqrt(2) / np.linalg.norm(v))

    def columns(self, basis: Floats) -> Floats:
        """Basis in the constrained coefficients.

        Parameters
        ----------
        basis : ndarray, shape (n, p)
            Unconstrained.

        Returns
        -------
        ndarray, shape (n, p - 1)
        """
        return basis[:, 1:] - np.outer(basis @ self.reflector, self.reflector[1:])

    def penalty(self, penalty: Floats) -> Floats:
        """Penalty of the constrained coefficients.

        Parameters
        ----------
        penalty : ndarray, shape (p, p)
            Of the unconstrained ones.

        Returns
        -------
        ndarray, shape (p - 1, p - 1)
        """
        half = self.columns(penalty)
        return self.columns(half.T).T


def scale_of_penalty(basis: Floats, penalty: Floats) -> float:
    """Number by which mgcv divides a penalty, so that smoothing parameters compare with its own.

    Parameters
    ----------
    basis : ndarray, shape (n, p)
        Unconstrained basis at the data.
    penalty : ndarray, shape (p, p)
        Its penalty.

    Returns
    -------
    float
        Largest column sum of the penalty over the squared largest row sum of the basis, of absolute values.
    """
    return float(np.abs(penalty).sum(axis=0).max() / np.abs(basis).sum(axis=1).max() ** 2)
