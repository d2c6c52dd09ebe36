"""What a sampler leaves behind: every step of every chain, and how it came about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from coldcarbon.assimilation.box import Box

__all__ = ["Chains"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Chains:
    """Chains of some problems, run side by side.

    Attributes
    ----------
    box : Box
        Priors.
    names : tuple of str
        Problems.
    points : numpy.ndarray, shape (problems, chains, steps, d)
        State after each step, in own units; a rejected step repeats the state.
    log_density : numpy.ndarray, shape (problems, chains, steps)
        At those states.
    accepted : numpy.ndarray of bool, shape (problems, chains, steps)
        Whether the step moved.
    scale : numpy.ndarray, shape (problems,)
        What the covariance of the proposals was multiplied by, at the end.
    outside : numpy.ndarray of int, shape (problems, chains)
        Proposals that fell outside the box: drawn again, rejected or reflected, as the rule says.
    non_finite : numpy.ndarray of int, shape (problems, chains)
        Proposals at which the model gave no finite number; the chain stayed.
    troubles : pandas.DataFrame
        The first of them: problem, chain, step and parameters.
    settings : mapping
        Seed, number of steps, rule and so on.
    seconds : float
        Wall time of the steps, over all sittings.
    """

    box: Box
    names: tuple[str, ...]
    points: Array
    log_density: Array
    accepted: NDArray[np.bool_]
    scale: Array
    outside: NDArray[np.int64]
    non_finite: NDArray[np.int64]
    troubles: pd.DataFrame
    settings: Mapping[str, Any]
    seconds: float = field(compare=False)

    @property
    def steps(self) -> int:
        """Steps of a chain."""
        return int(self.points.shape[2])

    def place(self, name: str) -> int:
        """Position of a problem.

        Parameters
        ----------
        name : str
            Its name.

        Returns
        -------
        int

        Raises
        ------
        ValueError
            If there is no such problem.
        """
        if name not in self.names:
            raise ValueError(f"no problem {name!r}; there are {', '.join(self.names)}")
        return self.names.index(name)

    def after(self, name: str, burn_in: float = 0.5) -> Array:
        """States of a problem after burn-in, repeats included.

        Parameters
        ----------
        name : str
            Problem.
        burn_in : float
            Share of the steps left out; half in the paper.

        Returns
        -------
        numpy.ndarray, shape (chains, steps, d)
        """
        return np.asarray(self.points[self.place(name), :, self._first(burn_in) :])

    def draws(self, name: str, burn_in: float = 0.5, repeats: bool = True) -> Array:
        """Draws of a problem, chains pooled.

        Parameters
        ----------
        name : str
            Problem.
        burn_in : float
            As in `after`.
        repeats : bool
            False keeps only states that a chain moved to, once each, as the paper seems to: these are *not* draws of
            the posterior.

        Returns
        -------
        numpy.ndarray, shape (n, d)
        """
        kept = self.after(name, burn_in)
        if repeats:
            return kept.reshape(-1, len(self.box))
        return np.asarray(kept[self.accepted[self.place(name), :, self._first(burn_in) :]])

    def acceptance(self, burn_in: float = 0.0) -> pd.DataFrame:
        """Share of steps accepted.

        Parameters
        ----------
        burn_in : float
            As in `after`.

        Returns
        -------
        pandas.DataFrame
            Problems in rows, chains in columns.
        """
        share = self.accepted[..., self._first(burn_in) :].mean(axis=-1)
        return pd.DataFrame(share, index=list(self.names), columns=range(1, share.shape[1] + 1))

    def best(self, name: str) -> Array:
        """The state of highest density that a problem's chains met.

        Parameters
        ----------
        name : str
            Problem.

        Returns
        -------
        numpy.ndarray, shape (d,)
        """
        place = self.place(name)
        where = np.unravel_index(int(np.argmax(self.log_density[place])), self.log_density[place].shape)
        return np.asarray(self.points[place][where])

    def _first(self, burn_in: float) -> int:
        if not 0 <= burn_in < 1:
            raise ValueError(f"burn_in = {burn_in:g}; it is a share of the steps")
        return int(self.steps * burn_in)
