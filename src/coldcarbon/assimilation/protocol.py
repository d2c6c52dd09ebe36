"""The paper's protocol from test run to posterior, and one that does the same job with what is known today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from coldcarbon.assimilation.box import Box, from_normal, to_normal
from coldcarbon.assimilation.chains import Chains
from coldcarbon.assimilation.guide import Guide, learn_guide
from coldcarbon.assimilation.laplace import Laplace, laplace
from coldcarbon.assimilation.metropolis import LONGEST_PULL, Outside, metropolis
from coldcarbon.assimilation.rounding import blunt
from coldcarbon.assimilation.target import Target

__all__ = ["WINDOW", "Corrected", "Guided", "Published", "corrected", "guided", "published"]

Array = NDArray[np.float64]
WINDOW = (0.15, 0.50)  # acceptance outside it made the paper discard a chain
DIVISOR = 5.0  # of Eq. 6


@dataclass(frozen=True)
class Published:
    """Both stages of the paper's protocol.

    Attributes
    ----------
    test : Chains
        One chain of uniform steps (Eq. 6) from the defaults.
    covariance : numpy.ndarray, shape (problems, d, d)
        Of the test run, which shapes the steps of the second stage.
    formal : Chains
        Chains of normal steps (Eq. 7) from dispersed starts.
    """

    test: Chains
    covariance: Array
    formal: Chains

    def in_window(self) -> NDArray[np.bool_]:
        """Chains whose acceptance is within `WINDOW`, shape (problems, chains)."""
        share = self.formal.accepted.mean(axis=-1)
        return np.asarray((share >= WINDOW[0]) & (share <= WINDOW[1]))


@dataclass(frozen=True)
class Corrected:
    """The corrected protocol.

    Attributes
    ----------
    laplace : Laplace
        Modes and the shape of the steps.
    formal : Chains
        Chains from dispersed starts; the first half learns and is no draw.
    """

    laplace: Laplace
    formal: Chains


@dataclass(frozen=True)
class Guided:
    """Chains whose far steps follow what a crowd of chains has learnt.

    Attributes
    ----------
    laplace : Laplace
        Modes, where the crowd began.
    learning : tuple of Chains
        The crowd's rounds; no draws of the posterior.
    guide : Guide
        What it learnt.
    formal : Chains
        Chains that all follow one rule from the first step: draws, after a short burn-in.
    """

    laplace: Laplace
    learning: tuple[Chains, ...]
    guide: Guide
    formal: Chains

    @property
    def runs(self) -> int:
        """Simulations for each problem, of search, learning and chains together."""
        walked = [chains.points.shape[1] * chains.steps for chains in (*self.learning, self.formal)]
        return self.laplace.runs + sum(walked)


def _part(checkpoint: str | Path | None, part: str) -> Path | None:
    if checkpoint is None:
        return None
    path = Path(checkpoint)
    return path.with_name(f"{path.stem}-{part}{path.suffix or '.npz'}")


def _of_states(box: Box, states: Array) -> Array:
    """Covariance in own units, rounded in the unit box: a last digit must not make another run."""
    return np.asarray(blunt(np.cov(box.unit(states), rowvar=False), 9) * box.widths[:, None] * box.widths)


def published(
    target: Target,
    defaults: ArrayLike,
    *,
    outside: Outside = "redraw",
    scale: float = 1.0,
    test_steps: int = 20_000,
    chains: int = 3,
    steps: int = 10_000,
    tempering: bool = False,
    accepted_only: bool = True,
    seed: int,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
) -> Published:
    """Calibrate as zhao2022 writes it: a test run (Eq. 6), then chains shaped by its covariance (Eq. 7).

    Parameters
    ----------
    target : Target
        Posterior of the calibrations.
    defaults : array_like, shape (problems, d)
        Where test runs begin.
    outside : {"redraw", "reject", "reflect"}
        What happens at the edge of the box; not said in the paper.
    scale : float
        On the covariance of Eq. 7, where none is printed.
    test_steps, chains, steps : int
        Lengths; those of the paper by default.
    tempering : bool
        As in `metropolis`.
    accepted_only : bool
        Whether the covariance is that of accepted states, or of all states with repeats.
    seed : int
        Of all chance; the formal run takes ``seed + 1``, the starts ``seed + 2``.
    checkpoint : path, optional
        As in `metropolis`; two files are made of its name.
    progress : bool, optional
        As in `metropolis`.

    Returns
    -------
    Published

    Raises
    ------
    ValueError
        As `metropolis`, and if a test run did not move enough for a covariance.
    """
    first = np.asarray(defaults, dtype=np.float64)[:, None]
    test = metropolis(
        target, first, test_steps, divisor=DIVISOR, outside=outside, tempering=tempering, seed=seed,
        checkpoint=_part(checkpoint, "test"), progress=progress, description="test run",
    )  # fmt: skip
    covariance = []
    for name in target.names:
        states = test.draws(name, 0.5, repeats=not accepted_only)
        if len(states) < 2 or not np.ptp(states, axis=0).any():
            states = test.draws(name, 0.0, repeats=not accepted_only)
        if len(states) < 2 or not np.ptp(states, axis=0).any():
            raise ValueError(f"{name}: the test run accepted {len(states)} steps; that gives no covariance")
        covariance.append(_of_states(target.box, states))
    random = np.random.default_rng(seed + 2)
    start = np.array([target.box.spread(chains, random) for _ in target.names])
    formal = metropolis(
        target, start, steps, covariance=np.array(covariance), scale=scale, outside=outside, tempering=tempering,
        seed=seed + 1, checkpoint=_part(checkpoint, "formal"), progress=progress, description="formal run",
    )  # fmt: skip
    return Published(test, np.array(covariance), formal)


def corrected(
    target: Target,
    defaults: ArrayLike,
    *,
    outside: Outside = "reflect",
    searches: int = 6,
    chains: int = 3,
    steps: int = 10_000,
    pull: bool = False,
    seed: int,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
) -> Corrected:
    """Calibrate with a search for the mode in place of the test run, and steps that learn during burn-in.

    Parameters
    ----------
    target : Target
        Posterior of the calibrations, with residuals.
    defaults : array_like, shape (problems, d)
        One of the starts of the search; the others are spread over the box.
    outside : {"reflect", "transform", "reject"}
        What happens at the edge of the box.
    searches : int
        Starts of the search: a posterior may have several modes.
    chains, steps : int
        As in `published`.
    pull : bool
        With ``transform``: pull steps towards the middle of the posterior, as learnt.
    seed, checkpoint, progress
        As in `published`.

    Returns
    -------
    Corrected

    Raises
    ------
    ValueError
        As `metropolis` and `laplace`.
    """
    if outside == "redraw":
        raise ValueError("drawing again does not sample the posterior; reflect, transform or reject")
    random = np.random.default_rng(seed + 2)
    spread = [np.vstack([row, target.box.spread(searches - 1, random)]) for row in np.asarray(defaults, np.float64)]
    found = laplace(target, np.array(spread))
    covariance = found.covariance_of_scores if outside == "transform" else found.covariance
    formal = metropolis(
        target, found.starts(chains, random), steps, covariance=covariance, outside=outside, adapt=steps // 2,
        middle=found.modes[:, 0] if outside == "transform" and pull else None,
        seed=seed + 1, checkpoint=_part(checkpoint, "formal"), progress=progress, description="corrected run",
    )  # fmt: skip
    return Corrected(found, formal)


def guided(
    target: Target,
    defaults: ArrayLike,
    *,
    chains: int = 4,
    steps: int = 12_000,
    crowd: int = 32,
    rounds: Sequence[int] = (400, 600, 1000),
    searches: int = 6,
    seed: int,
    checkpoint: str | Path | None = None,
    progress: bool | None = None,
) -> Guided:
    """Sample posteriors with ridges and several modes, so that the chains agree.

    A crowd of chains starts about the modes that a search found, and walks in rounds. After each round its second half
    gives the directions that data inform and a mixture of normal distributions within them; the next round, and in the
    end the formal chains, take most of their steps from that mixture (`coldcarbon.assimilation.guide`), the others
    from a walk pulled to the middle. The formal chains learn nothing more, so they sample the posterior exactly.

    Parameters
    ----------
    target : Target
        Posterior of the calibrations, with residuals.
    defaults : array_like, shape (problems, d)
        One of the starts of the search; the others are spread over the box.
    chains, steps : int
        Of the formal chains. A few long ones show more than many short ones whether they agree.
    crowd : int
        Chains that learn.
    rounds : sequence of int
        Steps of each of their rounds.
    searches : int
        Starts of the search.
    seed : int
        Of all chance: rounds and formal chains take those that follow.
    checkpoint : path, optional
        As in `metropolis`; a file for each round and one for the formal chains are made of its name.
    progress : bool, optional
        As in `metropolis`.

    Returns
    -------
    Guided

    Raises
    ------
    ValueError
        As `metropolis`, `laplace` and `learn_guide`, and without rounds.
    """
    if not rounds:
        raise ValueError("a guide is learnt in at least one round")
    random = np.random.default_rng(seed)
    spread = [np.vstack([row, target.box.spread(searches - 1, random)]) for row in np.asarray(defaults, np.float64)]
    found = laplace(target, np.array(spread))
    start = found.starts(crowd, random, 1.0)
    broken = ~np.isfinite(target.log_density(start))  # where the model breaks no chain can begin; at a mode it can
    start = np.where(broken[..., None], found.modes[:, :1], start)
    shape, middle, walked = found.covariance_of_scores, found.modes[:, 0], []
    known: list[Array] = []
    guide: Guide | None = None
    for turn, length in enumerate(rounds):
        walked.append(metropolis(
            target, start, length, covariance=shape, middle=middle, guide=guide, outside="transform",
            adapt=0 if turn else length, scale=LONGEST_PULL if turn else None, seed=seed + 1 + turn,
            checkpoint=_part(checkpoint, f"learning-{turn + 1}"), progress=progress, description=f"round {turn + 1}",
        ))  # fmt: skip
        start = walked[-1].points[:, :, -1]
        kept = walked[-1].points[:, :, length // 2 :].reshape(len(target.names), -1, len(target.box))
        known = [*known[-1:], to_normal(target.box.unit(kept))]
        scores = np.concatenate(known, axis=1)
        shape = np.array([blunt(np.cov(part, rowvar=False)) for part in scores])
        middle = target.box.natural(from_normal(np.round(scores.mean(axis=1), 6)))
        guide = learn_guide(target, scores, random)
    formal = metropolis(
        target, start[:, :: max(crowd // chains, 1)][:, :chains], steps, covariance=shape, middle=middle, guide=guide,
        outside="transform", scale=LONGEST_PULL, seed=seed + 1 + len(rounds),
        checkpoint=_part(checkpoint, "formal"), progress=progress, description="guided run",
    )  # fmt: skip
    assert guide is not None  # noqa: S101  # for the type checker: there was a round
    return Guided(found, tuple(walked), guide, formal)
