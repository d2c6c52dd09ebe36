"""A random walk by Metropolis through the box, for many chains of several problems at once.

The paper does not say what became of proposals outside the box. Four rules can be had:

- ``redraw``: draw again until inside. The density sampled is *not* the posterior: it is the posterior times the chance
  that a step from there stays inside, so edges are visited too seldom.
- ``reject``: stay. Right if repeats are counted, but in many dimensions nearly every step leaves the box.
- ``reflect``: mirror at the bound. Mirroring correlated steps at a bound is not symmetric, and plain mirroring is
  therefore slightly wrong. Here the walk goes on in a space where mirror images of the box lie side by side, and only
  what it reports is folded back: there a step and its reverse are equally likely, and the posterior comes out exactly.
- ``transform``: walk in scores in which the uniform prior is standard normal; there is no edge. Given a `middle`, each
  step is also pulled towards it, so that proposals keep the normal distribution there (preconditioned Crank-Nicolson,
  Cotter et al. 2013, doi:10.1214/13-STS421): parameters that data say little about then cost the walk nothing.

See Roberts and Rosenthal (2001, doi:10.1214/ss/1015346320) for the size of steps and Haario et al. (2001,
doi:10.2307/3318737) for learning their shape; here learning ends with `adapt` steps, so that later steps all follow one
rule.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from tqdm import tqdm

from coldcarbon.assimilation import checkpoint as disk
from coldcarbon.assimilation.box import fold, from_normal, to_normal
from coldcarbon.assimilation.chains import Chains
from coldcarbon.assimilation.guide import Guide
from coldcarbon.assimilation.rounding import blunt, root
from coldcarbon.assimilation.target import Target

__all__ = ["OPTIMAL", "Outside", "metropolis"]

Array = NDArray[np.float64]
Outside = Literal["redraw", "reject", "reflect", "transform"]
OPTIMAL = 2.38**2  # over d: best scale of a random walk on a normal target (Roberts and Rosenthal 2001)
RULES = ("redraw", "reject", "reflect", "transform")
AIM = 0.234  # share accepted that is best for such a walk
LEARN_EVERY = 100  # steps between two looks at what was learnt
CANDIDATES = 64  # proposals drawn at once for a chain that redraws
LEAP = 0.5  # share of the steps that a guide, if there is one, proposes
SHORTEST = 0.03  # of the scale: with a guide, pulled steps are between this and one times as long
LONGEST_PULL = 0.5  # share of the variance renewed in a step; with more, chains stick in wide tails
MOST_REDRAWS = 100_000
MOST_TROUBLES = 50  # written down in full, per chain
CLOCK_EVERY = 20  # steps between two looks at the clock


class _Walk:
    """The state of the walk, and one step of it."""

    def __init__(
        self, target: Target, start: Array, factor: Array | None, scale: Array, box_step: float | None,
        outside: Outside, middle: Array | None, guide: Guide | None, tempering: bool, seed: int, steps: int,
    ) -> None:  # fmt: skip
        self.guide = guide
        self.target, self.outside, self.tempering = target, outside, tempering
        self.random = np.random.default_rng(seed)
        problems, chains, d = start.shape
        self.place = to_normal(start) if outside == "transform" else start.copy()
        self.factor = np.zeros((problems, d, d)) if factor is None else factor
        self.scale, self.box_step = scale, box_step
        self.pulled = middle is not None
        self.inverse: Array | None = None
        self.leaps = False
        self.middle = np.zeros((problems, d)) if middle is None else middle
        self.density = np.full((problems, chains), -np.inf)
        self.likelihood = np.full((problems, chains), -np.inf)
        self.left = np.zeros((problems, chains), dtype=np.int64)
        self.non_finite = np.zeros((problems, chains), dtype=np.int64)
        self.troubles: list[list[float]] = []  # problem, chain, step, point
        self.points = np.empty((steps, problems, chains, d))
        self.densities = np.empty((steps, problems, chains))
        self.moved = np.empty((steps, problems, chains), dtype=np.bool_)
        self.done = 0

    def unit(self, place: Array) -> Array:
        """Point of the unit box that a place of the walk stands for."""
        if self.outside == "transform":
            return from_normal(place)
        return fold(place) if self.outside == "reflect" else place

    def value(self, place: Array) -> tuple[Array, Array, Array]:
        """Points in the box, log-likelihood there, and log-density in the coordinates of the walk."""
        points = self.unit(place)
        likelihood = self.target.log_density(self.target.box.natural(points))
        if likelihood.shape != place.shape[:-1]:
            raise ValueError(f"log_density gives shape {likelihood.shape} for points of shape {place.shape}")
        if self.outside != "transform":
            return points, likelihood, likelihood
        return points, likelihood, likelihood - 0.5 * np.einsum("...d,...d->...", place, place)

    def reference(self, place: Array) -> Array:
        """Log-density of the normal distribution that pulled proposals keep, up to a constant."""
        if self.inverse is None:  # the proposals have learnt, or the walk has just begun
            self.inverse = np.swapaxes(np.linalg.inv(self.factor), 1, 2)
        scaled = (place - self.middle[:, None]) @ self.inverse
        return np.asarray(-0.5 * np.einsum("pcd,pcd->pc", scaled, scaled))

    def begin(self) -> None:
        """Evaluate the starting points."""
        _, self.likelihood, self.density = self.value(self.place)
        bad = ~np.isfinite(self.density)
        if bad.any():
            problem, chain = np.argwhere(bad)[0]
            raise ValueError(
                f"{self.target.names[problem]}, chain {chain + 1}: the model gives no finite number at the start; "
                "start elsewhere"
            )

    def draw(self, problems: NDArray[np.int64], n: int) -> Array:
        """Steps, n for each of some problems, shape (len(problems), n, d)."""
        shape = (len(problems), n, self.place.shape[2])
        if self.box_step is not None:
            return self.box_step * (self.random.random(shape) - 0.5)
        step = self.random.standard_normal(shape) @ np.swapaxes(self.factor[problems], 1, 2)
        return step * np.sqrt(self.scale)[problems, None, None]

    def propose(self) -> tuple[Array, NDArray[np.bool_]]:
        """Proposals, and which of them may be accepted at all."""
        if self.guide is not None:
            self.leaps = bool(self.random.random() < LEAP)
            if self.leaps:
                place = self.guide.draw(self.random, self.place.shape[1])
                return place, np.ones(place.shape[:2], dtype=np.bool_)
        step = self.draw(np.arange(len(self.place)), self.place.shape[1])
        if self.outside == "transform":
            if not self.pulled:
                return self.place + step, np.ones(step.shape[:2], dtype=np.bool_)
            middle, share = self.middle[:, None], np.broadcast_to(self.scale[:, None, None], (*step.shape[:2], 1))
            if self.guide is not None:  # short steps for a chain in the tails, where others would be refused for long
                shorter = SHORTEST ** self.random.random(share.shape)
                share, step = share * shorter, step * np.sqrt(shorter)
            place = middle + np.sqrt(1 - share) * (self.place - middle) + step
            return place, np.ones(place.shape[:2], dtype=np.bool_)
        place = self.place + step
        beyond = np.asarray(((place < 0) | (place > 1)).any(axis=-1))
        if self.outside == "reflect":
            self.left += ((np.floor(place) != np.floor(self.place)).any(axis=-1)).astype(np.int64)
            return place % 2, np.ones(beyond.shape, dtype=np.bool_)  # mirror images repeat with period 2
        self.left += beyond
        if self.outside == "reject":
            return np.where(beyond[..., None], self.place, place), ~beyond
        tries = 0
        while beyond.any():
            tries += CANDIDATES
            if tries > MOST_REDRAWS:
                problem, chain = np.argwhere(beyond)[0]
                raise RuntimeError(
                    f"{self.target.names[problem]}, chain {chain + 1}: {MOST_REDRAWS} proposals in a row fell outside "
                    "the box; the steps are too long to draw again"
                )
            problem, chain = np.nonzero(beyond)
            candidates = self.place[problem, chain, None] + self.draw(problem, CANDIDATES)
            inside = ((candidates >= 0) & (candidates <= 1)).all(axis=-1)
            found, first = inside.any(axis=-1), inside.argmax(axis=-1)
            self.left[problem, chain] += np.where(found, first, CANDIDATES)
            place[problem[found], chain[found]] = candidates[found, first[found]]
            beyond[problem[found], chain[found]] = False
        return place, np.ones(beyond.shape, dtype=np.bool_)

    def step(self) -> None:
        """One step of all chains."""
        place, allowed = self.propose()
        points, likelihood, density = self.value(place)
        bad = allowed & ~np.isfinite(density)
        if bad.any():
            self.non_finite += bad
            natural = self.target.box.natural(points)
            for problem, chain in np.argwhere(bad):
                if self.non_finite[problem, chain] <= MOST_TROUBLES:
                    self.troubles.append([problem, chain, self.done, *natural[problem, chain]])
            density = np.where(bad, -np.inf, density)
        gain = density - self.density
        if self.guide is not None and self.leaps:
            there, here = np.split(self.guide.log_density(np.concatenate([place, self.place], axis=1)), 2, axis=1)
            gain = gain - there + here
        elif self.pulled:
            gain = gain - self.reference(place) + self.reference(self.place)
        if self.tempering:
            gain = gain * np.log(self.done + 2)
        accept = allowed & (np.log(self.random.random(gain.shape)) < gain)
        self.place = np.where(accept[..., None], place, self.place)
        self.density = np.where(accept, density, self.density)
        self.likelihood = np.where(accept, likelihood, self.likelihood)
        self.points[self.done] = self.unit(self.place)
        self.densities[self.done] = self.likelihood
        self.moved[self.done] = accept
        self.done += 1

    def learn(self, first: Array) -> None:
        """Shape and scale of the proposals from the newer half of the steps so far, blended with the first guess."""
        past = self.points[self.done // 2 : self.done]
        past = to_normal(past) if self.outside == "transform" else past
        n, d = past.shape[0] * past.shape[2], past.shape[3]
        share = n / (n + 50.0 * d)  # correlated steps are worth few: trust the first guess for long
        recent = self.moved[self.done - LEARN_EVERY : self.done].mean(axis=(0, 2))
        self.scale = np.round(self.scale * np.exp((recent - AIM) * 2 / np.sqrt(self.done / LEARN_EVERY)), 9)
        if self.pulled:
            self.scale = np.minimum(self.scale, LONGEST_PULL)
            self.middle = np.round(past.mean(axis=(0, 2)), 6)
        for problem in range(past.shape[1]):
            found = np.cov(past[:, problem].reshape(-1, d), rowvar=False)
            self.inverse = None
            self.factor[problem] = root(blunt(share * found + (1 - share) * first[problem]))

    def arrays(self) -> dict[str, Array]:
        """All that is needed to go on."""
        return {
            "place": self.place, "middle": self.middle, "factor": self.factor, "scale": self.scale,
            "density": self.density, "likelihood": self.likelihood, "left": self.left, "non_finite": self.non_finite,
            "troubles": np.array(self.troubles, dtype=np.float64), "points": self.points[: self.done],
            "densities": self.densities[: self.done], "moved": self.moved[: self.done],
        }  # fmt: skip

    def restore(self, arrays: Mapping[str, np.ndarray], generator: Mapping[str, Any]) -> None:
        """Go back to where a checkpoint was written."""
        self.done = len(arrays["points"])
        for name in ("points", "densities", "moved"):
            getattr(self, name)[: self.done] = arrays[name]
        for name in ("place", "middle", "factor", "scale", "density", "likelihood", "left", "non_finite"):
            setattr(self, name, np.array(arrays[name]))
        self.inverse = None
        self.troubles = [list(row) for row in arrays["troubles"]]
        self.random.bit_generator.state = dict(generator)


def metropolis(
    target: Target,
    start: ArrayLike,
    steps: int,
    *,
    covariance: ArrayLike | None = None,
    scale: ArrayLike | None = None,
    middle: ArrayLike | None = None,
    guide: Guide | None = None,
    divisor: float | None = None,
    outside: Outside = "reflect",
    adapt: int = 0,
    tempering: bool = False,
    seed: int,
    checkpoint: str | Path | None = None,
    every_seconds: float = 60.0,
    progress: bool | None = None,
    description: str = "Metropolis",
) -> Chains:
    """Walk.

    Parameters
    ----------
    target : Target
        Posterior of some problems.
    start : array_like, shape (problems, chains, d)
        Where the chains begin, in own units, inside the box.
    steps : int
        Steps of each chain.
    covariance : array_like, shape (problems, d, d), optional
        Of normal proposals, in own units (for ``transform`` in scores).
    scale : array_like, shape () or (problems,), optional
        Multiplies the covariance; ``2.38^2 / d`` unless given. The paper's Eq. 7 has one.
    middle : array_like, shape (problems, d), optional
        With ``transform``: where steps are pulled to, in own units; scale is then the share of variance renewed.
    guide : Guide, optional
        With a middle: proposes half of the steps, wherever the chain stands; the others are pulled, of lengths between
        a few per cent of the scale and the scale.
    divisor : float, optional
        Instead of a covariance: every parameter takes a uniform step of at most half its range over this (Eq. 6, where
        it is 5).
    outside : {"redraw", "reject", "reflect", "transform"}
        What happens at the edge of the box; see the module.
    adapt : int
        For so many steps the proposals learn from the chains of their problem; these steps are no draws.
    tempering : bool
        Multiply differences of log-density by ``log(step + 2)``, as code of the family the paper descends from does.
        What comes out is no posterior.
    seed : int
        Of all chance in this run; recorded.
    checkpoint : path, optional
        File to go on from, if it exists, and to write to about every `every_seconds` and at the end. What a resumed
        run returns is what an uninterrupted one does.
    every_seconds : float
        Between two checkpoints.
    progress : bool, optional
        Whether a bar is drawn; only on a terminal unless given.
    description : str
        Stands before the bar.

    Returns
    -------
    Chains

    Raises
    ------
    ValueError
        For starts outside the box or without a finite density, and settings that do not fit together.
    coldcarbon.assimilation.checkpoint.CheckpointError
        If the checkpoint belongs to another run.
    RuntimeError
        If drawing again finds nothing inside the box.
    """
    box, names = target.box, target.names
    first = np.array(start, dtype=np.float64)
    if first.ndim != 3 or first.shape[0] != len(names) or not first.size:
        raise ValueError(f"start has shape {first.shape}; it needs ({len(names)} problems, chains, {len(box)})")
    if steps < 1 or not 0 <= adapt <= steps:
        raise ValueError(f"{steps} steps, {adapt} of them to adapt: no such run")
    if outside not in RULES:
        raise ValueError(f"no rule {outside!r} for the edge of the box; there are {', '.join(RULES)}")
    if (covariance is None) == (divisor is None):
        raise ValueError("proposals need a covariance or a divisor, not both")
    if divisor is not None and (adapt or outside == "transform" or not divisor > 0):
        raise ValueError("uniform steps have a positive divisor, do not adapt, and are taken in the box")
    unit = box.unit(first)
    shapes, guess = None, np.zeros((len(names), len(box), len(box)))
    if covariance is not None:
        guess = _in_unit(np.array(covariance, dtype=np.float64), len(names), box.widths, outside == "transform")
        shapes = np.array([root(part) for part in guess])
    longest = np.inf if middle is None else LONGEST_PULL
    scales = np.array(min(OPTIMAL / len(box), longest) if scale is None else scale, dtype=np.float64)
    if not (np.isfinite(scales) & (scales > 0)).all() or scales.shape not in ((), (len(names),)):
        raise ValueError("scale is one positive number, or one for each problem")
    scales = np.broadcast_to(scales, (len(names),)).copy()
    box_step = None if divisor is None else 1.0 / divisor
    if (middle is not None and outside != "transform") or (scales > longest).any():
        raise ValueError(f"steps are pulled to a middle in scores only (transform), with a scale up to {LONGEST_PULL}")
    if guide is not None and (middle is None or adapt or tempering):
        raise ValueError("a guide needs a middle, and steps that neither adapt nor are tempered")
    centre = None if middle is None else to_normal(box.unit(middle))
    walk = _Walk(target, unit, shapes, scales, box_step, outside, centre, guide, tempering, seed, steps)
    walk.begin()
    settings: dict[str, Any] = {
        "seed": int(seed), "steps": int(steps), "chains": first.shape[1], "outside": outside, "adapt": int(adapt),
        "tempering": bool(tempering), "pulled": middle is not None, "divisor": divisor, "scale": scales.tolist(),
    }  # fmt: skip
    # the same settings on other data must not be taken for the same run: densities at the start tell them apart
    identity = settings | {
        "problems": list(names), "parameters": list(box.names), "start": unit.tolist(),
        "density_at_start": walk.density.tolist(), "covariance": guess.tolist(),
        "middle": None if centre is None else centre.tolist(), "guide": None if guide is None else guide.digest,
    }  # fmt: skip
    spent = 0.0
    if checkpoint is not None and Path(checkpoint).exists():
        header, arrays = disk.read(checkpoint)
        disk.same_run(checkpoint, header["identity"], identity)
        walk.restore(arrays, header["generator"])
        spent = float(header["seconds"])

    def save() -> None:
        if checkpoint is not None:
            header = {"identity": identity, "generator": walk.random.bit_generator.state, "seconds": spent + run_time()}
            disk.write(checkpoint, header, walk.arrays())

    began = last = time.monotonic()

    def run_time() -> float:
        return time.monotonic() - began

    resumed = walk.done
    hidden = None if progress is None else not progress
    with tqdm(total=steps, initial=resumed, desc=description, unit="step", disable=hidden) as bar:
        while walk.done < steps:
            walk.step()
            if walk.done <= adapt and walk.done % LEARN_EVERY == 0:
                walk.learn(guess)
            if walk.done % CLOCK_EVERY == 0:
                bar.update(CLOCK_EVERY)
                if checkpoint is not None and time.monotonic() - last >= every_seconds:
                    save()
                    last = time.monotonic()
    if resumed < steps:
        save()
    return _chains(walk, settings, spent + run_time())


def _in_unit(covariance: Array, problems: int, widths: Array, scores: bool) -> Array:
    """Covariances of the proposals in the coordinates of the walk, checked."""
    d = len(widths)
    if covariance.shape != (problems, d, d):
        raise ValueError(f"covariance has shape {covariance.shape}; it needs ({problems}, {d}, {d})")
    unit = covariance if scores else covariance / widths[:, None] / widths
    if not np.isfinite(unit).all() or not np.allclose(unit, np.swapaxes(unit, 1, 2), rtol=1e-6, atol=1e-12):
        raise ValueError("covariance must be finite and symmetric")
    sizes = np.linalg.eigvalsh(unit)
    if (sizes[:, 0] < -1e-6 * sizes[:, -1]).any():
        raise ValueError("covariance has a negative variance in some direction")
    if (np.trace(unit, axis1=1, axis2=2) == 0).any():
        raise ValueError("covariance is zero: no chain could move")
    return np.asarray((unit + np.swapaxes(unit, 1, 2)) / 2)


def _chains(walk: _Walk, settings: Mapping[str, Any], seconds: float) -> Chains:
    box, names = walk.target.box, walk.target.names
    columns = ["problem", "chain", "step", *box.names]
    troubles = pd.DataFrame(np.array(walk.troubles).reshape(-1, len(columns)), columns=columns)
    troubles["problem"] = [names[int(place)] for place in troubles["problem"]]
    troubles[["chain", "step"]] = troubles[["chain", "step"]].astype(np.int64) + 1
    natural = box.natural(np.moveaxis(walk.points, 0, 2))
    return Chains(
        box=box, names=names, points=natural, log_density=np.moveaxis(walk.densities, 0, 2),
        accepted=np.moveaxis(walk.moved, 0, 2), scale=walk.scale, outside=walk.left, non_finite=walk.non_finite,
        troubles=troubles, settings=dict(settings), seconds=seconds,
    )  # fmt: skip
