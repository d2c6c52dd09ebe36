"""Drawings of smooths."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from coldcarbon.stats.gamm.model import AdditiveModel

__all__ = ["draw"]


def draw(model: AdditiveModel, term: str | None, ax: Axes | None, confidence: float) -> Axes | list[Axes]:
    """Draw one smooth, or all side by side.

    Parameters
    ----------
    model : AdditiveModel
        Fitted.
    term : str or None
        Label of the smooth, None for all.
    ax : matplotlib.axes.Axes or None
        Where; a new figure unless given.
    confidence : float
        Of the bands.

    Returns
    -------
    matplotlib.axes.Axes, or a list of them
    """
    import matplotlib.pyplot as plt

    if term is not None:
        if ax is None:
            _, ax = plt.subplots()
        return _one(model, term, ax, confidence)
    labels = [placed.term.label for placed in model.system.smooths]
    if not labels:
        raise ValueError(f"{model.formula!r} has no smooth to draw")
    if ax is not None:
        if len(labels) > 1:
            raise ValueError(f"one axes cannot hold {', '.join(labels)}: name the term")
        return _one(model, labels[0], ax, confidence)
    _, axes = plt.subplots(1, len(labels), figsize=(4 * len(labels), 3.2), layout="constrained", squeeze=False)
    return [_one(model, label, one, confidence) for label, one in zip(labels, axes[0], strict=True)]


def _one(model: AdditiveModel, term: str, ax: Axes, confidence: float) -> Axes:
    table = model.partial_effect(term, confidence=confidence)
    smooths = [placed.term for placed in model.system.smooths]
    smooth = next(one for one in smooths if one.label.replace(" ", "") == term.replace(" ", ""))
    axes = [name for name in table.columns[:-4] if name != smooth.term.by]
    label = f"{smooth.label}, {model.edf[smooth.label]:.1f} edf"
    if len(axes) == 1:
        ax.fill_between(
            table[axes[0]], table["low"], table["high"], alpha=0.25, linewidth=0, label=f"{confidence:.0%} band"
        )
        ax.plot(table[axes[0]], table["fit"])
        ax.axhline(0, color="0.6", linewidth=0.8, zorder=0)
        ax.set(xlabel=axes[0], ylabel=label)
        return ax
    if len(axes) > 2:
        raise ValueError(f"{term} has {len(axes)} covariates: draw partial_effect() of a slice")
    shape = [table[name].nunique() for name in axes]
    x, y, z = (np.asarray(table[name]).reshape(shape) for name in (*axes, "fit"))
    filled = ax.contourf(x, y, z, levels=12)
    ax.figure.colorbar(filled, ax=ax, label=label)
    ax.set(xlabel=axes[0], ylabel=axes[1])
    return ax
