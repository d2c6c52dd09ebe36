"""Profile likelihood intervals of standard deviations and correlations.

One parameter is held, the others (residual SD included) minimise the deviance; the limits are where that has risen by
the quantile of chi-square with one degree of freedom. It is the criterion of the fit itself that is profiled: that of
a REML fit is the restricted one, where lme4's `confint` would refit by ML first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import linalg, special

from coldcarbon.stats.mixed.criterion import Criterion
from coldcarbon.stats.mixed.factors import Floats
from coldcarbon.stats.mixed.inference import Component
from coldcarbon.stats.mixed.model import Model, Term
from coldcarbon.stats.mixed.optimise import Minimum

__all__ = ["profile_interval"]


@dataclass
class _Held:
    """The deviance with one parameter held, as a function of the rest.

    Free parameters are the lower triangles of all terms (that of the term concerned for its columns at unit size)
    and the log of the residual SD; what is held is put over them, which leaves one harmless flat direction.
    """

    model: Model
    criterion: Criterion
    component: Component
    minimum: Minimum

    def __post_init__(self) -> None:
        self.others = [
            number
            for number, place in enumerate(self.criterion.elements)
            if self.component.term < 0
            or place.factor != self.term.factor
            or not self.term.place.start <= place.row < self.term.place.stop
        ]
        self.turn = np.zeros((0, 0))
        self.unit = 1.0  # of the parameter held, in scaled columns
        if self.component.term >= 0:
            sizes = np.linalg.norm(self.term.turn, axis=0)
            self.turn, self.sizes = self.term.turn / sizes, sizes
            self.unit = float(sizes[self.component.row])
        self.rows, self.columns = np.tril_indices(len(self.turn))

    @property
    def term(self) -> Term:
        """The term concerned."""
        return self.model.terms[self.component.term]

    def start(self) -> Floats:
        """Free parameters of the fit."""
        point = self.minimum.point
        parts = [point.theta[self.others]]
        if self.component.term >= 0:
            root = self.model.root(self.term, point.roots) * self.sizes[:, None]
            if self.component.second:
                root = np.diag(np.log(np.maximum(np.linalg.norm(root, axis=1), 1e-3)))
            parts.append(root[self.rows, self.columns])
        return np.concatenate([*parts, [0.5 * np.log(point.variance)]])

    def deviance(self, free: Floats, value: float) -> tuple[float, Floats]:
        """Deviance and its gradient in the free parameters."""
        theta = np.zeros(len(self.criterion.elements))
        theta[self.others] = free[: len(self.others)]
        log_sd = free[-1]
        size = np.exp(log_sd)
        roots = self.criterion.roots(theta)
        if self.component.term < 0:
            log_sd = np.log(value / self.model.scale)
            size = np.exp(log_sd)
        else:
            triangle = np.zeros(self.turn.shape)
            triangle[self.rows, self.columns] = free[len(self.others) : -1]
            held, back = self._hold(triangle, value, size)
            roots[self.term.factor][self.term.place, self.term.place] = self.turn @ held
        point = self.criterion.at_roots(roots, theta)
        degrees, variance = point.degrees, size**2
        result = point.value - degrees * np.log(point.squares / degrees) - degrees
        result += degrees * 2.0 * log_sd + point.squares / variance
        by_root = []
        for place, inner, root in zip(point.slices, point.inner, roots, strict=True):
            scores = point.scores[place].reshape(-1, len(inner))
            full = inner + (degrees / point.squares - 1.0 / variance) * (scores.T @ scores)
            by_root.append(2.0 * full @ root)
        gradient = np.zeros(len(free))
        gradient[: len(self.others)] = [
            by_root[place.factor][place.row, place.column]
            for place in (self.criterion.elements[number] for number in self.others)
        ]
        if self.component.term >= 0:
            gradient[-1] = 2.0 * degrees - 2.0 * point.squares / variance
            outer = self.turn.T @ by_root[self.term.factor][self.term.place, self.term.place]
            inside, by_size = back(outer)
            gradient[len(self.others) : -1] = inside[self.rows, self.columns]
            gradient[-1] += by_size
        return float(result), gradient

    def _hold(
        self, triangle: Floats, value: float, size: float
    ) -> tuple[Floats, Callable[[Floats], tuple[Floats, float]]]:
        """The root with the parameter put in, and the way back for a gradient."""
        row = self.component.row
        held = triangle.copy()
        if not self.component.second:
            vector = triangle[row].copy()
            norm = float(np.linalg.norm(vector))
            if norm < 1e-12:
                vector[row], norm = 1.0, 1.0
            unit = vector / norm
            length = value * self.unit / (size * self.model.scale)
            held[row] = length * unit

            def back(outer: Floats) -> tuple[Floats, float]:
                inside = outer.copy()
                inside[row] = length / norm * (outer[row] - unit * (unit @ outer[row]))
                return inside, float(-length * (unit @ outer[row]))

            return held, back
        # the two lengths are free on the log scale, so that neither changes sign
        first, second = np.exp(np.clip(np.diag(triangle), -30.0, 30.0))
        unit = np.array([value, np.sqrt(max(1.0 - value**2, 0.0))])
        held[0, 0] = first
        held[1] = second * unit

        def back_correlation(outer: Floats) -> tuple[Floats, float]:
            inside = np.zeros_like(outer)
            inside[0, 0] = first * outer[0, 0]
            inside[1, 1] = second * (unit @ outer[1])
            return inside, 0.0

        return held, back_correlation


def profile_interval(
    model: Model, criterion: Criterion, minimum: Minimum, component: Component, level: float
) -> tuple[float, float]:
    """Limits of one standard deviation or correlation.

    Parameters
    ----------
    model, criterion, minimum
        A fit.
    component : Component
        The parameter; a correlation only of a term with two columns.
    level : float
        Coverage, 0-1.

    Returns
    -------
    low, high : float
        On the scale of the component; 0 or +-1 where the profile stays below the quantile up to there; missing for a
        correlation of a wider term.
    """
    correlation = bool(component.second)
    if correlation and (len(model.terms[component.term].turn) != 2 or not np.isfinite(component.value)):
        return np.nan, np.nan
    held = _Held(model, criterion, component, minimum)
    start = held.start()
    lowest = _least(held, start, component.value)[0]
    rise = float(special.chdtri(1, 1.0 - level))

    def excess(value: float, origin: Floats) -> tuple[float, Floats]:
        deviance, free = _least(held, origin, value)
        return deviance - lowest - rise, free

    spread = component.spread if np.isfinite(component.spread) and component.spread > 0 else 0.5
    limits = []
    for side in (-1.0, 1.0):
        end = side if correlation else (0.0 if side < 0 else np.inf)
        if component.term < 0 and side < 0:
            end = -np.inf  # a residual SD of zero is never within reach
        if np.isfinite(end) and (component.value == end or excess(end, start)[0] <= 0.0):
            limits.append(end)
            continue
        limits.append(_cross(excess, component, start, side, spread, correlation))
    return limits[0], limits[1]


def _cross(
    excess: Callable[[float, Floats], tuple[float, Floats]],
    component: Component,
    start: Floats,
    side: float,
    spread: float,
    correlation: bool,
) -> float:
    """Where the profile crosses the quantile on one side, sought on the log or atanh scale."""
    middle = (
        np.arctanh(np.clip(component.value, -0.999999, 0.999999))
        if correlation
        else np.log(max(component.value, 1e-12))
    )
    if not correlation and not np.isfinite(component.spread):
        middle = np.log(max(component.value, np.exp(start[-1]) * 1e-3))
    back: Callable[[float], float] = np.tanh if correlation else np.exp
    state = {"free": start}

    def at(position: float) -> float:
        value, free = excess(float(back(position)), state["free"])
        state["free"] = free
        return value

    near, far = middle, middle + side * 1.5 * spread
    for _ in range(60):
        if at(far) > 0.0:
            break
        near, far = far, far + side * spread
        spread *= 1.6
    else:
        return side * np.inf
    from scipy import optimize

    return float(back(optimize.brentq(at, near, far, xtol=1e-7, rtol=1e-9)))


def _least(held: _Held, origin: Floats, value: float) -> tuple[float, Floats]:
    from scipy import optimize

    found = optimize.minimize(
        held.deviance, origin, args=(value,), jac=True, method="BFGS", options={"gtol": 1e-6, "maxiter": 500}
    )
    if np.abs(found.jac).max(initial=0.0) > 1e-2:
        raise linalg.LinAlgError("a profile of the deviance could not be followed; use method='delta'")
    return float(found.fun), found.x
