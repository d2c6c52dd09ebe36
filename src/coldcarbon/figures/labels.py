"""Names at the ends of lines, where a legend would make the reader look back and forth."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Annotation, Text
from matplotlib.transforms import ScaledTranslation
from scipy.optimize import isotonic_regression

from coldcarbon.figures.style import readable

__all__ = ["label_lines"]

INCHES_TO_NAMES = 0.08  # from the axes to the column of names
LINE_SPACING = 1.1
# From the left edge of the name to the end of the line.
LEADER = {"arrowstyle": "-", "linewidth": 0.6, "relpos": (0.0, 0.5), "shrinkA": 1.0, "shrinkB": 0.0}


def label_lines(axes: Axes, lines: Iterable[Line2D] | None = None, *, size: float | str = "small") -> None:
    """Write the label of each line right of the axes, at the height of the line's end.

    Each name has its line's colour, darkened where it is too light to read. Names that would overlap are moved apart,
    as little as that needs, and tied to their line by a thin one. Call it last, when lines, limits and axis labels are
    set, and leave out the legend. A label may hold line breaks.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Axes of a figure with constrained layout, which makes room for the names.
    lines : iterable of matplotlib.lines.Line2D, optional
        The lines to name; by default all of the axes that have a label.
    size : float or str
        Size of the letters.

    Raises
    ------
    ValueError
        If no line has a label, or one has no point within the axes.
    """
    named = [line for line in (axes.lines if lines is None else lines) if not str(line.get_label()).startswith("_")]
    if not named:
        raise ValueError("no line has a label: plot(..., label=...) names it")
    figure = cast(Figure, axes.get_figure(root=True))
    figure.draw_without_rendering()  # settles limits and layout
    ends = {line: _end(axes, line) for line in named}
    named.sort(key=lambda line: ends[line][1])
    # Names stand in a column beside the axes, each at the height of its line's end.
    column = axes.get_yaxis_transform() + ScaledTranslation(INCHES_TO_NAMES, 0, figure.dpi_scale_trans)
    names = []
    for line in named:
        name = axes.annotate(
            str(line.get_label()),
            xy=ends[line],
            xycoords="data",
            xytext=(1.0, ends[line][1]),
            textcoords=column,
            va="center",
            ha="left",
            size=size,
            color=readable(line.get_color()),
            annotation_clip=False,
            arrowprops={**LEADER, "color": line.get_color()},
        )
        names.append(name)
    _move_apart(axes, names, [ends[line] for line in named])


def _end(axes: Axes, line: Line2D) -> tuple[float, float]:
    """Last point of a line within the axes, in data coordinates."""
    points = line.get_xydata()
    shown = axes.bbox.padded(1).contains
    places = line.get_transform().transform(points)
    inside = [i for i, place in enumerate(places) if np.isfinite(place).all() and shown(*place)]
    if not inside:
        raise ValueError(f"the line {line.get_label()!r} has no point within the axes")
    last = max(inside, key=lambda i: places[i][0])
    x, y = axes.transData.inverted().transform(places[last])
    return float(x), float(y)


def _move_apart(axes: Axes, names: list[Annotation], ends: list[tuple[float, float]]) -> None:
    """Give each name its height, nearest to the line's end that leaves room for its neighbours (least squares)."""
    # of the letters alone: an annotation's own extent spans its leader too
    heights = np.array([Text.get_window_extent(name).height for name in names]) * LINE_SPACING
    wanted = np.array([axes.transData.transform(end)[1] for end in ends])
    steps = np.concatenate([[0.0], np.cumsum((heights[:-1] + heights[1:]) / 2)])
    low = axes.bbox.y0 + heights[0] / 2
    high = max(low, axes.bbox.y1 - heights[-1] / 2 - steps[-1])
    heights_found = np.clip(isotonic_regression(wanted - steps).x, low, high) + steps
    to_data = axes.transData.inverted()
    for name, end, height in zip(names, ends, heights_found, strict=True):
        across = axes.transData.transform(end)[0]
        name.set_position((1.0, float(to_data.transform((across, height))[1])))
