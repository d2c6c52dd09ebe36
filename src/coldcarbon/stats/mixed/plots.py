"""Pictures of a fit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coldcarbon.stats.mixed.results import MixedFit

__all__ = ["draw"]


def draw(fit: MixedFit, kind: str, group: str | None, column: str | None, ax: Axes | None) -> Axes:
    """Draw a fit; see `MixedFit.plot`.

    Parameters
    ----------
    fit : MixedFit
        The fit.
    kind : {"caterpillar", "residuals", "quantiles"}
        Picture.
    group, column : str, optional
        Of the random effects drawn.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes
        What was drawn on.
    """
    if kind not in ("caterpillar", "residuals", "quantiles"):
        raise ValueError(f"kind {kind!r} is none of 'caterpillar', 'residuals', 'quantiles'")
    if ax is None:
        import matplotlib.pyplot as plt

        _, ax = plt.subplots()
    if kind == "caterpillar":
        return _caterpillar(fit, group, column, ax)
    residuals = fit.residuals.to_numpy()
    if kind == "residuals":
        ax.scatter(fit.fitted, residuals, s=12, alpha=0.7)
        ax.axhline(0.0, color="0.5", linewidth=0.8)
        ax.set_xlabel(f"Fitted {fit.model.response_name}")
        ax.set_ylabel("Residual")
        return ax
    ordered = np.sort(residuals) / fit.sigma
    normal = special.ndtri((np.arange(len(ordered)) + 0.5) / len(ordered))
    ax.scatter(normal, ordered, s=12, alpha=0.7)
    ax.axline((0.0, 0.0), slope=1.0, color="0.5", linewidth=0.8)
    ax.set_xlabel("Normal quantile")
    ax.set_ylabel("Residual / residual SD")
    return ax


def _caterpillar(fit: MixedFit, group: str | None, column: str | None, ax: Axes) -> Axes:
    name = fit.model.groups[0] if group is None else group
    effects = fit.random_effects(name, standard_deviations=True)
    shown = str(effects.columns[0]) if column is None else column
    if shown not in effects or f"{shown} (sd)" not in effects:
        raise KeyError(f"no random column {shown!r} over {name!r}")
    ordered = effects.sort_values(shown)
    places = np.arange(len(ordered))
    ax.errorbar(ordered[shown], places, xerr=1.96 * ordered[f"{shown} (sd)"], fmt="o", markersize=4, linewidth=1)
    ax.axvline(0.0, color="0.5", linewidth=0.8)
    if len(ordered) <= 60:
        ax.set_yticks(places, [str(label) for label in ordered.index])
    ax.set_xlabel(f"{shown}: difference from the population")
    ax.set_ylabel(name)
    return ax
