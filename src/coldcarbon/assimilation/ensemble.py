"""An ensemble of walkers by differential evolution, from emcee: an independent second opinion on a posterior.

Walkers take their steps from differences of one another (ter Braak 2006, doi:10.1007/s11222-006-8769-1), so nobody has
to tell them how long. emcee is described by Foreman-Mackey et al. (2013, doi:10.1086/670067). Its snooker moves
(`DESnookerMove` of 3.1.6) are not used: they take half the logarithm of the correction that ter Braak and Vrugt (2008,
doi:10.1007/s11222-008-9104-9) derive, and a known target came out a quarter too low with them alone.
"""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from coldcarbon.assimilation.box import fold
from coldcarbon.assimilation.chains import Chains
from coldcarbon.assimilation.target import Target

__all__ = ["ensemble"]


def ensemble(
    target: Target,
    start: ArrayLike,
    steps: int,
    *,
    seed: int,
    progress: bool = False,
) -> Chains:
    """Walk with emcee.

    Parameters
    ----------
    target : Target
        Posterior of one problem.
    start : array_like, shape (walkers, d)
        Where walkers begin, in own units; an even number, at least twice the number of parameters.
    steps : int
        Steps of each walker.
    seed : int
        Of all chance; recorded.
    progress : bool
        Whether a bar is drawn.

    Returns
    -------
    Chains
        With one chain for each walker. Walkers depend on each other: compare ensembles, not walkers, if in doubt.

    Raises
    ------
    ValueError
        For several problems, starts outside the box, too few walkers or walkers on one line.
    """
    import emcee

    box = target.box
    if len(target.names) != 1:
        raise ValueError(f"an ensemble walks on one problem; there are {', '.join(target.names)}")
    unit = box.unit(start)
    if unit.ndim != 2 or len(unit) < 2 * len(box) or len(unit) % 2:
        raise ValueError(f"{len(unit)} walkers for {len(box)} parameters: an even number, at least twice as many")
    non_finite = 0
    troubles: list[list[float]] = []
    outside = 0

    def density(points: np.ndarray) -> np.ndarray:
        nonlocal non_finite, outside
        inside = np.asarray(((points >= 0) & (points <= 1)).all(axis=1))
        outside += int((~inside).sum())
        # all points go to the model, those outside folded back, so that every call has the same size
        value = target.log_density(box.natural(np.where(inside[:, None], points, fold(points)))[None])[0]
        if value.shape != inside.shape:
            raise ValueError(f"log_density gives shape {value.shape} for {len(points)} points")
        bad = inside & ~np.isfinite(value)
        non_finite += int(bad.sum())
        troubles.extend([0.0, 0.0, 0.0, *box.natural(point)] for point in points[bad][:10])
        return np.asarray(np.where(inside & ~bad, value, -np.inf))

    sampler = emcee.EnsembleSampler(len(unit), len(box), density, moves=emcee.moves.DEMove(), vectorize=True)
    state = emcee.State(unit, random_state=np.random.RandomState(seed).get_state())
    began = time.monotonic()
    sampler.run_mcmc(state, steps, progress=progress)
    seconds = time.monotonic() - began
    walked = np.swapaxes(sampler.get_chain(), 0, 1)[None]
    before = np.concatenate([unit[None, :, None], walked[:, :, :-1]], axis=2)
    columns = ["problem", "chain", "step", *box.names]
    table = pd.DataFrame(np.array(troubles).reshape(-1, len(columns)), columns=columns)
    settings = {"seed": int(seed), "steps": int(steps), "chains": len(unit), "sampler": "emcee"}
    return Chains(
        box=box, names=target.names, points=box.natural(walked), log_density=sampler.get_log_prob().T[None],
        accepted=(walked != before).any(axis=-1), scale=np.ones(1),
        outside=np.array([[outside]]), non_finite=np.array([[non_finite]]),
        troubles=table.assign(problem=target.names[0]), settings=settings, seconds=seconds,
    )  # fmt: skip
